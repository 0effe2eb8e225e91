/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sockset.h - the listening sockets of another process
 *
 * pidfd_getfd() lends them to us: so an unmodified server runs with
 * SO_INCOMING_CPU or a cBPF program that it does not know of.
 */
#ifndef BENCH_SOCKSET_H
#define BENCH_SOCKSET_H

#include <sys/types.h>

#include "hp.h"

#define SOCKSET_MAX	256

struct sockset {
	int fds[SOCKSET_MAX];	/* in the order in which the server opened them */
	int nr;
};

/* All of @pid's that listen on @port. 0 or -errno. */
int sockset_open(struct sockset *set, pid_t pid, u16 port);
void sockset_close(struct sockset *set);
/* All of them are shut down: nobody keeps them when they are closed. */
void sockset_shutdown(pid_t pid, u16 port);
/* The k-th socket serves cpus[k]. */
int sockset_incoming_cpu(const struct sockset *set, const int *cpus);
/* CPU n is served by the n-th socket. */
int sockset_cbpf(const struct sockset *set);

#endif /* BENCH_SOCKSET_H */
