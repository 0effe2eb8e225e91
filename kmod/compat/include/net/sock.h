/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HOMEPORT_COMPAT_NET_SOCK_H
#define HOMEPORT_COMPAT_NET_SOCK_H

#include_next <net/sock.h>

#ifdef HP_NEED_SK_UID
/* e84a4927a404 ("net: annotate races around sk->sk_uid") */
static inline kuid_t sk_uid(const struct sock *sk)
{
	return sock_i_uid((struct sock *)sk);
}
#endif /* HP_NEED_SK_UID */

/*
 * 92ef0fd55ac8 ("net: change proto and proto_ops accept type"): the flags
 * with which accept() was called, from the second argument of
 * inet_csk_accept().
 */
static inline int hp_accept_flags(unsigned long arg)
{
#ifdef HP_NEED_PROTO_ACCEPT_ARG
	return arg;
#else
	return ((struct proto_accept_arg *)arg)->flags;
#endif /* HP_NEED_PROTO_ACCEPT_ARG */
}

#endif /* HOMEPORT_COMPAT_NET_SOCK_H */
