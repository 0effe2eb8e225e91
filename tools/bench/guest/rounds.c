// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record.h"
#include "rounds.h"

void rounds_add(struct rounds *r, double value)
{
	if (r->nr < ROUNDS_MAX)
		r->value[r->nr++] = value;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static struct rounds sorted(const struct rounds *r)
{
	struct rounds s = *r;

	qsort(s.value, s.nr, sizeof(*s.value), by_value);
	return s;
}

double rounds_median(const struct rounds *r)
{
	struct rounds s = sorted(r);

	if (!s.nr)
		return 0;
	return (s.value[(s.nr - 1) / 2] + s.value[s.nr / 2]) / 2;
}

/*
 * From the k-th least to the k-th most there is the median, unless fewer than k
 * of n rounds are on one side of it, as of n coins fewer than k show heads.
 */
void rounds_interval(const struct rounds *r, double *low, double *high)
{
	struct rounds s = sorted(r);
	double term = 1, outside = 0;
	int k, n = s.nr;

	*low = *high = 0;
	if (!n)
		return;
	for (k = 0; k < n; k++)
		term /= 2;
	for (k = 0; k < n / 2; k++) {
		outside += 2 * term;
		if (outside > 1 - ROUNDS_CONFIDENCE)
			break;
		term = term * (n - k) / (k + 1);
	}
	k = k ? k - 1 : 0;
	*low = s.value[k];
	*high = s.value[n - 1 - k];
}

void rounds_ratio(const struct rounds *a, const struct rounds *b,
		  struct rounds *ratio)
{
	int i;

	ratio->nr = 0;
	for (i = 0; i < a->nr && i < b->nr; i++)
		if (b->value[i] > 0)
			rounds_add(ratio, a->value[i] / b->value[i]);
}

/* "1.000,2.000" */
static const char *rounds_text(const struct rounds *r, char *to, size_t size)
{
	int i, len = 0;

	*to = '\0';
	for (i = 0; i < r->nr && len < (int)size; i++)
		len += snprintf(to + len, size - len, "%s%.4f", i ? "," : "",
				r->value[i]);
	return to;
}

void rounds_record(const char *head, const char *metric, const struct rounds *r,
		   const char *unit, int n)
{
	char text[ROUNDS_MAX * 16];
	double low, high;

	rounds_interval(r, &low, &high);
	record("%s\tmetric=%s\tvalue=%.4f\tunit=%s\tn=%d\tlow=%.4f\thigh=%.4f\trounds=%s",
	       head, metric, rounds_median(r), unit, n, low, high,
	       rounds_text(r, text, sizeof(text)));
}
