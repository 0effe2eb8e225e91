/* SPDX-License-Identifier: GPL-2.0 */
/* nginx.h - an unmodified nginx that is reloaded, upgraded, stopped */
#ifndef BENCH_NGINX_H
#define BENCH_NGINX_H

#include "procs.h"
#include "webconf.h"

struct nginx {
	struct webconf conf;
	pid_t master;		/* 0: it does not run */
};

/* Each is done, and its workers are there, when it returns. 0 or -errno. */
int nginx_up(struct nginx *n, const struct webconf *conf);
/* Its workers do not accept until the next change lets them. */
int nginx_freeze(struct nginx *n);
/* SIGHUP, with @workers workers from now on. */
int nginx_reload(struct nginx *n, int workers);
int nginx_upgrade(struct nginx *n);
int nginx_test(struct nginx *n);
/* SIGTERM to all of it, as systemd does, and waits for its end. */
int nginx_down(struct nginx *n);
/* SIGKILL, should it still be there. */
void nginx_end(struct nginx *n);

#endif /* BENCH_NGINX_H */
