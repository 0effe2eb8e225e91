// SPDX-License-Identifier: GPL-2.0
/*
 * homeport nic on a real multi-queue device, with nginx and the module. The
 * client is on the host's side: selftests/nic/vm starts it.
 *
 * one_cpu: 1. interrupts and XPS of all queues are put out of order
 *	2. nginx listens, a pinned worker for each CPU, homeport manages it
 *	3. so many connections: what share has one CPU?
 *	4. homeport nic apply, and again: 99 of 100 have
 *	5. verify --live agrees; rollback brings back every value
 *
 * The share is what is left of 1 when taken off are: connections that were not
 * accepted where their SYN was (the module's matrix), interrupts of a receive
 * queue that came elsewhere than most of them, and packets that left by another
 * queue than that whose interrupt is on the CPU that accepted (statistics of
 * qdiscs).
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "cli.h"
#include "ctl.h"
#include "module.h"
#include "nic/live.h"
#include "nic/nic.h"

#define PORT		8080
#define CONNECTIONS	1000
#define DEV		"eth0"
#define CONF		"/tmp/nic-nginx.conf"

static struct hp_cli cli;

FIXTURE(real)
{
	struct sys sys;
	struct hp_ctl ctl;
	struct hp_group_info group;
	pid_t nginx;
	int cpus[HP_MAX_CPUS];
	int nr;
};

static bool write_conf(int workers)
{
	FILE *f = fopen(CONF, "we");

	if (!f)
		return false;
	fprintf(f,
		"daemon off;\npid /run/nginx.pid;\nerror_log stderr;\n"
		"worker_processes %d;\nworker_cpu_affinity auto;\n"
		"events { worker_connections 512; }\n"
		"http { access_log off; keepalive_timeout 0;\n"
		"server { listen %d reuseport; location / { return 200 \"x\"; } } }\n",
		workers, PORT);
	return !fclose(f);
}

static pid_t start_nginx(int workers)
{
	pid_t pid;

	mkdir("/var/log/nginx", 0755);
	if (!write_conf(workers))
		return -1;
	pid = fork();
	if (pid)
		return pid;
	execl("/usr/sbin/nginx", "nginx", "-c", CONF, NULL);
	_exit(127);
}

FIXTURE_SETUP(real)
{
	if (access("/sys/class/net/" DEV "/queues/rx-1", F_OK))
		HP_SKIP("no multi-queue device: selftests/nic/vm makes one");
	HP_NEED_MODULE();
	sys_open(&self->sys, NULL);
	self->nr = hp_cpus(self->cpus);
	ASSERT_EQ(0, system("ip addr add 10.9.0.2/24 dev " DEV
			    " && ip link set " DEV " up"));
	HP_ASSERT_LOAD("ports=8080");
	ASSERT_EQ(0, hp_ctl_open(&self->ctl));
	self->nginx = start_nginx(self->nr);
	ASSERT_LT(0, self->nginx);
	ASSERT_EQ(0, hp_group_wait(&self->ctl, AF_INET, PORT, self->nr,
				   &self->group));
}

FIXTURE_TEARDOWN(real)
{
	if (self->nginx > 0) {
		kill(self->nginx, SIGTERM);
		waitpid(self->nginx, NULL, 0);
	}
	hp_ctl_close(&self->ctl);
	hp_module_unload();
}

/* Packets that each transmit queue sent, by its qdisc. */
static bool read_sent(u64 *sent, unsigned int nr)
{
	unsigned int queue = 0;
	char line[512], *at;
	FILE *f;

	memset(sent, 0, nr * sizeof(*sent));
	f = popen("/usr/bin/tc -s qdisc show dev " DEV, "r");
	while (f && fgets(line, sizeof(line), f)) {
		at = strstr(line, "parent :");
		if (at)
			queue = strtoul(at + 8, NULL, 16);
		else if (strstr(line, "qdisc "))
			queue = 0;
		if (queue && queue <= nr &&
		    sscanf(line, " Sent %*u bytes %lu pkt",
			   (unsigned long *)&sent[queue - 1]) == 1)
			queue = 0;
	}
	return f && !pclose(f);
}

struct sample {
	struct hp_stat_info stat;
	struct live_counts live;
	u64 sent[256];
};

static u32 group;		/* nginx's */

static bool take(struct sample *s, struct hp_ctl *ctl, struct sys *sys,
		 const struct nic_case *c)
{
	return !hp_stats(ctl, group, &s->stat) &&
		live_read(&s->live, sys, &c->host, &c->dev) &&
		read_sent(s->sent, c->dev.nr_tx);
}

static u64 accepted(const struct hp_stat_info *stat, int nr)
{
	u64 n = 0;
	int i, j;

	for (i = 0; i < nr; i++)
		for (j = 0; j < nr; j++)
			n += stat->accepted[i][j];
	return n;
}

static bool wait_connections(struct hp_ctl *ctl, int nr, unsigned int n)
{
	static struct hp_stat_info first, now;

	if (hp_stats(ctl, group, &first))
		return false;
	return HP_WAIT_FOR(!hp_stats(ctl, group, &now) &&
			   accepted(&now, nr) >= accepted(&first, nr) + n,
			   8000);
}

struct share {
	double accept, irq, tx, all;
};

/* Interrupts of receive queues that came on the CPU that most of them did. */
static double irq_share(const struct sample *a, const struct sample *b,
			const struct nic_case *c)
{
	u64 all = 0, good = 0, most, n;
	unsigned int q, cpu;

	for (q = 0; q < c->dev.nr_rx; q++) {
		int place = c->dev.rx[q].irq;

		most = 0;
		for (cpu = 0; place >= 0 && cpu < c->host.nr_cpus; cpu++) {
			n = b->live.irq[place * c->host.nr_cpus + cpu] -
				a->live.irq[place * c->host.nr_cpus + cpu];
			all += n;
			if (n > most)
				most = n;
		}
		good += most;
	}
	return all ? (double)good / all : 0;
}

/* That whose interrupt comes to the CPU; of one without, as planned. */
static int queue_of(const struct nic_case *c, unsigned int cpu)
{
	unsigned int t;

	for (t = 0; t < c->dev.nr_tx; t++)
		if (dev_rx_cpu(&c->dev, t) == (int)cpu)
			return t;
	for (t = 0; t < c->plan.nr_tx; t++)
		if (cpumask_test(&c->plan.queue[t].xps, cpu))
			return t;
	return -1;
}

/* Connections that a queue should have sent, and packets that it did. */
static double tx_share(const struct sample *a, const struct sample *b,
		       const struct nic_case *c)
{
	double packets = 0, conns = 0, off = 0;
	unsigned int t, cpu, from;
	double p, n;

	for (t = 0; t < c->dev.nr_tx; t++)
		packets += b->sent[t] - a->sent[t];
	conns = accepted(&b->stat, c->host.nr_cpus) -
		accepted(&a->stat, c->host.nr_cpus);
	if (!packets || !conns)
		return 0;
	for (t = 0; t < c->dev.nr_tx; t++) {
		p = (b->sent[t] - a->sent[t]) / packets;
		n = 0;
		for (cpu = 0; cpu < c->host.nr_cpus; cpu++)
			for (from = 0; from < c->host.nr_cpus; from++)
				if (queue_of(c, cpu) == (int)t)
					n += b->stat.accepted[from][cpu] -
						a->stat.accepted[from][cpu];
		n /= conns;
		off += p > n ? p - n : 0;
	}
	return 1 - off;
}

static double accept_share(const struct sample *a, const struct sample *b,
			   int nr)
{
	u64 good = 0;
	int i;

	for (i = 0; i < nr; i++)
		good += b->stat.accepted[i][i] - a->stat.accepted[i][i];
	return (double)good / (accepted(&b->stat, nr) - accepted(&a->stat, nr));
}

static bool measure(struct share *s, struct hp_ctl *ctl, struct sys *sys,
		    const struct nic_case *c)
{
	static struct sample a, b;
	bool good;

	memset(s, 0, sizeof(*s));
	good = take(&a, ctl, sys, c) &&
		wait_connections(ctl, c->host.nr_cpus, CONNECTIONS) &&
		take(&b, ctl, sys, c);
	if (good) {
		s->accept = accept_share(&a, &b, c->host.nr_cpus);
		s->irq = irq_share(&a, &b, c);
		s->tx = tx_share(&a, &b, c);
		s->all = s->accept + s->irq + s->tx - 2;
	}
	live_free(&a.live);
	live_free(&b.live);
	return good;
}

static void move_irq(const struct nic_case *c, int place, unsigned int cpu)
{
	char path[64];

	if (place < 0)
		return;
	snprintf(path, sizeof(path), "/proc/irq/%d/smp_affinity_list",
		 c->dev.irq[place].nr);
	hp_write(path, "%u", cpu % c->host.nr_cpus);
}

/* Queues are on other CPUs than they send for, which is one for all. */
static void put_out_of_order(const struct nic_case *c)
{
	unsigned int i, nr = c->host.nr_cpus;
	char path[128];

	for (i = 0; i < c->dev.nr_rx; i++)
		move_irq(c, c->dev.rx[i].irq, i + 1);
	for (i = 0; i < c->dev.nr_tx; i++) {
		move_irq(c, c->dev.tx[i].irq, i + 2);
		snprintf(path, sizeof(path),
			 "/sys/class/net/" DEV "/queues/tx-%u/xps_cpus", i);
		hp_write(path, "%x", i ? 0 : (1 << (nr < 31 ? nr : 31)) - 1);
	}
}

/* A driver takes no more queues than there are CPUs, unless it is told to. */
static void take_all_channels(struct sys *sys, const struct nic_case *c)
{
	struct sys_channels ch = c->dev.ch;

	ch.combined = ch.max_combined;
	sys->ops->set_channels(sys, DEV, &ch);
}

static const char *policy(void)
{
	const char *words = getenv("NIC_POLICY");

	return words ? words : "";
}

static int run(const char *line)
{
	char words[256];

	snprintf(words, sizeof(words), "%s %s", line, policy());
	return hp_cli(&cli, words) ? -1 : cli.status;
}

#define SHOW(what, s) do {						\
	printf("#> %s: accept %.2f %%, irq %.2f %%, tx %.2f %%, one CPU %.2f %%\n", \
	       what, 100 * (s).accept, 100 * (s).irq, 100 * (s).tx,	\
	       100 * ((s).all > 0 ? (s).all : 0));			\
	fflush(stdout);							\
} while (0)

/* A case of what is so now, with the plan that the policy makes. */
static bool look(struct nic_case *c, struct sys *sys)
{
	struct request r;
	struct listeners l = { .source = "test" };
	char words[128], why[128], *word, *save;
	const char *value;
	bool good;
	int i, cpus[HP_MAX_CPUS], nr = hp_cpus(cpus);

	request_init(&r);
	snprintf(words, sizeof(words), "%s", policy());
	for (word = strtok_r(words, " ", &save); word;
	     word = strtok_r(NULL, " ", &save)) {
		value = policy_has_value(word + 2) ? strtok_r(NULL, " ", &save) :
			NULL;
		policy_take(&r, word + 2, value, why, sizeof(why));
	}
	for (i = 0; i < nr; i++)
		listeners_add(&l, cpus[i]);
	good = case_open_with(c, sys, DEV, &r.policy, &l) == NIC_OK;
	listeners_free(&l);
	request_free(&r);
	return good;
}

TEST_F_TIMEOUT(real, one_cpu, 240)
{
	struct share before, after;
	struct nic_case c, now;
	char *saved;

	group = self->group.id;
	ASSERT_TRUE(look(&c, &self->sys));
	take_all_channels(&self->sys, &c);
	case_close(&c);
	ASSERT_TRUE(look(&c, &self->sys));
	put_out_of_order(&c);
	case_close(&c);
	ASSERT_TRUE(wait_connections(&self->ctl, self->nr, 20)) {
		TH_LOG("no connection arrives: where is the client?");
	}
	ASSERT_TRUE(look(&c, &self->sys));
	ASSERT_TRUE(measure(&before, &self->ctl, &self->sys, &c));
	SHOW("before", before);
	ASSERT_EQ(NIC_OK, hp_cli(&cli, "nic save " DEV));
	saved = strdup(strstr(cli.out, "\"values\""));
	saved[strcspn(saved, "]")] = '\0';

	EXPECT_EQ(NIC_OK, run("nic apply " DEV " --listeners module")) {
		TH_LOG("%s", cli.err);
	}
	/* each interrupt moves when it comes next */
	wait_connections(&self->ctl, self->nr, 100);
	ASSERT_TRUE(look(&now, &self->sys));
	EXPECT_EQ(0, now.plan.nr_ops);
	ASSERT_TRUE(measure(&after, &self->ctl, &self->sys, &now));
	SHOW("after", after);
	EXPECT_LT(before.all, after.all);
	EXPECT_LE(0.99, after.all);
	EXPECT_EQ(NIC_OK, hp_cli(&cli, "nic verify " DEV " --live 5"));
	EXPECT_EQ(NIC_OK, cli.status) {
		TH_LOG("%s", cli.out);
	}
	hp_cli(&cli, "nic show " DEV);
	printf("# %s\n", cli.out);

	EXPECT_EQ(NIC_OK, hp_cli(&cli, "nic rollback " DEV));
	EXPECT_EQ(NIC_OK, cli.status) {
		TH_LOG("%s", cli.err);
	}
	ASSERT_EQ(NIC_OK, hp_cli(&cli, "nic save " DEV));
	cli.out[strcspn(strstr(cli.out, "\"values\""), "]") +
		(strstr(cli.out, "\"values\"") - cli.out)] = '\0';
	EXPECT_STREQ(saved, strstr(cli.out, "\"values\""));
	free(saved);
	case_close(&c);
	case_close(&now);
}

TEST_HARNESS_MAIN
