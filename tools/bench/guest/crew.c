// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <grp.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crew.h"

/* TCP_DEFER_ACCEPT, in seconds: longer than any gap */
#define DEFER		30

enum order { SERVE = 's', CLOSE = 'c', SHUTDOWN = 'q' };

static int become(uid_t uid)
{
	if (uid && (setgroups(0, NULL) || setresgid(uid, uid, uid) ||
		    setresuid(uid, uid, uid)))
		return -errno;
	/* another uid forgets what was set before */
	return prctl(PR_SET_PDEATHSIG, SIGKILL) ? -errno : 0;
}

static int set_tcp(int fd, int option, int value)
{
	if (!value)
		return 0;
	return setsockopt(fd, IPPROTO_TCP, option, &value, sizeof(value)) ?
		-errno : 0;
}

/* A listener, or -errno. */
static int open_listener(const struct crew_conf *conf, int k)
{
	int fd, ret;

	ret = become(conf->uid);
	fd = ret ?: hp_listen(&conf->listen, k);
	if (fd < 0)
		return fd;
	ret = set_tcp(fd, TCP_DEFER_ACCEPT, conf->defer ? DEFER : 0);
	return ret ?: set_tcp(fd, TCP_FASTOPEN, conf->fastopen) ?: fd;
}

/* What came; it is dropped, but a close() with unread data would be a RST. */
static void hear(int fd)
{
	struct timeval limit = { .tv_sec = 2 };
	char request[64];

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (recv(fd, request, sizeof(request), 0) < 0)
		return;
}

static void serve_one(const struct crew_conf *conf, int listener, int k)
{
	struct hp_reply reply = { .magic = HP_MAGIC, .worker = k };
	int fd;

	if (!conf->hears) {
		hp_serve_one(listener, k);
		return;
	}
	fd = accept(listener, NULL, NULL);
	if (fd < 0)
		return;
	hear(fd);
	send(fd, &reply, sizeof(reply), MSG_MORE | MSG_NOSIGNAL);
	close(fd);
}

static void work(const struct crew_conf *conf, int ctl, int k)
{
	int listener = open_listener(conf, k);
	struct pollfd p[2] = {
		{ .fd = ctl, .events = POLLIN },
		{ .fd = -1, .events = POLLIN },		/* until told to serve */
	};
	char order;

	if (write(ctl, &listener, sizeof(listener)) < 0 || listener < 0)
		return;
	while (poll(p, 2, -1) > 0 || errno == EINTR) {
		if (!p[0].revents) {
			serve_one(conf, listener, k);
			continue;
		}
		if (read(ctl, &order, 1) != 1 || order == CLOSE)
			break;
		if (order == SHUTDOWN)
			shutdown(listener, SHUT_RDWR);
		else
			p[1].fd = listener;
	}
	close(listener);
}

void crew_init(struct crew *c, const struct crew_conf *conf)
{
	memset(c, 0, sizeof(*c));
	c->conf = *conf;
}

static int tell(struct crew_worker *w, enum order order)
{
	char o = order;

	return w->pid && write(w->to, &o, 1) != 1 ? -EPIPE : 0;
}

static void await_end(struct crew_worker *w)
{
	if (!w->pid)
		return;
	waitpid(w->pid, NULL, 0);
	close(w->to);
	w->pid = 0;
}

static int start(struct crew *c)
{
	int k = c->nr, pair[2], listener;
	struct crew_worker *w = &c->workers[k];

	if (k == CREW_MAX)
		return -ENOSPC;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return -errno;
	w->pid = fork();
	if (!w->pid) {
		close(pair[0]);
		work(&c->conf, pair[1], k);
		_exit(0);
	}
	close(pair[1]);
	w->to = pair[0];
	c->nr++;
	if (w->pid < 0) {
		w->pid = 0;
		return -EAGAIN;
	}
	if (read(w->to, &listener, sizeof(listener)) != sizeof(listener))
		return -EPIPE;
	return listener < 0 ? listener : c->serving ? tell(w, SERVE) : 0;
}

int crew_add(struct crew *c, int nr)
{
	int ret = 0;

	while (!ret && nr--)
		ret = start(c);
	return ret;
}

int crew_serve(struct crew *c)
{
	int k, ret = 0;

	c->serving = true;
	for (k = 0; k < c->nr; k++)
		ret = ret ?: tell(&c->workers[k], SERVE);
	return ret;
}

static int end(struct crew *c, int from, int nr, enum order order)
{
	int k, ret = 0;

	for (k = from; k < from + nr; k++)
		ret = ret ?: tell(&c->workers[k], order);
	for (k = from; !ret && k < from + nr; k++)
		await_end(&c->workers[k]);
	return ret;
}

int crew_close(struct crew *c, int from, int nr)
{
	return end(c, from, nr, CLOSE);
}

int crew_kill(struct crew *c, int from, int nr)
{
	int k;

	for (k = from; k < from + nr; k++)
		if (c->workers[k].pid)
			kill(c->workers[k].pid, SIGKILL);
	for (k = from; k < from + nr; k++)
		await_end(&c->workers[k]);
	return 0;
}

/* All are shut down before one is closed: else its siblings inherit. */
void crew_end(struct crew *c)
{
	int k;

	for (k = 0; k < c->nr; k++)
		tell(&c->workers[k], SHUTDOWN);
	end(c, 0, c->nr, CLOSE);
	for (k = 0; k < c->nr; k++)
		if (c->workers[k].pid) {
			kill(c->workers[k].pid, SIGKILL);
			await_end(&c->workers[k]);
		}
	c->nr = 0;
}
