// SPDX-License-Identifier: GPL-2.0
/*
 * A worker has more to do than it can, and others have nothing to do.
 *
 *  1. a pinned worker on each CPU, who takes some time for each connection
 *  2. on half of the CPUs more connections arrive than their workers can serve,
 *     on the others none: each has its bound of them and no more, and all
 *     together have enough workers
 *  3. how long did they wait?
 *
 * The workers accept all the time, so none is stalled; and no queue is full. Where
 * all have too much to do nobody is better off elsewhere, and all is local.
 */
#include "kselftest_harness.h"

#include "stage.h"
#include "steady.h"

#define PORT	8351

/* What a worker takes for each. */
#define WORK_US		30000
/* They arrive on a CPU so much faster, in percent. */
#define PRESSURE	150
/* If nobody is helped the last ones wait for two seconds then; and else, at most: */
#define RUN_MS		4000
#define HELPED_PERCENT	60
#define BOUND		200	/* the default */
/* So that nobody is taken for stalled who accepts so often. */
#define STALL_MS	120

static struct hp_stage stage;
static struct hp_server_conf conf;
static struct hp_klog klog;
static struct steady steady;
static u32 group;

static int begin(int busy)
{
	return steady_begin(&steady, &stage.tun, &stage.to, stage.cpus, busy,
			    WORK_US * 100 / PRESSURE / busy);
}

#define BEHIND_OPEN(family, busy) do {					\
	struct hp_group_info __g;					\
									\
	HP_STAGE_OPEN(&stage, 4);					\
	HP_STAGE_MANAGE(&stage, PORT);					\
	ASSERT_EQ(0, hp_rule_set(&stage.ctl, stage.rule,		\
				 HOMEPORT_A_RULE_STALL_MS, STALL_MS));	\
	ASSERT_EQ(0, hp_klog_open(&klog));				\
	hp_stage_conf(&stage, family, PORT, &conf);			\
	conf.work_us = WORK_US;						\
	ASSERT_EQ(0, hp_server_start(&stage.server, &conf));		\
	ASSERT_EQ(0, hp_group_wait(&stage.ctl, family, PORT, stage.nr,	\
				   &__g));				\
	group = __g.id;							\
	ASSERT_EQ(0, begin(busy));					\
} while (0)

#define BEHIND_CLOSE() do {						\
	HP_EXPECT_NO_SPLAT(&klog);					\
	hp_klog_close(&klog);						\
	HP_STAGE_CLOSE(&stage);						\
} while (0)

FIXTURE(half) {};

FIXTURE_VARIANT(half)
{
	int family;
};

FIXTURE_VARIANT_ADD(half, ipv4) {
	.family = AF_INET,
};

FIXTURE_VARIANT_ADD(half, ipv6) {
	.family = AF_INET6,
};

FIXTURE_SETUP(half)
{
	BEHIND_OPEN(variant->family, stage.nr / 2);
}

FIXTURE_TEARDOWN(half)
{
	BEHIND_CLOSE();
}

FIXTURE(all) {};

FIXTURE_SETUP(all)
{
	BEHIND_OPEN(AF_INET, stage.nr);
}

FIXTURE_TEARDOWN(all)
{
	BEHIND_CLOSE();
}

static int set_rule(u32 stall_ms, u32 bound_percent)
{
	return hp_rule_set(&stage.ctl, stage.rule, HOMEPORT_A_RULE_STALL_MS,
			   stall_ms) ?:
	       hp_rule_set(&stage.ctl, stage.rule,
			   HOMEPORT_A_RULE_BOUND_PERCENT, bound_percent);
}

/* The longest wait of those that come now, in ms, 0: something failed. All are served. */
static unsigned int longest_wait(const char *what)
{
	unsigned int longest = 0;

	if (!steady_run(&steady, RUN_MS) && !steady_wait(&steady, HP_LATER))
		longest = steady_longest(&steady, 0);
	printf("# %s: %d connections, the longest waited %u ms; %s\n", what,
	       steady.nr, longest, hp_load_text(&stage.ctl, group));
	memset(&stage.tally, 0, sizeof(stage.tally));
	return steady_end(&steady, &stage.tally) ? 0 : longest;
}

/*
 * Who stays at home whatever happens, as there are no stalls and is no bound, is not
 * helped. In the same boot, as a machine that has other things to do makes both wait.
 */
TEST_F_TIMEOUT(half, nobody_waits_long, HP_TEST_LIMIT)
{
	unsigned int alone, helped;

	ASSERT_EQ(0, set_rule(0, 0));
	alone = longest_wait("always at home");
	ASSERT_LT(0, alone);
	HP_EXPECT_SERVED(&stage.tally, "always at home");
	HP_EXPECT_LOCAL(&stage.tally, 999, "always at home");

	ASSERT_EQ(0, set_rule(STALL_MS, BOUND));
	ASSERT_EQ(0, begin(stage.nr / 2));
	helped = longest_wait("half of the workers");
	ASSERT_LT(0, helped);
	EXPECT_LE(helped, alone * HELPED_PERCENT / 100) {
		TH_LOG("%u ms, and %u at home", helped, alone);
	}
	HP_EXPECT_SERVED(&stage.tally, "half of the workers");
	/* what they can do is theirs still: two of three */
	EXPECT_LE(500, hp_local_permille(&stage.tally));
}

/* Without a bound alone, too: there are looks for stalls still. */
TEST_F_TIMEOUT(half, without_a_bound, HP_TEST_LIMIT)
{
	ASSERT_EQ(0, set_rule(STALL_MS, 0));
	ASSERT_EQ(0, steady_run(&steady, RUN_MS / 4));
	ASSERT_EQ(0, steady_wait(&steady, HP_SOON));
	steady_end(&steady, &stage.tally);
	HP_EXPECT_SERVED(&stage.tally, "without a bound");
	HP_EXPECT_LOCAL(&stage.tally, 999, "without a bound");
}

TEST_F_TIMEOUT(all, nobody_is_better_off, HP_TEST_LIMIT)
{
	ASSERT_EQ(0, steady_run(&steady, RUN_MS / 2));
	ASSERT_EQ(0, steady_wait(&steady, HP_SOON));
	TH_LOG("%d connections, the longest waited %u ms; %s", steady.nr,
	       steady_longest(&steady, 0), hp_load_text(&stage.ctl, group));
	steady_end(&steady, &stage.tally);
	HP_EXPECT_SERVED(&stage.tally, "all workers");
	HP_EXPECT_LOCAL(&stage.tally, 999, "all workers");
}

HP_MAIN
