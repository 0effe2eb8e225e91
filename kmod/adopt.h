/* SPDX-License-Identifier: GPL-2.0 */
/* adopt.h - listeners that a server closed and homeport holds open */
#ifndef HOMEPORT_ADOPT_H
#define HOMEPORT_ADOPT_H

#include <linux/list.h>
#include <linux/types.h>
#include <linux/wait.h>

struct hp_listener;
struct hp_net;
struct sock;
struct socket;

/* The most that a network namespace has at a time. */
#define HP_ADOPTED_MAX	1024

/**
 * struct hp_adopted - a listener that a server closed and homeport holds open
 * @list: In hp_net.adopted; then on the list of who closes it.
 * @l: The listener; only while in hp_net.adopted.
 * @hn: Its namespace.
 * @sk: Its socket, of which the server's reference is ours now.
 * @sock: What stands for it in the place of the server's.
 * @wait: Tells when a connection came.
 * @children: How many of its connections were established when it was closed.
 *	Those that come later were half-open then, or new.
 * @quiet: How often in a row it had nothing when we looked, each an RCU grace
 *	period after the other; see is_done().
 * @since: Of the last time, from start_poll_synchronize_rcu().
 *
 * All under hp_net.lock, while in hp_net.adopted.
 */
struct hp_adopted {
	struct list_head list;
	struct hp_listener *l;
	struct hp_net *hn;
	struct sock *sk;
	struct socket *sock;
	struct wait_queue_entry wait;
	u32 children;
	u8 quiet;
	unsigned long since;
};

int hp_adopt(struct hp_listener *l);
void hp_adopt_take(struct hp_adopted *a, struct list_head *closing);
void hp_adopt_close(struct list_head *closing);

#endif /* HOMEPORT_ADOPT_H */
