// SPDX-License-Identifier: GPL-2.0
/* Numbers of any size, in five columns. */
#include "top.h"

/* 0, 0.3, 42, 9876, 12.3k, 456k, 7.8M: never wider than 5 below 10^18 */
void number_text(char *buf, size_t size, double value)
{
	static const char units[] = "kMGTP";
	const char *unit = units;

	if (value > 0 && value < 9.95) {
		snprintf(buf, size, "%.1f", value < 0.1 ? 0.1 : value);
		return;
	}
	if (value < 9999.5) {
		snprintf(buf, size, "%.0f", value);
		return;
	}
	for (value /= 1000; value >= 999.5 && unit[1]; unit++)
		value /= 1000;
	snprintf(buf, size, value < 99.95 ? "%.1f%c" : "%.0f%c", value, *unit);
}

/* A rate, once there is one. */
void rate_text(char *buf, size_t size, double rate, const struct snapshot *s)
{
	if (s->rated)
		number_text(buf, size, rate);
	else
		snprintf(buf, size, "-");
}
