/* SPDX-License-Identifier: GPL-2.0 */
/* daemon.h - unmodified servers: nginx and HAProxy, by their configuration */
#ifndef BENCH_DAEMON_H
#define BENCH_DAEMON_H

#include <sys/types.h>

#include "hp.h"

/* What nginx has to serve, where it serves files. */
#define DAEMON_ROOT	"/tmp/bench-root"

struct nginx_conf {
	u16 port;
	int workers;
	bool pinned;
	bool single;		/* one listener for all of them */
	bool gzip;		/* the files of DAEMON_ROOT, compressed */
	bool keepalive;		/* a connection is for many requests */
};

/* Each starts its workers, and waits until all are there. 0 or -errno. */
int nginx_start(pid_t *pid, const struct nginx_conf *conf);
/* @proxy: it passes all on to a backend on the same machine, by TCP. */
int haproxy_start(pid_t *pid, u16 port, int workers, bool proxy);
void daemon_stop(pid_t pid);

#endif /* BENCH_DAEMON_H */
