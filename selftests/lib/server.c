// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cpu.h"
#include "server.h"

#ifndef SO_INCOMING_CPU
#define SO_INCOMING_CPU 49
#endif

enum order {
	ORDER_LISTEN,
	ORDER_CLOSE,
	ORDER_SHUTDOWN,
	ORDER_RELISTEN,
	ORDER_INCOMING_CPU,
	ORDER_SERVE,
	ORDER_STOP,
};

struct message {
	int order;
	int arg;	/* in the answer: 0 or -errno */
	pid_t tid;
};

int hp_attach_cbpf(int fd, int nr)
{
	struct sock_filter code[] = {
		{ BPF_LD | BPF_W | BPF_ABS, 0, 0, SKF_AD_OFF + SKF_AD_CPU },
		{ BPF_ALU | BPF_MOD | BPF_K, 0, 0, nr },
		{ BPF_RET | BPF_A, 0, 0, 0 },
	};
	struct sock_fprog prog = { .len = 3, .filter = code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &prog,
			  sizeof(prog)) ? -errno : 0;
}

static int set_int(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) ? -errno : 0;
}

static int incoming_at(const struct hp_server_conf *conf, int fd, int k,
		       enum hp_moment now)
{
	if (!conf->incoming || conf->incoming_when != now)
		return 0;
	return set_int(fd, SOL_SOCKET, SO_INCOMING_CPU, conf->incoming[k]);
}

static int bind_it(const struct hp_server_conf *conf, int fd)
{
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6,
				     .sin6_port = htons(conf->port) };
	struct sockaddr_in sin = { .sin_family = AF_INET,
				   .sin_port = htons(conf->port) };

	if (conf->family == AF_INET) {
		if (conf->addr)
			memcpy(&sin.sin_addr, conf->addr, 4);
		return bind(fd, (void *)&sin, sizeof(sin)) ? -errno : 0;
	}
	if (conf->addr)
		memcpy(&sin6.sin6_addr, conf->addr, 16);
	return bind(fd, (void *)&sin6, sizeof(sin6)) ? -errno : 0;
}

static int prepare(const struct hp_server_conf *conf, int fd, int k)
{
	int ret = 0;

	if (!conf->no_reuseport)
		ret = set_int(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	if (conf->reuseaddr)
		ret = ret ?: set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (conf->family == AF_INET6 && conf->domain != AF_SMC)
		ret = ret ?: set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY,
				     conf->v6only);
	ret = ret ?: incoming_at(conf, fd, k, HP_BEFORE_BIND);
	ret = ret ?: bind_it(conf, fd);
	ret = ret ?: incoming_at(conf, fd, k, HP_BEFORE_LISTEN);
	if (conf->cbpf && !k)
		ret = ret ?: hp_attach_cbpf(fd, conf->cbpf);
	if (!ret && listen(fd, conf->backlog ?: 4096))
		ret = -errno;
	return ret ?: incoming_at(conf, fd, k, HP_AFTER_LISTEN);
}

int hp_listen(const struct hp_server_conf *conf, int k)
{
	int type = SOCK_STREAM | SOCK_CLOEXEC;
	int fd, ret;

	if (!conf->blocking)
		type |= SOCK_NONBLOCK;
	fd = socket(conf->domain ?: conf->family, type, conf->protocol);
	if (fd < 0)
		return -errno;
	ret = prepare(conf, fd, k);
	if (!ret)
		return fd;
	close(fd);
	return ret;
}

int hp_serve_one(int listener, u32 worker)
{
	struct hp_reply reply = { .magic = HP_MAGIC, .worker = worker };
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	int flow = -1;
	socklen_t len = sizeof(flow);
	char question[64];

	if (fd < 0)
		return -errno;
	reply.cpu = sched_getcpu();
	/* whoever closes with something unread resets the connection */
	while (recv(fd, question, sizeof(question), MSG_DONTWAIT) > 0)
		;
	getsockopt(fd, SOL_SOCKET, SO_INCOMING_CPU, &flow, &len);
	reply.flow_cpu = flow;
	send(fd, &reply, sizeof(reply), MSG_MORE | MSG_NOSIGNAL);
	close(fd);
	return 0;
}

static int serve_one(const struct hp_worker *w)
{
	int ret = hp_serve_one(w->listener, w->index);

	if (!ret && w->conf->work_us)
		usleep(w->conf->work_us);
	return ret;
}

static int pin_at(struct hp_worker *w, enum hp_moment now)
{
	if (!w->conf->pin || w->conf->pin_when != now)
		return 0;
	return w->conf->pin[w->index] < 0 ? 0 : hp_pin(w->conf->pin[w->index]);
}

static int do_listen(struct hp_worker *w)
{
	int ret = 0;

	if (w->listener < 0)
		w->listener = hp_listen(w->conf, w->index);
	if (w->listener < 0) {
		ret = w->listener;
		w->listener = -1;
	}
	return ret ?: pin_at(w, HP_AFTER_LISTEN);
}

static int do_order(struct hp_worker *w, const struct message *m)
{
	switch (m->order) {
	case ORDER_LISTEN:
		return do_listen(w);
	case ORDER_CLOSE:
		close(w->listener);
		w->listener = -1;
		return 0;
	case ORDER_SHUTDOWN:
		return shutdown(w->listener, SHUT_RD) ? -errno : 0;
	case ORDER_RELISTEN:
		return listen(w->listener, 4096) ? -errno : 0;
	case ORDER_INCOMING_CPU:
		return set_int(w->listener, SOL_SOCKET, SO_INCOMING_CPU, m->arg);
	default:
		return 0;
	}
}

/* Returns the order that was done. */
static int take_order(struct hp_worker *w)
{
	struct message m;

	if (read(w->ctl, &m, sizeof(m)) != sizeof(m))
		return ORDER_STOP;	/* the test is gone */
	m.arg = do_order(w, &m);
	m.tid = syscall(SYS_gettid);
	if (write(w->ctl, &m, sizeof(m)) != sizeof(m))
		return ORDER_STOP;
	return m.order;
}

/* Until the listener is shut down. */
static void serve_blocking(struct hp_worker *w)
{
	int ret;

	do
		ret = serve_one(w);
	while (!ret || ret == -EINTR || ret == -ECONNABORTED);
}

static void watch(struct hp_worker *w, int ep, int fd)
{
	struct epoll_event e = { .events = EPOLLIN, .data.fd = fd };

	epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
}

static void serve_epoll(struct hp_worker *w)
{
	int ep = epoll_create1(EPOLL_CLOEXEC);
	int watched = -1, order = ORDER_SERVE;
	struct epoll_event e;

	watch(w, ep, w->ctl);
	while (order != ORDER_STOP) {
		if (w->listener != watched && w->listener >= 0)
			watch(w, ep, w->listener);
		watched = w->listener;
		if (epoll_wait(ep, &e, 1, -1) != 1)
			continue;
		if (e.data.fd == w->ctl)
			order = take_order(w);
		else if (e.data.fd == w->listener)
			serve_one(w);
		/* closing and opening again may give the same number */
		if (order == ORDER_CLOSE)
			watched = -1;
	}
	close(ep);
}

static void work(struct hp_worker *w)
{
	int order = pin_at(w, HP_NEVER) ? ORDER_STOP : ORDER_LISTEN;

	while (order != ORDER_STOP) {
		order = take_order(w);
		if (order != ORDER_SERVE)
			continue;
		if (!w->conf->blocking) {
			serve_epoll(w);
			return;
		}
		serve_blocking(w);
	}
}

static void *work_thread(void *arg)
{
	struct hp_worker *w = arg;

	work(w);
	if (w->listener >= 0 && !w->conf->master)
		close(w->listener);
	close(w->ctl);
	return NULL;
}

static int start_process(struct hp_worker *w)
{
	w->tid = fork();
	if (w->tid < 0)
		return -errno;
	if (!w->tid) {
		if (w->conf->uid && setresuid(w->conf->uid, w->conf->uid,
					      w->conf->uid))
			_exit(1);
		/* a change of the uid would clear it */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(w->to);
		work(w);
		_exit(0);
	}
	close(w->ctl);
	w->ctl = -1;
	return 0;
}

static int start(struct hp_server *s, int k)
{
	struct hp_worker *w = &s->workers[k];
	int pair[2], ret;

	*w = (struct hp_worker){ .conf = &s->conf, .index = k, .listener = -1 };
	if (s->conf.master)
		w->listener = s->listeners[(k + s->conf.rotate) %
					   s->conf.listeners];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return -errno;
	w->to = pair[0];
	w->ctl = pair[1];
	if (s->conf.threads)
		ret = -pthread_create(&w->thread, NULL, work_thread, w);
	else
		ret = start_process(w);
	w->running = !ret;
	return ret;
}

static int order(struct hp_worker *w, enum order what, int arg)
{
	struct message m = { .order = what, .arg = arg };

	if (write(w->to, &m, sizeof(m)) != sizeof(m))
		return -EPIPE;
	if (read(w->to, &m, sizeof(m)) != sizeof(m))
		return -EPIPE;
	w->tid = m.tid;
	return m.arg;
}

int hp_worker_listen(struct hp_worker *w)
{
	return order(w, ORDER_LISTEN, 0);
}

int hp_worker_close(struct hp_worker *w)
{
	return order(w, ORDER_CLOSE, 0);
}

int hp_worker_shutdown(struct hp_worker *w)
{
	return order(w, ORDER_SHUTDOWN, 0);
}

int hp_worker_relisten(struct hp_worker *w)
{
	return order(w, ORDER_RELISTEN, 0);
}

int hp_worker_incoming_cpu(struct hp_worker *w, int cpu)
{
	return order(w, ORDER_INCOMING_CPU, cpu);
}

int hp_worker_serve(struct hp_worker *w)
{
	return order(w, ORDER_SERVE, 0);
}

static int open_as_master(struct hp_server *s)
{
	int k;

	for (k = 0; k < s->conf.listeners; k++) {
		s->listeners[k] = hp_listen(&s->conf, k);
		if (s->listeners[k] < 0)
			return s->listeners[k];
	}
	return 0;
}

static int start_all(struct hp_server *s)
{
	const struct hp_server_conf *conf = &s->conf;
	int k, ret = 0;

	if (conf->master)
		ret = open_as_master(s);
	for (k = 0; !ret && k < conf->workers; k++)
		ret = start(s, k) ?: hp_worker_listen(&s->workers[k]);
	if (conf->incoming && conf->incoming_when == HP_AFTER_ALL)
		for (k = 0; !ret && k < conf->workers; k++)
			ret = hp_worker_incoming_cpu(&s->workers[k],
						     conf->incoming[k]);
	for (k = 0; !ret && !conf->idle && k < conf->workers; k++)
		ret = hp_worker_serve(&s->workers[k]);
	return ret;
}

int hp_server_start(struct hp_server *s, const struct hp_server_conf *conf)
{
	int k, ret;

	memset(s, 0, sizeof(*s));
	s->conf = *conf;
	s->conf.listeners = conf->listeners ?: conf->workers;
	for (k = 0; k < HP_MAX_WORKERS; k++)
		s->listeners[k] = -1;
	ret = start_all(s);
	if (ret)
		hp_server_stop(s);
	return ret;
}

int hp_server_pin(struct hp_server *s, const int *pin)
{
	int k, ret = 0;

	for (k = 0; !ret && k < s->conf.workers; k++)
		ret = hp_pin_task(s->workers[k].tid, pin[k]);
	return ret;
}

static void stop_thread(struct hp_worker *w)
{
	struct message m = { .order = ORDER_STOP };

	/* it waits in accept(), or for orders: both end */
	if (w->conf->blocking && w->listener >= 0)
		shutdown(w->listener, SHUT_RD);
	if (write(w->to, &m, sizeof(m)) < 0)
		shutdown(w->to, SHUT_RDWR);
	pthread_join(w->thread, NULL);
}

static void stop(struct hp_worker *w)
{
	if (!w->running)
		return;
	if (w->conf->threads) {
		stop_thread(w);
	} else {
		kill(w->tid, SIGKILL);
		waitpid(w->tid, NULL, 0);
	}
	close(w->to);
	w->running = false;
}

void hp_server_kill(struct hp_server *s, int worker)
{
	stop(&s->workers[worker]);
}

void hp_server_stop(struct hp_server *s)
{
	int k;

	if (!s->conf.workers)
		return;		/* not started, or stopped already */
	for (k = 0; k < s->conf.workers; k++)
		stop(&s->workers[k]);
	for (k = 0; k < HP_MAX_WORKERS; k++)
		if (s->listeners[k] >= 0)
			close(s->listeners[k]);
	s->conf.workers = 0;
}
