/* SPDX-License-Identifier: GPL-2.0 */
/*
 * relay.h - one connection after the other, each on another CPU
 *
 * A client thread per CPU, behind a TUN network of its own, to one address of
 * the server. Only the one that has the baton does anything, so all finds the
 * lines where the connection before left them, on another CPU, and nothing
 * depends on chance. Each thread plays a few clients, who come again and again,
 * from new ports. Connections stay in TIME_WAIT until a lap ends them, or the run.
 */
#ifndef BENCH_RELAY_H
#define BENCH_RELAY_H

#include "client.h"

struct relay_tally {
	unsigned int tried, answered;
	unsigned int requests;
	unsigned int local;	/* accepted on the flow CPU, if the server says */
};

/* A part of a run; it begins and ends where the baton is. */
struct relay_lap {
	unsigned int each;	/* connections on each CPU, 1 at least */
	bool ends;		/* none: each CPU ends TIME_WAIT of those it has */
	int (*begin)(void);	/* before the first; NULL: nothing. 0 or -errno */
	void (*end)(const struct relay_lap *lap);	/* after the last; or NULL */
	const char *label;	/* the caller's */
	struct relay_tally tally;
};

int relay_open(void);
void relay_close(void);
/*
 * All laps, one after the other; what is left of the connections is undone then.
 * load->each is not looked at. 0 or -errno.
 */
int relay_run(const struct client_load *load, struct relay_lap *laps, int nr);

#endif /* BENCH_RELAY_H */
