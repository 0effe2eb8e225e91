// SPDX-License-Identifier: GPL-2.0
/* homeport nic: every step of a connection on one CPU. */
#include "nic.h"

#include <string.h>

static const struct {
	const char *name;
	int (*run)(struct nic_args *a);
} commands[] = {
	{ "list",	nic_list },
	{ "show",	nic_show },
	{ "plan",	nic_plan },
	{ "diff",	nic_diff },
	{ "apply",	nic_apply },
	{ "confirm",	nic_confirm },
	{ "verify",	nic_verify },
	{ "rollback",	nic_rollback },
	{ "history",	nic_history },
	{ "save",	nic_save },
	{ "restore",	nic_restore },
	{ "explain",	nic_explain },
	{ "watch",	nic_watch },
	{ "persist",	nic_persist },
	{ "record",	nic_record },
};

void nic_help(FILE *to)
{
	fputs("Usage: homeport nic [ list ] [ POLICY ]\n"
	      "       homeport nic show DEV [ POLICY ] [ --ascii ] [ --wide ]\n"
	      "       homeport nic plan DEV [ POLICY ] [ -o FILE ]\n"
	      "       homeport nic diff { DEV [ POLICY ] | FILE }\n"
	      "       homeport nic apply { DEV [ POLICY | --stored ] | FILE } [ --dry-run ]\n"
	      "               [ --confirm SECONDS ] [ --yes ] [ --best-effort ]\n"
	      "               [ --emit { sh | undo } ]\n"
	      "       homeport nic confirm [ DEV ]\n"
	      "       homeport nic verify { DEV | --all } [ POLICY ] [ --live SECONDS ]\n"
	      "       homeport nic rollback [ DEV ] [ --to ID ] [ --force ]\n"
	      "       homeport nic history [ DEV ]\n"
	      "       homeport nic save DEV [ -o FILE ]\n"
	      "       homeport nic restore FILE [ --force ]\n"
	      "       homeport nic explain DEV --flow FROM:PORT,TO:PORT\n"
	      "       homeport nic watch [ DEV ... ] [ --heal { off | warn | apply } ]\n"
	      "               [ --interval SECONDS ]\n"
	      "       homeport nic persist DEV [ POLICY ] [ --remove ]\n"
	      "       homeport nic record -o FILE\n"
	      "where  POLICY := [ --cpus LIST | --listeners SOURCE ]\n"
	      "               [ --mode { strict | rps | spread } ]\n"
	      "               [ --channels { keep | auto | NUMBER } ]\n"
	      "               [ --numa { prefer | strict | ignore } ]\n"
	      "               [ --smt { all | first | avoid } ] [ --reserve LIST ]\n"
	      "               [ --allow-isolated ] [ --xps-others { nearest | none } ]\n"
	      "               [ --rps-home { include | exclude } ] [ --rfs NUMBER ]\n"
	      "               [ --ntuple { keep | off } ] [ --rss { keep | equal } ]\n"
	      "               [ --irqbalance { ban | ignore | fail } ]\n"
	      "       SOURCE := { auto | module | pid:N | unit:NAME | port:N }\n"
	      "Any command takes --root DIR, a recorded machine in place of this one.\n",
	      to);
}

static int run(const char *name, struct words *w)
{
	struct nic_args a;
	size_t i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(commands[i].name, name))
			break;
	if (i == ARRAY_SIZE(commands)) {
		word_wrong("nic", name);
		return NIC_USAGE;
	}
	ret = nic_args_parse(&a, name, w) ? commands[i].run(&a) : NIC_USAGE;
	nic_args_free(&a);
	return ret;
}

int nic_main(struct words *w)
{
	const char *name = "list";

	/* "homeport nic --root DIR" lists */
	if (w->left && w->next[0][0] != '-')
		name = word_next(w);
	return run(name, w);
}
