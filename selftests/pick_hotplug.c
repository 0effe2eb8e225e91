// SPDX-License-Identifier: GPL-2.0
/*
 * CPUs that come and go, and workers that may not use all of them.
 *
 * hotplug: each CPU but the first, in turn
 *  1. pinned workers, one per CPU, serve their own CPU
 *  2. a CPU goes: the others' connections stay with their workers; the one
 *     that the kernel had to move may share one of these CPUs
 *  3. it comes back: at once its connections are served by somebody, and
 *     locally after its worker is pinned there again
 *
 * cpuset:
 *  1. put the test into a cpuset of the second half of the CPUs, then start
 *     workers that are not pinned: all homes are in that half
 *  2. connections of the first half are served too
 *  3. the cpuset moves to the first half while they serve: the homes follow
 */
#include <dirent.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "kselftest_harness.h"

#include "stage.h"

#define PORT	8141
#define EACH	48

static struct hp_stage stage;

FIXTURE(hotplug)
{
	struct hp_server_conf conf;
	int all[HP_MAX_CPUS];
	int nr_all;
};

FIXTURE_VARIANT(hotplug)
{
	int family;
	bool threads;
};

FIXTURE_VARIANT_ADD(hotplug, ipv4_processes) {
	.family = AF_INET,
};

FIXTURE_VARIANT_ADD(hotplug, ipv6_threads) {
	.family = AF_INET6, .threads = true,
};

FIXTURE_SETUP(hotplug)
{
	HP_STAGE_OPEN(&stage, 2);
	if (!hp_cpu_removable(stage.cpus[stage.nr - 1]))
		HP_SKIP("CPUs cannot be taken away here");
	HP_STAGE_MANAGE(&stage, PORT);
	hp_stage_conf(&stage, variant->family, PORT, &self->conf);
	self->conf.threads = variant->threads;
	memcpy(self->all, stage.cpus, sizeof(self->all));
	self->nr_all = stage.nr;
	self->conf.pin = self->all;
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
}

FIXTURE_TEARDOWN(hotplug)
{
	int i;

	for (i = 1; i < self->nr_all; i++)
		hp_cpu_set_online(self->all[i], true);
	HP_STAGE_CLOSE(&stage);
}

/*
 * Connections of each CPU go to its own worker. The one whose CPU is gone
 * (-1: none) is not idle, and may share one of the other CPUs, or another
 * while it moves.
 */
static bool own_workers(const int *all, int moved)
{
	unsigned int own, shared;
	int i, k;

	for (i = 0; i < stage.nr; i++) {
		for (k = 0; all[k] != stage.cpus[i]; k++)
			;
		own = stage.tally.by_worker[all[k]][k];
		shared = moved < 0 ? 0 : stage.tally.by_worker[all[k]][moved];
		if (own + shared != EACH || own < shared)
			return false;
	}
	return true;
}

static int homeless_load(int cpu)
{
	memset(&stage.tally, 0, sizeof(stage.tally));
	return hp_load(&stage.tun, &stage.to, cpu, EACH, &stage.tally);
}

TEST_F_TIMEOUT(hotplug, each_cpu_in_turn, HP_TEST_LIMIT)
{
	int i, gone, step = self->nr_all > 4 ? self->nr_all / 4 : 1;

	ASSERT_EQ(0, hp_stage_load(&stage, EACH));
	HP_EXPECT_HOME(&stage, "homeport, all CPUs");
	for (i = self->nr_all - 1; i > 0; i -= step) {
		gone = self->all[i];
		ASSERT_EQ(0, hp_pin(self->all[0]));
		ASSERT_EQ(0, hp_cpu_set_online(gone, false));
		stage.nr = hp_cpus(stage.cpus);
		ASSERT_EQ(self->nr_all - 1, stage.nr);
		ASSERT_EQ(0, hp_stage_load(&stage, EACH));
		HP_EXPECT_SERVED(&stage.tally, "homeport, a CPU is gone");
		ASSERT_EQ(0, hp_stage_load(&stage, EACH));
		HP_EXPECT_SERVED(&stage.tally, "homeport, a CPU is gone");
		EXPECT_TRUE(own_workers(self->all, i)) {
			TH_LOG("homeport, CPU %d is gone: %s", gone,
			       hp_tally_text(&stage.tally));
		}

		ASSERT_EQ(0, hp_cpu_set_online(gone, true));
		stage.nr = hp_cpus(stage.cpus);
		ASSERT_EQ(0, homeless_load(gone));
		HP_EXPECT_SERVED(&stage.tally, "homeport, a CPU is back");
		ASSERT_EQ(0, hp_pin_task(stage.server.workers[i].tid, gone));
		HP_EXPECT_BECOMES_LOCAL(&stage, "homeport, a CPU and its worker are back");
		ASSERT_EQ(0, hp_stage_load(&stage, EACH));
		HP_EXPECT_HOME(&stage, "homeport, all CPUs again");
	}
}

#define CGROUP	"/sys/fs/cgroup"
#define SET	CGROUP "/homeport-test"

FIXTURE(cpuset)
{
	struct hp_server_conf conf;
	struct hp_group_info g;
	int half;
};

FIXTURE_VARIANT(cpuset)
{
	int family;
};

FIXTURE_VARIANT_ADD(cpuset, ipv4) {
	.family = AF_INET,
};

FIXTURE_VARIANT_ADD(cpuset, ipv6) {
	.family = AF_INET6,
};

/* Numbers as in "4,5,6". */
static int set_cpus(const int *cpus, int nr)
{
	char list[1024];
	int i, len = 0;

	for (i = 0; i < nr; i++)
		len += snprintf(list + len, sizeof(list) - len, "%s%d",
				i ? "," : "", cpus[i]);
	return hp_write(SET "/cpuset.cpus", "%s", list);
}

static int open_cpuset(const int *cpus, int nr)
{
	int ret = hp_write(CGROUP "/cgroup.subtree_control", "+cpuset");

	if (ret)
		return ret;
	mkdir(SET, 0755);
	return set_cpus(cpus, nr);
}

FIXTURE_SETUP(cpuset)
{
	int ret;

	HP_STAGE_OPEN(&stage, 4);
	self->half = stage.nr / 2;
	ret = open_cpuset(stage.cpus + self->half, stage.nr - self->half);
	if (ret)
		HP_SKIP("no cgroup2 with cpuset at " CGROUP ": %s",
			strerror(-ret));
	HP_STAGE_MANAGE(&stage, PORT);
	hp_stage_conf(&stage, variant->family, PORT, &self->conf);
	self->conf.workers = stage.nr - self->half;
	self->conf.pin = NULL;
}

FIXTURE_TEARDOWN(cpuset)
{
	HP_STAGE_CLOSE(&stage);
	hp_write(CGROUP "/cgroup.procs", "0");
	rmdir(SET);
}

/* Are all homes among the @nr CPUs? */
static bool homes_among(u32 group, const int *cpus, int nr)
{
	struct hp_listener_info l[HP_MAX_WORKERS];
	int i, k, n, fit = 0;

	n = hp_listeners(&stage.ctl, group, l, HP_MAX_WORKERS);
	for (k = 0; k < n; k++)
		for (i = 0; i < nr; i++)
			fit += l[k].home == (u32)cpus[i];
	return n > 0 && fit == n;
}

/* Connections accepted on one of the @nr CPUs. */
static unsigned int accepted_among(const int *cpus, int nr)
{
	unsigned int sum = 0;
	int i, j;

	for (i = 0; i < stage.nr; i++)
		for (j = 0; j < nr; j++)
			sum += stage.tally.matrix[stage.cpus[i]][cpus[j]];
	return sum;
}

/* Connections from which homes may be learned. */
static bool round_served(void)
{
	return !hp_stage_load(&stage, HP_ROUND) &&
	       stage.tally.answered == stage.tally.tried;
}

static bool homes_follow(u32 group, const int *cpus, int nr)
{
	return round_served() && homes_among(group, cpus, nr);
}

TEST_F_TIMEOUT(cpuset, homes_inside, HP_TEST_LIMIT)
{
	int *second = stage.cpus + self->half, n = stage.nr - self->half;
	int k;

	/* workers are in it from their first moment, this program no longer */
	ASSERT_EQ(0, hp_write(SET "/cgroup.procs", "0"));
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	ASSERT_EQ(0, hp_write(CGROUP "/cgroup.procs", "0"));
	ASSERT_EQ(0, hp_unpin(0));
	ASSERT_EQ(0, hp_group_wait(&stage.ctl, variant->family, PORT, n,
				   &self->g));
	EXPECT_TRUE(homes_among(self->g.id, second, n)) {
		TH_LOG("homeport: a home is outside the workers' cpuset");
	}
	ASSERT_EQ(0, hp_stage_load(&stage, EACH));
	HP_EXPECT_SERVED(&stage.tally, "homeport, workers in a cpuset");
	EXPECT_EQ(stage.tally.tried, accepted_among(second, n));
	EXPECT_TRUE(homes_among(self->g.id, second, n));

	ASSERT_EQ(0, set_cpus(stage.cpus, self->half));
	EXPECT_TRUE(HP_WAIT_FOR(homes_follow(self->g.id, stage.cpus, self->half),
				HP_SOON)) {
		TH_LOG("homeport: homes do not follow the cpuset: %s",
		       hp_tally_text(&stage.tally));
	}
	for (k = 0; k < n; k++)
		hp_server_kill(&stage.server, k);
}

/* The CPUs of one of two workers change, and so that it can use but the other's. */
FIXTURE(moved)
{
	struct hp_server_conf conf;
	struct hp_group_info g;
	int all[HP_MAX_CPUS], gone;
};

FIXTURE_VARIANT(moved)
{
	int family;
};

FIXTURE_VARIANT_ADD(moved, ipv4) {
	.family = AF_INET,
};

FIXTURE_VARIANT_ADD(moved, ipv6) {
	.family = AF_INET6,
};

FIXTURE_SETUP(moved)
{
	HP_STAGE_OPEN(&stage, 4);
	HP_STAGE_MANAGE(&stage, PORT);
	memcpy(self->all, stage.cpus, sizeof(self->all));
	self->gone = self->all[3];
	hp_stage_conf(&stage, variant->family, PORT, &self->conf);
	self->conf.workers = 2;
	self->conf.pin = NULL;
	ASSERT_EQ(0, hp_allow(0, self->all + 1, 2));
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	ASSERT_EQ(0, hp_unpin(0));
	ASSERT_EQ(0, hp_pin_task(stage.server.workers[0].tid, self->all[0]));
	ASSERT_EQ(0, hp_group_wait(&stage.ctl, variant->family, PORT, 2,
				   &self->g));
}

FIXTURE_TEARDOWN(moved)
{
	hp_cpu_set_online(self->gone, true);
	HP_STAGE_CLOSE(&stage);
}

static bool home_follows(u32 group, int worker, int cpu)
{
	struct hp_listener_info l[2];

	return round_served() &&
	       hp_listeners(&stage.ctl, group, l, 2) == 2 &&
	       l[worker].home == (u32)cpu;
}

/*
 * 1. the first worker is pinned to the first CPU; the second one may use the next
 *    two, and its home is there
 * 2. then it may use the first and the fourth; that goes offline, so it runs where
 *    the first one does
 * 3. its home follows, though another one's is there already: it has no other
 * 4. the fourth is back: so is its home, as the first CPU has one
 */
TEST_F_TIMEOUT(moved, home_where_it_may_run, HP_TEST_LIMIT)
{
	const int cpus[] = { self->all[0], self->gone };

	ASSERT_EQ(0, hp_stage_load(&stage, EACH));
	HP_EXPECT_SERVED(&stage.tally, "homeport, two workers");
	EXPECT_FALSE(homes_among(self->g.id, cpus, 2));

	ASSERT_EQ(0, hp_allow(stage.server.workers[1].tid, cpus, 2));
	ASSERT_EQ(0, hp_pin(self->all[0]));
	ASSERT_EQ(0, hp_cpu_set_online(self->gone, false));
	stage.nr = hp_cpus(stage.cpus);
	EXPECT_TRUE(HP_WAIT_FOR(home_follows(self->g.id, 1, self->all[0]),
				HP_SOON)) {
		TH_LOG("homeport: no home where the worker runs: %s",
		       hp_homes_text(&stage.ctl, self->g.id));
	}
	ASSERT_EQ(0, hp_cpu_set_online(self->gone, true));
	stage.nr = hp_cpus(stage.cpus);
	EXPECT_TRUE(HP_WAIT_FOR(home_follows(self->g.id, 1, self->gone),
				HP_SOON)) {
		TH_LOG("homeport: no home on the CPU that is back: %s",
		       hp_homes_text(&stage.ctl, self->g.id));
	}
}

HP_MAIN
