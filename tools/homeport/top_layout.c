// SPDX-License-Identifier: GPL-2.0
/* Where things go on a screen, and what is left out for want of room. */
#include "top.h"

#include <string.h>

/* Listeners of this width have the matrix beside them, if that has its own. */
#define BESIDE_COLS	84

/* Less of a matrix says nothing. */
#define HEAT_LEAST	4

/* A list needs its heading, and a line. */
#define LIST_LEAST	2

static int least(int a, int b)
{
	return a < b ? a : b;
}

static int most(int a, int b)
{
	return a > b ? a : b;
}

static int lines_of_groups(const struct view *v, const struct snapshot *s,
			   int lines)
{
	int share = v->matrix == MATRIX_LARGE ? 4 : 3;

	return least(1 + most(s->nr_groups, 1), most(lines / share, LIST_LEAST));
}

/* The matrix beside the listeners: true if there is room. */
static bool put_beside(struct layout *l, const struct area *rest,
		       unsigned int cpus)
{
	int cols = least(heat_cols(cpus), rest->cols - BESIDE_COLS - 2);

	/* numbers for all, or enough for cells without */
	if (cols < 40 && cols < heat_cols(cpus))
		return false;
	l->listeners = *rest;
	l->listeners.cols = rest->cols - cols - 2;
	l->heat = *rest;
	l->heat.x = rest->cols - cols;
	l->heat.cols = cols;
	return true;
}

/* One below the other; both get what they want, or about half of it. */
static void put_below(struct layout *l, const struct area *rest, int listeners,
		      unsigned int cpus)
{
	int heat = least(heat_lines(cpus),
			 most(rest->lines / 2, rest->lines - 1 - listeners));

	listeners = least(listeners, rest->lines - heat - 1);
	if (heat < HEAT_LEAST || listeners < LIST_LEAST)
		return;
	l->listeners.lines = listeners;
	l->heat = *rest;
	/* the line between them stays empty */
	l->heat.y += listeners + 1;
	l->heat.lines = heat;
}

static void put_heat(struct layout *l, const struct view *v,
		     const struct area *rest, int listeners, unsigned int cpus)
{
	l->listeners = *rest;
	if (v->matrix == MATRIX_OFF)
		return;
	if (v->matrix == MATRIX_LARGE) {
		l->heat = *rest;
		l->listeners.lines = 0;
		return;
	}
	if (!put_beside(l, rest, cpus))
		put_below(l, rest, listeners, cpus);
}

/* Where things go on a screen of that size. */
void layout_make(struct layout *l, const struct view *v,
		 const struct snapshot *s, int lines, int cols)
{
	struct area rest = { .lines = lines - 2, .cols = cols, .y = 1 };
	size_t listeners;

	memset(l, 0, sizeof(*l));
	snapshot_listeners(s, v->group, &listeners);
	l->groups = rest;
	l->groups.lines = lines_of_groups(v, s, rest.lines);
	l->title = rest;
	l->title.y += l->groups.lines;
	l->title.lines = 1;
	rest.y = l->title.y + 1;
	rest.lines -= l->groups.lines + 1;
	if (rest.lines > 0)
		put_heat(l, v, &rest, listeners + 1, s->cpus);
}
