/* SPDX-License-Identifier: GPL-2.0 */
/* pick.h - SYN -> listener: the fast path */
#ifndef HOMEPORT_PICK_H
#define HOMEPORT_PICK_H

struct reuseport_owner_group;
struct sk_buff;
struct sock;

struct sock *hp_pick(struct sock *sk, struct sk_buff *skb,
		     struct reuseport_owner_group *tie);

#endif /* HOMEPORT_PICK_H */
