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

	if (likely(slot->nr == 1))
		return map->listeners[slot->first];
	turn = __this_cpu_inc_return(stats->cpu->turn);
	if (turn >= slot->nr) {
		turn = 0;
		__this_cpu_write(stats->cpu->turn, 0);
	}
	return map->listeners[slot->first + turn];
}

static struct hp_listener *group_pick(struct hp_group *g, unsigned int cpu,
				      u16 num_socks)
{
	const struct hp_map *map = rcu_dereference(g->map);
	enum homeport_pick pick = HOMEPORT_PICK_HASH;
	struct hp_listener *turn, *l = NULL;
	const struct hp_slot *slot;

	if (unlikely(!hp_map_holds(map, num_socks)))
		goto count;
	slot = &map->slot[cpu];
	if (unlikely(!slot->nr))
		goto count;
	turn = slot_next(map, slot, g->stats);
	l = turn;
	if (unlikely(!hp_load_takes(g, turn) || !hp_listener_usable(turn)))
		l = hp_load_divert(g, map, turn);
	if (likely(l == turn))
		pick = slot->pick;
	else if (l)
		pick = HOMEPORT_PICK_SPILL;
count:
	hp_stats_pick(g->stats, pick);
	hp_lookout_pick(g);
	trace_homeport_pick(g->id, l ? (int)l->index : -1, cpu, pick);
	return l;
}

/* The choice of a group, counted. */
static struct sock *pick_from(struct hp_group *g, u16 num_socks)
{
	struct hp_listener *l;

	l = group_pick(g, raw_smp_processor_id(), num_socks);
	if (!l)
		return NULL;
	__this_cpu_inc(l->cpu->picked);
	return l->sk;
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
 * @skb: The packet; NULL when there is none, as in a lookup for ss.
 *
 * See struct hp_hooks. Groups with a BPF program belong to the program.
 *
 * Return: a listener of the same group; NULL leaves the choice to the stock
 * kernel.
 */
struct sock *hp_pick(struct sock *sk, struct sk_buff *skb)
{
	const struct sock_reuseport *reuse;
	struct hp_group *g;

	if (sk->sk_protocol != IPPROTO_TCP || !skb)
		return NULL;
	reuse = rcu_dereference(sk->sk_reuseport_cb);
	if (unlikely(!reuse))
		return pick_for_closing(sk, skb);
	if (rcu_access_pointer(reuse->prog))
		return NULL;
	g = hp_group_find(reuse->reuseport_id);
	if (!g || hp_is_directed(sk, skb))
		return NULL;
	return pick_from(g, READ_ONCE(reuse->num_socks));
}
