// SPDX-License-Identifier: GPL-2.0
/*
 * Where is a listener's home? SO_INCOMING_CPU first, then where its accepting
 * task runs, whoever opened the listener.
 *
 * incoming_cpu: SO_INCOMING_CPU is respected
 *  1. start one worker per CPU, each pinned to its own
 *  2. set SO_INCOMING_CPU of each listener to the *next* CPU, at one of four
 *     moments
 *  3. connections of a CPU go to the listener that asked for it, though its
 *     worker runs elsewhere
 *
 * accept_home: homes are learned where accept() runs
 *  1. open the listeners where nothing can be known of their workers: in a
 *     master that forks them (in another order), or before they pin themselves
 *  2. let them accept a few, until each was seen
 *  3. from then on connections are accepted on their flow CPU
 *
 * pick_homes: homes move with the tasks, and where no home can be told, no
 * connection is lost; each test says its steps.
 */
#include <signal.h>

#include "kselftest_harness.h"

#include "stage.h"

#define PORT	8111
#define EACH	64

static struct hp_stage stage;

/* The CPUs, each replaced by the one @by places further. */
static void rotated(int *to, int by)
{
	int i;

	for (i = 0; i < stage.nr; i++)
		to[i] = stage.cpus[(i + by) % stage.nr];
}

FIXTURE(incoming_cpu)
{
	struct hp_server_conf conf;
	int next[HP_MAX_CPUS];
};

FIXTURE_VARIANT(incoming_cpu)
{
	int family;
	enum hp_moment when;
	bool threads;
};

FIXTURE_VARIANT_ADD(incoming_cpu, ipv4_before_bind) {
	.family = AF_INET, .when = HP_BEFORE_BIND,
};

FIXTURE_VARIANT_ADD(incoming_cpu, ipv4_before_listen) {
	.family = AF_INET, .when = HP_BEFORE_LISTEN,
};

FIXTURE_VARIANT_ADD(incoming_cpu, ipv4_after_listen) {
	.family = AF_INET, .when = HP_AFTER_LISTEN,
};

FIXTURE_VARIANT_ADD(incoming_cpu, ipv4_after_all_listen) {
	.family = AF_INET, .when = HP_AFTER_ALL,
};

FIXTURE_VARIANT_ADD(incoming_cpu, ipv6_after_all_listen_threads) {
	.family = AF_INET6, .when = HP_AFTER_ALL, .threads = true,
};

FIXTURE_SETUP(incoming_cpu)
{
	HP_STAGE_OPEN(&stage, 2);
	HP_STAGE_MANAGE(&stage, PORT);
	rotated(self->next, 1);
	hp_stage_conf(&stage, variant->family, PORT, &self->conf);
	self->conf.incoming = self->next;
	self->conf.incoming_when = variant->when;
	self->conf.threads = variant->threads;
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
}

FIXTURE_TEARDOWN(incoming_cpu)
{
	HP_STAGE_CLOSE(&stage);
}

TEST_F_TIMEOUT(incoming_cpu, respected, HP_TEST_LIMIT)
{
	struct hp_group_info g;
	int k;

	ASSERT_EQ(0, hp_stage_load(&stage, EACH));
	HP_EXPECT_SERVED(&stage.tally, "homeport, SO_INCOMING_CPU");
	for (k = 0; k < stage.nr; k++)
		EXPECT_EQ(EACH, stage.tally.by_worker[self->next[k]][k]) {
			TH_LOG("worker %d has SO_INCOMING_CPU %d: %s", k,
			       self->next[k], hp_tally_text(&stage.tally));
		}
	ASSERT_EQ(0, hp_group_wait(&stage.ctl, variant->family, PORT, stage.nr,
				   &g));
	HP_EXPECT_HOMES(&stage, g.id, self->next, stage.nr,
			HOMEPORT_HOME_SOURCE_INCOMING_CPU,
			"homeport, SO_INCOMING_CPU");
}

FIXTURE(accept_home)
{
	struct hp_server_conf conf;
	int homes[HP_MAX_CPUS];
};

FIXTURE_VARIANT(accept_home)
{
	int family;
	bool master, threads, blocking;
};

FIXTURE_VARIANT_ADD(accept_home, ipv4_master_opens_all) {
	.family = AF_INET, .master = true,
};

FIXTURE_VARIANT_ADD(accept_home, ipv6_master_opens_all) {
	.family = AF_INET6, .master = true,
};

FIXTURE_VARIANT_ADD(accept_home, ipv4_master_opens_all_threads) {
	.family = AF_INET, .master = true, .threads = true,
};

FIXTURE_VARIANT_ADD(accept_home, ipv4_pinned_after_listen) {
	.family = AF_INET,
};

FIXTURE_VARIANT_ADD(accept_home, ipv4_pinned_after_listen_threads) {
	.family = AF_INET, .threads = true,
};

FIXTURE_VARIANT_ADD(accept_home, ipv4_master_opens_all_blocking) {
	.family = AF_INET, .master = true, .blocking = true,
};

FIXTURE_VARIANT_ADD(accept_home, ipv6_pinned_after_listen_blocking) {
	.family = AF_INET6, .blocking = true,
};

FIXTURE_SETUP(accept_home)
{
	HP_STAGE_OPEN(&stage, 2);
	HP_STAGE_MANAGE(&stage, PORT);
	hp_stage_conf(&stage, variant->family, PORT, &self->conf);
	self->conf.threads = variant->threads;
	self->conf.blocking = variant->blocking;
	self->conf.master = variant->master;
	self->conf.rotate = 1;
	self->conf.pin_when = variant->master ? HP_NEVER : HP_AFTER_LISTEN;
	/* the master's listener k + 1 is served by worker k, on CPU k */
	rotated(self->homes, variant->master ? stage.nr - 1 : 1);
	if (!variant->master)
		self->conf.pin = self->homes;
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
}

FIXTURE_TEARDOWN(accept_home)
{
	HP_STAGE_CLOSE(&stage);
}

TEST_F_TIMEOUT(accept_home, learned, HP_TEST_LIMIT)
{
	struct hp_group_info g;

	ASSERT_EQ(0, hp_group_wait(&stage.ctl, variant->family, PORT, stage.nr,
				   &g));
	HP_EXPECT_SETTLES(&stage, g.id, self->homes, stage.nr,
			  HOMEPORT_HOME_SOURCE_PINNED, "homeport");
	ASSERT_EQ(0, hp_stage_load(&stage, EACH));
	HP_EXPECT_HOME(&stage, "homeport, homes learned");
}

FIXTURE(pick_homes)
{
	struct hp_server_conf conf;
	struct hp_group_info g;
	int other[HP_MAX_CPUS];
};

FIXTURE_VARIANT(pick_homes)
{
	int family;
};

FIXTURE_VARIANT_ADD(pick_homes, ipv4) {
	.family = AF_INET,
};

FIXTURE_VARIANT_ADD(pick_homes, ipv6) {
	.family = AF_INET6,
};

FIXTURE_SETUP(pick_homes)
{
	HP_STAGE_OPEN(&stage, 2);
	HP_STAGE_MANAGE(&stage, PORT);
	hp_stage_conf(&stage, variant->family, PORT, &self->conf);
	rotated(self->other, 1);
}

FIXTURE_TEARDOWN(pick_homes)
{
	HP_STAGE_CLOSE(&stage);
}

/*
 * 1. pinned workers have their homes
 * 2. each is pinned to the next CPU, from outside
 * 3. after a few connections the homes have followed
 */
TEST_F_TIMEOUT(pick_homes, follow_a_new_pin, HP_TEST_LIMIT)
{
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	ASSERT_EQ(0, hp_stage_load(&stage, HP_ROUND));
	HP_EXPECT_HOME(&stage, "homeport, before");

	ASSERT_EQ(0, hp_server_pin(&stage.server, self->other));
	ASSERT_EQ(0, hp_group_wait(&stage.ctl, variant->family, PORT, stage.nr,
				   &self->g));
	HP_EXPECT_SETTLES(&stage, self->g.id, self->other, stage.nr,
			  HOMEPORT_HOME_SOURCE_PINNED, "homeport, moved");
	ASSERT_EQ(0, hp_stage_load(&stage, EACH));
	HP_EXPECT_HOME(&stage, "homeport, moved");
}

/* Connections of @tally whose flow CPU is in the half where they were accepted. */
static unsigned int in_own_half(const struct hp_tally *tally)
{
	unsigned int sum = 0;
	int i, j, half = stage.nr / 2;

	for (i = 0; i < stage.nr; i++)
		for (j = 0; j < stage.nr; j++)
			if (i / half == j / half)
				sum += tally->matrix[stage.cpus[i]][stage.cpus[j]];
	return sum;
}

/* Rounds of connections until all stay in their half, or the time is over. */
static bool halves_learned(void)
{
	u64 deadline = hp_deadline(HP_SOON);

	do {
		if (hp_stage_load(&stage, HP_ROUND))
			return false;
		if (stage.tally.answered != stage.tally.tried)
			return false;
		if (in_own_half(&stage.tally) * 100 >= stage.tally.tried * 98)
			return true;
	} while (hp_left(deadline));
	return false;
}

/*
 * 1. workers that are not pinned listen
 * 2. each may use one half of the CPUs, not the one that the order of
 *    listening gave it
 * 3. after a while connections of a half are accepted in it, though each
 *    worker is free to move within
 * 4. the halves are swapped; it is so again
 */
TEST_F_TIMEOUT(pick_homes, learn_where_workers_stay, HP_TEST_LIMIT)
{
	int half = stage.nr / 2, round, k;

	if (stage.nr < 4 || stage.nr % 2)
		HP_SKIP("needs an even number of CPUs, 4 or more");
	self->conf.pin = NULL;
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	for (round = 1; round >= 0; round--) {
		for (k = 0; k < stage.nr; k++)
			ASSERT_EQ(0, hp_allow(stage.server.workers[k].tid,
					      stage.cpus + (k / half ^ round) * half,
					      half));
		EXPECT_TRUE(halves_learned()) {
			TH_LOG("homeport, round %d: %u of %u in their half: %s",
			       round, in_own_half(&stage.tally),
			       stage.tally.tried, hp_tally_text(&stage.tally));
		}
	}
}

/* How many homes are not what they were. */
static int homes_moved(u32 group, struct hp_listener_info *was, int nr)
{
	struct hp_listener_info now[HP_MAX_WORKERS];
	int k, moved = 0;

	if (hp_listeners(&stage.ctl, group, now, HP_MAX_WORKERS) != nr)
		return -1;
	for (k = 0; k < nr; k++)
		moved += now[k].home != was[k].home;
	memcpy(was, now, nr * sizeof(*was));
	return moved;
}

/* Rounds until no home comes from a pinned task any more. */
static bool all_mixed(u32 group)
{
	struct hp_listener_info l[HP_MAX_WORKERS];
	u64 deadline = hp_deadline(HP_SOON);
	int k, n, pinned;

	do {
		if (hp_stage_load(&stage, HP_ROUND) ||
		    stage.tally.answered != stage.tally.tried)
			return false;
		n = hp_listeners(&stage.ctl, group, l, HP_MAX_WORKERS);
		for (k = pinned = 0; k < n; k++)
			pinned += l[k].source == HOMEPORT_HOME_SOURCE_PINNED;
	} while (pinned && hp_left(deadline));
	return !pinned;
}

/*
 * 1. a master opens a listener per CPU; two workers accept from each, pinned
 *    to different CPUs
 * 2. every connection is served while homes are in doubt
 * 3. after a while homeport believes neither, and the homes come to rest but
 *    for a move now and then
 * 4. one worker of each pair is stopped; the other serves all
 */
TEST_F_TIMEOUT(pick_homes, shared_listener_rests, HP_TEST_LIMIT)
{
	struct hp_listener_info l[HP_MAX_WORKERS];
	int pin[HP_MAX_WORKERS], k, n = stage.nr, moved = 0;

	if (2 * n > HP_MAX_WORKERS)
		HP_SKIP("more CPUs than the test can have pairs");
	for (k = 0; k < 2 * n; k++)
		pin[k] = stage.cpus[(k + k / n) % n];
	self->conf.master = true;
	self->conf.listeners = n;
	self->conf.workers = 2 * n;
	self->conf.pin = pin;
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	ASSERT_EQ(0, hp_stage_load(&stage, 4 * EACH));
	HP_EXPECT_SERVED(&stage.tally, "homeport, two pinned workers a listener");

	ASSERT_EQ(0, hp_group_wait(&stage.ctl, variant->family, PORT, n,
				   &self->g));
	EXPECT_TRUE(all_mixed(self->g.id)) {
		TH_LOG("homeport still believes pinned workers that contradict each other: %s",
		       hp_homes_text(&stage.ctl, self->g.id));
	}
	homes_moved(self->g.id, l, n);
	for (k = 0; k < 10; k++) {
		ASSERT_EQ(0, hp_stage_load(&stage, HP_ROUND));
		HP_EXPECT_SERVED(&stage.tally, "homeport, homes at rest");
		moved += homes_moved(self->g.id, l, n);
	}
	/* three in ten: two that compete for a listener are never quite even */
	EXPECT_GE(3 * n, moved) {
		TH_LOG("homes moved %d times in 10 rounds: %s", moved,
		       hp_homes_text(&stage.ctl, self->g.id));
	}
	for (k = n; k < 2 * n; k++)
		ASSERT_EQ(0, kill(stage.server.workers[k].tid, SIGSTOP));
	ASSERT_EQ(0, hp_stage_load(&stage, HP_ROUND));
	HP_EXPECT_SERVED(&stage.tally, "homeport, one worker of each pair stopped");
}

/*
 * 1. workers listen, one per CPU, but none has accepted yet
 * 2. the k-th listener has the k-th CPU, and connections wait there
 * 3. the workers begin to serve, and all are answered
 */
TEST_F_TIMEOUT(pick_homes, assigned_in_order, HP_TEST_LIMIT)
{
	struct hp_reply reply;
	struct tun_conn c[HP_MAX_CPUS];
	int k;

	self->conf.pin = NULL;
	self->conf.idle = true;
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	ASSERT_EQ(0, hp_group_wait(&stage.ctl, variant->family, PORT, stage.nr,
				   &self->g));
	HP_EXPECT_HOMES(&stage, self->g.id, stage.cpus, stage.nr,
			HOMEPORT_HOME_SOURCE_ASSIGNED, "homeport");
	for (k = 0; k < stage.nr; k++)
		ASSERT_EQ(0, tun_connect(&stage.tun, &c[k], variant->family,
					 stage.cpus[k], NULL, PORT));
	for (k = 0; k < stage.nr; k++)
		ASSERT_EQ(0, hp_worker_serve(&stage.server.workers[k]));
	for (k = 0; k < stage.nr; k++) {
		EXPECT_EQ(0, tun_recv(&c[k], sizeof(reply), hp_deadline(HP_SOON)));
		memcpy(&reply, c[k].buf, sizeof(reply));
		EXPECT_EQ(k, reply.worker);
		tun_reset(&c[k]);
		tun_conn_end(&c[k]);
	}
}

HP_MAIN
