// SPDX-License-Identifier: GPL-2.0
/*
 * strain [-r ROUNDS] SCENARIO...: what becomes of connections when a worker stops,
 * or works long, or all of them arrive in one place?
 *
 * In each round every variant has its turn, with a fresh server: hash,
 * incoming_cpu, homeport with its defaults and, where it is asked for, one
 * listener for all workers. Records and checks are those of measure.
 *
 * What depends on the clock of an emulated machine is a figure there, not a check:
 * see clock_check().
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "record.h"
#include "strain.h"

#define NET	1		/* of the TUN device */

struct tun strain_tun;

static const struct strain * const strains[] = {
	&strain_even, &strain_stopped, &strain_mixed, &strain_loopback,
	&strain_lump1, &strain_lump2, &strain_lump3, &strain_full,
	&strain_flood_with, &strain_flood_without,
};

static const enum variant variants[] = {
	BY_HASH, BY_INCOMING_CPU, BY_HOMEPORT, BY_SINGLE,
};

bool strain_is_counted(void)
{
	return getenv("HP_ICOUNT");
}

#define NR_TURNS	(sizeof(variants) / sizeof(variants[0]))

static const struct strain *find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(strains) / sizeof(strains[0]); i++)
		if (!strcmp(strains[i]->scenario.name, name))
			return strains[i];
	return NULL;
}

/* For the log: what homeport counted in a turn. */
static void tell(const struct setup *s, int round)
{
	struct hp_group_info g;
	struct hp_ctl ctl;

	if (s->variant != BY_HOMEPORT || hp_ctl_open(&ctl))
		return;
	if (!hp_group_wait(&ctl, s->scenario->family, SETUP_PORT, s->workers, &g))
		printf("# %s, round %d: %s\n", s->scenario->name, round,
		       hp_load_text(&ctl, g.id));
	hp_ctl_close(&ctl);
}

static int turn(const struct strain *strain, enum variant v, int round)
{
	static struct setup s;
	int ret, stopped;

	ret = setup_start(&s, &strain->scenario, v);
	ret = ret ?: strain->turn(&s, round);
	if (!ret)
		tell(&s, round);
	stopped = setup_stop(&s);
	return ret ?: stopped;
}

static bool takes_part(const struct strain *strain, enum variant v)
{
	return v != BY_SINGLE || strain->single;
}

/* False: a turn could not be taken, which is a failed check. */
static bool round_of(const struct strain *strain, int round)
{
	size_t i;
	int ret;

	for (i = 0; i < NR_TURNS; i++) {
		if (!takes_part(strain, variants[i]))
			continue;
		ret = turn(strain, variants[i], round);
		if (ret)
			return check(false, "%s, %s, round %d: %s",
				     strain->scenario.name,
				     variant_names[variants[i]], round,
				     strerror(-ret));
	}
	return true;
}

static void conclude(const struct strain *strain)
{
	size_t i;

	for (i = 0; i < NR_TURNS; i++)
		if (takes_part(strain, variants[i]))
			strain->one(&strain->scenario, variants[i]);
	if (strain->end)
		strain->end(&strain->scenario);
}

static void measure(const struct strain *strain, int rounds)
{
	int round, nr = rounds ?: strain->rounds;

	for (round = 1; round <= nr; round++)
		if (!round_of(strain, round))
			return;
	conclude(strain);
}

static int usage(void)
{
	size_t i;

	fprintf(stderr, "usage: strain [-r ROUNDS] SCENARIO...\n");
	for (i = 0; i < sizeof(strains) / sizeof(strains[0]); i++)
		fprintf(stderr, "  %-18s %s\n", strains[i]->scenario.name,
			strains[i]->scenario.about);
	return 2;
}

int main(int argc, char **argv)
{
	const struct strain *s;
	int opt, rounds = 0;

	while ((opt = getopt(argc, argv, "r:")) != -1) {
		if (opt != 'r')
			return usage();
		rounds = atoi(optarg);
	}
	if (rounds < 0 || optind == argc)
		return usage();
	if (check(!record_open() && !tun_open(&strain_tun, NET),
		  "prepared: records, clients")) {
		record_machine(hp_nr_cpus());
		for (; optind < argc; optind++) {
			s = find(argv[optind]);
			if (check(s, "there is a scenario %s", argv[optind]))
				measure(s, rounds);
		}
		tun_close(&strain_tun);
		record_close();
	}
	return checks_end();
}
