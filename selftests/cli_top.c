// SPDX-License-Identifier: GPL-2.0
/*
 * "homeport top" with the module: a server with a listener on each CPU, and
 * clients on all CPUs.
 *
 * batch: frames of text that have the group, its listeners and the rates
 * screen: on a terminal; keys, other sizes, and the terminal is as before
 * signals: SIGINT, SIGTERM, SIGHUP and the terminal's end quit as "q" does
 * colours: many, few, none, and none with NO_COLOR
 * refused: no terminal, none that is known
 * unload: the module's end is told, with exit code 2; a new one is taken
 *
 * How frames look in all sizes is for cli_frame.
 */
#include <signal.h>
#include <sys/wait.h>

#include "kselftest_harness.h"

#include "cli.h"
#include "stage.h"
#include "terminal.h"

#define PORT		8142
#define NAME		"0.0.0.0:8142"
#define CONNECTIONS	24

/* What an xterm is told before and after, and when its size has changed. */
#define OTHER_SCREEN	"\x1b[?1049h"
#define OWN_SCREEN	"\x1b[?1049l"
#define CLEAR		"\x1b[2J"

static struct hp_stage stage;
static struct hp_cli cli;
static struct hp_cli_run run;
static struct hp_pty pty;

FIXTURE(top)
{
};

FIXTURE_SETUP(top)
{
	struct hp_server_conf conf;

	if (!hp_cli_path())
		HP_SKIP("no homeport(8) here: HP_CLI may name it");
	memset(&stage, 0, sizeof(stage));
	memset(&pty, 0, sizeof(pty));
	HP_STAGE_OPEN(&stage, 2);
	HP_STAGE_MANAGE(&stage, PORT);
	hp_stage_conf(&stage, AF_INET, PORT, &conf);
	ASSERT_EQ(0, hp_server_start(&stage.server, &conf));
	ASSERT_EQ(0, hp_group_wait(&stage.ctl, AF_INET, PORT, stage.nr, NULL));
}

FIXTURE_TEARDOWN(top)
{
	if (pty.pid)
		hp_pty_stop(&pty, SIGKILL);
	hp_pty_close(&pty);
	HP_STAGE_CLOSE(&stage);
}

#define LINE		"top -d 0.2"
#define XTERM		"xterm-256color"

#define START(line, term, no_color)					\
	ASSERT_EQ(0, hp_pty_start(&pty, line, term, no_color))

/* The last bytes that came, without what a report cannot have. */
static const char *pty_text(void)
{
	static char text[2000];
	size_t from = pty.len > sizeof(text) - 1 ? pty.len - sizeof(text) + 1 : 0;
	size_t i;

	for (i = 0; from + i < pty.len; i++)
		text[i] = pty.buf[from + i] >= ' ' ? pty.buf[from + i] : '^';
	text[i] = '\0';
	return text;
}

#define EXPECT_SHOWN(text) do {						\
	EXPECT_TRUE(hp_pty_wait(&pty, text, HP_SOON)) {			\
		TH_LOG("no \"%s\" on the terminal: %s", text, pty_text()); \
	}								\
} while (0)

#define EXPECT_RESTORED() do {						\
	EXPECT_TRUE(!!strstr(pty.buf, OWN_SCREEN)) {			\
		TH_LOG("the screen is not given back: %s", pty_text());	\
	}								\
	EXPECT_TRUE(hp_pty_restored(&pty)) {				\
		TH_LOG("the terminal is set otherwise than before");	\
	}								\
} while (0)

/* Clients on all CPUs until the terminal shows what only they bring. */
static bool load_until_shown(const char *text)
{
	struct hp_wait w = { .deadline = hp_deadline(HP_LATER) };

	while (hp_wait_next(&w)) {
		if (hp_stage_load(&stage, CONNECTIONS))
			return false;
		if (hp_pty_wait(&pty, text, 20))
			return true;
	}
	return false;
}

/* What the lines of a batch had. */
struct seen {
	int frames, rows, listeners, peaks, escapes;
	double picks, accepted, share;		/* the least */
};

static double less(double a, double b)
{
	return a < b ? a : b;
}

/* The row of the group: per second, and the share that was local. */
static void note_row(struct seen *seen, const char *line)
{
	double picks, accepted, share;
	int listeners;

	if (sscanf(line, NAME " managed %d %lf %*f %*f %*f %*f %*f %lf %lf%%",
		   &listeners, &picks, &accepted, &share) != 4 ||
	    listeners != stage.nr)
		return;
	seen->rows++;
	seen->picks = less(seen->picks, picks);
	seen->accepted = less(seen->accepted, accepted);
	seen->share = less(seen->share, share);
}

static void note_line(struct seen *seen, const char *line)
{
	char header[64];

	snprintf(header, sizeof(header), "homeport  %s  rules 1  groups 1  ",
		 hp_module_attach());
	seen->frames += !strncmp(line, header, strlen(header));
	seen->listeners += !!strstr(line, "cli_top(");
	seen->peaks += strstr(line, ", peak ") && !strstr(line, ", peak 0");
	seen->escapes += !!strchr(line, '\x1b');
	note_row(seen, line);
}

TEST_F(top, batch)
{
	struct hp_wait w = { .deadline = hp_deadline(HP_LATER) };
	struct seen seen = { .picks = 1e9, .accepted = 1e9, .share = 1e9 };
	char line[1024];

	ASSERT_EQ(0, hp_cli_start(&run, "top -b -n 3 -d 0.5"));
	while (seen.peaks < 3 && hp_wait_next(&w)) {
		ASSERT_EQ(0, hp_stage_load(&stage, CONNECTIONS));
		while (hp_cli_line(&run, line, sizeof(line), 1))
			note_line(&seen, line);
	}
	EXPECT_EQ(0, hp_cli_stop(&run, 0));
	EXPECT_EQ(3, seen.frames);
	EXPECT_EQ(3, seen.rows);
	EXPECT_EQ(3 * stage.nr, seen.listeners);
	EXPECT_EQ(3, seen.peaks);
	EXPECT_EQ(0, seen.escapes);
	EXPECT_LT(0, seen.picks);
	EXPECT_LT(0, seen.accepted);
	EXPECT_LE(99, seen.share);
}

TEST_F(top, screen)
{
	START(LINE, XTERM, NULL);
	EXPECT_SHOWN(OTHER_SCREEN);
	EXPECT_SHOWN("homeport  ");
	EXPECT_SHOWN(NAME);
	EXPECT_SHOWN("HOLDERS");
	EXPECT_SHOWN("cli_top(");
	EXPECT_FALSE(hp_pty_restored(&pty));

	hp_pty_type(&pty, "p");
	EXPECT_SHOWN("PAUSED");
	hp_pty_type(&pty, "?");
	EXPECT_SHOWN("PgUp, PgDn");
	hp_pty_forget(&pty);
	hp_pty_type(&pty, "h");
	EXPECT_SHOWN("HOLDERS");
	/* what has no meaning does nothing; back to where it was */
	hp_pty_type(&pty, "xy\x1bOB\x1bOA\tjjk\x1b[6~\x1b[5~\tmmmp");

	hp_pty_forget(&pty);
	hp_pty_resize(&pty, 10, 40);
	EXPECT_SHOWN(CLEAR);
	/* what comes now is of the new size; all of it, after the help */
	hp_pty_type(&pty, "?");
	EXPECT_SHOWN("PgUp, PgDn");
	hp_pty_forget(&pty);
	hp_pty_type(&pty, "?");
	EXPECT_SHOWN("QUEUE/MAX");
	EXPECT_EQ(NULL, strstr(pty.buf, "SOURCE"));
	hp_pty_forget(&pty);
	hp_pty_resize(&pty, 60, 200);
	EXPECT_SHOWN("HELD");
	EXPECT_SHOWN("flow CPU");
	EXPECT_SHOWN("every 0.2 s");
	hp_pty_forget(&pty);
	hp_pty_resize(&pty, 1, 1);
	hp_pty_resize(&pty, 24, 80);
	EXPECT_SHOWN("SOURCE");
	hp_pty_type(&pty, "q");
	EXPECT_EQ(0, hp_pty_stop(&pty, 0));
	EXPECT_RESTORED();
}

TEST_F(top, signals)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	size_t i;
	int status;

	for (i = 0; i < ARRAY_SIZE(signals); i++) {
		START(LINE, XTERM, NULL);
		EXPECT_SHOWN("HOLDERS");
		EXPECT_EQ(0, hp_pty_stop(&pty, signals[i])) {
			TH_LOG("after %s", strsignal(signals[i]));
		}
		EXPECT_RESTORED();
		hp_pty_close(&pty);
	}
	/* Ctrl-C */
	START(LINE, XTERM, NULL);
	EXPECT_SHOWN("HOLDERS");
	hp_pty_type(&pty, "\x03");
	EXPECT_EQ(0, hp_pty_stop(&pty, 0));
	EXPECT_RESTORED();
	hp_pty_close(&pty);

	START(LINE, XTERM, NULL);
	EXPECT_SHOWN("HOLDERS");
	hp_pty_close(&pty);
	EXPECT_TRUE(HP_WAIT_FOR(waitpid(pty.pid, &status, WNOHANG) == pty.pid,
				HP_SOON)) {
		TH_LOG("it stays without a terminal");
	}
	EXPECT_TRUE(WIFEXITED(status) && !WEXITSTATUS(status));
	pty.pid = 0;
}

TEST_F(top, colours)
{
	/* green of the diagonal: as a ground, or as the text's */
	START(LINE, XTERM, NULL);
	EXPECT_TRUE(load_until_shown("48;5;"));
	hp_pty_type(&pty, "q");
	EXPECT_EQ(0, hp_pty_stop(&pty, 0));
	hp_pty_close(&pty);

	START(LINE, "linux", NULL);
	EXPECT_TRUE(load_until_shown("\x1b[32m"));
	hp_pty_type(&pty, "q");
	EXPECT_EQ(0, hp_pty_stop(&pty, 0));
	EXPECT_TRUE(hp_pty_coloured(&pty));
	hp_pty_close(&pty);

	/* the strongest cell has this character */
	START(LINE, XTERM, "1");
	EXPECT_TRUE(load_until_shown("@"));
	hp_pty_type(&pty, "q");
	EXPECT_EQ(0, hp_pty_stop(&pty, 0));
	EXPECT_FALSE(hp_pty_coloured(&pty));
	hp_pty_close(&pty);

	START(LINE, "vt100", NULL);
	EXPECT_TRUE(load_until_shown("@"));
	hp_pty_type(&pty, "q");
	EXPECT_EQ(0, hp_pty_stop(&pty, 0));
	EXPECT_FALSE(hp_pty_coloured(&pty));
}

TEST_F(top, refused)
{
	ASSERT_EQ(0, hp_cli(&cli, "top"));
	EXPECT_EQ(2, cli.status);
	EXPECT_TRUE(!!strstr(cli.err, "terminal"));
	EXPECT_STREQ("", cli.out);

	START(LINE, NULL, NULL);
	EXPECT_SHOWN("TERM is not set");
	EXPECT_EQ(2, hp_pty_stop(&pty, 0));
	EXPECT_TRUE(hp_pty_restored(&pty));
	hp_pty_close(&pty);

	START(LINE, "no-such-terminal", NULL);
	EXPECT_SHOWN("\"no-such-terminal\" is unknown");
	EXPECT_EQ(2, hp_pty_stop(&pty, 0));
	EXPECT_TRUE(hp_pty_restored(&pty));
}

TEST_F(top, unload)
{
	START("top -d 0.5", XTERM, NULL);
	EXPECT_SHOWN("HOLDERS");
	hp_ctl_close(&stage.ctl);
	hp_server_stop(&stage.server);
	EXPECT_EQ(0, hp_module_unload());
	EXPECT_SHOWN("the kernel module was unloaded");
	EXPECT_EQ(2, hp_pty_stop(&pty, 0));
	EXPECT_RESTORED();
	/* said where it stays, and nothing else is */
	EXPECT_LT(strstr(pty.buf, OWN_SCREEN), strstr(pty.buf, "unloaded"));
	EXPECT_EQ(NULL, strstr(pty.buf, "kernel answers"));
}

HP_MAIN
