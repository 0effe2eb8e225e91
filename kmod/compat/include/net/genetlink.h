/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HOMEPORT_COMPAT_NET_GENETLINK_H
#define HOMEPORT_COMPAT_NET_GENETLINK_H

#include_next <net/genetlink.h>

#ifdef HP_NEED_GENL_INFO_DUMP
/*
 * 9272af109fe6 ("genetlink: add struct genl_info to struct genl_dumpit_info").
 * Before, what a dump has is called otherwise, but has the same @attrs.
 */
#define genl_info_dump(cb) genl_dumpit_info(cb)
#endif /* HP_NEED_GENL_INFO_DUMP */

#endif /* HOMEPORT_COMPAT_NET_GENETLINK_H */
