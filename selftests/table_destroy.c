// SPDX-License-Identifier: GPL-2.0
/*
 * An administrator destroys listeners (ss -K), as homeport holds them or not.
 *
 *  1. a listener that is kept, or that leaves while another is there, or that
 *     a server has open
 *  2. SOCK_DESTROY
 *  3. it is gone, its clients are told or served by the other one, the port is
 *     free when nobody is there, and homeport unloads
 */
#include <sys/stat.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "diag.h"
#include "stage.h"
#include "table.h"

#define PORT	8281
#define EACH	6
#define GRACE	60000

static struct hp_stage stage;

FIXTURE(destroy)
{
	struct hp_server_conf conf;
	struct hp_group_info g;
	struct crowd queued, half_open, late;
	struct hp_klog klog;
	struct hp_diag d[4];
	int fd, other;
};

FIXTURE_VARIANT(destroy)
{
	int family;
};

FIXTURE_VARIANT_ADD(destroy, ipv4) {
	.family = AF_INET,
};

FIXTURE_VARIANT_ADD(destroy, ipv6) {
	.family = AF_INET6,
};

FIXTURE_SETUP(destroy)
{
	HP_STAGE_OPEN(&stage, 2);
	HP_STAGE_LOAD(&stage);
	ASSERT_EQ(0, hp_klog_open(&self->klog));
	ASSERT_EQ(0, hp_rule_keep(&stage.ctl, PORT, GRACE, NULL));
	hp_stage_conf(&stage, variant->family, PORT, &self->conf);
	self->fd = table_listen(&self->conf, stage.cpus[0]);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, crowd_open(&self->queued, &stage.tun, &stage.to,
				stage.cpus, stage.nr, EACH, CROWD_QUEUED));
	ASSERT_EQ(0, crowd_open(&self->half_open, &stage.tun, &stage.to,
				stage.cpus, stage.nr, EACH, CROWD_HALF_OPEN));
}

FIXTURE_TEARDOWN(destroy)
{
	crowd_end(&self->queued);
	crowd_end(&self->half_open);
	crowd_end(&self->late);
	HP_STAGE_CLOSE(&stage);
	HP_EXPECT_NO_SPLAT(&self->klog);
	hp_klog_close(&self->klog);
}

#define DESTROY(which) do {						\
	int __ret = hp_diag_destroy(variant->family, PORT, which);	\
									\
	if (__ret == -EOPNOTSUPP)					\
		HP_SKIP("the kernel lacks CONFIG_INET_DIAG_DESTROY");	\
	ASSERT_EQ(0, __ret);						\
} while (0)

#define EXPECT_ALL_RESET() do {						\
	EXPECT_EQ(self->queued.nr, table_resets(&self->queued,		\
						self->queued.nr, HP_SOON)); \
	ASSERT_EQ(0, crowd_ack(&self->half_open));			\
	EXPECT_EQ(self->half_open.nr,					\
		  table_resets(&self->half_open, self->half_open.nr,	\
			       HP_SOON));				\
} while (0)

#define EXPECT_GONE() do {						\
	EXPECT_TRUE(HP_WAIT_FOR(!table_bind(&self->conf, false), HP_SOON)); \
	EXPECT_EQ(0, hp_group_wait(&stage.ctl, variant->family, PORT, 0, \
				   &self->g));				\
} while (0)

TEST_F_TIMEOUT(destroy, kept, HP_TEST_LIMIT)
{
	ASSERT_EQ(0, close(self->fd));
	ASSERT_EQ(0, hp_group_find(&stage.ctl, variant->family, PORT, &self->g));
	EXPECT_EQ(HOMEPORT_GROUP_STATE_KEPT, self->g.state);
	ASSERT_EQ(1, hp_diag_listeners(variant->family, PORT, self->d, 4));
	DESTROY(&self->d[0]);
	EXPECT_ALL_RESET();
	EXPECT_GONE();
	EXPECT_EQ(0, hp_module_unload());
}

/* Its server learns it when it asks; closing what is destroyed keeps nothing. */
TEST_F_TIMEOUT(destroy, served, HP_TEST_LIMIT)
{
	ASSERT_EQ(1, hp_diag_listeners(variant->family, PORT, self->d, 4));
	DESTROY(&self->d[0]);
	EXPECT_ALL_RESET();
	ASSERT_EQ(0, close(self->fd));
	EXPECT_GONE();
	EXPECT_EQ(0, table_count(&stage.ctl, 0, HOMEPORT_TABLE_KEPT));
}

static u32 inode_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) ? 0 : st.st_ino;
}

/*
 * With two listeners, the kernel can destroy only the one that it finds: that
 * one leaves.
 */
#define LEAVE_WHAT_IS_FOUND() do {					\
	ASSERT_EQ(0, hp_diag_find(variant->family, PORT, &self->d[0]));	\
	if (self->d[0].inode != inode_of(self->fd)) {			\
		int __fd = self->fd;					\
									\
		self->fd = self->other;					\
		self->other = __fd;					\
	}								\
	ASSERT_EQ(self->d[0].inode, inode_of(self->fd));		\
	ASSERT_EQ(0, close(self->fd));					\
} while (0)

/* What it had already given away is served, and so is what asks later. */
TEST_F_TIMEOUT(destroy, leaving, HP_TEST_LIMIT)
{
	int all = self->queued.nr + self->half_open.nr;

	self->other = table_listen(&self->conf, stage.cpus[1]);
	ASSERT_LE(0, self->other);
	ASSERT_EQ(0, crowd_open(&self->late, &stage.tun, &stage.to, stage.cpus,
				stage.nr, EACH, CROWD_HALF_OPEN));
	LEAVE_WHAT_IS_FOUND();
	ASSERT_EQ(0, hp_group_find(&stage.ctl, variant->family, PORT, &self->g));
	EXPECT_EQ(1, self->g.held);
	DESTROY(&self->d[0]);
	ASSERT_EQ(0, crowd_ack(&self->half_open));
	ASSERT_EQ(0, crowd_ack(&self->late));
	all += self->late.nr;
	EXPECT_EQ(all, table_serve_all(&stage.tun, &self->other, 1, all,
				       HP_SOON));
	ASSERT_EQ(0, crowd_finish(&self->queued, &stage.tally, HP_SOON));
	ASSERT_EQ(0, crowd_finish(&self->half_open, &stage.tally, HP_SOON));
	ASSERT_EQ(0, crowd_finish(&self->late, &stage.tally, HP_SOON));
	HP_EXPECT_SERVED(&stage.tally, "a leaving listener is destroyed");
	EXPECT_EQ(0, hp_group_wait(&stage.ctl, variant->family, PORT, 1,
				   &self->g));
}

HP_MAIN
