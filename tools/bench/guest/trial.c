// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "change.h"
#include "mib.h"
#include "trial.h"

#define SYSCTL		"/proc/sys/net/ipv4/"
/* for servers, and no cookie asked for */
#define FASTOPEN_SERVER	0x202

/* Uptimes in milliseconds, with room for a gap before and slow clocks after. */
#define COOKIE_CLOCK_WRONG	280000
#define COOKIE_CLOCK_RIGHT	430000

/* Nobody listens on it, and no connection is left of those who did. */
static bool port_is_free(void)
{
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6,
				     .sin6_port = htons(SCENE_PORT) };
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool is_free = fd >= 0 && !bind(fd, (void *)&sin6, sizeof(sin6));

	close(fd);
	return is_free;
}

/* What the last trial left could not be told from what this one does. */
static int await_port(const struct cell *cell)
{
	u64 start = hp_now();

	if (!HP_WAIT_FOR(port_is_free(), HP_SOON))
		return -EADDRINUSE;
	if (hp_now() - start > 500)
		printf("# %s: the port was taken for %d ms\n",
		       cell_name(cell), (int)(hp_now() - start));
	return 0;
}

/*
 * A new listener never sent a cookie, which stock kernels tell by a time stamp
 * of 0. But jiffies pass 0 five minutes after boot, and for the two minutes that
 * a cookie lives each ACK looks like the answer to one.
 */
static void await_cookie_clock(const struct cell *cell)
{
	u64 uptime = hp_now();

	if (cell->kind != KIND_COOKIE || !row_infos[cell->row].ends)
		return;
	if (uptime > COOKIE_CLOCK_WRONG && uptime < COOKIE_CLOCK_RIGHT) {
		printf("#> the kernel takes any cookie for now: waiting %d s\n",
		       (int)(COOKIE_CLOCK_RIGHT - uptime) / 1000);
		sleep((COOKIE_CLOCK_RIGHT - uptime) / 1000 + 1);
	}
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

static int open_before(struct scene *s, int nr)
{
	struct callers_conf conf = scene_callers(s, false);
	enum kind kind = s->cell->kind;
	long count = count_kind(kind);
	int ret;

	ret = callers_open(&s->before, &conf, nr, hp_slow() ? 8000 : 1000);
	if (ret)
		return ret;
	if (callers_count_open(&s->before) != nr)
		return -ECONNREFUSED;
	count = count_kind(kind) - count;
	return count == (kind == KIND_HALF_OPEN ? 0 : nr) ? 0 : -EPROTO;
}

static void note(struct scene *s, struct trial_result *r)
{
	r->open = s->before.nr;
	r->lost = r->open - callers_count_served(&s->before);
	r->late = s->late.nr;
	r->refused = r->late - callers_count_served(&s->late);
	snprintf(r->why, sizeof(r->why), "%s", callers_text(&s->before));
	snprintf(r->late_why, sizeof(r->late_why), "%s", callers_text(&s->late));
}

static int run(struct scene *s, struct tun *tun, const struct cell *cell, int nr,
	       const char **step)
{
	int ret;

	await_cookie_clock(cell);
	*step = "the port is not free";
	ret = await_port(cell);
	*step = ret ? *step : "the sysctls";
	ret = ret ?: set_sysctls(cell->kind);
	*step = ret ? *step : "the server's start";
	ret = ret ?: scene_start(s, tun, cell);
	*step = ret ? *step : "opening connections";
	ret = ret ?: open_before(s, nr);
	*step = ret ? *step : "the change";
	ret = ret ?: change(s);
	*step = ret ? *step : "going on after it";
	ret = ret ?: scene_serve(s);
	ret = ret ?: callers_finish(&s->before);
	return ret ?: callers_finish(&s->late);
}

int trial_run(struct tun *tun, const struct cell *cell, int nr,
	      struct trial_result *result, const char **failed)
{
	static struct scene s;
	int ret;

	memset(&s, 0, sizeof(s));
	memset(result, 0, sizeof(*result));
	ret = run(&s, tun, cell, nr, failed);
	if (!ret)
		note(&s, result);
	scene_end(&s);
	return ret;
}
