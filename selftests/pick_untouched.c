// SPDX-License-Identifier: GPL-2.0
/*
 * What homeport must leave to the stock kernel, although a rule is there for
 * its port.
 *
 * In each test
 *  1. homeport is loaded and manages PORT
 *  2. servers of a kind that is not homeport's listen on PORT (or one that is
 *     homeport's listens where no rule reaches)
 *  3. connections arrive on every CPU; all are answered, by the choice of the
 *     stock kernel: by chance, or as a BPF program says
 *  4. homeport shows no such group, or shows that it is left to BPF, and has
 *     picked nothing
 */
#include <linux/bpf.h>
#include <sched.h>
#include <sys/socket.h>

#include "kselftest_harness.h"

#include "bpf.h"
#include "stage.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif
#ifndef IPPROTO_SMC
#define IPPROTO_SMC 256
#endif
#ifndef AF_SMC
#define AF_SMC 43
#endif
#ifndef SO_DETACH_REUSEPORT_BPF
#define SO_DETACH_REUSEPORT_BPF 68
#endif

#define PORT		8131
#define OTHER_PORT	8132
#define CONNECTIONS	256

static struct hp_stage stage;

FIXTURE(untouched)
{
	struct hp_server_conf conf;
	struct hp_group_info g;
};

FIXTURE_VARIANT(untouched)
{
	int family;
};

FIXTURE_VARIANT_ADD(untouched, ipv4) {
	.family = AF_INET,
};

FIXTURE_VARIANT_ADD(untouched, ipv6) {
	.family = AF_INET6,
};

FIXTURE_SETUP(untouched)
{
	HP_STAGE_OPEN(&stage, 2);
	HP_STAGE_MANAGE(&stage, PORT);
	hp_stage_conf(&stage, variant->family, PORT, &self->conf);
}

FIXTURE_TEARDOWN(untouched)
{
	HP_STAGE_CLOSE(&stage);
}

/* What homeport picked in a group, other than by leaving it to the hash. */
static u64 picked(u32 group)
{
	struct hp_stat_info st;

	if (hp_stats(&stage.ctl, group, &st))
		return ~0ull;
	return st.picks[HOMEPORT_PICK_LOCAL] + st.picks[HOMEPORT_PICK_NEAR] +
	       st.picks[HOMEPORT_PICK_FAR] + st.picks[HOMEPORT_PICK_SPILL];
}

#define EXPECT_NO_GROUP(family, port, what)				\
	EXPECT_EQ(-ENOENT, hp_group_find(&stage.ctl, family, port, &self->g)) { \
		TH_LOG("%s: homeport manages the group (state %u, %u listeners)", \
		       what, self->g.state, self->g.listeners);		\
	}

#define EXPECT_LEFT_TO_BPF(what) do {					\
	ASSERT_EQ(0, hp_group_wait(&stage.ctl, variant->family, PORT,	\
				   stage.nr, &self->g));		\
	EXPECT_EQ(HOMEPORT_GROUP_STATE_BPF, self->g.state);		\
	EXPECT_EQ(0, picked(self->g.id)) {				\
		TH_LOG("%s: homeport picked", what);			\
	}								\
} while (0)

TEST_F_TIMEOUT(untouched, other_port, HP_TEST_LIMIT)
{
	self->conf.port = OTHER_PORT;
	stage.to.port = OTHER_PORT;
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	ASSERT_EQ(0, hp_stage_load_total(&stage, CONNECTIONS));
	HP_EXPECT_CHANCE(&stage.tally, stage.nr, "a port without a rule");
	EXPECT_NO_GROUP(variant->family, OTHER_PORT, "a port without a rule");
}

TEST_F_TIMEOUT(untouched, other_namespace, HP_TEST_LIMIT)
{
	/* the control socket stays in the namespace with the rule */
	ASSERT_EQ(0, hp_netns_enter());
	tun_close(&stage.tun);
	ASSERT_EQ(0, tun_open(&stage.tun, 1));
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	ASSERT_EQ(0, hp_stage_load_total(&stage, CONNECTIONS));
	HP_EXPECT_CHANCE(&stage.tally, stage.nr, "another namespace");
	EXPECT_NO_GROUP(variant->family, PORT, "another namespace");
}

TEST_F_TIMEOUT(untouched, no_reuseport, HP_TEST_LIMIT)
{
	self->conf.no_reuseport = true;
	self->conf.workers = 1;
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	ASSERT_EQ(0, hp_stage_load_total(&stage, CONNECTIONS));
	HP_EXPECT_SERVED(&stage.tally, "a listener without SO_REUSEPORT");
	EXPECT_NO_GROUP(variant->family, PORT, "a listener without SO_REUSEPORT");
}

/* The program turns the CPUs round: nobody is local. */
TEST_F_TIMEOUT(untouched, cbpf, HP_TEST_LIMIT)
{
	int turned[HP_MAX_CPUS], i;

	if (stage.cpus[stage.nr - 1] != stage.nr - 1)
		HP_SKIP("the online CPUs have gaps between them");
	for (i = 0; i < stage.nr; i++)
		turned[i] = stage.cpus[(i + 1) % stage.nr];
	self->conf.pin = turned;
	self->conf.cbpf = stage.nr;
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	ASSERT_EQ(0, hp_stage_load_total(&stage, CONNECTIONS));
	HP_EXPECT_SERVED(&stage.tally, "cBPF");
	EXPECT_EQ(0, stage.tally.local);
	for (i = 0; i < stage.nr; i++)
		EXPECT_EQ(stage.tally.tried / stage.nr,
			  stage.tally.by_worker[stage.cpus[i]][i]);
	EXPECT_LEFT_TO_BPF("cBPF");
}

/* A program that comes while homeport manages wins; gone, homeport is back. */
TEST_F_TIMEOUT(untouched, cbpf_comes_and_goes, HP_TEST_LIMIT)
{
	int dummy = 0;

	self->conf.master = true;
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	ASSERT_EQ(0, hp_stage_load_total(&stage, CONNECTIONS));
	HP_EXPECT_HOME(&stage, "before the program");

	/* modulo one: always the first listener */
	ASSERT_EQ(0, hp_attach_cbpf(stage.server.listeners[0], 1));
	ASSERT_EQ(0, hp_stage_load_total(&stage, CONNECTIONS));
	HP_EXPECT_SERVED(&stage.tally, "cBPF on a managed group");
	EXPECT_EQ(stage.tally.tried, hp_worker_total(&stage.tally, 0)) {
		TH_LOG("cBPF: not all to listener 0: %s",
		       hp_tally_text(&stage.tally));
	}
	ASSERT_EQ(0, hp_group_find(&stage.ctl, variant->family, PORT, &self->g));
	EXPECT_EQ(HOMEPORT_GROUP_STATE_BPF, self->g.state);

	ASSERT_EQ(0, setsockopt(stage.server.listeners[0], SOL_SOCKET,
				SO_DETACH_REUSEPORT_BPF, &dummy, sizeof(dummy)));
	ASSERT_EQ(0, hp_stage_load_total(&stage, CONNECTIONS));
	HP_EXPECT_HOME(&stage, "after the program");
	ASSERT_EQ(0, hp_group_find(&stage.ctl, variant->family, PORT, &self->g));
	EXPECT_EQ(HOMEPORT_GROUP_STATE_MANAGED, self->g.state);
}

static int attach_ebpf(int verdict)
{
	int prog = hp_bpf_reuseport(verdict), ret;

	if (prog < 0)
		return prog;
	ret = setsockopt(stage.server.listeners[0], SOL_SOCKET,
			 SO_ATTACH_REUSEPORT_EBPF, &prog, sizeof(prog));
	close(prog);
	return ret ? -errno : 0;
}

/* A program that passes and chooses nobody leaves it to the kernel's hash. */
TEST_F_TIMEOUT(untouched, ebpf_pass, HP_TEST_LIMIT)
{
	self->conf.master = true;
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	ASSERT_EQ(0, attach_ebpf(SK_PASS));
	ASSERT_EQ(0, hp_stage_load_total(&stage, CONNECTIONS));
	HP_EXPECT_CHANCE(&stage.tally, stage.nr, "SK_REUSEPORT, SK_PASS");
	EXPECT_LEFT_TO_BPF("SK_REUSEPORT, SK_PASS");
}

/* What a program refuses stays refused. */
TEST_F_TIMEOUT(untouched, ebpf_drop, HP_TEST_LIMIT)
{
	self->conf.master = true;
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	ASSERT_EQ(0, attach_ebpf(SK_DROP));
	ASSERT_EQ(0, hp_stage_load(&stage, 4));
	EXPECT_EQ(stage.tally.tried, stage.tally.refused) {
		TH_LOG("SK_REUSEPORT, SK_DROP: %s", hp_tally_text(&stage.tally));
	}
	EXPECT_LEFT_TO_BPF("SK_REUSEPORT, SK_DROP");
}

TEST_F_TIMEOUT(untouched, mptcp, HP_TEST_LIMIT)
{
	int fd;

	self->conf.protocol = IPPROTO_MPTCP;
	fd = hp_listen(&self->conf, 0);
	if (fd < 0)
		HP_SKIP("no MPTCP listener: %s", strerror(-fd));
	close(fd);
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	ASSERT_EQ(0, hp_stage_load_total(&stage, CONNECTIONS));
	HP_EXPECT_CHANCE(&stage.tally, stage.nr, "MPTCP");
	EXPECT_NO_GROUP(variant->family, PORT, "MPTCP");
}

/*
 * AF_SMC cannot have SO_REUSEPORT, so there is one listener; IPPROTO_SMC, where
 * the kernel knows it, can.
 */
TEST_F_TIMEOUT(untouched, smc, HP_TEST_LIMIT)
{
	struct hp_server_conf one = self->conf;
	int fd, ret;

	hp_modprobe("smc");
	one.domain = AF_SMC;
	one.protocol = variant->family == AF_INET6;	/* SMCPROTO_SMC6 */
	one.no_reuseport = true;
	one.workers = 1;
	ret = hp_server_start(&stage.server, &one);
	if (ret)
		HP_SKIP("no SMC listener: %s", strerror(-ret));
	ASSERT_EQ(0, hp_stage_load(&stage, 8));
	HP_EXPECT_SERVED(&stage.tally, "AF_SMC");
	EXPECT_NO_GROUP(variant->family, PORT, "AF_SMC");
	hp_server_stop(&stage.server);

	self->conf.protocol = IPPROTO_SMC;
	fd = hp_listen(&self->conf, 0);
	if (fd == -EPROTONOSUPPORT)
		return;
	ASSERT_LE(0, fd);
	close(fd);
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	ASSERT_EQ(0, hp_stage_load_total(&stage, CONNECTIONS));
	HP_EXPECT_CHANCE(&stage.tally, stage.nr, "IPPROTO_SMC");
	EXPECT_NO_GROUP(variant->family, PORT, "IPPROTO_SMC");
}

static int put_in_sockmap(int map, int nr)
{
	int k, ret = 0;

	for (k = 0; !ret && k < nr; k++)
		ret = hp_bpf_map_set(map, k, stage.server.listeners[k]);
	return ret;
}

/* Listeners that were managed, and then are put into a sockmap. */
TEST_F_TIMEOUT(untouched, sockmap, HP_TEST_LIMIT)
{
	int map = hp_bpf_sockmap(stage.nr);
	u64 before;

	if (map < 0)
		HP_SKIP("no sockmap: %s", strerror(-map));
	self->conf.master = true;
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	ASSERT_EQ(0, hp_group_wait(&stage.ctl, variant->family, PORT, stage.nr,
				   &self->g));
	before = picked(self->g.id);
	ASSERT_EQ(0, put_in_sockmap(map, stage.nr));
	ASSERT_EQ(0, hp_stage_load_total(&stage, CONNECTIONS));
	HP_EXPECT_CHANCE(&stage.tally, stage.nr, "sockmap, on a managed group");
	if (!hp_group_find(&stage.ctl, variant->family, PORT, &self->g))
		EXPECT_EQ(before, picked(self->g.id));
	close(map);
}

/* Listeners that are in a sockmap when the rule comes. */
TEST_F_TIMEOUT(untouched, sockmap_before_the_rule, HP_TEST_LIMIT)
{
	int map = hp_bpf_sockmap(stage.nr);

	if (map < 0)
		HP_SKIP("no sockmap: %s", strerror(-map));
	self->conf.master = true;
	self->conf.port = OTHER_PORT;
	stage.to.port = OTHER_PORT;
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	ASSERT_EQ(0, put_in_sockmap(map, stage.nr));
	ASSERT_EQ(0, hp_rule_add(&stage.ctl, 0, NULL, OTHER_PORT, OTHER_PORT,
				 NULL));
	ASSERT_EQ(0, hp_stage_load_total(&stage, CONNECTIONS));
	HP_EXPECT_CHANCE(&stage.tally, stage.nr, "sockmap, before the rule");
	EXPECT_NO_GROUP(variant->family, OTHER_PORT, "sockmap, before the rule");
	close(map);
}

/* BPF_SK_LOOKUP_F_NO_REUSEPORT; an enum, so no #ifdef can tell */
#define NO_REUSEPORT	2

/*
 * A port where nobody listens is redirected to a managed group: with or
 * without a choice among the group, it is the kernel's, not homeport's.
 */
TEST_F_TIMEOUT(untouched, sk_lookup, HP_TEST_LIMIT)
{
	int map = hp_bpf_sockmap(1), prog, link;
	u64 before;

	prog = map < 0 ? map : hp_bpf_sk_lookup(map, 0);
	if (prog < 0)
		HP_SKIP("no sk_lookup program: %s", strerror(-prog));
	self->conf.master = true;
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	ASSERT_EQ(0, hp_bpf_map_set(map, 0, stage.server.listeners[0]));
	ASSERT_EQ(0, hp_group_wait(&stage.ctl, variant->family, PORT, stage.nr,
				   &self->g));
	before = picked(self->g.id);
	link = hp_bpf_attach_netns(prog);
	ASSERT_LE(0, link);

	stage.to.port = OTHER_PORT;
	ASSERT_EQ(0, hp_stage_load_total(&stage, CONNECTIONS));
	HP_EXPECT_CHANCE(&stage.tally, stage.nr, "sk_lookup, the group chooses");
	EXPECT_EQ(before, picked(self->g.id));
	close(link);
	close(prog);

	prog = hp_bpf_sk_lookup(map, NO_REUSEPORT);
	ASSERT_LE(0, prog);
	link = hp_bpf_attach_netns(prog);
	ASSERT_LE(0, link);
	ASSERT_EQ(0, hp_stage_load(&stage, 8));
	HP_EXPECT_SERVED(&stage.tally, "sk_lookup, one listener");
	EXPECT_EQ(stage.tally.tried, hp_worker_total(&stage.tally, 0));
	EXPECT_EQ(before, picked(self->g.id));
	close(link);
	close(prog);
	close(map);
}

static int udp_open(int family, u16 port)
{
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6,
				     .sin6_port = htons(port),
				     .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_in sin = { .sin_family = AF_INET,
				   .sin_port = htons(port),
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	if (bind(fd, family == AF_INET ? (void *)&sin : (void *)&sin6,
		 family == AF_INET ? sizeof(sin) : sizeof(sin6))) {
		close(fd);
		return -1;
	}
	return fd;
}

/* One datagram from a port of its own, to the group. */
static int udp_send(int family, u16 from, u16 to)
{
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6,
				     .sin6_port = htons(to),
				     .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_in sin = { .sin_family = AF_INET,
				   .sin_port = htons(to),
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = udp_open(family, from);
	int ret;

	if (fd < 0)
		return -1;
	ret = sendto(fd, "x", 1, 0,
		     family == AF_INET ? (void *)&sin : (void *)&sin6,
		     family == AF_INET ? sizeof(sin) : sizeof(sin6));
	close(fd);
	return ret == 1 ? 0 : -1;
}

/*
 * A UDP group on the managed port: all datagrams come from one CPU, so a pick
 * by CPU would give all to one socket.
 */
TEST_F_TIMEOUT(untouched, udp, HP_TEST_LIMIT)
{
	int fd[4], got[4] = {}, sum = 0, n = 256, i;
	char c;

	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	for (i = 0; i < 4; i++) {
		fd[i] = udp_open(variant->family, PORT);
		ASSERT_LE(0, fd[i]);
	}
	ASSERT_EQ(0, hp_pin(stage.cpus[0]));
	for (i = 0; i < n; i++)
		ASSERT_EQ(0, udp_send(variant->family, 20000 + i, PORT));
	for (i = 0; i < 4; i++) {
		while (recv(fd[i], &c, 1, 0) == 1)
			got[i]++;
		sum += got[i];
		EXPECT_TRUE(hp_by_chance(got[i], n, 4)) {
			TH_LOG("UDP: socket %d got %d of %d", i, got[i], n);
		}
		close(fd[i]);
	}
	EXPECT_EQ(n, sum);
	/* and the TCP group on the same port does not mind */
	ASSERT_EQ(0, hp_group_find(&stage.ctl, variant->family, PORT, &self->g));
	EXPECT_EQ(0, picked(self->g.id));
	ASSERT_EQ(0, hp_stage_load_total(&stage, CONNECTIONS));
	HP_EXPECT_HOME(&stage, "TCP beside UDP");
}

HP_MAIN
