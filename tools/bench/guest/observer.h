/* SPDX-License-Identifier: GPL-2.0 */
/*
 * observer.h - on which CPU was each connection accepted?
 *
 * A kprobe event on security_sock_graft(), which every accept() of a TCP
 * connection calls in the accepting task, notes the CPU and the client's port.
 * It is the same for every server and every variant, and asks neither the
 * server nor homeport.
 */
#ifndef BENCH_OBSERVER_H
#define BENCH_OBSERVER_H

#include "hp.h"

#define OBSERVER_NONE	(-1)

int observer_open(void);
void observer_close(void);
/* Forgets what was seen. 0 or -errno. */
int observer_clear(void);
/* The accept CPU by client port, or OBSERVER_NONE. 0 or -errno. */
int observer_read(int accept_cpu[65536]);

#endif /* BENCH_OBSERVER_H */
