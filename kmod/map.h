/* SPDX-License-Identifier: GPL-2.0 */
/* map.h - flow CPU -> listeners */
#ifndef HOMEPORT_MAP_H
#define HOMEPORT_MAP_H

#include <linux/rcupdate.h>
#include <linux/types.h>

struct hp_group;
struct hp_listener;

/* The listeners that one flow CPU may use; all equally near. */
struct hp_slot {
	u32 first;
	u16 nr;
	u8 pick;	/* enum homeport_pick */
};

/**
 * struct hp_map - flow CPU -> listeners
 * @rcu: To free it.
 * @listeners: What the slots point into.
 * @nr: How many listeners the group had. Where the kernel counts another
 *	number, some have not joined, or may not: MPTCP, SMC and sockmap.
 * @slot: By CPU, nr_cpu_ids of them. A slot with nr 0 has no listener.
 *
 * Never changed once it is published in hp_group.map.
 */
struct hp_map {
	struct rcu_head rcu;
	struct hp_listener **listeners;
	u32 nr;
	struct hp_slot slot[];
};

struct hp_map *hp_map_make(const struct hp_group *g);

#endif /* HOMEPORT_MAP_H */
