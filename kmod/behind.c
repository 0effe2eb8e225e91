// SPDX-License-Identifier: GPL-2.0
/*
 * behind.c - who has more to do than it can, while others have not
 *
 * A listener's worker may accept all the time, so it is not stalled, and have no more
 * than its bound, and still be sent more than it can serve: where half of the CPUs
 * get all connections, or one connection takes longer than another. Then some wait
 * for it whenever it is looked at. That alone is no reason to leave home: where all
 * have too much to do nobody is better off. So the least that waits for any of the
 * others counts as well.
 *
 * What is done about it is a pick's business: see hp_load_divert().
 */
#include "behind.h"

#include <linux/compiler.h>
#include <linux/jiffies.h>
#include <linux/limits.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>

#include "group.h"
#include "listener.h"
#include "load.h"
#include "netns.h"
#include "rule.h"

/*
 * So many must wait for a listener, and less than half as many for another one, whenever
 * it is looked at in so long, for it to be behind. A burst is served meanwhile, and a
 * virtual CPU that its host neglects is back. It takes as long for it not to be any more.
 */
#define BEHIND_QUEUE	4
#define BEHIND_MS	100
#define BEHIND_LOOKS	8U	/* at the least, where looks are rare */

/* Picks read it: the line stays where it is unless it changes. */
static void behind_write(struct hp_listener *l, bool behind)
{
	/* paired with hp_listener_is_behind() */
	if (l->behind != behind)
		WRITE_ONCE(l->behind, behind);
}

/* How many looks are that long? */
static u32 enough_looks(const struct hp_rule_conf *conf)
{
	u32 looks = msecs_to_jiffies(BEHIND_MS) / hp_load_period(conf);

	return clamp(looks, BEHIND_LOOKS, (u32)U8_MAX);
}

/* One more look that found the queue long, if the worker got on since the last. */
static void count_long(struct hp_listener *l, u32 enough)
{
	u64 accepts = hp_listener_accepts(l);

	if (accepts == l->long_accepts)
		return;
	l->long_accepts = accepts;
	l->longs = min(l->longs + 1U, enough);
	if (l->longs == enough)
		behind_write(l, true);
}

static void count_short(struct hp_listener *l)
{
	l->longs = l->behind ? l->longs - 1 : 0;
	if (!l->longs)
		behind_write(l, false);
}

/* Who is helped has few waiting, but some. Who is not, may have them by chance. */
static void listener_behind(struct hp_listener *l, u32 least, u32 enough)
{
	u32 nr = hp_listener_queued(l);

	if (least >= nr / 2)
		count_short(l);
	else if (nr >= BEHIND_QUEUE || l->behind)
		count_long(l, enough);
}

/* The least that waits for any that accepts. Without a bound all stays at home. */
static u32 least_queued(const struct hp_group *g)
{
	const struct hp_listener *l;
	u32 least = U32_MAX;

	if (!g->rule->conf.bound_percent)
		return least;
	list_for_each_entry(l, &g->elected, elect)
		if (hp_load_is_watched(l) && !hp_load_is_stalled(l))
			least = min(least, hp_listener_queued(l));
	return least;
}

/**
 * hp_behind_look() - who of a group is behind?
 * @g: The group; hp_net.lock is held. Its stalls have been looked at.
 *
 * At each look of hp_net.load while anything is queued.
 */
void hp_behind_look(struct hp_group *g)
{
	u32 enough = enough_looks(&g->rule->conf);
	u32 least = least_queued(g);
	struct hp_listener *l;

	lockdep_assert_held(&g->hn->lock);
	list_for_each_entry(l, &g->listeners, list)
		listener_behind(l, least, enough);
}
