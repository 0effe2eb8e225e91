/* SPDX-License-Identifier: GPL-2.0 */
/* rounds.h - a figure of each round, and what they say together */
#ifndef BENCH_ROUNDS_H
#define BENCH_ROUNDS_H

#include <stddef.h>

#define ROUNDS_MAX	32

struct rounds {
	double value[ROUNDS_MAX];
	int nr;
};

/* What the confidence interval of the median is to have, at least. */
#define ROUNDS_CONFIDENCE	0.95

void rounds_add(struct rounds *r, double value);
double rounds_median(const struct rounds *r);
/*
 * The interval that holds the median of all possible rounds, by order statistics:
 * nothing is assumed of how they are distributed. With too few rounds for
 * ROUNDS_CONFIDENCE it is from the least to the most.
 */
void rounds_interval(const struct rounds *r, double *low, double *high);
/* Of each round of @a the ratio to that of @b. */
void rounds_ratio(const struct rounds *a, const struct rounds *b,
		  struct rounds *ratio);
/* A line for the report: @head, the median, its interval, and all values. */
void rounds_record(const char *head, const char *metric, const struct rounds *r,
		   const char *unit, int n);

#endif /* BENCH_ROUNDS_H */
