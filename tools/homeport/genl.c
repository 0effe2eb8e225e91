// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink: find the family, ask, collect what comes back, and pass on
 * what the kernel has to say when it refuses.
 */
#include "homeport.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>

/* How often a dump is asked for again that changed while it was read. */
#define DUMP_TRIES	32

#define MAX_ERRNO	4095

static struct mnl_socket *nl;
static uint16_t family_id;
static uint32_t monitor_group;
static uint32_t sequence;

/* Messages of a dump, kept until all are there. */
struct pile {
	struct nlmsghdr **list;
	size_t nr;
};

struct answer {
	int error;		/* positive */
	bool interrupted;
	bool no_memory;
	struct pile *pile;
};

void genl_attrs(const struct nlmsghdr *nlh, const struct nlattr **attrs,
		uint16_t max)
{
	const struct nlattr *attr;

	memset(attrs, 0, (max + 1) * sizeof(*attrs));
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(attr) <= max)
			attrs[mnl_attr_get_type(attr)] = attr;
}

void genl_nested(const struct nlattr *nest, const struct nlattr **attrs,
		 uint16_t max)
{
	const struct nlattr *attr;

	memset(attrs, 0, (max + 1) * sizeof(*attrs));
	mnl_attr_for_each_nested(attr, nest)
		if (mnl_attr_get_type(attr) <= max)
			attrs[mnl_attr_get_type(attr)] = attr;
}

/* An integer that the kernel made as wide as it had to; 0 if absent. */
uint64_t genl_uint(const struct nlattr *attr)
{
	uint64_t wide;

	if (!attr)
		return 0;
	if (mnl_attr_get_payload_len(attr) < sizeof(wide))
		return genl_u32(attr);
	memcpy(&wide, mnl_attr_get_payload(attr), sizeof(wide));
	return wide;
}

uint32_t genl_u32(const struct nlattr *attr)
{
	if (!attr || mnl_attr_get_payload_len(attr) < sizeof(uint32_t))
		return 0;
	return mnl_attr_get_u32(attr);
}

uint16_t genl_u16(const struct nlattr *attr)
{
	if (!attr || mnl_attr_get_payload_len(attr) < sizeof(uint16_t))
		return 0;
	return mnl_attr_get_u16(attr);
}

uint16_t genl_family(void)
{
	return family_id;
}

/* The kernel's own sentence, if it gave one. */
static void show_sentence(const struct nlmsghdr *nlh, unsigned int skip)
{
	const struct nlattr *attr;
	const char *text;
	size_t len;

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	mnl_attr_for_each(attr, nlh, skip) {
		text = mnl_attr_get_payload(attr);
		len = strnlen(text, mnl_attr_get_payload_len(attr));
		if (mnl_attr_get_type(attr) != NLMSGERR_ATTR_MSG || !len)
			continue;
		fflush(stdout);
		fprintf(stderr, "Error: %.*s%s\n", (int)len, text,
			text[len - 1] == '.' ? "" : ".");
	}
}

/* From the kernel's negative one. */
static int positive_errno(int error)
{
	if (error > 0 || error < -MAX_ERRNO)
		return EPROTO;
	return -error;
}

static void on_error(const struct nlmsghdr *nlh, struct answer *answer)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);
	unsigned int skip = sizeof(*err);

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*err))
		return;
	answer->error = positive_errno(err->error);
	if (!err->error)
		return;
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		skip += MNL_ALIGN(err->msg.nlmsg_len) - sizeof(err->msg);
	if (mnl_nlmsg_get_payload_len(nlh) >= skip)
		show_sentence(nlh, skip);
}

static void on_done(const struct nlmsghdr *nlh, struct answer *answer)
{
	const int *error = mnl_nlmsg_get_payload(nlh);

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*error) || *error >= 0)
		return;
	answer->error = positive_errno(*error);
	show_sentence(nlh, sizeof(*error));
}

static bool pile_add(struct pile *pile, const struct nlmsghdr *nlh)
{
	struct nlmsghdr **list, *copy;

	list = realloc(pile->list, (pile->nr + 1) * sizeof(*list));
	if (!list)
		return false;
	pile->list = list;
	copy = malloc(nlh->nlmsg_len);
	if (!copy)
		return false;
	memcpy(copy, nlh, nlh->nlmsg_len);
	list[pile->nr++] = copy;
	return true;
}

static void pile_clear(struct pile *pile)
{
	size_t i;

	for (i = 0; i < pile->nr; i++)
		free(pile->list[i]);
	free(pile->list);
	memset(pile, 0, sizeof(*pile));
}

/* True when this message was the last. */
static bool on_message(const struct nlmsghdr *nlh, struct answer *answer)
{
	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		answer->interrupted = true;
	switch (nlh->nlmsg_type) {
	case NLMSG_ERROR:
		on_error(nlh, answer);
		return true;
	case NLMSG_DONE:
		on_done(nlh, answer);
		return true;
	case NLMSG_NOOP:
	case NLMSG_OVERRUN:
		return false;
	}
	if (!pile_add(answer->pile, nlh))
		answer->no_memory = true;
	return false;
}

ssize_t genl_receive(void *buf, size_t size)
{
	return mnl_socket_recvfrom(nl, buf, size);
}

/* Returns a positive errno. */
static int receive_all(uint32_t seq, struct answer *answer)
{
	static char buf[GENL_BUFFER] __attribute__((aligned(8)));
	const struct nlmsghdr *nlh;
	bool done = false;
	ssize_t ret;
	int len;

	while (!done) {
		ret = genl_receive(buf, sizeof(buf));
		if (ret < 0 && errno == EINTR)
			continue;
		if (ret < 0)
			return errno;
		len = ret;
		nlh = (const struct nlmsghdr *)buf;
		for (; !done && mnl_nlmsg_ok(nlh, len);
		     nlh = mnl_nlmsg_next(nlh, &len))
			if (nlh->nlmsg_seq == seq)
				done = on_message(nlh, answer);
	}
	return answer->no_memory ? ENOMEM : answer->error;
}

/* Returns a positive errno, having put what came onto @pile. */
static int talk(struct nlmsghdr *nlh, struct pile *pile, bool *interrupted)
{
	struct answer answer = { .pile = pile };
	int err;

	nlh->nlmsg_seq = ++sequence;
	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		return errno;
	err = receive_all(nlh->nlmsg_seq, &answer);
	*interrupted = answer.interrupted;
	return err;
}

static int deliver(struct pile *pile, int err, mnl_cb_t cb, void *data)
{
	size_t i;

	for (i = 0; cb && !err && i < pile->nr; i++)
		cb(pile->list[i], data);
	pile_clear(pile);
	if (!err)
		return EXIT_OK;
	complain("kernel answers: %s", strerror(err));
	return EXIT_KERNEL;
}

/* Begins a request; the caller puts attributes. */
void genl_begin(struct genl_request *req, uint8_t cmd)
{
	struct genlmsghdr *genl;

	req->nlh = mnl_nlmsg_put_header(req->buf);
	req->nlh->nlmsg_type = family_id;
	req->nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	genl = mnl_nlmsg_put_extra_header(req->nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = HOMEPORT_FAMILY_VERSION;
}

/*
 * Asks, and calls @cb, which may be NULL, for what is answered. Returns an exit
 * code, having complained if it is not EXIT_OK.
 */
int genl_do(struct genl_request *req, mnl_cb_t cb, void *data)
{
	struct pile pile = { 0 };
	bool interrupted;
	int err;

	err = talk(req->nlh, &pile, &interrupted);
	return deliver(&pile, err, cb, data);
}

/*
 * As genl_do(), for lists. All of it is of one moment: a dump during which
 * something came or went is thrown away and asked for again.
 */
int genl_dump(struct genl_request *req, mnl_cb_t cb, void *data)
{
	struct pile pile = { 0 };
	bool interrupted;
	int i, err = 0;

	req->nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	for (i = 0; i < DUMP_TRIES; i++) {
		pile_clear(&pile);
		err = talk(req->nlh, &pile, &interrupted);
		if (err || !interrupted)
			break;
	}
	if (!err && interrupted)
		complain("this list may lack something: it changes faster than it can be read");
	return deliver(&pile, err, cb, data);
}

static void find_groups(const struct nlattr *groups)
{
	const struct nlattr *attrs[CTRL_ATTR_MCAST_GRP_MAX + 1];
	const struct nlattr *group, *name;

	mnl_attr_for_each_nested(group, groups) {
		genl_nested(group, attrs, CTRL_ATTR_MCAST_GRP_MAX);
		name = attrs[CTRL_ATTR_MCAST_GRP_NAME];
		if (name && !strcmp(mnl_attr_get_str(name),
				    HOMEPORT_MCGRP_MONITOR))
			monitor_group = genl_u32(attrs[CTRL_ATTR_MCAST_GRP_ID]);
	}
}

static int on_family(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attrs[CTRL_ATTR_MAX + 1];

	(void)data;
	genl_attrs(nlh, attrs, CTRL_ATTR_MAX);
	family_id = genl_u16(attrs[CTRL_ATTR_FAMILY_ID]);
	if (attrs[CTRL_ATTR_MCAST_GROUPS])
		find_groups(attrs[CTRL_ATTR_MCAST_GROUPS]);
	return MNL_CB_OK;
}

static bool find_family(void)
{
	struct genl_request req;
	struct pile pile = { 0 };
	bool interrupted;
	int err;

	genl_begin(&req, CTRL_CMD_GETFAMILY);
	req.nlh->nlmsg_type = GENL_ID_CTRL;
	mnl_attr_put_strz(req.nlh, CTRL_ATTR_FAMILY_NAME, HOMEPORT_FAMILY_NAME);
	err = talk(req.nlh, &pile, &interrupted);
	if (err == ENOENT) {
		pile_clear(&pile);
		complain("the kernel module is not loaded, try \"modprobe homeport\"");
		return false;
	}
	return deliver(&pile, err, on_family, NULL) == EXIT_OK;
}

static void set_option(int option)
{
	int one = 1;

	/* what an old kernel does not know it does without */
	mnl_socket_setsockopt(nl, option, &one, sizeof(one));
}

/* False, with a complaint, when there is no kernel module to talk to. */
bool genl_open(void)
{
	nl = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0) {
		complain("no netlink: %s", strerror(errno));
		genl_close();
		return false;
	}
	set_option(NETLINK_EXT_ACK);
	set_option(NETLINK_CAP_ACK);
	set_option(NETLINK_GET_STRICT_CHK);
	if (find_family())
		return true;
	genl_close();
	return false;
}

void genl_close(void)
{
	if (nl)
		mnl_socket_close(nl);
	nl = NULL;
}

static bool join_group(uint32_t group)
{
	return mnl_socket_setsockopt(nl, NETLINK_ADD_MEMBERSHIP, &group,
				     sizeof(group)) == 0;
}

/*
 * Receive notifications from now on, those of families that go included.
 * Returns the file descriptor to wait for; -1 with a complaint.
 */
int genl_subscribe(void)
{
	if (join_group(monitor_group) && join_group(GENL_ID_CTRL))
		return mnl_socket_get_fd(nl);
	complain("cannot subscribe: %s", strerror(errno));
	return -1;
}
