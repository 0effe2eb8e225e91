/* SPDX-License-Identifier: GPL-2.0 */
/* netlink_msg.h - what the messages of homeport's family have in common */
#ifndef HOMEPORT_NETLINK_MSG_H
#define HOMEPORT_NETLINK_MSG_H

#include <linux/types.h>

struct genl_family;
struct genl_info;
struct hp_group;
struct hp_listener;
struct hp_net;
struct hp_rule;
struct netlink_callback;
struct sk_buff;
struct user_namespace;

/* What to put before the attributes of a message, and who will read them. */
struct hp_head {
	u32 portid;
	u32 seq;
	int flags;
	u8 cmd;
	struct user_namespace *reader;
	struct netlink_callback *cb;	/* in a dump */
};

/* Where a dump goes on. */
struct hp_place {
	u32 id;		/* of a rule or group */
	u32 index;	/* of a listener */
	u32 cpu;	/* of a row */
	u32 flow;	/* of a cell */
};

extern struct genl_family hp_netlink_family;
/* Set before the family is there. */
extern u32 hp_netlink_attach;
extern u32 hp_netlink_features;

struct hp_head hp_msg_head_reply(struct sk_buff *request,
				 struct genl_info *info);
struct hp_head hp_msg_head_dump(struct netlink_callback *cb, u8 cmd);
struct hp_head hp_msg_head_event(const struct hp_net *hn, u8 cmd);

void *hp_msg_begin(struct sk_buff *skb, const struct hp_head *head);
int hp_msg_end(struct sk_buff *skb, void *hdr, bool failed);
int hp_msg_reply(struct sk_buff *skb, struct genl_info *info, int err);

struct hp_place *hp_msg_dump_begin(struct hp_net *hn,
				   struct netlink_callback *cb);
bool hp_msg_dump_wants(struct netlink_callback *cb, int attr, u32 value);
int hp_msg_dump_end(struct hp_net *hn, struct sk_buff *skb, int err);

int hp_msg_rule(struct sk_buff *skb, const struct hp_head *head,
		const struct hp_rule *rule);
int hp_msg_group(struct sk_buff *skb, const struct hp_head *head,
		 const struct hp_group *g);
int hp_msg_listener(struct sk_buff *skb, const struct hp_head *head,
		    const struct hp_group *g, const struct hp_listener *l);

#endif /* HOMEPORT_NETLINK_MSG_H */
