/* SPDX-License-Identifier: GPL-2.0 */
/* stats.h - counters, each written by one CPU alone */
#ifndef HOMEPORT_STATS_H
#define HOMEPORT_STATS_H

#include <linux/compiler.h>
#include <linux/percpu.h>
#include <linux/types.h>
#include <uapi/linux/homeport.h>

#define HP_PICK_NR	(HOMEPORT_PICK_HASH + 1)
#define HP_TABLE_NR	(HOMEPORT_TABLE_FOREIGN + 1)
#define HP_LOAD_NR	(HOMEPORT_LOAD_BORROWED + 1)

/**
 * struct hp_stats_cpu - what one CPU counted
 * @picks: By enum homeport_pick.
 * @table: By enum homeport_table.
 * @turn: Which listener's turn it is where several share the CPU.
 * @dice: The state of a random number generator.
 * @sought: When no listener with room was found, in jiffies.
 * @found: The best that was found then, by its place in the map.
 * @load: By enum homeport_load.
 * @watched: Somebody looks at what it picked in a moment; see lookout.h.
 * @soon: The same, and in the next jiffy.
 * @accepted: Connections accepted on this CPU, by flow CPU; nr_cpu_ids long.
 *
 * Written by its CPU alone; @accepted with preemption disabled, all else by
 * this_cpu_add() and the like, as picks may be preempted on PREEMPT_RT. Where two
 * meet, a turn or a draw may come twice. Read from anywhere by
 * READ_ONCE(): 64-bit, so never torn. Free-running, never reset.
 */
struct hp_stats_cpu {
	u64 picks[HP_PICK_NR];
	u32 turn;
	u32 dice;
	u64 *accepted;
	bool watched;
	bool soon;
	u64 table[HP_TABLE_NR];
	u64 load[HP_LOAD_NR];
	u32 sought;
	u32 found;
} ____cacheline_aligned;

/* The counters of a group. */
struct hp_stats {
	struct hp_stats_cpu __percpu *cpu;
};

struct hp_stats *hp_stats_alloc(void);
void hp_stats_free(struct hp_stats *stats);
void hp_stats_add(struct hp_stats *to, const struct hp_stats *from);

/* Any context. */
static inline void hp_stats_pick(const struct hp_stats *stats,
				 enum homeport_pick pick)
{
	this_cpu_inc(stats->cpu->picks[pick]);
}

/* Preemption disabled. */
static inline void hp_stats_accepted(struct hp_stats *stats,
				     unsigned int flow_cpu)
{
	struct hp_stats_cpu *cpu = this_cpu_ptr(stats->cpu);

	WRITE_ONCE(cpu->accepted[flow_cpu], cpu->accepted[flow_cpu] + 1);
}

/* Any context. */
static inline void hp_stats_table_add(struct hp_stats *stats,
				      enum homeport_table what, u32 n)
{
	this_cpu_add(stats->cpu->table[what], n);
}

static inline void hp_stats_table(struct hp_stats *stats,
				  enum homeport_table what)
{
	hp_stats_table_add(stats, what, 1);
}

static inline u64 hp_stats_table_on(const struct hp_stats *stats,
				    unsigned int cpu, enum homeport_table what)
{
	return READ_ONCE(per_cpu_ptr(stats->cpu, cpu)->table[what]);
}

/* Any context. */
static inline void hp_stats_load(struct hp_stats *stats,
				 enum homeport_load what)
{
	this_cpu_inc(stats->cpu->load[what]);
}

static inline u64 hp_stats_load_on(const struct hp_stats *stats,
				   unsigned int cpu, enum homeport_load what)
{
	return READ_ONCE(per_cpu_ptr(stats->cpu, cpu)->load[what]);
}

static inline u64 hp_stats_picks_on(const struct hp_stats *stats,
				    unsigned int cpu, enum homeport_pick pick)
{
	return READ_ONCE(per_cpu_ptr(stats->cpu, cpu)->picks[pick]);
}

static inline u64 hp_stats_accepted_on(const struct hp_stats *stats,
				       unsigned int cpu, unsigned int flow_cpu)
{
	return READ_ONCE(per_cpu_ptr(stats->cpu, cpu)->accepted[flow_cpu]);
}

#endif /* HOMEPORT_STATS_H */
