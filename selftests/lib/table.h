/* SPDX-License-Identifier: GPL-2.0 */
/*
 * table.h - what the tests of the shared request table have in common
 *
 * Where it matters which listener gets what, a test has the listeners itself:
 * each with a home that is told, so that it is known from the first SYN on,
 * and served only when the test says so.
 */
#ifndef HP_TABLE_H
#define HP_TABLE_H

#include "crowd.h"
#include "ctl.h"

/* A listener that does not block, at home on @cpu. Its fd, or -errno. */
int table_listen(const struct hp_server_conf *conf, int cpu);

/*
 * The listeners of a server come one right after the other, and their homes are
 * told. Where each is opened by its worker, a slow machine may take longer to
 * start the next one than a hand-over waits for it.
 */
void table_at_once(struct hp_server_conf *conf, const int *cpus);

/* Accepts and answers all that wait at a listener. Returns how many. */
int table_serve(int listener, u32 worker);
/*
 * Serves @nr listeners, as workers 0 to @nr - 1, until @n connections were
 * accepted or @ms are over. Returns how many were. @t: the clients' network,
 * so that those whose ACK was dropped send it again.
 */
int table_serve_all(struct tun *t, const int *listeners, int nr, int n,
		    unsigned int ms);

/* One of the counters; @group 0: of groups that are gone. ~0: cannot be read. */
u64 table_count(struct hp_ctl *c, u32 group, enum homeport_table what);
/* Connections that wait at the listener with this index; ~0: there is none. */
u32 table_queue(struct hp_ctl *c, u32 group, u32 index);
/* HOMEPORT_LISTENER_STATE_*, or -1. */
int table_state(struct hp_ctl *c, u32 group, u32 index);

/* Waits until so many of a crowd got a RST, or @ms are over. Returns how many. */
int table_resets(struct crowd *w, int n, unsigned int ms);

/* May somebody bind the port, with SO_REUSEPORT or without? 0 or -errno. */
int table_bind(const struct hp_server_conf *conf, bool reuseport);

#endif /* HP_TABLE_H */
