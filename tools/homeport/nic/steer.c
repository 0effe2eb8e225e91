// SPDX-License-Identifier: GPL-2.0
/* Which CPUs a home answers for, by RPS, and who sends on which queue, by XPS. */
#include "work.h"

#include <errno.h>
#include <stdlib.h>

static void join(struct work *w, int cpu, int place)
{
	w->home_of[cpu] = place;
	if (place >= 0)
		w->size[place]++;
}

/* The nearest home with room for @more CPUs, the emptiest of the equal ones. */
static int nearest_home(const struct work *w, int cpu, unsigned int more,
			unsigned int most)
{
	int cost, least = 0, best = -1;
	unsigned int i, size, smallest = 0;

	for (i = 0; i < w->nr_homes; i++) {
		size = w->size[i];
		if (most && size + more > most)
			continue;
		cost = plan_cost(w->host, cpu, w->home[i]);
		if (best < 0 || cost < least ||
		    (cost == least && size < smallest)) {
			best = i;
			least = cost;
			smallest = size;
		}
	}
	return best;
}

static unsigned int free_of_core(const struct work *w, int core)
{
	unsigned int i, n = 0;

	for (i = 0; i < w->nr; i++)
		n += w->host->cpu[w->cpu[i]].core == core &&
			w->home_of[w->cpu[i]] < 0;
	return n;
}

static bool sibling_of_home(const struct work *w, int cpu)
{
	unsigned int i;

	for (i = 0; i < w->nr_homes; i++)
		if (w->host->cpu[w->home[i]].core == w->host->cpu[cpu].core)
			return true;
	return false;
}

/* Cores stay together where there is room. */
static void join_core(struct work *w, int core, unsigned int most)
{
	int whole = -1;
	unsigned int i;

	for (i = 0; i < w->nr; i++) {
		int cpu = w->cpu[i];

		if (w->host->cpu[cpu].core != core || w->home_of[cpu] >= 0)
			continue;
		if (whole < 0)
			whole = nearest_home(w, cpu, free_of_core(w, core),
					     most);
		join(w, cpu, whole >= 0 ? whole :
		     nearest_home(w, cpu, 1, most));
	}
}

void steer_groups(struct work *w)
{
	unsigned int i, most = (w->nr + w->nr_homes - 1) / w->nr_homes;
	int pass, cpu;

	for (i = 0; i < w->host->nr_cpus; i++)
		w->home_of[i] = -1;
	for (i = 0; i < w->nr_homes; i++)
		join(w, w->home[i], i);
	for (pass = 0; pass < 2; pass++)
		for (cpu = 0; cpu < (int)w->host->nr_cpus; cpu++)
			if (work_is_candidate(w, cpu) && w->home_of[cpu] < 0 &&
			    (pass || sibling_of_home(w, cpu)))
				join_core(w, w->host->cpu[cpu].core, most);
	for (i = 0; i < w->nr; i++)
		if (!cpumask_test(&w->plan->homes, w->cpu[i]))
			cpumask_set(&w->plan->starved, w->cpu[i]);
}

/* The kernel takes isolated CPUs out of an RPS mask without a word. */
static bool rps_can_use(const struct work *w, int cpu)
{
	return !cpumask_test(&w->host->isolated, cpu) &&
		!cpumask_test(&w->host->nohz, cpu);
}

static void set_rps(struct work *w, unsigned int q)
{
	struct plan_queue *pq = &w->plan->queue[q];
	int place = pq->cpu >= 0 ? work_place_of(w, pq->cpu) : -1;
	unsigned int i;

	if (place < 0)
		return;
	for (i = 0; i < w->nr; i++)
		if (w->home_of[w->cpu[i]] == place &&
		    rps_can_use(w, w->cpu[i]))
			cpumask_set(&pq->rps, w->cpu[i]);
	if (w->policy->rps_exclude_home && cpumask_weight(&pq->rps) >= 3)
		cpumask_clear(&pq->rps, pq->cpu);
	/* steering to where a packet is already is a waste */
	if (cpumask_weight(&pq->rps) == 1 && cpumask_test(&pq->rps, pq->cpu))
		cpumask_zero(&pq->rps);
}

void steer_receive(struct work *w)
{
	struct plan *plan = w->plan;
	unsigned int q, i;

	if (w->policy->mode != MODE_RPS)
		return;
	for (q = 0; q < plan->nr; q++)
		set_rps(w, q);
	for (i = 0; i < w->nr; i++)
		if (!rps_can_use(w, w->cpu[i]) &&
		    cpumask_test(&plan->starved, w->cpu[i]))
			findings_add(&plan->findings, "W-ISOL-RPS", -1,
				     "cpu %d is isolated: RPS never sends a packet there",
				     w->cpu[i]);
}

/*
 * Where a transmit queue completes: with the receive queue of its number, or
 * where its interrupt is kept, if that is a home too.
 */
static int tx_cpu(const struct work *w, unsigned int t)
{
	int fixed = work_fixed_tx_cpu(w, t);

	if (fixed >= 0 && cpumask_test(&w->plan->homes, fixed))
		return fixed;
	return t < w->plan->nr ? w->plan->queue[t].cpu : -1;
}

/* The lowest queue of each CPU sends for it. */
static bool owns(const struct work *w, unsigned int t)
{
	unsigned int i;

	if (tx_cpu(w, t) < 0)
		return false;
	for (i = 0; i < t; i++)
		if (tx_cpu(w, i) == tx_cpu(w, t))
			return false;
	return true;
}

static int best_queue(const struct work *w, const unsigned int *owner,
		      unsigned int nr, int cpu)
{
	int cost, least = 0, best = -1, place = w->home_of[cpu];
	unsigned int i;

	for (i = 0; i < nr; i++) {
		cost = plan_cost(w->host, cpu, tx_cpu(w, owner[i]));
		if (place >= 0 && w->home[place] == tx_cpu(w, owner[i]))
			cost = 0;
		if (best < 0 || cost < least) {
			best = owner[i];
			least = cost;
		}
	}
	return best;
}

int steer_transmit(struct work *w)
{
	struct plan *plan = w->plan;
	unsigned int *owner, nr = 0, t;
	int cpu, best;

	/* a single queue has no XPS */
	if (plan->nr_tx < 2)
		return 0;
	owner = calloc(plan->nr_tx, sizeof(*owner));
	if (!owner)
		return -ENOMEM;
	for (t = 0; t < plan->nr_tx; t++)
		if (owns(w, t))
			owner[nr++] = t;
	cpumask_for_each(cpu, &w->host->online) {
		if (w->policy->xps_none && !work_is_candidate(w, cpu))
			continue;
		best = best_queue(w, owner, nr, cpu);
		if (best >= 0)
			cpumask_set(&plan->queue[best].xps, cpu);
	}
	free(owner);
	return 0;
}
