// SPDX-License-Identifier: GPL-2.0
/*
 * load.c - a listener that cannot take a connection does not get it
 *
 * Four things keep a listener from it: it is stalled, as it has connections
 * waiting and does not accept, and its worker is held up (worker.c); its queue is
 * full; it had more than its bound of the recent picks (bound.c); or it is behind,
 * as it accepts but some wait at all times, and elsewhere they do not (behind.c). All but
 * full queues are found out off the fast path by hp_net.load, which works while
 * there are picks: now and then, and several times in the time of a stall while
 * anything is queued. Whether anything is, CPUs say of their own (lookout.c): until
 * then nobody looks at another one's listeners. A pick reads what was found;
 * accept() takes back a stall at once.
 *
 * A pick that is not taken goes to the better of two listeners, drawn from those
 * that bound.c names, the nearest more often, or from all. Only if neither has
 * room it looks further. Where nobody is better off the pick stays local.
 */
#include "load.h"

#include <linux/jiffies.h>
#include <linux/jump_label.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/rcupdate.h>
#include <linux/topology.h>
#include <linux/workqueue.h>

#include "attach.h"
#include "behind.h"
#include "bound.h"
#include "event.h"
#include "lookout.h"
#include "map.h"
#include "netns.h"
#include "probe.h"
#include "rule.h"
#include "stats.h"

/* How often to look where somebody is stalled or spills, and nothing is queued. */
#define CALM_PERIOD	(HZ / 40 ?: 1)

/*
 * So many looks must show that the worker is held up. Where none does, as nobody
 * ever accepted or its CPU stands still, so much more time has to pass.
 */
#define SIGNS		2
#define DOUBT_MS	100

/* How often to take a sample of who gets how much. */
#define BOUND_PERIOD	(HZ / 10)

/* Nothing to look for. */
#define NEVER		(~0UL)

/* So many looks without anything queued, or periods without a pick, are rest. */
#define EMPTY_LOOKS	16
#define QUIET_LOOKS	10

/* How much of a large group a pick may look at when all seems full. */
#define SEARCH_MAX	64U

/* After so long, what waits behind a stalled listener is not urgent any more. */
#define PATIENCE_MS	1000

/* How a listener is off, best first. */
enum rank {
	RANK_ROOM,
	RANK_TIGHT,	/* full, if all half-open requests come at once */
	RANK_STALLED,
	RANK_FULL,	/* what comes is dropped, or will be */
	RANK_GONE,
};

static enum rank rank_of(const struct hp_listener *l)
{
	bool stalled = hp_load_is_stalled(l);

	if (!hp_listener_usable(l))
		return RANK_GONE;
	if (!hp_load_is_full(l->sk))
		return stalled ? RANK_STALLED : RANK_ROOM;
	return stalled || sk_acceptq_is_full(l->sk) ? RANK_FULL : RANK_TIGHT;
}

/* RANK_ROOM, told at once, as most have it. */
static __always_inline bool has_room(const struct hp_listener *l)
{
	return !hp_listener_is_out(l) && hp_listener_listens(l) &&
	       !hp_load_is_full(l->sk);
}

/*
 * The same for what is another's turn. Where the kernel binds late half-open
 * requests take no place in the queue, but in the backlog they do.
 */
static enum rank rank_as_host(const struct hp_listener *l)
{
	enum rank rank = rank_of(l);

	if (rank == RANK_ROOM && hp_load_binds_late() &&
	    !hp_load_is_idle(l->sk))
		return RANK_TIGHT;
	return rank;
}

/* One that may get the pick. To rank it costs, so it is done once. */
struct candidate {
	struct hp_listener *l;
	enum rank rank;		/* as host */
};

static struct candidate ranked(struct hp_listener *l)
{
	return (struct candidate){ .l = l, .rank = rank_as_host(l) };
}

/* What waits, and what is to. */
static u32 taken(const struct hp_listener *l)
{
	return hp_listener_queued(l) +
	       reqsk_queue_len(&inet_csk(l->sk)->icsk_accept_queue);
}

static enum homeport_load reason_of(enum rank rank)
{
	switch (rank) {
	case RANK_GONE:
		return HOMEPORT_LOAD_LEFT;
	case RANK_STALLED:
		return HOMEPORT_LOAD_STALLED;
	default:
		return HOMEPORT_LOAD_FULL;
	}
}

/*
 * From 0 to @n - 1. The kernel's own take a lock that may sleep on PREEMPT_RT.
 * Each CPU has another increment, so another sequence.
 */
static u32 roll(struct hp_stats *stats, u32 n)
{
	u32 dice = this_cpu_read(stats->cpu->dice);

	dice = dice * 1664525 + 1013904223 + 2 * raw_smp_processor_id();
	this_cpu_write(stats->cpu->dice, dice);
	return reciprocal_scale(dice, n);
}

/* What a pick that is not taken is drawn from: @spill, or @map. */
struct choice {
	const struct hp_map *map;
	const struct hp_spill *spill;	/* NULL: there is none */
	struct hp_stats *stats;
};

static __always_inline bool has_spill(struct choice c)
{
	return c.spill && c.spill->nr;
}

static __always_inline struct hp_listener *draw(struct choice c)
{
	if (likely(has_spill(c)))
		return c.spill->to[roll(c.stats, c.spill->nr)];
	return c.map->listeners[roll(c.stats, c.map->nr)];
}

static bool is_far(const struct hp_listener *l)
{
	return cpu_to_node(READ_ONCE(l->home)) != numa_node_id();
}

/* @near: It matters which one is nearer. */
static bool is_better(struct candidate a, struct candidate b, bool near)
{
	if (a.rank != b.rank)
		return a.rank < b.rank;
	if (near && is_far(a.l) != is_far(b.l))
		return is_far(b.l);
	return taken(a.l) < taken(b.l);
}

/*
 * Nobody is better off, but perhaps nearer. Most that are drawn are, so it is told
 * without ranking: who has nothing, and may have two, is of RANK_ROOM as a host.
 */
static __always_inline bool is_free(const struct hp_listener *l)
{
	return !hp_listener_is_out(l) && hp_listener_listens(l) && !taken(l) &&
	       READ_ONCE(l->sk->sk_max_ack_backlog) > 1;
}

static struct candidate free_one(struct hp_listener *l)
{
	return (struct candidate){ .l = l, .rank = RANK_ROOM };
}

/* Somebody waits at @first. What is spilled goes to the nearer ones already. */
static noinline struct candidate draw_second(struct choice c,
					     struct hp_listener *first)
{
	struct hp_listener *second = draw(c);
	struct candidate a, b;

	if (has_spill(c) && is_free(second))
		return free_one(second);
	a = ranked(first);
	b = ranked(second);
	return is_better(b, a, !has_spill(c)) ? b : a;
}

static __always_inline struct candidate draw_two(struct choice c)
{
	struct hp_listener *first = draw(c);

	if (has_spill(c) && is_free(first))
		return free_one(first);
	return draw_second(c, first);
}

/*
 * Where to begin to look further, and how far to look. A CPU that has just looked
 * at all in vain does not do so for each packet of a flood: in the same tick it
 * looks at the best that it found then, and at some more if the packet is lost
 * else.
 */
static u32 search_from(const struct hp_map *map, struct hp_stats *stats,
		       enum rank best, u32 *len)
{
	u32 found = this_cpu_read(stats->cpu->found);

	*len = map->nr;
	if (this_cpu_read(stats->cpu->sought) != (u32)jiffies)
		return roll(stats, map->nr);
	*len = best >= RANK_FULL ? min(map->nr, SEARCH_MAX) : 1;
	return found < map->nr ? found : 0;
}

/* The first that has room, or the best. */
static struct candidate search(const struct hp_map *map, struct hp_stats *stats,
			       struct candidate best)
{
	u32 len, at = search_from(map, stats, best.rank, &len);

	while (len-- && best.rank != RANK_ROOM) {
		struct candidate c = ranked(map->listeners[at]);

		if (is_better(c, best, false)) {
			best = c;
			this_cpu_write(stats->cpu->found, at);
		}
		at = at + 1 < map->nr ? at + 1 : 0;
	}
	if (best.rank != RANK_ROOM)
		this_cpu_write(stats->cpu->sought, (u32)jiffies);
	return best;
}

/* Counts up, on each CPU by itself, so that a share of all is exact. */
static bool is_excess(struct hp_listener *l, const struct hp_spill *spill)
{
	u32 debt;

	if (!spill || !spill->share)
		return false;
	debt = this_cpu_read(l->cpu->debt) + spill->share;
	this_cpu_write(l->cpu->debt, debt % HP_SPILL_ALL);
	return debt >= HP_SPILL_ALL;
}

/* Who is over its bound has room itself, so another one must have room, too. */
static struct hp_listener *pass_on(struct choice c, struct hp_listener *l,
				   struct candidate to)
{
	if (to.l == l || to.rank != RANK_ROOM)
		return l;
	hp_stats_load(c.stats, HOMEPORT_LOAD_BOUND);
	return to.l;
}

/* So has who is behind; the other one must have less than half as much to do. */
static noinline struct hp_listener *relieve(struct choice c,
					    struct hp_listener *l)
{
	struct candidate to = draw_two(c);

	return taken(to.l) < hp_listener_queued(l) / 2 ? pass_on(c, l, to) : l;
}

/* One pick, to see whether it is taken. */
static bool is_probe(struct hp_group *g, struct hp_listener *l)
{
	if (!hp_probe_take(l))
		return false;
	hp_stats_load(g->stats, HOMEPORT_LOAD_PROBED);
	hp_load_tell(g);
	return true;
}

/* Any that is better off will do. */
static noinline struct hp_listener *escape(struct hp_group *g, struct choice c,
					   struct hp_listener *l)
{
	enum rank rank = rank_of(l);
	struct candidate to;

	if (rank == RANK_STALLED && is_probe(g, l))
		return l;
	to = draw_two(c);
	if (to.rank != RANK_ROOM)
		to = search(c.map, c.stats, to.rank < rank ? to : ranked(l));
	if (to.l == l || to.rank >= rank)
		return rank == RANK_GONE ? NULL : l;
	hp_stats_load(c.stats, reason_of(rank));
	return to.l;
}

/**
 * hp_load_divert() - another listener in place of one that hp_load_takes() not
 * @g: The group.
 * @map: Its map, which has a listener at least.
 * @l: The listener whose turn it is; it may have left.
 *
 * In a pick: see hp_hooks.pick.
 *
 * Return: @l where no other is better off; NULL when none is usable.
 */
struct hp_listener *hp_load_divert(struct hp_group *g,
				   const struct hp_map *map,
				   struct hp_listener *l)
{
	struct choice c = { .map = map, .stats = g->stats };

	c.spill = rcu_dereference(l->spill);
	if (unlikely(!has_room(l)))
		return escape(g, c, l);
	if (unlikely(hp_listener_is_behind(l)))
		return relieve(c, l);
	return is_excess(l, c.spill) ? pass_on(c, l, draw_two(c)) : l;
}

static struct workqueue_struct *load_wq;

DEFINE_STATIC_KEY_FALSE(hp_load_late_key);

static bool has_late_binding(void)
{
	const u32 both = HOMEPORT_FEATURE_BIND | HOMEPORT_FEATURE_BORROW;

	return (hp_attach->features & both) == both;
}

/**
 * hp_load_init() - before any group is there
 *
 * Who looks for CPUs whose tasks do not get on must not wait for one of them.
 *
 * Return: 0 or -ENOMEM.
 */
int hp_load_init(void)
{
	hp_lookout_init(hp_load_child);
	load_wq = alloc_workqueue("homeport", WQ_UNBOUND | WQ_HIGHPRI, 0);
	if (!load_wq)
		return -ENOMEM;
	if (has_late_binding())
		static_branch_enable(&hp_load_late_key);
	return 0;
}

/**
 * hp_load_exit() - when no namespace has a work any more
 */
void hp_load_exit(void)
{
	destroy_workqueue(load_wq);
}

/* Every pick reads it: the line stays where it is unless it changes. */
static void pace_write(struct hp_group *g, enum hp_pace pace)
{
	/* paired with hp_load_keeps_pace() */
	if (READ_ONCE(g->pace) != pace)
		WRITE_ONCE(g->pace, pace);
}

/* As the pace, for those who do not pick. */
static void told_write(struct hp_group *g, bool told)
{
	/* paired with hp_load_child() */
	if (READ_ONCE(g->told) != told)
		WRITE_ONCE(g->told, told);
}

/**
 * hp_load_tell() - have a group looked at in a moment, several times in a stall
 * @g: The group.
 *
 * In a pick: see hp_hooks.pick. What picks read is left as it is: a child that a
 * lookout finds queued now and then is no reason to fetch a line for each CPU.
 */
void hp_load_tell(struct hp_group *g)
{
	told_write(g, true);
	mod_delayed_work(load_wq, &g->hn->load, 1);
}

/**
 * hp_load_wake() - have a group looked at
 * @g: The group.
 * @pace: How often; more often than so far.
 *
 * In a pick: see hp_hooks.pick.
 */
void hp_load_wake(struct hp_group *g, enum hp_pace pace)
{
	pace_write(g, pace);
	if (pace == HP_PACE_KEEN)
		hp_load_tell(g);
	else
		queue_delayed_work(load_wq, &g->hn->load, BOUND_PERIOD);
}

/**
 * hp_load_accepts() - does a listener accept what it gets, as far as is known?
 * @l: The listener; hp_net.lock is held.
 *
 * It has nothing, or has accepted some between the last two looks.
 */
bool hp_load_accepts(const struct hp_listener *l)
{
	switch (READ_ONCE(l->watch)) {
	case HP_WATCH_NONE:
		return true;
	case HP_WATCH_QUEUED:
		return time_before_eq(jiffies, l->queued_at + 1);
	default:
		return false;
	}
}

/**
 * hp_load_spill_permille() - how much of its turn a listener passes on
 * @l: The listener; hp_net.lock is held.
 */
u32 hp_load_spill_permille(const struct hp_listener *l)
{
	const struct hp_spill *spill;

	spill = rcu_dereference_protected(l->spill,
					  lockdep_is_held(&l->group->hn->lock));
	return spill ? spill->share * 1000 / HP_SPILL_ALL : 0;
}

/* Has it been so long? */
static bool is_over(unsigned long since, u32 ms)
{
	return time_after_eq(jiffies, since + msecs_to_jiffies(ms));
}

static void listener_stall(struct hp_listener *l, u32 stall_ms)
{
	/* paired with hp_load_accepting() */
	if (cmpxchg(&l->watch, HP_WATCH_QUEUED, HP_WATCH_STALLED) !=
	    HP_WATCH_QUEUED)
		return;
	l->stalled_at = l->queued_at;
	hp_probe_begin(l, stall_ms);
}

/*
 * A server that has just started listens before it accepts, and may take its time:
 * then no listener is worse off than another. Who is late shows when others accept.
 */
static bool is_late(const struct hp_listener *l, u32 ms)
{
	const struct hp_group *g = l->group;

	return is_over(l->queued_at, ms) && g->serving &&
	       (READ_ONCE(l->worker) || is_over(g->serving_since, ms));
}

/* Without a sign that its worker is held up, only after a longer time. */
static bool is_stuck(struct hp_listener *l, u32 stall_ms)
{
	l->signs += hp_worker_is_held(l);
	return l->signs >= SIGNS ? is_over(l->queued_at, stall_ms) :
				   is_late(l, stall_ms + DOUBT_MS);
}

static void listener_queued(struct hp_listener *l)
{
	l->queued_at = jiffies;
	l->signs = 0;
	hp_worker_begin(l);
	/* paired with hp_load_accepting() */
	WRITE_ONCE(l->watch, HP_WATCH_QUEUED);
}

/* Something is queued, or was just now. */
static void listener_watch(struct hp_listener *l, u32 stall_ms)
{
	bool empty = !hp_listener_queued(l);

	switch (READ_ONCE(l->watch)) {
	case HP_WATCH_NONE:
		if (!empty)
			listener_queued(l);
		break;
	case HP_WATCH_QUEUED:
		if (empty)
			cmpxchg(&l->watch, HP_WATCH_QUEUED, HP_WATCH_NONE);
		else if (is_stuck(l, stall_ms))
			listener_stall(l, stall_ms);
		break;
	}
}

static void listener_told(struct hp_listener *l, bool stalled)
{
	struct hp_net *hn = l->group->hn;

	l->told_stalled = stalled;
	l->group->bound_age = HP_BOUND_STALE;
	/* paired with READ_ONCE() in hp_accepting() */
	WRITE_ONCE(hn->stalled, hn->stalled + (stalled ? 1 : -1));
	hp_event_listener(l->group, l, stalled ? HP_EVENT_LISTENER_STALLED :
						 HP_EVENT_LISTENER_UNSTALLED);
}

/* A stalled one, of which it is likely that it accepts again. */
static bool listener_recovers(struct hp_listener *l)
{
	if (hp_listener_queued(l)) {
		hp_probe_put_off(l);
		return false;
	}
	l->queued_at = jiffies;
	if (!hp_probe_look(l))
		return false;
	/* paired with hp_load_accepting(), which says the same */
	WRITE_ONCE(l->watch, HP_WATCH_NONE);
	return true;
}

static bool wants_rescue(const struct hp_listener *l,
			 const struct hp_rule_conf *conf)
{
	return conf->rescue_ms && hp_listener_queued(l) &&
	       is_over(l->stalled_at, conf->rescue_ms) &&
	       is_over(l->queued_at, conf->stall_ms);
}

static void listener_look(struct hp_listener *l,
			  const struct hp_rule_conf *conf)
{
	bool stalled;

	if (conf->stall_ms && hp_load_is_watched(l))
		listener_watch(l, conf->stall_ms);
	else if (READ_ONCE(l->watch) != HP_WATCH_NONE)
		WRITE_ONCE(l->watch, HP_WATCH_NONE);
	stalled = hp_load_is_stalled(l) && !listener_recovers(l);
	if (stalled)
		l->rescue = wants_rescue(l, conf);
	if (stalled != l->told_stalled)
		listener_told(l, stalled);
}

/* What nobody helps with is not looked at so often for ever. */
static bool wants_keen(const struct hp_listener *l)
{
	if (!hp_listener_queued(l) || !hp_load_is_watched(l))
		return false;
	return (!l->told_stalled && l->group->serving) ||
	       !is_over(l->queued_at, PATIENCE_MS);
}

/* What there is to look for in a group. */
struct sight {
	bool stalled;
	bool queued;
	bool rescue;
};

/* One that homeport holds open was accepted from by a server that is gone. */
static void group_serving(struct hp_group *g)
{
	struct hp_listener *l;
	bool serving = false;

	list_for_each_entry(l, &g->listeners, list)
		serving |= !l->adopted && READ_ONCE(l->worker);
	if (serving && !g->serving)
		g->serving_since = jiffies;
	g->serving = serving;
}

static struct sight group_sight(struct hp_group *g)
{
	struct hp_listener *l;
	struct sight s = {};

	group_serving(g);
	list_for_each_entry(l, &g->listeners, list) {
		listener_look(l, &g->rule->conf);
		s.stalled |= l->told_stalled;
		s.queued |= wants_keen(l);
		s.rescue |= l->told_stalled && l->rescue;
	}
	hp_behind_look(g);
	return s;
}

static void group_bound(struct hp_group *g)
{
	if (time_before(jiffies, g->bound_at))
		return;
	g->bound_at = jiffies + BOUND_PERIOD;
	g->quiet = hp_bound_sample(g) ? 0 : min(g->quiet + 1, 255);
	g->spills = hp_bound_apply(g);
}

static bool is_at_rest(const struct hp_group *g, const struct sight *s)
{
	return g->quiet >= QUIET_LOOKS && g->empty > EMPTY_LOOKS &&
	       !s->stalled && !s->queued;
}

static unsigned long set_pace(struct hp_group *g, enum hp_pace pace,
			      unsigned long delay)
{
	pace_write(g, pace);
	told_write(g, pace == HP_PACE_KEEN);
	return delay;
}

/* Several times in a stall, whoever said so. */
static unsigned long stay_keen(struct hp_group *g)
{
	told_write(g, true);
	return hp_load_period(&g->rule->conf);
}

/* When to look again. */
static unsigned long group_pace(struct hp_group *g, const struct sight *s)
{
	const struct hp_rule_conf *conf = &g->rule->conf;

	if (!conf->stall_ms && !conf->bound_percent)
		return set_pace(g, HP_PACE_KEEN, NEVER); /* nobody wakes us */
	g->empty = s->queued ? 0 : min(g->empty + 1, 255);
	if (conf->stall_ms && g->empty < EMPTY_LOOKS)
		return stay_keen(g);
	if (is_at_rest(g, s))
		return set_pace(g, HP_PACE_IDLE, NEVER);
	return set_pace(g, conf->stall_ms ? HP_PACE_CALM : HP_PACE_KEEN,
			s->stalled || g->spills ? CALM_PERIOD : BOUND_PERIOD);
}

/*
 * To look at a listener takes its lines away from the CPU that uses them. Once more
 * after the last of the many looks: who had something to tell until then did not.
 */
static bool wants_sight(const struct hp_group *g)
{
	return READ_ONCE(g->told) || g->empty <= EMPTY_LOOKS ||
	       g->hn->stalled || g->spills;
}

static unsigned long group_look(struct hp_group *g)
{
	struct sight s = {};

	if (READ_ONCE(g->pace) == HP_PACE_IDLE && !READ_ONCE(g->told))
		return NEVER;
	if (wants_sight(g))
		s = group_sight(g);
	group_bound(g);
	if (s.rescue)
		queue_work(system_unbound_wq, &g->hn->rescue);
	return group_pace(g, &s);
}

/**
 * hp_load_look() - look for listeners that cannot take what they get
 * @work: hp_net.load
 */
void hp_load_look(struct work_struct *work)
{
	struct hp_net *hn = container_of(to_delayed_work(work), struct hp_net,
					 load);
	unsigned long soonest = NEVER;
	struct hp_group *g;

	mutex_lock(&hn->lock);
	list_for_each_entry(g, &hn->groups, list)
		soonest = min(soonest, group_look(g));
	if (soonest != NEVER)
		queue_delayed_work(load_wq, &hn->load, soonest);
	mutex_unlock(&hn->lock);
}

/**
 * hp_load_reconsider() - a rule was changed
 * @rule: The rule.
 * @hn: Its namespace, whose lock is held.
 */
void hp_load_reconsider(const struct hp_rule *rule, struct hp_net *hn)
{
	struct hp_group *g;

	lockdep_assert_held(&hn->lock);
	list_for_each_entry(g, &hn->groups, list)
		if (g->rule == rule)
			hp_load_tell(g);
}
