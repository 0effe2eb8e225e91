/* SPDX-License-Identifier: GPL-2.0 */
/* netlink.h - the generic netlink family of homeport */
#ifndef HOMEPORT_NETLINK_H
#define HOMEPORT_NETLINK_H

#include <linux/types.h>

int hp_netlink_init(u32 attach, u32 features);
void hp_netlink_exit(void);

#endif /* HOMEPORT_NETLINK_H */
