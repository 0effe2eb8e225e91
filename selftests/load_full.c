// SPDX-License-Identifier: GPL-2.0
/*
 * A full queue drops nothing while another one has room.
 *
 *  1. a pinned worker on each CPU, each with a short backlog; nobody accepts
 *  2. as many connections as all queues together hold, all on one CPU: the
 *     handshakes one by one, or all SYNs before the first ACK
 *  3. the kernel has dropped none: ListenOverflows and ListenDrops stay 0
 *  4. one worker begins to accept; all that find room again are served, and what
 *     it is given of the others' leaves room for its own
 *
 * SYNs that nobody acknowledges, on one CPU and without SYN cookies, take no place
 * of those who come on another.
 *
 * The same on the stock kernel, which counts drops there. With SYN cookies too,
 * where the listener is chosen when the ACK comes.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "crowd.h"
#include "stage.h"

#define PORT	8311
#define BACKLOG	16
#define COOKIES	"/proc/sys/net/ipv4/tcp_syncookies"

/* SYNs for each client that means it. */
#define FLOOD	32
#define CLIENTS	96

/* Nothing spills before all of them are queued. */
#define REFUGE_STALL_MS	500

static struct hp_stage stage;
static struct hp_server_conf conf;
static struct hp_klog klog;
static struct crowd crowd;
static u32 group;

#define FULL_SERVE(family) do {						\
	ASSERT_EQ(0, hp_klog_open(&klog));				\
	hp_stage_conf(&stage, family, PORT, &conf);			\
	conf.backlog = BACKLOG;						\
	conf.idle = true;						\
	ASSERT_EQ(0, hp_server_start(&stage.server, &conf));		\
} while (0)

/* The listener's index is the worker's. */
#define FULL_FIND(family) do {						\
	struct hp_group_info __g;					\
									\
	ASSERT_EQ(0, hp_group_wait(&stage.ctl, family, PORT, stage.nr,	\
				   &__g));				\
	group = __g.id;							\
} while (0)

#define FULL_CLOSE() do {						\
	HP_EXPECT_NO_SPLAT(&klog);					\
	hp_klog_close(&klog);						\
	crowd_end(&crowd);						\
	HP_STAGE_CLOSE(&stage);						\
} while (0)

FIXTURE(full) {};

FIXTURE_VARIANT(full)
{
	int family;
};

FIXTURE_VARIANT_ADD(full, ipv4) {
	.family = AF_INET,
};

FIXTURE_VARIANT_ADD(full, ipv6) {
	.family = AF_INET6,
};

FIXTURE_SETUP(full)
{
	HP_STAGE_OPEN(&stage, 2);
	HP_STAGE_MANAGE(&stage, PORT);
	FULL_SERVE(variant->family);
	FULL_FIND(variant->family);
}

FIXTURE_TEARDOWN(full)
{
	FULL_CLOSE();
}

/* With them no request is half-open. */
FIXTURE(cookies) {};

FIXTURE_VARIANT(cookies)
{
	int family;
};

FIXTURE_VARIANT_ADD(cookies, ipv4) {
	.family = AF_INET,
};

FIXTURE_VARIANT_ADD(cookies, ipv6) {
	.family = AF_INET6,
};

FIXTURE_SETUP(cookies)
{
	HP_STAGE_OPEN(&stage, 2);
	HP_STAGE_MANAGE(&stage, PORT);
	FULL_SERVE(variant->family);
	FULL_FIND(variant->family);
	ASSERT_EQ(0, hp_write(COOKIES, "2"));
}

FIXTURE_TEARDOWN(cookies)
{
	FULL_CLOSE();
}

static int serve_all(void);

/* Without them each half-open request takes a place. All accept. */
FIXTURE(flood) {};

FIXTURE_VARIANT(flood)
{
	int family;
};

FIXTURE_VARIANT_ADD(flood, ipv4) {
	.family = AF_INET,
};

FIXTURE_VARIANT_ADD(flood, ipv6) {
	.family = AF_INET6,
};

FIXTURE_SETUP(flood)
{
	HP_STAGE_OPEN(&stage, 4);
	HP_STAGE_MANAGE(&stage, PORT);
	FULL_SERVE(variant->family);
	FULL_FIND(variant->family);
	ASSERT_EQ(0, serve_all());
	ASSERT_EQ(0, hp_write(COOKIES, "0"));
}

FIXTURE_TEARDOWN(flood)
{
	hp_write(COOKIES, "1");
	FULL_CLOSE();
}

/* The stock kernel, beside it. */
FIXTURE(stock) {};

FIXTURE_SETUP(stock)
{
	HP_STAGE_OPEN(&stage, 2);
	HP_ASSERT_UNLOADED();
	FULL_SERVE(AF_INET);
}

FIXTURE_TEARDOWN(stock)
{
	FULL_CLOSE();
}

/* A counter of this namespace. */
static long netstat(const char *name)
{
	FILE *f = fopen("/proc/net/netstat", "re");
	char names[8192], values[8192], *n, *v, *np, *vp;
	long value = -1;

	while (f && fgets(names, sizeof(names), f) &&
	       fgets(values, sizeof(values), f)) {
		n = strtok_r(names, " \n", &np);
		v = strtok_r(values, " \n", &vp);
		for (; n && v; n = strtok_r(NULL, " \n", &np),
			       v = strtok_r(NULL, " \n", &vp))
			if (!strcmp(n, name))
				value = atol(v);
	}
	if (f)
		fclose(f);
	return value;
}

#define EXPECT_NO_DROP(what) do {					\
	long __o = netstat("ListenOverflows"), __d = netstat("ListenDrops"); \
									\
	EXPECT_EQ(0, __o);						\
	EXPECT_EQ(0, __d) {						\
		TH_LOG("%s: %s", what, hp_load_text(&stage.ctl, group)); \
	}								\
} while (0)

/* And all of them are served in the end. */
#define EXPECT_SERVED(what) do {					\
	ASSERT_EQ(0, serve_all());					\
	ASSERT_EQ(0, crowd_finish(&crowd, &stage.tally, HP_SOON));	\
	HP_EXPECT_SERVED(&stage.tally, what);				\
} while (0)

/* Nobody acknowledges what comes back. */
static int flood_of(int nr)
{
	struct tun_conn c;
	int ret = 0;

	while (!ret && nr--) {
		tun_conn_init(&stage.tun, &c, stage.to.family, stage.cpus[0],
			      NULL, stage.to.port);
		ret = tun_syn(&c);
		tun_conn_end(&c);
	}
	tun_poll(&stage.tun);
	return ret;
}

/* Until it is seen that one CPU has all of them: from then on they spill. */
static int flood_until_bound(void)
{
	struct hp_listener_info l[HP_MAX_WORKERS];
	u64 deadline = hp_deadline(HP_SOON);
	int k, nr, ret = 0;

	while (!ret && hp_left(deadline)) {
		ret = flood_of(FLOOD);
		nr = hp_listeners(&stage.ctl, group, l, HP_MAX_WORKERS);
		for (k = 0; k < nr; k++)
			if (l[k].spill_permille)
				return ret;
	}
	return ret ?: -ETIMEDOUT;
}

static int serve_all(void)
{
	int k, ret = 0;

	for (k = 0; !ret && k < stage.nr; k++)
		ret = hp_worker_serve(&stage.server.workers[k]);
	return ret;
}

/* @nr connections on one CPU; each is queued before the next begins. */
static int one_by_one(struct crowd *w, int nr)
{
	int i, ret = 0;

	*w = (struct crowd){ .tun = &stage.tun, .to = stage.to, .nr = nr,
			     .kind = CROWD_QUEUED };
	w->conns = calloc(nr, sizeof(*w->conns));
	for (i = 0; w->conns && !ret && i < nr; i++) {
		tun_conn_init(w->tun, &w->conns[i], w->to.family, stage.cpus[0],
			      NULL, w->to.port);
		w->conns[i].again = true;
		ret = tun_syn(&w->conns[i]);
		if (!ret && !tun_wait_synack(&w->conns[i], hp_deadline(100)))
			ret = tun_ack(&w->conns[i]);
	}
	return ret;
}

/* All but one are full, and that one is not near, nor drawn at once. */
static int wait_empty(int k)
{
	struct hp_listener_info l[HP_MAX_WORKERS];

	return HP_WAIT_FOR(hp_listeners(&stage.ctl, group, l, HP_MAX_WORKERS) ==
			   stage.nr && !l[k].queue, HP_SOON) ? 0 : -ETIMEDOUT;
}

static int serve_the_last(struct crowd *more)
{
	int i, ret, last = stage.nr - 1;

	/* it accepts all that it has, and stands for the one with room */
	ret = hp_worker_serve(&stage.server.workers[last]) ?: wait_empty(last);
	for (i = 0; !ret && i < 8; i++) {
		ret = crowd_open(more, &stage.tun, &stage.to, stage.cpus, 1,
				 BACKLOG / 2, CROWD_HALF_OPEN);
		ret = ret ?: crowd_finish(more, &stage.tally, HP_SOON);
	}
	return ret;
}

#define EXPECT_ONE_HAS_ROOM() do {					\
	struct crowd more;						\
									\
	ASSERT_EQ(0, one_by_one(&crowd, stage.nr * BACKLOG));		\
	ASSERT_EQ(0, serve_the_last(&more));				\
	HP_EXPECT_SERVED(&stage.tally, "one has room");			\
	EXPECT_NO_DROP("one has room");					\
	EXPECT_SERVED("and those before");				\
} while (0)

/* The handshakes one by one, to as many as there is room for. */
TEST_F_TIMEOUT(full, queued, HP_TEST_LIMIT)
{
	ASSERT_EQ(0, one_by_one(&crowd, stage.nr * BACKLOG));
	EXPECT_NO_DROP("queued");
	EXPECT_SERVED("queued");
}

TEST_F_TIMEOUT(cookies, queued, HP_TEST_LIMIT)
{
	ASSERT_EQ(0, one_by_one(&crowd, stage.nr * BACKLOG));
	EXPECT_NO_DROP("cookies");
	EXPECT_SERVED("cookies");
}

static int signal_all(int sig)
{
	int k, ret = 0;

	for (k = 0; k < stage.nr; k++)
		ret = ret ?: kill(stage.server.workers[k].tid, sig);
	return ret;
}

/* What the listeners @from to @to - 1 have. */
static u32 queues(int from, int to)
{
	struct hp_listener_info l[HP_MAX_WORKERS] = {};
	u32 sum = 0;

	hp_listeners(&stage.ctl, group, l, HP_MAX_WORKERS);
	for (; from < to; from++)
		sum += l[from].queue;
	return sum;
}

/*
 * Full queues are rescued into that of one who has accepted all so far, and does
 * not get on either just now: half of its places are left to its own.
 */
TEST_F_TIMEOUT(full, refuge_keeps_half, HP_TEST_LIMIT)
{
	int last = stage.nr - 1;

	ASSERT_EQ(0, hp_rule_set(&stage.ctl, stage.rule,
				 HOMEPORT_A_RULE_STALL_MS, REFUGE_STALL_MS));
	ASSERT_EQ(0, serve_all());
	ASSERT_EQ(0, hp_load_all(&stage.tun, &stage.to, stage.cpus, stage.nr, 8,
				 &stage.tally));
	ASSERT_EQ(0, signal_all(SIGSTOP));
	ASSERT_EQ(0, crowd_open(&crowd, &stage.tun, &stage.to, stage.cpus, last,
				BACKLOG, CROWD_QUEUED));
	EXPECT_EQ(BACKLOG * last, queues(0, last));
	EXPECT_TRUE(HP_WAIT_FOR(queues(last, stage.nr), HP_SOON));
	EXPECT_EQ(BACKLOG / 2, queues(last, stage.nr)) {
		TH_LOG("%s", hp_load_text(&stage.ctl, group));
	}
	EXPECT_EQ(BACKLOG * last - BACKLOG / 2, queues(0, last));
	ASSERT_EQ(0, signal_all(SIGCONT));
	EXPECT_NO_DROP("rescued");
	EXPECT_SERVED("rescued");
}

/* The hash is not even: some are dropped, but by chance none. */
TEST_F_TIMEOUT(stock, queued, HP_TEST_LIMIT)
{
	ASSERT_EQ(0, one_by_one(&crowd, stage.nr * BACKLOG));
	EXPECT_LT(0, netstat("ListenDrops")) {
		TH_LOG("the stock kernel dropped nothing?");
	}
}

/* All SYNs, then all ACKs: a half-open request has its place kept. */
TEST_F_TIMEOUT(full, half_open, HP_TEST_LIMIT)
{
	ASSERT_EQ(0, crowd_open(&crowd, &stage.tun, &stage.to, stage.cpus, 1,
				stage.nr * BACKLOG, CROWD_HALF_OPEN));
	ASSERT_EQ(0, crowd_ack(&crowd));
	EXPECT_NO_DROP("half-open");
	EXPECT_SERVED("half-open");
}

TEST_F_TIMEOUT(flood, others_are_served, HP_TEST_LIMIT)
{
	int i;

	ASSERT_EQ(0, flood_until_bound());
	for (i = 0; i < CLIENTS; i++) {
		ASSERT_EQ(0, flood_of(FLOOD));
		ASSERT_EQ(0, hp_load_all(&stage.tun, &stage.to,
					 stage.cpus + 1, stage.nr - 1, 1,
					 &stage.tally));
	}
	HP_EXPECT_SERVED(&stage.tally, "beside a flood");
	TH_LOG("%s", hp_load_text(&stage.ctl, group));
}

TEST_F_TIMEOUT(full, one_has_room, HP_TEST_LIMIT)
{
	EXPECT_ONE_HAS_ROOM();
}

TEST_F_TIMEOUT(cookies, one_has_room, HP_TEST_LIMIT)
{
	EXPECT_ONE_HAS_ROOM();
}

HP_MAIN
