/* SPDX-License-Identifier: GPL-2.0 */
/* daemon.h - unmodified servers: nginx and HAProxy, by their configuration */
#ifndef BENCH_DAEMON_H
#define BENCH_DAEMON_H

#include <sys/types.h>

#include "hp.h"

/* Each starts @workers workers on @port, and waits until all are there. */
int nginx_start(pid_t *pid, u16 port, int workers, bool pinned);
int haproxy_start(pid_t *pid, u16 port, int workers);
void daemon_stop(pid_t pid);

#endif /* BENCH_DAEMON_H */
