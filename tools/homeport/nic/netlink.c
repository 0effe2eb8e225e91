// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink of ethtool (channels) and of netdev (which interrupt serves
 * which queue). The latter's header is newer than Debian 12's: its numbers are
 * here.
 */
#include "sys.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/ethtool_netlink.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>

#define BUFFER		(32 * 1024)

enum {
	NETDEV_QUEUE_GET	= 10,
	NETDEV_NAPI_GET		= 11,
};

enum {
	QUEUE_ID	= 1,
	QUEUE_IFINDEX	= 2,
	QUEUE_TYPE	= 3,
	QUEUE_NAPI	= 4,
};

enum {
	NAPI_IFINDEX	= 1,
	NAPI_ID		= 2,
	NAPI_IRQ	= 3,
};

struct request {
	struct nlmsghdr *nlh;
	char buf[1024] __attribute__((aligned(8)));
};

typedef void (*each_attrs)(const struct nlattr *const *attrs, void *data);

struct talk {
	each_attrs each;
	void *data;
	int max;		/* type of attribute */
	char *said;
	size_t size;
};

#define MOST_ATTRS	64

static uint32_t get_u32(const struct nlattr *attr)
{
	return attr && mnl_attr_get_payload_len(attr) >= 4 ?
		mnl_attr_get_u32(attr) : 0;
}

static int on_message(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attrs[MOST_ATTRS] = { NULL }, *attr;
	struct talk *talk = data;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(attr) < MOST_ATTRS)
			attrs[mnl_attr_get_type(attr)] = attr;
	if (talk->each)
		talk->each(attrs, talk->data);
	return MNL_CB_OK;
}

/* The kernel's own sentence, if it gave one. */
static void keep_sentence(const struct nlmsghdr *nlh, struct talk *talk)
{
	const struct nlattr *attr;

	if (!talk->said || !(nlh->nlmsg_flags & NLM_F_ACK_TLVS) ||
	    !(nlh->nlmsg_flags & NLM_F_CAPPED))
		return;
	mnl_attr_for_each(attr, nlh, sizeof(struct nlmsgerr))
		if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG &&
		    !mnl_attr_validate(attr, MNL_TYPE_NUL_STRING))
			snprintf(talk->said, talk->size, "%s",
				 mnl_attr_get_str(attr));
}

static int on_error(const struct nlmsghdr *nlh, struct talk *talk)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*err))
		return -EPROTO;
	if (err->error)
		keep_sentence(nlh, talk);
	return err->error;
}

/* Until the end or an error of what was asked for. */
static int receive(struct mnl_socket *nl, uint32_t seq, struct talk *talk)
{
	static char buf[BUFFER] __attribute__((aligned(8)));
	const struct nlmsghdr *nlh;
	ssize_t ret;
	int len;

	for (;;) {
		ret = mnl_socket_recvfrom(nl, buf, sizeof(buf));
		if (ret < 0)
			return -errno;
		len = ret;
		for (nlh = (void *)buf; mnl_nlmsg_ok(nlh, len);
		     nlh = mnl_nlmsg_next(nlh, &len)) {
			if (nlh->nlmsg_seq != seq)
				continue;
			if (nlh->nlmsg_type == NLMSG_ERROR)
				return on_error(nlh, talk);
			if (nlh->nlmsg_type == NLMSG_DONE)
				return 0;
			on_message(nlh, talk);
		}
	}
}

static void begin(struct request *req, uint16_t family, uint8_t cmd,
		  uint16_t flags)
{
	static uint32_t sequence;
	struct genlmsghdr *genl;

	/* attributes are padded, and padding is sent too */
	memset(req->buf, 0, sizeof(req->buf));
	req->nlh = mnl_nlmsg_put_header(req->buf);
	req->nlh->nlmsg_type = family;
	req->nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	req->nlh->nlmsg_seq = ++sequence;
	genl = mnl_nlmsg_put_extra_header(req->nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = 1;
}

static int talk(struct mnl_socket *nl, struct request *req, struct talk *t)
{
	if (mnl_socket_sendto(nl, req->nlh, req->nlh->nlmsg_len) < 0)
		return -errno;
	return receive(nl, req->nlh->nlmsg_seq, t);
}

static void note_family(const struct nlattr *const *attrs, void *data)
{
	uint16_t *id = data;

	if (attrs[CTRL_ATTR_FAMILY_ID])
		*id = mnl_attr_get_u16(attrs[CTRL_ATTR_FAMILY_ID]);
}

/* A socket, and the id of a family; NULL and errno if there is none. */
static struct mnl_socket *open_family(const char *name, uint16_t *id)
{
	struct talk t = { .each = note_family, .data = id };
	struct mnl_socket *nl;
	struct request req;
	int err, one = 1;

	*id = 0;
	nl = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!nl)
		return NULL;
	mnl_socket_setsockopt(nl, NETLINK_EXT_ACK, &one, sizeof(one));
	mnl_socket_setsockopt(nl, NETLINK_CAP_ACK, &one, sizeof(one));
	begin(&req, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, NLM_F_ACK);
	mnl_attr_put_strz(req.nlh, CTRL_ATTR_FAMILY_NAME, name);
	err = mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0 ? -errno :
		talk(nl, &req, &t);
	if (!err && *id)
		return nl;
	mnl_socket_close(nl);
	errno = err == -ENOENT || !err ? EOPNOTSUPP : -err;
	return NULL;
}

static void put_device(struct request *req, const char *ifname)
{
	struct nlattr *nest;

	nest = mnl_attr_nest_start(req->nlh, ETHTOOL_A_CHANNELS_HEADER);
	mnl_attr_put_strz(req->nlh, ETHTOOL_A_HEADER_DEV_NAME, ifname);
	mnl_attr_nest_end(req->nlh, nest);
}

static void note_channels(const struct nlattr *const *attrs, void *data)
{
	*(struct sys_channels *)data = (struct sys_channels) {
		.rx	= get_u32(attrs[ETHTOOL_A_CHANNELS_RX_COUNT]),
		.tx	= get_u32(attrs[ETHTOOL_A_CHANNELS_TX_COUNT]),
		.other	= get_u32(attrs[ETHTOOL_A_CHANNELS_OTHER_COUNT]),
		.combined = get_u32(attrs[ETHTOOL_A_CHANNELS_COMBINED_COUNT]),
		.max_rx	= get_u32(attrs[ETHTOOL_A_CHANNELS_RX_MAX]),
		.max_tx	= get_u32(attrs[ETHTOOL_A_CHANNELS_TX_MAX]),
		.max_other = get_u32(attrs[ETHTOOL_A_CHANNELS_OTHER_MAX]),
		.max_combined =
			get_u32(attrs[ETHTOOL_A_CHANNELS_COMBINED_MAX]),
	};
}

/* Only what the device has: a count of 0 for what it has not is an error. */
static void put_channels(struct request *req, const struct sys_channels *ch)
{
	if (ch->max_rx)
		mnl_attr_put_u32(req->nlh, ETHTOOL_A_CHANNELS_RX_COUNT, ch->rx);
	if (ch->max_tx)
		mnl_attr_put_u32(req->nlh, ETHTOOL_A_CHANNELS_TX_COUNT, ch->tx);
	if (ch->max_combined)
		mnl_attr_put_u32(req->nlh, ETHTOOL_A_CHANNELS_COMBINED_COUNT,
				 ch->combined);
}

int sys_netlink_channels(const char *ifname, struct sys_channels *ch, bool set,
			 char *said, size_t size)
{
	struct talk t = { .said = said, .size = size };
	struct mnl_socket *nl;
	struct request req;
	uint16_t family;
	int err;

	nl = open_family(ETHTOOL_GENL_NAME, &family);
	if (!nl)
		return -errno;
	begin(&req, family, set ? ETHTOOL_MSG_CHANNELS_SET :
		ETHTOOL_MSG_CHANNELS_GET, NLM_F_ACK);
	put_device(&req, ifname);
	if (set) {
		put_channels(&req, ch);
	} else {
		t.each = note_channels;
		t.data = ch;
	}
	err = talk(nl, &req, &t);
	mnl_socket_close(nl);
	return err;
}

#define MOST_NAPIS	4096

struct napis {
	int nr;
	struct {
		uint32_t id;
		int irq;
	} list[MOST_NAPIS];
};

static void note_napi(const struct nlattr *const *attrs, void *data)
{
	struct napis *n = data;

	if (n->nr == MOST_NAPIS || !attrs[NAPI_ID] || !attrs[NAPI_IRQ])
		return;
	n->list[n->nr].id = get_u32(attrs[NAPI_ID]);
	n->list[n->nr++].irq = get_u32(attrs[NAPI_IRQ]);
}

struct queue_list {
	const struct napis *napis;
	struct sys_queue_irq *list;
	int nr, max;
};

static void note_queue(const struct nlattr *const *attrs, void *data)
{
	struct queue_list *q = data;
	int i;

	if (q->nr == q->max || !attrs[QUEUE_NAPI])
		return;
	for (i = 0; i < q->napis->nr; i++) {
		if (q->napis->list[i].id != get_u32(attrs[QUEUE_NAPI]))
			continue;
		q->list[q->nr++] = (struct sys_queue_irq) {
			.tx = get_u32(attrs[QUEUE_TYPE]) == 1,
			.queue = get_u32(attrs[QUEUE_ID]),
			.irq = q->napis->list[i].irq,
		};
		return;
	}
}

static int dump(struct mnl_socket *nl, uint16_t family, uint8_t cmd,
		uint16_t attr, int ifindex, each_attrs each, void *data)
{
	struct talk t = { .each = each, .data = data };
	struct request req;

	begin(&req, family, cmd, NLM_F_DUMP);
	mnl_attr_put_u32(req.nlh, attr, ifindex);
	return talk(nl, &req, &t);
}

int sys_netlink_queue_irqs(int ifindex, struct sys_queue_irq *list, int max)
{
	static struct napis napis;
	struct queue_list q = { .napis = &napis, .list = list, .max = max };
	struct mnl_socket *nl;
	uint16_t family;
	int err;

	nl = open_family("netdev", &family);
	if (!nl)
		return -errno;
	napis.nr = 0;
	err = dump(nl, family, NETDEV_NAPI_GET, NAPI_IFINDEX, ifindex,
		   note_napi, &napis);
	if (!err)
		err = dump(nl, family, NETDEV_QUEUE_GET, QUEUE_IFINDEX, ifindex,
			   note_queue, &q);
	mnl_socket_close(nl);
	return err ? err : q.nr;
}
