// SPDX-License-Identifier: GPL-2.0
/*
 * main.c - homeport.ko: comes and goes, and brings its parts together
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/slab.h>
#include <net/net_namespace.h>

#include "accept.h"
#include "attach.h"
#include "group.h"
#include "keep.h"
#include "listener.h"
#include "manage.h"
#include "netlink.h"
#include "netns.h"
#include "param.h"
#include "pick.h"
#include "request.h"
#include "rule.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

static char *ports;
module_param(ports, charp, 0444);
MODULE_PARM_DESC(ports, "Ports to manage in the initial network namespace: 80,443,8000-8080 or all (default: none)");

static uint grace_ms;
module_param(grace_ms, uint, 0444);
MODULE_PARM_DESC(grace_ms, "How long to keep a group whose last listener was closed, in ms, for the rules of ports= (default: 0, not at all)");

static char *attach = "auto";
module_param(attach, charp, 0444);
MODULE_PARM_DESC(attach, "How to attach to the kernel: auto, ftrace or native (default: auto)");

static const struct hp_hooks hp_hooks = {
	.pick = hp_pick,
	.join = hp_join,
	.leave = hp_leave,
	.close = hp_close,
	.rehome = hp_rehome,
	.borrow = hp_borrow,
	.bind = hp_bind,
	.homed = hp_homed,
	.accepting = hp_accepting,
	.accepted = hp_accepted,
};

const struct hp_attach *hp_attach;

/* "auto" takes the best that there is. */
static int choose_attach(void)
{
	hp_attach = &hp_attach_ftrace;
	if (!strcmp(attach, "native") ||
	    (!strcmp(attach, "auto") && hp_attach_native.available)) {
		hp_attach = &hp_attach_native;
	} else if (strcmp(attach, "auto") && strcmp(attach, "ftrace")) {
		pr_err("attach=: \"%s\" is not auto, ftrace or native\n", attach);
		return -EINVAL;
	}
	if (hp_attach->available)
		return 0;
	pr_err("attach=%s is not supported: this kernel does not have the homeport patches\n",
	       hp_attach->name);
	return -EOPNOTSUPP;
}

static int check_params(void)
{
	if (grace_ms > HOMEPORT_GRACE_MS_MAX) {
		pr_err("grace_ms=%u is more than %u, an hour\n", grace_ms,
		       HOMEPORT_GRACE_MS_MAX);
		return -EINVAL;
	}
	return choose_attach();
}

/*
 * Loading never answers -EEXIST: that is the kernel's own word for a module that is
 * loaded already, so modprobe calls it success.
 */
static int add_rule(const struct hp_ports *range)
{
	struct hp_rule_key key = { .first = range->first, .last = range->last };
	struct hp_rule_conf conf = HP_CONF_DEFAULT;
	u32 id, conflict = 0;
	int err;

	conf.grace_ms = grace_ms;
	err = hp_manage_add(hp_net(&init_net), &key, &conf, &id, &conflict);
	if (err != -EEXIST)
		return err;
	pr_err("ports=: %u-%u overlaps with what comes before it\n",
	       range->first, range->last);
	return -EINVAL;
}

static int add_rules(const struct hp_ports *ranges, unsigned int nr)
{
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < nr; i++)
		err = add_rule(&ranges[i]);
	return err;
}

static int start_netlink(void)
{
	int err = hp_netlink_init(hp_attach->id, hp_attach->features);

	if (err == -EEXIST) {	/* see add_rule() */
		pr_err("the netlink family \"%s\" is taken: another instance of homeport is loaded\n",
		       HOMEPORT_FAMILY_NAME);
		return -EBUSY;
	}
	if (err)
		pr_err("cannot register the netlink family: error %d\n", err);
	return err;
}

/* The core, which does nothing yet. */
static int start_core(void)
{
	int err;

	err = hp_listener_init();
	if (err)
		return err;
	err = hp_netns_init();
	if (err)
		goto exit_listener;
	err = hp_manage_init();
	if (err)
		goto exit_netns;
	return 0;

exit_netns:
	hp_netns_exit();
exit_listener:
	hp_listener_exit();
	return err;
}

/* No hook is attached and nobody can ask for anything. */
static void stop_core(void)
{
	hp_manage_exit();
	hp_netns_exit();
	hp_listener_exit();
	hp_group_exit();
}

static int start(const struct hp_ports *ranges, unsigned int nr)
{
	int err;

	err = start_core();
	if (err)
		return err;
	err = start_netlink();
	if (err)
		goto stop_core;
	err = hp_attach->attach(&hp_hooks);
	if (err)
		goto exit_netlink;
	err = hp_netns_start();
	if (err)
		goto detach;
	err = add_rules(ranges, nr);
	if (err)
		goto stop;
	return 0;

stop:
	hp_netns_stop();
detach:
	hp_attach->detach();
exit_netlink:
	hp_netlink_exit();
stop_core:
	stop_core();
	return err;
}

static int __init hp_init(void)
{
	struct hp_ports *ranges;
	unsigned int nr;
	int err;

	err = check_params();
	if (err)
		return err;
	err = hp_param_ports(ports, &ranges, &nr);
	if (err)
		return err;
	err = start(ranges, nr);
	kfree(ranges);
	if (!err)
		pr_info("attached by %s, %u rules\n", hp_attach->name, nr);
	return err;
}

/*
 * First nobody asks for anything any more, then nothing is held any more, then
 * no hook runs any more, then what they worked on goes.
 */
static void __exit hp_exit(void)
{
	hp_netlink_exit();
	hp_netns_stop();
	hp_attach->detach();
	stop_core();
}

module_init(hp_init);
module_exit(hp_exit);

MODULE_DESCRIPTION("Keeps TCP connections at their home: the CPU that received the SYN");
MODULE_AUTHOR("The homeport authors");
MODULE_LICENSE("GPL");
