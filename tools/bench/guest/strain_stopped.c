// SPDX-License-Identifier: GPL-2.0
/*
 * Connections arrive steadily, on each CPU in turn: one of the workers stops
 * (SIGSTOP) for a second, or none does.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "ctl.h"
#include "latency.h"
#include "record.h"
#include "strain.h"

#define INTERVAL_US	4000
#define BEFORE_MS	700	/* for caches, and for what homeport learns */
#define STOP_MS		1000
#define EVEN_MS		4000
#define STOPPED		1	/* the worker that stops */
#define LATE_MS		100

/* In percent. */
#define LATE_AT_MOST	1.0
#define LOCAL_AT_LEAST	99.9

static struct latency latencies[NR_VARIANTS];
static struct steady steady;

static int begin(struct setup *s)
{
	return steady_begin(&steady, &strain_tun,
			    &(struct hp_target){ .family = s->scenario->family,
						 .port = SETUP_PORT },
			    s->cpus, s->workers, INTERVAL_US) ?:
		steady_run(&steady, BEFORE_MS);
}

static int stopped_turn(struct setup *s, int round)
{
	pid_t worker = s->own.workers[STOPPED].tid;
	struct hp_tally tally = {};
	int from, to, ret;

	ret = begin(s);
	from = steady.nr;
	kill(worker, SIGSTOP);
	ret = ret ?: steady_run(&steady, STOP_MS);
	to = steady.nr;
	kill(worker, SIGCONT);
	ret = ret ?: steady_wait(&steady, HP_SOON);
	if (!ret)
		latency_add_steady(&latencies[s->variant], &steady, from, to);
	steady_end(&steady, &tally);
	progress("stopped, round %d, %s: %d of %d waited more than %d ms",
		 round, variant_names[s->variant],
		 latency_over(&latencies[s->variant], LATE_MS),
		 latencies[s->variant].nr, LATE_MS);
	return ret;
}

static void stopped_one(const struct scenario *scenario, enum variant v)
{
	struct latency *l = &latencies[v];
	double late = l->nr ? 100.0 * latency_over(l, LATE_MS) / l->nr : 100;
	char head[128];

	snprintf(head, sizeof(head), "scenario=%s\tvariant=%s\tlisteners=%d",
		 scenario->name, variant_names[v], hp_nr_cpus());
	record("%s\tmetric=waited_over_100ms\tvalue=%.3f\tunit=percent\tn=%d",
	       head, late, l->nr);
	latency_record(l, head);
	check(l->nr && !l->unserved, "%s, %s: all of %d were served in the end",
	      scenario->name, variant_names[v], l->nr);
	if (v == BY_HASH)
		check(late > 50.0 / hp_nr_cpus(),
		      "%s, hash: %.1f %% waited more than %d ms, about one in %d",
		      scenario->name, late, LATE_MS, hp_nr_cpus());
	if (v == BY_HOMEPORT)
		clock_check(late <= LATE_AT_MOST,
			    "%s, homeport: %.2f %% waited more than %d ms, at most %.0f",
			    scenario->name, late, LATE_MS, LATE_AT_MOST);
}

const struct strain strain_stopped = {
	.scenario = {
		.name = "one-stopped", .kind = SERVER_OWN,
		.about = "one of the workers stops for a second",
		.layout = ONE_PER_CPU, .family = AF_INET,
	},
	.rounds = 3, .turn = stopped_turn, .one = stopped_one,
};

/* What was accepted where, and what was spilled, of all even rounds. */
static struct {
	unsigned int tried, local;
	u64 spilled;
} even[NR_VARIANTS];

static int count_spilled(u64 *spilled)
{
	struct hp_group_info g[4];
	struct hp_stat_info stat;
	struct hp_ctl ctl;
	int i, nr, ret;

	ret = hp_ctl_open(&ctl);
	if (ret)
		return ret;
	nr = hp_groups(&ctl, g, 4);
	for (i = 0; !ret && i < nr; i++) {
		ret = hp_stats(&ctl, g[i].id, &stat);
		if (!ret)
			*spilled += stat.picks[HOMEPORT_PICK_SPILL];
	}
	hp_ctl_close(&ctl);
	return ret;
}

static int even_turn(struct setup *s, int round)
{
	static struct hp_tally tally;
	int ret;

	memset(&tally, 0, sizeof(tally));
	ret = begin(s);
	ret = ret ?: steady_run(&steady, EVEN_MS);
	ret = ret ?: steady_wait(&steady, HP_SOON);
	steady_end(&steady, &tally);
	if (!ret && s->variant == BY_HOMEPORT)
		ret = count_spilled(&even[s->variant].spilled);
	even[s->variant].tried += tally.tried;
	even[s->variant].local += tally.local;
	progress("even, round %d, %s: %u of %u at home", round,
		 variant_names[s->variant], tally.local, tally.tried);
	return ret;
}

static void even_one(const struct scenario *scenario, enum variant v)
{
	double local = 100.0 * even[v].local / (even[v].tried ?: 1);

	record("scenario=%s\tvariant=%s\tlisteners=%d\tmetric=accepted_on_flow_cpu\tvalue=%.3f\tunit=percent\tn=%u",
	       scenario->name, variant_names[v], hp_nr_cpus(), local,
	       even[v].tried);
	if (v != BY_HOMEPORT)
		return;
	record("scenario=%s\tvariant=%s\tlisteners=%d\tmetric=spilled\tvalue=%llu\tunit=connections\tn=%u",
	       scenario->name, variant_names[v], hp_nr_cpus(),
	       (unsigned long long)even[v].spilled, even[v].tried);
	check(local >= LOCAL_AT_LEAST,
	      "%s, homeport: %.2f %% at home, at least %.1f; %llu of %u spilled",
	      scenario->name, local, LOCAL_AT_LEAST,
	      (unsigned long long)even[v].spilled, even[v].tried);
}

const struct strain strain_even = {
	.scenario = {
		.name = "steady-even", .kind = SERVER_OWN,
		.about = "as many connections on each CPU, one by one",
		.layout = ONE_PER_CPU, .family = AF_INET,
	},
	.rounds = 2, .turn = even_turn, .one = even_one,
};
