// SPDX-License-Identifier: GPL-2.0
/*
 * The current state against a plan: what breaks the rule that a connection has
 * one CPU, and how much of the traffic it concerns.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan.h"

struct checker {
	struct check *check;
	const struct plan *plan;
	const struct nic_host *host;
	const struct nic_dev *dev;
	const struct policy *policy;
	struct cpumask listeners;
};

static void irq_moves(struct checker *c, unsigned int q, const struct nic_irq *irq,
		      int cpu)
{
	struct cpumask want;

	cpumask_zero(&want);
	cpumask_set(&want, cpu);
	if (!cpumask_equal(&irq->affinity, &want))
		return;
	c->check->pending++;
	findings_add(&c->check->findings, "I-PENDING", q,
		     "interrupt %d goes to cpu %d when it comes next", irq->nr,
		     cpu);
}

static bool irq_is_right(struct checker *c, unsigned int q)
{
	const struct nic_dev *dev = c->dev;
	struct findings *f = &c->check->findings;
	int want = c->plan->queue[q].cpu, is = dev_rx_cpu(dev, q);
	const struct nic_irq *irq;

	if (dev->rx[q].irq < 0)
		return false;
	irq = &dev->irq[dev->rx[q].irq];
	if (is < 0) {
		findings_add(f, "E-IRQ", q,
			     "interrupt %d may go to several CPUs", irq->nr);
		return false;
	}
	if (is != want)
		irq_moves(c, q, irq, want);
	if (!cpumask_test(&c->listeners, is) &&
	    c->policy->mode != MODE_SPREAD) {
		findings_add(f, "E-LISTEN", q, "no listener on cpu %d", is);
		return false;
	}
	if (is == want)
		return true;
	findings_add(f, "E-IRQ", q, "interrupt %d is on cpu %d, not %d",
		     irq->nr, is, want);
	return false;
}

static bool tx_irq_is_right(struct checker *c, unsigned int q)
{
	const struct nic_dev *dev = c->dev;
	int is = dev_tx_cpu(dev, q), want = c->plan->queue[q].cpu;

	if (q >= dev->nr_tx || dev->tx[q].irq < 0 || is == want ||
	    dev->tx[q].irq == dev->rx[q].irq)
		return true;
	/* the plan has said so, and is made around it */
	if (!dev->irq[dev->tx[q].irq].movable)
		return true;
	irq_moves(c, q, &dev->irq[dev->tx[q].irq], want);
	findings_add(&c->check->findings, "E-TXIRQ", q,
		     "interrupt %d of tx-%u is not on cpu %d alone",
		     dev->irq[dev->tx[q].irq].nr, q, want);
	return false;
}

/* The queues whose XPS has this CPU: the first, and how many. */
static unsigned int senders(const struct nic_dev *dev, int cpu, int *first)
{
	unsigned int t, n = 0;

	*first = -1;
	for (t = 0; t < dev->nr_tx; t++) {
		if (!cpumask_test(&dev->tx[t].cpus, cpu))
			continue;
		if (!n++)
			*first = t;
	}
	return n;
}

static int planned_sender(const struct plan *plan, int cpu)
{
	unsigned int t;

	for (t = 0; t < plan->nr_tx; t++)
		if (cpumask_test(&plan->queue[t].xps, cpu))
			return t;
	return -1;
}

/* Does what is accepted on the CPU of @q leave by the queue meant for it? */
static bool xps_is_right(struct checker *c, unsigned int q)
{
	const struct nic_dev *dev = c->dev;
	struct findings *f = &c->check->findings;
	int cpu = c->plan->queue[q].cpu, is, want;
	unsigned int n;

	if (dev->nr_tx < 2 || cpu < 0)
		return true;
	n = senders(dev, cpu, &is);
	want = planned_sender(c->plan, cpu);
	if (n == 1 && is == want)
		return true;
	if (n > 1)
		findings_add(f, "E-XPS", q, "cpu %d sends on %u queues", cpu, n);
	else if (n)
		findings_add(f, "E-XPS", q, "cpu %d sends on tx-%d, not tx-%d",
			     cpu, is, want);
	else
		findings_add(f, "E-XPS", q, "cpu %d has no queue to send on",
			     cpu);
	return false;
}

static bool rps_is_right(struct checker *c, unsigned int q)
{
	const struct nic_queue *rx = &c->dev->rx[q];
	char is[48], want[48];

	if (cpumask_equal(&rx->cpus, &c->plan->queue[q].rps))
		return true;
	cpumask_print_list(&rx->cpus, is, sizeof(is));
	cpumask_print_list(&c->plan->queue[q].rps, want, sizeof(want));
	findings_add(&c->check->findings, "E-RPS", q,
		     "RPS sends to cpu %.40s, not %.40s", *is ? is : "none",
		     *want ? want : "none");
	return false;
}

static bool rfs_is_right(struct checker *c, unsigned int q)
{
	if (c->policy->rfs || !c->dev->rx[q].flows ||
	    c->host->rfs_entries == 0)
		return true;
	findings_add(&c->check->findings, "E-RFS", q,
		     "RFS sends a connection to whoever read it last");
	return false;
}

static double share_of(const struct checker *c, unsigned int q)
{
	const struct cpumask *rps = &c->plan->queue[q].rps;
	struct cpumask both = *rps;

	if (cpumask_empty(rps))
		return 1;
	cpumask_and(&both, &c->listeners);
	return (double)cpumask_weight(&both) / cpumask_weight(rps);
}

static void check_queues(struct checker *c)
{
	unsigned int q, nr = c->plan->nr;
	double all = 0, good = 0;
	bool right;

	if (nr > c->dev->nr_rx)
		nr = c->dev->nr_rx;
	for (q = 0; q < nr; q++) {
		right = irq_is_right(c, q);
		right &= tx_irq_is_right(c, q);
		right &= xps_is_right(c, q);
		right &= rps_is_right(c, q);
		right &= rfs_is_right(c, q);
		c->check->good += right;
		all += c->dev->rx[q].weight;
		if (right)
			good += c->dev->rx[q].weight * share_of(c, q);
	}
	c->check->locality = all ? good / all : 0;
}

static void check_rss(struct checker *c)
{
	const struct nic_dev *dev = c->dev;
	struct findings *f = &c->check->findings;
	unsigned int q, low = UINT32_MAX, high = 0;

	for (q = 0; dev->has_rss && q < dev->nr_rx; q++) {
		if (dev->rx[q].weight < low)
			low = dev->rx[q].weight;
		if (dev->rx[q].weight > high)
			high = dev->rx[q].weight;
	}
	if (high > low + 1)
		findings_add(f, "W-RSS", -1,
			     "RSS is uneven: %u to %u of %u slots for a queue",
			     low, high, dev->rss.size);
	if (dev->has_rss && (!dev->rss.ports4 || !dev->rss.ports6))
		findings_add(f, "W-HASH", -1,
			     "ports are not hashed for TCP over IPv%s: a client stays on one queue",
			     dev->rss.ports4 ? "6" : "4");
}

static void check_device(struct checker *c)
{
	const struct nic_dev *dev = c->dev;
	struct findings *f = &c->check->findings;
	unsigned int i, q;

	if (dev->has_ntuple && dev->ntuple)
		findings_add(f, "W-NTUPLE", -1,
			     "ntuple filters are on: rules may overrule RSS");
	if (dev->threaded)
		findings_add(f, "W-THREADED", -1,
			     "threaded NAPI: packets are handled where its threads run");
	for (i = 0; i < dev->nr_owners; i++)
		findings_add(f, "W-OWNER", -1, "%s", dev->owner[i]);
	for (q = 0; q < dev->nr_tx; q++)
		if (!cpumask_empty(&dev->tx[q].rxqs))
			findings_add(f, "E-XPS-RXQS", q,
				     "xps_rxqs of tx-%u overrules xps_cpus", q);
	for (i = 0; i < dev->nr_uppers; i++)
		for (q = 0; q < dev->upper[i].nr_rx; q++)
			if (!cpumask_empty(&dev->upper[i].rps[q]))
				findings_add(f, "E-UPPER-RPS", -1,
					     "RPS is on in %s, above this device",
					     dev->upper[i].name);
}

void check_make(struct check *check, const struct plan *plan,
		const struct nic_host *host, const struct nic_dev *dev,
		const struct listeners *listeners, const struct policy *policy)
{
	struct checker c = {
		.check = check, .plan = plan, .host = host, .dev = dev,
		.policy = policy,
	};

	memset(check, 0, sizeof(*check));
	listeners_mask(listeners, &c.listeners);
	if (policy->mode == MODE_SPREAD)
		c.listeners = plan->candidates;
	if (plan->channels)
		findings_add(&check->findings, "W-CHANNELS", -1,
			     "the device has %u queues, the plan %u",
			     dev->nr_rx, plan->nr);
	check_queues(&c);
	check_rss(&c);
	check_device(&c);
}

void check_free(struct check *check)
{
	findings_free(&check->findings);
}
