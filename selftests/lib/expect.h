/* SPDX-License-Identifier: GPL-2.0 */
/*
 * expect.h - what tests say about a tally, with the harness's macros
 *
 * Include it after kselftest_harness.h. Each names what was tried, so that a
 * failing line can be understood without the source.
 */
#ifndef HP_EXPECT_H
#define HP_EXPECT_H

#include "load.h"

/* Everyone got the server's bytes. */
#define HP_EXPECT_SERVED(tally, what) do {				\
	EXPECT_EQ((tally)->tried, (tally)->answered) {			\
		TH_LOG("%s: some were not served: %s", what,		\
		       hp_tally_text(tally));				\
	}								\
} while (0)

/* At least @permille were accepted on their flow CPU. @why: what else to say if not. */
#define HP_EXPECT_LOCAL_OR(tally, permille, what, why) do {		\
	HP_EXPECT_SERVED(tally, what);					\
	EXPECT_LE((permille), hp_local_permille(tally)) {		\
		TH_LOG("%s: too few on their flow CPU: %s; %s", what,	\
		       hp_tally_text(tally), why);			\
	}								\
} while (0)

#define HP_EXPECT_LOCAL(tally, permille, what)				\
	HP_EXPECT_LOCAL_OR(tally, permille, what, "")

/*
 * As by chance: one in @n local, within five standard deviations of a fair
 * coin with @n sides: less than once in a million runs by bad luck.
 */
static inline bool hp_by_chance(unsigned int hits, unsigned int tried, int n)
{
	long long off = (long long)hits * n - tried;

	return off * off <= 25ll * tried * (n - 1);
}

#define HP_EXPECT_CHANCE(tally, n, what) do {				\
	HP_EXPECT_SERVED(tally, what);					\
	EXPECT_TRUE(hp_by_chance((tally)->local, (tally)->tried, n)) {	\
		TH_LOG("%s: not one in %d by chance: %s", what, n,	\
		       hp_tally_text(tally));				\
	}								\
} while (0)

#endif /* HP_EXPECT_H */
