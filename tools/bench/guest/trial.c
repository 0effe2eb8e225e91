// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "crew.h"
#include "haproxy.h"
#include "mib.h"
#include "nginx.h"
#include "trial.h"

#define WORKERS		4
#define FEWER		2
#define BACKLOG		1024
#define FASTOPEN	256
/* So many come while nobody listens. */
#define LATE		8
/* Milliseconds for a SYN-ACK or a RST, of which each comes at once. */
#define LATE_WAIT	50

#define SYSCTL		"/proc/sys/net/ipv4/"
/* for servers, and no cookie asked for */
#define FASTOPEN_SERVER	0x202

struct trial {
	struct tun *tun;
	const struct cell *cell;
	struct crew crew;
	struct nginx nginx;
	struct haproxy haproxy;
	struct callers before, late;
};

static const struct row_info *row_of(const struct trial *t)
{
	return &row_infos[t->cell->row];
}

static bool is_own(const struct trial *t)
{
	return row_of(t)->server == SERVER_CREW;
}

/* Its child is in an accept queue before the change: nobody may accept it. */
static bool is_held(const struct trial *t)
{
	return t->cell->kind == KIND_QUEUED || t->cell->kind == KIND_FASTOPEN;
}

static bool is_dual(const struct trial *t)
{
	return t->cell->family == FAMILY_DUAL;
}

static enum talk talk_of(const struct trial *t)
{
	if (!is_own(t))
		return TALK_HTTP;
	return t->cell->kind == KIND_FASTOPEN || t->cell->kind == KIND_DEFERRED ?
		TALK_ASKS : TALK_LISTENS;
}

static int fastopen_of(const struct trial *t)
{
	return t->cell->kind == KIND_FASTOPEN ? FASTOPEN : 0;
}

static void sleep_until(u64 end)
{
	struct timespec ts;
	int left = hp_left(end);

	ts = (struct timespec){ left / 1000, left % 1000 * 1000000l };
	nanosleep(&ts, NULL);
}

static struct callers_conf callers_conf(const struct trial *t, bool at_once)
{
	return (struct callers_conf){
		.tun = t->tun, .family = client_family(t->cell->family),
		.port = TRIAL_PORT, .kind = t->cell->kind,
		.talk = talk_of(t), .at_once = at_once,
	};
}

/* Nobody listens now. Some come, and cookies do not wait for the end of it. */
static int gap(struct trial *t, unsigned int ms)
{
	struct callers_conf conf = callers_conf(t, true);
	u64 end = hp_now() + ms;
	int ret = 0;

	if (!t->late.nr)
		ret = callers_open(&t->late, &conf, LATE, LATE_WAIT);
	if (!ret && t->cell->kind == KIND_COOKIE)
		ret = callers_ack_half(&t->before);
	sleep_until(end);
	return ret;
}

static int grow(struct trial *t)
{
	return crew_add(&t->crew, WORKERS);
}

static int shrink(struct trial *t)
{
	return crew_close(&t->crew, FEWER, WORKERS - FEWER);
}

static int one_by_one(struct trial *t)
{
	int k, ret = 0;

	for (k = 0; !ret && k < WORKERS; k++)
		ret = crew_close(&t->crew, k, 1) ?: crew_add(&t->crew, 1);
	return ret;
}

static int overlap(struct trial *t)
{
	return crew_add(&t->crew, WORKERS) ?:
		crew_close(&t->crew, 0, WORKERS);
}

static int kill_one(struct trial *t)
{
	return crew_kill(&t->crew, 1, 1);
}

static int kill_all(struct trial *t)
{
	return crew_kill(&t->crew, 0, WORKERS) ?: gap(t, 0) ?:
		crew_add(&t->crew, WORKERS);
}

static int restart(struct trial *t)
{
	return crew_close(&t->crew, t->crew.nr - WORKERS, WORKERS) ?:
		gap(t, row_of(t)->gap) ?: crew_add(&t->crew, WORKERS);
}

static int twice(struct trial *t)
{
	return restart(t) ?: restart(t);
}

static int reload_nginx(struct trial *t)
{
	return nginx_reload(&t->nginx, WORKERS);
}

static int fewer_nginx(struct trial *t)
{
	return nginx_reload(&t->nginx, FEWER);
}

static int upgrade_nginx(struct trial *t)
{
	return nginx_upgrade(&t->nginx);
}

static int test_nginx(struct trial *t)
{
	return nginx_test(&t->nginx);
}

static int reload_haproxy(struct trial *t)
{
	return haproxy_reload(&t->haproxy);
}

static int stop_start(struct trial *t)
{
	struct webconf conf = t->nginx.conf;

	return nginx_down(&t->nginx) ?: gap(t, 0) ?:
		nginx_up(&t->nginx, &conf);
}

static int (*const changes[NR_ROWS])(struct trial *t) = {
	[ROW_GROW]		= grow,
	[ROW_SHRINK]		= shrink,
	[ROW_ONE_BY_ONE]	= one_by_one,
	[ROW_OVERLAP]		= overlap,
	[ROW_KILL_ONE]		= kill_one,
	[ROW_KILL_ALL]		= kill_all,
	[ROW_GAP_10MS]		= restart,
	[ROW_GAP_100MS]		= restart,
	[ROW_GAP_1S]		= restart,
	[ROW_GAP_5S]		= restart,
	[ROW_TWICE]		= twice,
	[ROW_NGINX_RELOAD]	= reload_nginx,
	[ROW_NGINX_FEWER]	= fewer_nginx,
	[ROW_NGINX_UPGRADE]	= upgrade_nginx,
	[ROW_NGINX_TEST]	= test_nginx,
	[ROW_HAPROXY_RELOAD]	= reload_haproxy,
	[ROW_STOP_START]	= stop_start,
};

static int start_crew(struct trial *t)
{
	struct crew_conf conf = {
		.listen = {
			.family = listener_family(t->cell->family),
			.v6only = !is_dual(t), .port = TRIAL_PORT,
			.backlog = BACKLOG,
		},
		.uid = owner_uid(t->cell->owner),
		.defer = t->cell->kind == KIND_DEFERRED,
		.fastopen = fastopen_of(t),
		.hears = talk_of(t) == TALK_ASKS,
	};

	crew_init(&t->crew, &conf);
	return crew_add(&t->crew, WORKERS) ?:
		(is_held(t) ? 0 : crew_serve(&t->crew));
}

static int start_web(struct trial *t)
{
	struct webconf conf = {
		.family = listener_family(t->cell->family),
		.v6only = !is_dual(t), .port = TRIAL_PORT,
		.workers = WORKERS, .backlog = BACKLOG,
		.uid = owner_uid(t->cell->owner),
		.defer = t->cell->kind == KIND_DEFERRED,
		.fastopen = fastopen_of(t),
	};
	int ret;

	if (row_of(t)->server == SERVER_NGINX) {
		ret = nginx_up(&t->nginx, &conf);
		return ret ?: is_held(t) ? nginx_freeze(&t->nginx) : 0;
	}
	ret = haproxy_up(&t->haproxy, &conf);
	return ret ?: is_held(t) ? haproxy_freeze(&t->haproxy) : 0;
}

static void end_servers(struct trial *t)
{
	crew_end(&t->crew);
	nginx_end(&t->nginx);
	haproxy_end(&t->haproxy);
}

static int set_sysctls(enum kind kind)
{
	return hp_write(SYSCTL "tcp_syncookies", "%d",
			kind == KIND_COOKIE ? 2 : 1) ?:
		hp_write(SYSCTL "tcp_fastopen", "%d",
			 kind == KIND_FASTOPEN ? FASTOPEN_SERVER : 1);
}

void trial_restore(void)
{
	set_sysctls(KIND_HALF_OPEN);
	hp_write(SYSCTL "tcp_migrate_req", "0");
}

/* What the kernel counts when a connection is as far as its kind says. */
static long count_kind(enum kind kind)
{
	switch (kind) {
	case KIND_QUEUED:
		return mib("Tcp", "PassiveOpens");
	case KIND_COOKIE:
		return mib("TcpExt", "SyncookiesSent");
	case KIND_FASTOPEN:
		return mib("TcpExt", "TCPFastOpenPassive");
	case KIND_DEFERRED:
		return mib("TcpExt", "TCPDeferAcceptDrop");
	default:
		/* neither a cookie nor a child */
		return -mib("TcpExt", "SyncookiesSent") -
			mib("Tcp", "PassiveOpens");
	}
}

static int open_before(struct trial *t, int nr)
{
	struct callers_conf conf = callers_conf(t, false);
	enum kind kind = t->cell->kind;
	long count = count_kind(kind);
	int ret;

	ret = callers_open(&t->before, &conf, nr, hp_slow() ? 8000 : 1000);
	if (ret)
		return ret;
	if (callers_count_open(&t->before) != nr)
		return -ECONNREFUSED;
	count = count_kind(kind) - count;
	return count == (kind == KIND_HALF_OPEN ? 0 : nr) ? 0 : -EPROTO;
}

static void note(struct trial *t, struct trial_result *r)
{
	r->open = t->before.nr;
	r->lost = r->open - callers_count_served(&t->before);
	r->late = t->late.nr;
	r->refused = r->late - callers_count_served(&t->late);
	snprintf(r->why, sizeof(r->why), "%s", callers_text(&t->before));
	snprintf(r->late_why, sizeof(r->late_why), "%s", callers_text(&t->late));
}

static int run(struct trial *t, int nr, const char **step)
{
	int ret;

	*step = "the sysctls";
	ret = set_sysctls(t->cell->kind);
	*step = ret ? *step : "the server's start";
	ret = ret ?: is_own(t) ? start_crew(t) : start_web(t);
	*step = ret ? *step : "opening connections";
	ret = ret ?: open_before(t, nr);
	*step = ret ? *step : "the change";
	ret = ret ?: changes[t->cell->row](t);
	*step = ret ? *step : "going on after it";
	ret = ret ?: is_own(t) ? crew_serve(&t->crew) : 0;
	ret = ret ?: callers_finish(&t->before);
	return ret ?: callers_finish(&t->late);
}

int trial_run(struct tun *tun, const struct cell *cell, int nr,
	      struct trial_result *result, const char **failed)
{
	static struct trial t;
	int ret;

	memset(&t, 0, sizeof(t));
	memset(result, 0, sizeof(*result));
	t.tun = tun;
	t.cell = cell;
	ret = run(&t, nr, failed);
	if (!ret)
		note(&t, result);
	callers_end(&t.before);
	callers_end(&t.late);
	end_servers(&t);
	return ret;
}
