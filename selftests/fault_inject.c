// SPDX-License-Identifier: GPL-2.0
/*
 * Every allocation fails once: what homeport does without memory.
 *
 * The n-th allocation in a system call is made to fail, for n = 1, 2, 3, ...
 * until the call makes fewer.
 *
 * load (insmod):
 *  1. an error is returned and nothing is left: no module, no netlink family,
 *     no hooked function; at last it loads, and unloads
 *
 * join (listen() on a managed port):
 *  1. listen() succeeds all the same, a client is served, and soon the group is
 *     managed after all
 *
 * rule (adding a rule while there are listeners):
 *  1. refused, and there is no rule; or added, and the group is managed
 *
 * Only allocations on homeport's behalf fail, told by the stack. For a kernel
 * with CONFIG_FAILSLAB, CONFIG_FAIL_PAGE_ALLOC, CONFIG_FAULT_INJECTION_DEBUG_FS
 * and CONFIG_FAULT_INJECTION_STACKTRACE_FILTER: the debug kernel of the lab.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "ctl.h"
#include "inject.h"
#include "module.h"

#define PORT	8191
/* No call makes as many allocations; a loop beyond is a fault of the test. */
#define NTH_MAX	4000

FIXTURE(load)
{
	char *functions;
};

FIXTURE_SETUP(load)
{
	struct hp_text text = hp_text_init();

	HP_NEED_INJECTION();
	ASSERT_NE(0, text.start);
	ASSERT_EQ(0, hp_inject_on(&text));
	self->functions = hp_enabled_functions();
	ASSERT_NE(NULL, self->functions);
}

FIXTURE_TEARDOWN(load)
{
	hp_fail_nth(0);
	if (hp_module_present("homeport"))
		EXPECT_EQ(0, hp_module_unload());
	free(self->functions);
}

#define EXPECT_NOTHING_LEFT(n) do {					\
	char *__now = hp_enabled_functions();				\
									\
	EXPECT_FALSE(hp_module_present("homeport")) {			\
		TH_LOG("allocation %d failed: the module stayed", n);	\
	}								\
	EXPECT_FALSE(hp_genl_family("homeport")) {			\
		TH_LOG("allocation %d failed: the family stayed", n);	\
	}								\
	EXPECT_STREQ(self->functions, __now) {				\
		TH_LOG("allocation %d failed: a hook stayed", n);	\
	}								\
	free(__now);							\
} while (0)

TEST_F_TIMEOUT(load, each_allocation_fails, 900)
{
	int n, ret, failed = 0;
	bool hit = true;

	for (n = 1; hit; n++) {
		ASSERT_LT(n, NTH_MAX);
		ASSERT_EQ(0, hp_fail_nth(n));
		ret = hp_module_load("ports=8191,9000-9010");
		hit = hp_fail_nth_hit();
		if (!ret) {
			ASSERT_EQ(0, hp_module_unload());
			continue;
		}
		failed++;
		ASSERT_TRUE(hit) {
			TH_LOG("load failed without cause: %s", strerror(-ret));
		}
		EXPECT_NOTHING_LEFT(n);
	}
	TH_LOG("%d allocations, %d of them needed", n - 2, failed);
	EXPECT_LT(0, failed);
}

FIXTURE(memory)
{
	struct hp_ctl ctl;
	int family;
	int listener[2];
};

FIXTURE_VARIANT(memory)
{
	int family;
};

FIXTURE_VARIANT_ADD(memory, ipv4) { .family = AF_INET };
FIXTURE_VARIANT_ADD(memory, ipv6) { .family = AF_INET6 };

FIXTURE_SETUP(memory)
{
	struct hp_text text;

	HP_NEED_INJECTION();
	ASSERT_EQ(0, hp_netns_enter());
	HP_ASSERT_LOAD("");
	text = hp_text_module();
	ASSERT_NE(0, text.start);
	ASSERT_EQ(0, hp_inject_on(&text));
	ASSERT_EQ(0, hp_ctl_open(&self->ctl));
	self->listener[0] = -1;
	self->listener[1] = -1;
}

FIXTURE_TEARDOWN(memory)
{
	hp_fail_nth(0);
	if (self->listener[0] >= 0)
		close(self->listener[0]);
	if (self->listener[1] >= 0)
		close(self->listener[1]);
	hp_ctl_close(&self->ctl);
	if (hp_module_present("homeport"))
		EXPECT_EQ(0, hp_module_unload());
}

static socklen_t loopback(struct sockaddr_storage *ss, int family)
{
	struct sockaddr_in6 *sin6 = (void *)ss;
	struct sockaddr_in *sin = (void *)ss;

	memset(ss, 0, sizeof(*ss));
	ss->ss_family = family;
	if (family == AF_INET) {
		sin->sin_port = htons(PORT);
		sin->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		return sizeof(*sin);
	}
	sin6->sin6_port = htons(PORT);
	sin6->sin6_addr = in6addr_loopback;
	return sizeof(*sin6);
}

/* Bound, not yet listening. */
static int bound_socket(int family)
{
	struct sockaddr_storage ss;
	socklen_t len = loopback(&ss, family);
	int one = 1, fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one)) ||
	    bind(fd, (void *)&ss, len)) {
		close(fd);
		return -errno;
	}
	return fd;
}

static bool accept_one(int fd)
{
	int child = accept(fd, NULL, NULL);
	bool ok;

	if (child < 0)
		return false;
	ok = send(child, "x", 1, MSG_NOSIGNAL) == 1;
	close(child);
	return ok;
}

/* A client is served by whichever of the listeners it is given to. */
static bool client_served(int family, const int *listener, int nr)
{
	struct sockaddr_storage ss;
	socklen_t len = loopback(&ss, family);
	int fd = socket(family, SOCK_STREAM, 0);
	bool served = false;
	char byte = 0;
	int i;

	if (fd < 0 || connect(fd, (void *)&ss, len))
		goto out;
	for (i = 0; i < nr && !served; i++)
		served = HP_WAIT_FOR(accept_one(listener[i]), 50);
	served = served && recv(fd, &byte, 1, 0) == 1 && byte == 'x';
out:
	if (fd >= 0)
		close(fd);
	return served;
}

static bool group_is(struct hp_ctl *ctl, int family, u32 listeners)
{
	struct hp_group_info g;

	return !hp_group_find(ctl, family, PORT, &g) &&
	       g.listeners == listeners &&
	       g.state == HOMEPORT_GROUP_STATE_MANAGED;
}

static bool group_is_gone(struct hp_ctl *ctl, int family)
{
	struct hp_group_info g;

	return hp_group_find(ctl, family, PORT, &g) == -ENOENT;
}

/* The second listener joins short of memory. Returns whether it was short. */
static bool join_short(struct __test_metadata *_metadata,
		       FIXTURE_DATA(memory) *self, int family, int n)
{
	bool hit;
	int ret;

	self->listener[1] = bound_socket(family);
	ASSERT_LE(0, self->listener[1]);
	ASSERT_EQ(0, hp_fail_nth(n));
	ret = listen(self->listener[1], 8);
	hit = hp_fail_nth_hit();
	ASSERT_TRUE(!ret || hit);

	EXPECT_TRUE(client_served(family, self->listener, ret ? 1 : 2)) {
		TH_LOG("allocation %d failed: a client was not served", n);
	}
	EXPECT_TRUE(HP_WAIT_FOR(group_is(&self->ctl, family, ret ? 1 : 2),
				HP_LATER)) {
		TH_LOG("allocation %d failed: the group was not managed later", n);
	}
	close(self->listener[1]);
	self->listener[1] = -1;
	EXPECT_TRUE(HP_WAIT_FOR(group_is(&self->ctl, family, 1), HP_LATER));
	return hit;
}

TEST_F_TIMEOUT(memory, join, 600)
{
	bool hit = true;
	int n;

	ASSERT_EQ(0, hp_rule_add(&self->ctl, 0, NULL, PORT, PORT, NULL));
	self->listener[0] = bound_socket(variant->family);
	ASSERT_LE(0, self->listener[0]);
	ASSERT_EQ(0, listen(self->listener[0], 8));
	for (n = 1; hit; n++) {
		ASSERT_LT(n, NTH_MAX);
		hit = join_short(_metadata, self, variant->family, n);
	}
	EXPECT_LT(2, n) {
		TH_LOG("no allocation failed: nothing was tested");
	}
}

/* Returns whether an allocation failed. */
static bool rule_short(struct __test_metadata *_metadata,
		       FIXTURE_DATA(memory) *self, int family, int n)
{
	struct hp_rule_info rules[4];
	u32 id = 0;
	bool hit;
	int ret;

	ASSERT_EQ(0, hp_fail_nth(n));
	ret = hp_rule_add(&self->ctl, 0, NULL, PORT, PORT, &id);
	hit = hp_fail_nth_hit();
	if (ret) {
		ASSERT_TRUE(hit) {
			TH_LOG("refused without cause: %s", self->ctl.message);
		}
		/* The answer may have been lost, after the rule was added. */
		if (hp_rules(&self->ctl, rules, 4) == 1)
			id = rules[0].id;
	}
	if (!id) {
		EXPECT_TRUE(group_is_gone(&self->ctl, family));
		return hit;
	}
	EXPECT_TRUE(HP_WAIT_FOR(group_is(&self->ctl, family, 2), HP_LATER)) {
		TH_LOG("allocation %d failed: the group was not managed later", n);
	}
	EXPECT_EQ(0, hp_rule_del(&self->ctl, id));
	EXPECT_TRUE(group_is_gone(&self->ctl, family));
	return hit;
}

TEST_F_TIMEOUT(memory, rule, 600)
{
	bool hit = true;
	int i, n;

	for (i = 0; i < 2; i++) {
		self->listener[i] = bound_socket(variant->family);
		ASSERT_LE(0, self->listener[i]);
		ASSERT_EQ(0, listen(self->listener[i], 8));
	}
	for (n = 1; hit; n++) {
		ASSERT_LT(n, NTH_MAX);
		hit = rule_short(_metadata, self, variant->family, n);
		EXPECT_TRUE(client_served(variant->family, self->listener, 2));
	}
	EXPECT_LT(2, n) {
		TH_LOG("no allocation failed: nothing was tested");
	}
}

TEST_HARNESS_MAIN
