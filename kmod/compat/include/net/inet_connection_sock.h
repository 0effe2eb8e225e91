/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HOMEPORT_COMPAT_NET_INET_CONNECTION_SOCK_H
#define HOMEPORT_COMPAT_NET_INET_CONNECTION_SOCK_H

#include_next <net/inet_connection_sock.h>

/* Exported for DCCP, until that was removed. */
#ifdef HP_NO_REQSK_QUEUE_ADD
#define hp_enqueue	NULL
#else
#define hp_enqueue	inet_csk_reqsk_queue_add
#endif /* HP_NO_REQSK_QUEUE_ADD */

#endif /* HOMEPORT_COMPAT_NET_INET_CONNECTION_SOCK_H */
