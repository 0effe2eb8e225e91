// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <unistd.h>

#include "table.h"

#define MAX_LISTENERS	256

int table_listen(const struct hp_server_conf *conf, int cpu)
{
	struct hp_server_conf at = *conf;

	at.incoming = &cpu;
	at.incoming_when = HP_BEFORE_LISTEN;
	return hp_listen(&at, 0);
}

void table_at_once(struct hp_server_conf *conf, const int *cpus)
{
	conf->master = true;
	conf->incoming = cpus;
	conf->incoming_when = HP_BEFORE_LISTEN;
}

int table_serve(int listener, u32 worker)
{
	int n = 0;

	while (!hp_serve_one(listener, worker))
		n++;
	return n;
}

static int serve_each(struct tun *t, const int *listeners, int nr)
{
	int k, n = 0;

	tun_poll(t);
	for (k = 0; k < nr; k++)
		n += table_serve(listeners[k], k);
	return n;
}

int table_serve_all(struct tun *t, const int *listeners, int nr, int n,
		    unsigned int ms)
{
	int served = 0;

	(void)HP_WAIT_FOR((served += serve_each(t, listeners, nr)) >= n, ms);
	return served;
}

u64 table_count(struct hp_ctl *c, u32 group, enum homeport_table what)
{
	struct hp_stat_info st;

	return hp_stats(c, group, &st) ? ~0ull : st.table[what];
}

static bool find(struct hp_ctl *c, u32 group, u32 index,
		 struct hp_listener_info *found)
{
	struct hp_listener_info l[MAX_LISTENERS];
	int k, n = hp_listeners(c, group, l, MAX_LISTENERS);

	for (k = 0; k < n && k < MAX_LISTENERS; k++)
		if (l[k].index == index) {
			*found = l[k];
			return true;
		}
	return false;
}

u32 table_queue(struct hp_ctl *c, u32 group, u32 index)
{
	struct hp_listener_info l;

	return find(c, group, index, &l) ? l.queue : ~0u;
}

int table_state(struct hp_ctl *c, u32 group, u32 index)
{
	struct hp_listener_info l;

	return find(c, group, index, &l) ? (int)l.state : -1;
}

static int resets(const struct crowd *w)
{
	int i, n = 0;

	for (i = 0; i < w->nr; i++)
		n += w->conns[i].rst;
	return n;
}

int table_resets(struct crowd *w, int n, unsigned int ms)
{
	u64 deadline = hp_deadline(ms);

	do
		tun_poll(w->tun);
	while (resets(w) < n && tun_wait(w->tun, deadline));
	return resets(w);
}

int table_bind(const struct hp_server_conf *conf, bool reuseport)
{
	struct hp_server_conf try = *conf;
	int fd;

	try.no_reuseport = !reuseport;
	fd = hp_listen(&try, 0);
	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}
