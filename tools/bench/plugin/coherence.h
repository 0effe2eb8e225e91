/* SPDX-License-Identifier: GPL-2.0 */
/*
 * coherence.h - which CPU has which cache line, and when one must be fetched
 * from another CPU
 *
 * MSI with caches that never forget: a line is nowhere, shared by some CPUs, or
 * modified by one. There is no capacity, no prefetch and no time. Knows nothing
 * of the emulator; Documentation/scale.md says what the model leaves out.
 */
#ifndef BENCH_COHERENCE_H
#define BENCH_COHERENCE_H

#include <stdbool.h>
#include <stdint.h>

#define COHERENCE_MAX_CPUS	64
#define COHERENCE_LINE_SHIFT	6

/* What an access costs. */
enum coherence_cost {
	COHERENCE_HIT,		/* this CPU has it, as it needs it */
	COHERENCE_COLD,		/* it comes from memory, which has it as it is */
	/* it, or the right to write it, comes from another CPU */
	COHERENCE_READ_NEAR,	/* all concerned share a last-level cache */
	COHERENCE_READ_FAR,
	COHERENCE_WRITE_NEAR,
	COHERENCE_WRITE_FAR,
	COHERENCE_NR,
};

struct coherence_line {
	uint64_t sharers;	/* a bit for each CPU that has a copy */
	uint64_t writers;	/* that wrote it; the caller may clear it */
	uint64_t vaddr;		/* where it was accessed last */
	uint32_t transfers;	/* counted ones; the caller's */
	bool written;		/* since the last coherence_forget() */
	uint8_t marks;		/* the caller's */
};

struct coherence;

/*
 * For physical addresses below @bytes. @llc: so many CPUs with consecutive
 * numbers share a last-level cache; 0: all do. NULL: no memory.
 */
struct coherence *coherence_new(uint64_t bytes, unsigned int llc);
void coherence_free(struct coherence *c);
/* No CPU has anything. */
void coherence_forget(struct coherence *c);

/* The line of a physical address; NULL when it is beyond. */
struct coherence_line *coherence_line(struct coherence *c, uint64_t paddr);
/* @cpu reads or writes a line. Threads may do so at the same time. */
enum coherence_cost coherence_access(struct coherence *c,
				     struct coherence_line *line,
				     unsigned int cpu, bool write);

/* Each line that was ever accessed, until @each returns false. */
void coherence_for_each(struct coherence *c,
			bool (*each)(struct coherence_line *line, void *arg),
			void *arg);

#endif /* BENCH_COHERENCE_H */
