/* SPDX-License-Identifier: GPL-2.0 */
/* strain.h - a load that is hard on one worker, and what comes of it */
#ifndef BENCH_STRAIN_H
#define BENCH_STRAIN_H

#include "setup.h"
#include "tun.h"

struct strain {
	struct scenario scenario;
	int rounds;
	bool single;		/* with one shared queue as well */
	/* One variant's turn, with a server that is up. 0 or -errno. */
	int (*turn)(struct setup *s, int round);
	/* All rounds are over: what one variant is recorded and checked for. */
	void (*one)(const struct scenario *scenario, enum variant v);
	/* After that, optional: how they compare. */
	void (*end)(const struct scenario *scenario);
};

extern const struct strain strain_even;
extern const struct strain strain_stopped;
extern const struct strain strain_mixed;
extern const struct strain strain_loopback;
extern const struct strain strain_lump1, strain_lump2, strain_lump3;
extern const struct strain strain_full;
extern const struct strain strain_flood_with, strain_flood_without;

/* The network of clients that are on each CPU in turn. */
extern struct tun strain_tun;

/*
 * Does the guest's clock count instructions (HP_ICOUNT=1, by QEMU's -icount)? Then
 * what it says is no matter of the host, and can be a check.
 */
bool strain_is_counted(void);

#endif /* BENCH_STRAIN_H */
