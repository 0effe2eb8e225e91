// SPDX-License-Identifier: GPL-2.0
/*
 * Sets of CPUs. What the kernel refuses is refused here, with the same errno,
 * oddities included: a mask is read from its end, in groups of at most eight
 * digits, and a bit beyond the last CPU is too much even if its group is not.
 */
#include "cpumask.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define WORD(cpu)	((cpu) / 64)
#define BIT(cpu)	((uint64_t)1 << ((cpu) % 64))
#define WORDS		(CPUMASK_CPUS / 64)

void cpumask_zero(struct cpumask *m)
{
	memset(m, 0, sizeof(*m));
}

void cpumask_set(struct cpumask *m, unsigned int cpu)
{
	if (cpu < CPUMASK_CPUS)
		m->bits[WORD(cpu)] |= BIT(cpu);
}

void cpumask_clear(struct cpumask *m, unsigned int cpu)
{
	if (cpu < CPUMASK_CPUS)
		m->bits[WORD(cpu)] &= ~BIT(cpu);
}

bool cpumask_test(const struct cpumask *m, unsigned int cpu)
{
	return cpu < CPUMASK_CPUS && m->bits[WORD(cpu)] & BIT(cpu);
}

bool cpumask_empty(const struct cpumask *m)
{
	return cpumask_next(m, 0) < 0;
}

bool cpumask_equal(const struct cpumask *a, const struct cpumask *b)
{
	return !memcmp(a, b, sizeof(*a));
}

bool cpumask_subset(const struct cpumask *a, const struct cpumask *of)
{
	unsigned int i;

	for (i = 0; i < WORDS; i++)
		if (a->bits[i] & ~of->bits[i])
			return false;
	return true;
}

bool cpumask_intersects(const struct cpumask *a, const struct cpumask *b)
{
	unsigned int i;

	for (i = 0; i < WORDS; i++)
		if (a->bits[i] & b->bits[i])
			return true;
	return false;
}

void cpumask_and(struct cpumask *a, const struct cpumask *b)
{
	unsigned int i;

	for (i = 0; i < WORDS; i++)
		a->bits[i] &= b->bits[i];
}

void cpumask_or(struct cpumask *a, const struct cpumask *b)
{
	unsigned int i;

	for (i = 0; i < WORDS; i++)
		a->bits[i] |= b->bits[i];
}

void cpumask_andnot(struct cpumask *a, const struct cpumask *b)
{
	unsigned int i;

	for (i = 0; i < WORDS; i++)
		a->bits[i] &= ~b->bits[i];
}

unsigned int cpumask_weight(const struct cpumask *m)
{
	unsigned int i, n = 0;

	for (i = 0; i < WORDS; i++)
		n += __builtin_popcountll(m->bits[i]);
	return n;
}

int cpumask_next(const struct cpumask *m, unsigned int from)
{
	unsigned int i = WORD(from);
	uint64_t word;

	if (from >= CPUMASK_CPUS)
		return -1;
	word = m->bits[i] & ~(BIT(from) - 1);
	while (!word) {
		if (++i == WORDS)
			return -1;
		word = m->bits[i];
	}
	return i * 64 + __builtin_ctzll(word);
}

static bool is_gap(char c)
{
	return isspace((unsigned char)c) || c == ',';
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/*
 * The group that ends before @end. The kernel looks at the character before
 * eight digits, and swallows it if it is none.
 */
static int parse_group(const char *start, const char **end, uint32_t *value)
{
	const char *at = *end;
	unsigned int shift;
	int digit;

	*value = 0;
	for (shift = 0; shift < 32; shift += 4) {
		digit = hex_value(at[-1]);
		if (digit < 0)
			return -EINVAL;
		*value |= (uint32_t)digit << shift;
		at--;
		if (at == start || is_gap(at[-1])) {
			*end = at;
			return 0;
		}
	}
	at--;
	if (hex_value(*at) >= 0)
		return -EOVERFLOW;
	*end = at;
	return 0;
}

static void set_group(struct cpumask *m, unsigned int group, uint32_t value)
{
	m->bits[group / 2] |= (uint64_t)value << (group % 2 * 32);
}

int cpumask_parse(struct cpumask *m, const char *text, unsigned int nr)
{
	const char *end = text + strcspn(text, "\n");
	unsigned int group, groups = (nr + 31) / 32;
	uint32_t value;
	int err;

	cpumask_zero(m);
	for (group = 0; ; group++) {
		while (end > text && is_gap(end[-1]))
			end--;
		if (end == text)
			break;
		if (group == groups)
			return -EOVERFLOW;
		err = parse_group(text, &end, &value);
		if (err)
			return err;
		set_group(m, group, value);
	}
	return cpumask_next(m, nr) < 0 ? 0 : -EOVERFLOW;
}

/* CPUs @first to @last; of every @group of them the first @used. */
struct region {
	unsigned int first;
	unsigned int last;
	unsigned int used;
	unsigned int group;
};

static bool at_end(char c)
{
	return !c || c == '\n';
}

static int parse_number(const char **at, unsigned int nr, unsigned int *value)
{
	uint64_t v = 0;

	if (**at == 'N') {
		(*at)++;
		*value = nr - 1;
		return 0;
	}
	if (!isdigit((unsigned char)**at))
		return -EINVAL;
	for (; isdigit((unsigned char)**at); (*at)++) {
		if (v <= UINT32_MAX)
			v = v * 10 + (**at - '0');
	}
	if (v > UINT32_MAX)
		return -EOVERFLOW;
	*value = v;
	return 0;
}

static int parse_pattern(const char **at, unsigned int nr, struct region *r)
{
	int err;

	(*at)++;
	err = parse_number(at, nr, &r->used);
	if (err)
		return err;
	if (**at != '/')
		return -EINVAL;
	(*at)++;
	return parse_number(at, nr, &r->group);
}

/* The ends, and whether a pattern may follow. */
static int parse_ends(const char **at, unsigned int nr, struct region *r,
		      bool *range)
{
	int err;

	*range = true;
	if (!strncasecmp(*at, "all", 3)) {
		*at += 3;
		r->first = 0;
		r->last = nr - 1;
		return 0;
	}
	err = parse_number(at, nr, &r->first);
	if (err)
		return err;
	r->last = r->first;
	*range = **at == '-';
	if (!*range)
		return 0;
	(*at)++;
	return parse_number(at, nr, &r->last);
}

static int parse_region(const char **at, unsigned int nr, struct region *r,
			bool *pattern)
{
	bool range;
	int err;

	err = parse_ends(at, nr, r, &range);
	if (err)
		return err;
	r->used = r->last + 1;
	r->group = r->last + 1;
	*pattern = range && **at == ':';
	if (*pattern) {
		err = parse_pattern(at, nr, r);
		if (err)
			return err;
	} else if (!at_end(**at) && !is_gap(**at)) {
		return -EINVAL;
	}
	if (r->first > r->last || !r->group || r->used > r->group)
		return -EINVAL;
	return r->last < nr ? 0 : -ERANGE;
}

static void set_region(struct cpumask *m, const struct region *r)
{
	uint64_t start, i;

	for (start = r->first; start <= r->last; start += r->group)
		for (i = 0; i < r->used && start + i <= r->last; i++)
			cpumask_set(m, start + i);
}

int cpumask_parse_list(struct cpumask *m, const char *text, unsigned int nr)
{
	struct region r;
	bool pattern;
	int err;

	cpumask_zero(m);
	for (;;) {
		/* newlines too: only one right after a CPU or range is the end */
		while (is_gap(*text))
			text++;
		if (!*text)
			return 0;
		err = parse_region(&text, nr, &r, &pattern);
		if (err)
			return err;
		set_region(m, &r);
		if (!pattern && at_end(*text))
			return 0;
	}
}

static uint32_t group_value(const struct cpumask *m, unsigned int group)
{
	return m->bits[group / 2] >> (group % 2 * 32);
}

void cpumask_print(const struct cpumask *m, unsigned int nr, char *buf,
		   size_t size)
{
	int group = (nr + 31) / 32 - 1;
	int digits = nr % 32 ? (nr % 32 + 3) / 4 : 8;
	size_t len = 0;

	buf[0] = '\0';
	for (; group >= 0 && len < size; group--, digits = 8)
		len += snprintf(buf + len, size - len, "%0*x%s", digits,
				group_value(m, group), group ? "," : "");
}

void cpumask_print_list(const struct cpumask *m, char *buf, size_t size)
{
	size_t len = 0;
	int cpu, last;

	buf[0] = '\0';
	for (cpu = cpumask_next(m, 0); cpu >= 0 && len < size;
	     cpu = cpumask_next(m, last + 1)) {
		last = cpu;
		while (cpumask_test(m, last + 1))
			last++;
		len += snprintf(buf + len, size - len, "%s%d",
				len ? "," : "", cpu);
		if (last > cpu && len < size)
			len += snprintf(buf + len, size - len, "-%d", last);
	}
}
