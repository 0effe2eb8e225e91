// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cpu.h"

#define SYSFS_CPU	"/sys/devices/system/cpu"

void hp_parse_list(const char *list, bool set[HP_MAX_CPUS])
{
	char *end;
	long a, b;

	memset(set, 0, sizeof(bool) * HP_MAX_CPUS);
	while (*list) {
		a = b = strtol(list, &end, 10);
		if (end == list)
			return;
		if (*end == '-')
			b = strtol(end + 1, &end, 10);
		for (; a <= b && a < HP_MAX_CPUS; a++)
			set[a] = true;
		list = *end ? end + 1 : end;
	}
}

int hp_cpus(int cpus[HP_MAX_CPUS])
{
	bool set[HP_MAX_CPUS];
	char list[1024];
	int cpu, nr = 0;

	if (hp_read(SYSFS_CPU "/online", list, sizeof(list)))
		strcpy(list, "0");
	hp_parse_list(list, set);
	for (cpu = 0; cpu < HP_MAX_CPUS; cpu++)
		if (set[cpu])
			cpus[nr++] = cpu;
	return nr;
}

int hp_nr_cpus(void)
{
	int cpus[HP_MAX_CPUS];

	return hp_cpus(cpus);
}

/* Where this thread pinned itself last: to do so again is a waste. */
static __thread int pinned = -1;

int hp_allow(pid_t tid, const int *cpus, int nr)
{
	cpu_set_t set;
	int i;

	if (!tid)
		pinned = -1;

	CPU_ZERO(&set);
	for (i = 0; i < nr; i++)
		CPU_SET(cpus[i], &set);
	return sched_setaffinity(tid, sizeof(set), &set) ? -errno : 0;
}

int hp_pin_task(pid_t tid, int cpu)
{
	return hp_allow(tid, &cpu, 1);
}

int hp_unpin(pid_t tid)
{
	int cpus[HP_MAX_CPUS];

	return hp_allow(tid, cpus, hp_cpus(cpus));
}

int hp_pin(int cpu)
{
	int ret;

	if (pinned == cpu && sched_getcpu() == cpu)
		return 0;
	ret = hp_pin_task(0, cpu);
	if (!ret)
		pinned = cpu;
	return ret;
}

/* Is @b in the list that a file of @a's sysfs directory holds? */
static bool listed(int a, const char *file, int b)
{
	bool set[HP_MAX_CPUS];
	char path[160], list[1024];

	snprintf(path, sizeof(path), SYSFS_CPU "/cpu%d/%s", a, file);
	if (hp_read(path, list, sizeof(list)))
		return false;
	hp_parse_list(list, set);
	return b < HP_MAX_CPUS && set[b];
}

/* The last level is the one with the highest number. */
static bool same_llc(int a, int b)
{
	char file[64], path[160], level[16];
	int index, last = -1, highest = 0;

	for (index = 0; index < 8; index++) {
		snprintf(path, sizeof(path),
			 SYSFS_CPU "/cpu%d/cache/index%d/level", a, index);
		if (hp_read(path, level, sizeof(level)))
			break;
		if (atoi(level) >= highest) {
			highest = atoi(level);
			last = index;
		}
	}
	if (last < 0)
		return false;
	snprintf(file, sizeof(file), "cache/index%d/shared_cpu_list", last);
	return listed(a, file, b);
}

int hp_cpu_node(int cpu)
{
	char path[64];
	struct dirent *e;
	int node = 0;
	DIR *d;

	snprintf(path, sizeof(path), SYSFS_CPU "/cpu%d", cpu);
	d = opendir(path);
	while (d && (e = readdir(d)))
		if (sscanf(e->d_name, "node%d", &node) == 1)
			break;
	if (d)
		closedir(d);
	return node;
}

enum hp_near hp_cpu_near(int a, int b)
{
	if (a == b)
		return HP_SAME_CPU;
	if (listed(a, "topology/thread_siblings_list", b))
		return HP_SAME_CORE;
	if (same_llc(a, b))
		return HP_SAME_LLC;
	return hp_cpu_node(a) == hp_cpu_node(b) ? HP_SAME_NODE : HP_OTHER_NODE;
}

bool hp_cpu_removable(int cpu)
{
	char path[64];

	snprintf(path, sizeof(path), SYSFS_CPU "/cpu%d/online", cpu);
	return !access(path, W_OK);
}

int hp_cpu_set_online(int cpu, bool online)
{
	char path[64];

	/* the kernel widens the mask of a task whose last CPU goes */
	pinned = -1;
	snprintf(path, sizeof(path), SYSFS_CPU "/cpu%d/online", cpu);
	return hp_write(path, "%d", online);
}
