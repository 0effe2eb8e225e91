// SPDX-License-Identifier: GPL-2.0
/*
 * SYNs that nobody follows up arrive on one CPU, several for each connection
 * that a client means; clients connect on every CPU meanwhile. Whose handshake
 * completes, and is served?
 *
 * With SYN cookies, the kernel's default, and without.
 */
#include <stdio.h>
#include <string.h>

#include "module.h"
#include "record.h"
#include "server.h"
#include "strain.h"

#define BACKLOG		32	/* of each listener */
#define BEFORE		1024	/* of the flood, before the first client */
#define PER_CLIENT	16	/* of the flood, for each client */
#define CLIENTS		24	/* on each CPU */
#define PATIENCE_MS	200	/* of a client; it does not try again */

static struct share {
	unsigned int tried, served;
} flooded[NR_VARIANTS], others[NR_VARIANTS];

/* From an address and port of its own, and forgotten at once. */
static int flood(const struct setup *s, int nr)
{
	static struct tun_conn c;
	int ret = 0;

	while (!ret && nr--) {
		tun_conn_init(&strain_tun, &c, s->scenario->family, s->cpus[0],
			      NULL, SETUP_PORT);
		ret = tun_syn(&c);
		tun_conn_end(&c);
	}
	/* their SYN-ACKs, so that the device's queue is not full of them */
	tun_poll(&strain_tun);
	return ret;
}

/* 0, or what the device says; who is not served is no error. */
static int client(const struct setup *s, int cpu, struct share *share)
{
	static struct tun_conn c;
	bool served;
	int ret;

	tun_conn_init(&strain_tun, &c, s->scenario->family, cpu, NULL, SETUP_PORT);
	ret = tun_syn(&c);
	served = !ret && !tun_wait_synack(&c, hp_deadline(PATIENCE_MS)) &&
		 !tun_ack(&c) &&
		 !tun_recv(&c, sizeof(struct hp_reply), hp_deadline(PATIENCE_MS));
	share->tried++;
	share->served += served;
	tun_reset(&c);
	tun_conn_end(&c);
	return ret;
}

static int set_cookies(bool on)
{
	return hp_write("/proc/sys/net/ipv4/tcp_syncookies", "%d", on);
}

static int flood_turn(struct setup *s, bool cookies)
{
	int i, k, ret = set_cookies(cookies);

	ret = ret ?: flood(s, BEFORE);
	for (i = 0; !ret && i < CLIENTS; i++)
		for (k = 0; !ret && k < s->workers; k++) {
			ret = flood(s, PER_CLIENT);
			ret = ret ?: client(s, s->cpus[k],
					    k ? &others[s->variant] :
						&flooded[s->variant]);
		}
	set_cookies(true);
	progress("%s, %s: %u of %u on the flooded CPU, %u of %u on the others",
		 s->scenario->name, variant_names[s->variant],
		 flooded[s->variant].served, flooded[s->variant].tried,
		 others[s->variant].served, others[s->variant].tried);
	return ret;
}

static int with_cookies(struct setup *s, int round)
{
	return flood_turn(s, true);
}

static int without_cookies(struct setup *s, int round)
{
	return flood_turn(s, false);
}

/* As the other programs name it. */
static const char *name_of(enum variant v)
{
	return v == BY_HOMEPORT && hp_kernel_is_patched() ? "homeport-native" :
							   variant_names[v];
}

static double percent(const struct share *s)
{
	return 100.0 * s->served / (s->tried ?: 1);
}

static void flood_one(const struct scenario *scenario, enum variant v)
{
	struct share all = {
		.tried = flooded[v].tried + others[v].tried,
		.served = flooded[v].served + others[v].served,
	};
	char head[128];

	snprintf(head, sizeof(head), "scenario=%s\tvariant=%s\tlisteners=%d",
		 scenario->name, name_of(v), hp_nr_cpus());
	record("%s\tmetric=handshakes_completed\tvalue=%.3f\tunit=percent\tn=%u",
	       head, percent(&all), all.tried);
	record("%s\tmetric=completed_on_flooded_cpu\tvalue=%.3f\tunit=percent\tn=%u",
	       head, percent(&flooded[v]), flooded[v].tried);
	record("%s\tmetric=completed_on_other_cpus\tvalue=%.3f\tunit=percent\tn=%u",
	       head, percent(&others[v]), others[v].tried);
	check(all.tried, "%s, %s: %.1f %% of %u clients were served, on the flooded CPU %.1f, on the others %.1f",
	      scenario->name, name_of(v), percent(&all), all.tried,
	      percent(&flooded[v]), percent(&others[v]));
}

static void flood_end(const struct scenario *scenario)
{
	memset(flooded, 0, sizeof(flooded));
	memset(others, 0, sizeof(others));
}

#define FLOOD(cookies, text)						\
const struct strain strain_flood_##cookies = {				\
	.scenario = {							\
		.name = "syn-flood-" #cookies "-cookies", .kind = SERVER_OWN, \
		.about = "a SYN flood on one CPU, " text,		\
		.layout = ONE_PER_CPU, .family = AF_INET,		\
		.backlog = BACKLOG,					\
	},								\
	.rounds = 1, .turn = cookies##_cookies, .one = flood_one,	\
	.end = flood_end,						\
}

FLOOD(with, "answered by SYN cookies");
FLOOD(without, "SYN cookies are off");
