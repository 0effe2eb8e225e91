// SPDX-License-Identifier: GPL-2.0
/*
 * From a plan to what has to be written: only what is not so already, for a
 * write of the same value may drop tables and flows.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan.h"

struct maker {
	struct plan *plan;
	const struct nic_host *host;
	const struct nic_dev *dev;
	bool no_memory;
	char old[CPUMASK_TEXT];
	char new[CPUMASK_TEXT];
};

static const char *const class_names[] = {
	"channels", "ntuple", "rss", "irq", "xps", "xps-rxqs", "rps", "rfs",
	"rfs-entries",
};

const char *op_class_name(enum op_class class)
{
	return class_names[class];
}

/* Where an operation writes; for those that are no file, what they are. */
void op_path(const struct op *op, char *path, size_t size)
{
	static const char *const file[] = {
		[OP_XPS] = "xps_cpus", [OP_RXQS] = "xps_rxqs",
		[OP_RPS] = "rps_cpus", [OP_FLOWS] = "rps_flow_cnt",
	};

	switch (op->class) {
	case OP_CHANNELS:
	case OP_NTUPLE:
	case OP_RSS:
		snprintf(path, size, "ethtool:%s:%s", op->dev,
			 class_names[op->class]);
		break;
	case OP_IRQ:
		snprintf(path, size, "/proc/irq/%d/smp_affinity_list", op->irq);
		break;
	case OP_ENTRIES:
		snprintf(path, size,
			 "/proc/sys/net/core/rps_sock_flow_entries");
		break;
	default:
		snprintf(path, size, "/sys/class/net/%s/queues/%s-%u/%s",
			 op->dev, op->tx ? "tx" : "rx", op->queue,
			 file[op->class]);
	}
}

void ops_free(struct op *op, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		free(op[i].old);
		free(op[i].new);
	}
	free(op);
}

int ops_add(struct op **list, unsigned int *nr, const struct op *like)
{
	struct op *op = realloc(*list, (*nr + 1) * sizeof(*op));

	if (!op)
		return -ENOMEM;
	*list = op;
	op += *nr;
	*op = *like;
	op->old = like->old ? strdup(like->old) : NULL;
	op->new = like->new ? strdup(like->new) : NULL;
	++*nr;
	return !op->old == !like->old && !op->new == !like->new ? 0 : -ENOMEM;
}

bool op_same_place(const struct op *a, const struct op *b)
{
	return a->class == b->class && a->tx == b->tx && a->queue == b->queue &&
		!strcmp(a->dev, b->dev);
}

void op_print_mask(const struct cpumask *mask, char *buf, size_t size)
{
	int cpu, last = 0;

	cpumask_for_each(cpu, mask)
		last = cpu;
	cpumask_print(mask, last + 1, buf, size);
}

void op_print_table(const uint32_t *slot, unsigned int nr, char *buf,
		    size_t size)
{
	size_t len = 0;
	unsigned int i;

	buf[0] = '\0';
	for (i = 0; i < nr && len < size; i++)
		len += snprintf(buf + len, size - len, "%s%u", i ? "," : "",
				slot[i]);
}

unsigned int op_channels(const struct sys_channels *ch)
{
	return ch->max_combined ? ch->combined : ch->rx;
}

/* One from m->old to m->new. */
static void add(struct maker *m, enum op_class class, const char *dev, bool tx,
		unsigned int queue, int irq)
{
	struct op op = {
		.class = class, .tx = tx, .queue = queue, .irq = irq,
		.old = m->old, .new = m->new,
	};

	snprintf(op.dev, sizeof(op.dev), "%s", dev);
	if (ops_add(&m->plan->op, &m->plan->nr_ops, &op))
		m->no_memory = true;
}

static void add_mask(struct maker *m, enum op_class class, const char *dev,
		     bool tx, unsigned int queue, const struct cpumask *old,
		     const struct cpumask *new)
{
	if (cpumask_equal(old, new))
		return;
	op_print_mask(old, m->old, sizeof(m->old));
	op_print_mask(new, m->new, sizeof(m->new));
	add(m, class, dev, tx, queue, -1);
}

static void add_number(struct maker *m, enum op_class class, const char *dev,
		       unsigned int queue, unsigned long old, unsigned long new)
{
	if (old == new)
		return;
	snprintf(m->old, sizeof(m->old), "%lu", old);
	snprintf(m->new, sizeof(m->new), "%lu", new);
	add(m, class, dev, false, queue, -1);
}

static void add_rss(struct maker *m)
{
	static uint32_t slot[SYS_RSS_SLOTS];
	const struct sys_rss *rss = &m->dev->rss;
	unsigned int i;

	if (!m->plan->set_rss || !m->plan->used)
		return;
	for (i = 0; i < rss->size; i++)
		slot[i] = i % m->plan->used;
	if (!memcmp(slot, rss->slot, rss->size * sizeof(*slot)))
		return;
	op_print_table(rss->slot, rss->size, m->old, sizeof(m->old));
	op_print_table(slot, rss->size, m->new, sizeof(m->new));
	add(m, OP_RSS, m->dev->name, false, 0, -1);
}

static bool has_op_for(const struct maker *m, int irq)
{
	unsigned int i;

	for (i = 0; i < m->plan->nr_ops; i++)
		if (m->plan->op[i].class == OP_IRQ &&
		    m->plan->op[i].irq == irq)
			return true;
	return false;
}

static void add_irq(struct maker *m, bool tx, unsigned int q, int place,
		    int cpu)
{
	const struct nic_irq *irq;
	struct cpumask want;

	if (place < 0 || cpu < 0)
		return;
	irq = &m->dev->irq[place];
	cpumask_zero(&want);
	cpumask_set(&want, cpu);
	if (!irq->movable || cpumask_equal(&irq->affinity, &want) ||
	    has_op_for(m, irq->nr))
		return;
	cpumask_print_list(&irq->affinity, m->old, sizeof(m->old));
	cpumask_print_list(&want, m->new, sizeof(m->new));
	add(m, OP_IRQ, m->dev->name, tx, q, irq->nr);
}

/* A transmit queue without a receive queue completes with the others. */
static int tx_irq_cpu(const struct plan *plan, unsigned int t)
{
	return plan->nr ? plan->queue[t % plan->nr].cpu : -1;
}

static void add_irqs(struct maker *m)
{
	const struct nic_dev *dev = m->dev;
	unsigned int q;

	for (q = 0; q < m->plan->nr; q++) {
		add_irq(m, false, q, dev->rx[q].irq, m->plan->queue[q].cpu);
		if (q < dev->nr_tx)
			add_irq(m, true, q, dev->tx[q].irq,
				m->plan->queue[q].cpu);
	}
	for (; q < dev->nr_tx; q++)
		add_irq(m, true, q, dev->tx[q].irq, tx_irq_cpu(m->plan, q));
}

/* First those that gain: no CPU is without a queue in between. */
static void add_xps(struct maker *m)
{
	const struct nic_dev *dev = m->dev;
	static const struct cpumask none;
	unsigned int t;
	int pass;

	if (dev->nr_tx < 2)
		return;
	for (pass = 0; pass < 2; pass++)
		for (t = 0; t < dev->nr_tx; t++)
			if (dev->tx[t].steers &&
			    pass == cpumask_empty(&m->plan->queue[t].xps))
				add_mask(m, OP_XPS, dev->name, true, t,
					 &dev->tx[t].cpus,
					 &m->plan->queue[t].xps);
	for (t = 0; t < dev->nr_tx; t++)
		add_mask(m, OP_RXQS, dev->name, true, t, &dev->tx[t].rxqs,
			 &none);
}

static void add_rps(struct maker *m)
{
	const struct nic_dev *dev = m->dev;
	static const struct cpumask none;
	unsigned int q, i;

	for (q = 0; q < m->plan->nr; q++)
		if (dev->rx[q].steers)
			add_mask(m, OP_RPS, dev->name, false, q,
				 &dev->rx[q].cpus, &m->plan->queue[q].rps);
	for (i = 0; i < dev->nr_uppers; i++)
		for (q = 0; q < dev->upper[i].nr_rx; q++)
			add_mask(m, OP_RPS, dev->upper[i].name, false, q,
				 &dev->upper[i].rps[q], &none);
}

static unsigned long power_of_2(unsigned long n)
{
	unsigned long p = 1;

	while (p < n)
		p *= 2;
	return p;
}

static void add_rfs(struct maker *m, unsigned long rfs)
{
	unsigned long each = 0, entries;
	unsigned int q;

	if (rfs && m->plan->nr)
		each = power_of_2((rfs + m->plan->nr - 1) / m->plan->nr);
	for (q = 0; q < m->plan->nr; q++)
		add_number(m, OP_FLOWS, m->dev->name, q, m->dev->rx[q].flows,
			   each);
	entries = rfs ? power_of_2(rfs) : 0;
	if (rfs && m->host->rfs_entries >= 0)
		add_number(m, OP_ENTRIES, m->dev->name, 0,
			   m->host->rfs_entries, entries);
}

int ops_make(struct plan *plan, const struct nic_host *host,
	     const struct nic_dev *dev, const struct policy *policy)
{
	struct maker *m = calloc(1, sizeof(*m));
	bool no_memory;

	if (!m)
		return -ENOMEM;
	m->plan = plan;
	m->host = host;
	m->dev = dev;
	if (policy->ntuple_off && dev->has_ntuple && dev->ntuple) {
		strcpy(m->old, "on");
		strcpy(m->new, "off");
		add(m, OP_NTUPLE, dev->name, false, 0, -1);
	}
	if (plan->channels) {
		/* the rest is planned with what the device then has */
		add_number(m, OP_CHANNELS, dev->name, 0,
			   op_channels(&dev->ch), plan->channels);
	} else {
		add_rss(m);
		add_irqs(m);
		add_xps(m);
		add_rps(m);
		add_rfs(m, policy->rfs);
	}
	no_memory = m->no_memory;
	free(m);
	return no_memory ? -ENOMEM : 0;
}
