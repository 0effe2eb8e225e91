/* SPDX-License-Identifier: GPL-2.0 */
/* map.h - flow CPU -> listeners */
#ifndef HOMEPORT_MAP_H
#define HOMEPORT_MAP_H

#include <linux/rcupdate.h>
#include <linux/types.h>

struct hp_group;
struct hp_listener;

/**
 * struct hp_slot - the listeners that one flow CPU may use; all equally near
 * @only: The one, where there is one only.
 * @first: The place of the first in hp_map.listeners.
 * @nr: How many.
 * @pick: enum homeport_pick.
 */
struct hp_slot {
	struct hp_listener *only;
	u32 first;
	u16 nr;
	u8 pick;
};

/**
 * struct hp_map - flow CPU -> listeners
 * @rcu: To free it.
 * @listeners: What the slots point into.
 * @nr: How many there are in the group that may be picked. They come first in
 *	@listeners.
 * @members: How many listeners the group had in all. Where the kernel counts
 *	more, some have not joined, or may not: MPTCP, SMC and sockmap.
 * @slot: By CPU, nr_cpu_ids of them. A slot with nr 0 has no listener.
 *
 * Never changed once it is published in hp_group.map.
 */
struct hp_map {
	struct rcu_head rcu;
	struct hp_listener **listeners;
	u32 nr;
	u32 members;
	struct hp_slot slot[];
};

struct hp_map *hp_map_make(const struct hp_group *g);

/*
 * Does a map stand for a group of @num_socks sockets? Not if it has some that
 * we do not know and that would never get a connection. But while any leaves,
 * the stock kernel must not choose: it might choose that one.
 */
static inline bool hp_map_holds(const struct hp_map *map, u32 num_socks)
{
	return map && (num_socks <= map->members || map->nr < map->members);
}

#endif /* HOMEPORT_MAP_H */
