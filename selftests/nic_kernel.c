// SPDX-License-Identifier: GPL-2.0
/*
 * What homeport nic assumes of the kernel, asked of the kernel that runs.
 *
 * masks: 4000 random texts to rps_cpus of lo: the codec takes what the kernel
 *	takes, with the same value, and refuses the rest with the same errno
 * lists: the same with smp_affinity_list of an interrupt
 * managed: interrupts that cannot be moved
 * veth: apply and rollback on a device with real queues and no interrupts
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "cli.h"
#include "hp.h"
#include "nic/cpumask.h"
#include "nic/sys.h"
#include "random.h"

#define TEXTS	4000

static struct hp_cli cli;
/* One write(2), as it is. 0 or -errno. */
static int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY), err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		err = -errno;
	close(fd);
	return err;
}

static unsigned int possible(void)
{
	struct cpumask m;
	char text[256];
	int cpu, nr = 0;

	if (hp_read("/sys/devices/system/cpu/possible", text, sizeof(text)) ||
	    cpumask_parse_list(&m, text, CPUMASK_CPUS))
		return 0;
	cpumask_for_each(cpu, &m)
		nr = cpu + 1;
	return nr;
}

static void random_text(char *text, size_t size, const char *from)
{
	size_t i, len = 1 + hp_random(size - 2);

	for (i = 0; i < len; i++)
		text[i] = from[hp_random(strlen(from))];
	text[len] = '\0';
}

static bool same_value(const char *path, bool list, struct cpumask *want,
		       unsigned int nr)
{
	struct cpumask is;
	char text[4096];

	if (hp_read(path, text, sizeof(text)))
		return false;
	if (list ? cpumask_parse_list(&is, text, nr) :
	    cpumask_parse(&is, text, nr))
		return false;
	return cpumask_equal(&is, want);
}

TEST(masks)
{
	static const char path[] = "/sys/class/net/lo/queues/rx-0/rps_cpus";
	unsigned int nr = possible(), taken = 0;
	struct cpumask m;
	char text[24];
	int i, is, want;

	ASSERT_LT(0, nr);
	for (i = 0; i < TEXTS; i++) {
		random_text(text, i % 2 ? 5 : sizeof(text),
			    i % 3 ? "0123456789abcdefF0001,," : "01f,, \nxg-");
		want = cpumask_parse(&m, text, nr);
		is = write_text(path, text);
		ASSERT_EQ(want, is) {
			TH_LOG("\"%s\" on %u CPUs", text, nr);
		}
		if (is)
			continue;
		taken++;
		ASSERT_TRUE(same_value(path, false, &m, nr)) {
			TH_LOG("\"%s\" on %u CPUs has another value", text, nr);
		}
	}
	write_text(path, "0");
	EXPECT_LT(50, taken);
	TH_LOG("%u of %d texts are masks of %u CPUs", taken, TEXTS, nr);
}

/* An interrupt that may be moved; its number, or -1. */
static int movable_irq(void)
{
	char path[300], text[256];
	struct dirent *entry;
	DIR *dir = opendir("/proc/irq");
	int irq = -1;

	while (dir && irq < 0 && (entry = readdir(dir))) {
		if (!isdigit(entry->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/irq/%.200s/smp_affinity_list",
			 entry->d_name);
		if (!hp_read(path, text, sizeof(text)) &&
		    !write_text(path, text))
			irq = atoi(entry->d_name);
	}
	if (dir)
		closedir(dir);
	return irq;
}

TEST(lists)
{
	unsigned int nr = possible(), taken = 0;
	char path[64], text[24], before[256];
	int i, is, want, irq = movable_irq();
	struct cpumask m;

	ASSERT_LE(0, irq);
	snprintf(path, sizeof(path), "/proc/irq/%d/smp_affinity_list", irq);
	ASSERT_EQ(0, hp_read(path, before, sizeof(before)));
	for (i = 0; i < TEXTS; i++) {
		random_text(text, i % 2 ? 5 : sizeof(text),
			    i % 3 ? "0123012301--,:/" : "0123456789N,,- \n:/x");
		want = cpumask_parse_list(&m, text, nr);
		/* no CPU, or none that is online */
		if (!want && cpumask_empty(&m))
			want = -EINVAL;
		is = write_text(path, text);
		ASSERT_EQ(want, is) {
			TH_LOG("\"%s\" on %u CPUs", text, nr);
		}
		if (is)
			continue;
		taken++;
		ASSERT_TRUE(same_value(path, true, &m, nr)) {
			TH_LOG("\"%s\" on %u CPUs has another value", text, nr);
		}
	}
	write_text(path, before);
	EXPECT_LT(50, taken);
	TH_LOG("%u of %d texts are lists of %u CPUs", taken, TEXTS, nr);
}

/*
 * An interrupt of virtio-blk, whose kernel spreads them itself: what says
 * beforehand that it cannot be moved is right.
 */
TEST(managed)
{
	char path[300], text[4096];
	struct dirent *entry;
	int managed = 0, err;
	struct sys sys;
	DIR *dir;

	sys_open(&sys, NULL);
	dir = opendir("/proc/irq");
	while (dir && (entry = readdir(dir))) {
		if (!isdigit(entry->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/sys/kernel/irq/%.200s/actions",
			 entry->d_name);
		if (hp_read(path, text, sizeof(text)) || !strstr(text, "-req."))
			continue;
		snprintf(path, sizeof(path), "/proc/irq/%.200s/smp_affinity_list",
			 entry->d_name);
		ASSERT_EQ(0, hp_read(path, text, sizeof(text)));
		err = write_text(path, text);
		EXPECT_TRUE(err == -EPERM || err == -EIO) {
			TH_LOG("%s is taken: %d", path, err);
		}
		TH_LOG("%s: written %d, beforehand %d", path, err,
		       sys.ops->may_write(&sys, path));
		managed++;
	}
	if (dir)
		closedir(dir);
	if (!managed)
		HP_SKIP("needs virtio-blk with several queues");
}

static bool is_empty(const char *file)
{
	char path[128], text[4096];
	struct cpumask m;

	snprintf(path, sizeof(path), "/sys/class/net/v0/queues/%s", file);
	return !hp_read(path, text, sizeof(text)) &&
		!cpumask_parse(&m, text, CPUMASK_CPUS) && cpumask_empty(&m);
}

TEST(veth)
{
	if (!hp_cli_path())
		HP_SKIP("no homeport(8) here: HP_CLI may name it");
	if (possible() < 4)
		HP_SKIP("needs 4 CPUs");
	ASSERT_EQ(0, system("/usr/bin/ip link add v0 numrxqueues 2 numtxqueues 2 type veth peer name v1"));
	ASSERT_EQ(0, hp_cli(&cli, "nic apply v0 --cpus 0-3 --mode rps"));
	EXPECT_EQ(0, cli.status) {
		TH_LOG("%s", cli.err);
	}
	EXPECT_FALSE(is_empty("rx-0/rps_cpus"));
	EXPECT_FALSE(is_empty("tx-1/xps_cpus"));
	ASSERT_EQ(0, hp_cli(&cli, "nic diff v0"));
	EXPECT_EQ(0, cli.status) {
		TH_LOG("%s", cli.out);
	}
	ASSERT_EQ(0, hp_cli(&cli, "nic rollback v0"));
	EXPECT_EQ(0, cli.status) {
		TH_LOG("%s", cli.err);
	}
	EXPECT_TRUE(is_empty("rx-0/rps_cpus"));
	EXPECT_TRUE(is_empty("tx-1/xps_cpus"));
	EXPECT_EQ(0, system("/usr/bin/ip link del v0"));
}

TEST_HARNESS_MAIN
