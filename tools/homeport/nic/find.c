// SPDX-License-Identifier: GPL-2.0
/*
 * Listeners' CPUs. Those of a process are the CPUs that its pinned threads have,
 * its children's too; if none is pinned, all that it may run on.
 */
#include "find.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_PIDS	4096

struct walk {
	struct sys *sys;
	const struct nic_host *host;
	int pid;
	int depth;
	struct cpumask pinned;
	struct cpumask allowed;
};

static void note_task(const char *tid, void *data)
{
	static const char key[] = "Cpus_allowed_list:";
	char path[640], text[8192], *at;
	struct walk *w = data;
	struct cpumask m;

	snprintf(path, sizeof(path), "/proc/%d/task/%.255s/status", w->pid, tid);
	if (w->sys->ops->read(w->sys, path, text, sizeof(text)) < 0)
		return;
	at = strstr(text, key);
	if (!at)
		return;
	at += sizeof(key) - 1;
	at[strcspn(at, "\n")] = '\0';
	if (cpumask_parse_list(&m, at, CPUMASK_CPUS))
		return;
	cpumask_or(cpumask_weight(&m) == 1 ? &w->pinned : &w->allowed, &m);
}

static void walk_process(struct walk *w, int pid);

static void note_children(const char *tid, void *data)
{
	char path[640], text[8192], *at, *end;
	struct walk *w = data;
	int pid = w->pid;
	long child;

	snprintf(path, sizeof(path), "/proc/%d/task/%.255s/children", pid, tid);
	if (w->sys->ops->read(w->sys, path, text, sizeof(text)) < 0)
		return;
	for (at = text; ; at = end) {
		child = strtol(at, &end, 10);
		if (end == at)
			break;
		walk_process(w, child);
	}
	w->pid = pid;
}

static void walk_process(struct walk *w, int pid)
{
	char path[64];

	/* a server is a master and its workers, not a tree */
	if (w->depth > 3)
		return;
	w->depth++;
	w->pid = pid;
	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	w->sys->ops->list(w->sys, path, note_task, w);
	w->sys->ops->list(w->sys, path, note_children, w);
	w->depth--;
}

static bool add_walked(struct listeners *l, const struct walk *w)
{
	const struct cpumask *m = &w->pinned;
	int cpu;

	if (cpumask_empty(m))
		m = &w->allowed;
	cpumask_for_each(cpu, m)
		if (cpumask_test(&w->host->possible, cpu))
			listeners_add(l, cpu);
	return l->nr;
}

bool find_process_cpus(struct listeners *l, struct sys *sys,
		       const struct nic_host *host, int pid)
{
	struct walk w = { .sys = sys, .host = host };

	walk_process(&w, pid);
	return add_walked(l, &w);
}

static bool from_unit(struct listeners *l, struct sys *sys,
		      const struct nic_host *host, const char *name)
{
	const char *tail = strchr(name, '.') ? "" : ".service";
	struct walk w = { .sys = sys, .host = host };
	char path[256], text[SYS_TEXT], *at, *end;
	long pid;

	snprintf(path, sizeof(path),
		 "/sys/fs/cgroup/system.slice/%s%s/cgroup.procs", name, tail);
	if (sys->ops->read(sys, path, text, sizeof(text)) < 0)
		return false;
	for (at = text; ; at = end) {
		pid = strtol(at, &end, 10);
		if (end == at)
			break;
		walk_process(&w, pid);
	}
	return add_walked(l, &w);
}

static bool from_port(struct listeners *l, struct sys *sys,
		      const struct nic_host *host, int port)
{
	struct walk w = { .sys = sys, .host = host };
	int pids[MOST_PIDS], i, n;

	if (*sys->root)
		return false;
	n = find_port_pids(port, pids, MOST_PIDS);
	for (i = 0; i < n; i++)
		walk_process(&w, pids[i]);
	return add_walked(l, &w);
}

static void from_online(struct listeners *l, const struct nic_host *host)
{
	int cpu;

	cpumask_for_each(cpu, &host->online)
		if (!cpumask_test(&host->isolated, cpu) &&
		    !cpumask_test(&host->nohz, cpu))
			listeners_add(l, cpu);
}

/* In the order that was written: 2,0 is not 0,2. */
static void from_list(struct listeners *l, const char *list)
{
	char *copy = strdup(list), *save, *word;
	struct cpumask m;
	int cpu;

	l->named = true;
	for (word = copy ? strtok_r(copy, ", \n", &save) : NULL; word;
	     word = strtok_r(NULL, ", \n", &save)) {
		if (cpumask_parse_list(&m, word, CPUMASK_CPUS))
			continue;
		cpumask_for_each(cpu, &m)
			listeners_add(l, cpu);
	}
	free(copy);
}

static bool from_module(struct listeners *l, struct sys *sys)
{
	return !*sys->root && sys_there(sys, "/sys/module/homeport") &&
		find_module_homes(l) && l->nr;
}

static bool find(struct listeners *l, struct sys *sys,
		 const struct nic_host *host, const char *source)
{
	if (!strcmp(source, "module"))
		return from_module(l, sys);
	if (!strncmp(source, "pid:", 4))
		return find_process_cpus(l, sys, host, atoi(source + 4));
	if (!strncmp(source, "unit:", 5))
		return from_unit(l, sys, host, source + 5);
	return from_port(l, sys, host, atoi(source + 5));
}

static void say_why(const char *source, char *why, size_t size)
{
	if (!strcmp(source, "module"))
		snprintf(why, size, "the module is not loaded here, or manages no listener");
	else if (!strncmp(source, "pid:", 4))
		snprintf(why, size, "there is no process %s", source + 4);
	else if (!strncmp(source, "unit:", 5))
		snprintf(why, size, "unit %s does not run", source + 5);
	else
		snprintf(why, size, "no process is known to listen on port %s",
			 source + 5);
}

bool find_listeners(struct listeners *l, struct sys *sys,
		    const struct nic_host *host, const struct request *r,
		    char *why, size_t size)
{
	memset(l, 0, sizeof(*l));
	if (r->cpus) {
		strcpy(l->source, "list");
		from_list(l, r->cpus);
		return true;
	}
	snprintf(l->source, sizeof(l->source), "%s", r->listeners);
	if (strcmp(r->listeners, "auto")) {
		if (find(l, sys, host, r->listeners))
			return true;
		say_why(r->listeners, why, size);
		return false;
	}
	strcpy(l->source, "module");
	if (from_module(l, sys))
		return true;
	strcpy(l->source, "online");
	from_online(l, host);
	return true;
}
