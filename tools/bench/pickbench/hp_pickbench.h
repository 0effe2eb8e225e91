/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/* hp_pickbench.h - what /dev/hp_pickbench is asked, and answers */
#ifndef HP_PICKBENCH_H
#define HP_PICKBENCH_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * struct hp_pickbench - the cost of choosing a listener
 * @fd: In: a listener of the group that chooses.
 * @picks: In: so many picks, each with a hash value of its own.
 * @repeats: In: each is done as often, and the cheapest counts.
 * @unanswered: Out: picks that gave no listener.
 * @ticks: Out: TSC ticks of all @picks, without those of an empty call.
 * @least: Out: of the cheapest pick.
 * @most: Out: of the dearest pick.
 * @ns: Out: nanoseconds of all @picks in one go, an empty call's not taken off.
 */
struct hp_pickbench {
	__s32 fd;
	__u32 picks;
	__u32 repeats;
	__u32 unanswered;
	__u64 ticks;
	__u64 least;
	__u64 most;
	__u64 ns;
};

#define HP_PICKBENCH_RUN	_IOWR('h', 1, struct hp_pickbench)

#endif /* HP_PICKBENCH_H */
