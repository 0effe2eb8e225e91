/* SPDX-License-Identifier: GPL-2.0 */
/* diag.h - sockets as ss shows, and kills, them */
#ifndef HP_DIAG_H
#define HP_DIAG_H

#include <sys/types.h>

#include "hp.h"

struct hp_diag {
	uid_t uid;
	u32 inode;
	u32 queue, backlog;
	u32 interface;
	u32 cookie[2];
};

/*
 * The sockets that listen at @port. How many there are, even if more than @max;
 * or -errno.
 */
int hp_diag_listeners(int family, u16 port, struct hp_diag *found, int max);
/* The one that the kernel finds when no client is named. 0 or -errno. */
int hp_diag_find(int family, u16 port, struct hp_diag *found);
/* ss -K for one of them. 0 or -errno; -EOPNOTSUPP: this kernel cannot. */
int hp_diag_destroy(int family, u16 port, const struct hp_diag *which);

/* A line of /proc/net/tcp or tcp6 that listens at @port: its uid, or -errno. */
int hp_proc_listener(int family, u16 port);

#endif /* HP_DIAG_H */
