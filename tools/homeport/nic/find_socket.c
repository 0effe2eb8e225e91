// SPDX-License-Identifier: GPL-2.0
/* Who listens on a TCP port, by sock_diag and /proc/PID/fd. */
#include "../homeport.h"
#include "find.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <stdlib.h>
#include <string.h>

#define TCP_STATE_LISTEN	10
#define MOST_SOCKETS		4096

struct inodes {
	int port;
	size_t nr;
	uint64_t list[MOST_SOCKETS];
};

static int note_socket(const struct nlmsghdr *nlh, void *data)
{
	const struct inet_diag_msg *msg = mnl_nlmsg_get_payload(nlh);
	struct inodes *in = data;

	if (mnl_nlmsg_get_payload_len(nlh) >= sizeof(*msg) &&
	    ntohs(msg->id.idiag_sport) == in->port && in->nr < MOST_SOCKETS)
		in->list[in->nr++] = msg->idiag_inode;
	return MNL_CB_OK;
}

static int ask(struct mnl_socket *nl, int family, struct inodes *in)
{
	static char buf[GENL_BUFFER] __attribute__((aligned(8)));
	struct inet_diag_req_v2 *req;
	struct nlmsghdr *nlh;
	ssize_t ret;

	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nlh->nlmsg_seq = family;
	req = mnl_nlmsg_put_extra_header(nlh, sizeof(*req));
	req->sdiag_family = family;
	req->sdiag_protocol = IPPROTO_TCP;
	req->idiag_states = 1 << TCP_STATE_LISTEN;
	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	do {
		ret = mnl_socket_recvfrom(nl, buf, sizeof(buf));
		if (ret > 0)
			ret = mnl_cb_run(buf, ret, family, 0, note_socket, in);
	} while (ret > 0);
	return ret < 0 ? -errno : 0;
}

int find_port_pids(int port, int *pids, int max)
{
	static struct inodes in;
	struct holders holders;
	struct mnl_socket *nl;
	int n = 0, err;
	size_t i;

	in.port = port;
	in.nr = 0;
	nl = mnl_socket_open2(NETLINK_SOCK_DIAG, SOCK_CLOEXEC);
	if (!nl)
		return -errno;
	err = mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0 ? -errno : 0;
	if (!err)
		err = ask(nl, AF_INET, &in);
	if (!err)
		err = ask(nl, AF_INET6, &in);
	mnl_socket_close(nl);
	if (err)
		return err;
	holders_find(&holders, in.list, in.nr);
	for (i = 0; i < holders.nr && n < max; i++)
		pids[n++] = holders.list[i].pid;
	holders_free(&holders);
	return n;
}
