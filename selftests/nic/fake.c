// SPDX-License-Identifier: GPL-2.0
/* A kernel in memory; see fake.h. */
#include "fake.h"

#include <errno.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Slots for nodes, found by a hash of the path. */
#define NODES	(1 << 13)

static struct fake *of(struct sys *sys)
{
	return (struct fake *)sys;
}

static struct fake_node *slot(struct fake *f, const char *path)
{
	uint32_t hash = 2166136261u;
	const char *at;

	for (at = path; *at; at++)
		hash = (hash ^ (uint8_t)*at) * 16777619u;
	for (; ; hash++) {
		struct fake_node *n = &f->node[hash % NODES];

		if (!n->path || !strcmp(n->path, path))
			return n;
	}
}

static struct fake_node *find(struct fake *f, const char *path)
{
	struct fake_node *n = slot(f, path);

	return n->path && !n->gone ? n : NULL;
}

static struct fake_node *set(struct fake *f, const char *path, const char *text)
{
	struct fake_node *n = slot(f, path);

	if (!n->path) {
		n->path = strdup(path);
		n->mode = 0644;
	}
	n->gone = false;
	if (n->text != text) {
		free(n->text);
		n->text = strdup(text);
	}
	return n;
}

void fake_set(struct fake *f, const char *path, const char *text)
{
	set(f, path, text);
}

void fake_set_link(struct fake *f, const char *path, const char *target)
{
	set(f, path, target)->link = true;
}

const char *fake_get(struct fake *f, const char *path)
{
	struct fake_node *n = find(f, path);

	return n ? n->text : NULL;
}

void fake_mode(struct fake *f, const char *path, int mode)
{
	struct fake_node *n = find(f, path);

	if (n)
		n->mode = mode;
}

void fake_remove(struct fake *f, const char *path)
{
	size_t len = strlen(path);
	unsigned int i;

	for (i = 0; i < NODES; i++)
		if (f->node[i].path && !strncmp(f->node[i].path, path, len) &&
		    (!f->node[i].path[len] || f->node[i].path[len] == '/'))
			f->node[i].gone = true;
}

static void __attribute__((format(printf, 3, 4)))
put(struct fake *f, const char *text, const char *fmt, ...)
{
	char path[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(path, sizeof(path), fmt, args);
	va_end(args);
	set(f, path, text);
}

static const char *list_of(const struct cpumask *m)
{
	static char text[CPUMASK_TEXT];

	cpumask_print_list(m, text, sizeof(text));
	return text;
}

static const char *mask_of(const struct fake *f, const struct cpumask *m)
{
	static char text[CPUMASK_TEXT];

	cpumask_print(m, f->cpus, text, sizeof(text));
	return text;
}

/* Reading ----------------------------------------------------------------- */

static struct fake_dev *dev_of(struct fake *f, const char *name)
{
	unsigned int i;

	for (i = 0; i < f->nr_devs; i++)
		if (!strcmp(f->dev[i].name, name))
			return &f->dev[i];
	return NULL;
}

static struct fake_dev *dev_of_path(struct fake *f, const char *path)
{
	char name[IFNAMSIZ + 1];

	if (sscanf(path, "/sys/class/net/%15[^/]/", name) != 1)
		return NULL;
	return dev_of(f, name);
}

static int fake_read(struct sys *sys, const char *path, char *buf, size_t size)
{
	struct fake_node *n = find(of(sys), path);
	struct fake_dev *d = dev_of_path(of(sys), path);

	if (!n || n->link)
		return -ENOENT;
	if (of(sys)->stale_left && !strcmp(path, of(sys)->stale_path)) {
		of(sys)->stale_left--;
		return snprintf(buf, size, "%s", of(sys)->stale_text);
	}
	/* the file is there, but of one queue it tells nothing */
	if (d && d->single_tx && strstr(path, "/xps_"))
		return -ENOENT;
	return snprintf(buf, size, "%s", n->text) < (int)size ?
		(int)strlen(n->text) : -EFBIG;
}

static int compare_names(const void *a, const void *b)
{
	return strverscmp(*(char *const *)a, *(char *const *)b);
}

static int fake_list(struct sys *sys, const char *path,
		     void (*each)(const char *name, void *data), void *data)
{
	char *names[4096], name[128];
	size_t len = strlen(path), end;
	int i, j, n = 0;

	for (i = 0; i < NODES; i++) {
		struct fake_node *node = &of(sys)->node[i];

		if (!node->path || node->gone ||
		    strncmp(node->path, path, len) || node->path[len] != '/')
			continue;
		end = strcspn(node->path + len + 1, "/");
		snprintf(name, sizeof(name), "%.*s", (int)end,
			 node->path + len + 1);
		for (j = 0; j < n; j++)
			if (!strcmp(names[j], name))
				break;
		if (j == n && n < 4096)
			names[n++] = strdup(name);
	}
	qsort(names, n, sizeof(*names), compare_names);
	for (j = 0; j < n; j++) {
		each(names[j], data);
		free(names[j]);
	}
	return n ? 0 : -ENOENT;
}

static int fake_link(struct sys *sys, const char *path, char *buf, size_t size)
{
	struct fake_node *n = find(of(sys), path);

	if (!n || !n->link)
		return -ENOENT;
	snprintf(buf, size, "%s", n->text);
	return 0;
}

static int fake_may_write(struct sys *sys, const char *path)
{
	struct fake_node *n = find(of(sys), path);

	if (!n)
		return -ENOENT;
	if (!(n->mode & 0222))
		return -EPERM;
	return of(sys)->read_only ? -EROFS : 0;
}

/* Writing ----------------------------------------------------------------- */

static bool tail_is(const char *path, const char *tail)
{
	size_t len = strlen(path), cut = strlen(tail);

	return len > cut && !strcmp(path + len - cut, tail);
}

/* Of a file that may be written, and takes nothing. */
#define REFUSES	01644

static int write_irq(struct fake *f, struct fake_node *n, const char *text)
{
	struct cpumask m, live;
	char beside[128];
	int err, irq, cpu;

	if (!(n->mode & 0222))
		return -EPERM;
	if (n->mode == REFUSES)
		return -EIO;
	err = cpumask_parse_list(&m, text, f->cpus);
	if (err)
		return err;
	live = m;
	cpumask_and(&live, &f->online);
	cpu = cpumask_next(&live, 0);
	if (cpu < 0)
		return -EINVAL;
	/* another of the mask will do */
	if (f->full_cpu && cpu == f->full_cpu)
		cpu = cpumask_next(&live, cpu + 1);
	if (cpu < 0)
		return -ENOSPC;
	f->stale_left = f->stale;
	snprintf(f->stale_path, sizeof(f->stale_path), "%s", n->path);
	snprintf(f->stale_text, sizeof(f->stale_text), "%s", n->text);
	set(f, n->path, list_of(&m));
	cpumask_zero(&live);
	cpumask_set(&live, cpu);
	sscanf(n->path, "/proc/irq/%d/", &irq);
	snprintf(beside, sizeof(beside), "/proc/irq/%d/effective_affinity_list",
		 irq);
	if (!f->lags)
		set(f, beside, list_of(&live));
	return 0;
}

static int write_mask(struct fake *f, struct fake_node *n, const char *text,
		      bool rps)
{
	struct cpumask m;
	int err = cpumask_parse(&m, text, f->cpus);
	bool empty;

	if (err)
		return err;
	cpumask_and(&m, &f->online);
	empty = cpumask_empty(&m);
	if (rps) {
		cpumask_andnot(&m, &f->isolated);
		if (!empty && cpumask_empty(&m))
			return -EINVAL;
	}
	set(f, n->path, mask_of(f, &m));
	return 0;
}

static int write_number(struct fake *f, struct fake_node *n, const char *text)
{
	unsigned long value, p = 1;
	char *end, round[24];

	value = strtoul(text, &end, 0);
	if (end == text || *end || value > 1 << 29)
		return -EINVAL;
	while (p < value)
		p *= 2;
	snprintf(round, sizeof(round), "%lu", value ? p : 0);
	set(f, n->path, round);
	return 0;
}

static int write_rxqs(struct fake *f, struct fake_node *n, const char *text,
		      const struct fake_dev *d)
{
	char buf[CPUMASK_TEXT];
	struct cpumask m;
	int err = cpumask_parse(&m, text, d->max);

	if (err)
		return err;
	cpumask_print(&m, d->max, buf, sizeof(buf));
	set(f, n->path, buf);
	return 0;
}

/* Does this one fail? Then *err says how. */
static bool fails(struct fake *f, int *err)
{
	f->writes++;
	if (!f->fail_at || f->writes < f->fail_at ||
	    f->writes > f->fail_at + f->fail_for)
		return false;
	*err = f->fail_silent ? 0 : f->fail_with;
	return true;
}

static int fake_write(struct sys *sys, const char *path, const char *text)
{
	struct fake *f = of(sys);
	struct fake_dev *d = dev_of_path(f, path);
	struct fake_node *n = find(f, path);
	int err;

	if (fails(f, &err))
		return err;
	if (!n || (d && d->single_tx && strstr(path, "/xps_")))
		return -ENOENT;
	if (f->read_only)
		return -EROFS;
	if (tail_is(path, "/smp_affinity_list"))
		return write_irq(f, n, text);
	if (tail_is(path, "/rps_cpus"))
		return write_mask(f, n, text, true);
	if (tail_is(path, "/xps_cpus"))
		return write_mask(f, n, text, false);
	if (tail_is(path, "/xps_rxqs"))
		return write_rxqs(f, n, text, d);
	if (tail_is(path, "/rps_flow_cnt") ||
	    tail_is(path, "/rps_sock_flow_entries"))
		return write_number(f, n, text);
	return -EACCES;
}

/* Devices ----------------------------------------------------------------- */

static void add_irq(struct fake *f, const struct fake_dev *d, int irq,
		    const char *name)
{
	struct cpumask one;
	struct fake_node *n;
	char path[128];

	cpumask_zero(&one);
	cpumask_set(&one, cpumask_next(&f->online, 0));
	if (d->managed) {
		cpumask_zero(&one);
		cpumask_set(&one, (irq - d->first_irq) % f->cpus);
	}
	snprintf(path, sizeof(path), "/proc/irq/%d/smp_affinity_list", irq);
	n = set(f, path, list_of(d->managed ? &one : &f->online));
	n->mode = !d->managed ? 0644 : d->says_nothing ? REFUSES : 0444;
	put(f, list_of(&one), "/proc/irq/%d/effective_affinity_list", irq);
	put(f, name, "/sys/kernel/irq/%d/actions", irq);
	put(f, "msix", "/sys/devices/pci0000:00/%s/msi_irqs/%d", d->name, irq);
}

static void add_queue(struct fake *f, const struct fake_dev *d, unsigned int q)
{
	struct cpumask none = { 0 };

	put(f, mask_of(f, &none), "/sys/class/net/%s/queues/rx-%u/rps_cpus",
	    d->name, q);
	put(f, "0", "/sys/class/net/%s/queues/rx-%u/rps_flow_cnt", d->name, q);
	put(f, mask_of(f, &none), "/sys/class/net/%s/queues/tx-%u/xps_cpus",
	    d->name, q);
	put(f, "0", "/sys/class/net/%s/queues/tx-%u/xps_rxqs", d->name, q);
}

/* As a driver does that has a vector for each pair, or two, or one in all. */
static void add_vectors(struct fake *f, const struct fake_dev *d,
			unsigned int q)
{
	char name[64];

	switch (d->style) {
	case STYLE_SPLIT:
		snprintf(name, sizeof(name), "%s-rx-%u", d->name, q);
		add_irq(f, d, d->first_irq + 2 * q, name);
		snprintf(name, sizeof(name), "%s-tx-%u", d->name, q);
		add_irq(f, d, d->first_irq + 2 * q + 1, name);
		break;
	case STYLE_COMBINED:
		snprintf(name, sizeof(name), "%s-TxRx-%u", d->name, q);
		add_irq(f, d, d->first_irq + q, name);
		break;
	case STYLE_SHARED:
		if (!q)
			add_irq(f, d, d->first_irq, d->name);
		break;
	default:
		break;
	}
}

static void even_rss(struct fake_dev *d)
{
	unsigned int i;

	for (i = 0; i < d->rss; i++)
		d->slot[i] = i % d->queues;
}

void fake_add(struct fake *f, const struct fake_dev *dev)
{
	struct fake_dev *d = &f->dev[f->nr_devs++];
	char text[64], path[128];
	unsigned int q;

	*d = *dev;
	if (!d->max)
		d->max = d->queues;
	snprintf(text, sizeof(text), "%u", f->nr_devs + 1);
	put(f, text, "/sys/class/net/%s/ifindex", d->name);
	put(f, "up", "/sys/class/net/%s/operstate", d->name);
	put(f, "0", "/sys/class/net/%s/threaded", d->name);
	snprintf(text, sizeof(text), "52:54:00:00:00:%02x", f->nr_devs);
	put(f, text, "/sys/class/net/%s/address", d->name);
	snprintf(path, sizeof(path), "/sys/class/net/%s/device", d->name);
	snprintf(text, sizeof(text), "/sys/devices/pci0000:00/%s", d->name);
	set(f, path, text)->link = true;
	snprintf(path, sizeof(path), "%s/driver", text);
	set(f, path, "/sys/bus/pci/drivers/fake")->link = true;
	put(f, "", "/sys/bus/pci/drivers/fake/bind");
	snprintf(text, sizeof(text), "%d", d->node);
	put(f, text, "/sys/devices/pci0000:00/%s/numa_node", d->name);
	for (q = 0; q < d->queues; q++) {
		add_queue(f, d, q);
		add_vectors(f, d, q);
	}
	even_rss(d);
}

static int fake_get_channels(struct sys *sys, const char *ifname,
			     struct sys_channels *ch)
{
	struct fake_dev *d = dev_of(of(sys), ifname);

	memset(ch, 0, sizeof(*ch));
	if (!d || d->style == STYLE_NONE)
		return -EOPNOTSUPP;
	ch->combined = d->queues;
	ch->max_combined = d->max;
	return 0;
}

/* Queues that go take their settings along; vectors are allocated anew. */
static int fake_set_channels(struct sys *sys, const char *ifname,
			     const struct sys_channels *ch)
{
	struct fake *f = of(sys);
	struct fake_dev *d = dev_of(f, ifname);
	char path[128];
	unsigned int q;
	int err, irq;

	if (fails(f, &err))
		return err;
	if (!d || !ch->combined || ch->combined > d->max)
		return -EINVAL;
	for (q = ch->combined; q < d->queues; q++) {
		snprintf(path, sizeof(path), "/sys/class/net/%s/queues/rx-%u",
			 d->name, q);
		fake_remove(f, path);
		snprintf(path, sizeof(path), "/sys/class/net/%s/queues/tx-%u",
			 d->name, q);
		fake_remove(f, path);
	}
	for (irq = d->first_irq; irq < d->first_irq + 2 * (int)d->max; irq++) {
		snprintf(path, sizeof(path), "/proc/irq/%d", irq);
		fake_remove(f, path);
		snprintf(path, sizeof(path),
			 "/sys/devices/pci0000:00/%s/msi_irqs/%d", d->name, irq);
		fake_remove(f, path);
	}
	/* other numbers than before */
	d->first_irq += 1000;
	for (q = 0; q < ch->combined; q++) {
		if (q >= d->queues)
			add_queue(f, d, q);
		add_vectors(f, d, q);
	}
	d->queues = ch->combined;
	even_rss(d);
	return 0;
}

static int fake_get_rss(struct sys *sys, const char *ifname,
			struct sys_rss *rss)
{
	struct fake_dev *d = dev_of(of(sys), ifname);

	memset(rss, 0, sizeof(*rss));
	if (!d || !d->rss)
		return -EOPNOTSUPP;
	rss->size = d->rss;
	rss->ports4 = 1;
	rss->ports6 = 1;
	memcpy(rss->slot, d->slot, d->rss * sizeof(*d->slot));
	return 0;
}

static int fake_set_rss(struct sys *sys, const char *ifname,
			const uint32_t *slots, unsigned int size)
{
	struct fake_dev *d = dev_of(of(sys), ifname);
	unsigned int i;
	int err;

	if (fails(of(sys), &err))
		return err;
	if (!d || (size && size != d->rss))
		return -EINVAL;
	for (i = 0; i < size; i++)
		if (slots[i] >= d->queues)
			return -EINVAL;
	if (size)
		memcpy(d->slot, slots, size * sizeof(*slots));
	else
		even_rss(d);
	return 0;
}

static int fake_get_ntuple(struct sys *sys, const char *ifname, bool *on)
{
	struct fake_dev *d = dev_of(of(sys), ifname);

	*on = d && d->ntuple;
	return d ? 0 : -EOPNOTSUPP;
}

static int fake_set_ntuple(struct sys *sys, const char *ifname, bool on)
{
	struct fake_dev *d = dev_of(of(sys), ifname);
	int err;

	if (fails(of(sys), &err))
		return err;
	if (!d)
		return -ENODEV;
	d->ntuple = on;
	return 0;
}

static int fake_queue_irqs(struct sys *sys, const char *ifname, int ifindex,
			   struct sys_queue_irq *list, int max)
{
	return -EOPNOTSUPP;
}

static const struct sys_ops fake_ops = {
	.read		= fake_read,
	.write		= fake_write,
	.may_write	= fake_may_write,
	.list		= fake_list,
	.link		= fake_link,
	.get_channels	= fake_get_channels,
	.set_channels	= fake_set_channels,
	.get_rss	= fake_get_rss,
	.set_rss	= fake_set_rss,
	.get_ntuple	= fake_get_ntuple,
	.set_ntuple	= fake_set_ntuple,
	.queue_irqs	= fake_queue_irqs,
};

/* Machines ---------------------------------------------------------------- */

static unsigned int core_of(const struct fake_shape *s, unsigned int cpu)
{
	unsigned int smt = s->smt ? s->smt : 1;

	return s->apart ? cpu % (s->cpus / smt) : cpu / smt;
}

static unsigned int node_of(const struct fake_shape *s, unsigned int cpu)
{
	unsigned int smt = s->smt ? s->smt : 1, nodes = s->nodes ? s->nodes : 1;
	unsigned int cores = (s->cpus + smt - 1) / smt;

	return core_of(s, cpu) * nodes / cores;
}

static unsigned int llc_of(const struct fake_shape *s, unsigned int cpu)
{
	unsigned int smt = s->smt ? s->smt : 1, nodes = s->nodes ? s->nodes : 1;
	unsigned int cores = (s->cpus + smt - 1) / smt;

	return core_of(s, cpu) * nodes * (s->llcs ? s->llcs : 1) / cores;
}

static struct cpumask same(const struct fake_shape *s, unsigned int cpu,
			   unsigned int (*what)(const struct fake_shape *s,
						unsigned int cpu))
{
	struct cpumask m = { 0 };
	unsigned int i;

	for (i = 0; i < s->cpus; i++)
		if (what(s, i) == what(s, cpu))
			cpumask_set(&m, i);
	return m;
}

static void add_cpus(struct fake *f, const struct fake_shape *s)
{
	struct cpumask m;
	unsigned int cpu;

	for (cpu = 0; cpu < s->cpus; cpu++) {
		m = same(s, cpu, core_of);
		put(f, list_of(&m),
		    "/sys/devices/system/cpu/cpu%u/topology/thread_siblings_list",
		    cpu);
		m = same(s, cpu, llc_of);
		put(f, list_of(&m),
		    "/sys/devices/system/cpu/cpu%u/cache/index3/shared_cpu_list",
		    cpu);
		m = same(s, cpu, node_of);
		put(f, list_of(&m), "/sys/devices/system/node/node%u/cpulist",
		    node_of(s, cpu));
	}
}

static void add_distances(struct fake *f)
{
	char text[512];
	unsigned int i, j;
	size_t len;

	for (i = 0; i < f->nr_nodes; i++) {
		for (len = 0, j = 0; j < f->nr_nodes; j++)
			len += snprintf(text + len, sizeof(text) - len, "%s%u",
					j ? " " : "", i == j ? 10 : 21);
		put(f, text, "/sys/devices/system/node/node%u/distance", i);
	}
}

void fake_open(struct fake *f, const struct fake_shape *s)
{
	struct cpumask all = { 0 };
	unsigned int cpu;

	memset(f, 0, sizeof(*f));
	f->node = calloc(NODES, sizeof(*f->node));
	f->cpus = s->cpus;
	f->nr_nodes = s->nodes ? s->nodes : 1;
	f->sys.ops = &fake_ops;
	f->sys.root = "";
	strcpy(f->dir, "/tmp/nic-XXXXXX");
	if (!mkdtemp(f->dir))
		abort();
	snprintf(f->sys.run, sizeof(f->sys.run), "%s/run", f->dir);
	snprintf(f->sys.etc, sizeof(f->sys.etc), "%s/etc", f->dir);
	for (cpu = 0; cpu < s->cpus; cpu++)
		cpumask_set(&all, cpu);
	f->online = all;
	if (s->isolated)
		cpumask_parse_list(&f->isolated, s->isolated, s->cpus);
	put(f, list_of(&all), "/sys/devices/system/cpu/possible");
	put(f, list_of(&all), "/sys/devices/system/cpu/online");
	put(f, list_of(&f->isolated), "/sys/devices/system/cpu/isolated");
	put(f, "0", "/proc/sys/net/core/rps_sock_flow_entries");
	put(f, "6.12.0", "/proc/sys/kernel/osrelease");
	put(f, "boot-1", "/proc/sys/kernel/random/boot_id");
	add_cpus(f, s);
	add_distances(f);
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	return remove(path);
}

void fake_close(struct fake *f)
{
	unsigned int i;

	nftw(f->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	for (i = 0; i < NODES; i++) {
		free(f->node[i].path);
		free(f->node[i].text);
	}
	free(f->node);
}

static void irq_lost(struct fake *f, struct fake_node *n)
{
	struct cpumask m, live;

	if (!n->path || n->gone || strncmp(n->path, "/proc/irq/", 10) ||
	    !tail_is(n->path, "/smp_affinity_list") || !(n->mode & 0222))
		return;
	cpumask_parse_list(&m, n->text, f->cpus);
	live = m;
	cpumask_and(&live, &f->online);
	if (cpumask_empty(&live))
		write_irq(f, n, list_of(&f->online));
}

void fake_cpu(struct fake *f, unsigned int cpu, bool online)
{
	unsigned int i;

	if (online)
		cpumask_set(&f->online, cpu);
	else
		cpumask_clear(&f->online, cpu);
	put(f, list_of(&f->online), "/sys/devices/system/cpu/online");
	for (i = 0; i < NODES; i++)
		irq_lost(f, &f->node[i]);
}

static int compare_nodes(const void *a, const void *b)
{
	const struct fake_node *x = *(struct fake_node *const *)a;
	const struct fake_node *y = *(struct fake_node *const *)b;

	return strcmp(x->path, y->path);
}

char *fake_dump(struct fake *f)
{
	struct fake_node **list = calloc(NODES, sizeof(*list));
	unsigned int i, j, n = 0;
	char *text = NULL;
	size_t size;
	FILE *out;

	for (i = 0; i < NODES; i++)
		if (f->node[i].path && !f->node[i].gone)
			list[n++] = &f->node[i];
	qsort(list, n, sizeof(*list), compare_nodes);
	out = open_memstream(&text, &size);
	for (i = 0; i < n; i++)
		/* what effect is left over of a mask is not ours to restore */
		if (!strstr(list[i]->path, "effective"))
			fprintf(out, "%s %s\n", list[i]->path, list[i]->text);
	for (i = 0; i < f->nr_devs; i++) {
		fprintf(out, "%s %u %d", f->dev[i].name, f->dev[i].queues,
			f->dev[i].ntuple);
		for (j = 0; j < f->dev[i].rss; j++)
			fprintf(out, " %u", f->dev[i].slot[j]);
		fprintf(out, "\n");
	}
	fclose(out);
	free(list);
	return text;
}

static int make_parents(char *path)
{
	char *slash;

	for (slash = strchr(path + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0755) && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return 0;
}

static int save_node(const struct fake_node *n, const char *dir)
{
	char path[512], to[512] = "";
	const char *at;
	FILE *out;
	int err;

	snprintf(path, sizeof(path), "%s%s", dir, n->path);
	err = make_parents(path);
	if (err)
		return err;
	if (n->link) {
		for (at = strchr(n->path + 1, '/'); at; at = strchr(at + 1, '/'))
			strcat(to, "../");
		strcat(to, n->text + 1);
		return symlink(to, path) ? -errno : 0;
	}
	out = fopen(path, "we");
	if (!out)
		return -errno;
	fprintf(out, "%s\n", n->text);
	fclose(out);
	return chmod(path, n->mode) ? -errno : 0;
}

static int save_netlink(const struct fake_dev *d, const char *dir)
{
	char path[512];
	unsigned int i;
	FILE *out;

	snprintf(path, sizeof(path), "%s/netlink/%s.json", dir, d->name);
	make_parents(path);
	out = fopen(path, "we");
	if (!out)
		return -errno;
	fprintf(out, "{\"channels\":{\"combined\":%u,\"max_combined\":%u}",
		d->queues, d->max);
	for (i = 0; i < d->rss; i++)
		fprintf(out, "%s%u", i ? "," : ",\"rss\":{\"hfunc\":1,\"table\":[",
			d->slot[i]);
	fprintf(out, "%s}\n", d->rss ? "]}" : "");
	fclose(out);
	return 0;
}

int fake_save(struct fake *f, const char *dir)
{
	unsigned int i;
	int err = 0;

	/* directories before links to them */
	for (i = 0; i < NODES && !err; i++)
		if (f->node[i].path && !f->node[i].gone && !f->node[i].link)
			err = save_node(&f->node[i], dir);
	for (i = 0; i < NODES && !err; i++)
		if (f->node[i].path && !f->node[i].gone && f->node[i].link)
			err = save_node(&f->node[i], dir);
	for (i = 0; i < f->nr_devs && !err; i++)
		err = save_netlink(&f->dev[i], dir);
	return err;
}
