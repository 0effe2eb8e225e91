// SPDX-License-Identifier: GPL-2.0
/*
 * pick.c - SYN -> listener: the fast path
 *
 * Reads what changes rarely, writes counters of its own CPU, and costs the
 * same whether the group has two listeners or a thousand.
 */
#include "pick.h"

#include <linux/skbuff.h>
#include <net/sock.h>
#include <net/sock_reuseport.h>

#include "directed.h"
#include "group.h"
#include "listener.h"
#include "load.h"
#include "lookout.h"
#include "map.h"
#include "trace.h"

/* Those who share a slot take turns; each CPU has a turn of its own. */
static struct hp_listener *slot_next(const struct hp_map *map,
				     const struct hp_slot *slot,
				     struct hp_stats *stats)
{
	u32 turn;

	if (unlikely(!slot->nr))
		return NULL;
	turn = this_cpu_inc_return(stats->cpu->turn);
	if (turn >= slot->nr) {
		turn = 0;
		this_cpu_write(stats->cpu->turn, 0);
	}
	return map->listeners[slot->first + turn];
}

static noinline void tell(const struct hp_group *g, const struct hp_listener *l,
			  unsigned int cpu, enum homeport_pick pick)
{
	trace_homeport_pick(g->id, l ? (int)l->index : -1, cpu, pick);
}

static noinline struct sock *no_pick(const struct hp_group *g, unsigned int cpu)
{
	hp_stats_pick(g->stats, HOMEPORT_PICK_HASH);
	tell(g, NULL, cpu, HOMEPORT_PICK_HASH);
	return NULL;
}

/* What is rare after a pick. */
static noinline struct sock *pick_and_tell(struct hp_group *g,
					   const struct hp_listener *l,
					   unsigned int cpu,
					   enum homeport_pick pick)
{
	hp_lookout_pick(g);
	tell(g, l, cpu, pick);
	return l->sk;
}

static __always_inline struct sock *picked(struct hp_group *g,
					   const struct hp_listener *l,
					   unsigned int cpu,
					   enum homeport_pick pick)
{
	const struct hp_stats stats = *g->stats;	/* only pointers */

	hp_stats_pick(&stats, pick);
	this_cpu_inc(l->cpu->picked);
	if (unlikely(!hp_lookout_is_out(&stats)) || trace_homeport_pick_enabled())
		return pick_and_tell(g, l, cpu, pick);
	return l->sk;
}

/* There is something about the listener whose turn it is, or about its group. */
static noinline struct sock *pick_with_care(struct hp_group *g,
					    const struct hp_map *map,
					    struct hp_listener *turn,
					    unsigned int cpu)
{
	struct hp_listener *l = turn;

	hp_load_keep_pace(g, turn);
	if (!hp_load_takes(turn) || !hp_listener_usable(turn))
		l = hp_load_divert(g, map, turn);
	if (!l)
		return no_pick(g, cpu);
	return picked(g, l, cpu,
		      l == turn ? map->slot[cpu].pick : HOMEPORT_PICK_SPILL);
}

/*
 * The choice of a group, counted. What is rare is called in the place of a
 * return, so that no register is saved for its sake.
 */
static __always_inline struct sock *pick_from(struct hp_group *g, u16 num_socks)
{
	const struct hp_map *map = rcu_dereference(g->map);
	unsigned int cpu = raw_smp_processor_id();
	const struct hp_slot *slot;
	struct hp_listener *l;

	if (unlikely(!hp_map_holds(map, num_socks)))
		return no_pick(g, cpu);
	slot = &map->slot[cpu];
	l = slot->only ?: slot_next(map, slot, g->stats);
	if (unlikely(!l))
		return no_pick(g, cpu);
	if (unlikely(!hp_load_is_at_ease(g, l) || !hp_listener_listens(l)))
		return pick_with_care(g, map, l, cpu);
	return picked(g, l, cpu, slot->pick);
}

/*
 * A listener that closes leaves its group a moment before it leaves the hash
 * table. Who finds it in between would be left with it: the packet is dropped,
 * or makes a request of a listener that is gone. There are others.
 */
static noinline struct sock *pick_for_closing(struct sock *sk,
					      const struct sk_buff *skb)
{
	struct hp_listener *l = hp_listener_find(sk);
	const struct sock_reuseport *reuse;

	if (!l || hp_is_directed(sk, skb))
		return NULL;
	sk = pick_from(l->group, 0);
	if (!sk)
		return NULL;
	reuse = rcu_dereference(sk->sk_reuseport_cb);
	return reuse && !rcu_access_pointer(reuse->prog) ? sk : NULL;
}

/**
 * hp_pick() - choose a listener for a packet
 * @sk: The listener that the kernel found; its group has to choose.
 * @skb: The packet.
 * @tie: The group's hp_group.tie; NULL: @sk has left it.
 *
 * See struct hp_hooks.
 *
 * Return: a listener of the same group; NULL leaves the choice to the stock
 * kernel.
 */
struct sock *hp_pick(struct sock *sk, struct sk_buff *skb,
		     struct reuseport_owner_group *tie)
{
	const struct sock_reuseport *reuse;

	/* it may have left since the kernel looked */
	reuse = rcu_dereference(sk->sk_reuseport_cb);
	if (unlikely(!tie || !reuse))
		return pick_for_closing(sk, skb);
	if (hp_is_directed(sk, skb))
		return NULL;
	return pick_from(container_of(tie, struct hp_group, tie.native),
			 READ_ONCE(reuse->num_socks));
}
