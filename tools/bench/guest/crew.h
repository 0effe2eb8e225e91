/* SPDX-License-Identifier: GPL-2.0 */
/*
 * crew.h - a server whose worker processes come and go
 *
 * Each worker opens a listener of one SO_REUSEPORT group itself, as the crew's
 * owner, and answers each connection with a struct hp_reply; it may hear a
 * request first. Between the tests' server (server.h) and this one there is
 * hp_listen() in common; that one has neither uids, requests, nor successors.
 */
#ifndef BENCH_CREW_H
#define BENCH_CREW_H

#include "server.h"

#define CREW_MAX	16

struct crew_conf {
	struct hp_server_conf listen;
	uid_t uid;
	bool defer;		/* TCP_DEFER_ACCEPT */
	int fastopen;		/* the length of the queue, 0: none */
	bool hears;		/* each client speaks first */
};

struct crew {
	struct crew_conf conf;
	struct crew_worker {
		pid_t pid;	/* 0: it ended */
		int to;		/* orders */
	} workers[CREW_MAX];
	int nr;
	bool serving;
};

/* Each returns 0 or -errno. */
void crew_init(struct crew *c, const struct crew_conf *conf);
/* @nr more workers, one after the other, who listen when it returns. */
int crew_add(struct crew *c, int nr);
/* Workers accept from now on, also those still to come. */
int crew_serve(struct crew *c);
/* Workers @from and on, @nr of them, close their listeners and end. */
int crew_close(struct crew *c, int from, int nr);
/* The same by SIGKILL, all at once. */
int crew_kill(struct crew *c, int from, int nr);
/* All end; their listeners are shut down first, so nothing is kept of them. */
void crew_end(struct crew *c);

#endif /* BENCH_CREW_H */
