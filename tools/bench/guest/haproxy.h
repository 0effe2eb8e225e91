/* SPDX-License-Identifier: GPL-2.0 */
/* haproxy.h - an unmodified HAProxy that is reloaded */
#ifndef BENCH_HAPROXY_H
#define BENCH_HAPROXY_H

#include "procs.h"
#include "webconf.h"

struct haproxy {
	struct webconf conf;
	pid_t pid;		/* 0: it does not run */
};

/* Each is done, and it listens, when it returns. 0 or -errno. */
int haproxy_up(struct haproxy *h, const struct webconf *conf);
/* It does not accept until it is reloaded. */
int haproxy_freeze(struct haproxy *h);
/* A successor with "-sf"; the old one has ended. */
int haproxy_reload(struct haproxy *h);
void haproxy_end(struct haproxy *h);

#endif /* BENCH_HAPROXY_H */
