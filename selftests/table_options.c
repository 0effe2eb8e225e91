// SPDX-License-Identifier: GPL-2.0
/*
 * A connection has the options of the listener that took its SYN. It goes only
 * to a listener whose server finds in it what its own would have.
 *
 * For each option that connections inherit
 *  1. a listener, with connections on its CPU, and others that come later
 *  2. the first one closes
 *  3. misfit: the other one relies on the option, and the first has it not:
 *     it gets nothing, the clients are told at once, and the counter says why
 *  4. surplus: the first one has what the other does not ask for: it gets all,
 *     but where the option would change what becomes of a connection
 *  5. choice: there are one that fits and one that does not, and the latter is
 *     on the connections' CPU: all go to the one that fits
 *
 * A control for each: the same with the option on both sides.
 */
#include <linux/filter.h>
#include <linux/tcp.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "stage.h"
#include "table.h"

#ifndef IPV6_MINHOPCOUNT
#define IPV6_MINHOPCOUNT 73
#endif

#define PORT		8220
#define EACH		4

static struct hp_stage stage;

static int set_int(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) ? -errno : 0;
}

static int set_save_syn(int fd, int family)
{
	return set_int(fd, IPPROTO_TCP, TCP_SAVE_SYN, 1);
}

static int set_defer_accept(int fd, int family)
{
	return set_int(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, 30);
}

/* For some other client: those of the test do not sign. */
static int set_md5(int fd, int family)
{
	struct tcp_md5sig md5 = { .tcpm_keylen = 3, .tcpm_key = "key" };
	struct sockaddr_in6 *sin6 = (void *)&md5.tcpm_addr;
	struct sockaddr_in *sin = (void *)&md5.tcpm_addr;

	md5.tcpm_addr.ss_family = family;
	if (family == AF_INET)
		sin->sin_addr.s_addr = htonl(0xc0000201);
	else
		sin6->sin6_addr.s6_addr[15] = 1;
	return setsockopt(fd, IPPROTO_TCP, TCP_MD5SIG, &md5, sizeof(md5)) ?
		-errno : 0;
}

static int set_mark(int fd, int family)
{
	return set_int(fd, SOL_SOCKET, SO_MARK, 7);
}

/* Lets all pass. */
static int set_filter(int fd, int family)
{
	struct sock_filter code[] = { { BPF_RET | BPF_K, 0, 0, 0xffffffff } };
	struct sock_fprog prog = { .len = 1, .filter = code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog,
			  sizeof(prog)) ? -errno : 0;
}

static int set_min_hops(int fd, int family)
{
	if (family == AF_INET)
		return set_int(fd, IPPROTO_IP, IP_MINTTL, 10);
	return set_int(fd, IPPROTO_IPV6, IPV6_MINHOPCOUNT, 10);
}

struct option {
	const char *name;
	int (*set)(int fd, int family);
	bool same;		/* a surplus is a misfit as well */
};

static const struct option options[] = {
	{ "TCP_SAVE_SYN", set_save_syn },
	{ "TCP_DEFER_ACCEPT", set_defer_accept },
	{ "TCP_MD5SIG", set_md5 },
	{ "SO_MARK", set_mark, true },
	{ "SO_ATTACH_FILTER", set_filter, true },
	{ "IP_MINTTL", set_min_hops },
};

#define NR_OPTIONS	ARRAY_SIZE(options)

FIXTURE(options)
{
	struct hp_server_conf conf;
	struct hp_group_info g;
	struct hp_tally tally;
	struct crowd crowd;
	int from, to[2];	/* the first one fits where there are two */
};

FIXTURE_VARIANT(options)
{
	int family;
	enum crowd_kind kind;
};

FIXTURE_VARIANT_ADD(options, ipv4_half_open) {
	.family = AF_INET, .kind = CROWD_HALF_OPEN,
};

FIXTURE_VARIANT_ADD(options, ipv6_half_open) {
	.family = AF_INET6, .kind = CROWD_HALF_OPEN,
};

FIXTURE_VARIANT_ADD(options, ipv4_queued) {
	.family = AF_INET, .kind = CROWD_QUEUED,
};

FIXTURE_VARIANT_ADD(options, ipv6_queued) {
	.family = AF_INET6, .kind = CROWD_QUEUED,
};

FIXTURE_SETUP(options)
{
	HP_STAGE_OPEN(&stage, 2);
	HP_STAGE_LOAD(&stage);
	ASSERT_EQ(0, hp_rule_add(&stage.ctl, 0, NULL, PORT, PORT + NR_OPTIONS,
				 NULL));
}

FIXTURE_TEARDOWN(options)
{
	crowd_end(&self->crowd);
	HP_STAGE_CLOSE(&stage);
}

/* A listener with the option, or without. Its fd, or -errno. */
static int listen_with(const struct hp_server_conf *conf, int cpu,
		       const struct option *option)
{
	int fd = table_listen(conf, cpu);
	int ret = fd < 0 || !option ? 0 : option->set(fd, conf->family);

	return ret ?: fd;
}

/* With data: a server that defers accept() waits for it. */
static int go_on(struct crowd *w)
{
	int i, ret = crowd_ack(w);

	for (i = 0; !ret && i < w->nr; i++)
		ret = tun_send(&w->conns[i], "?", 1);
	return ret;
}

/* A listener that has connections, and its group. */
#define BEGIN(k, option) do {						\
	hp_stage_conf(&stage, variant->family, PORT + (k), &self->conf); \
	memset(&self->tally, 0, sizeof(self->tally));			\
	self->from = listen_with(&self->conf, stage.cpus[0], option);	\
	ASSERT_LE(0, self->from);					\
	ASSERT_EQ(0, hp_group_wait(&stage.ctl, variant->family,		\
				   PORT + (k), 1, &self->g));		\
	ASSERT_EQ(0, crowd_open(&self->crowd, &stage.tun, &stage.to,	\
				stage.cpus, 1, EACH, variant->kind));	\
} while (0)

#define LISTEN_TOO(which, cpu, option) do {				\
	self->to[which] = listen_with(&self->conf, stage.cpus[cpu], option); \
	ASSERT_LE(0, self->to[which]);					\
} while (0)

/* The first one closes, and its clients go on. */
#define LEAVE() do {							\
	ASSERT_EQ(0, close(self->from));				\
	ASSERT_EQ(0, go_on(&self->crowd));				\
} while (0)

#define EXPECT_ALL_SERVED(listener, what) do {				\
	EXPECT_EQ(EACH, table_serve_all(&stage.tun, listener, 1, EACH,		\
				      HP_SOON)) {			\
		TH_LOG("%s: not given to the sibling", what);		\
	}								\
	ASSERT_EQ(0, crowd_finish(&self->crowd, &self->tally, HP_SOON)); \
	HP_EXPECT_SERVED(&self->tally, what);				\
	EXPECT_EQ(0, table_count(&stage.ctl, self->g.id,		\
				 HOMEPORT_TABLE_OPTIONS));		\
} while (0)

/* Refused, counted, and nothing is held of the closed listener. */
#define EXPECT_NONE_SERVED(what) do {					\
	EXPECT_EQ(EACH, table_resets(&self->crowd, EACH, HP_SOON)) {	\
		TH_LOG("%s: not all clients were told", what);		\
	}								\
	EXPECT_EQ(0, table_serve(self->to[0], 0)) {			\
		TH_LOG("%s: given to a sibling that does not fit", what); \
	}								\
	EXPECT_EQ(EACH, table_count(&stage.ctl, self->g.id,		\
				    HOMEPORT_TABLE_OPTIONS)) {		\
		TH_LOG("%s: not counted", what);			\
	}								\
	EXPECT_EQ(0, hp_group_wait(&stage.ctl, variant->family,		\
				   self->conf.port, 1, &self->g));	\
	crowd_end(&self->crowd);					\
} while (0)

TEST_F_TIMEOUT(options, misfit, HP_TEST_LIMIT)
{
	unsigned int k;

	for (k = 0; k < NR_OPTIONS; k++) {
		BEGIN(k, NULL);
		LISTEN_TOO(0, 1, &options[k]);
		LEAVE();
		EXPECT_NONE_SERVED(options[k].name);
		close(self->to[0]);
	}
}

TEST_F_TIMEOUT(options, surplus, HP_TEST_LIMIT)
{
	unsigned int k;

	for (k = 0; k < NR_OPTIONS; k++) {
		if (variant->kind == CROWD_QUEUED &&
		    options[k].set == set_defer_accept)
			continue;	/* not queued without data */
		BEGIN(k, &options[k]);
		LISTEN_TOO(0, 1, NULL);
		LEAVE();
		if (options[k].same)
			EXPECT_NONE_SERVED(options[k].name);
		else
			EXPECT_ALL_SERVED(self->to, options[k].name);
		close(self->to[0]);
	}
}

TEST_F_TIMEOUT(options, choice, HP_TEST_LIMIT)
{
	unsigned int k;

	for (k = 0; k < NR_OPTIONS; k++) {
		BEGIN(k, NULL);
		LISTEN_TOO(0, 1, NULL);
		LISTEN_TOO(1, 0, &options[k]);
		LEAVE();
		EXPECT_ALL_SERVED(self->to, options[k].name);
		EXPECT_EQ(0, table_serve(self->to[1], 1));
		close(self->to[0]);
		close(self->to[1]);
	}
}

TEST_F_TIMEOUT(options, control, HP_TEST_LIMIT)
{
	unsigned int k;

	for (k = 0; k < NR_OPTIONS; k++) {
		BEGIN(k, &options[k]);
		LISTEN_TOO(0, 1, &options[k]);
		LEAVE();
		EXPECT_ALL_SERVED(self->to, options[k].name);
		close(self->to[0]);
	}
}

HP_MAIN
