/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/homeport.yaml */
/* YNL-GEN uapi header */

#ifndef _UAPI_LINUX_HOMEPORT_H
#define _UAPI_LINUX_HOMEPORT_H

#define HOMEPORT_FAMILY_NAME	"homeport"
#define HOMEPORT_FAMILY_VERSION	1

#define HOMEPORT_PORT_MAX		65535
#define HOMEPORT_GRACE_MS_MAX		3600000
#define HOMEPORT_STALL_MS_MAX		60000
#define HOMEPORT_BOUND_PERCENT_MAX	100000

/**
 * enum homeport_pick - How a pick came to its listener.
 * @HOMEPORT_PICK_LOCAL: The listener's home is the flow CPU.
 * @HOMEPORT_PICK_NEAR: No listener has the flow CPU as its home; one on its
 *   SMT sibling, then its last-level cache, then its NUMA node was taken.
 * @HOMEPORT_PICK_FAR: As near, but the listener is on another NUMA node.
 * @HOMEPORT_PICK_SPILL: Another listener than the one whose turn it was; load
 *   says why.
 * @HOMEPORT_PICK_HASH: homeport had no listener to offer and the stock kernel
 *   chose.
 */
enum homeport_pick {
	HOMEPORT_PICK_LOCAL,
	HOMEPORT_PICK_NEAR,
	HOMEPORT_PICK_FAR,
	HOMEPORT_PICK_SPILL,
	HOMEPORT_PICK_HASH,
};

/**
 * enum homeport_home_source - Where a listener's home comes from, strongest
 *   first.
 * @HOMEPORT_HOME_SOURCE_INCOMING_CPU: The server set SO_INCOMING_CPU.
 * @HOMEPORT_HOME_SOURCE_PINNED: The task that listens or accepts may run on
 *   this CPU alone.
 * @HOMEPORT_HOME_SOURCE_LEARNED: The CPU where the accepting task was seen
 *   most, lately.
 * @HOMEPORT_HOME_SOURCE_ASSIGNED: Nothing is known yet: the k-th listener has
 *   the k-th CPU that the task which called listen() was allowed. Or its
 *   worker may not use its home any more: it has the one of its worker's CPUs
 *   that fewest others have.
 */
enum homeport_home_source {
	HOMEPORT_HOME_SOURCE_INCOMING_CPU,
	HOMEPORT_HOME_SOURCE_PINNED,
	HOMEPORT_HOME_SOURCE_LEARNED,
	HOMEPORT_HOME_SOURCE_ASSIGNED,
};

/**
 * enum homeport_attach - How the module is attached to the kernel.
 * @HOMEPORT_ATTACH_FTRACE: An unpatched kernel; functions are hooked by
 *   ftrace.
 * @HOMEPORT_ATTACH_NATIVE: A kernel with the homeport patches.
 */
enum homeport_attach {
	HOMEPORT_ATTACH_FTRACE,
	HOMEPORT_ATTACH_NATIVE,
};

/**
 * enum homeport_feature - What the running kernel offers beyond what every
 *   kernel does.
 * @HOMEPORT_FEATURE_BIND: A half-open request is given a listener when its
 *   handshake completes, not when its SYN comes.
 * @HOMEPORT_FEATURE_BORROW: A listener that has no room for a half-open
 *   request borrows it from one that is idle.
 * @HOMEPORT_FEATURE_MOVE: Queued connections move from one listener to another
 *   without the lock that accept() takes.
 */
enum homeport_feature {
	HOMEPORT_FEATURE_BIND = 1,
	HOMEPORT_FEATURE_BORROW = 2,
	HOMEPORT_FEATURE_MOVE = 4,
};

/**
 * enum homeport_group_state - Who chooses the listener of a group.
 * @HOMEPORT_GROUP_STATE_MANAGED: homeport does.
 * @HOMEPORT_GROUP_STATE_BPF: A BPF program is attached to the group; it is
 *   left to that.
 * @HOMEPORT_GROUP_STATE_HASH: The stock kernel does, as homeport could not
 *   allocate what it needs. It tries again.
 * @HOMEPORT_GROUP_STATE_KEPT: homeport does, but the server has closed all
 *   listeners; they are kept open until one joins, or grace is over.
 */
enum homeport_group_state {
	HOMEPORT_GROUP_STATE_MANAGED,
	HOMEPORT_GROUP_STATE_BPF,
	HOMEPORT_GROUP_STATE_HASH,
	HOMEPORT_GROUP_STATE_KEPT,
};

/**
 * enum homeport_listener_state - What a listener is there for.
 * @HOMEPORT_LISTENER_STATE_LISTENING: It takes new connections.
 * @HOMEPORT_LISTENER_STATE_DRAINING: It takes no new connections while another
 *   one does, but is still accepted from.
 * @HOMEPORT_LISTENER_STATE_KEPT: The server closed it and no other was there.
 *   homeport keeps it open; it takes new connections until another listener
 *   joins.
 * @HOMEPORT_LISTENER_STATE_LEAVING: The server closed it. It takes no new
 *   connections, and what it still has goes to the others. It closes when it
 *   has nothing any more.
 */
enum homeport_listener_state {
	HOMEPORT_LISTENER_STATE_LISTENING,
	HOMEPORT_LISTENER_STATE_DRAINING,
	HOMEPORT_LISTENER_STATE_KEPT,
	HOMEPORT_LISTENER_STATE_LEAVING,
};

/**
 * enum homeport_table - What befell the connections of listeners that the
 *   server closed.
 * @HOMEPORT_TABLE_REQUESTS: Half-open connections that went to another
 *   listener.
 * @HOMEPORT_TABLE_CHILDREN: Established, not yet accepted connections that
 *   went to another.
 * @HOMEPORT_TABLE_LOCAL: Of both, those that the listener of their flow CPU
 *   got.
 * @HOMEPORT_TABLE_HANDED_OVER: Of both, those that came from a kept listener.
 * @HOMEPORT_TABLE_KEPT: How many listeners were kept.
 * @HOMEPORT_TABLE_LEFT: How many left while others were there.
 * @HOMEPORT_TABLE_EXPIRED: Connections, half-open ones included, that were
 *   dropped as grace was over or the group was released.
 * @HOMEPORT_TABLE_FULL: Connections dropped, or left to the stock kernel, as
 *   no other listener had room in its backlog.
 * @HOMEPORT_TABLE_OPTIONS: Connections dropped, or left to the stock kernel,
 *   as every other listener differs in an option that connections inherit.
 * @HOMEPORT_TABLE_MEMORY: Listeners closed as on the stock kernel for want of
 *   memory.
 * @HOMEPORT_TABLE_LIMIT: Listeners closed as on the stock kernel, as homeport
 *   holds as many as it may.
 * @HOMEPORT_TABLE_FOREIGN: Listeners closed as on the stock kernel, as a BPF
 *   program or another part of the kernel has to do with them.
 */
enum homeport_table {
	HOMEPORT_TABLE_REQUESTS,
	HOMEPORT_TABLE_CHILDREN,
	HOMEPORT_TABLE_LOCAL,
	HOMEPORT_TABLE_HANDED_OVER,
	HOMEPORT_TABLE_KEPT,
	HOMEPORT_TABLE_LEFT,
	HOMEPORT_TABLE_EXPIRED,
	HOMEPORT_TABLE_FULL,
	HOMEPORT_TABLE_OPTIONS,
	HOMEPORT_TABLE_MEMORY,
	HOMEPORT_TABLE_LIMIT,
	HOMEPORT_TABLE_FOREIGN,
};

/**
 * enum homeport_load - What was done so that no connection waits for a
 *   listener that cannot take it. The first four are why picks were spilled;
 *   together they are the spill of pick.
 * @HOMEPORT_LOAD_LEFT: The listener whose turn it was had just left.
 * @HOMEPORT_LOAD_STALLED: It was stalled.
 * @HOMEPORT_LOAD_FULL: Its accept queue, with the half-open connections that
 *   are to come to it, reached its backlog.
 * @HOMEPORT_LOAD_BOUND: It had more than its bound of the recent picks, or it
 *   was behind: some waited for it at all times, and for another one less than
 *   half as many.
 * @HOMEPORT_LOAD_RESCUED: Connections taken out of the queue of a stalled
 *   listener and given to others.
 * @HOMEPORT_LOAD_PROBED: Picks of a stalled listener, one at a time, to see
 *   whether it accepts again.
 * @HOMEPORT_LOAD_LATE: Half-open connections that went to another listener
 *   than the one that took the SYN, when the handshake completed, as that was
 *   stalled, full or farther.
 * @HOMEPORT_LOAD_BORROWED: Half-open connections that took a place in the
 *   backlog of an idle listener, as the one whose turn it was had none.
 */
enum homeport_load {
	HOMEPORT_LOAD_LEFT,
	HOMEPORT_LOAD_STALLED,
	HOMEPORT_LOAD_FULL,
	HOMEPORT_LOAD_BOUND,
	HOMEPORT_LOAD_RESCUED,
	HOMEPORT_LOAD_PROBED,
	HOMEPORT_LOAD_LATE,
	HOMEPORT_LOAD_BORROWED,
};

enum {
	HOMEPORT_A_RULE_ID = 1,
	HOMEPORT_A_RULE_FAMILY,
	HOMEPORT_A_RULE_ADDR,
	HOMEPORT_A_RULE_PORT_FIRST,
	HOMEPORT_A_RULE_PORT_LAST,
	HOMEPORT_A_RULE_GROUPS,
	HOMEPORT_A_RULE_GRACE_MS,
	HOMEPORT_A_RULE_STALL_MS,
	HOMEPORT_A_RULE_RESCUE_MS,
	HOMEPORT_A_RULE_BOUND_PERCENT,

	__HOMEPORT_A_RULE_MAX,
	HOMEPORT_A_RULE_MAX = (__HOMEPORT_A_RULE_MAX - 1)
};

enum {
	HOMEPORT_A_GROUP_ID = 1,
	HOMEPORT_A_GROUP_RULE,
	HOMEPORT_A_GROUP_FAMILY,
	HOMEPORT_A_GROUP_ADDR,
	HOMEPORT_A_GROUP_PORT,
	HOMEPORT_A_GROUP_V6ONLY,
	HOMEPORT_A_GROUP_IFINDEX,
	HOMEPORT_A_GROUP_UID,
	HOMEPORT_A_GROUP_STATE,
	HOMEPORT_A_GROUP_LISTENERS,
	HOMEPORT_A_GROUP_ATTACH,
	HOMEPORT_A_GROUP_KEPT_MS,
	HOMEPORT_A_GROUP_HELD_REQUESTS,
	HOMEPORT_A_GROUP_HELD_CHILDREN,
	HOMEPORT_A_GROUP_HELD,
	HOMEPORT_A_GROUP_FEATURES,

	__HOMEPORT_A_GROUP_MAX,
	HOMEPORT_A_GROUP_MAX = (__HOMEPORT_A_GROUP_MAX - 1)
};

enum {
	HOMEPORT_A_LISTENER_GROUP = 1,
	HOMEPORT_A_LISTENER_INDEX,
	HOMEPORT_A_LISTENER_INODE,
	HOMEPORT_A_LISTENER_HOME,
	HOMEPORT_A_LISTENER_SOURCE,
	HOMEPORT_A_LISTENER_PICKED,
	HOMEPORT_A_LISTENER_ACCEPTS,
	HOMEPORT_A_LISTENER_QUEUE,
	HOMEPORT_A_LISTENER_BACKLOG,
	HOMEPORT_A_LISTENER_STATE,
	HOMEPORT_A_LISTENER_DRAIN,
	HOMEPORT_A_LISTENER_STALLED_MS,
	HOMEPORT_A_LISTENER_SPILL_PERMILLE,

	__HOMEPORT_A_LISTENER_MAX,
	HOMEPORT_A_LISTENER_MAX = (__HOMEPORT_A_LISTENER_MAX - 1)
};

enum {
	HOMEPORT_A_ACCEPTED_FLOW_CPU = 1,
	HOMEPORT_A_ACCEPTED_COUNT,

	__HOMEPORT_A_ACCEPTED_MAX,
	HOMEPORT_A_ACCEPTED_MAX = (__HOMEPORT_A_ACCEPTED_MAX - 1)
};

enum {
	HOMEPORT_A_STAT_GROUP = 1,
	HOMEPORT_A_STAT_CPU,
	HOMEPORT_A_STAT_PICKS,
	HOMEPORT_A_STAT_ACCEPTED,
	HOMEPORT_A_STAT_TABLE,
	HOMEPORT_A_STAT_LOAD,

	__HOMEPORT_A_STAT_MAX,
	HOMEPORT_A_STAT_MAX = (__HOMEPORT_A_STAT_MAX - 1)
};

enum {
	HOMEPORT_A_TABLE_REQUESTS = 1,
	HOMEPORT_A_TABLE_CHILDREN,
	HOMEPORT_A_TABLE_LOCAL,
	HOMEPORT_A_TABLE_HANDED_OVER,
	HOMEPORT_A_TABLE_KEPT,
	HOMEPORT_A_TABLE_LEFT,
	HOMEPORT_A_TABLE_EXPIRED,
	HOMEPORT_A_TABLE_FULL,
	HOMEPORT_A_TABLE_OPTIONS,
	HOMEPORT_A_TABLE_MEMORY,
	HOMEPORT_A_TABLE_LIMIT,
	HOMEPORT_A_TABLE_FOREIGN,

	__HOMEPORT_A_TABLE_MAX,
	HOMEPORT_A_TABLE_MAX = (__HOMEPORT_A_TABLE_MAX - 1)
};

enum {
	HOMEPORT_A_LOAD_LEFT = 1,
	HOMEPORT_A_LOAD_STALLED,
	HOMEPORT_A_LOAD_FULL,
	HOMEPORT_A_LOAD_BOUND,
	HOMEPORT_A_LOAD_RESCUED,
	HOMEPORT_A_LOAD_PROBED,
	HOMEPORT_A_LOAD_LATE,
	HOMEPORT_A_LOAD_BORROWED,

	__HOMEPORT_A_LOAD_MAX,
	HOMEPORT_A_LOAD_MAX = (__HOMEPORT_A_LOAD_MAX - 1)
};

enum {
	HOMEPORT_A_PICKS_LOCAL = 1,
	HOMEPORT_A_PICKS_NEAR,
	HOMEPORT_A_PICKS_FAR,
	HOMEPORT_A_PICKS_SPILL,
	HOMEPORT_A_PICKS_HASH,

	__HOMEPORT_A_PICKS_MAX,
	HOMEPORT_A_PICKS_MAX = (__HOMEPORT_A_PICKS_MAX - 1)
};

enum {
	HOMEPORT_CMD_UNSPEC,
	HOMEPORT_CMD_RULE_ADD,
	HOMEPORT_CMD_RULE_DEL,
	HOMEPORT_CMD_RULE_GET,
	HOMEPORT_CMD_GROUP_GET,
	HOMEPORT_CMD_LISTENER_GET,
	HOMEPORT_CMD_STAT_GET,
	HOMEPORT_CMD_RULE_ADD_NTF,
	HOMEPORT_CMD_RULE_DEL_NTF,
	HOMEPORT_CMD_GROUP_ADD_NTF,
	HOMEPORT_CMD_GROUP_DEL_NTF,
	HOMEPORT_CMD_LISTENER_JOIN_NTF,
	HOMEPORT_CMD_LISTENER_LEAVE_NTF,
	HOMEPORT_CMD_LISTENER_HOME_NTF,
	HOMEPORT_CMD_RULE_SET,
	HOMEPORT_CMD_GROUP_RELEASE,
	HOMEPORT_CMD_LISTENER_DRAIN,
	HOMEPORT_CMD_GROUP_KEEP_NTF,
	HOMEPORT_CMD_GROUP_HANDOVER_NTF,
	HOMEPORT_CMD_GROUP_EXPIRE_NTF,
	HOMEPORT_CMD_LISTENER_STATE_NTF,
	HOMEPORT_CMD_LISTENER_STALLED_NTF,
	HOMEPORT_CMD_LISTENER_UNSTALLED_NTF,

	__HOMEPORT_CMD_MAX,
	HOMEPORT_CMD_MAX = (__HOMEPORT_CMD_MAX - 1)
};

#define HOMEPORT_MCGRP_MONITOR	"monitor"

#endif /* _UAPI_LINUX_HOMEPORT_H */
