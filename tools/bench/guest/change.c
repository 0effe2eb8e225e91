// SPDX-License-Identifier: GPL-2.0
#include <time.h>

#include "change.h"

#define FEWER		2
/* So many come while nobody listens. */
#define LATE		8
/* Milliseconds for a SYN-ACK or a RST, of which each comes at once. */
#define LATE_WAIT	50

static void sleep_until(u64 end)
{
	struct timespec ts;
	int left = hp_left(end);

	ts = (struct timespec){ left / 1000, left % 1000 * 1000000l };
	nanosleep(&ts, NULL);
}

/* Nobody listens now. Some come, and cookies do not wait for the end of it. */
static int gap(struct scene *s, unsigned int ms)
{
	struct callers_conf conf = scene_callers(s, true);
	u64 end = hp_now() + ms;
	int ret = 0;

	if (!s->late.nr)
		ret = callers_open(&s->late, &conf, LATE, LATE_WAIT);
	if (!ret && s->cell->kind == KIND_COOKIE)
		ret = callers_ack_half(&s->before);
	sleep_until(end);
	return ret;
}

static int grow(struct scene *s)
{
	return crew_add(&s->crew, SCENE_WORKERS);
}

static int shrink(struct scene *s)
{
	return crew_close(&s->crew, FEWER, SCENE_WORKERS - FEWER);
}

static int one_by_one(struct scene *s)
{
	int k, ret = 0;

	for (k = 0; !ret && k < SCENE_WORKERS; k++)
		ret = crew_close(&s->crew, k, 1) ?: crew_add(&s->crew, 1);
	return ret;
}

static int overlap(struct scene *s)
{
	return crew_add(&s->crew, SCENE_WORKERS) ?:
		crew_close(&s->crew, 0, SCENE_WORKERS);
}

static int kill_one(struct scene *s)
{
	return crew_kill(&s->crew, 1, 1);
}

static int kill_all(struct scene *s)
{
	return crew_kill(&s->crew, 0, SCENE_WORKERS) ?: gap(s, 0) ?:
		crew_add(&s->crew, SCENE_WORKERS);
}

static int restart(struct scene *s)
{
	return crew_close(&s->crew, s->crew.nr - SCENE_WORKERS, SCENE_WORKERS) ?:
		gap(s, scene_row(s)->gap) ?: crew_add(&s->crew, SCENE_WORKERS);
}

static int twice(struct scene *s)
{
	return restart(s) ?: restart(s);
}

static int reload_nginx(struct scene *s)
{
	return nginx_reload(&s->nginx, SCENE_WORKERS);
}

static int fewer_nginx(struct scene *s)
{
	return nginx_reload(&s->nginx, FEWER);
}

static int upgrade_nginx(struct scene *s)
{
	return nginx_upgrade(&s->nginx);
}

static int test_nginx(struct scene *s)
{
	return nginx_test(&s->nginx);
}

static int reload_haproxy(struct scene *s)
{
	return haproxy_reload(&s->haproxy);
}

static int stop_start(struct scene *s)
{
	struct webconf conf = s->nginx.conf;

	return nginx_down(&s->nginx) ?: gap(s, 0) ?:
		nginx_up(&s->nginx, &conf);
}

static int (*const changes[NR_ROWS])(struct scene *s) = {
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

int change(struct scene *s)
{
	return changes[s->cell->row](s);
}
