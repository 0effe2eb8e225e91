// SPDX-License-Identifier: GPL-2.0
/*
 * lookout.c - each CPU looks after what it picked
 *
 * Is anything queued at the listeners that a CPU picks? And how much does it pick?
 * Whoever asks from another CPU takes cache lines away that each connection
 * writes, on every CPU, however little it does. So a CPU asks itself: in a timer a
 * moment after a pick, again while there are more, or handshakes under way; and in
 * the next jiffy after a child, where the kernel tells of one. If something is queued
 * load.c is told, which looks closer; what it picked it writes where that reads it, in
 * a line that picks do not touch.
 */
#include "lookout.h"

#include <linux/jiffies.h>
#include <linux/rcupdate.h>
#include <net/inet_connection_sock.h>
#include <net/request_sock.h>
#include <net/sock.h>

#include "listener.h"
#include "map.h"

/*
 * After a pick that none came before. A connection that no other one follows waits for
 * it, so it is as soon as who gets on has surely accepted it.
 */
#define LOOKOUT_FIRST	(HZ / 125 ?: 1)

/* While there are more picks, which see themselves what is queued. */
#define LOOKOUT_PERIOD	(HZ / 40 ?: 1)

/* Where the kernel says that a child is queued: whoever is there has accepted it. */
#define LOOKOUT_SOON	1

/* Set before any group is there. */
static void (*tell_queued)(struct hp_group *g);

/* The picks of a CPU that were some listener's turn. */
static u64 picks_on(const struct hp_group *g, unsigned int cpu)
{
	u64 sum = 0;
	unsigned int i;

	for (i = 0; i < HOMEPORT_PICK_HASH; i++)
		sum += hp_stats_picks_on(g->stats, cpu, i);
	return sum;
}

/* Returns whether there were any since the last time. */
static bool lookout_tell(struct hp_lookout *lo)
{
	u64 picked = picks_on(lo->g, lo->cpu);

	if (picked == lo->picked)
		return false;
	WRITE_ONCE(lo->picked, picked);	/* paired with hp_lookout_picked() */
	return true;
}

/* What the listeners have whose turn it is on a CPU. */
struct view {
	bool queued;
	bool half_open;
};

static void view_add(struct view *v, const struct sock *sk)
{
	v->queued |= READ_ONCE(sk->sk_ack_backlog) > 0;
	v->half_open |= reqsk_queue_len(&inet_csk(sk)->icsk_accept_queue) > 0;
}

static struct view lookout_view(const struct hp_lookout *lo)
{
	const struct hp_map *map = rcu_dereference(lo->g->map);
	const struct hp_slot *slot;
	struct view v = {};
	u32 i;

	if (!map)
		return v;
	slot = &map->slot[lo->cpu];
	for (i = 0; i < slot->nr; i++)
		view_add(&v, map->listeners[slot->first + i]->sk);
	return v;
}

/* What it says of itself in the counters of its CPU, which picks have at hand. */
static struct hp_stats_cpu *lookout_flags(const struct hp_lookout *lo)
{
	return per_cpu_ptr(lo->g->stats->cpu, lo->cpu);
}

static void lookout_arm(struct hp_lookout *lo, unsigned long delay)
{
	/* of this CPU alone, but when that has just gone offline */
	WRITE_ONCE(lookout_flags(lo)->watched, true);
	mod_timer(&lo->timer, jiffies + delay);
}

/*
 * A pick or a child that comes while it is decided whether to go on starts the
 * timer itself: that may be in the middle, on PREEMPT_RT.
 */
static void lookout_look(struct hp_lookout *lo)
{
	struct hp_stats_cpu *flags = lookout_flags(lo);
	struct view v;

	WRITE_ONCE(flags->watched, false);
	WRITE_ONCE(flags->soon, false);
	barrier();	/* on one CPU: against hp_lookout_pick() */
	v = lookout_view(lo);
	if ((lookout_tell(lo) || v.half_open) && !READ_ONCE(flags->soon))
		lookout_arm(lo, LOOKOUT_PERIOD);
	if (v.queued)
		tell_queued(lo->g);
}

/* As a hook, it has nobody to tell any more when the group has gone. */
static void lookout_timer(struct timer_list *timer)
{
	struct hp_lookout *lo = container_of(timer, struct hp_lookout, timer);

	rcu_read_lock();
	/* paired with WRITE_ONCE() in hp_group_drop() */
	if (!READ_ONCE(lo->g->dropped))
		lookout_look(lo);
	rcu_read_unlock();
}

/**
 * hp_lookout_begin() - look in a moment
 * @g: The group.
 *
 * In a pick: see hp_hooks.pick.
 */
void hp_lookout_begin(struct hp_group *g)
{
	/* on PREEMPT_RT it may be another one's, which only looks sooner */
	lookout_arm(raw_cpu_ptr(g->lookout), LOOKOUT_FIRST);
}

static void lookout_soon(struct hp_lookout *lo)
{
	WRITE_ONCE(lookout_flags(lo)->soon, true);
	lookout_arm(lo, LOOKOUT_SOON);
}

/**
 * hp_lookout_child() - a child is about to be queued
 * @g: The group.
 * @map: Its map, or NULL.
 * @l: The listener.
 *
 * In hp_hooks.bind. If nobody accepts it, that has to be seen soon: the time that it
 * waits is counted from then. This CPU looks itself where it looks after @l alone;
 * else whoever looks at all of them is told.
 */
void hp_lookout_child(struct hp_group *g, const struct hp_map *map,
		      const struct hp_listener *l)
{
	if (!map || map->slot[raw_smp_processor_id()].only != l)
		tell_queued(g);
	else if (!this_cpu_read(g->stats->cpu->soon))
		lookout_soon(raw_cpu_ptr(g->lookout));
}

/**
 * hp_lookout_init() - before any group is there
 * @queued: Called in a timer, under RCU, when listeners of a group have something
 *	queued.
 */
void hp_lookout_init(void (*queued)(struct hp_group *g))
{
	tell_queued = queued;
}

/**
 * hp_lookout_alloc() - get ready to look
 * @g: The group. May sleep.
 *
 * Return: 0 or -ENOMEM.
 */
int hp_lookout_alloc(struct hp_group *g)
{
	unsigned int cpu;

	g->lookout = alloc_percpu(struct hp_lookout);
	if (!g->lookout)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		struct hp_lookout *lo = per_cpu_ptr(g->lookout, cpu);

		lo->g = g;
		lo->cpu = cpu;
		timer_setup(&lo->timer, lookout_timer, TIMER_PINNED);
	}
	return 0;
}

/**
 * hp_lookout_free() - when no pick can start a timer any more
 * @g: The group. Also where hp_lookout_alloc() failed, or was not called.
 */
void hp_lookout_free(struct hp_group *g)
{
	unsigned int cpu;

	if (!g->lookout)
		return;
	for_each_possible_cpu(cpu)
		timer_delete_sync(&per_cpu_ptr(g->lookout, cpu)->timer);
	free_percpu(g->lookout);
}
