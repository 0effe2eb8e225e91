// SPDX-License-Identifier: GPL-2.0
/*
 * Who waits for connections is woken by those that another listener leaves.
 *
 *  1. two listeners, each at home on a CPU; connections of the first one's CPU,
 *     so that the second has none
 *  2. threads wait at the second: in select(), poll(), epoll_wait(), accept();
 *     all are asleep and none was woken yet
 *  3. the first listener closes; half-open connections complete
 *  4. the threads are woken and serve them: each client gets its bytes
 *
 * The kernel had this wrong for queued connections for five years.
 */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "stage.h"
#include "table.h"

#ifndef EPOLLEXCLUSIVE
#define EPOLLEXCLUSIVE (1u << 28)
#endif

#define PORT	8211
#define EACH	8

struct waiter;

/* A way to wait. */
struct way {
	void (*wait)(struct waiter *w);
	unsigned int events;	/* for epoll */
	bool blocking;		/* accept() itself waits */
	bool until_empty;	/* told once, must take all */
	int waiters;
};

struct waiter {
	const struct way *way;
	int listener;
	int ep;
	pthread_t thread;
	atomic_int tid;		/* set when it is about to wait */
	atomic_uint woken;
};

static struct hp_stage stage;

static void wait_select(struct waiter *w)
{
	fd_set set;

	FD_ZERO(&set);
	FD_SET(w->listener, &set);
	select(w->listener + 1, &set, NULL, NULL, NULL);
}

static void wait_poll(struct waiter *w)
{
	struct pollfd p = { .fd = w->listener, .events = POLLIN };

	poll(&p, 1, -1);
}

static void wait_epoll(struct waiter *w)
{
	struct epoll_event e;

	epoll_wait(w->ep, &e, 1, -1);
}

static const struct way select_way = { wait_select, .waiters = 1 };
static const struct way poll_way = { wait_poll, .waiters = 1 };
static const struct way level_way = { wait_epoll, EPOLLIN, .waiters = 1 };
static const struct way edge_way = {
	wait_epoll, EPOLLIN | EPOLLET, .until_empty = true, .waiters = 1,
};
static const struct way exclusive_way = {
	wait_epoll, EPOLLIN | EPOLLEXCLUSIVE, .waiters = 2,
};
static const struct way accept_way = { .blocking = true, .waiters = 2 };

/* One for each time that it is told, or all. The error that ended it. */
static int serve(struct waiter *w)
{
	int ret;

	do
		ret = hp_serve_one(w->listener, 0);
	while (!ret && w->way->until_empty);
	return ret;
}

static void *wait_and_serve(void *arg)
{
	struct waiter *w = arg;
	int ret;

	atomic_store(&w->tid, gettid());
	do {
		if (w->way->wait)
			w->way->wait(w);
		atomic_fetch_add(&w->woken, !w->way->blocking);
		ret = serve(w);
		atomic_fetch_add(&w->woken, w->way->blocking);
	} while (ret != -EINVAL);	/* shutdown() at the end */
	return NULL;
}

static bool is_asleep(const struct waiter *w)
{
	pid_t tid = atomic_load(&w->tid);
	char path[64], stat[512], *state;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	if (!tid || hp_read(path, stat, sizeof(stat)))
		return false;
	state = strrchr(stat, ')');
	return state && state[1] && state[2] == 'S';
}

static int waiter_start(struct waiter *w, const struct way *way, int listener)
{
	struct epoll_event e = { .events = way->events };

	*w = (struct waiter){ .way = way, .listener = listener, .ep = -1 };
	if (way->events) {
		w->ep = epoll_create1(EPOLL_CLOEXEC);
		if (epoll_ctl(w->ep, EPOLL_CTL_ADD, listener, &e))
			return -errno;
	}
	return -pthread_create(&w->thread, NULL, wait_and_serve, w);
}

FIXTURE(wake)
{
	struct hp_server_conf conf;
	struct crowd crowd;
	struct waiter waiters[2];
	int old, new;
	u32 group;
};

FIXTURE_VARIANT(wake)
{
	int family;
	enum crowd_kind kind;
	bool shutdown;		/* the stock kernel's way, not by adoption */
};

FIXTURE_VARIANT_ADD(wake, ipv4_half_open) {
	.family = AF_INET, .kind = CROWD_HALF_OPEN,
};

FIXTURE_VARIANT_ADD(wake, ipv6_half_open) {
	.family = AF_INET6, .kind = CROWD_HALF_OPEN,
};

FIXTURE_VARIANT_ADD(wake, ipv4_queued) {
	.family = AF_INET, .kind = CROWD_QUEUED,
};

FIXTURE_VARIANT_ADD(wake, ipv6_queued) {
	.family = AF_INET6, .kind = CROWD_QUEUED,
};

FIXTURE_VARIANT_ADD(wake, ipv4_half_open_shutdown) {
	.family = AF_INET, .kind = CROWD_HALF_OPEN, .shutdown = true,
};

FIXTURE_VARIANT_ADD(wake, ipv6_queued_shutdown) {
	.family = AF_INET6, .kind = CROWD_QUEUED, .shutdown = true,
};

FIXTURE_SETUP(wake)
{
	struct hp_group_info g;

	HP_STAGE_OPEN(&stage, 2);
	HP_STAGE_MANAGE(&stage, PORT);
	hp_stage_conf(&stage, variant->family, PORT, &self->conf);
	self->old = table_listen(&self->conf, stage.cpus[0]);
	ASSERT_LE(0, self->old);
	ASSERT_EQ(0, hp_group_wait(&stage.ctl, variant->family, PORT, 1, &g));
	self->group = g.id;
}

FIXTURE_TEARDOWN(wake)
{
	crowd_end(&self->crowd);
	HP_STAGE_CLOSE(&stage);
}

static bool all_asleep(struct waiter *w, int nr)
{
	while (nr && is_asleep(w))
		w++, nr--;
	return !nr;
}

static unsigned int woken(struct waiter *w, int nr)
{
	unsigned int sum = 0;

	while (nr--)
		sum += atomic_load(&w[nr].woken);
	return sum;
}

static int leave(int fd, bool by_shutdown)
{
	return by_shutdown ? shutdown(fd, SHUT_RD) : close(fd);
}

/* Those that follow are the steps of the test, in the order of the head. */
#define OPEN_CROWD(way) do {						\
	self->conf.blocking = (way)->blocking;				\
	self->new = table_listen(&self->conf, stage.cpus[1]);		\
	ASSERT_LE(0, self->new);					\
	ASSERT_EQ(0, crowd_open(&self->crowd, &stage.tun, &stage.to,	\
				stage.cpus, 1, EACH, variant->kind));	\
	EXPECT_EQ(variant->kind == CROWD_QUEUED ? EACH : 0,		\
		  table_queue(&stage.ctl, self->group, 0));		\
	EXPECT_EQ(0, table_queue(&stage.ctl, self->group, 1));		\
} while (0)

#define START_WAITERS(way) do {						\
	int __k;							\
									\
	for (__k = 0; __k < (way)->waiters; __k++)			\
		ASSERT_EQ(0, waiter_start(&self->waiters[__k], way,	\
					  self->new));			\
	ASSERT_TRUE(HP_WAIT_FOR(all_asleep(self->waiters,		\
					   (way)->waiters), HP_SOON));	\
	EXPECT_EQ(0, woken(self->waiters, (way)->waiters));		\
} while (0)

#define STOP_WAITERS(way) do {						\
	int __k;							\
									\
	shutdown(self->new, SHUT_RD);					\
	for (__k = 0; __k < (way)->waiters; __k++)			\
		pthread_join(self->waiters[__k].thread, NULL);		\
} while (0)

#define WAKES(way) do {							\
	OPEN_CROWD(way);						\
	START_WAITERS(way);						\
	ASSERT_EQ(0, leave(self->old, variant->shutdown));		\
	ASSERT_EQ(0, crowd_finish(&self->crowd, &stage.tally, HP_SOON)); \
	HP_EXPECT_SERVED(&stage.tally, "a sibling's connections");	\
	STOP_WAITERS(way);						\
} while (0)

TEST_F_TIMEOUT(wake, in_select, HP_TEST_LIMIT)
{
	WAKES(&select_way);
}

TEST_F_TIMEOUT(wake, in_poll, HP_TEST_LIMIT)
{
	WAKES(&poll_way);
}

TEST_F_TIMEOUT(wake, epoll_level, HP_TEST_LIMIT)
{
	WAKES(&level_way);
}

TEST_F_TIMEOUT(wake, epoll_edge, HP_TEST_LIMIT)
{
	WAKES(&edge_way);
}

TEST_F_TIMEOUT(wake, epoll_exclusive, HP_TEST_LIMIT)
{
	WAKES(&exclusive_way);
}

TEST_F_TIMEOUT(wake, blocking_accept, HP_TEST_LIMIT)
{
	WAKES(&accept_way);
}

HP_MAIN
