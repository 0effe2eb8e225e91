// SPDX-License-Identifier: GPL-2.0
/* homeport monitor: what changes, as it does */
#include "homeport.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

struct event {
	const char *name;
	void (*show)(const struct nlmsghdr *nlh);
};

static const struct event events[] = {
	[HOMEPORT_CMD_RULE_ADD_NTF]	  = { "rule-add", rule_event },
	[HOMEPORT_CMD_RULE_DEL_NTF]	  = { "rule-del", rule_event },
	[HOMEPORT_CMD_GROUP_ADD_NTF]	  = { "group-add", group_event },
	[HOMEPORT_CMD_GROUP_DEL_NTF]	  = { "group-del", group_event },
	[HOMEPORT_CMD_LISTENER_JOIN_NTF]  = { "listener-join", listener_event },
	[HOMEPORT_CMD_LISTENER_LEAVE_NTF] = { "listener-leave", listener_event },
	[HOMEPORT_CMD_LISTENER_HOME_NTF]  = { "listener-home", listener_event },
	[HOMEPORT_CMD_GROUP_KEEP_NTF]	  = { "group-keep", group_event },
	[HOMEPORT_CMD_GROUP_HANDOVER_NTF] = { "group-handover", group_event },
	[HOMEPORT_CMD_GROUP_EXPIRE_NTF]	  = { "group-expire", group_event },
	[HOMEPORT_CMD_LISTENER_STATE_NTF] = { "listener-state", listener_event },
	[HOMEPORT_CMD_LISTENER_STALLED_NTF] = { "listener-stalled", listener_event },
	[HOMEPORT_CMD_LISTENER_UNSTALLED_NTF] = { "listener-unstalled", listener_event },
};

void monitor_help(FILE *to)
{
	fputs("Usage: homeport monitor\n", to);
}

static void show_time(void)
{
	char seconds[32], stamp[64];
	struct timespec now;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	strftime(seconds, sizeof(seconds), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(stamp, sizeof(stamp), "%s.%06ldZ", seconds,
		 now.tv_nsec / 1000);
	print_str("time", "%s", stamp);
}

/* One line, and out with it. @nlh may be NULL. */
static void show_event(const char *name, const struct event *event,
		       const struct nlmsghdr *nlh)
{
	print_object(NULL);
	show_time();
	print_str("event", " %s", name);
	if (nlh)
		event->show(nlh);
	print_text("\n");
	print_object_end();
	fflush(stdout);
}

/* True if this is our family, going. */
static bool is_goodbye(const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attrs[CTRL_ATTR_MAX + 1];

	if (nlh->nlmsg_type != GENL_ID_CTRL || genl->cmd != CTRL_CMD_DELFAMILY)
		return false;
	genl_attrs(nlh, attrs, CTRL_ATTR_MAX);
	return genl_u16(attrs[CTRL_ATTR_FAMILY_ID]) == genl_family();
}

/* False when there is nothing more to come. */
static bool on_message(const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	const struct event *event;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*genl))
		return true;
	if (is_goodbye(nlh))
		return false;
	if (nlh->nlmsg_type != genl_family() || genl->cmd >= ARRAY_SIZE(events))
		return true;
	event = &events[genl->cmd];
	if (event->name)
		show_event(event->name, event, nlh);
	return true;
}

/* Returns an exit code, or -1 to go on. */
static int receive(void)
{
	static char buf[GENL_BUFFER] __attribute__((aligned(8)));
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)buf;
	ssize_t ret = genl_receive(buf, sizeof(buf));
	int len = ret;

	if (ret < 0 && errno == ENOBUFS) {
		show_event("lost", NULL, NULL);
		return -1;
	}
	if (ret < 0 && errno != EINTR && errno != EAGAIN) {
		complain("cannot receive: %s", strerror(errno));
		return EXIT_KERNEL;
	}
	for (; ret > 0 && mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len))
		if (!on_message(nlh)) {
			complain("the kernel module was unloaded");
			return EXIT_KERNEL;
		}
	return ferror(stdout) ? EXIT_KERNEL : -1;
}

/* SIGINT and SIGTERM are the ways to end this, so they are no failure. */
static int catch_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static int watch(int events_fd, int signals_fd)
{
	struct pollfd fds[] = {
		{ .fd = events_fd, .events = POLLIN },
		{ .fd = signals_fd, .events = POLLIN },
	};
	int ret = -1;

	while (ret < 0) {
		if (poll(fds, ARRAY_SIZE(fds), -1) < 0 && errno != EINTR)
			return EXIT_KERNEL;
		if (fds[1].revents)
			return EXIT_OK;
		if (fds[0].revents)
			ret = receive();
	}
	return ret;
}

int monitor_main(struct words *w)
{
	int events_fd, signals_fd, ret = EXIT_KERNEL;

	if (w->left) {
		word_wrong("monitor", *w->next);
		return EXIT_SYNTAX;
	}
	print_one_line();
	if (!genl_open())
		return EXIT_KERNEL;
	signals_fd = catch_signals();
	events_fd = genl_subscribe();
	if (events_fd >= 0 && signals_fd >= 0)
		ret = watch(events_fd, signals_fd);
	if (signals_fd >= 0)
		close(signals_fd);
	return ret;
}
