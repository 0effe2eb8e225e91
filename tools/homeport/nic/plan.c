// SPDX-License-Identifier: GPL-2.0
/*
 * The planner; see plan.h. In this order: which CPUs may be used, how many
 * queues there will be, which CPUs are their homes, which queue has which home,
 * which other CPUs a home answers for, and who sends on which queue.
 */
#include "plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Beyond, an x86 CPU has hardly a vector left. */
#define MOST_VECTORS	180

struct work {
	const struct nic_host *host;
	const struct nic_dev *dev;
	const struct listeners *listeners;
	const struct policy *policy;
	struct plan *plan;
	unsigned int nr;	/* candidates, best first */
	int *cpu;
	unsigned int nr_homes;
	int *home;		/* in the order in which queues take them */
	unsigned int *load;	/* queues of each home */
	unsigned int *size;	/* CPUs of each home's group */
	int *home_of;		/* of each CPU: a place in home[], or -1 */
};

void policy_init(struct policy *policy)
{
	memset(policy, 0, sizeof(*policy));
	policy->channels = CHANNELS_KEEP;
}

void listeners_add(struct listeners *l, int cpu)
{
	int *list;
	unsigned int i;

	for (i = 0; i < l->nr; i++)
		if (l->cpu[i] == cpu)
			return;
	list = realloc(l->cpu, (l->nr + 1) * sizeof(*list));
	if (!list)
		return;
	l->cpu = list;
	list[l->nr++] = cpu;
}

void listeners_mask(const struct listeners *l, struct cpumask *m)
{
	unsigned int i;

	cpumask_zero(m);
	for (i = 0; i < l->nr; i++)
		cpumask_set(m, l->cpu[i]);
}

void listeners_free(struct listeners *l)
{
	free(l->cpu);
	memset(l, 0, sizeof(*l));
}

static int node_distance(const struct nic_host *host, int from, int to)
{
	int d;

	if (from < 0 || to < 0 || from == to)
		return 0;
	d = host->distance[from * host->nr_nodes + to];
	/* a kernel without a table says nothing: another node is farther */
	return d > 0 ? d : 20;
}

int plan_cost(const struct nic_host *host, int a, int b)
{
	const struct nic_cpu *x = &host->cpu[a], *y = &host->cpu[b];

	if (a == b)
		return 0;
	if (x->core == y->core)
		return 1;
	if (x->llc == y->llc)
		return 2;
	if (x->node == y->node)
		return 3;
	return 4 + node_distance(host, x->node, y->node);
}

/* Is the device's node of no account? */
static bool any_node(const struct work *w)
{
	return w->policy->numa == NUMA_IGNORE || w->dev->node < 0;
}

static int distance_to_device(const struct work *w, int cpu)
{
	if (any_node(w))
		return 0;
	return node_distance(w->host, w->dev->node, w->host->cpu[cpu].node);
}

/* Why a listener's CPU cannot be used; NULL: it can. */
static const char *refusal(const struct work *w, int cpu)
{
	const struct nic_host *host = w->host;
	bool named = w->policy->allow_isolated || w->listeners->named;

	if (cpu < 0 || !cpumask_test(&host->possible, cpu))
		return "is not in this machine";
	if (!cpumask_test(&host->online, cpu))
		return "is offline";
	if (cpumask_test(&w->policy->reserve, cpu))
		return "is reserved";
	if (!named && cpumask_test(&host->isolated, cpu))
		return "is isolated";
	if (!named && cpumask_test(&host->nohz, cpu))
		return "is nohz_full";
	if (w->policy->numa == NUMA_STRICT && w->dev->node >= 0 &&
	    host->cpu[cpu].node != w->dev->node)
		return "is on another node";
	return NULL;
}

static void note_refusal(struct plan *plan, int cpu, const char *why)
{
	size_t len = strlen(plan->why);

	snprintf(plan->why + len, sizeof(plan->why) - len, "%scpu %d %s",
		 len ? ", " : "", cpu, why);
	if (!strcmp(why, "is isolated") || !strcmp(why, "is nohz_full"))
		findings_add(&plan->findings, "W-ISOL", -1,
			     "cpu %d has a listener, but %s", cpu, why);
	else if (!strcmp(why, "is offline"))
		findings_add(&plan->findings, "W-OFFLINE", -1,
			     "cpu %d has a listener, but is offline", cpu);
}

static void candidates(struct work *w)
{
	struct plan *plan = w->plan;
	const char *why;
	unsigned int i;
	int cpu;

	if (w->policy->mode == MODE_SPREAD) {
		cpumask_for_each(cpu, &w->host->online)
			if (!refusal(w, cpu))
				w->cpu[w->nr++] = cpu;
	} else {
		for (i = 0; i < w->listeners->nr; i++) {
			cpu = w->listeners->cpu[i];
			why = refusal(w, cpu);
			if (why)
				note_refusal(plan, cpu, why);
			else
				w->cpu[w->nr++] = cpu;
		}
	}
	if (!w->nr && !*plan->why)
		snprintf(plan->why, sizeof(plan->why), "no listener's CPU is known");
}

/* qsort() has no argument of ours. */
static const struct work *sorting;
static int *place_in_cache;

static int compare_cpus(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b, d;
	const struct nic_cpu *p = &sorting->host->cpu[x];
	const struct nic_cpu *q = &sorting->host->cpu[y];

	d = distance_to_device(sorting, x) - distance_to_device(sorting, y);
	if (!d)
		d = p->smt - q->smt;
	if (!d)
		d = place_in_cache[x] - place_in_cache[y];
	if (!d)
		d = p->llc - q->llc;
	return d ? d : x - y;
}

/* How many candidates of the same cache and rank come before each. */
static void count_places(const struct work *w)
{
	const struct nic_cpu *c = w->host->cpu;
	unsigned int i, j;

	for (i = 0; i < w->nr; i++) {
		place_in_cache[w->cpu[i]] = 0;
		for (j = 0; j < w->nr; j++)
			if (w->cpu[j] < w->cpu[i] &&
			    c[w->cpu[j]].llc == c[w->cpu[i]].llc &&
			    c[w->cpu[j]].smt == c[w->cpu[i]].smt)
				place_in_cache[w->cpu[i]]++;
	}
}

static void drop_siblings(struct work *w, unsigned int queues)
{
	unsigned int i, first = 0, kept = 0;

	for (i = 0; i < w->nr; i++)
		first += !w->host->cpu[w->cpu[i]].smt;
	if (w->policy->smt == SMT_ALL || !first ||
	    (w->policy->smt == SMT_FIRST && queues > first))
		return;
	for (i = 0; i < w->nr; i++)
		if (!w->host->cpu[w->cpu[i]].smt)
			w->cpu[kept++] = w->cpu[i];
	w->nr = kept;
}

static int order(struct work *w)
{
	drop_siblings(w, w->dev->nr_rx);
	/* who names CPUs knows the order too */
	if (w->listeners->named && w->policy->mode != MODE_SPREAD)
		return 0;
	place_in_cache = calloc(w->host->nr_cpus, sizeof(int));
	if (!place_in_cache)
		return -ENOMEM;
	count_places(w);
	sorting = w;
	qsort(w->cpu, w->nr, sizeof(*w->cpu), compare_cpus);
	free(place_in_cache);
	return 0;
}

static unsigned int most_channels(const struct nic_dev *dev)
{
	unsigned int rx_tx = dev->ch.max_rx < dev->ch.max_tx ?
		dev->ch.max_rx : dev->ch.max_tx;

	if (!dev->has_channels)
		return 0;
	return dev->ch.max_combined ? dev->ch.max_combined : rx_tx;
}

static unsigned int auto_channels(const struct work *w)
{
	unsigned int want = w->nr, most = most_channels(w->dev);

	if (want > most)
		want = most;
	/* with fewer than four slots for a queue RSS is uneven */
	if (w->dev->has_rss && want > w->dev->rss.size / 4)
		want = w->dev->rss.size / 4;
	return want ? want : 1;
}

static void queue_count(struct work *w)
{
	unsigned int most = most_channels(w->dev);
	struct plan *plan = w->plan;
	unsigned int want;

	plan->nr = w->dev->nr_rx;
	plan->nr_tx = w->dev->nr_tx;
	if (w->policy->channels == CHANNELS_KEEP)
		return;
	if (!most) {
		findings_add(&plan->findings, "W-CHANNELS", -1,
			     "the device cannot change its channels");
		return;
	}
	want = w->policy->channels == CHANNELS_AUTO ? auto_channels(w) :
		(unsigned int)w->policy->channels;
	if (want > most) {
		findings_add(&plan->findings, "W-CHANNELS", -1,
			     "%u channels are wanted, the device has %u", want,
			     most);
		want = most;
	}
	if (want == plan->nr)
		return;
	plan->channels = want;
	plan->nr = want;
	plan->nr_tx = want;
}

static bool one_vector(const struct work *w)
{
	return w->plan->nr == 1 || w->dev->style == STYLE_SHARED;
}

/* The receive interrupt's CPU, where it cannot be moved; else -1. */
static int fixed_cpu(const struct work *w, unsigned int q)
{
	const struct nic_dev *dev = w->dev;

	if (w->plan->channels || q >= dev->nr_rx || dev->rx[q].irq < 0 ||
	    dev->irq[dev->rx[q].irq].movable)
		return -1;
	return dev_rx_cpu(dev, q);
}

static bool is_candidate(const struct work *w, int cpu)
{
	return cpu >= 0 && cpumask_test(&w->plan->candidates, cpu);
}

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
	int d = distance_to_device(sorting, x) - distance_to_device(sorting, y);

	return d ? d : x - y;
}

/* The one CPU of a shared vector: where it is, if that will do. */
static int only_home(const struct work *w)
{
	int prior = w->dev->nr_rx ? w->dev->rx[0].prior : -1;
	int now = w->plan->channels ? -1 : dev_rx_cpu(w->dev, 0);

	if (is_candidate(w, prior))
		return prior;
	return is_candidate(w, now) ? now : w->cpu[0];
}

static void find_homes(struct work *w)
{
	unsigned int q, fixed = 0, want;
	int cpu;

	if (one_vector(w)) {
		add_home(w, only_home(w));
		return;
	}
	for (q = 0; q < w->plan->nr; q++) {
		cpu = fixed_cpu(w, q);
		if (cpu < 0)
			continue;
		fixed++;
		if (is_candidate(w, cpu))
			add_home(w, cpu);
	}
	want = w->nr_homes + w->plan->nr - fixed;
	if (want > w->nr)
		want = w->nr;
	while (w->nr_homes < want) {
		cpu = any_node(w) && !w->listeners->named ?
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

static int place_of(const struct work *w, int cpu)
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
		cpu = fixed_cpu(w, q);
		if (cpu < 0)
			continue;
		plan->queue[q].cpu = cpu;
		plan->queue[q].fixed = true;
		if (place_of(w, cpu) >= 0)
			w->load[place_of(w, cpu)]++;
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
				take(w, &s, q, place_of(w, wish(w, q, pass)));
	for (q = from; q < to; q++) {
		if (w->plan->queue[q].cpu >= 0)
			continue;
		i = least_loaded(w);
		w->load[i]++;
		w->plan->queue[q].cpu = w->home[i];
	}
}

static void give_homes(struct work *w)
{
	struct plan *plan = w->plan;

	place_fixed(w);
	share_out(w, 0, plan->used);
	share_out(w, plan->used, plan->nr);
}

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

static void make_groups(struct work *w)
{
	unsigned int i, most = (w->nr + w->nr_homes - 1) / w->nr_homes;
	int pass, cpu;

	for (i = 0; i < w->host->nr_cpus; i++)
		w->home_of[i] = -1;
	for (i = 0; i < w->nr_homes; i++)
		join(w, w->home[i], i);
	for (pass = 0; pass < 2; pass++)
		for (cpu = 0; cpu < (int)w->host->nr_cpus; cpu++)
			if (is_candidate(w, cpu) && w->home_of[cpu] < 0 &&
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
	int place = pq->cpu >= 0 ? place_of(w, pq->cpu) : -1;
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

static void steer_receive(struct work *w)
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

static int tx_cpu(const struct plan *plan, unsigned int t)
{
	if (!plan->nr)
		return -1;
	return t < plan->nr ? plan->queue[t].cpu : -1;
}

/* The lowest queue of each CPU sends for it. */
static bool owns(const struct plan *plan, unsigned int t)
{
	unsigned int i;

	if (tx_cpu(plan, t) < 0)
		return false;
	for (i = 0; i < t; i++)
		if (plan->queue[i].cpu == plan->queue[t].cpu)
			return false;
	return true;
}

static int best_queue(const struct work *w, const unsigned int *owner,
		      unsigned int nr, int cpu)
{
	int cost, least = 0, best = -1, place = w->home_of[cpu];
	unsigned int i;

	for (i = 0; i < nr; i++) {
		cost = plan_cost(w->host, cpu, w->plan->queue[owner[i]].cpu);
		if (place >= 0 &&
		    w->home[place] == w->plan->queue[owner[i]].cpu)
			cost = 0;
		if (best < 0 || cost < least) {
			best = owner[i];
			least = cost;
		}
	}
	return best;
}

static int steer_transmit(struct work *w)
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
		if (owns(plan, t))
			owner[nr++] = t;
	cpumask_for_each(cpu, &w->host->online) {
		if (w->policy->xps_none && !is_candidate(w, cpu))
			continue;
		best = best_queue(w, owner, nr, cpu);
		if (best >= 0)
			cpumask_set(&plan->queue[best].xps, cpu);
	}
	free(owner);
	return 0;
}

static void used_queues(struct work *w)
{
	struct plan *plan = w->plan;
	unsigned int q;

	plan->used = plan->nr;
	if (w->policy->rss_equal && w->dev->has_rss && !one_vector(w)) {
		plan->set_rss = true;
		if (plan->nr > w->nr)
			plan->used = w->nr;
	} else if (w->policy->rss_equal && !w->dev->has_rss) {
		findings_add(&plan->findings, "W-RSS", -1,
			     "the device does not show its RSS table: it stays as it is");
	}
	for (q = 0; q < plan->nr; q++)
		plan->queue[q].weight = plan->set_rss || plan->channels ?
			q < plan->used : w->dev->rx[q].weight;
}

static bool is_listener(const struct work *w, int cpu)
{
	unsigned int i;

	for (i = 0; i < w->listeners->nr; i++)
		if (w->listeners->cpu[i] == cpu)
			return true;
	return false;
}

/* Of what arrives at a queue, how much stays where it is accepted. */
static double queue_share(const struct work *w, unsigned int q)
{
	const struct plan_queue *pq = &w->plan->queue[q];
	unsigned int all = 0, good = 0;
	int cpu;

	if (cpumask_empty(&pq->rps))
		return pq->cpu >= 0 && is_listener(w, pq->cpu);
	cpumask_for_each(cpu, &pq->rps) {
		all++;
		good += is_listener(w, cpu);
	}
	return (double)good / all;
}

static void predict(struct work *w)
{
	double sum = 0, good = 0;
	unsigned int q;

	for (q = 0; q < w->plan->nr; q++) {
		sum += w->plan->queue[q].weight;
		good += w->plan->queue[q].weight * queue_share(w, q);
	}
	/* nothing is known of where packets of such a device arrive */
	if (w->dev->style == STYLE_NONE && w->policy->mode != MODE_RPS)
		good = 0;
	w->plan->predicted = sum ? good / sum : 0;
}

static void remark_shape(struct work *w)
{
	struct findings *f = &w->plan->findings;
	const struct nic_dev *dev = w->dev;

	if (dev->style == STYLE_NONE)
		findings_add(f, "W-NOIRQ", -1,
			     "no interrupt of this device is known: where packets arrive is not ours to say");
	if (dev->style == STYLE_SHARED && dev->nr_rx > 1)
		findings_add(f, "W-SHARED-VECTOR", -1,
			     "all queues share interrupt %d: only one CPU can serve them",
			     dev->irq[dev->rx[0].irq].nr);
	if (w->plan->channels)
		findings_add(f, "I-CHANNELS", -1,
			     "%u channels come first; what follows depends on what the device then has",
			     w->plan->channels);
	if (w->plan->nr > w->nr && !w->plan->channels &&
	    most_channels(dev) && !w->policy->rss_equal)
		findings_add(f, "I-CHANNELS", -1,
			     "%u queues for %u CPUs: --channels auto would make them one each",
			     w->plan->nr, w->nr);
	if (w->policy->rfs)
		findings_add(f, "W-RFS-MOVES", -1,
			     "RFS follows whoever reads last: a connection may leave its CPU");
}

static void remark_vectors(struct work *w)
{
	unsigned int i, n;

	for (i = 0; i < w->nr_homes; i++) {
		n = w->host->cpu[w->home[i]].irqs + w->load[i];
		if (n > MOST_VECTORS)
			findings_add(&w->plan->findings, "W-VECTORS", -1,
				     "cpu %d would have %u interrupts; an x86 CPU has about 200 vectors",
				     w->home[i], n);
	}
}

static void remark_starved(struct work *w)
{
	char list[120], homes[120];
	struct plan *plan = w->plan;

	if (cpumask_empty(&plan->starved) || w->policy->mode == MODE_SPREAD)
		return;
	if (w->policy->mode == MODE_RPS) {
		findings_add(&plan->findings, "I-TXHOME", -1,
			     "transmissions of a group are completed on its queue's CPU");
		return;
	}
	cpumask_print_list(&plan->starved, list, sizeof(list));
	cpumask_print_list(&plan->homes, homes, sizeof(homes));
	findings_add(&plan->findings, "W-STARVED", -1,
		     "listeners on cpu %.60s get no traffic: use workers on %.40s, or --mode rps",
		     list, homes);
}

static void remark(struct work *w)
{
	remark_shape(w);
	remark_vectors(w);
	remark_starved(w);
}

static int allocate(struct work *w)
{
	unsigned int cpus = w->host->nr_cpus + 1;

	w->cpu = calloc(cpus + w->listeners->nr, sizeof(int));
	w->home = calloc(cpus + w->listeners->nr, sizeof(int));
	w->load = calloc(cpus + w->listeners->nr, sizeof(int));
	w->size = calloc(cpus + w->listeners->nr, sizeof(int));
	w->home_of = calloc(cpus, sizeof(int));
	return w->cpu && w->home && w->load && w->size && w->home_of ?
		0 : -ENOMEM;
}

static int make(struct work *w)
{
	struct plan *plan = w->plan;
	unsigned int i;
	int err;

	candidates(w);
	if (!w->nr)
		return -ENOENT;
	err = order(w);
	if (err)
		return err;
	for (i = 0; i < w->nr; i++)
		cpumask_set(&plan->candidates, w->cpu[i]);
	queue_count(w);
	plan->nr_queues = plan->nr > plan->nr_tx ? plan->nr : plan->nr_tx;
	plan->queue = calloc(plan->nr_queues + 1, sizeof(*plan->queue));
	if (!plan->queue)
		return -ENOMEM;
	for (i = 0; i < plan->nr_queues; i++)
		plan->queue[i].cpu = -1;
	used_queues(w);
	find_homes(w);
	give_homes(w);
	make_groups(w);
	steer_receive(w);
	err = steer_transmit(w);
	if (err)
		return err;
	predict(w);
	remark(w);
	return 0;
}

int plan_make(struct plan *plan, const struct nic_host *host,
	      const struct nic_dev *dev, const struct listeners *listeners,
	      const struct policy *policy)
{
	struct work w = {
		.host = host, .dev = dev, .listeners = listeners,
		.policy = policy, .plan = plan,
	};
	int err;

	memset(plan, 0, sizeof(*plan));
	err = allocate(&w);
	if (!err)
		err = make(&w);
	if (!err)
		err = ops_make(plan, host, dev, policy);
	free(w.cpu);
	free(w.home);
	free(w.load);
	free(w.size);
	free(w.home_of);
	return err;
}

void plan_free(struct plan *plan)
{
	free(plan->queue);
	ops_free(plan->op, plan->nr_ops);
	findings_free(&plan->findings);
	memset(plan, 0, sizeof(*plan));
}
