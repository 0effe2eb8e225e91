// SPDX-License-Identifier: GPL-2.0
/*
 * The planner of homeport nic, on a made-up kernel.
 *
 * golden: for machines and devices of all sorts, the whole plan
 * findings: what it remarks
 * two_devices: each covers all listeners, whatever the other has
 * properties: for 600 random machines and devices, by a fixed seed, that
 *	1. every CPU that is online sends on exactly one queue
 *	2. every queue of RSS has a listener's CPU, and each listener a queue
 *	   where there are enough
 *	3. RPS groups are disjoint, and all of them are all listeners
 *	4. the same input gives the same plan
 *	5. when it is applied, nothing is left to do, and all is local
 *	6. a CPU that goes and comes back has the same queues again
 */
#include <errno.h>

#include "kselftest_harness.h"

#include "bench.h"
#include "random.h"

static char got[8192];

struct golden {
	const char *name;
	struct fake_shape shape;
	struct fake_dev dev;
	struct policy policy;
	const char *cpus;
	bool named;
	int offline;		/* 0: none */
	const char *want;
	double predicted;
	unsigned int channels;
};

#define NODE_DEV(node_, style_, queues_, ...) \
	{ .name = "eth0", .style = style_, .queues = queues_, \
	  .first_irq = 64, .node = node_, ##__VA_ARGS__ }
#define DEV(...)	NODE_DEV(-1, __VA_ARGS__)
#define KEEP	.channels = CHANNELS_KEEP

static const struct golden goldens[] = {
	{
		"8 CPUs, 8 queues: each its own",
		{ .cpus = 8 }, DEV(STYLE_COMBINED, 8), { KEEP }, "0-7", .want =
		"0 1 2 3 4 5 6 7 | xps 0 1 2 3 4 5 6 7 | rps - - - - - - - -",
		.predicted = 1,
	},
	{
		"8 CPUs, 8 queues with two interrupts each",
		{ .cpus = 8 }, DEV(STYLE_SPLIT, 8), { KEEP }, "0-7", .want =
		"0 1 2 3 4 5 6 7 | xps 0 1 2 3 4 5 6 7 | rps - - - - - - - -",
		.predicted = 1,
	},
	{
		"4 CPUs, 4 queues whose interrupts the kernel keeps: homes follow",
		{ .cpus = 4 }, DEV(STYLE_SPLIT, 4, .managed = true), { KEEP },
		"0-3", .want =
		"0 2 0 2 | xps 0-1 2-3 - - | rps - - - -", .predicted = 1,
	},
	{
		"3 of each: a CPU sends on the queue whose interrupt it has",
		{ .cpus = 3 }, DEV(STYLE_SPLIT, 3, .managed = true), { KEEP },
		"0-2", .want =
		"0 2 1 | xps 1 0 2 | rps - - -", .predicted = 1,
	},
	{
		"16 CPUs on 2 nodes with siblings, 4 queues, RPS",
		{ .cpus = 16, .nodes = 2, .smt = 2 }, DEV(STYLE_COMBINED, 4),
		{ KEEP, .mode = MODE_RPS, .numa = NUMA_IGNORE }, "0-15", .want =
		"0 2 8 10 | xps 0-1,4-5 2-3,6-7 8-9,12-13 10-11,14-15"
		" | rps 0-1,4-5 2-3,6-7 8-9,12-13 10-11,14-15",
		.predicted = 1,
	},
	{
		"the same without the home in its group",
		{ .cpus = 16, .nodes = 2, .smt = 2 }, DEV(STYLE_COMBINED, 4),
		{ KEEP, .mode = MODE_RPS, .numa = NUMA_IGNORE,
		  .rps_exclude_home = true }, "0-15", .want =
		"0 2 8 10 | xps 0-1,4-5 2-3,6-7 8-9,12-13 10-11,14-15"
		" | rps 1,4-5 3,6-7 9,12-13 11,14-15",
		.predicted = 1,
	},
	{
		"4 CPUs, 16 queues: 4 channels",
		{ .cpus = 4 }, DEV(STYLE_COMBINED, 16, .rss = 128),
		{ .channels = CHANNELS_AUTO }, "0-3", .want =
		"0 1 2 3 | xps 0 1 2 3 | rps - - - -",
		.predicted = 1, .channels = 4,
	},
	{
		"4 CPUs, 16 queues that stay: the first of each CPU sends",
		{ .cpus = 4 }, DEV(STYLE_COMBINED, 16), { KEEP }, "0-3", .want =
		"0 0 0 0 1 2 3 1 2 3 1 2 3 1 2 3"
		" | xps 0 - - - 1 2 3 - - - - - - - - -"
		" | rps - - - - - - - - - - - - - - - -",
		.predicted = 1,
	},
	{
		"4 CPUs, 6 queues, RSS on the first four",
		{ .cpus = 4 }, DEV(STYLE_COMBINED, 6, .rss = 128),
		{ KEEP, .rss_equal = true }, "0-3", .want =
		"0 1 2 3 0 1 | xps 0 1 2 3 - - | rps - - - - - -",
		.predicted = 1,
	},
	{
		"2 CPUs, one queue: the interrupt's CPU is the only home",
		{ .cpus = 2 }, DEV(STYLE_SPLIT, 1, .single_tx = true), { KEEP },
		"0-1", .want = "0 | xps - | rps -", .predicted = 1,
	},
	{
		"2 CPUs, one queue, RPS",
		{ .cpus = 2 }, DEV(STYLE_SPLIT, 1, .single_tx = true),
		{ KEEP, .mode = MODE_RPS }, "0-1", .want =
		"0 | xps - | rps 0-1", .predicted = 1,
	},
	{
		"4 CPUs, 4 queues with one vector",
		{ .cpus = 4 }, DEV(STYLE_SHARED, 4), { KEEP }, "0-3", .want =
		"0 0 0 0 | xps 0-3 - - - | rps - - - -", .predicted = 1,
	},
	{
		"isolated CPUs have no queue, but send on the nearest",
		{ .cpus = 4, .isolated = "2-3" }, DEV(STYLE_COMBINED, 2),
		{ KEEP }, "0-3", .want = "0 1 | xps 0,2-3 1 | rps - -",
		.predicted = 1,
	},
	{
		"isolated CPUs that are named have one",
		{ .cpus = 4, .isolated = "2-3" }, DEV(STYLE_COMBINED, 2),
		{ KEEP }, "2-3", .named = true, .want =
		"2 3 | xps 0-2 3 | rps - -", .predicted = 1,
	},
	{
		"a CPU that is offline: its queue goes to another",
		{ .cpus = 4 }, DEV(STYLE_COMBINED, 4), { KEEP }, "0-3",
		.offline = 3, .want = "0 0 1 2 | xps 0 - 1 2 | rps - - - -",
		.predicted = 1,
	},
	{
		"the device's node first",
		{ .cpus = 8, .nodes = 2 }, NODE_DEV(1, STYLE_COMBINED, 4),
		{ KEEP }, "0-7", .want =
		"4 5 6 7 | xps 0,4 1,5 2,6 3,7 | rps - - - -", .predicted = 1,
	},
	{
		"the device's node alone",
		{ .cpus = 8, .nodes = 2 }, NODE_DEV(1, STYLE_COMBINED, 8),
		{ KEEP, .numa = NUMA_STRICT }, "0-7", .want =
		"4 5 6 7 4 5 6 7 | xps 0-4 5 6 7 - - - - | rps - - - - - - - -",
		.predicted = 1,
	},
	{
		"siblings only if there are queues for them",
		{ .cpus = 8, .smt = 2, .apart = true },
		DEV(STYLE_COMBINED, 4), { KEEP, .smt = SMT_FIRST }, "0-7",
		.want = "0 1 2 3 | xps 0,4 1,5 2,6 3,7 | rps - - - -",
		.predicted = 1,
	},
	{
		"XPS for listeners alone",
		{ .cpus = 4 }, DEV(STYLE_COMBINED, 2),
		{ KEEP, .xps_none = true }, "1,3", .want =
		"1 3 | xps 1 3 | rps - -", .predicted = 1,
	},
	{
		"reserved CPUs have none",
		{ .cpus = 4 }, DEV(STYLE_COMBINED, 2),
		{ KEEP, .reserve = { { 0x3 } } }, "0-3", .want =
		"2 3 | xps 0-2 3 | rps - -", .predicted = 1,
	},
	{
		"interrupts that cannot be moved keep their CPU",
		{ .cpus = 4 }, DEV(STYLE_COMBINED, 4, .managed = true),
		{ KEEP }, "0-3", .want =
		"0 1 2 3 | xps 0 1 2 3 | rps - - - -", .predicted = 1,
	},
	{
		"and those on a CPU without a listener lose theirs",
		{ .cpus = 4 }, DEV(STYLE_COMBINED, 4, .managed = true),
		{ KEEP }, "0-2", .want =
		"0 1 2 3 | xps 0 1 2 3 | rps - - - -", .predicted = 0.75,
	},
	{
		"40 CPUs on 4 nodes, 4 queues",
		{ .cpus = 40, .nodes = 4 }, DEV(STYLE_COMBINED, 4), { KEEP },
		"0-39", .want =
		"0 10 20 30 | xps 0-9 10-19 20-29 30-39 | rps - - - -",
		.predicted = 1,
	},
};

static bool plan_golden(struct nic_case *c, struct fake *f,
			const struct golden *g)
{
	fake_open(f, &g->shape);
	fake_add(f, &g->dev);
	if (g->offline)
		fake_cpu(f, g->offline, false);
	return bench_plan(c, f, "eth0", &g->policy, g->cpus, g->named);
}

TEST(golden)
{
	struct nic_case c;
	struct fake f;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(goldens); i++) {
		const struct golden *g = &goldens[i];

		ASSERT_TRUE(plan_golden(&c, &f, g)) {
			TH_LOG("%s: no plan", g->name);
		}
		bench_print(&c.plan, got, sizeof(got));
		EXPECT_STREQ(g->want, got) {
			TH_LOG("%s", g->name);
		}
		EXPECT_EQ(g->predicted, c.plan.predicted) {
			TH_LOG("%s: %f", g->name, c.plan.predicted);
		}
		EXPECT_EQ(g->channels, c.plan.channels) {
			TH_LOG("%s", g->name);
		}
		case_close(&c);
		fake_close(&f);
	}
}

/* 96 CPUs with siblings and 63 queues: too long to write down. */
TEST(many)
{
	static const struct fake_shape shape = {
		.cpus = 96, .nodes = 2, .smt = 2, .apart = true,
	};
	static const struct fake_dev dev = DEV(STYLE_COMBINED, 63);
	struct policy policy = { KEEP, .mode = MODE_RPS };
	struct nic_case c;
	struct fake f;
	unsigned int q;

	fake_open(&f, &shape);
	fake_add(&f, &dev);
	ASSERT_TRUE(bench_plan(&c, &f, "eth0", &policy, "0-95", false));
	EXPECT_EQ(63, cpumask_weight(&c.plan.homes));
	EXPECT_EQ(33, cpumask_weight(&c.plan.starved));
	/* 33 of them are two CPUs, the sibling where that is no home itself */
	for (q = 0; q < 63; q++) {
		int home = c.plan.queue[q].cpu;

		EXPECT_GE(2, cpumask_weight(&c.plan.queue[q].rps));
		if (home < 48 && cpumask_test(&c.plan.starved, home + 48))
			EXPECT_TRUE(cpumask_test(&c.plan.queue[q].rps,
						 home + 48)) {
				TH_LOG("cpu %d does not join its sibling %d",
				       home + 48, home);
			}
	}
	EXPECT_EQ(1, c.plan.predicted);
	case_close(&c);
	fake_close(&f);
}

struct remark {
	const char *code;
	struct fake_shape shape;
	struct fake_dev dev;
	struct policy policy;
	const char *cpus;
	int offline;
};

static const struct remark remarks[] = {
	{ "W-ISOL", { .cpus = 4, .isolated = "2-3" },
	  DEV(STYLE_COMBINED, 2), { KEEP }, "0-3" },
	{ "W-ISOL-RPS", { .cpus = 4, .isolated = "3" }, DEV(STYLE_COMBINED, 2),
	  { KEEP, .mode = MODE_RPS, .allow_isolated = true }, "0-3" },
	{ "W-OFFLINE", { .cpus = 4 }, DEV(STYLE_COMBINED, 4), { KEEP }, "0-3",
	  2 },
	{ "W-STARVED", { .cpus = 4 }, DEV(STYLE_COMBINED, 2), { KEEP }, "0-3" },
	{ "I-TXHOME", { .cpus = 4 }, DEV(STYLE_COMBINED, 2),
	  { KEEP, .mode = MODE_RPS }, "0-3" },
	{ "W-SHARED-VECTOR", { .cpus = 4 }, DEV(STYLE_SHARED, 4), { KEEP },
	  "0-3" },
	{ "E-IMMOVABLE", { .cpus = 4 },
	  DEV(STYLE_COMBINED, 4, .managed = true), { KEEP }, "0-2" },
	{ "I-MANAGED", { .cpus = 4 },
	  DEV(STYLE_COMBINED, 4, .managed = true), { KEEP }, "0-3" },
	{ "W-TXFIXED", { .cpus = 4 },
	  DEV(STYLE_SPLIT, 4, .managed = true), { KEEP }, "0-3" },
	{ "W-NOIRQ", { .cpus = 4 }, DEV(STYLE_NONE, 4), { KEEP }, "0-3" },
	{ "W-RFS-MOVES", { .cpus = 4 }, DEV(STYLE_COMBINED, 4),
	  { KEEP, .rfs = 1024 }, "0-3" },
	{ "I-CHANNELS", { .cpus = 4 }, DEV(STYLE_COMBINED, 8), { KEEP },
	  "0-3" },
	{ "W-CHANNELS", { .cpus = 4 }, DEV(STYLE_NONE, 4),
	  { .channels = 2 }, "0-3" },
	{ "W-RSS", { .cpus = 4 }, DEV(STYLE_COMBINED, 4),
	  { KEEP, .rss_equal = true }, "0-3" },
};

TEST(findings)
{
	struct nic_case c;
	struct fake f;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(remarks); i++) {
		const struct remark *r = &remarks[i];

		fake_open(&f, &r->shape);
		fake_add(&f, &r->dev);
		if (r->offline)
			fake_cpu(&f, r->offline, false);
		ASSERT_TRUE(bench_plan(&c, &f, "eth0", &r->policy, r->cpus,
				       false));
		EXPECT_TRUE(findings_has(&c.plan.findings, r->code)) {
			TH_LOG("no word of %s", r->code);
		}
		case_close(&c);
		fake_close(&f);
	}
}

/* Nothing is remarked where all is well. */
TEST(no_findings)
{
	static const struct fake_shape shape = { .cpus = 8 };
	static const struct fake_dev dev = DEV(STYLE_COMBINED, 8, .rss = 128);
	struct policy policy = { KEEP };
	struct nic_case c;
	struct fake f;

	fake_open(&f, &shape);
	fake_add(&f, &dev);
	ASSERT_TRUE(bench_plan(&c, &f, "eth0", &policy, "0-7", false));
	EXPECT_EQ(0, c.plan.findings.nr);
	/* one interrupt is on each CPU, but all are allowed anywhere */
	EXPECT_LT(c.check.locality, 1);
	ASSERT_EQ(0, bench_apply(&c));
	EXPECT_EQ(1, c.check.locality);
	EXPECT_EQ(0, c.check.findings.nr) {
		TH_LOG("%s: %s", c.check.findings.list[0].code,
		       c.check.findings.list[0].text);
	}
	case_close(&c);
	fake_close(&f);
}

TEST(no_cpu)
{
	static const struct fake_shape shape = { .cpus = 4, .isolated = "3" };
	static const struct fake_dev dev = DEV(STYLE_COMBINED, 4);
	struct listeners l = { .source = "test" };
	struct policy policy = { KEEP };
	struct nic_host host;
	struct nic_dev d;
	struct plan plan;
	struct fake f;

	fake_open(&f, &shape);
	fake_add(&f, &dev);
	fake_cpu(&f, 2, false);
	listeners_add(&l, 2);
	listeners_add(&l, 3);
	listeners_add(&l, 9);
	ASSERT_EQ(0, host_read(&host, &f.sys));
	ASSERT_EQ(0, dev_read(&d, &f.sys, &host, "eth0"));
	EXPECT_EQ(-ENOENT, plan_make(&plan, &host, &d, &l, &policy));
	EXPECT_STREQ("cpu 2 is offline, cpu 3 is isolated, cpu 9 is not in this machine",
		     plan.why);
	plan_free(&plan);
	dev_free(&d);
	host_free(&host);
	listeners_free(&l);
	fake_close(&f);
}

/* Every listener can be reached by every device: they may have the same CPUs. */
TEST(two_devices)
{
	static const struct fake_shape shape = { .cpus = 8, .nodes = 2 };
	static const struct fake_dev first = NODE_DEV(0, STYLE_COMBINED, 8);
	struct fake_dev second = NODE_DEV(1, STYLE_COMBINED, 8);
	struct policy policy = { KEEP };
	const char *names[] = { "eth0", "eth1" };
	struct cpumask all = { { 0xff } };
	struct nic_case c;
	struct fake f;
	int i, round;

	strcpy(second.name, "eth1");
	second.first_irq = 164;
	fake_open(&f, &shape);
	fake_add(&f, &first);
	fake_add(&f, &second);
	/* what is done to one does not undo the other */
	for (round = 0; round < 2; round++) {
		for (i = 0; i < 2; i++) {
			ASSERT_TRUE(bench_plan(&c, &f, names[i], &policy, "0-7",
					       false));
			EXPECT_TRUE(cpumask_equal(&all, &c.plan.homes));
			EXPECT_EQ(!round, !!c.plan.nr_ops);
			ASSERT_EQ(0, bench_apply(&c));
			EXPECT_EQ(1, c.check.locality);
			case_close(&c);
		}
	}
	fake_close(&f);
}

struct random_case {
	struct fake_shape shape;
	struct fake_dev dev;
	struct policy policy;
	char cpus[1024];
};

static void make_random(struct random_case *r)
{
	static const enum nic_style styles[] = { STYLE_COMBINED, STYLE_SPLIT };
	struct cpumask m = { 0 };
	unsigned int i;

	memset(r, 0, sizeof(*r));
	r->shape.smt = 1 + hp_random(2);
	r->shape.nodes = 1 + hp_random(3);
	r->shape.llcs = 1 + hp_random(2);
	r->shape.apart = hp_random(2);
	r->shape.cpus = r->shape.smt * (r->shape.nodes * 2 + hp_random(20));
	r->dev = (struct fake_dev)DEV(styles[hp_random(2)], 2 + hp_random(24));
	r->dev.node = hp_random(r->shape.nodes + 1) - 1;
	r->dev.rss = hp_random(2) * 128;
	r->policy = (struct policy){ KEEP };
	r->policy.mode = hp_random(2) ? MODE_RPS : MODE_STRICT;
	r->policy.numa = hp_random(2) ? NUMA_PREFER : NUMA_IGNORE;
	r->policy.rss_equal = r->dev.rss && hp_random(2);
	for (i = 0; i < r->shape.cpus; i++)
		if (hp_random(4))
			cpumask_set(&m, i);
	if (cpumask_weight(&m) < 2) {
		cpumask_set(&m, 0);
		cpumask_set(&m, 1);
	}
	cpumask_print_list(&m, r->cpus, sizeof(r->cpus));
}

/* Some of it may be set already. */
static void disturb(struct fake *f, const struct random_case *r)
{
	char path[128], value[16];
	unsigned int q;

	for (q = 0; q < r->dev.queues; q++) {
		snprintf(path, sizeof(path), "/proc/irq/%u/smp_affinity_list",
			 64 + q);
		snprintf(value, sizeof(value), "%u", hp_random(r->shape.cpus));
		if (hp_random(2))
			f->sys.ops->write(&f->sys, path, value);
		snprintf(path, sizeof(path),
			 "/sys/class/net/eth0/queues/rx-%u/rps_cpus", q);
		if (!hp_random(4))
			f->sys.ops->write(&f->sys, path, "3");
	}
}

static const char *wrong_xps(const struct nic_case *c)
{
	unsigned int t, n;
	int cpu;

	cpumask_for_each(cpu, &c->host.online) {
		for (t = 0, n = 0; t < c->plan.nr_tx; t++)
			n += cpumask_test(&c->plan.queue[t].xps, cpu);
		if (n != 1)
			return "a CPU does not send on exactly one queue";
	}
	return NULL;
}

static const char *wrong_homes(const struct nic_case *c)
{
	const struct plan *p = &c->plan;
	struct cpumask l, served = { 0 };
	unsigned int q;

	listeners_mask(&c->listeners, &l);
	cpumask_and(&l, &c->host.online);
	for (q = 0; q < p->nr; q++) {
		if (p->queue[q].cpu < 0 || !cpumask_test(&l, p->queue[q].cpu))
			return "a queue has no listener's CPU";
		if (p->queue[q].weight)
			cpumask_set(&served, p->queue[q].cpu);
	}
	if (p->nr >= cpumask_weight(&l) && !cpumask_equal(&served, &l))
		return "there are queues enough, and a listener without one";
	if (p->nr < cpumask_weight(&l) && cpumask_weight(&served) != p->nr)
		return "two queues have one CPU, and a listener none";
	return NULL;
}

static const char *wrong_rps(const struct nic_case *c)
{
	const struct plan *p = &c->plan;
	struct cpumask all = { 0 }, l, one;
	unsigned int q;

	for (q = 0; q < p->nr; q++) {
		if (p->queue[q].weight == 0)
			continue;
		one = p->queue[q].rps;
		if (c->request.policy.mode == MODE_STRICT &&
		    !cpumask_empty(&one))
			return "there is RPS in strict mode";
		if (p->nr < c->listeners.nr && cpumask_intersects(&all, &one))
			return "RPS groups overlap";
		cpumask_or(&all, &one);
		cpumask_set(&all, p->queue[q].cpu);
	}
	listeners_mask(&c->listeners, &l);
	cpumask_and(&l, &c->host.online);
	if (c->request.policy.mode == MODE_RPS && !cpumask_equal(&all, &l))
		return "RPS groups are not all listeners";
	return NULL;
}

static const char *wrong_plan(const struct nic_case *c)
{
	const char *wrong = wrong_xps(c);

	if (!wrong)
		wrong = wrong_homes(c);
	return wrong ? wrong : wrong_rps(c);
}

/* As "apply" leaves it behind for the next plan. */
static bool keep_state(struct nic_case *c, struct fake *f)
{
	struct values v;
	struct state s;
	bool good;

	good = !values_read(&v, &f->sys, &c->host, &c->dev) &&
		!state_begin(&s, &f->sys, &c->host, &c->dev, &c->plan,
			     &c->request.policy, &c->listeners, &v) &&
		!state_note_end(&s, &f->sys, STATE_APPLIED);
	values_free(&v);
	state_free(&s);
	return good;
}

static const char *wrong_hotplug(struct nic_case *c, struct fake *f,
				 const struct random_case *r)
{
	static char before[8192];
	int cpu = c->plan.queue[hp_random(c->plan.nr)].cpu;
	const char *wrong;

	bench_print(&c->plan, before, sizeof(before));
	fake_cpu(f, cpu, false);
	if (case_again(c))
		return "there is no plan without a CPU";
	wrong = wrong_plan(c);
	if (wrong)
		return wrong;
	if (bench_apply(c) || c->plan.nr_ops)
		return "the plan without a CPU cannot be applied";
	fake_cpu(f, cpu, true);
	if (case_again(c))
		return "there is no plan any more";
	bench_print(&c->plan, got, sizeof(got));
	return strcmp(before, got) ?
		"a CPU that comes back has other queues than before" : NULL;
}

static const char *wrong_random(struct nic_case *c, struct fake *f,
				const struct random_case *r)
{
	const char *wrong = wrong_plan(c);
	struct nic_case again;
	bool same;

	if (wrong)
		return wrong;
	bench_print(&c->plan, got, sizeof(got));
	if (!bench_plan(&again, f, "eth0", &r->policy, r->cpus, false))
		return "there is a plan once, but not twice";
	same = !strcmp(got, "") || again.plan.nr_ops == c->plan.nr_ops;
	bench_print(&again.plan, got + 4096, 4096);
	case_close(&again);
	got[4095] = '\0';
	if (!same || strncmp(got, got + 4096, 4000))
		return "the same input gives another plan";
	if (!keep_state(c, f))
		return "its state cannot be kept";
	if (bench_apply(c))
		return "the kernel does not take the plan";
	if (c->plan.nr_ops)
		return "something is left to do after it was applied";
	if (c->check.locality != 1)
		return "not all is local after it was applied";
	return wrong_hotplug(c, f, r);
}

FIXTURE(random)
{
};

FIXTURE_SETUP(random)
{
}

FIXTURE_TEARDOWN(random)
{
}

TEST_F_TIMEOUT(random, properties, 120)
{
	struct random_case r;
	struct nic_case c;
	const char *wrong;
	struct fake f;
	int i;

	for (i = 0; i < 600; i++) {
		hp_random_seed(i);
		hp_random(2);
		make_random(&r);
		fake_open(&f, &r.shape);
		fake_add(&f, &r.dev);
		disturb(&f, &r);
		ASSERT_TRUE(bench_plan(&c, &f, "eth0", &r.policy, r.cpus,
				       false));
		wrong = wrong_random(&c, &f, &r);
		case_close(&c);
		fake_close(&f);
		ASSERT_EQ(NULL, wrong) {
			TH_LOG("seed %d, %u CPUs, %u queues, listeners %s: %s",
			       i, r.shape.cpus, r.dev.queues, r.cpus, wrong);
		}
	}
}

TEST_HARNESS_MAIN
