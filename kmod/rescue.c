// SPDX-License-Identifier: GPL-2.0
/*
 * rescue.c - what waits behind a stalled listener goes to others
 *
 * Its server has the listener open, and may come to accept at any moment. That
 * is what lock_sock() is for: accept() takes a connection under it, having seen
 * under it that there is one. Who holds it is one more acceptor. Those who put
 * connections into the queue do not need it, nor do we who read its length. Nor
 * is it needed where the kernel moves connections itself: there accept() looks
 * twice, and a task that was stopped while it held the lock is in nobody's way.
 *
 * A task that was told of a connection, by poll() or the like, may find none.
 * So it may where several tasks accept from one listener, which is why servers
 * make it nonblocking. One that is not keeps what it has: its accept() would
 * wait for the next.
 */
#include "rescue.h"

#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/net.h>
#include <linux/rcupdate.h>
#include <linux/workqueue.h>
#include <net/sock.h>

#include "attach.h"
#include "group.h"
#include "listener.h"
#include "load.h"
#include "netns.h"
#include "request.h"

/* The socket of one whose turn it is, with a reference. */
static struct sock *next_sock(struct hp_net *hn)
{
	struct hp_listener *l;
	struct hp_group *g;

	list_for_each_entry(g, &hn->groups, list)
		list_for_each_entry(l, &g->listeners, list) {
			if (!l->rescue)
				continue;
			l->rescue = false;
			sock_hold(l->sk);
			return l->sk;
		}
	return NULL;
}

/* It is not sure to be what it was when it was locked. */
static struct hp_listener *listener_stalled(struct sock *sk)
{
	struct hp_listener *l;

	rcu_read_lock();
	l = hp_listener_find(sk);
	if (l && (!hp_listener_usable(l) || l->adopted ||
		  !hp_load_is_stalled(l)))
		l = NULL;
	rcu_read_unlock();
	return l;
}

/*
 * Where accept() waits for a connection if there is none, the server may rely on
 * the one that it was told of. The socket's lock need not be held, so close() may
 * be under way: until it has orphaned the socket, the file is there.
 */
static bool never_waits(struct sock *sk)
{
	const struct file *file;
	bool never;

	read_lock_bh(&sk->sk_callback_lock);
	file = sk->sk_socket ? sk->sk_socket->file : NULL;
	never = file && (READ_ONCE(file->f_flags) & O_NONBLOCK);
	read_unlock_bh(&sk->sk_callback_lock);
	return never;
}

static void rescue(struct hp_net *hn, struct sock *sk)
{
	bool locked = !hp_attach->move;
	struct hp_listener *l;

	if (locked)
		lock_sock(sk);
	mutex_lock(&hn->lock);
	l = listener_stalled(sk);
	if (l && never_waits(sk))
		hp_request_rescue(l);
	mutex_unlock(&hn->lock);
	if (locked)
		release_sock(sk);
	sock_put(sk);
}

/**
 * hp_rescue() - give what waits behind stalled listeners to others
 * @work: hp_net.rescue
 */
void hp_rescue(struct work_struct *work)
{
	struct hp_net *hn = container_of(work, struct hp_net, rescue);
	struct sock *sk;

	for (;;) {
		mutex_lock(&hn->lock);
		sk = next_sock(hn);
		mutex_unlock(&hn->lock);
		if (!sk)
			return;
		rescue(hn, sk);
	}
}
