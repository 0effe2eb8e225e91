/* SPDX-License-Identifier: GPL-2.0 */
/* netns.h - what homeport keeps for each network namespace */
#ifndef HOMEPORT_NETNS_H
#define HOMEPORT_NETNS_H

#include <linux/cache.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct net;

#define HP_PORT_HASH_BITS	6

/*
 * homeport locking
 * ----------------
 *
 * The one lock of homeport is hp_net.lock, a mutex of each network namespace.
 * It covers all that is reached from struct hp_net: rules, groups, the
 * listeners of a group and their homes, and the making of maps.
 *
 * Order:  lock_sock(listener)  ->  hp_net.lock  ->  bh_lock_sock(child)
 *
 * A task that holds hp_net.lock locks no listener: to look at one that
 * is there already it takes a reference, drops the mutex, locks the socket
 * and takes the mutex again (hp_manage_add()). lock_sock() around a join
 * orders it against the leave of the same listener, which the kernel too
 * calls with the socket locked. Who closes an adopted listener for real takes
 * it off hp_net.adopted under the mutex and drops that (hp_adopt_close()).
 *
 * To take something out of the queue of a listener that is open in a server
 * needs lock_sock(listener) as accept() does, where the kernel has no
 * hp_attach.move, so hp_net.rescue takes a
 * reference, drops the mutex, and takes both in order.
 *
 * A server's close() of a listener takes the mutex first (hp_close()): under
 * it, a listener that is open in a server stays open.
 *
 * The hooks marked atomic in attach.h take no lock at all. They reach groups
 * (by their tie, hp_net.by_port), listeners (hp_listeners) and maps by RCU, write
 * nothing but counters of their own CPU, and leave the rest to hp_net.update,
 * hp_net.learn, hp_net.keep and hp_net.load. These works may take hp_net.lock; they are
 * stopped before the namespace goes (hp_net_exit()).
 */

/**
 * struct hp_net - the state of a network namespace
 * @net: The namespace.
 * @stalled: How many listeners are stalled. Read by hooks.
 * @by_port: Of struct hp_group, by port, under RCU, for children.
 * @lock: See above.
 * @rules: Of struct hp_rule, oldest first.
 * @groups: The same as in @by_port, oldest first.
 * @gen: Counts what comes and goes, so that a dump can tell.
 * @next_rule: Id of the next rule.
 * @closing: Nothing joins any more.
 * @rescan: A join failed; look through the listening sockets again.
 * @update: Takes note of what the hooks saw: leaves, new homes, CPUs.
 * @learn: Learns homes while tasks that are not pinned accept.
 * @load: Looks for stalled listeners, and for those over their bound.
 * @rescue: Gives what waits behind stalled listeners to others.
 * @keep: Looks after @adopted.
 * @adopted: Of struct hp_adopted: listeners that servers closed and homeport
 *	holds open. Their sockets hold the namespace, as any open socket does.
 * @nr_adopted: How many.
 * @gone: Counters of groups that are gone; NULL until one is.
 */
struct hp_net {
	/* what hooks read of each connection; it hardly ever changes */
	struct net *net;
	u32 stalled;
	struct hlist_head by_port[1 << HP_PORT_HASH_BITS];

	/* what works write, again and again */
	struct mutex lock ____cacheline_aligned;	/* see "homeport locking" */
	struct list_head rules;
	struct list_head groups;
	u32 gen;
	u32 next_rule;
	bool closing;
	bool rescan;
	struct delayed_work update;
	struct delayed_work learn;
	struct delayed_work keep;
	struct delayed_work load;
	struct work_struct rescue;
	struct list_head adopted;
	unsigned int nr_adopted;
	struct hp_stats *gone;
};

struct hp_net *hp_net(const struct net *net);
int hp_netns_init(void);
int hp_netns_start(void);
void hp_netns_stop(void);
void hp_netns_exit(void);

#endif /* HOMEPORT_NETNS_H */
