// SPDX-License-Identifier: GPL-2.0
/*
 * Which listener gets what another one leaves: that of the flow's CPU, as far
 * as there is room; then the nearest; all of them before anything is lost.
 *
 *  1. one listener alone, so that it has connections of every CPU
 *  2. others come, one for each CPU, and take no part yet
 *  3. the first one closes, on a CPU that is none of the flows' business
 *  4. each listener has what it should, its backlog is respected, and what
 *     there was no room for waits, and is served when there is
 */
#include <unistd.h>

#include "kselftest_harness.h"

#include "stage.h"
#include "table.h"

#define PORT	8231
#define SMALL	4
/* The kernel takes one more than the backlog says. */
#define FITS	(SMALL + 1)

static struct hp_stage stage;

FIXTURE(local)
{
	struct hp_server_conf conf;
	struct hp_group_info g;
	struct crowd crowd;
	int from, to[HP_MAX_CPUS];
};

FIXTURE_VARIANT(local)
{
	int family;
	enum crowd_kind kind;
	bool shutdown;		/* the stock kernel's way, not by adoption */
	int each;		/* on each CPU */
};

FIXTURE_VARIANT_ADD(local, ipv4_half_open) {
	.family = AF_INET, .kind = CROWD_HALF_OPEN, .each = 24,
};

FIXTURE_VARIANT_ADD(local, ipv6_half_open) {
	.family = AF_INET6, .kind = CROWD_HALF_OPEN, .each = 24,
};

FIXTURE_VARIANT_ADD(local, ipv4_queued) {
	.family = AF_INET, .kind = CROWD_QUEUED, .each = 24,
};

FIXTURE_VARIANT_ADD(local, ipv6_queued) {
	.family = AF_INET6, .kind = CROWD_QUEUED, .each = 24,
};

FIXTURE_VARIANT_ADD(local, ipv4_queued_shutdown) {
	.family = AF_INET, .kind = CROWD_QUEUED, .each = 24,
	.shutdown = true,
};

/* More that try again than the backlog holds, and the kernel drops some. */
FIXTURE_VARIANT_ADD(local, ipv6_half_open_shutdown) {
	.family = AF_INET6, .kind = CROWD_HALF_OPEN, .each = 2 * SMALL,
	.shutdown = true,
};

FIXTURE_SETUP(local)
{
	HP_STAGE_OPEN(&stage, 2);
	HP_STAGE_MANAGE(&stage, PORT);
	/*
	 * The listeners are served one after the other. On a slow machine the
	 * last one waits for longer than a stall, and the others get its share.
	 */
	ASSERT_EQ(0, hp_rule_set(&stage.ctl, stage.rule,
				 HOMEPORT_A_RULE_STALL_MS, 0));
	hp_stage_conf(&stage, variant->family, PORT, &self->conf);
	self->from = table_listen(&self->conf, stage.cpus[0]);
	ASSERT_LE(0, self->from);
	ASSERT_EQ(0, crowd_open(&self->crowd, &stage.tun, &stage.to, stage.cpus,
				stage.nr, variant->each, variant->kind));
}

FIXTURE_TEARDOWN(local)
{
	crowd_end(&self->crowd);
	HP_STAGE_CLOSE(&stage);
}

/* Listener @k is at home on the k-th CPU, and has index @k + 1. */
#define LISTEN_EVERYWHERE(small_until) do {				\
	int __k;							\
									\
	for (__k = 0; __k < stage.nr; __k++) {				\
		self->conf.backlog = __k < (small_until) ? SMALL : 0;	\
		self->to[__k] = table_listen(&self->conf, stage.cpus[__k]); \
		ASSERT_LE(0, self->to[__k]);				\
	}								\
	ASSERT_EQ(0, hp_group_wait(&stage.ctl, variant->family, PORT,	\
				   stage.nr + 1, &self->g));		\
} while (0)

/* By whoever runs on the last CPU. */
#define LEAVE() do {							\
	ASSERT_EQ(0, hp_pin(stage.cpus[stage.nr - 1]));			\
	ASSERT_EQ(0, variant->shutdown ? shutdown(self->from, SHUT_RD) : \
					 close(self->from));		\
	ASSERT_EQ(0, crowd_ack(&self->crowd));				\
} while (0)

/* Each has its own worker number, so a reply tells which listener it was. */
static bool is_home(const struct hp_tally *tally, int k, int each)
{
	return tally->by_worker[stage.cpus[k]][k] * 100 >= each * 99;
}

TEST_F_TIMEOUT(local, by_flow_cpu, HP_TEST_LIMIT)
{
	int k, all = stage.nr * variant->each;

	LISTEN_EVERYWHERE(0);
	LEAVE();
	EXPECT_EQ(all, table_serve_all(&stage.tun, self->to, stage.nr, all,
				   HP_SOON));
	ASSERT_EQ(0, crowd_finish(&self->crowd, &stage.tally, HP_SOON));
	HP_EXPECT_SERVED(&stage.tally, "by flow CPU");
	for (k = 0; k < stage.nr; k++)
		EXPECT_TRUE(is_home(&stage.tally, k, variant->each)) {
			TH_LOG("CPU %d: %s", stage.cpus[k],
			       hp_tally_text(&stage.tally));
		}
	EXPECT_LE(all * 99, 100 * table_count(&stage.ctl, self->g.id,
					      HOMEPORT_TABLE_LOCAL));
}

/* How many wait at all of them together; 0 as well when one has too many. */
static unsigned int in_backlogs(u32 group)
{
	unsigned int k, queue, sum = 0;

	for (k = 1; k <= stage.nr; k++) {
		queue = table_queue(&stage.ctl, group, k);
		if (queue > FITS)
			return 0;
		sum += queue;
	}
	return sum;
}

/*
 * What no sibling has room for waits. Not so at a listener that was shut down:
 * there it is lost, as on the stock kernel, but for half-open connections, whose
 * clients try again.
 */
TEST_F_TIMEOUT(local, backlog, HP_TEST_LIMIT)
{
	int all = stage.nr * variant->each, fit = stage.nr * FITS, lost = 0;

	if (variant->shutdown && variant->kind == CROWD_QUEUED)
		lost = all - fit;
	LISTEN_EVERYWHERE(stage.nr);
	LEAVE();
	EXPECT_TRUE(HP_WAIT_FOR(in_backlogs(self->g.id) == fit, HP_SOON));
	ASSERT_EQ(0, hp_group_find(&stage.ctl, variant->family, PORT, &self->g));
	EXPECT_EQ(variant->shutdown ? 0 : all - fit, self->g.held_children);
	EXPECT_EQ(all - lost, table_serve_all(&stage.tun, self->to, stage.nr,
					      all - lost, HP_SOON));
	ASSERT_EQ(0, crowd_finish(&self->crowd, &stage.tally, HP_SOON));
	EXPECT_EQ(all - lost, stage.tally.answered);
	EXPECT_EQ(lost, stage.tally.reset);
	EXPECT_EQ(0, hp_group_wait(&stage.ctl, variant->family, PORT, stage.nr,
				   &self->g));
	EXPECT_EQ(lost, table_count(&stage.ctl, self->g.id,
				    HOMEPORT_TABLE_FULL));
}

/* Only the last one has room, wherever it is. */
TEST_F_TIMEOUT(local, all_are_tried, HP_TEST_LIMIT)
{
	int all = stage.nr * variant->each;

	LISTEN_EVERYWHERE(stage.nr - 1);
	LEAVE();
	EXPECT_EQ(all, table_serve_all(&stage.tun, self->to, stage.nr, all,
				   HP_SOON));
	ASSERT_EQ(0, crowd_finish(&self->crowd, &stage.tally, HP_SOON));
	HP_EXPECT_SERVED(&stage.tally, "one sibling has room");
	EXPECT_EQ(0, table_count(&stage.ctl, self->g.id, HOMEPORT_TABLE_FULL));
}

HP_MAIN
