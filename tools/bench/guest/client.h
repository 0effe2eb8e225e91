/* SPDX-License-Identifier: GPL-2.0 */
/*
 * client.h - all clients, on all CPUs at once
 *
 * A thread per CPU plays the clients of a TUN network of its own. All segments
 * of its connections arrive on its CPU: that is their flow CPU. Ports are not
 * shared between threads, so a client's port tells its flow CPU.
 */
#ifndef BENCH_CLIENT_H
#define BENCH_CLIENT_H

#include "cpu.h"
#include "server.h"

/* What to say, and what to hear. */
enum client_talk {
	CLIENT_LISTENS,		/* a struct hp_reply, unasked */
	CLIENT_HTTP,		/* GET, status 200 and all up to FIN */
};

struct client_load {
	int family;
	u16 port;
	enum client_talk talk;
	unsigned int each;	/* connections on each CPU */
	unsigned int requests;	/* HTTP, of a relay: on each connection; 0: one */
};

struct client_tally {
	unsigned int tried, answered;
	unsigned int elsewhere;	/* the kernel saw another flow CPU */
	unsigned int late;	/* delayed ACKs that had to be sent */
	unsigned int by_worker[HP_MAX_CPUS][HP_MAX_WORKERS];
};

int client_open(void);
void client_close(void);
/* 0, or the -errno of a thread that could not go on. */
int client_run(const struct client_load *load, struct client_tally *tally);
/* The flow CPU of a client's port of the last run, or -1. */
int client_flow_cpu(u16 port);

#endif /* BENCH_CLIENT_H */
