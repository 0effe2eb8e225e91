/* SPDX-License-Identifier: GPL-2.0 */
/*
 * say.h - orders to the plugin that counts (tools/bench/plugin)
 *
 * Without the plugin they do nothing.
 */
#ifndef BENCH_SAY_H
#define BENCH_SAY_H

#include "hp.h"

#include "../plugin/order.h"

/* What a CPU is busy with. What has no phase is not counted. */
enum phase {
	PHASE_NONE,
	PHASE_SYN,	/* a SYN is received */
	PHASE_ACK,	/* the handshake's ACK: a child, and somebody is woken */
	PHASE_DATA,	/* a request */
	PHASE_SERVE,	/* the server, from what epoll_wait() found until it sleeps */
	PHASE_CLOSE,	/* the client's ACK and FIN */
	PHASE_PICK,	/* within one of these: the choice of a listener */
	PHASE_TIME = ORDER_CLOCK, /* within one of these: what is done by the clock */
};

/* Of the calling CPU, from now on. */
void say_phase(enum phase phase);
/* ORDER_TRACK, _REST or _CLEAR. */
void say(enum order_word word);
void say_write(const char *label);
void say_watch(u64 start, u64 end);
/* The function's entry begins a phase: 0, or -ENOENT. */
int say_enter(const char *function, enum phase phase);
/* The function is a phase, on a CPU that has one. */
int say_span(const char *function, enum phase phase);

/* The names of the kernel's code and data, to a file for the host. */
int say_symbols(const char *path);
/* Those of modules only. */
int say_module_symbols(const char *path);
/* Where a module is. 0 or -errno. */
int say_module_range(const char *name, u64 *start, u64 *end);

#endif /* BENCH_SAY_H */
