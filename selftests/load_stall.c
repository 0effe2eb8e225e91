// SPDX-License-Identifier: GPL-2.0
/*
 * A worker stops, and nobody waits for it.
 *
 *  1. a pinned worker on each CPU; connections arrive on each CPU in turn, one
 *     every few milliseconds, and go on arriving
 *  2. one worker is stopped (SIGSTOP)
 *  3. who is served while it stands still?
 *
 * On the stock kernel one in N of those that arrive is not. With homeport all are;
 * without a rescue, all but those that were picked before it was seen. How long
 * they wait is measured by tools/bench, not here.
 *
 * A listener that is open while nobody accepts from it is the same for ever. A
 * worker that only waits for its turn on the CPU is none.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
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
/* It stands still for so long after it was seen. */
#define STOP_MS		500

static struct hp_stage stage;
static struct hp_server_conf conf;
static struct hp_klog klog;
static struct steady steady;
static struct hp_cli_run monitor;
static struct hp_cli cli;
static u32 group;

#define STALL_SERVE(family) do {					\
	ASSERT_EQ(0, hp_klog_open(&klog));				\
	hp_stage_conf(&stage, family, PORT, &conf);			\
	ASSERT_EQ(0, hp_server_start(&stage.server, &conf));		\
	ASSERT_EQ(0, steady_begin(&steady, &stage.tun, &stage.to,	\
				  stage.cpus, stage.nr, INTERVAL_US));	\
} while (0)

/* The listener's index is the worker's. */
#define STALL_FIND(family) do {						\
	struct hp_group_info __g;					\
									\
	ASSERT_EQ(0, hp_group_wait(&stage.ctl, family, PORT, stage.nr,	\
				   &__g));				\
	group = __g.id;							\
} while (0)

#define STALL_CLOSE() do {						\
	HP_EXPECT_NO_SPLAT(&klog);					\
	hp_klog_close(&klog);						\
	steady_end(&steady, &stage.tally);				\
	HP_STAGE_CLOSE(&stage);						\
} while (0)

FIXTURE(stall) {};

FIXTURE_VARIANT(stall)
{
	int family;
};

FIXTURE_VARIANT_ADD(stall, ipv4) {
	.family = AF_INET,
};

FIXTURE_VARIANT_ADD(stall, ipv6) {
	.family = AF_INET6,
};

FIXTURE_SETUP(stall)
{
	HP_STAGE_OPEN(&stage, 4);
	/* with the defaults */
	HP_STAGE_MANAGE(&stage, PORT);
	STALL_SERVE(variant->family);
	STALL_FIND(variant->family);
}

FIXTURE_TEARDOWN(stall)
{
	STALL_CLOSE();
}

/* A server that listens, and accepts when it is told to. */
FIXTURE(starting) {};

FIXTURE_VARIANT(starting)
{
	int family;
};

FIXTURE_VARIANT_ADD(starting, ipv4) {
	.family = AF_INET,
};

FIXTURE_VARIANT_ADD(starting, ipv6) {
	.family = AF_INET6,
};

FIXTURE_SETUP(starting)
{
	HP_STAGE_OPEN(&stage, 4);
	HP_STAGE_MANAGE(&stage, PORT);
	ASSERT_EQ(0, hp_klog_open(&klog));
	hp_stage_conf(&stage, variant->family, PORT, &conf);
	conf.idle = true;
	ASSERT_EQ(0, hp_server_start(&stage.server, &conf));
	ASSERT_EQ(0, steady_begin(&steady, &stage.tun, &stage.to, stage.cpus,
				  stage.nr, INTERVAL_US));
	STALL_FIND(variant->family);
}

FIXTURE_TEARDOWN(starting)
{
	STALL_CLOSE();
}

/* The stock kernel, beside it. */
FIXTURE(stock) {};

FIXTURE_SETUP(stock)
{
	HP_STAGE_OPEN(&stage, 4);
	HP_ASSERT_UNLOADED();
	STALL_SERVE(AF_INET);
}

FIXTURE_TEARDOWN(stock)
{
	STALL_CLOSE();
}

static struct hp_listener_info listener(int index)
{
	struct hp_listener_info l[HP_MAX_WORKERS] = {};
	int k, nr;

	nr = hp_listeners(&stage.ctl, group, l, HP_MAX_WORKERS);
	for (k = 0; k < nr; k++)
		if ((int)l[k].index == index)
			return l[k];
	return (struct hp_listener_info){};
}

static u64 count_load(int what)
{
	struct hp_stat_info stat;

	return hp_stats(&stage.ctl, group, &stat) ? ~0ull : stat.load[what];
}

static u64 count_picks(int what)
{
	struct hp_stat_info stat;

	return hp_stats(&stage.ctl, group, &stat) ? ~0ull : stat.picks[what];
}

/* Connections come until it is seen, or the time has passed. */
static bool is_seen_until(int index, bool stalled, u64 deadline)
{
	while (hp_left(deadline)) {
		if (listener(index).stalled == stalled)
			return true;
		if (steady_run(&steady, 20))
			return false;
	}
	return false;
}

static bool is_seen(int index, bool stalled)
{
	return is_seen_until(index, stalled, hp_deadline(HP_SOON));
}

static int stop_worker(int k, int sig)
{
	return kill(stage.server.workers[k].tid, sig);
}

/* No more come: how many of those from number @from on are not served? */
static int left_over(int from, unsigned int ms)
{
	steady_wait(&steady, ms);
	return steady_unserved(&steady, from);
}

/* No more come: who is not served is in the queue of one. */
static bool all_but_queued(int index)
{
	return HP_WAIT_FOR(!steady_wait(&steady, 1) &&
			   steady_unserved(&steady, 0) ==
			   (int)listener(index).queue, HP_SOON);
}

#define EXPECT_ALL_SERVED(what) do {					\
	ASSERT_EQ(0, steady_wait(&steady, HP_SOON));			\
	memset(&stage.tally, 0, sizeof(stage.tally));			\
	ASSERT_EQ(0, steady_end(&steady, &stage.tally));		\
	HP_EXPECT_SERVED(&stage.tally, what);				\
	TH_LOG("%s: %s", what, hp_load_text(&stage.ctl, group));	\
} while (0)

/* One of all stops, and those who come are served meanwhile. */
TEST_F_TIMEOUT(stall, one_stops, HP_TEST_LIMIT)
{
	int from;

	ASSERT_EQ(0, steady_run(&steady, 300));
	from = steady.nr;
	ASSERT_EQ(0, stop_worker(STOPPED, SIGSTOP));
	EXPECT_TRUE(is_seen(STOPPED, true));
	ASSERT_EQ(0, steady_run(&steady, STOP_MS));
	EXPECT_EQ(0, left_over(from, HP_SOON)) {
		TH_LOG("of %d that came", steady.nr - from);
	}
	EXPECT_TRUE(listener(STOPPED).stalled);
	ASSERT_EQ(0, stop_worker(STOPPED, SIGCONT));
	EXPECT_ALL_SERVED("one stopped");
}

/*
 * One connection that no other one follows, whose handshake takes its time: it
 * comes to a queue that nobody had a reason to look at since its SYN.
 */
#define LATE_ACK_MS	300

static int ack_late(struct tun_conn *c)
{
	u64 deadline = hp_deadline(LATE_ACK_MS);
	int ret = tun_wait_synack(c, hp_deadline(HP_SOON));

	while (!ret && hp_left(deadline))
		tun_wait(&stage.tun, deadline);
	return ret ?: tun_ack(c);
}

TEST_F_TIMEOUT(stall, the_last_one, HP_TEST_LIMIT)
{
	static struct tun_conn c;

	ASSERT_EQ(0, steady_run(&steady, 200));
	EXPECT_ALL_SERVED("before");
	ASSERT_EQ(0, stop_worker(STOPPED, SIGSTOP));
	tun_conn_init(&stage.tun, &c, variant->family, stage.cpus[STOPPED],
		      NULL, PORT);
	ASSERT_EQ(0, tun_syn(&c));
	ASSERT_EQ(0, ack_late(&c));
	EXPECT_EQ(0, tun_recv(&c, sizeof(struct hp_reply),
			      hp_deadline(HP_SOON)));
	tun_conn_end(&c);
	ASSERT_EQ(0, stop_worker(STOPPED, SIGCONT));
}

/* What is in its queue stays there; none is added after it was seen. */
TEST_F_TIMEOUT(stall, one_stops_no_rescue, HP_TEST_LIMIT)
{
	struct hp_listener_info at_once, later;

	ASSERT_EQ(0, hp_rule_set(&stage.ctl, stage.rule,
				 HOMEPORT_A_RULE_RESCUE_MS, 0));
	ASSERT_EQ(0, steady_run(&steady, 300));
	ASSERT_EQ(0, stop_worker(STOPPED, SIGSTOP));
	EXPECT_TRUE(is_seen(STOPPED, true));
	/* those that were picked before come as far as they come */
	EXPECT_TRUE(all_but_queued(STOPPED));
	at_once = listener(STOPPED);
	ASSERT_EQ(0, steady_run(&steady, STOP_MS));
	EXPECT_TRUE(all_but_queued(STOPPED));
	later = listener(STOPPED);
	EXPECT_LT(0, later.queue);
	EXPECT_EQ(at_once.queue, later.queue);
	EXPECT_EQ(at_once.picked, later.picked);
	ASSERT_EQ(0, stop_worker(STOPPED, SIGCONT));
	EXPECT_ALL_SERVED("one stopped, no rescue");
}

TEST_F_TIMEOUT(stock, one_stops, HP_TEST_LIMIT)
{
	int from;

	ASSERT_EQ(0, steady_run(&steady, 300));
	from = steady.nr;
	ASSERT_EQ(0, stop_worker(STOPPED, SIGSTOP));
	ASSERT_EQ(0, steady_run(&steady, STOP_MS));
	EXPECT_LT(0, left_over(from, HP_SOON / 10)) {
		TH_LOG("the stock kernel serves all?");
	}
	TH_LOG("%d of %d not served", steady_unserved(&steady, from),
	       steady.nr - from);
	ASSERT_EQ(0, stop_worker(STOPPED, SIGCONT));
}

/* It goes on, and is given its share again. */
TEST_F_TIMEOUT(stall, it_comes_back, HP_TEST_LIMIT)
{
	struct hp_listener_info l;

	ASSERT_EQ(0, steady_run(&steady, 200));
	ASSERT_EQ(0, stop_worker(STOPPED, SIGSTOP));
	EXPECT_TRUE(is_seen(STOPPED, true));
	ASSERT_EQ(0, steady_run(&steady, 300));
	ASSERT_EQ(0, stop_worker(STOPPED, SIGCONT));
	EXPECT_TRUE(is_seen(STOPPED, false));
	EXPECT_ALL_SERVED("before");

	ASSERT_EQ(0, steady_begin(&steady, &stage.tun, &stage.to, stage.cpus,
				  stage.nr, INTERVAL_US));
	l = listener(STOPPED);
	ASSERT_EQ(0, steady_run(&steady, 1000));
	EXPECT_LE(l.picked + steady.nr / stage.nr * 9 / 10,
		  listener(STOPPED).picked);
	EXPECT_ALL_SERVED("after");
}

/*
 * After how many ms the next probe is due, as there is one after ten stalls, and each
 * after twice as long again. The first ones are waited for, until that is long.
 */
#define PROBE_STALLS	10
#define LONG_MS		1500

static unsigned int probed_rarely(void)
{
	u64 deadline = hp_deadline(HP_LATER);
	struct hp_rule_info rule;
	u64 wait;

	if (hp_rules(&stage.ctl, &rule, 1) != 1)
		return 0;
	do {
		wait = (u64)rule.stall_ms * PROBE_STALLS <<
		       count_load(HOMEPORT_LOAD_PROBED);
		if (wait >= LONG_MS)
			return wait;
	} while (hp_left(deadline) && !steady_run(&steady, 20));
	return 0;
}

/*
 * What waited went to others, so it finds nothing when it comes back, and does not
 * ask. That it has run, and sleeps, is enough to look whether it accepts: long before
 * the next probe is due, however long it was away.
 */
TEST_F_TIMEOUT(stall, it_comes_back_at_once, HP_TEST_LIMIT)
{
	unsigned int wait;
	u64 began;

	ASSERT_EQ(0, steady_run(&steady, 200));
	ASSERT_EQ(0, stop_worker(STOPPED, SIGSTOP));
	EXPECT_TRUE(is_seen(STOPPED, true));
	wait = probed_rarely();
	ASSERT_LT(0, wait);
	/* the probes as well: it finds nothing */
	ASSERT_EQ(0, steady_wait(&steady, HP_SOON));
	ASSERT_EQ(0, stop_worker(STOPPED, SIGCONT));
	began = hp_now();
	EXPECT_TRUE(is_seen_until(STOPPED, false, began + wait / 2));
	TH_LOG("%llu ms, the next probe was due after %u",
	       (unsigned long long)(hp_now() - began), wait);
	EXPECT_ALL_SERVED("back");
}

/*
 * Connections wait before anybody accepts, and for much longer than a stall: no
 * listener is at fault. All begin to accept, one after the other.
 */
TEST_F_TIMEOUT(starting, slowly, HP_TEST_LIMIT)
{
	int k;

	ASSERT_EQ(0, steady_run(&steady, STOP_MS));
	for (k = 0; k < stage.nr; k++) {
		EXPECT_FALSE(listener(k).stalled);
		EXPECT_LT(0, listener(k).queue);
	}
	for (k = 0; k < stage.nr; k++)
		ASSERT_EQ(0, hp_worker_serve(&stage.server.workers[k]));
	ASSERT_EQ(0, steady_run(&steady, STOP_MS));
	EXPECT_EQ(0, count_picks(HOMEPORT_PICK_SPILL));
	EXPECT_EQ(0, count_load(HOMEPORT_LOAD_RESCUED));
	EXPECT_ALL_SERVED("a slow start");
	HP_EXPECT_LOCAL(&stage.tally, 1000, "a slow start");
}

/* One of them never begins: that is seen by what the others do. */
TEST_F_TIMEOUT(starting, all_but_one, HP_TEST_LIMIT)
{
	int k;

	ASSERT_EQ(0, steady_run(&steady, 200));
	for (k = 0; k < stage.nr; k++) {
		if (k != STOPPED)
			ASSERT_EQ(0, hp_worker_serve(&stage.server.workers[k]));
	}
	EXPECT_TRUE(is_seen(STOPPED, true));
	ASSERT_EQ(0, steady_run(&steady, 200));
	EXPECT_ALL_SERVED("all but one start");
}

/* Nobody is better off: all stay where they are, and are served later. */
TEST_F_TIMEOUT(stall, all_stop, HP_TEST_LIMIT)
{
	u64 spilled;
	int k;

	/* all have accepted before */
	ASSERT_EQ(0, steady_run(&steady, 200));
	for (k = 0; k < stage.nr; k++)
		ASSERT_EQ(0, stop_worker(k, SIGSTOP));
	for (k = 0; k < stage.nr; k++)
		EXPECT_TRUE(is_seen(k, true));
	spilled = count_picks(HOMEPORT_PICK_SPILL);
	ASSERT_EQ(0, steady_run(&steady, 300));
	EXPECT_EQ(spilled, count_picks(HOMEPORT_PICK_SPILL));
	for (k = 0; k < stage.nr; k++)
		ASSERT_EQ(0, stop_worker(k, SIGCONT));
	EXPECT_ALL_SERVED("all stopped");
}

/* Open, but nobody accepts: the test holds one more listener. */
TEST_F_TIMEOUT(stall, orphan, HP_TEST_LIMIT)
{
	struct hp_listener_info early;
	int fd = hp_listen(&conf, stage.nr);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, hp_group_wait(&stage.ctl, variant->family, PORT,
				   stage.nr + 1, NULL));
	EXPECT_TRUE(is_seen(stage.nr, true));
	early = listener(stage.nr);
	ASSERT_EQ(0, steady_run(&steady, 2 * STOP_MS));
	/* but what looks whether somebody is there again */
	EXPECT_GE(early.picked + 4, listener(stage.nr).picked);
	EXPECT_TRUE(listener(stage.nr).stalled);
	/* while it is open still */
	EXPECT_ALL_SERVED("orphan");
	close(fd);
}

TEST_F_TIMEOUT(stock, orphan, HP_TEST_LIMIT)
{
	int fd = hp_listen(&conf, stage.nr);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, steady_run(&steady, STOP_MS));
	EXPECT_LT(0, left_over(0, HP_SOON / 10)) {
		TH_LOG("the stock kernel serves all?");
	}
	close(fd);
}

/*
 * A server that waits in accept() where it was told of a connection may rely on
 * it: what such a listener has stays.
 */
TEST_F_TIMEOUT(stall, not_from_a_blocking_one, HP_TEST_LIMIT)
{
	struct hp_server_conf waits = conf;
	int fd;

	waits.blocking = true;
	fd = hp_listen(&waits, stage.nr);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, hp_group_wait(&stage.ctl, variant->family, PORT,
				   stage.nr + 1, NULL));
	EXPECT_TRUE(is_seen(stage.nr, true));
	ASSERT_EQ(0, steady_run(&steady, STOP_MS));
	EXPECT_TRUE(all_but_queued(stage.nr));
	EXPECT_LT(0, listener(stage.nr).queue);
	EXPECT_EQ(0, count_load(HOMEPORT_LOAD_RESCUED));
	EXPECT_EQ(0, hp_serve_one(fd, stage.nr));
	close(fd);
}

/* The CPU of a worker, taken by something more urgent for a while. */
struct hog {
	pthread_t thread;
	int cpu;
	unsigned int ms;
	unsigned int took;	/* the machine may stretch it */
	bool is_over;
};

static int set_fifo(int priority)
{
	struct sched_param param = { .sched_priority = priority };

	return sched_setscheduler(0, SCHED_FIFO, &param) ? -errno : 0;
}

static void *hog_run(void *arg)
{
	struct hog *h = arg;
	u64 began;

	if (!hp_pin(h->cpu) && !set_fifo(1)) {
		for (began = hp_now(); hp_now() < began + h->ms;)
			;
		h->took = hp_now() - began;
	}
	__atomic_store_n(&h->is_over, true, __ATOMIC_RELEASE);
	return NULL;
}

/* Connections arrive there meanwhile, as the client is more urgent still. */
static int hog_while_they_come(struct hog *h)
{
	int ret;

	ret = set_fifo(2) ?: -pthread_create(&h->thread, NULL, hog_run, h);
	while (!ret && !__atomic_load_n(&h->is_over, __ATOMIC_ACQUIRE))
		ret = steady_run(&steady, 4);
	pthread_join(h->thread, NULL);
	return ret;
}

/*
 * A worker that is ready to accept and has to wait for its turn: nobody spills,
 * for several times of a stall. A virtual CPU that its host does not run is the
 * same to those who look.
 */
#define HOG_MS		50
#define HOG_MAX_MS	90	/* from some 110 on it is a stall after all */

TEST_F_TIMEOUT(stall, not_for_noise, HP_TEST_LIMIT)
{
	struct hog h = { .cpu = stage.cpus[STOPPED], .ms = HOG_MS };
	u64 deadline = hp_deadline(HP_LATER);
	struct hp_listener_info before, after;
	unsigned int came;
	u64 spilled;

	ASSERT_EQ(0, steady_run(&steady, 200));
	do {
		ASSERT_EQ(0, steady_wait(&steady, HP_SOON));
		h.is_over = false;
		before = listener(STOPPED);
		spilled = count_picks(HOMEPORT_PICK_SPILL);
		ASSERT_EQ(0, hog_while_they_come(&h));
		after = listener(STOPPED);
		came = after.picked - before.picked;
		TH_LOG("%u ms, %u came", h.took, came);
		/* once more, if the machine is that slow */
	} while ((h.took > HOG_MAX_MS || came < 2) && hp_left(deadline));
	ASSERT_GE(HOG_MAX_MS, h.took);
	ASSERT_LE(2, came);
	EXPECT_EQ(spilled, count_picks(HOMEPORT_PICK_SPILL));
	EXPECT_ALL_SERVED("a busy CPU");
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
	ASSERT_TRUE(start_monitor());
	ASSERT_EQ(0, steady_run(&steady, 200));
	ASSERT_EQ(0, stop_worker(STOPPED, SIGSTOP));
	EXPECT_TRUE(is_seen(STOPPED, true));
	ASSERT_EQ(0, steady_run(&steady, 200));
	EXPECT_TRUE(is_told(" listener-stalled "));
	ASSERT_EQ(0, hp_cli(&cli, "listener"));
	EXPECT_TRUE(!!strstr(cli.out, "stalled ")) {
		TH_LOG("%s", cli.out);
	}
	ASSERT_EQ(0, stop_worker(STOPPED, SIGCONT));
	EXPECT_TRUE(is_seen(STOPPED, false));
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
