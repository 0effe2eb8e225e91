/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HOMEPORT_COMPAT_LINUX_TCP_H
#define HOMEPORT_COMPAT_LINUX_TCP_H

#include_next <linux/tcp.h>

/* Has a socket keys for TCP MD5, or for TCP-AO, which v6.7 added? */
static inline bool hp_tcp_has_keys(const struct sock *sk)
{
#ifdef CONFIG_TCP_MD5SIG
	if (rcu_access_pointer(tcp_sk(sk)->md5sig_info))
		return true;
#endif /* CONFIG_TCP_MD5SIG */
#if defined(CONFIG_TCP_AO) && !defined(HP_NO_TCP_AO)
	if (rcu_access_pointer(tcp_sk(sk)->ao_info))
		return true;
#endif /* CONFIG_TCP_AO && !HP_NO_TCP_AO */
	return false;
}

#endif /* HOMEPORT_COMPAT_LINUX_TCP_H */
