/* SPDX-License-Identifier: GPL-2.0 */
/* keep.h - what becomes of listeners that a server closes */
#ifndef HOMEPORT_KEEP_H
#define HOMEPORT_KEEP_H

#include <linux/types.h>

struct hp_group;
struct hp_key;
struct hp_net;
struct hp_rule;
struct sock;
struct work_struct;

/* What homeport does at the hook point; see struct hp_hooks. */
bool hp_close(struct sock *sk);

void hp_keep_joined(struct hp_group *g);
void hp_keep_left(struct hp_net *hn);
void hp_keep_supersede(struct hp_net *hn, const struct hp_group *g,
		       const struct hp_key *key);
void hp_keep_look(struct work_struct *work);
int hp_keep_release(struct hp_net *hn, u32 group);
void hp_keep_end(struct hp_net *hn, const struct hp_rule *rule);

#endif /* HOMEPORT_KEEP_H */
