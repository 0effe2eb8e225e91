/* SPDX-License-Identifier: GPL-2.0 */
/* xmit.h - which CPU gave how many packets to which queue of a device */
#ifndef HP_XMIT_H
#define HP_XMIT_H

#include "cpu.h"
#include "hp.h"

#define HP_XMIT_QUEUES	64

struct hp_xmit {
	u64 sent[HP_MAX_CPUS][HP_XMIT_QUEUES];
};

/* The kernel counts from now on. 0 or -errno. */
int hp_xmit_start(void);
int hp_xmit_stop(void);
/* What was counted of @dev. 0 or -errno. */
int hp_xmit_read(struct hp_xmit *x, const char *dev);

#endif /* HP_XMIT_H */
