/* SPDX-License-Identifier: GPL-2.0 */
/*
 * callers.h - clients with connections that are open, but not served yet
 *
 * One thread plays them behind a TUN device. They open as far as their kind
 * says, wait there whatever the servers do, and then go on as clients do: they
 * answer repeated SYN-ACKs, and repeat a request until it is answered or reset.
 * Served is who got the server's bytes, nobody else.
 */
#ifndef BENCH_CALLERS_H
#define BENCH_CALLERS_H

#include "cpu.h"
#include "matrix.h"
#include "tun.h"

#define CALLERS_MAX	128

enum talk {
	TALK_LISTENS,		/* a struct hp_reply, unasked */
	TALK_ASKS,		/* the same, for a request */
	TALK_HTTP,		/* GET, status 200, and the body */
};

struct callers_conf {
	struct tun *tun;
	int family;
	u16 port;
	enum kind kind;
	enum talk talk;
	bool at_once;		/* nothing is held back */
};

struct callers {
	struct callers_conf conf;
	struct tun_conn conns[CALLERS_MAX];
	int nr;
};

/*
 * @nr connections, spread over all CPUs, as far as their kind says. Those that
 * got no SYN-ACK @ms after the last SYN are left behind. 0 or -errno.
 */
int callers_open(struct callers *c, const struct callers_conf *conf, int nr, int ms);
/* How many have a SYN-ACK? */
int callers_count_open(const struct callers *c);
/* Every second one sends the ACK that it held back. 0 or -errno. */
int callers_ack_half(struct callers *c);
/* All go on, until each is served or reset, or the time is over. 0 or -errno. */
int callers_finish(struct callers *c);
int callers_count_served(const struct callers *c);
/* One line on those that were not served; valid until the next call. */
const char *callers_text(const struct callers *c);
void callers_end(struct callers *c);

#endif /* BENCH_CALLERS_H */
