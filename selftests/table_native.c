// SPDX-License-Identifier: GPL-2.0
/*
 * A half-open request has no home, and what is queued can move: what a patched
 * kernel offers beyond the others.
 *
 *  1. connections get as far as the SYN-ACK, on one CPU
 *  2. the listener that took their SYN stalls, fills up, or leaves
 *  3. the ACKs come: each is served by another one at once, with nobody having
 *     moved anything afterwards
 *
 * And what is queued behind a worker that is stopped (SIGSTOP) is served by others
 * while that is stopped; a flood of SYNs at one listener borrows what others
 * do not need, and leaves them enough.
 *
 * Those of a listener with keys stay, a Fast Open child stays until its handshake is
 * over, and when all this goes on at once, nothing is lost.
 *
 * Nothing waits for a time: what has to come first is seen to have happened.
 */
#include <linux/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "stage.h"
#include "steady.h"
#include "table.h"

#define PORT		8331
#define BACKLOG		8
#define EACH		6
/* The worker that stops, and the CPU of the connections. */
#define STOPPED		1
#define STALL_MS	10
#define RESCUE_MS	30
/* What was promised of queued connections, on a machine that is not emulated. */
#define RESCUE_MAX_MS	50
#define ALL_FEATURES	(HOMEPORT_FEATURE_BIND | HOMEPORT_FEATURE_BORROW | \
			 HOMEPORT_FEATURE_MOVE)

/* Of the churn: one connection in so long, and how many rounds of it. */
#define INTERVAL_US	2000
#define ROUNDS		24

static struct hp_stage stage;
static struct steady steady;

FIXTURE(native)
{
	struct hp_server_conf conf;
	struct hp_group_info g;
	struct hp_klog klog;
	struct crowd crowd, more;
	int fd[2];
};

FIXTURE_VARIANT(native)
{
	int family;		/* of the clients */
	bool dual;		/* they come to a dual-stack listener */
};

FIXTURE_VARIANT_ADD(native, ipv4) {
	.family = AF_INET,
};

FIXTURE_VARIANT_ADD(native, ipv6) {
	.family = AF_INET6,
};

FIXTURE_VARIANT_ADD(native, mapped) {
	.family = AF_INET, .dual = true,
};

FIXTURE_SETUP(native)
{
	HP_STAGE_OPEN(&stage, 2);
	HP_STAGE_MANAGE(&stage, PORT);
	ASSERT_EQ(0, hp_klog_open(&self->klog));
	hp_stage_conf(&stage, variant->family, PORT, &self->conf);
	if (variant->dual) {
		self->conf.family = AF_INET6;
		self->conf.v6only = false;
	}
	self->fd[0] = -1;
	self->fd[1] = -1;
}

FIXTURE_TEARDOWN(native)
{
	int k;

	HP_EXPECT_NO_SPLAT(&self->klog);
	hp_klog_close(&self->klog);
	crowd_end(&self->crowd);
	crowd_end(&self->more);
	for (k = 0; k < 2; k++)
		if (self->fd[k] >= 0)
			close(self->fd[k]);
	HP_STAGE_CLOSE(&stage);
}

/* The group, once it has so many listeners, on a kernel that has it all. */
#define FIND_GROUP(listeners) do {					\
	ASSERT_EQ(0, hp_group_wait(&stage.ctl, self->conf.family, PORT,	\
				   listeners, &self->g));		\
	if (self->g.features != ALL_FEATURES)				\
		HP_SKIP("the kernel has not all of the patch series");	\
} while (0)

/* Two listeners of the test, at home on the first two CPUs. */
#define LISTEN_TWO() do {						\
	self->fd[0] = table_listen(&self->conf, stage.cpus[0]);		\
	ASSERT_LE(0, self->fd[0]);					\
	self->fd[1] = table_listen(&self->conf, stage.cpus[1]);		\
	ASSERT_LE(0, self->fd[1]);					\
	FIND_GROUP(2);							\
} while (0)

/*
 * A worker on each CPU, each of which has accepted: before anybody has, nobody is
 * stalled. Connections are rescued soon, as by default.
 */
#define START_WORKERS() do {						\
	ASSERT_EQ(0, hp_rule_set(&stage.ctl, stage.rule,		\
				 HOMEPORT_A_RULE_STALL_MS, STALL_MS));	\
	ASSERT_EQ(0, hp_rule_set(&stage.ctl, stage.rule,		\
				 HOMEPORT_A_RULE_RESCUE_MS, RESCUE_MS)); \
	self->conf.incoming = stage.cpus;				\
	self->conf.incoming_when = HP_BEFORE_LISTEN;			\
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));	\
	FIND_GROUP(stage.nr);						\
	ASSERT_EQ(0, hp_stage_load(&stage, 2));				\
	memset(&stage.tally, 0, sizeof(stage.tally));			\
} while (0)

#define OPEN(w, cpu, nr, kind)						\
	ASSERT_EQ(0, crowd_open(w, &stage.tun, &stage.to,		\
				&stage.cpus[cpu], 1, nr, kind))

#define FINISH(w)							\
	ASSERT_EQ(0, crowd_finish(w, &stage.tally, HP_SOON))

static u64 load_count(u32 group, enum homeport_load what)
{
	struct hp_stat_info st;

	return hp_stats(&stage.ctl, group, &st) ? ~0ull : st.load[what];
}

static int stop_worker(int sig)
{
	return kill(stage.server.workers[STOPPED].tid, sig);
}

static bool is_stalled(u32 group)
{
	struct hp_listener_info l[HP_MAX_WORKERS];
	int k, nr = hp_listeners(&stage.ctl, group, l, HP_MAX_WORKERS);

	for (k = 0; k < nr; k++)
		if (l[k].index == STOPPED)
			return l[k].stalled;
	return false;
}

/* How many of a crowd a worker served. */
static unsigned int by_stopped(void)
{
	return hp_worker_total(&stage.tally, STOPPED);
}

/* It was accepting when the SYNs came, and is stopped when the ACKs do. */
TEST_F_TIMEOUT(native, stalled, HP_TEST_LIMIT)
{
	u64 late;

	START_WORKERS();
	OPEN(&self->crowd, STOPPED, EACH, CROWD_HALF_OPEN);
	ASSERT_EQ(0, stop_worker(SIGSTOP));
	/* the one that shows that nobody accepts there */
	OPEN(&self->more, STOPPED, 1, CROWD_QUEUED);
	EXPECT_TRUE(HP_WAIT_FOR(is_stalled(self->g.id), HP_SOON));
	late = load_count(self->g.id, HOMEPORT_LOAD_LATE);
	FINISH(&self->crowd);
	HP_EXPECT_SERVED(&stage.tally, "stalled");
	EXPECT_EQ(0, by_stopped());
	EXPECT_EQ(late + EACH, load_count(self->g.id, HOMEPORT_LOAD_LATE)) {
		TH_LOG("%s", hp_load_text(&stage.ctl, self->g.id));
	}
	FINISH(&self->more);
	HP_EXPECT_SERVED(&stage.tally, "and the first");
	EXPECT_EQ(0, by_stopped());
	ASSERT_EQ(0, stop_worker(SIGCONT));
}

/* Its accept queue is full when the ACKs come. */
TEST_F_TIMEOUT(native, filled_up, HP_TEST_LIMIT)
{
	u64 late;

	self->conf.backlog = BACKLOG;
	LISTEN_TWO();
	OPEN(&self->crowd, 0, EACH, CROWD_HALF_OPEN);
	/* a queue holds one more than its backlog; some SYNs borrow a place */
	OPEN(&self->more, 0, BACKLOG, CROWD_QUEUED);
	EXPECT_TRUE(HP_WAIT_FOR(table_queue(&stage.ctl, self->g.id, 0) ==
				BACKLOG, HP_SOON));
	late = load_count(self->g.id, HOMEPORT_LOAD_LATE);
	ASSERT_EQ(0, crowd_ack(&self->crowd));
	EXPECT_EQ(late + EACH - 1,
		  load_count(self->g.id, HOMEPORT_LOAD_LATE)) {
		TH_LOG("%s", hp_load_text(&stage.ctl, self->g.id));
	}
	/* all of it is there at once: nobody had to send anything twice */
	EXPECT_EQ(EACH - 1, table_serve(self->fd[1], 1));
	EXPECT_EQ(BACKLOG + 1, table_serve(self->fd[0], 0));
	FINISH(&self->crowd);
	FINISH(&self->more);
	HP_EXPECT_SERVED(&stage.tally, "filled up");
}

/* It is closed, or shut down, between SYN and ACK; another one is there. */
static void let_go(int *fd, bool by_shutdown)
{
	if (by_shutdown) {
		shutdown(*fd, SHUT_RD);
	} else {
		close(*fd);
		*fd = -1;
	}
}

#define EXPECT_LEFT(by_shutdown) do {					\
	LISTEN_TWO();							\
	OPEN(&self->crowd, 0, EACH, CROWD_HALF_OPEN);			\
	let_go(&self->fd[0], by_shutdown);				\
	ASSERT_EQ(0, crowd_ack(&self->crowd));				\
	EXPECT_EQ(EACH, table_serve(self->fd[1], 1));			\
	EXPECT_EQ(EACH, table_count(&stage.ctl, self->g.id,		\
				    HOMEPORT_TABLE_REQUESTS));		\
	FINISH(&self->crowd);						\
	HP_EXPECT_SERVED(&stage.tally, "left");				\
} while (0)

TEST_F_TIMEOUT(native, closed, HP_TEST_LIMIT)
{
	EXPECT_LEFT(false);
}

TEST_F_TIMEOUT(native, shut_down, HP_TEST_LIMIT)
{
	EXPECT_LEFT(true);
}

/* Where TCP_DEFER_ACCEPT makes the ACK wait for data, the data is asked about. */
TEST_F_TIMEOUT(native, deferred, HP_TEST_LIMIT)
{
	int seconds = 30, i;

	LISTEN_TWO();
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, setsockopt(self->fd[i], IPPROTO_TCP,
					TCP_DEFER_ACCEPT, &seconds,
					sizeof(seconds)));
	OPEN(&self->crowd, 0, EACH, CROWD_HALF_OPEN);
	ASSERT_EQ(0, crowd_ack(&self->crowd));
	EXPECT_EQ(0, table_serve(self->fd[0], 0));
	let_go(&self->fd[0], false);
	for (i = 0; i < EACH; i++)
		ASSERT_EQ(0, tun_send(&self->crowd.conns[i], "x", 1));
	EXPECT_EQ(EACH, table_serve(self->fd[1], 1));
	FINISH(&self->crowd);
	HP_EXPECT_SERVED(&stage.tally, "deferred");
}

/* They are served while it is stopped. */
TEST_F_TIMEOUT(native, queued_behind_stopped, HP_TEST_LIMIT)
{
	u64 began;
	int ms;

	START_WORKERS();
	ASSERT_EQ(0, stop_worker(SIGSTOP));
	began = hp_now();
	OPEN(&self->crowd, STOPPED, EACH, CROWD_QUEUED);
	FINISH(&self->crowd);
	ms = hp_now() - began;
	HP_EXPECT_SERVED(&stage.tally, "behind a stopped worker");
	EXPECT_EQ(0, by_stopped());
	EXPECT_LE(1, load_count(self->g.id, HOMEPORT_LOAD_RESCUED));
	TH_LOG("%d served %d ms after the first came: %s", EACH, ms,
	       hp_load_text(&stage.ctl, self->g.id));
	if (!hp_slow())
		EXPECT_GE(RESCUE_MAX_MS, ms);
	ASSERT_EQ(0, stop_worker(SIGCONT));
}

/* A TCP Fast Open child waits for its handshake where it is; others do not. */
TEST_F_TIMEOUT(native, fast_open, HP_TEST_LIMIT)
{
	struct tun_conn *c;

	/* on for all listeners, and without a cookie */
	ASSERT_EQ(0, hp_write("/proc/sys/net/ipv4/tcp_fastopen", "%d", 0x602));
	START_WORKERS();
	ASSERT_EQ(0, stop_worker(SIGSTOP));
	self->crowd = (struct crowd){
		.tun = &stage.tun, .to = stage.to, .nr = 1,
		.conns = calloc(1, sizeof(*self->crowd.conns)),
	};
	c = self->crowd.conns;
	ASSERT_NE(NULL, c);
	tun_conn_init(&stage.tun, c, variant->family, stage.cpus[STOPPED], NULL,
		      PORT);
	ASSERT_EQ(0, tun_syn_data(c, "x", 1));
	ASSERT_EQ(0, tun_wait_synack(c, hp_deadline(HP_SOON)));
	/* it is a child, at the head of the queue, and they are behind it */
	EXPECT_EQ(1, table_queue(&stage.ctl, self->g.id, STOPPED));
	OPEN(&self->more, STOPPED, EACH, CROWD_QUEUED);
	FINISH(&self->more);
	HP_EXPECT_SERVED(&stage.tally, "behind it");
	EXPECT_EQ(0, by_stopped());
	EXPECT_EQ(1, table_queue(&stage.ctl, self->g.id, STOPPED));
	FINISH(&self->crowd);
	HP_EXPECT_SERVED(&stage.tally, "fast open");
	EXPECT_EQ(0, by_stopped());
	ASSERT_EQ(0, stop_worker(SIGCONT));
}

/* A listener with keys of its own keeps what it has. */
TEST_F_TIMEOUT(native, secured, HP_TEST_LIMIT)
{
	struct tcp_md5sig key = { .tcpm_keylen = 3, .tcpm_key = "key" };
	struct sockaddr_in *v4 = (struct sockaddr_in *)&key.tcpm_addr;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&key.tcpm_addr;

	self->conf.backlog = BACKLOG;
	LISTEN_TWO();
	/* for a client that never comes */
	if (self->conf.family == AF_INET)
		*v4 = (struct sockaddr_in){
			.sin_family = AF_INET, .sin_addr = { htonl(1) },
		};
	else
		*v6 = (struct sockaddr_in6){
			.sin6_family = AF_INET6,
			.sin6_addr = IN6ADDR_LOOPBACK_INIT,
		};
	ASSERT_EQ(0, setsockopt(self->fd[0], IPPROTO_TCP, TCP_MD5SIG, &key,
				sizeof(key)));
	OPEN(&self->crowd, 0, EACH, CROWD_HALF_OPEN);
	OPEN(&self->more, 0, BACKLOG, CROWD_QUEUED);
	ASSERT_EQ(0, crowd_ack(&self->crowd));
	EXPECT_EQ(0, table_serve(self->fd[1], 1));
	EXPECT_EQ(BACKLOG + 1, table_serve(self->fd[0], 0));
	/* the rest comes when the SYN-ACK is repeated */
	EXPECT_EQ(EACH - 1, table_serve_all(&stage.tun, self->fd, 1, EACH - 1,
					    HP_LATER));
	FINISH(&self->crowd);
	FINISH(&self->more);
	HP_EXPECT_SERVED(&stage.tally, "secured");
}

/*
 * Everything at once: connections come all the time, while workers stop and go
 * on, and close their listeners and open others.
 */
TEST_F_TIMEOUT(native, churn, HP_TEST_LIMIT)
{
	int round, k;

	ASSERT_EQ(0, hp_rule_grace(&stage.ctl, stage.rule, 20000));
	START_WORKERS();
	ASSERT_EQ(0, steady_begin(&steady, &stage.tun, &stage.to, stage.cpus,
				  stage.nr, INTERVAL_US));
	for (round = 0; round < ROUNDS; round++) {
		struct hp_worker *w = &stage.server.workers[round % stage.nr];

		k = (round + 1) % stage.nr;
		ASSERT_EQ(0, kill(stage.server.workers[k].tid, SIGSTOP));
		ASSERT_EQ(0, steady_run(&steady, 2 * RESCUE_MS));
		ASSERT_EQ(0, hp_worker_close(w));
		ASSERT_EQ(0, steady_run(&steady, RESCUE_MS / 2));
		ASSERT_EQ(0, hp_worker_listen(w));
		ASSERT_EQ(0, hp_worker_serve(w));
		ASSERT_EQ(0, kill(stage.server.workers[k].tid, SIGCONT));
	}
	ASSERT_EQ(0, steady_wait(&steady, HP_SOON));
	TH_LOG("%d connections: %s", steady.nr,
	       hp_load_text(&stage.ctl, self->g.id));
	ASSERT_EQ(0, steady_end(&steady, &stage.tally));
	HP_EXPECT_SERVED(&stage.tally, "churn");
	EXPECT_LT(0, load_count(self->g.id, HOMEPORT_LOAD_RESCUED));
}

/* A flood at one listener, without SYN cookies; then somebody else comes. */
TEST_F_TIMEOUT(native, flood, HP_TEST_LIMIT)
{
	int own = BACKLOG + 1, lent = BACKLOG / 2;
	struct tun_conn c;

	ASSERT_EQ(0, hp_write("/proc/sys/net/ipv4/tcp_syncookies", "0"));
	self->conf.backlog = BACKLOG;
	LISTEN_TWO();
	OPEN(&self->crowd, 0, own + lent, CROWD_HALF_OPEN);
	EXPECT_EQ(lent, load_count(self->g.id, HOMEPORT_LOAD_BORROWED)) {
		TH_LOG("%s", hp_load_text(&stage.ctl, self->g.id));
	}
	/* no more than that */
	tun_conn_init(&stage.tun, &c, variant->family, stage.cpus[0], NULL,
		      PORT);
	ASSERT_EQ(0, tun_syn(&c));
	EXPECT_EQ(-ETIMEDOUT, tun_wait_synack(&c, hp_deadline(50)));
	tun_conn_end(&c);
	/* what the other listener needs for itself it still has */
	OPEN(&self->more, 1, BACKLOG - lent, CROWD_HALF_OPEN);
	ASSERT_EQ(0, crowd_ack(&self->crowd));
	ASSERT_EQ(0, crowd_ack(&self->more));
	EXPECT_EQ(own + BACKLOG, table_serve_all(&stage.tun, self->fd, 2,
						 own + BACKLOG, HP_SOON));
	FINISH(&self->crowd);
	FINISH(&self->more);
	HP_EXPECT_SERVED(&stage.tally, "flood");
}

HP_MAIN
