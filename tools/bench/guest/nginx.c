// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nginx.h"
#include "sockset.h"

#define DIR		"/tmp/survive-nginx"
#define CONF		DIR "/nginx.conf"
#define PID_FILE	DIR "/nginx.pid"
#define OLD_PID_FILE	PID_FILE ".oldbin"
#define NGINX		"/usr/sbin/nginx"

static void put_listen(FILE *f, const struct webconf *conf)
{
	if (conf->family == AF_INET)
		fprintf(f, "\t\tlisten %u", conf->port);
	else
		fprintf(f, "\t\tlisten [::]:%u ipv6only=%s", conf->port,
			conf->v6only ? "on" : "off");
	fprintf(f, " reuseport backlog=%d", conf->backlog);
	if (conf->defer)
		fprintf(f, " deferred");
	if (conf->fastopen)
		fprintf(f, " fastopen=%d", conf->fastopen);
	fprintf(f, ";\n");
}

static int write_conf(const struct webconf *conf)
{
	FILE *f;

	/* whoever it runs as writes its own files there */
	mkdir(DIR, 0777);
	chmod(DIR, 0777);
	f = fopen(CONF, "we");
	if (!f)
		return -errno;
	fprintf(f,
		"pid " PID_FILE ";\n"
		"error_log stderr;\n"
		"worker_processes %d;\n"
		"events { worker_connections 512; }\n"
		"http {\n"
		"	access_log off;\n"
		"	keepalive_timeout 0;\n"
		"	client_body_temp_path " DIR "/body;\n"
		"	proxy_temp_path " DIR "/proxy;\n"
		"	fastcgi_temp_path " DIR "/fastcgi;\n"
		"	uwsgi_temp_path " DIR "/uwsgi;\n"
		"	scgi_temp_path " DIR "/scgi;\n"
		"	server {\n", conf->workers);
	put_listen(f, conf);
	fprintf(f,
		"		location / { return 200 \"homeport\\n\"; }\n"
		"	}\n"
		"}\n");
	fclose(f);
	return 0;
}

/* What another owner made, this one could not write to. */
static void clean_up(void)
{
	char *argv[] = { "/bin/rm", "-rf", DIR, NULL };

	procs_run(0, argv);
}

static pid_t read_pid(const char *path)
{
	char text[32];

	return hp_read(path, text, sizeof(text)) ? 0 : atoi(text);
}

static bool has_workers(pid_t master, int nr)
{
	struct procs workers;

	procs_children(master, &workers);
	return workers.nr == nr;
}

static bool is_up(struct nginx *n)
{
	n->master = read_pid(PID_FILE);
	return n->master && has_workers(n->master, n->conf.workers);
}

int nginx_up(struct nginx *n, const struct webconf *conf)
{
	char *argv[] = { NGINX, "-c", CONF, NULL };
	int ret;

	n->conf = *conf;
	clean_up();
	ret = write_conf(conf) ?: procs_run(conf->uid, argv);
	if (ret)
		return ret < 0 ? ret : -ECHILD;
	return HP_WAIT_FOR(is_up(n), HP_LATER) ? 0 : -ETIMEDOUT;
}

int nginx_freeze(struct nginx *n)
{
	struct procs workers;

	procs_children(n->master, &workers);
	/* one that still starts would first accept, and then see its orders */
	return procs_wait_idle(&workers) ? procs_freeze(&workers) : -ETIMEDOUT;
}

static bool has_new(pid_t master, const struct procs *old, int nr)
{
	struct procs now;

	procs_children(master, &now);
	return procs_count_new(&now, old) == nr;
}

/* The old ones may be frozen: they go on when their successors are there. */
int nginx_reload(struct nginx *n, int workers)
{
	struct procs old;
	int ret;

	procs_children(n->master, &old);
	n->conf.workers = workers;
	ret = write_conf(&n->conf);
	if (ret || kill(n->master, SIGHUP))
		return ret ?: -errno;
	if (!HP_WAIT_FOR(has_new(n->master, &old, workers), HP_LATER))
		return -ETIMEDOUT;
	procs_signal(&old, SIGCONT);
	return HP_WAIT_FOR(procs_all_gone(&old) &&
			   has_workers(n->master, workers), HP_LATER) ?
		0 : -ETIMEDOUT;
}

static bool has_successor(pid_t old, pid_t *new)
{
	*new = read_pid(PID_FILE);
	return *new && *new != old && read_pid(OLD_PID_FILE) == old;
}

int nginx_upgrade(struct nginx *n)
{
	pid_t old = n->master, new;
	struct procs workers;

	procs_children(old, &workers);
	if (kill(old, SIGUSR2))
		return -errno;
	if (!HP_WAIT_FOR(has_successor(old, &new) &&
			 has_workers(new, n->conf.workers), HP_LATER))
		return -ETIMEDOUT;
	n->master = new;
	kill(old, SIGQUIT);
	procs_signal(&workers, SIGCONT);
	return HP_WAIT_FOR(procs_all_gone(&workers) && procs_gone(old),
			   HP_LATER) ? 0 : -ETIMEDOUT;
}

int nginx_test(struct nginx *n)
{
	char *argv[] = { NGINX, "-t", "-q", "-c", CONF, NULL };
	struct procs workers;
	int ret;

	ret = procs_run(n->conf.uid, argv);
	procs_children(n->master, &workers);
	procs_signal(&workers, SIGCONT);
	return ret > 0 ? -ECHILD : ret;
}

int nginx_down(struct nginx *n)
{
	struct procs workers;

	procs_children(n->master, &workers);
	procs_signal(&workers, SIGTERM);
	if (kill(n->master, SIGTERM))
		return -errno;
	procs_signal(&workers, SIGCONT);
	if (!HP_WAIT_FOR(procs_gone(n->master) && procs_all_gone(&workers),
			 HP_LATER))
		return -ETIMEDOUT;
	n->master = 0;
	return 0;
}

void nginx_end(struct nginx *n)
{
	struct procs workers;

	if (!n->master)
		return;
	procs_children(n->master, &workers);
	/* whoever sees a listener that is shut down fills the log */
	procs_signal(&workers, SIGSTOP);
	sockset_shutdown(n->master, n->conf.port);
	kill(n->master, SIGKILL);
	procs_signal(&workers, SIGKILL);
	HP_WAIT_FOR(procs_gone(n->master) && procs_all_gone(&workers), HP_LATER);
	n->master = 0;
}
