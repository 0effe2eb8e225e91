// SPDX-License-Identifier: GPL-2.0
/*
 * homeport nic beside the real irqbalance, on real devices: eth0 is applied,
 * eth1 is not. selftests/nic/vm starts it.
 *
 * Whether irqbalance has looked around is seen at the interrupts of eth1: it
 * gives each one a CPU.
 *
 * moves: without a word to it, irqbalance moves what was applied
 * leaves_alone: told by apply, it moves eth1 and not eth0; it is the same process,
 *	and the files of its package are as they were
 * restarted: it forgets; watch tells it again
 * policy_script: with that it knows from the start
 * given_back: after a rollback it moves eth0 again
 */
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "cli.h"
#include "hp.h"
#include "nic/cpumask.h"
#include "nic/nic.h"

#define BALANCE	"/usr/sbin/irqbalance"
#define SCRIPT	"/tests/irqbalance-policy"

static struct hp_cli cli;

FIXTURE(balance)
{
	struct sys sys;
	pid_t pid;
};

/* SIGHUP before that would be its end. */
static bool catches_hup(pid_t pid)
{
	char path[64], line[256];
	unsigned long long caught = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, "SigCgt:", 7))
			caught = strtoull(line + 7, NULL, 16);
	if (f)
		fclose(f);
	return caught & 1ULL << (SIGHUP - 1);
}

static pid_t start(const char *option)
{
	pid_t pid;

	/* for its socket; systemd makes it */
	mkdir("/run/irqbalance", 0755);
	pid = fork();
	if (pid > 0)
		return HP_WAIT_FOR(catches_hup(pid), 5000) ? pid : -1;
	execl(BALANCE, "irqbalance", "--foreground", "--interval=1", option,
	      NULL);
	_exit(127);
}

static void stop(pid_t pid)
{
	if (pid <= 0)
		return;
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
}

static bool runs(pid_t pid)
{
	return !waitpid(pid, NULL, WNOHANG);
}

static int run(const char *words)
{
	return hp_cli(&cli, words) ? -1 : cli.status;
}

#define EXPECT_RUN(code, words) do {					\
	int ret_ = run(words);						\
									\
	EXPECT_EQ(code, ret_) {						\
		TH_LOG("\"homeport %s\": %s%s", words, cli.err, cli.out); \
	}								\
} while (0)

/* The interrupts of a device; how many. */
static int irqs_of(struct sys *sys, const char *name, int *list, int most)
{
	struct nic_host host;
	struct nic_dev dev;
	int i, n = 0;

	if (host_read(&host, sys))
		return 0;
	if (!dev_read(&dev, sys, &host, name)) {
		for (i = 0; i < (int)dev.nr_rx && n < most; i++)
			if (dev.rx[i].irq >= 0)
				list[n++] = dev.irq[dev.rx[i].irq].nr;
		dev_free(&dev);
	}
	host_free(&host);
	return n;
}

static unsigned int cpus_of(int irq)
{
	char path[64], text[256];
	struct cpumask m;

	snprintf(path, sizeof(path), "/proc/irq/%d/smp_affinity_list", irq);
	if (hp_read(path, text, sizeof(text)) ||
	    cpumask_parse_list(&m, text, CPUMASK_CPUS))
		return 0;
	return cpumask_weight(&m);
}

static bool all_on_one(const int *irq, int nr)
{
	int i;

	for (i = 0; i < nr; i++)
		if (cpus_of(irq[i]) != 1)
			return false;
	return nr;
}

/* Has it looked around since? It was told to by SIGHUP. */
static bool has_looked(struct sys *sys, pid_t pid)
{
	int irq[16], i, nr = irqs_of(sys, "eth1", irq, 16);
	char path[64];

	for (i = 0; i < nr; i++) {
		snprintf(path, sizeof(path), "/proc/irq/%d/smp_affinity_list",
			 irq[i]);
		hp_write(path, "0-3");
	}
	kill(pid, SIGHUP);
	return HP_WAIT_FOR(all_on_one(irq, nr), 5000);
}

static bool is_drifting(void)
{
	return run("nic diff eth0") == NIC_DRIFT;
}

/* It may happen to choose as we did: then once more. */
static bool moves_ours(struct sys *sys, pid_t pid)
{
	int i;

	for (i = 0; i < 5; i++)
		if (!has_looked(sys, pid) || is_drifting())
			return is_drifting();
	return false;
}

FIXTURE_SETUP(balance)
{
	if (access("/sys/class/net/eth1/queues/rx-1", F_OK))
		HP_SKIP("needs two multi-queue devices: selftests/nic/vm makes them");
	if (access(BALANCE, X_OK))
		HP_SKIP("no irqbalance here");
	ASSERT_EQ(0, system("ip link set eth0 up && ip link set eth1 up"));
	sys_open(&self->sys, NULL);
	self->pid = start(NULL);
	ASSERT_LT(0, self->pid);
	ASSERT_TRUE(has_looked(&self->sys, self->pid)) {
		TH_LOG("irqbalance does not move anything");
	}
}

FIXTURE_TEARDOWN(balance)
{
	while (run("nic rollback eth0 --force") == NIC_OK)
		;
	stop(self->pid);
}

/* The order is not what it would choose itself. */
#define ORDER	"--cpus 3,2,1,0"

TEST_F_TIMEOUT(balance, moves, 120)
{
	EXPECT_RUN(NIC_CONFLICT, "nic apply eth0 --irqbalance fail");
	EXPECT_RUN(NIC_OK, "nic apply eth0 --irqbalance ignore " ORDER);
	EXPECT_TRUE(moves_ours(&self->sys, self->pid)) {
		TH_LOG("irqbalance leaves eth0 alone by itself");
	}
}

TEST_F_TIMEOUT(balance, leaves_alone, 120)
{
	int i;

	EXPECT_RUN(NIC_OK, "nic apply eth0 " ORDER);
	for (i = 0; i < 3; i++) {
		ASSERT_TRUE(has_looked(&self->sys, self->pid));
		EXPECT_RUN(NIC_OK, "nic diff eth0");
	}
	EXPECT_TRUE(runs(self->pid));
}

TEST_F_TIMEOUT(balance, restarted, 180)
{
	struct hp_cli_run *watch = calloc(1, sizeof(*watch));
	char line[512] = "";

	EXPECT_RUN(NIC_OK, "nic apply eth0 " ORDER);
	stop(self->pid);
	self->pid = start(NULL);
	ASSERT_EQ(0, hp_cli_start(watch,
				  "nic watch --heal apply --interval 1"));
	do {
		ASSERT_TRUE(hp_cli_line(watch, line, sizeof(line), 20000)) {
			TH_LOG("nobody told irqbalance again: %s", line);
		}
	} while (!strstr(line, "told again"));
	EXPECT_EQ(0, hp_cli_stop(watch, SIGTERM));
	free(watch);
	/* it may have moved some before that */
	EXPECT_RUN(NIC_OK, "nic apply eth0 " ORDER);
	ASSERT_TRUE(has_looked(&self->sys, self->pid));
	EXPECT_RUN(NIC_OK, "nic diff eth0");
}

TEST_F_TIMEOUT(balance, policy_script, 120)
{
	EXPECT_RUN(NIC_OK, "nic apply eth0 " ORDER);
	stop(self->pid);
	/* one that nobody tells anything, and that asks from the start */
	self->pid = start("--policyscript=" SCRIPT);
	ASSERT_TRUE(has_looked(&self->sys, self->pid));
	ASSERT_TRUE(has_looked(&self->sys, self->pid));
	EXPECT_RUN(NIC_OK, "nic diff eth0");
}

TEST_F_TIMEOUT(balance, given_back, 120)
{
	EXPECT_RUN(NIC_OK, "nic apply eth0 " ORDER);
	EXPECT_RUN(NIC_OK, "nic rollback eth0");
	EXPECT_RUN(NIC_OK, "nic apply eth0 --irqbalance ignore " ORDER);
	EXPECT_TRUE(moves_ours(&self->sys, self->pid)) {
		TH_LOG("irqbalance still leaves eth0 alone");
	}
}

TEST_HARNESS_MAIN
