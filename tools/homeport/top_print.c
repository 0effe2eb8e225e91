// SPDX-License-Identifier: GPL-2.0
/* All groups with all they have, as text of any length. */
#include "top.h"

/* Without the empty lines at its end. */
static void print_canvas(FILE *to, const struct canvas *c)
{
	char line[1024];
	int y, end = c->lines;

	while (end && !canvas_line(c, end - 1, line, sizeof(line)))
		end--;
	for (y = 0; y < end; y++) {
		canvas_line(c, y, line, sizeof(line));
		fprintf(to, "%s\n", line);
	}
}

static bool print_overview(FILE *to, struct view *v, const struct snapshot *s,
			   int cols)
{
	struct area area = { .y = 1, .cols = cols, .lines = 1 + s->nr_groups };
	struct canvas c;

	if (!canvas_init(&c, 1 + area.lines, cols))
		return false;
	groups_draw(&c, &area, v, s);
	frame_header(&c, v, s);
	print_canvas(to, &c);
	canvas_free(&c);
	return true;
}

static bool print_group(FILE *to, struct view *v, const struct top_group *g,
			const struct snapshot *s, int cols)
{
	struct layout l = {
		.title = { .y = 1, .cols = cols, .lines = 1 },
		.listeners = { .y = 2, .cols = cols },
		.heat = { .cols = cols },
	};
	unsigned int rows = cols;	/* it has as many rows as columns */
	struct canvas c;
	size_t nr;

	snapshot_listeners(s, g->id, &nr);
	l.listeners.lines = 1 + nr;
	l.heat.y = l.listeners.y + l.listeners.lines + 1;
	l.heat.lines = heat_lines(rows < s->cpus ? rows : s->cpus);
	if (!canvas_init(&c, l.heat.y + l.heat.lines, cols))
		return false;
	v->group = g->id;
	frame_group(&c, &l, v, g, s);
	print_canvas(to, &c);
	canvas_free(&c);
	return true;
}

/* Returns an exit code. */
int frame_print(FILE *to, struct view *v, const struct snapshot *s, int cols)
{
	bool ok = print_overview(to, v, s, cols);
	size_t i;

	for (i = 0; ok && i < s->nr_groups; i++)
		ok = print_group(to, v, &s->groups[i], s, cols);
	if (ok)
		return EXIT_OK;
	complain("no memory");
	return EXIT_KERNEL;
}
