// SPDX-License-Identifier: GPL-2.0
/* The values of all that an apply may touch, by queue and not by interrupt. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state.h"

struct reader {
	struct values *v;
	bool no_memory;
	char text[CPUMASK_TEXT];
};

static void add(struct reader *r, enum op_class class, const char *dev, bool tx,
		unsigned int queue, int irq)
{
	struct op op = {
		.class = class, .tx = tx, .queue = queue, .irq = irq,
		.old = r->text,
	};

	snprintf(op.dev, sizeof(op.dev), "%s", dev);
	if (ops_add(&r->v->op, &r->v->nr, &op))
		r->no_memory = true;
}

static void add_mask(struct reader *r, enum op_class class, const char *dev,
		     bool tx, unsigned int queue, const struct cpumask *m)
{
	op_print_mask(m, r->text, sizeof(r->text));
	add(r, class, dev, tx, queue, -1);
}

static void add_number(struct reader *r, enum op_class class, const char *dev,
		       unsigned int queue, unsigned long value)
{
	snprintf(r->text, sizeof(r->text), "%lu", value);
	add(r, class, dev, false, queue, -1);
}

static void add_irq(struct reader *r, const struct nic_dev *dev, bool tx,
		    unsigned int queue, int place)
{
	unsigned int i;

	if (place < 0 || !dev->irq[place].movable)
		return;
	for (i = 0; i < r->v->nr; i++)
		if (r->v->op[i].irq == dev->irq[place].nr)
			return;
	cpumask_print_list(&dev->irq[place].affinity, r->text, sizeof(r->text));
	add(r, OP_IRQ, dev->name, tx, queue, dev->irq[place].nr);
}

static void add_settings(struct reader *r, const struct nic_dev *dev)
{
	if (dev->has_channels)
		add_number(r, OP_CHANNELS, dev->name, 0, op_channels(&dev->ch));
	if (dev->has_ntuple) {
		strcpy(r->text, dev->ntuple ? "on" : "off");
		add(r, OP_NTUPLE, dev->name, false, 0, -1);
	}
	if (!dev->has_rss)
		return;
	op_print_table(dev->rss.slot, dev->rss.size, r->text, sizeof(r->text));
	add(r, OP_RSS, dev->name, false, 0, -1);
}

static void add_queues(struct reader *r, const struct nic_dev *dev)
{
	unsigned int q;

	for (q = 0; q < dev->nr_rx; q++) {
		add_irq(r, dev, false, q, dev->rx[q].irq);
		if (dev->rx[q].steers)
			add_mask(r, OP_RPS, dev->name, false, q,
				 &dev->rx[q].cpus);
		add_number(r, OP_FLOWS, dev->name, q, dev->rx[q].flows);
	}
	for (q = 0; q < dev->nr_tx; q++) {
		add_irq(r, dev, true, q, dev->tx[q].irq);
		if (!dev->tx[q].steers || dev->nr_tx < 2)
			continue;
		add_mask(r, OP_XPS, dev->name, true, q, &dev->tx[q].cpus);
		add_mask(r, OP_RXQS, dev->name, true, q, &dev->tx[q].rxqs);
	}
}

int values_read(struct values *v, struct sys *sys, const struct nic_host *host,
		const struct nic_dev *dev)
{
	struct reader *r = calloc(1, sizeof(*r));
	bool no_memory;
	unsigned int i, q;

	(void)sys;
	memset(v, 0, sizeof(*v));
	if (!r)
		return -ENOMEM;
	r->v = v;
	add_settings(r, dev);
	add_queues(r, dev);
	for (i = 0; i < dev->nr_uppers; i++)
		for (q = 0; q < dev->upper[i].nr_rx; q++)
			add_mask(r, OP_RPS, dev->upper[i].name, false, q,
				 &dev->upper[i].rps[q]);
	if (host->rfs_entries >= 0)
		add_number(r, OP_ENTRIES, dev->name, 0, host->rfs_entries);
	no_memory = r->no_memory;
	free(r);
	return no_memory ? -ENOMEM : 0;
}

void values_free(struct values *v)
{
	ops_free(v->op, v->nr);
	memset(v, 0, sizeof(*v));
}

static int append(struct values *diff, const struct op *is, char *was)
{
	struct op op = *is;

	op.new = was;
	return ops_add(&diff->op, &diff->nr, &op);
}

/* A value that is not there any more, of a queue that went, is left out. */
int values_diff(struct values *diff, const struct values *is,
		const struct values *was)
{
	unsigned int i, j;
	int err = 0;

	memset(diff, 0, sizeof(*diff));
	for (i = 0; i < was->nr && !err; i++)
		for (j = 0; j < is->nr && !err; j++)
			if (op_same_place(&is->op[j], &was->op[i]) &&
			    strcmp(is->op[j].old, was->op[i].old))
				err = append(diff, &is->op[j], was->op[i].old);
	return err;
}
