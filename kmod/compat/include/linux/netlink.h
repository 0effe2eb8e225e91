/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HOMEPORT_COMPAT_LINUX_NETLINK_H
#define HOMEPORT_COMPAT_LINUX_NETLINK_H

#include_next <linux/netlink.h>

/*
 * 51c352bdbcd2 ("netlink: add support for formatted extack messages"). Before,
 * a message was a constant, so it has to do without the id.
 */
#ifdef NL_SET_ERR_MSG_ATTR_FMT
#define HP_NL_ERR_ATTR_ID(extack, attr, msg, id) \
	NL_SET_ERR_MSG_ATTR_FMT(extack, attr, msg " (id %u)", id)
#else
#define HP_NL_ERR_ATTR_ID(extack, attr, msg, id) do {	\
	(void)(id);					\
	NL_SET_ERR_MSG_ATTR(extack, attr, msg);		\
} while (0)
#endif /* NL_SET_ERR_MSG_ATTR_FMT */

#endif /* HOMEPORT_COMPAT_LINUX_NETLINK_H */
