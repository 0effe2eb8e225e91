// SPDX-License-Identifier: GPL-2.0
/*
 * A worker stops, and nobody waits for it.
 *
 *  1. a pinned worker on each CPU; connections arrive on each CPU in turn, one
 *     every few milliseconds, and go on arriving
 *  2. one worker is stopped (SIGSTOP) for a second, and goes on (SIGCONT)
 *  3. how long did each connection wait?
 *
 * On the stock kernel one in N of those that arrive meanwhile waits until it
 * goes on. With homeport those alone that were picked before it was seen to be
 * stalled; and where what it has is rescued, none.
 *
 * A listener that is open while nobody accepts from it is the same for ever.
 */
#include <signal.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "cli.h"
#include "stage.h"
#include "steady.h"

#define PORT	8301
#define STOPPED	1		/* the worker that stops */

/* One connection in so long, on all CPUs together. */
#define INTERVAL_US	4000
/* An emulated machine that others use too is late now and then. */
#define WAIT_MS		(hp_slow() ? 300 : 100)
#define STOP_MS		(hp_slow() ? 2000 : 1000)

static struct hp_stage stage;
static struct steady steady;
static struct hp_cli_run monitor;
static struct hp_cli cli;

FIXTURE(stall)
{
	struct hp_server_conf conf;
	struct hp_klog klog;
	u32 group;
};

FIXTURE_VARIANT(stall)
{
	int family;
	bool stock;
	bool rescue;
};

FIXTURE_VARIANT_ADD(stall, ipv4) {
	.family = AF_INET,
};

FIXTURE_VARIANT_ADD(stall, ipv4_rescue) {
	.family = AF_INET, .rescue = true,
};

FIXTURE_VARIANT_ADD(stall, ipv6_rescue) {
	.family = AF_INET6, .rescue = true,
};

FIXTURE_VARIANT_ADD(stall, ipv4_stock) {
	.family = AF_INET, .stock = true,
};

FIXTURE_SETUP(stall)
{
	struct hp_group_info g;

	HP_STAGE_OPEN(&stage, 4);
	if (variant->stock) {
		HP_ASSERT_UNLOADED();
	} else {
		HP_STAGE_MANAGE(&stage, PORT);
		ASSERT_EQ(0, hp_rule_set(&stage.ctl, stage.rule,
					 HOMEPORT_A_RULE_STALL_MS, 10));
		if (variant->rescue)
			ASSERT_EQ(0, hp_rule_set(&stage.ctl, stage.rule,
						 HOMEPORT_A_RULE_RESCUE_MS,
						 50));
	}
	ASSERT_EQ(0, hp_klog_open(&self->klog));
	hp_stage_conf(&stage, variant->family, PORT, &self->conf);
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	if (!variant->stock) {
		ASSERT_EQ(0, hp_group_wait(&stage.ctl, variant->family, PORT,
					   stage.nr, &g));
		self->group = g.id;
	}
	ASSERT_EQ(0, steady_begin(&steady, &stage.tun, &stage.to, stage.cpus,
				  stage.nr, INTERVAL_US));
}

FIXTURE_TEARDOWN(stall)
{
	HP_EXPECT_NO_SPLAT(&self->klog);
	hp_klog_close(&self->klog);
	steady_end(&steady, &stage.tally);
	HP_STAGE_CLOSE(&stage);
}

static struct hp_listener_info listener(u32 group, int index)
{
	struct hp_listener_info l[HP_MAX_WORKERS] = {};
	int k, nr = 0;

	if (group)
		nr = hp_listeners(&stage.ctl, group, l, HP_MAX_WORKERS);
	for (k = 0; k < nr; k++)
		if ((int)l[k].index == index)
			return l[k];
	return (struct hp_listener_info){};
}

/* Connections come until it is seen, or a while has passed. */
static bool is_seen(u32 group, int index, bool stalled)
{
	u64 deadline = hp_deadline(HP_SOON / 4);

	while (hp_left(deadline)) {
		if (listener(group, index).stalled == stalled)
			return true;
		if (steady_run(&steady, 20))
			return false;
	}
	return false;
}

static int stop_worker(int k, int sig)
{
	return kill(stage.server.workers[k].tid, sig);
}

#define LOG_LOAD(what, from) do {					\
	TH_LOG("%s: of %d that came, %d waited more than %d ms, the longest %u ms", \
	       what, steady.nr - (from), steady_waited(&steady, from, WAIT_MS), \
	       WAIT_MS, steady_longest(&steady, from));			\
	if (!variant->stock)						\
		TH_LOG("%s: %s", what, hp_load_text(&stage.ctl, self->group)); \
} while (0)

/* One of all stops for a second. */
TEST_F_TIMEOUT(stall, one_stops, HP_TEST_LIMIT)
{
	struct hp_listener_info at_once, later;
	int from, came, waited;

	ASSERT_EQ(0, steady_run(&steady, 500));
	from = steady.nr;
	ASSERT_EQ(0, stop_worker(STOPPED, SIGSTOP));
	if (!variant->stock)
		EXPECT_TRUE(is_seen(self->group, STOPPED, true));
	at_once = listener(self->group, STOPPED);
	ASSERT_EQ(0, steady_run(&steady, STOP_MS));
	later = listener(self->group, STOPPED);
	came = steady.nr - from;
	ASSERT_EQ(0, stop_worker(STOPPED, SIGCONT));
	ASSERT_EQ(0, steady_wait(&steady, HP_SOON));
	waited = steady_waited(&steady, from, WAIT_MS);
	LOG_LOAD("stopped", from);

	if (variant->stock) {
		EXPECT_LT(came / stage.nr / 2, waited);
		return;
	}
	EXPECT_TRUE(later.stalled);
	if (variant->rescue) {
		/* what is late here is the machine */
		EXPECT_GE(came / 50, waited);
		EXPECT_EQ(0, steady_waited(&steady, from, STOP_MS / 2));
	} else {
		/* not one after it was seen */
		EXPECT_EQ(at_once.picked, later.picked);
		EXPECT_GE(came / 25, waited);
	}
	EXPECT_EQ(0, steady_end(&steady, &stage.tally));
	HP_EXPECT_SERVED(&stage.tally, "one stopped");
}

/* It goes on, and is given its share again. */
TEST_F_TIMEOUT(stall, it_comes_back, HP_TEST_LIMIT)
{
	struct hp_listener_info l;

	if (variant->stock)
		SKIP(return, "there is nothing to see without homeport");
	ASSERT_EQ(0, steady_run(&steady, 200));
	ASSERT_EQ(0, stop_worker(STOPPED, SIGSTOP));
	EXPECT_TRUE(is_seen(self->group, STOPPED, true));
	ASSERT_EQ(0, steady_run(&steady, 300));
	ASSERT_EQ(0, stop_worker(STOPPED, SIGCONT));
	EXPECT_TRUE(is_seen(self->group, STOPPED, false));
	ASSERT_EQ(0, steady_wait(&steady, HP_SOON));
	ASSERT_EQ(0, steady_end(&steady, &stage.tally));
	HP_EXPECT_SERVED(&stage.tally, "before");

	memset(&stage.tally, 0, sizeof(stage.tally));
	ASSERT_EQ(0, steady_begin(&steady, &stage.tun, &stage.to, stage.cpus,
				  stage.nr, INTERVAL_US));
	l = listener(self->group, STOPPED);
	ASSERT_EQ(0, steady_run(&steady, 1000));
	ASSERT_EQ(0, steady_wait(&steady, HP_SOON));
	EXPECT_LT(l.picked + steady.nr / stage.nr * 9 / 10,
		  listener(self->group, STOPPED).picked);
	ASSERT_EQ(0, steady_end(&steady, &stage.tally));
	HP_EXPECT_SERVED(&stage.tally, "after");
	TH_LOG("afterwards: %s", hp_load_text(&stage.ctl, self->group));
}

/* Nobody is better off: all stay where they are, and are served later. */
TEST_F_TIMEOUT(stall, all_stop, HP_TEST_LIMIT)
{
	struct hp_stat_info stat;
	int k;

	if (variant->stock)
		SKIP(return, "there is nothing to see without homeport");
	for (k = 0; k < stage.nr; k++)
		ASSERT_EQ(0, stop_worker(k, SIGSTOP));
	for (k = 0; k < stage.nr; k++)
		EXPECT_TRUE(is_seen(self->group, k, true));
	ASSERT_EQ(0, steady_run(&steady, 300));
	ASSERT_EQ(0, hp_stats(&stage.ctl, self->group, &stat));
	EXPECT_GE(stat.picks[HOMEPORT_PICK_LOCAL],
		  steady.nr - steady.nr / 4);
	for (k = 0; k < stage.nr; k++)
		ASSERT_EQ(0, stop_worker(k, SIGCONT));
	ASSERT_EQ(0, steady_wait(&steady, HP_SOON));
	ASSERT_EQ(0, steady_end(&steady, &stage.tally));
	HP_EXPECT_SERVED(&stage.tally, "all stopped");
	TH_LOG("all stopped: %s", hp_load_text(&stage.ctl, self->group));
}

/* Open, but nobody accepts: the test holds one more listener. */
TEST_F_TIMEOUT(stall, orphan, HP_TEST_LIMIT)
{
	struct hp_listener_info early, late;
	int fd = hp_listen(&self->conf, stage.nr), from;

	ASSERT_LE(0, fd);
	if (!variant->stock)
		ASSERT_EQ(0, hp_group_wait(&stage.ctl, variant->family, PORT,
					   stage.nr + 1, NULL));
	if (!variant->stock)
		EXPECT_TRUE(is_seen(self->group, stage.nr, true));
	ASSERT_EQ(0, steady_run(&steady, 300));
	from = steady.nr;
	early = listener(self->group, stage.nr);
	ASSERT_EQ(0, steady_run(&steady, 1000));
	late = listener(self->group, stage.nr);
	ASSERT_EQ(0, steady_wait(&steady, 200));
	LOG_LOAD("orphan", from);
	if (variant->stock) {
		EXPECT_LT((steady.nr - from) / (stage.nr + 1) / 2,
			  steady_waited(&steady, from, WAIT_MS));
	} else {
		EXPECT_TRUE(late.stalled);
		EXPECT_EQ(0, steady_waited(&steady, from, WAIT_MS));
		/* but what looks whether somebody is there again */
		EXPECT_GE(early.picked + 4, late.picked);
	}
	close(fd);
}

/* It has subscribed when it tells of a rule. */
static bool start_monitor(void)
{
	struct hp_wait w = { .deadline = hp_deadline(HP_LATER) };
	char line[1024];
	u32 id;

	if (hp_cli_start(&monitor, "monitor"))
		return false;
	while (hp_wait_next(&w)) {
		if (hp_rule_add(&stage.ctl, 0, NULL, 1, 1, &id) ||
		    hp_rule_del(&stage.ctl, id))
			return false;
		if (hp_cli_line(&monitor, line, sizeof(line), 100))
			return true;
	}
	return false;
}

static bool is_told(const char *event)
{
	char line[1024], index[32];

	snprintf(index, sizeof(index), " index %d ", STOPPED);
	while (hp_cli_line(&monitor, line, sizeof(line), HP_SOON))
		if (strstr(line, event) && strstr(line, index))
			return true;
	return false;
}

/* "monitor" tells when, "listener" since when, "stat" what came of it. */
TEST_F_TIMEOUT(stall, shown, HP_TEST_LIMIT)
{
	if (variant->stock || !variant->rescue)
		SKIP(return, "shown once is enough");
	ASSERT_TRUE(start_monitor());
	ASSERT_EQ(0, steady_run(&steady, 200));
	ASSERT_EQ(0, stop_worker(STOPPED, SIGSTOP));
	EXPECT_TRUE(is_seen(self->group, STOPPED, true));
	ASSERT_EQ(0, steady_run(&steady, 200));
	EXPECT_TRUE(is_told(" listener-stalled "));
	ASSERT_EQ(0, hp_cli(&cli, "listener"));
	EXPECT_TRUE(!!strstr(cli.out, "stalled ")) {
		TH_LOG("%s", cli.out);
	}
	ASSERT_EQ(0, stop_worker(STOPPED, SIGCONT));
	EXPECT_TRUE(is_seen(self->group, STOPPED, false));
	EXPECT_TRUE(is_told(" listener-unstalled "));
	ASSERT_EQ(0, hp_cli(&cli, "stat"));
	EXPECT_TRUE(!!strstr(cli.out, "spilled: ")) {
		TH_LOG("%s", cli.out);
	}
	ASSERT_EQ(0, hp_cli(&cli, "-j stat"));
	EXPECT_TRUE(hp_json_valid(cli.out));
	ASSERT_EQ(0, hp_cli(&cli, "-j listener"));
	EXPECT_TRUE(hp_json_valid(cli.out));
	EXPECT_EQ(0, hp_cli_stop(&monitor, SIGTERM));
}

HP_MAIN
