// SPDX-License-Identifier: GPL-2.0
/* homeport listener: the listeners of managed groups and their homes */
#include "homeport.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MOST_HOLDERS	4

struct listener {
	uint32_t group;
	uint32_t index;
	uint64_t inode;
	uint32_t home;
	uint32_t source;
	uint64_t picked;
	uint64_t accepts;
	uint32_t queue;
	uint32_t backlog;
	uint32_t state;
	bool stalled;
	uint64_t stalled_ms;
	uint32_t spill_permille;
};

struct listeners {
	struct listener *list;
	size_t nr;
	bool no_memory;
};

void listener_help(FILE *to)
{
	fputs("Usage: homeport listener [ show [ group ID ] ]\n"
	      "       homeport listener { drain | undrain } group ID [ index INDEX ]\n"
	      "       homeport listener { drain | undrain } pid PID\n", to);
}

static void get_listener(const struct nlmsghdr *nlh, struct listener *l)
{
	const struct nlattr *attrs[HOMEPORT_A_LISTENER_MAX + 1];

	genl_attrs(nlh, attrs, HOMEPORT_A_LISTENER_MAX);
	l->group = genl_u32(attrs[HOMEPORT_A_LISTENER_GROUP]);
	l->index = genl_u32(attrs[HOMEPORT_A_LISTENER_INDEX]);
	l->inode = genl_uint(attrs[HOMEPORT_A_LISTENER_INODE]);
	l->home = genl_u32(attrs[HOMEPORT_A_LISTENER_HOME]);
	l->source = genl_u32(attrs[HOMEPORT_A_LISTENER_SOURCE]);
	l->picked = genl_uint(attrs[HOMEPORT_A_LISTENER_PICKED]);
	l->accepts = genl_uint(attrs[HOMEPORT_A_LISTENER_ACCEPTS]);
	l->queue = genl_u32(attrs[HOMEPORT_A_LISTENER_QUEUE]);
	l->backlog = genl_u32(attrs[HOMEPORT_A_LISTENER_BACKLOG]);
	l->state = genl_u32(attrs[HOMEPORT_A_LISTENER_STATE]);
	l->stalled = attrs[HOMEPORT_A_LISTENER_STALLED_MS];
	l->stalled_ms = genl_uint(attrs[HOMEPORT_A_LISTENER_STALLED_MS]);
	l->spill_permille = genl_u32(attrs[HOMEPORT_A_LISTENER_SPILL_PERMILLE]);
}

static int collect(const struct nlmsghdr *nlh, void *data)
{
	struct listeners *all = data;
	struct listener *list;

	list = realloc(all->list, (all->nr + 1) * sizeof(*list));
	if (!list) {
		all->no_memory = true;
		return MNL_CB_OK;
	}
	all->list = list;
	get_listener(nlh, &list[all->nr++]);
	return MNL_CB_OK;
}

/* In text, the first few are enough: nginx has every worker hold them all. */
static void show_holder(const struct holder *h, size_t nth)
{
	print_object(NULL);
	print_json_str("command", h->command);
	print_json_u64("pid", h->pid);
	if (nth < MOST_HOLDERS)
		print_text("%s%s(%d)", nth ? "," : "", h->command, h->pid);
	print_object_end();
}

static void show_holders(const struct holders *holders, uint64_t inode)
{
	size_t first = holders_first(holders, inode), i;

	print_array("holders");
	for (i = first; i < holders->nr; i++) {
		if (holders->list[i].inode != inode)
			break;
		show_holder(&holders->list[i], i - first);
	}
	print_array_end();
	if (i == first)
		print_text("-");
	if (i - first > MOST_HOLDERS)
		print_text(",+%zu", i - first - MOST_HOLDERS);
}

static void show_counters(const struct listener *l)
{
	if (show_stats)
		print_cell();
	print_json_u64("picked", l->picked);
	if (show_stats)
		print_text("%" PRIu64, l->picked);
	if (show_stats)
		print_cell();
	print_json_u64("accepts", l->accepts);
	if (show_stats)
		print_text("%" PRIu64, l->accepts);
}

/* Since when it does not accept; what it gives away as it has too much. */
static void show_load(const struct listener *l)
{
	print_json_bool("stalled", l->stalled);
	if (l->stalled)
		print_json_u64("stalled_ms", l->stalled_ms);
	print_json_u64("spill_permille", l->spill_permille);
	if (l->stalled)
		print_text("stalled %" PRIu64 " ms", l->stalled_ms);
	else if (l->spill_permille)
		print_text("spills %" PRIu32 " in 1000", l->spill_permille);
	else
		print_text("-");
}

static void show_row(const struct listener *l, const struct holders *holders)
{
	print_object(NULL);
	print_cell();
	print_u64("group", "%" PRIu64, l->group);
	print_cell();
	print_u64("index", "%" PRIu64, l->index);
	print_cell();
	print_u64("home", "%" PRIu64, l->home);
	print_cell();
	print_name("source", &names_home_source, l->source);
	print_cell();
	print_name("state", &names_listener_state, l->state);
	print_cell();
	print_u64("inode", "%" PRIu64, l->inode);
	print_cell();
	print_u64("queue", "%" PRIu64, l->queue);
	print_cell();
	print_u64("backlog", "%" PRIu64, l->backlog);
	print_cell();
	show_load(l);
	show_counters(l);
	print_cell();
	show_holders(holders, l->inode);
	print_object_end();
}

/* The same in a line, for monitor. */
void listener_event(const struct nlmsghdr *nlh)
{
	struct listener l;

	get_listener(nlh, &l);
	print_u64("group", " group %" PRIu64, l.group);
	print_u64("index", " index %" PRIu64, l.index);
	print_u64("home", " home %" PRIu64, l.home);
	print_text(" source ");
	print_name("source", &names_home_source, l.source);
	print_text(" state ");
	print_name("state", &names_listener_state, l.state);
	print_u64("inode", " inode %" PRIu64, l.inode);
	print_u64("queue", " queue %" PRIu64, l.queue);
	print_u64("backlog", " backlog %" PRIu64, l.backlog);
	print_u64("picked", " picked %" PRIu64, l.picked);
	print_u64("accepts", " accepts %" PRIu64, l.accepts);
	print_text(" load ");
	show_load(&l);
}

static void show_columns(void)
{
	print_column("GROUP", true);
	print_column("INDEX", true);
	print_column("HOME", true);
	print_column("SOURCE", false);
	print_column("STATE", false);
	print_column("INODE", true);
	print_column("QUEUE", true);
	print_column("BACKLOG", true);
	print_column("LOAD", false);
	if (show_stats) {
		print_column("PICKED", true);
		print_column("ACCEPTS", true);
	}
	print_column("HOLDERS", false);
}

static void show_all(const struct listeners *all, const struct holders *holders)
{
	size_t i;

	show_columns();
	print_array(NULL);
	for (i = 0; i < all->nr; i++)
		show_row(&all->list[i], holders);
	print_array_end();
	print_table_end();
}

static bool find_holders(const struct listeners *all, struct holders *holders)
{
	uint64_t *inodes = calloc(all->nr + 1, sizeof(*inodes));
	size_t i;

	if (!inodes)
		return false;
	for (i = 0; i < all->nr; i++)
		inodes[i] = all->list[i].inode;
	holders_find(holders, inodes, all->nr);
	free(inodes);
	return true;
}

/* Listeners of one group, or of all when @group is 0, and who holds them. */
static int get_all(uint32_t group, struct listeners *all,
		   struct holders *holders)
{
	struct genl_request req;
	int ret;

	memset(all, 0, sizeof(*all));
	memset(holders, 0, sizeof(*holders));
	genl_begin(&req, HOMEPORT_CMD_LISTENER_GET);
	if (group)
		mnl_attr_put_u32(req.nlh, HOMEPORT_A_LISTENER_GROUP, group);
	ret = genl_dump(&req, collect, all);
	if (!ret && (all->no_memory || !find_holders(all, holders))) {
		complain("no memory");
		ret = EXIT_KERNEL;
	}
	return ret;
}

static void free_all(struct listeners *all, struct holders *holders)
{
	holders_free(holders);
	free(all->list);
}

static int show(uint32_t group)
{
	struct holders holders;
	struct listeners all;
	int ret = get_all(group, &all, &holders);

	if (!ret)
		show_all(&all, &holders);
	free_all(&all, &holders);
	return ret;
}

/* Which listeners to drain. */
struct which {
	uint32_t group;		/* 0: by process */
	bool has_index;
	uint32_t index;
	uint32_t pid;
};

static int drain(uint32_t group, const uint32_t *index, bool on)
{
	struct genl_request req;

	genl_begin(&req, HOMEPORT_CMD_LISTENER_DRAIN);
	mnl_attr_put_u32(req.nlh, HOMEPORT_A_LISTENER_GROUP, group);
	if (index)
		mnl_attr_put_u32(req.nlh, HOMEPORT_A_LISTENER_INDEX, *index);
	mnl_attr_put_u32(req.nlh, HOMEPORT_A_LISTENER_DRAIN, on);
	return genl_do(&req, NULL, NULL);
}

static bool is_held_by(const struct holders *holders, uint64_t inode,
		       uint32_t pid)
{
	size_t i;

	for (i = holders_first(holders, inode);
	     i < holders->nr && holders->list[i].inode == inode; i++)
		if ((uint32_t)holders->list[i].pid == pid)
			return true;
	return false;
}

static int drain_of_process(uint32_t pid, bool on)
{
	struct holders holders;
	struct listeners all;
	size_t i, found = 0;
	int ret = get_all(0, &all, &holders);

	for (i = 0; !ret && i < all.nr; i++) {
		if (!is_held_by(&holders, all.list[i].inode, pid))
			continue;
		found++;
		ret = drain(all.list[i].group, &all.list[i].index, on);
	}
	free_all(&all, &holders);
	if (ret || found)
		return ret;
	complain("process %" PRIu32 " holds no listener of a managed group",
		 pid);
	return EXIT_KERNEL;
}

static bool parse_index(struct words *w, struct which *which)
{
	const char *word = word_next(w);

	if (!word)
		return true;
	if (strcmp(word, "index"))
		return word_wrong("listener", word);
	which->has_index = true;
	word = word_value(w, "index");
	return word && parse_u32(word, "listener index", &which->index);
}

static bool parse_which(struct words *w, struct which *which)
{
	const char *key = word_next(w), *value;

	memset(which, 0, sizeof(*which));
	if (!key) {
		complain("\"group\" or \"pid\" must say which, try \"homeport listener help\"");
		return false;
	}
	if (strcmp(key, "group") && strcmp(key, "pid"))
		return word_wrong("listener", key);
	value = word_value(w, key);
	if (!value)
		return false;
	if (!strcmp(key, "pid"))
		return parse_id(value, "process id", &which->pid) &&
		       (!w->left || word_wrong("listener", *w->next));
	return parse_id(value, "group id", &which->group) &&
	       parse_index(w, which) &&
	       (!w->left || word_wrong("listener", *w->next));
}

static int do_drain(struct words *w, bool on)
{
	struct which which;

	if (!parse_which(w, &which))
		return EXIT_SYNTAX;
	if (!genl_open())
		return EXIT_KERNEL;
	if (!which.group)
		return drain_of_process(which.pid, on);
	return drain(which.group, which.has_index ? &which.index : NULL, on);
}

static bool parse_group(struct words *w, uint32_t *group)
{
	const char *word = word_next(w);

	*group = 0;
	if (!word)
		return true;
	if (strcmp(word, "group"))
		return word_wrong("listener", word);
	word = word_value(w, "group");
	if (!word || !parse_id(word, "group id", group))
		return false;
	return !w->left || word_wrong("listener", *w->next);
}

int listener_main(struct words *w)
{
	const char *command = word_next(w);
	uint32_t group;

	if (command && !strcmp(command, "drain"))
		return do_drain(w, true);
	if (command && !strcmp(command, "undrain"))
		return do_drain(w, false);
	if (command && strcmp(command, "show")) {
		word_wrong("listener", command);
		return EXIT_SYNTAX;
	}
	if (!parse_group(w, &group))
		return EXIT_SYNTAX;
	return genl_open() ? show(group) : EXIT_KERNEL;
}
