/* SPDX-License-Identifier: GPL-2.0 */
/*
 * order.h - what the guest tells the plugin, byte by byte
 *
 * The guest says a byte by reading ORDER_TABLE[byte] with one certain
 * instruction, which does nothing to a guest that runs without the plugin. Both
 * sides include this file.
 */
#ifndef BENCH_ORDER_H
#define BENCH_ORDER_H

#include <stdbool.h>
#include <stdint.h>

/* movzbl ORDER_MAGIC(%rax),%eax; its address ends in the byte. */
#define ORDER_MAGIC	0x686f6d65
#define ORDER_CODE	"\x0f\xb6\x80\x65\x6d\x6f\x68"
#define ORDER_CODE_LEN	7

/* A byte below is a phase, which begins on the CPU that says so. */
#define ORDER_PHASES	16
/* This one is what goes by the clock: it moves no line for a connection. */
#define ORDER_CLOCK	7

enum order_word {
	ORDER_TRACK = ORDER_PHASES,	/* forget all lines, follow them from now */
	ORDER_REST,	/* follow no more */
	ORDER_CLEAR,	/* all counters are 0 */
	ORDER_WRITE,	/* counters to the file; label, 0 */
	ORDER_ENTER,	/* phase, address: what a function's entry begins */
	ORDER_SPAN,	/* phase, address: until it returns */
	ORDER_WATCH,	/* start, end: of code whose lines are looked at */
};

#define ORDER_MAX	128

/* An order that is not complete yet. */
struct order {
	unsigned int len;
	uint8_t bytes[ORDER_MAX];
};

/* True: the order in o->bytes is complete; the next byte begins another. */
bool order_take(struct order *o, uint8_t byte);
/* A 64-bit number of it. */
uint64_t order_number(const struct order *o, unsigned int at);

#endif /* BENCH_ORDER_H */
