// SPDX-License-Identifier: GPL-2.0
/*
 * What "homeport top" draws, from a made-up snapshot; no module, no terminal.
 *
 * numbers: of any size, in five columns
 * rates: between two snapshots, also of what was not there or began anew
 * sizes: 80x24, 40x10, 200x60 and all smaller ones: what has to be there is
 * matrix: numbers, shades, sums over CPUs, large, off
 * lists: longer than the screen; the selected one is always seen
 * keys: what each does
 * text: all of it printed
 *
 * "cli_frame show [GROUPS LISTENERS CPUS]" draws it on a terminal, to look at.
 */
#include <poll.h>

#include "kselftest_harness.h"

#undef ARRAY_SIZE		/* both have the same */
#include "top.h"

/* @groups groups with @listeners each on @cpus CPUs, one of each kind. */
static void make_up(struct snapshot *s, unsigned int groups,
		    unsigned int listeners, unsigned int cpus)
{
	unsigned int i, k;

	memset(s, 0, sizeof(*s));
	s->ns = 1234500000000;
	s->rated = true;
	s->cpus = cpus;
	s->rules = 2;
	s->nr_groups = groups;
	s->groups = calloc(groups + 1, sizeof(*s->groups));
	s->nr_listeners = groups * listeners;
	s->listeners = calloc(s->nr_listeners + 1, sizeof(*s->listeners));
	for (i = 0; i < groups; i++) {
		struct top_group *g = &s->groups[i];

		g->id = i + 1;
		g->rule = 1;
		g->listeners = listeners;
		snprintf(g->name, sizeof(g->name), "0.0.0.0:%u", 8000 + i);
		if (i == 1) {
			snprintf(g->name, sizeof(g->name),
				 "[2001:db8:1234:5678:9abc:def0:1234:5678]:443");
			g->state = HOMEPORT_GROUP_STATE_KEPT;
			g->kept = true;
			g->kept_ms = 12345;
			g->held = listeners;
			g->held_requests = 3;
			g->held_children = 5;
		}
		g->pick_rate[HOMEPORT_PICK_LOCAL] = 12345.6 / (i + 1);
		g->pick_rate[HOMEPORT_PICK_NEAR] = 321;
		g->pick_rate[HOMEPORT_PICK_HASH] = 0.04;
		g->nr_cells = cpus + cpus / 2;
		g->cells = calloc(g->nr_cells, sizeof(*g->cells));
		for (k = 0; k < cpus; k++)
			g->cells[k] = (struct top_cell){
				k, k, 1000 * (k + 1), 100.0 * (k + 1)
			};
		for (k = 0; k < cpus / 2; k++)
			g->cells[cpus + k] = (struct top_cell){
				k, cpus - 1 - k, 50, 30.0 * k
			};
	}
	for (i = 0; i < s->nr_listeners; i++) {
		struct top_listener *l = &s->listeners[i];

		k = i % listeners;
		l->group = 1 + i / listeners;
		l->index = k;
		l->inode = 1000 + i;
		l->home = k % cpus;
		l->source = k % 4;
		l->state = k == 2 ? HOMEPORT_LISTENER_STATE_DRAINING :
				    HOMEPORT_LISTENER_STATE_LISTENING;
		l->backlog = 511;
		l->queue = k == 1 ? 511 : k == 3 ? 40 : 0;
		l->picked_rate = 1500 - k;
		l->accepts_rate = 1400 - k;
		snprintf(l->holders, sizeof(l->holders), "nginx(%u)", 4200 + k);
	}
}

FIXTURE(frame)
{
	struct snapshot s;
	struct view v;
	struct canvas c;
};

FIXTURE_SETUP(frame)
{
	make_up(&self->s, 3, 4, 4);
	self->v.ms = 1000;
	self->v.shades = true;
}

FIXTURE_TEARDOWN(frame)
{
	canvas_free(&self->c);
	snapshot_free(&self->s);
}

/* The line that has @text; -1: none. */
static int line_with(const struct canvas *c, const char *text)
{
	char line[1024];
	int y;

	for (y = 0; y < c->lines; y++) {
		canvas_line(c, y, line, sizeof(line));
		if (strstr(line, text))
			return y;
	}
	return -1;
}

static enum style style_at(const struct canvas *c, int y, int x)
{
	return c->glyphs[y * c->cols + x].style;
}

static void show_canvas(struct __test_metadata *_metadata,
			const struct canvas *c)
{
	char line[1024];
	int y;

	for (y = 0; y < c->lines; y++) {
		canvas_line(c, y, line, sizeof(line));
		TH_LOG("|%s", line);
	}
}

#define DRAW(lines, cols) do {						\
	canvas_free(&self->c);						\
	ASSERT_TRUE(canvas_init(&self->c, lines, cols));		\
	frame_draw(&self->c, &self->v, &self->s);			\
} while (0)

#define EXPECT_SEEN(text) do {						\
	EXPECT_LE(0, line_with(&self->c, text)) {				\
		TH_LOG("no \"%s\"", text);				\
		show_canvas(_metadata, &self->c);			\
	}								\
} while (0)

#define EXPECT_UNSEEN(text) do {						\
	EXPECT_GT(0, line_with(&self->c, text)) {				\
		TH_LOG("there is \"%s\"", text);			\
		show_canvas(_metadata, &self->c);			\
	}								\
} while (0)

static void press(struct view *v, const struct snapshot *s, enum key key,
		  int times)
{
	while (times--)
		view_key(v, s, key);
}

#define PRESS(key, times) press(&self->v, &self->s, key, times)

TEST(numbers)
{
	static const struct {
		double value;
		const char *text;
	} numbers[] = {
		{ 0, "0" }, { 0.01, "0.1" }, { 0.25, "0.2" }, { 9.94, "9.9" },
		{ 9.96, "10" }, { 42, "42" }, { 9999, "9999" },
		{ 9999.6, "10.0k" }, { 12345, "12.3k" }, { 99960, "100k" },
		{ 999600, "1.0M" }, { 123456789, "123M" }, { 4.2e12, "4.2T" },
		{ 9e17, "900P" },
	};
	char text[16];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		number_text(text, sizeof(text), numbers[i].value);
		EXPECT_STREQ(numbers[i].text, text);
		EXPECT_GE(5, strlen(text));
	}
}

TEST_F(frame, rates)
{
	struct snapshot *now = &self->s, before;

	make_up(&before, 2, 4, 4);
	now->ns = before.ns + 2000000000;
	now->rated = false;
	before.groups[0].picks[HOMEPORT_PICK_NEAR] = 100;
	now->groups[0].picks[HOMEPORT_PICK_NEAR] = 300;
	before.groups[1].picks[HOMEPORT_PICK_HASH] = 100;
	now->groups[1].picks[HOMEPORT_PICK_HASH] = 40;
	now->groups[2].picks[HOMEPORT_PICK_FAR] = 10;
	now->groups[0].cells[1].count += 8;
	before.groups[0].nr_cells = 4;
	before.listeners[1].picked = 100;
	now->listeners[1].picked = 110;
	before.listeners[2].accepts = 100;
	before.listeners[2].inode = 1;
	now->listeners[2].accepts = 120;
	rates_since(now, &before);

	EXPECT_TRUE(now->rated);
	EXPECT_EQ(100, now->groups[0].pick_rate[HOMEPORT_PICK_NEAR]);
	/* less than before, not there before: from 0 */
	EXPECT_EQ(20, now->groups[1].pick_rate[HOMEPORT_PICK_HASH]);
	EXPECT_EQ(5, now->groups[2].pick_rate[HOMEPORT_PICK_FAR]);
	EXPECT_EQ(4, now->groups[0].cells[1].rate);
	EXPECT_EQ(0, now->groups[0].cells[0].rate);
	EXPECT_EQ(25, now->groups[0].cells[4].rate);
	EXPECT_EQ(5, now->listeners[1].picked_rate);
	/* another socket at the same place */
	EXPECT_EQ(60, now->listeners[2].accepts_rate);
	snapshot_free(&before);

	/* nothing to compare with */
	now->rated = false;
	memset(&before, 0, sizeof(before));
	rates_since(now, &before);
	EXPECT_FALSE(now->rated);
	DRAW(24, 80);
	EXPECT_SEEN("in all");
}

TEST_F(frame, size_80x24)
{
	int groups, title, listeners, matrix;

	DRAW(24, 80);
	EXPECT_SEEN("homeport  ftrace  rules 2  groups 3  listeners 12  kernel 1234.5 s  every 1 s");
	EXPECT_SEEN("12.7k 12.3k   321     0     0   0.1");
	EXPECT_SEEN("kept 12s");
	EXPECT_SEEN("78]:443");
	EXPECT_SEEN("511/511 [########]");
	EXPECT_SEEN("40/511 [#       ]");
	EXPECT_SEEN("draining");
	EXPECT_SEEN("nginx(4203)");
	EXPECT_SEEN("peak 400/s");
	EXPECT_EQ(0, line_with(&self->c, "homeport"));
	EXPECT_EQ(23, line_with(&self->c, "q quit"));
	groups = line_with(&self->c, "LOCAL%");
	title = line_with(&self->c, "group 1  0.0.0.0:8000");
	listeners = line_with(&self->c, "HOLDERS");
	matrix = line_with(&self->c, "flow CPU");
	EXPECT_EQ(1, groups);
	EXPECT_EQ(5, title);
	EXPECT_EQ(6, listeners);
	EXPECT_EQ(12, matrix);
}

TEST_F(frame, size_40x10)
{
	DRAW(10, 40);
	EXPECT_SEEN("homeport  ftrace");
	EXPECT_SEEN("0.0.0.0:8000");
	EXPECT_SEEN("LOCAL%");
	EXPECT_SEEN("511/511");
	EXPECT_SEEN("q quit");
	EXPECT_UNSEEN("SOURCE");
	EXPECT_UNSEEN("flow CPU");
	PRESS(TOP_MATRIX, 1);
	DRAW(10, 40);
	EXPECT_SEEN("accepted/s: flow CPU");
}

TEST_F(frame, size_200x60)
{
	DRAW(60, 200);
	EXPECT_SEEN("[2001:db8:1234:5678:9abc:def0:1234:5678]:443");
	EXPECT_SEEN("4:3+5");
	EXPECT_SEEN("incoming-cpu");
	/* the matrix stands beside the listeners */
	EXPECT_EQ(line_with(&self->c, "group 1") + 1,
		  line_with(&self->c, "flow CPU"));
}

/* Nothing is drawn outside, and nothing is too small. */
TEST_F(frame, any_size)
{
	int lines, cols, mode;

	for (mode = 0; mode < MATRIX_MODES; mode++) {
		for (lines = 1; lines < 30; lines++)
			for (cols = 1; cols < 130; cols += 1 + cols / 10)
				DRAW(lines, cols);
		PRESS(TOP_MATRIX, 1);
	}
	EXPECT_SEEN("homeport");
}

TEST_F(frame, nothing)
{
	snapshot_free(&self->s);
	DRAW(24, 80);
	EXPECT_SEEN("homeport  -  rules 0  groups 0");
	PRESS(TOP_DOWNWARD, 3);
	PRESS(TOP_FOCUS, 1);
	PRESS(TOP_PAGE_DOWN, 1);
	DRAW(24, 80);
}

TEST_F(frame, matrix)
{
	int y, x;

	/* numbers, with a character for the heat */
	DRAW(24, 80);
	EXPECT_SEEN("   100=");
	EXPECT_SEEN("   400@");
	EXPECT_SEEN("    30:");
	y = line_with(&self->c, "   400@");
	for (x = 0; self->c.glyphs[y * 80 + x].c != '@'; x++)
		;
	EXPECT_EQ(STYLE_AWAY - 1, style_at(&self->c, y, x));
	/* in colours, that character is a blank */
	self->v.shades = false;
	DRAW(24, 80);
	EXPECT_UNSEEN("400@");
	EXPECT_EQ(STYLE_AWAY - 1, style_at(&self->c, y, x));
	self->v.shades = true;
	/* since the group began */
	PRESS(TOP_TOTALS, 1);
	DRAW(24, 80);
	EXPECT_SEEN("accepted in all: ");
	EXPECT_SEEN("peak 4000");
	EXPECT_SEEN("    50:");
	/* large, off, and on again */
	PRESS(TOP_MATRIX, 1);
	DRAW(24, 80);
	EXPECT_UNSEEN("HOLDERS");
	EXPECT_SEEN("peak 4000");
	PRESS(TOP_MATRIX, 1);
	DRAW(24, 80);
	EXPECT_SEEN("HOLDERS");
	EXPECT_UNSEEN("peak");
	PRESS(TOP_MATRIX, 1);
	DRAW(24, 80);
	EXPECT_SEEN("HOLDERS");
	EXPECT_SEEN("peak");
}

TEST_F(frame, matrix_of_many)
{
	snapshot_free(&self->s);
	make_up(&self->s, 1, 16, 16);
	/* a cell each, too narrow for numbers */
	PRESS(TOP_MATRIX, 1);
	DRAW(24, 80);
	EXPECT_SEEN("15 .");
	EXPECT_UNSEEN("sums");
	EXPECT_SEEN("@@");
	/* fewer lines than CPUs */
	PRESS(TOP_MATRIX, 2);
	DRAW(24, 80);
	EXPECT_SEEN("sums by");
	EXPECT_SEEN("listeners 1-");
	EXPECT_SEEN("HOLDERS");
	snapshot_free(&self->s);
	make_up(&self->s, 1, 4, 512);
	PRESS(TOP_MATRIX, 1);
	DRAW(60, 200);
	EXPECT_SEEN("sums by");
}

TEST_F(frame, lists)
{
	int i;

	snapshot_free(&self->s);
	make_up(&self->s, 100, 50, 4);
	DRAW(24, 80);
	EXPECT_SEEN("group 1  ");
	PRESS(TOP_DOWNWARD, 50);
	DRAW(24, 80);
	EXPECT_SEEN("group 51  0.0.0.0:8050");
	EXPECT_UNSEEN("0.0.0.0:8000");
	PRESS(TOP_PAGE_DOWN, 100);
	DRAW(24, 80);
	EXPECT_SEEN("group 100  ");
	PRESS(TOP_PAGE_UP, 1);
	DRAW(24, 80);
	EXPECT_UNSEEN("group 100  ");
	PRESS(TOP_LAST, 1);
	DRAW(24, 80);
	EXPECT_SEEN("group 100  ");
	PRESS(TOP_FIRST, 1);
	DRAW(24, 80);
	EXPECT_SEEN("group 1  ");

	PRESS(TOP_FOCUS, 1);
	for (i = 0; i < 60; i++) {
		PRESS(TOP_DOWNWARD, 1);
		DRAW(24, 80);
		EXPECT_LE(self->v.listeners.first, self->v.listeners.at);
		EXPECT_GT(self->v.listeners.first + self->v.listeners.seen,
			  self->v.listeners.at);
	}
	EXPECT_SEEN("nginx(4249)");
	EXPECT_SEEN("-50 of 50");
	PRESS(TOP_UPWARD, 60);
	DRAW(24, 80);
	EXPECT_SEEN("nginx(4200)");
	/* another group: its first listeners */
	PRESS(TOP_LAST, 1);
	PRESS(TOP_FOCUS, 1);
	PRESS(TOP_DOWNWARD, 1);
	DRAW(24, 80);
	EXPECT_SEEN("nginx(4200)");
}

/* The selected group stays selected when one before it goes. */
TEST_F(frame, follow)
{
	struct snapshot less;

	DRAW(24, 80);
	PRESS(TOP_DOWNWARD, 2);
	DRAW(24, 80);
	EXPECT_SEEN("group 3  ");
	make_up(&less, 2, 4, 4);
	less.groups[1].id = 3;
	snapshot_free(&self->s);
	self->s = less;
	DRAW(24, 80);
	EXPECT_SEEN("group 3  ");
	EXPECT_EQ(1, self->v.groups.at);
	/* it goes itself: what is near */
	self->s.nr_groups = 1;
	DRAW(24, 80);
	EXPECT_SEEN("group 1  ");
}

TEST_F(frame, keys)
{
	DRAW(24, 80);
	PRESS(TOP_SLOWER, 1);
	EXPECT_EQ(2000, self->v.ms);
	PRESS(TOP_FASTER, 2);
	EXPECT_EQ(500, self->v.ms);
	PRESS(TOP_FASTER, 20);
	EXPECT_EQ(TOP_MS_MIN, self->v.ms);
	PRESS(TOP_SLOWER, 20);
	EXPECT_EQ(60000, self->v.ms);
	/* as -d said: between two steps, beyond them */
	self->v.ms = 700;
	PRESS(TOP_SLOWER, 1);
	EXPECT_EQ(1000, self->v.ms);
	self->v.ms = TOP_MS_MAX;
	PRESS(TOP_SLOWER, 1);
	EXPECT_EQ(TOP_MS_MAX, self->v.ms);
	PRESS(TOP_FASTER, 1);
	EXPECT_EQ(60000, self->v.ms);
	PRESS(TOP_PAUSE, 1);
	DRAW(24, 80);
	EXPECT_SEEN("PAUSED");
	PRESS(TOP_PAUSE, 1);
	DRAW(24, 80);
	EXPECT_UNSEEN("PAUSED");
	PRESS(TOP_HELP, 1);
	DRAW(24, 80);
	EXPECT_SEEN("PgUp, PgDn");
	EXPECT_UNSEEN("HOLDERS");
	PRESS(TOP_HELP, 1);
	DRAW(24, 80);
	EXPECT_SEEN("HOLDERS");
	EXPECT_FALSE(self->v.quit);
	PRESS(TOP_QUIT, 1);
	EXPECT_TRUE(self->v.quit);
}

/* Names are of any bytes; a message takes the place of the keys. */
TEST_F(frame, strange)
{
	size_t i;

	strcpy(self->s.groups[0].name, "0.0.0.0%\x1b[31m\xff\t:80");
	strcpy(self->v.message, "this list may lack something");
	self->s.groups[2].state = 77;
	self->s.listeners[0].source = 78;
	DRAW(24, 80);
	EXPECT_SEEN("0.0.0.0%?[31m??");
	EXPECT_SEEN("this list may");
	EXPECT_UNSEEN("q quit");
	EXPECT_SEEN(" 77 ");
	EXPECT_SEEN(" 78 ");
	for (i = 0; i < 24 * 80; i++)
		EXPECT_TRUE(self->c.glyphs[i].c >= ' ' &&
			    self->c.glyphs[i].c <= '~');
}

TEST_F(frame, text)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	ASSERT_NE(NULL, f);
	EXPECT_EQ(EXIT_OK, frame_print(f, &self->v, &self->s, 120));
	fclose(f);
	EXPECT_NE(NULL, strstr(text, "homeport  ftrace"));
	EXPECT_NE(NULL, strstr(text, "group 1  0.0.0.0:8000"));
	EXPECT_NE(NULL, strstr(text, "group 3  0.0.0.0:8002"));
	EXPECT_NE(NULL, strstr(text, "peak 400/s"));
	EXPECT_NE(NULL, strstr(text, "nginx(4203)"));
	EXPECT_EQ(NULL, strstr(text, "q quit"));
	EXPECT_EQ(NULL, strchr(text, '\x1b'));
	EXPECT_EQ(NULL, strstr(text, " \n"));
	free(text);
}

static void show(struct snapshot *s)
{
	struct pollfd p = { .fd = 0, .events = POLLIN };
	struct view v = { .ms = 1000 };
	struct canvas c;
	enum key key;
	int lines, cols;

	if (!screen_open())
		return;
	v.shades = screen_has_shades();
	while (!v.quit) {
		screen_size(&lines, &cols);
		canvas_init(&c, lines, cols);
		frame_draw(&c, &v, s);
		screen_show(&c);
		canvas_free(&c);
		poll(&p, 1, -1);
		screen_resize();
		while ((key = screen_key()) != TOP_NO)
			view_key(&v, s, key);
	}
	screen_close();
}

int main(int argc, char **argv)
{
	struct snapshot s;

	if (argc < 2 || strcmp(argv[1], "show"))
		return test_harness_run(argc, argv);
	make_up(&s, argc > 2 ? atoi(argv[2]) : 3, argc > 3 ? atoi(argv[3]) : 4,
		argc > 4 ? atoi(argv[4]) : 4);
	show(&s);
	snapshot_free(&s);
	return 0;
}
