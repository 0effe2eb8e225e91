/* SPDX-License-Identifier: GPL-2.0 */
/* directed.h - packets that an sk_lookup program sent to a listener */
#ifndef HOMEPORT_DIRECTED_H
#define HOMEPORT_DIRECTED_H

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/jump_label.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include <net/sock.h>

static inline bool hp_daddr_is_bound(const struct sock *sk,
				     const struct sk_buff *skb)
{
	if (skb->protocol == htons(ETH_P_IP)) {
		__be32 bound = sk->sk_rcv_saddr;

		return !bound || bound == ip_hdr(skb)->daddr;
	}
#if IS_ENABLED(CONFIG_IPV6)
	if (skb->protocol == htons(ETH_P_IPV6)) {
		const struct in6_addr *bound = &sk->sk_v6_rcv_saddr;

		return ipv6_addr_any(bound) ||
		       ipv6_addr_equal(bound, &ipv6_hdr(skb)->daddr);
	}
#endif
	return false;
}

/*
 * Did an sk_lookup program direct the packet here? Its choice is left to the
 * stock kernel. What such a program directs to where it would have gone
 * anyway cannot be told apart, and need not be.
 */
static inline bool hp_is_directed(const struct sock *sk,
				  const struct sk_buff *skb)
{
	/* in any namespace? in this one? */
	if (!static_branch_unlikely(&bpf_sk_lookup_enabled) ||
	    !rcu_access_pointer(sock_net(sk)->bpf.run_array[NETNS_BPF_SK_LOOKUP]))
		return false;
	return !skb_transport_header_was_set(skb) ||
	       tcp_hdr(skb)->dest != inet_sk(sk)->inet_sport ||
	       !hp_daddr_is_bound(sk, skb);
}

#endif /* HOMEPORT_DIRECTED_H */
