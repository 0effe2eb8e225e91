/* SPDX-License-Identifier: GPL-2.0 */
/* scene.h - a server as a cell wants it, and its clients */
#ifndef BENCH_SCENE_H
#define BENCH_SCENE_H

#include "callers.h"
#include "crew.h"
#include "haproxy.h"
#include "nginx.h"

#define SCENE_PORT	8080
#define SCENE_WORKERS	4

struct scene {
	struct tun *tun;
	const struct cell *cell;
	/* one of them runs */
	struct crew crew;
	struct nginx nginx;
	struct haproxy haproxy;
	/* who called before the change, and while nobody listened */
	struct callers before, late;
};

static inline const struct row_info *scene_row(const struct scene *s)
{
	return &row_infos[s->cell->row];
}

/*
 * @s is all zeroes before, and the server listens when it returns. Where the
 * kind's connections are to wait in its accept queues, it does not accept yet.
 * 0 or -errno.
 */
int scene_start(struct scene *s, struct tun *tun, const struct cell *cell);
/* Whoever is to call. @at_once: nothing is held back. */
struct callers_conf scene_callers(const struct scene *s, bool at_once);
/* After the change: what listens accepts. 0 or -errno. */
int scene_serve(struct scene *s);
void scene_end(struct scene *s);

#endif /* BENCH_SCENE_H */
