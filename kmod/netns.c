// SPDX-License-Identifier: GPL-2.0
#include "netns.h"

#include <linux/rculist.h>
#include <linux/slab.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "group.h"
#include "keep.h"
#include "load.h"
#include "manage.h"
#include "rescue.h"
#include "stats.h"

static unsigned int hp_net_id __read_mostly;

/**
 * hp_net() - what homeport keeps for a network namespace
 * @net: The namespace.
 */
struct hp_net *hp_net(const struct net *net)
{
	return net_generic(net, hp_net_id);
}

static int __net_init hp_net_init(struct net *net)
{
	struct hp_net *hn = hp_net(net);
	unsigned int i;

	hn->net = net;
	mutex_init(&hn->lock);
	INIT_LIST_HEAD(&hn->rules);
	INIT_LIST_HEAD(&hn->groups);
	for (i = 0; i < ARRAY_SIZE(hn->by_port); i++)
		INIT_HLIST_HEAD(&hn->by_port[i]);
	INIT_DELAYED_WORK(&hn->update, hp_manage_update);
	INIT_DELAYED_WORK(&hn->learn, hp_manage_learn);
	INIT_DELAYED_WORK(&hn->keep, hp_keep_look);
	INIT_DELAYED_WORK(&hn->load, hp_load_look);
	INIT_WORK(&hn->rescue, hp_rescue);
	INIT_LIST_HEAD(&hn->adopted);
	return 0;
}

/*
 * Two ways lead here. The namespace goes: its sockets are gone then, all but
 * those of the kernel's own. The module goes: every hook is detached. Either
 * way:
 *
 * - Joins: hp_net.closing, set under the lock, makes them do nothing.
 * - Hooks that still find a listener or group: they got there by RCU, and
 *   hp_manage_close() has unlinked all. After synchronize_rcu() none is left
 *   that could queue a work.
 * - CPU hotplug: finds groups by RCU as hooks do.
 * - Adopted listeners: hp_net_stop() has closed all. Their wait queues are
 *   gone, so nothing wakes hp_net.keep.
 * - The works queue each other, and themselves while there are groups: there
 *   are none, so two rounds end it.
 */
static void __net_exit hp_net_exit(struct net *net)
{
	struct hp_net *hn = hp_net(net);

	hp_manage_close(hn);
	if (hn->gone)	/* else there never was a group */
		synchronize_rcu();
	cancel_delayed_work_sync(&hn->keep);
	cancel_delayed_work_sync(&hn->load);
	cancel_work_sync(&hn->rescue);
	cancel_delayed_work_sync(&hn->learn);
	cancel_delayed_work_sync(&hn->update);
	hp_stats_free(hn->gone);
	mutex_destroy(&hn->lock);
}

static struct pernet_operations hp_net_ops = {
	.init = hp_net_init,
	.exit = hp_net_exit,
	.id = &hp_net_id,
	.size = sizeof(struct hp_net),
};

/*
 * What servers closed is closed for real, while the hooks are attached yet: they
 * find other listeners for what it had. When a namespace goes there is nothing
 * left: what homeport holds open would have held the namespace.
 */
static void __net_exit hp_net_stop(struct net *net)
{
	hp_manage_stop(hp_net(net));
}

static struct pernet_operations hp_net_stop_ops = {
	.exit = hp_net_stop,
};

/**
 * hp_netns_init() - begin to keep state for every network namespace
 *
 * Return: 0, or a negative errno.
 */
int hp_netns_init(void)
{
	int err;

	err = hp_load_init();
	if (err)
		return err;
	err = register_pernet_subsys(&hp_net_ops);
	if (err)
		hp_load_exit();
	return err;
}

/**
 * hp_netns_start() - from now on there may be something to stop
 *
 * Return: 0, or a negative errno.
 */
int hp_netns_start(void)
{
	return register_pernet_subsys(&hp_net_stop_ops);
}

/**
 * hp_netns_stop() - hold no socket open any more, in any network namespace
 *
 * The hooks are still attached.
 */
void hp_netns_stop(void)
{
	unregister_pernet_subsys(&hp_net_stop_ops);
}

/**
 * hp_netns_exit() - drop the state of every network namespace
 *
 * No hook is attached any more.
 */
void hp_netns_exit(void)
{
	unregister_pernet_subsys(&hp_net_ops);
	hp_load_exit();
}
