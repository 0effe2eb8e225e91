// SPDX-License-Identifier: GPL-2.0
#include "group.h"

#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <net/inet_sock.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include <net/sock_reuseport.h>

#include "event.h"
#include "home.h"
#include "listener.h"
#include "lookout.h"
#include "map.h"
#include "netns.h"
#include "rule.h"

static atomic_t last_id = ATOMIC_INIT(0);

/* One more try when there was no memory for a map. */
#define RETRY_DELAY	HZ

static void addr_of(struct hp_addr *addr, const struct sock *sk)
{
	memset(addr, 0, sizeof(*addr));
	addr->family = sk->sk_family;
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6)
		addr->ip = sk->sk_v6_rcv_saddr;
	else
#endif
		addr->ip.s6_addr32[0] = sk->sk_rcv_saddr;
}

/**
 * hp_key_of() - what the listeners of a socket's group have in common
 * @key: Set.
 * @sk: A listener. Its sk_callback_lock is not held.
 */
void hp_key_of(struct hp_key *key, struct sock *sk)
{
	addr_of(&key->addr, sk);
	key->port = inet_sk(sk)->inet_num;
	key->v6only = ipv6_only_sock(sk);
	key->ifindex = sk->sk_bound_dev_if;
	key->uid = sk_uid(sk);
}

static struct hlist_head *port_head(struct hp_net *hn, u16 port)
{
	return &hn->by_port[port & (ARRAY_SIZE(hn->by_port) - 1)];
}

/* IPv4 connections to a dual-stack listener are of AF_INET6 too. */
static bool child_matches(const struct hp_key *key, const struct sock *child)
{
	struct hp_addr addr;

	if (key->port != inet_sk(child)->inet_num ||
	    key->addr.family != child->sk_family)
		return false;
	if (key->ifindex && key->ifindex != child->sk_bound_dev_if)
		return false;
	if (hp_addr_any(&key->addr))
		return true;
	addr_of(&addr, child);
	return hp_addr_equal(&key->addr, &addr);
}

/* The kernel prefers a listener bound to the address, then one to the device. */
static int child_score(const struct hp_group *g)
{
	return 2 * !hp_addr_any(&g->key.addr) + !!g->key.ifindex;
}

/**
 * hp_group_has_child() - may a connection have come from a group?
 * @g: The group.
 * @child: The connection, just accepted by who asked a listener of @g last.
 *
 * In the same context as hp_group_find_child().
 */
bool hp_group_has_child(const struct hp_group *g, const struct sock *child)
{
	return net_eq(g->hn->net, sock_net(child)) &&
	       child_matches(&g->key, child);
}

/**
 * hp_group_find_child() - the group that a connection came from
 * @child: An established connection, just accepted.
 *
 * A connection does not know its listener, so go by address and port. One
 * that TPROXY or sk_lookup redirected to another port is not found. The
 * caller is in an RCU read-side section, and may hold @child's
 * sk_callback_lock.
 *
 * Return: NULL when none fits.
 */
struct hp_group *hp_group_find_child(const struct sock *child)
{
	struct hp_net *hn = hp_net(sock_net(child));
	u16 port = inet_sk(child)->inet_num;
	struct hp_group *g, *best = NULL;

	hlist_for_each_entry_rcu(g, port_head(hn, port), port_node)
		if (child_matches(&g->key, child) &&
		    (!best || child_score(g) > child_score(best)))
			best = g;
	return best;
}

static void group_free(struct hp_group *g)
{
	hp_lookout_free(g);
	kvfree(g->arrivals);
	hp_stats_free(g->stats);
	kfree(g);
}

static void group_free_cb(struct rcu_head *rcu)
{
	struct hp_group *g = container_of(rcu, struct hp_group, rcu);

	kvfree(rcu_access_pointer(g->map));
	group_free(g);
}

/**
 * hp_group_put() - drop a reference on a group
 * @g: The group. Freed, after a grace period, with the last one.
 */
void hp_group_put(struct hp_group *g)
{
	if (refcount_dec_and_test(&g->ref))
		call_rcu(&g->rcu, group_free_cb);
}

static struct hp_group *group_alloc(struct hp_net *hn, u32 reuseport_id,
				    const struct hp_key *key)
{
	struct hp_group *g = kzalloc(sizeof(*g), GFP_KERNEL);

	if (!g)
		return NULL;
	g->stats = hp_stats_alloc();
	if (!hn->gone)	/* now, as a group that goes cannot fail */
		hn->gone = hp_stats_alloc();
	if (!g->stats || !hn->gone || hp_lookout_alloc(g)) {
		group_free(g);
		return NULL;
	}
	INIT_LIST_HEAD(&g->listeners);
	INIT_LIST_HEAD(&g->ghosts);
	INIT_LIST_HEAD(&g->elected);
	refcount_set(&g->ref, 1);
	g->hn = hn;
	g->id = atomic_inc_return(&last_id);
	g->reuseport_id = reuseport_id;
	g->key = *key;
	return g;
}

static struct hp_group *group_add(struct hp_net *hn, struct sock *sk,
				  u32 reuseport_id, const struct hp_key *key,
				  struct hp_rule *rule)
{
	struct hp_group *g = group_alloc(hn, reuseport_id, key);
	int err;

	if (!g)
		return ERR_PTR(-ENOMEM);
	err = hp_attach->tie(&g->tie, sk);
	if (err) {
		group_free(g);
		return ERR_PTR(err);
	}
	g->rule = rule;
	rule->groups++;
	list_add_tail(&g->list, &hn->groups);
	hlist_add_head_rcu(&g->port_node, port_head(hn, key->port));
	hp_event_group(g, HP_EVENT_GROUP_ADD);
	return g;
}

/*
 * hp_leave() tells; the state is looked at too, so that a listener whose leave
 * went unseen is not kept for ever.
 */
static bool has_left(const struct hp_listener *l)
{
	return READ_ONCE(l->gone) || READ_ONCE(l->sk->sk_state) != TCP_LISTEN;
}

/*
 * Who closes a listener has it locked from before we are told (hp_leave()) until
 * all of its queue has gone elsewhere. So long the kernel counts it in its group
 * and may choose it, and what it had is asked for (hp_rehome()).
 */
static bool is_closing(const struct hp_listener *l)
{
	return sock_owned_by_user_nocheck(l->sk);
}

/* One that is adopted is closed by keep.c, which then lets go of it. */
static bool may_take(const struct hp_listener *l)
{
	return has_left(l) && !l->adopted && !is_closing(l);
}

static bool group_alive(const struct hp_group *g)
{
	const struct hp_listener *l;

	list_for_each_entry(l, &g->listeners, list)
		if (!may_take(l))
			return true;
	return false;
}

/**
 * hp_group_is_served() - has a server any listener of a group open?
 * @g: The group; hp_net.lock is held.
 * @but: Another one than this; NULL: any.
 */
bool hp_group_is_served(const struct hp_group *g,
			const struct hp_listener *but)
{
	const struct hp_listener *l;

	lockdep_assert_held(&g->hn->lock);
	list_for_each_entry(l, &g->listeners, list)
		if (l != but && !has_left(l) &&
		    l->state <= HOMEPORT_LISTENER_STATE_DRAINING)
			return true;
	return false;
}

static bool same_key(const struct hp_key *a, const struct hp_key *b)
{
	return hp_addr_equal(&a->addr, &b->addr) && a->port == b->port &&
	       a->v6only == b->v6only && a->ifindex == b->ifindex &&
	       uid_eq(a->uid, b->uid);
}

/**
 * hp_group_get() - the group of a listener that joins; made if need be
 * @hn: The namespace; its lock is held.
 * @sk: The listener, locked.
 * @reuseport_id: The kernel's id of the group.
 * @key: What its listeners have in common.
 * @rule: The rule that manages it.
 *
 * Where the kernel has used an id again before we noticed that the old group
 * is gone, the new group takes its place; or the old one does, if its last
 * listener is about to leave yet and they are alike: it is tied again. An old one
 * of another namespace is left to that namespace's hp_manage_update().
 *
 * Return: the group, or an ERR_PTR: -ENOMEM.
 */
struct hp_group *hp_group_get(struct hp_net *hn, struct sock *sk,
			      u32 reuseport_id, const struct hp_key *key,
			      struct hp_rule *rule)
{
	struct hp_group *g;
	int err;

	lockdep_assert_held(&hn->lock);
	list_for_each_entry(g, &hn->groups, list) {
		if (g->reuseport_id != reuseport_id)
			continue;
		if (group_alive(g) && same_key(&g->key, key)) {
			err = hp_attach->tie(&g->tie, sk);
			return err ? ERR_PTR(err) : g;
		}
		hp_group_drop(g);
		break;
	}
	return group_add(hn, sk, reuseport_id, key, rule);
}

static void group_publish(struct hp_group *g, struct hp_map *map)
{
	struct hp_map *old;

	/* paired with rcu_dereference() in group_pick() */
	old = rcu_replace_pointer(g->map, map, lockdep_is_held(&g->hn->lock));
	if (old)
		kvfree_rcu(old, rcu);
}

static void group_map(struct hp_group *g)
{
	struct hp_map *map = hp_map_make(g);

	group_publish(g, map);
	if (!map) {
		WRITE_ONCE(g->stale, true);
		queue_delayed_work(system_unbound_wq, &g->hn->update,
				   RETRY_DELAY);
	}
}

/*
 * Who may be picked: those that listen; if there are none, those that drain;
 * then one that is kept; at worst those that leave, which pass it on.
 */
static void group_elect(struct hp_group *g)
{
	u8 best = HOMEPORT_LISTENER_STATE_LEAVING;
	struct hp_listener *l;

	list_for_each_entry(l, &g->listeners, list)
		if (!has_left(l))
			best = min(best, l->state);
	INIT_LIST_HEAD(&g->elected);
	g->nr_elected = 0;
	list_for_each_entry(l, &g->listeners, list) {
		if (l->state != best || has_left(l))
			continue;
		list_add_tail(&l->elect, &g->elected);
		g->nr_elected++;
	}
}

/* They may name a listener that goes, or may be picked no more. */
static void group_forget_spills(struct hp_group *g)
{
	struct hp_listener *l;

	list_for_each_entry(l, &g->listeners, list)
		hp_listener_spill(l, NULL);
	g->bound_at = jiffies;
}

/**
 * hp_group_remap() - elect, settle homes, and publish a map of them
 * @g: The group; hp_net.lock is held.
 *
 * Without memory the stock kernel chooses until a later try succeeds.
 */
void hp_group_remap(struct hp_group *g)
{
	lockdep_assert_held(&g->hn->lock);
	group_elect(g);
	hp_home_settle(g);
	group_forget_spills(g);
	group_map(g);
}

/**
 * hp_group_resettle() - as hp_group_remap(), when only homes may have changed
 * @g: The group; hp_net.lock is held.
 */
void hp_group_resettle(struct hp_group *g)
{
	lockdep_assert_held(&g->hn->lock);
	if (hp_home_settle(g))
		group_map(g);
}

static bool has_requests(const struct hp_listener *l)
{
	return reqsk_queue_len(&inet_csk(l->sk)->icsk_accept_queue);
}

/* A look at those that are closed but still named by half-open requests. */
#define GHOST_PERIOD	HZ

/*
 * Half-open requests name the listener that took them, and ask where to go
 * when their ACK comes or their timer fires (hp_rehome()). And a lookup that
 * found it in the hash table, while it was there, asks for its group
 * (pick_for_closing()). Until then it must still be known.
 */
static bool is_haunting(const struct hp_listener *l)
{
	return has_requests(l) || !poll_state_synchronize_rcu(l->since);
}

static void group_free_ghosts(struct hp_group *g, bool all)
{
	struct hp_listener *l, *next;

	list_for_each_entry_safe(l, next, &g->ghosts, list) {
		if (!all && is_haunting(l))
			continue;
		hp_listener_remove(l);
		hp_listener_free_rcu(l);
	}
	if (!list_empty(&g->ghosts)) {
		WRITE_ONCE(g->stale, true);
		queue_delayed_work(system_unbound_wq, &g->hn->update,
				   GHOST_PERIOD);
	}
}

/* No map that is published names them any more. */
static void group_forget(struct hp_group *g, struct list_head *leaving)
{
	struct hp_listener *l, *next;

	list_for_each_entry_safe(l, next, leaving, list) {
		hp_event_listener(g, l, HP_EVENT_LISTENER_LEAVE);
		list_move_tail(&l->list, &g->ghosts);
		l->ghost = true;
		l->since = start_poll_synchronize_rcu();
	}
}

/* Another look soon at one that has not left yet. */
#define CLOSING_PERIOD	msecs_to_jiffies(10)

static void group_await(struct hp_group *g)
{
	const struct hp_listener *l;

	list_for_each_entry(l, &g->listeners, list) {
		if (!has_left(l) || l->adopted)
			continue;
		WRITE_ONCE(g->stale, true);
		mod_delayed_work(system_unbound_wq, &g->hn->update,
				 CLOSING_PERIOD);
		return;
	}
}

/* Take out those that are gone, or all. */
static void group_take(struct hp_group *g, struct list_head *leaving, bool all)
{
	struct hp_listener *l, *next;

	list_for_each_entry_safe(l, next, &g->listeners, list) {
		if (!all && !may_take(l))
			continue;
		WARN_ON_ONCE(l->adopted);
		hp_listener_unlink(l);
		list_add_tail(&l->list, leaving);
	}
}

/**
 * hp_group_drop() - leave a group to the stock kernel
 * @g: The group; hp_net.lock is held. Freed.
 */
void hp_group_drop(struct hp_group *g)
{
	LIST_HEAD(leaving);

	lockdep_assert_held(&g->hn->lock);
	WRITE_ONCE(g->dropped, true);	/* paired with lookout_timer() */
	hp_attach->untie(&g->tie);
	hlist_del_rcu(&g->port_node);
	list_del(&g->list);
	group_take(g, &leaving, true);
	group_publish(g, NULL);
	group_forget(g, &leaving);
	group_free_ghosts(g, true);
	hp_event_group(g, HP_EVENT_GROUP_DEL);
	g->rule->groups--;
	hp_stats_add(g->hn->gone, g->stats);
	hp_group_put(g);
}

/**
 * hp_group_reap() - take note of listeners that left a group
 * @g: The group; hp_net.lock is held. Freed when none is left.
 */
void hp_group_reap(struct hp_group *g)
{
	LIST_HEAD(leaving);

	lockdep_assert_held(&g->hn->lock);
	if (!group_alive(g)) {
		hp_group_drop(g);
		return;
	}
	group_take(g, &leaving, false);
	hp_group_remap(g);
	group_forget(g, &leaving);
	group_free_ghosts(g, false);
	group_await(g);
}

/**
 * hp_group_evict() - take a listener out that listens again
 * @l: It had left; hp_net.lock is held. Freed.
 *
 * Half-open requests may name it, and rightly.
 */
void hp_group_evict(struct hp_listener *l)
{
	struct hp_group *g = l->group;
	LIST_HEAD(leaving);

	lockdep_assert_held(&g->hn->lock);
	if (!l->ghost) {
		hp_listener_unlink(l);
		list_add_tail(&l->list, &leaving);
		hp_group_remap(g);
		group_forget(g, &leaving);
	}
	hp_listener_remove(l);
	hp_listener_free_rcu(l);
}

/**
 * hp_group_stale() - have a new map made soon
 * @g: The group. The caller is in an RCU read-side section, or holds
 *	hp_net.lock. Does not sleep; callable by hooks.
 */
void hp_group_stale(struct hp_group *g)
{
	WRITE_ONCE(g->stale, true);	/* paired with xchg() in group_update() */
	mod_delayed_work(system_unbound_wq, &g->hn->update, 0);
}

/**
 * hp_group_stale_net() - have new maps made for all groups of a namespace soon
 * @hn: The namespace. The caller is in an RCU read-side section.
 */
void hp_group_stale_net(struct hp_net *hn)
{
	struct hp_group *g;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(hn->by_port); i++)
		hlist_for_each_entry_rcu(g, &hn->by_port[i], port_node)
			hp_group_stale(g);
}

/* What the kernel has of the group, by any listener that is still there. */
static const struct sock_reuseport *group_reuse(const struct hp_group *g)
{
	const struct sock_reuseport *reuse = NULL;
	const struct hp_listener *l;

	list_for_each_entry(l, &g->listeners, list) {
		reuse = rcu_dereference(l->sk->sk_reuseport_cb);
		if (reuse)
			break;
	}
	return reuse;
}

/**
 * hp_group_has_prog() - does a BPF program choose the listeners of a group?
 * @g: The group; hp_net.lock is held.
 */
bool hp_group_has_prog(const struct hp_group *g)
{
	const struct sock_reuseport *reuse;
	bool has;

	lockdep_assert_held(&g->hn->lock);
	rcu_read_lock();
	reuse = group_reuse(g);
	has = reuse && rcu_access_pointer(reuse->prog);
	rcu_read_unlock();
	return has;
}

/**
 * hp_group_state() - who chooses the listener of a group
 * @g: The group; hp_net.lock is held.
 */
enum homeport_group_state hp_group_state(const struct hp_group *g)
{
	enum homeport_group_state state = HOMEPORT_GROUP_STATE_HASH;
	const struct sock_reuseport *reuse;

	if (hp_group_has_prog(g))
		return HOMEPORT_GROUP_STATE_BPF;
	if (g->kept)
		return HOMEPORT_GROUP_STATE_KEPT;
	rcu_read_lock();
	reuse = group_reuse(g);
	if (reuse && hp_map_holds(rcu_dereference(g->map),
				  READ_ONCE(reuse->num_socks)))
		state = HOMEPORT_GROUP_STATE_MANAGED;
	rcu_read_unlock();
	return state;
}

/**
 * hp_group_exit() - there is no group any more
 */
void hp_group_exit(void)
{
	rcu_barrier();	/* group_free_cb(), kvfree_rcu() */
}
