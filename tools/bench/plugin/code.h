/* SPDX-License-Identifier: GPL-2.0 */
/*
 * code.h - the guest's code: what was counted at which address
 *
 * Code addresses are the guest's virtual ones. What they are called is found
 * out afterwards, from the guest's /proc/kallsyms.
 */
#ifndef BENCH_CODE_H
#define BENCH_CODE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "coherence.h"

/* What a CPU is busy with, as the guest says; 0: nothing that counts. */
#define CODE_PHASES	16

enum code_action {
	CODE_NONE,
	CODE_ENTER,	/* the phase begins */
	CODE_SPAN,	/* and is over when the function returns */
};

/* A run of instructions that is entered at its beginning. */
struct code_block {
	uint64_t addr, end;
	uint32_t insns;
	bool calls;		/* ends in a call, which returns to @end */
	uint8_t action;		/* enum code_action */
	uint8_t phase;		/* of the action */
	uint32_t runs[CODE_PHASES];
};

/* An instruction that accesses memory. */
struct code_site {
	uint64_t addr;
	bool locked;		/* reads in order to write */
	bool stack;		/* by the stack pointer */
	bool watched;
	uint32_t transfers[CODE_PHASES][COHERENCE_NR];
};

/* The same each time, made if need be. Never NULL: ends the program. */
struct code_block *code_block(uint64_t addr, uint64_t end, uint32_t insns,
			      bool calls);
struct code_site *code_site(uint64_t addr, bool locked, bool stack);

/* What to do at the entry of a function, there already or not yet. */
void code_at(uint64_t addr, enum code_action action, unsigned int phase);
/* Sites of [@start, @end) are watched, and no others; nor is the stack. */
void code_watch(uint64_t start, uint64_t end);

/* All counters are 0. */
void code_clear(void);
/* What is not 0, a line each; see Documentation/scale.md. */
void code_write(FILE *f);

/* Several CPUs may count at the same time. */
static inline void code_count(uint32_t *counter)
{
	__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

#endif /* BENCH_CODE_H */
