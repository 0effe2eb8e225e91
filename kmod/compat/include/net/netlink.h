/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HOMEPORT_COMPAT_NET_NETLINK_H
#define HOMEPORT_COMPAT_NET_NETLINK_H

#include_next <net/netlink.h>

#ifdef HP_NEED_NLA_PUT_UINT
/* 374d345d9b5e ("netlink: add variable-length / auto integers") */
static inline int nla_put_uint(struct sk_buff *skb, int attrtype, u64 value)
{
	if (value <= U32_MAX)
		return nla_put_u32(skb, attrtype, value);
	return nla_put(skb, attrtype, sizeof(value), &value);
}
#endif /* HP_NEED_NLA_PUT_UINT */

#ifdef HP_NEED_NLA_RANGE_CONST
/* ea23fbd2a8f7 ("netlink: make range pointers in policies const") */
#undef NLA_POLICY_FULL_RANGE
#define NLA_POLICY_FULL_RANGE(tp, _range) {				\
	.type = NLA_ENSURE_UINT_TYPE(tp),				\
	.validation_type = NLA_VALIDATE_RANGE_PTR,			\
	.range = (struct netlink_range_validation *)(_range),		\
}
#endif /* HP_NEED_NLA_RANGE_CONST */

#endif /* HOMEPORT_COMPAT_NET_NETLINK_H */
