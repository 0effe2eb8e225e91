// SPDX-License-Identifier: GPL-2.0
/* The terminal, by curses. Nothing else knows of it. */
#include "top.h"

#include <curses.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static SCREEN *screen;
static chtype attrs[STYLE_NR];
static bool shades;

/* For the levels of heat in 256 colours: dark to bright. */
static const short greens[HEAT_LEVELS] = { 22, 22, 28, 28, 34, 34, 40, 46 };
static const short reds[HEAT_LEVELS] = { 52, 52, 88, 88, 124, 160, 196, 202 };

static chtype colour(short pair, short text, short ground)
{
	return init_pair(pair, text, ground) == OK ? COLOR_PAIR(pair) : 0;
}

/* Bold, reverse and dim are no colours. */
static void set_plain_styles(void)
{
	memset(attrs, 0, sizeof(attrs));
	attrs[STYLE_TITLE] = A_BOLD;
	attrs[STYLE_HEADING] = A_UNDERLINE;
	attrs[STYLE_SELECTED] = A_BOLD;
	attrs[STYLE_CURSOR] = A_REVERSE;
	attrs[STYLE_DIM] = A_DIM;
	attrs[STYLE_WARN] = A_BOLD;
}

/* Text on the ground that the terminal has anyway; characters tell the heat. */
static void set_few_colours(void)
{
	int i;

	for (i = 0; i < HEAT_LEVELS; i++) {
		attrs[STYLE_LOCAL + i] = COLOR_PAIR(2);
		attrs[STYLE_AWAY + i] = COLOR_PAIR(3);
		if (i < HEAT_LEVELS / 2)
			continue;
		attrs[STYLE_LOCAL + i] |= A_BOLD;
		attrs[STYLE_AWAY + i] |= A_BOLD;
	}
}

static void set_many_colours(void)
{
	int i;

	for (i = 0; i < HEAT_LEVELS; i++) {
		bool bright = i > HEAT_LEVELS / 2;

		attrs[STYLE_LOCAL + i] = colour(10 + i, bright ? 16 : 231,
						greens[i]);
		attrs[STYLE_AWAY + i] = colour(20 + i, bright ? 16 : 231,
					       reds[i]);
	}
}

/* https://no-color.org: set, and not empty */
static bool colours_wanted(void)
{
	const char *no = getenv("NO_COLOR");

	return has_colors() && !(no && *no);
}

static void set_styles(void)
{
	set_plain_styles();
	shades = true;
	if (!colours_wanted() || start_color() == ERR)
		return;
	use_default_colors();
	attrs[STYLE_WARN] = colour(1, COLOR_YELLOW, -1) | A_BOLD;
	colour(2, COLOR_GREEN, -1);
	colour(3, COLOR_RED, -1);
	shades = COLORS < 256;
	if (shades)
		set_few_colours();
	else
		set_many_colours();
}

/* False, with a complaint: there is no terminal, or none that is known. */
bool screen_open(void)
{
	const char *term = getenv("TERM");

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		complain("standard input and output must be a terminal; with \"-b\" they need not");
		return false;
	}
	if (!term || !*term) {
		complain("TERM is not set, so the terminal's type is unknown; \"-b\" does without");
		return false;
	}
	screen = newterm(NULL, stdout, stdin);
	if (!screen) {
		complain("the terminal type \"%s\" is unknown, or can do too little; \"-b\" does without",
			 term);
		return false;
	}
	set_escdelay(25);
	cbreak();
	noecho();
	nodelay(stdscr, TRUE);
	keypad(stdscr, TRUE);
	curs_set(0);
	set_styles();
	return true;
}

/* The terminal is as it was. */
void screen_close(void)
{
	if (!screen)
		return;
	endwin();
	delscreen(screen);
	screen = NULL;
}

void screen_size(int *lines, int *cols)
{
	getmaxyx(stdscr, *lines, *cols);
}

/* After SIGWINCH. */
void screen_resize(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0)
		return;
	if (size.ws_row && size.ws_col)
		resizeterm(size.ws_row, size.ws_col);
	/* the terminal may have moved what was there */
	clearok(stdscr, TRUE);
}

/* True: colours do not tell the heat. */
bool screen_has_shades(void)
{
	return shades;
}

void screen_show(const struct canvas *c)
{
	const struct glyph *g = c->glyphs;
	int y, x;

	for (y = 0; y < c->lines; y++)
		for (x = 0; x < c->cols; x++, g++)
			mvaddch(y, x, (unsigned char)g->c | attrs[g->style]);
	refresh();
}

/* The next key that was typed, if it means anything; TOP_NO: no more. */
enum key screen_key(void)
{
	static const struct {
		int typed;
		enum key key;
	} keys[] = {
		{ 'q', TOP_QUIT }, { 'Q', TOP_QUIT }, { 3, TOP_QUIT },
		{ KEY_UP, TOP_UPWARD }, { 'k', TOP_UPWARD },
		{ KEY_DOWN, TOP_DOWNWARD }, { 'j', TOP_DOWNWARD },
		{ KEY_PPAGE, TOP_PAGE_UP }, { KEY_NPAGE, TOP_PAGE_DOWN },
		{ KEY_HOME, TOP_FIRST }, { KEY_END, TOP_LAST },
		{ 'g', TOP_FIRST }, { 'G', TOP_LAST },
		{ '\t', TOP_FOCUS }, { 'p', TOP_PAUSE }, { ' ', TOP_PAUSE },
		{ '+', TOP_SLOWER }, { '-', TOP_FASTER },
		{ 'm', TOP_MATRIX }, { 't', TOP_TOTALS },
		{ '?', TOP_HELP }, { 'h', TOP_HELP },
	};
	size_t i;
	int c;

	while ((c = getch()) != ERR)
		for (i = 0; i < ARRAY_SIZE(keys); i++)
			if (keys[i].typed == c)
				return keys[i].key;
	return TOP_NO;
}
