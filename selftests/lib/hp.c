// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "hp.h"

/* An emulated machine runs code about this much slower, rounded down. */
#define SLOW_FACTOR	8

static bool env_yes(const char *name)
{
	const char *v = getenv(name);

	return v && (!strcmp(v, "yes") || !strcmp(v, "1") || !strcmp(v, "true"));
}

bool hp_slow(void)
{
	return env_yes("KSFT_MACHINE_SLOW");
}

bool hp_expect_all(void)
{
	return env_yes("HP_EXPECT_ALL") || env_yes("CI");
}

u64 hp_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

u64 hp_deadline(unsigned int ms)
{
	return hp_now() + (u64)ms * (hp_slow() ? SLOW_FACTOR : 1);
}

int hp_left(u64 deadline)
{
	u64 now = hp_now();

	return now >= deadline ? 0 : deadline - now;
}

bool hp_wait_next(struct hp_wait *w)
{
	unsigned int ms = w->round < 6 ? 1 << w->round : 64;
	struct timespec ts = { .tv_nsec = ms * 1000000L };

	if (w->over)
		return false;
	if (w->round++)
		nanosleep(&ts, NULL);
	w->over = !hp_left(w->deadline);
	return true;
}

int hp_write(const char *path, const char *fmt, ...)
{
	char buf[1024];
	int fd, len, ret = 0;
	va_list ap;

	va_start(ap, fmt);
	len = vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, buf, len) != len)
		ret = -errno;
	close(fd);
	return ret;
}

int hp_append(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

int hp_read(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, buf, size - 1);
	close(fd);
	if (n < 0)
		return -errno;
	buf[n] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	return 0;
}

int hp_link_up(const char *dev)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifr = {};
	int ret = 0;

	if (fd < 0)
		return -errno;
	strncpy(ifr.ifr_name, dev, IFNAMSIZ - 1);
	if (ioctl(fd, SIOCGIFFLAGS, &ifr))
		ret = -errno;
	ifr.ifr_flags |= IFF_UP;
	if (!ret && ioctl(fd, SIOCSIFFLAGS, &ifr))
		ret = -errno;
	close(fd);
	return ret;
}

int hp_netns_enter(void)
{
	if (unshare(CLONE_NEWNET))
		return -errno;
	return hp_link_up("lo");
}
