// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "server.h"
#include "sockset.h"

#ifndef SO_INCOMING_CPU
#define SO_INCOMING_CPU 49
#endif

static bool listens_on(int fd, u16 port)
{
	struct sockaddr_in6 addr = {};
	socklen_t len = sizeof(int);
	int listening = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) ||
	    !listening)
		return false;
	len = sizeof(addr);
	/* the port is at the same place in both families */
	return !getsockname(fd, (struct sockaddr *)&addr, &len) &&
		addr.sin6_port == htons(port);
}

static int borrow(struct sockset *set, int pidfd, int number, u16 port)
{
	int fd = syscall(SYS_pidfd_getfd, pidfd, number, 0);

	if (fd < 0)
		return errno == EBADF ? 0 : -errno;
	if (set->nr == SOCKSET_MAX || !listens_on(fd, port)) {
		close(fd);
		return 0;
	}
	set->fds[set->nr++] = fd;
	return 0;
}

static int by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* The numbers of a process's files in order; -errno, or how many. */
static int list_fds(pid_t pid, int *numbers, int max)
{
	struct dirent *e;
	char path[64];
	int nr = 0;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	d = opendir(path);
	if (!d)
		return -errno;
	while ((e = readdir(d)) && nr < max)
		if (e->d_name[0] != '.')
			numbers[nr++] = atoi(e->d_name);
	closedir(d);
	qsort(numbers, nr, sizeof(*numbers), by_number);
	return nr;
}

int sockset_open(struct sockset *set, pid_t pid, u16 port)
{
	int numbers[4 * SOCKSET_MAX];
	int pidfd, i, nr, ret = 0;

	set->nr = 0;
	pidfd = syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0)
		return -errno;
	nr = list_fds(pid, numbers, 4 * SOCKSET_MAX);
	for (i = 0; !ret && i < nr; i++)
		ret = borrow(set, pidfd, numbers[i], port);
	close(pidfd);
	return nr < 0 ? nr : ret;
}

void sockset_close(struct sockset *set)
{
	while (set->nr)
		close(set->fds[--set->nr]);
}

void sockset_shutdown(pid_t pid, u16 port)
{
	struct sockset set;
	int i;

	if (!sockset_open(&set, pid, port))
		for (i = 0; i < set.nr; i++)
			shutdown(set.fds[i], SHUT_RDWR);
	sockset_close(&set);
}

int sockset_incoming_cpu(const struct sockset *set, const int *cpus)
{
	int k;

	for (k = 0; k < set->nr; k++)
		if (setsockopt(set->fds[k], SOL_SOCKET, SO_INCOMING_CPU,
			       &cpus[k], sizeof(cpus[k])))
			return -errno;
	return 0;
}

int sockset_cbpf(const struct sockset *set)
{
	return set->nr ? hp_attach_cbpf(set->fds[0], set->nr) : -ENOENT;
}
