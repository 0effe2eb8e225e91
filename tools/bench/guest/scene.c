// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "scene.h"

#define BACKLOG		1024
#define FASTOPEN	256

static bool is_own(const struct scene *s)
{
	return scene_row(s)->server == SERVER_CREW;
}

/* Its child is in an accept queue before the change: nobody may accept it. */
static bool is_held(const struct scene *s)
{
	return s->cell->kind == KIND_QUEUED || s->cell->kind == KIND_FASTOPEN;
}

static bool is_dual(const struct scene *s)
{
	return s->cell->family == FAMILY_DUAL;
}

static enum talk talk_of(const struct scene *s)
{
	if (!is_own(s))
		return TALK_HTTP;
	return s->cell->kind == KIND_FASTOPEN || s->cell->kind == KIND_DEFERRED ?
		TALK_ASKS : TALK_LISTENS;
}

static int fastopen_of(const struct scene *s)
{
	return s->cell->kind == KIND_FASTOPEN ? FASTOPEN : 0;
}

struct callers_conf scene_callers(const struct scene *s, bool at_once)
{
	return (struct callers_conf){
		.tun = s->tun, .family = client_family(s->cell->family),
		.port = SCENE_PORT, .kind = s->cell->kind,
		.talk = talk_of(s), .at_once = at_once,
	};
}

static int start_crew(struct scene *s)
{
	struct crew_conf conf = {
		.listen = {
			.family = listener_family(s->cell->family),
			.v6only = !is_dual(s), .port = SCENE_PORT,
			.backlog = BACKLOG,
		},
		.uid = owner_uid(s->cell->owner),
		.defer = s->cell->kind == KIND_DEFERRED,
		.fastopen = fastopen_of(s),
		.hears = talk_of(s) == TALK_ASKS,
	};

	crew_init(&s->crew, &conf);
	return crew_add(&s->crew, SCENE_WORKERS) ?:
		(is_held(s) ? 0 : crew_serve(&s->crew));
}

static int start_web(struct scene *s)
{
	struct webconf conf = {
		.family = listener_family(s->cell->family),
		.v6only = !is_dual(s), .port = SCENE_PORT,
		.workers = SCENE_WORKERS, .backlog = BACKLOG,
		.uid = owner_uid(s->cell->owner),
		.defer = s->cell->kind == KIND_DEFERRED,
		.fastopen = fastopen_of(s),
	};
	int ret;

	if (scene_row(s)->server == SERVER_NGINX) {
		ret = nginx_up(&s->nginx, &conf);
		return ret ?: is_held(s) ? nginx_freeze(&s->nginx) : 0;
	}
	ret = haproxy_up(&s->haproxy, &conf);
	return ret ?: is_held(s) ? haproxy_freeze(&s->haproxy) : 0;
}

int scene_start(struct scene *s, struct tun *tun, const struct cell *cell)
{
	s->tun = tun;
	s->cell = cell;
	return is_own(s) ? start_crew(s) : start_web(s);
}

int scene_serve(struct scene *s)
{
	return is_own(s) ? crew_serve(&s->crew) : 0;
}

void scene_end(struct scene *s)
{
	callers_end(&s->before);
	callers_end(&s->late);
	crew_end(&s->crew);
	nginx_end(&s->nginx);
	haproxy_end(&s->haproxy);
}
