/* SPDX-License-Identifier: GPL-2.0 */
/* group.h - a group and what its listeners have in common */
#ifndef HOMEPORT_GROUP_H
#define HOMEPORT_GROUP_H

#include <linux/cache.h>
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/types.h>
#include <linux/uidgid.h>
#include <uapi/linux/homeport.h>

#include "addr.h"
#include "attach.h"
#include "stats.h"

struct hp_listener;
struct hp_lookout;
struct hp_arrivals;
struct hp_map;
struct hp_net;
struct hp_rule;
struct sock;

/**
 * struct hp_key - what all listeners of a group have in common
 */
struct hp_key {
	struct hp_addr addr;
	u16 port;
	bool v6only;
	int ifindex;
	kuid_t uid;
};

/**
 * struct hp_group - a managed SO_REUSEPORT group
 * @tie: By which picks find it.
 * @map: Which listener serves which CPU; NULL: the stock kernel chooses.
 * @stats: Counters.
 * @hn: Its namespace.
 * @lookout: What CPUs tell of it.
 * @learning: hp_net.learn is pending for its sake. Set by hp_accepting().
 * @pace: enum hp_pace: how often hp_load_look() looks. Raised by picks.
 * @told: hp_load_look() looks several times in a stall, so nobody needs to tell
 *	it. Set by lookouts, which picks are to know nothing of.
 * @dropped: It is the stock kernel's again. Read by lookouts.
 * @stale: Listeners, homes or CPUs changed: make a new map. Set by hooks.
 * @key: What its listeners have in common.
 * @port_node: In hp_net.by_port.
 * @list: In hp_net.groups.
 * @listeners: Of struct hp_listener.
 * @ghosts: Of the same: closed, but half-open requests still name them.
 * @nr: How many listeners.
 * @elected: Those of them that may be picked, by hp_listener.elect.
 * @nr_elected: How many.
 * @id: From 1 up, never used twice.
 * @reuseport_id: The kernel's id of the group; may be used again after it.
 * @rule: The rule that manages it.
 * @kept: Nobody is there but listeners that homeport keeps; see keep.c.
 * @kept_since: Since when, in jiffies.
 * @kept_until: When grace is over, in jiffies.
 * @settled_at: When those that joined a kept group are taken for all, in
 *	jiffies.
 * @settled_by: The same, however many still join.
 * @serving: Some task has accepted from one of those that are its listeners now.
 * @serving_since: Since when that is known, in jiffies.
 * @arrivals: For hp_bound_sample(), nr_cpu_ids long; allocated when needed.
 * @bound_at: When to sample again, in jiffies.
 * @bound_age: For how many samples the excess is divided as it is; or
 *	HP_BOUND_STALE.
 * @spills: Some get what other CPUs picked, whose lookouts do not look at them.
 * @quiet: How many times in a row nothing had been picked.
 * @empty: How many looks in a row nothing was queued.
 * @ref: One for hp_net.groups, one for each listener.
 * @rcu: To free it.
 *
 * What is not said to be read or set by hooks is under hp_net.lock.
 */
struct hp_group {
	struct hp_tie tie;
	struct hp_map __rcu *map;
	struct hp_stats *stats;
	struct hp_net *hn;
	struct hp_lookout __percpu *lookout;
	bool learning;
	bool stale;
	bool dropped;
	u32 pace;
	struct hp_key key;
	struct hlist_node port_node;

	/* what lookouts write, now and then */
	bool told ____cacheline_aligned;

	/* what works write, again and again */
	struct list_head list ____cacheline_aligned;
	struct list_head listeners;
	struct list_head ghosts;
	u32 nr;
	struct list_head elected;
	u32 nr_elected;
	u32 id;
	u32 reuseport_id;
	struct hp_rule *rule;

	bool kept;
	unsigned long kept_since;
	unsigned long kept_until;
	unsigned long settled_at;
	unsigned long settled_by;

	bool serving;
	unsigned long serving_since;

	struct hp_arrivals *arrivals;
	unsigned long bound_at;
	bool spills;
	u8 bound_age;
	u8 quiet;
	u8 empty;

	refcount_t ref;
	struct rcu_head rcu;
};

void hp_key_of(struct hp_key *key, struct sock *sk);

bool hp_group_has_child(const struct hp_group *g, const struct sock *child);
struct hp_group *hp_group_find_child(const struct sock *child);
struct hp_group *hp_group_get(struct hp_net *hn, struct sock *sk,
			      u32 reuseport_id, const struct hp_key *key,
			      struct hp_rule *rule);
void hp_group_put(struct hp_group *g);
void hp_group_drop(struct hp_group *g);
void hp_group_reap(struct hp_group *g);
void hp_group_evict(struct hp_listener *l);
void hp_group_remap(struct hp_group *g);
void hp_group_resettle(struct hp_group *g);
void hp_group_stale(struct hp_group *g);
void hp_group_stale_net(struct hp_net *hn);
bool hp_group_is_served(const struct hp_group *g,
			const struct hp_listener *but);
bool hp_group_has_prog(const struct hp_group *g);
enum homeport_group_state hp_group_state(const struct hp_group *g);
void hp_group_exit(void);

#endif /* HOMEPORT_GROUP_H */
