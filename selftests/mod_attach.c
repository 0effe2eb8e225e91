// SPDX-License-Identifier: GPL-2.0
/*
 * How homeport attaches to the kernel: by ftrace, or natively where the kernel
 * has the patch series.
 *
 * attach:
 *  1. load homeport with attach=auto, ftrace or native
 *  2. it is attached as it was told to: netlink says so for a group, and
 *     functions are traced only with ftrace; connections are accepted on their
 *     flow CPU
 *  3. native on a kernel without the patches is refused, and the log says why
 *
 * owned, on a patched kernel: another module owns the choices
 *  1. homeport is refused while it is there, and loads when it is gone; it is
 *     refused while homeport is there, and so is one that lacks what is required
 *  2. with an owner that has no opinion the choice is the hash's
 *  3. what that one had to do with a group is forgotten with it: homeport manages
 *     the group, and when it is gone the hash is back
 */
#include "kselftest_harness.h"

#include "stage.h"

#define PORT		8341
#define CONNECTIONS	256

static struct hp_stage stage;
static struct hp_klog klog;

#define EXPECT_LOG(words)						\
	EXPECT_TRUE(hp_klog_has(&klog, words)) {			\
		TH_LOG("no line of the kernel log has all of \"%s\":\n%s", \
		       words, hp_klog_read(&klog));			\
	}

FIXTURE(attach)
{
	struct hp_server_conf conf;
	char *functions;
};

FIXTURE_VARIANT(attach)
{
	const char *params;
	bool native;	/* or ftrace; of "auto" the kernel decides */
};

FIXTURE_VARIANT_ADD(attach, automatic) {
	.params = "attach=auto",
};

FIXTURE_VARIANT_ADD(attach, ftrace) {
	.params = "attach=ftrace",
};

FIXTURE_VARIANT_ADD(attach, native) {
	.params = "attach=native", .native = true,
};

FIXTURE_SETUP(attach)
{
	HP_NEED_MODULE();
	HP_ASSERT_UNLOADED();
	ASSERT_EQ(0, hp_klog_open(&klog));
	self->functions = hp_enabled_functions();
	ASSERT_NE(NULL, self->functions);
	HP_STAGE_OPEN(&stage, 2);
	hp_stage_conf(&stage, AF_INET, PORT, &self->conf);
}

FIXTURE_TEARDOWN(attach)
{
	HP_STAGE_CLOSE(&stage);
	if (hp_module_present("homeport"))
		EXPECT_EQ(0, hp_module_unload());
	HP_EXPECT_NO_SPLAT(&klog);
	hp_klog_close(&klog);
	free(self->functions);
}

#define EXPECT_REFUSED(params) do {					\
	EXPECT_EQ(-EOPNOTSUPP, hp_module_load(params));			\
	EXPECT_LOG("homeport:|attach=native|patches");			\
	EXPECT_FALSE(hp_module_present("homeport"));			\
} while (0)

TEST_F_TIMEOUT(attach, as_told, HP_TEST_LIMIT)
{
	bool native = variant->native ||
		      (strstr(variant->params, "auto") &&
		       hp_kernel_is_patched());
	struct hp_group_info g;
	char *now;

	if (variant->native && !hp_kernel_is_patched()) {
		EXPECT_REFUSED(variant->params);
		return;
	}
	HP_ASSERT_LOAD(variant->params);
	HP_STAGE_MANAGE(&stage, PORT);
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	ASSERT_EQ(0, hp_group_find(&stage.ctl, AF_INET, PORT, &g));
	EXPECT_EQ(native ? HOMEPORT_ATTACH_NATIVE : HOMEPORT_ATTACH_FTRACE,
		  g.attach);
	now = hp_enabled_functions();
	EXPECT_EQ(native, !strcmp(self->functions, now));
	free(now);

	EXPECT_TRUE(hp_stage_becomes_local(&stage));
	ASSERT_EQ(0, hp_stage_load_total(&stage, CONNECTIONS));
	HP_EXPECT_HOME(&stage, variant->params);
}

FIXTURE(owned)
{
	struct hp_server_conf conf;
};

FIXTURE_SETUP(owned)
{
	HP_NEED_MODULE();
	HP_ASSERT_UNLOADED();
	if (!hp_kernel_is_patched())
		HP_SKIP("this kernel does not have the homeport patches");
	ASSERT_EQ(0, hp_klog_open(&klog));
	HP_STAGE_OPEN(&stage, 2);
	hp_stage_conf(&stage, AF_INET, PORT, &self->conf);
}

FIXTURE_TEARDOWN(owned)
{
	HP_STAGE_CLOSE(&stage);
	if (hp_module_present("hp_owner"))
		EXPECT_EQ(0, hp_module_unload_name("hp_owner"));
	if (hp_module_present("homeport"))
		EXPECT_EQ(0, hp_module_unload());
	HP_EXPECT_NO_SPLAT(&klog);
	hp_klog_close(&klog);
}

TEST_F_TIMEOUT(owned, busy_until_gone, HP_TEST_LIMIT)
{
	ASSERT_EQ(0, hp_module_load_test("hp_owner", ""));
	EXPECT_EQ(-EBUSY, hp_module_load("attach=native"));
	EXPECT_LOG("homeport:|owner already|another module");
	EXPECT_FALSE(hp_module_present("homeport"));
	EXPECT_FALSE(hp_genl_family("homeport"));
	ASSERT_EQ(0, hp_module_unload_name("hp_owner"));

	HP_ASSERT_LOAD("attach=native");
	EXPECT_EQ(-EBUSY, hp_module_load_test("hp_owner", ""));
	EXPECT_EQ(-EINVAL, hp_module_load_test("hp_owner", "incomplete=1"));
	EXPECT_TRUE(hp_genl_family("homeport"));
}

TEST_F_TIMEOUT(owned, without_opinion, HP_TEST_LIMIT)
{
	char asked[32];

	ASSERT_EQ(0, hp_module_load_test("hp_owner", ""));
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	ASSERT_EQ(0, hp_stage_load_total(&stage, CONNECTIONS));
	HP_EXPECT_CHANCE(&stage.tally, stage.nr, "an owner without opinion");
	ASSERT_EQ(0, hp_read("/sys/module/hp_owner/parameters/asked", asked,
			     sizeof(asked)));
	EXPECT_LT(0, atoi(asked));
}

TEST_F_TIMEOUT(owned, one_after_another, HP_TEST_LIMIT)
{
	ASSERT_EQ(0, hp_module_load_test("hp_owner", ""));
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	ASSERT_EQ(0, hp_module_unload_name("hp_owner"));

	HP_ASSERT_LOAD("attach=native");
	HP_STAGE_MANAGE(&stage, PORT);
	EXPECT_TRUE(hp_stage_becomes_local(&stage));
	ASSERT_EQ(0, hp_module_unload());

	ASSERT_EQ(0, hp_module_load_test("hp_owner", ""));
	ASSERT_EQ(0, hp_stage_load_total(&stage, CONNECTIONS));
	HP_EXPECT_CHANCE(&stage.tally, stage.nr, "an owner after homeport");
}

HP_MAIN
