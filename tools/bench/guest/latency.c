// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>

#include "latency.h"
#include "record.h"

void latency_add(struct latency *l, u64 us)
{
	if (l->nr < LATENCY_MAX)
		l->us[l->nr++] = us;
	l->is_sorted = false;
}

void latency_add_steady(struct latency *l, const struct steady *s, int from,
			int to)
{
	for (; from < to; from++) {
		latency_add(l, steady_wait_us(s, from));
		l->unserved += !s->conns[from].ended;
	}
}

static int by_time(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return (x > y) - (x < y);
}

double latency_percentile(struct latency *l, double percent)
{
	int rank;

	if (!l->nr)
		return 0;
	if (!l->is_sorted)
		qsort(l->us, l->nr, sizeof(*l->us), by_time);
	l->is_sorted = true;
	/* rounded up, but for what the machine's fractions add */
	rank = percent * l->nr / 100 + 0.999999;
	return l->us[rank < 1 ? 0 : rank > l->nr ? l->nr - 1 : rank - 1] / 1e3;
}

int latency_over(const struct latency *l, unsigned int ms)
{
	int i, n = 0;

	for (i = 0; i < l->nr; i++)
		n += l->us[i] > ms * 1000;
	return n;
}

/* "PERCENT:MS,...", closer to each other the nearer they are to 100. */
static void record_curve(struct latency *l, const char *some, const char *head)
{
	char text[4096];
	double above, percent;
	int len = 0;

	for (above = 100; above > 100.0 / l->nr; above /= 1.25) {
		percent = 100 - above;
		len += snprintf(text + len, sizeof(text) - len, "%.4f:%.3f,",
				percent, latency_percentile(l, percent));
	}
	snprintf(text + len, sizeof(text) - len, "100:%.3f",
		 latency_percentile(l, 100));
	record("%s\tmetric=%slatency_curve\tvalue=%s\tunit=ms\tn=%d", head, some,
	       text, l->nr);
}

void latency_record_of(struct latency *l, const char *some, const char *head)
{
	static const struct {
		const char *name;
		double percent;
	} shown[] = {
		{ "p50_ms", 50 }, { "p99_ms", 99 }, { "p99.9_ms", 99.9 },
		{ "max_ms", 100 },
	};
	size_t i;

	if (!l->nr)
		return;
	for (i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		record("%s\tmetric=%s%s\tvalue=%.3f\tunit=ms\tn=%d", head, some,
		       shown[i].name, latency_percentile(l, shown[i].percent),
		       l->nr);
	record_curve(l, some, head);
}

void latency_record(struct latency *l, const char *head)
{
	latency_record_of(l, "", head);
}
