// SPDX-License-Identifier: GPL-2.0
/*
 * Connections come in lumps: on one CPU, two, three, or from a client that sits
 * on one. No worker has more of them than its bound, and no more than that is
 * taken away from home.
 *
 *  1. a pinned worker on each CPU
 *  2. connections on some CPUs only, evenly, for a while
 *  3. more of them, and who got how many?
 *
 * Where they come evenly on all CPUs, nothing is spilled; and nothing more when
 * a lump is over. Nobody waits for a worker that stands still, wherever his
 * connections were to go first.
 */
#include <signal.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "stage.h"

#define PORT	8321
#define BOUND	200		/* percent; the default */

/* On each CPU in turn, so that all of them look busy at all times. */
#define PIECE	8
/* Enough for the module to see a lump, and for a share to be exact. */
#define WARM_MS	1200
#define COUNTED	1024

static struct hp_stage stage;
static struct hp_server_conf conf;
static struct hp_klog klog;
static u32 group;

/*
 * The rule has the default bound. Whoever stands still here does so for long; a virtual
 * CPU that its host does not run for the default time of a stall is one, too, rightly.
 */
#define STALL_MS	200

#define BOUND_OPEN(family) do {						\
	struct hp_group_info __g;					\
									\
	HP_STAGE_OPEN(&stage, 4);					\
	HP_STAGE_MANAGE(&stage, PORT);					\
	ASSERT_EQ(0, hp_rule_set(&stage.ctl, stage.rule,		\
				 HOMEPORT_A_RULE_STALL_MS, STALL_MS));	\
	ASSERT_EQ(0, hp_klog_open(&klog));				\
	hp_stage_conf(&stage, family, PORT, &conf);			\
	ASSERT_EQ(0, hp_server_start(&stage.server, &conf));		\
	ASSERT_EQ(0, hp_group_wait(&stage.ctl, family, PORT, stage.nr,	\
				   &__g));				\
	group = __g.id;							\
} while (0)

#define BOUND_CLOSE() do {						\
	HP_EXPECT_NO_SPLAT(&klog);					\
	hp_klog_close(&klog);						\
	HP_STAGE_CLOSE(&stage);						\
} while (0)

/* Connections arrive on some CPUs only. */
FIXTURE(lump) {};

FIXTURE_VARIANT(lump)
{
	int family;
	int busy;		/* so many CPUs */
};

FIXTURE_VARIANT_ADD(lump, ipv4_one_cpu) {
	.family = AF_INET, .busy = 1,
};

FIXTURE_VARIANT_ADD(lump, ipv4_two_cpus) {
	.family = AF_INET, .busy = 2,
};

FIXTURE_VARIANT_ADD(lump, ipv4_three_cpus) {
	.family = AF_INET, .busy = 3,
};

FIXTURE_VARIANT_ADD(lump, ipv6_one_cpu) {
	.family = AF_INET6, .busy = 1,
};

FIXTURE_SETUP(lump)
{
	BOUND_OPEN(variant->family);
}

FIXTURE_TEARDOWN(lump)
{
	BOUND_CLOSE();
}

/* On all CPUs evenly. */
FIXTURE(even) {};

FIXTURE_VARIANT(even)
{
	int family;
};

FIXTURE_VARIANT_ADD(even, ipv4) {
	.family = AF_INET,
};

FIXTURE_VARIANT_ADD(even, ipv6) {
	.family = AF_INET6,
};

FIXTURE_SETUP(even)
{
	BOUND_OPEN(variant->family);
}

FIXTURE_TEARDOWN(even)
{
	BOUND_CLOSE();
}

/* On one CPU. */
FIXTURE(one) {};

FIXTURE_SETUP(one)
{
	BOUND_OPEN(AF_INET);
}

FIXTURE_TEARDOWN(one)
{
	BOUND_CLOSE();
}

/* On one CPU of a machine that has two nodes. */
FIXTURE(two_nodes) {};

FIXTURE_SETUP(two_nodes)
{
	BOUND_OPEN(AF_INET);
	if (hp_cpu_node(stage.cpus[0]) == hp_cpu_node(stage.cpus[stage.nr - 1]))
		HP_SKIP("all CPUs are on one node");
}

FIXTURE_TEARDOWN(two_nodes)
{
	BOUND_CLOSE();
}

static int load_for(int busy, unsigned int ms)
{
	u64 end = hp_now() + ms;
	int ret = 0;

	memset(&stage.tally, 0, sizeof(stage.tally));
	while (!ret && hp_now() < end)
		ret = hp_load_all(&stage.tun, &stage.to, stage.cpus, busy,
				  PIECE, &stage.tally);
	return ret;
}

/* Until somebody spills, and a moment more; a lump that nobody sees ends it. */
static int load_until_bound(int busy)
{
	struct hp_listener_info l[HP_MAX_WORKERS];
	u64 deadline = hp_deadline(HP_SOON);
	int k, nr, spills = 0, ret = 0;

	while (!ret && !spills && hp_left(deadline)) {
		ret = load_for(busy, 100);
		nr = hp_listeners(&stage.ctl, group, l, HP_MAX_WORKERS);
		for (k = 0; k < nr; k++)
			spills += !!l[k].spill_permille;
	}
	return ret ?: load_for(busy, WARM_MS / 2);
}

static int load_of(int busy, unsigned int nr)
{
	int ret = 0;

	memset(&stage.tally, 0, sizeof(stage.tally));
	while (!ret && stage.tally.tried < nr)
		ret = hp_load_all(&stage.tun, &stage.to, stage.cpus, busy,
				  PIECE, &stage.tally);
	return ret;
}

/* The most that a worker got, in percent of its fair share. */
static unsigned int most_percent(void)
{
	unsigned int most = 0;
	int k;

	for (k = 0; k < stage.nr; k++)
		if (hp_worker_total(&stage.tally, k) > most)
			most = hp_worker_total(&stage.tally, k);
	return most * 100ull * stage.nr / stage.tally.answered;
}

#define LOG_SHARES(what)						\
	TH_LOG("%s: the most a worker got is %u %% of its share; %u per mille local; %s; %s", \
	       what, most_percent(), hp_local_permille(&stage.tally),	\
	       hp_tally_text(&stage.tally),				\
	       hp_load_text(&stage.ctl, group))

TEST_F_TIMEOUT(lump, kept, HP_TEST_LIMIT)
{
	unsigned int at_most = BOUND * 1000 / 100 * variant->busy / stage.nr;
	struct hp_stat_info stat;

	ASSERT_EQ(0, at_most < 1000 ? load_until_bound(variant->busy) :
				      load_for(variant->busy, WARM_MS));
	ASSERT_EQ(0, load_of(variant->busy, COUNTED));
	LOG_SHARES("a lump");
	HP_EXPECT_SERVED(&stage.tally, "a lump");
	EXPECT_GE(BOUND, most_percent());
	if (at_most > 1000) {
		/* all are below the bound */
		EXPECT_LE(999, hp_local_permille(&stage.tally));
		ASSERT_EQ(0, hp_stats(&stage.ctl, group, &stat));
		EXPECT_EQ(0, stat.load[HOMEPORT_LOAD_BOUND]);
	} else {
		/* a tenth of what might have stayed, at most, is lost */
		EXPECT_LE(at_most * 9 / 10, hp_local_permille(&stage.tally));
	}
}

TEST_F_TIMEOUT(lump, off, HP_TEST_LIMIT)
{
	ASSERT_EQ(0, hp_rule_set(&stage.ctl, stage.rule,
				 HOMEPORT_A_RULE_BOUND_PERCENT, 0));
	ASSERT_EQ(0, load_for(variant->busy, WARM_MS));
	ASSERT_EQ(0, load_of(variant->busy, COUNTED));
	LOG_SHARES("without a bound");
	HP_EXPECT_LOCAL(&stage.tally, 999, "without a bound");
}

/* Nothing is spilled for any reason. */
TEST_F_TIMEOUT(even, nothing_spills, HP_TEST_LIMIT)
{
	struct hp_stat_info stat;

	ASSERT_EQ(0, load_for(stage.nr, WARM_MS));
	ASSERT_EQ(0, load_of(stage.nr, 2 * COUNTED));
	LOG_SHARES("even");
	HP_EXPECT_LOCAL(&stage.tally, 999, "even");
	ASSERT_EQ(0, hp_stats(&stage.ctl, group, &stat));
	EXPECT_EQ(0, stat.picks[HOMEPORT_PICK_SPILL]);
}

TEST_F_TIMEOUT(one, over_when_it_is_over, HP_TEST_LIMIT)
{
	ASSERT_EQ(0, load_until_bound(1));
	ASSERT_EQ(0, load_for(stage.nr, 3 * WARM_MS));
	ASSERT_EQ(0, load_of(stage.nr, COUNTED));
	LOG_SHARES("after a lump");
	HP_EXPECT_LOCAL(&stage.tally, 999, "after a lump");
}

/* A client of the same host, on one CPU: its packets arrive there. */
TEST_F_TIMEOUT(one, loopback, HP_TEST_LIMIT)
{
	struct hp_reply reply;
	u64 end;
	int i;

	ASSERT_EQ(0, hp_pin(stage.cpus[0]));
	/* the same listener, by way of another device */
	ASSERT_EQ(0, load_until_bound(1));
	memset(&stage.tally, 0, sizeof(stage.tally));
	for (end = hp_now() + WARM_MS; hp_now() < end;)
		ASSERT_EQ(0, hp_loop_ask(AF_INET, NULL, PORT, &reply));
	for (i = 0; i < COUNTED; i++) {
		ASSERT_EQ(0, hp_loop_ask(AF_INET, NULL, PORT, &reply));
		stage.tally.tried++;
		stage.tally.answered++;
		stage.tally.local += reply.cpu == (u32)stage.cpus[0];
		stage.tally.by_worker[0][reply.worker]++;
	}
	LOG_SHARES("loopback");
	EXPECT_GE(BOUND, most_percent());
	EXPECT_LE(BOUND * 1000 / 100 / stage.nr * 9 / 10,
		  hp_local_permille(&stage.tally));
}

#define SPILLED_TO	1

/*
 * Connections are spilled to a worker that stands still. Nothing arrives on its own
 * CPU, so nobody there sees that they wait.
 */
TEST_F_TIMEOUT(one, spilled_to_who_stops, HP_TEST_LIMIT)
{
	ASSERT_EQ(0, load_until_bound(1));
	ASSERT_EQ(0, kill(stage.server.workers[SPILLED_TO].tid, SIGSTOP));
	EXPECT_EQ(0, load_of(1, COUNTED));
	ASSERT_EQ(0, kill(stage.server.workers[SPILLED_TO].tid, SIGCONT));
	LOG_SHARES("one of those who get what is spilled stands still");
	HP_EXPECT_SERVED(&stage.tally, "a worker stands still");
}

/*
 * It goes on. What waited for it went to others, nothing arrives on its own CPU, and
 * nobody else would ever know: it has its share again all the same.
 */
static bool has_share_again(void)
{
	u64 deadline = hp_deadline(HP_SOON);

	do {
		if (load_of(1, COUNTED / 4))
			return false;
		if (hp_worker_total(&stage.tally, SPILLED_TO) >= COUNTED / 4 / 16)
			return true;
	} while (hp_left(deadline));
	return false;
}

TEST_F_TIMEOUT(one, spilled_to_who_goes_on, HP_TEST_LIMIT)
{
	ASSERT_EQ(0, load_until_bound(1));
	ASSERT_EQ(0, kill(stage.server.workers[SPILLED_TO].tid, SIGSTOP));
	EXPECT_EQ(0, load_of(1, COUNTED));
	HP_EXPECT_SERVED(&stage.tally, "a worker stands still");
	ASSERT_EQ(0, kill(stage.server.workers[SPILLED_TO].tid, SIGCONT));
	EXPECT_TRUE(has_share_again()) {
		LOG_SHARES("a worker stood still");
	}
}

/* Those on CPUs that are as near to the busy one: together, and the least. */
struct part {
	unsigned int nr;
	unsigned int sum;
	unsigned int least;
};

static struct part part_at(enum hp_near nearest, enum hp_near farthest)
{
	struct part part = { .least = ~0U };
	enum hp_near near;
	unsigned int n;
	int k;

	for (k = 1; k < stage.nr; k++) {
		near = hp_cpu_near(stage.cpus[0], stage.cpus[k]);
		if (near < nearest || near > farthest)
			continue;
		n = hp_worker_total(&stage.tally, k);
		part.nr++;
		part.sum += n;
		if (n < part.least)
			part.least = n;
	}
	return part;
}

/*
 * The near ones are full before the far ones, who get the rest: four fifths of a
 * fair share each. So many connections that chance is far away from that: what
 * the near ones have more is eight standard deviations.
 */
TEST_F_TIMEOUT(two_nodes, near_first, HP_TEST_LIMIT)
{
	unsigned int fair = 4 * COUNTED / stage.nr;
	struct part near, far;

	ASSERT_EQ(0, load_until_bound(1));
	ASSERT_EQ(0, load_of(1, 4 * COUNTED));
	LOG_SHARES("near first");
	near = part_at(HP_SAME_CORE, HP_SAME_NODE);
	far = part_at(HP_OTHER_NODE, HP_OTHER_NODE);
	ASSERT_NE(0, near.nr);
	ASSERT_NE(0, far.nr);
	EXPECT_LE(fair * 8 / 10, near.least);
	EXPECT_GT(near.sum * far.nr, far.sum * near.nr);
}

HP_MAIN
