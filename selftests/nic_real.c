// SPDX-License-Identifier: GPL-2.0
/*
 * homeport nic on real multi-queue devices, with nginx and the module. The
 * clients are on the host's side: selftests/nic/vm starts one for each device.
 *
 * one_cpu: 1. interrupts and XPS of all queues are put out of order
 *	2. nginx listens, a pinned worker for each CPU, homeport manages it
 *	3. so many connections: what share has one CPU?
 *	4. homeport nic apply, and again: 99 of 100 have
 *	5. verify --live agrees; rollback brings back every value
 *
 * In the environment: NIC_DEVS, how many devices (1); NIC_POLICY, words for
 * apply; NIC_MANAGED=1, interrupts of the device that nobody can move.
 *
 * The share is what is left of 1 when taken off are: connections that were not
 * accepted where their SYN was (the module's matrix), interrupts of a receive
 * queue that came elsewhere than most of them, and packets that a CPU gave to
 * another queue than that whose interrupt it has (a histogram of the kernel; the
 * statistics of the qdiscs have to say the same of each queue).
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
#include "xmit.h"
#include "nic/live.h"
#include "nic/nic.h"

#define PORT		8080	/* of the first device, and so on */
#define CONNECTIONS	2000
#define MOST_NICS	2
#define CONF		"/tmp/nic-nginx.conf"

static struct hp_cli cli;

struct share {
	double accept, irq, tx, all;
	double qdisc;		/* of packets, as the histogram has them */
};

/* A device, with a port of its own: so its connections are counted apart. */
struct nic {
	char name[IFNAMSIZ];
	u32 group;
	struct share before, after;
	char *saved;
};

FIXTURE(real)
{
	struct sys sys;
	struct hp_ctl ctl;
	pid_t nginx;
	int cpus[HP_MAX_CPUS];
	int nr;
	int nr_nics;
	struct nic nic[MOST_NICS];
	bool managed;
};

static bool write_conf(int workers, int ports)
{
	FILE *f = fopen(CONF, "we");
	int i;

	if (!f)
		return false;
	fprintf(f,
		"daemon off;\npid /run/nginx.pid;\nerror_log stderr;\n"
		"worker_processes %d;\nworker_cpu_affinity auto;\n"
		"events { worker_connections 512; }\n"
		"http { access_log off; keepalive_timeout 0; server {\n",
		workers);
	for (i = 0; i < ports; i++)
		fprintf(f, "listen %d reuseport;\n", PORT + i);
	fprintf(f, "location / { return 200 \"x\"; } } }\n");
	return !fclose(f);
}

static pid_t start_nginx(int workers, int ports)
{
	pid_t pid;

	mkdir("/var/log/nginx", 0755);
	if (!write_conf(workers, ports))
		return -1;
	pid = fork();
	if (pid)
		return pid;
	execl("/usr/sbin/nginx", "nginx", "-c", CONF, NULL);
	_exit(127);
}

static bool is_multi_queue(const struct nic *n)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/class/net/%s/queues/rx-1", n->name);
	return !access(path, F_OK);
}

static int set_up_link(const struct nic *n, int i)
{
	char line[128];

	snprintf(line, sizeof(line),
		 "ip addr add 10.9.%d.2/24 dev %s && ip link set %s up", i,
		 n->name, n->name);
	return system(line);
}

static int number_of(const char *name, int otherwise)
{
	const char *value = getenv(name);

	return value ? atoi(value) : otherwise;
}

FIXTURE_SETUP(real)
{
	struct hp_group_info group;
	int i;

	self->nr_nics = number_of("NIC_DEVS", 1);
	self->managed = number_of("NIC_MANAGED", 0);
	ASSERT_LE(self->nr_nics, MOST_NICS);
	for (i = 0; i < self->nr_nics; i++) {
		snprintf(self->nic[i].name, IFNAMSIZ, "eth%d", i);
		if (!is_multi_queue(&self->nic[i]))
			HP_SKIP("no multi-queue device: selftests/nic/vm makes one");
	}
	HP_NEED_MODULE();
	if (self->managed)
		ASSERT_EQ(0, hp_module_load_test("hp_managed", ""));
	sys_open(&self->sys, NULL);
	self->nr = hp_cpus(self->cpus);
	for (i = 0; i < self->nr_nics; i++)
		ASSERT_EQ(0, set_up_link(&self->nic[i], i));
	HP_ASSERT_LOAD("");
	/*
	 * What is counted is where packets bring connections. Where there are
	 * fewer queues than workers, the bound would give the others some.
	 */
	ASSERT_EQ(0, hp_cli(&cli, "rule add port 8080-8081 bound 0"));
	ASSERT_EQ(0, cli.status) {
		TH_LOG("%s", cli.err);
	}
	ASSERT_EQ(0, hp_ctl_open(&self->ctl));
	ASSERT_EQ(0, hp_xmit_start()) {
		TH_LOG("this kernel has no histograms of trace events");
	}
	self->nginx = start_nginx(self->nr, self->nr_nics);
	ASSERT_LT(0, self->nginx);
	for (i = 0; i < self->nr_nics; i++) {
		ASSERT_EQ(0, hp_group_wait(&self->ctl, AF_INET, PORT + i,
					   self->nr, &group));
		self->nic[i].group = group.id;
	}
}

FIXTURE_TEARDOWN(real)
{
	if (self->nginx > 0) {
		kill(self->nginx, SIGTERM);
		waitpid(self->nginx, NULL, 0);
	}
	hp_xmit_stop();
	hp_ctl_close(&self->ctl);
	hp_module_unload();
	if (self->managed)
		hp_module_unload_name("hp_managed");
}

/* Packets that each transmit queue sent, by its qdisc. */
static bool read_sent(const char *dev, u64 *sent, unsigned int nr)
{
	unsigned int queue = 0;
	char line[512], *at;
	FILE *f;

	memset(sent, 0, nr * sizeof(*sent));
	snprintf(line, sizeof(line), "/usr/bin/tc -s qdisc show dev %s", dev);
	f = popen(line, "r");
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
	struct hp_xmit xmit;
	u64 sent[HP_XMIT_QUEUES];
};

static bool take(struct sample *s, struct hp_ctl *ctl, u32 group,
		 const struct nic_case *c)
{
	return !hp_stats(ctl, group, &s->stat) &&
		live_read(&s->live, c->sys, &c->host, &c->dev) &&
		!hp_xmit_read(&s->xmit, c->dev.name) &&
		read_sent(c->dev.name, s->sent, c->dev.nr_tx);
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

static bool wait_connections(struct hp_ctl *ctl, u32 group, int nr,
			     unsigned int n)
{
	static struct hp_stat_info first, now;

	if (hp_stats(ctl, group, &first))
		return false;
	return HP_WAIT_FOR(!hp_stats(ctl, group, &now) &&
			   accepted(&now, nr) >= accepted(&first, nr) + n,
			   20000);
}

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

/* Packets that a CPU gave to the queue whose interrupt it has. */
static double tx_share(const struct sample *a, const struct sample *b,
		       const struct nic_case *c)
{
	u64 all = 0, good = 0, n;
	unsigned int t, cpu;

	for (cpu = 0; cpu < c->host.nr_cpus; cpu++) {
		for (t = 0; t < c->dev.nr_tx; t++) {
			n = b->xmit.sent[cpu][t] - a->xmit.sent[cpu][t];
			all += n;
			if (queue_of(c, cpu) == (int)t)
				good += n;
		}
	}
	return all ? (double)good / all : 0;
}

/* How far the qdiscs say the same of the queues: packets came in between. */
static double qdisc_share(const struct sample *a, const struct sample *b,
			  const struct nic_case *c)
{
	double all = 0, same = 0, hist, qdisc;
	unsigned int t, cpu;

	for (t = 0; t < c->dev.nr_tx; t++) {
		qdisc = b->sent[t] - a->sent[t];
		hist = 0;
		for (cpu = 0; cpu < c->host.nr_cpus; cpu++)
			hist += b->xmit.sent[cpu][t] - a->xmit.sent[cpu][t];
		all += hist > qdisc ? hist : qdisc;
		same += hist < qdisc ? hist : qdisc;
	}
	return all ? same / all : 0;
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

static bool measure(struct share *s, struct hp_ctl *ctl, u32 group,
		    const struct nic_case *c)
{
	static struct sample a, b;
	bool good;

	memset(s, 0, sizeof(*s));
	good = take(&a, ctl, group, c) &&
		wait_connections(ctl, group, c->host.nr_cpus, CONNECTIONS) &&
		take(&b, ctl, group, c);
	if (good) {
		s->accept = accept_share(&a, &b, c->host.nr_cpus);
		s->irq = irq_share(&a, &b, c);
		s->tx = tx_share(&a, &b, c);
		s->all = s->accept + s->irq + s->tx - 2;
		s->qdisc = qdisc_share(&a, &b, c);
	}
	live_free(&a.live);
	live_free(&b.live);
	return good;
}

/* To the @nth of the CPUs that are online, from the first again after the last. */
static int move_irq(const struct nic_case *c, int place, unsigned int nth)
{
	const struct cpumask *online = &c->host.online;
	char path[64];
	int cpu;

	if (place < 0)
		return 0;
	nth %= cpumask_weight(online);
	cpumask_for_each(cpu, online)
		if (!nth--)
			break;
	snprintf(path, sizeof(path), "/proc/irq/%d/smp_affinity_list",
		 c->dev.irq[place].nr);
	return hp_write(path, "%d", cpu);
}

/*
 * Queues are on other CPUs than they send for, which is one for all. How many
 * interrupts could not be moved.
 */
static int put_out_of_order(const struct nic_case *c)
{
	unsigned int i, nr = c->host.nr_cpus;
	char path[128];
	int refused = 0;

	for (i = 0; i < c->dev.nr_rx; i++)
		refused += !!move_irq(c, c->dev.rx[i].irq, i + 1);
	for (i = 0; i < c->dev.nr_tx; i++) {
		refused += !!move_irq(c, c->dev.tx[i].irq, i + 2);
		snprintf(path, sizeof(path),
			 "/sys/class/net/%s/queues/tx-%u/xps_cpus",
			 c->dev.name, i);
		hp_write(path, "%x", i ? 0 : (1 << (nr < 31 ? nr : 31)) - 1);
	}
	return refused;
}

/* A driver takes no more queues than there are CPUs, unless it is told to. */
static void take_all_channels(struct sys *sys, const struct nic_case *c)
{
	struct sys_channels ch = c->dev.ch;

	if (ch.combined == ch.max_combined)
		return;
	ch.combined = ch.max_combined;
	sys->ops->set_channels(sys, c->dev.name, &ch);
}

static const char *policy(void)
{
	const char *words = getenv("NIC_POLICY");

	return words ? words : "";
}

/* "%" in @line is the device. */
static int run(const char *line, const struct nic *n)
{
	char words[256];
	int len = strcspn(line, "%");

	snprintf(words, sizeof(words), "%.*s%s%s", len, line, n->name,
		 line[len] ? line + len + 1 : "");
	return hp_cli(&cli, words) ? -1 : cli.status;
}

#define EXPECT_RUN(code, line, n) do {					\
	int ret_ = run(line, n);					\
									\
	EXPECT_EQ(code, ret_) {						\
		TH_LOG("\"homeport %s\" (%s): %s%s", line, (n)->name,	\
		       cli.err, cli.out);				\
	}								\
} while (0)

/* A case of what is so now, with the plan that the policy makes. */
static bool look(struct nic_case *c, struct sys *sys, const struct nic *n)
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
	good = case_open_with(c, sys, n->name, &r.policy, &l) == NIC_OK;
	listeners_free(&l);
	request_free(&r);
	return good;
}

/* All that "save" has to say of values; the caller frees it. */
static char *values_of(const struct nic *n)
{
	char *values;

	if (run("nic save %", n) != NIC_OK)
		return NULL;
	values = strdup(strstr(cli.out, "\"values\""));
	values[strcspn(values, "]")] = '\0';
	return values;
}

static void disturb(struct __test_metadata *_metadata, struct sys *sys,
		    struct nic *n, bool managed)
{
	struct nic_case c;
	int refused;

	ASSERT_TRUE(look(&c, sys, n));
	take_all_channels(sys, &c);
	case_close(&c);
	ASSERT_TRUE(look(&c, sys, n));
	refused = put_out_of_order(&c);
	EXPECT_EQ(managed ? c.dev.nr_rx + c.dev.nr_tx : 0, refused);
	case_close(&c);
	n->saved = values_of(n);
	ASSERT_NE(NULL, n->saved);
}

static void measure_now(struct __test_metadata *_metadata, struct sys *sys,
			struct hp_ctl *ctl, const struct nic *n,
			struct share *share, const char *what)
{
	struct nic_case c;

	ASSERT_TRUE(look(&c, sys, n));
	/* each interrupt moves when it comes next */
	ASSERT_TRUE(wait_connections(ctl, n->group, c.host.nr_cpus, 100)) {
		TH_LOG("no connection arrives: where is the client?");
	}
	case_close(&c);
	ASSERT_TRUE(look(&c, sys, n));
	ASSERT_TRUE(measure(share, ctl, n->group, &c));
	printf("#> %s %s: accept %.2f %%, irq %.2f %%, tx %.2f %%, one CPU %.2f %%\n",
	       n->name, what, 100 * share->accept, 100 * share->irq,
	       100 * share->tx, 100 * (share->all > 0 ? share->all : 0));
	fflush(stdout);
	EXPECT_LE(0.97, share->qdisc) {
		TH_LOG("the qdiscs agree to %.3f only", share->qdisc);
	}
	case_close(&c);
}

static void expect_applied(struct __test_metadata *_metadata,
			   struct sys *sys, const struct nic *n, bool managed)
{
	struct nic_case c;

	EXPECT_LT(n->before.all, n->after.all);
	EXPECT_LE(0.99, n->after.all);
	ASSERT_TRUE(look(&c, sys, n));
	EXPECT_EQ(0, c.plan.nr_ops);
	EXPECT_EQ(managed, findings_has(&c.plan.findings, "I-MANAGED"));
	case_close(&c);
	EXPECT_RUN(NIC_OK, "nic diff %", n);
	EXPECT_RUN(NIC_OK, "nic verify % --live 5", n);
	EXPECT_RUN(NIC_OK, "nic show %", n);
	printf("# %s\n", cli.out);
	EXPECT_EQ(managed, !!strstr(cli.out, "cannot be moved"));
}

TEST_F_TIMEOUT(real, one_cpu, 280)
{
	struct sys *sys = &self->sys;
	struct hp_ctl *ctl = &self->ctl;
	char line[256], *is;
	struct nic *n;

#define FOR_EACH_NIC for (n = self->nic; n < self->nic + self->nr_nics; n++)
	FOR_EACH_NIC
		disturb(_metadata, sys, n, self->managed);
	FOR_EACH_NIC
		measure_now(_metadata, sys, ctl, n, &n->before, "before");
	snprintf(line, sizeof(line), "nic apply %% --listeners module %s",
		 policy());
	FOR_EACH_NIC
		EXPECT_RUN(NIC_OK, line, n);
	FOR_EACH_NIC
		measure_now(_metadata, sys, ctl, n, &n->after, "after");
	/* that one was planned leaves the other as it was */
	FOR_EACH_NIC
		expect_applied(_metadata, sys, n, self->managed);
	FOR_EACH_NIC {
		EXPECT_RUN(NIC_OK, "nic rollback %", n);
		is = values_of(n);
		EXPECT_STREQ(n->saved, is);
		free(is);
		free(n->saved);
	}
}

TEST_HARNESS_MAIN
