// SPDX-License-Identifier: GPL-2.0
/*
 * The matrix as a heat map: flow CPU against accepting CPU, the diagonal (what
 * homeport is for) in a colour of its own. With room there are numbers, and
 * where colours are few or none, a character tells the heat.
 */
#include "top.h"

#include <stdlib.h>
#include <string.h>

#define TITLE_LINES	2	/* what it is; the columns' labels */
#define NUMBER_COLS	7

static const char shades[HEAT_LEVELS + 1] = ":-=+*%#@";

struct heat {
	struct bins bins;
	double *sums;		/* flow * bins.nr + accepting */
	double most;
	bool total;		/* not per second */
	int label;		/* columns of a row's label */
	int cell;		/* columns of a cell */
};

int heat_lines(unsigned int cpus)
{
	return cpus + TITLE_LINES;
}

static int digits(unsigned int value)
{
	char text[16];

	return snprintf(text, sizeof(text), "%u", value);
}

/* With numbers in it. */
int heat_cols(unsigned int cpus)
{
	return digits(cpus) + 1 + cpus * NUMBER_COLS;
}

static int label_cols(const struct bins *bins)
{
	int most = 0, len;
	unsigned int i;

	for (i = 0; i < bins->nr; i++) {
		len = strlen(bins->list[i].label);
		most = len > most ? len : most;
	}
	return most + 1;
}

static void sum_up(struct heat *h, const struct top_group *g)
{
	double *sum;
	size_t i;

	for (i = 0; i < g->nr_cells; i++) {
		sum = &h->sums[(size_t)h->bins.of_cpu[g->cells[i].flow] *
			       h->bins.nr + h->bins.of_cpu[g->cells[i].cpu]];
		*sum += h->total ? g->cells[i].count : g->cells[i].rate;
		if (*sum > h->most)
			h->most = *sum;
	}
}

/* False: no room, or no memory. */
static bool heat_make(struct heat *h, const struct area *a,
		      const struct top_group *g, const struct snapshot *s)
{
	/* a label as "1234-5678" needs ten columns */
	int most = a->cols - 2 * digits(s->cpus) - 2;

	if (most > a->lines - TITLE_LINES)
		most = a->lines - TITLE_LINES;
	if (most < 1 || !bins_make(&h->bins, s->cpus, most))
		return false;
	h->sums = calloc((size_t)h->bins.nr * h->bins.nr, sizeof(*h->sums));
	if (!h->sums)
		return false;
	h->label = label_cols(&h->bins);
	h->cell = (a->cols - h->label) / (int)h->bins.nr;
	h->cell = h->cell >= NUMBER_COLS ? NUMBER_COLS : h->cell >= 2 ? 2 : 1;
	sum_up(h, g);
	return true;
}

static void draw_title(struct canvas *c, const struct area *a,
		       const struct heat *h)
{
	char text[160], peak[16];

	number_text(peak, sizeof(peak), h->most);
	snprintf(text, sizeof(text),
		 "accepted%s: flow CPU (rows) x accepting CPU, peak %s%s%s%s",
		 h->total ? " in all" : "/s", peak, h->total ? "" : "/s",
		 h->bins.what ? ", sums by " : "",
		 h->bins.what ? h->bins.what : "");
	canvas_text(c, a->y, a->x, a->cols, STYLE_TITLE, text);
}

/* As many labels as have room. */
static void draw_labels(struct canvas *c, const struct area *a,
			const struct heat *h)
{
	int step = (h->label + h->cell - 1) / h->cell, x, pad;
	const char *label;
	unsigned int i;

	canvas_fill(c, a->y + 1, a->x, a->cols, STYLE_HEADING);
	for (i = 0; i < h->bins.nr; i += step) {
		label = h->bins.list[i].label;
		/* over a number, its end; else its begin */
		pad = h->cell == NUMBER_COLS ?
		      NUMBER_COLS - 1 - (int)strlen(label) : 0;
		x = h->label + i * h->cell + (pad > 0 ? pad : 0);
		canvas_text(c, a->y + 1, a->x + x, a->cols - x, STYLE_HEADING,
			    label);
	}
}

/* 1 to HEAT_LEVELS; 0 is nothing at all. */
static int level_of(const struct heat *h, double value)
{
	int level;

	if (value <= 0)
		return 0;
	level = 1 + (int)(value / h->most * HEAT_LEVELS);
	return level > HEAT_LEVELS ? HEAT_LEVELS : level;
}

static void draw_cell(struct canvas *c, int y, int x, const struct heat *h,
		      double value, bool local, bool use_shades)
{
	int level = level_of(h, value), i;
	enum style style = STYLE_DIM;
	char text[16], shade = ' ';

	if (level)
		style = (local ? STYLE_LOCAL : STYLE_AWAY) + level - 1;
	if (level && use_shades)
		shade = shades[level - 1];
	if (h->cell == NUMBER_COLS) {
		if (level)
			number_text(text, sizeof(text), value);
		else
			snprintf(text, sizeof(text), ".");
		canvas_fill(c, y, x, NUMBER_COLS, style);
		canvas_text(c, y, x + NUMBER_COLS - 1 - strlen(text),
			    NUMBER_COLS, style, text);
		canvas_put(c, y, x + NUMBER_COLS - 1, style, shade);
		return;
	}
	if (!level)
		shade = '.';
	for (i = 0; i < h->cell; i++)
		canvas_put(c, y, x + i, style, level || !i ? shade : ' ');
}

static void draw_row(struct canvas *c, const struct area *a,
		     const struct heat *h, unsigned int flow, bool use_shades)
{
	const double *sums = h->sums + (size_t)flow * h->bins.nr;
	const char *label = h->bins.list[flow].label;
	int y = a->y + TITLE_LINES + flow;
	unsigned int i;

	canvas_text(c, y, a->x + h->label - 1 - strlen(label), a->cols,
		    STYLE_PLAIN, label);
	for (i = 0; i < h->bins.nr; i++)
		draw_cell(c, y, a->x + h->label + i * h->cell, h, sums[i],
			  i == flow, use_shades);
}

void heat_draw(struct canvas *c, const struct area *area, const struct view *v,
	       const struct top_group *g, const struct snapshot *s)
{
	struct heat h = { .total = v->totals || !s->rated };
	unsigned int i;

	if (heat_make(&h, area, g, s)) {
		draw_title(c, area, &h);
		draw_labels(c, area, &h);
		for (i = 0; i < h.bins.nr; i++)
			draw_row(c, area, &h, i, v->shades);
	}
	free(h.sums);
	bins_free(&h.bins);
}
