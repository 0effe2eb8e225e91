// SPDX-License-Identifier: GPL-2.0
/*
 * scale [-r ROUNDS] [-n CONNECTIONS] [-v VARIANT]... SCENARIO: what do
 * connections share?
 *
 *  1. in each round every variant has its turn: a fresh server with a listener
 *     per CPU, and CONNECTIONS on each CPU, which are counted as the cold ones.
 *     When TIME_WAIT has ended for all of them, and some more have come, the same
 *     number again, which are those that count: a server that runs has the memory
 *     that it needs
 *  2. they come one after the other, each on another CPU (relay.h), and the
 *     phases of each are said to the plugin (say.h)
 *  3. what it counted it writes on the host, a piece for each lap; here are
 *     the names of the code, in /out, and what the clients saw, in /out/records
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "module.h"
#include "neighbours.h"
#include "record.h"
#include "relay.h"
#include "say.h"
#include "setup.h"

/* Each client of a CPU once; they take back what waiting moved. */
#define WARM_UP		4
/* In milliseconds; TIME_WAIT that no client of ours can end takes a minute. */
#define TIME_WAIT	120000
/* In seconds; what goes on for a while after a server's start is over then. */
#define REST		1
#define SOCKSTAT	"/proc/net/sockstat"
/*
 * Clients of each CPU are behind a device of their own, so that there are as many
 * neighbours as CPUs, in a table with not many more places; where two have one place
 * they fetch each other's line. A server has a gateway or two. So many more for
 * each CPU make the table so large that this is rare.
 */
#define NEIGHBOURS	8
/*
 * The bitmaps of a table of 256 descriptors share a line with somebody else's: they
 * have 72 bytes. It takes 64 CPUs to need so many; let all servers have a larger one.
 */
#define DESCRIPTORS	512

static const struct scenario scenarios[] = {
	{ "processes", "own server, a pinned process per CPU",
	  SERVER_OWN, ONE_PER_CPU, AF_INET },
	{ "nginx", "unmodified, worker_cpu_affinity auto",
	  SERVER_NGINX, ONE_PER_CPU, AF_INET },
	{ "haproxy", "unmodified, a thread per CPU",
	  SERVER_HAPROXY, ONE_PER_CPU, AF_INET },
	{ "keepalive", "nginx, 16 requests on each connection",
	  SERVER_NGINX, ONE_PER_CPU, AF_INET, .requests = 16 },
	{ "proxy", "HAProxy, to a backend on the same machine",
	  SERVER_HAPROXY, ONE_PER_CPU, AF_INET, .proxy = true },
};

/* How a listener is chosen, and by which attach. */
static const struct way {
	const char *name;
	enum variant variant;
	const char *attach;
} ways[] = {
	{ "hash", BY_HASH },
	{ "incoming_cpu", BY_INCOMING_CPU },
	{ "cbpf", BY_CBPF },
	{ "homeport", BY_HOMEPORT, "ftrace" },
	{ "homeport-native", BY_HOMEPORT, "native" },
};

#define NR_WAYS	((int)(sizeof(ways) / sizeof(ways[0])))

static unsigned int nr_rounds = 3, connections = 32;
static bool wanted[NR_WAYS];

static const struct scenario *find_scenario(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++)
		if (!strcmp(scenarios[i].name, name))
			return &scenarios[i];
	return NULL;
}

static bool want(const char *name)
{
	int v;

	for (v = 0; v < NR_WAYS; v++)
		if (!strcmp(ways[v].name, name))
			return wanted[v] = true;
	return false;
}

/* For whoever is started from here, as long as this is open. */
static int have_large_table(void)
{
	int null = open("/dev/null", O_RDONLY);

	return null < 0 || fcntl(null, F_DUPFD, DESCRIPTORS) < 0 ? -errno : 0;
}

/* What this kernel does not have is left out. */
static bool is_there(const struct way *way)
{
	return !way->attach || strcmp(way->attach, "native") ||
	       hp_kernel_is_patched();
}

/* Where phases begin that no program of ours can say. */
static int say_functions(void)
{
	int ret;

	ret = say_enter("__schedule", PHASE_NONE);
	ret = ret ?: say_enter("tcp_poll", PHASE_SERVE);
	ret = ret ?: say_span("reuseport_select_sock", PHASE_PICK);
	if (!ret && hp_kernel_is_patched())
		ret = say_span("__reuseport_owner_select", PHASE_PICK);
	/* the device and its reader are not what is measured */
	ret = ret ?: say_span("tun_net_xmit", PHASE_NONE);
	/* nor is the clock: one connection at a time has it all to itself */
	ret = ret ?: say_span("sysvec_apic_timer_interrupt", PHASE_TIME);
	say_span("task_mm_cid_work", PHASE_TIME);	/* since 6.4 */
	/* where it does not run within the interrupt */
	return ret ?: say_span("run_timer_softirq", PHASE_TIME);
}

/* What homeport allocates when a server comes is looked at, so load it first. */
static int load_homeport(const char *attach)
{
	char params[48];
	u64 start, end;
	int ret;

	snprintf(params, sizeof(params), "ports=%d attach=%s", SETUP_PORT, attach);
	ret = hp_module_load(params);
	ret = ret ?: say_module_range("homeport", &start, &end);
	if (!ret)
		say_watch(start, end);
	return ret;
}

enum lap { LAP_COLD, LAP_END, LAP_WARM_UP, LAP_STEADY, NR_LAPS };

static int begin_count(void)
{
	say(ORDER_CLEAR);
	return 0;
}

static void end_count(const struct relay_lap *lap)
{
	say_write(lap->label);
}

/* So many sockets are in TIME_WAIT; -1: it cannot be read. */
static int nr_in_time_wait(void)
{
	FILE *f = fopen(SOCKSTAT, "re");
	char line[128];
	int nr = -1;

	while (f && nr < 0 && fgets(line, sizeof(line), f))
		sscanf(line, "TCP: inuse %*d orphan %*d tw %d", &nr);
	if (f)
		fclose(f);
	return nr;
}

static int rest(void)
{
	if (!HP_WAIT_FOR(!nr_in_time_wait(), TIME_WAIT))
		return -ETIMEDOUT;
	sleep(REST);
	return 0;
}

static int measured_run(const struct client_load *load, struct relay_lap *laps)
{
	char path[128];
	int ret;

	ret = relay_run(load, laps, NR_LAPS);
	snprintf(path, sizeof(path), "/out/modules-%s", laps[LAP_STEADY].label);
	return ret ?: say_module_symbols(path);
}

static int serve_and_measure(const struct scenario *scenario, enum variant v,
			     struct relay_lap *laps)
{
	struct client_load load = {
		.family = scenario->family, .port = SETUP_PORT,
		.talk = scenario->kind == SERVER_OWN ? CLIENT_LISTENS :
						       CLIENT_HTTP,
		.requests = scenario->requests,
	};
	static struct setup s;
	int ret, stopped;

	ret = setup_start(&s, scenario, v);
	ret = ret ?: measured_run(&load, laps);
	stopped = setup_stop(&s);
	return ret ?: stopped;
}

static int turn(const struct scenario *scenario, const struct way *way,
		struct relay_lap *laps)
{
	int ret;

	say_watch(0, 0);
	say(ORDER_TRACK);
	ret = way->attach ? load_homeport(way->attach) : 0;
	ret = ret ?: serve_and_measure(scenario, way->variant, laps);
	say(ORDER_REST);
	return ret;
}

/* The host finds what was counted by the label. */
static bool put_lap(const struct scenario *scenario, const struct way *way,
		    int round, enum lap lap, const struct relay_lap *l)
{
	const struct relay_tally *t = &l->tally;

	record("turn=%s\tlap=%s\tscenario=%s\tvariant=%s\tround=%d\tlisteners=%d\tn=%u\tlocal=%u",
	       l->label, lap == LAP_COLD ? "cold" : "steady", scenario->name,
	       way->name, round, hp_nr_cpus(), t->answered, t->local);
	return check(t->answered == t->tried, "%s: %u of %u connections answered",
		     l->label, t->answered, t->tried);
}

/* False: it could not be taken. */
static bool take_turn(const struct scenario *scenario, const struct way *way,
		      int round)
{
	char label[96], cold[104];
	struct relay_lap laps[NR_LAPS] = {
		[LAP_COLD] = { .each = connections, .begin = begin_count,
			       .end = end_count, .label = cold },
		[LAP_END] = { .each = 1, .ends = true },
		[LAP_WARM_UP] = { .each = WARM_UP, .begin = rest },
		[LAP_STEADY] = { .each = connections, .begin = begin_count,
				 .end = end_count, .label = label },
	};
	int ret;

	snprintf(label, sizeof(label), "%s-%s-%d", scenario->name,
		 way->name, round);
	snprintf(cold, sizeof(cold), "%s-cold", label);
	ret = turn(scenario, way, laps);
	if (ret)
		return check(false, "%s: %s", label, strerror(-ret));
	progress("round %d of %u, %s: %u of %u answered", round, nr_rounds,
		 way->name, laps[LAP_STEADY].tally.answered,
		 laps[LAP_STEADY].tally.tried);
	return put_lap(scenario, way, round, LAP_COLD, &laps[LAP_COLD]) &
	       put_lap(scenario, way, round, LAP_STEADY, &laps[LAP_STEADY]);
}

static void measure(const struct scenario *scenario)
{
	int round, v;

	for (round = 1; round <= nr_rounds; round++)
		for (v = 0; v < NR_WAYS; v++)
			if (wanted[v] && is_there(&ways[v]) &&
			    !take_turn(scenario, &ways[v], round))
				return;
}

static int usage(void)
{
	size_t i;

	fprintf(stderr, "usage: scale [-r ROUNDS] [-n CONNECTIONS] [-v VARIANT]... SCENARIO...\n");
	for (i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++)
		fprintf(stderr, "  %-12s %s\n", scenarios[i].name,
			scenarios[i].about);
	return 2;
}

static bool take_options(int argc, char **argv)
{
	int opt, v;
	bool some = false;

	while ((opt = getopt(argc, argv, "r:n:v:")) != -1) {
		if (opt == 'r')
			nr_rounds = atoi(optarg);
		else if (opt == 'n')
			connections = atoi(optarg);
		else if (opt == 'v' && want(optarg))
			some = true;
		else
			return false;
	}
	for (v = 0; !some && v < NR_WAYS; v++)
		wanted[v] = true;
	return nr_rounds && connections && optind < argc;
}

int main(int argc, char **argv)
{
	const struct scenario *s;

	if (!take_options(argc, argv))
		return usage();
	if (check(!record_open() && !relay_open() && !have_large_table() &&
		  !neighbours_add(NEIGHBOURS * hp_nr_cpus()) &&
		  !say_functions() && !say_symbols("/out/symbols"),
		  "prepared: records, clients, descriptors, neighbours, phases, symbols")) {
		record_machine(hp_nr_cpus());
		for (; optind < argc; optind++) {
			s = find_scenario(argv[optind]);
			if (check(s, "there is a scenario %s", argv[optind]))
				measure(s);
		}
		relay_close();
		record_close();
	}
	return checks_end();
}
