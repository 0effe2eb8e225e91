// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "observer.h"
#include "record.h"
#include "result.h"

/* In percent: what the tests demand of pinned workers */
#define OWN_AT_LEAST	99.9
#define DAEMON_AT_LEAST	99.0

static double percent(unsigned int part, unsigned int all)
{
	return all ? 100.0 * part / all : 0;
}

static enum hp_near nearest_worker(const struct setup *s, int cpu)
{
	enum hp_near near, best = HP_OTHER_NODE;
	int k;

	for (k = 0; k < s->workers; k++) {
		near = hp_cpu_near(cpu, s->cpus[k]);
		if (near < best)
			best = near;
	}
	return best;
}

/* The nearness is looked up once per pair: it is read from sysfs. */
static void add_near(struct result *r, const struct setup *s,
		     unsigned int round[HP_MAX_CPUS][HP_MAX_CPUS])
{
	int cpus[HP_MAX_CPUS];
	int i, j, nr = hp_cpus(cpus);
	enum hp_near near, best;

	for (i = 0; i < nr; i++) {
		best = nearest_worker(s, cpus[i]);
		for (j = 0; j < nr; j++) {
			if (!round[cpus[i]][cpus[j]])
				continue;
			near = hp_cpu_near(cpus[i], cpus[j]);
			r->by_near[near] += round[cpus[i]][cpus[j]];
			if (near == best)
				r->nearest += round[cpus[i]][cpus[j]];
		}
	}
}

static unsigned int add_matrix(struct result *r, const struct setup *s,
			       const int accept_cpu[65536])
{
	static unsigned int round[HP_MAX_CPUS][HP_MAX_CPUS];
	unsigned int seen = 0, local = 0;
	int port, flow, cpu;

	memset(round, 0, sizeof(round));
	for (port = 0; port < 65536; port++) {
		flow = client_flow_cpu(port);
		cpu = accept_cpu[port];
		if (flow < 0 || cpu == OBSERVER_NONE)
			continue;
		round[flow][cpu]++;
		r->matrix[flow][cpu]++;
		local += flow == cpu;
		seen++;
	}
	if (s->scenario->layout != ONE_PER_CPU)
		add_near(r, s, round);
	r->local += local;
	r->local_percent[r->rounds++] = percent(local, seen);
	return seen;
}

int result_add(struct result *r, const struct setup *s,
	       const struct client_tally *tally)
{
	static int accept_cpu[65536];
	unsigned int seen;
	int cpu, w, ret;

	ret = observer_read(accept_cpu);
	if (ret)
		return ret;
	r->scenario = s->scenario;
	r->variant = s->variant;
	r->workers = s->workers;
	memcpy(r->cpus, s->cpus, sizeof(r->cpus));
	r->tried += tally->tried;
	r->answered += tally->answered;
	r->elsewhere += tally->elsewhere;
	seen = add_matrix(r, s, accept_cpu);
	if (seen < tally->answered)
		r->unobserved += tally->answered - seen;
	for (cpu = 0; cpu < HP_MAX_CPUS; cpu++)
		for (w = 0; w < HP_MAX_WORKERS; w++)
			r->by_worker[cpu][w] += tally->by_worker[cpu][w];
	return 0;
}

double result_last(const struct result *r)
{
	return r->local_percent[r->rounds - 1];
}

static void put_head(const struct result *r, char *to, size_t size)
{
	snprintf(to, size, "scenario=%s\tvariant=%s\tlisteners=%d",
		 r->scenario->name, variant_names[r->variant], r->workers);
}

static void record_local(const struct result *r, const char *head)
{
	char rounds[MAX_ROUNDS * 16] = "";
	int i, len = 0;

	for (i = 0; i < r->rounds; i++)
		len += snprintf(rounds + len, sizeof(rounds) - len, "%s%.3f",
				i ? "," : "", r->local_percent[i]);
	record("%s\tmetric=accepted_on_flow_cpu\tvalue=%.3f\tunit=percent\tn=%u\trounds=%s",
	       head, percent(r->local, r->tried), r->tried, rounds);
	record("%s\tmetric=answered\tvalue=%.3f\tunit=percent\tn=%u", head,
	       percent(r->answered, r->tried), r->tried);
}

/* "1,2;3,4": a row per flow CPU */
static void record_matrix(const struct result *r, const char *head)
{
	static char text[HP_MAX_CPUS * HP_MAX_CPUS * 8];
	int cpus[HP_MAX_CPUS];
	int i, j, len = 0, nr = hp_cpus(cpus);

	for (i = 0; i < nr; i++)
		for (j = 0; j < nr; j++)
			len += snprintf(text + len, sizeof(text) - len, "%u%s",
					r->matrix[cpus[i]][cpus[j]],
					j < nr - 1 ? "," : i < nr - 1 ? ";" : "");
	record("%s\tmetric=matrix\tvalue=%s\tunit=connections\tn=%u", head,
	       text, r->tried);
}

static void record_near(const struct result *r, const char *head)
{
	static const char * const names[] = {
		[HP_SAME_CORE]	= "accepted_on_same_core",
		[HP_SAME_LLC]	= "accepted_on_same_llc",
		[HP_SAME_NODE]	= "accepted_on_same_node",
		[HP_OTHER_NODE]	= "accepted_on_other_node",
	};
	int near;

	for (near = HP_SAME_CORE; near <= HP_OTHER_NODE; near++)
		record("%s\tmetric=%s\tvalue=%.3f\tunit=percent\tn=%u", head,
		       names[near], percent(r->by_near[near], r->tried),
		       r->tried);
	record("%s\tmetric=accepted_by_nearest\tvalue=%.3f\tunit=percent\tn=%u",
	       head, percent(r->nearest, r->tried), r->tried);
}

/* What the busiest worker of a CPU got, as a multiple of their mean. */
static double unevenness(const struct result *r, int cpu)
{
	unsigned int load, sum = 0, most = 0;
	int w, flow, nr = 0;

	for (w = 0; w < r->workers; w++) {
		if (r->cpus[w] != cpu)
			continue;
		load = 0;
		for (flow = 0; flow < HP_MAX_CPUS; flow++)
			load += r->by_worker[flow][w];
		sum += load;
		most = load > most ? load : most;
		nr++;
	}
	return sum ? (double)most * nr / sum : 0;
}

static double worst_unevenness(const struct result *r)
{
	double one, worst = 0;
	int w;

	for (w = 0; w < r->workers; w++) {
		one = unevenness(r, r->cpus[w]);
		worst = one > worst ? one : worst;
	}
	return worst;
}

void result_record(const struct result *r)
{
	char head[160];

	put_head(r, head, sizeof(head));
	record_local(r, head);
	record_matrix(r, head);
	if (r->scenario->layout == ONE_PER_NODE ||
	    r->scenario->layout == ONE_PER_CORE)
		record_near(r, head);
	if (r->scenario->layout == TWO_PER_CPU)
		record("%s\tmetric=max_over_mean_within_cpu\tvalue=%.3f\tunit=ratio\tn=%u",
		       head, worst_unevenness(r), r->tried);
}

/* Is it one in N, within five standard deviations? */
static bool by_chance(const struct result *r)
{
	double n = hp_nr_cpus(), off = r->local - r->tried / n;

	return off * off <= 25.0 * r->tried * (n - 1) / (n * n);
}

static void check_promise(const struct result *r, const char *name)
{
	bool own = r->scenario->kind == SERVER_OWN;
	double least = own ? OWN_AT_LEAST : DAEMON_AT_LEAST;
	double local = percent(r->local, r->tried);

	if (r->variant == BY_HASH)
		check(by_chance(r), "%s: %.1f %% on the flow CPU, one in %d by chance",
		      name, local, hp_nr_cpus());
	else
		check(local >= least, "%s: %.2f %% on the flow CPU, at least %.1f",
		      name, local, least);
}

void result_check(const struct result *r)
{
	const struct scenario *s = r->scenario;
	char name[64];

	snprintf(name, sizeof(name), "%s, %s", s->name, variant_names[r->variant]);
	check(r->tried && r->answered == r->tried,
	      "%s: %u of %u clients got their bytes", name, r->answered, r->tried);
	check(!r->unobserved && !r->elsewhere,
	      "%s: every accept was seen, every packet came on its CPU", name);
	if (s->unpinned)
		return;
	if (s->layout == ONE_PER_CPU)
		check_promise(r, name);
	else if (r->variant == BY_HOMEPORT && s->layout == TWO_PER_CPU)
		check_promise(r, name);
	else if (r->variant == BY_HOMEPORT)
		check(r->nearest == r->tried, "%s: %u of %u by the nearest listener",
		      name, r->nearest, r->tried);
}
