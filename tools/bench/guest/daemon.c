// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon.h"
#include "sockset.h"

#define NGINX_CONF	"/tmp/bench-nginx.conf"
#define HAPROXY_CONF	"/tmp/bench-haproxy.cfg"
#define SERVER_LOG	"/out/server.log"

static int spawn(pid_t *pid, char *const argv[])
{
	int log;

	*pid = fork();
	if (*pid < 0)
		return -errno;
	if (*pid)
		return 0;
	log = open(SERVER_LOG, O_WRONLY | O_CREAT | O_APPEND, 0644);
	dup2(log, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	execv(argv[0], argv);
	dprintf(log, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

static int count_listeners(pid_t pid, u16 port)
{
	struct sockset set;
	int nr;

	nr = sockset_open(&set, pid, port) ? 0 : set.nr;
	sockset_close(&set);
	return nr;
}

static int count_children(pid_t pid)
{
	char path[64], text[4096], *p = text;
	int nr = 0;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	if (hp_read(path, text, sizeof(text)))
		return 0;
	while ((p = strpbrk(p, "0123456789"))) {
		p += strspn(p, "0123456789");
		nr++;
	}
	return nr;
}

/* Until it listens with all of its workers; else it is ended. */
static int wait_started(pid_t pid, u16 port, int listeners, int children)
{
	if (HP_WAIT_FOR(count_listeners(pid, port) == listeners &&
			count_children(pid) == children, HP_LATER))
		return 0;
	daemon_stop(pid);
	return -ETIMEDOUT;
}

static int nginx_write(const struct nginx_conf *conf)
{
	FILE *f = fopen(NGINX_CONF, "we");

	if (!f)
		return -errno;
	fprintf(f,
		"daemon off;\n"
		"user root;\n"
		"pid /run/bench-nginx.pid;\n"
		"error_log stderr;\n"
		"worker_processes %d;\n"
		"%s\n"
		"events { worker_connections 512; }\n"
		"http {\n"
		"	access_log off;\n"
		"	keepalive_timeout %d;\n"
		"	default_type text/plain;\n"
		"	%s\n"
		"	server {\n"
		"		listen %u%s;\n"
		"		%s\n"
		"	}\n"
		"}\n", conf->workers,
		conf->pinned ? "worker_cpu_affinity auto;" : "",
		conf->keepalive ? 60 : 0,
		conf->gzip ? "gzip on; gzip_comp_level 9; gzip_types text/plain; gzip_http_version 1.0;" : "",
		conf->port, conf->single ? "" : " reuseport",
		conf->gzip ? "root " DAEMON_ROOT ";" :
			     "location / { return 200 \"homeport\\n\"; }");
	return fclose(f) ? -errno : 0;
}

int nginx_start(pid_t *pid, const struct nginx_conf *conf)
{
	char *argv[] = { "/usr/sbin/nginx", "-c", NGINX_CONF, NULL };

	return nginx_write(conf) ?: spawn(pid, argv) ?:
		wait_started(*pid, conf->port, conf->single ? 1 : conf->workers,
			     conf->workers);
}

/* Answers itself, or asks another part of itself that stands for a backend. */
static void haproxy_write_service(FILE *f, u16 port, bool proxy)
{
	static const char page[] =
		"	http-request return status 200 content-type text/plain string homeport\n";

	fprintf(f,
		"frontend bench\n"
		"	bind :%u shards by-thread\n", port);
	if (!proxy) {
		fputs(page, f);
		return;
	}
	fprintf(f,
		"	default_backend pages\n"
		"backend pages\n"
		"	server page 127.0.0.1:%u\n"
		"frontend page\n"
		"	bind 127.0.0.1:%u shards by-thread\n"
		"%s", port + 1, port + 1, page);
}

int haproxy_start(pid_t *pid, u16 port, int workers, bool proxy)
{
	char *argv[] = { "/usr/sbin/haproxy", "-db", "-f", HAPROXY_CONF, NULL };
	FILE *f = fopen(HAPROXY_CONF, "we");
	int ret;

	if (!f)
		return -errno;
	fprintf(f,
		"global\n"
		"	nbthread %d\n"
		"	cpu-map auto:1/1-%d 0-%d\n"
		"defaults\n"
		"	mode http\n"
		"	option httpclose\n"
		"	timeout client 20s\n"
		"	timeout connect 20s\n"
		"	timeout server 20s\n",
		workers, workers, workers - 1);
	haproxy_write_service(f, port, proxy);
	fclose(f);
	ret = spawn(pid, argv);
	return ret ?: wait_started(*pid, port, workers, 0);
}

static bool ended(pid_t pid)
{
	return waitpid(pid, NULL, WNOHANG) != 0;
}

void daemon_stop(pid_t pid)
{
	kill(pid, SIGTERM);
	if (HP_WAIT_FOR(ended(pid), HP_LATER))
		return;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}
