/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HOMEPORT_COMPAT_NET_REUSEPORT_OWNER_H
#define HOMEPORT_COMPAT_NET_REUSEPORT_OWNER_H

/*
 * What the patch series gives a kernel, patches/; on any other, something that
 * takes its place where it is compiled, and says no where it is called.
 */
#ifdef HP_NO_REUSEPORT_OWNER

#include <linux/errno.h>
#include <linux/types.h>
#include <net/tcp.h>

#define HP_HAS_REUSEPORT_OWNER	false

struct reuseport_owner_group {
};

struct reuseport_owner_ops {
	struct sock *(*pick)(struct sock *sk, struct sk_buff *skb,
			     struct reuseport_owner_group *og);
	struct sock *(*rehome)(struct sock *sk, struct sock *moving);
	void (*accepting)(struct sock *sk, bool may_wait);
	void (*accepted)(struct sock *sk);
	void (*join)(struct sock *sk);
	void (*leave)(struct sock *sk);
	void (*homed)(struct sock *sk, int cpu);
	bool (*close)(struct sock *sk);
};

static inline int reuseport_owner_register(const struct reuseport_owner_ops *ops)
{
	return -EOPNOTSUPP;
}

static inline void
reuseport_owner_unregister(const struct reuseport_owner_ops *ops)
{
}

static inline int reuseport_owner_tie(struct sock *sk,
				      struct reuseport_owner_group *og)
{
	return -EOPNOTSUPP;
}

static inline void reuseport_owner_untie(struct reuseport_owner_group *og)
{
}

static inline void tcp_close_listener(struct sock *sk)
{
	tcp_close(sk, 0);
}

#else

#include_next <net/reuseport_owner.h>

#define HP_HAS_REUSEPORT_OWNER	true

#endif /* HP_NO_REUSEPORT_OWNER */

/* What came to it later in the series. */
struct request_sock;

#ifdef HP_NO_OWNER_BIND
#define HP_HAS_OWNER_BIND	false
#else
#define HP_HAS_OWNER_BIND	true
#endif /* HP_NO_OWNER_BIND */

static inline void
hp_owner_bind(struct reuseport_owner_ops *ops,
	      struct sock *(*bind)(struct sock *sk, struct request_sock *req,
				   struct sk_buff *skb))
{
#ifndef HP_NO_OWNER_BIND
	ops->bind = bind;
#endif
}

#ifdef HP_NO_OWNER_BORROW
#define HP_HAS_OWNER_BORROW	false
#else
#define HP_HAS_OWNER_BORROW	true
#endif /* HP_NO_OWNER_BORROW */

static inline void
hp_owner_borrow(struct reuseport_owner_ops *ops,
		struct sock *(*borrow)(struct sock *sk, struct sk_buff *skb))
{
#ifndef HP_NO_OWNER_BORROW
	ops->borrow = borrow;
#endif
}

#endif /* HOMEPORT_COMPAT_NET_REUSEPORT_OWNER_H */
