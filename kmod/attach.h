/* SPDX-License-Identifier: GPL-2.0 */
/*
 * attach.h - the one interface between homeport and the kernel's hook points
 *
 * Two tables meet here. struct hp_hooks is what the core offers to whoever
 * sits at the hook points. struct hp_attach is a way to sit there: ftrace on
 * an unpatched kernel, the patch series' own registry on a patched one.
 * main.c brings one of each together. The core includes no other attach
 * header, and an attach includes no header of the core.
 */
#ifndef HOMEPORT_ATTACH_H
#define HOMEPORT_ATTACH_H

#include <linux/types.h>
#include <net/reuseport_owner.h>

struct request_sock;
struct sk_buff;
struct sock;

/**
 * struct hp_tie - what an attach keeps in a group, so that a pick comes by it
 * @native: What the patched kernel's group points to.
 * @id: Of the kernel's group, for ftrace.
 *
 * Nobody but the attach looks into it.
 */
struct hp_tie {
	struct reuseport_owner_group native;
	u32 id;
};

/**
 * struct hp_hooks - what homeport does at the kernel's hook points
 *
 * An attach calls @borrow and @bind only where it has the feature. All others are
 * required. None may fail: on any doubt they leave things to the
 * stock kernel. Those marked atomic run with preemption disabled, perhaps
 * under the kernel's spinlocks: they neither sleep, nor allocate, nor take
 * a lock that PREEMPT_RT makes sleep.
 *
 * @pick: Under RCU; atomic, but may be preempted by what runs on PREEMPT_RT
 *	only. A packet @skb for which the kernel found the TCP listener @sk, whose
 *	group has to choose: the one that is tied (hp_attach.tie), by the hp_tie of
 *	which @tie is the first member. It has no BPF program. @tie is NULL where
 *	@sk is about to leave the hash table and in no group any more. Groups that
 *	are not tied are not asked about. Returns the listener, without a
 *	reference, or NULL for the stock choice.
 * @join: May sleep; the caller does not own @sk. @sk listens now.
 * @leave: Atomic. @sk is about to leave its group, or the listening state.
 * @close: May sleep; the caller does not own @sk. @sk, in TCP_LISTEN, is about
 *	to be closed by the last who has it open. Returns true when it must not:
 *	it belongs to homeport now, which calls hp_attach.close in the end.
 * @rehome: Atomic. The listener @sk has closed; @moving is a child that it had
 *	or a half-open request. Returns the listener that shall have it, with a
 *	reference, or NULL for the stock choice.
 * @borrow: Atomic, under RCU. @sk has no room for the request of the SYN @skb. Returns
 *	a listener that has, without a reference, or NULL for the stock choice.
 * @bind: Atomic, under RCU. The ACK @skb completes the handshake of @req, a
 *	request of @sk.
 *	Returns the listener that shall have the child, without a reference, or
 *	NULL for the stock choice, which is @sk.
 * @homed: Atomic, this task owns @sk. Its SO_INCOMING_CPU becomes @cpu, or is
 *	taken back where @cpu is negative.
 * @accepting: Atomic. This task asks @sk for a connection. @may_wait: it is
 *	ready to wait for one.
 * @accepted: Atomic. This task has been given the connection @child.
 */
struct hp_hooks {
	struct sock *(*pick)(struct sock *sk, struct sk_buff *skb,
			     struct reuseport_owner_group *tie);
	void (*join)(struct sock *sk);
	void (*leave)(struct sock *sk);
	bool (*close)(struct sock *sk);
	struct sock *(*rehome)(struct sock *sk, struct sock *moving);
	struct sock *(*borrow)(struct sock *sk, struct sk_buff *skb);
	struct sock *(*bind)(struct sock *sk, struct request_sock *req,
			     struct sk_buff *skb);
	void (*homed)(struct sock *sk, int cpu);
	void (*accepting)(struct sock *sk, bool may_wait);
	void (*accepted)(struct sock *child);
};

/* For hp_attach.move: the listener that shall have @child of @sk, or NULL. */
typedef struct sock *(*hp_choose_t)(struct sock *sk, struct sock *child,
				    void *data);

/**
 * struct hp_attach - a way to sit at the kernel's hook points
 * @name: As in the module parameter attach=.
 * @id: The same for netlink, enum homeport_attach.
 * @available: This kernel was built with what it needs.
 * @attach: Call @hooks from now on. Returns 0, or a negative errno after it
 *	has said why in the log and has left nothing behind.
 *	-EBUSY: another owner; -EOPNOTSUPP: this kernel lacks what is needed.
 * @detach: When this returns, no hook is running nor will run again.
 *	May sleep. Only after a successful @attach.
 * @tie: Hand @tie to hp_hooks.pick for the group of the listener @sk, until
 *	@untie, or until the group is gone, and for no other. It is all zero at
 *	first; one that the group was tied to before is not any more. May sleep.
 *	Returns 0, or -ENOMEM; -ENOENT when @sk is in no group.
 * @untie: Hand @tie to no pick any more but those under way, which RCU covers.
 *	No error when it is not tied. May sleep.
 * @close: Close a socket for real, and drop the reference of who had it open.
 *	May sleep.
 * @enqueue: Put a child into the accept queue of a listener. The child is
 *	locked, BHs are disabled. Returns NULL when the listener has closed;
 *	the child is ended then. NULL where the kernel has no way to do it.
 * @move: Give up to @max children of a listener to those that @choose names,
 *	until that returns NULL; it is called atomically, under RCU and the
 *	kernel's spinlocks. Nobody need be kept from accepting meanwhile. Returns
 *	how many moved; a child whose handshake goes on (TCP Fast Open) is
 *	not asked about. NULL where the kernel has no way to do it.
 * @features: What the running kernel has, enum homeport_feature.
 */
struct hp_attach {
	const char *name;
	u32 id;
	bool available;
	int (*attach)(const struct hp_hooks *hooks);
	void (*detach)(void);
	int (*tie)(struct hp_tie *tie, struct sock *sk);
	void (*untie)(struct hp_tie *tie);
	void (*close)(struct sock *sk);
	struct sock *(*enqueue)(struct sock *sk, struct request_sock *req,
				struct sock *child);
	int (*move)(struct sock *sk, hp_choose_t choose, void *data, int max);
	u32 features;
};

extern const struct hp_attach hp_attach_ftrace;
extern const struct hp_attach hp_attach_native;

/* The one that main.c chose. Set before anything else begins. */
extern const struct hp_attach *hp_attach;

#endif /* HOMEPORT_ATTACH_H */
