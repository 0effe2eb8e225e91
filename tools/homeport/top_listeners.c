// SPDX-License-Identifier: GPL-2.0
/* The listeners of a group. A column more is a line in the table below. */
#include "top.h"

#include <inttypes.h>
#include <string.h>

#define BAR	8

static void index_cell(char *buf, size_t size, const void *row,
		       const struct snapshot *s)
{
	const struct top_listener *l = row;

	(void)s;
	snprintf(buf, size, "%" PRIu32, l->index);
}

static void home_cell(char *buf, size_t size, const void *row,
		      const struct snapshot *s)
{
	const struct top_listener *l = row;

	(void)s;
	snprintf(buf, size, "%" PRIu32, l->home);
}

static void source_cell(char *buf, size_t size, const void *row,
			const struct snapshot *s)
{
	const struct top_listener *l = row;

	(void)s;
	name_text(buf, size, &names_home_source, l->source);
}

static void state_cell(char *buf, size_t size, const void *row,
		       const struct snapshot *s)
{
	const struct top_listener *l = row;

	(void)s;
	name_text(buf, size, &names_listener_state, l->state);
}

/* What waits is never an empty bar, and only what is full a full one. */
static int bar_length(const struct top_listener *l)
{
	if (!l->queue)
		return 0;
	if (l->queue >= l->backlog)
		return BAR;
	return 1 + (uint64_t)l->queue * (BAR - 1) / l->backlog;
}

static void bar_cell(char *buf, size_t size, const void *row,
		     const struct snapshot *s)
{
	int i, len = bar_length(row);
	char bar[BAR + 1] = "";

	(void)s;
	for (i = 0; i < BAR; i++)
		bar[i] = i < len ? '#' : ' ';
	snprintf(buf, size, "[%s]", bar);
}

static void queue_cell(char *buf, size_t size, const void *row,
		       const struct snapshot *s)
{
	const struct top_listener *l = row;
	char queue[16], backlog[16];

	(void)s;
	number_text(queue, sizeof(queue), l->queue);
	number_text(backlog, sizeof(backlog), l->backlog);
	snprintf(buf, size, "%s/%s", queue, backlog);
}

static void picked_cell(char *buf, size_t size, const void *row,
			const struct snapshot *s)
{
	const struct top_listener *l = row;

	rate_text(buf, size, l->picked_rate, s);
}

static void accepts_cell(char *buf, size_t size, const void *row,
			 const struct snapshot *s)
{
	const struct top_listener *l = row;

	rate_text(buf, size, l->accepts_rate, s);
}

static void holders_cell(char *buf, size_t size, const void *row,
			 const struct snapshot *s)
{
	const struct top_listener *l = row;

	(void)s;
	snprintf(buf, size, "%s", l->holders);
}

static const struct column columns[] = {
	{ "NR",		3, .right = true,	.text = index_cell },
	{ "HOME",	4, .right = true,	.text = home_cell },
	{ "SOURCE",	12,			.text = source_cell, .drop = 4 },
	{ "STATE",	9,			.text = state_cell, .drop = 2 },
	{ "QUEUE/MAX",	10, .right = true,	.text = queue_cell },
	{ "",		BAR + 2,		.text = bar_cell, .drop = 5 },
	{ "PICK/s",	6, .right = true,	.text = picked_cell, .drop = 1 },
	{ "ACC/s",	5, .right = true,	.text = accepts_cell, .drop = 3 },
	{ "HOLDERS",	12, .wide = 96,	.text = holders_cell, .drop = 6 },
};

static enum style row_style(const void *row)
{
	const struct top_listener *l = row;

	if (l->queue && l->queue >= l->backlog)
		return STYLE_WARN;
	return l->state == HOMEPORT_LISTENER_STATE_LISTENING ? STYLE_PLAIN :
								STYLE_DIM;
}

void listeners_draw(struct canvas *c, const struct area *area, struct view *v,
		    const struct snapshot *s)
{
	struct table table = {
		.columns = columns, .nr_columns = ARRAY_SIZE(columns),
		.row_size = sizeof(struct top_listener), .style = row_style,
	};

	table.rows = snapshot_listeners(s, v->group, &table.nr);
	cursor_fit(&v->listeners, table.nr, area->lines > 1 ? area->lines - 1 : 0);
	table_draw(c, area, &table, &v->listeners,
		   v->in_listeners ? STYLE_CURSOR : STYLE_PLAIN, s);
}
