/* SPDX-License-Identifier: GPL-2.0 */
/* worker.h - the task that accepts from a listener: does it get on, and where? */
#ifndef HOMEPORT_WORKER_H
#define HOMEPORT_WORKER_H

#include <linux/compiler.h>
#include <linux/cpumask.h>
#include <linux/sched.h>
#include <linux/types.h>

#include "listener.h"

void hp_worker_begin(struct hp_listener *l);
bool hp_worker_is_held(struct hp_listener *l);
bool hp_worker_is_back(struct hp_listener *l);
bool hp_worker_cpus(const struct hp_listener *l, struct cpumask *cpus);

/* This task asks for a connection. In a hook: see hp_accepting(). */
static inline void hp_worker_seen(struct hp_listener *l)
{
	/* paired with READ_ONCE() in worker_of() */
	if (READ_ONCE(l->worker) != current->pid)
		WRITE_ONCE(l->worker, current->pid);
}

#endif /* HOMEPORT_WORKER_H */
