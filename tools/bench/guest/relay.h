/* SPDX-License-Identifier: GPL-2.0 */
/*
 * relay.h - one connection after the other, each on another CPU
 *
 * A client thread per CPU, behind a TUN network of its own, to one address of
 * the server. Only the one that has the baton does anything, so all finds the
 * lines where the connection before left them, on another CPU, and nothing
 * depends on chance. Connections stay in TIME_WAIT until the end of the run.
 */
#ifndef BENCH_RELAY_H
#define BENCH_RELAY_H

#include "client.h"

struct relay_tally {
	unsigned int tried, answered;
	unsigned int requests;
	unsigned int local;	/* accepted on the flow CPU, if the server says */
};

int relay_open(void);
void relay_close(void);
/*
 * On each CPU @warm_up connections, and then, when @begin was called, load->each
 * that are tallied; @end is called before all that is left of them is undone.
 * 0 or -errno.
 */
struct relay_watch {
	void (*begin)(void);
	void (*end)(const void *arg);
	const void *arg;
};

int relay_run(const struct client_load *load, unsigned int warm_up,
	      const struct relay_watch *watch, struct relay_tally *tally);

#endif /* BENCH_RELAY_H */
