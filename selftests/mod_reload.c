// SPDX-License-Identifier: GPL-2.0
/*
 * homeport comes and goes under a steady load of connections, and none of
 * them notices.
 *
 * reload:
 *  1. workers serve, one per CPU; one thread makes connections from the TUN
 *     network, another over loopback, a third opens and closes listeners on
 *     the same port range
 *  2. load homeport, add the rule, let some connections pass; unload it, let
 *     some pass; $HP_RELOADS times (10)
 *  3. every connection was served, and the kernel log has no splat
 *
 * handshake:
 *  1. SYNs before homeport is loaded, ACKs after; SYNs with it, ACKs after it
 *     is unloaded
 *  2. every connection is served
 */
#include <pthread.h>
#include <stdatomic.h>

#include "kselftest_harness.h"

#include "stage.h"

#define PORT		8171
#define CHURN_PORT	8172
#define HALF_OPEN	64

static struct hp_stage stage;

/* What the threads share. */
static atomic_bool stop;
static atomic_uint tun_done, loop_done, churned;
static atomic_int failed;	/* -errno of a thread that could not go on */
static struct hp_tally loop_tally;
static int family;

static int reloads(void)
{
	const char *n = getenv("HP_RELOADS");

	return n ? atoi(n) : 10;
}

static void give_up(int ret)
{
	atomic_store(&failed, ret);
	atomic_store(&stop, true);
}

static void *tun_load(void *arg)
{
	int i = 0, ret;

	while (!atomic_load(&stop)) {
		ret = hp_load(&stage.tun, &stage.to,
			      stage.cpus[i++ % stage.nr], 8, &stage.tally);
		if (ret)
			give_up(ret);
		atomic_store(&tun_done, stage.tally.tried);
	}
	return NULL;
}

static void *loop_load(void *arg)
{
	struct hp_reply reply;
	int ret;

	while (!atomic_load(&stop)) {
		ret = hp_loop_ask(family, NULL, PORT, &reply);
		loop_tally.tried++;
		loop_tally.answered += !ret;
		loop_tally.refused += ret == -ECONNREFUSED;
		loop_tally.reset += ret == -ECONNRESET;
		loop_tally.silent += ret == -EAGAIN || ret == -EINPROGRESS;
		atomic_store(&loop_done, loop_tally.tried);
	}
	return NULL;
}

/* So that tasks are inside listen() and close() when homeport goes. */
static void *churn(void *arg)
{
	struct hp_server_conf conf = { .family = family, .v6only = true,
				       .port = CHURN_PORT };
	int fd[4], i;

	while (!atomic_load(&stop)) {
		for (i = 0; i < 4; i++) {
			fd[i] = hp_listen(&conf, i);
			if (fd[i] < 0)
				give_up(fd[i]);
		}
		for (i = 0; i < 4; i++)
			if (fd[i] >= 0)
				close(fd[i]);
		atomic_fetch_add(&churned, 1);
	}
	return NULL;
}

/* Until each thread has done something since. */
static bool all_move_on(void)
{
	unsigned int t = atomic_load(&tun_done), l = atomic_load(&loop_done);
	unsigned int c = atomic_load(&churned);

	return HP_WAIT_FOR(atomic_load(&stop) ||
			   (atomic_load(&tun_done) >= t + 16 &&
			    atomic_load(&loop_done) >= l + 4 &&
			    atomic_load(&churned) > c), HP_LATER) &&
	       !atomic_load(&stop);
}

static int manage(void)
{
	struct hp_ctl ctl;
	int ret;

	ret = hp_module_load("");
	if (ret)
		return ret;
	ret = hp_ctl_open(&ctl);
	ret = ret ?: hp_rule_add(&ctl, 0, NULL, PORT, CHURN_PORT, NULL);
	hp_ctl_close(&ctl);
	return ret;
}

/* -ETIME: the clients came to a halt. */
static int one_round(void)
{
	int ret = manage();

	if (ret)
		return ret;
	if (!all_move_on())
		return -ETIME;
	ret = hp_module_unload();
	if (ret)
		return ret;
	return all_move_on() ? 0 : -ETIME;
}

FIXTURE(reload)
{
	struct hp_server_conf conf;
};

FIXTURE_VARIANT(reload)
{
	int family;
	bool threads, blocking, pinned;
};

FIXTURE_VARIANT_ADD(reload, ipv4_epoll_pinned) {
	.family = AF_INET, .pinned = true,
};

FIXTURE_VARIANT_ADD(reload, ipv6_blocking_threads_unpinned) {
	.family = AF_INET6, .threads = true, .blocking = true,
};

FIXTURE_SETUP(reload)
{
	HP_STAGE_OPEN(&stage, 2);
	HP_NEED_MODULE();
	HP_ASSERT_UNLOADED();
	family = variant->family;
	hp_stage_conf(&stage, variant->family, PORT, &self->conf);
	self->conf.threads = variant->threads;
	self->conf.blocking = variant->blocking;
	if (!variant->pinned)
		self->conf.pin = NULL;
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
}

FIXTURE_TEARDOWN(reload)
{
	HP_STAGE_CLOSE(&stage);
}

TEST_F_TIMEOUT(reload, nobody_notices, 3600)
{
	void *(*const work[])(void *) = { tun_load, loop_load, churn };
	pthread_t thread[3];
	struct hp_klog klog;
	int i, n = reloads(), ret = 0;

	ASSERT_EQ(0, hp_klog_open(&klog));
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, pthread_create(&thread[i], NULL, work[i], NULL));
	for (i = 0; !ret && i < n; i++) {
		ret = one_round();
		if (i % 10 == 9)
			printf("#> %d of %d reloads, %u and %u connections\n",
			       i + 1, n, atomic_load(&tun_done),
			       atomic_load(&loop_done));
		fflush(stdout);
	}
	atomic_store(&stop, true);
	for (i = 0; i < 3; i++)
		pthread_join(thread[i], NULL);
	EXPECT_EQ(0, ret) {
		TH_LOG("reload failed: %s; kernel log:\n%s", strerror(-ret),
		       hp_klog_read(&klog));
	}
	EXPECT_EQ(0, atomic_load(&failed));
	HP_EXPECT_SERVED(&stage.tally, "TUN, while homeport comes and goes");
	HP_EXPECT_SERVED(&loop_tally, "loopback, while homeport comes and goes");
	HP_EXPECT_NO_SPLAT(&klog);
	hp_klog_close(&klog);
}

FIXTURE(handshake)
{
	struct hp_server_conf conf;
	struct tun_conn c[HALF_OPEN];
};

FIXTURE_VARIANT(handshake)
{
	int family;
	bool loaded_first;
	bool cookies;
};

FIXTURE_VARIANT_ADD(handshake, ipv4_syn_before_load) {
	.family = AF_INET,
};

FIXTURE_VARIANT_ADD(handshake, ipv6_syn_before_load) {
	.family = AF_INET6,
};

FIXTURE_VARIANT_ADD(handshake, ipv4_syn_before_unload) {
	.family = AF_INET, .loaded_first = true,
};

FIXTURE_VARIANT_ADD(handshake, ipv6_syn_before_unload) {
	.family = AF_INET6, .loaded_first = true,
};

FIXTURE_VARIANT_ADD(handshake, ipv4_syn_before_load_cookies) {
	.family = AF_INET, .cookies = true,
};

FIXTURE_VARIANT_ADD(handshake, ipv6_syn_before_unload_cookies) {
	.family = AF_INET6, .loaded_first = true, .cookies = true,
};

FIXTURE_SETUP(handshake)
{
	HP_STAGE_OPEN(&stage, 2);
	HP_NEED_MODULE();
	HP_ASSERT_UNLOADED();
	/* 2: a cookie for everyone */
	if (variant->cookies)
		ASSERT_EQ(0, hp_write("/proc/sys/net/ipv4/tcp_syncookies", "2"));
	hp_stage_conf(&stage, variant->family, PORT, &self->conf);
	if (variant->loaded_first)
		ASSERT_EQ(0, manage());
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
}

FIXTURE_TEARDOWN(handshake)
{
	HP_STAGE_CLOSE(&stage);
}

TEST_F_TIMEOUT(handshake, goes_on, HP_TEST_LIMIT)
{
	unsigned int served = 0;
	u64 deadline;
	int i;

	for (i = 0; i < HALF_OPEN; i++) {
		tun_conn_init(&stage.tun, &self->c[i], variant->family,
			      stage.cpus[i % stage.nr], NULL, PORT);
		ASSERT_EQ(0, tun_syn(&self->c[i]));
		ASSERT_EQ(0, tun_wait_synack(&self->c[i], hp_deadline(HP_SOON)));
	}
	ASSERT_EQ(0, variant->loaded_first ? hp_module_unload() : manage());
	for (i = 0; i < HALF_OPEN; i++)
		ASSERT_EQ(0, tun_ack(&self->c[i]));
	deadline = hp_deadline(HP_SOON);
	for (i = 0; i < HALF_OPEN; i++) {
		served += !tun_recv(&self->c[i], sizeof(struct hp_reply), deadline);
		tun_reset(&self->c[i]);
		tun_conn_end(&self->c[i]);
	}
	EXPECT_EQ(HALF_OPEN, served);
}

HP_MAIN
