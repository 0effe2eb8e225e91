// SPDX-License-Identifier: GPL-2.0
/*
 * Which groups are managed: rules by port, family and address, and when they
 * come and go. Managed means that connections are accepted on their flow CPU;
 * not managed that they are by chance.
 *
 * rules (by netlink, in a namespace of the test):
 *  1. a rule says which listeners are managed; others beside it are not
 *  2. a rule that comes while listeners are there manages them, and leaves
 *     them to the hash when it goes
 *  3. a rule of one namespace is none of another's
 *
 * ports (the module parameter, in the initial namespace):
 *  1. lists and ranges, and all
 *  2. listeners that were there before the module was loaded
 */
#include <sched.h>

#include "kselftest_harness.h"

#include "stage.h"

#define PORT		8151
#define CONNECTIONS	256

static struct hp_stage stage;

/* The same server again, elsewhere. */
static struct hp_server second;

FIXTURE(rules)
{
	struct hp_server_conf conf;
};

FIXTURE_VARIANT(rules)
{
	int family, other;
};

FIXTURE_VARIANT_ADD(rules, ipv4) {
	.family = AF_INET, .other = AF_INET6,
};

FIXTURE_VARIANT_ADD(rules, ipv6) {
	.family = AF_INET6, .other = AF_INET,
};

FIXTURE_SETUP(rules)
{
	HP_STAGE_OPEN(&stage, 2);
	HP_STAGE_LOAD(&stage);
	hp_stage_conf(&stage, variant->family, PORT, &self->conf);
}

FIXTURE_TEARDOWN(rules)
{
	hp_server_stop(&second);
	HP_STAGE_CLOSE(&stage);
}

#define ASSERT_RULE(family, addr, first, last, id)			\
	ASSERT_EQ(0, hp_rule_add(&stage.ctl, family, addr, first, last, id)) { \
		TH_LOG("rule refused: %s", stage.ctl.message);		\
	}

#define EXPECT_MANAGED(what) do {					\
	ASSERT_EQ(0, hp_stage_load_total(&stage, CONNECTIONS));		\
	HP_EXPECT_HOME(&stage, what);					\
} while (0)

#define EXPECT_HASHED(what) do {					\
	ASSERT_EQ(0, hp_stage_load_total(&stage, CONNECTIONS));		\
	HP_EXPECT_CHANCE(&stage.tally, stage.nr, what);			\
} while (0)

TEST_F_TIMEOUT(rules, range, HP_TEST_LIMIT)
{
	u16 ports[] = { PORT, PORT + 5, PORT + 9 };
	int i;

	ASSERT_RULE(0, NULL, PORT, PORT + 9, NULL);
	for (i = 0; i < 3; i++) {
		self->conf.port = stage.to.port = ports[i];
		ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
		EXPECT_MANAGED("a port of the range");
		hp_server_stop(&stage.server);
	}
	self->conf.port = stage.to.port = PORT + 10;
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	EXPECT_HASHED("the port after the range");
	hp_server_stop(&stage.server);
	self->conf.port = stage.to.port = PORT - 1;
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	EXPECT_HASHED("the port before the range");
}

TEST_F_TIMEOUT(rules, all_ports, HP_TEST_LIMIT)
{
	ASSERT_RULE(0, NULL, 1, HOMEPORT_PORT_MAX, NULL);
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	EXPECT_MANAGED("a rule for all ports");
}

TEST_F_TIMEOUT(rules, family, HP_TEST_LIMIT)
{
	ASSERT_RULE(variant->family, NULL, PORT, PORT, NULL);
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	self->conf.family = variant->other;
	ASSERT_EQ(0, hp_server_start(&second, &self->conf));
	EXPECT_MANAGED("the family of the rule");
	stage.to.family = variant->other;
	EXPECT_HASHED("the other family");
}

/* A dual-stack listener is an IPv6 one, whoever connects. */
TEST_F_TIMEOUT(rules, family_of_dual_stack, HP_TEST_LIMIT)
{
	u32 id;

	self->conf.family = AF_INET6;
	self->conf.v6only = false;
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	ASSERT_RULE(AF_INET, NULL, PORT, PORT, &id);
	EXPECT_HASHED("dual stack, a rule for IPv4");
	ASSERT_EQ(0, hp_rule_del(&stage.ctl, id));
	ASSERT_RULE(AF_INET6, NULL, PORT, PORT, &id);
	HP_EXPECT_BECOMES_LOCAL(&stage, "dual stack, a rule for IPv6");
	EXPECT_MANAGED("dual stack, a rule for IPv6");
}

TEST_F_TIMEOUT(rules, address, HP_TEST_LIMIT)
{
	union tun_addr host = tun_host(&stage.tun, variant->family);
	struct hp_group_info g;

	ASSERT_RULE(variant->family, &host, PORT, PORT, NULL);
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	EXPECT_HASHED("bound to any, a rule for one address");
	hp_server_stop(&stage.server);
	EXPECT_EQ(0, hp_group_wait(&stage.ctl, variant->family, PORT, 0, &g));

	self->conf.addr = &host;
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	EXPECT_MANAGED("bound to the address of the rule");
}

TEST_F_TIMEOUT(rules, wildcard_address, HP_TEST_LIMIT)
{
	union tun_addr host = tun_host(&stage.tun, variant->family), any = {};

	ASSERT_RULE(variant->family, &any, PORT, PORT, NULL);
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	EXPECT_MANAGED("bound to any, a rule for the wildcard");
	hp_server_stop(&stage.server);

	self->conf.addr = &host;
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	EXPECT_HASHED("bound to an address, a rule for the wildcard");
}

TEST_F_TIMEOUT(rules, come_and_go, HP_TEST_LIMIT)
{
	struct hp_group_info g;
	u32 id;
	int i;

	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	EXPECT_HASHED("no rule yet");
	for (i = 0; i < 3; i++) {
		ASSERT_RULE(0, NULL, PORT, PORT, &id);
		ASSERT_EQ(0, hp_group_find(&stage.ctl, variant->family, PORT, &g));
		EXPECT_EQ(stage.nr, g.listeners);
		EXPECT_EQ(id, g.rule);
		/* the workers sit in epoll_wait(): seen when they accept */
		HP_EXPECT_BECOMES_LOCAL(&stage, "the rule is there");
		EXPECT_MANAGED("the rule is there");
		ASSERT_EQ(0, hp_rule_del(&stage.ctl, id));
		EXPECT_EQ(-ENOENT, hp_group_find(&stage.ctl, variant->family,
						 PORT, &g));
		EXPECT_HASHED("the rule is gone");
	}
}

TEST_F_TIMEOUT(rules, of_another_namespace, HP_TEST_LIMIT)
{
	struct hp_rule_info rule;
	struct hp_ctl here;

	ASSERT_RULE(0, NULL, PORT, PORT, NULL);
	ASSERT_EQ(0, hp_netns_enter());
	tun_close(&stage.tun);
	ASSERT_EQ(0, tun_open(&stage.tun, 1));
	ASSERT_EQ(0, hp_ctl_open(&here));
	EXPECT_EQ(0, hp_rules(&here, &rule, 1));
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	EXPECT_HASHED("a rule of another namespace");
	ASSERT_EQ(0, hp_rule_add(&here, 0, NULL, PORT, PORT, NULL));
	HP_EXPECT_BECOMES_LOCAL(&stage, "a rule of its own");
	EXPECT_MANAGED("a rule of its own");
	hp_ctl_close(&here);
}

FIXTURE(ports)
{
	struct hp_server_conf conf;
};

FIXTURE_VARIANT(ports)
{
	int family;
	const char *param;
	u16 port;
	bool managed;
};

FIXTURE_VARIANT_ADD(ports, ipv4_one) {
	.family = AF_INET, .param = "ports=8161", .port = 8161, .managed = true,
};

FIXTURE_VARIANT_ADD(ports, ipv6_last_of_list) {
	.family = AF_INET6, .param = "ports=80,443,8161", .port = 8161,
	.managed = true,
};

FIXTURE_VARIANT_ADD(ports, ipv4_in_range) {
	.family = AF_INET, .param = "ports=80,8160-8162", .port = 8161,
	.managed = true,
};

FIXTURE_VARIANT_ADD(ports, ipv6_all) {
	.family = AF_INET6, .param = "ports=1-65535", .port = 8161,
	.managed = true,
};

FIXTURE_VARIANT_ADD(ports, ipv4_not_in_list) {
	.family = AF_INET, .param = "ports=80,8160,8162", .port = 8161,
};

/* In the namespace of the test's caller, which is the initial one in the lab. */
FIXTURE_SETUP(ports)
{
	stage.nr = hp_cpus(stage.cpus);
	if (stage.nr < 2)
		HP_SKIP("one CPU only");
	ASSERT_EQ(0, tun_open(&stage.tun, 61));
	HP_NEED_MODULE();
	HP_ASSERT_UNLOADED();
	hp_stage_conf(&stage, variant->family, variant->port, &self->conf);
}

FIXTURE_TEARDOWN(ports)
{
	HP_STAGE_CLOSE(&stage);
}

#define EXPECT_AS_SAID(what) do {					\
	if (variant->managed)						\
		EXPECT_MANAGED(what);					\
	else								\
		EXPECT_HASHED(what);					\
} while (0)

TEST_F_TIMEOUT(ports, listeners_after, HP_TEST_LIMIT)
{
	HP_ASSERT_LOAD(variant->param);
	ASSERT_EQ(0, hp_rules_stall());
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	EXPECT_AS_SAID(variant->param);
}

TEST_F_TIMEOUT(ports, listeners_before, HP_TEST_LIMIT)
{
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	EXPECT_HASHED("not loaded yet");
	HP_ASSERT_LOAD(variant->param);
	ASSERT_EQ(0, hp_rules_stall());
	if (variant->managed)
		HP_EXPECT_BECOMES_LOCAL(&stage, variant->param);
	EXPECT_AS_SAID(variant->param);
}

HP_MAIN
