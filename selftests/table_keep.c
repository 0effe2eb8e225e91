// SPDX-License-Identifier: GPL-2.0
/*
 * A server is gone for a while, and its port is kept for it.
 *
 *  1. the last listener of a group closes; the rule has grace
 *  2. it takes connections on, shows in netlink, in ss and in /proc as its
 *     owner's, and the port is nobody else's
 *  3. the server comes back and has everything; or grace ends, or the group is
 *     released, and everything is as on the stock kernel from then on
 *
 * And what is not kept: a listener that was shut down, a group without grace, a
 * group with a BPF program, a group that no rule manages.
 */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "diag.h"
#include "stage.h"
#include "table.h"

#define PORT		8241
#define OTHER_PORT	8251
#define EACH		6
#define GRACE		60000
#define SHORT_GRACE	1000
/* Time passes in ticks. */
#define TICK		20

/* The most that homeport holds in a namespace: HP_ADOPTED_MAX */
#define MOST		1024
#define MANY_PORT	12000

#define OWNER		1000
#define STRANGER	1001

static struct hp_stage stage;
static struct hp_server second;

FIXTURE(keep)
{
	struct hp_server_conf conf;
	struct hp_group_info g;
	struct crowd queued, half_open;
	struct hp_klog klog;
	u32 rule;
};

FIXTURE_VARIANT(keep)
{
	int family;		/* of the clients */
	bool dual;		/* they come to a dual-stack listener */
};

FIXTURE_VARIANT_ADD(keep, ipv4) {
	.family = AF_INET,
};

FIXTURE_VARIANT_ADD(keep, ipv6) {
	.family = AF_INET6,
};

FIXTURE_VARIANT_ADD(keep, dual) {
	.family = AF_INET, .dual = true,
};

FIXTURE_SETUP(keep)
{
	HP_STAGE_OPEN(&stage, 2);
	HP_STAGE_LOAD(&stage);
	ASSERT_EQ(0, hp_klog_open(&self->klog));
	ASSERT_EQ(0, hp_rule_keep(&stage.ctl, PORT, GRACE, &self->rule));
	hp_stage_conf(&stage, variant->family, PORT, &self->conf);
	if (variant->dual) {
		self->conf.family = AF_INET6;
		self->conf.v6only = false;
	}
}

FIXTURE_TEARDOWN(keep)
{
	HP_EXPECT_NO_SPLAT(&self->klog);
	hp_klog_close(&self->klog);
	crowd_end(&self->queued);
	crowd_end(&self->half_open);
	hp_server_stop(&second);
	HP_STAGE_CLOSE(&stage);
}

static int crowd_of(struct crowd *w, enum crowd_kind kind)
{
	return crowd_open(w, &stage.tun, &stage.to, stage.cpus, stage.nr, EACH,
			  kind);
}

/* Connections of both kinds, on all CPUs. */
#define OPEN_CROWDS() do {						\
	ASSERT_EQ(0, crowd_of(&self->queued, CROWD_QUEUED));		\
	ASSERT_EQ(0, crowd_of(&self->half_open, CROWD_HALF_OPEN));	\
} while (0)

#define EXPECT_CROWDS_SERVED(permille, what) do {			\
	memset(&stage.tally, 0, sizeof(stage.tally));			\
	ASSERT_EQ(0, crowd_finish(&self->queued, &stage.tally, HP_SOON)); \
	HP_EXPECT_LOCAL(&stage.tally, permille, what ", queued");	\
	memset(&stage.tally, 0, sizeof(stage.tally));			\
	ASSERT_EQ(0, crowd_finish(&self->half_open, &stage.tally,	\
				  HP_SOON));				\
	HP_EXPECT_LOCAL(&stage.tally, permille, what ", half-open");	\
} while (0)

/* Those that are queued at once, those that are half-open when they go on. */
#define EXPECT_CROWDS_RESET(what) do {					\
	EXPECT_EQ(self->queued.nr, table_resets(&self->queued,		\
						self->queued.nr, HP_SOON)) { \
		TH_LOG("%s: queued clients are not told", what);	\
	}								\
	ASSERT_EQ(0, crowd_ack(&self->half_open));			\
	EXPECT_EQ(self->half_open.nr,					\
		  table_resets(&self->half_open, self->half_open.nr,	\
			       HP_SOON)) {				\
		TH_LOG("%s: half-open clients are not told", what);	\
	}								\
} while (0)

static bool group_is(const struct hp_server_conf *conf,
		     enum homeport_group_state state, struct hp_group_info *g)
{
	return !hp_group_find(&stage.ctl, conf->family, conf->port, g) &&
	       g->state == state;
}

static bool is_kept(const struct hp_server_conf *conf, struct hp_group_info *g)
{
	return group_is(conf, HOMEPORT_GROUP_STATE_KEPT, g);
}

/* Kept by one listener: those that went before have nothing any more. */
#define EXPECT_KEPT(conf)						\
	EXPECT_TRUE(HP_WAIT_FOR(is_kept(conf, &self->g) &&		\
				self->g.held == 1, HP_SOON)) {		\
		TH_LOG("port %u: state %u, %u held", self->g.port,	\
		       self->g.state, self->g.held);			\
	}

/* Nothing listens at the port, and nothing keeps anybody from it. */
#define EXPECT_FREE(conf, what) do {					\
	struct hp_reply __reply;					\
									\
	EXPECT_EQ(0, table_bind(conf, false)) {				\
		TH_LOG("%s: the port is not free", what);		\
	}								\
	EXPECT_EQ(-ECONNREFUSED, hp_ask(&stage.tun, &stage.to,		\
					TUN_ANY_CPU, &__reply));	\
} while (0)

/* A listener of the test that has connections and then closes. */
#define LISTEN_AND_CLOSE(conf) do {					\
	int __fd = table_listen(conf, stage.cpus[0]);			\
									\
	ASSERT_LE(0, __fd);						\
	OPEN_CROWDS();							\
	ASSERT_EQ(0, close(__fd));					\
} while (0)

static int sum_of_listener_state(u32 group, int state)
{
	struct hp_listener_info l[HP_MAX_WORKERS];
	int k, sum = 0, n = hp_listeners(&stage.ctl, group, l, HP_MAX_WORKERS);

	for (k = 0; k < n; k++)
		sum += l[k].state == state;
	return sum;
}

/* New connections in the gap are taken, and shown, and served after it. */
TEST_F_TIMEOUT(keep, serves_the_gap, HP_TEST_LIMIT)
{
	u64 since, kept_ms;

	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	ASSERT_EQ(0, hp_stage_load(&stage, EACH));
	HP_EXPECT_SERVED(&stage.tally, "before the gap");
	since = hp_now();
	hp_server_stop(&stage.server);
	EXPECT_KEPT(&self->conf);
	EXPECT_EQ(1, sum_of_listener_state(self->g.id,
					   HOMEPORT_LISTENER_STATE_KEPT));
	kept_ms = self->g.kept_ms;
	EXPECT_GE(hp_now() - since + TICK, kept_ms);
	EXPECT_TRUE(HP_WAIT_FOR(is_kept(&self->conf, &self->g) &&
				self->g.kept_ms > kept_ms, HP_SOON));

	OPEN_CROWDS();
	ASSERT_TRUE(is_kept(&self->conf, &self->g));
	EXPECT_EQ(self->queued.nr, self->g.held_children);
	EXPECT_EQ(self->half_open.nr, self->g.held_requests);

	table_at_once(&self->conf, stage.cpus);
	ASSERT_EQ(0, hp_server_start(&second, &self->conf));
	EXPECT_CROWDS_SERVED(990, "from the gap");
	EXPECT_EQ(0, hp_group_wait(&stage.ctl, self->conf.family, PORT,
				   stage.nr, &self->g));
	EXPECT_EQ(HOMEPORT_GROUP_STATE_MANAGED, self->g.state);
	EXPECT_EQ(0, self->g.held);
	EXPECT_EQ(0, self->g.kept_ms);
}

/* Nobody comes: clients get what the stock kernel gives, when it was promised. */
TEST_F_TIMEOUT(keep, grace_ends, HP_TEST_LIMIT)
{
	u64 since, deadline;
	int fd;

	ASSERT_EQ(0, hp_rule_grace(&stage.ctl, self->rule, SHORT_GRACE));
	fd = table_listen(&self->conf, stage.cpus[0]);
	ASSERT_LE(0, fd);
	OPEN_CROWDS();
	since = hp_now();
	deadline = hp_deadline(HP_SOON) + SHORT_GRACE;
	ASSERT_EQ(0, close(fd));
	EXPECT_EQ(self->queued.nr, table_resets(&self->queued, self->queued.nr,
						HP_SOON));
	EXPECT_LE(SHORT_GRACE - TICK, hp_now() - since);
	EXPECT_GE(deadline, hp_now());
	EXPECT_CROWDS_RESET("grace is over");
	EXPECT_EQ(0, hp_group_wait(&stage.ctl, self->conf.family, PORT, 0,
				   &self->g));
	EXPECT_FREE(&self->conf, "grace is over");
	EXPECT_EQ(self->queued.nr + self->half_open.nr,
		  table_count(&stage.ctl, 0, HOMEPORT_TABLE_EXPIRED));
	EXPECT_EQ(1, table_count(&stage.ctl, 0, HOMEPORT_TABLE_KEPT));
}

/* Who shuts a listener down means it. */
TEST_F_TIMEOUT(keep, not_after_shutdown, HP_TEST_LIMIT)
{
	int fd = table_listen(&self->conf, stage.cpus[0]);

	ASSERT_LE(0, fd);
	OPEN_CROWDS();
	ASSERT_EQ(0, shutdown(fd, SHUT_RD));
	EXPECT_CROWDS_RESET("shutdown");
	ASSERT_EQ(0, close(fd));
	EXPECT_FREE(&self->conf, "shutdown");
	EXPECT_EQ(0, hp_group_wait(&stage.ctl, self->conf.family, PORT, 0,
				   &self->g));
	EXPECT_EQ(0, table_count(&stage.ctl, 0, HOMEPORT_TABLE_KEPT));
}

/* That one had left before, and has half-open ones yet, changes nothing. */
TEST_F_TIMEOUT(keep, not_after_shutdown_of_the_rest, HP_TEST_LIMIT)
{
	int left = table_listen(&self->conf, stage.cpus[0]);
	int last = table_listen(&self->conf, stage.cpus[1]);

	ASSERT_LE(0, left);
	ASSERT_LE(0, last);
	ASSERT_EQ(0, crowd_of(&self->half_open, CROWD_HALF_OPEN));
	ASSERT_EQ(0, close(left));
	ASSERT_EQ(0, shutdown(last, SHUT_RD));
	EXPECT_EQ(0, hp_group_wait(&stage.ctl, self->conf.family, PORT, 0,
				   &self->g));
	ASSERT_EQ(0, crowd_ack(&self->half_open));
	EXPECT_EQ(self->half_open.nr,
		  table_resets(&self->half_open, self->half_open.nr, HP_SOON));
	ASSERT_EQ(0, close(last));
	EXPECT_FREE(&self->conf, "shutdown of the rest");
	EXPECT_EQ(0, table_count(&stage.ctl, 0, HOMEPORT_TABLE_KEPT));
}

/* What somebody else is told who would listen there: 0 or an errno. */
static int bind_as(uid_t uid, const struct hp_server_conf *conf, bool reuseport)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		if (setresuid(uid, uid, uid))
			_exit(255);
		_exit(-table_bind(conf, reuseport));
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

/* Only the owner gets in, and only as to a group. */
#define EXPECT_ONLY_OWNER(when) do {					\
	EXPECT_EQ(EADDRINUSE, bind_as(STRANGER, &self->conf, true)) {	\
		TH_LOG("%s: another user, SO_REUSEPORT", when);		\
	}								\
	EXPECT_EQ(EADDRINUSE, bind_as(STRANGER, &self->conf, false)) {	\
		TH_LOG("%s: another user", when);			\
	}								\
	EXPECT_EQ(EADDRINUSE, bind_as(0, &self->conf, true)) {		\
		TH_LOG("%s: root, SO_REUSEPORT", when);			\
	}								\
	EXPECT_EQ(EADDRINUSE, bind_as(OWNER, &self->conf, false)) {	\
		TH_LOG("%s: the owner, alone", when);			\
	}								\
} while (0)

/* The socket as ss and /proc see it. */
#define EXPECT_SEEN(nr, owner, when) do {				\
	struct hp_diag __d = {};					\
									\
	EXPECT_EQ(nr, hp_diag_listeners(self->conf.family, PORT, &__d, 1)) { \
		TH_LOG("%s: not one listener", when);			\
	}								\
	EXPECT_EQ(owner, __d.uid);					\
	EXPECT_NE(0, __d.inode);					\
	EXPECT_EQ(owner, hp_proc_listener(self->conf.family, PORT));	\
} while (0)

TEST_F_TIMEOUT(keep, is_its_owners, HP_TEST_LIMIT)
{
	struct hp_listener_info l;
	struct hp_diag d;

	self->conf.uid = OWNER;
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	EXPECT_SEEN(stage.nr, OWNER, "served");
	EXPECT_ONLY_OWNER("served");
	hp_server_stop(&stage.server);
	EXPECT_KEPT(&self->conf);
	EXPECT_SEEN(1, OWNER, "kept");
	EXPECT_ONLY_OWNER("kept");
	ASSERT_EQ(1, hp_diag_listeners(self->conf.family, PORT, &d, 1));
	/* homeport notes a moment later than the kernel that the rest are gone */
	ASSERT_TRUE(HP_WAIT_FOR(hp_listeners(&stage.ctl, self->g.id, &l, 1) == 1,
				HP_SOON));
	EXPECT_EQ(l.inode, d.inode);
	EXPECT_EQ(l.backlog, d.backlog);

	OPEN_CROWDS();
	ASSERT_EQ(0, hp_server_start(&second, &self->conf));
	EXPECT_CROWDS_SERVED(0, "of a user's server");
	EXPECT_TRUE(HP_WAIT_FOR(hp_diag_listeners(self->conf.family, PORT, &d,
						  1) == stage.nr, HP_SOON));
	EXPECT_SEEN(stage.nr, OWNER, "served again");
}

/* Has a process of another user have the listener open last. */
static int close_as(uid_t uid, int fd)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid)
		_exit(setresuid(uid, uid, uid) || raise(SIGSTOP));
	if (pid < 0 || waitpid(pid, &status, WUNTRACED) != pid || close(fd) ||
	    kill(pid, SIGCONT) || waitpid(pid, &status, 0) != pid)
		return -errno;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -EIO;
}

/* It stays with who opened it, whoever closes it. */
TEST_F_TIMEOUT(keep, is_not_its_closers, HP_TEST_LIMIT)
{
	int fd = table_listen(&self->conf, stage.cpus[0]);

	ASSERT_LE(0, fd);
	OPEN_CROWDS();
	ASSERT_EQ(0, close_as(OWNER, fd));
	EXPECT_KEPT(&self->conf);
	EXPECT_SEEN(1, 0, "kept");
	EXPECT_EQ(EADDRINUSE, bind_as(OWNER, &self->conf, true));
	fd = table_listen(&self->conf, stage.cpus[0]);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, crowd_ack(&self->half_open));
	EXPECT_EQ(2 * stage.nr * EACH,
		  table_serve_all(&stage.tun, &fd, 1, 2 * stage.nr * EACH,
				  HP_SOON));
	EXPECT_CROWDS_SERVED(0, "closed by another user");
}

TEST_F_TIMEOUT(keep, release, HP_TEST_LIMIT)
{
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	ASSERT_EQ(0, hp_group_find(&stage.ctl, self->conf.family, PORT,
				   &self->g));
	EXPECT_EQ(-ENOENT, hp_group_release(&stage.ctl, self->g.id));
	hp_server_stop(&stage.server);
	OPEN_CROWDS();
	EXPECT_EQ(EADDRINUSE, bind_as(0, &self->conf, false));
	EXPECT_EQ(-ENOENT, hp_group_release(&stage.ctl, self->g.id + 1000));
	ASSERT_EQ(0, hp_group_release(&stage.ctl, self->g.id));
	EXPECT_FREE(&self->conf, "released");
	EXPECT_CROWDS_RESET("released");
	EXPECT_EQ(-ENOENT, hp_group_release(&stage.ctl, self->g.id));
	EXPECT_EQ(0, hp_group_wait(&stage.ctl, self->conf.family, PORT, 0,
				   &self->g));
	EXPECT_EQ(self->queued.nr + self->half_open.nr,
		  table_count(&stage.ctl, 0, HOMEPORT_TABLE_EXPIRED));
}

#define GROUPS	6

/* Each has its own time, and what is its own. */
TEST_F_TIMEOUT(keep, several_groups, HP_TEST_LIMIT)
{
	struct hp_server_conf conf[GROUPS];
	struct crowd crowd[GROUPS];
	int k, fd[GROUPS];

	for (k = 0; k < GROUPS; k++) {
		conf[k] = self->conf;
		conf[k].port = stage.to.port = PORT + k;
		if (k)
			ASSERT_EQ(0, hp_rule_keep(&stage.ctl, PORT + k, GRACE,
						  NULL));
		fd[k] = table_listen(&conf[k], stage.cpus[0]);
		ASSERT_LE(0, fd[k]);
		ASSERT_EQ(0, crowd_of(&crowd[k], CROWD_HALF_OPEN));
	}
	for (k = 0; k < GROUPS; k++)
		ASSERT_EQ(0, close(fd[k]));
	for (k = 0; k < GROUPS; k++)
		EXPECT_KEPT(&conf[k]);
	for (k = GROUPS - 1; k >= 0; k--) {
		fd[k] = table_listen(&conf[k], stage.cpus[0]);
		ASSERT_LE(0, fd[k]);
		ASSERT_EQ(0, crowd_ack(&crowd[k]));
		EXPECT_EQ(crowd[k].nr,
			  table_serve_all(&stage.tun, &fd[k], 1, crowd[k].nr,
					  HP_SOON));
		ASSERT_EQ(0, crowd_finish(&crowd[k], &stage.tally, HP_SOON));
	}
	HP_EXPECT_SERVED(&stage.tally, "several groups");
}

/*
 * Without grace nothing is held for a server that is gone: neither its last
 * listener, nor one that left before with half-open connections.
 */
TEST_F_TIMEOUT(keep, not_without_grace, HP_TEST_LIMIT)
{
	int first, last;

	ASSERT_EQ(0, hp_rule_grace(&stage.ctl, self->rule, 0));
	first = table_listen(&self->conf, stage.cpus[0]);
	ASSERT_LE(0, first);
	OPEN_CROWDS();
	last = table_listen(&self->conf, stage.cpus[1]);
	ASSERT_LE(0, last);
	ASSERT_EQ(0, close(first));
	ASSERT_EQ(0, hp_group_find(&stage.ctl, self->conf.family, PORT,
				   &self->g));
	EXPECT_EQ(1, self->g.held);
	EXPECT_EQ(self->half_open.nr, self->g.held_requests);
	ASSERT_EQ(0, close(last));
	EXPECT_FREE(&self->conf, "no grace");
	EXPECT_CROWDS_RESET("no grace");
	EXPECT_EQ(0, table_count(&stage.ctl, 0, HOMEPORT_TABLE_KEPT));
}

/* A rule's grace changes, for what is closed from then on. */
TEST_F_TIMEOUT(keep, grace_is_changed, HP_TEST_LIMIT)
{
	struct hp_rule_info r[4];
	int fd;

	EXPECT_EQ(-ENOENT, hp_rule_grace(&stage.ctl, self->rule + 1000, 1));
	EXPECT_GT(0, hp_rule_grace(&stage.ctl, self->rule,
				   HOMEPORT_GRACE_MS_MAX + 1));
	ASSERT_EQ(0, hp_rule_grace(&stage.ctl, self->rule, 0));
	ASSERT_EQ(1, hp_rules(&stage.ctl, r, 4));
	EXPECT_EQ(0, r[0].grace_ms);
	LISTEN_AND_CLOSE(&self->conf);
	EXPECT_FREE(&self->conf, "grace was taken away");
	crowd_end(&self->queued);
	crowd_end(&self->half_open);

	ASSERT_EQ(0, hp_rule_grace(&stage.ctl, self->rule, GRACE));
	ASSERT_EQ(1, hp_rules(&stage.ctl, r, 4));
	EXPECT_EQ(GRACE, r[0].grace_ms);
	LISTEN_AND_CLOSE(&self->conf);
	EXPECT_KEPT(&self->conf);
	/* what is kept keeps its time */
	ASSERT_EQ(0, hp_rule_grace(&stage.ctl, self->rule, 0));
	EXPECT_KEPT(&self->conf);
	fd = table_listen(&self->conf, stage.cpus[0]);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, crowd_ack(&self->half_open));
	EXPECT_EQ(2 * stage.nr * EACH,
		  table_serve_all(&stage.tun, &fd, 1, 2 * stage.nr * EACH,
				  HP_SOON));
	EXPECT_CROWDS_SERVED(0, "kept before grace was taken away");
}

/* A program counts on the numbers of its sockets: it has them as they were. */
TEST_F_TIMEOUT(keep, not_with_bpf, HP_TEST_LIMIT)
{
	int first, last;

	self->conf.cbpf = 1;	/* all to the first */
	first = table_listen(&self->conf, stage.cpus[0]);
	ASSERT_LE(0, first);
	self->conf.cbpf = 0;
	last = table_listen(&self->conf, stage.cpus[1]);
	ASSERT_LE(0, last);
	OPEN_CROWDS();
	ASSERT_EQ(0, close(last));
	ASSERT_EQ(0, close(first));
	EXPECT_FREE(&self->conf, "BPF");
	EXPECT_CROWDS_RESET("BPF");
	EXPECT_EQ(0, hp_group_wait(&stage.ctl, self->conf.family, PORT, 0,
				   &self->g));
	EXPECT_EQ(0, table_count(&stage.ctl, 0, HOMEPORT_TABLE_KEPT));
	EXPECT_EQ(2, table_count(&stage.ctl, 0, HOMEPORT_TABLE_FOREIGN));
}

/*
 * Beside a kept group, a group without a rule is as the administrator chose: it
 * hands nothing on, or everything, and keeps nothing.
 */
#define EXPECT_STOCK(migrate) do {					\
	struct hp_server_conf __conf = self->conf;			\
	struct hp_tally __tally = {};					\
	int __a, __b, __all = stage.nr * EACH;				\
									\
	__conf.port = stage.to.port = OTHER_PORT;			\
	ASSERT_EQ(0, hp_write("/proc/sys/net/ipv4/tcp_migrate_req", "%d", \
			      migrate));				\
	__a = table_listen(&__conf, stage.cpus[0]);			\
	ASSERT_LE(0, __a);						\
	ASSERT_EQ(0, crowd_of(&self->queued, CROWD_QUEUED));		\
	__b = table_listen(&__conf, stage.cpus[1]);			\
	ASSERT_LE(0, __b);						\
	ASSERT_EQ(0, close(__a));					\
	EXPECT_EQ((migrate) ? __all : 0, table_serve(__b, 0));		\
	ASSERT_EQ(0, crowd_finish(&self->queued, &__tally, HP_SOON));	\
	EXPECT_EQ((migrate) ? __all : 0, __tally.answered);		\
	EXPECT_EQ((migrate) ? 0 : __all, __tally.reset);		\
	ASSERT_EQ(0, crowd_of(&self->queued, CROWD_QUEUED));		\
	ASSERT_EQ(0, close(__b));					\
	EXPECT_EQ(__all, table_resets(&self->queued, __all, HP_SOON));	\
	EXPECT_FREE(&__conf, "without a rule");				\
	crowd_end(&self->queued);					\
	stage.to.port = PORT;						\
} while (0)

TEST_F_TIMEOUT(keep, beside_stock_groups, HP_TEST_LIMIT)
{
	int fd, all = 2 * stage.nr * EACH;

	LISTEN_AND_CLOSE(&self->conf);
	EXPECT_KEPT(&self->conf);
	crowd_end(&self->queued);
	EXPECT_STOCK(0);
	EXPECT_STOCK(1);
	EXPECT_KEPT(&self->conf);
	fd = table_listen(&self->conf, stage.cpus[0]);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, crowd_ack(&self->half_open));
	EXPECT_EQ(all, table_serve_all(&stage.tun, &fd, 1, all, HP_SOON));
	ASSERT_EQ(0, crowd_finish(&self->half_open, &stage.tally, HP_SOON));
	HP_EXPECT_SERVED(&stage.tally, "kept, tcp_migrate_req changed");
}

FIXTURE(single)
{
	struct hp_server_conf conf;
};

FIXTURE_SETUP(single)
{
	u32 rule;

	HP_STAGE_OPEN(&stage, 2);
	HP_STAGE_LOAD(&stage);
	ASSERT_EQ(0, hp_rule_add(&stage.ctl, 0, NULL, MANY_PORT,
				 MANY_PORT + MOST + 1, &rule));
	ASSERT_EQ(0, hp_rule_grace(&stage.ctl, rule, GRACE));
	hp_stage_conf(&stage, AF_INET, MANY_PORT, &self->conf);
}

FIXTURE_TEARDOWN(single)
{
	HP_STAGE_CLOSE(&stage);
}

/* What homeport holds is bounded; beyond that it is as on the stock kernel. */
TEST_F_TIMEOUT(single, most, HP_TEST_LIMIT)
{
	int k, fd;

	for (k = 0; k <= MOST; k++) {
		self->conf.port = MANY_PORT + k;
		fd = table_listen(&self->conf, stage.cpus[0]);
		ASSERT_LE(0, fd);
		ASSERT_EQ(0, close(fd));
	}
	EXPECT_EQ(0, table_bind(&self->conf, false));
	EXPECT_TRUE(HP_WAIT_FOR(table_count(&stage.ctl, 0,
					    HOMEPORT_TABLE_LIMIT) == 1,
				HP_SOON)) {
		TH_LOG("%d over the limit, %d without memory, %d groups",
		       (int)table_count(&stage.ctl, 0, HOMEPORT_TABLE_LIMIT),
		       (int)table_count(&stage.ctl, 0, HOMEPORT_TABLE_MEMORY),
		       hp_groups(&stage.ctl, NULL, 0));
	}
	self->conf.port--;
	EXPECT_EQ(-EADDRINUSE, table_bind(&self->conf, false));
}

/*
 * A server that comes back as dual stack is in another group, which cannot be
 * given what is kept; but new connections are the new server's, at once.
 */
TEST_F_TIMEOUT(single, comes_back_as_another, HP_TEST_LIMIT)
{
	int fd = table_listen(&self->conf, stage.cpus[0]);
	struct crowd crowd = {};

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, close(fd));
	self->conf.family = AF_INET6;
	self->conf.v6only = false;
	fd = table_listen(&self->conf, stage.cpus[0]);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, hp_group_wait(&stage.ctl, AF_INET, MANY_PORT, 0, NULL));
	ASSERT_EQ(0, crowd_of(&crowd, CROWD_QUEUED));
	EXPECT_EQ(crowd.nr, table_serve_all(&stage.tun, &fd, 1, crowd.nr,
					    HP_SOON));
	ASSERT_EQ(0, crowd_finish(&crowd, &stage.tally, HP_SOON));
	HP_EXPECT_SERVED(&stage.tally, "the new server");
}

/*
 * A port that has groups of two families has its bind() looked at closely from
 * 6.12 on, and what nobody has accepted passes for root's there. SO_REUSEADDR,
 * which servers set for what their last run left, is enough.
 */
TEST_F_TIMEOUT(single, both_families_of_a_user, HP_TEST_LIMIT)
{
	struct hp_server_conf ipv6;
	struct crowd crowd = {};

	self->conf.uid = OWNER;
	self->conf.reuseaddr = true;
	ipv6 = self->conf;
	ipv6.family = AF_INET6;
	ipv6.v6only = true;
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	ASSERT_EQ(0, hp_server_start(&second, &ipv6));
	hp_server_stop(&stage.server);
	hp_server_stop(&second);
	ASSERT_EQ(0, crowd_of(&crowd, CROWD_QUEUED));
	EXPECT_EQ(0, hp_server_start(&stage.server, &self->conf));
	EXPECT_EQ(0, hp_server_start(&second, &ipv6));
	ASSERT_EQ(0, crowd_finish(&crowd, &stage.tally, HP_SOON));
	HP_EXPECT_SERVED(&stage.tally, "a user's server for both families");
	hp_server_stop(&second);
}

HP_MAIN
