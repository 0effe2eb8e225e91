/* SPDX-License-Identifier: GPL-2.0 */
/* rule.h - which groups of a network namespace homeport manages */
#ifndef HOMEPORT_RULE_H
#define HOMEPORT_RULE_H

#include <linux/list.h>

#include "addr.h"

struct hp_net;
struct netlink_ext_ack;

/**
 * struct hp_rule_key - the listeners a rule stands for
 * @addr: @addr.family is 0 for both; @addr.ip counts only with @exact.
 * @exact: Only listeners bound to @addr, which may be the wildcard.
 * @first: First port, 1 to 65535.
 * @last: Last port, not below @first.
 */
struct hp_rule_key {
	struct hp_addr addr;
	bool exact;
	u16 first;
	u16 last;
};

/* In a change of a rule: leave it as it is. */
#define HP_CONF_SAME	(~0U)

/**
 * struct hp_rule_conf - how a rule has its listeners managed
 * @grace_ms: How long a group is kept whose last listener was closed; 0: not.
 * @stall_ms: A listener is stalled that has connections and accepts none for
 *	so long; 0: none is.
 * @rescue_ms: What it has goes to others after so long; 0: it stays.
 * @bound_percent: The most that a listener gets of the recent picks, in percent
 *	of its fair share; 0: no bound, and none who is behind is helped.
 */
struct hp_rule_conf {
	u32 grace_ms;
	u32 stall_ms;
	u32 rescue_ms;
	u32 bound_percent;
};

/*
 * A task that shares its CPU may wait for its turn as long as another one's
 * slice, some 3 ms: a stall is several of them.
 */
#define HP_CONF_DEFAULT	{						\
	.stall_ms = 10,							\
	.rescue_ms = 10,						\
	.bound_percent = 200,						\
}

/**
 * struct hp_rule - a rule
 * @list: In hp_net.rules.
 * @key: Never changes.
 * @id: From 1 up, never used twice in a namespace.
 * @groups: How many groups it manages.
 * @conf: How it has them managed.
 * @ending: It is about to go; nothing is adopted any more.
 *
 * All under hp_net.lock.
 */
struct hp_rule {
	struct list_head list;
	struct hp_rule_key key;
	u32 id;
	u32 groups;
	struct hp_rule_conf conf;
	bool ending;
};

/* These only keep the list; hp_manage_add() and hp_manage_del() also do it. */
struct hp_rule *hp_rule_add(struct hp_net *hn, const struct hp_rule_key *key,
			    const struct hp_rule_conf *conf, u32 *conflict);
void hp_rule_set(struct hp_rule *rule, const struct hp_rule_conf *conf);
void hp_rule_del(struct hp_net *hn, struct hp_rule *rule);
struct hp_rule *hp_rule_find(struct hp_net *hn, u32 id);
struct hp_rule *hp_rule_match(struct hp_net *hn, const struct hp_addr *addr,
			      u16 port);

#endif /* HOMEPORT_RULE_H */
