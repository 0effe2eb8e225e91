/* SPDX-License-Identifier: GPL-2.0 */
/* result.h - what came of the rounds of one variant of a scenario */
#ifndef BENCH_RESULT_H
#define BENCH_RESULT_H

#include "setup.h"

#define MAX_ROUNDS	32

struct result {
	const struct scenario *scenario;
	enum variant variant;
	unsigned int tried, answered, local;
	unsigned int elsewhere;		/* packets not on the client's CPU */
	unsigned int unobserved;	/* answered, but no accept was seen */
	unsigned int matrix[HP_MAX_CPUS][HP_MAX_CPUS];	/* flow, accept */
	unsigned int by_worker[HP_MAX_CPUS][HP_MAX_WORKERS];
	unsigned int by_near[HP_OTHER_NODE + 1];
	unsigned int nearest;		/* no listener was nearer */
	double local_percent[MAX_ROUNDS];
	int rounds;
	int workers, cpus[HP_MAX_WORKERS];
};

/* Adds a round. 0 or -errno. */
int result_add(struct result *r, const struct setup *s,
	       const struct client_tally *tally);
/* In the last round. */
double result_last(const struct result *r);
/* Lines for the host. */
void result_record(const struct result *r);
/* What must hold of any run, and what each variant promises. */
void result_check(const struct result *r);

#endif /* BENCH_RESULT_H */
