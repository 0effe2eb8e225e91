// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"

#define MAX_WORDS	32

const char *hp_cli_path(void)
{
	static const char *const places[] = {
		"/usr/sbin/homeport", "/usr/local/sbin/homeport",
		"tools/homeport/homeport",
	};
	const char *path = getenv("HP_CLI");
	size_t i;

	if (path)
		return access(path, X_OK) ? NULL : path;
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (!access(places[i], X_OK))
			return places[i];
	return NULL;
}

void hp_cli_exec(const char *line)
{
	char *words[MAX_WORDS + 2] = { (char *)hp_cli_path() };
	char *copy = strdup(line), *save = NULL;
	int n = 1;

	for (copy = strtok_r(copy, " ", &save); copy && n <= MAX_WORDS;
	     copy = strtok_r(NULL, " ", &save))
		words[n++] = copy;
	execv(words[0], words);
	_exit(127);
}

static void child(const char *line, int out, int err)
{
	dup2(out, STDOUT_FILENO);
	if (err >= 0)
		dup2(err, STDERR_FILENO);
	hp_cli_exec(line);
}

static void read_back(int fd, char *buf, size_t size)
{
	ssize_t len = pread(fd, buf, size - 1, 0);

	buf[len > 0 ? len : 0] = '\0';
}

int hp_cli(struct hp_cli *c, const char *line)
{
	FILE *out = tmpfile(), *err = tmpfile();
	int status, ret = 0;
	pid_t pid;

	memset(c, 0, sizeof(*c));
	c->status = -1;
	if (!out || !err || !hp_cli_path())
		return -ENOENT;
	fflush(NULL);
	pid = fork();
	if (!pid)
		child(line, fileno(out), fileno(err));
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		ret = -errno;
	else if (WIFEXITED(status))
		c->status = WEXITSTATUS(status);
	read_back(fileno(out), c->out, sizeof(c->out));
	read_back(fileno(err), c->err, sizeof(c->err));
	fclose(out);
	fclose(err);
	return ret;
}

int hp_cli_start(struct hp_cli_run *r, const char *line)
{
	int fds[2];

	memset(r, 0, sizeof(*r));
	if (!hp_cli_path())
		return -ENOENT;
	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	r->pid = fork();
	if (!r->pid)
		child(line, fds[1], -1);
	close(fds[1]);
	r->fd = fds[0];
	return r->pid < 0 ? -errno : 0;
}

static bool take_line(struct hp_cli_run *r, char *line, size_t size)
{
	char *end = memchr(r->buf, '\n', r->len);
	size_t len;

	if (!end)
		return false;
	*end = '\0';
	snprintf(line, size, "%s", r->buf);
	len = end + 1 - r->buf;
	memmove(r->buf, end + 1, r->len - len);
	r->len -= len;
	return true;
}

bool hp_cli_line(struct hp_cli_run *r, char *line, size_t size, unsigned int ms)
{
	u64 deadline = hp_deadline(ms);
	struct pollfd p = { .fd = r->fd, .events = POLLIN };
	ssize_t len;

	while (!take_line(r, line, size)) {
		if (poll(&p, 1, hp_left(deadline)) != 1)
			return false;
		len = read(r->fd, r->buf + r->len, sizeof(r->buf) - r->len);
		if (len <= 0)
			return false;
		r->len += len;
	}
	return true;
}

int hp_cli_stop(struct hp_cli_run *r, int signal)
{
	int status = -1;

	if (signal)
		kill(r->pid, signal);
	if (!HP_WAIT_FOR(waitpid(r->pid, &status, WNOHANG) == r->pid, HP_SOON)) {
		kill(r->pid, SIGKILL);
		waitpid(r->pid, &status, 0);
	}
	close(r->fd);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
}

/* A JSON reader that builds nothing. Each takes what it names off @p. */
static bool json_value(const char **p, int depth);

static void json_blank(const char **p)
{
	while (**p && strchr(" \t\r\n", **p))
		(*p)++;
}

static bool json_char(const char **p, char c)
{
	if (**p != c)
		return false;
	(*p)++;
	return true;
}

static bool json_escape(const char **p)
{
	int i;

	if (json_char(p, 'u')) {
		for (i = 0; i < 4; i++)
			if (!isxdigit((unsigned char)*(*p)++))
				return false;
		return true;
	}
	return **p && strchr("\"\\/bfnrt", *(*p)++);
}

static bool json_string(const char **p)
{
	if (!json_char(p, '"'))
		return false;
	while (**p != '"') {
		if ((unsigned char)**p < 0x20)
			return false;
		if (json_char(p, '\\')) {
			if (!json_escape(p))
				return false;
		} else {
			(*p)++;
		}
	}
	(*p)++;
	return true;
}

static bool json_digits(const char **p)
{
	const char *from = *p;

	while (isdigit((unsigned char)**p))
		(*p)++;
	return *p > from;
}

static bool json_number(const char **p)
{
	json_char(p, '-');
	if (!json_char(p, '0') && !json_digits(p))
		return false;
	if (json_char(p, '.') && !json_digits(p))
		return false;
	if (**p != 'e' && **p != 'E')
		return true;
	(*p)++;
	if (!json_char(p, '+'))
		json_char(p, '-');
	return json_digits(p);
}

static bool json_word(const char **p)
{
	static const char *const words[] = { "true", "false", "null" };
	size_t i;

	for (i = 0; i < 3; i++) {
		if (strncmp(*p, words[i], strlen(words[i])))
			continue;
		*p += strlen(words[i]);
		return true;
	}
	return false;
}

static bool json_member(const char **p, bool object, int depth)
{
	if (!object)
		return json_value(p, depth);
	json_blank(p);
	if (!json_string(p))
		return false;
	json_blank(p);
	return json_char(p, ':') && json_value(p, depth);
}

static bool json_members(const char **p, bool object, int depth)
{
	char end = object ? '}' : ']';

	json_blank(p);
	if (json_char(p, end))
		return true;
	do {
		if (!json_member(p, object, depth))
			return false;
	} while (json_char(p, ','));
	return json_char(p, end);
}

static bool json_value(const char **p, int depth)
{
	bool ok;

	if (depth > 32)
		return false;
	json_blank(p);
	if (json_char(p, '{'))
		ok = json_members(p, true, depth + 1);
	else if (json_char(p, '['))
		ok = json_members(p, false, depth + 1);
	else if (**p == '"')
		ok = json_string(p);
	else
		ok = json_word(p) || json_number(p);
	json_blank(p);
	return ok;
}

bool hp_json_valid(const char *text)
{
	return json_value(&text, 0) && !*text;
}
