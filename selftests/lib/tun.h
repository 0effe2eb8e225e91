/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tun.h - a client network without a client
 *
 * Behind a TUN device the test program plays all hosts of a network. It makes
 * TCP segments by hand: there is no client stack, no retransmission, and
 * nothing happens that the test does not do. The kernel receives a segment
 * within write(), on the CPU of the writer, so a SYN arrives on the CPU that
 * the test chooses, an ACK may come on another one, late, or never.
 *
 * A struct tun belongs to one thread. Several threads take several devices.
 */
#ifndef HP_TUN_H
#define HP_TUN_H

#include <netinet/in.h>

#include "hp.h"

#define TUN_ANY_CPU	(-1)

/* The network: 10.N.0.0/16 and fd00:N::/64, the host has address 1. */
struct tun {
	int fd;
	int net;
	char name[16];
	unsigned int next;		/* for new addresses and ports */
	struct tun_conn *conns[65536];	/* by the client's port */
};

/* An address, of 4 or 16 bytes as its family says. */
union tun_addr {
	struct in_addr v4;
	struct in6_addr v6;
};

enum tun_state {
	TUN_CLOSED,		/* nothing sent, or all over */
	TUN_SYN_SENT,
	TUN_SYN_RECEIVED,	/* the SYN-ACK is here, our ACK is held back */
	TUN_ESTABLISHED,	/* for the client, as the ACK was sent */
};

struct tun_conn {
	struct tun *tun;
	int family;
	union tun_addr src, dst;
	u16 sport, dport;
	int cpu;		/* where our segments arrive, or TUN_ANY_CPU */
	enum tun_state state;
	u32 snd_nxt, rcv_nxt;
	bool fin, rst;		/* received */
	bool again;		/* answer a repeated SYN-ACK, as a client does */
	unsigned int len;	/* received bytes in buf */
	u8 buf[512];
};

/* A device of its own in this namespace, with both addresses. 0 or -errno. */
int tun_open(struct tun *t, int net);
void tun_close(struct tun *t);
/* The address of the host behind which the servers are. */
union tun_addr tun_host(const struct tun *t, int family);
/* That of one of its clients, from 0. */
union tun_addr tun_client(const struct tun *t, int family, unsigned int n);

/* A new connection to @dst (NULL: the host) from a new address and port. */
void tun_conn_init(struct tun *t, struct tun_conn *c, int family, int cpu,
		   const union tun_addr *dst, u16 dport);
/* Forgets it: what still comes for it is dropped. */
void tun_conn_end(struct tun_conn *c);

/* Each sends one segment. 0 or -errno. */
int tun_syn(struct tun_conn *c);
/* With data in it, as TCP Fast Open has, but without a cookie. */
int tun_syn_data(struct tun_conn *c, const void *data, unsigned int len);
int tun_ack(struct tun_conn *c);
int tun_send(struct tun_conn *c, const void *data, unsigned int len);
int tun_fin(struct tun_conn *c);
int tun_reset(struct tun_conn *c);

/* Takes note of all segments that are here. Returns how many. */
int tun_poll(struct tun *t);
/* Waits until there is one, and takes it. False: the time is over. */
bool tun_wait(struct tun *t, u64 deadline);

/* Waits for the SYN-ACK. 0, -ECONNREFUSED after a RST, or -ETIMEDOUT. */
int tun_wait_synack(struct tun_conn *c, u64 deadline);
/* Waits until @len bytes are in c->buf. 0, -EPIPE, -ECONNRESET, -ETIMEDOUT. */
int tun_recv(struct tun_conn *c, unsigned int len, u64 deadline);
/* SYN, SYN-ACK, ACK. */
int tun_connect(struct tun *t, struct tun_conn *c, int family, int cpu,
		const union tun_addr *dst, u16 dport);

#endif /* HP_TUN_H */
