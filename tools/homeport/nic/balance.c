// SPDX-License-Identifier: GPL-2.0
/*
 * irqbalance has a socket for its user interface. A connection carries one
 * command. "setup" answers with what it has banned, in a text of words; "settings
 * ban irqs" takes a list that replaces that.
 */
#include "balance.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define DIR_PATH	"/run/irqbalance"
/* It takes no more in one command. */
#define MOST_TEXT	16000
#define SECONDS		3

struct finder {
	struct sys *sys;
	int pid;
};

static void note_socket(const char *name, void *data)
{
	struct finder *f = data;
	char path[64];
	int pid, end = 0;

	if (sscanf(name, "irqbalance%d.sock%n", &pid, &end) != 1 || !end ||
	    name[end])
		return;
	/* one that was killed leaves its socket behind */
	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	if (sys_there(f->sys, path))
		f->pid = pid;
}

int balance_pid(struct sys *sys)
{
	struct finder f = { sys, 0 };

	sys->ops->list(sys, DIR_PATH, note_socket, &f);
	return f.pid;
}

static int dial(struct sys *sys, int pid)
{
	struct timeval limit = { SECONDS, 0 };
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd, err, one = 1;

	if (snprintf(addr.sun_path, sizeof(addr.sun_path),
		     "%s" DIR_PATH "/irqbalance%d.sock", sys->root, pid) >=
	    (int)sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	/* our credentials go along: it obeys root alone */
	setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (!connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

/* Sends a command; what comes back goes to @answer, if that is wanted. */
static int command(struct sys *sys, int pid, const char *text, char *answer,
		   size_t size)
{
	int fd = dial(sys, pid), err = 0;
	size_t len = 0;
	ssize_t ret;

	if (fd < 0)
		return fd;
	if (send(fd, text, strlen(text), MSG_NOSIGNAL) < 0)
		err = -errno;
	while (!err && answer && len < size - 1) {
		ret = recv(fd, answer + len, size - 1 - len, 0);
		if (ret < 0)
			err = -errno;
		if (ret <= 0)
			break;
		len += ret;
	}
	if (answer)
		answer[len] = '\0';
	close(fd);
	return err ? err : answer && !len ? -EACCES : 0;
}

static bool has(const struct banned *b, int irq)
{
	unsigned int i;

	for (i = 0; i < b->nr; i++)
		if (b->irq[i] == irq)
			return true;
	return false;
}

/* "SLEEP 10 IRQ 24 LOAD 0 DIFF 0 CLASS 5 IRQ 25 ... BANNED 00000000" */
void balance_parse(const char *text, struct banned *b)
{
	int irq;

	b->nr = 0;
	while ((text = strstr(text, "IRQ "))) {
		text += 4;
		irq = atoi(text);
		if (irq > 0 && b->nr < MODEL_IRQS && !has(b, irq))
			b->irq[b->nr++] = irq;
	}
}

static int ask_banned(struct sys *sys, int pid, struct banned *b)
{
	static char text[SYS_TEXT];
	int err = command(sys, pid, "setup", text, sizeof(text));

	b->nr = 0;
	if (!err)
		balance_parse(text, b);
	return err;
}

int balance_free_irqs(struct sys *sys, const struct nic_dev *dev)
{
	static struct banned banned;
	int pid = balance_pid(sys), err, n = 0;
	unsigned int i;

	if (!pid)
		return 0;
	err = ask_banned(sys, pid, &banned);
	for (i = 0; !err && i < dev->nr_irqs; i++)
		n += !has(&banned, dev->irq[i].nr);
	return err ? err : n;
}

int balance_ban(struct sys *sys, const struct nic_dev *dev)
{
	static char text[MOST_TEXT];
	static struct banned banned;
	int pid = balance_pid(sys), err;
	unsigned int i;
	size_t len;

	if (!pid || !dev->nr_irqs)
		return 0;
	err = ask_banned(sys, pid, &banned);
	if (err)
		return err;
	for (i = 0; i < dev->nr_irqs && banned.nr < MODEL_IRQS; i++)
		if (!has(&banned, dev->irq[i].nr))
			banned.irq[banned.nr++] = dev->irq[i].nr;
	len = snprintf(text, sizeof(text), "settings ban irqs");
	for (i = 0; i < banned.nr && len < sizeof(text); i++)
		len += snprintf(text + len, sizeof(text) - len, " %d",
				banned.irq[i]);
	if (len >= sizeof(text))
		return -E2BIG;
	err = command(sys, pid, text, NULL, 0);
	return err ? err : (int)banned.nr;
}
