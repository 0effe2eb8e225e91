// SPDX-License-Identifier: GPL-2.0
/*
 * All that a screen shows, in whatever size it has: a line on top, the groups,
 * the listeners and the matrix of one of them, and a line below.
 */
#include "top.h"

#include <inttypes.h>

static const struct top_group *selected(const struct view *v,
					const struct snapshot *s)
{
	return s->nr_groups ? &s->groups[v->groups.at] : NULL;
}

static const char *attach_text(const struct snapshot *s, char *buf,
			       size_t size)
{
	snprintf(buf, size, "-");
	if (s->nr_groups)
		name_text(buf, size, &names_attach, s->groups[0].attach);
	return buf;
}

void frame_header(struct canvas *c, const struct view *v,
		  const struct snapshot *s)
{
	char text[256], attach[16];

	snprintf(text, sizeof(text),
		 "homeport  %s%s  rules %u  groups %zu  listeners %zu  kernel %.1f s  every %g s",
		 v->paused ? "PAUSED  " : "",
		 attach_text(s, attach, sizeof(attach)), s->rules, s->nr_groups,
		 s->nr_listeners, s->ns / 1e9, v->ms / 1000.0);
	canvas_text(c, 0, 0, c->cols, v->paused ? STYLE_WARN : STYLE_TITLE,
		    text);
}

static void draw_footer(struct canvas *c, const struct view *v)
{
	static const char keys[] =
		"q quit  arrows move  tab list  p pause  +- interval  m matrix  t total  ? help";

	if (v->message[0])
		canvas_text(c, c->lines - 1, 0, c->cols, STYLE_WARN,
			    v->message);
	else
		canvas_text(c, c->lines - 1, 0, c->cols, STYLE_DIM, keys);
}

/* Which group it is, and of a list that does not fit, which part. */
static void draw_title(struct canvas *c, const struct area *a,
		       const struct view *v, const struct top_group *g,
		       size_t listeners)
{
	const struct cursor *at = &v->listeners;
	char text[256];
	int len;

	len = snprintf(text, sizeof(text), "group %" PRIu32 "  %s  rule %"
		       PRIu32, g->id, g->name, g->rule);
	if (g->held)
		len += snprintf(text + len, sizeof(text) - len,
				"  held %" PRIu32 ": %" PRIu32
				" half-open, %" PRIu32 " waiting",
				g->held, g->held_requests, g->held_children);
	if (at->seen && listeners > at->seen)
		snprintf(text + len, sizeof(text) - len,
			 "  listeners %zu-%zu of %zu", at->first + 1,
			 at->first + at->seen, listeners);
	canvas_text(c, a->y, a->x, a->cols, STYLE_TITLE, text);
}

static void draw_help(struct canvas *c)
{
	static const char *const lines[] = {
		"q             quit; so do Ctrl-C and the end of the terminal",
		"up, k         the group or listener before",
		"down, j       the one after",
		"PgUp, PgDn    a page of them",
		"Home, End     the first, the last",
		"tab           between groups and listeners",
		"p, space      pause, and go on",
		"+ -           a longer, a shorter interval",
		"m             the matrix: with listeners, large, not at all",
		"t             the matrix of the interval, or since the group began",
		"?, h          this page, and back",
		"",
		"LOCAL to HASH are picks per second, ACC/s is accepted connections,",
		"LOCAL% is how many of these on the CPU where they arrived.",
		"In the matrix those are the diagonal.",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lines) && (int)i + 1 < c->lines - 1; i++)
		canvas_text(c, 1 + i, 0, c->cols, STYLE_PLAIN, lines[i]);
}

/* One group: its title, listeners and matrix. */
void frame_group(struct canvas *c, const struct layout *l, struct view *v,
		 const struct top_group *g, const struct snapshot *s)
{
	size_t listeners;

	snapshot_listeners(s, g->id, &listeners);
	if (l->listeners.lines > 0)
		listeners_draw(c, &l->listeners, v, s);
	else
		v->listeners.seen = 0;
	draw_title(c, &l->title, v, g, listeners);
	if (l->heat.lines > 0)
		heat_draw(c, &l->heat, v, g, s);
}

/* The lines on top and below come last: in few lines, they have precedence. */
void frame_draw(struct canvas *c, struct view *v, const struct snapshot *s)
{
	struct layout l;

	canvas_clear(c);
	view_follow(v, s);
	layout_make(&l, v, s, c->lines, c->cols);
	if (v->help) {
		draw_help(c);
	} else {
		groups_draw(c, &l.groups, v, s);
		if (selected(v, s))
			frame_group(c, &l, v, selected(v, s), s);
	}
	canvas_fill(c, c->lines - 1, 0, c->cols, STYLE_PLAIN);
	draw_footer(c, v);
	canvas_fill(c, 0, 0, c->cols, STYLE_PLAIN);
	frame_header(c, v, s);
}
