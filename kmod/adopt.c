// SPDX-License-Identifier: GPL-2.0
/*
 * adopt.c - listeners that a server closed and homeport holds open
 *
 * close() ends in tcp_close(), which takes the last reference that the server
 * had. hp_close() comes before it, and may adopt the listener instead: it stays
 * in TCP_LISTEN, in its group, at its port, and goes on to complete handshakes.
 *
 * A struct socket belongs to a file and goes with it, so the listener is given
 * one that has no file. It is needed: up to 6.12 the owner of a socket is that
 * of its inode, and an orphan reads as root's, which keeps the port from a
 * server that is not; ss looks there too; and its wait queue tells us what comes.
 *
 * sk_data_ready is left alone, as every child inherits it.
 */
#include "adopt.h"

#include <linux/lockdep.h>
#include <linux/net.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <net/sock.h>

#include "attach.h"
#include "group.h"
#include "listener.h"
#include "netns.h"

/* Any context, under the wait queue's lock. */
static int adopted_wake(struct wait_queue_entry *wait, unsigned int mode,
			int sync, void *key)
{
	struct hp_adopted *a = container_of(wait, struct hp_adopted, wait);

	mod_delayed_work(system_highpri_wq, &a->hn->keep, 0);
	return 0;
}

/* A socket without a file, of the owner that the server's had. */
static struct socket *socket_like(struct socket *old)
{
	struct socket *sock = sock_alloc();

	if (!sock)
		return NULL;
	SOCK_INODE(sock)->i_uid = SOCK_INODE(old)->i_uid;
	SOCK_INODE(sock)->i_gid = SOCK_INODE(old)->i_gid;
	sock->type = old->type;
	sock->state = old->state;
	sock->ops = READ_ONCE(old->ops);
	return sock;
}

/*
 * Not by sock_graft(): it tells the security modules of an accept() that
 * there never was.
 */
static void sock_move(struct sock *sk, struct socket *sock)
{
	write_lock_bh(&sk->sk_callback_lock);
	sock->sk = sk;
	rcu_assign_pointer(sk->sk_wq, &sock->wq);
	sk_set_socket(sk, sock);
	write_unlock_bh(&sk->sk_callback_lock);
}

/**
 * hp_adopt() - hold a listener open in the place of the server that closes it
 * @l: The listener, its socket locked; hp_net.lock is held.
 *
 * After that the server's close() must not reach the socket.
 *
 * Return: 0; -ENOMEM, and nothing has changed.
 */
int hp_adopt(struct hp_listener *l)
{
	struct hp_net *hn = l->group->hn;
	struct sock *sk = l->sk;
	struct hp_adopted *a;

	lockdep_assert_held(&hn->lock);
	a = kzalloc(sizeof(*a), GFP_KERNEL);
	if (!a)
		return -ENOMEM;
	a->sock = socket_like(sk->sk_socket);
	if (!a->sock) {
		kfree(a);
		return -ENOMEM;
	}
	a->l = l;
	a->hn = hn;
	a->sk = sk;
	a->children = READ_ONCE(sk->sk_ack_backlog);
	init_waitqueue_func_entry(&a->wait, adopted_wake);
	add_wait_queue(&a->sock->wq.wait, &a->wait);
	sock_move(sk, a->sock);
	l->inode = SOCK_INODE(a->sock)->i_ino;
	l->adopted = a;
	list_add_tail(&a->list, &hn->adopted);
	hn->nr_adopted++;
	return 0;
}

/**
 * hp_adopt_take() - have an adopted listener closed
 * @a: In hp_net.adopted; hp_net.lock is held.
 * @closing: Where to, for hp_adopt_close().
 *
 * The listener is still in its group, until it is closed.
 */
void hp_adopt_take(struct hp_adopted *a, struct list_head *closing)
{
	lockdep_assert_held(&a->hn->lock);
	a->l->adopted = NULL;
	a->l = NULL;
	a->hn->nr_adopted--;
	list_move_tail(&a->list, closing);
}

static void adopted_close(struct hp_adopted *a)
{
	remove_wait_queue(&a->sock->wq.wait, &a->wait);
	hp_attach->close(a->sk);
	a->sock->sk = NULL;
	a->sock->ops = NULL;	/* its release is done */
	sock_release(a->sock);
	kfree(a);
}

/**
 * hp_adopt_close() - close listeners for real, as the server would have
 * @closing: From hp_adopt_take().
 *
 * hp_net.lock is not held. May sleep.
 */
void hp_adopt_close(struct list_head *closing)
{
	struct hp_adopted *a, *next;

	list_for_each_entry_safe(a, next, closing, list)
		adopted_close(a);
}
