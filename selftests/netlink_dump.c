// SPDX-License-Identifier: GPL-2.0
/*
 * Lists that take many messages are whole, also while they change.
 *
 * rules: more rules than one message holds all come, each once, in order
 * changing: 1. read the first part of the list
 *	2. delete a rule that was in it, and the first that was not, and add one
 *	3. read on: nothing else is missing or there twice, the new one is there,
 *	   and the list is marked as interrupted
 * one: a rule, group or listener can be asked for alone, and lists be had of
 *	one group or CPU
 * stats: 1. many groups, each with a connection from every CPU accepted on
 *	every CPU, so that every cell of every matrix is 1, but for one
 *	that every other group lacks: rows of two lengths
 *	2. read all in parts so small that some end within a row
 *	3. nothing is missing, nothing is counted twice
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "stage.h"

#define FIRST	10000
#define MANY	3000
#define PORT	8130

FIXTURE(dump)
{
	struct hp_ctl ctl;
	struct hp_rule_info *rules;
};

FIXTURE_SETUP(dump)
{
	ASSERT_EQ(0, hp_netns_enter());
	HP_NEED_MODULE();
	HP_ASSERT_LOAD("");
	ASSERT_EQ(0, hp_ctl_open(&self->ctl));
	self->rules = calloc(MANY + 1, sizeof(*self->rules));
	ASSERT_NE(NULL, self->rules);
}

FIXTURE_TEARDOWN(dump)
{
	hp_ctl_close(&self->ctl);
	free(self->rules);
	if (hp_module_present("homeport"))
		EXPECT_EQ(0, hp_module_unload());
}

/* Rules whose ports leave gaps, so that more can be added. */
static int add_many(struct hp_ctl *c)
{
	int i, ret = 0;

	for (i = 0; !ret && i < MANY; i++)
		ret = hp_rule_add(c, 0, NULL, FIRST + 2 * i, FIRST + 2 * i,
				  NULL);
	return ret;
}

TEST_F_TIMEOUT(dump, rules, HP_TEST_LIMIT)
{
	int i;

	ASSERT_EQ(0, add_many(&self->ctl));
	ASSERT_EQ(MANY, hp_rules(&self->ctl, self->rules, MANY + 1));
	for (i = 0; i < MANY; i++)
		ASSERT_EQ(FIRST + 2 * i, self->rules[i].first);
	for (i = 1; i < MANY; i++)
		ASSERT_LT(self->rules[i - 1].id, self->rules[i].id);
}

/* A list that is read part by part. */
struct list {
	bool done, interrupted;
	int nr;
	u32 id[MANY + 1];
};

static void ask_rules(struct hp_ctl *c)
{
	char buf[256] __attribute__((aligned(8)));
	struct genlmsghdr *genl;
	struct nlmsghdr *nlh;

	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = c->family;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nlh->nlmsg_seq = 1u << 30;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = HOMEPORT_CMD_RULE_GET;
	genl->version = 1;
	mnl_socket_sendto(c->nl, nlh, nlh->nlmsg_len);
}

/* Returns how many rules it had. */
static int read_part(struct hp_ctl *c, struct list *list)
{
	static char buf[65536] __attribute__((aligned(8)));
	const struct nlmsghdr *nlh = (void *)buf;
	const struct nlattr *attr;
	int len, before = list->nr;

	len = mnl_socket_recvfrom(c->nl, buf, sizeof(buf));
	if (len < 0)
		list->done = true;
	for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
		list->interrupted |= nlh->nlmsg_flags & NLM_F_DUMP_INTR;
		list->done |= nlh->nlmsg_type == NLMSG_DONE;
		if (nlh->nlmsg_type != c->family)
			continue;
		mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
			if (mnl_attr_get_type(attr) == HOMEPORT_A_RULE_ID &&
			    list->nr <= MANY)
				list->id[list->nr++] = mnl_attr_get_u32(attr);
	}
	return list->nr - before;
}

TEST_F_TIMEOUT(dump, changing, HP_TEST_LIMIT)
{
	struct list *list = calloc(1, sizeof(*list));
	u32 seen, unseen, new;
	struct hp_ctl other;
	int i;

	ASSERT_NE(NULL, list);
	ASSERT_EQ(0, hp_ctl_open(&other));
	ASSERT_EQ(0, add_many(&self->ctl));
	ask_rules(&self->ctl);
	ASSERT_LT(0, read_part(&self->ctl, list));
	ASSERT_FALSE(list->done);
	/*
	 * A part or two more may have been made already: delete one that is in
	 * the first for sure, and one that is in none yet.
	 */
	seen = list->id[0];
	unseen = seen + MANY / 2;
	EXPECT_EQ(0, hp_rule_del(&other, seen));
	EXPECT_EQ(0, hp_rule_del(&other, unseen));
	EXPECT_EQ(0, hp_rule_add(&other, 0, NULL, FIRST + 1, FIRST + 1, &new));
	while (!list->done)
		read_part(&self->ctl, list);

	EXPECT_TRUE(list->interrupted) {
		TH_LOG("the list changed, but is not marked so");
	}
	/* MANY, one of which is gone, and the new one */
	EXPECT_EQ(MANY, list->nr);
	for (i = 1; i < list->nr; i++)
		EXPECT_LT(list->id[i - 1], list->id[i]);
	for (i = 0; i < list->nr; i++)
		EXPECT_NE(unseen, list->id[i]);
	EXPECT_EQ(new, list->id[list->nr - 1]);
	free(list);
	hp_ctl_close(&other);
}

struct answer {
	int error;
	int nr;
	u32 first;		/* attribute 1 of the first message */
	u32 second;		/* attribute 2 */
};

/* Asks with up to two attributes, numbers 1 and 2; -1: without it. */
static void ask_one(struct hp_ctl *c, u8 cmd, int flags, int one, int two,
		    struct answer *a)
{
	static char buf[65536] __attribute__((aligned(8)));
	const struct nlattr *attr;
	struct genlmsghdr *genl;
	struct nlmsghdr *nlh;
	bool done = false;
	int len;

	memset(a, 0, sizeof(*a));
	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = c->family;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = 1u << 30;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = 1;
	if (one >= 0)
		mnl_attr_put_u32(nlh, 1, one);
	if (two >= 0)
		mnl_attr_put_u32(nlh, 2, two);
	mnl_socket_sendto(c->nl, nlh, nlh->nlmsg_len);
	while (!done) {
		len = mnl_socket_recvfrom(c->nl, buf, sizeof(buf));
		if (len < 0)
			return;
		for (nlh = (void *)buf; mnl_nlmsg_ok(nlh, len);
		     nlh = mnl_nlmsg_next(nlh, &len)) {
			if (nlh->nlmsg_type == NLMSG_DONE ||
			    nlh->nlmsg_type == NLMSG_ERROR) {
				a->error = *(int *)mnl_nlmsg_get_payload(nlh);
				done = true;
				continue;
			}
			if (a->nr++)
				continue;
			mnl_attr_for_each(attr, nlh, sizeof(*genl)) {
				if (mnl_attr_get_type(attr) == 1)
					a->first = mnl_attr_get_u32(attr);
				if (mnl_attr_get_type(attr) == 2 &&
				    mnl_attr_get_payload_len(attr) == 4)
					a->second = mnl_attr_get_u32(attr);
			}
		}
	}
}

#define EXPECT_ANSWER(a, nr_, first_, second_) do {			\
	EXPECT_EQ(0, (a)->error);					\
	EXPECT_EQ(nr_, (a)->nr);					\
	EXPECT_EQ(first_, (a)->first);					\
	EXPECT_EQ(second_, (a)->second);				\
} while (0)

TEST_F(dump, one)
{
	struct hp_server_conf conf = {
		.family = AF_INET, .port = PORT, .workers = 3,
	};
	struct hp_ctl *c = &self->ctl;
	struct hp_group_info g;
	static struct hp_server server;
	struct answer a;
	u32 rule, other;

	ASSERT_EQ(0, hp_rule_add(c, 0, NULL, PORT, PORT, &rule));
	ASSERT_EQ(0, hp_rule_add(c, 0, NULL, PORT + 1, PORT + 1, &other));
	ASSERT_EQ(0, hp_server_start(&server, &conf));
	ASSERT_EQ(0, hp_group_wait(c, AF_INET, PORT, 3, &g));

	ask_one(c, HOMEPORT_CMD_RULE_GET, NLM_F_ACK, other, -1, &a);
	EXPECT_ANSWER(&a, 1, other, 0);
	ask_one(c, HOMEPORT_CMD_RULE_GET, NLM_F_DUMP, other, -1, &a);
	EXPECT_ANSWER(&a, 1, other, 0);
	ask_one(c, HOMEPORT_CMD_GROUP_GET, NLM_F_ACK, g.id, -1, &a);
	EXPECT_ANSWER(&a, 1, g.id, rule);
	ask_one(c, HOMEPORT_CMD_GROUP_GET, NLM_F_DUMP, g.id + 1, -1, &a);
	EXPECT_ANSWER(&a, 0, 0, 0);
	ask_one(c, HOMEPORT_CMD_LISTENER_GET, NLM_F_ACK, g.id, 2, &a);
	EXPECT_ANSWER(&a, 1, g.id, 2);
	ask_one(c, HOMEPORT_CMD_LISTENER_GET, NLM_F_DUMP, -1, 1, &a);
	EXPECT_ANSWER(&a, 1, g.id, 1);
	ask_one(c, HOMEPORT_CMD_LISTENER_GET, NLM_F_DUMP, g.id, -1, &a);
	EXPECT_ANSWER(&a, 3, g.id, 0);
	ask_one(c, HOMEPORT_CMD_LISTENER_GET, NLM_F_ACK, g.id, 3, &a);
	EXPECT_EQ(-ENOENT, a.error);
	ask_one(c, HOMEPORT_CMD_STAT_GET, NLM_F_ACK, g.id, 0, &a);
	EXPECT_ANSWER(&a, 1, g.id, 0);
	/* nothing was counted yet */
	ask_one(c, HOMEPORT_CMD_STAT_GET, NLM_F_DUMP, g.id, -1, &a);
	EXPECT_ANSWER(&a, 0, 0, 0);
	hp_server_stop(&server);
}

#define STAT_GROUPS	50
#define STAT_PORT	20000
#define STAT_CPUS	8

/* What the parts of the counters add up to, by group. */
struct sums {
	u64 cells[STAT_GROUPS], picks[STAT_GROUPS];
	int parts, pieces;	/* messages of rows, and those that go on */
	bool twice, done;
	bool seen[STAT_GROUPS][HP_MAX_CPUS][HP_MAX_CPUS];
};

static u32 number(const struct nlattr *attr)
{
	return mnl_attr_get_u32(attr);
}

static void add_cell(struct sums *s, u32 g, u32 cpu, const struct nlattr *nest)
{
	const struct nlattr *in;
	u32 flow = 0, count = 0;

	mnl_attr_for_each_nested(in, nest) {
		if (mnl_attr_get_type(in) == HOMEPORT_A_ACCEPTED_FLOW_CPU)
			flow = number(in);
		else
			count = number(in);
	}
	if (flow >= HP_MAX_CPUS || s->seen[g][cpu][flow])
		s->twice = true;
	else
		s->seen[g][cpu][flow] = true;
	s->cells[g] += count;
}

static void add_row(struct sums *s, const struct nlmsghdr *nlh, u32 first)
{
	const struct nlattr *attr, *in;
	bool picks = false;
	u32 g = 0, cpu = 0;

	s->parts++;
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		switch (mnl_attr_get_type(attr)) {
		case HOMEPORT_A_STAT_GROUP:
			g = number(attr) - first;
			if (g >= STAT_GROUPS)
				return;
			break;
		case HOMEPORT_A_STAT_CPU:
			cpu = number(attr);
			break;
		case HOMEPORT_A_STAT_PICKS:
			picks = true;
			mnl_attr_for_each_nested(in, attr)
				s->picks[g] += number(in);
			break;
		case HOMEPORT_A_STAT_ACCEPTED:
			add_cell(s, g, cpu, attr);
		}
	}
	s->pieces += !picks;
}

/*
 * The kernel makes a part as large as anything that was read from the socket
 * so far, but at least most of a page: a new socket gets the smallest.
 */
static void read_stats(u16 family, u32 first, struct sums *s)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	static char buf[4096] __attribute__((aligned(8)));
	struct genlmsghdr *genl;
	struct nlmsghdr *nlh;
	int len, left;

	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = family;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = HOMEPORT_CMD_STAT_GET;
	genl->version = 1;
	len = send(fd, nlh, nlh->nlmsg_len, 0);
	while (len > 0 && !s->done) {
		/* MSG_TRUNC: what did not fit counts too, and ends this */
		len = recv(fd, buf, sizeof(buf), MSG_TRUNC);
		if (len > (int)sizeof(buf))
			break;
		left = len;
		for (nlh = (void *)buf; mnl_nlmsg_ok(nlh, left);
		     nlh = mnl_nlmsg_next(nlh, &left)) {
			s->done |= nlh->nlmsg_type == NLMSG_DONE ||
				   nlh->nlmsg_type == NLMSG_ERROR;
			if (nlh->nlmsg_type == family)
				add_row(s, nlh, first);
		}
	}
	close(fd);
}

/*
 * From each CPU, accepted on each CPU, but for the first @without of all. 0 or
 * -errno.
 */
static int fill_matrix(struct hp_stage *st, int listener, u16 port,
		       int without)
{
	struct tun_conn conn;
	int i, k, ret = 0;

	for (i = 0; !ret && i < st->nr; i++) {
		for (k = 0; !ret && k < st->nr; k++) {
			if (without-- > 0)
				continue;
			ret = tun_connect(&st->tun, &conn, AF_INET,
					  st->cpus[k], NULL, port);
			if (!ret)
				ret = hp_pin(st->cpus[i]);
			if (!ret)
				ret = hp_serve_one(listener, 0);
			tun_reset(&conn);
			tun_conn_end(&conn);
		}
	}
	hp_unpin(0);
	return ret;
}

TEST_F_TIMEOUT(dump, stats, HP_TEST_LIMIT)
{
	static struct hp_stage st;
	struct hp_server_conf conf = { .family = AF_INET };
	struct sums *s = calloc(1, sizeof(*s));
	int g, want, fds[STAT_GROUPS];
	struct hp_group_info info;
	struct hp_ctl ctl;

	ASSERT_NE(NULL, s);
	HP_STAGE_OPEN(&st, 2);
	if (st.nr > STAT_CPUS)
		st.nr = STAT_CPUS;
	ASSERT_EQ(0, hp_ctl_open(&ctl));
	ASSERT_EQ(0, hp_rule_add(&ctl, 0, NULL, STAT_PORT,
				 STAT_PORT + STAT_GROUPS, NULL));
	for (g = 0; g < STAT_GROUPS; g++) {
		conf.port = STAT_PORT + g;
		fds[g] = hp_listen(&conf, 0);
		ASSERT_LE(0, fds[g]);
	}
	ASSERT_EQ(0, hp_group_wait(&ctl, AF_INET, STAT_PORT, 1, &info));
	for (g = 0; g < STAT_GROUPS; g++)
		/* rows of any length, so that parts end anywhere in them */
		ASSERT_EQ(0, fill_matrix(&st, fds[g], STAT_PORT + g,
					 g % (st.nr * st.nr)));

	read_stats(ctl.family, info.id, s);
	EXPECT_TRUE(s->done);
	EXPECT_FALSE(s->twice);
	for (g = 0; g < STAT_GROUPS; g++) {
		want = st.nr * st.nr - g % (st.nr * st.nr);
		EXPECT_EQ(want, s->cells[g]) {
			TH_LOG("group %d: cells are missing or too many", g);
		}
		EXPECT_LE(want, s->picks[g]);
	}
	EXPECT_LT(0, s->pieces) {
		TH_LOG("no row of %d was in two parts: not tried", s->parts);
	}
	for (g = 0; g < STAT_GROUPS; g++)
		close(fds[g]);
	free(s);
	tun_close(&st.tun);
	hp_ctl_close(&ctl);
}

TEST_HARNESS_MAIN
