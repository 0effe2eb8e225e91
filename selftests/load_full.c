// SPDX-License-Identifier: GPL-2.0
/*
 * A full queue drops nothing while another one has room.
 *
 *  1. a pinned worker on each CPU, each with a short backlog; nobody accepts
 *  2. as many connections as all queues together hold, all on one CPU: the
 *     handshakes one by one, or all SYNs before the first ACK
 *  3. the kernel has dropped none: ListenOverflows and ListenDrops stay 0
 *  4. one worker begins to accept; all that find room again are served
 *
 * The same on the stock kernel, which counts drops there. With SYN cookies too,
 * where the listener is chosen when the ACK comes.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "crowd.h"
#include "stage.h"

#define PORT	8311
#define BACKLOG	16

static struct hp_stage stage;

FIXTURE(full)
{
	struct hp_server_conf conf;
	struct hp_klog klog;
	struct crowd crowd;
	u32 group;
};

FIXTURE_VARIANT(full)
{
	int family;
	bool cookies;
	bool stock;
};

FIXTURE_VARIANT_ADD(full, ipv4) {
	.family = AF_INET,
};

FIXTURE_VARIANT_ADD(full, ipv6) {
	.family = AF_INET6,
};

FIXTURE_VARIANT_ADD(full, ipv4_cookies) {
	.family = AF_INET, .cookies = true,
};

FIXTURE_VARIANT_ADD(full, ipv6_cookies) {
	.family = AF_INET6, .cookies = true,
};

FIXTURE_VARIANT_ADD(full, ipv4_stock) {
	.family = AF_INET, .stock = true,
};

FIXTURE_SETUP(full)
{
	struct hp_group_info g;

	HP_STAGE_OPEN(&stage, 2);
	if (variant->stock)
		HP_ASSERT_UNLOADED();
	else
		HP_STAGE_MANAGE(&stage, PORT);
	if (variant->cookies)
		ASSERT_EQ(0, hp_write("/proc/sys/net/ipv4/tcp_syncookies", "2"));
	ASSERT_EQ(0, hp_klog_open(&self->klog));
	hp_stage_conf(&stage, variant->family, PORT, &self->conf);
	self->conf.backlog = BACKLOG;
	self->conf.idle = true;
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	if (!variant->stock) {
		ASSERT_EQ(0, hp_group_wait(&stage.ctl, variant->family, PORT,
					   stage.nr, &g));
		self->group = g.id;
	}
}

FIXTURE_TEARDOWN(full)
{
	HP_EXPECT_NO_SPLAT(&self->klog);
	hp_klog_close(&self->klog);
	crowd_end(&self->crowd);
	HP_STAGE_CLOSE(&stage);
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
	if (variant->stock) {						\
		EXPECT_LT(0, __d) {					\
			TH_LOG("%s: the stock kernel dropped nothing?", what); \
		}							\
	} else {							\
		EXPECT_EQ(0, __o);					\
		EXPECT_EQ(0, __d) {					\
			TH_LOG("%s: %s", what,				\
			       hp_load_text(&stage.ctl, self->group));	\
		}							\
	}								\
	TH_LOG("%s: ListenOverflows %ld, ListenDrops %ld", what, __o, __d); \
} while (0)

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

/* The handshakes one by one, to as many as there is room for. */
TEST_F_TIMEOUT(full, queued, HP_TEST_LIMIT)
{
	ASSERT_EQ(0, one_by_one(&self->crowd, stage.nr * BACKLOG));
	EXPECT_NO_DROP("queued");
	ASSERT_EQ(0, serve_all());
	ASSERT_EQ(0, crowd_finish(&self->crowd, &stage.tally, HP_SOON));
	if (!variant->stock)
		HP_EXPECT_SERVED(&stage.tally, "queued");
}

/* All SYNs, then all ACKs: a half-open request has its place kept. */
TEST_F_TIMEOUT(full, half_open, HP_TEST_LIMIT)
{
	if (variant->cookies)
		SKIP(return, "with cookies no request is half-open");
	ASSERT_EQ(0, crowd_open(&self->crowd, &stage.tun, &stage.to, stage.cpus,
				1, stage.nr * BACKLOG, CROWD_HALF_OPEN));
	ASSERT_EQ(0, crowd_ack(&self->crowd));
	EXPECT_NO_DROP("half-open");
	ASSERT_EQ(0, serve_all());
	ASSERT_EQ(0, crowd_finish(&self->crowd, &stage.tally, HP_SOON));
	if (!variant->stock)
		HP_EXPECT_SERVED(&stage.tally, "half-open");
}

/* All but one are full, and that one is not near, nor drawn at once. */
TEST_F_TIMEOUT(full, one_has_room, HP_TEST_LIMIT)
{
	int last = stage.nr - 1, i;
	struct crowd more;

	if (variant->stock)
		SKIP(return, "there is nothing to see without homeport");
	ASSERT_EQ(0, one_by_one(&self->crowd, stage.nr * BACKLOG));
	/* it accepts all that it has, and stands for the one with room */
	ASSERT_EQ(0, hp_worker_serve(&stage.server.workers[last]));
	EXPECT_TRUE(HP_WAIT_FOR(({
		struct hp_listener_info l[HP_MAX_WORKERS];
		int nr = hp_listeners(&stage.ctl, self->group, l, HP_MAX_WORKERS);

		nr == stage.nr && !l[last].queue;
	}), HP_SOON));
	for (i = 0; i < 8; i++) {
		ASSERT_EQ(0, crowd_open(&more, &stage.tun, &stage.to,
					stage.cpus, 1, BACKLOG / 2,
					CROWD_HALF_OPEN));
		ASSERT_EQ(0, crowd_finish(&more, &stage.tally, HP_SOON));
	}
	HP_EXPECT_SERVED(&stage.tally, "one has room");
	EXPECT_NO_DROP("one has room");
	ASSERT_EQ(0, serve_all());
	ASSERT_EQ(0, crowd_finish(&self->crowd, &stage.tally, HP_SOON));
	HP_EXPECT_SERVED(&stage.tally, "and those before");
}

HP_MAIN
