// SPDX-License-Identifier: GPL-2.0
/*
 * nginx with requests that need the CPU: each answer is compressed (gzip, level
 * 9), and one in a hundred is of a file that is much larger. Which of a hundred
 * is by chance, the same for each variant of a round.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon.h"
#include "latency.h"
#include "record.h"
#include "rounds.h"
#include "strain.h"

#define INTERVAL_US	(hp_slow() ? 12000 : 2000)
#define REQUESTS	600
#define ONE_IN		100

#define DIR		DAEMON_ROOT
#define FAST		DIR "/fast.txt"
#define SLOW		DIR "/slow.txt"
#define FAST_SIZE	(16 << 10)
#define SLOW_SIZE	(1 << 20)
#define GET(file)	"GET /" file " HTTP/1.0\r\nAccept-Encoding: gzip\r\n\r\n"

#define STATUS		"HTTP/1.1 200 "

/*
 * No worse than hash by more than the clock adds where it counts instructions: all CPUs
 * together have the speed of one there, so a slow request takes longer by what others do
 * meanwhile, and hash has one in four of them wait until it is over.
 */
#define THAN_HASH	(strain_is_counted() ? 1.03 : 1)

/* No worse than one shared queue by more than this. */
#define THAN_SINGLE	1.2

static struct latency latencies[NR_ALL_VARIANTS];
/* Of those that are not slow themselves: what others made them wait. */
static struct latency fast[NR_ALL_VARIANTS];
static struct rounds p99[NR_ALL_VARIANTS], p999[NR_ALL_VARIANTS];
static struct steady steady;
static u32 dice;

static u32 roll(u32 nr, u32 n)
{
	return ((nr + dice) * 2654435761u >> 8) % n;
}

static bool is_slow(int nr)
{
	return (u32)nr % ONE_IN == roll(nr / ONE_IN, ONE_IN);
}

static const char *request(int nr)
{
	return is_slow(nr) ? GET("slow.txt") : GET("fast.txt");
}

/*
 * Text that is some work to compress, but becomes short: our clients acknowledge
 * nothing, and the first window has to do.
 */
static int make_file(const char *path, int size)
{
	FILE *f = fopen(path, "we");
	int at = 0;

	if (!f)
		return -errno;
	while (at < size)
		at += fprintf(f, "each connection has its home\n");
	return fclose(f) ? -errno : 0;
}

static int make_files(void)
{
	mkdir(DIR, 0755);
	return make_file(FAST, FAST_SIZE) ?: make_file(SLOW, SLOW_SIZE);
}

/* Of a round by itself, beside all rounds together. */
static void note(enum variant v)
{
	static struct latency all;
	int i;

	all.nr = 0;
	all.unserved = 0;
	latency_add_steady(&all, &steady, 0, steady.nr);
	latency_add_steady(&latencies[v], &steady, 0, steady.nr);
	for (i = 0; i < steady.nr; i++)
		if (!is_slow(i))
			latency_add_steady(&fast[v], &steady, i, i + 1);
	rounds_add(&p99[v], latency_percentile(&all, 99));
	rounds_add(&p999[v], latency_percentile(&all, 99.9));
}

/* Status 200, and compressed: else it was no work. */
static bool is_answered(const struct tun_conn *c)
{
	char head[sizeof(c->buf) + 1];

	snprintf(head, sizeof(head), "%.*s", (int)sizeof(c->buf),
		 (const char *)c->buf);
	return !strncmp(head, STATUS, strlen(STATUS)) &&
	       strstr(head, "Content-Encoding: gzip");
}

static int mixed_turn(struct setup *s, int round)
{
	struct hp_tally tally = {};
	struct hp_target to = { .family = AF_INET, .port = SETUP_PORT };
	int i, ret;

	dice = round * 1000;
	ret = steady_begin(&steady, &strain_tun, &to, s->cpus, s->workers,
			   INTERVAL_US);
	steady.request = request;
	steady.chance = (1 + round) * 2654435761u;
	ret = ret ?: steady_run(&steady, REQUESTS * INTERVAL_US / 1000);
	ret = ret ?: steady_wait(&steady, HP_LATER);
	if (!ret)
		note(s->variant);
	for (i = 0; !ret && i < steady.nr; i++)
		if (steady.conns[i].ended && !is_answered(&steady.conns[i].c))
			ret = -EPROTO;
	progress("mixed, round %d, %s: %d requests, the longest %u ms", round,
		 variant_names[s->variant], steady.nr,
		 steady_longest(&steady, 0));
	steady_end(&steady, &tally);
	return ret;
}

static void ratios(const char *head, const char *name, enum variant v,
		   enum variant to)
{
	struct rounds ratio;
	char metric[32];

	if (v == to)
		return;
	snprintf(metric, sizeof(metric), "p99_to_%s", name);
	rounds_ratio(&p99[v], &p99[to], &ratio);
	rounds_record(head, metric, &ratio, "ratio", latencies[v].nr);
	snprintf(metric, sizeof(metric), "p99.9_to_%s", name);
	rounds_ratio(&p999[v], &p999[to], &ratio);
	rounds_record(head, metric, &ratio, "ratio", latencies[v].nr);
}

static void mixed_one(const struct scenario *scenario, enum variant v)
{
	struct latency *l = &latencies[v];
	char head[128];

	snprintf(head, sizeof(head), "scenario=%s\tvariant=%s\tlisteners=%d",
		 scenario->name, variant_names[v],
		 v == BY_SINGLE ? 1 : hp_nr_cpus());
	latency_record(l, head);
	latency_record_of(&fast[v], "fast_", head);
	ratios(head, "hash", v, BY_HASH);
	ratios(head, "single", v, BY_SINGLE);
	check(l->nr && !l->unserved, "%s, %s: all of %d were answered",
	      scenario->name, variant_names[v], l->nr);
}

#define TIMES	"%s, homeport: p%.4g of all is %.3f times that of %s, of a round %.3f to %.3f times (%d rounds)"

/* Worse is what is so in all rounds together, and cannot be as good by chance. */
static void compare(const struct scenario *scenario, double percent,
		    const struct rounds *r, enum variant v, double factor)
{
	double all = latency_percentile(&latencies[BY_HOMEPORT], percent) /
		     (latency_percentile(&latencies[v], percent) ?: 1);
	struct rounds ratio;
	double low, high;

	rounds_ratio(&r[BY_HOMEPORT], &r[v], &ratio);
	rounds_interval(&ratio, &low, &high);
	if (strain_is_counted())
		check(all <= factor || low <= factor, TIMES, scenario->name,
		      percent, all, variant_names[v], low, high, ratio.nr);
	else
		clock_check(all <= factor || low <= factor, TIMES,
			    scenario->name, percent, all, variant_names[v], low,
			    high, ratio.nr);
}

static void mixed_end(const struct scenario *scenario)
{
	compare(scenario, 99, p99, BY_HASH, THAN_HASH);
	compare(scenario, 99.9, p999, BY_HASH, THAN_HASH);
	compare(scenario, 99, p99, BY_SINGLE, THAN_SINGLE);
	compare(scenario, 99.9, p999, BY_SINGLE, THAN_SINGLE);
}

const struct strain strain_mixed = {
	.scenario = {
		.name = "nginx-mixed", .kind = SERVER_NGINX,
		.about = "a slow request in a hundred, all need the CPU",
		.layout = ONE_PER_CPU, .family = AF_INET,
		.gzip = true, .prepare = make_files,
	},
	.rounds = 11, .single = true, .turn = mixed_turn,
	.one = mixed_one, .end = mixed_end,
};
