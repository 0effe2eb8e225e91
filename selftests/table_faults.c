// SPDX-License-Identifier: GPL-2.0
/*
 * Every allocation fails once: what becomes of connections when a server
 * closes its listener and homeport has no memory.
 *
 * The n-th allocation of a close() or of a request by netlink is made to fail,
 * for n = 1, 2, 3, ... until it makes fewer; half-open and queued connections
 * are there meanwhile.
 *
 * last: the last listener is closed
 *  1. it is kept, and the next server gets all; or the memory was lacking for
 *     that, is counted so, and the connections go the way of the stock kernel
 *
 * leave: another listener is there
 *  1. it gets all, whatever fails
 *
 * release, drain, grace: the request is done, or refused and works later
 *
 * works: allocations of the kernel's own threads on homeport's behalf fail
 * while a server comes back
 *  1. it gets all, whatever fails
 *
 * Each time the next clients are served, and in the end nothing is left.
 */
#include <unistd.h>

#include "kselftest_harness.h"

#include "crowd.h"
#include "inject.h"
#include "stage.h"

#define PORT	8221
#define EACH	2
#define GRACE	120000
/* No call makes as many allocations; a loop beyond is a fault of the test. */
#define NTH_MAX	200
#define ROUNDS	12

static struct hp_stage stage;

FIXTURE(faults)
{
	struct hp_server_conf conf;
	struct crowd half_open, queued;
	struct hp_klog klog;
	int listener;
	u32 rule;
};

FIXTURE_VARIANT(faults)
{
	int family;
};

FIXTURE_VARIANT_ADD(faults, ipv4) { .family = AF_INET };
FIXTURE_VARIANT_ADD(faults, ipv6) { .family = AF_INET6 };

FIXTURE_SETUP(faults)
{
	struct hp_text text;

	HP_NEED_INJECTION();
	HP_STAGE_OPEN(&stage, 2);
	HP_STAGE_LOAD(&stage);
	ASSERT_EQ(0, hp_klog_open(&self->klog));
	text = hp_text_module();
	ASSERT_NE(0, text.start);
	ASSERT_EQ(0, hp_inject_on(&text));
	ASSERT_EQ(0, hp_rule_keep(&stage.ctl, PORT, GRACE, &self->rule));
	hp_stage_conf(&stage, variant->family, PORT, &self->conf);
	self->listener = -1;
}

FIXTURE_TEARDOWN(faults)
{
	hp_fail_nth(0);
	hp_fail_some_hit();
	crowd_end(&self->half_open);
	crowd_end(&self->queued);
	if (self->listener >= 0)
		close(self->listener);
	HP_STAGE_CLOSE(&stage);
	EXPECT_EQ(0, hp_module_unload());
	HP_EXPECT_NO_SPLAT(&self->klog);
	hp_klog_close(&self->klog);
}

/* The test's own listener, and connections at it. */
#define OPEN_ALONE() do {						\
	self->listener = hp_listen(&self->conf, 0);			\
	ASSERT_LE(0, self->listener);					\
	ASSERT_EQ(0, crowd_open(&self->half_open, &stage.tun, &stage.to, \
				stage.cpus, stage.nr, EACH,		\
				CROWD_HALF_OPEN));			\
	ASSERT_EQ(0, crowd_open(&self->queued, &stage.tun, &stage.to,	\
				stage.cpus, stage.nr, EACH, CROWD_QUEUED)); \
} while (0)

/* Both crowds go on; nobody waits long for what is lost. */
static int finish(FIXTURE_DATA(faults) *self, bool lost)
{
	unsigned int ms = lost ? HP_SOON / 10 : HP_SOON;

	memset(&stage.tally, 0, sizeof(stage.tally));
	return crowd_finish(&self->queued, &stage.tally, ms) ?:
	       crowd_finish(&self->half_open, &stage.tally, ms);
}

static bool group_is(int family, u32 state)
{
	struct hp_group_info g;

	return !hp_group_find(&stage.ctl, family, PORT, &g) && g.state == state;
}

static bool group_is_gone(int family)
{
	struct hp_group_info g;

	return hp_group_find(&stage.ctl, family, PORT, &g) == -ENOENT;
}

/* So many listeners of all groups that are gone were closed for want of memory. */
static u64 short_of_memory(void)
{
	static struct hp_stat_info stat;

	return hp_stats(&stage.ctl, 0, &stat) ? 0 :
	       stat.table[HOMEPORT_TABLE_MEMORY];
}

/* Clients are served by homeport's choice; then all go, and so does the group. */
#define EXPECT_WORKS(n) do {						\
	EXPECT_TRUE(HP_WAIT_FOR(group_is(variant->family,		\
			HOMEPORT_GROUP_STATE_MANAGED), HP_LATER)) {	\
		TH_LOG("allocation %d failed: not managed later", n);	\
	}								\
	ASSERT_EQ(0, hp_stage_load(&stage, 1));				\
	HP_EXPECT_SERVED(&stage.tally, "after an allocation failed");	\
	ASSERT_EQ(0, hp_rule_grace(&stage.ctl, self->rule, 0));		\
	hp_server_stop(&stage.server);					\
	EXPECT_TRUE(HP_WAIT_FOR(group_is_gone(variant->family), HP_LATER)) { \
		TH_LOG("allocation %d failed: the group stays", n);	\
	}								\
	ASSERT_EQ(0, hp_rule_grace(&stage.ctl, self->rule, GRACE));	\
} while (0)

#define EXPECT_TRIED(n) do {						\
	EXPECT_LT(2, n) {						\
		TH_LOG("no allocation failed: nothing was tested");	\
	}								\
} while (0)

/* The n-th allocation of close() fails. Returns whether there was one. */
static bool close_short(int fd, int n)
{
	hp_fail_nth(n);
	close(fd);
	return hp_fail_nth_hit();
}

TEST_F_TIMEOUT(faults, last, 600)
{
	int n, dropped = 0;
	bool hit = true, kept;
	u64 before;

	for (n = 1; hit; n++) {
		ASSERT_LT(n, NTH_MAX);
		before = short_of_memory();
		OPEN_ALONE();
		hit = close_short(self->listener, n);
		self->listener = -1;
		kept = group_is(variant->family, HOMEPORT_GROUP_STATE_KEPT);
		dropped += !kept;
		ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
		ASSERT_EQ(0, finish(self, !kept));
		if (kept)
			HP_EXPECT_SERVED(&stage.tally, "kept");
		EXPECT_TRUE(kept || hit);
		EXPECT_WORKS(n);
		EXPECT_EQ(before + !kept, short_of_memory()) {
			TH_LOG("allocation %d failed: not counted", n);
		}
	}
	TH_LOG("%d allocations, %d of them needed", n - 2, dropped);
	EXPECT_LT(0, dropped);
}

TEST_F_TIMEOUT(faults, leave, 600)
{
	bool hit = true;
	int n;

	self->conf.threads = true;	/* processes would have the listener too */
	for (n = 1; hit; n++) {
		ASSERT_LT(n, NTH_MAX);
		OPEN_ALONE();
		ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
		hit = close_short(self->listener, n);
		self->listener = -1;
		ASSERT_EQ(0, finish(self, false));
		HP_EXPECT_SERVED(&stage.tally, "leaving");
		EXPECT_WORKS(n);
	}
	TH_LOG("%d allocations", n - 2);
	EXPECT_LT(0, short_of_memory());
}

/* Both crowds are lost with the group, by the stock kernel's rules. */
TEST_F_TIMEOUT(faults, release, 600)
{
	struct hp_group_info g;
	bool hit = true;
	int n, ret;

	for (n = 1; hit; n++) {
		ASSERT_LT(n, NTH_MAX);
		OPEN_ALONE();
		close(self->listener);
		self->listener = -1;
		ASSERT_EQ(0, hp_group_find(&stage.ctl, variant->family, PORT, &g));
		hp_fail_nth(n);
		ret = hp_group_release(&stage.ctl, g.id);
		hit = hp_fail_nth_hit();
		EXPECT_TRUE(!ret || hit);
		if (ret && group_is(variant->family, HOMEPORT_GROUP_STATE_KEPT))
			EXPECT_EQ(0, hp_group_release(&stage.ctl, g.id));
		EXPECT_TRUE(HP_WAIT_FOR(group_is_gone(variant->family), HP_LATER));
		ASSERT_EQ(0, finish(self, true));
		EXPECT_EQ(0, stage.tally.answered);
		ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
		EXPECT_WORKS(n);
	}
	EXPECT_TRIED(n);
}

TEST_F_TIMEOUT(faults, drain, 600)
{
	struct hp_group_info g;
	bool hit = true;
	int n, ret;

	for (n = 1; hit; n++) {
		ASSERT_LT(n, NTH_MAX);
		ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
		ASSERT_EQ(0, hp_group_find(&stage.ctl, variant->family, PORT, &g));
		hp_fail_nth(n);
		ret = hp_drain(&stage.ctl, g.id, 0, true);
		hit = hp_fail_nth_hit();
		EXPECT_TRUE(!ret || hit);
		ASSERT_EQ(0, hp_stage_load(&stage, 1));
		HP_EXPECT_SERVED(&stage.tally, "draining");
		EXPECT_EQ(0, hp_drain(&stage.ctl, g.id, 0, false));
		EXPECT_WORKS(n);
	}
	EXPECT_TRIED(n);
}

/* There may be none to fail. */
TEST_F_TIMEOUT(faults, grace, 600)
{
	struct hp_rule_info rule;
	bool hit = true;
	int n, ret;

	for (n = 1; hit; n++) {
		ASSERT_LT(n, NTH_MAX);
		hp_fail_nth(n);
		ret = hp_rule_grace(&stage.ctl, self->rule, GRACE + n);
		hit = hp_fail_nth_hit();
		EXPECT_TRUE(!ret || hit);
		EXPECT_EQ(1, hp_rules(&stage.ctl, &rule, 1));
		EXPECT_TRUE(rule.grace_ms == GRACE + n ||
			    (ret && rule.grace_ms == GRACE));
		EXPECT_EQ(0, hp_rule_grace(&stage.ctl, self->rule, GRACE));
	}
}

/* In each round the failing ones are others; in the last ones many fail. */
TEST_F_TIMEOUT(faults, works, 600)
{
	int i, hits = 0;
	bool many;

	for (i = 1; i <= ROUNDS; i++) {
		many = i > ROUNDS - 3;
		OPEN_ALONE();
		close(self->listener);
		self->listener = -1;
		ASSERT_EQ(0, many ? hp_fail_some(40, 1, -1) :
				    hp_fail_some(100, i, 1));
		ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
		ASSERT_EQ(0, crowd_ack(&self->half_open));
		HP_WAIT_FOR(!group_is(variant->family, HOMEPORT_GROUP_STATE_KEPT),
			    HP_SOON / 4);
		hits += hp_fail_some_hit();
		ASSERT_EQ(0, finish(self, false));
		HP_EXPECT_SERVED(&stage.tally, "handed over");
		EXPECT_WORKS(i);
	}
	EXPECT_LT(0, hits);
}

HP_MAIN
