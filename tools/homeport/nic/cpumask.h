/* SPDX-License-Identifier: GPL-2.0 */
/* cpumask.h - sets of CPUs, in the kernel's two ways to write them */
#ifndef NIC_CPUMASK_H
#define NIC_CPUMASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No kernel is built for more. */
#define CPUMASK_CPUS	8192
/* Enough for any mask or list, with its end. */
#define CPUMASK_TEXT	(5 * CPUMASK_CPUS)

struct cpumask {
	uint64_t bits[CPUMASK_CPUS / 64];
};

void cpumask_zero(struct cpumask *m);
void cpumask_set(struct cpumask *m, unsigned int cpu);
void cpumask_clear(struct cpumask *m, unsigned int cpu);
bool cpumask_test(const struct cpumask *m, unsigned int cpu);
bool cpumask_empty(const struct cpumask *m);
bool cpumask_equal(const struct cpumask *a, const struct cpumask *b);
bool cpumask_subset(const struct cpumask *a, const struct cpumask *of);
bool cpumask_intersects(const struct cpumask *a, const struct cpumask *b);
void cpumask_and(struct cpumask *a, const struct cpumask *b);
void cpumask_or(struct cpumask *a, const struct cpumask *b);
void cpumask_andnot(struct cpumask *a, const struct cpumask *b);
unsigned int cpumask_weight(const struct cpumask *m);
/* The first CPU that is not below @from, or -1. */
int cpumask_next(const struct cpumask *m, unsigned int from);

#define cpumask_for_each(cpu, m) \
	for ((cpu) = cpumask_next(m, 0); (cpu) >= 0; \
	     (cpu) = cpumask_next(m, (cpu) + 1))

/*
 * As a kernel with @nr CPUs takes a write: 0 or a negative errno. A mask is hex
 * digits in groups; a list is CPUs and ranges of them.
 */
int cpumask_parse(struct cpumask *m, const char *text, unsigned int nr);
int cpumask_parse_list(struct cpumask *m, const char *text, unsigned int nr);

/* As such a kernel prints them, without the newline. */
void cpumask_print(const struct cpumask *m, unsigned int nr, char *buf,
		   size_t size);
void cpumask_print_list(const struct cpumask *m, char *buf, size_t size);

#endif /* NIC_CPUMASK_H */
