/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/* hp_pickbench.h - what /dev/hp_pickbench is asked, and answers */
#ifndef HP_PICKBENCH_H
#define HP_PICKBENCH_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* What is measured. */
enum {
	HP_PICKBENCH_SELECT,	/* reuseport_select_sock(), or the owner's choice */
	HP_PICKBENCH_LOOKUP,	/* the lookup of a listener, of which it is a part */
};

/**
 * struct hp_pickbench - the cost of choosing a listener
 * @fd: In: a listener of the group that chooses; for a lookup it may be in none.
 * @what: In: one of the above.
 * @picks: In: so many picks, each with a hash value, or a client's port, of its own.
 * @repeats: In: each is done as often, and the cheapest counts.
 * @unanswered: Out: picks that gave no listener.
 * @ticks: Out: TSC ticks of all @picks, without those of an empty call.
 * @least: Out: of the cheapest pick.
 * @most: Out: of the dearest pick.
 * @ns: Out: nanoseconds of all @picks in one go, an empty call's not taken off.
 */
struct hp_pickbench {
	__s32 fd;
	__u32 what;
	__u32 picks;
	__u32 repeats;
	__u32 unanswered;
	__u32 unused;
	__u64 ticks;
	__u64 least;
	__u64 most;
	__u64 ns;
};

#define HP_PICKBENCH_RUN	_IOWR('h', 1, struct hp_pickbench)

#endif /* HP_PICKBENCH_H */
