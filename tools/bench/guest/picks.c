// SPDX-License-Identifier: GPL-2.0
/*
 * picks instructions|ns [ROUNDS]: the cost of choosing a listener
 *
 *  1. for 2, 16, 128 and 1024 listeners, and each variant in turn, open the
 *     group in this process: nobody accepts, nothing is sent
 *  2. hp_pickbench.ko lets it choose, with many hash values; then it looks the
 *     listener up, as the stack does, from many ports, by IPv4 and by IPv6
 *  3. of all rounds, the median goes to /out/records
 *
 * Of a lookup that of a listener without SO_REUSEPORT is taken off, which was there
 * before, alone at the same port: what is left is the whole choice, with the hash
 * of the flow that only it needs.
 *
 * incoming_cpu is a machine with as many CPUs as listeners: the k-th has
 * SO_INCOMING_CPU k. homeport serves this machine's CPUs: what they share,
 * they take in turns. "...-no-rule" is homeport with a rule for another
 * port: its hook is entered, and leaves the choice to the stock kernel.
 * "...-unchecked" is a homeport that was built without the checks of load.h.
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

static const struct measure {
	const char *scenario, *name;
	int family;
	unsigned int what;
} measures[] = {
	{ "pick-cost", "pick", AF_INET, HP_PICKBENCH_SELECT },
	{ "choice-ipv4", "choice", AF_INET, HP_PICKBENCH_LOOKUP },
	{ "choice-ipv6", "choice", AF_INET6, HP_PICKBENCH_LOOKUP },
};

#define NR_MEASURES	((int)(sizeof(measures) / sizeof(measures[0])))

static const struct how {
	const char *suffix, *variant;	/* of the scenario */
	const char *module;	/* homeport's parameters; NULL: not loaded */
	const char *file;	/* NULL: the module as it is */
	bool incoming, cbpf;
} hows[] = {
	{ "", "hash" },
	{ "", "incoming_cpu", .incoming = true },
	{ "", "cbpf", .cbpf = true },
	{ "", "homeport", OUR_PORT " attach=ftrace" },
	{ "-no-rule", "homeport", OTHER_PORT " attach=ftrace" },
	{ "-unchecked", "homeport", OUR_PORT " attach=ftrace", UNCHECKED },
	{ "", "homeport-native", OUR_PORT " attach=native" },
	{ "-no-rule", "homeport-native", OTHER_PORT " attach=native" },
};

#define MAX_HOWS	((int)(sizeof(hows) / sizeof(hows[0])))
#define NR_HOWS		(MAX_HOWS - (hp_kernel_is_patched() ? 0 : 2))

struct cost {
	double mean[MAX_ROUNDS];
	double least, most;
};

static struct cost costs[MAX_HOWS][NR_SIZES][NR_MEASURES];
/* What is taken off: the lookup where nobody has to choose. */
static struct cost plain[NR_MEASURES];
static bool want_ns;
static int device = -1;

static bool is_ours(const struct how *how)
{
	return how->module && strstr(how->module, OUR_PORT);
}

/* How many are open; fewer than @nr: the last one failed. */
static int open_group(const struct how *how, int family, int nr,
		      int fds[MAX_LISTENERS])
{
	int cpus[MAX_LISTENERS];
	struct hp_server_conf conf = {
		.family = family, .port = PORT, .listeners = nr,
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

static int choose(const struct measure *m, int fd, struct cost *cost, int round)
{
	struct hp_pickbench b = {
		.fd = fd, .what = m->what, .picks = PICKS, .repeats = REPEATS,
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
static long answered(int family, int nr)
{
	static struct hp_stat_info stat;
	struct hp_group_info g;
	struct hp_ctl ctl;
	long sum = 0;
	int ret;

	ret = hp_ctl_open(&ctl);
	ret = ret ?: hp_group_wait(&ctl, family, PORT, nr, &g);
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
	return hp_rules_set(HOMEPORT_A_RULE_BOUND_PERCENT, 0);
}

/* By homeport where it has a rule, and by it alone. */
static int choose_by(const struct how *how, const struct measure *m, int nr,
		     int fd, struct cost *cost, int round)
{
	bool ours = is_ours(how);
	int ret = ours ? take_bound() : 0;
	long before = ours ? answered(m->family, nr) : 0;

	if (ret || before < 0)
		return ret ?: before;
	ret = choose(m, fd, cost, round);
	if (!ret && ours &&
	    answered(m->family, nr) - before != 2 * REPEATS * PICKS)
		ret = -EPROTO;
	return ret;
}

/* Not pinned while it opens them: so each listener has a CPU of its own. */
static int turn_of_family(const struct how *how, int family, int nr,
			  struct cost cost[NR_MEASURES], int round)
{
	static int fds[MAX_LISTENERS];
	int cpus[HP_MAX_CPUS];
	int i, got, ret;

	ret = hp_unpin(0);
	if (ret)
		return ret;
	got = open_group(how, family, nr, fds);
	ret = got < nr ? fds[got] : 0;
	hp_cpus(cpus);
	ret = ret ?: hp_pin(cpus[0]);
	for (i = 0; !ret && i < NR_MEASURES; i++)
		if (measures[i].family == family)
			ret = choose_by(how, &measures[i], nr, fds[0], &cost[i],
					round);
	for (i = 0; i < got; i++)
		close(fds[i]);
	return ret;
}

static int turn(const struct how *how, int nr, struct cost cost[NR_MEASURES],
		int round)
{
	int ret = 0, unloaded;

	if (how->module)
		ret = hp_module_load_file(how->file ?: hp_module_path(),
					  how->module);
	ret = ret ?: turn_of_family(how, AF_INET, nr, cost, round);
	ret = ret ?: turn_of_family(how, AF_INET6, nr, cost, round);
	unloaded = unload();
	return ret ?: unloaded;
}

/* Nobody else listens there, and homeport is not loaded. */
static int look_up_plain(const struct measure *m, struct cost *cost, int round)
{
	struct hp_server_conf conf = {
		.family = m->family, .port = PORT, .listeners = 1,
		.no_reuseport = true,
	};
	int cpus[HP_MAX_CPUS];
	int fd, ret;

	fd = hp_listen(&conf, 0);
	if (fd < 0)
		return fd;
	hp_cpus(cpus);
	ret = hp_pin(cpus[0]);
	ret = ret ?: choose(m, fd, cost, round);
	close(fd);
	return ret;
}

static bool measure_plain(int rounds)
{
	int i, round, ret = 0;

	for (i = 0; i < NR_MEASURES; i++) {
		if (measures[i].what != HP_PICKBENCH_LOOKUP)
			continue;
		for (round = 0; !ret && round < rounds; round++)
			ret = look_up_plain(&measures[i], &plain[i], round);
		if (!check(!ret, "%s, no choice: %.1f %s a lookup (%s)",
			   measures[i].scenario, plain[i].mean[0],
			   want_ns ? "ns" : "instructions", strerror(-ret)))
			return false;
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

static void take_off(struct cost *cost, const struct cost *off, int rounds)
{
	int i;

	for (i = 0; i < rounds; i++)
		cost->mean[i] -= median(off, rounds);
	cost->most -= off->least;
}

static void say_turn(const struct how *how, int nr, int round, int rounds,
		     const struct cost cost[NR_MEASURES])
{
	int i;

	for (i = 0; i < NR_MEASURES; i++)
		progress("%d listeners, round %d of %d, %s%s, %s: %.1f %s%s",
			 nr, round + 1, rounds, measures[i].scenario,
			 how->suffix, how->variant,
			 cost[i].mean[round], want_ns ? "ns" : "instructions",
			 measures[i].what == HP_PICKBENCH_LOOKUP ?
			 ", with the lookup" : "");
}

static bool measure_size(int size, int rounds)
{
	int round, i, ret;

	for (round = 0; round < rounds; round++)
		for (i = 0; i < NR_HOWS; i++) {
			ret = turn(&hows[i], sizes[size], costs[i][size], round);
			if (ret)
				return check(false, "pick-cost%s, %s, %d listeners: %s",
					     hows[i].suffix, hows[i].variant,
					     sizes[size], strerror(-ret));
			say_turn(&hows[i], sizes[size], round, rounds,
				 costs[i][size]);
		}
	return true;
}

static void record_cost(const struct how *how, const struct measure *m, int nr,
			const struct cost *cost, int rounds)
{
	char list[MAX_ROUNDS * 16] = "";
	const char *unit = want_ns ? "ns" : "instructions";
	int i, len = 0;

	for (i = 0; i < rounds; i++)
		len += snprintf(list + len, sizeof(list) - len, "%s%.2f",
				i ? "," : "", cost->mean[i]);
	record("scenario=%s%s\tvariant=%s\tlisteners=%d\tmetric=%s_per_%s\tvalue=%.2f\tunit=%s\tn=%d\trounds=%s",
	       m->scenario, how->suffix, how->variant, nr, unit, m->name,
	       median(cost, rounds), unit, PICKS, list);
	if (!want_ns)
		record("scenario=%s%s\tvariant=%s\tlisteners=%d\tmetric=most_instructions_per_%s\tvalue=%.0f\tunit=%s\tn=%d",
		       m->scenario, how->suffix, how->variant, nr, m->name,
		       cost->most, unit, PICKS);
}

/*
 * Time under emulation says nothing; instructions do. Where listeners share CPUs
 * they take turns: those groups are compared.
 */
static void check_flat(int how, int m, int rounds)
{
	double one, least = 0, most = 0;
	int i;

	for (i = 0; i < NR_SIZES; i++) {
		if (sizes[i] <= hp_nr_cpus())
			continue;
		one = median(&costs[how][i][m], rounds);
		least = !least || one < least ? one : least;
		most = one > most ? one : most;
	}
	check(most <= least * (100 + FLAT_PERCENT) / 100,
	      "%s%s, %s: %.1f to %.1f instructions, flat within %d %%",
	      measures[m].scenario, hows[how].suffix, hows[how].variant, least,
	      most, FLAT_PERCENT);
}

/* The first of all variants is hash. */
static void check_no_dearer(int how, int m, int rounds)
{
	double hash, one;
	int i;

	for (i = 0; i < NR_SIZES; i++) {
		hash = median(&costs[0][i][m], rounds);
		one = median(&costs[how][i][m], rounds);
		check(one <= hash,
		      "%s, %s, %d listeners: %.1f instructions, no more than the %.1f of %s",
		      measures[m].scenario, hows[how].variant, sizes[i], one,
		      hash, hows[0].variant);
	}
}

static void check_cost(int how, int m, int rounds)
{
	if (want_ns || !is_ours(&hows[how]))
		return;
	check_flat(how, m, rounds);
	if (measures[m].what == HP_PICKBENCH_LOOKUP &&
	    !strcmp(hows[how].variant, "homeport-native"))
		check_no_dearer(how, m, rounds);
}

static void record_measure(int m, int rounds)
{
	int i, size;

	for (i = 0; i < NR_HOWS; i++) {
		for (size = 0; size < NR_SIZES; size++) {
			take_off(&costs[i][size][m], &plain[m], rounds);
			record_cost(&hows[i], &measures[m], sizes[size],
				    &costs[i][size][m], rounds);
		}
		check_cost(i, m, rounds);
	}
}

static void measure_all(int rounds)
{
	int i, size;

	/* the first lookups draw the kernel's secrets, and a work ends that */
	turn(&hows[0], sizes[0], costs[0][0], 0);
	usleep(200000);
	if (!measure_plain(rounds))
		return;
	for (size = 0; size < NR_SIZES; size++)
		if (!measure_size(size, rounds))
			return;
	for (i = 0; i < NR_MEASURES; i++)
		record_measure(i, rounds);
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
