// SPDX-License-Identifier: GPL-2.0
/* homeport - show and control the kernel module of the same name */
#include "homeport.h"

#include <string.h>

#include "version.h"

bool show_stats;

struct object {
	const char *name;
	int (*main)(struct words *w);
	void (*help)(FILE *to);
};

static const struct object objects[] = {
	{ "rule",	rule_main,	rule_help },
	{ "group",	group_main,	group_help },
	{ "listener",	listener_main,	listener_help },
	{ "stat",	stat_main,	stat_help },
	{ "monitor",	monitor_main,	monitor_help },
	{ "top",	top_main,	top_help },
	{ "nic",	nic_main,	nic_help },
	{ "doctor",	doctor_main,	doctor_help },
};

struct options {
	bool json;
	bool pretty;
	bool help;
	bool version;
};

static void usage(FILE *to)
{
	fputs("Usage: homeport [ OPTIONS ] OBJECT { COMMAND | help }\n"
	      "where  OBJECT := { rule | group | listener | stat | monitor | top | nic | doctor }\n"
	      "       OPTIONS := { -j[son] | -p[retty] | -s[tatistics] | -V[ersion] | -h[elp] }\n",
	      to);
}

static bool is_option(const char *word, const char *letter, const char *name)
{
	word++;
	if (!strcmp(word, letter) || !strcmp(word, name))
		return true;
	return *word == '-' && !strcmp(word + 1, name);
}

static bool parse_option(const char *word, struct options *options)
{
	if (is_option(word, "j", "json")) {
		options->json = true;
	} else if (is_option(word, "p", "pretty")) {
		options->pretty = true;
	} else if (is_option(word, "s", "statistics")) {
		show_stats = true;
	} else if (is_option(word, "V", "Version") ||
		   is_option(word, "V", "version")) {
		options->version = true;
	} else if (is_option(word, "h", "help")) {
		options->help = true;
	} else {
		complain("option \"%s\" is unknown, try \"homeport help\"",
			 word);
		return false;
	}
	return true;
}

static bool parse_options(struct words *w, struct options *options)
{
	while (w->left && w->next[0][0] == '-')
		if (!parse_option(word_next(w), options))
			return false;
	return true;
}

static const struct object *find_object(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(objects); i++)
		if (!strcmp(objects[i].name, name))
			return &objects[i];
	return NULL;
}

/* No value is the word "help": wherever it is, help is what is wanted. */
static bool wants_help(const struct words *w)
{
	int i;

	for (i = 0; i < w->left; i++)
		if (!strcmp(w->next[i], "help"))
			return true;
	return false;
}

static int run_object(const char *name, struct words *w)
{
	const struct object *object = find_object(name);
	int ret;

	if (!object) {
		complain("object \"%s\" is unknown, try \"homeport help\"",
			 name);
		return EXIT_SYNTAX;
	}
	if (wants_help(w)) {
		object->help(stdout);
		return EXIT_OK;
	}
	ret = object->main(w);
	genl_close();
	return ret;
}

static int run(struct words *w)
{
	struct options options = { 0 };
	const char *name;

	if (!parse_options(w, &options))
		return EXIT_SYNTAX;
	if (options.version) {
		printf("homeport utility, %s\n", HOMEPORT_VERSION);
		return EXIT_OK;
	}
	name = word_next(w);
	if (options.help || (name && !strcmp(name, "help"))) {
		usage(stdout);
		return EXIT_OK;
	}
	if (!name) {
		usage(stderr);
		return EXIT_SYNTAX;
	}
	print_init(options.json, options.pretty);
	return run_object(name, w);
}

int main(int argc, char **argv)
{
	struct words w = { .left = argc > 1 ? argc - 1 : 0, .next = argv + 1 };
	int ret, flushed;

	ret = run(&w);
	flushed = print_flush();
	return ret ? ret : flushed;
}
