// SPDX-License-Identifier: GPL-2.0
/*
 * What befell connections of closed listeners is counted and told, all of it.
 *
 *  1. a listener with queued and half-open connections of every CPU closes
 *  2. others get them, now or after a gap, or nobody does
 *  3. the counters are exactly what happened, and each step was notified
 */
#include <unistd.h>

#include "kselftest_harness.h"

#include "stage.h"
#include "table.h"

#define PORT	8271
#define EACH	6
#define GRACE	60000

static struct hp_stage stage;

FIXTURE(count)
{
	struct hp_server_conf conf;
	struct hp_group_info g;
	struct crowd queued, half_open;
	int from, to[HP_MAX_CPUS];
	int events;
	u32 rule;
};

FIXTURE_VARIANT(count)
{
	int family;
};

FIXTURE_VARIANT_ADD(count, ipv4) {
	.family = AF_INET,
};

FIXTURE_VARIANT_ADD(count, ipv6) {
	.family = AF_INET6,
};

FIXTURE_SETUP(count)
{
	HP_STAGE_OPEN(&stage, 2);
	HP_STAGE_LOAD(&stage);
	ASSERT_EQ(0, hp_rule_keep(&stage.ctl, PORT, GRACE, &self->rule));
	hp_stage_conf(&stage, variant->family, PORT, &self->conf);
	self->from = table_listen(&self->conf, stage.cpus[0]);
	ASSERT_LE(0, self->from);
	ASSERT_EQ(0, hp_group_wait(&stage.ctl, variant->family, PORT, 1,
				   &self->g));
	ASSERT_EQ(0, crowd_open(&self->queued, &stage.tun, &stage.to,
				stage.cpus, stage.nr, EACH, CROWD_QUEUED));
	ASSERT_EQ(0, crowd_open(&self->half_open, &stage.tun, &stage.to,
				stage.cpus, stage.nr, EACH, CROWD_HALF_OPEN));
	self->events = hp_subscribe(&stage.ctl);
	ASSERT_LE(0, self->events);
}

FIXTURE_TEARDOWN(count)
{
	crowd_end(&self->queued);
	crowd_end(&self->half_open);
	close(self->events);
	HP_STAGE_CLOSE(&stage);
}

static const char *const names[] = {
	[HOMEPORT_TABLE_REQUESTS] = "requests",
	[HOMEPORT_TABLE_CHILDREN] = "children",
	[HOMEPORT_TABLE_LOCAL] = "local",
	[HOMEPORT_TABLE_HANDED_OVER] = "handed-over",
	[HOMEPORT_TABLE_KEPT] = "kept",
	[HOMEPORT_TABLE_LEFT] = "left",
	[HOMEPORT_TABLE_EXPIRED] = "expired",
	[HOMEPORT_TABLE_FULL] = "full",
	[HOMEPORT_TABLE_OPTIONS] = "options",
	[HOMEPORT_TABLE_MEMORY] = "memory",
	[HOMEPORT_TABLE_LIMIT] = "limit",
	[HOMEPORT_TABLE_FOREIGN] = "foreign",
};

/* Those that are not as wanted, in one line; valid until the next call. */
static const char *wrong(const u64 *want, const u64 *got)
{
	static char text[512];
	int k, len = 0;

	text[0] = '\0';
	for (k = 0; k <= HOMEPORT_TABLE_FOREIGN; k++)
		if (want[k] != got[k])
			len += snprintf(text + len, sizeof(text) - len,
					" %s is %llu, not %llu", names[k],
					(unsigned long long)got[k],
					(unsigned long long)want[k]);
	return text;
}

/* All of them; those that are not named are 0. */
#define EXPECT_COUNTED(group, ...) do {					\
	const u64 __want[HOMEPORT_TABLE_FOREIGN + 1] = { __VA_ARGS__ };	\
	struct hp_stat_info __st;					\
									\
	ASSERT_EQ(0, hp_stats(&stage.ctl, group, &__st));		\
	EXPECT_STREQ("", wrong(__want, __st.table));			\
} while (0)

/* Reads on until this one comes. */
static bool is_told(int fd, int cmd, u32 group, int state)
{
	u64 deadline = hp_deadline(HP_SOON);
	struct hp_event_info e;

	while (hp_left(deadline) &&
	       hp_next_event(fd, &e, hp_left(deadline)) >= 0)
		if (e.cmd == cmd && e.group == group &&
		    (state < 0 || e.state == (u32)state))
			return true;
	return false;
}

#define EXPECT_TOLD(cmd, state)						\
	EXPECT_TRUE(is_told(self->events, cmd, self->g.id, state)) {	\
		TH_LOG("not told of " #cmd);				\
	}

#define LISTEN(many) do {						\
	int __k;							\
									\
	for (__k = 0; __k < (many); __k++) {				\
		self->to[__k] = table_listen(&self->conf, stage.cpus[__k]); \
		ASSERT_LE(0, self->to[__k]);				\
	}								\
} while (0)

#define EXPECT_ALL_SERVED(among, what) do {				\
	int __all = 2 * stage.nr * EACH;				\
									\
	ASSERT_EQ(0, crowd_ack(&self->half_open));			\
	EXPECT_EQ(__all, table_serve_all(&stage.tun, self->to, among,	\
					 __all, HP_SOON));		\
	ASSERT_EQ(0, crowd_finish(&self->queued, &stage.tally, HP_SOON)); \
	ASSERT_EQ(0, crowd_finish(&self->half_open, &stage.tally,	\
				  HP_SOON));				\
	HP_EXPECT_SERVED(&stage.tally, what);				\
} while (0)

/* To the one listener that is left, which is at home on the first CPU. */
TEST_F_TIMEOUT(count, left, HP_TEST_LIMIT)
{
	int each = stage.nr * EACH;

	LISTEN(1);
	ASSERT_EQ(0, close(self->from));
	EXPECT_TOLD(HOMEPORT_CMD_LISTENER_STATE_NTF,
		    HOMEPORT_LISTENER_STATE_LEAVING);
	EXPECT_ALL_SERVED(1, "left");
	EXPECT_TOLD(HOMEPORT_CMD_LISTENER_LEAVE_NTF, -1);
	EXPECT_COUNTED(self->g.id,
		       [HOMEPORT_TABLE_REQUESTS] = each,
		       [HOMEPORT_TABLE_CHILDREN] = each,
		       [HOMEPORT_TABLE_LOCAL] = 2 * EACH,
		       [HOMEPORT_TABLE_LEFT] = 1);
}

/* It closes for real, as the stock kernel does, and asks for each. */
TEST_F_TIMEOUT(count, shut_down, HP_TEST_LIMIT)
{
	int each = stage.nr * EACH;

	LISTEN(1);
	ASSERT_EQ(0, shutdown(self->from, SHUT_RD));
	EXPECT_TOLD(HOMEPORT_CMD_LISTENER_LEAVE_NTF, -1);
	EXPECT_ALL_SERVED(1, "shut down");
	EXPECT_COUNTED(self->g.id,
		       [HOMEPORT_TABLE_REQUESTS] = each,
		       [HOMEPORT_TABLE_CHILDREN] = each,
		       [HOMEPORT_TABLE_LOCAL] = 2 * EACH);
}

TEST_F_TIMEOUT(count, handed_over, HP_TEST_LIMIT)
{
	int each = stage.nr * EACH;

	ASSERT_EQ(0, close(self->from));
	EXPECT_TOLD(HOMEPORT_CMD_LISTENER_STATE_NTF,
		    HOMEPORT_LISTENER_STATE_KEPT);
	EXPECT_TOLD(HOMEPORT_CMD_GROUP_KEEP_NTF, HOMEPORT_GROUP_STATE_KEPT);
	EXPECT_COUNTED(self->g.id, [HOMEPORT_TABLE_KEPT] = 1);
	LISTEN(stage.nr);
	EXPECT_TOLD(HOMEPORT_CMD_LISTENER_JOIN_NTF, -1);
	EXPECT_TOLD(HOMEPORT_CMD_GROUP_HANDOVER_NTF,
		    HOMEPORT_GROUP_STATE_MANAGED);
	EXPECT_TOLD(HOMEPORT_CMD_LISTENER_STATE_NTF,
		    HOMEPORT_LISTENER_STATE_LEAVING);
	EXPECT_ALL_SERVED(stage.nr, "handed over");
	EXPECT_TOLD(HOMEPORT_CMD_LISTENER_LEAVE_NTF, -1);
	EXPECT_COUNTED(self->g.id,
		       [HOMEPORT_TABLE_REQUESTS] = each,
		       [HOMEPORT_TABLE_CHILDREN] = each,
		       [HOMEPORT_TABLE_LOCAL] = 2 * each,
		       [HOMEPORT_TABLE_HANDED_OVER] = 2 * each,
		       [HOMEPORT_TABLE_KEPT] = 1);
}

TEST_F_TIMEOUT(count, expired, HP_TEST_LIMIT)
{
	ASSERT_EQ(0, hp_rule_grace(&stage.ctl, self->rule, 100));
	ASSERT_EQ(0, close(self->from));
	EXPECT_TOLD(HOMEPORT_CMD_GROUP_KEEP_NTF, HOMEPORT_GROUP_STATE_KEPT);
	EXPECT_TOLD(HOMEPORT_CMD_GROUP_EXPIRE_NTF, -1);
	EXPECT_TOLD(HOMEPORT_CMD_LISTENER_LEAVE_NTF, -1);
	EXPECT_TOLD(HOMEPORT_CMD_GROUP_DEL_NTF, -1);
	EXPECT_COUNTED(0, [HOMEPORT_TABLE_KEPT] = 1,
		       [HOMEPORT_TABLE_EXPIRED] = 2 * stage.nr * EACH);
}

/* What homeport is asked to let go is told as well. */
TEST_F_TIMEOUT(count, released, HP_TEST_LIMIT)
{
	ASSERT_EQ(0, close(self->from));
	EXPECT_TOLD(HOMEPORT_CMD_GROUP_KEEP_NTF, HOMEPORT_GROUP_STATE_KEPT);
	ASSERT_EQ(0, hp_group_release(&stage.ctl, self->g.id));
	EXPECT_TOLD(HOMEPORT_CMD_GROUP_EXPIRE_NTF, -1);
	EXPECT_TOLD(HOMEPORT_CMD_GROUP_DEL_NTF, -1);
	EXPECT_COUNTED(0, [HOMEPORT_TABLE_KEPT] = 1,
		       [HOMEPORT_TABLE_EXPIRED] = 2 * stage.nr * EACH);
}

HP_MAIN
