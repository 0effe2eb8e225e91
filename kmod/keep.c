// SPDX-License-Identifier: GPL-2.0
/*
 * keep.c - what becomes of listeners that a server closes
 *
 *	  listening, draining		    open in a server
 *	     |	      |	   close()
 *	     |	      '------------.
 *	     | others are there	   | it was the last, and there is grace
 *	     v			   v
 *	  leaving <------------- kept
 *	     |	    others have	   |
 *	     |	    joined	   | grace is over, or release
 *	     v			   v
 *	   closed		closed, what it has is dropped
 *
 * A leaving listener takes no SYN any more. What it has goes to the others:
 * its queue at once, its half-open requests when their handshake completes. It
 * closes only when it has had nothing for two RCU grace periods, so there is no
 * moment at which a connection could arrive at a listener that is just gone. If
 * none of the others fits (see options_fit()), it closes with what it has.
 *
 * A kept listener takes new connections as well. It gives all it has to those
 * that join, when they have settled: the first of four would get everything.
 *
 * Where a listener cannot be adopted, it closes as on the stock kernel, and
 * hp_rehome() finds another one for what it had, if there is one.
 */
#include "keep.h"

#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/lockdep.h>
#include <linux/rcupdate.h>
#include <linux/workqueue.h>
#include <net/inet_connection_sock.h>
#include <net/sock.h>

#include "adopt.h"
#include "attach.h"
#include "event.h"
#include "group.h"
#include "listener.h"
#include "netns.h"
#include "request.h"
#include "rule.h"
#include "stats.h"

/* Those that join a kept group are all there when none came for as long. */
#define SETTLE		msecs_to_jiffies(50)
#define SETTLE_MAX	msecs_to_jiffies(500)

/* Another look when something is about to happen, or may have unnoticed. */
#define LOOK_SOON	msecs_to_jiffies(10)
#define LOOK_LATER	HZ

/* Not to be looked at again until something happens. */
#define NEVER		(~0UL)

static void look_after(struct hp_net *hn, unsigned long delay)
{
	mod_delayed_work(system_highpri_wq, &hn->keep, delay);
}

/* The listener of a socket that a server closes, so it is not adopted. */
static struct hp_listener *listener_open(struct sock *sk)
{
	struct hp_listener *l;

	rcu_read_lock();
	l = hp_listener_find(sk);
	if (l && !hp_listener_usable(l))
		l = NULL;
	rcu_read_unlock();
	return l;
}

/*
 * A socket of the kernel's own, one that somebody else has to do with, or a
 * group with a BPF program, which counts on the numbers of its sockets.
 */
static bool is_foreign(const struct hp_listener *l)
{
	const struct sock *sk = l->sk;

	return sk->sk_kern_sock || sk->sk_user_data || !sk->sk_socket ||
	       hp_group_has_prog(l->group);
}

/* Why a listener cannot be adopted; HP_TABLE_NR: it can. */
static unsigned int refusal(const struct hp_listener *l)
{
	if (is_foreign(l))
		return HOMEPORT_TABLE_FOREIGN;
	if (l->group->hn->nr_adopted >= HP_ADOPTED_MAX)
		return HOMEPORT_TABLE_LIMIT;
	return HP_TABLE_NR;
}

static bool adopt(struct hp_listener *l)
{
	unsigned int why = refusal(l);

	if (why == HP_TABLE_NR && hp_adopt(l))
		why = HOMEPORT_TABLE_MEMORY;
	if (why == HP_TABLE_NR)
		return true;
	hp_stats_table(l->group->stats, why);
	return false;
}

static void set_state(struct hp_listener *l, u8 state)
{
	WRITE_ONCE(l->state, state);
	hp_event_listener(l->group, l, HP_EVENT_LISTENER_STATE);
}

static void begin_kept(struct hp_group *g)
{
	g->kept = true;
	g->kept_since = jiffies;
	g->kept_until = jiffies + msecs_to_jiffies(g->rule->conf.grace_ms);
	hp_event_group(g, HP_EVENT_GROUP_KEEP);
}

/* All that homeport holds of a group. */
static void take_all(struct hp_group *g, struct list_head *closing)
{
	struct hp_adopted *a, *next;

	list_for_each_entry_safe(a, next, &g->hn->adopted, list)
		if (a->l->group == g)
			hp_adopt_take(a, closing);
}

/*
 * The last one, and no grace: nobody can take over what those still hold that
 * left before. They go first, so that the port is free when close() returns.
 */
static void close_last(struct hp_listener *l, struct list_head *closing)
{
	WRITE_ONCE(l->gone, true);	/* paired with hp_listener_usable() */
	take_all(l->group, closing);
	hp_group_stale(l->group);
}

/* Returns whether it is ours now. */
static bool close_locked(struct hp_listener *l, struct list_head *closing)
{
	struct hp_group *g = l->group;
	bool others = hp_group_is_served(g, l);

	if (g->hn->closing || g->rule->ending)
		return false;
	if (!others && !g->rule->conf.grace_ms) {
		close_last(l, closing);
		return false;
	}
	if ((others && !hp_request_can_move()) || !adopt(l))
		return false;
	hp_stats_table(g->stats, others ? HOMEPORT_TABLE_LEFT :
					  HOMEPORT_TABLE_KEPT);
	set_state(l, others ? HOMEPORT_LISTENER_STATE_LEAVING :
			      HOMEPORT_LISTENER_STATE_KEPT);
	if (!others)
		begin_kept(g);
	hp_group_remap(g);
	look_after(g->hn, 0);
	return true;
}

/**
 * hp_close() - a server closes a socket
 * @sk: The socket, in TCP_LISTEN, of which nobody else has a reference to
 *	close. Not locked.
 *
 * See struct hp_hooks. May sleep.
 *
 * Return: true if it is homeport's now, and must not be closed.
 */
bool hp_close(struct sock *sk)
{
	struct hp_net *hn = hp_net(sock_net(sk));
	struct hp_listener *l;
	LIST_HEAD(closing);
	bool ours = false;

	if (!listener_open(sk))
		return false;
	lock_sock(sk);
	mutex_lock(&hn->lock);
	l = listener_open(sk);
	if (l)
		ours = close_locked(l, &closing);
	mutex_unlock(&hn->lock);
	release_sock(sk);
	hp_adopt_close(&closing);
	return ours;
}

/**
 * hp_keep_joined() - a listener joined a group
 * @g: The group; hp_net.lock is held.
 */
void hp_keep_joined(struct hp_group *g)
{
	lockdep_assert_held(&g->hn->lock);
	if (g->kept)
		g->settled_by = jiffies + SETTLE_MAX;
	g->kept = false;
	g->settled_at = jiffies + SETTLE;
	if (time_after(g->settled_at, g->settled_by))
		g->settled_at = g->settled_by;
	if (g->hn->nr_adopted)
		look_after(g->hn, SETTLE);
}

/**
 * hp_keep_left() - a listener left its group, by close() or otherwise
 * @hn: The namespace; its lock is held.
 */
void hp_keep_left(struct hp_net *hn)
{
	lockdep_assert_held(&hn->lock);
	if (hn->nr_adopted)
		look_after(hn, 0);
}

/* Would a listener of @key be asked for what now comes to @kept? */
static bool covers(const struct hp_key *key, const struct hp_key *kept)
{
	if (key->port != kept->port ||
	    (key->ifindex && key->ifindex != kept->ifindex))
		return false;
	if (!hp_addr_any(&key->addr))
		return hp_addr_equal(&key->addr, &kept->addr);
	return key->addr.family == kept->addr.family ||
	       (key->addr.family == AF_INET6 && !key->v6only);
}

/**
 * hp_keep_supersede() - end the keep of groups that a new listener replaces
 * @hn: The namespace; its lock is held.
 * @g: The new listener's group; NULL if it is in none of ours.
 * @key: What its group has in common.
 *
 * A server that comes back with another address, or as dual stack, is in
 * another group of the kernel. A kept listener would go on to take connections
 * that are meant for it, and could never give them to it.
 */
void hp_keep_supersede(struct hp_net *hn, const struct hp_group *g,
		       const struct hp_key *key)
{
	struct hp_adopted *a;

	lockdep_assert_held(&hn->lock);
	list_for_each_entry(a, &hn->adopted, list) {
		struct hp_group *old = a->l->group;

		if (old == g || !old->kept || !covers(key, &old->key))
			continue;
		old->kept_until = jiffies;
		look_after(hn, 0);
	}
}

static bool is_empty(const struct hp_listener *l)
{
	return !hp_request_half_open(l) && !hp_listener_queued(l);
}

/* Does it get new connections? */
static bool is_asked(const struct hp_listener *l)
{
	const struct hp_listener *elected;

	elected = list_first_entry_or_null(&l->group->elected,
					   struct hp_listener, elect);
	return !elected || elected->state == l->state;
}

/* Without a map the stock kernel chooses, and may choose this one. */
static bool is_quiet(const struct hp_listener *l)
{
	return is_empty(l) && !is_asked(l) &&
	       rcu_access_pointer(l->group->map);
}

/*
 * Nothing there, and nothing on the way to it. It takes two grace periods. After
 * the first nobody is left who found the listener for a SYN, by a map or choice
 * that is no more; then its half-open requests are all there will be. If there
 * is none then, those that may be on their way from request to child were so
 * before, and have arrived after the second.
 */
static bool is_done(struct hp_adopted *a)
{
	bool passed = a->quiet && poll_state_synchronize_rcu(a->since);

	/* not before: the last of them may have come just now */
	if (!is_quiet(a->l)) {
		a->quiet = 0;
		return false;
	}
	if (a->quiet && !passed)
		return false;
	a->since = start_poll_synchronize_rcu();
	return ++a->quiet > 2;
}

/* Half-open requests come to the queue, which tells; that they expire does not. */
static unsigned long next_look(const struct hp_adopted *a)
{
	return a->quiet || hp_listener_queued(a->l) ? LOOK_SOON : LOOK_LATER;
}

static void hand_over(struct hp_adopted *a)
{
	WRITE_ONCE(a->l->handed, true);	/* paired with count_request() */
	hp_event_group(a->l->group, HP_EVENT_GROUP_HANDOVER);
	set_state(a->l, HOMEPORT_LISTENER_STATE_LEAVING);
}

/* A server has listeners of the group open. When to look again. */
static unsigned long look_served(struct hp_adopted *a,
				 struct list_head *closing)
{
	struct hp_group *g = a->l->group;

	if (a->l->state == HOMEPORT_LISTENER_STATE_KEPT) {
		if (time_before(jiffies, g->settled_at))
			return g->settled_at - jiffies;
		hand_over(a);
	}
	if (!hp_request_can_move()) {	/* hp_rehome() finds them another */
		hp_adopt_take(a, closing);
		return NEVER;
	}
	if (hp_request_move(a->l) && !is_done(a))
		return next_look(a);
	hp_adopt_take(a, closing);
	return NEVER;
}

static void count_expired(const struct hp_group *g)
{
	const struct hp_adopted *a;
	u32 n = 0;

	list_for_each_entry(a, &g->hn->adopted, list)
		if (a->l->group == g)
			n += hp_request_half_open(a->l) +
			     hp_listener_queued(a->l);
	hp_stats_table_add(g->stats, HOMEPORT_TABLE_EXPIRED, n);
}

static void expire(struct hp_group *g, struct list_head *closing)
{
	count_expired(g);
	hp_event_group(g, HP_EVENT_GROUP_EXPIRE);
	take_all(g, closing);
	g->kept = false;
}

/* One of a kept group: it goes before grace ends if it left and has nothing. */
static unsigned long look_kept(struct hp_adopted *a, struct list_head *closing)
{
	unsigned long left = a->l->group->kept_until - jiffies;

	if (is_asked(a->l))
		return left;
	if (!is_done(a))
		return min(left, a->quiet ? LOOK_SOON : LOOK_LATER);
	hp_adopt_take(a, closing);
	return NEVER;
}

/* Nobody has. When to look again; 0: all of the group went to @closing. */
static unsigned long look_deserted(struct hp_adopted *a,
				   struct list_head *closing)
{
	struct hp_group *g = a->l->group;

	/* if it is not kept, the last one was shut down: that was meant */
	if (g->kept && time_before(jiffies, g->kept_until))
		return look_kept(a, closing);
	expire(g, closing);
	return 0;
}

/* Who ended it was neither its server nor we: ss -K. */
static bool was_ended(const struct hp_listener *l)
{
	return READ_ONCE(l->sk->sk_state) != TCP_LISTEN;
}

/* When to look again; 0: the list is no longer what it was. */
static unsigned long look_at(struct hp_adopted *a, struct list_head *closing)
{
	if (was_ended(a->l)) {
		hp_group_stale(a->l->group);
		hp_adopt_take(a, closing);
		return NEVER;
	}
	if (hp_group_is_served(a->l->group, NULL))
		return look_served(a, closing);
	return look_deserted(a, closing);
}

static unsigned long look_at_all(struct hp_net *hn, struct list_head *closing)
{
	unsigned long delay, soonest;
	struct hp_adopted *a, *next;

again:
	soonest = NEVER;
	list_for_each_entry_safe(a, next, &hn->adopted, list) {
		delay = look_at(a, closing);
		if (!delay)
			goto again;
		soonest = min(soonest, delay);
	}
	return soonest;
}

/**
 * hp_keep_look() - look after the listeners that homeport holds open
 * @work: hp_net.keep
 */
void hp_keep_look(struct work_struct *work)
{
	struct hp_net *hn = container_of(to_delayed_work(work), struct hp_net,
					 keep);
	LIST_HEAD(closing);
	unsigned long delay;

	mutex_lock(&hn->lock);
	delay = look_at_all(hn, &closing);
	if (delay != NEVER)
		queue_delayed_work(system_highpri_wq, &hn->keep, delay);
	mutex_unlock(&hn->lock);
	hp_adopt_close(&closing);
}

/* How long what nobody has room for may wait for some, at the end. */
#define END_TRIES	50
#define END_MS		20

/* Is there any of that? What there is room for goes now. */
static bool end_waits(struct hp_net *hn, const struct hp_rule *rule)
{
	struct hp_adopted *a;
	bool waits = false;

	mutex_lock(&hn->lock);
	list_for_each_entry(a, &hn->adopted, list) {
		struct hp_group *g = a->l->group;

		if ((rule && g->rule != rule) || !hp_group_is_served(g, NULL))
			continue;
		if (hp_request_move(a->l) && hp_listener_queued(a->l))
			waits = true;
	}
	mutex_unlock(&hn->lock);
	return waits;
}

/* What there is goes to those that are there, and the listeners close. */
static void end_group(struct hp_group *g, struct list_head *closing)
{
	struct hp_adopted *a;

	if (!hp_group_is_served(g, NULL)) {
		expire(g, closing);
		return;
	}
	list_for_each_entry(a, &g->hn->adopted, list)
		if (a->l->group == g)
			hp_request_move(a->l);
	take_all(g, closing);
}

static struct hp_group *group_held(struct hp_net *hn, u32 id)
{
	struct hp_adopted *a;

	list_for_each_entry(a, &hn->adopted, list)
		if (a->l->group->id == id)
			return a->l->group;
	return NULL;
}

/**
 * hp_keep_release() - close at once what homeport holds open of a group
 * @hn: The namespace.
 * @group: The group's id.
 *
 * Return: 0; -ENOENT when it holds nothing.
 */
int hp_keep_release(struct hp_net *hn, u32 group)
{
	struct hp_group *g;
	LIST_HEAD(closing);

	mutex_lock(&hn->lock);
	g = group_held(hn, group);
	if (g)
		end_group(g, &closing);
	mutex_unlock(&hn->lock);
	hp_adopt_close(&closing);
	return g ? 0 : -ENOENT;
}

static struct hp_group *group_of_rule(struct hp_net *hn,
				      const struct hp_rule *rule)
{
	struct hp_adopted *a;

	list_for_each_entry(a, &hn->adopted, list)
		if (!rule || a->l->group->rule == rule)
			return a->l->group;
	return NULL;
}

/**
 * hp_keep_end() - hold nothing open any more
 * @hn: The namespace. Nothing is adopted any more: it, or the rule, is ending.
 * @rule: Only what this rule manages; NULL: all. It stays until this returns.
 *
 * When it returns, no connection that another listener could take depends on
 * homeport. May sleep, for two seconds at most.
 */
void hp_keep_end(struct hp_net *hn, const struct hp_rule *rule)
{
	struct hp_group *g;
	unsigned int tries;
	LIST_HEAD(closing);

	for (tries = 0; tries < END_TRIES && end_waits(hn, rule); tries++)
		msleep(END_MS);
	flush_delayed_work(&hn->keep);	/* it may be closing some */
	mutex_lock(&hn->lock);
	while ((g = group_of_rule(hn, rule)))
		end_group(g, &closing);
	mutex_unlock(&hn->lock);
	hp_adopt_close(&closing);
	if (!list_empty(&hn->groups))
		hp_request_hurry(hn);
}
