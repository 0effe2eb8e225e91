// SPDX-License-Identifier: GPL-2.0
/*
 * As many listeners as CPUs is the exception. Fewer: who has none of its own
 * goes to the nearest. More: those of one CPU share it evenly.
 *
 * fewer:
 *  1. start pinned workers on some of the CPUs only
 *  2. find out from sysfs which workers are nearest to each CPU: SMT sibling,
 *     then same last-level cache, then same node, then the rest
 *  3. connections that arrive on a CPU go to these alone, and evenly to all
 *     of them
 *
 * more:
 *  1. start more pinned workers than CPUs
 *  2. connections of a CPU go to the workers there alone, and evenly
 *
 * The levels differ only on a guest that has them: the list of boots has one
 * with two nodes, two cores on each, two threads per core.
 */
#include "kselftest_harness.h"

#include "stage.h"

#define PORT	8121
/* Divides evenly among any number of workers up to 6, and 8. */
#define EACH	120

static struct hp_stage stage;

/* Worker @k's CPU; how many workers there are. */
static int pin[HP_MAX_WORKERS];
static int workers;

/* The workers to which connections of @cpu should go. Returns how many. */
static int nearest(int cpu, bool near[HP_MAX_WORKERS])
{
	enum hp_near best = HP_OTHER_NODE;
	int k, nr = 0;

	for (k = 0; k < workers; k++)
		if (hp_cpu_near(cpu, pin[k]) < best)
			best = hp_cpu_near(cpu, pin[k]);
	for (k = 0; k < workers; k++) {
		near[k] = hp_cpu_near(cpu, pin[k]) == best;
		nr += near[k];
	}
	return nr;
}

/* Taking turns is exact but for where a turn begins. */
static bool is_share(unsigned int got, int nr)
{
	int off = (int)got - EACH / nr;

	return off >= -2 && off <= 2;
}

static const char *const near_names[] = {
	[HP_SAME_CPU] = "same CPU",
	[HP_SAME_CORE] = "SMT sibling",
	[HP_SAME_LLC] = "same last-level cache",
	[HP_SAME_NODE] = "same node",
	[HP_OTHER_NODE] = "other node",
};

/* Workers @k's connections of @cpu are what they should be. */
static bool share_is_right(int cpu, int k)
{
	unsigned int got = stage.tally.by_worker[cpu][k];
	bool near[HP_MAX_WORKERS];
	int nr = nearest(cpu, near);

	return near[k] ? is_share(got, nr) : !got;
}

#define EXPECT_NEAREST(what) do {					\
	int __i, __k;							\
									\
	HP_EXPECT_SERVED(&stage.tally, what);				\
	for (__i = 0; __i < stage.nr; __i++)				\
		for (__k = 0; __k < workers; __k++)			\
			EXPECT_TRUE(share_is_right(stage.cpus[__i], __k)) { \
				TH_LOG("%s: flow CPU %d, worker %d on CPU %d (%s): %s", \
				       what, stage.cpus[__i], __k, pin[__k], \
				       near_names[hp_cpu_near(stage.cpus[__i], pin[__k])], \
				       hp_tally_text(&stage.tally));	\
			}						\
} while (0)

FIXTURE(fewer)
{
	struct hp_server_conf conf;
};

FIXTURE_VARIANT(fewer)
{
	int family;
	/* Workers on the CPUs number first, first + step, ... @nr of them. */
	int first, step, nr;
};

FIXTURE_VARIANT_ADD(fewer, ipv4_one_at_all) {
	.family = AF_INET, .first = 1, .step = 1, .nr = 1,
};

FIXTURE_VARIANT_ADD(fewer, ipv4_every_second_cpu) {
	.family = AF_INET, .first = 0, .step = 2, .nr = HP_MAX_WORKERS,
};

FIXTURE_VARIANT_ADD(fewer, ipv6_every_second_cpu_from_1) {
	.family = AF_INET6, .first = 1, .step = 2, .nr = HP_MAX_WORKERS,
};

FIXTURE_VARIANT_ADD(fewer, ipv4_every_fourth_cpu) {
	.family = AF_INET, .first = 0, .step = 4, .nr = HP_MAX_WORKERS,
};

FIXTURE_VARIANT_ADD(fewer, ipv6_every_third_cpu) {
	.family = AF_INET6, .first = 0, .step = 3, .nr = HP_MAX_WORKERS,
};

FIXTURE_VARIANT_ADD(fewer, ipv4_first_three_cpus) {
	.family = AF_INET, .first = 0, .step = 1, .nr = 3,
};

FIXTURE_SETUP(fewer)
{
	int i;

	HP_STAGE_OPEN(&stage, 4);
	HP_STAGE_MANAGE(&stage, PORT);
	for (i = variant->first; i < stage.nr && workers < variant->nr;
	     i += variant->step)
		pin[workers++] = stage.cpus[i];
	hp_stage_conf(&stage, variant->family, PORT, &self->conf);
	self->conf.workers = workers;
	self->conf.pin = pin;
}

FIXTURE_TEARDOWN(fewer)
{
	HP_STAGE_CLOSE(&stage);
}

TEST_F_TIMEOUT(fewer, nearest_and_even, HP_TEST_LIMIT)
{
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	ASSERT_EQ(0, hp_stage_load(&stage, EACH));
	EXPECT_NEAREST("homeport");
}

FIXTURE(more)
{
	struct hp_server_conf conf;
};

FIXTURE_VARIANT(more)
{
	int family;
	int halves;	/* so many workers for two CPUs */
};

FIXTURE_VARIANT_ADD(more, ipv4_two_per_cpu) {
	.family = AF_INET, .halves = 4,
};

FIXTURE_VARIANT_ADD(more, ipv6_three_for_two_cpus) {
	.family = AF_INET6, .halves = 3,
};

FIXTURE_SETUP(more)
{
	HP_STAGE_OPEN(&stage, 2);
	HP_STAGE_MANAGE(&stage, PORT);
	if (stage.nr * variant->halves / 2 > HP_MAX_WORKERS)
		HP_SKIP("more CPUs than the test can have workers for");
	while (workers < stage.nr * variant->halves / 2) {
		pin[workers] = stage.cpus[workers % stage.nr];
		workers++;
	}
	hp_stage_conf(&stage, variant->family, PORT, &self->conf);
	self->conf.workers = workers;
	self->conf.pin = pin;
}

FIXTURE_TEARDOWN(more)
{
	HP_STAGE_CLOSE(&stage);
}

TEST_F_TIMEOUT(more, even_within_each_cpu, HP_TEST_LIMIT)
{
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	ASSERT_EQ(0, hp_stage_load(&stage, EACH));
	EXPECT_NEAREST("homeport");
}

/* Nothing is known of the workers: the CPUs get equally many listeners. */
TEST_F_TIMEOUT(more, spread_while_unknown, HP_TEST_LIMIT)
{
	struct hp_listener_info l[HP_MAX_WORKERS];
	unsigned int homes[HP_MAX_CPUS] = {}, low, high;
	struct hp_group_info g;
	int k;

	self->conf.pin = NULL;
	self->conf.idle = true;
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	ASSERT_EQ(0, hp_group_wait(&stage.ctl, variant->family, PORT, workers,
				   &g));
	ASSERT_EQ(workers, hp_listeners(&stage.ctl, g.id, l, HP_MAX_WORKERS));
	for (k = 0; k < workers; k++)
		if (l[k].home < HP_MAX_CPUS)
			homes[l[k].home]++;
	low = variant->halves / 2;
	high = (variant->halves + 1) / 2;
	for (k = 0; k < stage.nr; k++) {
		EXPECT_LE(low, homes[stage.cpus[k]]);
		EXPECT_GE(high, homes[stage.cpus[k]]);
	}
}

HP_MAIN
