// SPDX-License-Identifier: GPL-2.0
/* A screen that is not there: characters and their styles, in memory. */
#include "top.h"

#include <stdlib.h>
#include <string.h>

/* False: no memory. */
bool canvas_init(struct canvas *c, int lines, int cols)
{
	c->lines = lines > 0 ? lines : 1;
	c->cols = cols > 0 ? cols : 1;
	c->glyphs = malloc((size_t)c->lines * c->cols * sizeof(*c->glyphs));
	if (!c->glyphs)
		return false;
	canvas_clear(c);
	return true;
}

void canvas_free(struct canvas *c)
{
	free(c->glyphs);
	memset(c, 0, sizeof(*c));
}

void canvas_clear(struct canvas *c)
{
	int y;

	for (y = 0; y < c->lines; y++)
		canvas_fill(c, y, 0, c->cols, STYLE_PLAIN);
}

/*
 * What is outside is not there; nobody else has to look. Names of devices come
 * here too, and may be of any bytes.
 */
void canvas_put(struct canvas *c, int y, int x, enum style style, char ch)
{
	if (y < 0 || y >= c->lines || x < 0 || x >= c->cols)
		return;
	if (ch < ' ' || ch > '~')
		ch = '?';
	c->glyphs[(size_t)y * c->cols + x] = (struct glyph) { ch, style };
}

void canvas_fill(struct canvas *c, int y, int x, int cols, enum style style)
{
	int i;

	for (i = 0; i < cols; i++)
		canvas_put(c, y, x + i, style, ' ');
}

/* At most @cols of it. Returns the column after it. */
int canvas_text(struct canvas *c, int y, int x, int cols, enum style style,
		const char *text)
{
	for (; *text && cols > 0; cols--)
		canvas_put(c, y, x++, style, *text++);
	return x;
}

/* A line without the blanks at its end. Returns its length. */
int canvas_line(const struct canvas *c, int y, char *buf, size_t size)
{
	const struct glyph *line = c->glyphs + (size_t)y * c->cols;
	int len = c->cols, i;

	if ((size_t)len >= size)
		len = size - 1;
	while (len && line[len - 1].c == ' ')
		len--;
	for (i = 0; i < len; i++)
		buf[i] = line[i].c;
	buf[len] = '\0';
	return len;
}
