// SPDX-License-Identifier: GPL-2.0
/*
 * Which processes hold a socket, from /proc/PID/fd. What may not be read there
 * is left out: only root sees all.
 */
#include "homeport.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int compare_inodes(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int compare_holders(const void *a, const void *b)
{
	const struct holder *x = a, *y = b;

	if (x->inode != y->inode)
		return (x->inode > y->inode) - (x->inode < y->inode);
	return (x->pid > y->pid) - (x->pid < y->pid);
}

static void read_command(int pid, char *command, size_t size)
{
	char path[64];
	size_t len;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	snprintf(command, size, "?");
	f = fopen(path, "re");
	if (!f)
		return;
	len = fread(command, 1, size - 1, f);
	fclose(f);
	if (!len)
		return;
	if (command[len - 1] == '\n')
		len--;
	command[len] = '\0';
	/* a name is any bytes, a terminal and JSON do not take any */
	while (len--)
		if (command[len] < ' ' || command[len] > '~')
			command[len] = '?';
}

static void add_holder(struct holders *h, uint64_t inode, int pid)
{
	struct holder *list;

	list = realloc(h->list, (h->nr + 1) * sizeof(*list));
	if (!list)
		return;
	h->list = list;
	list[h->nr].inode = inode;
	list[h->nr].pid = pid;
	list[h->nr].command[0] = '\0';
	h->nr++;
}

static void look_at_fd(struct holders *h, int dir, const char *name, int pid,
		       const uint64_t *inodes, size_t nr)
{
	char target[64];
	uint64_t inode;
	ssize_t len;

	len = readlinkat(dir, name, target, sizeof(target) - 1);
	if (len <= 0)
		return;
	target[len] = '\0';
	if (sscanf(target, "socket:[%" SCNu64 "]", &inode) == 1 &&
	    bsearch(&inode, inodes, nr, sizeof(*inodes), compare_inodes))
		add_holder(h, inode, pid);
}

static void look_at_process(struct holders *h, int pid,
			    const uint64_t *inodes, size_t nr)
{
	char path[64], command[16];
	size_t first = h->nr, i;
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	dir = opendir(path);
	if (!dir)
		return;
	while ((entry = readdir(dir)))
		look_at_fd(h, dirfd(dir), entry->d_name, pid, inodes, nr);
	closedir(dir);
	if (h->nr == first)
		return;
	read_command(pid, command, sizeof(command));
	for (i = first; i < h->nr; i++)
		memcpy(h->list[i].command, command, sizeof(command));
}

/* A process counts once, however many descriptors of the socket it has. */
static void sort(struct holders *h)
{
	size_t i, kept = 0;

	if (!h->nr)
		return;
	qsort(h->list, h->nr, sizeof(*h->list), compare_holders);
	for (i = 1; i < h->nr; i++)
		if (compare_holders(&h->list[kept], &h->list[i]))
			h->list[++kept] = h->list[i];
	h->nr = kept + 1;
}

/* Who holds any of the sockets of @inodes, which it sorts in a copy. */
void holders_find(struct holders *h, const uint64_t *inodes, size_t nr)
{
	uint64_t *sorted = calloc(nr + 1, sizeof(*sorted));
	struct dirent *entry;
	DIR *proc;

	memset(h, 0, sizeof(*h));
	proc = opendir("/proc");
	if (sorted && proc && nr) {
		memcpy(sorted, inodes, nr * sizeof(*sorted));
		qsort(sorted, nr, sizeof(*sorted), compare_inodes);
		while ((entry = readdir(proc)))
			if (atoi(entry->d_name) > 0)
				look_at_process(h, atoi(entry->d_name), sorted,
						nr);
		sort(h);
	}
	if (proc)
		closedir(proc);
	free(sorted);
}

/* The index of the first holder of a socket, or of what comes after. */
size_t holders_first(const struct holders *h, uint64_t inode)
{
	size_t low = 0, high = h->nr, mid;

	while (low < high) {
		mid = (low + high) / 2;
		if (h->list[mid].inode < inode)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void holders_free(struct holders *h)
{
	free(h->list);
	memset(h, 0, sizeof(*h));
}
