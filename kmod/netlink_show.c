// SPDX-License-Identifier: GPL-2.0
/* The operations that show groups, listeners and counters. */
#include <linux/netlink.h>
#include <net/genetlink.h>
#include <net/netlink.h>
#include <net/sock.h>

#include "group.h"
#include "listener.h"
#include "netlink_gen.h"
#include "netlink_msg.h"
#include "netns.h"
#include "stats.h"

/* Groups */

static struct hp_group *group_find(struct hp_net *hn, u32 id)
{
	struct hp_group *g;

	list_for_each_entry(g, &hn->groups, list)
		if (g->id == id)
			return g;
	return NULL;
}

static int group_get(struct sk_buff *reply, const struct hp_head *head,
		     struct genl_info *info)
{
	struct nlattr *id = info->attrs[HOMEPORT_A_GROUP_ID];
	struct hp_net *hn = hp_net(genl_info_net(info));
	struct hp_group *g;
	int err = -ENOENT;

	mutex_lock(&hn->lock);
	g = group_find(hn, nla_get_u32(id));
	if (g)
		err = hp_msg_group(reply, head, g);
	else
		NL_SET_ERR_MSG_ATTR(info->extack, id, "no such group");
	mutex_unlock(&hn->lock);
	return err;
}

int homeport_nl_group_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct hp_head head = hp_msg_head_reply(skb, info);
	struct sk_buff *reply;

	if (GENL_REQ_ATTR_CHECK(info, HOMEPORT_A_GROUP_ID)) {
		NL_SET_ERR_MSG(info->extack, "the id of a group is missing");
		return -EINVAL;
	}
	reply = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!reply)
		return -ENOMEM;
	return hp_msg_reply(reply, info, group_get(reply, &head, info));
}

int homeport_nl_group_get_dumpit(struct sk_buff *skb,
				 struct netlink_callback *cb)
{
	struct hp_head head = hp_msg_head_dump(cb, HOMEPORT_CMD_GROUP_GET);
	struct hp_net *hn = hp_net(sock_net(skb->sk));
	struct hp_place *next = hp_msg_dump_begin(hn, cb);
	struct hp_group *g;
	int err = 0;

	list_for_each_entry(g, &hn->groups, list) {
		if (g->id < next->id ||
		    !hp_msg_dump_wants(cb, HOMEPORT_A_GROUP_ID, g->id))
			continue;
		err = hp_msg_group(skb, &head, g);
		if (err)
			break;
		next->id = g->id + 1;
	}
	return hp_msg_dump_end(hn, skb, err);
}

/* Listeners */

static struct hp_listener *listener_find(struct hp_group *g, u32 index)
{
	struct hp_listener *l;

	list_for_each_entry(l, &g->listeners, list)
		if (l->index == index)
			return l;
	return NULL;
}

static int listener_get(struct sk_buff *reply, const struct hp_head *head,
			struct genl_info *info)
{
	struct nlattr *index = info->attrs[HOMEPORT_A_LISTENER_INDEX];
	struct nlattr *group = info->attrs[HOMEPORT_A_LISTENER_GROUP];
	struct hp_net *hn = hp_net(genl_info_net(info));
	struct hp_listener *l = NULL;
	struct hp_group *g;
	int err = -ENOENT;

	mutex_lock(&hn->lock);
	g = group_find(hn, nla_get_u32(group));
	if (g)
		l = listener_find(g, nla_get_u32(index));
	if (!g)
		NL_SET_ERR_MSG_ATTR(info->extack, group, "no such group");
	else if (!l)
		NL_SET_ERR_MSG_ATTR(info->extack, index,
				    "no such listener in this group");
	else
		err = hp_msg_listener(reply, head, g, l);
	mutex_unlock(&hn->lock);
	return err;
}

int homeport_nl_listener_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct hp_head head = hp_msg_head_reply(skb, info);
	struct sk_buff *reply;

	if (GENL_REQ_ATTR_CHECK(info, HOMEPORT_A_LISTENER_GROUP) ||
	    GENL_REQ_ATTR_CHECK(info, HOMEPORT_A_LISTENER_INDEX)) {
		NL_SET_ERR_MSG(info->extack,
			       "a listener has a group and an index");
		return -EINVAL;
	}
	reply = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!reply)
		return -ENOMEM;
	return hp_msg_reply(reply, info, listener_get(reply, &head, info));
}

static int listener_dump_group(struct sk_buff *skb, const struct hp_head *head,
			       const struct hp_group *g, struct hp_place *next)
{
	struct hp_listener *l;
	int err;

	list_for_each_entry(l, &g->listeners, list) {
		if (l->index < next->index ||
		    !hp_msg_dump_wants(head->cb, HOMEPORT_A_LISTENER_INDEX, l->index))
			continue;
		err = hp_msg_listener(skb, head, g, l);
		if (err)
			return err;
		next->index = l->index + 1;
	}
	return 0;
}

int homeport_nl_listener_get_dumpit(struct sk_buff *skb,
				    struct netlink_callback *cb)
{
	struct hp_head head = hp_msg_head_dump(cb, HOMEPORT_CMD_LISTENER_GET);
	struct hp_net *hn = hp_net(sock_net(skb->sk));
	struct hp_place *next = hp_msg_dump_begin(hn, cb);
	struct hp_group *g;
	int err = 0;

	list_for_each_entry(g, &hn->groups, list) {
		if (g->id < next->id ||
		    !hp_msg_dump_wants(cb, HOMEPORT_A_LISTENER_GROUP, g->id))
			continue;
		if (g->id != next->id)
			*next = (struct hp_place) { .id = g->id };
		err = listener_dump_group(skb, &head, g, next);
		if (err)
			break;
		*next = (struct hp_place) { .id = g->id + 1 };
	}
	return hp_msg_dump_end(hn, skb, err);
}

/* Counters */

/* hp_net.gone may be NULL: nothing is gone, nothing was counted. */
static bool stat_any(const struct hp_stats *stats, unsigned int cpu)
{
	unsigned int i;

	if (!stats)
		return false;
	for (i = 0; i < HP_PICK_NR; i++)
		if (hp_stats_picks_on(stats, cpu, i))
			return true;
	for (i = 0; i < HP_TABLE_NR; i++)
		if (hp_stats_table_on(stats, cpu, i))
			return true;
	for (i = 0; i < HP_LOAD_NR; i++)
		if (hp_stats_load_on(stats, cpu, i))
			return true;
	for (i = 0; i < nr_cpu_ids; i++)
		if (hp_stats_accepted_on(stats, cpu, i))
			return true;
	return false;
}

static bool picks_put(struct sk_buff *skb, const struct hp_stats *stats,
		      unsigned int cpu)
{
	struct nlattr *nest;
	unsigned int i;

	BUILD_BUG_ON(HOMEPORT_A_PICKS_HASH - HOMEPORT_PICK_HASH != 1);

	nest = nla_nest_start(skb, HOMEPORT_A_STAT_PICKS);
	if (!nest)
		return true;
	for (i = 0; i < HP_PICK_NR; i++)
		if (nla_put_uint(skb, i + 1, hp_stats_picks_on(stats, cpu, i)))
			return true;
	nla_nest_end(skb, nest);
	return false;
}

static bool table_put(struct sk_buff *skb, const struct hp_stats *stats,
		      unsigned int cpu)
{
	struct nlattr *nest;
	unsigned int i;

	BUILD_BUG_ON(HOMEPORT_A_TABLE_FOREIGN - HOMEPORT_TABLE_FOREIGN != 1);

	nest = nla_nest_start(skb, HOMEPORT_A_STAT_TABLE);
	if (!nest)
		return true;
	for (i = 0; i < HP_TABLE_NR; i++)
		if (nla_put_uint(skb, i + 1, hp_stats_table_on(stats, cpu, i)))
			return true;
	nla_nest_end(skb, nest);
	return false;
}

static bool load_put(struct sk_buff *skb, const struct hp_stats *stats,
		     unsigned int cpu)
{
	struct nlattr *nest;
	unsigned int i;

	BUILD_BUG_ON(HOMEPORT_A_LOAD_BORROWED - HOMEPORT_LOAD_BORROWED != 1);

	nest = nla_nest_start(skb, HOMEPORT_A_STAT_LOAD);
	if (!nest)
		return true;
	for (i = 0; i < HP_LOAD_NR; i++)
		if (nla_put_uint(skb, i + 1, hp_stats_load_on(stats, cpu, i)))
			return true;
	nla_nest_end(skb, nest);
	return false;
}

static bool cell_put(struct sk_buff *skb, u32 flow, u64 count)
{
	struct nlattr *nest = nla_nest_start(skb, HOMEPORT_A_STAT_ACCEPTED);

	if (!nest)
		return true;
	if (nla_put_u32(skb, HOMEPORT_A_ACCEPTED_FLOW_CPU, flow) ||
	    nla_put_uint(skb, HOMEPORT_A_ACCEPTED_COUNT, count)) {
		nla_nest_cancel(skb, nest);
		return true;
	}
	nla_nest_end(skb, nest);
	return false;
}

/* Puts cells from @flow on, as many as fit, and returns where it stopped. */
static u32 cells_put(struct sk_buff *skb, const struct hp_stats *stats,
		     unsigned int cpu, u32 flow)
{
	u64 count;

	for (; flow < nr_cpu_ids; flow++) {
		count = hp_stats_accepted_on(stats, cpu, flow);
		if (count && cell_put(skb, flow, count))
			break;
	}
	return flow;
}

/*
 * The row of next->cpu, from next->flow on. -EMSGSIZE: there is more, from the
 * new next->flow on.
 */
static int stat_fill(struct sk_buff *skb, const struct hp_head *head,
		     const struct hp_stats *stats, struct hp_place *next)
{
	u32 flow = next->flow;
	void *hdr;

	hdr = hp_msg_begin(skb, head);
	if (!hdr)
		return -EMSGSIZE;
	if (nla_put_u32(skb, HOMEPORT_A_STAT_GROUP, next->id) ||
	    nla_put_u32(skb, HOMEPORT_A_STAT_CPU, next->cpu) ||
	    (!flow && (picks_put(skb, stats, next->cpu) ||
		       table_put(skb, stats, next->cpu) ||
		       load_put(skb, stats, next->cpu))))
		return hp_msg_end(skb, hdr, true);

	next->flow = cells_put(skb, stats, next->cpu, flow);
	if (next->flow == flow)
		return hp_msg_end(skb, hdr, true);
	hp_msg_end(skb, hdr, false);
	return next->flow < nr_cpu_ids ? -EMSGSIZE : 0;
}

/* A row of full width, if all its counters need 64 bits. */
static size_t stat_size(void)
{
	size_t count = nla_total_size_64bit(sizeof(u64));
	size_t cell = nla_total_size(nla_total_size(sizeof(u32)) + count);

	return GENL_HDRLEN + 2 * nla_total_size(sizeof(u32)) +
	       nla_total_size(HP_PICK_NR * count) +
	       nla_total_size(HP_TABLE_NR * count) +
	       nla_total_size(HP_LOAD_NR * count) + nr_cpu_ids * cell;
}

/* Group 0 is those that are gone. */
static const struct hp_stats *stat_find(struct hp_net *hn, u32 group)
{
	struct hp_group *g;

	if (!group)
		return hn->gone;
	g = group_find(hn, group);
	return g ? g->stats : NULL;
}

static int stat_get(struct sk_buff *reply, const struct hp_head *head,
		    struct genl_info *info)
{
	struct nlattr *group = info->attrs[HOMEPORT_A_STAT_GROUP];
	struct hp_net *hn = hp_net(genl_info_net(info));
	const struct hp_stats *stats;
	struct hp_place row = {
		.id = nla_get_u32(group),
		.cpu = nla_get_u32(info->attrs[HOMEPORT_A_STAT_CPU]),
	};
	int err = -ENOENT;

	mutex_lock(&hn->lock);
	stats = stat_find(hn, row.id);
	if (stats)
		err = stat_fill(reply, head, stats, &row);
	else
		NL_SET_ERR_MSG_ATTR(info->extack, group, "no such group");
	mutex_unlock(&hn->lock);
	return err;
}

static int stat_check(struct genl_info *info)
{
	struct nlattr *cpu = info->attrs[HOMEPORT_A_STAT_CPU];

	if (GENL_REQ_ATTR_CHECK(info, HOMEPORT_A_STAT_GROUP) ||
	    GENL_REQ_ATTR_CHECK(info, HOMEPORT_A_STAT_CPU)) {
		NL_SET_ERR_MSG(info->extack,
			       "counters are of a group and a CPU");
		return -EINVAL;
	}
	if (nla_get_u32(cpu) < nr_cpu_ids && cpu_possible(nla_get_u32(cpu)))
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, cpu, "no such CPU");
	return -ERANGE;
}

int homeport_nl_stat_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct hp_head head = hp_msg_head_reply(skb, info);
	struct sk_buff *reply;
	int err;

	err = stat_check(info);
	if (err)
		return err;
	reply = nlmsg_new(stat_size(), GFP_KERNEL);
	if (!reply)
		return -ENOMEM;
	return hp_msg_reply(reply, info, stat_get(reply, &head, info));
}

static int stat_dump_group(struct sk_buff *skb, const struct hp_head *head,
			   const struct hp_stats *stats, u32 id,
			   struct hp_place *next)
{
	int err;

	if (id < next->id ||
	    !hp_msg_dump_wants(head->cb, HOMEPORT_A_STAT_GROUP, id))
		return 0;
	if (id != next->id)
		*next = (struct hp_place) { .id = id };
	for (; next->cpu < nr_cpu_ids; next->cpu++, next->flow = 0) {
		if (!cpu_possible(next->cpu) ||
		    !hp_msg_dump_wants(head->cb, HOMEPORT_A_STAT_CPU, next->cpu) ||
		    !stat_any(stats, next->cpu))
			continue;
		err = stat_fill(skb, head, stats, next);
		if (err)
			return err;
		cond_resched();
	}
	*next = (struct hp_place) { .id = id + 1 };
	return 0;
}

int homeport_nl_stat_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb)
{
	struct hp_head head = hp_msg_head_dump(cb, HOMEPORT_CMD_STAT_GET);
	struct hp_net *hn = hp_net(sock_net(skb->sk));
	struct hp_place *next = hp_msg_dump_begin(hn, cb);
	struct hp_group *g;
	int err;

	err = stat_dump_group(skb, &head, hn->gone, 0, next);
	list_for_each_entry(g, &hn->groups, list) {
		if (err)
			break;
		err = stat_dump_group(skb, &head, g->stats, g->id, next);
	}
	return hp_msg_dump_end(hn, skb, err);
}
