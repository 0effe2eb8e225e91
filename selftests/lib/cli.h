/* SPDX-License-Identifier: GPL-2.0 */
/* cli.h - homeport(8), as a test runs it */
#ifndef HP_CLI_H
#define HP_CLI_H

#include <sys/types.h>

#include "hp.h"

/* Becomes it, with the words of @line, split at blanks; in a child. */
void hp_cli_exec(const char *line);

/* What a command printed, and how it ended. */
struct hp_cli {
	int status;		/* exit status; -1: it did not end by itself */
	char out[65536];
	char err[4096];
};

/* $HP_CLI, or where the tool is installed or was built; NULL: nowhere. */
const char *hp_cli_path(void);
/* Runs it with the words of @line, split at blanks. 0 or -errno. */
int hp_cli(struct hp_cli *c, const char *line);

/* The same, left running with its output in a pipe. */
struct hp_cli_run {
	pid_t pid;
	int fd;
	size_t len;
	char buf[65536];	/* what was read and is not a whole line yet */
};

int hp_cli_start(struct hp_cli_run *r, const char *line);
/* The next line, without its newline. False: none in time, or no more. */
bool hp_cli_line(struct hp_cli_run *r, char *line, size_t size,
		 unsigned int ms);
/* Sends @signal, if not 0. Its exit status when it has ended, or -errno. */
int hp_cli_stop(struct hp_cli_run *r, int signal);

/* True if all of @text is one JSON document; the standard, and no more. */
bool hp_json_valid(const char *text);

#endif /* HP_CLI_H */
