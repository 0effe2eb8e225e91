// SPDX-License-Identifier: GPL-2.0
/*
 * attach_native.c - homeport on a kernel with the patches
 *
 * The patched kernel asks the owner of its reuseport groups at each hook point,
 * with the meaning, the context and the protection that struct hp_hooks asks
 * for. So the hooks go to it as they are, and nothing of this file is in the
 * way of a packet. The kernel's group carries the tie.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/printk.h>
#include <net/inet_connection_sock.h>
#include <net/reuseport_owner.h>
#include <net/tcp.h>

#include "attach.h"

#include <uapi/linux/homeport.h>

/* Filled before it is registered, and the same until it no longer is. */
static struct reuseport_owner_ops native_ops;

static int native_attach(const struct hp_hooks *core)
{
	int err;

	native_ops = (struct reuseport_owner_ops) {
		.pick = core->pick,
		.rehome = core->rehome,
		.accepting = core->accepting,
		.accepted = core->accepted,
		.join = core->join,
		.leave = core->leave,
		.homed = core->homed,
		.close = core->close,
	};
	hp_owner_borrow(&native_ops, core->borrow);
	hp_owner_bind(&native_ops, core->bind);
	err = reuseport_owner_register(&native_ops);
	if (err == -EBUSY)
		pr_err("the reuseport groups of this kernel have an owner already: another module or another instance of homeport\n");
	else if (err)
		pr_err("cannot own the reuseport groups of this kernel: error %d\n",
		       err);
	return err;
}

/* What the registry promises is what hp_attach.detach does. */
static void native_detach(void)
{
	reuseport_owner_unregister(&native_ops);
}

static int native_tie(struct hp_tie *tie, struct sock *sk)
{
	return reuseport_owner_tie(sk, &tie->native);
}

static void native_untie(struct hp_tie *tie)
{
	reuseport_owner_untie(&tie->native);
}

const struct hp_attach hp_attach_native = {
	.name = "native",
	.id = HOMEPORT_ATTACH_NATIVE,
	.available = HP_HAS_REUSEPORT_OWNER,
	.attach = native_attach,
	.detach = native_detach,
	.tie = native_tie,
	.untie = native_untie,
	.close = tcp_close_listener,
	.enqueue = hp_enqueue,
	.move = hp_move_children,
	.features = (HP_HAS_OWNER_BIND ? HOMEPORT_FEATURE_BIND : 0) |
		    (HP_HAS_OWNER_BORROW ? HOMEPORT_FEATURE_BORROW : 0) |
		    (HP_HAS_MOVE_CHILDREN ? HOMEPORT_FEATURE_MOVE : 0),
};
