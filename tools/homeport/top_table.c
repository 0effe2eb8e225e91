// SPDX-License-Identifier: GPL-2.0
/* Rows and columns, as many as fit: the least wanted columns go first. */
#include "top.h"

#include <string.h>

#define MOST_COLUMNS	32

/* The columns of one table that are shown, each with its place. */
struct fit {
	bool shown[MOST_COLUMNS];
	int width[MOST_COLUMNS];
};

static int wanted(const struct table *t, const struct fit *fit)
{
	int sum = -1;
	size_t i;

	for (i = 0; i < t->nr_columns; i++)
		if (fit->shown[i])
			sum += t->columns[i].width + 1;
	return sum;
}

/* The column to go next; nr_columns: all have to stay. */
static size_t least(const struct table *t, const struct fit *fit)
{
	size_t at = t->nr_columns, i;
	int drop = 0;

	for (i = 0; i < t->nr_columns; i++) {
		if (!fit->shown[i] || t->columns[i].drop <= drop)
			continue;
		drop = t->columns[i].drop;
		at = i;
	}
	return at;
}

/* What is left goes to the one that may grow, as far as it may. */
static int grown(const struct column *column, int left)
{
	int more = column->wide - column->width;

	if (more <= 0 || left <= 0)
		return column->width;
	return column->width + (left < more ? left : more);
}

static void fit_columns(const struct table *t, struct fit *fit, int cols)
{
	size_t i, gone;
	int left;

	for (i = 0; i < t->nr_columns; i++)
		fit->shown[i] = true;
	while (wanted(t, fit) > cols) {
		gone = least(t, fit);
		if (gone == t->nr_columns)
			break;
		fit->shown[gone] = false;
	}
	left = cols - wanted(t, fit);
	for (i = 0; i < t->nr_columns; i++)
		fit->width[i] = grown(&t->columns[i], left);
}

/* What is too wide keeps its end, as an address has its port there. */
static void shorten(char *text, int width, bool keep_end)
{
	int len = strlen(text);

	if (len <= width || width < 1)
		return;
	if (keep_end)
		memmove(text, text + len - width, width + 1);
	text[width] = '\0';
	text[keep_end ? 0 : width - 1] = '~';
}

static int draw_cell(struct canvas *c, int y, int x, int end, enum style style,
		     const struct column *column, int width, const char *text)
{
	int pad = width - (int)strlen(text);
	int at = column->right && pad > 0 ? x + pad : x;

	if (at < end)
		canvas_text(c, y, at, end - at < width ? end - at : width,
			    style, text);
	return x + width + 1;
}

static void draw_heading(struct canvas *c, const struct area *a,
			 const struct table *t, const struct fit *fit)
{
	int x = a->x;
	size_t i;

	canvas_fill(c, a->y, a->x, a->cols, STYLE_HEADING);
	for (i = 0; i < t->nr_columns; i++)
		if (fit->shown[i])
			x = draw_cell(c, a->y, x, a->x + a->cols, STYLE_HEADING,
				      &t->columns[i], fit->width[i],
				      t->columns[i].title);
}

static void draw_row(struct canvas *c, const struct area *a, int y,
		     const struct table *t, const struct fit *fit,
		     const void *row, enum style style,
		     const struct snapshot *s)
{
	char text[128];
	int x = a->x;
	size_t i;

	if (style != STYLE_PLAIN)
		canvas_fill(c, y, a->x, a->cols, style);
	for (i = 0; i < t->nr_columns; i++) {
		const struct column *column = &t->columns[i];

		if (!fit->shown[i])
			continue;
		column->text(text, sizeof(text), row, s);
		shorten(text, fit->width[i], column->wide && !i);
		x = draw_cell(c, y, x, a->x + a->cols, style, column,
			      fit->width[i], text);
	}
}

/* A heading, and the rows that @cursor lets be seen; @selected is its style. */
void table_draw(struct canvas *c, const struct area *area,
		const struct table *t, const struct cursor *cursor,
		enum style selected, const struct snapshot *s)
{
	struct fit fit;
	enum style style;
	const void *row;
	size_t i, at;

	fit_columns(t, &fit, area->cols);
	draw_heading(c, area, t, &fit);
	for (i = 0; i < cursor->seen && cursor->first + i < t->nr; i++) {
		at = cursor->first + i;
		row = (const char *)t->rows + at * t->row_size;
		style = at == cursor->at && selected != STYLE_PLAIN ?
			selected : t->style(row);
		draw_row(c, area, area->y + 1 + i, t, &fit, row, style, s);
	}
}
