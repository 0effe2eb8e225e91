// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"
#include "terminal.h"

static void set_env(const char *name, const char *value)
{
	if (value)
		setenv(name, value, 1);
	else
		unsetenv(name);
}

int hp_pty_start(struct hp_pty *p, const char *line, const char *term,
		 const char *no_color)
{
	struct winsize size = { .ws_row = 24, .ws_col = 80 };

	memset(p, 0, sizeof(*p));
	if (!hp_cli_path())
		return -ENOENT;
	p->pid = forkpty(&p->fd, NULL, NULL, &size);
	if (!p->pid) {
		set_env("TERM", term);
		set_env("NO_COLOR", no_color);
		/* they would be believed before the terminal is */
		unsetenv("LINES");
		unsetenv("COLUMNS");
		hp_cli_exec(line);
	}
	if (p->pid < 0)
		return -errno;
	/* master and slave share it; no program has changed it this early */
	return tcgetattr(p->fd, &p->before) ? -errno : 0;
}

void hp_pty_type(struct hp_pty *p, const char *keys)
{
	if (write(p->fd, keys, strlen(keys)) < 0)
		perror("write");
}

void hp_pty_resize(struct hp_pty *p, int lines, int cols)
{
	struct winsize size = { .ws_row = lines, .ws_col = cols };

	ioctl(p->fd, TIOCSWINSZ, &size);
}

void hp_pty_forget(struct hp_pty *p)
{
	p->len = 0;
	p->buf[0] = '\0';
}

/* False: nothing more came in time, or will come. */
static bool read_more(struct hp_pty *p, u64 deadline)
{
	struct pollfd poll_fd = { .fd = p->fd, .events = POLLIN };
	ssize_t len;

	if (poll(&poll_fd, 1, hp_left(deadline)) != 1)
		return false;
	if (p->len > sizeof(p->buf) / 2)
		hp_pty_forget(p);
	len = read(p->fd, p->buf + p->len, sizeof(p->buf) - p->len - 1);
	if (len <= 0)
		return false;
	p->len += len;
	p->buf[p->len] = '\0';
	return true;
}

bool hp_pty_wait(struct hp_pty *p, const char *text, unsigned int ms)
{
	u64 deadline = hp_deadline(ms);

	while (!strstr(p->buf, text))
		if (!read_more(p, deadline))
			return false;
	return true;
}

static bool is_colour(int n)
{
	return (n >= 30 && n <= 49) || (n >= 90 && n <= 107);
}

bool hp_pty_coloured(const struct hp_pty *p)
{
	const char *at = p->buf;
	bool colour;

	while ((at = strstr(at, "\x1b["))) {
		colour = false;
		for (at += 2; *at == ';' || (*at >= '0' && *at <= '9');)
			if (*at == ';')
				at++;
			else
				colour |= is_colour(strtol(at, (char **)&at, 10));
		if (*at == 'm' && colour)
			return true;
	}
	return false;
}

bool hp_pty_restored(struct hp_pty *p)
{
	struct termios now;

	return !tcgetattr(p->fd, &now) &&
	       now.c_iflag == p->before.c_iflag &&
	       now.c_oflag == p->before.c_oflag &&
	       now.c_lflag == p->before.c_lflag &&
	       !memcmp(now.c_cc, p->before.c_cc, sizeof(now.c_cc));
}

int hp_pty_stop(struct hp_pty *p, int signal)
{
	u64 deadline = hp_deadline(HP_SOON);
	int status = -1;

	if (signal)
		kill(p->pid, signal);
	while (read_more(p, deadline))
		;
	if (!HP_WAIT_FOR(waitpid(p->pid, &status, WNOHANG) == p->pid, HP_SOON)) {
		kill(p->pid, SIGKILL);
		waitpid(p->pid, &status, 0);
	}
	p->pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
}

void hp_pty_close(struct hp_pty *p)
{
	if (p->fd > 0)
		close(p->fd);
	p->fd = -1;
}
