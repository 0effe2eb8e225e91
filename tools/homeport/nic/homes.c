// SPDX-License-Identifier: GPL-2.0
/*
 * Which CPUs are homes of queues, and which queue has which: what is in a good
 * place already stays there.
 */
#include "work.h"

#include <stdlib.h>
#include <string.h>

/* qsort() has no argument of ours. */
static const struct work *sorting;

static void add_home(struct work *w, int cpu)
{
	if (cpumask_test(&w->plan->homes, cpu))
		return;
	cpumask_set(&w->plan->homes, cpu);
	w->home[w->nr_homes++] = cpu;
}

/* Of the node that lacks most of what is its share; the best CPU there. */
static int next_spread(const struct work *w, unsigned int want)
{
	static unsigned int all[MODEL_NODES], has[MODEL_NODES];
	long most = 0, lack;
	unsigned int i;
	int best = -1, node;

	memset(all, 0, sizeof(all));
	memset(has, 0, sizeof(has));
	for (i = 0; i < w->nr; i++) {
		node = w->host->cpu[w->cpu[i]].node;
		all[node]++;
		has[node] += cpumask_test(&w->plan->homes, w->cpu[i]);
	}
	for (i = 0; i < w->nr; i++) {
		if (cpumask_test(&w->plan->homes, w->cpu[i]))
			continue;
		node = w->host->cpu[w->cpu[i]].node;
		lack = (long)want * all[node] - (long)has[node] * w->nr;
		if (best < 0 || lack > most) {
			most = lack;
			best = w->cpu[i];
		}
	}
	return best;
}

static int next_in_order(const struct work *w)
{
	unsigned int i;

	for (i = 0; i < w->nr; i++)
		if (!cpumask_test(&w->plan->homes, w->cpu[i]))
			return w->cpu[i];
	return -1;
}

static int compare_homes(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;
	int d = work_distance(sorting, x) - work_distance(sorting, y);

	return d ? d : x - y;
}

/* The one CPU of a shared vector: where it is, if that will do. */
static int only_home(const struct work *w)
{
	int prior = w->dev->nr_rx ? w->dev->rx[0].prior : -1;
	int now = w->plan->channels ? -1 : dev_rx_cpu(w->dev, 0);

	if (work_is_candidate(w, prior))
		return prior;
	return work_is_candidate(w, now) ? now : w->cpu[0];
}

void homes_find(struct work *w)
{
	unsigned int q, fixed = 0, want;
	int cpu;

	if (work_one_vector(w)) {
		add_home(w, only_home(w));
		return;
	}
	for (q = 0; q < w->plan->nr; q++) {
		cpu = work_fixed_cpu(w, q);
		if (cpu < 0)
			continue;
		fixed++;
		if (work_is_candidate(w, cpu))
			add_home(w, cpu);
	}
	want = w->nr_homes + w->plan->nr - fixed;
	if (want > w->nr)
		want = w->nr;
	while (w->nr_homes < want) {
		cpu = work_any_node(w) && !w->listeners->named ?
			next_spread(w, want) : next_in_order(w);
		if (cpu < 0)
			break;
		add_home(w, cpu);
	}
	if (!w->nr_homes)
		add_home(w, w->cpu[0]);
	sorting = w;
	if (!w->listeners->named)
		qsort(w->home, w->nr_homes, sizeof(*w->home), compare_homes);
}

/* Queues that share homes evenly: @spare of them have one more than @base. */
struct shares {
	unsigned int base, spare;
};

int work_place_of(const struct work *w, int cpu)
{
	unsigned int i;

	for (i = 0; i < w->nr_homes; i++)
		if (w->home[i] == cpu)
			return i;
	return -1;
}

static bool take(struct work *w, struct shares *s, unsigned int q, int place)
{
	if (place < 0 || w->load[place] > s->base ||
	    (w->load[place] == s->base && !s->spare))
		return false;
	if (w->load[place] == s->base)
		s->spare--;
	w->load[place]++;
	w->plan->queue[q].cpu = w->home[place];
	return true;
}

static bool settled(const struct nic_dev *dev, unsigned int q)
{
	int cpu = dev_rx_cpu(dev, q);

	return cpu >= 0 && q < dev->nr_tx &&
		cpumask_test(&dev->tx[q].cpus, cpu);
}

/* What a queue has now, if that may be kept in this pass. */
static int wish(const struct work *w, unsigned int q, int pass)
{
	const struct nic_dev *dev = w->dev;

	/* of CPUs that were named, the order is the wish */
	if (q >= dev->nr_rx || w->listeners->named)
		return -1;
	switch (pass) {
	case 0:
		return dev->rx[q].prior;
	case 1:
		return !w->plan->channels && settled(dev, q) ?
			dev_rx_cpu(dev, q) : -1;
	default:
		return w->plan->channels ? -1 : dev_rx_cpu(dev, q);
	}
}

static int least_loaded(const struct work *w)
{
	unsigned int i, best = 0;

	for (i = 1; i < w->nr_homes; i++)
		if (w->load[i] < w->load[best])
			best = i;
	return best;
}

static void place_fixed(struct work *w)
{
	struct plan *plan = w->plan;
	unsigned int q;
	int cpu;

	for (q = 0; q < plan->nr; q++) {
		plan->queue[q].cpu = -1;
		cpu = work_fixed_cpu(w, q);
		if (cpu < 0)
			continue;
		plan->queue[q].cpu = cpu;
		plan->queue[q].fixed = true;
		if (work_place_of(w, cpu) >= 0)
			w->load[work_place_of(w, cpu)]++;
		else
			findings_add(&plan->findings, "E-IMMOVABLE", q,
				     "the interrupt of queue %u cannot be moved from cpu %d, which has no listener",
				     q, cpu);
	}
}

static void share_out(struct work *w, unsigned int from, unsigned int to)
{
	unsigned int i, q, total = 0;
	struct shares s;
	int pass;

	for (i = 0; i < w->nr_homes; i++)
		total += w->load[i];
	for (q = from; q < to; q++)
		total += w->plan->queue[q].cpu < 0;
	s.base = total / w->nr_homes;
	s.spare = total % w->nr_homes;
	for (i = 0; i < w->nr_homes; i++)
		if (w->load[i] > s.base && s.spare)
			s.spare--;
	for (pass = 0; pass < 3; pass++)
		for (q = from; q < to; q++)
			if (w->plan->queue[q].cpu < 0)
				take(w, &s, q, work_place_of(w, wish(w, q, pass)));
	for (q = from; q < to; q++) {
		if (w->plan->queue[q].cpu >= 0)
			continue;
		i = least_loaded(w);
		w->load[i]++;
		w->plan->queue[q].cpu = w->home[i];
	}
}

void homes_give(struct work *w)
{
	struct plan *plan = w->plan;

	place_fixed(w);
	share_out(w, 0, plan->used);
	share_out(w, plan->used, plan->nr);
}
