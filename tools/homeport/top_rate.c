// SPDX-License-Identifier: GPL-2.0
/*
 * Rates between two snapshots. Counters begin at 0 with their group or
 * listener, so what was not there before is compared with 0.
 */
#include "top.h"

static double rate(uint64_t now, uint64_t before, double seconds)
{
	/* less than before: it is not the same any more */
	return (now >= before ? now - before : now) / seconds;
}

/* Both lists are in the same order, and one walk through both will do. */
static void rate_cells(struct top_group *g, const struct top_group *before,
		       double seconds)
{
	size_t i, k = 0;

	for (i = 0; i < g->nr_cells; i++) {
		struct top_cell *cell = &g->cells[i];

		while (k < before->nr_cells &&
		       top_cell_compare(&before->cells[k], cell) < 0)
			k++;
		if (k < before->nr_cells &&
		    !top_cell_compare(&before->cells[k], cell))
			cell->rate = rate(cell->count, before->cells[k].count,
					  seconds);
		else
			cell->rate = rate(cell->count, 0, seconds);
	}
}

static void rate_group(struct top_group *g, const struct snapshot *before,
		       double seconds)
{
	static const struct top_group none;
	size_t at = snapshot_find(before, g->id), i;
	const struct top_group *old;

	old = at < before->nr_groups ? &before->groups[at] : &none;
	for (i = 0; i < TOP_PICKS; i++)
		g->pick_rate[i] = rate(g->picks[i], old->picks[i], seconds);
	rate_cells(g, old, seconds);
}

/* An index is given again, to a socket with another inode. */
static const struct top_listener *same_listener(const struct snapshot *s,
						const struct top_listener *l)
{
	static const struct top_listener none;
	const struct top_listener *list;
	size_t nr, i;

	list = snapshot_listeners(s, l->group, &nr);
	for (i = 0; i < nr; i++)
		if (list[i].index == l->index && list[i].inode == l->inode)
			return &list[i];
	return &none;
}

static void rate_listener(struct top_listener *l, const struct snapshot *before,
			  double seconds)
{
	const struct top_listener *old = same_listener(before, l);

	l->picked_rate = rate(l->picked, old->picked, seconds);
	l->accepts_rate = rate(l->accepts, old->accepts, seconds);
}

void rates_since(struct snapshot *s, const struct snapshot *before)
{
	double seconds = (s->ns - before->ns) / 1e9;
	size_t i;

	if (!before->ns || s->ns <= before->ns)
		return;
	for (i = 0; i < s->nr_groups; i++)
		rate_group(&s->groups[i], before, seconds);
	for (i = 0; i < s->nr_listeners; i++)
		rate_listener(&s->listeners[i], before, seconds);
	s->rated = true;
}
