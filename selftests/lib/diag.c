// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>

#include "diag.h"
#include "module.h"

struct listing {
	u16 port;
	struct hp_diag *found;
	int max, nr;
};

static int take_socket(const struct nlmsghdr *nlh, void *data)
{
	const struct inet_diag_msg *msg = mnl_nlmsg_get_payload(nlh);
	struct listing *l = data;

	if (ntohs(msg->id.idiag_sport) != l->port || l->nr++ >= l->max)
		return MNL_CB_OK;
	l->found[l->nr - 1] = (struct hp_diag){
		.uid = msg->idiag_uid, .inode = msg->idiag_inode,
		.queue = msg->idiag_rqueue, .backlog = msg->idiag_wqueue,
		.interface = msg->id.idiag_if,
		.cookie = { msg->id.idiag_cookie[0], msg->id.idiag_cookie[1] },
	};
	return MNL_CB_OK;
}

static struct inet_diag_req_v2 *put_request(char *buf, u16 type, u16 flags,
					    int family)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct inet_diag_req_v2 *req;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = 1;
	req = mnl_nlmsg_put_extra_header(nlh, sizeof(*req));
	req->sdiag_family = family;
	req->sdiag_protocol = IPPROTO_TCP;
	req->idiag_states = 1 << TCP_LISTEN;
	return req;
}

static int talk(struct nlmsghdr *nlh, struct listing *l)
{
	struct mnl_socket *nl = mnl_socket_open(NETLINK_SOCK_DIAG);
	char buf[32768];
	ssize_t n;
	int ret;

	if (!nl)
		return -errno;
	ret = mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) ?: MNL_CB_OK;
	if (ret > 0 && mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		ret = -1;
	while (ret > MNL_CB_STOP) {
		n = mnl_socket_recvfrom(nl, buf, sizeof(buf));
		ret = n < 0 ? -1 : mnl_cb_run(buf, n, 1,
					      mnl_socket_get_portid(nl),
					      take_socket, l);
	}
	ret = ret < 0 ? -errno : 0;
	mnl_socket_close(nl);
	return ret;
}

int hp_diag_listeners(int family, u16 port, struct hp_diag *found, int max)
{
	struct listing l = { .port = port, .found = found, .max = max };
	char buf[256] = "";
	int ret;

	hp_modprobe("tcp_diag");
	put_request(buf, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, family);
	ret = talk((struct nlmsghdr *)buf, &l);
	return ret ?: l.nr;
}

int hp_diag_find(int family, u16 port, struct hp_diag *found)
{
	struct listing l = { .port = port, .found = found, .max = 1 };
	struct inet_diag_req_v2 *req;
	char buf[256] = "";
	int ret;

	hp_modprobe("tcp_diag");
	req = put_request(buf, SOCK_DIAG_BY_FAMILY, NLM_F_ACK, family);
	req->id.idiag_sport = htons(port);
	req->id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
	req->id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	ret = talk((struct nlmsghdr *)buf, &l);
	return ret ?: l.nr == 1 ? 0 : -ENOENT;
}

int hp_diag_destroy(int family, u16 port, const struct hp_diag *which)
{
	struct inet_diag_req_v2 *req;
	struct listing none = {};
	char buf[256] = "";

	req = put_request(buf, SOCK_DESTROY, NLM_F_ACK, family);
	req->id.idiag_sport = htons(port);
	req->id.idiag_if = which->interface;
	memcpy(req->id.idiag_cookie, which->cookie, sizeof(which->cookie));
	return talk((struct nlmsghdr *)buf, &none);
}

int hp_proc_listener(int family, u16 port)
{
	const char *path = family == AF_INET ? "/proc/net/tcp" : "/proc/net/tcp6";
	unsigned int at, state, uid;
	int ret = -ENOENT;
	FILE *f = fopen(path, "re");
	char line[512];

	while (f && ret < 0 && fgets(line, sizeof(line), f))
		if (sscanf(line, " %*d: %*[0-9A-F]:%x %*[0-9A-F]:%*x %x %*x:%*x %*x:%*x %*x %u",
			   &at, &state, &uid) == 3 &&
		    at == port && state == TCP_LISTEN)
			ret = uid;
	if (f)
		fclose(f);
	return ret;
}
