// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel answers. The first byte of the input says which command
 * asked; the rest is what each receive returns: two bytes of length, and so many
 * bytes. The family is there, and the headers of messages are made right, as
 * the kernel's are; what is behind them is anything.
 */
#include "stubs.h"

#include <linux/genetlink.h>
#include <libmnl/libmnl.h>
#include <poll.h>

#define FAMILY	0x20

static const uint8_t *input;
static size_t input_left;
static uint32_t last_seq;
static bool found;

struct mnl_socket *mnl_socket_open2(int bus, int flags)
{
	(void)bus;
	(void)flags;
	return (struct mnl_socket *)&found;
}

int mnl_socket_bind(struct mnl_socket *nl, unsigned int groups, pid_t pid)
{
	(void)nl;
	(void)groups;
	(void)pid;
	return 0;
}

int mnl_socket_close(struct mnl_socket *nl)
{
	(void)nl;
	return 0;
}

int mnl_socket_setsockopt(const struct mnl_socket *nl, int type, void *buf,
			  socklen_t len)
{
	(void)nl;
	(void)type;
	(void)buf;
	(void)len;
	return 0;
}

ssize_t mnl_socket_sendto(const struct mnl_socket *nl, const void *buf,
			  size_t len)
{
	(void)nl;
	last_seq = ((const struct nlmsghdr *)buf)->nlmsg_seq;
	return len;
}

/* A family with an id, and an acknowledgement. */
static ssize_t answer_family(void *buf)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf), *ack;
	struct nlmsgerr *err;

	nlh->nlmsg_type = GENL_ID_CTRL;
	nlh->nlmsg_seq = last_seq;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct genlmsghdr));
	mnl_attr_put_u16(nlh, CTRL_ATTR_FAMILY_ID, FAMILY);
	ack = mnl_nlmsg_put_header((char *)buf + nlh->nlmsg_len);
	ack->nlmsg_type = NLMSG_ERROR;
	ack->nlmsg_seq = last_seq;
	err = mnl_nlmsg_put_extra_header(ack, sizeof(*err));
	err->error = 0;
	return nlh->nlmsg_len + ack->nlmsg_len;
}

static size_t set_header(void *buf, size_t len)
{
	static const uint16_t types[] = {
		FAMILY, FAMILY, NLMSG_ERROR, NLMSG_DONE,
	};
	struct nlmsghdr *nlh = buf;

	if (len < sizeof(*nlh) + sizeof(struct genlmsghdr))
		return 0;
	nlh->nlmsg_len = len;
	nlh->nlmsg_type = types[nlh->nlmsg_type % ARRAY_SIZE(types)];
	nlh->nlmsg_seq = last_seq;
	return len;
}

ssize_t mnl_socket_recvfrom(const struct mnl_socket *nl, void *buf,
			    size_t size)
{
	size_t len;

	(void)nl;
	if (!found) {
		found = true;
		return answer_family(buf);
	}
	if (input_left < 2) {
		errno = EIO;
		return -1;
	}
	len = input[0] | input[1] << 8;
	input += 2;
	input_left -= 2;
	if (len > input_left)
		len = input_left;
	if (len > size)
		len = size;
	memcpy(buf, input, len);
	input += len;
	input_left -= len;
	return set_header(buf, len);
}

/* It is always time for the next frame. */
int poll(struct pollfd *fds, nfds_t nr, int timeout)
{
	(void)fds;
	(void)nr;
	(void)timeout;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char *commands[][6] = {
		{ "homeport", "rule" },
		{ "homeport", "-j", "rule" },
		{ "homeport", "group" },
		{ "homeport", "-j", "group" },
		{ "homeport", "-s", "listener" },
		{ "homeport", "-j", "-p", "listener" },
		{ "homeport", "stat" },
		{ "homeport", "-s", "stat" },
		{ "homeport", "-j", "stat" },
		{ "homeport", "top", "-b", "-n", "2" },
	};
	char **argv;
	int argc = 0;

	silence();
	if (!size)
		return 0;
	argv = commands[data[0] % ARRAY_SIZE(commands)];
	while (argc < 6 && argv[argc])
		argc++;
	input = data + 1;
	input_left = size - 1;
	found = false;
	show_stats = false;
	homeport_main(argc, argv);
	return 0;
}
