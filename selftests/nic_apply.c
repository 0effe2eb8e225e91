// SPDX-License-Identifier: GPL-2.0
/*
 * apply and rollback of homeport nic, on a made-up kernel that fails on demand.
 *
 * every_write: each write fails, with each error: all is as before
 * every_write_channels: the same where the number of channels changes
 * undo_fails: taking back fails too: what is left is listed, and nothing else
 * not_kept: the kernel says yes and does no: all is as before
 * busy_once: what is busy is tried again
 * rollback: all is as before; somebody else's change is not overwritten
 * interrupted: an apply that ended anywhere can be rolled back
 * hotplug: what watch heals is part of the same state
 * full_cpu: where a CPU has no vector left, it is planned for once more
 * refused: what cannot be is refused before anything is written
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "bench.h"
#include "nic/apply.h"

struct setting {
	struct fake_shape shape;
	struct fake_dev dev;
	struct policy policy;
	const char *cpus;
};

/* Every class of operation has something to do. */
static const struct setting plain = {
	{ .cpus = 8 },
	{ .name = "eth0", .style = STYLE_SPLIT, .queues = 4, .max = 8,
	  .rss = 16, .first_irq = 64, .node = -1, .ntuple = true },
	{ .channels = CHANNELS_KEEP, .rss_equal = true, .ntuple_off = true,
	  .rfs = 1000 },
	"0-3",
};

static const struct setting channels = {
	{ .cpus = 8 },
	{ .name = "eth0", .style = STYLE_SPLIT, .queues = 8, .max = 8,
	  .rss = 16, .first_irq = 64, .node = -1, .ntuple = true },
	{ .channels = CHANNELS_AUTO, .ntuple_off = true },
	"0-3",
};

static const int errors[] = {
	EPERM, EIO, EINVAL, EOVERFLOW, ERANGE, ENOSPC, ENOMEM, ENOENT, EROFS,
	EACCES, EBUSY, EAGAIN, ENODEV, EOPNOTSUPP,
};

static void set_up(struct fake *f, const struct setting *s)
{
	unsigned int i;

	fake_open(f, &s->shape);
	fake_add(f, &s->dev);
	for (i = 0; i < s->dev.rss; i++)
		f->dev[0].slot[i] = i % 3;
	fake_set(f, "/sys/class/net/eth0/upper_bond0", "");
	fake_set(f, "/sys/class/net/bond0/queues/rx-0/rps_cpus", "0f");
	fake_set(f, "/sys/class/net/eth0/queues/rx-1/rps_cpus", "f0");
	fake_set(f, "/sys/class/net/eth0/queues/rx-2/rps_flow_cnt", "512");
	fake_set(f, "/sys/class/net/eth0/queues/tx-1/xps_cpus", "ff");
	fake_set(f, "/sys/class/net/eth0/queues/tx-1/xps_rxqs", "2");
	fake_set(f, "/sys/class/net/eth0/queues/tx-3/xps_cpus", "81");
	fake_set(f, "/proc/irq/66/smp_affinity_list", "2,5");
}

struct outcome {
	int code;
	unsigned int writes;
	unsigned int left;
	unsigned int differ;	/* values that are not as before */
	char why[512];
};

/* How many values are not as they were; those that are gone too. */
static unsigned int differ(const struct values *was, const struct values *is)
{
	struct values diff;
	unsigned int n;

	values_diff(&diff, is, was);
	n = diff.nr + abs((int)is->nr - (int)was->nr);
	values_free(&diff);
	return n;
}

static struct values values_now(struct fake *f)
{
	struct values v = { 0, NULL };
	struct nic_host host;
	struct nic_dev dev;

	if (!host_read(&host, &f->sys) &&
	    !dev_read(&dev, &f->sys, &host, "eth0")) {
		values_read(&v, &f->sys, &host, &dev);
		dev_free(&dev);
	}
	host_free(&host);
	return v;
}

/* How many values are not as they were in @before, which is done with. */
static unsigned int changed_since(struct fake *f, struct values *before)
{
	struct values now = values_now(f);
	unsigned int nr = differ(before, &now);

	values_free(before);
	values_free(&now);
	return nr;
}

/* As the command does: with another plan, where there is one. */
static bool around;

static struct outcome apply(struct fake *f, const struct setting *s)
{
	struct values before = values_now(f);
	struct outcome o = { .code = -1 };
	struct apply a = { 0 };
	struct nic_case c;

	f->writes = 0;
	if (bench_plan(&c, f, "eth0", &s->policy, s->cpus, false)) {
		o.code = around ? apply_run_around(&a, &c, false) :
			apply_run(&a, &c, false);
		snprintf(o.why, sizeof(o.why), "%s", a.why);
		o.left = a.left.nr;
		apply_free(&a);
	}
	case_close(&c);
	o.writes = f->writes;
	f->fail_at = 0;
	o.differ = changed_since(f, &before);
	return o;
}

static unsigned int writes_of(const struct setting *s)
{
	struct outcome o;
	struct fake f;

	set_up(&f, s);
	o = apply(&f, s);
	fake_close(&f);
	return o.code == NIC_OK ? o.writes : 0;
}

static struct outcome apply_failing(const struct setting *s, unsigned int at,
				    unsigned int more, int error, bool silent)
{
	struct outcome o;
	struct fake f;

	set_up(&f, s);
	f.fail_at = at;
	f.fail_for = more;
	f.fail_with = -error;
	f.fail_silent = silent;
	o = apply(&f, s);
	fake_close(&f);
	return o;
}

static bool transient(int error)
{
	return error == EBUSY || error == EAGAIN;
}

#define EXPECT_RESTORED(o, k, error) do {				\
	EXPECT_EQ(NIC_RESTORED, (o).code) {				\
		TH_LOG("write %u fails with %s: exit %d, %s", k,	\
		       strerror(error), (o).code, (o).why);		\
	}								\
	EXPECT_EQ(0, (o).differ) {					\
		TH_LOG("write %u fails with %s: %u values are not restored", \
		       k, strerror(error), (o).differ);			\
	}								\
	EXPECT_NE('\0', (o).why[0]);					\
} while (0)

static void fail_each(struct __test_metadata *_metadata,
		      const struct setting *s, unsigned int least)
{
	unsigned int n = writes_of(s), k;
	struct outcome o;
	size_t e;

	ASSERT_LE(least, n);
	TH_LOG("%u writes, %zu errors", n, ARRAY_SIZE(errors));
	for (e = 0; e < ARRAY_SIZE(errors); e++) {
		for (k = 1; k <= n; k++) {
			/* as often as it is tried */
			o = apply_failing(s, k, transient(errors[e]) ? 3 : 0,
					  errors[e], false);
			EXPECT_RESTORED(o, k, errors[e]);
		}
	}
}

FIXTURE(faults)
{
};

FIXTURE_SETUP(faults)
{
}

FIXTURE_TEARDOWN(faults)
{
}

TEST_F_TIMEOUT(faults, every_write, 120)
{
	fail_each(_metadata, &plain, 20);
}

TEST_F_TIMEOUT(faults, every_write_channels, 120)
{
	fail_each(_metadata, &channels, 15);
}

/* An interrupt that takes what it has is not managed: that was an error. */
TEST_F_TIMEOUT(faults, no_way_around, 120)
{
	static const int refusals[] = { EIO, EPERM };
	unsigned int n = writes_of(&plain), k, e;
	struct outcome o;

	around = true;
	for (e = 0; e < ARRAY_SIZE(refusals); e++) {
		for (k = 1; k <= n; k++) {
			o = apply_failing(&plain, k, 0, refusals[e], false);
			EXPECT_RESTORED(o, k, refusals[e]);
		}
	}
}

TEST_F_TIMEOUT(faults, undo_fails, 120)
{
	unsigned int n = writes_of(&plain), k;
	struct outcome o;

	for (k = 2; k <= n; k++) {
		o = apply_failing(&plain, k, 1000, EIO, false);
		EXPECT_EQ(NIC_BROKEN, o.code) {
			TH_LOG("from write %u on all fails: exit %d", k, o.code);
		}
		EXPECT_EQ(k - 1, o.left) {
			TH_LOG("%u values were written, %u are listed", k - 1,
			       o.left);
		}
		EXPECT_EQ(o.differ, o.left) {
			TH_LOG("%u values differ, %u are listed", o.differ,
			       o.left);
		}
	}
	/* before the first one that works there is nothing to take back */
	o = apply_failing(&plain, 1, 1000, EIO, false);
	EXPECT_EQ(NIC_RESTORED, o.code);
	EXPECT_EQ(0, o.left);
}

TEST_F_TIMEOUT(faults, not_kept, 120)
{
	unsigned int n = writes_of(&plain), k;
	struct outcome o;

	for (k = 1; k <= n; k++) {
		o = apply_failing(&plain, k, 0, 0, true);
		EXPECT_RESTORED(o, k, 0);
	}
}

TEST_F_TIMEOUT(faults, busy_once, 120)
{
	unsigned int n = writes_of(&plain), k;
	struct outcome o;

	for (k = 1; k <= n; k++) {
		o = apply_failing(&plain, k, 0, EBUSY, false);
		EXPECT_EQ(NIC_OK, o.code) {
			TH_LOG("write %u is busy once: %s", k, o.why);
		}
	}
}

/* The newest state, whatever became of it. */
static bool newest(struct fake *f, struct state *s)
{
	struct state_ids ids;
	const char *why;
	bool good;

	state_list(&ids, &f->sys);
	good = ids.nr && !state_load(s, &f->sys, ids.id[0], &why);
	free(ids.id);
	return good;
}

static int roll_back(struct fake *f, bool force, unsigned int *left)
{
	struct leftovers l = { 0, NULL };
	struct state s;
	char why[512];
	int code;

	if (!newest(f, &s))
		return -1;
	f->writes = 0;
	code = apply_rollback(&f->sys, &s, force, &l, why, sizeof(why));
	if (left)
		*left = l.nr;
	leftovers_free(&l);
	state_free(&s);
	return code;
}

TEST(rollback)
{
	static const struct setting *const settings[] = { &plain, &channels };
	struct values before;
	struct outcome o;
	struct fake f;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(settings); i++) {
		set_up(&f, settings[i]);
		before = values_now(&f);
		o = apply(&f, settings[i]);
		ASSERT_EQ(NIC_OK, o.code) {
			TH_LOG("%s", o.why);
		}
		EXPECT_NE(0, o.differ);
		EXPECT_EQ(NIC_OK, roll_back(&f, false, NULL));
		EXPECT_EQ(0, changed_since(&f, &before));
		fake_close(&f);
	}
}

TEST(apply_twice)
{
	struct outcome o;
	struct fake f;

	set_up(&f, &plain);
	ASSERT_EQ(NIC_OK, apply(&f, &plain).code);
	o = apply(&f, &plain);
	EXPECT_EQ(NIC_OK, o.code);
	EXPECT_EQ(0, o.writes) {
		TH_LOG("the second apply writes %u values", o.writes);
	}
	fake_close(&f);
}

TEST(foreign_change)
{
	static const char path[] = "/sys/class/net/eth0/queues/tx-1/xps_cpus";
	char *before, *after;
	struct fake f;

	set_up(&f, &plain);
	ASSERT_EQ(NIC_OK, apply(&f, &plain).code);
	fake_set(&f, path, "40");
	before = fake_dump(&f);
	EXPECT_EQ(NIC_CONFLICT, roll_back(&f, false, NULL));
	after = fake_dump(&f);
	EXPECT_STREQ(before, after);
	EXPECT_EQ(0, f.writes);
	free(before);
	free(after);
	EXPECT_EQ(NIC_OK, roll_back(&f, true, NULL));
	EXPECT_STREQ("ff", fake_get(&f, path));
	fake_close(&f);
}

/* Somebody took one back by hand already: that is no conflict. */
TEST(taken_back)
{
	struct fake f;

	set_up(&f, &plain);
	ASSERT_EQ(NIC_OK, apply(&f, &plain).code);
	fake_set(&f, "/sys/class/net/eth0/queues/tx-1/xps_cpus", "ff");
	EXPECT_EQ(NIC_OK, roll_back(&f, false, NULL));
	fake_close(&f);
}

TEST(rollback_fails)
{
	unsigned int left;
	struct fake f;

	set_up(&f, &plain);
	ASSERT_EQ(NIC_OK, apply(&f, &plain).code);
	f.fail_at = 1;
	f.fail_for = 1000;
	f.fail_with = -EIO;
	EXPECT_EQ(NIC_BROKEN, roll_back(&f, false, &left));
	EXPECT_LT(10, left);
	f.fail_at = 0;
	/* it can be tried again */
	EXPECT_EQ(NIC_OK, roll_back(&f, false, &left));
	EXPECT_EQ(0, left);
	fake_close(&f);
}

/* As an apply that is killed after @k writes, or in the middle of the next. */
static bool interrupt(struct fake *f, unsigned int k, bool in_write)
{
	struct values before;
	struct nic_case c;
	struct state s;
	unsigned int i;
	bool good;

	good = bench_plan(&c, f, "eth0", &plain.policy, plain.cpus, false);
	values_read(&before, &f->sys, &c.host, &c.dev);
	good = good && !state_begin(&s, &f->sys, &c.host, &c.dev, &c.plan,
				    &c.request.policy, &c.listeners, &before);
	for (i = 0; i < k && good; i++)
		good = !state_note_op(&s, &f->sys, &c.plan.op[i]) &&
			!op_write(&f->sys, &c.plan.op[i], c.plan.op[i].new);
	if (in_write && k < c.plan.nr_ops)
		good = good && !state_note_op(&s, &f->sys, &c.plan.op[k]);
	values_free(&before);
	state_free(&s);
	case_close(&c);
	return good;
}

TEST(interrupted)
{
	unsigned int n = writes_of(&plain), k;
	struct values before;
	struct fake f;

	for (k = 0; k < 2 * n; k++) {
		set_up(&f, &plain);
		before = values_now(&f);
		ASSERT_TRUE(interrupt(&f, k / 2, k % 2));
		EXPECT_EQ(NIC_OK, roll_back(&f, false, NULL));
		EXPECT_EQ(0, changed_since(&f, &before)) {
			TH_LOG("interrupted after %u writes", k / 2);
		}
		fake_close(&f);
	}
}

TEST(hotplug)
{
	struct policy policy = { .channels = CHANNELS_KEEP };
	struct setting s = plain;
	struct values before;
	struct apply a;
	struct nic_case c;
	struct state state;
	struct fake f;
	int i;

	s.policy = policy;
	set_up(&f, &s);
	before = values_now(&f);
	ASSERT_EQ(NIC_OK, apply(&f, &s).code);
	/* away, and back */
	for (i = 0; i < 2; i++) {
		fake_cpu(&f, 2, i);
		ASSERT_TRUE(bench_plan(&c, &f, "eth0", &policy, s.cpus, false));
		EXPECT_NE(0, c.plan.nr_ops);
		ASSERT_TRUE(newest(&f, &state));
		EXPECT_EQ(NIC_OK, apply_heal(&a, &c, &state));
		apply_free(&a);
		case_close(&c);
	}
	ASSERT_TRUE(bench_plan(&c, &f, "eth0", &policy, s.cpus, false));
	EXPECT_EQ(0, c.plan.nr_ops);
	EXPECT_EQ(2, c.plan.queue[2].cpu) {
		TH_LOG("queue 2 has cpu %d", c.plan.queue[2].cpu);
	}
	case_close(&c);
	EXPECT_EQ(NIC_OK, roll_back(&f, false, NULL));
	EXPECT_EQ(0, changed_since(&f, &before));
	fake_close(&f);
}

/* Before the first write, with a sentence. */
static void expect_refused(struct __test_metadata *_metadata, struct fake *f,
			   int code, const char *word)
{
	char *before = fake_dump(f), *after;
	struct outcome o = apply(f, &plain);

	after = fake_dump(f);
	EXPECT_EQ(code, o.code) {
		TH_LOG("exit %d: %s", o.code, o.why);
	}
	EXPECT_EQ(0, o.writes);
	EXPECT_TRUE(!!strstr(o.why, word)) {
		TH_LOG("not a word of \"%s\": %s", word, o.why);
	}
	EXPECT_STREQ(before, after);
	free(before);
	free(after);
}

TEST(read_only)
{
	struct fake f;

	set_up(&f, &plain);
	f.read_only = true;
	expect_refused(_metadata, &f, NIC_DENIED, "Read-only");
	fake_close(&f);
}

TEST(other_namespace)
{
	struct fake f;

	set_up(&f, &plain);
	fake_set_link(&f, "/proc/self/ns/net", "net:[7]");
	fake_set_link(&f, "/proc/1/ns/net", "net:[1]");
	expect_refused(_metadata, &f, NIC_DENIED, "namespace");
	fake_close(&f);
}

TEST(no_place_for_snapshots)
{
	char path[128];
	struct fake f;
	int fd;

	set_up(&f, &plain);
	snprintf(path, sizeof(path), "%s/run", f.dir);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	ASSERT_LE(0, fd);
	close(fd);
	strcat(f.sys.run, "/nic");
	expect_refused(_metadata, &f, NIC_RESTORED, "snapshot");
	fake_close(&f);
}

TEST(another_boot)
{
	struct fake f;

	set_up(&f, &plain);
	ASSERT_EQ(NIC_OK, apply(&f, &plain).code);
	fake_set(&f, "/proc/sys/kernel/random/boot_id", "boot-2");
	EXPECT_EQ(NIC_CONFLICT, roll_back(&f, true, NULL));
	EXPECT_EQ(0, f.writes);
	fake_close(&f);
}

TEST(another_device)
{
	struct fake f;

	set_up(&f, &plain);
	ASSERT_EQ(NIC_OK, apply(&f, &plain).code);
	fake_set(&f, "/sys/class/net/eth0/ifindex", "77");
	EXPECT_EQ(NIC_NODEV, roll_back(&f, true, NULL));
	fake_remove(&f, "/sys/class/net/eth0");
	EXPECT_EQ(NIC_NODEV, roll_back(&f, true, NULL));
	EXPECT_EQ(0, f.writes);
	fake_close(&f);
}

/* The path of the newest state's file. */
static bool newest_path(struct fake *f, const char *tail, char *path,
			size_t size)
{
	struct state_ids ids;
	bool good;

	state_list(&ids, &f->sys);
	good = ids.nr && !state_path(&f->sys, ids.id[0], tail, path, size);
	free(ids.id);
	return good;
}

TEST(damaged_snapshot)
{
	char path[512], text[1 << 16];
	struct state_ids ids;
	struct state s;
	const char *why;
	struct fake f;
	size_t len, cut;
	FILE *file;
	char *at;

	set_up(&f, &plain);
	ASSERT_EQ(NIC_OK, apply(&f, &plain).code);
	state_list(&ids, &f.sys);
	ASSERT_TRUE(newest_path(&f, ".json", path, sizeof(path)));
	file = fopen(path, "r");
	ASSERT_NE(NULL, file);
	len = fread(text, 1, sizeof(text) - 1, file);
	text[len] = '\0';
	fclose(file);
	/* wherever it is cut */
	for (cut = 0; cut < len - 1; cut += 97) {
		ASSERT_EQ(0, truncate(path, cut));
		EXPECT_NE(0, state_load(&s, &f.sys, ids.id[0], &why)) {
			TH_LOG("%zu of %zu bytes are taken for a snapshot", cut,
			       len);
			state_free(&s);
		}
		file = fopen(path, "w");
		fwrite(text, 1, len, file);
		fclose(file);
	}
	/* a digit that somebody changed */
	at = strstr(text, "\"old\":\"ff\"");
	if (!at)
		at = strstr(text, "\"ff\"") - 6;
	ASSERT_NE(NULL, at);
	memcpy(strstr(at, "ff"), "0f", 2);
	file = fopen(path, "w");
	fwrite(text, 1, len, file);
	fclose(file);
	EXPECT_NE(0, state_load(&s, &f.sys, ids.id[0], &why));
	EXPECT_STREQ("it was edited", why);
	free(ids.id);
	fake_close(&f);
}

/* A line that was being written when the machine stopped. */
TEST(cut_journal)
{
	char path[512];
	struct stat st;
	struct fake f;

	set_up(&f, &plain);
	ASSERT_EQ(NIC_OK, apply(&f, &plain).code);
	ASSERT_TRUE(newest_path(&f, ".journal", path, sizeof(path)));
	ASSERT_EQ(0, stat(path, &st));
	ASSERT_EQ(0, truncate(path, st.st_size - 3));
	EXPECT_EQ(NIC_OK, roll_back(&f, false, NULL));
	EXPECT_STREQ("ff", fake_get(&f, "/sys/class/net/eth0/queues/tx-1/xps_cpus"));
	fake_close(&f);
}

/* Its interrupts go to the other listeners. */
TEST(full_cpu)
{
	struct policy policy = { .channels = CHANNELS_KEEP };
	struct values before;
	struct apply a;
	struct nic_case c;
	struct fake f;
	unsigned int q;

	set_up(&f, &plain);
	f.full_cpu = 2;
	before = values_now(&f);
	ASSERT_TRUE(bench_plan(&c, &f, "eth0", &policy, "0-3", false));
	EXPECT_EQ(NIC_OK, apply_run_around(&a, &c, false)) {
		TH_LOG("%s", a.why);
	}
	apply_free(&a);
	for (q = 0; q < c.plan.nr; q++)
		EXPECT_NE(2, c.plan.queue[q].cpu);
	ASSERT_EQ(NIC_OK, case_again(&c));
	EXPECT_EQ(0, c.plan.nr_ops);
	case_close(&c);
	EXPECT_EQ(NIC_OK, roll_back(&f, false, NULL));
	EXPECT_EQ(0, changed_since(&f, &before));
	/* none is left: it is as it was */
	ASSERT_TRUE(bench_plan(&c, &f, "eth0", &policy, "2", false));
	EXPECT_EQ(NIC_RESTORED, apply_run_around(&a, &c, false));
	apply_free(&a);
	case_close(&c);
	fake_close(&f);
}

static unsigned int snapshots(struct fake *f)
{
	struct state_ids ids;

	state_list(&ids, &f->sys);
	free(ids.id);
	return ids.nr;
}

/* An old snapshot goes, but not that of what is applied. */
TEST(pruned)
{
	struct setting other = plain;
	struct state s;
	struct fake f;
	char first[STATE_ID], text[512];
	struct leftovers left = { 0, NULL };
	const char *why;
	int i;

	set_up(&f, &plain);
	ASSERT_EQ(NIC_OK, apply(&f, &plain).code);
	ASSERT_TRUE(newest(&f, &s));
	strcpy(first, s.id);
	state_free(&s);
	other.cpus = "4-7";
	for (i = 0; i < 2 * STATE_KEPT; i++) {
		f.fail_at = 3;
		f.fail_with = -EINVAL;
		ASSERT_EQ(NIC_RESTORED, apply(&f, &other).code);
	}
	EXPECT_EQ(STATE_KEPT + 1, snapshots(&f));
	ASSERT_EQ(0, state_load(&s, &f.sys, first, &why));
	EXPECT_EQ(NIC_OK, apply_rollback(&f.sys, &s, false, &left, text,
					 sizeof(text)));
	state_free(&s);
	leftovers_free(&left);
	/* now that is old, too */
	ASSERT_EQ(NIC_OK, apply(&f, &plain).code);
	EXPECT_EQ(STATE_KEPT, snapshots(&f));
	EXPECT_NE(0, state_load(&s, &f.sys, first, &why));
	fake_close(&f);
}

/*
 * Before 6.12 only a write shows that an interrupt is managed. The plan is made
 * around it then, and later commands know.
 */
TEST(kept)
{
	static const struct fake_shape shape = { .cpus = 4 };
	static const struct fake_dev dev = {
		.name = "eth0", .style = STYLE_SPLIT, .queues = 4, .max = 4,
		.first_irq = 64, .node = -1, .managed = true,
		.says_nothing = true,
	};
	struct policy policy = { .channels = CHANNELS_KEEP };
	struct values before;
	struct apply a;
	struct nic_case c;
	struct fake f;

	fake_open(&f, &shape);
	fake_add(&f, &dev);
	before = values_now(&f);
	ASSERT_TRUE(bench_plan(&c, &f, "eth0", &policy, "0-3", false));
	EXPECT_FALSE(findings_has(&c.plan.findings, "I-MANAGED"));
	EXPECT_EQ(NIC_OK, apply_run_around(&a, &c, false)) {
		TH_LOG("%s", a.why);
	}
	EXPECT_TRUE(findings_has(&c.plan.findings, "I-MANAGED"));
	apply_free(&a);
	case_close(&c);
	ASSERT_TRUE(bench_plan(&c, &f, "eth0", &policy, "0-3", false));
	EXPECT_EQ(0, c.plan.nr_ops);
	EXPECT_EQ(1, c.check.locality);
	EXPECT_STREQ("3", fake_get(&f, "/sys/class/net/eth0/queues/tx-0/xps_cpus"));
	EXPECT_STREQ("c", fake_get(&f, "/sys/class/net/eth0/queues/tx-1/xps_cpus"));
	case_close(&c);
	EXPECT_EQ(NIC_OK, roll_back(&f, false, NULL));
	EXPECT_EQ(0, changed_since(&f, &before));
	fake_close(&f);
}

/* While an interrupt moves, the kernel may show its old mask for a moment. */
TEST(stale_mask)
{
	struct fake f;

	set_up(&f, &plain);
	f.stale = 2;
	EXPECT_EQ(NIC_OK, apply(&f, &plain).code);
	fake_close(&f);
}

/* Interrupts that will move with the next one are no failure. */
TEST(pending)
{
	struct policy policy = { .channels = CHANNELS_KEEP };
	struct apply a;
	struct nic_case c;
	struct fake f;

	set_up(&f, &plain);
	f.lags = true;
	ASSERT_TRUE(bench_plan(&c, &f, "eth0", &policy, "0-3", false));
	EXPECT_EQ(NIC_OK, apply_run(&a, &c, false));
	apply_free(&a);
	ASSERT_EQ(NIC_OK, case_again(&c));
	EXPECT_LT(0, c.check.pending);
	EXPECT_EQ(0, c.plan.nr_ops);
	case_close(&c);
	fake_close(&f);
}

TEST_HARNESS_MAIN
