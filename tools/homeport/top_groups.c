// SPDX-License-Identifier: GPL-2.0
/* The list of groups. A column more is a line in the table below. */
#include "top.h"

#include <inttypes.h>

static void name_cell(char *buf, size_t size, const void *row,
		      const struct snapshot *s)
{
	const struct top_group *g = row;

	(void)s;
	snprintf(buf, size, "%s", g->name);
}

/* Of a kept one, for how long. */
static void state_cell(char *buf, size_t size, const void *row,
		       const struct snapshot *s)
{
	const struct top_group *g = row;
	char seconds[16];

	(void)s;
	if (!g->kept) {
		name_text(buf, size, &names_group_state, g->state);
		return;
	}
	number_text(seconds, sizeof(seconds), g->kept_ms / 1000.0);
	snprintf(buf, size, "kept %ss", seconds);
}

static void listeners_cell(char *buf, size_t size, const void *row,
			   const struct snapshot *s)
{
	const struct top_group *g = row;

	(void)s;
	snprintf(buf, size, "%" PRIu32, g->listeners);
}

static void picks_cell(char *buf, size_t size, const void *row,
		       const struct snapshot *s)
{
	const struct top_group *g = row;
	double sum = 0;
	size_t i;

	for (i = 0; i < TOP_PICKS; i++)
		sum += g->pick_rate[i];
	rate_text(buf, size, sum, s);
}

#define PICK_CELL(name, kind)						\
static void name(char *buf, size_t size, const void *row,		\
		 const struct snapshot *s)				\
{									\
	const struct top_group *g = row;				\
									\
	rate_text(buf, size, g->pick_rate[kind], s);			\
}

PICK_CELL(local_cell, HOMEPORT_PICK_LOCAL)
PICK_CELL(near_cell, HOMEPORT_PICK_NEAR)
PICK_CELL(far_cell, HOMEPORT_PICK_FAR)
PICK_CELL(spill_cell, HOMEPORT_PICK_SPILL)
PICK_CELL(hash_cell, HOMEPORT_PICK_HASH)

/* Connections accepted, @local: on their flow CPU; per second, or in @total. */
double group_accepted(const struct top_group *g, bool local, bool total)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < g->nr_cells; i++)
		if (!local || g->cells[i].flow == g->cells[i].cpu)
			sum += total ? g->cells[i].count : g->cells[i].rate;
	return sum;
}

static void accepted_cell(char *buf, size_t size, const void *row,
			  const struct snapshot *s)
{
	rate_text(buf, size, group_accepted(row, false, false), s);
}

/* 100 only if it is all of them. */
static void share_cell(char *buf, size_t size, const void *row,
		       const struct snapshot *s)
{
	double all = group_accepted(row, false, false);
	double local = group_accepted(row, true, false);

	if (!s->rated || all <= 0)
		snprintf(buf, size, "-");
	else if (local >= all)
		snprintf(buf, size, "100%%");
	else
		snprintf(buf, size, "%.1f%%", local / all > 0.999 ?
			 99.9 : 100 * local / all);
}

/* Listeners that the server closed and homeport holds, and what is in them. */
static void held_cell(char *buf, size_t size, const void *row,
		      const struct snapshot *s)
{
	const struct top_group *g = row;

	(void)s;
	if (!g->held) {
		snprintf(buf, size, "-");
		return;
	}
	snprintf(buf, size, "%" PRIu32 ":%" PRIu32 "+%" PRIu32, g->held,
		 g->held_requests, g->held_children);
}

static const struct column columns[] = {
	{ "GROUP",	14, .wide = 48,	.text = name_cell },
	{ "STATE",	9,			.text = state_cell, .drop = 2 },
	{ "LSTN",	4, .right = true,	.text = listeners_cell, .drop = 3 },
	{ "HELD",	12, .right = true,	.text = held_cell, .drop = 9 },
	{ "PICK/s",	6, .right = true,	.text = picks_cell },
	{ "LOCAL",	5, .right = true,	.text = local_cell, .drop = 4 },
	{ "NEAR",	5, .right = true,	.text = near_cell, .drop = 5 },
	{ "FAR",	5, .right = true,	.text = far_cell, .drop = 6 },
	{ "SPILL",	5, .right = true,	.text = spill_cell, .drop = 7 },
	{ "HASH",	5, .right = true,	.text = hash_cell, .drop = 8 },
	{ "ACC/s",	5, .right = true,	.text = accepted_cell, .drop = 1 },
	{ "LOCAL%",	6, .right = true,	.text = share_cell },
};

static enum style row_style(const void *row)
{
	const struct top_group *g = row;

	return g->state == HOMEPORT_GROUP_STATE_MANAGED ? STYLE_PLAIN :
							   STYLE_WARN;
}

void groups_draw(struct canvas *c, const struct area *area, struct view *v,
		 const struct snapshot *s)
{
	const struct table table = {
		.columns = columns, .nr_columns = ARRAY_SIZE(columns),
		.rows = s->groups, .row_size = sizeof(*s->groups),
		.nr = s->nr_groups, .style = row_style,
	};

	cursor_fit(&v->groups, s->nr_groups, area->lines > 1 ? area->lines - 1 : 0);
	table_draw(c, area, &table, &v->groups,
		   v->in_listeners ? STYLE_SELECTED : STYLE_CURSOR, s);
}
