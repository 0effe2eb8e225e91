/* SPDX-License-Identifier: GPL-2.0 */
/*
 * crowd.h - many connections that wait in the same state
 *
 * What a test does to listeners in the meantime is its own matter. In the end
 * each client goes on as a client does, and either gets the server's bytes or
 * does not.
 */
#ifndef HP_CROWD_H
#define HP_CROWD_H

#include "load.h"

enum crowd_kind {
	CROWD_HALF_OPEN,	/* the SYN-ACK is here, the ACK held back */
	CROWD_QUEUED,		/* the handshake is done; nobody accepts yet */
};

struct crowd {
	struct tun *tun;
	struct hp_target to;
	enum crowd_kind kind;
	struct tun_conn *conns;
	int nr;
};

/* @each connections on each CPU. 0 or -errno; -EPROTO: not all got this far. */
int crowd_open(struct crowd *w, struct tun *t, const struct hp_target *to,
	       const int *cpus, int nr_cpus, int each, enum crowd_kind kind);
/* Those that hold back their ACK send it now. */
int crowd_ack(struct crowd *w);
/* All go on, and are added to @tally when they know, or @ms are over. Ends it. */
int crowd_finish(struct crowd *w, struct hp_tally *tally, unsigned int ms);
void crowd_end(struct crowd *w);

#endif /* HP_CROWD_H */
