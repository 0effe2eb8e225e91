/* SPDX-License-Identifier: GPL-2.0 */
/* addr.h - the local address of a listener */
#ifndef HOMEPORT_ADDR_H
#define HOMEPORT_ADDR_H

#include <linux/in6.h>
#include <linux/string.h>
#include <net/ipv6.h>

/* @ip: four bytes in ip6.s6_addr32[0] for AF_INET, the others zero. */
struct hp_addr {
	u16 family;
	struct in6_addr ip;
};

static inline unsigned int hp_addr_len(u16 family)
{
	return family == AF_INET ? sizeof(struct in_addr)
				 : sizeof(struct in6_addr);
}

static inline bool hp_addr_equal(const struct hp_addr *a,
				 const struct hp_addr *b)
{
	return a->family == b->family && ipv6_addr_equal(&a->ip, &b->ip);
}

static inline bool hp_addr_any(const struct hp_addr *a)
{
	return ipv6_addr_any(&a->ip);
}

#endif /* HOMEPORT_ADDR_H */
