// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "procs.h"

#define SERVER_LOG	"/out/server.log"

int procs_adopt(void)
{
	return prctl(PR_SET_CHILD_SUBREAPER, 1) ? -errno : 0;
}

static void become(uid_t uid, char *const argv[])
{
	int log = open(SERVER_LOG, O_WRONLY | O_CREAT | O_APPEND, 0666);

	dup2(log, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	if (uid && (setgroups(0, NULL) || setresgid(uid, uid, uid) ||
		    setresuid(uid, uid, uid)))
		_exit(126);
	execv(argv[0], argv);
	dprintf(log, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

int procs_spawn(pid_t *pid, uid_t uid, char *const argv[])
{
	*pid = fork();
	if (*pid < 0)
		return -errno;
	if (!*pid)
		become(uid, argv);
	return 0;
}

int procs_run(uid_t uid, char *const argv[])
{
	int status, ret;
	pid_t pid;

	ret = procs_spawn(&pid, uid, argv);
	if (ret)
		return ret;
	if (waitpid(pid, &status, 0) != pid)
		return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
}

void procs_children(pid_t pid, struct procs *children)
{
	char path[64], text[1024], *p = text;

	children->nr = 0;
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	if (hp_read(path, text, sizeof(text)))
		return;
	while ((p = strpbrk(p, "0123456789")) && children->nr < PROCS_MAX)
		children->pids[children->nr++] = strtol(p, &p, 10);
}

void procs_signal(const struct procs *procs, int sig)
{
	int i;

	for (i = 0; i < procs->nr; i++)
		kill(procs->pids[i], sig);
}

bool procs_gone(pid_t pid)
{
	/* ours, or adopted by us; a zombie is still there for kill() */
	if (waitpid(pid, NULL, WNOHANG) == pid)
		return true;
	return kill(pid, 0) && errno == ESRCH;
}

bool procs_all_gone(const struct procs *procs)
{
	int i;

	for (i = 0; i < procs->nr; i++)
		if (!procs_gone(procs->pids[i]))
			return false;
	return true;
}

int procs_count_new(const struct procs *procs, const struct procs *others)
{
	int i, j, nr = 0;

	for (i = 0; i < procs->nr; i++) {
		for (j = 0; j < others->nr; j++)
			if (procs->pids[i] == others->pids[j])
				break;
		nr += j == others->nr;
	}
	return nr;
}

static bool idle(pid_t pid)
{
	char path[64], text[64];

	snprintf(path, sizeof(path), "/proc/%d/wchan", pid);
	/* do_epoll_wait, or ep_poll where that was inlined into it */
	return !hp_read(path, text, sizeof(text)) &&
		(strstr(text, "epoll") || strstr(text, "ep_poll"));
}

static bool all_idle(const struct procs *procs)
{
	int i;

	for (i = 0; i < procs->nr; i++)
		if (!idle(procs->pids[i]))
			return false;
	return true;
}

bool procs_wait_idle(const struct procs *procs)
{
	return HP_WAIT_FOR(all_idle(procs), HP_LATER);
}

/* "KEY:\tVALUE" of /proc/PID/status */
static bool status_of(pid_t pid, const char *key, char *value, size_t size)
{
	char path[64], line[256];
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "re");
	while (f && !found && fgets(line, sizeof(line), f)) {
		found = !strncmp(line, key, strlen(key));
		if (found)
			snprintf(value, size, "%s", strchr(line, '\t') + 1);
	}
	if (f)
		fclose(f);
	return found;
}

static bool stopped(pid_t pid)
{
	char state[64];

	return status_of(pid, "State:", state, sizeof(state)) && *state == 'T';
}

int procs_freeze(const struct procs *procs)
{
	int i;

	procs_signal(procs, SIGSTOP);
	for (i = 0; i < procs->nr; i++)
		if (!HP_WAIT_FOR(stopped(procs->pids[i]), HP_LATER))
			return -ETIMEDOUT;
	return 0;
}

bool procs_pending(pid_t pid, int sig)
{
	char mask[64];

	return status_of(pid, "ShdPnd:", mask, sizeof(mask)) &&
		strtoull(mask, NULL, 16) & 1ull << (sig - 1);
}
