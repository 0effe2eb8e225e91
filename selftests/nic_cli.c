// SPDX-License-Identifier: GPL-2.0
/*
 * homeport nic, the command, on recorded machines (--root).
 *
 * exit_codes: what makes no sense or cannot be done has its code, one sentence
 *	on stderr, nothing on stdout, and changes nothing
 * session: plan, diff, apply, verify, history and rollback, as in the manual
 * plan_files: a plan that is stale, cut, edited or of another boot
 * saved_files: the same for what "save" wrote
 * explain: the way of a flow, and why it cannot be known
 * views: show in 80 columns, for 4 and for 40 CPUs; JSON is JSON
 * persist: what it writes to /etc, and that it writes over nobody's file
 * unit: systemd has nothing to say against it
 * owners: tuned and link files that set the same are named
 * guard: what is not confirmed in time is taken back
 * watch: a change by somebody else is put right
 * irqbalance: it is told what to leave alone, and never stopped
 * doctor: what is wrong, what it costs, and what mends it
 * record: what it copies is as good as the machine
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "cli.h"
#include "fake.h"
#include "nic/nic.h"

static struct hp_cli cli;

FIXTURE(cli)
{
	struct fake f;
	char root[96];
};

static const struct fake_dev eth0 = {
	.name = "eth0", .style = STYLE_SPLIT, .queues = 4, .max = 4,
	.first_irq = 64, .node = -1,
};

FIXTURE_SETUP(cli)
{
	static const struct fake_shape shape = { .cpus = 4 };

	if (!hp_cli_path())
		SKIP(return, "no homeport(8) here: HP_CLI may name it");
	fake_open(&self->f, &shape);
	fake_add(&self->f, &eth0);
	fake_set(&self->f, "/sys/class/net/lo/ifindex", "1");
	fake_set(&self->f, "/sys/class/net/lo/queues/rx-0/rps_cpus", "0");
	snprintf(self->root, sizeof(self->root), "%s/root", self->f.dir);
	ASSERT_EQ(0, fake_save(&self->f, self->root));
}

FIXTURE_TEARDOWN(cli)
{
	if (self->f.node)
		fake_close(&self->f);
}

/* "%" in @line is the directory that stands for the machine. */
static int run(const char *root, const char *line)
{
	char words[2048];
	size_t len = 0;

	for (; *line && len < sizeof(words) - 128; line++) {
		if (*line == '%')
			len += snprintf(words + len, 128, "%s", root);
		else
			words[len++] = *line;
	}
	words[len] = '\0';
	return hp_cli(&cli, words) ? -1 : cli.status;
}

static char text_of[1 << 16];

static const char *get(const char *root, const char *path)
{
	char full[512];
	size_t len = 0;
	FILE *f;

	snprintf(full, sizeof(full), "%s%s", root, path);
	f = fopen(full, "r");
	if (f) {
		len = fread(text_of, 1, sizeof(text_of) - 1, f);
		fclose(f);
	}
	while (len && text_of[len - 1] == '\n')
		len--;
	text_of[len] = '\0';
	return f ? text_of : NULL;
}

static void put(const char *root, const char *path, const char *text)
{
	char full[512];
	FILE *f;

	snprintf(full, sizeof(full), "%s%s", root, path);
	f = fopen(full, "w");
	if (f) {
		fputs(text, f);
		fclose(f);
	}
}

#define EXPECT_RUN(code, line) do {					\
	int ret_ = run(self->root, line);				\
									\
	EXPECT_EQ(code, ret_) {						\
		TH_LOG("\"homeport %s\": %s%s", line, cli.err, cli.out);	\
	}								\
} while (0)

/* Of all files below, that something was written to. */
static unsigned long sum;

static int add_to_sum(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	FILE *f;
	int c;

	if (type != FTW_F || strstr(path, "/run/"))
		return 0;
	f = fopen(path, "r");
	while (f && (c = getc(f)) != EOF)
		sum = sum * 31 + c;
	if (f)
		fclose(f);
	return 0;
}

static unsigned long sum_of(const char *root)
{
	sum = 0;
	nftw(root, add_to_sum, 16, FTW_PHYS);
	return sum;
}

static unsigned int lines(const char *text)
{
	unsigned int n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static const struct {
	const char *line;
	int code;
	const char *word;	/* that the sentence has */
} wrong[] = {
	{ "nic nonsense", NIC_USAGE, "\"nonsense\"" },
	{ "nic show --root %", NIC_USAGE, "device is missing" },
	{ "nic show eth0 eth1 --root %", NIC_USAGE, "\"eth1\"" },
	{ "nic show eth9 --root %", NIC_NODEV, "\"eth9\"" },
	{ "nic show ../eth0 --root %", NIC_NODEV, "\"../eth0\"" },
	{ "nic show eth0eth0eth0eth0eth0 --root %", NIC_NODEV, "eth0eth0" },
	{ "nic plan eth9 --root %", NIC_NODEV, "\"eth9\"" },
	{ "nic apply eth9 --root %", NIC_NODEV, "\"eth9\"" },
	{ "nic verify eth9 --root %", NIC_NODEV, "\"eth9\"" },
	{ "nic show eth0 --root /nonexistent", NIC_DENIED, "/nonexistent" },
	{ "nic plan eth0 --cpus 0-x --root %", NIC_USAGE, "\"0-x\"" },
	{ "nic plan eth0 --cpus 9 --root %", NIC_USAGE, "cpu 9" },
	{ "nic plan eth0 --cpus", NIC_USAGE, "\"--cpus\"" },
	{ "nic plan eth0 --mode fast --root %", NIC_USAGE, "\"fast\"" },
	{ "nic plan eth0 --numa far --root %", NIC_USAGE, "\"far\"" },
	{ "nic plan eth0 --channels 0 --root %", NIC_USAGE, "\"0\"" },
	{ "nic plan eth0 --rfs -1 --root %", NIC_USAGE, "\"-1\"" },
	{ "nic plan eth0 --reserve 0-3 --root %", NIC_USAGE, "is reserved" },
	{ "nic plan eth0 --nonsense --root %", NIC_USAGE, "\"--nonsense\"" },
	{ "nic plan eth0 --listeners pid:0 --root %", NIC_USAGE, "\"pid:0\"" },
	{ "nic plan eth0 --listeners pid:77 --root %", NIC_USAGE, "77" },
	{ "nic plan eth0 --listeners unit:nginx --root %", NIC_USAGE, "nginx" },
	{ "nic plan eth0 --listeners module --root %", NIC_USAGE, "module" },
	{ "nic show eth0 --yes --root %", NIC_USAGE, "\"--yes\"" },
	{ "nic apply --root %", NIC_USAGE, "device is wanted" },
	{ "nic apply eth0 --confirm 0 --root %", NIC_USAGE, "\"0\"" },
	{ "nic apply eth0 --confirm 100000 --root %", NIC_USAGE, "100000" },
	{ "nic apply eth0 --emit perl --root %", NIC_USAGE, "\"perl\"" },
	{ "nic apply eth0 --stored --root %", NIC_USAGE, "nic persist eth0" },
	{ "nic apply eth0 --channels 2 --root %", NIC_USAGE, "--confirm" },
	{ "nic apply %/none.json --root %", NIC_USAGE, "none.json" },
	{ "nic diff %/none.json --root %", NIC_USAGE, "none.json" },
	{ "nic restore %/none.json --root %", NIC_USAGE, "none.json" },
	{ "nic restore --root %", NIC_USAGE, "missing" },
	{ "nic rollback --root %", NIC_DRIFT, "nothing to take back" },
	{ "nic rollback --to none --root %", NIC_USAGE, "\"none\"" },
	{ "nic rollback --to ../../x --root %", NIC_USAGE, "../../x" },
	{ "nic confirm --root %", NIC_DRIFT, "nothing waits" },
	{ "nic explain eth0 --root %", NIC_USAGE, "--flow" },
	{ "nic explain eth0 --flow 1.2.3.4 --root %", NIC_USAGE, "1.2.3.4" },
	{ "nic explain eth0 --flow 1.2.3.4:5,1.2.3.4:6 --root %", NIC_DEGRADED,
	  "does not show" },
	{ "nic save eth0 -o /nonexistent/x --root %", NIC_DENIED,
	  "/nonexistent/x" },
	{ "nic plan eth0 -o /nonexistent/x --root %", NIC_DENIED,
	  "/nonexistent/x" },
	{ "nic record --root %", NIC_USAGE, "-o" },
	{ "nic record -o /nonexistent/x --root %", NIC_DENIED,
	  "/nonexistent/x" },
	{ "nic persist lo --root %", NIC_USAGE, "no hardware" },
	{ "nic persist eth0 --remove --root %", NIC_USAGE, "eth0" },
	{ "nic watch --heal some --root %", NIC_USAGE, "\"some\"" },
	{ "nic list eth0 --root %", NIC_USAGE, "\"eth0\"" },
};

TEST_F_TIMEOUT(cli, exit_codes, 60)
{
	unsigned long before = sum_of(self->root);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		EXPECT_RUN(wrong[i].code, wrong[i].line);
		EXPECT_TRUE(!!strstr(cli.err, wrong[i].word)) {
			TH_LOG("\"homeport %s\" says: %s", wrong[i].line,
			       cli.err);
		}
		EXPECT_STREQ("", cli.out);
		EXPECT_EQ(1, lines(cli.err)) {
			TH_LOG("\"homeport %s\" says: %s", wrong[i].line,
			       cli.err);
		}
	}
	EXPECT_EQ(before, sum_of(self->root));
}

/* A file that the kernel does not let anybody write to, and a full disk. */
TEST_F(cli, denied)
{
	char path[256], run_path[256];

	snprintf(path, sizeof(path), "%s/sys/class/net/eth0/queues/tx-2/xps_cpus",
		 self->root);
	put(self->root, "/run", "no directory");
	EXPECT_RUN(NIC_DENIED, "nic apply eth0 --root %");
	EXPECT_STREQ("0-3", get(self->root, "/proc/irq/64/smp_affinity_list"));
	snprintf(run_path, sizeof(run_path), "%s/run", self->root);
	ASSERT_EQ(0, unlink(run_path));
	ASSERT_EQ(0, chmod(path, 0444));
	EXPECT_RUN(NIC_DENIED, "nic apply eth0 --root %");
	EXPECT_TRUE(!!strstr(cli.err, "tx-2/xps_cpus"));
	EXPECT_STREQ("0-3", get(self->root, "/proc/irq/64/smp_affinity_list"));
}

TEST_F(cli, locked)
{
	char path[256];
	int fd;

	EXPECT_RUN(NIC_DRIFT, "nic rollback --root %");
	snprintf(path, sizeof(path), "%s/run/homeport/nic/lock", self->root);
	fd = open(path, O_RDWR);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, flock(fd, LOCK_EX));
	EXPECT_RUN(NIC_CONFLICT, "nic apply eth0 --root %");
	EXPECT_RUN(NIC_CONFLICT, "nic rollback --root %");
	EXPECT_RUN(NIC_DRIFT, "nic diff eth0 --root %");
	close(fd);
}

TEST_F(cli, session)
{
	unsigned long before = sum_of(self->root);

	EXPECT_RUN(NIC_OK, "nic --root %");
	EXPECT_TRUE(!!strstr(cli.out, "eth0"));
	EXPECT_RUN(NIC_OK, "nic plan eth0 --root %");
	EXPECT_RUN(NIC_DRIFT, "nic diff eth0 --root %");
	EXPECT_RUN(NIC_DRIFT, "nic verify eth0 --root %");
	EXPECT_RUN(NIC_OK, "nic apply eth0 --dry-run --root %");
	EXPECT_EQ(before, sum_of(self->root));
	EXPECT_RUN(NIC_OK, "nic apply eth0 --root %");
	EXPECT_STREQ("3", get(self->root, "/proc/irq/71/smp_affinity_list"));
	EXPECT_STREQ("4", get(self->root,
			      "/sys/class/net/eth0/queues/tx-2/xps_cpus"));
	EXPECT_RUN(NIC_OK, "nic diff eth0 --root %");
	EXPECT_STREQ("", cli.out);
	EXPECT_RUN(NIC_OK, "nic verify eth0 --root %");
	EXPECT_TRUE(!!strstr(cli.out, "100.0 % local"));
	EXPECT_RUN(NIC_OK, "nic history --root %");
	EXPECT_TRUE(!!strstr(cli.out, "applied"));
	EXPECT_RUN(NIC_OK, "nic apply eth0 --root %");
	EXPECT_TRUE(!!strstr(cli.out, "nothing to change"));
	EXPECT_RUN(NIC_OK, "nic rollback eth0 --root %");
	EXPECT_RUN(NIC_OK, "nic history --root %");
	EXPECT_TRUE(!!strstr(cli.out, "undone"));
	EXPECT_STREQ("0-3", get(self->root, "/proc/irq/71/smp_affinity_list"));
}

#define KEY	"\"key\":[109,90,86,218,37,91,14,194,65,103,37,61,67,163,143," \
		"176,208,202,43,203,174,123,48,180,119,203,45,163,128,48," \
		"242,12,106,66,183,59,190,172,1,250]"
#define NO_KEY	"\"key\":[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]"
#define TABLE	"\"table\":[0,1,2,3,0,1,2,3,3,2,1,0,3,2,1,0]"

/* Microsoft's own example of the hash: 0x51ccc178. */
static const struct {
	const char *rss;
	const char *says;
} hashes[] = {
	{ "{" TABLE "," KEY ",\"hfunc\":1}", NULL },
	{ "{\"error\":95}",
	  "homeport: eth0 does not show its RSS table: the queue of a flow cannot be known\n" },
	{ "{\"error\":1}",
	  "homeport: eth0 shows its RSS table to root alone: the queue of a flow cannot be known\n" },
	{ "{" TABLE ",\"hfunc\":1}",
	  "homeport: eth0 hides its hash key: the queue of a flow cannot be known\n" },
	{ "{" TABLE "," NO_KEY ",\"hfunc\":1}",
	  "homeport: eth0 hides its hash key: the queue of a flow cannot be known\n" },
	{ "{" TABLE "," KEY ",\"hfunc\":2}",
	  "homeport: eth0 does not hash by Toeplitz: the queue of a flow cannot be known\n" },
	{ "{" TABLE ",\"key\":[1,2,3],\"hfunc\":1}",
	  "homeport: eth0 has a hash key that is too short for this flow: the queue of a flow cannot be known\n" },
	{ "{\"table\":[9,9,9,9],\"hfunc\":1," KEY "}",
	  "homeport: eth0 has a queue in its RSS table that it has not: the queue of a flow cannot be known\n" },
};

TEST_F(cli, explain)
{
	static const char line[] =
		"nic explain eth0 --flow 66.9.149.187:2794,161.142.100.80:1766 --root %";
	char path[256], text[1024];
	size_t i;

	snprintf(path, sizeof(path), "%s/netlink", self->root);
	mkdir(path, 0755);
	for (i = 0; i < ARRAY_SIZE(hashes); i++) {
		snprintf(text, sizeof(text), "{\"rss\":%s}", hashes[i].rss);
		put(self->root, "/netlink/eth0.json", text);
		if (hashes[i].says) {
			EXPECT_RUN(NIC_DEGRADED, line);
			EXPECT_STREQ(hashes[i].says, cli.err);
			EXPECT_STREQ("", cli.out);
			continue;
		}
		EXPECT_RUN(NIC_OK, "nic apply eth0 --root %");
		EXPECT_RUN(NIC_OK, line);
		EXPECT_STREQ("hash       0x51ccc178\nRSS slot   8\n"
			     "queue      3\ninterrupt  70\nits CPU    3\n"
			     "CPU        3\nlistener   on that CPU\n"
			     "sends on   3\n", cli.out);
	}
}

/* The policy of the last apply is the one that is verified against. */
TEST_F(cli, remembered)
{
	EXPECT_RUN(NIC_OK, "nic apply eth0 --cpus 3,2,1,0 --root %");
	EXPECT_STREQ("3", get(self->root, "/proc/irq/64/smp_affinity_list"));
	EXPECT_RUN(NIC_OK, "nic verify eth0 --root %");
	EXPECT_RUN(NIC_OK, "nic diff eth0 --root %");
	EXPECT_RUN(NIC_OK, "nic rollback --root %");
	EXPECT_RUN(NIC_DRIFT, "nic verify eth0 --root %");
}

TEST_F(cli, foreign)
{
	EXPECT_RUN(NIC_OK, "nic apply eth0 --root %");
	/* a file that is none of ours is passed over */
	put(self->root, "/run/homeport/nic/x.json", "{}");
	put(self->root, "/run/homeport/nic/.json", "{}");
	EXPECT_RUN(NIC_OK, "nic history --root %");
	put(self->root, "/proc/irq/71/smp_affinity_list", "1-2\n");
	EXPECT_RUN(NIC_DRIFT, "nic verify eth0 --root %");
	EXPECT_RUN(NIC_CONFLICT, "nic rollback --root %");
	EXPECT_TRUE(!!strstr(cli.err, "/proc/irq/71/"));
	EXPECT_STREQ("1-2", get(self->root, "/proc/irq/71/smp_affinity_list"));
	EXPECT_STREQ("0", get(self->root, "/proc/irq/64/smp_affinity_list"));
	EXPECT_RUN(NIC_OK, "nic rollback --force --root %");
	EXPECT_STREQ("0-3", get(self->root, "/proc/irq/71/smp_affinity_list"));
}

/* Each text in the file that @old is replaced by @new. */
static void edit(const char *root, const char *path, const char *old,
		 const char *new)
{
	const char *text = get(root, path);
	char *copy = strdup(text ? text : ""), *at = strstr(copy, old), *all;

	if (at && asprintf(&all, "%.*s%s%s", (int)(at - copy), copy, new,
			   at + strlen(old)) > 0) {
		put(root, path, all);
		free(all);
	}
	free(copy);
}

TEST_F(cli, plan_files)
{
	unsigned long before;
	char path[256], *whole;
	struct stat st;

	EXPECT_RUN(NIC_OK, "nic plan eth0 -o %/p.json --root %");
	EXPECT_RUN(NIC_DRIFT, "nic diff %/p.json --root %");
	snprintf(path, sizeof(path), "%s/p.json", self->root);
	before = sum_of(self->root);
	EXPECT_RUN(NIC_USAGE, "nic apply %/p.json --mode rps --root %");
	/* somebody else was faster */
	put(self->root, "/proc/irq/64/smp_affinity_list", "2\n");
	EXPECT_RUN(NIC_CONFLICT, "nic apply %/p.json --root %");
	EXPECT_TRUE(!!strstr(cli.err, "stale"));
	EXPECT_STREQ("0-3", get(self->root, "/proc/irq/71/smp_affinity_list"));
	put(self->root, "/proc/irq/64/smp_affinity_list", "0-3\n");
	EXPECT_EQ(before, sum_of(self->root));
	put(self->root, "/proc/sys/kernel/random/boot_id", "boot-2\n");
	EXPECT_RUN(NIC_CONFLICT, "nic apply %/p.json --root %");
	put(self->root, "/proc/sys/kernel/random/boot_id", "boot-1\n");
	whole = strdup(get(self->root, "/p.json"));
	edit(self->root, "/p.json", "\"new\": \"3\"", "\"new\": \"1\"");
	EXPECT_RUN(NIC_USAGE, "nic apply %/p.json --root %");
	EXPECT_TRUE(!!strstr(cli.err, "changed after"));
	put(self->root, "/p.json", whole);
	free(whole);
	EXPECT_RUN(NIC_OK, "nic apply %/p.json --root %");
	EXPECT_STREQ("3", get(self->root, "/proc/irq/71/smp_affinity_list"));
	EXPECT_RUN(NIC_OK, "nic apply %/p.json --root %");
	ASSERT_EQ(0, stat(path, &st));
	ASSERT_EQ(0, truncate(path, st.st_size / 2));
	EXPECT_RUN(NIC_USAGE, "nic apply %/p.json --root %");
	put(self->root, "/p.json", "");
	EXPECT_RUN(NIC_USAGE, "nic apply %/p.json --root %");
	put(self->root, "/p.json", "[]");
	EXPECT_RUN(NIC_USAGE, "nic apply %/p.json --root %");
	EXPECT_RUN(NIC_USAGE, "nic apply %/ --root %");
}

TEST_F(cli, saved_files)
{
	EXPECT_RUN(NIC_OK, "nic save eth0 -o %/s.json --root %");
	EXPECT_RUN(NIC_OK, "nic apply eth0 --root %");
	edit(self->root, "/s.json", "\"old\": \"0-3\"", "\"old\": \"0-2\"");
	EXPECT_RUN(NIC_USAGE, "nic restore %/s.json --root %");
	EXPECT_TRUE(!!strstr(cli.err, "edited"));
	edit(self->root, "/s.json", "\"old\": \"0-2\"", "\"old\": \"0-3\"");
	put(self->root, "/proc/sys/kernel/random/boot_id", "boot-2\n");
	EXPECT_RUN(NIC_CONFLICT, "nic restore %/s.json --root %");
	EXPECT_STREQ("3", get(self->root, "/proc/irq/71/smp_affinity_list"));
	EXPECT_RUN(NIC_OK, "nic restore %/s.json --force --root %");
	EXPECT_STREQ("0-3", get(self->root, "/proc/irq/71/smp_affinity_list"));
	EXPECT_STREQ("0", get(self->root,
			      "/sys/class/net/eth0/queues/tx-2/xps_cpus"));
}

static size_t widest(const char *text)
{
	size_t len, most = 0;

	for (; *text; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		if (len > most)
			most = len;
	}
	return most;
}

TEST_F(cli, views)
{
	static const struct {
		unsigned int cpus, queues;
	} sizes[] = { { 1, 1 }, { 4, 4 }, { 12, 8 }, { 18, 8 }, { 32, 16 },
		      { 40, 40 }, { 128, 63 } };
	static const char *const commands[] = {
		"nic show eth0 --ascii --root %", "nic plan eth0 --root %",
		"nic --root %", "nic diff eth0 --root %",
		"nic verify eth0 --root %",
	};
	static const char *const json[] = {
		"-j nic show eth0 --root %", "-j nic plan eth0 --root %",
		"-j nic --root %", "-j nic diff eth0 --root %",
		"-j nic verify eth0 --root %", "-j nic save eth0 --root %",
		"-j nic history --root %",
	};
	size_t i, k;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct fake_shape shape = { .cpus = sizes[i].cpus };
		struct fake_dev dev = eth0;
		struct fake f;
		char root[96];

		dev.queues = sizes[i].queues;
		dev.max = dev.queues;
		fake_open(&f, &shape);
		fake_add(&f, &dev);
		snprintf(root, sizeof(root), "%s/root", f.dir);
		ASSERT_EQ(0, fake_save(&f, root));
		for (k = 0; k < ARRAY_SIZE(commands); k++) {
			run(root, commands[k]);
			EXPECT_GE(80, widest(cli.out)) {
				TH_LOG("%u CPUs: homeport %s\n%s",
				       sizes[i].cpus, commands[k], cli.out);
			}
		}
		for (k = 0; k < ARRAY_SIZE(json); k++) {
			run(root, json[k]);
			/* longer than what the test has room for */
			if (strlen(cli.out) == sizeof(cli.out) - 1)
				continue;
			EXPECT_TRUE(hp_json_valid(cli.out)) {
				TH_LOG("%u CPUs: homeport %s", sizes[i].cpus,
				       json[k]);
			}
		}
		fake_close(&f);
	}
}

TEST_F(cli, matrix)
{
	EXPECT_RUN(NIC_OK, "nic apply eth0 --root %");
	put(self->root, "/proc/irq/68/smp_affinity_list", "3\n");
	put(self->root, "/proc/irq/68/effective_affinity_list", "3\n");
	EXPECT_RUN(NIC_OK, "nic show eth0 --ascii --root %");
	EXPECT_TRUE(!!strstr(cli.out, " q0 irq 64       #   .   .   .  ok\n"));
	EXPECT_TRUE(!!strstr(cli.out, " q2 irq 68       .   .   x   i  E-IRQ\n"));
	EXPECT_TRUE(!!strstr(cli.out, "locality 75.0 %"));
}

TEST_F(cli, persist)
{
	static const char conf[] = "/etc/homeport/nic.d/eth0.conf";
	static const char rule[] = "/etc/udev/rules.d/80-homeport-nic-eth0.rules";
	static const char unit[] = "/etc/systemd/system/homeport-nic@.service";
	char other[256];

	EXPECT_RUN(NIC_OK, "nic persist eth0 --cpus 1,3 --mode rps --root %");
	ASSERT_NE(NULL, get(self->root, conf));
	EXPECT_TRUE(!!strstr(text_of, "mac 52:54:00:00:00:01\n"));
	EXPECT_TRUE(!!strstr(text_of, "cpus 1,3\n"));
	EXPECT_TRUE(!!strstr(text_of, "mode rps\n"));
	ASSERT_NE(NULL, get(self->root, rule));
	EXPECT_TRUE(!!strstr(text_of, "ATTR{address}==\"52:54:00:00:00:01\""));
	EXPECT_TRUE(!!strstr(text_of, "DRIVERS==\"fake\""));
	ASSERT_NE(NULL, get(self->root, unit));
	EXPECT_RUN(NIC_OK, "nic apply eth0 --stored --root %");
	EXPECT_STREQ("1", get(self->root, "/proc/irq/64/smp_affinity_list"));
	put(self->root, conf, "# homeport nic persist\nmac 52:54:00:00:00:01\nmode fast\n");
	EXPECT_RUN(NIC_USAGE, "nic apply eth0 --stored --root %");
	EXPECT_TRUE(!!strstr(cli.err, "\"fast\""));
	put(self->root, conf, "# homeport nic persist\nmac 52:54:00:00:00:01\n");
	put(self->root, "/etc/homeport/nic.d/other.conf",
	    "mac 52:54:00:00:00:01\nmode rps\n");
	EXPECT_RUN(NIC_CONFLICT, "nic apply eth0 --stored --root %");
	EXPECT_TRUE(!!strstr(cli.err, "eth0.conf") &&
		    !!strstr(cli.err, "other.conf")) {
		TH_LOG("%s", cli.err);
	}
	put(self->root, "/etc/homeport/nic.d/other.conf", "");
	put(self->root, "/etc/homeport/nic.d/old.conf~", "mode fast\n");
	EXPECT_RUN(NIC_OK, "nic apply eth0 --stored --root %");
	snprintf(other, sizeof(other), "%s/etc/homeport/nic.d/other.conf",
		 self->root);
	unlink(other);
	put(self->root, conf, "mac 52:54:00:00:00:01\n");
	EXPECT_RUN(NIC_CONFLICT, "nic persist eth0 --root %");
	EXPECT_RUN(NIC_CONFLICT, "nic persist eth0 --remove --root %");
	put(self->root, conf, "# homeport nic persist\n");
	EXPECT_RUN(NIC_OK, "nic persist eth0 --remove --root %");
	EXPECT_EQ(NULL, get(self->root, conf));
	EXPECT_EQ(NULL, get(self->root, rule));
	EXPECT_EQ(NULL, get(self->root, unit));
}

/* What systemd has to say of a unit; empty: nothing. */
static const char *verify_unit(const char *root, const char *instance)
{
	static char said[4096];
	char line[1024];
	size_t len = 0;
	FILE *f;

	snprintf(line, sizeof(line),
		 "%s verify --man=no %s/etc/systemd/system/%s 2>&1",
		 getenv("SYSTEMD_ANALYZE"), root, instance);
	f = popen(line, "r");
	if (f)
		len = fread(said, 1, sizeof(said) - 1, f);
	said[len] = '\0';
	return f && !pclose(f) ? said : "it could not be asked";
}

TEST_F(cli, unit)
{
	static const char path[] = "/etc/systemd/system/homeport-nic@.service";
	const char *said;

	if (!getenv("SYSTEMD_ANALYZE"))
		HP_SKIP("SYSTEMD_ANALYZE names no systemd-analyze: selftests/nic/check finds one");
	EXPECT_RUN(NIC_OK, "nic persist eth0 --root %");
	said = verify_unit(self->root, "homeport-nic@eth0.service");
	EXPECT_STREQ("", said);
	/* it would say something */
	edit(self->root, path, "Type=oneshot", "Type=oneshoot");
	said = verify_unit(self->root, "homeport-nic@eth0.service");
	EXPECT_TRUE(!!strstr(said, "oneshoot")) {
		TH_LOG("%s", said);
	}
}

/* Directories of @path, and the file. */
static void put_deep(const char *root, const char *path, const char *text)
{
	char line[600];

	snprintf(line, sizeof(line), "mkdir -p %s%.*s", root,
		 (int)(strrchr(path, '/') - path), path);
	if (!system(line))
		put(root, path, text);
}

/* Whoever else sets the queues is named; files of theirs are not touched. */
TEST_F(cli, owners)
{
	static const char link[] = "/etc/systemd/network/10-eth0.link";
	unsigned long before;
	char etc[128];

	snprintf(etc, sizeof(etc), "%s/etc", self->root);
	EXPECT_RUN(NIC_OK, "nic show eth0 --root %");
	EXPECT_EQ(NULL, strstr(cli.out, "W-OWNER"));
	put_deep(self->root, link,
		 "[Match]\nDriver=fake\n[Link]\n ReceivePacketSteeringCPUMask = 0-3\n"
		 "#RxChannels=2\nName=eth0\n");
	/* no one has taken that file for the device */
	EXPECT_RUN(NIC_OK, "nic show eth0 --root %");
	EXPECT_EQ(NULL, strstr(cli.out, "W-OWNER"));
	put_deep(self->root, "/run/udev/data/n2",
		 "E:ID_BUS=pci\nE:ID_NET_LINK_FILE=/etc/systemd/network/10-eth0.link\n");
	put_deep(self->root, "/run/tuned/tuned.pid", "78\n");
	put_deep(self->root, "/etc/tuned/active_profile", "mine\n");
	put_deep(self->root, "/etc/tuned/mine/tuned.conf",
		 "[main]\ninclude=latency\n[sysctl]\nvm.swappiness=1\n");
	put_deep(self->root, "/usr/lib/tuned/latency/tuned.conf",
		 "[main]\ninclude=mine\n[scheduler]\nisolated_cores=2-3\n[irq]\nlist=64\n");
	EXPECT_RUN(NIC_OK, "nic show eth0 --root %");
	EXPECT_TRUE(!!strstr(cli.out, "10-eth0.link has") &&
		    !!strstr(cli.out, "ReceivePacketSteeringCPUMask"));
	EXPECT_EQ(NULL, strstr(cli.out, "RxChannels"));
	/* it does not run */
	EXPECT_EQ(NULL, strstr(cli.out, "tuned"));
	put_deep(self->root, "/proc/78/comm", "tuned\n");
	EXPECT_RUN(NIC_OK, "nic show eth0 --root %");
	EXPECT_TRUE(!!strstr(cli.out, "isolated_cores") &&
		    !!strstr(cli.out, "[irq] list")) {
		TH_LOG("%s", cli.out);
	}
	before = sum_of(etc);
	EXPECT_RUN(NIC_OK, "nic apply eth0 --root %");
	EXPECT_RUN(NIC_OK, "nic verify eth0 --root %");
	EXPECT_RUN(NIC_OK, "nic rollback --root %");
	EXPECT_EQ(before, sum_of(etc));
}

static bool comes_true(const char *root, const char *path, const char *value,
		       unsigned int ms)
{
	const char *is;

	for (; ms >= 50; ms -= 50) {
		is = get(root, path);
		if (is && !strcmp(is, value))
			return true;
		usleep(50000);
	}
	return false;
}

TEST_F(cli, guard)
{
	static const char irq[] = "/proc/irq/71/smp_affinity_list";
	int i, code = -1;

	EXPECT_RUN(NIC_OK, "nic apply eth0 --confirm 1 --root %");
	EXPECT_STREQ("3", get(self->root, irq));
	EXPECT_RUN(NIC_CONFLICT, "nic apply eth0 --cpus 0 --root %");
	EXPECT_TRUE(comes_true(self->root, irq, "0-3", 10000)) {
		TH_LOG("what was not confirmed stays");
	}
	/* until the guard is done */
	for (i = 0; i < 50; i++) {
		code = run(self->root, "nic apply eth0 --confirm 2 --root %");
		if (code != NIC_CONFLICT)
			break;
		usleep(50000);
	}
	EXPECT_EQ(NIC_OK, code);
	EXPECT_RUN(NIC_OK, "nic history --root %");
	EXPECT_TRUE(!!strstr(cli.out, "undone"));
	EXPECT_RUN(NIC_OK, "nic confirm --root %");
	EXPECT_FALSE(comes_true(self->root, irq, "0-3", 3000)) {
		TH_LOG("what was confirmed is taken back");
	}
}

TEST_F(cli, watch)
{
	static const char irq[] = "/proc/irq/71/smp_affinity_list";
	struct hp_cli_run *w = calloc(1, sizeof(*w));
	char line[512];

	EXPECT_RUN(NIC_OK, "nic apply eth0 --root %");
	snprintf(line, sizeof(line),
		 "-j nic watch --heal apply --interval 1 --root %s", self->root);
	ASSERT_EQ(0, hp_cli_start(w, line));
	put(self->root, irq, "1\n");
	EXPECT_TRUE(comes_true(self->root, irq, "3", 10000)) {
		TH_LOG("what somebody changed stays");
	}
	ASSERT_TRUE(hp_cli_line(w, line, sizeof(line), 5000));
	EXPECT_TRUE(hp_json_valid(line) && strstr(line, "\"drift\"")) {
		TH_LOG("%s", line);
	}
	ASSERT_TRUE(hp_cli_line(w, line, sizeof(line), 5000));
	EXPECT_TRUE(hp_json_valid(line) && strstr(line, "\"healed\"")) {
		TH_LOG("%s", line);
	}
	EXPECT_EQ(0, hp_cli_stop(w, SIGTERM));
	free(w);
}

/* As irqbalance: one command for each connection; it says what it was told. */
static void serve_balance(int fd, int told)
{
	static const char setup[] =
		"SLEEP 10 IRQ 5 LOAD 0 DIFF 0 CLASS 5 BANNED 00000000";
	char command[16384];
	ssize_t len;
	int conn;

	for (;;) {
		conn = accept(fd, NULL, NULL);
		len = recv(conn, command, sizeof(command) - 1, 0);
		command[len > 0 ? len : 0] = '\0';
		if (!strcmp(command, "setup"))
			send(conn, setup, strlen(setup), 0);
		else
			dprintf(told, "%s\n", command);
		close(conn);
	}
}

static pid_t start_balance(const char *root)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	char path[256];
	int fd, told;
	pid_t pid;

	snprintf(path, sizeof(path), "mkdir -p %s/run/irqbalance %s/proc/77",
		 root, root);
	if (system(path))
		return -1;
	put(root, "/proc/77/comm", "irqbalance\n");
	snprintf(path, sizeof(path), "%s/told", root);
	told = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	snprintf(addr.sun_path, sizeof(addr.sun_path),
		 "%.60s/run/irqbalance/irqbalance77.sock", root);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (told < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) ||
	    listen(fd, 5))
		return -1;
	pid = fork();
	if (!pid)
		serve_balance(fd, told);
	close(fd);
	close(told);
	return pid;
}

/* It is told what to leave alone, besides what it does already. */
TEST_F(cli, irqbalance)
{
	pid_t pid = start_balance(self->root);

	ASSERT_LT(0, pid);
	EXPECT_RUN(NIC_CONFLICT, "nic apply eth0 --irqbalance fail --root %");
	EXPECT_STREQ("0-3", get(self->root, "/proc/irq/71/smp_affinity_list"));
	EXPECT_RUN(NIC_OK, "nic apply eth0 --irqbalance ignore --root %");
	EXPECT_STREQ("", get(self->root, "/told"));
	EXPECT_RUN(NIC_OK, "nic rollback --root %");
	EXPECT_RUN(NIC_OK, "nic apply eth0 --root %");
	EXPECT_TRUE(comes_true(self->root, "/told",
			       "settings ban irqs 5 64 65 66 67 68 69 70 71",
			       3000)) {
		TH_LOG("it was told: %s", get(self->root, "/told"));
	}
	EXPECT_STREQ("64\n65\n66\n67\n68\n69\n70\n71",
		     get(self->root, "/run/homeport/nic/banned"));
	/* what was banned by others stays so */
	EXPECT_RUN(NIC_OK, "nic rollback --root %");
	EXPECT_TRUE(comes_true(self->root, "/told",
			       "settings ban irqs 5 64 65 66 67 68 69 70 71\n"
			       "settings ban irqs 5", 3000)) {
		TH_LOG("it was told: %s", get(self->root, "/told"));
	}
	EXPECT_STREQ("", get(self->root, "/run/homeport/nic/banned"));
	EXPECT_RUN(NIC_OK, "nic apply eth0 --root %");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	/* one that is gone, though its socket is there */
	EXPECT_RUN(NIC_OK, "nic rollback --root %");
	EXPECT_RUN(NIC_DEGRADED, "nic apply eth0 --root %");
	EXPECT_TRUE(!!strstr(cli.err, "irqbalance"));
	EXPECT_STREQ("3", get(self->root, "/proc/irq/71/smp_affinity_list"));
}

/* The one command that it names mends the device. */
TEST_F(cli, doctor)
{
	EXPECT_RUN(2, "doctor --root %");
	EXPECT_TRUE(!!strstr(cli.out, "WRONG  module"));
	EXPECT_TRUE(!!strstr(cli.out, "WRONG  eth0"));
	EXPECT_TRUE(!!strstr(cli.out, "costs 100 % of locality"));
	EXPECT_TRUE(!!strstr(cli.out, "homeport nic apply eth0"));
	EXPECT_RUN(NIC_OK, "nic apply eth0 --root %");
	EXPECT_RUN(2, "doctor --root %");
	EXPECT_TRUE(!!strstr(cli.out, "ok     eth0"));
	EXPECT_RUN(2, "-j doctor --root %");
	EXPECT_TRUE(hp_json_valid(cli.out));
	EXPECT_RUN(1, "doctor --nonsense");
	EXPECT_TRUE(!!strstr(cli.err, "\"--nonsense\""));
	EXPECT_RUN(1, "doctor eth0");
}

TEST_F(cli, record)
{
	char command[512], *first;

	EXPECT_RUN(NIC_OK, "nic record -o %/r.tar --root %");
	EXPECT_RUN(NIC_OK, "-j nic show eth0 --root %");
	first = strdup(cli.out);
	snprintf(command, sizeof(command),
		 "mkdir %s/again && tar xf %s/r.tar -C %s/again", self->root,
		 self->root, self->root);
	ASSERT_EQ(0, system(command));
	EXPECT_RUN(NIC_OK, "-j nic show eth0 --root %/again");
	EXPECT_STREQ(first, cli.out);
	free(first);
}

TEST_HARNESS_MAIN
