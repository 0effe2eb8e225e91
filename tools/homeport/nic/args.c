// SPDX-License-Identifier: GPL-2.0
/* The words of "homeport nic COMMAND"; options may stand anywhere. */
#include "nic.h"

#include <stdlib.h>
#include <string.h>

#define MOST_SECONDS	86400

enum option {
	OPT_ROOT, OPT_OUTPUT, OPT_FLOW, OPT_TO, OPT_EMIT, OPT_CONFIRM, OPT_LIVE,
	OPT_INTERVAL, OPT_HEAL, OPT_ASCII, OPT_WIDE, OPT_YES, OPT_FORCE,
	OPT_DRY_RUN, OPT_BEST_EFFORT, OPT_ALL, OPT_REMOVE, OPT_STORED,
};

static const struct {
	const char *word;
	bool value;
	const char *commands;	/* that know it */
} options[] = {
	[OPT_ROOT]	= { "--root", true, "" },
	[OPT_OUTPUT]	= { "-o", true, " plan save record " },
	[OPT_FLOW]	= { "--flow", true, " explain " },
	[OPT_TO]	= { "--to", true, " rollback " },
	[OPT_EMIT]	= { "--emit", true, " apply " },
	[OPT_CONFIRM]	= { "--confirm", true, " apply " },
	[OPT_LIVE]	= { "--live", true, " verify " },
	[OPT_INTERVAL]	= { "--interval", true, " watch " },
	[OPT_HEAL]	= { "--heal", true, " watch " },
	[OPT_ASCII]	= { "--ascii", false, " show " },
	[OPT_WIDE]	= { "--wide", false, " show " },
	[OPT_YES]	= { "--yes", false, " apply " },
	[OPT_FORCE]	= { "--force", false, " rollback restore " },
	[OPT_DRY_RUN]	= { "--dry-run", false, " apply " },
	[OPT_BEST_EFFORT] = { "--best-effort", false, " apply " },
	[OPT_ALL]	= { "--all", false, " verify " },
	[OPT_REMOVE]	= { "--remove", false, " persist " },
	[OPT_STORED]	= { "--stored", false, " apply " },
};

/* Those that plan. */
static const char with_policy[] =
	" list show plan diff apply verify explain persist ";

static bool is_among(const char *command, const char *commands)
{
	char word[24];

	snprintf(word, sizeof(word), " %.20s ", command);
	return !*commands || strstr(commands, word);
}

static int find_option(const char *word)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(options); i++)
		if (!strcmp(options[i].word, word))
			return i;
	return -1;
}

static bool take_seconds(const char *word, const char *value,
			 unsigned int *seconds)
{
	uint32_t n;

	if (!parse_id(value, "number of seconds", &n))
		return false;
	if (n > MOST_SECONDS) {
		complain("\"%s\" is too long for %s: at most %u", value, word,
			 MOST_SECONDS);
		return false;
	}
	*seconds = n;
	return true;
}

static bool take_heal(struct nic_args *a, const char *value)
{
	if (!strcmp(value, "off")) {
		a->heal = HEAL_OFF;
	} else if (!strcmp(value, "warn")) {
		a->heal = HEAL_WARN;
	} else if (!strcmp(value, "apply")) {
		a->heal = HEAL_APPLY;
	} else {
		complain("\"%s\" is no value of --heal: off, warn or apply",
			 value);
		return false;
	}
	return true;
}

static bool take_value(struct nic_args *a, int opt, const char *value)
{
	const char *word = options[opt].word;

	switch (opt) {
	case OPT_ROOT:
		sys_open(&a->sys, value);
		return true;
	case OPT_OUTPUT:
		a->output = value;
		return true;
	case OPT_FLOW:
		a->flow = value;
		return true;
	case OPT_TO:
		a->to = value;
		return true;
	case OPT_EMIT:
		a->emit = value;
		if (!strcmp(value, "sh") || !strcmp(value, "undo"))
			return true;
		complain("\"%s\" is no value of --emit: sh or undo", value);
		return false;
	case OPT_CONFIRM:
		return take_seconds(word, value, &a->confirm);
	case OPT_LIVE:
		return take_seconds(word, value, &a->live);
	case OPT_INTERVAL:
		return take_seconds(word, value, &a->interval);
	default:
		return take_heal(a, value);
	}
}

static void take_flag(struct nic_args *a, int opt)
{
	bool *const flags[] = {
		[OPT_ASCII] = &a->ascii, [OPT_WIDE] = &a->wide,
		[OPT_YES] = &a->yes, [OPT_FORCE] = &a->force,
		[OPT_DRY_RUN] = &a->dry_run,
		[OPT_BEST_EFFORT] = &a->best_effort, [OPT_ALL] = &a->all,
		[OPT_REMOVE] = &a->remove, [OPT_STORED] = &a->stored,
	};

	*flags[opt] = true;
}

static bool take_policy(struct nic_args *a, const char *word, struct words *w)
{
	const char *value = NULL;
	char why[256];

	if (policy_has_value(word + 2)) {
		value = word_value(w, word);
		if (!value)
			return false;
	}
	switch (policy_take(&a->request, word + 2, value, why, sizeof(why))) {
	case POLICY_TAKEN:
		return true;
	case POLICY_WRONG:
		complain("%s", why);
		return false;
	default:
		return word_wrong("nic", word);
	}
}

static bool take_option(struct nic_args *a, const char *command,
			const char *word, struct words *w)
{
	int opt = find_option(word);
	const char *value;

	if (opt < 0) {
		if (strncmp(word, "--", 2) || !is_among(command, with_policy))
			return word_wrong("nic", word);
		return take_policy(a, word, w);
	}
	if (!is_among(command, options[opt].commands))
		return word_wrong("nic", word);
	if (!options[opt].value) {
		take_flag(a, opt);
		return true;
	}
	value = word_value(w, word);
	return value && take_value(a, opt, value);
}

bool nic_args_parse(struct nic_args *a, const char *command, struct words *w)
{
	const char *word;

	memset(a, 0, sizeof(*a));
	sys_open(&a->sys, NULL);
	request_init(&a->request);
	a->heal = HEAL_WARN;
	a->interval = 30;
	while ((word = word_next(w))) {
		if (word[0] == '-' && word[1]) {
			if (!take_option(a, command, word, w))
				return false;
		} else if (a->nr_words < ARRAY_SIZE(a->word)) {
			a->word[a->nr_words++] = word;
		} else {
			complain("these are too many words");
			return false;
		}
	}
	return true;
}

void nic_args_free(struct nic_args *a)
{
	request_free(&a->request);
}
