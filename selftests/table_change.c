// SPDX-License-Identifier: GPL-2.0
/*
 * Connections outlive the listeners that took them.
 *
 *  1. a server with a worker on each CPU; half-open or queued connections on
 *     every CPU
 *  2. its listeners change: some close, are replaced, are killed, all go and
 *     others come after a gap
 *  3. the clients go on, and all get the server's bytes; with homeport from the
 *     worker of their CPU, where there is one
 *
 * The variants without homeport show what the stock kernel loses there.
 */
#include <unistd.h>

#include "kselftest_harness.h"

#include "crowd.h"
#include "stage.h"
#include "table.h"

#define PORT	8201
#define EACH	24
#define GRACE	20000

static struct hp_stage stage;
static struct hp_server second, third;

FIXTURE(change)
{
	struct hp_server_conf conf;
	struct crowd crowd;
	struct hp_klog klog;
	u32 group;
};

FIXTURE_VARIANT(change)
{
	int family;		/* of the clients */
	bool dual;		/* they come to a dual-stack listener */
	enum crowd_kind kind;
	bool cookies;
	bool stock;
};

FIXTURE_VARIANT_ADD(change, ipv4_half_open) {
	.family = AF_INET, .kind = CROWD_HALF_OPEN,
};

FIXTURE_VARIANT_ADD(change, ipv6_half_open) {
	.family = AF_INET6, .kind = CROWD_HALF_OPEN,
};

FIXTURE_VARIANT_ADD(change, dual_half_open) {
	.family = AF_INET, .dual = true, .kind = CROWD_HALF_OPEN,
};

FIXTURE_VARIANT_ADD(change, ipv4_queued) {
	.family = AF_INET, .kind = CROWD_QUEUED,
};

FIXTURE_VARIANT_ADD(change, ipv6_queued) {
	.family = AF_INET6, .kind = CROWD_QUEUED,
};

FIXTURE_VARIANT_ADD(change, ipv4_cookies) {
	.family = AF_INET, .kind = CROWD_HALF_OPEN, .cookies = true,
};

FIXTURE_VARIANT_ADD(change, ipv6_cookies) {
	.family = AF_INET6, .kind = CROWD_HALF_OPEN, .cookies = true,
};

FIXTURE_VARIANT_ADD(change, ipv4_half_open_stock) {
	.family = AF_INET, .kind = CROWD_HALF_OPEN, .stock = true,
};

FIXTURE_VARIANT_ADD(change, ipv4_queued_stock) {
	.family = AF_INET, .kind = CROWD_QUEUED, .stock = true,
};

/* A server and its crowd, of which @v is the variant. */
#define OPEN(v) do {							\
	ASSERT_EQ(0, hp_klog_open(&self->klog));			\
	hp_stage_conf(&stage, (v)->family, PORT, &self->conf);		\
	self->conf.idle = (v)->kind == CROWD_QUEUED;			\
} while (0)

#define START(v) do {							\
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));	\
	ASSERT_EQ(0, crowd_open(&self->crowd, &stage.tun, &stage.to,	\
				stage.cpus, stage.nr, EACH, (v)->kind)); \
	self->conf.idle = false;					\
	table_at_once(&self->conf, stage.cpus);				\
} while (0)

#define MANAGE() do {							\
	HP_STAGE_LOAD(&stage);						\
	ASSERT_EQ(0, hp_rule_keep(&stage.ctl, PORT, GRACE, NULL)) {	\
		TH_LOG("no rule: %s", stage.ctl.message);		\
	}								\
} while (0)

#define CLOSE() do {							\
	HP_EXPECT_NO_SPLAT(&self->klog);				\
	hp_klog_close(&self->klog);					\
	crowd_end(&self->crowd);					\
	hp_server_stop(&second);					\
	hp_server_stop(&third);						\
	HP_STAGE_CLOSE(&stage);						\
} while (0)

FIXTURE_SETUP(change)
{
	HP_STAGE_OPEN(&stage, 2);
	if (variant->stock)
		HP_ASSERT_UNLOADED();
	else
		MANAGE();
	if (variant->cookies)
		ASSERT_EQ(0, hp_write("/proc/sys/net/ipv4/tcp_syncookies", "2"));
	OPEN(variant);
	if (variant->dual) {
		self->conf.family = AF_INET6;
		self->conf.v6only = false;
	}
	START(variant);
}

FIXTURE_TEARDOWN(change)
{
	CLOSE();
}

/* The clients go on. @permille of them are served on their flow CPU. */
#define FINISH()							\
	ASSERT_EQ(0, crowd_finish(&self->crowd, &stage.tally, HP_SOON))

#define EXPECT_ALL_KEPT(permille, what) do {				\
	FINISH();							\
	if (variant->stock) {						\
		EXPECT_GT(stage.tally.tried, stage.tally.answered) {	\
			TH_LOG("%s: the stock kernel lost nothing?", what); \
		}							\
	} else {							\
		HP_EXPECT_LOCAL(&stage.tally, permille, what);		\
	}								\
} while (0)

/* Every second worker closes its listener, and the others serve. */
TEST_F_TIMEOUT(change, shrink, HP_TEST_LIMIT)
{
	bool idle = variant->kind == CROWD_QUEUED;
	int k;

	for (k = 0; k < stage.nr; k++)
		if (k % 2)
			hp_server_kill(&stage.server, k);
	for (k = 0; idle && k < stage.nr; k++)
		if (!(k % 2))
			ASSERT_EQ(0, hp_worker_serve(&stage.server.workers[k]));
	EXPECT_ALL_KEPT(1000 * ((stage.nr + 1) / 2) / stage.nr, "shrink");
}

/* The new ones listen before the old ones close. */
TEST_F_TIMEOUT(change, replace, HP_TEST_LIMIT)
{
	ASSERT_EQ(0, hp_server_start(&second, &self->conf));
	hp_server_stop(&stage.server);
	EXPECT_ALL_KEPT(990, "replace");
}

/* All close, and others come after a gap. */
TEST_F_TIMEOUT(change, restart, HP_TEST_LIMIT)
{
	struct hp_group_info g;

	hp_server_stop(&stage.server);
	if (!variant->stock) {
		ASSERT_EQ(0, hp_group_find(&stage.ctl, self->conf.family, PORT, &g));
		EXPECT_EQ(HOMEPORT_GROUP_STATE_KEPT, g.state);
		EXPECT_LT(0, g.held);
	}
	usleep(100000);		/* the gap, which is what is tried */
	ASSERT_EQ(0, hp_server_start(&second, &self->conf));
	EXPECT_ALL_KEPT(990, "restart");
}

/*
 * Once more before what the first one left is handed over, or just after. The
 * second one accepts nothing: what a worker has when it is killed is lost.
 */
TEST_F_TIMEOUT(change, restart_twice, HP_TEST_LIMIT)
{
	hp_server_stop(&stage.server);
	self->conf.idle = true;
	ASSERT_EQ(0, hp_server_start(&second, &self->conf));
	hp_server_stop(&second);
	self->conf.idle = false;
	ASSERT_EQ(0, hp_server_start(&third, &self->conf));
	EXPECT_ALL_KEPT(990, "restart twice");
}

FIXTURE(stays)
{
	struct hp_server_conf conf;
	struct crowd crowd;
	struct hp_klog klog;
};

FIXTURE_VARIANT(stays)
{
	int family;
	enum crowd_kind kind;
};

FIXTURE_VARIANT_ADD(stays, ipv4_half_open) {
	.family = AF_INET, .kind = CROWD_HALF_OPEN,
};

FIXTURE_VARIANT_ADD(stays, ipv6_queued) {
	.family = AF_INET6, .kind = CROWD_QUEUED,
};

FIXTURE_SETUP(stays)
{
	HP_STAGE_OPEN(&stage, 2);
	MANAGE();
	OPEN(variant);
	START(variant);
}

FIXTURE_TEARDOWN(stays)
{
	CLOSE();
}

/* What is held goes in the end, and nothing stays behind. */
TEST_F_TIMEOUT(stays, nothing, HP_TEST_LIMIT)
{
	struct hp_group_info g;

	hp_server_stop(&stage.server);
	ASSERT_EQ(0, hp_server_start(&second, &self->conf));
	FINISH();
	HP_EXPECT_LOCAL(&stage.tally, 990, "restart");
	EXPECT_EQ(0, hp_group_wait(&stage.ctl, self->conf.family, PORT,
				   stage.nr, &g));
	hp_server_stop(&second);
	ASSERT_EQ(0, hp_module_unload());
}

HP_MAIN
