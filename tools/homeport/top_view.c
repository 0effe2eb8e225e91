// SPDX-License-Identifier: GPL-2.0
/* What is looked at, and how keys change that. */
#include "top.h"

/* Keeps a cursor within a list of @nr, and itself within what is @seen. */
void cursor_fit(struct cursor *c, size_t nr, size_t seen)
{
	c->seen = seen;
	if (c->at >= nr)
		c->at = nr ? nr - 1 : 0;
	if (c->first > c->at)
		c->first = c->at;
	if (seen && c->at >= c->first + seen)
		c->first = c->at - seen + 1;
	/* no empty lines below while there is something above */
	if (c->first + seen > nr)
		c->first = nr > seen ? nr - seen : 0;
}

/* The same group stays selected wherever it went; else what has its place. */
void view_follow(struct view *v, const struct snapshot *s)
{
	size_t at = snapshot_find(s, v->group);

	if (at < s->nr_groups)
		v->groups.at = at;
	else if (v->groups.at >= s->nr_groups)
		v->groups.at = s->nr_groups ? s->nr_groups - 1 : 0;
	v->group = s->nr_groups ? s->groups[v->groups.at].id : 0;
}

static void move(struct cursor *c, size_t nr, enum key key)
{
	size_t page = c->seen ? c->seen : 1, last = nr ? nr - 1 : 0;

	switch (key) {
	case TOP_UPWARD:
		c->at -= c->at > 0;
		break;
	case TOP_DOWNWARD:
		c->at += c->at < last;
		break;
	case TOP_PAGE_UP:
		c->at -= c->at < page ? c->at : page;
		break;
	case TOP_PAGE_DOWN:
		c->at = c->at + page < last ? c->at + page : last;
		break;
	case TOP_FIRST:
		c->at = 0;
		break;
	case TOP_LAST:
		c->at = last;
		break;
	default:
		break;
	}
}

static void move_in_list(struct view *v, const struct snapshot *s,
			 enum key key)
{
	uint32_t group = v->group;
	size_t nr;

	if (v->in_listeners) {
		snapshot_listeners(s, v->group, &nr);
		move(&v->listeners, nr, key);
		return;
	}
	move(&v->groups, s->nr_groups, key);
	v->group = s->nr_groups ? s->groups[v->groups.at].id : 0;
	if (v->group != group)
		v->listeners = (struct cursor) { 0 };
}

/* The step above or below; beyond them, it stays. */
static unsigned int next_ms(unsigned int ms, bool up)
{
	static const unsigned int steps[] = {
		TOP_MS_MIN, 200, 500, 1000, 2000, 5000, 10000, 20000, 30000,
		60000,
	};
	size_t i = 0, nr = ARRAY_SIZE(steps);

	while (i < nr && (up ? steps[i] <= ms : steps[i] < ms))
		i++;
	if (up)
		return i < nr ? steps[i] : ms;
	return i ? steps[i - 1] : ms;
}

void view_key(struct view *v, const struct snapshot *s, enum key key)
{
	switch (key) {
	case TOP_NO:
		return;
	case TOP_QUIT:
		v->quit = true;
		return;
	case TOP_HELP:
		v->help = !v->help;
		return;
	case TOP_FOCUS:
		v->in_listeners = !v->in_listeners && v->matrix != MATRIX_LARGE;
		return;
	case TOP_PAUSE:
		v->paused = !v->paused;
		return;
	case TOP_SLOWER:
	case TOP_FASTER:
		v->ms = next_ms(v->ms, key == TOP_SLOWER);
		return;
	case TOP_MATRIX:
		v->matrix = (v->matrix + 1) % MATRIX_MODES;
		/* a large matrix leaves the listeners no room */
		v->in_listeners &= v->matrix != MATRIX_LARGE;
		return;
	case TOP_TOTALS:
		v->totals = !v->totals;
		return;
	default:
		move_in_list(v, s, key);
	}
}
