/* SPDX-License-Identifier: GPL-2.0 */
/*
 * top.h - what the files of "homeport top" offer each other
 *
 * top_snapshot.c reads what there is, top_rate.c compares two such, top_frame.c
 * and what it calls draw one onto a canvas, which is memory, and top_screen.c
 * or stdout shows that. So all drawing can be tested without a terminal, and
 * without a kernel module.
 */
#ifndef HOMEPORT_TOP_H
#define HOMEPORT_TOP_H

#include "homeport.h"

#define TOP_PICKS	(HOMEPORT_PICK_HASH + 1)

/* Interval between two looks, in milliseconds. */
#define TOP_MS_MIN	100
#define TOP_MS_MAX	3600000
#define TOP_MS_DEFAULT	1000

/* top_snapshot.c: all that is shown, of one moment */

/* Connections of a flow CPU that a CPU accepted. */
struct top_cell {
	uint32_t flow;
	uint32_t cpu;
	uint64_t count;
	double rate;		/* rates are per second */
};

struct top_group {
	uint32_t id;
	uint32_t rule;
	uint32_t state;
	uint32_t attach;
	uint32_t listeners;
	bool kept;
	uint64_t kept_ms;
	uint32_t held;		/* listeners, and what waits in them: */
	uint32_t held_requests;
	uint32_t held_children;
	char name[96];		/* ADDRESS[%DEVICE]:PORT */

	uint64_t picks[TOP_PICKS];
	double pick_rate[TOP_PICKS];
	struct top_cell *cells;	/* by flow CPU, then CPU */
	size_t nr_cells;
};

struct top_listener {
	uint32_t group;
	uint32_t index;
	uint64_t inode;
	uint32_t home;
	uint32_t source;
	uint32_t state;
	uint32_t queue;
	uint32_t backlog;
	char holders[96];

	uint64_t picked;
	uint64_t accepts;
	double picked_rate;
	double accepts_rate;
};

struct snapshot {
	uint64_t ns;		/* the kernel's monotonic clock */
	bool rated;		/* rates are there */
	unsigned int cpus;
	unsigned int rules;
	struct top_group *groups;	/* by id */
	size_t nr_groups;
	struct top_listener *listeners;	/* by group, then index */
	size_t nr_listeners;
	bool no_memory;
};

/* Holders of the last look, as to find them takes a walk through /proc. */
struct top_holders {
	struct holders holders;
	uint64_t *inodes;
	size_t nr;
	uint64_t ns;
};

int snapshot_read(struct snapshot *s, struct top_holders *cache);
void snapshot_free(struct snapshot *s);
void top_holders_free(struct top_holders *cache);
size_t snapshot_find(const struct snapshot *s, uint32_t group);
const struct top_listener *snapshot_listeners(const struct snapshot *s,
					      uint32_t group, size_t *nr);

int top_cell_compare(const void *a, const void *b);

/* top_rate.c */

void rates_since(struct snapshot *s, const struct snapshot *before);

/* top_canvas.c: a screen that is not there */

enum style {
	STYLE_PLAIN,
	STYLE_TITLE,
	STYLE_HEADING,
	STYLE_SELECTED,
	STYLE_CURSOR,		/* selected where the keys go */
	STYLE_DIM,
	STYLE_WARN,
	STYLE_LOCAL,		/* HEAT_LEVELS of each, weakest first */
	STYLE_AWAY = STYLE_LOCAL + 8,
	STYLE_NR = STYLE_AWAY + 8,
};

#define HEAT_LEVELS	(STYLE_AWAY - STYLE_LOCAL)

struct glyph {
	char c;
	uint8_t style;
};

struct canvas {
	int lines;
	int cols;
	struct glyph *glyphs;
};

struct area {
	int y, x;
	int lines, cols;
};

bool canvas_init(struct canvas *c, int lines, int cols);
void canvas_free(struct canvas *c);
void canvas_clear(struct canvas *c);
void canvas_put(struct canvas *c, int y, int x, enum style style, char ch);
void canvas_fill(struct canvas *c, int y, int x, int cols, enum style style);
int canvas_text(struct canvas *c, int y, int x, int cols, enum style style,
		const char *text);
int canvas_line(const struct canvas *c, int y, char *buf, size_t size);

/* top_view.c: what the keys change */

enum key {
	TOP_NO,
	TOP_QUIT,
	TOP_UPWARD,
	TOP_DOWNWARD,
	TOP_PAGE_UP,
	TOP_PAGE_DOWN,
	TOP_FIRST,
	TOP_LAST,
	TOP_FOCUS,
	TOP_PAUSE,
	TOP_SLOWER,
	TOP_FASTER,
	TOP_MATRIX,
	TOP_TOTALS,
	TOP_HELP,
};

enum matrix_mode {
	MATRIX_ON,
	MATRIX_LARGE,
	MATRIX_OFF,
	MATRIX_MODES,
};

/* A place in a list, and the part of the list that is seen. */
struct cursor {
	size_t at;
	size_t first;
	size_t seen;
};

struct view {
	struct cursor groups;
	struct cursor listeners;
	uint32_t group;		/* id of the selected one */
	bool in_listeners;	/* that is where the keys go */
	enum matrix_mode matrix;
	bool totals;		/* the matrix since the group began */
	bool paused;
	bool help;
	bool quit;
	bool shades;		/* no colours to tell the heat: use characters */
	unsigned int ms;	/* interval */
	char message[128];	/* in place of the keys; "": none */
};

void cursor_fit(struct cursor *c, size_t nr, size_t seen);
void view_follow(struct view *v, const struct snapshot *s);
void view_key(struct view *v, const struct snapshot *s, enum key key);

/* top_table.c: rows and columns, as many as fit */

struct column {
	const char *title;
	int width;
	bool right;
	int wide;		/* grows up to this where there is room */
	int drop;		/* the highest goes first; 0: never */
	void (*text)(char *buf, size_t size, const void *row,
		     const struct snapshot *s);
};

struct table {
	const struct column *columns;
	size_t nr_columns;
	const void *rows;
	size_t row_size;
	size_t nr;
	enum style (*style)(const void *row);
};

void table_draw(struct canvas *c, const struct area *area,
		const struct table *t, const struct cursor *cursor,
		enum style selected, const struct snapshot *s);

/* top_number.c */

void number_text(char *buf, size_t size, double value);
void rate_text(char *buf, size_t size, double rate, const struct snapshot *s);

/* top_groups.c, top_listeners.c: the tables */

double group_accepted(const struct top_group *g, bool local, bool total);
void groups_draw(struct canvas *c, const struct area *area, struct view *v,
		 const struct snapshot *s);
void listeners_draw(struct canvas *c, const struct area *area, struct view *v,
		    const struct snapshot *s);

/* top_heat.c: the matrix */

int heat_lines(unsigned int cpus);
int heat_cols(unsigned int cpus);
void heat_draw(struct canvas *c, const struct area *area, const struct view *v,
	       const struct top_group *g, const struct snapshot *s);

/* top_layout.c: where things go */

struct layout {
	struct area groups;
	struct area title;	/* of the selected group */
	struct area listeners;
	struct area heat;	/* no lines: not shown */
};

void layout_make(struct layout *l, const struct view *v,
		 const struct snapshot *s, int lines, int cols);

/* top_frame.c: all of it, on a screen */

void frame_draw(struct canvas *c, struct view *v, const struct snapshot *s);
void frame_header(struct canvas *c, const struct view *v,
		  const struct snapshot *s);
void frame_group(struct canvas *c, const struct layout *l, struct view *v,
		 const struct top_group *g, const struct snapshot *s);

/* top_print.c: the same as text */

int frame_print(FILE *to, struct view *v, const struct snapshot *s, int cols);

/* top_screen.c: the terminal */

bool screen_open(void);
void screen_close(void);
void screen_size(int *lines, int *cols);
void screen_resize(void);
bool screen_has_shades(void);
void screen_show(const struct canvas *c);
enum key screen_key(void);

/* top_errors.c: complaints, while the screen is not theirs */

bool errors_hold(void);
void errors_last(char *buf, size_t size);
void errors_forget(void);
void errors_tell(void);
void errors_release(void);

#endif /* HOMEPORT_TOP_H */
