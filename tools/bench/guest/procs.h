/* SPDX-License-Identifier: GPL-2.0 */
/*
 * procs.h - processes that are not our children, as those of a daemon
 *
 * procs_adopt() makes orphans our children, so that their end is seen here.
 */
#ifndef BENCH_PROCS_H
#define BENCH_PROCS_H

#include <sys/types.h>

#include "hp.h"

#define PROCS_MAX	64

struct procs {
	pid_t pids[PROCS_MAX];
	int nr;
};

int procs_adopt(void);
/* With that uid, its output to /out/server.log. 0 or -errno. */
int procs_spawn(pid_t *pid, uid_t uid, char *const argv[]);
/* The same, and waits for its end: its exit code, or -errno. */
int procs_run(uid_t uid, char *const argv[]);

void procs_children(pid_t pid, struct procs *children);
void procs_signal(const struct procs *procs, int sig);
bool procs_gone(pid_t pid);
bool procs_all_gone(const struct procs *procs);
/* How many of them are not among the others? */
int procs_count_new(const struct procs *procs, const struct procs *others);

/* Each waits in epoll_wait(). */
bool procs_wait_idle(const struct procs *procs);
/* SIGSTOP, and each has stopped. 0 or -errno. */
int procs_freeze(const struct procs *procs);
/* It was sent to a stopped process, which has not seen it yet. */
bool procs_pending(pid_t pid, int sig);

#endif /* BENCH_PROCS_H */
