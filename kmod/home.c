// SPDX-License-Identifier: GPL-2.0
/*
 * home.c - which CPU each listener of a group serves
 *
 * Strongest first: SO_INCOMING_CPU; the CPU to which the accepting task is
 * pinned; the CPU where it was seen accepting most, lately; the k-th CPU for
 * the k-th listener. The first two are facts and are taken as they are, even
 * if all listeners name one CPU. The others are guesses, and guesses spread:
 * a CPU takes only its fair share of guessed listeners, as tasks that may run
 * anywhere follow their connections, and two of them that met on one CPU for
 * a moment would leave another CPU with nobody. A listener whose worker may not
 * come back to its home, as its CPUs were changed, gets one of those that it may
 * use, which fewest others have.
 *
 * Not a goal: to move a task. homeport pins nobody.
 */
#include "home.h"

#include <linux/cpumask.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "event.h"
#include "group.h"
#include "listener.h"
#include "netns.h"
#include "trace.h"
#include "worker.h"

/* How many CPUs a listener that is not pinned may ask for. */
#define CLAIMS_MAX	4

/*
 * A task that may run anywhere is drawn to where its connections arrive, as
 * the scheduler likes to wake it there: a home that stays put brings it home,
 * one that runs after it never meets it. So a listener moves only after it has
 * been away, with less than one in AWAY_SHARE accepts at home, each of
 * AWAY_LOOKS times that we looked.
 */
#define AWAY_SHARE	8
#define AWAY_LOOKS	10

/* A listener whose pinned CPU changed as often is served by many tasks. */
#define FLIPS_MAX	8

/* A CPU that a listener asks for. */
struct claim {
	struct hp_listener *l;
	u32 cpu;
	u32 weight;
};

/* One round of settling a group. @load: Listeners so far, by CPU. */
struct settling {
	struct hp_group *g;
	u32 *load;
	struct cpumask *scratch;
	struct claim *claims;
	unsigned int nr_claims;
	bool changed;
};

static void settle(struct settling *s, struct hp_listener *l, u32 cpu,
		   enum homeport_home_source source)
{
	u32 old = l->home;

	s->load[cpu]++;
	l->settled = true;
	if (old == cpu && l->source == source)
		return;
	s->changed = true;
	if (old != cpu)
		l->away = 0;
	l->home = cpu;
	WRITE_ONCE(l->source, source);	/* read by listener_accepting() */
	trace_homeport_home(s->g->id, l->index, old, cpu, source);
	if (old < nr_cpu_ids)
		hp_event_listener(s->g, l, HP_EVENT_LISTENER_HOME);
}

/* The fair share of a CPU, of those that the listener may expect to use. */
static unsigned int fair_share(const struct settling *s,
			       const struct hp_listener *l)
{
	unsigned int cpus;

	cpumask_and(s->scratch, l->allowed, cpu_online_mask);
	cpus = cpumask_weight(s->scratch);
	return DIV_ROUND_UP(s->g->nr_elected, max(cpus, 1U));
}

static bool has_room(const struct settling *s, const struct hp_listener *l,
		     u32 cpu)
{
	return cpu < nr_cpu_ids && cpu_online(cpu) &&
	       s->load[cpu] < fair_share(s, l);
}

/* SO_INCOMING_CPU. A CPU that is offline gets no SYN, but it may come back. */
static void settle_told(struct settling *s)
{
	struct hp_listener *l;

	list_for_each_entry(l, &s->g->elected, elect) {
		int cpu = READ_ONCE(l->told);	/* paired with hp_homed() */

		if (cpu >= 0 && cpu < nr_cpu_ids && cpu_possible(cpu))
			settle(s, l, cpu, HOMEPORT_HOME_SOURCE_INCOMING_CPU);
	}
}

/* Where several pinned tasks accept from one listener, none tells its home. */
static void count_flips(struct hp_listener *l, int pinned)
{
	if (pinned == l->pinned_seen)
		return;
	l->pinned_seen = pinned;
	if (++l->flips >= FLIPS_MAX)
		WRITE_ONCE(l->mixed, true);	/* see hp_accepting() */
}

static void settle_pinned(struct settling *s)
{
	struct hp_listener *l;

	list_for_each_entry(l, &s->g->elected, elect) {
		/* paired with WRITE_ONCE() in hp_accepting() */
		int pinned = READ_ONCE(l->pinned);

		count_flips(l, pinned);
		if (!l->settled && !l->mixed && pinned >= 0 &&
		    cpu_online(pinned))
			settle(s, l, pinned, HOMEPORT_HOME_SOURCE_PINNED);
	}
}

/* Keep the heaviest claims of a listener, heaviest first. */
static void claim_insert(struct claim *best, const struct claim *claim)
{
	unsigned int i, j;

	for (i = 0; i < CLAIMS_MAX; i++)
		if (claim->weight > best[i].weight)
			break;
	if (i == CLAIMS_MAX)
		return;
	for (j = CLAIMS_MAX - 1; j > i; j--)
		best[j] = best[j - 1];
	best[i] = *claim;
}

static void claims_of(struct settling *s, struct hp_listener *l)
{
	struct claim best[CLAIMS_MAX] = {};
	unsigned int cpu, i;

	for_each_online_cpu(cpu) {
		struct claim claim = { l, cpu, l->seen[cpu].weight };

		claim_insert(best, &claim);
	}
	for (i = 0; i < CLAIMS_MAX && best[i].weight; i++)
		s->claims[s->nr_claims++] = best[i];
}

static int claim_cmp(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;

	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	return x->l->index < y->l->index ? -1 : 1;
}

static bool is_away(const struct hp_listener *l)
{
	return l->away >= AWAY_LOOKS;
}

/* Mostly seen at home is as good as learned. */
static enum homeport_home_source source_at_home(const struct hp_listener *l)
{
	if (l->seen && l->at_home)
		return HOMEPORT_HOME_SOURCE_LEARNED;
	if (l->source == HOMEPORT_HOME_SOURCE_LEARNED)
		return HOMEPORT_HOME_SOURCE_LEARNED;
	return HOMEPORT_HOME_SOURCE_ASSIGNED;
}

/* What was once learned, or assigned, stays while there is room. */
static void settle_as_before(struct settling *s, bool away_too)
{
	struct hp_listener *l;

	list_for_each_entry(l, &s->g->elected, elect)
		if (!l->settled &&
		    (away_too || (!is_away(l) && !l->exiled)) &&
		    has_room(s, l, l->home))
			settle(s, l, l->home, source_at_home(l));
}

static void settle_learned(struct settling *s)
{
	struct hp_listener *l;
	unsigned int i;

	list_for_each_entry(l, &s->g->elected, elect)
		if (!l->settled && l->seen && is_away(l))
			claims_of(s, l);
	sort(s->claims, s->nr_claims, sizeof(*s->claims), claim_cmp, NULL);
	for (i = 0; i < s->nr_claims; i++) {
		const struct claim *c = &s->claims[i];

		if (!c->l->settled && has_room(s, c->l, c->cpu))
			settle(s, c->l, c->cpu, HOMEPORT_HOME_SOURCE_LEARNED);
	}
}

/* Its worker may not come back home; or could not, once. Asks which it may use. */
static bool is_exiled(struct settling *s, struct hp_listener *l)
{
	if (!l->exiled && !is_away(l))
		return false;
	if (!hp_worker_cpus(l, s->scratch))
		return false;
	l->exiled |= !cpumask_test_cpu(l->home, s->scratch);
	return l->exiled;
}

/* Of those that its worker may use, the one that fewest have, or its home. */
static u32 free_cpu(const struct settling *s, const struct hp_listener *l)
{
	u32 cpu, best = nr_cpu_ids;

	if (cpumask_test_cpu(l->home, s->scratch) && cpu_online(l->home))
		best = l->home;
	for_each_cpu_and(cpu, s->scratch, cpu_online_mask)
		if (best == nr_cpu_ids || s->load[cpu] < s->load[best])
			best = cpu;
	return best;
}

/* Whether there is room is not asked: it has no other CPUs. */
static void settle_exiled(struct settling *s)
{
	struct hp_listener *l;

	list_for_each_entry(l, &s->g->elected, elect) {
		u32 cpu;

		if (l->settled || l->home >= nr_cpu_ids || !is_exiled(s, l))
			continue;
		cpu = free_cpu(s, l);
		if (cpu < nr_cpu_ids)
			settle(s, l, cpu, cpu == l->home ? source_at_home(l) :
					  HOMEPORT_HOME_SOURCE_ASSIGNED);
	}
}

/* The k-th CPU of a mask's online ones, counted round; nr_cpu_ids: none. */
static u32 kth_cpu(const struct cpumask *mask, unsigned int k)
{
	unsigned int cpu, n = 0;

	for_each_cpu_and(cpu, mask, cpu_online_mask)
		n++;
	if (!n)
		return nr_cpu_ids;
	k %= n;
	for_each_cpu_and(cpu, mask, cpu_online_mask)
		if (!k--)
			return cpu;
	return nr_cpu_ids;
}

/* The k-th allowed CPU, or the next after it that has room. */
static u32 assigned_cpu(const struct settling *s, const struct hp_listener *l)
{
	const struct cpumask *mask = l->allowed;
	u32 first = kth_cpu(mask, l->index);
	u32 cpu = first;
	unsigned int i;

	if (first == nr_cpu_ids) {	/* all that were allowed are offline */
		mask = cpu_online_mask;
		first = kth_cpu(mask, l->index);
		cpu = first;
	}
	for (i = 1; i < nr_cpu_ids && !has_room(s, l, cpu); i++)
		cpu = kth_cpu(mask, l->index + i);
	return has_room(s, l, cpu) ? cpu : first;
}

static void settle_rest(struct settling *s)
{
	struct hp_listener *l;

	list_for_each_entry(l, &s->g->elected, elect)
		if (!l->settled)
			settle(s, l, assigned_cpu(s, l),
			       HOMEPORT_HOME_SOURCE_ASSIGNED);
}

static void settle_all(struct settling *s)
{
	struct hp_listener *l;

	list_for_each_entry(l, &s->g->elected, elect)
		l->settled = false;
	cpus_read_lock();
	settle_told(s);
	settle_pinned(s);
	settle_as_before(s, false);
	if (s->claims)
		settle_learned(s);
	settle_exiled(s);
	settle_as_before(s, true);
	settle_rest(s);
	cpus_read_unlock();
}

/* No memory: everyone stays, and who has no home takes the k-th CPU. */
static void settle_poor(struct hp_group *g)
{
	struct hp_listener *l;

	list_for_each_entry(l, &g->elected, elect)
		if (l->home >= nr_cpu_ids)
			l->home = kth_cpu(cpu_online_mask, l->index);
}

/**
 * hp_home_settle() - give every listener of a group its home
 * @g: The group; hp_net.lock is held.
 *
 * Of every listener that is elected, that is. It keeps the home it has unless
 * there is reason to move it. Those
 * who watch are told of moves. May sleep.
 *
 * Return: whether any has another home, or for another reason.
 */
bool hp_home_settle(struct hp_group *g)
{
	struct settling s = { .g = g };
	cpumask_var_t scratch;

	if (!alloc_cpumask_var(&scratch, GFP_KERNEL))
		goto poor;
	s.scratch = scratch;
	s.load = kvcalloc(nr_cpu_ids, sizeof(*s.load), GFP_KERNEL);
	if (!s.load)
		goto free_scratch;
	s.claims = kvcalloc(g->nr_elected, CLAIMS_MAX * sizeof(*s.claims), GFP_KERNEL);
	settle_all(&s);
	kvfree(s.claims);
	kvfree(s.load);
	free_cpumask_var(scratch);
	return s.changed;

free_scratch:
	free_cpumask_var(scratch);
poor:
	settle_poor(g);
	return true;
}

/* What a listener accepted on a CPU since we looked last. */
static u32 accepts_since(struct hp_listener *l, unsigned int cpu)
{
	u64 accepts = READ_ONCE(per_cpu_ptr(l->cpu, cpu)->accepts);
	u64 since = accepts - l->seen[cpu].accepts;

	l->seen[cpu].accepts = accepts;
	return min_t(u64, since, U16_MAX);
}

/* Is the listener at home, of late? */
static void listener_whereabouts(struct hp_listener *l, u32 total)
{
	u32 home = l->home < nr_cpu_ids ? l->seen[l->home].weight : 0;

	l->at_home = home >= total / 2;
	if (home < total / AWAY_SHARE)
		l->away = min(l->away + 1, AWAY_LOOKS);
	else
		l->away = 0;
}

/*
 * The weight of a CPU falls by a quarter each time we look, every
 * HP_LEARN_PERIOD: half of it is gone in a quarter of a second.
 */
static bool listener_learn(struct hp_listener *l)
{
	bool active = false;
	unsigned int cpu;
	u32 total = 0;

	if (!l->seen)
		l->seen = kvcalloc(nr_cpu_ids, sizeof(*l->seen), GFP_KERNEL);
	if (!l->seen)
		return true;	/* look again later */
	for_each_online_cpu(cpu) {
		u32 since = accepts_since(l, cpu);
		u32 *weight = &l->seen[cpu].weight;

		*weight = *weight - DIV_ROUND_UP(*weight, 4) + (since << 4);
		active |= since;
		total += *weight;
	}
	if (active)
		listener_whereabouts(l, total);
	return active;
}

/* Pinned tasks and SO_INCOMING_CPU say all there is to know. */
static bool wants_learning(const struct hp_listener *l)
{
	return l->source != HOMEPORT_HOME_SOURCE_INCOMING_CPU &&
	       (READ_ONCE(l->pinned) < 0 || l->mixed);
}

/**
 * hp_home_learn() - look where the listeners of a group are accepted from
 * @g: The group; hp_net.lock is held.
 *
 * Return: whether any was, since the last time: look again later.
 */
bool hp_home_learn(struct hp_group *g)
{
	struct hp_listener *l;
	bool active = false;

	list_for_each_entry(l, &g->listeners, list)
		if (wants_learning(l))
			active |= listener_learn(l);
	return active;
}
