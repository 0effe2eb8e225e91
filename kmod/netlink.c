// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family of homeport.
 *
 * What goes over the wire is in Documentation/netlink/specs/homeport.yaml, and
 * netlink_gen.[ch] are made from it. Here are rules and notifications; the
 * operations that only show something are in netlink_show.c.
 *
 * Everything is of the network namespace of the socket that asks. Dumps go on
 * by id where the last message ended, so that what comes and goes meanwhile
 * neither hides nor repeats anything else, and say so by NLM_F_DUMP_INTR.
 */
#include "netlink.h"

#include <linux/capability.h>
#include <linux/module.h>
#include <linux/netlink.h>
#include <net/genetlink.h>
#include <net/netlink.h>
#include <net/sock.h>

#include "event.h"
#include "group.h"
#include "keep.h"
#include "manage.h"
#include "netlink_gen.h"
#include "netlink_msg.h"
#include "netns.h"
#include "rule.h"

u32 hp_netlink_attach;
u32 hp_netlink_features;

/* Rules */

/*
 * Not left to GENL_UNS_ADMIN_PERM, which refuses without a word. As there, the
 * task that opened the socket needs the right too, unless the sender gave the
 * kernel's address and so knew what it sends to.
 */
static int may_change(struct sk_buff *request, struct genl_info *info)
{
	if (netlink_ns_capable(request, genl_info_net(info)->user_ns,
			       CAP_NET_ADMIN))
		return 0;
	NL_SET_ERR_MSG(info->extack,
		       "no CAP_NET_ADMIN in the user namespace that owns this network namespace");
	return -EPERM;
}

static int parse_family(struct genl_info *info, struct hp_rule_key *key)
{
	struct nlattr *attr = info->attrs[HOMEPORT_A_RULE_FAMILY];

	if (!attr)
		return 0;
	key->addr.family = nla_get_u16(attr);
	if (key->addr.family == AF_INET || key->addr.family == AF_INET6)
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, attr,
			    "the family is neither AF_INET nor AF_INET6");
	return -EINVAL;
}

static int parse_addr(struct genl_info *info, struct hp_rule_key *key)
{
	struct nlattr *attr = info->attrs[HOMEPORT_A_RULE_ADDR];

	if (!attr)
		return 0;
	if (!key->addr.family) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "an address needs a family");
		return -EINVAL;
	}
	if (nla_len(attr) != hp_addr_len(key->addr.family)) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "the address does not have the length that its family asks for");
		return -EINVAL;
	}
	nla_memcpy(&key->addr.ip, attr, sizeof(key->addr.ip));
	key->exact = true;
	return 0;
}

static int parse_ports(struct genl_info *info, struct hp_rule_key *key)
{
	struct nlattr *last = info->attrs[HOMEPORT_A_RULE_PORT_LAST];

	if (GENL_REQ_ATTR_CHECK(info, HOMEPORT_A_RULE_PORT_FIRST)) {
		NL_SET_ERR_MSG(info->extack, "a rule needs a port");
		return -EINVAL;
	}
	key->first = nla_get_u32(info->attrs[HOMEPORT_A_RULE_PORT_FIRST]);
	key->last = last ? nla_get_u32(last) : key->first;
	if (key->last >= key->first)
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, last,
			    "the last port is below the first");
	return -EINVAL;
}

static int parse_rule(struct genl_info *info, struct hp_rule_key *key)
{
	int err;

	memset(key, 0, sizeof(*key));
	err = parse_family(info, key);
	if (!err)
		err = parse_addr(info, key);
	if (!err)
		err = parse_ports(info, key);
	return err;
}

static u32 conf_value(struct genl_info *info, int attr, u32 otherwise)
{
	return info->attrs[attr] ? nla_get_u32(info->attrs[attr]) : otherwise;
}

/* @conf: What is not said stays as it is. */
static int parse_conf(struct genl_info *info, struct hp_rule_conf *conf)
{
	struct nlattr *bound = info->attrs[HOMEPORT_A_RULE_BOUND_PERCENT];

	conf->grace_ms = conf_value(info, HOMEPORT_A_RULE_GRACE_MS,
				    conf->grace_ms);
	conf->stall_ms = conf_value(info, HOMEPORT_A_RULE_STALL_MS,
				    conf->stall_ms);
	conf->rescue_ms = conf_value(info, HOMEPORT_A_RULE_RESCUE_MS,
				     conf->rescue_ms);
	conf->bound_percent = conf_value(info, HOMEPORT_A_RULE_BOUND_PERCENT,
					 conf->bound_percent);
	if (!conf->bound_percent || conf->bound_percent >= 100)
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, bound,
			    "a bound below the fair share, 100 percent, cannot be kept");
	return -EINVAL;
}

/* Adds the rule that @key stands for and puts its id into @reply. */
static int rule_add(struct sk_buff *reply, const struct hp_head *head,
		    struct genl_info *info, const struct hp_rule_key *key,
		    const struct hp_rule_conf *conf)
{
	struct nlattr *port = info->attrs[HOMEPORT_A_RULE_PORT_FIRST];
	u32 id, conflict = 0;
	void *hdr;
	int err;

	hdr = hp_msg_begin(reply, head);
	if (!hdr)
		return -EMSGSIZE;
	err = hp_manage_add(hp_net(genl_info_net(info)), key, conf, &id,
			    &conflict);
	if (err == -EEXIST)
		HP_NL_ERR_ATTR_ID(info->extack, port,
				  "another rule has some of these listeners",
				  conflict);
	if (err)
		return err;
	return hp_msg_end(reply, hdr,
			   nla_put_u32(reply, HOMEPORT_A_RULE_ID, id));
}

int homeport_nl_rule_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct hp_head head = hp_msg_head_reply(skb, info);
	struct hp_rule_conf conf = HP_CONF_DEFAULT;
	struct hp_rule_key key;
	struct sk_buff *reply;
	int err;

	err = may_change(skb, info);
	if (!err)
		err = parse_rule(info, &key);
	if (!err)
		err = parse_conf(info, &conf);
	if (err)
		return err;
	reply = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!reply)
		return -ENOMEM;
	return hp_msg_reply(reply, info, rule_add(reply, &head, info, &key, &conf));
}

static int want_rule_id(struct genl_info *info)
{
	if (!GENL_REQ_ATTR_CHECK(info, HOMEPORT_A_RULE_ID))
		return 0;
	NL_SET_ERR_MSG(info->extack, "the id of a rule is missing");
	return -EINVAL;
}

int homeport_nl_rule_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *id = info->attrs[HOMEPORT_A_RULE_ID];
	int err;

	err = may_change(skb, info);
	if (!err)
		err = want_rule_id(info);
	if (err)
		return err;
	err = hp_manage_del(hp_net(genl_info_net(info)), nla_get_u32(id));
	if (err == -ENOENT)
		NL_SET_ERR_MSG_ATTR(info->extack, id, "no such rule");
	return err;
}

static bool conf_is_empty(const struct hp_rule_conf *conf)
{
	return conf->grace_ms == HP_CONF_SAME &&
	       conf->stall_ms == HP_CONF_SAME &&
	       conf->rescue_ms == HP_CONF_SAME &&
	       conf->bound_percent == HP_CONF_SAME;
}

int homeport_nl_rule_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct hp_rule_conf conf = { HP_CONF_SAME, HP_CONF_SAME, HP_CONF_SAME,
				     HP_CONF_SAME };
	struct nlattr *id = info->attrs[HOMEPORT_A_RULE_ID];
	int err;

	err = may_change(skb, info);
	if (!err)
		err = want_rule_id(info);
	if (err)
		return err;
	err = parse_conf(info, &conf);
	if (err)
		return err;
	if (conf_is_empty(&conf)) {
		NL_SET_ERR_MSG(info->extack, "there is nothing to set");
		return -EINVAL;
	}
	err = hp_manage_set(hp_net(genl_info_net(info)), nla_get_u32(id),
			    &conf);
	if (err == -ENOENT)
		NL_SET_ERR_MSG_ATTR(info->extack, id, "no such rule");
	return err;
}

static int rule_get(struct sk_buff *reply, const struct hp_head *head,
		    struct genl_info *info)
{
	struct nlattr *id = info->attrs[HOMEPORT_A_RULE_ID];
	struct hp_net *hn = hp_net(genl_info_net(info));
	struct hp_rule *rule;
	int err = -ENOENT;

	mutex_lock(&hn->lock);
	rule = hp_rule_find(hn, nla_get_u32(id));
	if (rule)
		err = hp_msg_rule(reply, head, rule);
	else
		NL_SET_ERR_MSG_ATTR(info->extack, id, "no such rule");
	mutex_unlock(&hn->lock);
	return err;
}

int homeport_nl_rule_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct hp_head head = hp_msg_head_reply(skb, info);
	struct sk_buff *reply;
	int err;

	err = want_rule_id(info);
	if (err)
		return err;
	reply = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!reply)
		return -ENOMEM;
	return hp_msg_reply(reply, info, rule_get(reply, &head, info));
}

int homeport_nl_rule_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb)
{
	struct hp_head head = hp_msg_head_dump(cb, HOMEPORT_CMD_RULE_GET);
	struct hp_net *hn = hp_net(sock_net(skb->sk));
	struct hp_place *next = hp_msg_dump_begin(hn, cb);
	struct hp_rule *rule;
	int err = 0;

	list_for_each_entry(rule, &hn->rules, list) {
		if (rule->id < next->id ||
		    !hp_msg_dump_wants(cb, HOMEPORT_A_RULE_ID, rule->id))
			continue;
		err = hp_msg_rule(skb, &head, rule);
		if (err)
			break;
		next->id = rule->id + 1;
	}
	return hp_msg_dump_end(hn, skb, err);
}

/* Groups and listeners */

int homeport_nl_group_release_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *id = info->attrs[HOMEPORT_A_GROUP_ID];
	int err;

	err = may_change(skb, info);
	if (err)
		return err;
	if (GENL_REQ_ATTR_CHECK(info, HOMEPORT_A_GROUP_ID)) {
		NL_SET_ERR_MSG(info->extack, "the id of a group is missing");
		return -EINVAL;
	}
	err = hp_keep_release(hp_net(genl_info_net(info)), nla_get_u32(id));
	if (err == -ENOENT)
		NL_SET_ERR_MSG_ATTR(info->extack, id,
				    "there is no such group, or homeport holds none of its listeners open");
	return err;
}

static int drain(struct genl_info *info, u32 group, u32 index, bool on)
{
	struct nlattr *named = info->attrs[HOMEPORT_A_LISTENER_INDEX];
	int err;

	err = hp_manage_drain(hp_net(genl_info_net(info)), group,
			      named ? &index : NULL, on);
	if (err == -EBUSY)
		NL_SET_ERR_MSG_ATTR(info->extack, named,
				    "its server has closed this listener");
	if (err == -ENOENT)
		NL_SET_ERR_MSG_ATTR(info->extack,
				    info->attrs[HOMEPORT_A_LISTENER_GROUP],
				    "no such group, or it has no such listener");
	return err;
}

int homeport_nl_listener_drain_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *index = info->attrs[HOMEPORT_A_LISTENER_INDEX];
	int err;

	err = may_change(skb, info);
	if (err)
		return err;
	if (GENL_REQ_ATTR_CHECK(info, HOMEPORT_A_LISTENER_GROUP)) {
		NL_SET_ERR_MSG(info->extack, "the id of a group is missing");
		return -EINVAL;
	}
	if (GENL_REQ_ATTR_CHECK(info, HOMEPORT_A_LISTENER_DRAIN)) {
		NL_SET_ERR_MSG(info->extack,
			       "it is not said whether to drain or undrain");
		return -EINVAL;
	}
	return drain(info, nla_get_u32(info->attrs[HOMEPORT_A_LISTENER_GROUP]),
		     index ? nla_get_u32(index) : 0,
		     nla_get_u32(info->attrs[HOMEPORT_A_LISTENER_DRAIN]));
}

/* Notifications. All of this runs under hp_net.lock. */

static struct sk_buff *event_begin(const struct hp_net *hn)
{
	if (!genl_has_listeners(&hp_netlink_family, hn->net, HOMEPORT_NLGRP_MONITOR))
		return NULL;
	return genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
}

/* Takes @skb. Who cannot keep up is told so by his own socket. */
static void event_end(const struct hp_net *hn, struct sk_buff *skb, int err)
{
	if (err)
		nlmsg_free(skb);
	else
		genlmsg_multicast_netns(&hp_netlink_family, hn->net, skb, 0,
					HOMEPORT_NLGRP_MONITOR, GFP_KERNEL);
}

static void watch_rule(struct hp_net *hn, const struct hp_rule *rule,
		       enum hp_event event)
{
	struct hp_head head = hp_msg_head_event(hn, event == HP_EVENT_RULE_ADD ?
					  HOMEPORT_CMD_RULE_ADD_NTF :
					  HOMEPORT_CMD_RULE_DEL_NTF);
	struct sk_buff *skb;

	hn->gen++;
	skb = event_begin(hn);
	if (skb)
		event_end(hn, skb, hp_msg_rule(skb, &head, rule));
}

static u8 group_cmd(enum hp_event event)
{
	switch (event) {
	case HP_EVENT_GROUP_ADD:
		return HOMEPORT_CMD_GROUP_ADD_NTF;
	case HP_EVENT_GROUP_KEEP:
		return HOMEPORT_CMD_GROUP_KEEP_NTF;
	case HP_EVENT_GROUP_HANDOVER:
		return HOMEPORT_CMD_GROUP_HANDOVER_NTF;
	case HP_EVENT_GROUP_EXPIRE:
		return HOMEPORT_CMD_GROUP_EXPIRE_NTF;
	default:
		return HOMEPORT_CMD_GROUP_DEL_NTF;
	}
}

static void watch_group(const struct hp_group *g, enum hp_event event)
{
	struct hp_head head = hp_msg_head_event(g->hn, group_cmd(event));
	struct sk_buff *skb;

	if (event == HP_EVENT_GROUP_ADD || event == HP_EVENT_GROUP_DEL)
		g->hn->gen++;
	skb = event_begin(g->hn);
	if (skb)
		event_end(g->hn, skb, hp_msg_group(skb, &head, g));
}

static u8 listener_cmd(enum hp_event event)
{
	switch (event) {
	case HP_EVENT_LISTENER_JOIN:
		return HOMEPORT_CMD_LISTENER_JOIN_NTF;
	case HP_EVENT_LISTENER_LEAVE:
		return HOMEPORT_CMD_LISTENER_LEAVE_NTF;
	case HP_EVENT_LISTENER_STATE:
		return HOMEPORT_CMD_LISTENER_STATE_NTF;
	case HP_EVENT_LISTENER_STALLED:
		return HOMEPORT_CMD_LISTENER_STALLED_NTF;
	case HP_EVENT_LISTENER_UNSTALLED:
		return HOMEPORT_CMD_LISTENER_UNSTALLED_NTF;
	default:
		return HOMEPORT_CMD_LISTENER_HOME_NTF;
	}
}

static void watch_listener(const struct hp_group *g,
			   const struct hp_listener *l, enum hp_event event)
{
	struct hp_head head = hp_msg_head_event(g->hn, listener_cmd(event));
	struct sk_buff *skb;

	if (event == HP_EVENT_LISTENER_JOIN || event == HP_EVENT_LISTENER_LEAVE)
		g->hn->gen++;
	skb = event_begin(g->hn);
	if (skb)
		event_end(g->hn, skb, hp_msg_listener(skb, &head, g, l));
}

static const struct hp_watcher watcher = {
	.rule		= watch_rule,
	.group		= watch_group,
	.listener	= watch_listener,
};

/* The generator's own is out of reach: it is made static, in netlink_gen.c. */
static const struct genl_multicast_group mcgrps[] = {
	[HOMEPORT_NLGRP_MONITOR] = { HOMEPORT_MCGRP_MONITOR, },
};

struct genl_family hp_netlink_family __ro_after_init = {
	.name		= HOMEPORT_FAMILY_NAME,
	.version	= HOMEPORT_FAMILY_VERSION,
	.module		= THIS_MODULE,
	.netnsok	= true,
	.parallel_ops	= true,
	.resv_start_op	= HOMEPORT_CMD_RULE_ADD,	/* strict, all of them */
	.ops		= homeport_nl_ops,
	.n_ops		= ARRAY_SIZE(homeport_nl_ops),
	.mcgrps		= mcgrps,
	.n_mcgrps	= ARRAY_SIZE(mcgrps),
};

/**
 * hp_netlink_init() - answer to netlink from now on
 * @attach: enum homeport_attach: how the module is attached.
 * @features: enum homeport_feature: what the kernel offers that way.
 *
 * The namespaces must be ready.
 *
 * Return: 0, or a negative errno; -EEXIST if there is a family of that name,
 * that is, another instance.
 */
int hp_netlink_init(u32 attach, u32 features)
{
	int err;

	hp_netlink_attach = attach;
	hp_netlink_features = features;
	err = genl_register_family(&hp_netlink_family);
	if (!err)
		hp_event_watch(&watcher);
	return err;
}

/**
 * hp_netlink_exit() - the reverse of hp_netlink_init()
 *
 * When it returns, no operation and no notification is running.
 */
void hp_netlink_exit(void)
{
	hp_event_watch(NULL);
	genl_unregister_family(&hp_netlink_family);
}
