/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/homeport.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_HOMEPORT_GEN_H
#define _LINUX_HOMEPORT_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/homeport.h>

extern const struct nla_policy homeport_rule_add_nl_policy[HOMEPORT_A_RULE_BOUND_PERCENT + 1];

extern const struct nla_policy homeport_rule_del_nl_policy[HOMEPORT_A_RULE_ID + 1];

extern const struct nla_policy homeport_rule_get_nl_policy[HOMEPORT_A_RULE_ID + 1];

extern const struct nla_policy homeport_group_get_nl_policy[HOMEPORT_A_GROUP_ID + 1];

extern const struct nla_policy homeport_listener_get_nl_policy[HOMEPORT_A_LISTENER_INDEX + 1];

extern const struct nla_policy homeport_stat_get_nl_policy[HOMEPORT_A_STAT_CPU + 1];

extern const struct nla_policy homeport_rule_set_nl_policy[HOMEPORT_A_RULE_BOUND_PERCENT + 1];

extern const struct nla_policy homeport_group_release_nl_policy[HOMEPORT_A_GROUP_ID + 1];

extern const struct nla_policy homeport_listener_drain_nl_policy[HOMEPORT_A_LISTENER_DRAIN + 1];

/* Ops table for homeport */
extern const struct genl_ops homeport_nl_ops[9];

int homeport_nl_rule_add_doit(struct sk_buff *skb, struct genl_info *info);
int homeport_nl_rule_del_doit(struct sk_buff *skb, struct genl_info *info);
int homeport_nl_rule_get_doit(struct sk_buff *skb, struct genl_info *info);
int homeport_nl_rule_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb);
int homeport_nl_group_get_doit(struct sk_buff *skb, struct genl_info *info);
int homeport_nl_group_get_dumpit(struct sk_buff *skb,
				 struct netlink_callback *cb);
int homeport_nl_listener_get_doit(struct sk_buff *skb, struct genl_info *info);
int homeport_nl_listener_get_dumpit(struct sk_buff *skb,
				    struct netlink_callback *cb);
int homeport_nl_stat_get_doit(struct sk_buff *skb, struct genl_info *info);
int homeport_nl_stat_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb);
int homeport_nl_rule_set_doit(struct sk_buff *skb, struct genl_info *info);
int homeport_nl_group_release_doit(struct sk_buff *skb, struct genl_info *info);
int homeport_nl_listener_drain_doit(struct sk_buff *skb,
				    struct genl_info *info);

enum {
	HOMEPORT_NLGRP_MONITOR,
};

#endif /* _LINUX_HOMEPORT_GEN_H */
