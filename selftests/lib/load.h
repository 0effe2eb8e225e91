/* SPDX-License-Identifier: GPL-2.0 */
/* load.h - many connections, and what their clients saw */
#ifndef HP_LOAD_H
#define HP_LOAD_H

#include "cpu.h"
#include "server.h"
#include "tun.h"

/* Where to. */
struct hp_target {
	int family;
	const union tun_addr *addr;	/* NULL: the host of the TUN network */
	u16 port;
};

/* What clients saw, to be added up. */
struct hp_tally {
	unsigned int tried;
	unsigned int answered;		/* got the server's bytes */
	unsigned int local;		/* accepted on the flow CPU */
	unsigned int no_synack, refused, reset, silent, garbled;
	unsigned int matrix[HP_MAX_CPUS][HP_MAX_CPUS];	/* flow, accept CPU */
	unsigned int by_worker[HP_MAX_CPUS][HP_MAX_WORKERS];	/* flow CPU */
};

/* @nr connections whose packets arrive on @cpu. 0, or -errno of the client. */
int hp_load(struct tun *t, const struct hp_target *to, int cpu,
	    unsigned int nr, struct hp_tally *tally);
/* The same on each CPU of a list, in turns of a few; @nr on each in the end. */
int hp_load_all(struct tun *t, const struct hp_target *to, const int *cpus,
		int nr_cpus, unsigned int nr, struct hp_tally *tally);
/* One connection: the worker that answered, or -errno. */
int hp_ask(struct tun *t, const struct hp_target *to, int cpu,
	   struct hp_reply *reply);

/* Adds what one client saw: 0 or -errno of its SYN-ACK, and of its data. */
void hp_tally_note(struct hp_tally *tally, const struct tun_conn *c,
		   int synack, int recv);

/* In thousandths of those tried. */
unsigned int hp_local_permille(const struct hp_tally *tally);
unsigned int hp_worker_total(const struct hp_tally *tally, int worker);
/* One line, for TH_LOG(); the text is valid until the next call. */
const char *hp_tally_text(const struct hp_tally *tally);

/*
 * One connection over a device of the kernel (loopback, veth) to @addr (NULL:
 * loopback), with the client's own stack. 0, or -errno of what went wrong.
 */
int hp_loop_ask(int family, const void *addr, u16 port, struct hp_reply *reply);

#endif /* HP_LOAD_H */
