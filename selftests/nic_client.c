// SPDX-License-Identifier: GPL-2.0
/*
 * nic_client ADDRESS PORT WORKERS: connects, asks, reads to the end, closes,
 * over and over, until it is killed. For the host's side of nic_real.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#define WAIT_MS	2000

static void pause_ms(long ms)
{
	const struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

static int wait_for(int fd, short events)
{
	struct pollfd p = { fd, events, 0 };

	return poll(&p, 1, WAIT_MS) == 1;
}

static int ask_once(const struct sockaddr_in *to)
{
	static const char request[] = "GET / HTTP/1.0\r\n\r\n";
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), good;
	char answer[4096];

	if (fd < 0)
		return 0;
	connect(fd, (const struct sockaddr *)to, sizeof(*to));
	good = wait_for(fd, POLLOUT) &&
		send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL) > 0;
	while (good && wait_for(fd, POLLIN) &&
	       recv(fd, answer, sizeof(answer), 0) > 0)
		;
	close(fd);
	return good;
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	int i;

	if (argc != 4 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1)
		return 2;
	to.sin_port = htons(atoi(argv[2]));
	for (i = 1; i < atoi(argv[3]); i++) {
		if (!fork()) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			break;
		}
	}
	/* a guest that is emulated has to keep up with it */
	for (;;)
		pause_ms(ask_once(&to) ? 10 : 200);
}
