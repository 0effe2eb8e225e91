// SPDX-License-Identifier: GPL-2.0
/*
 * Pinned workers, one per CPU: who accepts a connection, and where?
 *
 *  1. enter a network namespace with a TUN device, behind which this program
 *     plays all clients
 *  2. start one worker per online CPU, pinned before it opens its listener
 *  3. let an equal number of SYNs arrive on each CPU; the ACK comes on the same
 *  4. each client reads who accepted it and on which CPU
 *
 * Stock hashing puts one in N on its flow CPU; SO_INCOMING_CPU and a cBPF
 * program put all; so must homeport, with no option set by the server, and
 * after it is unloaded the hash is back. For IPv4, IPv6, and both kinds of
 * client of a dual-stack listener.
 */
#include "kselftest_harness.h"

#include "ctl.h"
#include "expect.h"
#include "module.h"

#define PORT	8101
/* Of all CPUs together: one that goes astray is less than one in a thousand. */
#define CONNECTIONS	1024

static struct tun tun;
static struct hp_server server;
static struct hp_tally tally;

FIXTURE(pick_locality)
{
	int cpus[HP_MAX_CPUS];
	int nr;
	struct hp_target to;
	struct hp_server_conf conf;
};

FIXTURE_VARIANT(pick_locality)
{
	int listener, client;
};

FIXTURE_VARIANT_ADD(pick_locality, ipv4) {
	.listener = AF_INET, .client = AF_INET,
};

FIXTURE_VARIANT_ADD(pick_locality, ipv6) {
	.listener = AF_INET6, .client = AF_INET6,
};

FIXTURE_VARIANT_ADD(pick_locality, ipv4_to_dual_stack) {
	.listener = AF_INET6, .client = AF_INET,
};

FIXTURE_SETUP(pick_locality)
{
	ASSERT_EQ(0, hp_netns_enter());
	ASSERT_EQ(0, tun_open(&tun, 1));
	self->nr = hp_cpus(self->cpus);
	if (self->nr < 2)
		HP_SKIP("one CPU only");
	self->to = (struct hp_target){ .family = variant->client, .port = PORT };
	self->conf = (struct hp_server_conf){
		.family = variant->listener, .port = PORT,
		.v6only = variant->listener == variant->client,
		.workers = self->nr, .pin = self->cpus,
	};
}

FIXTURE_TEARDOWN(pick_locality)
{
	hp_server_stop(&server);
	tun_close(&tun);
	if (hp_module_present("homeport"))
		EXPECT_EQ(0, hp_module_unload());
}

static int load_all(FIXTURE_DATA(pick_locality) *self)
{
	int each = (CONNECTIONS + self->nr - 1) / self->nr;

	memset(&tally, 0, sizeof(tally));
	return hp_load_all(&tun, &self->to, self->cpus, self->nr, each, &tally);
}

TEST_F_TIMEOUT(pick_locality, hash, HP_TEST_LIMIT)
{
	ASSERT_EQ(0, hp_server_start(&server, &self->conf));
	ASSERT_EQ(0, load_all(self));
	HP_EXPECT_CHANCE(&tally, self->nr, "hash, stock");
}

TEST_F_TIMEOUT(pick_locality, incoming_cpu, HP_TEST_LIMIT)
{
	self->conf.incoming = self->cpus;
	self->conf.incoming_when = HP_AFTER_LISTEN;
	ASSERT_EQ(0, hp_server_start(&server, &self->conf));
	ASSERT_EQ(0, load_all(self));
	HP_EXPECT_LOCAL(&tally, 999, "SO_INCOMING_CPU, stock");
}

TEST_F_TIMEOUT(pick_locality, cbpf, HP_TEST_LIMIT)
{
	/* the program's answer is a listener's number, which is a CPU's here */
	if (self->cpus[self->nr - 1] != self->nr - 1)
		HP_SKIP("the online CPUs have gaps between them");
	self->conf.cbpf = self->nr;
	ASSERT_EQ(0, hp_server_start(&server, &self->conf));
	ASSERT_EQ(0, load_all(self));
	HP_EXPECT_LOCAL(&tally, 999, "cBPF by CPU, stock");
}

TEST_F_TIMEOUT(pick_locality, homeport, HP_TEST_LIMIT)
{
	struct hp_stat_info stat;
	struct hp_group_info g;
	struct hp_ctl ctl;

	HP_NEED_MODULE();
	HP_ASSERT_LOAD("");
	ASSERT_EQ(0, hp_ctl_open(&ctl));
	ASSERT_EQ(0, hp_rule_add(&ctl, 0, NULL, PORT, PORT, NULL));
	ASSERT_EQ(0, hp_server_start(&server, &self->conf));
	ASSERT_EQ(0, load_all(self));
	HP_EXPECT_LOCAL(&tally, 999, "homeport");

	/* and homeport says what the clients saw */
	ASSERT_EQ(0, hp_group_wait(&ctl, variant->listener, PORT, self->nr, &g));
	EXPECT_EQ(HOMEPORT_GROUP_STATE_MANAGED, g.state);
	EXPECT_EQ(0, hp_homes_wait(&ctl, g.id, self->cpus, self->nr,
				   HOMEPORT_HOME_SOURCE_PINNED));
	ASSERT_EQ(0, hp_stats(&ctl, g.id, &stat));
	EXPECT_LE(tally.local, stat.picks[HOMEPORT_PICK_LOCAL]);
	EXPECT_EQ(0, stat.picks[HOMEPORT_PICK_NEAR]);
	EXPECT_EQ(0, stat.picks[HOMEPORT_PICK_FAR]);
	EXPECT_EQ(0, stat.picks[HOMEPORT_PICK_HASH]);
	EXPECT_EQ(tally.matrix[self->cpus[1]][self->cpus[1]],
		  stat.accepted[self->cpus[1]][self->cpus[1]]);
	EXPECT_EQ(tally.matrix[self->cpus[0]][self->cpus[1]],
		  stat.accepted[self->cpus[0]][self->cpus[1]]);
	hp_ctl_close(&ctl);
}

TEST_F_TIMEOUT(pick_locality, hash_after_unload, HP_TEST_LIMIT)
{
	struct hp_ctl ctl;

	HP_NEED_MODULE();
	HP_ASSERT_LOAD("");
	ASSERT_EQ(0, hp_ctl_open(&ctl));
	ASSERT_EQ(0, hp_rule_add(&ctl, 0, NULL, PORT, PORT, NULL));
	hp_ctl_close(&ctl);
	ASSERT_EQ(0, hp_server_start(&server, &self->conf));
	ASSERT_EQ(0, load_all(self));
	HP_EXPECT_LOCAL(&tally, 999, "homeport, before it is unloaded");

	ASSERT_EQ(0, hp_module_unload());
	ASSERT_EQ(0, load_all(self));
	HP_EXPECT_CHANCE(&tally, self->nr, "hash, after homeport was unloaded");
}

TEST_HARNESS_MAIN
