// SPDX-License-Identifier: GPL-2.0
#include <pthread.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "code.h"

#define MAX_ENTRIES	64

/* Trees of the C library; nothing is ever taken out. */
static void *blocks, *sites;
static struct {
	uint64_t addr;
	enum code_action action;
	unsigned int phase;
} entries[MAX_ENTRIES];
static int nr_entries;
static uint64_t watch_start, watch_end;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static FILE *out;

static int order(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int by_block(const void *a, const void *b)
{
	const struct code_block *x = a, *y = b;

	return order(x->addr, y->addr) ?: order(x->end, y->end) ?:
	       order(x->insns, y->insns);
}

static int by_site(const void *a, const void *b)
{
	const struct code_site *x = a, *y = b;

	return order(x->addr, y->addr) ?: order(x->locked, y->locked) ?:
	       order(x->stack, y->stack);
}

/* The one like @key, or a copy of it. */
static void *find_or_add(void **tree, const void *key, size_t size,
			 int (*compare)(const void *, const void *))
{
	void **found = tfind(key, tree, compare);
	void *new;

	if (found)
		return *found;
	new = malloc(size);
	if (!new)
		abort();
	memcpy(new, key, size);
	if (!tsearch(new, tree, compare))
		abort();
	return new;
}

static void arm(struct code_block *b)
{
	int i;

	for (i = 0; i < nr_entries; i++)
		if (entries[i].addr == b->addr) {
			b->action = entries[i].action;
			b->phase = entries[i].phase;
		}
}

struct code_block *code_block(uint64_t addr, uint64_t end, uint32_t insns,
			      bool calls)
{
	struct code_block *b, key = { .addr = addr, .end = end, .insns = insns };

	pthread_mutex_lock(&lock);
	b = find_or_add(&blocks, &key, sizeof(key), by_block);
	b->calls = calls;
	arm(b);
	pthread_mutex_unlock(&lock);
	return b;
}

static void watch(struct code_site *s)
{
	s->watched = s->addr >= watch_start && s->addr < watch_end && !s->stack;
}

struct code_site *code_site(uint64_t addr, bool locked, bool stack)
{
	struct code_site *s, key = { .addr = addr, .locked = locked,
				     .stack = stack };

	pthread_mutex_lock(&lock);
	s = find_or_add(&sites, &key, sizeof(key), by_site);
	watch(s);
	pthread_mutex_unlock(&lock);
	return s;
}

static void arm_node(const void *node, VISIT visit, int depth)
{
	if (visit == postorder || visit == leaf)
		arm(*(struct code_block **)node);
}

void code_at(uint64_t addr, enum code_action action, unsigned int phase)
{
	int i;

	pthread_mutex_lock(&lock);
	for (i = 0; i < nr_entries && entries[i].addr != addr; i++)
		;
	if (i == MAX_ENTRIES)
		abort();
	nr_entries += i == nr_entries;
	entries[i].addr = addr;
	entries[i].action = action;
	entries[i].phase = phase;
	twalk(blocks, arm_node);
	pthread_mutex_unlock(&lock);
}

static void watch_node(const void *node, VISIT visit, int depth)
{
	if (visit == postorder || visit == leaf)
		watch(*(struct code_site **)node);
}

void code_watch(uint64_t start, uint64_t end)
{
	pthread_mutex_lock(&lock);
	watch_start = start;
	watch_end = end;
	twalk(sites, watch_node);
	pthread_mutex_unlock(&lock);
}

static void clear_block(const void *node, VISIT visit, int depth)
{
	struct code_block *b = *(struct code_block **)node;

	if (visit == postorder || visit == leaf)
		memset(b->runs, 0, sizeof(b->runs));
}

static void clear_site(const void *node, VISIT visit, int depth)
{
	struct code_site *s = *(struct code_site **)node;

	if (visit == postorder || visit == leaf)
		memset(s->transfers, 0, sizeof(s->transfers));
}

void code_clear(void)
{
	pthread_mutex_lock(&lock);
	twalk(blocks, clear_block);
	twalk(sites, clear_site);
	pthread_mutex_unlock(&lock);
}

static void write_block(const void *node, VISIT visit, int depth)
{
	const struct code_block *b = *(struct code_block **)node;
	int p;

	if (visit != postorder && visit != leaf)
		return;
	for (p = 1; p < CODE_PHASES; p++) {
		if (!b->runs[p])
			continue;
		fprintf(out, "instructions %lx %d %lu\n", b->addr, p,
			(unsigned long)b->runs[p] * b->insns);
		if (b->action)
			fprintf(out, "calls %lx %d %u\n", b->addr, p, b->runs[p]);
	}
}

static void write_site(const void *node, VISIT visit, int depth)
{
	const struct code_site *s = *(struct code_site **)node;
	const uint32_t *t;
	int p;

	if (visit != postorder && visit != leaf)
		return;
	for (p = 1; p < CODE_PHASES; p++) {
		t = s->transfers[p];
		if (t[COHERENCE_READ_NEAR] | t[COHERENCE_READ_FAR] |
		    t[COHERENCE_WRITE_NEAR] | t[COHERENCE_WRITE_FAR])
			fprintf(out, "transfers %lx %d %u %u %u %u %s\n", s->addr,
				p, t[COHERENCE_READ_NEAR], t[COHERENCE_READ_FAR],
				t[COHERENCE_WRITE_NEAR], t[COHERENCE_WRITE_FAR],
				s->stack ? "stack" : "data");
	}
}

void code_write(FILE *f)
{
	pthread_mutex_lock(&lock);
	out = f;
	twalk(blocks, write_block);
	twalk(sites, write_site);
	pthread_mutex_unlock(&lock);
}
