// SPDX-License-Identifier: GPL-2.0
/*
 * attach_ftrace.c - homeport on an unpatched kernel
 *
 * Three kinds of hooks, by how much they need:
 *
 * - Watch: told that a function is entered. Nothing of ours is on the stack
 *   when it goes on.
 * - Answer: as watch, and may answer in the function's stead: the call is
 *   redirected to answer(), which returns what it is given.
 * - Wrap: the call is redirected to a function of ours that calls the
 *   original and then does more. For what must come after, in calls that may
 *   sleep but never for long. (accept() may sleep for ever, so it is watched.)
 *
 * Leaving, when unregister_ftrace_function() has returned no watcher runs and
 * no call is redirected any more. A task may still be
 *
 * - about to execute the first instruction of a wrapper, or of answer(), and
 *   preempted there: it has not slept since, so synchronize_rcu_tasks() waits
 *   for it;
 * - inside a wrapper, perhaps asleep: it is inside an SRCU read-side section,
 *   which synchronize_srcu() waits for;
 * - past that section and about to return: again synchronize_rcu_tasks().
 *
 * The original is called from a wrapper through its ftrace site, like by
 * anybody else; the watcher sees that the caller is this module and lets it
 * pass. That is why this file is built with -fno-optimize-sibling-calls: a
 * tail call would show the wrapper's caller instead, for ever.
 *
 * The kernel's group has no room for a tie, so ties are found by the kernel's id
 * of it, which is small, unique among the groups of the machine, and kept when
 * the kernel reallocates one. An id may be given to a new group as soon as the old
 * one is gone, before anybody has noticed: then that one is asked about the new
 * one's packets until it is untied, and its answers are listeners that have left.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ftrace.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/socket.h>
#include <linux/srcu.h>
#include <linux/xarray.h>
#include <net/inet_common.h>
#include <net/inet_connection_sock.h>
#include <net/sock.h>
#include <net/sock_reuseport.h>
#include <net/tcp.h>

#include "attach.h"
#include "reuseport.h"

#include <uapi/linux/homeport.h>

#if !defined(CONFIG_X86_64)
#error homeport: the ftrace attach is written for x86-64
#endif
#if !defined(CONFIG_DYNAMIC_FTRACE_WITH_ARGS)
#error homeport: the kernel needs CONFIG_DYNAMIC_FTRACE_WITH_ARGS (CONFIG_FUNCTION_TRACER)
#endif
#if !defined(CONFIG_KPROBES)
#error homeport: the kernel needs CONFIG_KPROBES
#endif
#if !defined(CONFIG_INET) || !defined(CONFIG_SECURITY_NETWORK)
#error homeport: the kernel needs CONFIG_INET and CONFIG_SECURITY_NETWORK
#endif

/* Set before the first hook is registered, never cleared while one is. */
static const struct hp_hooks *the_hooks;

/* All ties, by the id of the kernel's group. Read under RCU. */
static DEFINE_XARRAY(ties);

/* Calls inside a wrapper. */
DEFINE_STATIC_SRCU(wrapped);

/*
 * What an answered call is redirected to. The answer travels as an argument:
 * unlike the register of return values it is kept by whoever else sits at the
 * same function, such as a BPF trampoline.
 */
static notrace struct sock *answer(struct sock *sk)
{
	return sk;
}

static int wrap_listen(struct socket *sock, int backlog)
{
	int idx = srcu_read_lock(&wrapped);
	int err = inet_listen(sock, backlog);

	if (!err)
		the_hooks->join(sock->sk);
	srcu_read_unlock(&wrapped, idx);
	return err;
}

static void wrap_close(struct sock *sk, long timeout)
{
	int idx = srcu_read_lock(&wrapped);

	if (!the_hooks->close(sk))
		tcp_close(sk, timeout);
	srcu_read_unlock(&wrapped, idx);
}

static void notrace answer_with(struct ftrace_regs *fregs, struct sock *sk)
{
	if (!sk)
		return;
	hp_ftrace_set_argument(fregs, (unsigned long)sk);
	ftrace_regs_set_instruction_pointer(fregs, (unsigned long)answer);
}

/* A group with a BPF program is the program's. */
static struct sock *notrace pick(struct sock *sk, struct sk_buff *skb)
{
	const struct sock_reuseport *reuse;
	struct hp_tie *tie = NULL;

	if (sk->sk_protocol != IPPROTO_TCP || !skb)
		return NULL;
	reuse = rcu_dereference(sk->sk_reuseport_cb);
	if (likely(reuse)) {
		tie = rcu_access_pointer(reuse->prog) ? NULL :
			xa_load(&ties, reuse->reuseport_id);
		if (!tie)
			return NULL;
	}
	return the_hooks->pick(sk, skb, tie ? &tie->native : NULL);
}

/* struct sock *reuseport_select_sock(sk, hash, skb, hdr_len) */
static void notrace answer_select(struct ftrace_regs *fregs)
{
	struct sock *sk = (void *)ftrace_regs_get_argument(fregs, 0);
	struct sk_buff *skb = (void *)ftrace_regs_get_argument(fregs, 2);

	answer_with(fregs, pick(sk, skb));
}

/* struct sock *reuseport_migrate_sock(sk, migrating_sk, skb) */
static void notrace answer_migrate(struct ftrace_regs *fregs)
{
	struct sock *sk = (void *)ftrace_regs_get_argument(fregs, 0);
	struct sock *moving = (void *)ftrace_regs_get_argument(fregs, 1);

	answer_with(fregs, the_hooks->rehome(sk, moving));
}

/* void reuseport_stop_listen_sock(sk), void reuseport_detach_sock(sk) */
static void notrace watch_leave(struct ftrace_regs *fregs)
{
	the_hooks->leave((void *)ftrace_regs_get_argument(fregs, 0));
}

/* void reuseport_update_incoming_cpu(sk, cpu) */
static void notrace watch_incoming_cpu(struct ftrace_regs *fregs)
{
	the_hooks->homed((void *)ftrace_regs_get_argument(fregs, 0),
			 ftrace_regs_get_argument(fregs, 1));
}

/* struct sock *inet_csk_accept(sk, how it was asked) */
static void notrace watch_accept(struct ftrace_regs *fregs)
{
	struct sock *sk = (void *)ftrace_regs_get_argument(fregs, 0);
	int flags = hp_accept_flags(ftrace_regs_get_argument(fregs, 1));

	the_hooks->accepting(sk, !(flags & O_NONBLOCK));
}

/* void security_sock_graft(child, socket): accept() is about to return it */
static void notrace watch_graft(struct ftrace_regs *fregs)
{
	the_hooks->accepted((void *)ftrace_regs_get_argument(fregs, 0));
}

/* int inet_listen(socket, backlog) */
static void notrace redirect_listen(struct ftrace_regs *fregs)
{
	ftrace_regs_set_instruction_pointer(fregs, (unsigned long)wrap_listen);
}

/* void tcp_close(sk, timeout), of a listener */
static void notrace redirect_close(struct ftrace_regs *fregs)
{
	ftrace_regs_set_instruction_pointer(fregs, (unsigned long)wrap_close);
}

/* A function of the kernel, and what to do when it is entered. */
struct site {
	const char *name;
	void (*entered)(struct ftrace_regs *fregs);
	unsigned long address;
};

/* What each connection passes comes first. */
static struct site watched[] = {
	{ "inet_csk_accept", watch_accept },
	{ "security_sock_graft", watch_graft },
	{ "reuseport_stop_listen_sock", watch_leave },
	{ "reuseport_detach_sock", watch_leave },
	{ "reuseport_update_incoming_cpu", watch_incoming_cpu },
	{}
};

static struct site wrapped_calls[] = {
	{ "tcp_close", redirect_close },
	{ "inet_listen", redirect_listen },
	{}
};

static const struct site *const the_close = &wrapped_calls[0];

static struct site answered_migrate[] = {
	{ "reuseport_migrate_sock", answer_migrate },
	{}
};

static struct site answered_select[] = { { "reuseport_select_sock" }, {} };

/* ftrace's place is at, or just behind, the function's start. */
static bool notrace is_at(const struct site *site, unsigned long ip)
{
	return ip - site->address < MCOUNT_INSN_SIZE;
}

static void notrace enter(const struct site *site, unsigned long ip,
			  struct ftrace_regs *fregs)
{
	for (; site->name; site++)
		if (is_at(site, ip)) {
			site->entered(fregs);
			return;
		}
}

/*
 * Most of those that close are connections, and they have to get past here: only
 * who has a listener open can make it anything else. The caller's reference keeps
 * the socket, so nothing need be held to look at it.
 */
static bool notrace is_connection(unsigned long ip, struct ftrace_regs *fregs)
{
	const struct sock *sk = (void *)ftrace_regs_get_argument(fregs, 0);

	return is_at(the_close, ip) && READ_ONCE(sk->sk_state) != TCP_LISTEN;
}

/*
 * Hooks run with preemption disabled. ftrace's recursion lock, which does that
 * too, is not taken: each ops is for some functions only, none of which a hook
 * comes to call, and it would be a good part of what a hook costs.
 */
static void notrace on_watched(unsigned long ip, unsigned long parent_ip,
			       struct ftrace_ops *ops,
			       struct ftrace_regs *fregs)
{
	preempt_disable_notrace();
	enter(ops->private, ip, fregs);
	preempt_enable_notrace();
}

/* What this module calls itself is the original. */
static void notrace on_wrapped(unsigned long ip, unsigned long parent_ip,
			       struct ftrace_ops *ops,
			       struct ftrace_regs *fregs)
{
	if (likely(is_connection(ip, fregs)))
		return;
	if (!within_module(parent_ip, THIS_MODULE))
		enter(ops->private, ip, fregs);
}

static void notrace on_select(unsigned long ip, unsigned long parent_ip,
			      struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	preempt_disable_notrace();
	answer_select(fregs);
	preempt_enable_notrace();
}

/*
 * What goes in and out at once: each has to wait for all CPUs and tasks.
 * PERMANENT: kernel.ftrace_enabled cannot be cleared under our feet.
 */
#define WATCH	FTRACE_OPS_FL_PERMANENT
#define CHANGE	(WATCH | FTRACE_OPS_FL_IPMODIFY)

struct hook {
	struct site *sites;
	struct ftrace_ops ops;
};

/* A pick goes last: by then all else that it needs is there. */
static struct hook hooks[] = {
	{ watched, { .func = on_watched, .flags = WATCH } },
	{ answered_migrate, { .func = on_watched, .flags = CHANGE } },
	{ wrapped_calls, { .func = on_wrapped, .flags = CHANGE } },
	{ answered_select, { .func = on_select, .flags = CHANGE } },
};

/*
 * Where a function is, of those that kprobes and so ftrace can hook. Not all
 * are exported. The probe is never armed.
 */
static int function_address(const char *name, unsigned long *address)
{
	struct kprobe probe = {
		.symbol_name = name,
		.flags = KPROBE_FLAG_DISABLED,
	};
	int err = register_kprobe(&probe);

	if (err)
		return err;
	*address = (unsigned long)probe.addr;
	unregister_kprobe(&probe);
	return 0;
}

/*
 * By address: ftrace_set_filter() reports success where it had no memory for
 * the name, and an empty filter means every function of the kernel.
 */
static int hook_add_site(struct hook *hook, struct site *site)
{
	int err = function_address(site->name, &site->address);

	if (!err)
		err = ftrace_set_filter_ip(&hook->ops, site->address, 0, 0);
	if (err == -ENOMEM)
		return err;
	if (err) {
		pr_err("this kernel has no function %s that can be hooked (error %d)\n",
		       site->name, err);
		return -EOPNOTSUPP;
	}
	return 0;
}

static int hook_filter(struct hook *hook)
{
	struct site *site;
	int err = 0;

	for (site = hook->sites; !err && site->name; site++)
		err = hook_add_site(hook, site);
	return err;
}

static bool is_taken(struct hook *hook, const struct site *site)
{
	int err;

	/* not ftrace_free_filter(): in 6.1 what it leaves is of no more use */
	if (ftrace_set_filter_ip(&hook->ops, site->address, 0, 1))
		return false;
	err = register_ftrace_function(&hook->ops);
	if (!err)
		unregister_ftrace_function(&hook->ops);
	return err == -EBUSY;
}

/* Which one is it? One by one they tell. */
static const char *taken_name(struct hook *hook)
{
	const struct site *site;

	for (site = hook->sites; site[1].name; site++)
		if (is_taken(hook, site))
			break;
	return site->name;
}

static void hook_complain(struct hook *hook, int err)
{
	const char *name = hook->sites[0].name;

	if (err == -EBUSY && hook->ops.flags & FTRACE_OPS_FL_IPMODIFY)
		name = taken_name(hook);
	if (err == -EBUSY && hook->ops.flags & FTRACE_OPS_FL_IPMODIFY)
		pr_err("%s is redirected already by another owner: a livepatch or another instance of homeport (see /sys/kernel/livepatch and /sys/kernel/tracing/enabled_functions)\n",
		       name);
	else if (err == -EBUSY)
		pr_err("cannot hook %s: kernel.ftrace_enabled is 0\n", name);
	else
		pr_err("cannot hook %s: error %d\n", name, err);
}

static int hook_register(struct hook *hook)
{
	int err = hook_filter(hook);

	hook->ops.private = hook->sites;
	if (err)
		goto free_filter;
	err = register_ftrace_function(&hook->ops);
	if (err) {
		hook_complain(hook, err);
		goto free_filter;
	}
	return 0;

free_filter:
	ftrace_free_filter(&hook->ops);
	return err;
}

static void hook_unregister(struct hook *hook)
{
	unregister_ftrace_function(&hook->ops);
	ftrace_free_filter(&hook->ops);
}

/* See the head of this file. */
static void wait_for_calls(void)
{
	synchronize_rcu_tasks();
	synchronize_srcu(&wrapped);
	synchronize_rcu_tasks();
}

static int ftrace_attach(const struct hp_hooks *core)
{
	unsigned int i;
	int err;

	the_hooks = core;
	for (i = 0; i < ARRAY_SIZE(hooks); i++) {
		err = hook_register(&hooks[i]);
		if (err)
			goto unregister;
	}
	return 0;

unregister:
	while (i--)
		hook_unregister(&hooks[i]);
	wait_for_calls();
	return err;
}

static void ftrace_detach(void)
{
	unsigned int i = ARRAY_SIZE(hooks);

	while (i--)
		hook_unregister(&hooks[i]);
	wait_for_calls();
}

/* Another one may have its place. */
static void ftrace_untie(struct hp_tie *tie)
{
	xa_cmpxchg(&ties, tie->id, tie, NULL, GFP_KERNEL);
}

static int ftrace_tie(struct hp_tie *tie, struct sock *sk)
{
	int id = hp_reuseport_id(sk);

	if (id < 0)
		return id;
	if (xa_load(&ties, id) == tie)
		return 0;
	ftrace_untie(tie);
	tie->id = id;
	return xa_err(xa_store(&ties, id, tie, GFP_KERNEL));
}

/* By way of its ftrace site, which lets this module pass. */
static void ftrace_close(struct sock *sk)
{
	tcp_close(sk, 0);
}

const struct hp_attach hp_attach_ftrace = {
	.name = "ftrace",
	.id = HOMEPORT_ATTACH_FTRACE,
	.available = true,	/* or it would not compile */
	.attach = ftrace_attach,
	.detach = ftrace_detach,
	.tie = ftrace_tie,
	.untie = ftrace_untie,
	.close = ftrace_close,
	.enqueue = hp_enqueue,
};
