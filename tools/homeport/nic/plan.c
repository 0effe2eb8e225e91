// SPDX-License-Identifier: GPL-2.0
/*
 * The planner; see plan.h. In this order: which CPUs may be used, how many
 * queues there will be, which CPUs are their homes and which queue has which
 * (homes.c), which other CPUs a home answers for, and who sends on which queue
 * (steer.c).
 */
#include "work.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Beyond, an x86 CPU has hardly a vector left. */
#define MOST_VECTORS	180

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
bool work_any_node(const struct work *w)
{
	return w->policy->numa == NUMA_IGNORE || w->dev->node < 0;
}

int work_distance(const struct work *w, int cpu)
{
	if (work_any_node(w))
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

	d = work_distance(sorting, x) - work_distance(sorting, y);
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

bool work_one_vector(const struct work *w)
{
	return w->plan->nr == 1 || w->dev->style == STYLE_SHARED;
}

/* The receive interrupt's CPU, where it cannot be moved; else -1. */
int work_fixed_cpu(const struct work *w, unsigned int q)
{
	const struct nic_dev *dev = w->dev;

	if (w->plan->channels || q >= dev->nr_rx || dev->rx[q].irq < 0 ||
	    dev->irq[dev->rx[q].irq].movable)
		return -1;
	return dev_rx_cpu(dev, q);
}

int work_fixed_tx_cpu(const struct work *w, unsigned int t)
{
	const struct nic_dev *dev = w->dev;

	if (w->plan->channels || t >= dev->nr_tx || dev->tx[t].irq < 0 ||
	    dev->irq[dev->tx[t].irq].movable ||
	    (t < dev->nr_rx && dev->tx[t].irq == dev->rx[t].irq))
		return -1;
	return dev_tx_cpu(dev, t);
}

bool work_is_candidate(const struct work *w, int cpu)
{
	return cpu >= 0 && cpumask_test(&w->plan->candidates, cpu);
}

static void used_queues(struct work *w)
{
	struct plan *plan = w->plan;
	unsigned int q;

	plan->used = plan->nr;
	if (w->policy->rss_equal && w->dev->has_rss && !work_one_vector(w)) {
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

/* Interrupts that the kernel or the driver keeps where they are. */
static void remark_managed(struct work *w)
{
	struct findings *f = &w->plan->findings;
	const struct nic_dev *dev = w->dev;
	unsigned int i, n = 0;
	int is;

	for (i = 0; i < dev->nr_irqs; i++)
		n += !dev->irq[i].movable;
	if (!n)
		return;
	findings_add(f, "I-MANAGED", -1,
		     "%u of %u interrupts cannot be moved: the plan is made around them",
		     n, dev->nr_irqs);
	for (i = 0; i < w->plan->nr_tx; i++) {
		is = work_fixed_tx_cpu(w, i);
		if (is >= 0 && !cpumask_test(&w->plan->homes, is) &&
		    !cpumask_empty(&w->plan->queue[i].xps))
			findings_add(f, "W-TXFIXED", i,
				     "interrupt %d of tx-%u cannot be moved: what cpu %d sends is completed on cpu %d",
				     dev->irq[dev->tx[i].irq].nr, i,
				     w->plan->queue[i].cpu, is);
	}
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
	remark_managed(w);
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
	homes_find(w);
	homes_give(w);
	steer_groups(w);
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
