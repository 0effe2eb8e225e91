/* SPDX-License-Identifier: GPL-2.0 */
/* request.h - half-open requests and queued children, and their listeners */
#ifndef HOMEPORT_REQUEST_H
#define HOMEPORT_REQUEST_H

#include <linux/types.h>

struct hp_listener;
struct hp_net;
struct sock;

/* What homeport does at the hook point; see struct hp_hooks. */
struct sock *hp_rehome(struct sock *sk, struct sock *moving);

void hp_request_rescue(struct hp_listener *from);
bool hp_request_move(struct hp_listener *from);
u32 hp_request_half_open(const struct hp_listener *l);
u32 hp_request_queued(const struct hp_listener *l);
void hp_request_hurry(struct hp_net *hn);

#endif /* HOMEPORT_REQUEST_H */
