// SPDX-License-Identifier: GPL-2.0
/*
 * picks instructions|ns [ROUNDS]: the cost of choosing a listener
 *
 *  1. for 2, 16, 128 and 1024 listeners, and each variant in turn, open the
 *     group in this process: nobody accepts, nothing is sent
 *  2. hp_pickbench.ko lets it choose, with many hash values
 *  3. of all rounds, the median goes to /out/records
 *
 * incoming_cpu is a machine with as many CPUs as listeners: the k-th has
 * SO_INCOMING_CPU k. homeport serves this machine's CPUs: what they share,
 * they take in turns. "pick-cost-no-rule" is homeport with a rule for another
 * port: its hook is entered, and leaves the choice to the stock kernel.
 * "pick-cost-unchecked" is a homeport that was built without the checks of load.h.
 * homeport-native is left out where the kernel does not have the patch series;
 * where it has, hash is that of the patched kernel without an owner.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../pickbench/hp_pickbench.h"
#include "ctl.h"
#include "module.h"
#include "record.h"
#include "server.h"

#define PORT		8080
#define OTHER_PORT	"ports=1"
#define OUR_PORT	"ports=8080"
#define DEVICE		"/dev/hp_pickbench"
#define PICKBENCH	"/lib/homeport/hp_pickbench.ko"
#define UNCHECKED	"/lib/homeport/unchecked.ko"
#define MAX_LISTENERS	1024
#define MAX_ROUNDS	16
#define PICKS		2048
#define REPEATS		5
#define FLAT_PERCENT	10

static const int sizes[] = { 2, 16, 128, 1024 };

#define NR_SIZES	((int)(sizeof(sizes) / sizeof(sizes[0])))

static const struct how {
	const char *scenario, *variant;
	const char *module;	/* homeport's parameters; NULL: not loaded */
	const char *file;	/* NULL: the module as it is */
	bool incoming, cbpf;
} hows[] = {
	{ "pick-cost", "hash" },
	{ "pick-cost", "incoming_cpu", .incoming = true },
	{ "pick-cost", "cbpf", .cbpf = true },
	{ "pick-cost", "homeport", OUR_PORT " attach=ftrace" },
	{ "pick-cost-no-rule", "homeport", OTHER_PORT " attach=ftrace" },
	{ "pick-cost-unchecked", "homeport", OUR_PORT " attach=ftrace", UNCHECKED },
	{ "pick-cost", "homeport-native", OUR_PORT " attach=native" },
	{ "pick-cost-no-rule", "homeport-native", OTHER_PORT " attach=native" },
};

#define MAX_HOWS	((int)(sizeof(hows) / sizeof(hows[0])))
#define NR_HOWS		(MAX_HOWS - (hp_kernel_is_patched() ? 0 : 2))

struct cost {
	double mean[MAX_ROUNDS];
	double least, most;
};

static struct cost costs[MAX_HOWS][NR_SIZES];
static bool want_ns;
static int device = -1;

static bool is_ours(const struct how *how)
{
	return how->module && strstr(how->module, OUR_PORT);
}

/* How many are open; fewer than @nr: the last one failed. */
static int open_group(const struct how *how, int nr, int fds[MAX_LISTENERS])
{
	int cpus[MAX_LISTENERS];
	struct hp_server_conf conf = {
		.family = AF_INET, .port = PORT, .listeners = nr,
		.incoming = how->incoming ? cpus : NULL,
		.incoming_when = HP_AFTER_LISTEN,
		.cbpf = how->cbpf ? nr : 0,
	};
	int k;

	for (k = 0; k < nr; k++) {
		cpus[k] = k;
		fds[k] = hp_listen(&conf, k);
		if (fds[k] < 0)
			break;
	}
	return k;
}

static int unload(void)
{
	if (!hp_module_present("homeport"))
		return 0;
	return HP_WAIT_FOR(!hp_module_unload(), HP_LATER) ? 0 : -EBUSY;
}

static int choose(int fd, struct cost *cost, int round)
{
	struct hp_pickbench b = {
		.fd = fd, .picks = PICKS, .repeats = REPEATS,
	};

	if (ioctl(device, HP_PICKBENCH_RUN, &b))
		return -errno;
	if (b.unanswered)
		return -ENOENT;
	cost->mean[round] = (double)(want_ns ? b.ns : b.ticks) / b.picks;
	cost->least = b.least;
	cost->most = b.most;
	return 0;
}

/* All picks of this group that homeport answered; -errno when it has none. */
static long answered(int nr)
{
	static struct hp_stat_info stat;
	struct hp_group_info g;
	struct hp_ctl ctl;
	long sum = 0;
	int ret;

	ret = hp_ctl_open(&ctl);
	ret = ret ?: hp_group_wait(&ctl, AF_INET, PORT, nr, &g);
	ret = ret ?: hp_stats(&ctl, g.id, &stat);
	if (!ret)
		sum = stat.picks[HOMEPORT_PICK_LOCAL] +
		      stat.picks[HOMEPORT_PICK_NEAR] +
		      stat.picks[HOMEPORT_PICK_FAR];
	hp_ctl_close(&ctl);
	return ret ?: sum;
}

/* All picks are made on one CPU, and none of them shall go elsewhere. */
static int take_bound(void)
{
	struct hp_rule_info rule;
	struct hp_ctl ctl;
	int ret;

	ret = hp_ctl_open(&ctl);
	if (!ret)
		ret = hp_rules(&ctl, &rule, 1) == 1 ? 0 : -ENOENT;
	ret = ret ?: hp_rule_set(&ctl, rule.id, HOMEPORT_A_RULE_BOUND_PERCENT, 0);
	hp_ctl_close(&ctl);
	return ret;
}

/* By homeport where it has a rule, and by it alone. */
static int choose_by(const struct how *how, int nr, int fd, struct cost *cost,
		     int round)
{
	bool ours = is_ours(how);
	int ret = ours ? take_bound() : 0;
	long before = ours ? answered(nr) : 0;

	if (ret || before < 0)
		return ret ?: before;
	ret = choose(fd, cost, round);
	if (!ret && ours && answered(nr) - before != 2 * REPEATS * PICKS)
		ret = -EPROTO;
	return ret;
}

/* Not pinned while it opens them: so each listener has a CPU of its own. */
static int turn(const struct how *how, int nr, struct cost *cost, int round)
{
	static int fds[MAX_LISTENERS];
	int cpus[HP_MAX_CPUS];
	int i, got, unloaded, ret;

	ret = hp_unpin(0);
	if (!ret && how->module)
		ret = hp_module_load_file(how->file ?: hp_module_path(),
					  how->module);
	if (ret)
		return ret;
	got = open_group(how, nr, fds);
	ret = got < nr ? fds[got] : 0;
	hp_cpus(cpus);
	ret = ret ?: hp_pin(cpus[0]);
	ret = ret ?: choose_by(how, nr, fds[0], cost, round);
	for (i = 0; i < got; i++)
		close(fds[i]);
	unloaded = unload();
	return ret ?: unloaded;
}

static bool measure_size(int size, int rounds)
{
	int round, i, ret;

	for (round = 0; round < rounds; round++)
		for (i = 0; i < NR_HOWS; i++) {
			ret = turn(&hows[i], sizes[size], &costs[i][size], round);
			if (ret)
				return check(false, "%s, %s, %d listeners: %s",
					     hows[i].scenario, hows[i].variant,
					     sizes[size], strerror(-ret));
			progress("%d listeners, round %d of %d, %s, %s: %.1f %s a pick",
				 sizes[size], round + 1, rounds,
				 hows[i].scenario, hows[i].variant,
				 costs[i][size].mean[round],
				 want_ns ? "ns" : "instructions");
		}
	return true;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(const struct cost *cost, int rounds)
{
	double sorted[MAX_ROUNDS];

	memcpy(sorted, cost->mean, sizeof(sorted));
	qsort(sorted, rounds, sizeof(*sorted), by_size);
	return sorted[rounds / 2];
}

static void record_cost(const struct how *how, int nr, const struct cost *cost,
			int rounds)
{
	char list[MAX_ROUNDS * 16] = "";
	const char *unit = want_ns ? "ns" : "instructions";
	int i, len = 0;

	for (i = 0; i < rounds; i++)
		len += snprintf(list + len, sizeof(list) - len, "%s%.2f",
				i ? "," : "", cost->mean[i]);
	record("scenario=%s\tvariant=%s\tlisteners=%d\tmetric=%s_per_pick\tvalue=%.2f\tunit=%s\tn=%d\trounds=%s",
	       how->scenario, how->variant, nr, unit, median(cost, rounds), unit,
	       PICKS, list);
	if (!want_ns)
		record("scenario=%s\tvariant=%s\tlisteners=%d\tmetric=most_instructions_per_pick\tvalue=%.0f\tunit=%s\tn=%d",
		       how->scenario, how->variant, nr, cost->most, unit, PICKS);
}

/* Time under emulation says nothing; instructions do. */
static void check_flat(int how, int rounds)
{
	double one, least = 0, most = 0;
	int i;

	for (i = 0; i < NR_SIZES; i++) {
		one = median(&costs[how][i], rounds);
		least = !i || one < least ? one : least;
		most = one > most ? one : most;
	}
	check(most <= least * (100 + FLAT_PERCENT) / 100,
	      "%s: %.1f to %.1f instructions a pick, flat within %d %%",
	      hows[how].variant, least, most, FLAT_PERCENT);
}

static void measure_all(int rounds)
{
	int i, size;

	for (size = 0; size < NR_SIZES; size++)
		if (!measure_size(size, rounds))
			return;
	for (i = 0; i < NR_HOWS; i++) {
		for (size = 0; size < NR_SIZES; size++)
			record_cost(&hows[i], sizes[size], &costs[i][size],
				    rounds);
		if (!want_ns && is_ours(&hows[i]))
			check_flat(i, rounds);
	}
}

/* Room for the descriptors, and the device. 0 or -errno. */
static int prepare(void)
{
	struct rlimit lim = { 4 * MAX_LISTENERS, 4 * MAX_LISTENERS };
	int ret;

	if (setrlimit(RLIMIT_NOFILE, &lim))
		return -errno;
	ret = hp_module_load_file(PICKBENCH, "");
	if (ret)
		return ret;
	device = open(DEVICE, O_RDWR | O_CLOEXEC);
	return device < 0 ? -errno : record_open();
}

int main(int argc, char **argv)
{
	int ret, rounds = argc > 2 ? atoi(argv[2]) : 3;

	want_ns = argc > 1 && !strcmp(argv[1], "ns");
	if (argc < 2 || rounds < 1 || rounds > MAX_ROUNDS) {
		fprintf(stderr, "usage: picks { instructions | ns } [ROUNDS]\n");
		return 2;
	}
	ret = prepare();
	if (check(!ret, "prepared: %s is there (%s)", DEVICE, strerror(-ret))) {
		record_machine(hp_nr_cpus());
		measure_all(rounds);
		record_close();
	}
	return checks_end();
}
