// SPDX-License-Identifier: GPL-2.0
/*
 * Looks after what was applied. Links, queues and CPUs that come and go are told
 * by the kernel; that an interrupt was moved is not, so it is looked at in
 * intervals too.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "apply.h"
#include "balance.h"

#define SETTLE_MS	500
#define HEALS_A_MINUTE	3

enum { FD_SIGNAL, FD_LINK, FD_UEVENT, NR_FDS };

struct watch {
	struct nic_args *a;
	struct pollfd fd[NR_FDS];
	time_t heal[HEALS_A_MINUTE];	/* when the last ones were */
	unsigned int nr_heals;
};

static int open_group(int protocol, unsigned int groups)
{
	struct sockaddr_nl addr = {
		.nl_family = AF_NETLINK, .nl_groups = groups,
	};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			protocol);

	if (fd >= 0 && bind(fd, (struct sockaddr *)&addr, sizeof(addr))) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool watch_open(struct watch *w)
{
	sigset_t set;
	int i;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	w->fd[FD_SIGNAL].fd = signalfd(-1, &set, SFD_CLOEXEC);
	w->fd[FD_LINK].fd = open_group(NETLINK_ROUTE, RTMGRP_LINK);
	w->fd[FD_UEVENT].fd = open_group(NETLINK_KOBJECT_UEVENT, 1);
	for (i = 0; i < NR_FDS; i++)
		w->fd[i].events = POLLIN;
	return w->fd[FD_SIGNAL].fd >= 0;
}

static void watch_close(struct watch *w)
{
	int i;

	for (i = 0; i < NR_FDS; i++)
		if (w->fd[i].fd >= 0)
			close(w->fd[i].fd);
}

static void say(const char *event, const char *dev, const char *text)
{
	struct timespec now;
	char when[32];
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	strftime(when, sizeof(when), "%FT%TZ", gmtime_r(&now.tv_sec, &tm));
	print_object(NULL);
	print_str("time", "%s", when);
	print_str("event", " %s", event);
	print_str("ifname", " %s", dev);
	if (*text)
		print_str("text", " %s", text);
	print_text("\n");
	print_object_end();
	fflush(stdout);
}

/* Against somebody who always changes it back it is no use to go on. */
static bool may_heal(struct watch *w)
{
	time_t now = time(NULL), *oldest;

	oldest = &w->heal[w->nr_heals % HEALS_A_MINUTE];
	if (w->nr_heals >= HEALS_A_MINUTE && now - *oldest < 60)
		return false;
	*oldest = now;
	w->nr_heals++;
	return true;
}

static void heal(struct watch *w, struct nic_case *c, struct state *s)
{
	struct apply ap;
	char text[600];
	int lock, ret;

	if (!may_heal(w)) {
		say("gave-up", c->dev.name, "three times in a minute is enough");
		return;
	}
	lock = state_lock(&w->a->sys, false);
	if (lock < 0)
		return;
	ret = apply_heal(&ap, c, s);
	if (ret) {
		say("not-healed", c->dev.name, ap.why);
	} else {
		snprintf(text, sizeof(text), "%u values", ap.nr_done);
		say("healed", c->dev.name, text);
	}
	apply_free(&ap);
	close(lock);
}

/* irqbalance forgets what it was told when it is restarted. */
static void ban_again(struct watch *w, struct nic_case *c)
{
	if (c->request.policy.balance != BALANCE_BAN ||
	    balance_free_irqs(&w->a->sys, &c->dev) <= 0)
		return;
	if (w->a->heal != HEAL_APPLY)
		say("irqbalance", c->dev.name, "may move its interrupts");
	else if (balance_ban(&w->a->sys, &c->dev) > 0)
		say("irqbalance", c->dev.name, "is told again to leave it alone");
}

static void look_at_state(struct watch *w, struct state *s)
{
	struct policy policy = s->policy;
	struct nic_case c;
	char text[64];

	/* its channels are as they are by now */
	policy.channels = CHANNELS_KEEP;
	if (!case_open_with(&c, &w->a->sys, s->dev, &policy, &s->listeners)) {
		if (c.plan.nr_ops) {
			snprintf(text, sizeof(text), "%u values, %.0f %% local",
				 c.plan.nr_ops, 100 * c.check.locality);
			say("drift", s->dev, text);
			if (w->a->heal == HEAL_APPLY)
				heal(w, &c, s);
		}
		ban_again(w, &c);
	}
	case_close(&c);
}

static bool is_wanted(const struct nic_args *a, const char *name)
{
	unsigned int i;

	for (i = 0; i < a->nr_words; i++)
		if (!strcmp(a->word[i], name))
			return true;
	return !a->nr_words;
}

/* Of each device that something is applied to. */
static void look(struct watch *w)
{
	struct nic_names names;
	struct nic_host host;
	struct nic_dev dev;
	struct state s;
	unsigned int i;

	if (host_read(&host, &w->a->sys))
		return;
	names_read(&names, &w->a->sys);
	for (i = 0; i < names.nr; i++) {
		if (!is_wanted(w->a, names.name[i]) ||
		    dev_read(&dev, &w->a->sys, &host, names.name[i]))
			continue;
		if (state_last(&s, &w->a->sys, &host, &dev)) {
			look_at_state(w, &s);
			state_free(&s);
		}
		dev_free(&dev);
	}
	names_free(&names);
	host_free(&host);
}

static void drain(struct watch *w)
{
	char buf[16384];
	int i;

	for (i = FD_LINK; i < NR_FDS; i++)
		while (w->fd[i].fd >= 0 &&
		       recv(w->fd[i].fd, buf, sizeof(buf), MSG_DONTWAIT) > 0)
			;
}

/* False: it is the end. */
static bool wait_event(struct watch *w)
{
	int n;

	n = poll(w->fd, NR_FDS, w->a->interval * 1000);
	if (n < 0 && errno != EINTR)
		return false;
	if (w->fd[FD_SIGNAL].revents)
		return false;
	if (n <= 0)
		return true;
	/* what comes in a burst is looked at once */
	if (poll(w->fd, 1, SETTLE_MS) > 0)
		return false;
	drain(w);
	return true;
}

int nic_watch(struct nic_args *a)
{
	struct watch w = { .a = a };

	print_one_line();
	if (!watch_open(&w)) {
		complain("cannot watch: %s", strerror(errno));
		watch_close(&w);
		return NIC_DENIED;
	}
	if (a->heal != HEAL_OFF)
		look(&w);
	while (wait_event(&w))
		if (a->heal != HEAL_OFF)
			look(&w);
	watch_close(&w);
	return NIC_OK;
}
