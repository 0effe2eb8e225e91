/* SPDX-License-Identifier: GPL-2.0 */
/* reuseport.h - what the kernel has of an SO_REUSEPORT group */
#ifndef HOMEPORT_REUSEPORT_H
#define HOMEPORT_REUSEPORT_H

#include <linux/errno.h>
#include <linux/rcupdate.h>
#include <net/sock.h>
#include <net/sock_reuseport.h>

/* The kernel's id of a socket's group, whose memory may move; -ENOENT: in none. */
static inline int hp_reuseport_id(const struct sock *sk)
{
	const struct sock_reuseport *reuse;
	int id = -ENOENT;

	rcu_read_lock();
	reuse = rcu_dereference(sk->sk_reuseport_cb);
	if (reuse)
		id = reuse->reuseport_id;
	rcu_read_unlock();
	return id;
}

#endif /* HOMEPORT_REUSEPORT_H */
