/* SPDX-License-Identifier: GPL-2.0 */
/* ctl.h - homeport's netlink family, as far as tests need it */
#ifndef HP_CTL_H
#define HP_CTL_H

#include <linux/homeport.h>
#include <netinet/in.h>

#include "cpu.h"

struct mnl_socket;

/* A socket, of the namespace where it was opened. */
struct hp_ctl {
	struct mnl_socket *nl;
	u16 family;
	u32 monitor;		/* the group of notifications */
	u32 seq;
	char message[256];	/* the last refusal's sentence */
};

struct hp_rule_info {
	u32 id;
	u16 family;		/* 0: both */
	bool exact;
	struct in6_addr addr;
	u32 first, last;
	u32 groups;
	u32 grace_ms;
	u32 stall_ms, rescue_ms, bound_percent;
};

struct hp_group_info {
	u32 id, rule;
	u16 family;
	struct in6_addr addr;
	u32 port;
	u32 state;		/* enum homeport_group_state */
	u32 listeners;
	u32 attach;		/* enum homeport_attach */
	u32 features;		/* enum homeport_feature */
	u64 kept_ms;
	u32 held;		/* listeners, kept or leaving */
	u32 held_requests, held_children;
};

struct hp_listener_info {
	u32 group, index;
	u64 inode;
	u32 home, source;	/* enum homeport_home_source */
	u64 picked, accepts;
	u32 queue, backlog;
	u32 state;		/* enum homeport_listener_state */
	bool stalled;
	u64 stalled_ms;
	u32 spill_permille;
};

/* Sums over all CPUs, and the matrix. */
struct hp_stat_info {
	u64 picks[HOMEPORT_PICK_HASH + 1];
	u64 table[HOMEPORT_TABLE_FOREIGN + 1];
	u64 load[HOMEPORT_LOAD_BORROWED + 1];
	u64 accepted[HP_MAX_CPUS][HP_MAX_CPUS];	/* flow, accept CPU */
};

/* All return 0 or -errno; those that fill arrays return how many there are. */
int hp_ctl_open(struct hp_ctl *c);
void hp_ctl_close(struct hp_ctl *c);

/*
 * @family 0: both. @addr NULL: any listener. With $HP_STALL_MS as its stall time:
 * for a kernel on which one answer takes longer than the default.
 */
int hp_rule_add(struct hp_ctl *c, int family, const void *addr, u32 first,
		u32 last, u32 *id);
/*
 * As hp_rule_add() of one port for all listeners, that are kept so long, and are
 * never taken for stalled.
 */
int hp_rule_keep(struct hp_ctl *c, u32 port, u32 grace_ms, u32 *id);
int hp_rule_grace(struct hp_ctl *c, u32 id, u32 grace_ms);
/* One attribute of a rule: HOMEPORT_A_RULE_STALL_MS, _RESCUE_MS, _BOUND_PERCENT. */
int hp_rule_set(struct hp_ctl *c, u32 id, int attr, u32 value);
/* The same of each rule there is, as the module's parameters made them; -ENOENT: none. */
int hp_rules_set(int attr, u32 value);
/* They get $HP_STALL_MS, if it is set, as by hp_rule_add(). */
int hp_rules_stall(void);
int hp_rule_del(struct hp_ctl *c, u32 id);
int hp_rules(struct hp_ctl *c, struct hp_rule_info *rules, int max);

int hp_groups(struct hp_ctl *c, struct hp_group_info *groups, int max);
/* -ENOENT when there is no such group. */
int hp_group_find(struct hp_ctl *c, int family, u32 port,
		  struct hp_group_info *g);
/* Until the group has exactly @n listeners; 0: until it is gone. */
int hp_group_wait(struct hp_ctl *c, int family, u32 port, u32 n,
		  struct hp_group_info *g);
int hp_group_release(struct hp_ctl *c, u32 group);
/* @index -1: all that the group has now. */
int hp_drain(struct hp_ctl *c, u32 group, int index, bool on);
/* Those of one group, or of all when @group is 0, by index. */
int hp_listeners(struct hp_ctl *c, u32 group, struct hp_listener_info *l,
		 int max);
/* The k-th of @nr listeners has its home on homes[k], from @source (-1: any). */
bool hp_homes_are(struct hp_ctl *c, u32 group, const int *homes, int nr,
		  int source);
/* The homes in one line, for TH_LOG(); valid until the next call. */
const char *hp_homes_text(struct hp_ctl *c, u32 group);
/* What a group did about load, in one line; valid until the next call. */
const char *hp_load_text(struct hp_ctl *c, u32 group);
int hp_stats(struct hp_ctl *c, u32 group, struct hp_stat_info *stat);

/* A notification, as far as it is about a group or one of its listeners. */
struct hp_event_info {
	int cmd;		/* HOMEPORT_CMD_*_NTF */
	u32 group;
	u32 index;		/* of a listener */
	u32 state;		/* enum homeport_group_state, or _listener_state */
};

/* Receives notifications from now on. Its fd, or -errno. */
int hp_subscribe(struct hp_ctl *c);
/* The next one, also its cmd; -1 if none comes within @ms, that are not scaled. */
int hp_next_event(int fd, struct hp_event_info *e, int ms);

#endif /* HP_CTL_H */
