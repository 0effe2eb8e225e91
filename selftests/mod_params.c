// SPDX-License-Identifier: GPL-2.0
/*
 * Loading homeport when it must not: what insmod answers, what the log says,
 * and that nothing is left behind.
 *
 * refused: bad parameters
 *  1. note what is there: modules, netlink families, traced functions
 *  2. load homeport with a parameter that is no good
 *  3. the error is the right one, one sentence in the log names the parameter
 *     and what is wrong with it, and all is as it was
 *  4. it still loads without the parameter
 *
 * accepted: parameters at the edge of what is good
 *
 * owned: somebody is there before; each test says who
 *
 * How homeport attaches is the test mod_attach.
 */
#include "kselftest_harness.h"

#include "rename.h"
#include "stage.h"

static struct hp_klog klog;

#define EXPECT_NOTHING_LEFT(functions) do {				\
	char *__now = hp_enabled_functions();				\
									\
	EXPECT_FALSE(hp_module_present("homeport"));			\
	EXPECT_FALSE(hp_genl_family("homeport"));			\
	EXPECT_STREQ(functions, __now);					\
	HP_EXPECT_NO_SPLAT(&klog);					\
	free(__now);							\
} while (0)

#define EXPECT_LOG(words)						\
	EXPECT_TRUE(hp_klog_has(&klog, words)) {			\
		TH_LOG("no line of the kernel log has all of \"%s\":\n%s", \
		       words, hp_klog_read(&klog));			\
	}

FIXTURE(refused)
{
	char *functions;
};

FIXTURE_VARIANT(refused)
{
	const char *param;
	int error;
	const char *words;	/* all in one line, "|" between */
};

FIXTURE_VARIANT_ADD(refused, port_0) {
	.param = "ports=0", .error = EINVAL,
	.words = "homeport:|ports=|\"0\"|65535",
};

FIXTURE_VARIANT_ADD(refused, port_70000) {
	.param = "ports=70000", .error = EINVAL,
	.words = "homeport:|ports=|\"70000\"|65535",
};

FIXTURE_VARIANT_ADD(refused, port_beyond_32_bits) {
	.param = "ports=4294967376", .error = EINVAL,
	.words = "homeport:|ports=|\"4294967376\"",
};

FIXTURE_VARIANT_ADD(refused, port_abc) {
	.param = "ports=abc", .error = EINVAL,
	.words = "homeport:|ports=|\"abc\"",
};

FIXTURE_VARIANT_ADD(refused, port_negative) {
	.param = "ports=-80", .error = EINVAL,
	.words = "homeport:|ports=|\"-80\"",
};

FIXTURE_VARIANT_ADD(refused, port_with_tail) {
	.param = "ports=80x", .error = EINVAL,
	.words = "homeport:|ports=|\"80x\"",
};

FIXTURE_VARIANT_ADD(refused, ports_with_hole) {
	.param = "ports=80,,90", .error = EINVAL,
	.words = "homeport:|ports=|\"\"",
};

FIXTURE_VARIANT_ADD(refused, ports_end_in_comma) {
	.param = "ports=80,", .error = EINVAL,
	.words = "homeport:|ports=|\"\"",
};

FIXTURE_VARIANT_ADD(refused, range_backwards) {
	.param = "ports=90-80", .error = EINVAL,
	.words = "homeport:|ports=|\"90-80\"",
};

FIXTURE_VARIANT_ADD(refused, range_without_end) {
	.param = "ports=80-", .error = EINVAL,
	.words = "homeport:|ports=|\"80-\"",
};

FIXTURE_VARIANT_ADD(refused, range_of_three) {
	.param = "ports=80-81-82", .error = EINVAL,
	.words = "homeport:|ports=|\"80-81-82\"",
};

FIXTURE_VARIANT_ADD(refused, port_twice) {
	.param = "ports=80,80", .error = EINVAL,
	.words = "homeport:|ports=|80|overlaps",
};

FIXTURE_VARIANT_ADD(refused, ranges_overlap) {
	.param = "ports=80-90,85-95", .error = EINVAL,
	.words = "homeport:|ports=|85-95|overlaps",
};

FIXTURE_VARIANT_ADD(refused, grace_ms) {
	.param = "grace_ms=3600001", .error = EINVAL,
	.words = "homeport:|grace_ms=3600001|more than 3600000",
};

FIXTURE_VARIANT_ADD(refused, attach_unknown) {
	.param = "attach=bogus", .error = EINVAL,
	.words = "homeport:|attach=|\"bogus\"|ftrace|native",
};

FIXTURE_SETUP(refused)
{
	HP_NEED_MODULE();
	HP_ASSERT_UNLOADED();
	ASSERT_EQ(0, hp_klog_open(&klog));
	self->functions = hp_enabled_functions();
	ASSERT_NE(NULL, self->functions);
}

FIXTURE_TEARDOWN(refused)
{
	if (hp_module_present("homeport"))
		EXPECT_EQ(0, hp_module_unload());
	hp_klog_close(&klog);
	free(self->functions);
}

TEST_F_TIMEOUT(refused, clearly, HP_TEST_LIMIT)
{
	EXPECT_EQ(-variant->error, hp_module_load(variant->param)) {
		TH_LOG("homeport %s; kernel log:\n%s", variant->param,
		       hp_klog_read(&klog));
	}
	EXPECT_LOG(variant->words);
	EXPECT_NOTHING_LEFT(self->functions);
}

FIXTURE(accepted)
{
	char *functions;
};

FIXTURE_VARIANT(accepted)
{
	const char *param;
	int rules;
};

FIXTURE_VARIANT_ADD(accepted, nothing) {
	.param = "", .rules = 0,
};

FIXTURE_VARIANT_ADD(accepted, ports_empty) {
	.param = "ports=", .rules = 0,
};

FIXTURE_VARIANT_ADD(accepted, first_and_last_port) {
	.param = "ports=1,65535", .rules = 2,
};

FIXTURE_VARIANT_ADD(accepted, ranges_side_by_side) {
	.param = "ports=80-90,91-95,443", .rules = 3,
};

FIXTURE_VARIANT_ADD(accepted, range_of_one) {
	.param = "ports=80-80", .rules = 1,
};

FIXTURE_VARIANT_ADD(accepted, all) {
	.param = "ports=all", .rules = 1,
};

FIXTURE_VARIANT_ADD(accepted, all_parameters) {
	.param = "ports=80 grace_ms=3600000 attach=auto", .rules = 1,
};

FIXTURE_VARIANT_ADD(accepted, attach_ftrace) {
	.param = "attach=ftrace", .rules = 0,
};

FIXTURE_SETUP(accepted)
{
	HP_NEED_MODULE();
	HP_ASSERT_UNLOADED();
	ASSERT_EQ(0, hp_klog_open(&klog));
	self->functions = hp_enabled_functions();
	ASSERT_NE(NULL, self->functions);
}

FIXTURE_TEARDOWN(accepted)
{
	hp_klog_close(&klog);
	free(self->functions);
}

TEST_F_TIMEOUT(accepted, and_gone_again, HP_TEST_LIMIT)
{
	struct hp_rule_info rules[8];
	struct hp_ctl ctl;

	HP_ASSERT_LOAD(variant->param);
	EXPECT_TRUE(hp_genl_family("homeport"));
	ASSERT_EQ(0, hp_ctl_open(&ctl));
	EXPECT_EQ(variant->rules, hp_rules(&ctl, rules, 8));
	hp_ctl_close(&ctl);
	ASSERT_EQ(0, hp_module_unload());
	EXPECT_NOTHING_LEFT(self->functions);
}

FIXTURE(owned)
{
	char *functions;
};

FIXTURE_SETUP(owned)
{
	HP_NEED_MODULE();
	HP_ASSERT_UNLOADED();
	ASSERT_EQ(0, hp_klog_open(&klog));
	self->functions = hp_enabled_functions();
	ASSERT_NE(NULL, self->functions);
}

FIXTURE_TEARDOWN(owned)
{
	if (hp_module_present("hp_ipmodify"))
		hp_module_unload_name("hp_ipmodify");
	if (hp_module_present("homepor2"))
		hp_module_unload_name("homepor2");
	if (hp_module_present("homeport"))
		hp_module_unload();
	hp_klog_close(&klog);
	free(self->functions);
}

/* The same module twice: the kernel itself refuses. */
TEST_F_TIMEOUT(owned, by_itself, HP_TEST_LIMIT)
{
	HP_ASSERT_LOAD("");
	EXPECT_EQ(-EEXIST, hp_module_load("ports=80"));
	EXPECT_TRUE(hp_genl_family("homeport"));
	ASSERT_EQ(0, hp_module_unload());
	EXPECT_NOTHING_LEFT(self->functions);
}

/* The same code under another name: homeport has to refuse. */
TEST_F_TIMEOUT(owned, by_a_second_instance, HP_TEST_LIMIT)
{
	const char *copy = "/tmp/homepor2.ko";
	char *one, *two;

	HP_ASSERT_LOAD("");
	one = hp_enabled_functions();
	ASSERT_EQ(0, hp_module_rename(hp_module_path(), copy, "homeport",
				      "homepor2"));
	EXPECT_EQ(-EBUSY, hp_module_load_file(copy, "")) {
		TH_LOG("kernel log:\n%s", hp_klog_read(&klog));
	}
	EXPECT_LOG("homeport:|netlink family|another instance");
	EXPECT_FALSE(hp_module_present("homepor2"));

	/* the first does not mind */
	EXPECT_TRUE(hp_genl_family("homeport"));
	two = hp_enabled_functions();
	EXPECT_STREQ(one, two);
	ASSERT_EQ(0, hp_module_unload());
	EXPECT_NOTHING_LEFT(self->functions);
	unlink(copy);
	free(one);
	free(two);
}

FIXTURE(livepatched)
{
	char *functions;
};

FIXTURE_VARIANT(livepatched)
{
	const char *function;
};

FIXTURE_VARIANT_ADD(livepatched, reuseport_select_sock) {
	.function = "reuseport_select_sock",
};

FIXTURE_VARIANT_ADD(livepatched, inet_listen) {
	.function = "inet_listen",
};

FIXTURE_VARIANT_ADD(livepatched, tcp_close) {
	.function = "tcp_close",
};

FIXTURE_VARIANT_ADD(livepatched, reuseport_migrate_sock) {
	.function = "reuseport_migrate_sock",
};

FIXTURE_SETUP(livepatched)
{
	HP_NEED_MODULE();
	HP_ASSERT_UNLOADED();
	ASSERT_EQ(0, hp_klog_open(&klog));
	self->functions = hp_enabled_functions();
	ASSERT_NE(NULL, self->functions);
}

FIXTURE_TEARDOWN(livepatched)
{
	if (hp_module_present("hp_ipmodify"))
		hp_module_unload_name("hp_ipmodify");
	if (hp_module_present("homeport"))
		hp_module_unload();
	hp_klog_close(&klog);
	free(self->functions);
}

/*
 * Somebody redirects a function that homeport needs, as a livepatch does:
 * homeport names the function and is not loaded; once it is free, it is.
 */
TEST_F_TIMEOUT(livepatched, busy_until_gone, HP_TEST_LIMIT)
{
	char params[128], words[128];
	int ret;

	snprintf(params, sizeof(params), "function=%s", variant->function);
	ret = hp_module_load_test("hp_ipmodify", params);
	if (ret == -ENOENT)
		HP_SKIP("hp_ipmodify.ko is not beside homeport.ko");
	ASSERT_EQ(0, ret);
	EXPECT_EQ(-EBUSY, hp_module_load("attach=ftrace")) {
		TH_LOG("kernel log:\n%s", hp_klog_read(&klog));
	}
	snprintf(words, sizeof(words), "homeport:|%s|livepatch",
		 variant->function);
	EXPECT_LOG(words);
	EXPECT_FALSE(hp_module_present("homeport"));
	EXPECT_FALSE(hp_genl_family("homeport"));

	ASSERT_EQ(0, hp_module_unload_name("hp_ipmodify"));
	EXPECT_NOTHING_LEFT(self->functions);
	EXPECT_EQ(0, hp_module_load("attach=ftrace"));
	EXPECT_EQ(0, hp_module_unload());
}

HP_MAIN
