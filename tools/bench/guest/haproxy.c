// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "haproxy.h"
#include "sockset.h"

#define CONF	"/tmp/survive-haproxy.cfg"

static int write_conf(const struct webconf *conf)
{
	const char *address = conf->family == AF_INET ? "0.0.0.0" : "[::]";
	const char *which = conf->family == AF_INET ? "" :
			    conf->v6only ? " v6only" : " v4v6";
	FILE *f = fopen(CONF, "we");

	if (!f)
		return -errno;
	fprintf(f,
		"global\n"
		"	nbthread %d\n"
		"defaults\n"
		"	mode http\n"
		"	option httpclose\n"
		"	timeout client 20s\n"
		"	timeout connect 20s\n"
		"	timeout server 20s\n"
		"frontend survive\n"
		"	bind %s:%u%s shards by-thread backlog %d%s%s\n"
		"	http-request return status 200 content-type text/plain string \"homeport\\n\"\n",
		conf->workers, address, conf->port, which, conf->backlog,
		conf->defer ? " defer-accept" : "",
		conf->fastopen ? " tfo" : "");
	fclose(f);
	return chmod(CONF, 0644) ? -errno : 0;
}

static bool listens(pid_t pid, u16 port, int nr)
{
	struct sockset set;
	bool all;

	all = !sockset_open(&set, pid, port) && set.nr == nr;
	sockset_close(&set);
	return all;
}

/* @predecessor: 0, or who is to finish */
static int start(struct haproxy *h, pid_t predecessor)
{
	char pid[16];
	char *argv[] = { "/usr/sbin/haproxy", "-db", "-f", CONF,
			 predecessor ? "-sf" : NULL, pid, NULL };
	int ret;

	snprintf(pid, sizeof(pid), "%d", predecessor);
	ret = procs_spawn(&h->pid, h->conf.uid, argv);
	if (ret)
		return ret;
	return HP_WAIT_FOR(listens(h->pid, h->conf.port, h->conf.workers),
			   HP_LATER) ? 0 : -ETIMEDOUT;
}

int haproxy_up(struct haproxy *h, const struct webconf *conf)
{
	h->conf = *conf;
	return write_conf(conf) ?: start(h, 0);
}

int haproxy_freeze(struct haproxy *h)
{
	struct procs self = { .pids = { h->pid }, .nr = 1 };

	return procs_wait_idle(&self) ? procs_freeze(&self) : -ETIMEDOUT;
}

/* It may be frozen: it goes on when it has been told to finish. */
int haproxy_reload(struct haproxy *h)
{
	pid_t old = h->pid;
	int ret;

	ret = start(h, old);
	if (ret)
		return ret;
	if (!HP_WAIT_FOR(procs_gone(old) || procs_pending(old, SIGUSR1),
			 HP_LATER))
		return -ETIMEDOUT;
	kill(old, SIGCONT);
	return HP_WAIT_FOR(procs_gone(old), HP_LATER) ? 0 : -ETIMEDOUT;
}

void haproxy_end(struct haproxy *h)
{
	if (!h->pid)
		return;
	kill(h->pid, SIGSTOP);
	sockset_shutdown(h->pid, h->conf.port);
	kill(h->pid, SIGKILL);
	HP_WAIT_FOR(procs_gone(h->pid), HP_LATER);
	h->pid = 0;
}
