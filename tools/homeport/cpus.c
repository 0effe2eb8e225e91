// SPDX-License-Identifier: GPL-2.0
/* Which CPUs there are, and how to show many of them in few columns. */
#include "homeport.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#define NODES	"/sys/devices/system/node"

/* No machine has more; beyond, a file is not what it should be. */
#define CPU_LIMIT	8192

/* Calls @cb for each CPU of a file as "0-3,8". */
static void each_cpu(const char *path, void (*cb)(unsigned int cpu, void *data),
		     void *data)
{
	unsigned int first, last;
	FILE *f;
	int c;

	f = fopen(path, "re");
	if (!f)
		return;
	while (fscanf(f, "%u", &first) == 1) {
		last = first;
		c = getc(f);
		if (c == '-') {
			if (fscanf(f, "%u", &last) != 1)
				break;
			c = getc(f);
		}
		for (; first <= last && first < CPU_LIMIT; first++)
			cb(first, data);
		if (c != ',')
			break;
	}
	fclose(f);
}

static void note_most(unsigned int cpu, void *data)
{
	unsigned int *cpus = data;

	if (cpu >= *cpus)
		*cpus = cpu + 1;
}

/* One more than the last CPU that is online; at least 1. */
unsigned int cpus_online(void)
{
	unsigned int cpus = 1;

	each_cpu("/sys/devices/system/cpu/online", note_most, &cpus);
	return cpus;
}

struct on_node {
	struct bins *bins;
	int node;
};

static struct bin *add_bin(struct bins *bins)
{
	struct bin *list;

	list = realloc(bins->list, (bins->nr + 1) * sizeof(*list));
	if (!list)
		return NULL;
	bins->list = list;
	memset(&list[bins->nr], 0, sizeof(*list));
	return &list[bins->nr++];
}

static void note_node(unsigned int cpu, void *data)
{
	struct on_node *on = data;

	if (cpu < on->bins->cpus)
		on->bins->of_cpu[cpu] = on->node;
}

static int next_node(int after)
{
	struct dirent *entry;
	int node, next = -1;
	DIR *dir;

	dir = opendir(NODES);
	if (!dir)
		return -1;
	while ((entry = readdir(dir)))
		if (sscanf(entry->d_name, "node%d", &node) == 1 &&
		    node > after && (next < 0 || node < next))
			next = node;
	closedir(dir);
	return next;
}

/* A bin for each node. False if that says nothing: there is but one. */
static bool by_node(struct bins *bins, unsigned int most)
{
	struct on_node on = { .bins = bins };
	char path[64];
	struct bin *b;
	int node;

	for (node = next_node(-1); node >= 0; node = next_node(node)) {
		b = add_bin(bins);
		if (!b)
			return false;
		on.node = bins->nr - 1;
		snprintf(b->label, sizeof(b->label), "node%d", node);
		snprintf(path, sizeof(path), NODES "/node%d/cpulist", node);
		each_cpu(path, note_node, &on);
	}
	bins->what = "NUMA node";
	return bins->nr > 1 && bins->nr <= most;
}

static bool by_range(struct bins *bins, unsigned int width)
{
	unsigned int cpu, last;
	struct bin *b;

	bins->nr = 0;
	for (cpu = 0; cpu < bins->cpus; cpu += width) {
		b = add_bin(bins);
		if (!b)
			return false;
		last = cpu + width - 1;
		if (last >= bins->cpus)
			last = bins->cpus - 1;
		if (last == cpu)
			snprintf(b->label, sizeof(b->label), "%u", cpu);
		else
			snprintf(b->label, sizeof(b->label), "%u-%u", cpu, last);
	}
	for (cpu = 0; cpu < bins->cpus; cpu++)
		bins->of_cpu[cpu] = cpu / width;
	bins->what = width > 1 ? "range of CPUs" : NULL;
	return true;
}

/*
 * At most @most bins for @cpus CPUs: a CPU each, else a NUMA node each, else a
 * range of CPUs each. False: no memory.
 */
bool bins_make(struct bins *bins, unsigned int cpus, unsigned int most)
{
	memset(bins, 0, sizeof(*bins));
	bins->cpus = cpus;
	bins->of_cpu = calloc(cpus, sizeof(*bins->of_cpu));
	if (!bins->of_cpu)
		return false;
	if (cpus > most && by_node(bins, most))
		return true;
	return by_range(bins, (cpus + most - 1) / most);
}

void bins_free(struct bins *bins)
{
	free(bins->list);
	free(bins->of_cpu);
	memset(bins, 0, sizeof(*bins));
}
