/* SPDX-License-Identifier: GPL-2.0 */
/* load.h - may a listener take one more connection? */
#ifndef HOMEPORT_LOAD_H
#define HOMEPORT_LOAD_H

#include <linux/compiler.h>
#include <linux/jiffies.h>
#include <linux/jump_label.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/types.h>
#include <net/inet_connection_sock.h>
#include <net/request_sock.h>
#include <net/sock.h>

#include "group.h"
#include "listener.h"
#include "rule.h"
#include "worker.h"

struct hp_map;
struct hp_net;
struct hp_rule;
struct work_struct;

/*
 * How often hp_load_look() looks at a group. It is to do so more often for a
 * listener with as many connections queued.
 */
enum hp_pace {
	HP_PACE_IDLE = 0,	/* not at all: nothing is picked */
	HP_PACE_CALM = 1,	/* now and then */
	HP_PACE_KEEN = U32_MAX,	/* some are queued: several times in a stall */
};

struct hp_listener *hp_load_divert(struct hp_group *g,
				   const struct hp_map *map,
				   struct hp_listener *l);
void hp_load_wake(struct hp_group *g, enum hp_pace pace);
void hp_load_tell(struct hp_group *g);
bool hp_load_accepts(const struct hp_listener *l);
u32 hp_load_spill_permille(const struct hp_listener *l);
void hp_load_reconsider(const struct hp_rule *rule, struct hp_net *hn);
void hp_load_look(struct work_struct *work);
int hp_load_init(void);
void hp_load_exit(void);

static inline bool hp_load_is_stalled(const struct hp_listener *l)
{
	/* paired with cmpxchg() in listener_stall() */
	return READ_ONCE(l->watch) == HP_WATCH_STALLED;
}

/* How often a group is looked at where anything is queued, in jiffies. */
static inline unsigned long hp_load_period(const struct hp_rule_conf *conf)
{
	return max(msecs_to_jiffies(conf->stall_ms) / 2, 1UL);
}

/* One that homeport holds open has nobody to accept. hp_net.lock is held. */
static inline bool hp_load_is_watched(const struct hp_listener *l)
{
	return !l->adopted && hp_listener_usable(l);
}

DECLARE_STATIC_KEY_FALSE(hp_load_late_key);

/* The kernel gives a half-open request its listener when it needs one. */
static inline bool hp_load_binds_late(void)
{
	return static_branch_unlikely(&hp_load_late_key);
}

/*
 * On an unpatched kernel half-open requests are to come into the queue, so they
 * take their place in it: an ACK finds the queue of its own listener full or
 * not, and no other.
 */
static inline bool hp_load_is_full_with(const struct sock *sk, u32 queued)
{
	const struct inet_connection_sock *icsk = inet_csk(sk);

	if (!hp_load_binds_late())
		queued += reqsk_queue_len(&icsk->icsk_accept_queue);
	return queued >= READ_ONCE(sk->sk_max_ack_backlog);
}

static inline bool hp_load_is_full(const struct sock *sk)
{
	return hp_load_is_full_with(sk, READ_ONCE(sk->sk_ack_backlog));
}

/*
 * Has it so little to do that it may do something for a sibling? Half of what it
 * has is for its own: who floods one CPU with SYNs is not to fill all queues.
 */
static inline bool hp_load_is_idle(const struct sock *sk)
{
	const struct inet_connection_sock *icsk = inet_csk(sk);
	u32 half = READ_ONCE(sk->sk_max_ack_backlog) / 2;

	return READ_ONCE(sk->sk_ack_backlog) < half &&
	       reqsk_queue_len(&icsk->icsk_accept_queue) < half;
}

/* May a listener whose turn it is have one more connection? */
static inline bool hp_load_takes(const struct hp_listener *l)
{
	return !rcu_access_pointer(l->spill) && !hp_load_is_stalled(l) &&
	       !hp_listener_is_behind(l) && !hp_load_is_full(l->sk);
}

/* Is the group looked at often enough for a listener with so many connections? */
static inline bool hp_load_keeps_pace(const struct hp_group *g, u32 queued)
{
	/* paired with WRITE_ONCE() in pace_write() */
	return queued < READ_ONCE(g->pace);
}

/*
 * For each pick: is there nothing to do but to give it to the listener whose turn
 * it is, if it listens? All that is read was read before, or is going to be for a
 * SYN.
 */
static inline bool hp_load_is_at_ease(const struct hp_group *g,
				      const struct hp_listener *l)
{
	u32 queued;

#ifdef HP_PICK_UNCHECKED	/* by tools/bench/pick-cost, to know their cost */
	return !READ_ONCE(l->gone);
#endif
	queued = hp_listener_queued(l);
	return !hp_listener_is_doubtful(l) && hp_load_keeps_pace(g, queued) &&
	       !hp_load_is_full_with(l->sk, queued);
}

/* Writes nothing but the pace when it changes. */
static inline void hp_load_keep_pace(struct hp_group *g,
				     const struct hp_listener *l)
{
	u32 queued = hp_listener_queued(l);

	if (unlikely(!hp_load_keeps_pace(g, queued)))
		hp_load_wake(g, queued ? HP_PACE_KEEN : HP_PACE_CALM);
}

/*
 * A lookout has seen a child that is queued, or has been told of one. Whether it is
 * accepted is looked at from now on: the time that it waits is counted from the
 * first look that finds it, and the next one might be a CALM_PERIOD off.
 */
static inline void hp_load_child(struct hp_group *g)
{
	/* paired with WRITE_ONCE() in told_write() */
	if (unlikely(!READ_ONCE(g->told)))
		hp_load_tell(g);
}

/*
 * A task asks for a connection. Picks know at once; those who are told of stalls,
 * when hp_load_look() looks again.
 */
static inline void hp_load_accepting(struct hp_listener *l)
{
	/* paired with cmpxchg() in listener_stall() */
	if (likely(READ_ONCE(l->watch) == HP_WATCH_NONE && READ_ONCE(l->worker)))
		return;
	/* the first one: see what it means for its siblings */
	if (!READ_ONCE(l->worker))
		hp_load_tell(l->group);
	hp_worker_seen(l);
	WRITE_ONCE(l->watch, HP_WATCH_NONE);
}

#endif /* HOMEPORT_LOAD_H */
