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

/* The patch series moves children between queues. */
#ifdef HP_NO_MOVE_CHILDREN
#define HP_HAS_MOVE_CHILDREN	false
#define hp_move_children	NULL
#else
#define HP_HAS_MOVE_CHILDREN	true
#define hp_move_children	inet_csk_move_children
#endif /* HP_NO_MOVE_CHILDREN */

#endif /* HOMEPORT_COMPAT_NET_INET_CONNECTION_SOCK_H */
