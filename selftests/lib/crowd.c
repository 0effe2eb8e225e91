// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "crowd.h"

static int crowd_syn(struct crowd *w, const int *cpus, int nr_cpus, int each)
{
	int i, ret = 0;

	for (i = 0; !ret && i < w->nr; i++) {
		tun_conn_init(w->tun, &w->conns[i], w->to.family,
			      cpus[i / each % nr_cpus], w->to.addr, w->to.port);
		w->conns[i].again = true;
		ret = tun_syn(&w->conns[i]);
	}
	return ret;
}

static int crowd_wait(struct crowd *w)
{
	u64 deadline = hp_deadline(HP_SOON);
	int i;

	for (i = 0; i < w->nr; i++)
		if (tun_wait_synack(&w->conns[i], deadline))
			return -EPROTO;
	return 0;
}

int crowd_open(struct crowd *w, struct tun *t, const struct hp_target *to,
	       const int *cpus, int nr_cpus, int each, enum crowd_kind kind)
{
	int ret;

	*w = (struct crowd){ .tun = t, .to = *to, .kind = kind,
			     .nr = nr_cpus * each };
	w->conns = calloc(w->nr, sizeof(*w->conns));
	if (!w->conns)
		return -ENOMEM;
	ret = crowd_syn(w, cpus, nr_cpus, each) ?: crowd_wait(w);
	if (!ret && kind == CROWD_QUEUED)
		ret = crowd_ack(w);
	if (ret)
		crowd_end(w);
	return ret;
}

int crowd_ack(struct crowd *w)
{
	int i, ret = 0;

	for (i = 0; !ret && i < w->nr; i++)
		if (w->conns[i].state == TUN_SYN_RECEIVED)
			ret = tun_ack(&w->conns[i]);
	return ret;
}

int crowd_finish(struct crowd *w, struct hp_tally *tally, unsigned int ms)
{
	u64 deadline = hp_deadline(ms);
	int i, ret = crowd_ack(w);

	for (i = 0; !ret && i < w->nr; i++)
		hp_tally_note(tally, &w->conns[i], 0,
			      tun_recv(&w->conns[i], sizeof(struct hp_reply),
				       deadline));
	for (i = 0; !ret && i < w->nr; i++)
		ret = tun_reset(&w->conns[i]);
	crowd_end(w);
	return ret;
}

void crowd_end(struct crowd *w)
{
	int i;

	for (i = 0; w->conns && i < w->nr; i++)
		tun_conn_end(&w->conns[i]);
	free(w->conns);
	w->conns = NULL;
}
