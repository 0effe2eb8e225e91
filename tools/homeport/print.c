// SPDX-License-Identifier: GPL-2.0
/* Text or JSON, from the same calls; see homeport.h. */
#include "homeport.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Deep enough for anything here. */
#define DEPTH	8

static bool json, pretty;
static json_object *open_values[DEPTH];
static int depth;

struct column {
	char *title;
	bool right;
	size_t width;
};

static struct column *columns;
static size_t nr_columns;
static char **cells;
static size_t nr_cells;
static FILE *cell;		/* the last of the cells, still growing */
static size_t cell_size;

static void *must(void *memory)
{
	if (memory)
		return memory;
	fputs("homeport: no memory\n", stderr);
	exit(EXIT_KERNEL);
}

static void table_free(void)
{
	size_t i;

	for (i = 0; i < nr_columns; i++)
		free(columns[i].title);
	for (i = 0; i < nr_cells; i++)
		free(cells[i]);
	free(columns);
	free(cells);
	columns = NULL;
	cells = NULL;
	nr_columns = 0;
	nr_cells = 0;
}

/* Begins anew: what was begun before and did not end is forgotten. */
void print_init(bool use_json, bool use_pretty)
{
	if (depth)
		json_object_put(open_values[0]);
	depth = 0;
	if (cell)
		fclose(cell);
	cell = NULL;
	table_free();
	json = use_json;
	pretty = use_pretty;
}

/* A document is one line, come what may. */
void print_one_line(void)
{
	pretty = false;
}

bool print_json(void)
{
	return json;
}

/* A value without a parent is a document of its own. */
static void json_out(json_object *value)
{
	int flags = JSON_C_TO_STRING_NOSLASHESCAPE;

	if (pretty)
		flags |= JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED;
	puts(json_object_to_json_string_ext(value, flags));
	json_object_put(value);
}

void print_document(struct json_object *document)
{
	json_out(document);
}

static void json_add(const char *key, json_object *value)
{
	json_object *in = open_values[depth - 1];

	if (json_object_is_type(in, json_type_array))
		json_object_array_add(in, value);
	else
		json_object_object_add(in, key, value);
}

static void json_open(const char *key, json_object *value)
{
	must(value);
	if (depth)
		json_add(key, value);
	open_values[depth++] = value;
}

static void json_close(void)
{
	if (!--depth)
		json_out(open_values[0]);
}

void print_array(const char *key)
{
	if (json)
		json_open(key, json_object_new_array());
}

void print_array_end(void)
{
	if (json)
		json_close();
}

void print_object(const char *key)
{
	if (json)
		json_open(key, json_object_new_object());
}

void print_object_end(void)
{
	if (json)
		json_close();
}

void print_json_u64(const char *key, uint64_t value)
{
	if (json)
		json_add(key, must(json_object_new_uint64(value)));
}

void print_json_str(const char *key, const char *value)
{
	if (json)
		json_add(key, must(json_object_new_string(value)));
}

void print_json_bool(const char *key, bool value)
{
	if (json)
		json_add(key, must(json_object_new_boolean(value)));
}

void print_text(const char *fmt, ...)
{
	va_list args;

	if (json)
		return;
	va_start(args, fmt);
	vfprintf(cell ? cell : stdout, fmt, args);
	va_end(args);
}

void print_column(const char *title, bool right)
{
	struct column *c;

	if (json)
		return;
	columns = must(realloc(columns, (nr_columns + 1) * sizeof(*columns)));
	c = &columns[nr_columns++];
	c->title = must(strdup(title));
	c->right = right;
	c->width = strlen(title);
}

static void cell_end(void)
{
	struct column *c;
	size_t len;

	if (!cell)
		return;
	fclose(cell);
	cell = NULL;
	c = &columns[(nr_cells - 1) % nr_columns];
	len = strlen(cells[nr_cells - 1]);
	if (len > c->width)
		c->width = len;
}

/* The text that follows goes into the next cell; rows follow by themselves. */
void print_cell(void)
{
	if (json)
		return;
	cell_end();
	/* full at each power of two */
	if (!(nr_cells & (nr_cells - 1)))
		cells = must(realloc(cells, (nr_cells ? 2 * nr_cells : 1) *
					    sizeof(*cells)));
	/* open_memstream() writes there when the cell ends */
	cells[nr_cells] = NULL;
	cell = must(open_memstream(&cells[nr_cells++], &cell_size));
}

static void row_out(char *const *row)
{
	size_t i;

	for (i = 0; i < nr_columns; i++) {
		const struct column *c = &columns[i];
		const char *text = row ? row[i] : c->title;
		int width = c->width;

		if (i)
			fputs("  ", stdout);
		if (c->right)
			printf("%*s", width, text);
		else if (i < nr_columns - 1)
			printf("%-*s", width, text);
		else
			fputs(text, stdout);
	}
	putchar('\n');
}

void print_table_end(void)
{
	size_t i;

	if (json)
		return;
	cell_end();
	row_out(NULL);
	for (i = 0; i + nr_columns <= nr_cells; i += nr_columns)
		row_out(cells + i);
	table_free();
}

/* Nothing printed may be lost unseen. Returns an exit code. */
int print_flush(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return EXIT_OK;
	complain("cannot write: %s", strerror(errno));
	return EXIT_KERNEL;
}

void print_name(const char *key, const struct names *names, uint32_t value)
{
	char number[16];

	if (value < names->nr) {
		print_str(key, "%s", names->name[value]);
		return;
	}
	snprintf(number, sizeof(number), "%" PRIu32, value);
	print_str(key, "%s", number);
}

void print_family(const char *key, uint16_t family)
{
	char number[16];

	snprintf(number, sizeof(number), "%u", family);
	print_str(key, "%s", family == AF_INET ? "inet" :
			     family == AF_INET6 ? "inet6" : number);
}

/* In text, the brackets that a port after it asks for are the caller's. */
void print_address(const struct nlattr *addr)
{
	char text[INET6_ADDRSTRLEN] = "?";
	int family;

	if (!addr)
		return;
	family = mnl_attr_get_payload_len(addr) == 4 ? AF_INET : AF_INET6;
	if (mnl_attr_get_payload_len(addr) >= (family == AF_INET ? 4 : 16))
		inet_ntop(family, mnl_attr_get_payload(addr), text,
			  sizeof(text));
	print_str("addr", "%s", text);
}
