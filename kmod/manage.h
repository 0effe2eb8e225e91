/* SPDX-License-Identifier: GPL-2.0 */
/* manage.h - rules come and go, and groups with them */
#ifndef HOMEPORT_MANAGE_H
#define HOMEPORT_MANAGE_H

#include <linux/jiffies.h>
#include <linux/types.h>

/* How often homes are learned while tasks that are not pinned accept. */
#define HP_LEARN_PERIOD	(HZ / 10)

struct hp_net;
struct hp_rule_conf;
struct hp_rule_key;
struct sock;
struct work_struct;

int hp_manage_add(struct hp_net *hn, const struct hp_rule_key *key,
		  const struct hp_rule_conf *conf, u32 *id, u32 *conflict);
int hp_manage_set(struct hp_net *hn, u32 id, const struct hp_rule_conf *conf);
int hp_manage_del(struct hp_net *hn, u32 id);
int hp_manage_drain(struct hp_net *hn, u32 group, const u32 *index, bool on);
void hp_manage_stop(struct hp_net *hn);
void hp_manage_close(struct hp_net *hn);
void hp_manage_update(struct work_struct *work);
void hp_manage_learn(struct work_struct *work);

/* What homeport does at the hook points; see struct hp_hooks. */
void hp_join(struct sock *sk);
void hp_leave(struct sock *sk);
void hp_homed(struct sock *sk, int cpu);

int hp_manage_init(void);
void hp_manage_exit(void);

#endif /* HOMEPORT_MANAGE_H */
