// SPDX-License-Identifier: GPL-2.0
/*
 * All clients are on one CPU of the same host: their packets arrive there, and
 * that is one worker's home.
 *
 * With HP_ICOUNT=1 QEMU counts instructions (-icount shift=0): the guest's clock
 * advances by a nanosecond for each, whichever of its CPUs executes it, and
 * skips the time in which all are idle. A second of that clock is a CPU-second
 * then, and what else the host does is not in it. CPUs take turns, which have to be
 * short (tools/bench/common.sh): else what is sent to other CPUs waits until the
 * clients' CPU has nothing more to do, and is then found all at once, by one wake-up.
 *
 * With HP_TRANSFERS=1 the plugin (say.h) counts all that all CPUs do while
 * connections are counted; see tools/bench/loopback-transfers.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "latency.h"
#include "load.h"
#include "record.h"
#include "rounds.h"
#include "say.h"
#include "strain.h"

#define CLIENTS		8
#define BEFORE_MS	600	/* until the bound is seen; for each variant */
#define WARM_MS		50	/* until lines are where they are in the long run */
#define EACH		400	/* requests of a client that are counted */

struct client {
	pthread_t thread;
	int cpu, family;
	u64 until;		/* hp_now(); 0: until it has asked EACH times */
	struct latency latency;
	int ret;
};

static struct client clients[CLIENTS];
static struct rounds per_second[NR_VARIANTS], p99[NR_VARIANTS];
static struct latency latencies[NR_VARIANTS];

static u64 now_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static bool goes_on(const struct client *c)
{
	return c->until ? hp_now() < c->until : c->latency.nr < EACH;
}

static void *ask(void *arg)
{
	struct client *c = arg;
	struct hp_reply reply;
	u64 began;

	c->ret = hp_pin(c->cpu);
	while (!c->ret && goes_on(c)) {
		began = now_ns(CLOCK_MONOTONIC);
		c->ret = hp_loop_ask(c->family, NULL, SETUP_PORT, &reply);
		latency_add(&c->latency,
			    (now_ns(CLOCK_MONOTONIC) - began) / 1000);
	}
	return NULL;
}

/* For so long, or EACH times. */
static int ask_all(const struct setup *s, unsigned int ms)
{
	int i, started, ret = 0;

	for (started = 0; !ret && started < CLIENTS; started++) {
		struct client *c = &clients[started];

		c->cpu = s->cpus[0];
		c->family = s->scenario->family;
		c->until = ms ? hp_now() + ms : 0;
		c->latency.nr = 0;
		ret = -pthread_create(&c->thread, NULL, ask, c);
		if (ret)
			break;
	}
	for (i = 0; i < started; i++) {
		pthread_join(clients[i].thread, NULL);
		ret = ret ?: clients[i].ret;
	}
	return ret;
}

/* What this program and all workers have run, in nanoseconds. */
static u64 cpu_ns(const struct setup *s)
{
	u64 sum = now_ns(strain_is_counted() ? CLOCK_MONOTONIC :
					CLOCK_PROCESS_CPUTIME_ID);
	char path[64], text[128];
	unsigned long long ran;
	int k;

	for (k = 0; !strain_is_counted() && k < s->workers; k++) {
		snprintf(path, sizeof(path), "/proc/%d/schedstat",
			 s->own.workers[k].tid);
		if (!hp_read(path, text, sizeof(text)) &&
		    sscanf(text, "%llu", &ran) == 1)
			sum += ran;
	}
	return sum;
}

static void note(enum variant v, u64 ns)
{
	static struct latency all;
	int i, j;

	all.nr = 0;
	for (i = 0; i < CLIENTS; i++)
		for (j = 0; j < clients[i].latency.nr; j++) {
			latency_add(&all, clients[i].latency.us[j]);
			latency_add(&latencies[v], clients[i].latency.us[j]);
		}
	rounds_add(&per_second[v], all.nr * 1e9 / ns);
	rounds_add(&p99[v], latency_percentile(&all, 99));
}

/* Whatever any CPU does, from now on. */
static int count_on_all(const struct setup *s)
{
	int k, ret = 0;

	for (k = 0; !ret && k < s->workers; k++) {
		ret = hp_pin(s->cpus[k]);
		say_phase(PHASE_SERVE);
	}
	return ret ?: hp_unpin(0);
}

/* The lines are where they are in the long run when it begins to count. */
static int begin_transfers(const struct setup *s)
{
	int ret;

	say(ORDER_TRACK);
	ret = ask_all(s, WARM_MS);
	say(ORDER_CLEAR);
	return ret ?: count_on_all(s);
}

static int ask_counted(const struct setup *s)
{
	bool transfers = getenv("HP_TRANSFERS");
	int ret = transfers ? begin_transfers(s) : 0;
	u64 began = cpu_ns(s);

	ret = ret ?: ask_all(s, 0);
	if (!ret)
		note(s->variant, cpu_ns(s) - began);
	if (transfers) {
		say_write(variant_names[s->variant]);
		say(ORDER_REST);
		ret = ret ?: say_symbols("/out/symbols");
	}
	return ret;
}

static int loopback_turn(struct setup *s, int round)
{
	int ret;

	ret = ask_all(s, BEFORE_MS);
	ret = ret ?: ask_counted(s);
	if (ret)
		return ret;
	progress("loopback, round %d, %s: %.0f requests per CPU-second", round,
		 variant_names[s->variant],
		 per_second[s->variant].value[per_second[s->variant].nr - 1]);
	return 0;
}

static void loopback_one(const struct scenario *scenario, enum variant v)
{
	struct rounds ratio;
	char head[128];

	snprintf(head, sizeof(head), "scenario=%s\tvariant=%s\tlisteners=%d",
		 scenario->name, variant_names[v], hp_nr_cpus());
	rounds_record(head, "requests_per_cpu_second", &per_second[v],
		      "requests/s", latencies[v].nr);
	rounds_record(head, "p99_of_a_round_ms", &p99[v], "ms",
		      latencies[v].nr);
	latency_record(&latencies[v], head);
	if (v == BY_HASH)
		return;
	rounds_ratio(&per_second[v], &per_second[BY_HASH], &ratio);
	rounds_record(head, "requests_per_cpu_second_to_hash", &ratio, "ratio",
		      latencies[v].nr);
	rounds_ratio(&p99[v], &p99[BY_HASH], &ratio);
	rounds_record(head, "p99_to_hash", &ratio, "ratio", latencies[v].nr);
}

#define TIMES	"%s, homeport: %s %.3f times that of hash (%.3f to %.3f, %d rounds)"

/* Worse is what cannot be as good by chance. */
static void loopback_end(const struct scenario *scenario)
{
	const char *name = scenario->name;
	struct rounds ratio;
	double low, high;

	rounds_ratio(&per_second[BY_HOMEPORT], &per_second[BY_HASH], &ratio);
	rounds_interval(&ratio, &low, &high);
	if (strain_is_counted())
		check(high >= 1, TIMES, name, "requests per CPU-second",
		      rounds_median(&ratio), low, high, ratio.nr);
	else
		clock_check(high >= 1, TIMES, name, "requests per CPU-second",
			    rounds_median(&ratio), low, high, ratio.nr);
	rounds_ratio(&p99[BY_HOMEPORT], &p99[BY_HASH], &ratio);
	rounds_interval(&ratio, &low, &high);
	if (strain_is_counted())
		check(low <= 1, TIMES, name, "p99", rounds_median(&ratio), low,
		      high, ratio.nr);
	else
		clock_check(low <= 1, TIMES, name, "p99", rounds_median(&ratio),
			    low, high, ratio.nr);
}

const struct strain strain_loopback = {
	.scenario = {
		.name = "loopback-one-cpu", .kind = SERVER_OWN,
		.about = "all clients on one CPU of the same host",
		.layout = ONE_PER_CPU, .family = AF_INET,
	},
	.rounds = 11, .turn = loopback_turn,
	.one = loopback_one, .end = loopback_end,
};
