// SPDX-License-Identifier: GPL-2.0
/*
 * accept.c - what accept() tells about homes and locality
 *
 * Both functions are hooks: see struct hp_hooks for what they may do. They
 * write what other CPUs read only when it changes, which for a server that
 * has settled is never.
 */
#include "accept.h"

#include <linux/atomic.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <net/inet_connection_sock.h>
#include <net/sock.h>

#include "group.h"
#include "listener.h"
#include "load.h"
#include "manage.h"
#include "netns.h"

/*
 * What was asked last on a CPU. Mostly it is the same listener again, and the same
 * task then is given a connection of it, so neither need be looked up.
 */
struct asked {
	const struct task_struct *task;
	const struct sock *sk;
	struct hp_listener *l;
	long gone;	/* hp_listeners_gone, when @l was found */
};

static DEFINE_PER_CPU(struct asked, last_asked);

static struct hp_listener *listener_asked(struct sock *sk)
{
	struct asked *a = this_cpu_ptr(&last_asked);
	long gone = atomic_long_read_acquire(&hp_listeners_gone);

	if (unlikely(a->sk != sk || a->gone != gone || !a->l)) {
		a->sk = sk;
		a->gone = gone;
		a->l = hp_listener_find(sk);
	}
	a->task = current;
	return a->l;
}

static struct hp_group *group_asked(const struct sock *child)
{
	const struct asked *a = this_cpu_ptr(&last_asked);

	if (a->task != current || !a->l ||
	    a->gone != atomic_long_read_acquire(&hp_listeners_gone))
		return NULL;
	return hp_group_has_child(a->l->group, child) ? a->l->group : NULL;
}

/* The CPU that a task is pinned to, or -1. */
static int task_pinned(const struct task_struct *task)
{
	return task->nr_cpus_allowed == 1 ? (int)raw_smp_processor_id() : -1;
}

static void listener_accepting(struct hp_listener *l)
{
	int pinned = task_pinned(current);
	struct hp_group *g = l->group;

	__this_cpu_inc(l->cpu->accepts);
	if (READ_ONCE(l->source) == HOMEPORT_HOME_SOURCE_INCOMING_CPU)
		return;
	/* paired with READ_ONCE() in settle_pinned() */
	if (READ_ONCE(l->pinned) != pinned && !READ_ONCE(l->mixed)) {
		WRITE_ONCE(l->pinned, pinned);
		hp_group_stale(g);
	}
	if (pinned >= 0 && !READ_ONCE(l->mixed))
		return;
	/* paired with WRITE_ONCE() in hp_manage_learn() */
	if (!READ_ONCE(g->learning)) {
		WRITE_ONCE(g->learning, true);
		queue_delayed_work(system_unbound_wq, &g->hn->learn,
				   HP_LEARN_PERIOD);
	}
}

/**
 * hp_accepting() - a task asks a listener for a connection
 * @sk: The listener.
 * @may_wait: The task is ready to wait for one.
 *
 * A try that finds nothing and does not wait tells nothing new, but that a
 * listener is not stalled any more.
 */
void hp_accepting(struct sock *sk, bool may_wait)
{
	struct hp_listener *l;
	bool vain;

	if (sk->sk_protocol != IPPROTO_TCP ||
	    !rcu_access_pointer(sk->sk_reuseport_cb))
		return;
	vain = !may_wait && reqsk_queue_empty(&inet_csk(sk)->icsk_accept_queue);
	/* paired with WRITE_ONCE() in listener_told() */
	if (vain && !READ_ONCE(hp_net(sock_net(sk))->stalled))
		return;
	rcu_read_lock();
	l = listener_asked(sk);
	if (l && !READ_ONCE(l->gone)) {
		hp_load_accepting(l);
		if (!vain)
			listener_accepting(l);
	}
	rcu_read_unlock();
}

/**
 * hp_accepted() - this task has been given a connection
 * @child: The connection.
 */
void hp_accepted(struct sock *child)
{
	unsigned int flow_cpu = READ_ONCE(child->sk_incoming_cpu);
	struct hp_group *g;

	if (child->sk_protocol != IPPROTO_TCP || flow_cpu >= nr_cpu_ids)
		return;
	rcu_read_lock();
	g = group_asked(child) ?: hp_group_find_child(child);
	if (g)
		hp_stats_accepted(g->stats, flow_cpu);
	rcu_read_unlock();
}
