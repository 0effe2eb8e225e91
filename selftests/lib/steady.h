/* SPDX-License-Identifier: GPL-2.0 */
/*
 * steady.h - connections that arrive one by one, and how long each waits
 *
 * From the SYN to the server's bytes. They come on each CPU in turn, at even
 * intervals, or by chance; but whether or not those before them were served: that
 * is what a stalled worker is hard on.
 */
#ifndef HP_STEADY_H
#define HP_STEADY_H

#include "load.h"

/* As many at a time as may be open, at most. */
#define STEADY_MAX	4096

struct steady_conn {
	struct tun_conn c;
	u64 began, ended;	/* in microseconds; ended 0: not yet */
};

struct steady {
	struct tun *tun;
	struct hp_target to;
	const int *cpus;
	int nr_cpus;
	unsigned int interval_us;
	/*
	 * Not 0: they come on a random CPU, and independently of each other, one
	 * every @interval_us on average. From the same number comes the same.
	 */
	u32 chance;
	/* what the nr-th client says; NULL: it hears a struct hp_reply, unasked */
	const char *(*request)(int nr);
	u64 next;
	struct steady_conn *conns;
	int nr;
};

/* One connection every @interval_us from now on. 0 or -ENOMEM. */
int steady_begin(struct steady *s, struct tun *t, const struct hp_target *to,
		 const int *cpus, int nr_cpus, unsigned int interval_us);
/* Goes on for so long. 0 or -errno. */
int steady_run(struct steady *s, unsigned int ms);
/* No more come; until all are served, or @ms are over. */
int steady_wait(struct steady *s, unsigned int ms);
/* Adds what was seen to @tally, and ends. */
int steady_end(struct steady *s, struct hp_tally *tally);

/* How many of those from number @from on are not served yet. */
int steady_unserved(const struct steady *s, int from);
/* How long the nr-th waited, or waits still, in microseconds. */
u64 steady_wait_us(const struct steady *s, int nr);
/* How many of those from number @from on waited longer, or wait still. */
int steady_waited(const struct steady *s, int from, unsigned int ms);
/* The longest wait, in milliseconds. */
unsigned int steady_longest(const struct steady *s, int from);

#endif /* HP_STEADY_H */
