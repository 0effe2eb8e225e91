// SPDX-License-Identifier: GPL-2.0
/*
 * irqbalance has a socket for its user interface. A connection carries one
 * command. "setup" answers with what it has banned, in a text of words; "settings
 * ban irqs" takes a list that replaces that, and holds from then on: no interrupt
 * is moved between the answer and the next look around.
 *
 * What it was told by us is in the run directory, a number in each line: a
 * rollback takes only that back, and a policy script may ask it.
 */
#include "balance.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define SOCKET_PATH	"/run/irqbalance/irqbalance%d.sock"
/* It takes no more in one command. */
#define MOST_TEXT	16000
#define SECONDS		3

struct finder {
	struct sys *sys;
	int pid;
};

static void note_process(const char *name, void *data)
{
	struct finder *f = data;
	char path[300], comm[32];
	int len;

	if (f->pid || !isdigit((unsigned char)*name))
		return;
	snprintf(path, sizeof(path), "/proc/%.255s/comm", name);
	len = f->sys->ops->read(f->sys, path, comm, sizeof(comm));
	if (len > 0 && !strcmp(comm, "irqbalance"))
		f->pid = atoi(name);
}

int balance_pid(struct sys *sys)
{
	struct finder f = { sys, 0 };

	sys->ops->list(sys, "/proc", note_process, &f);
	return f.pid;
}

static int connect_to(int fd, const struct sockaddr_un *addr)
{
	return connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) ?
		-errno : 0;
}

/* Where it has no directory for its socket, the socket has no name. */
static int connect_unnamed(int fd, int pid)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct ucred peer;
	socklen_t len = sizeof(peer);
	int err = connect_to(fd, &addr);

	if (err)
		return err;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len))
		return -errno;
	return peer.pid == pid ? 0 : -ENOENT;
}

static int dial(struct sys *sys, int pid)
{
	struct timeval limit = { SECONDS, 0 };
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd, err, one = 1;

	if (snprintf(addr.sun_path, sizeof(addr.sun_path), "%s" SOCKET_PATH,
		     sys->root, pid) >= (int)sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	/* our credentials go along: it obeys root alone */
	setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	err = connect_to(fd, &addr);
	if (err == -ENOENT && !*sys->root)
		err = connect_unnamed(fd, pid);
	if (!err)
		return fd;
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

static void add(struct banned *b, int irq)
{
	if (irq > 0 && b->nr < MODEL_IRQS && !has(b, irq))
		b->irq[b->nr++] = irq;
}

static void drop(struct banned *b, int irq)
{
	unsigned int i, kept = 0;

	for (i = 0; i < b->nr; i++)
		if (b->irq[i] != irq)
			b->irq[kept++] = b->irq[i];
	b->nr = kept;
}

/* "SLEEP 10 IRQ 24 LOAD 0 DIFF 0 CLASS 5 IRQ 25 ... BANNED 00000000" */
void balance_parse(const char *text, struct banned *b)
{
	b->nr = 0;
	while ((text = strstr(text, "IRQ "))) {
		text += 4;
		add(b, atoi(text));
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

/* A list that takes the place of what it had. */
static int tell(struct sys *sys, int pid, const struct banned *b)
{
	static char text[MOST_TEXT];
	unsigned int i;
	size_t len;

	len = snprintf(text, sizeof(text), "settings ban irqs%s",
		       b->nr ? "" : " NONE");
	for (i = 0; i < b->nr && len < sizeof(text); i++)
		len += snprintf(text + len, sizeof(text) - len, " %d",
				b->irq[i]);
	if (len >= sizeof(text))
		return -E2BIG;
	return command(sys, pid, text, NULL, 0);
}

static int own_path(struct sys *sys, const char *tail, char *path, size_t size)
{
	return snprintf(path, size, "%s/banned%s", sys->run, tail) < (int)size ?
		0 : -ENAMETOOLONG;
}

/* What was told by us. */
static void own_read(struct sys *sys, struct banned *own)
{
	char path[PATH_MAX];
	FILE *f = NULL;
	int irq;

	own->nr = 0;
	if (!own_path(sys, "", path, sizeof(path)))
		f = fopen(path, "re");
	while (f && fscanf(f, "%d", &irq) == 1)
		add(own, irq);
	if (f)
		fclose(f);
}

static int own_write(struct sys *sys, const struct banned *own)
{
	char path[PATH_MAX], new[PATH_MAX];
	unsigned int i;
	FILE *f;
	int err;

	err = own_path(sys, "", path, sizeof(path));
	if (!err)
		err = own_path(sys, ".new", new, sizeof(new));
	f = err ? NULL : fopen(new, "we");
	if (!f)
		return err ? err : -errno;
	for (i = 0; i < own->nr; i++)
		fprintf(f, "%d\n", own->irq[i]);
	if (fclose(f) || rename(new, path))
		return -errno;
	return 0;
}

int balance_ban(struct sys *sys, const struct nic_dev *dev)
{
	static struct banned banned, own;
	int pid = balance_pid(sys), err, n = 0;
	unsigned int i;

	if (!pid || !dev->nr_irqs)
		return 0;
	err = ask_banned(sys, pid, &banned);
	if (err)
		return err;
	own_read(sys, &own);
	for (i = 0; i < dev->nr_irqs; i++) {
		if (has(&banned, dev->irq[i].nr))
			continue;
		add(&banned, dev->irq[i].nr);
		add(&own, dev->irq[i].nr);
		n++;
	}
	if (!n)
		return 0;
	err = tell(sys, pid, &banned);
	if (!err)
		err = own_write(sys, &own);
	return err ? err : n;
}

int balance_release(struct sys *sys, const struct nic_dev *dev)
{
	static struct banned banned, own;
	int pid = balance_pid(sys), err = 0, n = 0;
	unsigned int i;

	own_read(sys, &own);
	if (!own.nr)
		return 0;
	if (pid)
		err = ask_banned(sys, pid, &banned);
	for (i = 0; i < dev->nr_irqs; i++) {
		if (!has(&own, dev->irq[i].nr))
			continue;
		drop(&own, dev->irq[i].nr);
		drop(&banned, dev->irq[i].nr);
		n++;
	}
	if (!n)
		return 0;
	if (pid && !err)
		err = tell(sys, pid, &banned);
	if (!err)
		err = own_write(sys, &own);
	return err ? err : n;
}
