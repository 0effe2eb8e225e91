// SPDX-License-Identifier: GPL-2.0
/*
 * worker.c - the task that accepts from a listener: does it get on?
 *
 * A connection that waits for a few milliseconds is no proof that its worker is
 * held up by anything. The worker may have to wait for its turn on a CPU; and a
 * virtual CPU that its host does not run looks for as long as if all on it stood
 * still. Then nothing is won by another worker, and the connection would lose
 * its home to noise. So the task is looked at that accepted last:
 *
 *	it sleeps elsewhere, is stopped, or has ended		held up
 *	it has run since we looked, and did not accept		held up
 *	it is ready, and has not run				no proof
 *
 * A task that still sleeps where it waits for connections may be about to be
 * woken, by a CPU that stands still before it does. That is over when the
 * listener has had another pick.
 *
 * One that was held up, and for which others did what was to do, comes back without
 * a word: it sleeps, and has run meanwhile. That is no proof, but worth one connection.
 *
 * Nothing here is on the fast path; a task is found by its number, which costs no
 * reference. One that has another's number makes us look at a stranger, no more.
 */
#include "worker.h"

#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

static struct task_struct *worker_of(const struct hp_listener *l)
{
	/* paired with WRITE_ONCE() in hp_worker_seen() */
	pid_t nr = READ_ONCE(l->worker);

	return pid_task(find_pid_ns(nr, &init_pid_ns), PIDTYPE_PID);
}

static u64 ran(const struct task_struct *task)
{
	return READ_ONCE(task->se.sum_exec_runtime);
}

/* It is, or was just now, ready to run: has it run since the last look? */
static bool has_run(struct hp_listener *l, const struct task_struct *task)
{
	u64 before = l->worker_ran;

	l->worker_ran = ran(task);
	return l->worker_ran != before;
}

static bool is_held(struct hp_listener *l, const struct task_struct *task)
{
	unsigned int state = READ_ONCE(task->__state);

	if (state == TASK_RUNNING || state == TASK_WAKING)
		return has_run(l, task);
	if (state & TASK_INTERRUPTIBLE)
		return hp_listener_picked(l) != l->worker_picked;
	return true;
}

/**
 * hp_worker_begin() - what its worker does counts from now on
 * @l: The listener; hp_net.lock is held.
 */
void hp_worker_begin(struct hp_listener *l)
{
	const struct task_struct *task;

	rcu_read_lock();
	task = worker_of(l);
	l->worker_ran = task ? ran(task) : 0;
	l->worker_began = l->worker_ran;
	l->worker_picked = hp_listener_picked(l);
	rcu_read_unlock();
}

/**
 * hp_worker_is_held() - is it sure that its worker is held up?
 * @l: The listener, of which none accepted since hp_worker_begin();
 *	hp_net.lock is held.
 *
 * Return: false as well where no task is known.
 */
bool hp_worker_is_held(struct hp_listener *l)
{
	const struct task_struct *task;
	bool held;

	if (!READ_ONCE(l->worker))
		return false;
	rcu_read_lock();
	task = worker_of(l);
	held = !task || is_held(l, task);
	rcu_read_unlock();
	return held;
}

/* It is where tasks wait for something to do, and has been since the last look. */
static bool is_waiting(struct hp_listener *l, const struct task_struct *task)
{
	unsigned int state = READ_ONCE(task->__state);

	return state & TASK_INTERRUPTIBLE && !has_run(l, task);
}

/**
 * hp_worker_is_back() - is it likely that its worker accepts again?
 * @l: The listener, of which none accepted since hp_worker_begin();
 *	hp_net.lock is held.
 *
 * It has run since then. Whether it waits for connections or for something else
 * cannot be told.
 *
 * Return: false as well where no task is known.
 */
bool hp_worker_is_back(struct hp_listener *l)
{
	const struct task_struct *task;
	bool back;

	rcu_read_lock();
	task = worker_of(l);
	back = task && is_waiting(l, task) && l->worker_ran != l->worker_began;
	rcu_read_unlock();
	return back;
}

/**
 * hp_worker_cpus() - which CPUs may its worker use now?
 * @l: The listener; hp_net.lock is held.
 * @cpus: They are written here. A mask that changes meanwhile may be read half
 *	and half; who asks now and then is told right the next time.
 *
 * Return: false where no task is known.
 */
bool hp_worker_cpus(const struct hp_listener *l, struct cpumask *cpus)
{
	const struct task_struct *task = NULL;

	rcu_read_lock();
	if (READ_ONCE(l->worker))
		task = worker_of(l);
	if (task)
		cpumask_copy(cpus, &task->cpus_mask);
	rcu_read_unlock();
	return task;
}
