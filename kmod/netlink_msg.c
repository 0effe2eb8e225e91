// SPDX-License-Identifier: GPL-2.0
#include "netlink_msg.h"

#include <linux/netlink.h>
#include <net/genetlink.h>
#include <net/netlink.h>
#include <net/sock.h>

#include "group.h"
#include "listener.h"
#include "load.h"
#include "netlink_gen.h"
#include "netns.h"
#include "request.h"
#include "rule.h"

/**
 * hp_msg_head_reply() - the head of an answer
 * @request: What it answers.
 * @info: The same, parsed.
 */
struct hp_head hp_msg_head_reply(struct sk_buff *request,
				 struct genl_info *info)
{
	return (struct hp_head) {
		.portid	= info->snd_portid,
		.seq	= info->snd_seq,
		.cmd	= info->genlhdr->cmd,
		.reader	= sk_user_ns(NETLINK_CB(request).sk),
	};
}

/**
 * hp_msg_head_dump() - the head of the messages of a dump
 * @cb: The dump.
 * @cmd: Its command.
 */
struct hp_head hp_msg_head_dump(struct netlink_callback *cb, u8 cmd)
{
	return (struct hp_head) {
		.portid	= NETLINK_CB(cb->skb).portid,
		.seq	= cb->nlh->nlmsg_seq,
		.flags	= NLM_F_MULTI,
		.cmd	= cmd,
		.reader	= sk_user_ns(NETLINK_CB(cb->skb).sk),
		.cb	= cb,
	};
}

/**
 * hp_msg_head_event() - the head of a notification
 * @hn: The namespace.
 * @cmd: What happened.
 */
struct hp_head hp_msg_head_event(const struct hp_net *hn, u8 cmd)
{
	return (struct hp_head) {
		.cmd	= cmd,
		.reader	= hn->net->user_ns,
	};
}

/**
 * hp_msg_begin() - begin a message
 * @skb: Where to.
 * @head: Its head.
 *
 * Return: what hp_msg_end() wants; NULL when it does not fit.
 */
void *hp_msg_begin(struct sk_buff *skb, const struct hp_head *head)
{
	void *hdr;

	hdr = genlmsg_put(skb, head->portid, head->seq, &hp_netlink_family,
			  head->flags, head->cmd);
	if (hdr && head->cb)
		genl_dump_check_consistent(head->cb, hdr);
	return hdr;
}

/**
 * hp_msg_end() - end a message
 * @skb: Where it is.
 * @hdr: From hp_msg_begin().
 * @failed: It did not fit: take it back.
 *
 * Return: 0, or -EMSGSIZE if @failed.
 */
int hp_msg_end(struct sk_buff *skb, void *hdr, bool failed)
{
	if (failed) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/**
 * hp_msg_reply() - send an answer
 * @skb: The answer. It is no longer the caller's.
 * @info: What it answers.
 * @err: If not 0, there is none but this.
 *
 * Return: @err, or what sending returned.
 */
int hp_msg_reply(struct sk_buff *skb, struct genl_info *info, int err)
{
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	return genlmsg_reply(skb, info);
}

/**
 * hp_msg_dump_begin() - begin a part of a dump
 * @hn: The namespace. Locks it.
 * @cb: The dump.
 *
 * Return: where the part begins; keep it where the next begins.
 */
struct hp_place *hp_msg_dump_begin(struct hp_net *hn,
				   struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct hp_place) > sizeof(cb->ctx));

	mutex_lock(&hn->lock);
	cb->seq = hn->gen + 1;	/* 0 would be no mark */
	return (struct hp_place *)cb->ctx;
}

/**
 * hp_msg_dump_end() - end a part of a dump
 * @hn: The namespace. Unlocks it.
 * @skb: The part.
 * @err: -EMSGSIZE: a message did not fit, it begins the next part.
 *
 * Return: what a dumpit returns.
 */
int hp_msg_dump_end(struct hp_net *hn, struct sk_buff *skb, int err)
{
	mutex_unlock(&hn->lock);
	return err == -EMSGSIZE && skb->len ? skb->len : err;
}

/**
 * hp_msg_dump_wants() - is this asked for?
 * @cb: The dump.
 * @attr: An attribute of its request, a u32.
 * @value: What the candidate has.
 *
 * Return: true if the request has no @attr, or has this @value.
 */
bool hp_msg_dump_wants(struct netlink_callback *cb, int attr, u32 value)
{
	struct nlattr **attrs = genl_info_dump(cb)->attrs;

	return !attrs || !attrs[attr] || nla_get_u32(attrs[attr]) == value;
}

static bool addr_put(struct sk_buff *skb, int attr, const struct hp_addr *addr)
{
	return nla_put(skb, attr, hp_addr_len(addr->family), &addr->ip);
}

static bool rule_put(struct sk_buff *skb, const struct hp_rule *rule)
{
	const struct hp_rule_conf *conf = &rule->conf;
	const struct hp_rule_key *key = &rule->key;

	return nla_put_u32(skb, HOMEPORT_A_RULE_ID, rule->id) ||
	       (key->addr.family &&
		nla_put_u16(skb, HOMEPORT_A_RULE_FAMILY, key->addr.family)) ||
	       (key->exact &&
		addr_put(skb, HOMEPORT_A_RULE_ADDR, &key->addr)) ||
	       nla_put_u32(skb, HOMEPORT_A_RULE_PORT_FIRST, key->first) ||
	       nla_put_u32(skb, HOMEPORT_A_RULE_PORT_LAST, key->last) ||
	       nla_put_u32(skb, HOMEPORT_A_RULE_GROUPS, rule->groups) ||
	       nla_put_u32(skb, HOMEPORT_A_RULE_GRACE_MS, conf->grace_ms) ||
	       nla_put_u32(skb, HOMEPORT_A_RULE_STALL_MS, conf->stall_ms) ||
	       nla_put_u32(skb, HOMEPORT_A_RULE_RESCUE_MS, conf->rescue_ms) ||
	       nla_put_u32(skb, HOMEPORT_A_RULE_BOUND_PERCENT,
			   conf->bound_percent);
}

/**
 * hp_msg_rule() - put a message that shows a rule
 * @skb: Where to.
 * @head: Its head.
 * @rule: The rule.
 *
 * hp_net.lock is held. Return: 0, or -EMSGSIZE.
 */
int hp_msg_rule(struct sk_buff *skb, const struct hp_head *head,
		const struct hp_rule *rule)
{
	void *hdr = hp_msg_begin(skb, head);

	if (!hdr)
		return -EMSGSIZE;
	return hp_msg_end(skb, hdr, rule_put(skb, rule));
}

static bool group_put_key(struct sk_buff *skb, const struct hp_key *key,
			  struct user_namespace *reader)
{
	return nla_put_u16(skb, HOMEPORT_A_GROUP_FAMILY, key->addr.family) ||
	       addr_put(skb, HOMEPORT_A_GROUP_ADDR, &key->addr) ||
	       nla_put_u32(skb, HOMEPORT_A_GROUP_PORT, key->port) ||
	       (key->v6only && nla_put_flag(skb, HOMEPORT_A_GROUP_V6ONLY)) ||
	       (key->ifindex &&
		nla_put_u32(skb, HOMEPORT_A_GROUP_IFINDEX, key->ifindex)) ||
	       nla_put_u32(skb, HOMEPORT_A_GROUP_UID,
			   from_kuid_munged(reader, key->uid));
}

static u32 kept_ms(const struct hp_group *g)
{
	return jiffies_to_msecs(jiffies - g->kept_since);
}

/* What homeport holds of the group in the place of a server. */
static bool group_put_held(struct sk_buff *skb, const struct hp_group *g)
{
	u32 requests = 0, children = 0, nr = 0;
	const struct hp_listener *l;

	list_for_each_entry(l, &g->listeners, list) {
		if (!l->adopted)
			continue;
		requests += hp_request_half_open(l);
		children += hp_listener_queued(l);
		nr++;
	}
	return (g->kept &&
		nla_put_uint(skb, HOMEPORT_A_GROUP_KEPT_MS, kept_ms(g))) ||
	       nla_put_u32(skb, HOMEPORT_A_GROUP_HELD_REQUESTS, requests) ||
	       nla_put_u32(skb, HOMEPORT_A_GROUP_HELD_CHILDREN, children) ||
	       nla_put_u32(skb, HOMEPORT_A_GROUP_HELD, nr);
}

static bool group_put(struct sk_buff *skb, const struct hp_group *g,
		      struct user_namespace *reader)
{
	return nla_put_u32(skb, HOMEPORT_A_GROUP_ID, g->id) ||
	       (g->rule &&
		nla_put_u32(skb, HOMEPORT_A_GROUP_RULE, g->rule->id)) ||
	       group_put_key(skb, &g->key, reader) ||
	       nla_put_u32(skb, HOMEPORT_A_GROUP_STATE, hp_group_state(g)) ||
	       nla_put_u32(skb, HOMEPORT_A_GROUP_LISTENERS, g->nr) ||
	       nla_put_u32(skb, HOMEPORT_A_GROUP_ATTACH, hp_netlink_attach) ||
	       nla_put_u32(skb, HOMEPORT_A_GROUP_FEATURES,
			   hp_netlink_features) ||
	       group_put_held(skb, g);
}

/**
 * hp_msg_group() - put a message that shows a group
 * @skb: Where to.
 * @head: Its head.
 * @g: The group.
 *
 * hp_net.lock is held. Return: 0, or -EMSGSIZE.
 */
int hp_msg_group(struct sk_buff *skb, const struct hp_head *head,
		 const struct hp_group *g)
{
	void *hdr = hp_msg_begin(skb, head);

	if (!hdr)
		return -EMSGSIZE;
	return hp_msg_end(skb, hdr, group_put(skb, g, head->reader));
}

/* Absent while there is nothing to tell. */
static bool listener_put_load(struct sk_buff *skb, const struct hp_listener *l)
{
	u32 permille = hp_load_spill_permille(l);

	return (hp_load_is_stalled(l) &&
		nla_put_uint(skb, HOMEPORT_A_LISTENER_STALLED_MS,
			     jiffies_to_msecs(jiffies - l->stalled_at))) ||
	       (permille &&
		nla_put_u32(skb, HOMEPORT_A_LISTENER_SPILL_PERMILLE, permille));
}

static bool listener_put(struct sk_buff *skb, const struct hp_group *g,
			 const struct hp_listener *l)
{
	u32 backlog = READ_ONCE(l->sk->sk_max_ack_backlog);
	u32 queue = hp_listener_queued(l);

	return nla_put_u32(skb, HOMEPORT_A_LISTENER_GROUP, g->id) ||
	       nla_put_u32(skb, HOMEPORT_A_LISTENER_INDEX, l->index) ||
	       nla_put_uint(skb, HOMEPORT_A_LISTENER_INODE, l->inode) ||
	       nla_put_u32(skb, HOMEPORT_A_LISTENER_HOME, l->home) ||
	       nla_put_u32(skb, HOMEPORT_A_LISTENER_SOURCE, l->source) ||
	       nla_put_uint(skb, HOMEPORT_A_LISTENER_PICKED,
			    hp_listener_picked(l)) ||
	       nla_put_uint(skb, HOMEPORT_A_LISTENER_ACCEPTS,
			    hp_listener_accepts(l)) ||
	       nla_put_u32(skb, HOMEPORT_A_LISTENER_QUEUE, queue) ||
	       nla_put_u32(skb, HOMEPORT_A_LISTENER_BACKLOG, backlog) ||
	       nla_put_u32(skb, HOMEPORT_A_LISTENER_STATE, l->state) ||
	       listener_put_load(skb, l);
}

/**
 * hp_msg_listener() - put a message that shows a listener
 * @skb: Where to.
 * @head: Its head.
 * @g: Its group.
 * @l: The listener.
 *
 * hp_net.lock is held. Return: 0, or -EMSGSIZE.
 */
int hp_msg_listener(struct sk_buff *skb, const struct hp_head *head,
		    const struct hp_group *g, const struct hp_listener *l)
{
	void *hdr = hp_msg_begin(skb, head);

	if (!hdr)
		return -EMSGSIZE;
	return hp_msg_end(skb, hdr, listener_put(skb, g, l));
}
