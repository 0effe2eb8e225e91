// SPDX-License-Identifier: GPL-2.0
/* A machine and its devices, from sysfs, procfs and netlink; see model.h. */
#include "model.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "irqname.h"
#include "owner.h"

#define CPU_DIR		"/sys/devices/system/cpu"
#define NODE_DIR	"/sys/devices/system/node"

static char text[SYS_TEXT];

static bool read_list(struct sys *sys, const char *path, struct cpumask *m)
{
	cpumask_zero(m);
	return sys->ops->read(sys, path, text, sizeof(text)) >= 0 &&
		!cpumask_parse_list(m, text, CPUMASK_CPUS);
}

static bool read_mask(struct sys *sys, const char *path, struct cpumask *m)
{
	cpumask_zero(m);
	return sys->ops->read(sys, path, text, sizeof(text)) >= 0 &&
		!cpumask_parse(m, text, CPUMASK_CPUS);
}

static void read_word(struct sys *sys, const char *path, char *buf, size_t size)
{
	int i, len = sys->ops->read(sys, path, buf, size);

	if (len < 0)
		len = 0;
	buf[len] = '\0';
	for (i = 0; i < len; i++)
		if (buf[i] < ' ' || buf[i] > '~')
			buf[i] = '?';
}

/* The last part of a path. */
static const char *base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int place_in(const struct cpumask *m, int cpu)
{
	int at, n = 0;

	cpumask_for_each(at, m) {
		if (at == cpu)
			return n;
		n++;
	}
	return 0;
}

static void read_cpu(struct nic_host *host, struct sys *sys, int cpu)
{
	struct nic_cpu *c = &host->cpu[cpu];
	char path[128];
	struct cpumask m;

	c->core = cpu;
	c->llc = -1;
	snprintf(path, sizeof(path),
		 CPU_DIR "/cpu%d/topology/thread_siblings_list", cpu);
	if (read_list(sys, path, &m) && cpumask_test(&m, cpu)) {
		c->core = cpumask_next(&m, 0);
		c->smt = place_in(&m, cpu);
	}
	snprintf(path, sizeof(path),
		 CPU_DIR "/cpu%d/cache/index3/shared_cpu_list", cpu);
	if (read_list(sys, path, &m) && cpumask_test(&m, cpu))
		c->llc = cpumask_next(&m, 0);
}

static void read_distances(struct nic_host *host, struct sys *sys, int node)
{
	char path[64], *at = text, *end;
	unsigned int i;

	snprintf(path, sizeof(path), NODE_DIR "/node%d/distance", node);
	if (sys->ops->read(sys, path, text, sizeof(text)) < 0)
		return;
	for (i = 0; i < host->nr_nodes; i++, at = end) {
		host->distance[node * host->nr_nodes + i] = strtol(at, &end, 10);
		if (end == at)
			return;
	}
}

struct node_list {
	struct cpumask nodes;
};

static void note_node(const char *name, void *data)
{
	struct node_list *list = data;
	int node;

	if (sscanf(name, "node%d", &node) == 1 && node >= 0 &&
	    node < MODEL_NODES)
		cpumask_set(&list->nodes, node);
}

/* The kernel gives distances to nodes with memory only, in order. */
static int read_nodes(struct nic_host *host, struct sys *sys)
{
	struct node_list list = { 0 };
	struct cpumask m;
	char path[64];
	int node, cpu;

	sys->ops->list(sys, NODE_DIR, note_node, &list);
	host->nr_nodes = 1;
	cpumask_for_each(node, &list.nodes)
		host->nr_nodes = node + 1;
	host->distance = calloc(host->nr_nodes * host->nr_nodes, sizeof(int));
	if (!host->distance)
		return -ENOMEM;
	cpumask_for_each(node, &list.nodes) {
		snprintf(path, sizeof(path), NODE_DIR "/node%d/cpulist", node);
		if (read_list(sys, path, &m))
			cpumask_for_each(cpu, &m)
				if (cpu < (int)host->nr_cpus)
					host->cpu[cpu].node = node;
		read_distances(host, sys, node);
	}
	return 0;
}

static bool same_link(struct sys *sys, const char *a, const char *b)
{
	char x[128], y[128];

	if (sys->ops->link(sys, a, x, sizeof(x)) ||
	    sys->ops->link(sys, b, y, sizeof(y)))
		return true;
	return !strcmp(x, y);
}

/* Without a last-level cache in sysfs, a node has one. */
static void fill_llc(struct nic_host *host)
{
	int first[MODEL_NODES];
	unsigned int i;

	memset(first, 0xff, sizeof(first));
	for (i = 0; i < host->nr_cpus; i++) {
		struct nic_cpu *c = &host->cpu[i];

		if (first[c->node] < 0)
			first[c->node] = i;
		if (c->llc < 0)
			c->llc = first[c->node];
	}
}

struct irq_walk {
	struct nic_host *host;
	struct sys *sys;
};

static void count_irq(const char *name, void *data)
{
	struct irq_walk *w = data;
	struct cpumask m;
	char path[320];
	int cpu;

	if (!isdigit((unsigned char)*name))
		return;
	snprintf(path, sizeof(path), "/proc/irq/%.255s/effective_affinity_list",
		 name);
	if (!read_list(w->sys, path, &m) || cpumask_weight(&m) != 1)
		return;
	cpu = cpumask_next(&m, 0);
	if (cpu < (int)w->host->nr_cpus)
		w->host->cpu[cpu].irqs++;
}

int host_read(struct nic_host *host, struct sys *sys)
{
	struct irq_walk walk = { host, sys };
	int cpu;

	memset(host, 0, sizeof(*host));
	if (!read_list(sys, CPU_DIR "/possible", &host->possible) ||
	    cpumask_empty(&host->possible))
		return -ENOENT;
	cpumask_for_each(cpu, &host->possible)
		host->nr_cpus = cpu + 1;
	host->cpu = calloc(host->nr_cpus, sizeof(*host->cpu));
	if (!host->cpu)
		return -ENOMEM;
	if (!read_list(sys, CPU_DIR "/online", &host->online))
		host->online = host->possible;
	cpumask_and(&host->online, &host->possible);
	read_list(sys, CPU_DIR "/isolated", &host->isolated);
	read_list(sys, CPU_DIR "/nohz_full", &host->nohz);
	for (cpu = 0; cpu < (int)host->nr_cpus; cpu++)
		read_cpu(host, sys, cpu);
	if (read_nodes(host, sys))
		return -ENOMEM;
	fill_llc(host);
	sys->ops->list(sys, "/proc/irq", count_irq, &walk);
	read_word(sys, "/proc/sys/kernel/osrelease", host->kernel,
		  sizeof(host->kernel));
	read_word(sys, "/proc/sys/kernel/random/boot_id", host->boot_id,
		  sizeof(host->boot_id));
	if (!sys_read_long(sys, "/proc/sys/net/core/rps_sock_flow_entries",
			   &host->rfs_entries))
		host->rfs_entries = -1;
	host->init_net = same_link(sys, "/proc/self/ns/net", "/proc/1/ns/net");
	return 0;
}

void host_free(struct nic_host *host)
{
	free(host->cpu);
	free(host->distance);
	memset(host, 0, sizeof(*host));
}

static void note_name(const char *name, void *data)
{
	struct nic_names *names = data;
	void *list;

	if (strlen(name) >= IFNAMSIZ)
		return;
	list = realloc(names->name, (names->nr + 1) * sizeof(*names->name));
	if (!list)
		return;
	names->name = list;
	strcpy(names->name[names->nr++], name);
}

int names_read(struct nic_names *names, struct sys *sys)
{
	char path[128];
	unsigned int i, kept = 0;
	long index;
	int err;

	memset(names, 0, sizeof(*names));
	err = sys->ops->list(sys, "/sys/class/net", note_name, names);
	for (i = 0; i < names->nr; i++) {
		/* bonding_masters is none */
		snprintf(path, sizeof(path), "/sys/class/net/%s/ifindex",
			 names->name[i]);
		if (sys_read_long(sys, path, &index))
			memmove(names->name[kept++], names->name[i], IFNAMSIZ);
	}
	names->nr = kept;
	return err;
}

void names_free(struct nic_names *names)
{
	free(names->name);
	memset(names, 0, sizeof(*names));
}

int irq_cpu(const struct nic_irq *irq)
{
	const struct cpumask *m = &irq->effective;

	/* some architectures do not tell the effective one */
	if (cpumask_empty(m))
		m = &irq->affinity;
	return cpumask_weight(m) == 1 ? cpumask_next(m, 0) : -1;
}

int dev_rx_cpu(const struct nic_dev *dev, unsigned int queue)
{
	int i = queue < dev->nr_rx ? dev->rx[queue].irq : -1;

	return i < 0 ? -1 : irq_cpu(&dev->irq[i]);
}

int dev_tx_cpu(const struct nic_dev *dev, unsigned int queue)
{
	int i = queue < dev->nr_tx ? dev->tx[queue].irq : -1;

	return i < 0 ? -1 : irq_cpu(&dev->irq[i]);
}

static void get_kept(const struct nic_dev *dev, const struct nic_queue *queue,
		     unsigned int nr, struct cpumask *kept)
{
	unsigned int q;

	cpumask_zero(kept);
	for (q = 0; q < nr; q++)
		if (queue[q].irq >= 0 && !dev->irq[queue[q].irq].movable)
			cpumask_set(kept, q);
}

void dev_get_kept(const struct nic_dev *dev, struct nic_kept *kept)
{
	get_kept(dev, dev->rx, dev->nr_rx, &kept->rx);
	get_kept(dev, dev->tx, dev->nr_tx, &kept->tx);
}

void dev_set_kept(struct nic_dev *dev, const struct nic_kept *kept)
{
	unsigned int q;

	for (q = 0; q < dev->nr_rx; q++)
		if (dev->rx[q].irq >= 0 && cpumask_test(&kept->rx, q))
			dev->irq[dev->rx[q].irq].movable = false;
	for (q = 0; q < dev->nr_tx; q++)
		if (dev->tx[q].irq >= 0 && cpumask_test(&kept->tx, q))
			dev->irq[dev->tx[q].irq].movable = false;
}

/* The numbers of the interrupts that a directory lists. */
struct numbers {
	unsigned int nr;
	int list[MODEL_IRQS];
};

static void note_number(const char *name, void *data)
{
	struct numbers *n = data;

	if (isdigit((unsigned char)*name) && n->nr < MODEL_IRQS)
		n->list[n->nr++] = atoi(name);
}

static int compare_numbers(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* Of a device, or of the one that it is a part of, as virtio is of PCI. */
static void find_numbers(struct sys *sys, const char *device, struct numbers *n)
{
	int up, most = strncmp(base(device), "virtio", 6) ? 1 : 2;
	char path[PATH_MAX + 16], at[PATH_MAX];
	long irq;

	snprintf(at, sizeof(at), "%s", device);
	for (up = 0; up < most && strrchr(at, '/') && !n->nr; up++) {
		snprintf(path, sizeof(path), "%s/msi_irqs", at);
		sys->ops->list(sys, path, note_number, n);
		snprintf(path, sizeof(path), "%s/irq", at);
		if (!n->nr && sys_read_long(sys, path, &irq) && irq > 0)
			n->list[n->nr++] = irq;
		*strrchr(at, '/') = '\0';
	}
	qsort(n->list, n->nr, sizeof(*n->list), compare_numbers);
}

static void read_irq(struct sys *sys, struct nic_irq *irq, int nr)
{
	char path[64];

	irq->nr = nr;
	snprintf(path, sizeof(path), "/proc/irq/%d/smp_affinity_list", nr);
	read_list(sys, path, &irq->affinity);
	irq->movable = sys->ops->may_write(sys, path) != -EPERM;
	snprintf(path, sizeof(path), "/proc/irq/%d/effective_affinity_list", nr);
	read_list(sys, path, &irq->effective);
	snprintf(path, sizeof(path), "/sys/kernel/irq/%d/actions", nr);
	read_word(sys, path, irq->name, sizeof(irq->name));
}

struct found {
	struct irqname name;
	int place;
};

/* The place of a number in the device's list, having read it; -1: no memory */
static int add_irq(struct nic_dev *dev, struct sys *sys, int nr)
{
	struct nic_irq *list;
	unsigned int i;

	for (i = 0; i < dev->nr_irqs; i++)
		if (dev->irq[i].nr == nr)
			return i;
	list = realloc(dev->irq, (dev->nr_irqs + 1) * sizeof(*list));
	if (!list)
		return -1;
	dev->irq = list;
	memset(&list[i], 0, sizeof(*list));
	read_irq(sys, &list[i], nr);
	dev->nr_irqs++;
	return i;
}

static void give_rx(struct nic_dev *dev, unsigned int queue, int place)
{
	if (queue < dev->nr_rx)
		dev->rx[queue].irq = place;
}

static void give_tx(struct nic_dev *dev, unsigned int queue, int place)
{
	if (queue < dev->nr_tx)
		dev->tx[queue].irq = place;
}

/* @first: some drivers begin to count at 1 */
static void give(struct nic_dev *dev, const struct found *f, unsigned int first)
{
	unsigned int queue = f->name.queue - first;

	switch (f->name.kind) {
	case IRQNAME_RX:
		give_rx(dev, queue, f->place);
		break;
	case IRQNAME_TX:
		give_tx(dev, queue, f->place);
		break;
	case IRQNAME_BOTH:
		give_rx(dev, queue, f->place);
		give_tx(dev, queue, f->place);
		break;
	case IRQNAME_BLOCK:
		if (queue < dev->nr_tx)
			give_tx(dev, queue, f->place);
		else
			give_rx(dev, queue - dev->nr_tx, f->place);
		break;
	default:
		break;
	}
}

static bool is_queue(const struct found *f)
{
	return f->name.kind >= IRQNAME_RX && f->name.kind <= IRQNAME_BLOCK;
}

/* The lowest number among those of queues, but at most 1. */
static unsigned int lowest(const struct found *f, unsigned int nr)
{
	unsigned int i, low = 1, any = 0;

	for (i = 0; i < nr; i++) {
		if (!is_queue(&f[i]))
			continue;
		any = 1;
		if (!f[i].name.queue)
			low = 0;
	}
	return any ? low : 0;
}

static bool share(struct nic_dev *dev, const struct found *f, unsigned int nr)
{
	unsigned int i, q;

	for (i = 0; i < nr; i++) {
		if (f[i].name.kind != IRQNAME_SHARED)
			continue;
		for (q = 0; q < dev->nr_rx; q++)
			give_rx(dev, q, f[i].place);
		for (q = 0; q < dev->nr_tx; q++)
			give_tx(dev, q, f[i].place);
		return true;
	}
	return false;
}

static void by_names(struct nic_dev *dev, struct sys *sys,
		     const struct numbers *n, const char *device)
{
	struct irqname_owner owner = { dev->name, dev->bus, base(device) };
	struct found *found = calloc(n->nr + 1, sizeof(*found));
	unsigned int i, low, queues = 0;

	if (!found)
		return;
	for (i = 0; i < n->nr; i++) {
		found[i].place = add_irq(dev, sys, n->list[i]);
		if (found[i].place < 0)
			continue;
		found[i].name = irqname_read(dev->irq[found[i].place].name,
					     &owner);
		queues += is_queue(&found[i]);
	}
	low = lowest(found, n->nr);
	for (i = 0; i < n->nr; i++)
		give(dev, &found[i], low);
	if (!queues && share(dev, found, n->nr))
		dev->style = STYLE_SHARED;
	free(found);
}

static void by_napi(struct nic_dev *dev, struct sys *sys)
{
	static struct sys_queue_irq list[2 * MODEL_QUEUES];
	int i, place, n;

	n = sys->ops->queue_irqs(sys, dev->name, dev->ifindex, list,
				 ARRAY_SIZE(list));
	for (i = 0; i < n; i++) {
		if (list[i].irq <= 0)
			continue;
		place = add_irq(dev, sys, list[i].irq);
		if (place < 0)
			continue;
		dev->by_napi = true;
		if (list[i].tx)
			give_tx(dev, list[i].queue, place);
		else
			give_rx(dev, list[i].queue, place);
	}
}

static void set_style(struct nic_dev *dev)
{
	unsigned int q;

	if (dev->style == STYLE_SHARED)
		return;
	for (q = 0; q < dev->nr_rx; q++) {
		if (dev->rx[q].irq < 0)
			continue;
		dev->style = q < dev->nr_tx && dev->tx[q].irq >= 0 &&
			dev->tx[q].irq != dev->rx[q].irq ?
			STYLE_SPLIT : STYLE_COMBINED;
		return;
	}
}

static void read_rx(struct sys *sys, const char *name, unsigned int q,
		    struct nic_queue *rx)
{
	char path[128];
	long flows = 0;

	snprintf(path, sizeof(path), "/sys/class/net/%s/queues/rx-%u/rps_cpus",
		 name, q);
	rx->steers = read_mask(sys, path, &rx->cpus);
	snprintf(path, sizeof(path),
		 "/sys/class/net/%s/queues/rx-%u/rps_flow_cnt", name, q);
	sys_read_long(sys, path, &flows);
	rx->flows = flows > 0 ? flows : 0;
	rx->irq = -1;
	rx->prior = -1;
}

static void read_tx(struct sys *sys, const char *name, unsigned int q,
		    struct nic_queue *tx)
{
	char path[128];

	/* ENOENT where there is but one, though the file is there */
	snprintf(path, sizeof(path), "/sys/class/net/%s/queues/tx-%u/xps_cpus",
		 name, q);
	tx->steers = read_mask(sys, path, &tx->cpus);
	snprintf(path, sizeof(path), "/sys/class/net/%s/queues/tx-%u/xps_rxqs",
		 name, q);
	read_mask(sys, path, &tx->rxqs);
	tx->irq = -1;
	tx->prior = -1;
}

struct queue_count {
	unsigned int rx, tx;
};

static void count_queue(const char *name, void *data)
{
	struct queue_count *n = data;
	unsigned int q;

	if (sscanf(name, "rx-%u", &q) == 1 && q < MODEL_QUEUES && q >= n->rx)
		n->rx = q + 1;
	if (sscanf(name, "tx-%u", &q) == 1 && q < MODEL_QUEUES && q >= n->tx)
		n->tx = q + 1;
}

static struct queue_count count_queues(struct sys *sys, const char *name)
{
	struct queue_count n = { 0, 0 };
	char path[64];

	snprintf(path, sizeof(path), "/sys/class/net/%s/queues", name);
	sys->ops->list(sys, path, count_queue, &n);
	return n;
}

static int read_queues(struct nic_dev *dev, struct sys *sys)
{
	struct queue_count n = count_queues(sys, dev->name);
	unsigned int q;

	dev->nr_rx = n.rx;
	dev->nr_tx = n.tx;
	dev->rx = calloc(n.rx + 1, sizeof(*dev->rx));
	dev->tx = calloc(n.tx + 1, sizeof(*dev->tx));
	if (!dev->rx || !dev->tx)
		return -ENOMEM;
	for (q = 0; q < n.rx; q++)
		read_rx(sys, dev->name, q, &dev->rx[q]);
	for (q = 0; q < n.tx; q++)
		read_tx(sys, dev->name, q, &dev->tx[q]);
	return 0;
}

static void read_rss(struct nic_dev *dev, struct sys *sys)
{
	unsigned int i;

	dev->rss_err = sys->ops->get_rss(sys, dev->name, &dev->rss);
	dev->has_rss = !dev->rss_err && dev->rss.size;
	for (i = 0; dev->has_rss && i < dev->rss.size; i++)
		if (dev->rss.slot[i] < dev->nr_rx)
			dev->rx[dev->rss.slot[i]].weight++;
	/* a device that does not tell is taken to be even */
	for (i = 0; !dev->has_rss && i < dev->nr_rx; i++)
		dev->rx[i].weight = 1;
}

static void read_upper(struct nic_dev *dev, struct sys *sys, const char *name)
{
	struct queue_count n = count_queues(sys, name);
	struct nic_upper *u;
	char path[128];
	unsigned int q;

	u = realloc(dev->upper, (dev->nr_uppers + 1) * sizeof(*u));
	if (!u)
		return;
	dev->upper = u;
	u += dev->nr_uppers;
	snprintf(u->name, sizeof(u->name), "%s", name);
	u->nr_rx = n.rx;
	u->rps = calloc(n.rx + 1, sizeof(*u->rps));
	if (!u->rps)
		return;
	dev->nr_uppers++;
	for (q = 0; q < n.rx; q++) {
		snprintf(path, sizeof(path),
			 "/sys/class/net/%s/queues/rx-%u/rps_cpus", name, q);
		read_mask(sys, path, &u->rps[q]);
	}
}

struct stack_walk {
	struct nic_dev *dev;
	struct sys *sys;
	struct nic_names uppers;
};

static void note_stack(const char *name, void *data)
{
	struct stack_walk *w = data;

	if (!strncmp(name, "upper_", 6))
		note_name(name + 6, &w->uppers);
	else if (!strncmp(name, "lower_", 6) && !*w->dev->lower &&
		 strlen(name + 6) < IFNAMSIZ)
		strcpy(w->dev->lower, name + 6);
}

static void read_stack(struct nic_dev *dev, struct sys *sys)
{
	struct stack_walk walk = { dev, sys, { 0, NULL } };
	unsigned int i;
	char path[64];

	snprintf(path, sizeof(path), "/sys/class/net/%s", dev->name);
	sys->ops->list(sys, path, note_stack, &walk);
	for (i = 0; i < walk.uppers.nr; i++)
		read_upper(dev, sys, walk.uppers.name[i]);
	names_free(&walk.uppers);
}

/* Which driver has it, and where it is in the machine. */
static void read_place(struct nic_dev *dev, struct sys *sys, char *device)
{
	char path[PATH_MAX + 16], driver[PATH_MAX], *slash;
	long node = -1;

	snprintf(path, sizeof(path), "/sys/class/net/%s/device", dev->name);
	dev->node = -1;
	if (sys->ops->link(sys, path, device, PATH_MAX)) {
		device[0] = '\0';
		dev->virtual = true;
		return;
	}
	snprintf(path, sizeof(path), "%s/driver", device);
	if (!sys->ops->link(sys, path, driver, sizeof(driver)))
		snprintf(dev->driver, sizeof(dev->driver), "%.31s",
			 base(driver));
	snprintf(dev->bus, sizeof(dev->bus), "%.63s", base(device));
	snprintf(path, sizeof(path), "%s/numa_node", device);
	slash = strrchr(device, '/');
	if (!strncmp(base(device), "virtio", 6) && slash && slash != device) {
		*slash = '\0';
		snprintf(dev->bus, sizeof(dev->bus), "%.63s", base(device));
		snprintf(path, sizeof(path), "%s/numa_node", device);
		*slash = '/';
	}
	if (sys_read_long(sys, path, &node) && node >= 0 && node < MODEL_NODES)
		dev->node = node;
}

static int read_base(struct nic_dev *dev, struct sys *sys, const char *name)
{
	char path[64];
	long index;

	if (!*name || strlen(name) >= IFNAMSIZ || strchr(name, '/') ||
	    name[0] == '.')
		return -ENODEV;
	strcpy(dev->name, name);
	snprintf(path, sizeof(path), "/sys/class/net/%s/ifindex", name);
	if (!sys_read_long(sys, path, &index))
		return -ENODEV;
	dev->ifindex = index;
	snprintf(path, sizeof(path), "/sys/class/net/%s/address", name);
	read_word(sys, path, dev->mac, sizeof(dev->mac));
	snprintf(path, sizeof(path), "/sys/class/net/%s/operstate", name);
	read_word(sys, path, dev->state, sizeof(dev->state));
	snprintf(path, sizeof(path), "/sys/class/net/%s/threaded", name);
	if (!sys_read_long(sys, path, &dev->threaded))
		dev->threaded = 0;
	return 0;
}

int dev_read(struct nic_dev *dev, struct sys *sys, const struct nic_host *host,
	     const char *name)
{
	static struct numbers numbers;
	char device[PATH_MAX];
	int err;

	memset(dev, 0, sizeof(*dev));
	err = read_base(dev, sys, name);
	if (err)
		return err;
	read_place(dev, sys, device);
	if (dev->node >= (int)host->nr_nodes)
		dev->node = -1;
	err = read_queues(dev, sys);
	if (err)
		return err;
	numbers.nr = 0;
	find_numbers(sys, device, &numbers);
	by_names(dev, sys, &numbers, device);
	by_napi(dev, sys);
	set_style(dev);
	dev->has_channels = !sys->ops->get_channels(sys, name, &dev->ch);
	dev->has_ntuple = !sys->ops->get_ntuple(sys, name, &dev->ntuple);
	read_rss(dev, sys);
	read_stack(dev, sys);
	owners_read(dev, sys);
	return 0;
}

void dev_free(struct nic_dev *dev)
{
	unsigned int i;

	for (i = 0; i < dev->nr_uppers; i++)
		free(dev->upper[i].rps);
	free(dev->upper);
	free(dev->rx);
	free(dev->tx);
	free(dev->irq);
	memset(dev, 0, sizeof(*dev));
}
