// SPDX-License-Identifier: GPL-2.0
#include "stats.h"

#include <linux/cache.h>
#include <linux/cpumask.h>
#include <linux/mm.h>
#include <linux/slab.h>

/*
 * A row lies on the node of the CPU that writes it, in cache lines that no other
 * CPU writes: what kmalloc() gives for less than a line, or for one and a half,
 * shares lines with its neighbours.
 */
static int stats_alloc_rows(struct hp_stats *stats)
{
	size_t size = ALIGN(nr_cpu_ids * sizeof(u64), SMP_CACHE_BYTES);
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		u64 *row = kvzalloc_node(size, GFP_KERNEL, cpu_to_node(cpu));

		if (!row)
			return -ENOMEM;
		per_cpu_ptr(stats->cpu, cpu)->accepted = row;
	}
	return 0;
}

/**
 * hp_stats_alloc() - counters for a group, all 0
 *
 * Takes 8 bytes for each pair of possible CPUs. May sleep.
 *
 * Return: NULL when there is no memory.
 */
struct hp_stats *hp_stats_alloc(void)
{
	struct hp_stats *stats = kzalloc(sizeof(*stats), GFP_KERNEL);

	if (!stats)
		return NULL;
	stats->cpu = alloc_percpu(struct hp_stats_cpu);
	if (!stats->cpu)
		goto free_stats;
	if (stats_alloc_rows(stats))
		goto free_rows;
	return stats;

free_rows:
	hp_stats_free(stats);
	return NULL;
free_stats:
	kfree(stats);
	return NULL;
}

/**
 * hp_stats_free() - free counters
 * @stats: From hp_stats_alloc(), or NULL. Nobody counts there any more.
 */
void hp_stats_free(struct hp_stats *stats)
{
	unsigned int cpu;

	if (!stats)
		return;
	for_each_possible_cpu(cpu)
		kvfree(per_cpu_ptr(stats->cpu, cpu)->accepted);
	free_percpu(stats->cpu);
	kfree(stats);
}

static void stats_add_cpu(struct hp_stats *to, const struct hp_stats *from,
			  unsigned int cpu)
{
	struct hp_stats_cpu *sum = per_cpu_ptr(to->cpu, cpu);
	unsigned int i;

	for (i = 0; i < HP_PICK_NR; i++)
		sum->picks[i] += hp_stats_picks_on(from, cpu, i);
	for (i = 0; i < HP_TABLE_NR; i++)
		sum->table[i] += hp_stats_table_on(from, cpu, i);
	for (i = 0; i < HP_LOAD_NR; i++)
		sum->load[i] += hp_stats_load_on(from, cpu, i);
	for (i = 0; i < nr_cpu_ids; i++)
		sum->accepted[i] += hp_stats_accepted_on(from, cpu, i);
}

/**
 * hp_stats_add() - add counters to others
 * @to: Nobody else writes these.
 * @from: What to add.
 */
void hp_stats_add(struct hp_stats *to, const struct hp_stats *from)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		stats_add_cpu(to, from, cpu);
}
