// SPDX-License-Identifier: GPL-2.0
/* /proc/interrupts and /proc/net/softnet_stat, twice. */
#include "live.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nic.h"

/* Of 100 interrupts, so many are to come where they are planned. */
#define ENOUGH		0.99
#define RPS_COLUMN	9

static FILE *open_at(struct sys *sys, const char *path)
{
	char full[PATH_MAX];

	snprintf(full, sizeof(full), "%s%s", sys->root, path);
	return fopen(full, "re");
}

static int place_of(const struct nic_dev *dev, int irq)
{
	unsigned int i;

	for (i = 0; i < dev->nr_irqs; i++)
		if (dev->irq[i].nr == irq)
			return i;
	return -1;
}

/* "            CPU0       CPU2": which CPU each column is of. */
static unsigned int read_columns(const char *line, int *cpu, unsigned int most)
{
	unsigned int n = 0;

	while (n < most && (line = strstr(line, "CPU"))) {
		line += 3;
		cpu[n++] = atoi(line);
	}
	return n;
}

static void read_row(struct live_counts *n, const struct nic_dev *dev,
		     char *line, const int *cpu, unsigned int columns)
{
	char *end, *at = line;
	unsigned int i;
	int place, irq;

	irq = strtol(at, &end, 10);
	if (end == at || *end != ':')
		return;
	place = place_of(dev, irq);
	for (i = 0, at = end + 1; place >= 0 && i < columns; i++, at = end) {
		uint64_t count = strtoull(at, &end, 10);

		if (end == at)
			return;
		if (cpu[i] >= 0 && cpu[i] < (int)n->nr_cpus)
			n->irq[place * n->nr_cpus + cpu[i]] = count;
	}
}

static void read_interrupts(struct live_counts *n, FILE *f,
			    const struct nic_dev *dev)
{
	int *cpu = calloc(n->nr_cpus + 1, sizeof(*cpu));
	unsigned int columns = 0;
	char *line = NULL;
	size_t size = 0;

	if (cpu && getline(&line, &size, f) > 0)
		columns = read_columns(line, cpu, n->nr_cpus);
	while (columns && getline(&line, &size, f) > 0)
		read_row(n, dev, line, cpu, columns);
	free(line);
	free(cpu);
}

static void read_softnet(struct live_counts *n, FILE *f)
{
	char *line = NULL, *word, *save;
	size_t size = 0;
	int column;

	while (getline(&line, &size, f) > 0) {
		word = strtok_r(line, " \n", &save);
		for (column = 0; word && column < RPS_COLUMN; column++)
			word = strtok_r(NULL, " \n", &save);
		if (word)
			n->rps += strtoull(word, NULL, 16);
	}
	free(line);
}

bool live_read(struct live_counts *n, struct sys *sys,
	       const struct nic_host *host, const struct nic_dev *dev)
{
	FILE *f = open_at(sys, "/proc/interrupts");

	memset(n, 0, sizeof(*n));
	if (!f)
		return false;
	n->nr_irqs = dev->nr_irqs;
	n->nr_cpus = host->nr_cpus;
	n->irq = calloc(n->nr_irqs * n->nr_cpus + 1, sizeof(*n->irq));
	if (n->irq)
		read_interrupts(n, f, dev);
	fclose(f);
	f = open_at(sys, "/proc/net/softnet_stat");
	if (f) {
		read_softnet(n, f);
		fclose(f);
	}
	return n->irq;
}

void live_free(struct live_counts *n)
{
	free(n->irq);
	memset(n, 0, sizeof(*n));
}

static void judge_queue(struct nic_case *c, unsigned int q,
			const struct live_counts *a,
			const struct live_counts *b)
{
	int place = c->dev.rx[q].irq, want = c->plan.queue[q].cpu;
	uint64_t all = 0, good = 0, n;
	unsigned int cpu;

	if (place < 0 || want < 0)
		return;
	for (cpu = 0; cpu < a->nr_cpus; cpu++) {
		n = b->irq[place * a->nr_cpus + cpu] -
			a->irq[place * a->nr_cpus + cpu];
		all += n;
		if ((int)cpu == want)
			good = n;
	}
	if (!all)
		findings_add(&c->check.findings, "I-LIVE", q,
			     "interrupt %d did not come", c->dev.irq[place].nr);
	else if (good < all * ENOUGH)
		findings_add(&c->check.findings, "E-LIVE-IRQ", q,
			     "of %llu interrupts of rx-%u, %llu came on cpu %d",
			     (unsigned long long)all, q,
			     (unsigned long long)good, want);
	else
		findings_add(&c->check.findings, "I-LIVE", q,
			     "%llu interrupts of rx-%u, on cpu %d",
			     (unsigned long long)all, q, want);
}

void live_watch(struct nic_case *c, unsigned int seconds)
{
	struct live_counts a = { 0 }, b = { 0 };
	unsigned int q;

	if (live_read(&a, c->sys, &c->host, &c->dev)) {
		sleep(seconds);
		live_read(&b, c->sys, &c->host, &c->dev);
	}
	if (!a.irq || !b.irq) {
		findings_add(&c->check.findings, "W-LIVE", -1,
			     "/proc/interrupts cannot be read");
	} else {
		for (q = 0; q < c->dev.nr_rx && q < c->plan.nr; q++)
			judge_queue(c, q, &a, &b);
		if (c->request.policy.mode == MODE_STRICT && b.rps > a.rps)
			findings_add(&c->check.findings, "E-LIVE-RPS", -1,
				     "%llu packets were sent to another CPU",
				     (unsigned long long)(b.rps - a.rps));
	}
	live_free(&a);
	live_free(&b);
}
