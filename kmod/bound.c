// SPDX-License-Identifier: GPL-2.0
/*
 * bound.c - who has more than a bound of the recent picks, and who gets it
 *
 * What each CPU says that it picked (lookout.c) is sampled ten times in a second
 * and decays. The map tells whose turn these picks were, whoever got them: that is
 * a listener's demand, and it is the same whether it spills or not. A listener
 * whose demand is above the bound for some periods in a row spills what is above
 * it, and only that, until its demand has been well below it for longer.
 *
 * What is spilled fills up the others to their fair share and no further: the
 * nearest first, equally near ones in proportion. There is always enough room
 * below the fair share for all that is above the bound, as that is not less. A
 * stalled listener spills all that it has, in the same way.
 */
#include "bound.h"

#include <linux/cpumask.h>
#include <linux/lockdep.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "group.h"
#include "listener.h"
#include "load.h"
#include "lookout.h"
#include "map.h"
#include "netns.h"
#include "rule.h"
#include "topology.h"

/* A sample weighs a power of 2; 1 / 2^DECAY of the sum is forgotten each time. */
#define WEIGHT		16
#define DECAY		3
/* What a steady pick in each period amounts to in the end. */
#define PICKS(n)	((u64)(n) * WEIGHT)

/*
 * Fewer recent picks say nothing: of 64 that were to be 32, chance alone is
 * five standard deviations away.
 */
#define FEWEST		PICKS(64)

/* Begins after so many periods above the bound, ends after more below a part. */
#define LOOKS_BEGIN	3
#define LOOKS_END	10
#define END_PERCENT	80

/* While it spills a listener is kept below the bound by 1 / CAP_LESS, for chance. */
#define CAP_LESS	16

/* Divided anew when a share has changed by 1 / SHARE_CHANGE, and now and then. */
#define SHARE_CHANGE	32
#define AGE_MAX		10

/* How finely the excess is divided: for each of those who may get some. */
#define DRAWS_EACH	8U
#define DRAWS_MIN	64U
#define DRAWS_MAX	4096U

/**
 * struct hp_arrivals - what one CPU picked
 * @seen: When it was sampled last.
 * @recent: Since, decayed, times WEIGHT.
 */
struct hp_arrivals {
	u64 seen;
	u64 recent;
};

/**
 * hp_bound_sample() - take note of what was picked since the last time
 * @g: The group; hp_net.lock is held.
 *
 * Return: whether anything was.
 */
bool hp_bound_sample(struct hp_group *g)
{
	unsigned int cpu;
	bool any = false;

	lockdep_assert_held(&g->hn->lock);
	if (!g->arrivals)
		g->arrivals = kvcalloc(nr_cpu_ids, sizeof(*g->arrivals),
				       GFP_KERNEL);
	if (!g->arrivals)
		return true;	/* try again */
	for_each_possible_cpu(cpu) {
		struct hp_arrivals *a = &g->arrivals[cpu];
		u64 now = hp_lookout_picked(g, cpu);

		any |= now != a->seen;
		a->recent += (now - a->seen) * WEIGHT - (a->recent >> DECAY);
		a->seen = now;
	}
	return any;
}

/* One round of dividing the load of a group. */
struct round {
	struct hp_group *g;
	u64 total;
	u64 fair;		/* of each that is not stalled */
	u64 bound;		/* 0: none */
	unsigned int alive;
};

static void demand_of_cpu(const struct hp_map *map, unsigned int cpu,
			  u64 recent)
{
	const struct hp_slot *slot = &map->slot[cpu];
	u32 i;

	for (i = 0; i < slot->nr; i++)
		map->listeners[slot->first + i]->demand +=
			div_u64(recent, slot->nr);
}

static void demands(struct round *r, const struct hp_map *map)
{
	struct hp_listener *l;
	unsigned int cpu;

	list_for_each_entry(l, &r->g->listeners, list)
		l->demand = 0;
	for_each_possible_cpu(cpu)
		demand_of_cpu(map, cpu, r->g->arrivals[cpu].recent);
	list_for_each_entry(l, &r->g->elected, elect) {
		r->total += l->demand;
		r->alive += !hp_load_is_stalled(l);
	}
}

/* Does it look as if @l should spill, or should not any more? */
static bool wants_change(const struct round *r, const struct hp_listener *l)
{
	if (!l->bounded)
		return r->bound && l->demand > r->bound && l->demand >= FEWEST;
	return l->demand < div_u64(r->bound * END_PERCENT, 100) ||
	       l->demand < FEWEST / 2;
}

static void judge(const struct round *r, struct hp_listener *l)
{
	unsigned int looks = l->bounded ? LOOKS_END : LOOKS_BEGIN;

	l->looks = wants_change(r, l) ? l->looks + 1 : 0;
	if (l->looks >= looks || (l->bounded && !r->bound)) {
		l->bounded = !l->bounded;
		l->looks = 0;
	}
}

/* What a listener passes on. */
static u64 excess_of(const struct round *r, const struct hp_listener *l)
{
	u64 cap = r->bound - r->bound / CAP_LESS;

	if (hp_load_is_stalled(l))
		return l->demand;
	return l->bounded && l->demand > cap ? l->demand - cap : 0;
}

/* What it may take of what others pass on. */
static u64 spare_of(const struct round *r, const struct hp_listener *l)
{
	if (hp_load_is_stalled(l) || l->demand >= r->fair)
		return 0;
	return r->fair - l->demand;
}

/* Of its picks, in 1 / HP_SPILL_ALL. For a stalled one that is said elsewhere. */
static u32 share_of(const struct round *r, const struct hp_listener *l)
{
	u64 excess = hp_load_is_stalled(l) ? 0 : excess_of(r, l);

	return excess ? div64_u64(excess * HP_SPILL_ALL, l->demand) : 0;
}

static const struct hp_spill *spill_of(const struct hp_listener *l)
{
	return rcu_dereference_protected(l->spill,
					 lockdep_is_held(&l->group->hn->lock));
}

static bool wants_spill(const struct round *r, const struct hp_listener *l)
{
	/* there must be somebody else */
	return excess_of(r, l) && r->alive + hp_load_is_stalled(l) > 1;
}

/* Is it to be divided otherwise than it is? */
static bool has_changed(const struct round *r, const struct hp_listener *l)
{
	const struct hp_spill *spill = spill_of(l);
	s64 diff;

	if (!spill || !wants_spill(r, l))
		return spill || wants_spill(r, l);
	diff = (s64)spill->share - share_of(r, l);
	return abs(diff) > HP_SPILL_ALL / SHARE_CHANGE;
}

static unsigned int distance_of(const struct hp_listener *a,
				const struct hp_listener *b)
{
	return hp_topology_distance(a->home, b->home);
}

/* The least distance from @l, beyond @last, of one that can take some. */
static unsigned int next_distance(const struct round *r,
				  const struct hp_listener *l, int last)
{
	unsigned int distance, best = UINT_MAX;
	const struct hp_listener *to;

	list_for_each_entry(to, &r->g->elected, elect) {
		distance = distance_of(l, to);
		if (to->spare && (int)distance > last)
			best = min(best, distance);
	}
	return best;
}

static u64 spare_at(const struct round *r, const struct hp_listener *l,
		    unsigned int distance)
{
	const struct hp_listener *to;
	u64 sum = 0;

	list_for_each_entry(to, &r->g->elected, elect)
		if (distance_of(l, to) == distance)
			sum += to->spare;
	return sum;
}

/* @part of @whole of what each can take that is so far away. */
static void give_at(const struct round *r, const struct hp_listener *l,
		    unsigned int distance, u64 part, u64 whole)
{
	struct hp_listener *to;

	list_for_each_entry(to, &r->g->elected, elect) {
		if (!to->spare || distance_of(l, to) != distance)
			continue;
		to->weight = mul_u64_u64_div_u64(to->spare, part, whole);
		to->spare -= to->weight;
	}
}

/* Sets the weights of those who get @excess of @l. Returns their sum. */
static u64 divide(const struct round *r, const struct hp_listener *l,
		  u64 excess)
{
	struct hp_listener *to;
	unsigned int distance;
	int last = -1;
	u64 sum = 0;

	list_for_each_entry(to, &r->g->elected, elect)
		to->weight = 0;
	while (excess) {
		u64 whole, part;

		distance = next_distance(r, l, last);
		if (distance == UINT_MAX)
			break;
		whole = spare_at(r, l, distance);
		part = min(whole, excess);
		give_at(r, l, distance, part, whole);
		excess -= part;
		last = distance;
	}
	list_for_each_entry(to, &r->g->elected, elect)
		sum += to->weight;
	return sum;
}

/* By the weights, whose sum is @sum. There is room for @size. */
static void fill(const struct round *r, struct hp_spill *spill, u32 size,
		 u64 sum)
{
	struct hp_listener *to;
	u64 before = 0;

	list_for_each_entry(to, &r->g->elected, elect) {
		before += to->weight;
		while (sum && spill->nr < mul_u64_u64_div_u64(before, size, sum))
			spill->to[spill->nr++] = to;
	}
}

static struct hp_spill *spill_make(const struct round *r,
				   const struct hp_listener *l, u64 excess)
{
	u32 size = clamp(DRAWS_EACH * r->alive, DRAWS_MIN, DRAWS_MAX);
	struct hp_spill *spill;

	spill = kvmalloc(struct_size(spill, to, size), GFP_KERNEL);
	if (!spill)
		return NULL;	/* stalled: drawn from all; else not spilled */
	spill->nr = 0;
	spill->share = share_of(r, l);
	fill(r, spill, size, divide(r, l, excess));
	return spill;
}

static void apply_to(const struct round *r, struct hp_listener *l)
{
	struct hp_spill *spill = NULL;

	if (wants_spill(r, l))
		spill = spill_make(r, l, excess_of(r, l));
	if (spill || spill_of(l))
		hp_listener_spill(l, spill);
}

static void divide_all(struct round *r)
{
	struct hp_listener *l;

	r->g->bound_age = 0;
	list_for_each_entry(l, &r->g->elected, elect)
		l->spare = spare_of(r, l);
	list_for_each_entry(l, &r->g->elected, elect)
		apply_to(r, l);
}

/* Returns whether to divide anew. */
static bool judge_all(struct round *r)
{
	bool changed = r->g->bound_age >= AGE_MAX;
	struct hp_listener *l;

	r->g->bound_age++;
	list_for_each_entry(l, &r->g->elected, elect) {
		judge(r, l);
		changed |= has_changed(r, l);
	}
	return changed;
}

static bool is_spilling(const struct hp_group *g)
{
	const struct hp_listener *l;

	list_for_each_entry(l, &g->elected, elect)
		if (spill_of(l))
			return true;
	return false;
}

/**
 * hp_bound_apply() - divide the load of a group
 * @g: The group; hp_net.lock is held.
 *
 * After hp_bound_sample().
 *
 * Return: whether any listener gets what another CPU picks.
 */
bool hp_bound_apply(struct hp_group *g)
{
	u32 percent = g->rule->conf.bound_percent;
	struct round r = { .g = g };
	const struct hp_map *map;

	lockdep_assert_held(&g->hn->lock);
	map = rcu_dereference_protected(g->map, lockdep_is_held(&g->hn->lock));
	if (!map || !g->arrivals)
		return false;
	demands(&r, map);
	if (!r.alive)
		return false;
	r.fair = div_u64(r.total, r.alive);
	r.bound = div_u64(r.fair * percent, 100);
	if (judge_all(&r))
		divide_all(&r);
	return is_spilling(g);
}
