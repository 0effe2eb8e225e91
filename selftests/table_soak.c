// SPDX-License-Identifier: GPL-2.0
/*
 * Nobody is lost while listeners are killed and started at random, 20 times a
 * second, for $HP_SOAK_SECONDS (15).
 *
 *  1. up to two workers for each CPU, that are not root, each with a listener
 *     for IPv4 and one for IPv6. A random one is killed, or started where there
 *     is none; now and then all are killed at once, and nobody listens for up
 *     to half a second
 *  2. clients connect on every CPU as fast as the machine can: by a TUN device
 *     for each CPU, without a stack of their own, and over loopback
 *  3. each client got the server's bytes; when all have gone there is not a
 *     socket nor a half-open request more than before, and homeport unloads
 *
 * A connection that a worker has accepted dies with it, whatever homeport does.
 * So a worker is told to die, and kills itself when it has none.
 *
 * The variants without homeport, and without grace, show that the stock kernel
 * loses some of these; they end with the first.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "kselftest_harness.h"

#include "stage.h"

/*
 * A port for each family. On one, a 6.12 kernel refuses a server that is not
 * root and has no SO_REUSEADDR, as these, while connections to it are there that
 * nobody has accepted yet, or has closed: they pass for root's.
 */
#define PORT_IPV4	8211
#define PORT_IPV6	8212
#define GRACE		60000
#define PERIOD_MS	50
#define GAP_MS		500
#define MAX_CPUS	16
#define MAX_SLOTS	(2 * MAX_CPUS)
#define NOBODY		65534

static struct hp_stage stage;

static u16 port_of(int family)
{
	return family == AF_INET ? PORT_IPV4 : PORT_IPV6;
}

/* What the killer, its workers and the test share. */
static struct shared {
	atomic_bool stop;
	atomic_bool die[MAX_SLOTS];
	atomic_uint kills, starts, storms, deserted;
	atomic_uint failed;	/* workers that could not listen */
	atomic_int error;	/* why, the last of them; from exit() */
} *shared;

/* A place for a worker. */
struct slot {
	pid_t pid;		/* 0: none */
	bool dying;
};

/* What the process has that kills and starts the others. */
struct killer {
	struct slot slots[MAX_SLOTS];
	int nr;
	int alive;
	unsigned int seed;
	u64 next;		/* when to do something */
};

static int seconds(void)
{
	const char *n = getenv("HP_SOAK_SECONDS");

	return n ? atoi(n) : 15;
}

/* Not waited for: it is not in the middle of accepting or serving. */
static void die(int signal)
{
	kill(getpid(), SIGKILL);
}

static int worker_listen(int ep, int family, bool edge)
{
	struct hp_server_conf conf = { .family = family, .v6only = true,
				       .port = port_of(family) };
	struct epoll_event e = { .events = EPOLLIN | (edge ? EPOLLET : 0) };

	e.data.fd = hp_listen(&conf, 0);
	if (e.data.fd < 0)
		return e.data.fd;
	return epoll_ctl(ep, EPOLL_CTL_ADD, e.data.fd, &e) ? -errno : 0;
}

/* One, or where epoll tells of new ones only, all that are there. */
static void worker_serve(int listener, int k, bool edge)
{
	int ret;

	do {
		if (atomic_load(&shared->die[k]))
			die(SIGTERM);
		ret = hp_serve_one(listener, k);
	} while (edge && !ret);
}

/* SIGTERM comes only while it waits. Every second worker is edge-triggered. */
static void worker(int k)
{
	int ep = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event e;
	bool edge = k % 2;
	sigset_t none;
	int ret;

	signal(SIGTERM, die);
	hp_pin(stage.cpus[k % stage.nr]);
	ret = worker_listen(ep, AF_INET, edge) ?:
	      worker_listen(ep, AF_INET6, edge);
	if (ret)
		_exit(-ret);
	sigemptyset(&none);
	for (;;)
		if (epoll_pwait(ep, &e, 1, -1, &none) == 1)
			worker_serve(e.data.fd, k, edge);
}

static void slot_start(struct killer *m, int k)
{
	struct slot *s = &m->slots[k];

	if (s->pid)
		return;
	atomic_store(&shared->die[k], false);
	*s = (struct slot){ .pid = fork() };
	if (!s->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		worker(k);
	}
	m->alive++;
	atomic_fetch_add(&shared->starts, 1);
}

static void slot_kill(struct killer *m, int k)
{
	struct slot *s = &m->slots[k];

	if (!s->pid || s->dying)
		return;
	s->dying = true;
	atomic_store(&shared->die[k], true);
	kill(s->pid, SIGTERM);
	atomic_fetch_add(&shared->kills, 1);
	if (!--m->alive)
		atomic_fetch_add(&shared->deserted, 1);
}

static void each_slot(struct killer *m, void (*what)(struct killer *, int))
{
	int k;

	for (k = 0; k < m->nr; k++)
		what(m, k);
}

static void reap(struct killer *m, int flags)
{
	int status, k;
	pid_t pid;

	while ((pid = waitpid(-1, &status, flags)) > 0) {
		for (k = 0; m->slots[k].pid != pid; k++)
			;
		m->slots[k].pid = 0;
		if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
			continue;
		atomic_fetch_add(&shared->failed, 1);
		atomic_store(&shared->error, WEXITSTATUS(status));
	}
}

static void killer_step(struct killer *m)
{
	int k = rand_r(&m->seed) % m->nr;

	switch (rand_r(&m->seed) % 32) {
	case 0:
		each_slot(m, slot_kill);
		m->next += rand_r(&m->seed) % GAP_MS;
		atomic_fetch_add(&shared->storms, 1);
		break;
	case 1:
		each_slot(m, slot_start);
		break;
	default:
		if (m->slots[k].pid)
			slot_kill(m, k);
		else
			slot_start(m, k);
	}
}

/* As the clients leave the CPUs little time it may be late, but not for long. */
static void killer_wait(struct killer *m)
{
	u64 now = hp_now();

	m->next += rand_r(&m->seed) % (2 * PERIOD_MS);
	if (m->next + 1000 < now)
		m->next = now;
	if (m->next > now)
		usleep((m->next - now) * 1000);
}

static void killer(void)
{
	struct killer m = { .nr = 2 * stage.nr, .seed = 1, .next = hp_now() };
	sigset_t term;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	if (setresgid(NOBODY, NOBODY, NOBODY) ||
	    setresuid(NOBODY, NOBODY, NOBODY))
		_exit(1);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	each_slot(&m, slot_start);
	while (!atomic_load(&shared->stop)) {
		reap(&m, WNOHANG);
		killer_step(&m);
		killer_wait(&m);
	}
	each_slot(&m, slot_kill);
	reap(&m, 0);
	_exit(0);
}

/* A thread with clients on one CPU. */
struct client {
	struct tun tun;		/* not over loopback */
	struct hp_tally tally;
	pthread_t thread;
	int cpu;
	bool running;
	int failed;		/* -errno, where the client could not go on */
	atomic_uint opened, lost;
};

static struct client tun_clients[MAX_CPUS], loop_clients[MAX_CPUS];
static atomic_bool clients_stop;

/* hp_load() waits less long for others once some were lost: count anew. */
static void client_note(struct client *c)
{
	unsigned int lost = c->tally.tried - c->tally.answered;

	atomic_fetch_add(&c->opened, c->tally.tried);
	if (!atomic_fetch_add(&c->lost, lost) && lost) {
		printf("#> lost on CPU %d, %s: %s\n", c->cpu,
		       c->tun.fd ? "TUN" : "loopback",
		       hp_tally_text(&c->tally));
		fflush(stdout);
	}
	memset(&c->tally, 0, sizeof(c->tally));
}

static void *soak_client(void *arg)
{
	struct hp_target to = {};
	struct client *c = arg;
	int i;

	for (i = 0; !c->failed && !atomic_load(&clients_stop); i++) {
		to.family = i % 2 ? AF_INET6 : AF_INET;
		to.port = port_of(to.family);
		c->failed = hp_load(&c->tun, &to, c->cpu, 32, &c->tally);
		client_note(c);
	}
	return NULL;
}

static void *loop_client(void *arg)
{
	struct client *c = arg;
	struct hp_reply reply;
	int i, ret, family;

	c->failed = hp_pin(c->cpu);
	for (i = 0; !c->failed && !atomic_load(&clients_stop); i++) {
		family = i % 2 ? AF_INET6 : AF_INET;
		ret = hp_loop_ask(family, NULL, port_of(family), &reply);
		c->tally.tried++;
		c->tally.answered += !ret;
		c->tally.refused += ret == -ECONNREFUSED;
		c->tally.reset += ret == -ECONNRESET;
		c->tally.silent += ret == -EAGAIN || ret == -EINPROGRESS;
		if (i % 32 == 31 || ret)
			client_note(c);
	}
	client_note(c);
	return NULL;
}

static int client_start(struct client *c, int cpu, void *(*run)(void *))
{
	int ret;

	c->cpu = cpu;
	ret = -pthread_create(&c->thread, NULL, run, c);
	c->running = !ret;
	return ret;
}

static int clients_start(void)
{
	int i, ret = 0;

	for (i = 0; !ret && i < stage.nr; i++)
		ret = client_start(&tun_clients[i], stage.cpus[i], soak_client) ?:
		      client_start(&loop_clients[i], stage.cpus[i], loop_client);
	return ret;
}

/* Returns -errno of one that could not go on. */
static int clients_join(void)
{
	struct client *all[] = { tun_clients, loop_clients }, *c;
	int i, ret = 0;

	atomic_store(&clients_stop, true);
	for (i = 0; i < 2 * stage.nr; i++) {
		c = &all[i % 2][i / 2];
		if (c->running)
			pthread_join(c->thread, NULL);
		c->running = false;
		ret = ret ?: c->failed;
	}
	return ret;
}

struct sums {
	unsigned int tun, loop, lost;
};

static struct sums sum_up(void)
{
	struct sums s = {};
	int i;

	for (i = 0; i < stage.nr; i++) {
		s.tun += atomic_load(&tun_clients[i].opened);
		s.loop += atomic_load(&loop_clients[i].opened);
		s.lost += atomic_load(&tun_clients[i].lost) +
			  atomic_load(&loop_clients[i].lost);
	}
	return s;
}

static void say(u64 start)
{
	struct sums s = sum_up();

	printf("#> %d s: %u + %u connections by TUN and loopback, %u lost; %u kills, %u starts, %u storms, nobody there %u times\n",
	       (int)(hp_now() - start) / 1000, s.tun, s.loop, s.lost,
	       atomic_load(&shared->kills), atomic_load(&shared->starts),
	       atomic_load(&shared->storms), atomic_load(&shared->deserted));
	fflush(stdout);
}

/* What is left of connections: sockets in the kernel's own counts and caches. */
struct memory {
	char sockets[256];
	long slabs[5];
};

static const char *const slab_names[5] = {
	"TCP", "TCPv6", "request_sock_TCP", "request_sock_TCPv6",
	"sock_inode_cache",
};

/* Objects in use. A CPU's own free ones count too, until it gives them back. */
static long slab_objects(const char *name)
{
	char path[128], line[512], found[64];
	long objects, active = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/kernel/slab/%s/shrink", name);
	hp_write(path, "1");
	f = fopen("/proc/slabinfo", "re");
	while (f && active < 0 && fgets(line, sizeof(line), f))
		if (sscanf(line, "%63s %ld", found, &objects) == 2 &&
		    !strcmp(found, name))
			active = objects;
	if (f)
		fclose(f);
	return active;
}

static void read_sockets(char *text, size_t size)
{
	FILE *f = fopen("/proc/thread-self/net/sockstat", "re");
	unsigned int used = 0, inuse = 0, orphan = 0, tw = 0, alloc = 0;

	if (f && fscanf(f, "sockets: used %u TCP: inuse %u orphan %u tw %u alloc %u",
			&used, &inuse, &orphan, &tw, &alloc) != 5)
		used = 0;
	if (f)
		fclose(f);
	snprintf(text, size, "%u sockets, %u of IPv4 TCP, %u orphans, %u in TIME_WAIT, %u TCP allocated",
		 used, inuse, orphan, tw, alloc);
}

static void read_memory(struct memory *m)
{
	int i;

	memset(m, 0, sizeof(*m));
	read_sockets(m->sockets, sizeof(m->sockets));
	for (i = 0; i < 5; i++)
		m->slabs[i] = slab_objects(slab_names[i]);
}

static const char *memory_text(const struct memory *m)
{
	static char text[1024];
	int i, len;

	len = snprintf(text, sizeof(text), "%s; objects:", m->sockets);
	for (i = 0; i < 5; i++)
		len += snprintf(text + len, sizeof(text) - len, " %ld %s",
				m->slabs[i], slab_names[i]);
	return text;
}

static bool memory_is_back(const struct memory *before, struct memory *now)
{
	int i;

	read_memory(now);
	for (i = 0; i < 5; i++)
		if (now->slabs[i] > before->slabs[i])
			return false;
	return !strcmp(now->sockets, before->sockets);
}

/* Nothing is kept of a group before its first listener. */
static bool somebody_serves(int family)
{
	struct hp_reply reply;

	return !hp_loop_ask(family, NULL, port_of(family), &reply);
}

FIXTURE(soak)
{
	struct hp_klog klog;
	struct memory before;
	pid_t killer;
	u32 rule[2];
};

FIXTURE_VARIANT(soak)
{
	bool stock;
	u32 grace_ms;
	bool lossless;		/* else some must be lost */
};

FIXTURE_VARIANT_ADD(soak, stock) {
	.stock = true,
};

FIXTURE_VARIANT_ADD(soak, no_grace) {
};

FIXTURE_VARIANT_ADD(soak, kept) {
	.grace_ms = GRACE, .lossless = true,
};

FIXTURE_SETUP(soak)
{
	int i;

	ASSERT_EQ(0, hp_netns_enter());
	stage.nr = hp_cpus(stage.cpus);
	ASSERT_GE(MAX_CPUS, stage.nr);
	if (variant->stock) {
		HP_ASSERT_UNLOADED();
	} else {
		HP_STAGE_LOAD(&stage);
		ASSERT_EQ(0, hp_rule_keep(&stage.ctl, PORT_IPV4,
					  variant->grace_ms, &self->rule[0]));
		ASSERT_EQ(0, hp_rule_keep(&stage.ctl, PORT_IPV6,
					  variant->grace_ms, &self->rule[1]));
	}
	ASSERT_EQ(0, hp_klog_open(&self->klog));
	for (i = 0; i < stage.nr; i++)
		ASSERT_EQ(0, tun_open(&tun_clients[i].tun, i + 1));
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, shared);
	read_memory(&self->before);
	ASSERT_LE(0, self->before.slabs[0]);
	self->killer = fork();
	ASSERT_LE(0, self->killer);
	if (!self->killer)
		killer();
	ASSERT_TRUE(HP_WAIT_FOR(somebody_serves(AF_INET) &&
				somebody_serves(AF_INET6), HP_LATER));
}

static bool killer_stop(pid_t killer)
{
	int status;

	atomic_store(&shared->stop, true);
	return waitpid(killer, &status, 0) == killer && !status;
}

FIXTURE_TEARDOWN(soak)
{
	int i;

	clients_join();
	if (self->killer > 0)
		killer_stop(self->killer);
	hp_klog_close(&self->klog);
	for (i = 0; i < stage.nr; i++)
		tun_close(&tun_clients[i].tun);
	hp_ctl_close(&stage.ctl);
}

static void soak_for(unsigned int ms, bool until_lost)
{
	u64 start = hp_now(), now, said = start;

	do {
		usleep(20000);
		now = hp_now();
		if (now - said >= 10000) {
			say(start);
			said = now;
		}
	} while (now - start < ms && !(until_lost && sum_up().lost));
	say(start);
}

static bool groups_are_gone(void)
{
	struct hp_group_info g;

	return !hp_groups(&stage.ctl, &g, 1);
}

/* Otherwise it was not tried. */
static void expect_used(struct __test_metadata *_metadata, bool keeps)
{
	static struct hp_stat_info stat;
	const u64 *t = stat.table;

	ASSERT_EQ(0, hp_stats(&stage.ctl, 0, &stat));
	printf("#> %llu half-open and %llu established ones went to another listener, %llu at home, %llu handed over; %llu listeners kept, %llu left; %llu full, %llu without memory, %llu over the limit\n",
	       (unsigned long long)t[HOMEPORT_TABLE_REQUESTS],
	       (unsigned long long)t[HOMEPORT_TABLE_CHILDREN],
	       (unsigned long long)t[HOMEPORT_TABLE_LOCAL],
	       (unsigned long long)t[HOMEPORT_TABLE_HANDED_OVER],
	       (unsigned long long)t[HOMEPORT_TABLE_KEPT],
	       (unsigned long long)t[HOMEPORT_TABLE_LEFT],
	       (unsigned long long)t[HOMEPORT_TABLE_FULL],
	       (unsigned long long)t[HOMEPORT_TABLE_MEMORY],
	       (unsigned long long)t[HOMEPORT_TABLE_LIMIT]);
	fflush(stdout);
	if (!keeps)
		return;
	EXPECT_LT(0, t[HOMEPORT_TABLE_LEFT]);
	EXPECT_LT(0, t[HOMEPORT_TABLE_KEPT]);
	EXPECT_LT(0, t[HOMEPORT_TABLE_HANDED_OVER]);
	EXPECT_LT(0, t[HOMEPORT_TABLE_REQUESTS] + t[HOMEPORT_TABLE_CHILDREN]);
	EXPECT_EQ(0, t[HOMEPORT_TABLE_MEMORY]);
}

TEST_F_TIMEOUT(soak, random_kills, 3600)
{
	struct memory now;
	struct sums sums;

	ASSERT_EQ(0, clients_start());
	soak_for(1000 * seconds(), !variant->lossless);
	EXPECT_EQ(0, clients_join());
	sums = sum_up();
	EXPECT_LT(0, sums.tun);
	EXPECT_LT(0, sums.loop);
	EXPECT_EQ(variant->lossless, !sums.lost);

	if (!variant->stock) {
		ASSERT_EQ(0, hp_rule_grace(&stage.ctl, self->rule[0], 0));
		ASSERT_EQ(0, hp_rule_grace(&stage.ctl, self->rule[1], 0));
	}
	EXPECT_TRUE(killer_stop(self->killer));
	self->killer = 0;
	EXPECT_EQ(0, atomic_load(&shared->failed)) {
		TH_LOG("workers could not listen: %s",
		       strerror(atomic_load(&shared->error)));
	}
	if (!variant->stock) {
		EXPECT_TRUE(HP_WAIT_FOR(groups_are_gone(), HP_LATER));
		expect_used(_metadata, variant->lossless);
	}
	EXPECT_TRUE(HP_WAIT_FOR(memory_is_back(&self->before, &now), HP_LATER)) {
		TH_LOG("before: %s", memory_text(&self->before));
		TH_LOG("after: %s", memory_text(&now));
	}
	if (!variant->stock)
		EXPECT_EQ(0, hp_module_unload());
	HP_EXPECT_NO_SPLAT(&self->klog);
}

HP_MAIN
