// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/homeport.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink_gen.h"

#include <uapi/linux/homeport.h>

/* Integer value ranges */
static const struct netlink_range_validation homeport_a_rule_port_first_range = {
	.min	= 1ULL,
	.max	= HOMEPORT_PORT_MAX,
};

static const struct netlink_range_validation homeport_a_rule_port_last_range = {
	.min	= 1ULL,
	.max	= HOMEPORT_PORT_MAX,
};

static const struct netlink_range_validation homeport_a_rule_grace_ms_range = {
	.max	= HOMEPORT_GRACE_MS_MAX,
};

static const struct netlink_range_validation homeport_a_rule_stall_ms_range = {
	.max	= HOMEPORT_STALL_MS_MAX,
};

static const struct netlink_range_validation homeport_a_rule_rescue_ms_range = {
	.max	= HOMEPORT_STALL_MS_MAX,
};

static const struct netlink_range_validation homeport_a_rule_bound_percent_range = {
	.max	= HOMEPORT_BOUND_PERCENT_MAX,
};

/* HOMEPORT_CMD_RULE_ADD - do */
const struct nla_policy homeport_rule_add_nl_policy[HOMEPORT_A_RULE_BOUND_PERCENT + 1] = {
	[HOMEPORT_A_RULE_FAMILY] = { .type = NLA_U16, },
	[HOMEPORT_A_RULE_ADDR] = { .type = NLA_BINARY, },
	[HOMEPORT_A_RULE_PORT_FIRST] = NLA_POLICY_FULL_RANGE(NLA_U32, &homeport_a_rule_port_first_range),
	[HOMEPORT_A_RULE_PORT_LAST] = NLA_POLICY_FULL_RANGE(NLA_U32, &homeport_a_rule_port_last_range),
	[HOMEPORT_A_RULE_GRACE_MS] = NLA_POLICY_FULL_RANGE(NLA_U32, &homeport_a_rule_grace_ms_range),
	[HOMEPORT_A_RULE_STALL_MS] = NLA_POLICY_FULL_RANGE(NLA_U32, &homeport_a_rule_stall_ms_range),
	[HOMEPORT_A_RULE_RESCUE_MS] = NLA_POLICY_FULL_RANGE(NLA_U32, &homeport_a_rule_rescue_ms_range),
	[HOMEPORT_A_RULE_BOUND_PERCENT] = NLA_POLICY_FULL_RANGE(NLA_U32, &homeport_a_rule_bound_percent_range),
};

/* HOMEPORT_CMD_RULE_DEL - do */
const struct nla_policy homeport_rule_del_nl_policy[HOMEPORT_A_RULE_ID + 1] = {
	[HOMEPORT_A_RULE_ID] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* HOMEPORT_CMD_RULE_GET - do */
const struct nla_policy homeport_rule_get_nl_policy[HOMEPORT_A_RULE_ID + 1] = {
	[HOMEPORT_A_RULE_ID] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* HOMEPORT_CMD_GROUP_GET - do */
const struct nla_policy homeport_group_get_nl_policy[HOMEPORT_A_GROUP_ID + 1] = {
	[HOMEPORT_A_GROUP_ID] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* HOMEPORT_CMD_LISTENER_GET - do */
const struct nla_policy homeport_listener_get_nl_policy[HOMEPORT_A_LISTENER_INDEX + 1] = {
	[HOMEPORT_A_LISTENER_GROUP] = { .type = NLA_U32, },
	[HOMEPORT_A_LISTENER_INDEX] = { .type = NLA_U32, },
};

/* HOMEPORT_CMD_STAT_GET - do */
const struct nla_policy homeport_stat_get_nl_policy[HOMEPORT_A_STAT_CPU + 1] = {
	[HOMEPORT_A_STAT_GROUP] = { .type = NLA_U32, },
	[HOMEPORT_A_STAT_CPU] = { .type = NLA_U32, },
};

/* HOMEPORT_CMD_RULE_SET - do */
const struct nla_policy homeport_rule_set_nl_policy[HOMEPORT_A_RULE_BOUND_PERCENT + 1] = {
	[HOMEPORT_A_RULE_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[HOMEPORT_A_RULE_GRACE_MS] = NLA_POLICY_FULL_RANGE(NLA_U32, &homeport_a_rule_grace_ms_range),
	[HOMEPORT_A_RULE_STALL_MS] = NLA_POLICY_FULL_RANGE(NLA_U32, &homeport_a_rule_stall_ms_range),
	[HOMEPORT_A_RULE_RESCUE_MS] = NLA_POLICY_FULL_RANGE(NLA_U32, &homeport_a_rule_rescue_ms_range),
	[HOMEPORT_A_RULE_BOUND_PERCENT] = NLA_POLICY_FULL_RANGE(NLA_U32, &homeport_a_rule_bound_percent_range),
};

/* HOMEPORT_CMD_GROUP_RELEASE - do */
const struct nla_policy homeport_group_release_nl_policy[HOMEPORT_A_GROUP_ID + 1] = {
	[HOMEPORT_A_GROUP_ID] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* HOMEPORT_CMD_LISTENER_DRAIN - do */
const struct nla_policy homeport_listener_drain_nl_policy[HOMEPORT_A_LISTENER_DRAIN + 1] = {
	[HOMEPORT_A_LISTENER_GROUP] = { .type = NLA_U32, },
	[HOMEPORT_A_LISTENER_INDEX] = { .type = NLA_U32, },
	[HOMEPORT_A_LISTENER_DRAIN] = NLA_POLICY_MAX(NLA_U32, 1),
};

/* Ops table for homeport */
const struct genl_ops homeport_nl_ops[9] = {
	{
		.cmd		= HOMEPORT_CMD_RULE_ADD,
		.doit		= homeport_nl_rule_add_doit,
		.policy		= homeport_rule_add_nl_policy,
		.maxattr	= HOMEPORT_A_RULE_BOUND_PERCENT,
	},
	{
		.cmd		= HOMEPORT_CMD_RULE_DEL,
		.doit		= homeport_nl_rule_del_doit,
		.policy		= homeport_rule_del_nl_policy,
		.maxattr	= HOMEPORT_A_RULE_ID,
	},
	{
		.cmd		= HOMEPORT_CMD_RULE_GET,
		.doit		= homeport_nl_rule_get_doit,
		.dumpit		= homeport_nl_rule_get_dumpit,
		.policy		= homeport_rule_get_nl_policy,
		.maxattr	= HOMEPORT_A_RULE_ID,
	},
	{
		.cmd		= HOMEPORT_CMD_GROUP_GET,
		.doit		= homeport_nl_group_get_doit,
		.dumpit		= homeport_nl_group_get_dumpit,
		.policy		= homeport_group_get_nl_policy,
		.maxattr	= HOMEPORT_A_GROUP_ID,
	},
	{
		.cmd		= HOMEPORT_CMD_LISTENER_GET,
		.doit		= homeport_nl_listener_get_doit,
		.dumpit		= homeport_nl_listener_get_dumpit,
		.policy		= homeport_listener_get_nl_policy,
		.maxattr	= HOMEPORT_A_LISTENER_INDEX,
	},
	{
		.cmd		= HOMEPORT_CMD_STAT_GET,
		.doit		= homeport_nl_stat_get_doit,
		.dumpit		= homeport_nl_stat_get_dumpit,
		.policy		= homeport_stat_get_nl_policy,
		.maxattr	= HOMEPORT_A_STAT_CPU,
	},
	{
		.cmd		= HOMEPORT_CMD_RULE_SET,
		.doit		= homeport_nl_rule_set_doit,
		.policy		= homeport_rule_set_nl_policy,
		.maxattr	= HOMEPORT_A_RULE_BOUND_PERCENT,
	},
	{
		.cmd		= HOMEPORT_CMD_GROUP_RELEASE,
		.doit		= homeport_nl_group_release_doit,
		.policy		= homeport_group_release_nl_policy,
		.maxattr	= HOMEPORT_A_GROUP_ID,
	},
	{
		.cmd		= HOMEPORT_CMD_LISTENER_DRAIN,
		.doit		= homeport_nl_listener_drain_doit,
		.policy		= homeport_listener_drain_nl_policy,
		.maxattr	= HOMEPORT_A_LISTENER_DRAIN,
	},
};

static const struct genl_multicast_group homeport_nl_mcgrps[] = {
	[HOMEPORT_NLGRP_MONITOR] = { "monitor", },
};
