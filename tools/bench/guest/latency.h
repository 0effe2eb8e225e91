/* SPDX-License-Identifier: GPL-2.0 */
/* latency.h - how long each of many clients waited */
#ifndef BENCH_LATENCY_H
#define BENCH_LATENCY_H

#include "steady.h"

#define LATENCY_MAX	65536

struct latency {
	u32 us[LATENCY_MAX];
	int nr;
	int unserved;		/* who waits still counts with the time so far */
	bool is_sorted;
};

void latency_add(struct latency *l, u64 us);
/* All that came from number @from up to @to. */
void latency_add_steady(struct latency *l, const struct steady *s, int from,
			int to);
/* In milliseconds, by nearest rank; 100: the longest. */
double latency_percentile(struct latency *l, double percent);
/* How many waited longer. */
int latency_over(const struct latency *l, unsigned int ms);

/* p50_ms, p99_ms, p99.9_ms, max_ms and latency_curve, after @head. */
void latency_record(struct latency *l, const char *head);
/* The same of some of them: @some comes before each of these names. */
void latency_record_of(struct latency *l, const char *some, const char *head);

#endif /* BENCH_LATENCY_H */
