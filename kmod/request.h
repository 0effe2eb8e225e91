/* SPDX-License-Identifier: GPL-2.0 */
/* request.h - half-open requests and queued children, and their listeners */
#ifndef HOMEPORT_REQUEST_H
#define HOMEPORT_REQUEST_H

#include <linux/types.h>

struct hp_listener;
struct hp_net;
struct request_sock;
struct sk_buff;
struct sock;

/* What homeport does at hook points; see struct hp_hooks. */
struct sock *hp_rehome(struct sock *sk, struct sock *moving);
struct sock *hp_borrow(struct sock *sk, struct sk_buff *skb);
struct sock *hp_bind(struct sock *sk, struct request_sock *req,
		     struct sk_buff *skb);

bool hp_request_can_move(void);
void hp_request_rescue(struct hp_listener *from);
bool hp_request_move(struct hp_listener *from);
u32 hp_request_half_open(const struct hp_listener *l);
void hp_request_hurry(struct hp_net *hn);

#endif /* HOMEPORT_REQUEST_H */
