// SPDX-License-Identifier: GPL-2.0
/*
 * The matrix of queues and CPUs. It fits 80 columns up to 32 CPUs; beyond that
 * there is a line for each queue, and a bar for each node.
 */
#include "../homeport.h"
#include "show.h"

#include <stdlib.h>
#include <string.h>

#define LABEL		14
#define COLUMNS		80
#define MATRIX_CPUS	32
#define BAR		24

enum glyph { GLYPH_NONE, GLYPH_ALL, GLYPH_IRQ, GLYPH_XPS, GLYPH_RPS,
	     GLYPH_ALIEN, GLYPH_PENDING };

static const char *const glyphs[][2] = {
	[GLYPH_NONE]	= { "·", "." },
	[GLYPH_ALL]	= { "■", "#" },
	[GLYPH_IRQ]	= { "i", "i" },
	[GLYPH_XPS]	= { "x", "x" },
	[GLYPH_RPS]	= { "r", "r" },
	[GLYPH_ALIEN]	= { "!", "!" },
	[GLYPH_PENDING]	= { "~", "~" },
};

bool show_has_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	const char *value;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		value = getenv(names[i]);
		if (value && *value)
			return strstr(value, "UTF-8") || strstr(value, "utf8");
	}
	return false;
}

static bool listens(const struct view *v, int cpu)
{
	unsigned int i;

	if (v->policy->mode == MODE_SPREAD)
		return true;
	for (i = 0; i < v->listeners->nr; i++)
		if (v->listeners->cpu[i] == cpu)
			return true;
	return false;
}

static const struct nic_irq *rx_irq(const struct nic_dev *dev, unsigned int q)
{
	return q < dev->nr_rx && dev->rx[q].irq >= 0 ?
		&dev->irq[dev->rx[q].irq] : NULL;
}

static enum glyph glyph(const struct view *v, unsigned int q, int cpu)
{
	const struct nic_dev *dev = v->dev;
	const struct nic_irq *irq = rx_irq(dev, q);
	bool on, xps;

	on = irq && cpumask_test(cpumask_empty(&irq->effective) ?
				 &irq->affinity : &irq->effective, cpu);
	xps = q < dev->nr_tx && cpumask_test(&dev->tx[q].cpus, cpu);
	if (on && !listens(v, cpu))
		return GLYPH_ALIEN;
	/* a single queue needs no XPS */
	if (on)
		return xps || dev->nr_tx < 2 ? GLYPH_ALL : GLYPH_IRQ;
	if (irq && cpumask_test(&irq->affinity, cpu) &&
	    cpumask_weight(&irq->affinity) == 1)
		return GLYPH_PENDING;
	if (q < dev->nr_rx && cpumask_test(&dev->rx[q].cpus, cpu))
		return GLYPH_RPS;
	return xps ? GLYPH_XPS : GLYPH_NONE;
}

static int cell_width(unsigned int cpus)
{
	return cpus <= 12 ? 4 : cpus <= 18 ? 3 : 2;
}

/* A bar where the next CPU is on another node. */
static void put_cell(const struct view *v, int cpu, const char *text, int width,
		     int shown)
{
	bool first = cpu && v->host->cpu[cpu].node != v->host->cpu[cpu - 1].node;

	if (first && width > 2)
		print_text(v->ascii ? "|%*s" : "│%*s", width - 1 - shown, "");
	else
		print_text("%*s", width - shown, "");
	print_text("%s", text);
}

static void put_number(const struct view *v, int cpu, unsigned int n, int width)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", n);
	put_cell(v, cpu, text, width, strlen(text));
}

static void cpu_row(const struct view *v, int width)
{
	int cpu, nr = v->host->nr_cpus;

	if (width == 2 && nr > 10) {
		print_text("%-*s", LABEL, " cpu");
		for (cpu = 0; cpu < nr; cpu++)
			if (cpu < 10)
				put_cell(v, cpu, " ", width, 1);
			else
				put_number(v, cpu, cpu / 10 % 10, width);
		print_text("\n%-*s", LABEL, "");
	} else {
		print_text("%-*s", LABEL, " cpu");
	}
	for (cpu = 0; cpu < nr; cpu++)
		put_number(v, cpu, width == 2 ? cpu % 10 : cpu, width);
	print_text("\n");
}

static void node_row(const struct view *v, int width)
{
	int cpu, nr = v->host->nr_cpus;

	if (v->host->nr_nodes < 2)
		return;
	print_text("%-*s", LABEL, " node");
	for (cpu = 0; cpu < nr; cpu++)
		put_number(v, cpu, v->host->cpu[cpu].node, width);
	print_text("\n");
}

static void listener_row(const struct view *v, int width)
{
	int cpu;

	print_text("%-*s", LABEL, " listener");
	for (cpu = 0; cpu < (int)v->host->nr_cpus; cpu++)
		put_cell(v, cpu, !cpumask_test(&v->host->online, cpu) ? "o" :
			 listens(v, cpu) ? "L" : "-", width, 1);
	print_text("\n");
}

static const char *verdict(const struct view *v, unsigned int q)
{
	const struct finding *f = findings_of(&v->check->findings, q);

	return f ? f->code : "ok";
}

static void queue_row(const struct view *v, unsigned int q, int width)
{
	const struct nic_irq *irq = rx_irq(v->dev, q);
	char label[48];
	int cpu;

	if (irq)
		snprintf(label, sizeof(label), " q%u irq %d", q, irq->nr);
	else
		snprintf(label, sizeof(label), " q%u", q);
	print_text("%-*s", LABEL, label);
	for (cpu = 0; cpu < (int)v->host->nr_cpus; cpu++)
		put_cell(v, cpu, glyphs[glyph(v, q, cpu)][v->ascii], width, 1);
	if (LABEL + (int)v->host->nr_cpus * width + 12 <= COLUMNS)
		print_text("  %s", verdict(v, q));
	print_text("\n");
}

static void show_matrix(const struct view *v)
{
	int width = cell_width(v->host->nr_cpus);
	unsigned int q;

	node_row(v, width);
	cpu_row(v, width);
	listener_row(v, width);
	for (q = 0; q < v->dev->nr_rx; q++)
		queue_row(v, q, width);
	print_text(" %s irq, XPS and listener  i irq  x XPS  r RPS  ! irq, no listener  ~ moving\n",
		   glyphs[GLYPH_ALL][v->ascii]);
}

static void put_list(const struct cpumask *m)
{
	char list[24];

	cpumask_print_list(m, list, sizeof(list));
	/* cut at the last whole word */
	if (strlen(list) > 20)
		strcpy(list + 17, "...");
	print_text("%s", *list ? list : "-");
}

static void list_row(const struct view *v, unsigned int q)
{
	const struct nic_irq *irq = rx_irq(v->dev, q);
	static const struct cpumask none;

	print_cell();
	print_text("%u", q);
	print_cell();
	if (irq)
		print_text("%d", irq->nr);
	else
		print_text("-");
	print_cell();
	put_list(!irq ? &none : cpumask_empty(&irq->effective) ?
		 &irq->affinity : &irq->effective);
	print_cell();
	put_list(q < v->dev->nr_tx ? &v->dev->tx[q].cpus : &none);
	print_cell();
	put_list(&v->dev->rx[q].cpus);
	print_cell();
	print_text("%s", verdict(v, q));
}

static void show_list(const struct view *v)
{
	unsigned int q;

	print_column("QUEUE", true);
	print_column("IRQ", true);
	print_column("CPU", true);
	print_column("XPS", true);
	print_column("RPS", true);
	print_column("STATE", false);
	for (q = 0; q < v->dev->nr_rx; q++)
		list_row(v, q);
	print_table_end();
}

static void show_bar(const struct view *v, unsigned int node)
{
	unsigned int q, all = 0, good = 0, i;
	int cpu;

	for (q = 0; q < v->dev->nr_rx && q < v->plan->nr; q++) {
		cpu = v->plan->queue[q].cpu;
		if (cpu < 0 || v->host->cpu[cpu].node != (int)node)
			continue;
		all++;
		good += !findings_of(&v->check->findings, q);
	}
	if (!all)
		return;
	print_text("node %-4u ", node);
	for (i = 0; i < BAR; i++)
		print_text("%s", i < good * BAR / all ?
			   v->ascii ? "#" : "█" : v->ascii ? "." : "░");
	print_text("  %u of %u queues\n", good, all);
}

static void show_bars(const struct view *v)
{
	unsigned int node;

	for (node = 0; node < v->host->nr_nodes; node++)
		show_bar(v, node);
}

/* In lines of at most 80 columns, the second and later below the text. */
static void show_finding(const struct finding *f)
{
	const char *at = f->text, *cut;
	size_t room = COLUMNS - 17;

	print_text(" %-15s ", f->code);
	while (strlen(at) > room) {
		for (cut = at + room; cut > at && *cut != ' '; cut--)
			;
		if (cut == at)
			cut = at + room;
		print_text("%.*s\n%17s", (int)(cut - at), at, "");
		at = cut + (*cut == ' ');
	}
	print_text("%s\n", at);
}

void show_findings(const struct findings *f)
{
	int sev;
	unsigned int i;

	for (sev = SEV_ERROR; sev >= SEV_INFO; sev--)
		for (i = 0; i < f->nr; i++)
			if ((int)f->list[i].sev == sev)
				show_finding(&f->list[i]);
}

static void show_channels(const struct nic_dev *dev)
{
	if (dev->has_channels && dev->ch.max_combined)
		print_text("  combined %u/%u", dev->ch.combined,
			   dev->ch.max_combined);
	else
		print_text("  rx %u tx %u", dev->nr_rx, dev->nr_tx);
}

static void show_head(const struct view *v)
{
	const struct nic_dev *dev = v->dev;

	print_text("%s  %s %s", dev->name,
		   *dev->driver ? dev->driver : "virtual", dev->bus);
	if (dev->node >= 0)
		print_text("  node %d", dev->node);
	show_channels(dev);
	if (dev->has_rss)
		print_text("  rss %u", dev->rss.size);
	if (dev->has_ntuple && dev->ntuple)
		print_text("  ntuple on");
	if (dev->threaded)
		print_text("  threaded");
	print_text("\n");
}

static void show_tail(const struct view *v)
{
	print_text("locality %.1f %% of the traffic, %u of %u queues; planned %.1f %%",
		   100 * v->check->locality, v->check->good, v->dev->nr_rx,
		   100 * v->plan->predicted);
	if (v->plan->nr_ops)
		print_text("\n%u to change: homeport nic diff %s",
			   v->plan->nr_ops, v->dev->name);
	print_text("\n");
}

void show_dev(const struct view *v)
{
	show_head(v);
	if (v->host->nr_cpus <= MATRIX_CPUS || v->wide) {
		show_matrix(v);
	} else {
		show_list(v);
		show_bars(v);
	}
	show_findings(&v->check->findings);
	show_findings(&v->plan->findings);
	show_tail(v);
}

/* CPUs are lists to people, and long ones are cut. */
static void print_value(const struct op *op, const char *value, size_t room)
{
	static char list[CPUMASK_TEXT];
	struct cpumask m;
	bool mask = op->class >= OP_XPS && op->class <= OP_RPS;

	if (mask && !cpumask_parse(&m, value, CPUMASK_CPUS)) {
		cpumask_print_list(&m, list, sizeof(list));
		value = *list ? list : "none";
	}
	if (strlen(value) > room)
		print_text("%.*s..", (int)room - 2, value);
	else
		print_text("%s", value);
}

static void show_op(const struct op *op)
{
	char path[256];

	op_path(op, path, sizeof(path));
	print_text(" %-50s ", path);
	if (op->class == OP_RSS) {
		print_text("even over its queues\n");
		return;
	}
	print_value(op, op->old, 11);
	print_text(" -> ");
	print_value(op, op->new, 11);
	print_text("\n");
}

void show_ops(const struct plan *plan)
{
	unsigned int i;

	for (i = 0; i < plan->nr_ops; i++)
		show_op(&plan->op[i]);
}

/* For a table that was set by hand ethtool has no short form. */
static void show_rss_command(const struct plan *plan, const struct op *op,
			     bool new)
{
	if (new)
		print_text("ethtool -X %s equal %u\n", op->dev, plan->used);
	else
		print_text("ethtool -X %s default\n", op->dev);
}

static void show_command(const struct plan *plan, const struct op *op,
			 const char *value)
{
	char path[256];

	op_path(op, path, sizeof(path));
	if (op->class == OP_CHANNELS)
		print_text("ethtool -L %s combined %s\n", op->dev, value);
	else if (op->class == OP_NTUPLE)
		print_text("ethtool -K %s ntuple %s\n", op->dev, value);
	else if (op->class == OP_RSS)
		show_rss_command(plan, op, value == op->new);
	else
		print_text("echo %s >%s\n", value, path);
}

void show_script(const struct plan *plan, bool undo)
{
	unsigned int i;

	print_text("#!/bin/sh -e\n");
	for (i = 0; i < plan->nr_ops; i++) {
		const struct op *op =
			&plan->op[undo ? plan->nr_ops - 1 - i : i];

		show_command(plan, op, undo ? op->old : op->new);
	}
}
