// SPDX-License-Identifier: GPL-2.0
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "coherence.h"

/* Lines whose numbers are the same modulo this share a lock. */
#define NR_LOCKS	4096
/* Of a bitmap that says where lines were accessed at all. */
#define PIECE		4096

struct coherence {
	uint64_t nr;
	unsigned int llc;
	struct coherence_line *lines;	/* untouched ones take no memory */
	uint8_t *pieces;		/* was one of PIECE lines accessed? */
	pthread_spinlock_t locks[NR_LOCKS];
};

static void *zeroes(uint64_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

struct coherence *coherence_new(uint64_t bytes, unsigned int llc)
{
	struct coherence *c = calloc(1, sizeof(*c));
	int i;

	if (!c)
		return NULL;
	c->nr = bytes >> COHERENCE_LINE_SHIFT;
	c->llc = llc ? llc : COHERENCE_MAX_CPUS;
	c->lines = zeroes(c->nr * sizeof(*c->lines));
	c->pieces = zeroes(c->nr / PIECE + 1);
	for (i = 0; i < NR_LOCKS; i++)
		pthread_spin_init(&c->locks[i], PTHREAD_PROCESS_PRIVATE);
	if (c->lines && c->pieces)
		return c;
	coherence_free(c);
	return NULL;
}

void coherence_free(struct coherence *c)
{
	if (c->lines)
		munmap(c->lines, c->nr * sizeof(*c->lines));
	if (c->pieces)
		munmap(c->pieces, c->nr / PIECE + 1);
	free(c);
}

void coherence_forget(struct coherence *c)
{
	madvise(c->lines, c->nr * sizeof(*c->lines), MADV_DONTNEED);
	madvise(c->pieces, c->nr / PIECE + 1, MADV_DONTNEED);
}

struct coherence_line *coherence_line(struct coherence *c, uint64_t paddr)
{
	uint64_t n = paddr >> COHERENCE_LINE_SHIFT;

	return n < c->nr ? &c->lines[n] : NULL;
}

/* The CPUs that share a last-level cache with @cpu. */
static uint64_t neighbours(const struct coherence *c, unsigned int cpu)
{
	uint64_t some = c->llc >= 64 ? ~0ull : (1ull << c->llc) - 1;

	return some << cpu / c->llc * c->llc;
}

/* From the nearest who has it; what nobody wrote, from memory as well. */
static enum coherence_cost read_line(const struct coherence *c,
				     const struct coherence_line *line,
				     unsigned int cpu)
{
	if (line->sharers >> cpu & 1)
		return COHERENCE_HIT;
	if (!line->written)
		return COHERENCE_COLD;
	return line->sharers & neighbours(c, cpu) ? COHERENCE_READ_NEAR :
						    COHERENCE_READ_FAR;
}

/* All others must give it up, the farthest too. */
static enum coherence_cost write_line(const struct coherence *c,
				      const struct coherence_line *line,
				      unsigned int cpu)
{
	uint64_t others = line->sharers & ~(1ull << cpu);

	if (!line->sharers)
		return COHERENCE_COLD;
	if (!others)
		return COHERENCE_HIT;
	return others & ~neighbours(c, cpu) ? COHERENCE_WRITE_FAR :
					      COHERENCE_WRITE_NEAR;
}

enum coherence_cost coherence_access(struct coherence *c,
				     struct coherence_line *line,
				     unsigned int cpu, bool write)
{
	uint64_t n = line - c->lines;
	pthread_spinlock_t *lock = &c->locks[n % NR_LOCKS];
	enum coherence_cost cost;

	pthread_spin_lock(lock);
	cost = write ? write_line(c, line, cpu) : read_line(c, line, cpu);
	if (write) {
		line->sharers = 1ull << cpu;
		line->writers |= 1ull << cpu;
		line->written = true;
	} else {
		line->sharers |= 1ull << cpu;
	}
	pthread_spin_unlock(lock);
	c->pieces[n / PIECE] = 1;
	return cost;
}

void coherence_for_each(struct coherence *c,
			bool (*each)(struct coherence_line *line, void *arg),
			void *arg)
{
	uint64_t piece, i;

	for (piece = 0; piece <= c->nr / PIECE; piece++) {
		if (!c->pieces[piece])
			continue;
		for (i = piece * PIECE; i < (piece + 1) * PIECE && i < c->nr; i++)
			if (c->lines[i].sharers && !each(&c->lines[i], arg))
				return;
	}
}
