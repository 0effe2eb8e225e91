/* SPDX-License-Identifier: GPL-2.0 */
/* cpu.h - CPUs: which there are, how near, where this task runs */
#ifndef HP_CPU_H
#define HP_CPU_H

#include <sys/types.h>

#include "hp.h"

#define HP_MAX_CPUS	256

/* The CPUs that are online, in order. Returns how many. */
int hp_cpus(int cpus[HP_MAX_CPUS]);
int hp_nr_cpus(void);

/* Makes the calling thread run on @cpu alone. 0 or -errno. */
int hp_pin(int cpu);
/* The same for another task. */
int hp_pin_task(pid_t tid, int cpu);
/* Lets a task (0: this one) run on all of @cpus. */
int hp_allow(pid_t tid, const int *cpus, int nr);
int hp_unpin(pid_t tid);

/* How near two CPUs are, the nearest first. */
enum hp_near {
	HP_SAME_CPU,
	HP_SAME_CORE,
	HP_SAME_LLC,
	HP_SAME_NODE,
	HP_OTHER_NODE,
};

enum hp_near hp_cpu_near(int a, int b);
int hp_cpu_node(int cpu);

/* May @cpu be taken away? CPU 0 mostly may not. */
bool hp_cpu_removable(int cpu);
/* Hotplug; returns when it is done. 0 or -errno. */
int hp_cpu_set_online(int cpu, bool online);

/* Parses "0-3,7" into @set, by CPU. */
void hp_parse_list(const char *list, bool set[HP_MAX_CPUS]);

#endif /* HP_CPU_H */
