/* SPDX-License-Identifier: GPL-2.0 */
/* lookout.h - each CPU looks after what it picked */
#ifndef HOMEPORT_LOOKOUT_H
#define HOMEPORT_LOOKOUT_H

#include <linux/compiler.h>
#include <linux/percpu.h>
#include <linux/timer.h>
#include <linux/types.h>

#include "group.h"
#include "stats.h"

struct hp_listener;
struct hp_map;

/**
 * struct hp_lookout - what one CPU tells of a group
 * @timer: Pending for a moment after a pick.
 * @g: The group.
 * @cpu: The CPU.
 * @picked: How many picks of it were some listener's turn, when it looked last.
 *
 * Written by its CPU, in the timer; @picked is read from anywhere. A pick comes
 * near it only to start the timer.
 */
struct hp_lookout {
	struct timer_list timer;
	struct hp_group *g;
	unsigned int cpu;
	u64 picked;
} ____cacheline_aligned;

void hp_lookout_init(void (*queued)(struct hp_group *g));
int hp_lookout_alloc(struct hp_group *g);
void hp_lookout_free(struct hp_group *g);
void hp_lookout_begin(struct hp_group *g);
void hp_lookout_child(struct hp_group *g, const struct hp_map *map,
		      const struct hp_listener *l);

/* Will somebody look at what this CPU picks? */
static inline bool hp_lookout_is_out(const struct hp_stats *stats)
{
	return this_cpu_read(stats->cpu->watched);
}

/* After each pick: somebody shall look in a moment. */
static inline void hp_lookout_pick(struct hp_group *g)
{
	if (unlikely(!hp_lookout_is_out(g->stats)))
		hp_lookout_begin(g);
}

/* Picks of @cpu that were some listener's turn; may be a moment old. */
static inline u64 hp_lookout_picked(const struct hp_group *g, unsigned int cpu)
{
	/* paired with WRITE_ONCE() in lookout_tell() */
	return READ_ONCE(per_cpu_ptr(g->lookout, cpu)->picked);
}

#endif /* HOMEPORT_LOOKOUT_H */
