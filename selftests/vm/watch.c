// SPDX-License-Identifier: GPL-2.0
/*
 * Starts QEMU, follows the guest's serial ports, and ends it when a time limit
 * is over. What became of the boot is one word, written to DIR/ending:
 *
 *	done			the guest said so and powered off
 *	panic			the kernel panicked
 *	silence			QEMU ended, and the guest never said that it is done
 *	boot-timeout		no verdict line within the boot limit
 *	hang			a test's limit (or the run's) passed without an answer
 *	shutdown-timeout	done, but still on after the shutdown limit
 *	qemu			QEMU could not be started at all
 *
 * QEMU writes its serial ports to /dev/fd/10 .. /dev/fd/13, pipes made here:
 * waiting is poll(), never sleep. What the log and the TAP say is for "judge".
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FIRST_GUEST_FD	10
/* A guest that kills its test in time still needs to say so. */
#define TEST_SLACK	30

enum { CONSOLE, VERDICT, TAP, FILES, NPORTS };

enum phase { BOOT, RUN, SHUTDOWN };

struct port {
	const char *name;	/* of the log, in DIR */
	FILE *log;
	int fd;
	char line[4096];
	size_t len;
};

static struct port ports[NPORTS] = {
	[CONSOLE]	= { .name = "console.log" },
	[VERDICT]	= { .name = "verdict.log" },
	[TAP]		= { .name = "tap.log" },
	[FILES]		= { .name = "files.tar" },
};

static struct {
	const char *dir, *label;
	double boot, run, shutdown;
	bool verbose;
} opt = { .dir = ".", .label = "vm", .boot = 120, .shutdown = 30 };

static enum phase phase = BOOT;
static bool panicked;
static double phase_end;	/* when the present phase is overdue */
static double run_end;		/* when the whole run is; 0: no such limit */
static volatile sig_atomic_t interrupted;

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void die(const char *what)
{
	fprintf(stderr, "watch: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void on_start(const char *name, const char *rest)
{
	const char *limit = strstr(rest, "limit=");

	phase_end = now() + (limit ? atof(limit + 6) : 0) + TEST_SLACK;
	printf("  %-28s %s ...\n", opt.label, name);
}

static void on_end(const char *name, const char *rest)
{
	phase_end = now() + TEST_SLACK;
	printf("  %-28s %s: %s\n", opt.label, name, rest);
}

static void on_verdict(char *line)
{
	char *word = strsep(&line, " ");
	char *name = line ? strsep(&line, " ") : NULL;
	const char *rest = line ? line : "";

	if (phase == BOOT) {
		phase = RUN;
		phase_end = now() + TEST_SLACK;
		run_end = opt.run ? now() + opt.run : 0;
	}
	if (!strcmp(word, "start") && name) {
		on_start(name, rest);
	} else if (!strcmp(word, "end") && name) {
		on_end(name, rest);
	} else if (!strcmp(word, "kmemleak") && name) {
		/* a scan of a big guest under emulation takes its time */
		phase_end = now() + 10 * TEST_SLACK;
		printf("  %-28s kmemleak %s\n", opt.label, name);
	} else if (!strcmp(word, "warning")) {
		printf("  %-28s warning: %s %s\n", opt.label, name, rest);
	} else if (!strcmp(word, "done")) {
		phase = SHUTDOWN;
		phase_end = now() + opt.shutdown;
	}
}

static void on_line(int which, char *line)
{
	if (which == VERDICT)
		on_verdict(line);
	else if (which == CONSOLE && strstr(line, "Kernel panic - not syncing"))
		panicked = true;
	else if (which == TAP && (opt.verbose || !strncmp(line, "#> ", 3)))
		printf("  %-28s %s\n", opt.label, line);
	fflush(stdout);
}

static void feed(int which, const char *buf, size_t n)
{
	struct port *p = &ports[which];

	while (n--) {
		char c = *buf++;

		if (c == '\n') {
			p->line[p->len] = '\0';
			on_line(which, p->line);
			p->len = 0;
		} else if (c != '\r' && p->len < sizeof(p->line) - 1) {
			p->line[p->len++] = c;
		}
	}
}

static void read_port(int which)
{
	struct port *p = &ports[which];
	char buf[65536];
	ssize_t n = read(p->fd, buf, sizeof(buf));

	if (n > 0) {
		fwrite(buf, 1, n, p->log);
		fflush(p->log);
		if (which != FILES)
			feed(which, buf, n);
		/* files on their way are progress too */
		else
			phase_end = now() + TEST_SLACK;
	} else if (!n || errno != EINTR) {
		close(p->fd);
		p->fd = -1;
	}
}

static void open_ports(int far[NPORTS])
{
	char path[4096];
	int i, fd[2];

	for (i = 0; i < NPORTS; i++) {
		snprintf(path, sizeof(path), "%s/%s", opt.dir, ports[i].name);
		ports[i].log = fopen(path, "we");
		if (!ports[i].log)
			die(path);
		if (pipe2(fd, O_CLOEXEC))
			die("pipe");
		/* out of the way of the numbers that the guest gets */
		ports[i].fd = fcntl(fd[0], F_DUPFD_CLOEXEC, 32);
		far[i] = fcntl(fd[1], F_DUPFD_CLOEXEC, 32);
		close(fd[0]);
		close(fd[1]);
	}
}

static pid_t start_qemu(char **argv, int far[NPORTS])
{
	pid_t pid = fork();
	int i;

	if (pid < 0)
		die("fork");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (i = 0; i < NPORTS; i++)
			dup2(far[i], FIRST_GUEST_FD + i);
		execvp(argv[0], argv);
		fprintf(stderr, "watch: cannot run %s: %s\n", argv[0],
			strerror(errno));
		_exit(127);
	}
	for (i = 0; i < NPORTS; i++)
		close(far[i]);
	return pid;
}

static const char *overdue(void)
{
	double t = now();

	if (phase == RUN && run_end && t > run_end)
		return "hang";
	if (t <= phase_end)
		return NULL;
	return phase == BOOT ? "boot-timeout" :
	       phase == RUN ? "hang" : "shutdown-timeout";
}

/* Until all ports are closed, that is QEMU has ended, or time is over. */
static const char *follow(void)
{
	for (;;) {
		struct pollfd p[NPORTS];
		const char *word;
		int i, open = 0;

		for (i = 0; i < NPORTS; i++) {
			p[i] = (struct pollfd){ ports[i].fd, POLLIN, 0 };
			open += ports[i].fd >= 0;
		}
		if (!open)
			return NULL;
		/* one second: the grain of the limits */
		if (poll(p, NPORTS, 1000) > 0)
			for (i = 0; i < NPORTS; i++)
				if (p[i].fd >= 0 && p[i].revents)
					read_port(i);
		if (interrupted)
			return "interrupted";
		word = overdue();
		if (word)
			return word;
	}
}

static const char *outcome(const char *limit_word, int status)
{
	if (panicked)
		return "panic";
	if (limit_word)
		return limit_word;
	if (phase == SHUTDOWN)
		return "done";
	if (phase == BOOT && WIFEXITED(status) && WEXITSTATUS(status))
		return "qemu";
	return "silence";
}

static void write_ending(const char *word)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/ending", opt.dir);
	f = fopen(path, "we");
	if (!f)
		die(path);
	fprintf(f, "%s\n", word);
	fclose(f);
}

static void on_signal(int sig)
{
	interrupted = sig;
}

static void usage(void)
{
	fprintf(stderr,
		"usage: watch [--dir DIR] [--label NAME] [--boot SEC] [--run SEC] [--shutdown SEC] [--verbose] -- QEMU ARG...\n");
	exit(1);
}

static void parse(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "dir", required_argument, NULL, 'd' },
		{ "label", required_argument, NULL, 'l' },
		{ "boot", required_argument, NULL, 'b' },
		{ "run", required_argument, NULL, 'r' },
		{ "shutdown", required_argument, NULL, 's' },
		{ "verbose", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 }
	};
	int c;

	while ((c = getopt_long(argc, argv, "+", longs, NULL)) != -1) {
		switch (c) {
		case 'd': opt.dir = optarg; break;
		case 'l': opt.label = optarg; break;
		case 'b': opt.boot = atof(optarg); break;
		case 'r': opt.run = atof(optarg); break;
		case 's': opt.shutdown = atof(optarg); break;
		case 'v': opt.verbose = true; break;
		default: usage();
		}
	}
	if (optind == argc)
		usage();
}

int main(int argc, char **argv)
{
	const char *word;
	int far[NPORTS], status = 0;
	double start = now();
	pid_t pid;

	parse(argc, argv);
	/* no guest outlives the shell that asked for it */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	open_ports(far);
	pid = start_qemu(argv + optind, far);
	phase_end = now() + opt.boot;
	word = follow();
	if (word)
		kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	word = outcome(word, status);
	write_ending(word);
	printf("  %-28s %s after %.1f s\n", opt.label, word, now() - start);
	return strcmp(word, "done") != 0;
}
