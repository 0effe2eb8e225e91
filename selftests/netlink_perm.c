// SPDX-License-Identifier: GPL-2.0
/*
 * Who may change rules, and who sees them.
 *
 * perm: CAP_NET_ADMIN in the user namespace that owns the network namespace
 *  - root may; anyone may look
 *  - not without the capability, and the refusal says what is missing
 *  - not through a socket that someone with it opened, nor by what someone
 *    with it was made to write to the socket of someone without
 *  - not by being root in another user namespace
 *  - yes as root of the user namespace that owns the network namespace
 * other_netns: rules, groups and notifications are of one network namespace
 */
#include <errno.h>
#include <grp.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "ctl.h"
#include "module.h"
#include "server.h"

#define PORT	8120
#define NOBODY	65534

FIXTURE(perm)
{
	struct hp_ctl ctl;
};

FIXTURE_SETUP(perm)
{
	ASSERT_EQ(0, hp_netns_enter());
	HP_NEED_MODULE();
	HP_ASSERT_LOAD("");
	ASSERT_EQ(0, hp_ctl_open(&self->ctl));
}

FIXTURE_TEARDOWN(perm)
{
	hp_ctl_close(&self->ctl);
	if (hp_module_present("homeport"))
		EXPECT_EQ(0, hp_module_unload());
}

static int drop_root(void)
{
	if (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
	    setresuid(NOBODY, NOBODY, NOBODY))
		return -errno;
	return 0;
}

/* What a child found out, as its exit status. */
enum {
	GRANTED,
	REFUSED,		/* -EPERM, with a sentence */
	REFUSED_SILENTLY,
	NOT_TRIED,
	OTHER,
};

static int try_add(struct hp_ctl *c)
{
	int ret = hp_rule_add(c, 0, NULL, PORT, PORT, NULL);

	if (!ret)
		return GRANTED;
	if (ret != -EPERM)
		return OTHER;
	return strstr(c->message, "CAP_NET_ADMIN") ? REFUSED : REFUSED_SILENTLY;
}

static int open_and_try(void)
{
	struct hp_ctl c;

	return hp_ctl_open(&c) ? NOT_TRIED : try_add(&c);
}

/* The result of @what in a process of its own. */
static int in_child(int (*what)(struct hp_ctl *c), struct hp_ctl *c)
{
	int status;
	pid_t pid;

	pid = fork();
	if (!pid)
		_exit(what(c));
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return NOT_TRIED;
	return WEXITSTATUS(status);
}

static int as_nobody(struct hp_ctl *c)
{
	return drop_root() ? NOT_TRIED : open_and_try();
}

static int nobody_with_roots_socket(struct hp_ctl *c)
{
	return drop_root() ? NOT_TRIED : try_add(c);
}

/*
 * As a program would that writes to a descriptor it was given: without an
 * address. One that gives the kernel's address knows what it writes to.
 */
static int root_with_nobodys_socket(struct hp_ctl *c)
{
	char buf[8192] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *genl;
	struct hp_ctl mine;
	int fd;

	if (setresgid(0, NOBODY, 0) || setresuid(0, NOBODY, 0) ||
	    hp_ctl_open(&mine) || setresuid(0, 0, 0))
		return NOT_TRIED;
	nlh->nlmsg_type = mine.family;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = HOMEPORT_CMD_RULE_ADD;
	genl->version = 1;
	mnl_attr_put_u32(nlh, HOMEPORT_A_RULE_PORT_FIRST, PORT);
	fd = mnl_socket_get_fd(mine.nl);
	if (send(fd, nlh, nlh->nlmsg_len, 0) < 0 ||
	    recv(fd, buf, sizeof(buf), 0) < 0)
		return NOT_TRIED;
	if (nlh->nlmsg_type != NLMSG_ERROR)
		return GRANTED;
	return ((struct nlmsgerr *)mnl_nlmsg_get_payload(nlh))->error ==
	       -EPERM ? REFUSED : OTHER;
}

static int root_elsewhere(struct hp_ctl *c)
{
	if (drop_root() || unshare(CLONE_NEWUSER))
		return NOT_TRIED;
	return open_and_try();
}

static int root_of_own(struct hp_ctl *c)
{
	if (drop_root() || unshare(CLONE_NEWUSER | CLONE_NEWNET))
		return NOT_TRIED;
	return open_and_try();
}

static int nobody_looks(struct hp_ctl *c)
{
	struct hp_listener_info l[4];
	struct hp_stat_info stat;
	struct hp_rule_info r[4];
	struct hp_group_info g[4];
	struct hp_ctl mine;

	if (drop_root() || hp_ctl_open(&mine))
		return NOT_TRIED;
	if (hp_rules(&mine, r, 4) != 1 || hp_groups(&mine, g, 4) < 0 ||
	    hp_listeners(&mine, 0, l, 4) < 0 || hp_stats(&mine, 0, &stat))
		return REFUSED;
	return GRANTED;
}

TEST_F(perm, root)
{
	EXPECT_EQ(GRANTED, try_add(&self->ctl));
}

TEST_F(perm, anyone_may_look)
{
	ASSERT_EQ(GRANTED, try_add(&self->ctl));
	EXPECT_EQ(GRANTED, in_child(nobody_looks, &self->ctl));
}

TEST_F(perm, nobody)
{
	struct hp_rule_info r[4];

	EXPECT_EQ(REFUSED, in_child(as_nobody, &self->ctl));
	EXPECT_EQ(0, hp_rules(&self->ctl, r, 4));
}

TEST_F(perm, nobody_deletes)
{
	int status;
	u32 id;
	pid_t pid;

	ASSERT_EQ(0, hp_rule_add(&self->ctl, 0, NULL, PORT, PORT, &id));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		struct hp_rule_info r[4];
		struct hp_ctl mine;

		if (drop_root() || hp_ctl_open(&mine))
			_exit(NOT_TRIED);
		if (hp_rule_del(&mine, id) != -EPERM || !*mine.message)
			_exit(OTHER);
		_exit(hp_rules(&mine, r, 4) == 1 ? REFUSED : GRANTED);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(REFUSED, WEXITSTATUS(status));
}

TEST_F(perm, nobody_with_roots_socket)
{
	EXPECT_EQ(REFUSED, in_child(nobody_with_roots_socket, &self->ctl));
}

TEST_F(perm, root_with_nobodys_socket)
{
	EXPECT_EQ(REFUSED, in_child(root_with_nobodys_socket, &self->ctl));
}

TEST_F(perm, root_elsewhere)
{
	int ret = in_child(root_elsewhere, &self->ctl);

	if (ret == NOT_TRIED)
		HP_SKIP("users may not make user namespaces here");
	EXPECT_EQ(REFUSED, ret);
}

TEST_F(perm, root_of_own)
{
	struct hp_rule_info r[4];
	int ret = in_child(root_of_own, &self->ctl);

	if (ret == NOT_TRIED)
		HP_SKIP("users may not make user namespaces here");
	EXPECT_EQ(GRANTED, ret);
	/* and it is none of ours */
	EXPECT_EQ(0, hp_rules(&self->ctl, r, 4));
}

/* The command of the next notification; -1 if none comes in time. */
static int next_event(int fd, int ms)
{
	struct hp_event_info e;

	return hp_next_event(fd, &e, ms);
}

TEST_F(perm, other_netns)
{
	struct hp_server_conf conf = {
		.family = AF_INET, .port = PORT, .workers = 2,
	};
	struct hp_listener_info l[4];
	struct hp_rule_info r[4];
	struct hp_group_info g[4];
	struct hp_server server;
	struct hp_ctl other;
	int here, there, soon = hp_slow() ? 3000 : 500;
	u32 id;

	here = hp_subscribe(&self->ctl);
	ASSERT_LE(0, here);
	ASSERT_EQ(0, hp_netns_enter());
	ASSERT_EQ(0, hp_ctl_open(&other));
	there = hp_subscribe(&other);
	ASSERT_LE(0, there);

	/* a rule, and listeners that match it, in the new namespace */
	ASSERT_EQ(0, hp_rule_add(&other, 0, NULL, PORT, PORT, &id));
	ASSERT_EQ(0, hp_server_start(&server, &conf));
	EXPECT_EQ(HOMEPORT_CMD_RULE_ADD_NTF, next_event(there, soon));
	EXPECT_EQ(HOMEPORT_CMD_GROUP_ADD_NTF, next_event(there, soon));
	EXPECT_EQ(HOMEPORT_CMD_LISTENER_JOIN_NTF, next_event(there, soon));
	EXPECT_EQ(1, hp_rules(&other, r, 4));
	EXPECT_EQ(1, hp_groups(&other, g, 4));
	EXPECT_EQ(2, hp_listeners(&other, 0, l, 4));

	/* the old one sees none of it, and cannot touch it */
	EXPECT_EQ(0, hp_rules(&self->ctl, r, 4));
	EXPECT_EQ(0, hp_groups(&self->ctl, g, 4));
	EXPECT_EQ(0, hp_listeners(&self->ctl, 0, l, 4));
	EXPECT_EQ(-ENOENT, hp_rule_del(&self->ctl, id));
	EXPECT_EQ(1, hp_rules(&other, r, 4));
	EXPECT_EQ(-1, next_event(here, soon));

	EXPECT_EQ(0, hp_rule_del(&other, id));
	EXPECT_EQ(0, hp_groups(&other, g, 4));
	hp_server_stop(&server);
	hp_ctl_close(&other);
	close(here);
	close(there);
}

TEST_HARNESS_MAIN
