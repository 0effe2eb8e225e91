// SPDX-License-Identifier: GPL-2.0
/* homeport stat: who accepted what where, and how listeners were picked */
#include "homeport.h"

#include <inttypes.h>
#include <linux/genetlink.h>
#include <stdlib.h>
#include <string.h>

/* A wider matrix is summed up; with -s it may be wider. */
#define MOST_COLUMNS	32
#define MOST_WITH_S	1024

/* The most CPUs that a kernel can have. */
#define CPU_LIMIT	8192

static const char *const pick_names[] = {
	[HOMEPORT_PICK_LOCAL]	= "local",
	[HOMEPORT_PICK_NEAR]	= "near",
	[HOMEPORT_PICK_FAR]	= "far",
	[HOMEPORT_PICK_SPILL]	= "spill",
	[HOMEPORT_PICK_HASH]	= "hash",
};

#define PICK_NR		ARRAY_SIZE(pick_names)

static const char *const table_names[] = {
	[HOMEPORT_TABLE_REQUESTS]	= "requests",
	[HOMEPORT_TABLE_CHILDREN]	= "children",
	[HOMEPORT_TABLE_LOCAL]		= "local",
	[HOMEPORT_TABLE_HANDED_OVER]	= "handed_over",
	[HOMEPORT_TABLE_KEPT]		= "kept",
	[HOMEPORT_TABLE_LEFT]		= "left",
	[HOMEPORT_TABLE_EXPIRED]	= "expired",
	[HOMEPORT_TABLE_FULL]		= "full",
	[HOMEPORT_TABLE_OPTIONS]	= "options",
	[HOMEPORT_TABLE_MEMORY]		= "memory",
	[HOMEPORT_TABLE_LIMIT]		= "limit",
	[HOMEPORT_TABLE_FOREIGN]	= "foreign",
};

#define TABLE_NR	ARRAY_SIZE(table_names)

static const char *const load_names[] = {
	[HOMEPORT_LOAD_LEFT]		= "left",
	[HOMEPORT_LOAD_STALLED]		= "stalled",
	[HOMEPORT_LOAD_FULL]		= "full",
	[HOMEPORT_LOAD_BOUND]		= "bound",
	[HOMEPORT_LOAD_RESCUED]		= "rescued",
	[HOMEPORT_LOAD_PROBED]		= "probed",
	[HOMEPORT_LOAD_LATE]		= "late",
	[HOMEPORT_LOAD_BORROWED]	= "borrowed",
};

#define LOAD_NR		ARRAY_SIZE(load_names)

struct cell {
	uint32_t flow;
	uint32_t cpu;
	uint64_t count;
};

/* The counters of a group: 0 is those that are gone. */
struct counters {
	uint32_t id;
	uint64_t picks[PICK_NR];
	uint64_t table[TABLE_NR];
	uint64_t load[LOAD_NR];
	struct cell *cells;
	size_t nr;
	uint64_t accepted;
	uint64_t local;
};

struct all {
	struct counters *list;
	size_t nr;
	struct nlmsghdr **groups;	/* what group-get told of each */
	size_t nr_groups;
	uint32_t only;			/* this group; 0: all */
	unsigned int cpus;
	bool no_memory;
};

void stat_help(FILE *to)
{
	fputs("Usage: homeport stat [ show [ group ID ] ]\n", to);
}

static struct counters *counters_of(struct all *all, uint32_t id)
{
	struct counters *list;
	size_t i;

	for (i = 0; i < all->nr; i++)
		if (all->list[i].id == id)
			return &all->list[i];
	list = realloc(all->list, (all->nr + 1) * sizeof(*list));
	if (!list)
		return NULL;
	all->list = list;
	memset(&list[all->nr], 0, sizeof(*list));
	list[all->nr].id = id;
	return &list[all->nr++];
}

static bool add_cell(struct counters *c, uint32_t flow, uint32_t cpu,
		     uint64_t count)
{
	struct cell *cells;

	if (!(c->nr & (c->nr - 1))) {
		cells = realloc(c->cells, (c->nr ? 2 * c->nr : 1) *
					  sizeof(*cells));
		if (!cells)
			return false;
		c->cells = cells;
	}
	c->cells[c->nr++] = (struct cell) { flow, cpu, count };
	c->accepted += count;
	if (flow == cpu)
		c->local += count;
	return true;
}

static void note_cpu(struct all *all, uint32_t cpu)
{
	if (cpu >= all->cpus)
		all->cpus = cpu + 1;
}

static bool get_cell(struct all *all, struct counters *c, uint32_t cpu,
		     const struct nlattr *nest)
{
	const struct nlattr *attrs[HOMEPORT_A_ACCEPTED_MAX + 1];
	uint32_t flow;

	genl_nested(nest, attrs, HOMEPORT_A_ACCEPTED_MAX);
	flow = genl_u32(attrs[HOMEPORT_A_ACCEPTED_FLOW_CPU]);
	if (flow >= CPU_LIMIT || cpu >= CPU_LIMIT)
		return true;
	note_cpu(all, flow);
	note_cpu(all, cpu);
	return add_cell(c, flow, cpu,
			genl_uint(attrs[HOMEPORT_A_ACCEPTED_COUNT]));
}

static void get_picks(struct counters *c, const struct nlattr *nest)
{
	const struct nlattr *attrs[HOMEPORT_A_PICKS_MAX + 1];
	size_t i;

	genl_nested(nest, attrs, HOMEPORT_A_PICKS_MAX);
	for (i = 0; i < PICK_NR; i++)
		c->picks[i] += genl_uint(attrs[HOMEPORT_A_PICKS_LOCAL + i]);
}

static void get_table(struct counters *c, const struct nlattr *nest)
{
	const struct nlattr *attrs[HOMEPORT_A_TABLE_MAX + 1];
	size_t i;

	genl_nested(nest, attrs, HOMEPORT_A_TABLE_MAX);
	for (i = 0; i < TABLE_NR; i++)
		c->table[i] += genl_uint(attrs[HOMEPORT_A_TABLE_REQUESTS + i]);
}

static void get_load(struct counters *c, const struct nlattr *nest)
{
	const struct nlattr *attrs[HOMEPORT_A_LOAD_MAX + 1];
	size_t i;

	genl_nested(nest, attrs, HOMEPORT_A_LOAD_MAX);
	for (i = 0; i < LOAD_NR; i++)
		c->load[i] += genl_uint(attrs[HOMEPORT_A_LOAD_LEFT + i]);
}

/* A row of the matrix, or a part of one. */
static int collect_row(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attrs[HOMEPORT_A_STAT_MAX + 1], *attr;
	struct all *all = data;
	struct counters *c;
	uint32_t cpu;

	genl_attrs(nlh, attrs, HOMEPORT_A_STAT_MAX);
	cpu = genl_u32(attrs[HOMEPORT_A_STAT_CPU]);
	c = counters_of(all, genl_u32(attrs[HOMEPORT_A_STAT_GROUP]));
	if (!c) {
		all->no_memory = true;
		return MNL_CB_OK;
	}
	if (attrs[HOMEPORT_A_STAT_PICKS])
		get_picks(c, attrs[HOMEPORT_A_STAT_PICKS]);
	if (attrs[HOMEPORT_A_STAT_TABLE])
		get_table(c, attrs[HOMEPORT_A_STAT_TABLE]);
	if (attrs[HOMEPORT_A_STAT_LOAD])
		get_load(c, attrs[HOMEPORT_A_STAT_LOAD]);
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(attr) == HOMEPORT_A_STAT_ACCEPTED &&
		    !get_cell(all, c, cpu, attr))
			all->no_memory = true;
	return MNL_CB_OK;
}

/* A group is shown even if it has counted nothing. */
static int collect_group(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attrs[HOMEPORT_A_GROUP_MAX + 1];
	struct nlmsghdr **groups, *copy;
	struct all *all = data;

	genl_attrs(nlh, attrs, HOMEPORT_A_GROUP_MAX);
	copy = malloc(nlh->nlmsg_len);
	groups = realloc(all->groups, (all->nr_groups + 1) * sizeof(*groups));
	if (groups)
		all->groups = groups;
	if (!groups || !copy ||
	    !counters_of(all, genl_u32(attrs[HOMEPORT_A_GROUP_ID]))) {
		free(copy);
		all->no_memory = true;
		return MNL_CB_OK;
	}
	memcpy(copy, nlh, nlh->nlmsg_len);
	groups[all->nr_groups++] = copy;
	return MNL_CB_OK;
}

static void show_name(const struct all *all, uint32_t id)
{
	const struct nlattr *attrs[HOMEPORT_A_GROUP_MAX + 1];
	size_t i;

	if (!id) {
		print_text("groups that are gone");
		return;
	}
	for (i = 0; i < all->nr_groups; i++) {
		genl_attrs(all->groups[i], attrs, HOMEPORT_A_GROUP_MAX);
		if (genl_u32(attrs[HOMEPORT_A_GROUP_ID]) != id)
			continue;
		print_text("group %" PRIu32 "  ", id);
		group_name(attrs);
		return;
	}
	print_text("group %" PRIu32, id);
}

/* Cells as they are, those of 0 left out. */
static void show_cells(const struct counters *c)
{
	size_t i;

	print_array("matrix");
	for (i = 0; i < c->nr; i++) {
		print_object(NULL);
		print_json_u64("flow_cpu", c->cells[i].flow);
		print_json_u64("cpu", c->cells[i].cpu);
		print_json_u64("count", c->cells[i].count);
		print_object_end();
	}
	print_array_end();
}

static void show_matrix_row(const struct bins *bins, unsigned int row,
			    const uint64_t *sums)
{
	unsigned int i;

	print_cell();
	print_text("%s", bins->list[row].label);
	for (i = 0; i < bins->nr; i++) {
		print_cell();
		if (sums[i])
			print_text("%" PRIu64, sums[i]);
		else
			print_text(".");
	}
}

static void show_matrix(const struct bins *bins, const uint64_t *sums)
{
	unsigned int i;

	print_text("accepted, by flow CPU (rows) and accepting CPU (columns)");
	if (bins->what)
		print_text(", summed by %s%s", bins->what,
			   show_stats ? "" : "; -s shows every CPU");
	print_text("\n");
	print_column("", true);
	for (i = 0; i < bins->nr; i++)
		print_column(bins->list[i].label, true);
	for (i = 0; i < bins->nr; i++)
		show_matrix_row(bins, i, sums + (size_t)i * bins->nr);
	print_table_end();
}

/* False: no memory. */
static bool make_matrix(const struct counters *c, unsigned int cpus)
{
	struct bins bins;
	uint64_t *sums;
	size_t i;
	bool ok;

	ok = bins_make(&bins, cpus, show_stats ? MOST_WITH_S : MOST_COLUMNS);
	sums = ok ? calloc((size_t)bins.nr * bins.nr, sizeof(*sums)) : NULL;
	for (i = 0; sums && i < c->nr; i++)
		sums[(size_t)bins.of_cpu[c->cells[i].flow] * bins.nr +
		     bins.of_cpu[c->cells[i].cpu]] += c->cells[i].count;
	if (sums)
		show_matrix(&bins, sums);
	free(sums);
	bins_free(&bins);
	return sums;
}

static double share(uint64_t part, uint64_t of)
{
	return of ? 100.0 * part / of : 0;
}

static void show_counts(const struct counters *c)
{
	uint64_t picks = 0;
	size_t i;

	for (i = 0; i < PICK_NR; i++)
		picks += c->picks[i];
	print_text("picks %" PRIu64 ":", picks);
	print_object("picks");
	for (i = 0; i < PICK_NR; i++) {
		print_text("%s %s ", i ? "," : "", pick_names[i]);
		print_u64(pick_names[i], "%" PRIu64, c->picks[i]);
		print_text(" (%.1f %%)", share(c->picks[i], picks));
	}
	print_object_end();
	print_text("\n");
	print_u64("accepted", "accepted %" PRIu64, c->accepted);
	print_u64("accepted_local", ": on the flow CPU %" PRIu64, c->local);
	print_text(" (%.1f %%)\n", share(c->local, c->accepted));
}

/* In text, those that are not 0. */
static void show_list(const char *key, const char *title, size_t nr,
		      const char *const *names, const uint64_t *counts)
{
	bool any = false;
	size_t i;

	print_object(key);
	for (i = 0; i < nr; i++) {
		print_json_u64(names[i], counts[i]);
		if (!counts[i])
			continue;
		print_text("%s %s %" PRIu64, any ? "," : title, names[i],
			   counts[i]);
		any = true;
	}
	print_object_end();
	if (any)
		print_text("\n");
}

/* What befell the connections of closed listeners, and of loaded ones. */
static void show_lists(const struct counters *c)
{
	show_list("table", "rehomed:", TABLE_NR, table_names, c->table);
	show_list("load", "spilled:", LOAD_NR, load_names, c->load);
}

static bool show_group(const struct all *all, const struct counters *c)
{
	bool ok;

	print_object(NULL);
	print_json_u64("group", c->id);
	show_name(all, c->id);
	print_text("\n");
	show_cells(c);
	ok = print_json() || make_matrix(c, all->cpus);
	show_counts(c);
	show_lists(c);
	print_text("\n");
	print_object_end();
	return ok;
}

static bool add_up(struct counters *sum, const struct counters *c)
{
	size_t i;

	for (i = 0; i < PICK_NR; i++)
		sum->picks[i] += c->picks[i];
	for (i = 0; i < TABLE_NR; i++)
		sum->table[i] += c->table[i];
	for (i = 0; i < LOAD_NR; i++)
		sum->load[i] += c->load[i];
	for (i = 0; i < c->nr; i++)
		if (!add_cell(sum, c->cells[i].flow, c->cells[i].cpu,
			      c->cells[i].count))
			return false;
	return true;
}

static int compare_cells(const void *a, const void *b)
{
	const struct cell *x = a, *y = b;

	if (x->flow != y->flow)
		return x->flow < y->flow ? -1 : 1;
	return (x->cpu > y->cpu) - (x->cpu < y->cpu);
}

/* Cells of the same place become one. */
static void merge_cells(struct counters *c)
{
	size_t i, kept = 0;

	if (!c->nr)
		return;
	qsort(c->cells, c->nr, sizeof(*c->cells), compare_cells);
	for (i = 1; i < c->nr; i++) {
		if (compare_cells(&c->cells[kept], &c->cells[i]))
			c->cells[++kept] = c->cells[i];
		else
			c->cells[kept].count += c->cells[i].count;
	}
	c->nr = kept + 1;
}

/* Over all groups, in text only if there is more than one. */
static bool show_sum(const struct all *all)
{
	struct counters sum = { 0 };
	bool ok = true;
	size_t i;

	for (i = 0; ok && i < all->nr; i++)
		ok = add_up(&sum, &all->list[i]);
	merge_cells(&sum);
	print_object("all");
	if (print_json() || all->nr != 1) {
		print_text("all\n");
		show_cells(&sum);
		ok = ok && (print_json() || make_matrix(&sum, all->cpus));
		show_counts(&sum);
		show_lists(&sum);
	}
	print_object_end();
	free(sum.cells);
	return ok;
}

static int compare_counters(const void *a, const void *b)
{
	const struct counters *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static int show_all(struct all *all)
{
	bool ok = !all->no_memory;
	size_t i;

	if (all->nr)
		qsort(all->list, all->nr, sizeof(*all->list), compare_counters);
	print_object(NULL);
	print_array("groups");
	for (i = 0; ok && i < all->nr; i++)
		ok = show_group(all, &all->list[i]);
	print_array_end();
	if (ok && !all->only)
		ok = show_sum(all);
	if (!ok) {
		complain("no memory");
		return EXIT_KERNEL;
	}
	print_object_end();
	return EXIT_OK;
}

static void free_all(struct all *all)
{
	size_t i;

	for (i = 0; i < all->nr; i++)
		free(all->list[i].cells);
	for (i = 0; i < all->nr_groups; i++)
		free(all->groups[i]);
	free(all->list);
	free(all->groups);
}

static int ask_groups(struct all *all)
{
	struct genl_request req;

	genl_begin(&req, HOMEPORT_CMD_GROUP_GET);
	if (!all->only)
		return genl_dump(&req, collect_group, all);
	mnl_attr_put_u32(req.nlh, HOMEPORT_A_GROUP_ID, all->only);
	return genl_do(&req, collect_group, all);
}

static int ask_counters(struct all *all)
{
	struct genl_request req;

	genl_begin(&req, HOMEPORT_CMD_STAT_GET);
	if (all->only)
		mnl_attr_put_u32(req.nlh, HOMEPORT_A_STAT_GROUP, all->only);
	return genl_dump(&req, collect_row, all);
}

static bool parse_group(struct words *w, uint32_t *group)
{
	const char *word = word_next(w);

	*group = 0;
	if (!word)
		return true;
	if (strcmp(word, "group"))
		return word_wrong("stat", word);
	word = word_value(w, "group");
	if (!word || !parse_id(word, "group id", group))
		return false;
	return !w->left || word_wrong("stat", *w->next);
}

int stat_main(struct words *w)
{
	const char *command = word_next(w);
	struct all all = { 0 };
	int ret;

	if (command && strcmp(command, "show")) {
		word_wrong("stat", command);
		return EXIT_SYNTAX;
	}
	if (!parse_group(w, &all.only))
		return EXIT_SYNTAX;
	if (!genl_open())
		return EXIT_KERNEL;
	all.cpus = cpus_online();
	ret = ask_groups(&all);
	if (!ret)
		ret = ask_counters(&all);
	if (!ret)
		ret = show_all(&all);
	free_all(&all);
	return ret;
}
