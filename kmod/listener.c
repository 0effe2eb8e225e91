// SPDX-License-Identifier: GPL-2.0
#include "listener.h"

#include <linux/hash.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/rhashtable.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <net/sock.h>

#include "group.h"
#include "netns.h"

/*
 * Each ACK and accept() looks one up. The hash that the kernel would take is against
 * those who choose their keys; nobody chooses the address of a socket.
 */
static u32 hash_sock(const void *key, u32 len, u32 seed)
{
	return hash_64((unsigned long)*(struct sock *const *)key, 32);
}

static int is_not_of(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct hp_listener *l = obj;

	return l->sk != *(struct sock *const *)arg->key;
}

static const struct rhashtable_params listener_params = {
	.key_len = sizeof(struct sock *),
	.key_offset = offsetof(struct hp_listener, sk),
	.head_offset = offsetof(struct hp_listener, node),
	.hashfn = hash_sock,
	.obj_cmpfn = is_not_of,
	.automatic_shrinking = true,
};

/* All listeners of all namespaces, by socket. Changed under hp_net.lock. */
static struct rhashtable hp_listeners;

atomic_long_t hp_listeners_gone __read_mostly;

/**
 * hp_listener_find() - the listener of a socket
 * @sk: Any socket.
 *
 * The caller is in an RCU read-side section.
 *
 * Return: NULL when the socket is not of a managed group. The listener may
 * have left already; see hp_listener.gone.
 */
struct hp_listener *hp_listener_find(struct sock *sk)
{
	return rhashtable_lookup(&hp_listeners, &sk, listener_params);
}

static struct hp_listener *listener_alloc(void)
{
	struct hp_listener *l = kzalloc(sizeof(*l), GFP_KERNEL);

	if (!l)
		return NULL;
	l->cpu = alloc_percpu(struct hp_listener_cpu);
	if (!l->cpu)
		goto free_listener;
	if (!zalloc_cpumask_var(&l->allowed, GFP_KERNEL))
		goto free_cpu;
	return l;

free_cpu:
	free_percpu(l->cpu);
free_listener:
	kfree(l);
	return NULL;
}

static void listener_free(struct hp_listener *l)
{
	kvfree(rcu_access_pointer(l->spill));
	kvfree(l->seen);
	free_cpumask_var(l->allowed);
	free_percpu(l->cpu);
	kfree(l);
}

/*
 * The task that calls listen() tells the first home: the only CPU that it may
 * use, or those that it may.
 */
static void listener_ask_task(struct hp_listener *l)
{
	struct task_struct *task = current;

	cpumask_copy(l->allowed, task->cpus_ptr);
	l->pinned = -1;
	if (cpumask_weight(l->allowed) == 1)
		l->pinned = cpumask_first(l->allowed);
	l->pinned_seen = l->pinned;
}

static void listener_ask_sock(struct hp_listener *l, struct sock *sk)
{
	l->sk = sk;
	l->prot = READ_ONCE(sk->sk_prot);
	l->told = READ_ONCE(sk->sk_incoming_cpu);
	if (sk->sk_socket)
		l->inode = SOCK_INODE(sk->sk_socket)->i_ino;
}

/* The lowest free index, so that one that comes back takes its old place. */
static void listener_link(struct hp_group *g, struct hp_listener *l)
{
	struct list_head *prev = &g->listeners;
	struct hp_listener *other;

	list_for_each_entry(other, &g->listeners, list) {
		if (other->index != l->index)
			break;
		l->index++;
		prev = &other->list;
	}
	list_add(&l->list, prev);
	g->nr++;
}

/**
 * hp_listener_add() - make a listener of a socket
 * @g: Its group; hp_net.lock is held.
 * @sk: Locked by the caller, in TCP_LISTEN, and no listener yet.
 *
 * It has no home yet and is in no map. Takes a reference on @sk.
 *
 * Return: the listener, or an ERR_PTR: -ENOMEM.
 */
struct hp_listener *hp_listener_add(struct hp_group *g, struct sock *sk)
{
	struct hp_listener *l;
	int err;

	lockdep_assert_held(&g->hn->lock);
	l = listener_alloc();
	if (!l)
		return ERR_PTR(-ENOMEM);
	listener_ask_task(l);
	listener_ask_sock(l, sk);
	l->home = nr_cpu_ids;
	l->source = HOMEPORT_HOME_SOURCE_ASSIGNED;
	l->state = HOMEPORT_LISTENER_STATE_LISTENING;
	l->group = g;
	err = rhashtable_insert_fast(&hp_listeners, &l->node, listener_params);
	if (err) {
		listener_free(l);
		return ERR_PTR(err);
	}
	sock_hold(sk);
	refcount_inc(&g->ref);
	listener_link(g, l);
	return l;
}

/**
 * hp_listener_spill() - where the excess of a listener goes from now on
 * @l: The listener; hp_net.lock is held.
 * @spill: From kvmalloc(); NULL: it has none.
 */
void hp_listener_spill(struct hp_listener *l, struct hp_spill *spill)
{
	struct hp_spill *old;

	/* paired with rcu_dereference() in hp_load_divert() */
	old = rcu_replace_pointer(l->spill, spill,
				  lockdep_is_held(&l->group->hn->lock));
	/* paired with hp_listener_is_doubtful() */
	if (l->spills != !!spill)
		WRITE_ONCE(l->spills, !!spill);
	if (old)
		kvfree_rcu(old, rcu);
}

/**
 * hp_listener_unlink() - take a listener out of its group's list
 * @l: The listener; hp_net.lock is held.
 *
 * It is still found by hp_listener_find(), and a map may still name it. The
 * caller puts it on another list.
 */
void hp_listener_unlink(struct hp_listener *l)
{
	lockdep_assert_held(&l->group->hn->lock);
	WRITE_ONCE(l->gone, true);	/* paired with hp_listener_usable() */
	list_del(&l->list);
	l->group->nr--;
	/* it is told no more, and its excess may name others that go */
	if (l->told_stalled)
		WRITE_ONCE(l->group->hn->stalled, l->group->hn->stalled - 1);
	l->told_stalled = false;
	hp_listener_spill(l, NULL);
}

/**
 * hp_listener_remove() - have a listener found no more
 * @l: The listener, unlinked, on another list; hp_net.lock is held.
 *
 * A map may still name it. Make a new one, then hp_listener_free_rcu().
 */
void hp_listener_remove(struct hp_listener *l)
{
	lockdep_assert_held(&l->group->hn->lock);
	rhashtable_remove_fast(&hp_listeners, &l->node, listener_params);
	/* paired with atomic_long_read_acquire() in listener_asked() */
	atomic_long_inc(&hp_listeners_gone);
	list_del(&l->list);
}

static void listener_free_cb(struct rcu_head *rcu)
{
	struct hp_listener *l = container_of(rcu, struct hp_listener, rcu);
	struct hp_group *g = l->group;
	struct sock *sk = l->sk;

	listener_free(l);
	hp_group_put(g);
	sock_put(sk);
}

/**
 * hp_listener_free_rcu() - free a listener when no hook can see it any more
 * @l: Removed, and in no map that is published.
 */
void hp_listener_free_rcu(struct hp_listener *l)
{
	call_rcu(&l->rcu, listener_free_cb);
}

/**
 * hp_listener_picked() - packets directed to a listener
 * @l: The listener.
 */
u64 hp_listener_picked(const struct hp_listener *l)
{
	unsigned int cpu;
	u64 sum = 0;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(l->cpu, cpu)->picked);
	return sum;
}

/**
 * hp_listener_accepts() - calls of accept() that a listener has seen
 * @l: The listener.
 */
u64 hp_listener_accepts(const struct hp_listener *l)
{
	unsigned int cpu;
	u64 sum = 0;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(l->cpu, cpu)->accepts);
	return sum;
}

/**
 * hp_listener_init() - get ready for listeners
 *
 * Return: 0, or a negative errno.
 */
int hp_listener_init(void)
{
	return rhashtable_init(&hp_listeners, &listener_params);
}

/**
 * hp_listener_exit() - there is no listener any more
 */
void hp_listener_exit(void)
{
	rcu_barrier();	/* listener_free_cb() */
	rhashtable_destroy(&hp_listeners);
}
