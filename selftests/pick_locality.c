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

#include "stage.h"

#define PORT	8101
/* Of all CPUs together: one that goes astray is less than one in a thousand. */
#define CONNECTIONS	1024

static struct hp_stage stage;

FIXTURE(pick_locality)
{
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
	HP_STAGE_OPEN(&stage, 2);
	hp_stage_conf(&stage, variant->listener, PORT, &self->conf);
	stage.to.family = variant->client;
	self->conf.v6only = variant->listener == variant->client;
}

FIXTURE_TEARDOWN(pick_locality)
{
	HP_STAGE_CLOSE(&stage);
}

TEST_F_TIMEOUT(pick_locality, hash, HP_TEST_LIMIT)
{
	HP_ASSERT_UNLOADED();
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	ASSERT_EQ(0, hp_stage_load_total(&stage, CONNECTIONS));
	HP_EXPECT_CHANCE(&stage.tally, stage.nr, "hash, stock");
}

TEST_F_TIMEOUT(pick_locality, incoming_cpu, HP_TEST_LIMIT)
{
	HP_ASSERT_UNLOADED();
	self->conf.incoming = stage.cpus;
	self->conf.incoming_when = HP_AFTER_LISTEN;
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	ASSERT_EQ(0, hp_stage_load_total(&stage, CONNECTIONS));
	HP_EXPECT_LOCAL(&stage.tally, 999, "SO_INCOMING_CPU, stock");
}

TEST_F_TIMEOUT(pick_locality, cbpf, HP_TEST_LIMIT)
{
	HP_ASSERT_UNLOADED();
	/* the program's answer is a listener's number, which is a CPU's here */
	if (stage.cpus[stage.nr - 1] != stage.nr - 1)
		HP_SKIP("the online CPUs have gaps between them");
	self->conf.cbpf = stage.nr;
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	ASSERT_EQ(0, hp_stage_load_total(&stage, CONNECTIONS));
	HP_EXPECT_LOCAL(&stage.tally, 999, "cBPF by CPU, stock");
}

TEST_F_TIMEOUT(pick_locality, homeport, HP_TEST_LIMIT)
{
	struct hp_group_info g;
	struct hp_stat_info stat;
	int a = stage.cpus[0], b = stage.cpus[1];

	HP_STAGE_MANAGE(&stage, PORT);
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	ASSERT_EQ(0, hp_stage_load_total(&stage, CONNECTIONS));
	HP_EXPECT_HOME(&stage, "homeport");

	/* and homeport says what the clients saw */
	ASSERT_EQ(0, hp_group_wait(&stage.ctl, variant->listener, PORT,
				   stage.nr, &g));
	EXPECT_EQ(HOMEPORT_GROUP_STATE_MANAGED, g.state);
	HP_EXPECT_HOMES(&stage, g.id, stage.cpus, stage.nr,
			HOMEPORT_HOME_SOURCE_PINNED, "homeport");
	ASSERT_EQ(0, hp_stats(&stage.ctl, g.id, &stat));
	EXPECT_LE(stage.tally.local, stat.picks[HOMEPORT_PICK_LOCAL]);
	EXPECT_EQ(0, stat.picks[HOMEPORT_PICK_NEAR]);
	EXPECT_EQ(0, stat.picks[HOMEPORT_PICK_FAR]);
	EXPECT_EQ(0, stat.picks[HOMEPORT_PICK_HASH]);
	EXPECT_EQ(stage.tally.matrix[b][b], stat.accepted[b][b]);
	EXPECT_EQ(stage.tally.matrix[a][b], stat.accepted[a][b]);
}

TEST_F_TIMEOUT(pick_locality, hash_after_unload, HP_TEST_LIMIT)
{
	HP_STAGE_MANAGE(&stage, PORT);
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	ASSERT_EQ(0, hp_stage_load_total(&stage, CONNECTIONS));
	HP_EXPECT_HOME(&stage, "homeport, before it is unloaded");

	hp_ctl_close(&stage.ctl);
	ASSERT_EQ(0, hp_module_unload());
	ASSERT_EQ(0, hp_stage_load_total(&stage, CONNECTIONS));
	HP_EXPECT_CHANCE(&stage.tally, stage.nr, "hash, after homeport was unloaded");
}

HP_MAIN
