// SPDX-License-Identifier: GPL-2.0
/*
 * As many connections as all queues hold, one by one, all on one CPU; nobody
 * accepts. The kernel counts what it drops for a full queue.
 */
#include <stdio.h>
#include <stdlib.h>

#include "mib.h"
#include "record.h"
#include "strain.h"

#define BACKLOG		16

static struct {
	unsigned int tried;
	long overflows, drops;
} sums[NR_VARIANTS];

static int connect_one(struct tun_conn *c, const struct setup *s)
{
	int ret;

	tun_conn_init(&strain_tun, c, s->scenario->family, s->cpus[0], NULL,
		      SETUP_PORT);
	c->again = true;
	ret = tun_syn(c);
	/* who gets no SYN-ACK was dropped, and is counted by the kernel */
	if (!ret && !tun_wait_synack(c, hp_deadline(100)))
		ret = tun_ack(c);
	return ret;
}

static int full_turn(struct setup *s, int round)
{
	long overflows = mib("TcpExt", "ListenOverflows");
	long drops = mib("TcpExt", "ListenDrops");
	int i, nr = s->workers * BACKLOG, ret = 0;
	struct tun_conn *conns = calloc(nr, sizeof(*conns));

	for (i = 0; !ret && i < nr; i++)
		ret = connect_one(&conns[i], s);
	sums[s->variant].tried += nr;
	sums[s->variant].overflows += mib("TcpExt", "ListenOverflows") - overflows;
	sums[s->variant].drops += mib("TcpExt", "ListenDrops") - drops;
	while (i--) {
		tun_reset(&conns[i]);
		tun_conn_end(&conns[i]);
	}
	free(conns);
	progress("full, round %d, %s: %ld dropped so far", round,
		 variant_names[s->variant], sums[s->variant].drops);
	return ret;
}

static void full_one(const struct scenario *scenario, enum variant v)
{
	record("scenario=%s\tvariant=%s\tlisteners=%d\tmetric=listen_overflows\tvalue=%ld\tunit=events\tn=%u",
	       scenario->name, variant_names[v], hp_nr_cpus(),
	       sums[v].overflows, sums[v].tried);
	record("scenario=%s\tvariant=%s\tlisteners=%d\tmetric=listen_drops\tvalue=%ld\tunit=events\tn=%u",
	       scenario->name, variant_names[v], hp_nr_cpus(), sums[v].drops,
	       sums[v].tried);
	if (v == BY_HOMEPORT)
		check(!sums[v].overflows && !sums[v].drops,
		      "%s, homeport: %ld of %u overflowed, %ld dropped",
		      scenario->name, sums[v].overflows, sums[v].tried,
		      sums[v].drops);
}

const struct strain strain_full = {
	.scenario = {
		.name = "full-queues", .kind = SERVER_OWN,
		.about = "as many as all queues hold, on one CPU",
		.layout = ONE_PER_CPU, .family = AF_INET,
		.backlog = BACKLOG, .idle = true,
	},
	.rounds = 3, .turn = full_turn, .one = full_one,
};
