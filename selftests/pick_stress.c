// SPDX-License-Identifier: GPL-2.0
/*
 * Everything at once, at random, for $HP_STRESS_SECONDS (6).
 *
 *  1. steady workers, one per CPU, serve PORT; others serve MIXED_PORT, which
 *     they share with restless listeners: these come, are given another
 *     SO_INCOMING_CPU, are shut down, listen again, are closed
 *  2. rules for both are added and deleted; namespaces with rules and groups
 *     come and go; groups, listeners and counters are read
 *  3. clients connect to both all the while. On PORT each is served. On
 *     MIXED_PORT who reaches a restless listener may be reset, or be dropped
 *     by a full or closing one, as with the stock kernel; but nobody is
 *     refused, as there is always somebody who listens
 *  4. when the restless have gone all are served again, on their flow CPU, and
 *     the kernel log has no splat
 *
 * Once without homeport too, to tell its faults from the stock kernel's.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/wait.h>

#include "kselftest_harness.h"

#include "stage.h"

#define PORT		8181
#define MIXED_PORT	8182
#define RESTLESS	4
/* One that has a lost SYN in it takes longer than all the rest. */
#define BATCHES		4

static struct hp_stage stage;
static atomic_bool stop;
static atomic_int batches;	/* of the TUN clients, that have ended */
static struct hp_server mixed;
static struct hp_tally mixed_tally, loop_tally;
static int family;
static bool stock;

static int seconds(void)
{
	const char *n = getenv("HP_STRESS_SECONDS");

	return n ? atoi(n) : 6;
}

/* A listener that answers all that wait, then is gone. */
struct restless {
	unsigned int seed;
	int fd;
};

static void serve_waiting(int fd)
{
	while (!hp_serve_one(fd, HP_MAX_WORKERS - 1))
		;
}

static void restless_step(struct restless *r)
{
	struct hp_server_conf conf = { .family = family, .v6only = true,
				       .port = MIXED_PORT };
	int cpu = stage.cpus[rand_r(&r->seed) % stage.nr];

	if (r->fd < 0) {
		r->fd = hp_listen(&conf, 0);
		return;
	}
	serve_waiting(r->fd);
	switch (rand_r(&r->seed) % 6) {
	case 0:
		close(r->fd);
		r->fd = -1;
		break;
	case 1:
		shutdown(r->fd, SHUT_RD);
		break;
	case 2:
		/* never short: an ACK that finds the queue full is dropped,
		 * and the stock kernel forgets its request without a word
		 * when the listener goes
		 */
		listen(r->fd, 256 + rand_r(&r->seed) % 256);
		break;
	case 3:
		cpu = -1;
		/* fall through */
	case 4:
		setsockopt(r->fd, SOL_SOCKET, SO_INCOMING_CPU, &cpu,
			   sizeof(cpu));
		break;
	case 5:
		hp_pin(stage.cpus[rand_r(&r->seed) % stage.nr]);
		break;
	}
}

static void *restless(void *arg)
{
	struct restless *r = arg;

	while (!atomic_load(&stop))
		restless_step(r);
	if (r->fd >= 0)
		close(r->fd);
	return NULL;
}

static void look_around(struct hp_ctl *ctl)
{
	static struct hp_stat_info stat;
	struct hp_listener_info l[64];
	struct hp_group_info g;

	if (hp_group_find(ctl, family, MIXED_PORT, &g))
		return;
	hp_listeners(ctl, g.id, l, 64);
	hp_stats(ctl, g.id, &stat);
}

/* Deletes a rule of a port and adds it again. 0 or -errno. */
static int replace_rule(struct hp_ctl *ctl, u16 port)
{
	struct hp_rule_info rules[4];
	int i, ret, n = hp_rules(ctl, rules, 4);

	for (i = 0; i < n && i < 4; i++) {
		if (rules[i].first != port)
			continue;
		ret = hp_rule_del(ctl, rules[i].id);
		if (ret)
			return ret;
	}
	look_around(ctl);
	return hp_rule_add(ctl, 0, NULL, port, port, NULL);
}

static void *rules(void *arg)
{
	struct hp_ctl ctl;
	int i;

	if (stock)
		return NULL;
	if (hp_ctl_open(&ctl))
		return "no control socket";
	for (i = 0; !atomic_load(&stop); i++) {
		if (replace_rule(&ctl, i % 2 ? PORT : MIXED_PORT))
			return "a rule was not replaced";
		look_around(&ctl);
	}
	hp_ctl_close(&ctl);
	return NULL;
}

/* A namespace with a rule and a group, left as it is. */
static int namespace_once(void)
{
	struct hp_server_conf conf = { .family = family, .v6only = true,
				       .port = PORT };
	struct hp_ctl ctl;
	int i, fd, ret;

	ret = hp_netns_enter();
	if (!stock) {
		ret = ret ?: hp_ctl_open(&ctl);
		ret = ret ?: hp_rule_add(&ctl, 0, NULL, 1, HOMEPORT_PORT_MAX,
					 NULL);
	}
	for (i = 0; !ret && i < 3; i++) {
		fd = hp_listen(&conf, i);
		ret = fd < 0 ? fd : 0;
	}
	return ret;
}

static void *namespaces(void *arg)
{
	int status;
	pid_t pid;

	while (!atomic_load(&stop)) {
		pid = fork();
		if (!pid)
			_exit(!!namespace_once());
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
			return "a namespace failed";
	}
	return NULL;
}

static void *tun_clients(void *arg)
{
	struct hp_target to = { .family = family, .port = MIXED_PORT };
	int i, cpu, ret = 0;

	for (i = 0; !ret && !atomic_load(&stop); i++) {
		cpu = stage.cpus[i % stage.nr];
		ret = hp_load(&stage.tun, &stage.to, cpu, 16, &stage.tally) ?:
		      hp_load(&stage.tun, &to, cpu, 16, &mixed_tally);
		atomic_fetch_add(&batches, 1);
	}
	return ret ? "the TUN client failed" : NULL;
}

static void *loop_clients(void *arg)
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
	}
	return NULL;
}

FIXTURE(stress)
{
	struct hp_server_conf conf;
	struct hp_klog klog;
};

FIXTURE_VARIANT(stress)
{
	int family;
	bool stock;	/* without homeport: what the test itself does */
};

FIXTURE_VARIANT_ADD(stress, ipv4_stock) {
	.family = AF_INET, .stock = true,
};

FIXTURE_VARIANT_ADD(stress, ipv4) {
	.family = AF_INET,
};

FIXTURE_VARIANT_ADD(stress, ipv6) {
	.family = AF_INET6,
};

FIXTURE_SETUP(stress)
{
	HP_STAGE_OPEN(&stage, 2);
	stock = variant->stock;
	if (stock)
		HP_ASSERT_UNLOADED();
	else
		HP_STAGE_MANAGE(&stage, PORT);
	ASSERT_EQ(0, hp_klog_open(&self->klog));
	family = variant->family;
	hp_stage_conf(&stage, variant->family, PORT, &self->conf);
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	self->conf.port = MIXED_PORT;
	ASSERT_EQ(0, hp_server_start(&mixed, &self->conf));
}

FIXTURE_TEARDOWN(stress)
{
	hp_klog_close(&self->klog);
	hp_server_stop(&mixed);
	HP_STAGE_CLOSE(&stage);
}

TEST_F_TIMEOUT(stress, all_at_once, 600)
{
	void *(*const others[])(void *) = {
		rules, namespaces, tun_clients, loop_clients,
	};
	static struct restless r[RESTLESS];
	pthread_t thread[RESTLESS + 4];
	u64 end = hp_now() + seconds() * 1000ull;
	void *why;
	int i;

	for (i = 0; i < RESTLESS; i++) {
		r[i] = (struct restless){ .seed = i, .fd = -1 };
		ASSERT_EQ(0, pthread_create(&thread[i], NULL, restless, &r[i]));
	}
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, pthread_create(&thread[RESTLESS + i], NULL,
					    others[i], NULL));
	HP_WAIT_FOR(hp_now() >= end && atomic_load(&batches) >= BATCHES,
		    1000 * seconds() + BATCHES * HP_LATER);
	atomic_store(&stop, true);
	for (i = 0; i < RESTLESS + 4; i++) {
		why = NULL;
		pthread_join(thread[i], &why);
		EXPECT_EQ(NULL, why) {
			TH_LOG("%s", (char *)why);
		}
	}
	printf("#> steady: %s\n", hp_tally_text(&stage.tally));
	printf("#> mixed: %s\n", hp_tally_text(&mixed_tally));
	printf("#> loopback: %s\n", hp_tally_text(&loop_tally));
	fflush(stdout);
	EXPECT_LT(0, stage.tally.answered);
	HP_EXPECT_SERVED(&stage.tally, "TUN, steady workers");
	EXPECT_LT(0, loop_tally.answered);
	HP_EXPECT_SERVED(&loop_tally, "loopback, steady workers");
	EXPECT_LT(0, mixed_tally.answered);
	EXPECT_EQ(0, mixed_tally.refused);

	HP_EXPECT_NO_SPLAT(&self->klog);
	if (stock)
		return;
	HP_EXPECT_BECOMES_LOCAL(&stage, "steady, in the end");
	stage.to.port = MIXED_PORT;
	HP_EXPECT_BECOMES_LOCAL(&stage, "mixed, when the restless have gone");
}

HP_MAIN
