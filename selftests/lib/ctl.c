// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ctl.h"

/* A request, and what to do with each message of the answer. */
struct request {
	char buf[1024];
	struct nlmsghdr *nlh;
	void (*each)(struct request *req, const struct nlmsghdr *nlh);
	struct hp_ctl *ctl;
	void *to;
	int max, nr;
	u32 want;
};

/* Attributes by number; those of the largest set fit. */
struct attrs {
	const struct nlattr *a[32];
};

static int take_attr(const struct nlattr *attr, void *data)
{
	struct attrs *t = data;

	if (mnl_attr_get_type(attr) < 32)
		t->a[mnl_attr_get_type(attr)] = attr;
	return MNL_CB_OK;
}

static struct attrs parse(const struct nlmsghdr *nlh)
{
	struct attrs t = {};

	mnl_attr_parse(nlh, sizeof(struct genlmsghdr), take_attr, &t);
	return t;
}

/* Of any width: the type "uint" has 4 or 8 bytes. */
static u64 number(const struct nlattr *attr)
{
	if (!attr)
		return 0;
	switch (mnl_attr_get_payload_len(attr)) {
	case 2:
		return mnl_attr_get_u16(attr);
	case 4:
		return mnl_attr_get_u32(attr);
	case 8:
		return mnl_attr_get_u64(attr);
	}
	return 0;
}

static void begin(struct request *req, struct hp_ctl *c, u8 cmd, u16 flags)
{
	struct genlmsghdr *genl;

	memset(req, 0, sizeof(*req));
	req->ctl = c;
	req->nlh = mnl_nlmsg_put_header(req->buf);
	req->nlh->nlmsg_type = c->family;
	req->nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	req->nlh->nlmsg_seq = ++c->seq;
	genl = mnl_nlmsg_put_extra_header(req->nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = 1;
}

static int take_message(const struct nlmsghdr *nlh, void *data)
{
	struct request *req = data;

	if (req->each)
		req->each(req, nlh);
	return MNL_CB_OK;
}

/* The sentence of an extended ACK, after the header that it echoes. */
static void take_sentence(struct hp_ctl *c, const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);
	unsigned int offset = sizeof(*err);
	const struct nlattr *attr;

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		offset += mnl_nlmsg_get_payload_len(&err->msg);
	mnl_attr_for_each(attr, nlh, offset)
		if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG)
			snprintf(c->message, sizeof(c->message), "%s",
				 mnl_attr_get_str(attr));
}

static int take_error(const struct nlmsghdr *nlh, void *data)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);
	struct request *req = data;

	take_sentence(req->ctl, nlh);
	errno = -err->error;
	return err->error ? MNL_CB_ERROR : MNL_CB_STOP;
}

static int take_done(const struct nlmsghdr *nlh, void *data)
{
	const int *err = mnl_nlmsg_get_payload(nlh);

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*err) || !*err)
		return MNL_CB_STOP;
	errno = -*err;
	return MNL_CB_ERROR;
}

static mnl_cb_t control[NLMSG_MIN_TYPE] = {
	[NLMSG_ERROR] = take_error,
	[NLMSG_DONE] = take_done,
};

/*
 * Did something come or go meanwhile? The library would read no further then,
 * and take what it left for the answer to the next request.
 */
static bool clear_interrupted(void *buf, int n)
{
	struct nlmsghdr *nlh = buf;
	bool was = false;

	for (; mnl_nlmsg_ok(nlh, n); nlh = mnl_nlmsg_next(nlh, &n)) {
		was |= nlh->nlmsg_flags & NLM_F_DUMP_INTR;
		nlh->nlmsg_flags &= ~NLM_F_DUMP_INTR;
	}
	return was;
}

/* -EINTR: a whole dump, but of no single moment. */
static int talk(struct request *req)
{
	struct hp_ctl *c = req->ctl;
	unsigned int port = mnl_socket_get_portid(c->nl);
	bool interrupted = false;
	char buf[32768];
	ssize_t n;
	int ret;

	c->message[0] = '\0';
	if (mnl_socket_sendto(c->nl, req->nlh, req->nlh->nlmsg_len) < 0)
		return -errno;
	do {
		n = mnl_socket_recvfrom(c->nl, buf, sizeof(buf));
		if (n < 0)
			return -errno;
		interrupted |= clear_interrupted(buf, n);
		ret = mnl_cb_run2(buf, n, c->seq, port, take_message, req,
				  control, NLMSG_MIN_TYPE);
	} while (ret > MNL_CB_STOP);
	if (ret < 0)
		return -errno;
	return interrupted ? -EINTR : 0;
}

static struct attrs parse_nested(const struct nlattr *nest)
{
	struct attrs t = {};

	mnl_attr_parse_nested(nest, take_attr, &t);
	return t;
}

static void take_mcast_groups(struct hp_ctl *c, const struct nlattr *nest)
{
	const struct nlattr *group, *name;
	struct attrs t;

	mnl_attr_for_each_nested(group, nest) {
		t = parse_nested(group);
		name = t.a[CTRL_ATTR_MCAST_GRP_NAME];
		if (name && !strcmp(mnl_attr_get_str(name),
				    HOMEPORT_MCGRP_MONITOR))
			c->monitor = number(t.a[CTRL_ATTR_MCAST_GRP_ID]);
	}
}

static void take_family(struct request *req, const struct nlmsghdr *nlh)
{
	struct attrs t = parse(nlh);

	req->ctl->family = number(t.a[CTRL_ATTR_FAMILY_ID]);
	if (t.a[CTRL_ATTR_MCAST_GROUPS])
		take_mcast_groups(req->ctl, t.a[CTRL_ATTR_MCAST_GROUPS]);
}

int hp_ctl_open(struct hp_ctl *c)
{
	struct request req;
	int on = 1, ret;

	memset(c, 0, sizeof(*c));
	c->nl = mnl_socket_open(NETLINK_GENERIC);
	if (!c->nl)
		return -errno;
	if (mnl_socket_bind(c->nl, 0, MNL_SOCKET_AUTOPID)) {
		ret = -errno;
		hp_ctl_close(c);
		return ret;
	}
	mnl_socket_setsockopt(c->nl, NETLINK_EXT_ACK, &on, sizeof(on));
	c->family = GENL_ID_CTRL;
	begin(&req, c, CTRL_CMD_GETFAMILY, 0);
	mnl_attr_put_strz(req.nlh, CTRL_ATTR_FAMILY_NAME, HOMEPORT_FAMILY_NAME);
	req.each = take_family;
	ret = talk(&req);
	if (ret)
		hp_ctl_close(c);
	return ret;
}

void hp_ctl_close(struct hp_ctl *c)
{
	if (c->nl)
		mnl_socket_close(c->nl);
	c->nl = NULL;
}

static void take_id(struct request *req, const struct nlmsghdr *nlh)
{
	*(u32 *)req->to = number(parse(nlh).a[HOMEPORT_A_RULE_ID]);
}

int hp_rule_add(struct hp_ctl *c, int family, const void *addr, u32 first,
		u32 last, u32 *id)
{
	const char *stall = getenv("HP_STALL_MS");
	struct request req;
	u32 dummy;

	begin(&req, c, HOMEPORT_CMD_RULE_ADD, 0);
	if (family)
		mnl_attr_put_u16(req.nlh, HOMEPORT_A_RULE_FAMILY, family);
	if (addr)
		mnl_attr_put(req.nlh, HOMEPORT_A_RULE_ADDR,
			     family == AF_INET ? 4 : 16, addr);
	mnl_attr_put_u32(req.nlh, HOMEPORT_A_RULE_PORT_FIRST, first);
	mnl_attr_put_u32(req.nlh, HOMEPORT_A_RULE_PORT_LAST, last);
	if (stall)
		mnl_attr_put_u32(req.nlh, HOMEPORT_A_RULE_STALL_MS, atoi(stall));
	req.each = take_id;
	req.to = id ?: &dummy;
	return talk(&req);
}

int hp_rule_keep(struct hp_ctl *c, u32 port, u32 grace_ms, u32 *id)
{
	struct request req;
	u32 dummy;

	begin(&req, c, HOMEPORT_CMD_RULE_ADD, 0);
	mnl_attr_put_u32(req.nlh, HOMEPORT_A_RULE_PORT_FIRST, port);
	/* servers of these tests do not accept before they are told to */
	mnl_attr_put_u32(req.nlh, HOMEPORT_A_RULE_STALL_MS, 0);
	mnl_attr_put_u32(req.nlh, HOMEPORT_A_RULE_GRACE_MS, grace_ms);
	req.each = take_id;
	req.to = id ?: &dummy;
	return talk(&req);
}

int hp_rule_grace(struct hp_ctl *c, u32 id, u32 grace_ms)
{
	struct request req;

	begin(&req, c, HOMEPORT_CMD_RULE_SET, 0);
	mnl_attr_put_u32(req.nlh, HOMEPORT_A_RULE_ID, id);
	mnl_attr_put_u32(req.nlh, HOMEPORT_A_RULE_GRACE_MS, grace_ms);
	return talk(&req);
}

int hp_rule_set(struct hp_ctl *c, u32 id, int attr, u32 value)
{
	struct request req;

	begin(&req, c, HOMEPORT_CMD_RULE_SET, 0);
	mnl_attr_put_u32(req.nlh, HOMEPORT_A_RULE_ID, id);
	mnl_attr_put_u32(req.nlh, attr, value);
	return talk(&req);
}

#define MAX_RULES	8	/* that a test makes by parameters */

static int set_each(struct hp_ctl *c, int attr, u32 value)
{
	struct hp_rule_info rules[MAX_RULES];
	int i, ret = 0, nr = hp_rules(c, rules, MAX_RULES);

	if (nr <= 0)
		return nr ?: -ENOENT;
	if (nr > MAX_RULES)
		return -E2BIG;
	for (i = 0; !ret && i < nr; i++)
		ret = hp_rule_set(c, rules[i].id, attr, value);
	return ret;
}

int hp_rules_set(int attr, u32 value)
{
	struct hp_ctl ctl;
	int ret;

	ret = hp_ctl_open(&ctl);
	if (ret)
		return ret;
	ret = set_each(&ctl, attr, value);
	hp_ctl_close(&ctl);
	return ret;
}

int hp_rules_stall(void)
{
	const char *stall = getenv("HP_STALL_MS");

	return stall ? hp_rules_set(HOMEPORT_A_RULE_STALL_MS, atoi(stall)) : 0;
}

int hp_group_release(struct hp_ctl *c, u32 group)
{
	struct request req;

	begin(&req, c, HOMEPORT_CMD_GROUP_RELEASE, 0);
	mnl_attr_put_u32(req.nlh, HOMEPORT_A_GROUP_ID, group);
	return talk(&req);
}

int hp_drain(struct hp_ctl *c, u32 group, int index, bool on)
{
	struct request req;

	begin(&req, c, HOMEPORT_CMD_LISTENER_DRAIN, 0);
	mnl_attr_put_u32(req.nlh, HOMEPORT_A_LISTENER_GROUP, group);
	if (index >= 0)
		mnl_attr_put_u32(req.nlh, HOMEPORT_A_LISTENER_INDEX, index);
	mnl_attr_put_u32(req.nlh, HOMEPORT_A_LISTENER_DRAIN, on);
	return talk(&req);
}

int hp_rule_del(struct hp_ctl *c, u32 id)
{
	struct request req;

	begin(&req, c, HOMEPORT_CMD_RULE_DEL, 0);
	mnl_attr_put_u32(req.nlh, HOMEPORT_A_RULE_ID, id);
	return talk(&req);
}

static void take_address(struct in6_addr *to, const struct nlattr *attr)
{
	if (attr && mnl_attr_get_payload_len(attr) <= sizeof(*to))
		memcpy(to, mnl_attr_get_payload(attr),
		       mnl_attr_get_payload_len(attr));
}

static void take_rule(struct request *req, const struct nlmsghdr *nlh)
{
	struct hp_rule_info *r = req->to;
	struct attrs t = parse(nlh);

	if (req->nr++ >= req->max)
		return;
	r += req->nr - 1;
	*r = (struct hp_rule_info){
		.id = number(t.a[HOMEPORT_A_RULE_ID]),
		.family = number(t.a[HOMEPORT_A_RULE_FAMILY]),
		.exact = t.a[HOMEPORT_A_RULE_ADDR],
		.first = number(t.a[HOMEPORT_A_RULE_PORT_FIRST]),
		.last = number(t.a[HOMEPORT_A_RULE_PORT_LAST]),
		.groups = number(t.a[HOMEPORT_A_RULE_GROUPS]),
		.grace_ms = number(t.a[HOMEPORT_A_RULE_GRACE_MS]),
		.stall_ms = number(t.a[HOMEPORT_A_RULE_STALL_MS]),
		.rescue_ms = number(t.a[HOMEPORT_A_RULE_RESCUE_MS]),
		.bound_percent = number(t.a[HOMEPORT_A_RULE_BOUND_PERCENT]),
	};
	take_address(&r->addr, t.a[HOMEPORT_A_RULE_ADDR]);
}

static int dump_once(struct hp_ctl *c, u8 cmd,
		     void (*each)(struct request *, const struct nlmsghdr *),
		     void *to, int max, u32 want)
{
	struct request req;
	int ret;

	begin(&req, c, cmd, NLM_F_DUMP);
	req.each = each;
	req.to = to;
	req.max = max;
	req.want = want;
	ret = talk(&req);
	return ret ?: req.nr;
}

static int dump(struct hp_ctl *c, u8 cmd,
		void (*each)(struct request *, const struct nlmsghdr *),
		void *to, int max, u32 want)
{
	int ret;

	do
		ret = dump_once(c, cmd, each, to, max, want);
	while (ret == -EINTR);
	return ret;
}

int hp_rules(struct hp_ctl *c, struct hp_rule_info *rules, int max)
{
	return dump(c, HOMEPORT_CMD_RULE_GET, take_rule, rules, max, 0);
}

static void take_group(struct request *req, const struct nlmsghdr *nlh)
{
	struct hp_group_info *g = req->to;
	struct attrs t = parse(nlh);

	if (req->nr++ >= req->max)
		return;
	g += req->nr - 1;
	*g = (struct hp_group_info){
		.id = number(t.a[HOMEPORT_A_GROUP_ID]),
		.rule = number(t.a[HOMEPORT_A_GROUP_RULE]),
		.family = number(t.a[HOMEPORT_A_GROUP_FAMILY]),
		.port = number(t.a[HOMEPORT_A_GROUP_PORT]),
		.state = number(t.a[HOMEPORT_A_GROUP_STATE]),
		.listeners = number(t.a[HOMEPORT_A_GROUP_LISTENERS]),
		.attach = number(t.a[HOMEPORT_A_GROUP_ATTACH]),
		.features = number(t.a[HOMEPORT_A_GROUP_FEATURES]),
		.kept_ms = number(t.a[HOMEPORT_A_GROUP_KEPT_MS]),
		.held = number(t.a[HOMEPORT_A_GROUP_HELD]),
		.held_requests = number(t.a[HOMEPORT_A_GROUP_HELD_REQUESTS]),
		.held_children = number(t.a[HOMEPORT_A_GROUP_HELD_CHILDREN]),
	};
	take_address(&g->addr, t.a[HOMEPORT_A_GROUP_ADDR]);
}

int hp_groups(struct hp_ctl *c, struct hp_group_info *groups, int max)
{
	return dump(c, HOMEPORT_CMD_GROUP_GET, take_group, groups, max, 0);
}

int hp_group_find(struct hp_ctl *c, int family, u32 port,
		  struct hp_group_info *g)
{
	struct hp_group_info all[64];
	int i, nr = hp_groups(c, all, 64);

	for (i = 0; i < nr && i < 64; i++)
		if (all[i].port == port && all[i].family == family) {
			*g = all[i];
			return 0;
		}
	return nr < 0 ? nr : -ENOENT;
}

int hp_group_wait(struct hp_ctl *c, int family, u32 port, u32 n,
		  struct hp_group_info *g)
{
	struct hp_group_info dummy;
	int ret = -ENOENT;

	g = g ?: &dummy;
	if (HP_WAIT_FOR((ret = hp_group_find(c, family, port, g),
			 n ? !ret && g->listeners == n : ret == -ENOENT),
			HP_SOON))
		return 0;
	return ret ?: -ETIMEDOUT;
}

static void take_listener(struct request *req, const struct nlmsghdr *nlh)
{
	struct hp_listener_info *l = req->to;
	struct attrs t = parse(nlh);

	if (req->want && number(t.a[HOMEPORT_A_LISTENER_GROUP]) != req->want)
		return;
	if (req->nr++ >= req->max)
		return;
	l += req->nr - 1;
	*l = (struct hp_listener_info){
		.group = number(t.a[HOMEPORT_A_LISTENER_GROUP]),
		.index = number(t.a[HOMEPORT_A_LISTENER_INDEX]),
		.inode = number(t.a[HOMEPORT_A_LISTENER_INODE]),
		.home = number(t.a[HOMEPORT_A_LISTENER_HOME]),
		.source = number(t.a[HOMEPORT_A_LISTENER_SOURCE]),
		.picked = number(t.a[HOMEPORT_A_LISTENER_PICKED]),
		.accepts = number(t.a[HOMEPORT_A_LISTENER_ACCEPTS]),
		.queue = number(t.a[HOMEPORT_A_LISTENER_QUEUE]),
		.backlog = number(t.a[HOMEPORT_A_LISTENER_BACKLOG]),
		.state = number(t.a[HOMEPORT_A_LISTENER_STATE]),
		.stalled = t.a[HOMEPORT_A_LISTENER_STALLED_MS],
		.stalled_ms = number(t.a[HOMEPORT_A_LISTENER_STALLED_MS]),
		.spill_permille = number(t.a[HOMEPORT_A_LISTENER_SPILL_PERMILLE]),
	};
}

int hp_listeners(struct hp_ctl *c, u32 group, struct hp_listener_info *l,
		 int max)
{
	return dump(c, HOMEPORT_CMD_LISTENER_GET, take_listener, l, max, group);
}

bool hp_homes_are(struct hp_ctl *c, u32 group, const int *homes, int nr,
		  int source)
{
	struct hp_listener_info l[256];
	int k, n = hp_listeners(c, group, l, 256);

	if (n != nr)
		return false;
	for (k = 0; k < n; k++)
		if (l[k].index >= (u32)nr || l[k].home != homes[l[k].index] ||
		    (source >= 0 && l[k].source != source))
			return false;
	return true;
}

const char *hp_load_text(struct hp_ctl *c, u32 group)
{
	static char text[2048];
	struct hp_listener_info l[32];
	struct hp_stat_info s;
	int k, nr, len;

	if (hp_stats(c, group, &s))
		return "no counters";
	len = snprintf(text, sizeof(text),
		       "picks: local %llu, spill %llu; left %llu, stalled %llu, full %llu, bound %llu, rescued %llu, probed %llu, late %llu, borrowed %llu;",
		       (unsigned long long)s.picks[HOMEPORT_PICK_LOCAL],
		       (unsigned long long)s.picks[HOMEPORT_PICK_SPILL],
		       (unsigned long long)s.load[HOMEPORT_LOAD_LEFT],
		       (unsigned long long)s.load[HOMEPORT_LOAD_STALLED],
		       (unsigned long long)s.load[HOMEPORT_LOAD_FULL],
		       (unsigned long long)s.load[HOMEPORT_LOAD_BOUND],
		       (unsigned long long)s.load[HOMEPORT_LOAD_RESCUED],
		       (unsigned long long)s.load[HOMEPORT_LOAD_PROBED],
		       (unsigned long long)s.load[HOMEPORT_LOAD_LATE],
		       (unsigned long long)s.load[HOMEPORT_LOAD_BORROWED]);
	nr = hp_listeners(c, group, l, 32);
	for (k = 0; k < nr && k < 32 && len < (int)sizeof(text) - 80; k++)
		len += snprintf(text + len, sizeof(text) - len,
				" %u: picked %llu, queue %u/%u%s, spills %u;",
				l[k].index, (unsigned long long)l[k].picked,
				l[k].queue, l[k].backlog,
				l[k].stalled ? ", stalled" : "",
				l[k].spill_permille);
	return text;
}

const char *hp_homes_text(struct hp_ctl *c, u32 group)
{
	static const char *const from[] = {
		[HOMEPORT_HOME_SOURCE_INCOMING_CPU] = "incoming-cpu",
		[HOMEPORT_HOME_SOURCE_PINNED] = "pinned",
		[HOMEPORT_HOME_SOURCE_LEARNED] = "learned",
		[HOMEPORT_HOME_SOURCE_ASSIGNED] = "assigned",
	};
	static char text[4096];
	struct hp_listener_info l[256];
	int k, n = hp_listeners(c, group, l, 256), len;

	len = snprintf(text, sizeof(text), "%d listeners:", n);
	for (k = 0; k < n && len < (int)sizeof(text) - 64; k++)
		len += snprintf(text + len, sizeof(text) - len, " %u on %u %s",
				l[k].index, l[k].home,
				l[k].source < 4 ? from[l[k].source] : "?");
	return text;
}

static int take_pick(const struct nlattr *attr, void *data)
{
	struct hp_stat_info *s = data;
	u16 type = mnl_attr_get_type(attr);

	if (type >= HOMEPORT_A_PICKS_LOCAL && type <= HOMEPORT_A_PICKS_HASH)
		s->picks[type - HOMEPORT_A_PICKS_LOCAL] += number(attr);
	return MNL_CB_OK;
}

static int take_table(const struct nlattr *attr, void *data)
{
	u16 type = mnl_attr_get_type(attr);
	struct hp_stat_info *s = data;

	if (type >= HOMEPORT_A_TABLE_REQUESTS &&
	    type <= HOMEPORT_A_TABLE_FOREIGN)
		s->table[type - HOMEPORT_A_TABLE_REQUESTS] += number(attr);
	return MNL_CB_OK;
}

static int take_load(const struct nlattr *attr, void *data)
{
	u16 type = mnl_attr_get_type(attr);
	struct hp_stat_info *s = data;

	if (type >= HOMEPORT_A_LOAD_LEFT && type <= HOMEPORT_A_LOAD_BORROWED)
		s->load[type - HOMEPORT_A_LOAD_LEFT] += number(attr);
	return MNL_CB_OK;
}

static void take_cell(struct hp_stat_info *s, const struct nlattr *nest, u32 cpu)
{
	struct attrs t = parse_nested(nest);
	u64 flow;

	flow = number(t.a[HOMEPORT_A_ACCEPTED_FLOW_CPU]);
	if (flow < HP_MAX_CPUS && cpu < HP_MAX_CPUS)
		s->accepted[flow][cpu] += number(t.a[HOMEPORT_A_ACCEPTED_COUNT]);
}

static void take_stat(struct request *req, const struct nlmsghdr *nlh)
{
	struct hp_stat_info *s = req->to;
	const struct nlattr *attr;
	struct attrs t = parse(nlh);

	if (number(t.a[HOMEPORT_A_STAT_GROUP]) != req->want)
		return;
	if (t.a[HOMEPORT_A_STAT_PICKS])
		mnl_attr_parse_nested(t.a[HOMEPORT_A_STAT_PICKS], take_pick, s);
	if (t.a[HOMEPORT_A_STAT_TABLE])
		mnl_attr_parse_nested(t.a[HOMEPORT_A_STAT_TABLE], take_table, s);
	if (t.a[HOMEPORT_A_STAT_LOAD])
		mnl_attr_parse_nested(t.a[HOMEPORT_A_STAT_LOAD], take_load, s);
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(attr) == HOMEPORT_A_STAT_ACCEPTED)
			take_cell(s, attr, number(t.a[HOMEPORT_A_STAT_CPU]));
}

int hp_stats(struct hp_ctl *c, u32 group, struct hp_stat_info *stat)
{
	int ret;

	do {
		memset(stat, 0, sizeof(*stat));
		ret = dump_once(c, HOMEPORT_CMD_STAT_GET, take_stat, stat, 0,
				group);
	} while (ret == -EINTR);
	return ret < 0 ? ret : 0;
}

int hp_subscribe(struct hp_ctl *c)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);

	/* what has no port id of its own gets no notifications */
	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &c->monitor,
		       sizeof(c->monitor)))
		return -errno;
	return fd;
}

static bool is_of_listener(int cmd)
{
	return cmd == HOMEPORT_CMD_LISTENER_JOIN_NTF ||
	       cmd == HOMEPORT_CMD_LISTENER_LEAVE_NTF ||
	       cmd == HOMEPORT_CMD_LISTENER_HOME_NTF ||
	       cmd == HOMEPORT_CMD_LISTENER_STATE_NTF;
}

static void take_event(struct hp_event_info *e, const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	struct attrs t = parse(nlh);

	e->cmd = genl->cmd;
	if (is_of_listener(e->cmd)) {
		e->group = number(t.a[HOMEPORT_A_LISTENER_GROUP]);
		e->index = number(t.a[HOMEPORT_A_LISTENER_INDEX]);
		e->state = number(t.a[HOMEPORT_A_LISTENER_STATE]);
	} else {
		e->group = number(t.a[HOMEPORT_A_GROUP_ID]);
		e->state = number(t.a[HOMEPORT_A_GROUP_STATE]);
	}
}

int hp_next_event(int fd, struct hp_event_info *e, int ms)
{
	char buf[8192] __attribute__((aligned(8)));
	struct pollfd p = { .fd = fd, .events = POLLIN };

	memset(e, 0, sizeof(*e));
	if (poll(&p, 1, ms) != 1 || recv(fd, buf, sizeof(buf), 0) < 0)
		return -1;
	take_event(e, (struct nlmsghdr *)buf);
	return e->cmd;
}
