// SPDX-License-Identifier: GPL-2.0
/*
 * A listener that drains gets no new connections, and loses none that it has.
 *
 *  1. a listener for each CPU, with queued and half-open connections
 *  2. one drains, or all do; new connections come on every CPU
 *  3. they go to those that do not drain, while there are any; what the others
 *     had is still accepted from them
 *  4. undrained, or with nobody else there, it is as before
 */
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "stage.h"
#include "table.h"

#define PORT	8261
#define EACH	6
#define GRACE	60000
#define NOBODY	65534

static struct hp_stage stage;

FIXTURE(drain)
{
	struct hp_server_conf conf;
	struct hp_group_info g;
	struct crowd crowd, half_open, late;
	int l[HP_MAX_CPUS];
};

FIXTURE_VARIANT(drain)
{
	int family;
};

FIXTURE_VARIANT_ADD(drain, ipv4) {
	.family = AF_INET,
};

FIXTURE_VARIANT_ADD(drain, ipv6) {
	.family = AF_INET6,
};

/* Listener k is at home on the k-th CPU, and has index k. */
FIXTURE_SETUP(drain)
{
	int k;

	HP_STAGE_OPEN(&stage, 2);
	HP_STAGE_LOAD(&stage);
	ASSERT_EQ(0, hp_rule_keep(&stage.ctl, PORT, GRACE, NULL));
	hp_stage_conf(&stage, variant->family, PORT, &self->conf);
	for (k = 0; k < stage.nr; k++) {
		self->l[k] = table_listen(&self->conf, stage.cpus[k]);
		ASSERT_LE(0, self->l[k]);
	}
	ASSERT_EQ(0, hp_group_wait(&stage.ctl, variant->family, PORT, stage.nr,
				   &self->g));
}

FIXTURE_TEARDOWN(drain)
{
	crowd_end(&self->crowd);
	crowd_end(&self->half_open);
	crowd_end(&self->late);
	HP_STAGE_CLOSE(&stage);
}

static int crowd_of(struct crowd *w, enum crowd_kind kind)
{
	return crowd_open(w, &stage.tun, &stage.to, stage.cpus, stage.nr, EACH,
			  kind);
}

static u32 queue(u32 group, int k)
{
	return table_queue(&stage.ctl, group, k);
}

static u32 in_queues(u32 group)
{
	u32 sum = 0;
	int k;

	for (k = 0; k < stage.nr; k++)
		sum += queue(group, k);
	return sum;
}

/* Listeners of the test serve @n, and the clients know. */
#define SERVE(n) do {							\
	EXPECT_EQ(n, table_serve_all(&stage.tun, self->l, stage.nr, n,	\
				     HP_SOON));				\
	memset(&stage.tally, 0, sizeof(stage.tally));			\
} while (0)

/* Worker k serves what came on the k-th CPU. */
static bool all_at_home(const struct hp_tally *tally, int but)
{
	int k;

	for (k = 0; k < stage.nr; k++)
		if (k != but && tally->by_worker[stage.cpus[k]][k] != EACH)
			return false;
	return true;
}

#define EXPECT_AT_HOME(but, what)					\
	EXPECT_TRUE(all_at_home(&stage.tally, but)) {			\
		TH_LOG("%s: not at home: %s", what,			\
		       hp_tally_text(&stage.tally));			\
	}

TEST_F_TIMEOUT(drain, one, HP_TEST_LIMIT)
{
	int all = stage.nr * EACH, k;

	ASSERT_EQ(0, crowd_of(&self->crowd, CROWD_QUEUED));
	ASSERT_EQ(0, crowd_of(&self->half_open, CROWD_HALF_OPEN));
	for (k = 0; k < stage.nr; k++)
		EXPECT_EQ(EACH, queue(self->g.id, k));

	ASSERT_EQ(0, hp_drain(&stage.ctl, self->g.id, 1, true));
	EXPECT_EQ(HOMEPORT_LISTENER_STATE_DRAINING,
		  table_state(&stage.ctl, self->g.id, 1));
	EXPECT_EQ(HOMEPORT_LISTENER_STATE_LISTENING,
		  table_state(&stage.ctl, self->g.id, 0));
	ASSERT_EQ(0, crowd_of(&self->late, CROWD_QUEUED));
	EXPECT_EQ(EACH, queue(self->g.id, 1));
	EXPECT_EQ(2 * all, in_queues(self->g.id));

	/* those half-open complete where they began */
	ASSERT_EQ(0, crowd_ack(&self->half_open));
	EXPECT_EQ(2 * EACH, queue(self->g.id, 1));
	SERVE(3 * all);
	ASSERT_EQ(0, crowd_finish(&self->crowd, &stage.tally, HP_SOON));
	HP_EXPECT_SERVED(&stage.tally, "queued before");
	EXPECT_AT_HOME(-1, "queued before");
	memset(&stage.tally, 0, sizeof(stage.tally));
	ASSERT_EQ(0, crowd_finish(&self->half_open, &stage.tally, HP_SOON));
	HP_EXPECT_SERVED(&stage.tally, "half-open before");
	EXPECT_AT_HOME(-1, "half-open before");
	memset(&stage.tally, 0, sizeof(stage.tally));
	ASSERT_EQ(0, crowd_finish(&self->late, &stage.tally, HP_SOON));
	HP_EXPECT_SERVED(&stage.tally, "new");
	EXPECT_AT_HOME(1, "new");
	EXPECT_EQ(0, hp_worker_total(&stage.tally, 1));
}

TEST_F_TIMEOUT(drain, undone, HP_TEST_LIMIT)
{
	int all = stage.nr * EACH;

	ASSERT_EQ(0, hp_drain(&stage.ctl, self->g.id, 1, true));
	ASSERT_EQ(0, hp_drain(&stage.ctl, self->g.id, 1, true));
	ASSERT_EQ(0, hp_drain(&stage.ctl, self->g.id, 1, false));
	EXPECT_EQ(HOMEPORT_LISTENER_STATE_LISTENING,
		  table_state(&stage.ctl, self->g.id, 1));
	ASSERT_EQ(0, crowd_of(&self->crowd, CROWD_QUEUED));
	SERVE(all);
	ASSERT_EQ(0, crowd_finish(&self->crowd, &stage.tally, HP_SOON));
	HP_EXPECT_SERVED(&stage.tally, "undrained");
	EXPECT_AT_HOME(-1, "undrained");
}

/* Nobody else is there. */
TEST_F_TIMEOUT(drain, all, HP_TEST_LIMIT)
{
	int all = stage.nr * EACH;

	ASSERT_EQ(0, hp_drain(&stage.ctl, self->g.id, -1, true));
	ASSERT_EQ(0, crowd_of(&self->crowd, CROWD_QUEUED));
	SERVE(all);
	ASSERT_EQ(0, crowd_finish(&self->crowd, &stage.tally, HP_SOON));
	HP_EXPECT_SERVED(&stage.tally, "all drain");
	EXPECT_AT_HOME(-1, "all drain");
	ASSERT_EQ(0, hp_drain(&stage.ctl, self->g.id, -1, false));
	EXPECT_EQ(HOMEPORT_LISTENER_STATE_LISTENING,
		  table_state(&stage.ctl, self->g.id, 0));
}

/* What a closed one leaves goes to one that does not drain, if there is one. */
TEST_F_TIMEOUT(drain, others_close, HP_TEST_LIMIT)
{
	int all = stage.nr * EACH, k;

	ASSERT_EQ(0, crowd_of(&self->crowd, CROWD_QUEUED));
	ASSERT_EQ(0, hp_drain(&stage.ctl, self->g.id, 1, true));
	for (k = 2; k < stage.nr; k++)
		ASSERT_EQ(0, close(self->l[k]));
	EXPECT_TRUE(HP_WAIT_FOR(queue(self->g.id, 0) == all - EACH, HP_SOON));
	EXPECT_EQ(EACH, queue(self->g.id, 1));
	ASSERT_EQ(0, close(self->l[0]));
	EXPECT_TRUE(HP_WAIT_FOR(queue(self->g.id, 1) == all, HP_SOON));

	/* and so do new ones, when there is nobody else */
	ASSERT_EQ(0, crowd_of(&self->late, CROWD_QUEUED));
	EXPECT_EQ(2 * all, table_serve_all(&stage.tun, &self->l[1], 1, 2 * all,
					   HP_SOON));
	ASSERT_EQ(0, crowd_finish(&self->crowd, &stage.tally, HP_SOON));
	ASSERT_EQ(0, crowd_finish(&self->late, &stage.tally, HP_SOON));
	HP_EXPECT_SERVED(&stage.tally, "the others close");
}

/* A new process takes all that is new, from its first moment on. */
TEST_F_TIMEOUT(drain, rolling_upgrade, HP_TEST_LIMIT)
{
	int all = stage.nr * EACH, k;
	struct hp_tally old = {};

	ASSERT_EQ(0, crowd_of(&self->crowd, CROWD_QUEUED));
	ASSERT_EQ(0, hp_drain(&stage.ctl, self->g.id, -1, true));
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	ASSERT_EQ(0, hp_stage_load(&stage, EACH));
	HP_EXPECT_LOCAL(&stage.tally, 990, "the new process");
	EXPECT_EQ(all, in_queues(self->g.id));

	EXPECT_EQ(all, table_serve_all(&stage.tun, self->l, stage.nr, all,
				       HP_SOON));
	ASSERT_EQ(0, crowd_finish(&self->crowd, &old, HP_SOON));
	HP_EXPECT_SERVED(&old, "the old process");
	for (k = 0; k < stage.nr; k++)
		ASSERT_EQ(0, close(self->l[k]));
	ASSERT_EQ(0, hp_stage_load(&stage, EACH));
	HP_EXPECT_LOCAL(&stage.tally, 990, "the old process has gone");
}

/* As somebody without the right to. */
static int drain_as_nobody(u32 group)
{
	struct hp_ctl c;
	int status, ret;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		ret = setresuid(NOBODY, NOBODY, NOBODY) ? -EIO : 0;
		ret = ret ?: hp_ctl_open(&c);
		_exit(-(ret ?: hp_drain(&c, group, 0, true)));
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -EIO;
	return -WEXITSTATUS(status);
}

TEST_F_TIMEOUT(drain, refused, HP_TEST_LIMIT)
{
	int k;

	EXPECT_EQ(-ENOENT, hp_drain(&stage.ctl, self->g.id + 1000, 0, true));
	EXPECT_EQ(-ENOENT, hp_drain(&stage.ctl, self->g.id + 1000, -1, true));
	EXPECT_EQ(-ENOENT, hp_drain(&stage.ctl, self->g.id, stage.nr, true));
	EXPECT_STRNE("", stage.ctl.message);
	EXPECT_EQ(-EPERM, drain_as_nobody(self->g.id));
	for (k = 0; k < stage.nr; k++)
		EXPECT_EQ(HOMEPORT_LISTENER_STATE_LISTENING,
			  table_state(&stage.ctl, self->g.id, k));

	for (k = 0; k < stage.nr; k++)
		ASSERT_EQ(0, close(self->l[k]));
	EXPECT_TRUE(HP_WAIT_FOR(table_state(&stage.ctl, self->g.id,
					    stage.nr - 1) ==
				HOMEPORT_LISTENER_STATE_KEPT, HP_SOON));
	EXPECT_EQ(-EBUSY, hp_drain(&stage.ctl, self->g.id, stage.nr - 1, true));
	EXPECT_STRNE("", stage.ctl.message);
	EXPECT_EQ(HOMEPORT_LISTENER_STATE_KEPT,
		  table_state(&stage.ctl, self->g.id, stage.nr - 1));
}

HP_MAIN
