// SPDX-License-Identifier: GPL-2.0
/*
 * measure [-r ROUNDS] [-n CONNECTIONS] [-p] SCENARIO...: who accepts what where?
 *
 *  1. a client thread on each CPU plays a network behind a TUN device; all
 *     segments of a connection arrive on its CPU
 *  2. in each round every variant has its turn: hash, incoming_cpu, cbpf,
 *     homeport. A turn is a fresh server, the same load on every CPU, and a
 *     look at which CPU accepted each connection
 *  3. lines for the report go to /out/records, checks to standard output (TAP)
 *
 * A turn of a server that is not our own has a load before it that is not counted,
 * in every variant: workers that are not pinned shall have left the places of their
 * birth, and all shall accept. HAProxy listens before its threads do, and one that is a
 * tenth of a second later than another is taken for stalled, until it accepts.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "observer.h"
#include "record.h"
#include "result.h"

static const struct scenario scenarios[] = {
	{ "pinned-workers-ipv4", "own server, a pinned worker per CPU",
	  SERVER_OWN, ONE_PER_CPU, AF_INET },
	{ "pinned-workers-ipv6", "own server, a pinned worker per CPU",
	  SERVER_OWN, ONE_PER_CPU, AF_INET6 },
	{ "nginx", "unmodified, worker_cpu_affinity auto",
	  SERVER_NGINX, ONE_PER_CPU, AF_INET },
	{ "nginx-unpinned", "unmodified, workers not pinned",
	  SERVER_NGINX, ONE_PER_CPU, AF_INET, .unpinned = true },
	{ "haproxy", "unmodified, shards by-thread, cpu-map",
	  SERVER_HAPROXY, ONE_PER_CPU, AF_INET },
	{ "one-per-node", "own server, a pinned worker per NUMA node",
	  SERVER_OWN, ONE_PER_NODE, AF_INET },
	{ "one-per-core", "own server, a pinned worker per core",
	  SERVER_OWN, ONE_PER_CORE, AF_INET },
	{ "two-per-cpu", "own server, two pinned workers per CPU",
	  SERVER_OWN, TWO_PER_CPU, AF_INET },
};

static const struct scenario *find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++)
		if (!strcmp(scenarios[i].name, name))
			return &scenarios[i];
	return NULL;
}

static u64 kept_by(const struct setup *s, const u64 *load)
{
	u64 sum = load[HOMEPORT_LOAD_STALLED] + load[HOMEPORT_LOAD_RESCUED];

	/* one of those that are not pinned may be given too much by homeport's choice */
	return s->scenario->unpinned ? sum : sum + load[HOMEPORT_LOAD_BOUND];
}

/*
 * How many homeport has kept from workers that did not accept, or had more than their
 * bound though all CPUs are to get as many, so far.
 */
static u64 kept_away(const struct setup *s)
{
	struct hp_group_info groups[8];
	struct hp_stat_info stat;
	struct hp_ctl ctl;
	u64 sum = 0;
	int i, nr = 0;

	if (s->variant != BY_HOMEPORT || hp_ctl_open(&ctl))
		return 0;
	nr = hp_groups(&ctl, groups, 8);
	for (i = 0; i < nr && i < 8; i++)
		if (!hp_stats(&ctl, groups[i].id, &stat))
			sum += kept_by(s, stat.load);
	hp_ctl_close(&ctl);
	return sum;
}

/*
 * Where the host does not run a virtual CPU for a while, its worker is stalled and
 * others get its connections, or nothing arrives there and another CPU has more than
 * the bound of what does: that is right, but not what is measured here. Then the
 * load is repeated, so many times; one that always fails still does.
 */
#define AGAIN	3

static int load_steady(const struct setup *s, const struct client_load *load,
		       struct client_tally *tally)
{
	int ret, again = AGAIN;
	u64 before;

	do {
		before = kept_away(s);
		ret = observer_clear();
		ret = ret ?: client_run(load, tally);
		if (ret || kept_away(s) == before)
			return ret;
		progress("(a CPU stood still: %.0f connections went to others)",
			 (double)(kept_away(s) - before));
	} while (again--);
	return 0;
}

static int load(struct setup *s, unsigned int each, struct result *r)
{
	struct client_load load = {
		.family = s->scenario->family, .port = SETUP_PORT,
		.talk = s->scenario->kind == SERVER_OWN ? CLIENT_LISTENS :
							  CLIENT_HTTP,
		.each = each,
	};
	static struct client_tally tally;
	int ret = 0;

	if (s->scenario->kind != SERVER_OWN)
		ret = client_run(&load, &tally);
	ret = ret ?: load_steady(s, &load, &tally);
	if (tally.late)
		progress("(%u delayed ACKs)", tally.late);
	return ret ?: result_add(r, s, &tally);
}

static int turn(const struct scenario *scenario, enum variant v,
		unsigned int each, struct result *r)
{
	static struct setup s;
	int ret, stopped;

	ret = setup_start(&s, scenario, v);
	ret = ret ?: load(&s, each, r);
	stopped = setup_stop(&s);
	return ret ?: stopped;
}

/* False: a turn could not be taken, which is a failed check. */
static bool rounds(const struct scenario *scenario, int nr, unsigned int each,
		   struct result *results)
{
	int round, v, ret;

	for (round = 1; round <= nr; round++) {
		for (v = 0; v < NR_VARIANTS; v++) {
			ret = turn(scenario, v, each, &results[v]);
			if (ret)
				return check(false, "%s, %s, round %d: %s",
					     scenario->name, variant_names[v],
					     round, strerror(-ret));
			progress("%s, round %d of %d, %s: %.1f %% on their flow CPU",
				 scenario->name, round, nr, variant_names[v],
				 result_last(&results[v]));
		}
	}
	return true;
}

static void measure(const struct scenario *scenario, int nr, unsigned int all)
{
	struct result *results = calloc(NR_VARIANTS, sizeof(*results));
	int v, cpus = hp_nr_cpus();

	if (rounds(scenario, nr, (all + cpus - 1) / cpus, results))
		for (v = 0; v < NR_VARIANTS; v++) {
			result_record(&results[v]);
			result_check(&results[v]);
		}
	free(results);
}

static int usage(void)
{
	size_t i;

	fprintf(stderr, "usage: measure [-r ROUNDS] [-n CONNECTIONS-PER-ROUND] SCENARIO...\n");
	for (i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++)
		fprintf(stderr, "  %-20s %s\n", scenarios[i].name,
			scenarios[i].about);
	return 2;
}

int main(int argc, char **argv)
{
	unsigned int connections = 1024;
	int opt, nr_rounds = 3;
	const struct scenario *s;

	while ((opt = getopt(argc, argv, "r:n:")) != -1) {
		if (opt == 'r')
			nr_rounds = atoi(optarg);
		else if (opt == 'n')
			connections = atoi(optarg);
		else
			return usage();
	}
	if (nr_rounds < 1 || nr_rounds > MAX_ROUNDS || optind == argc)
		return usage();
	if (check(!record_open() && !observer_open() && !client_open(),
		  "prepared: records, observer, clients")) {
		record_machine(hp_nr_cpus());
		for (; optind < argc; optind++) {
			s = find(argv[optind]);
			if (check(s, "there is a scenario %s", argv[optind]))
				measure(s, nr_rounds, connections);
		}
		observer_close();
		client_close();
		record_close();
	}
	return checks_end();
}
