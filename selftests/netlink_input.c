// SPDX-License-Identifier: GPL-2.0
/*
 * Bad input over netlink is refused and changes nothing.
 *
 * Each test sends messages that make no sense to homeport's family, with one
 * rule in place, and then looks whether the rules are what they were:
 *
 * truncated: every command, cut off after every byte
 * lengths: every attribute, of every length but its own
 * values: ports, families and addresses that there are none of; each refusal
 *	has a sentence and points at the attribute
 * ids: what does not exist
 * commands: all that the family does not have
 * headers: bits that mean nothing
 * attributes: those of an answer, or of no message at all
 * random: anything; the family goes on working
 *
 * That the kernel survives it without a word in its log is for the lab to see.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "ctl.h"
#include "module.h"

#define PORT	80
#define RULES	64

/* A request that is made byte by byte. */
struct raw {
	union {
		struct nlmsghdr nlh;
		char buf[4096];
	};
	unsigned int at[16];	/* offset of each attribute, by type */
};

/* What came back. */
struct refusal {
	int error;		/* positive; -1: nothing came */
	bool sentence;
	char text[160];
	unsigned int offset;	/* of the attribute at fault, or 0 */
	int missing;		/* type of an attribute, or -1 */
};

static void put_header(struct raw *m, u16 family, u8 cmd, u32 seq)
{
	struct genlmsghdr *genl = (void *)(m->buf + NLMSG_HDRLEN);

	memset(m, 0, sizeof(*m));
	m->nlh.nlmsg_len = NLMSG_HDRLEN + GENL_HDRLEN;
	m->nlh.nlmsg_type = family;
	m->nlh.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	m->nlh.nlmsg_seq = seq;
	genl->cmd = cmd;
	genl->version = HOMEPORT_FAMILY_VERSION;
}

static void put(struct raw *m, u16 type, const void *data, unsigned int len)
{
	struct nlattr *attr = (void *)(m->buf + m->nlh.nlmsg_len);

	if (type < 16)
		m->at[type] = m->nlh.nlmsg_len;
	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + len;
	if (len)
		memcpy((char *)attr + NLA_HDRLEN, data, len);
	m->nlh.nlmsg_len += NLA_ALIGN(attr->nla_len);
}

static void put_u32(struct raw *m, u16 type, u32 value)
{
	put(m, type, &value, sizeof(value));
}

static void put_u16(struct raw *m, u16 type, u16 value)
{
	put(m, type, &value, sizeof(value));
}

static void read_refusal(const struct nlmsghdr *nlh, struct refusal *r)
{
	const struct nlmsgerr *err = NLMSG_DATA(nlh);
	unsigned int skip = NLMSG_HDRLEN + sizeof(*err);
	const struct nlattr *attr;

	r->error = -err->error;
	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		skip += NLMSG_ALIGN(err->msg.nlmsg_len) - sizeof(err->msg);
	for (; skip + NLA_HDRLEN <= nlh->nlmsg_len;
	     skip += NLA_ALIGN(attr->nla_len)) {
		attr = (const void *)((const char *)nlh + skip);
		if (attr->nla_len < NLA_HDRLEN)
			return;
		if (attr->nla_type == NLMSGERR_ATTR_MSG) {
			r->sentence = true;
			snprintf(r->text, sizeof(r->text), "%s",
				 (const char *)attr + NLA_HDRLEN);
		} else if (attr->nla_type == NLMSGERR_ATTR_OFFS) {
			memcpy(&r->offset, (const char *)attr + NLA_HDRLEN, 4);
		} else if (attr->nla_type == NLMSGERR_ATTR_MISS_TYPE) {
			memcpy(&r->missing, (const char *)attr + NLA_HDRLEN, 4);
		}
	}
}

/* Reads until the answer to @seq is over. False: none came. */
static bool read_answer(int fd, u32 seq, struct refusal *r)
{
	static char buf[65536] __attribute__((aligned(8)));
	struct nlmsghdr *nlh;
	ssize_t len;

	for (;;) {
		len = recv(fd, buf, sizeof(buf), 0);
		if (len < 0)
			return false;
		for (nlh = (void *)buf; NLMSG_OK(nlh, len);
		     nlh = NLMSG_NEXT(nlh, len)) {
			if (nlh->nlmsg_seq != seq)
				continue;
			if (nlh->nlmsg_type == NLMSG_ERROR) {
				read_refusal(nlh, r);
				return true;
			}
			if (nlh->nlmsg_type == NLMSG_DONE) {
				r->error = 0;
				return true;
			}
		}
	}
}

FIXTURE(input)
{
	struct hp_ctl ctl;
	struct hp_rule_info before[RULES];
	int nr;
	int fd;
	u32 seq;
};

FIXTURE_SETUP(input)
{
	struct timeval limit = { .tv_sec = hp_slow() ? 20 : 5 };
	int one = 1;

	ASSERT_EQ(0, hp_netns_enter());
	HP_NEED_MODULE();
	HP_ASSERT_LOAD("");
	ASSERT_EQ(0, hp_ctl_open(&self->ctl));
	ASSERT_EQ(0, hp_rule_add(&self->ctl, 0, NULL, PORT, PORT, NULL));
	memset(self->before, 0, sizeof(self->before));
	self->nr = hp_rules(&self->ctl, self->before, RULES);
	ASSERT_EQ(1, self->nr);
	self->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, setsockopt(self->fd, SOL_NETLINK, NETLINK_EXT_ACK, &one,
				sizeof(one)));
	ASSERT_EQ(0, setsockopt(self->fd, SOL_SOCKET, SO_RCVTIMEO, &limit,
				sizeof(limit)));
}

FIXTURE_TEARDOWN(input)
{
	if (self->fd > 0)
		close(self->fd);
	hp_ctl_close(&self->ctl);
	if (hp_module_present("homeport"))
		EXPECT_EQ(0, hp_module_unload());
}

/*
 * Sends @len bytes, and a message behind it that always gets an answer: the
 * kernel drops what is no message at all without a word.
 */
static void send_cut(struct __test_metadata *_metadata,
		     FIXTURE_DATA(input) *self, const struct raw *m,
		     unsigned int len, struct refusal *r)
{
	struct refusal end = { 0 };
	struct raw marker;

	*r = (struct refusal){ .error = -1, .missing = -1 };
	put_header(&marker, self->ctl.family, HOMEPORT_CMD_RULE_GET, 1u << 30);
	put_u32(&marker, HOMEPORT_A_RULE_ID, self->before[0].id);
	ASSERT_EQ(len, send(self->fd, m, len, 0));
	ASSERT_EQ(marker.nlh.nlmsg_len,
		  send(self->fd, &marker, marker.nlh.nlmsg_len, 0));
	/* an answer to the first comes before the one to the marker */
	if (len >= NLMSG_HDRLEN && m->nlh.nlmsg_len <= len)
		read_answer(self->fd, m->nlh.nlmsg_seq, r);
	ASSERT_TRUE(read_answer(self->fd, 1u << 30, &end)) {
		TH_LOG("no answer to a good message after a bad one");
	}
	ASSERT_EQ(0, end.error);
}

/* The whole of @m is answered. */
static void ask(struct __test_metadata *_metadata, FIXTURE_DATA(input) *self,
		const struct raw *m, struct refusal *r)
{
	*r = (struct refusal){ .error = -1, .missing = -1 };
	ASSERT_EQ(m->nlh.nlmsg_len, send(self->fd, m, m->nlh.nlmsg_len, 0));
	ASSERT_TRUE(read_answer(self->fd, m->nlh.nlmsg_seq, r)) {
		TH_LOG("no answer at all");
	}
}

static bool unchanged(FIXTURE_DATA(input) *self)
{
	struct hp_rule_info now[RULES];

	memset(now, 0, sizeof(now));
	return hp_rules(&self->ctl, now, RULES) == self->nr &&
	       !memcmp(now, self->before, sizeof(now));
}

static void begin(FIXTURE_DATA(input) *self, struct raw *m, u8 cmd)
{
	put_header(m, self->ctl.family, cmd, ++self->seq);
}

/* All that may be asked for; the other numbers are those of notifications. */
static const u8 requests[] = {
	HOMEPORT_CMD_RULE_ADD, HOMEPORT_CMD_RULE_DEL, HOMEPORT_CMD_RULE_GET,
	HOMEPORT_CMD_GROUP_GET, HOMEPORT_CMD_LISTENER_GET,
	HOMEPORT_CMD_STAT_GET, HOMEPORT_CMD_RULE_SET,
	HOMEPORT_CMD_GROUP_RELEASE, HOMEPORT_CMD_LISTENER_DRAIN,
};

static bool is_request(int cmd)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(requests); i++)
		if (requests[i] == cmd)
			return true;
	return false;
}

/*
 * A good message of each command. What it cannot do without comes last, so
 * that no beginning of it is good too.
 */
static void good(FIXTURE_DATA(input) *self, struct raw *m, u8 cmd)
{
	static const u8 addr[4] = { 192, 0, 2, 1 };

	begin(self, m, cmd);
	switch (cmd) {
	case HOMEPORT_CMD_RULE_ADD:
		put_u16(m, HOMEPORT_A_RULE_FAMILY, AF_INET);
		put(m, HOMEPORT_A_RULE_ADDR, addr, sizeof(addr));
		put_u32(m, HOMEPORT_A_RULE_PORT_LAST, 8080);
		put_u32(m, HOMEPORT_A_RULE_PORT_FIRST, 8000);
		break;
	case HOMEPORT_CMD_RULE_DEL:
	case HOMEPORT_CMD_RULE_GET:
		put_u32(m, HOMEPORT_A_RULE_ID, self->before[0].id);
		break;
	case HOMEPORT_CMD_RULE_SET:
		put_u32(m, HOMEPORT_A_RULE_GRACE_MS, 1000);
		put_u32(m, HOMEPORT_A_RULE_ID, self->before[0].id);
		break;
	case HOMEPORT_CMD_GROUP_GET:
	case HOMEPORT_CMD_GROUP_RELEASE:
		put_u32(m, HOMEPORT_A_GROUP_ID, 1);
		break;
	case HOMEPORT_CMD_LISTENER_DRAIN:
		put_u32(m, HOMEPORT_A_LISTENER_GROUP, 1);
		put_u32(m, HOMEPORT_A_LISTENER_DRAIN, 1);
		break;
	case HOMEPORT_CMD_LISTENER_GET:
		put_u32(m, HOMEPORT_A_LISTENER_GROUP, 1);
		put_u32(m, HOMEPORT_A_LISTENER_INDEX, 0);
		break;
	default:
		put_u32(m, HOMEPORT_A_STAT_GROUP, 0);
		put_u32(m, HOMEPORT_A_STAT_CPU, 0);
	}
}

TEST_F_TIMEOUT(input, truncated, HP_TEST_LIMIT)
{
	struct refusal r;
	unsigned int len;
	struct raw m;
	size_t i;
	u8 cmd;

	for (i = 0; i < ARRAY_SIZE(requests); i++) {
		cmd = requests[i];
		good(self, &m, cmd);
		for (len = m.nlh.nlmsg_len - 1; len > 0; len--) {
			/* as long as it says, and shorter than it says */
			send_cut(_metadata, self, &m, len, &r);
			EXPECT_EQ(-1, r.error);
			m.nlh.nlmsg_len = len;
			send_cut(_metadata, self, &m, len, &r);
			EXPECT_NE(0, r.error) {
				TH_LOG("command %u, %u bytes: taken", cmd, len);
			}
			ASSERT_TRUE(unchanged(self)) {
				TH_LOG("command %u, %u bytes: changed something",
				       cmd, len);
			}
			good(self, &m, cmd);
		}
	}
}

TEST_F_TIMEOUT(input, lengths, HP_TEST_LIMIT)
{
	struct nlattr *attr;
	struct refusal r;
	unsigned int len;
	struct raw m;
	u16 type, is;

	for (type = HOMEPORT_A_RULE_FAMILY; type <= HOMEPORT_A_RULE_PORT_LAST;
	     type++) {
		good(self, &m, HOMEPORT_CMD_RULE_ADD);
		attr = (void *)(m.buf + m.at[type]);
		is = attr->nla_len;
		for (len = 0; len < 80; len++) {
			if (len == is)
				continue;
			attr->nla_len = len;
			m.nlh.nlmsg_seq = ++self->seq;
			ask(_metadata, self, &m, &r);
			EXPECT_NE(0, r.error) {
				TH_LOG("attribute %u of %u bytes: taken", type,
				       len);
			}
		}
		ASSERT_TRUE(unchanged(self)) {
			TH_LOG("attribute %u: changed something", type);
		}
	}
}

/* What a refusal must be like: the errno, and which attribute is at fault. */
#define REFUSED(m, errno_, type) do {					\
	struct refusal r_;						\
									\
	ask(_metadata, self, m, &r_);					\
	EXPECT_EQ(errno_, r_.error);					\
	EXPECT_TRUE(r_.sentence) {					\
		TH_LOG("refused without a sentence");			\
	}								\
	EXPECT_EQ((m)->at[type], r_.offset) {				\
		TH_LOG("\"%s\" points at the wrong place", r_.text);	\
	}								\
	EXPECT_TRUE(unchanged(self)) {					\
		TH_LOG("changed something");				\
	}								\
} while (0)

TEST_F(input, ports)
{
	static const u32 none[] = { 0, 65536, 65537, 1u << 31, -1 };
	struct raw m;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(none); i++) {
		begin(self, &m, HOMEPORT_CMD_RULE_ADD);
		put_u32(&m, HOMEPORT_A_RULE_PORT_FIRST, none[i]);
		REFUSED(&m, ERANGE, HOMEPORT_A_RULE_PORT_FIRST);
		begin(self, &m, HOMEPORT_CMD_RULE_ADD);
		put_u32(&m, HOMEPORT_A_RULE_PORT_FIRST, 1000);
		put_u32(&m, HOMEPORT_A_RULE_PORT_LAST, none[i]);
		REFUSED(&m, ERANGE, HOMEPORT_A_RULE_PORT_LAST);
	}
	begin(self, &m, HOMEPORT_CMD_RULE_ADD);
	put_u32(&m, HOMEPORT_A_RULE_PORT_FIRST, 1000);
	put_u32(&m, HOMEPORT_A_RULE_PORT_LAST, 999);
	REFUSED(&m, EINVAL, HOMEPORT_A_RULE_PORT_LAST);
}

TEST_F(input, families)
{
	static const u16 none[] = { AF_UNSPEC, AF_UNIX, AF_PACKET, 0xffff };
	struct raw m;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(none); i++) {
		begin(self, &m, HOMEPORT_CMD_RULE_ADD);
		put_u32(&m, HOMEPORT_A_RULE_PORT_FIRST, 1000);
		put_u16(&m, HOMEPORT_A_RULE_FAMILY, none[i]);
		REFUSED(&m, EINVAL, HOMEPORT_A_RULE_FAMILY);
	}
}

TEST_F(input, addresses)
{
	static const u16 families[] = { AF_INET, AF_INET6 };
	static const u8 addr[64];
	unsigned int len;
	struct raw m;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(families); i++) {
		for (len = 0; len <= sizeof(addr); len++) {
			if (len == (families[i] == AF_INET ? 4 : 16))
				continue;
			begin(self, &m, HOMEPORT_CMD_RULE_ADD);
			put_u32(&m, HOMEPORT_A_RULE_PORT_FIRST, 1000);
			put_u16(&m, HOMEPORT_A_RULE_FAMILY, families[i]);
			put(&m, HOMEPORT_A_RULE_ADDR, addr, len);
			REFUSED(&m, EINVAL, HOMEPORT_A_RULE_ADDR);
		}
	}
	begin(self, &m, HOMEPORT_CMD_RULE_ADD);
	put_u32(&m, HOMEPORT_A_RULE_PORT_FIRST, 1000);
	put(&m, HOMEPORT_A_RULE_ADDR, addr, 4);
	REFUSED(&m, EINVAL, HOMEPORT_A_RULE_ADDR);
}

TEST_F(input, grace)
{
	struct raw m;

	begin(self, &m, HOMEPORT_CMD_RULE_ADD);
	put_u32(&m, HOMEPORT_A_RULE_PORT_FIRST, 1000);
	put_u32(&m, HOMEPORT_A_RULE_GRACE_MS, HOMEPORT_GRACE_MS_MAX + 1);
	REFUSED(&m, ERANGE, HOMEPORT_A_RULE_GRACE_MS);
	begin(self, &m, HOMEPORT_CMD_RULE_SET);
	put_u32(&m, HOMEPORT_A_RULE_ID, self->before[0].id);
	put_u32(&m, HOMEPORT_A_RULE_GRACE_MS, -1);
	REFUSED(&m, ERANGE, HOMEPORT_A_RULE_GRACE_MS);
	begin(self, &m, HOMEPORT_CMD_LISTENER_DRAIN);
	put_u32(&m, HOMEPORT_A_LISTENER_GROUP, 1);
	put_u32(&m, HOMEPORT_A_LISTENER_DRAIN, 2);
	REFUSED(&m, ERANGE, HOMEPORT_A_LISTENER_DRAIN);
}

/* Rules that have any listener in common with the one on PORT. */
TEST_F(input, overlaps)
{
	static const u8 addr[16];
	struct raw m;

	begin(self, &m, HOMEPORT_CMD_RULE_ADD);
	put_u32(&m, HOMEPORT_A_RULE_PORT_FIRST, PORT);
	REFUSED(&m, EEXIST, HOMEPORT_A_RULE_PORT_FIRST);

	begin(self, &m, HOMEPORT_CMD_RULE_ADD);
	put_u32(&m, HOMEPORT_A_RULE_PORT_FIRST, 1);
	put_u32(&m, HOMEPORT_A_RULE_PORT_LAST, 65535);
	REFUSED(&m, EEXIST, HOMEPORT_A_RULE_PORT_FIRST);

	begin(self, &m, HOMEPORT_CMD_RULE_ADD);
	put_u32(&m, HOMEPORT_A_RULE_PORT_FIRST, PORT - 1);
	put_u32(&m, HOMEPORT_A_RULE_PORT_LAST, PORT);
	put_u16(&m, HOMEPORT_A_RULE_FAMILY, AF_INET6);
	put(&m, HOMEPORT_A_RULE_ADDR, addr, 16);
	REFUSED(&m, EEXIST, HOMEPORT_A_RULE_PORT_FIRST);
}

/* Next to each other is no overlap, nor are two families, or two addresses. */
TEST_F(input, neighbours)
{
	static const u8 one[4] = { 192, 0, 2, 1 }, two[4] = { 192, 0, 2, 2 };
	struct hp_ctl *c = &self->ctl;

	EXPECT_EQ(0, hp_rule_add(c, 0, NULL, PORT + 1, PORT + 9, NULL));
	EXPECT_EQ(0, hp_rule_add(c, 0, NULL, 1, PORT - 1, NULL));
	EXPECT_EQ(0, hp_rule_add(c, AF_INET, NULL, 443, 443, NULL));
	EXPECT_EQ(0, hp_rule_add(c, AF_INET6, NULL, 443, 443, NULL));
	EXPECT_EQ(0, hp_rule_add(c, AF_INET, one, 8080, 8080, NULL));
	EXPECT_EQ(0, hp_rule_add(c, AF_INET, two, 8080, 8080, NULL));
	EXPECT_EQ(-EEXIST, hp_rule_add(c, AF_INET, one, 8080, 8080, NULL));
	EXPECT_EQ(-EEXIST, hp_rule_add(c, AF_INET, NULL, 8080, 8080, NULL));
	EXPECT_EQ(-EEXIST, hp_rule_add(c, 0, NULL, 1, 65535, NULL));
}

TEST_F(input, ids)
{
	struct raw m;

	begin(self, &m, HOMEPORT_CMD_RULE_DEL);
	put_u32(&m, HOMEPORT_A_RULE_ID, self->before[0].id + 1);
	REFUSED(&m, ENOENT, HOMEPORT_A_RULE_ID);
	begin(self, &m, HOMEPORT_CMD_RULE_DEL);
	put_u32(&m, HOMEPORT_A_RULE_ID, 0);
	REFUSED(&m, ERANGE, HOMEPORT_A_RULE_ID);
	begin(self, &m, HOMEPORT_CMD_RULE_SET);
	put_u32(&m, HOMEPORT_A_RULE_GRACE_MS, 1);
	put_u32(&m, HOMEPORT_A_RULE_ID, -1);
	REFUSED(&m, ENOENT, HOMEPORT_A_RULE_ID);
	begin(self, &m, HOMEPORT_CMD_GROUP_RELEASE);
	put_u32(&m, HOMEPORT_A_GROUP_ID, 1u << 31);
	REFUSED(&m, ENOENT, HOMEPORT_A_GROUP_ID);
	begin(self, &m, HOMEPORT_CMD_LISTENER_DRAIN);
	put_u32(&m, HOMEPORT_A_LISTENER_DRAIN, 1);
	put_u32(&m, HOMEPORT_A_LISTENER_GROUP, 1u << 31);
	REFUSED(&m, ENOENT, HOMEPORT_A_LISTENER_GROUP);
	begin(self, &m, HOMEPORT_CMD_RULE_GET);
	put_u32(&m, HOMEPORT_A_RULE_ID, -1);
	REFUSED(&m, ENOENT, HOMEPORT_A_RULE_ID);
	begin(self, &m, HOMEPORT_CMD_GROUP_GET);
	put_u32(&m, HOMEPORT_A_GROUP_ID, 1u << 31);
	REFUSED(&m, ENOENT, HOMEPORT_A_GROUP_ID);
	begin(self, &m, HOMEPORT_CMD_LISTENER_GET);
	put_u32(&m, HOMEPORT_A_LISTENER_INDEX, 0);
	put_u32(&m, HOMEPORT_A_LISTENER_GROUP, 1u << 31);
	REFUSED(&m, ENOENT, HOMEPORT_A_LISTENER_GROUP);
	begin(self, &m, HOMEPORT_CMD_STAT_GET);
	put_u32(&m, HOMEPORT_A_STAT_CPU, 0);
	put_u32(&m, HOMEPORT_A_STAT_GROUP, 1u << 31);
	REFUSED(&m, ENOENT, HOMEPORT_A_STAT_GROUP);
	begin(self, &m, HOMEPORT_CMD_STAT_GET);
	put_u32(&m, HOMEPORT_A_STAT_GROUP, 0);
	put_u32(&m, HOMEPORT_A_STAT_CPU, 1u << 31);
	REFUSED(&m, ERANGE, HOMEPORT_A_STAT_CPU);
}

/* Nothing but a header: what is missing is named. */
TEST_F(input, missing)
{
	static const int wants[] = {
		[HOMEPORT_CMD_RULE_ADD] = HOMEPORT_A_RULE_PORT_FIRST,
		[HOMEPORT_CMD_RULE_DEL] = HOMEPORT_A_RULE_ID,
		[HOMEPORT_CMD_RULE_GET] = HOMEPORT_A_RULE_ID,
		[HOMEPORT_CMD_GROUP_GET] = HOMEPORT_A_GROUP_ID,
		[HOMEPORT_CMD_LISTENER_GET] = HOMEPORT_A_LISTENER_GROUP,
		[HOMEPORT_CMD_STAT_GET] = HOMEPORT_A_STAT_GROUP,
		[HOMEPORT_CMD_RULE_SET] = HOMEPORT_A_RULE_ID,
		[HOMEPORT_CMD_GROUP_RELEASE] = HOMEPORT_A_GROUP_ID,
		[HOMEPORT_CMD_LISTENER_DRAIN] = HOMEPORT_A_LISTENER_GROUP,
	};
	struct refusal r;
	struct raw m;
	size_t i;
	u8 cmd;

	for (i = 0; i < ARRAY_SIZE(requests); i++) {
		cmd = requests[i];
		begin(self, &m, cmd);
		ask(_metadata, self, &m, &r);
		EXPECT_EQ(EINVAL, r.error);
		EXPECT_TRUE(r.sentence) {
			TH_LOG("command %u: refused without a sentence", cmd);
		}
		EXPECT_EQ(wants[cmd], r.missing) {
			TH_LOG("command %u: names another attribute", cmd);
		}
	}
	EXPECT_TRUE(unchanged(self));
}

TEST_F(input, commands)
{
	struct refusal r;
	struct raw m;
	int cmd;

	for (cmd = 0; cmd <= 255; cmd++) {
		if (is_request(cmd))
			continue;
		begin(self, &m, cmd);
		put_u32(&m, 1, 1);
		ask(_metadata, self, &m, &r);
		EXPECT_EQ(EOPNOTSUPP, r.error) {
			TH_LOG("command %d is there", cmd);
		}
	}
	/* a change is no dump */
	good(self, &m, HOMEPORT_CMD_RULE_DEL);
	m.nlh.nlmsg_flags |= NLM_F_DUMP;
	ask(_metadata, self, &m, &r);
	EXPECT_NE(0, r.error);
	EXPECT_TRUE(unchanged(self));
}

TEST_F(input, headers)
{
	struct genlmsghdr *genl;
	struct refusal r;
	struct raw m;

	good(self, &m, HOMEPORT_CMD_RULE_DEL);
	genl = (void *)(m.buf + NLMSG_HDRLEN);
	genl->reserved = 1;
	ask(_metadata, self, &m, &r);
	EXPECT_EQ(EINVAL, r.error);
	EXPECT_TRUE(unchanged(self));

	good(self, &m, HOMEPORT_CMD_RULE_DEL);
	m.nlh.nlmsg_flags |= 0x8000;
	ask(_metadata, self, &m, &r);
	EXPECT_EQ(EINVAL, r.error);
	EXPECT_TRUE(unchanged(self));
}

TEST_F(input, attributes)
{
	struct refusal r;
	struct raw m;
	u16 type;

	/* the id and the number of groups are for answers */
	for (type = 0; type < 64; type++) {
		if ((type >= HOMEPORT_A_RULE_FAMILY &&
		     type <= HOMEPORT_A_RULE_PORT_LAST) ||
		    (type >= HOMEPORT_A_RULE_GRACE_MS &&
		     type <= HOMEPORT_A_RULE_BOUND_PERCENT))
			continue;
		begin(self, &m, HOMEPORT_CMD_RULE_ADD);
		put_u32(&m, HOMEPORT_A_RULE_PORT_FIRST, 1000);
		put_u32(&m, type, 1);
		ask(_metadata, self, &m, &r);
		EXPECT_EQ(EINVAL, r.error) {
			TH_LOG("attribute %u is taken", type);
		}
		ASSERT_TRUE(unchanged(self));
	}
	/* a number is no nest */
	begin(self, &m, HOMEPORT_CMD_RULE_ADD);
	put_u32(&m, HOMEPORT_A_RULE_PORT_FIRST | NLA_F_NESTED, 1000);
	ask(_metadata, self, &m, &r);
	EXPECT_EQ(EINVAL, r.error);
	EXPECT_TRUE(unchanged(self));
}

static u32 next_random(u32 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* Attributes with types and lengths near the good ones, and any bytes. */
static void put_random(struct raw *m, u32 *state)
{
	unsigned int n = next_random(state) % 6, len;
	u8 bytes[64];
	size_t i;

	while (n--) {
		for (i = 0; i < sizeof(bytes); i++)
			bytes[i] = next_random(state) >> 8;
		len = next_random(state) % 4 ? 4 : next_random(state) % 40;
		/* small numbers get further */
		if (next_random(state) % 2)
			bytes[1] = bytes[2] = bytes[3] = 0;
		put(m, next_random(state) % 12, bytes, len);
	}
	/* and now and then a length that is not true */
	if (next_random(state) % 8 == 0 &&
	    m->nlh.nlmsg_len >= NLMSG_HDRLEN + GENL_HDRLEN + NLA_HDRLEN)
		m->buf[NLMSG_HDRLEN + GENL_HDRLEN] = next_random(state) >> 8;
}

TEST_F_TIMEOUT(input, random, HP_TEST_LIMIT)
{
	u32 i, seed = hp_now() | 1, state = seed, n = hp_slow() ? 4000 : 40000;
	struct hp_rule_info rules[RULES];
	struct refusal r;
	struct raw m;

	TH_LOG("seed %u", seed);
	for (i = 0; i < n; i++) {
		begin(self, &m, next_random(&state) %
				(HOMEPORT_CMD_LISTENER_DRAIN + 3));
		put_random(&m, &state);
		if (next_random(&state) % 4 == 0)
			m.nlh.nlmsg_flags |= NLM_F_DUMP;
		ask(_metadata, self, &m, &r);
		ASSERT_LE(0, r.error);
	}
	/* some of it made sense: undo that */
	while ((i = hp_rules(&self->ctl, rules, RULES)) > 0)
		while (i--)
			ASSERT_EQ(0, hp_rule_del(&self->ctl, rules[i].id));
	EXPECT_EQ(0, hp_rule_add(&self->ctl, 0, NULL, PORT, PORT, NULL));
}

TEST_HARNESS_MAIN
