// SPDX-License-Identifier: GPL-2.0
/*
 * Connections arrive on some CPUs only, as where a device has fewer queues than
 * the server has workers, or few clients are hashed to few of them.
 */
#include <stdio.h>
#include <string.h>

#include "load.h"
#include "record.h"
#include "strain.h"

#define BEFORE_MS	1500	/* until the bound is seen */
#define PIECE		8	/* on each CPU in turn, so that all are busy */
#define COUNTED		1536

/* The default bound, and how much of what might stay at home has to. */
#define BOUND		2.0
#define LOCAL_LEAST	0.9

static struct hp_tally tallies[NR_VARIANTS];

static double max_over_mean(enum variant v)
{
	unsigned int most = 0;
	int w;

	for (w = 0; w < HP_MAX_WORKERS; w++)
		if (hp_worker_total(&tallies[v], w) > most)
			most = hp_worker_total(&tallies[v], w);
	return (double)most * hp_nr_cpus() / (tallies[v].answered ?: 1);
}

static int lump_turn(struct setup *s, int round)
{
	struct hp_target to = { .family = s->scenario->family,
				.port = SETUP_PORT };
	static struct hp_tally before;
	struct hp_tally *tally = &tallies[s->variant];
	u64 until = hp_now() + BEFORE_MS;
	int ret = 0;

	while (!ret && hp_now() < until)
		ret = hp_load_all(&strain_tun, &to, s->cpus, s->scenario->busy,
				  PIECE, &before);
	ret = ret ?: hp_load_all(&strain_tun, &to, s->cpus, s->scenario->busy,
				 COUNTED / s->scenario->busy, tally);
	if (!ret)
		progress("%s, round %d, %s: the most is %.2f of the mean",
			 s->scenario->name, round, variant_names[s->variant],
			 max_over_mean(s->variant));
	return ret;
}

static void lump_one(const struct scenario *scenario, enum variant v)
{
	double most = max_over_mean(v);
	const struct hp_tally *t = &tallies[v];
	double local = 100.0 * t->local / (t->tried ?: 1);
	double least = LOCAL_LEAST * 100 * BOUND * scenario->busy / hp_nr_cpus();

	record("scenario=%s\tvariant=%s\tlisteners=%d\tmetric=max_over_mean\tvalue=%.3f\tunit=ratio\tn=%u",
	       scenario->name, variant_names[v], hp_nr_cpus(), most,
	       t->tried);
	record("scenario=%s\tvariant=%s\tlisteners=%d\tmetric=accepted_on_flow_cpu\tvalue=%.3f\tunit=percent\tn=%u",
	       scenario->name, variant_names[v], hp_nr_cpus(), local,
	       t->tried);
	check(t->tried && t->answered == t->tried,
	      "%s, %s: %u of %u clients got their bytes", scenario->name,
	      variant_names[v], t->answered, t->tried);
	if (v != BY_HOMEPORT)
		return;
	check(most <= BOUND, "%s, homeport: the most is %.2f of the mean, at most %.0f",
	      scenario->name, most, BOUND);
	check(local >= least, "%s, homeport: %.1f %% at home, at least %.1f",
	      scenario->name, local, least);
}

static void lump_end(const struct scenario *scenario)
{
	memset(tallies, 0, sizeof(tallies));
}

#define LUMP(nr, text)							\
const struct strain strain_lump##nr = {					\
	.scenario = {							\
		.name = "lump-" #nr, .kind = SERVER_OWN,		\
		.about = "connections arrive on " text " only",		\
		.layout = ONE_PER_CPU, .family = AF_INET, .busy = nr,	\
	},								\
	.rounds = 1, .turn = lump_turn,				\
	.one = lump_one, .end = lump_end,				\
}

LUMP(1, "one CPU");
LUMP(2, "two CPUs");
LUMP(3, "three CPUs");
