// SPDX-License-Identifier: GPL-2.0
/*
 * homeport leaves while it holds something, and so does a rule of its, or a
 * network namespace.
 *
 * leave:
 *  1. a listener with a thousand connections, or a few, closes: it is kept; or others have
 *     joined and are about to get them; or others were there, and those that
 *     are half-open stay where they began
 *  2. homeport is unloaded, or the rule deleted
 *  3. whoever could be served by a listener that is there is; the others are
 *     told at once; the port is free; the kernel log has no splat
 *
 * netns:
 *  1. the last process of a network namespace ends, and leaves a kept group
 *  2. the namespace lives as long as the group is kept, and not longer: until
 *     grace is over, or homeport is unloaded
 *  3. control: without grace it goes at once
 */
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "stage.h"
#include "table.h"

#define PORT	8291
#define GRACE	60000
#define SHORT	1500
/* Time passes in ticks. */
#define TICK	20

static struct hp_stage stage;

FIXTURE(leave)
{
	struct hp_server_conf conf;
	struct hp_group_info g;
	struct crowd crowd;
	struct hp_klog klog;
	u32 rule;
	int from, to[HP_MAX_CPUS];
};

FIXTURE_VARIANT(leave)
{
	int family;
	enum crowd_kind kind;
	bool rule;		/* else the module */
	int many;		/* connections */
};

FIXTURE_VARIANT_ADD(leave, ipv4_half_open_unload) {
	.family = AF_INET, .kind = CROWD_HALF_OPEN, .many = 1000,
};

FIXTURE_VARIANT_ADD(leave, ipv6_queued_unload) {
	.family = AF_INET6, .kind = CROWD_QUEUED, .many = 1000,
};

FIXTURE_VARIANT_ADD(leave, ipv6_half_open_rule_del) {
	.family = AF_INET6, .kind = CROWD_HALF_OPEN, .rule = true,
	.many = 200,
};

FIXTURE_VARIANT_ADD(leave, ipv4_queued_rule_del) {
	.family = AF_INET, .kind = CROWD_QUEUED, .rule = true,
	.many = 200,
};

FIXTURE_SETUP(leave)
{
	HP_STAGE_OPEN(&stage, 2);
	HP_STAGE_LOAD(&stage);
	ASSERT_EQ(0, hp_klog_open(&self->klog));
	ASSERT_EQ(0, hp_rule_keep(&stage.ctl, PORT, GRACE, &self->rule));
	hp_stage_conf(&stage, variant->family, PORT, &self->conf);
	self->from = table_listen(&self->conf, stage.cpus[0]);
	ASSERT_LE(0, self->from);
}

FIXTURE_TEARDOWN(leave)
{
	HP_EXPECT_NO_SPLAT(&self->klog);
	hp_klog_close(&self->klog);
	crowd_end(&self->crowd);
	HP_STAGE_CLOSE(&stage);
}

#define OPEN(many)							\
	ASSERT_EQ(0, crowd_open(&self->crowd, &stage.tun, &stage.to,	\
				stage.cpus, stage.nr,			\
				(many) / stage.nr, variant->kind))

#define LISTEN() do {							\
	int __k;							\
									\
	for (__k = 0; __k < stage.nr; __k++) {				\
		self->to[__k] = table_listen(&self->conf, stage.cpus[__k]); \
		ASSERT_LE(0, self->to[__k]);				\
	}								\
} while (0)

#define LEAVE()								\
	ASSERT_EQ(0, variant->rule ?					\
		     hp_rule_del(&stage.ctl, self->rule) : hp_module_unload())

#define EXPECT_ALL_SERVED(what) do {					\
	ASSERT_EQ(0, crowd_ack(&self->crowd));				\
	EXPECT_EQ(self->crowd.nr,					\
		  table_serve_all(&stage.tun, self->to, stage.nr,	\
				  self->crowd.nr, HP_SOON));		\
	ASSERT_EQ(0, crowd_finish(&self->crowd, &stage.tally, HP_SOON)); \
	HP_EXPECT_SERVED(&stage.tally, what);				\
} while (0)

/* Nobody is there: they are told, as by the stock kernel. */
TEST_F_TIMEOUT(leave, while_kept, HP_TEST_LIMIT)
{
	OPEN(variant->many);
	ASSERT_EQ(0, close(self->from));
	LEAVE();
	ASSERT_EQ(0, table_bind(&self->conf, false));
	ASSERT_EQ(0, crowd_ack(&self->crowd));
	EXPECT_EQ(self->crowd.nr,
		  table_resets(&self->crowd, self->crowd.nr, HP_SOON));
}

/* Those that joined have not settled yet, so nothing was handed over. */
TEST_F_TIMEOUT(leave, before_handover, HP_TEST_LIMIT)
{
	OPEN(variant->many);
	ASSERT_EQ(0, close(self->from));
	LISTEN();
	LEAVE();
	EXPECT_ALL_SERVED("before the hand-over");
}

#define A_FEW		200
#define LITTLE_ROOM	8

/*
 * It has begun, and those that take over have little room: they have to serve
 * before they can take the rest.
 */
TEST_F_TIMEOUT(leave, during_handover, HP_TEST_LIMIT)
{
	OPEN(A_FEW);
	ASSERT_EQ(0, close(self->from));
	ASSERT_EQ(0, hp_group_find(&stage.ctl, variant->family, PORT, &self->g));
	if (variant->kind == CROWD_QUEUED)
		self->conf.backlog = LITTLE_ROOM;
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	ASSERT_TRUE(HP_WAIT_FOR(table_state(&stage.ctl, self->g.id, 0) !=
				HOMEPORT_LISTENER_STATE_KEPT, HP_SOON));
	LEAVE();
	ASSERT_EQ(0, crowd_finish(&self->crowd, &stage.tally, HP_SOON));
	HP_EXPECT_SERVED(&stage.tally, "during the hand-over");
}

/* Others were there; what is half-open is still where it began. */
TEST_F_TIMEOUT(leave, while_leaving, HP_TEST_LIMIT)
{
	OPEN(variant->many);
	LISTEN();
	ASSERT_EQ(0, close(self->from));
	LEAVE();
	EXPECT_ALL_SERVED("while a listener leaves");
}

/* A number of this namespace's for another one, which does not keep it. */
#define NSID	77

static struct nlmsghdr *put_nsid(char *buf, u16 type, u16 flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct rtgenmsg *msg;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	msg = mnl_nlmsg_put_extra_header(nlh, sizeof(*msg));
	msg->rtgen_family = AF_UNSPEC;
	return nlh;
}

static int take_nsid(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr;
	bool *found = data;

	mnl_attr_for_each(attr, nlh, sizeof(struct rtgenmsg))
		if (mnl_attr_get_type(attr) == NETNSA_NSID)
			*found |= mnl_attr_get_u32(attr) == NSID;
	return MNL_CB_OK;
}

/* 0 or -errno. */
static int ask_nsid(struct nlmsghdr *nlh, bool *found)
{
	struct mnl_socket *nl = mnl_socket_open(NETLINK_ROUTE);
	char buf[8192];
	ssize_t n;
	int ret;

	if (!nl)
		return -errno;
	ret = mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) ?: MNL_CB_OK;
	if (ret > 0 && mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		ret = -1;
	while (ret > MNL_CB_STOP) {
		n = mnl_socket_recvfrom(nl, buf, sizeof(buf));
		ret = n < 0 ? -1 : mnl_cb_run(buf, n, 0,
					      mnl_socket_get_portid(nl),
					      take_nsid, found);
	}
	ret = ret < 0 ? -errno : 0;
	mnl_socket_close(nl);
	return ret;
}

static int netns_name(pid_t pid)
{
	char buf[256] = "";
	struct nlmsghdr *nlh = put_nsid(buf, RTM_NEWNSID, NLM_F_ACK);
	bool dummy;

	mnl_attr_put_u32(nlh, NETNSA_NSID, NSID);
	mnl_attr_put_u32(nlh, NETNSA_PID, pid);
	return ask_nsid(nlh, &dummy);
}

/* Is there still a namespace of that number? */
static bool netns_lives(void)
{
	char buf[256] = "";
	bool found = false;

	return !ask_nsid(put_nsid(buf, RTM_GETNSID, NLM_F_DUMP), &found) &&
	       found;
}

static int keep_here(int family, u32 grace)
{
	struct hp_server_conf conf;
	struct crowd w;
	int fd, ret;

	ret = hp_netns_enter() ?: tun_open(&stage.tun, 2);
	ret = ret ?: hp_ctl_open(&stage.ctl);
	ret = ret ?: hp_rule_keep(&stage.ctl, PORT, grace, NULL);
	if (ret)
		return ret;
	hp_stage_conf(&stage, family, PORT, &conf);
	fd = table_listen(&conf, stage.cpus[0]);
	if (fd < 0)
		return fd;
	ret = crowd_open(&w, &stage.tun, &stage.to, stage.cpus, stage.nr, 4,
			 CROWD_QUEUED);
	return ret ?: crowd_open(&w, &stage.tun, &stage.to, stage.cpus,
				 stage.nr, 4, CROWD_HALF_OPEN);
}

/* A process in a namespace of its own, with connections. Its pid, or -errno. */
static pid_t start_elsewhere(int family, u32 grace)
{
	int ready[2], ret = -EPIPE;
	pid_t pid;

	if (pipe2(ready, O_CLOEXEC))
		return -errno;
	fflush(NULL);
	pid = fork();
	if (!pid) {
		ret = keep_here(family, grace);
		if (write(ready[1], &ret, sizeof(ret)) == sizeof(ret))
			pause();
		_exit(0);
	}
	close(ready[1]);
	if (read(ready[0], &ret, sizeof(ret)) != sizeof(ret))
		ret = -EPIPE;
	close(ready[0]);
	return ret ?: pid;
}

FIXTURE(netns)
{
	struct hp_klog klog;
	u64 since;
};

FIXTURE_VARIANT(netns)
{
	int family;
};

FIXTURE_VARIANT_ADD(netns, ipv4) {
	.family = AF_INET,
};

FIXTURE_VARIANT_ADD(netns, ipv6) {
	.family = AF_INET6,
};

FIXTURE_SETUP(netns)
{
	ASSERT_EQ(0, hp_netns_enter());
	stage.nr = hp_cpus(stage.cpus);
	HP_NEED_MODULE();
	if (!hp_module_present("homeport"))
		HP_ASSERT_LOAD("");
	ASSERT_EQ(0, hp_klog_open(&self->klog));
}

FIXTURE_TEARDOWN(netns)
{
	HP_EXPECT_NO_SPLAT(&self->klog);
	hp_klog_close(&self->klog);
}

/* Its last process ends, and everything that held it but what is kept. */
#define LEAVE_A_NETNS(grace) do {					\
	pid_t __pid = start_elsewhere(variant->family, grace);		\
									\
	ASSERT_LT(0, __pid);						\
	ASSERT_EQ(0, netns_name(__pid));				\
	EXPECT_TRUE(netns_lives());					\
	self->since = hp_now();						\
	kill(__pid, SIGKILL);						\
	ASSERT_EQ(__pid, waitpid(__pid, NULL, 0));			\
} while (0)

TEST_F_TIMEOUT(netns, not_kept, HP_TEST_LIMIT)
{
	LEAVE_A_NETNS(0);
	EXPECT_TRUE(HP_WAIT_FOR(!netns_lives(), HP_SOON));
}

TEST_F_TIMEOUT(netns, kept, HP_TEST_LIMIT)
{
	LEAVE_A_NETNS(SHORT);
	EXPECT_TRUE(HP_WAIT_FOR(!netns_lives(), HP_LATER));
	EXPECT_LE(SHORT - TICK, hp_now() - self->since);
}

TEST_F_TIMEOUT(netns, kept_until_unload, HP_TEST_LIMIT)
{
	LEAVE_A_NETNS(GRACE);
	EXPECT_TRUE(netns_lives());
	ASSERT_EQ(0, hp_module_unload());
	EXPECT_TRUE(HP_WAIT_FOR(!netns_lives(), HP_SOON));
	EXPECT_GE(GRACE, hp_now() - self->since);
}

HP_MAIN
