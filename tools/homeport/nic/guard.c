// SPDX-License-Identifier: GPL-2.0
/*
 * The guard outlives the session that started it, which may be the one that the
 * change cut off. It waits for a file to go away.
 */
#include "guard.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "apply.h"

#define STEP_NS	100000000

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

/* True: it was confirmed. */
static bool wait_for(const char *path, unsigned int seconds)
{
	const struct timespec step = { 0, STEP_NS };
	double end = seconds_now() + seconds;

	while (seconds_now() < end) {
		if (access(path, F_OK))
			return true;
		nanosleep(&step, NULL);
	}
	return access(path, F_OK);
}

static void take_back(struct sys *sys, const char *id, const char *path)
{
	struct leftovers left = { 0, NULL };
	struct state s;
	const char *why;
	char text[512];
	int lock = state_lock(sys, true);

	/* confirmed while we waited for the lock */
	if (!access(path, F_OK) && !state_load(&s, sys, id, &why)) {
		apply_rollback(sys, &s, true, &left, text, sizeof(text));
		state_free(&s);
	}
	unlink(path);
	leftovers_free(&left);
	if (lock >= 0)
		close(lock);
}

static void detach(void)
{
	int null = open("/dev/null", O_RDWR);

	setsid();
	signal(SIGHUP, SIG_IGN);
	if (null < 0)
		return;
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	close(null);
}

static int make_pending(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

int guard_start(struct sys *sys, const struct state *s, unsigned int seconds)
{
	char path[PATH_MAX];
	pid_t pid;
	int err;

	err = state_path(sys, s->id, STATE_PENDING, path, sizeof(path));
	if (!err)
		err = make_pending(path);
	if (err)
		return err;
	fflush(NULL);
	pid = fork();
	if (pid < 0) {
		err = -errno;
		unlink(path);
		return err;
	}
	if (pid)
		return 0;
	/* the lock is the parent's: it must not be held for so long */
	closefrom(STDERR_FILENO + 1);
	detach();
	if (!wait_for(path, seconds))
		take_back(sys, s->id, path);
	_exit(0);
}

bool guard_pending(struct sys *sys, const char *dev, char id[STATE_ID])
{
	struct dirent *entry;
	bool found = false;
	size_t len;
	DIR *dir;

	dir = opendir(sys->run);
	while (dir && !found && (entry = readdir(dir))) {
		len = strlen(entry->d_name);
		if (len < sizeof(STATE_PENDING) || len - strlen(STATE_PENDING) >= STATE_ID ||
		    strcmp(entry->d_name + len - strlen(STATE_PENDING), STATE_PENDING))
			continue;
		snprintf(id, STATE_ID, "%.*s", (int)(len - strlen(STATE_PENDING)),
			 entry->d_name);
		found = !dev || state_is_of(id, dev);
	}
	if (dir)
		closedir(dir);
	return found;
}

int guard_stop(struct sys *sys, const char *id)
{
	char path[PATH_MAX];
	int err = state_path(sys, id, STATE_PENDING, path, sizeof(path));

	if (err)
		return err;
	return unlink(path) ? -errno : 0;
}
