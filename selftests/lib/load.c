// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "load.h"

/* So many at a time: fewer than any backlog. */
#define BATCH	32
/* So many on a CPU before the next one's: all of them are busy then. */
#define PIECE	8

static int each(struct tun_conn *c, int nr, int (*send)(struct tun_conn *c))
{
	int i, ret = 0;

	for (i = 0; !ret && i < nr; i++)
		if (!c[i].rst)
			ret = send(&c[i]);
	return ret;
}

static int syn_all(struct tun *t, const struct hp_target *to, int cpu,
		   struct tun_conn *c, int nr)
{
	int i;

	for (i = 0; i < nr; i++) {
		tun_conn_init(t, &c[i], to->family, cpu, to->addr, to->port);
		c[i].again = true;
	}
	return each(c, nr, tun_syn);
}

static int ack_one(struct tun_conn *c)
{
	return c->state == TUN_SYN_RECEIVED ? tun_ack(c) : 0;
}

static void note_reply(const struct tun_conn *c, int cpu, struct hp_tally *tally)
{
	struct hp_reply r;

	memcpy(&r, c->buf, sizeof(r));
	if (r.magic != HP_MAGIC || r.cpu >= HP_MAX_CPUS ||
	    r.worker >= HP_MAX_WORKERS) {
		tally->garbled++;
		return;
	}
	tally->answered++;
	tally->local += r.cpu == cpu;
	tally->matrix[cpu][r.cpu]++;
	tally->by_worker[cpu][r.worker]++;
}

void hp_tally_note(struct hp_tally *tally, const struct tun_conn *c,
		   int synack, int recv)
{
	tally->tried++;
	if (synack == -ECONNREFUSED)
		tally->refused++;
	else if (synack)
		tally->no_synack++;
	else if (recv == -ETIMEDOUT)
		tally->silent++;
	else if (recv == -ECONNRESET)
		tally->reset++;
	else if (recv)
		tally->garbled++;
	else
		note_reply(c, c->cpu, tally);
}

/* Once some were not served, do not wait as long for each that follows. */
static u64 batch_deadline(const struct hp_tally *tally)
{
	bool lost = tally->silent || tally->no_synack;

	return hp_deadline(lost ? HP_SOON / 30 : HP_SOON);
}

static int batch(struct tun *t, const struct hp_target *to, int cpu, int nr,
		 struct hp_tally *tally)
{
	struct tun_conn c[BATCH];
	int synack[BATCH], ret, i;
	u64 deadline = batch_deadline(tally);

	ret = syn_all(t, to, cpu, c, nr);
	for (i = 0; !ret && i < nr; i++)
		synack[i] = tun_wait_synack(&c[i], deadline);
	ret = ret ?: each(c, nr, ack_one);
	for (i = 0; !ret && i < nr; i++)
		hp_tally_note(tally, &c[i], synack[i],
			      synack[i] ?: tun_recv(&c[i], sizeof(struct hp_reply),
						    deadline));
	/* the server holds nothing of it then, not even TIME_WAIT */
	ret = ret ?: each(c, nr, tun_reset);
	for (i = 0; i < nr; i++)
		tun_conn_end(&c[i]);
	return ret;
}

int hp_load(struct tun *t, const struct hp_target *to, int cpu,
	    unsigned int nr, struct hp_tally *tally)
{
	unsigned int done, n;
	int ret = 0;

	for (done = 0; !ret && done < nr; done += n) {
		n = nr - done < BATCH ? nr - done : BATCH;
		ret = batch(t, to, cpu, n, tally);
	}
	return ret;
}

int hp_load_all(struct tun *t, const struct hp_target *to, const int *cpus,
		int nr_cpus, unsigned int nr, struct hp_tally *tally)
{
	unsigned int done, n;
	int i, ret = 0;

	for (done = 0; !ret && done < nr; done += n) {
		n = nr - done < PIECE ? nr - done : PIECE;
		for (i = 0; !ret && i < nr_cpus; i++)
			ret = hp_load(t, to, cpus[i], n, tally);
	}
	return ret;
}

int hp_ask(struct tun *t, const struct hp_target *to, int cpu,
	   struct hp_reply *reply)
{
	struct tun_conn c;
	int ret;

	ret = tun_connect(t, &c, to->family, cpu, to->addr, to->port);
	ret = ret ?: tun_recv(&c, sizeof(*reply), hp_deadline(HP_SOON));
	if (!ret) {
		memcpy(reply, c.buf, sizeof(*reply));
		tun_reset(&c);
	}
	tun_conn_end(&c);
	return ret;
}

unsigned int hp_local_permille(const struct hp_tally *tally)
{
	return tally->tried ? tally->local * 1000ull / tally->tried : 0;
}

unsigned int hp_worker_total(const struct hp_tally *tally, int worker)
{
	unsigned int cpu, sum = 0;

	for (cpu = 0; cpu < HP_MAX_CPUS; cpu++)
		sum += tally->by_worker[cpu][worker];
	return sum;
}

const char *hp_tally_text(const struct hp_tally *tally)
{
	static __thread char text[2048];
	int cpu, w, len;

	len = snprintf(text, sizeof(text),
		       "%u tried, %u answered, %u local, %u without SYN-ACK, %u refused, %u reset, %u silent, %u garbled; flow CPU>worker:",
		       tally->tried, tally->answered, tally->local,
		       tally->no_synack, tally->refused, tally->reset,
		       tally->silent, tally->garbled);
	for (cpu = 0; cpu < HP_MAX_CPUS; cpu++)
		for (w = 0; w < HP_MAX_WORKERS; w++)
			if (tally->by_worker[cpu][w] &&
			    len < (int)sizeof(text) - 32)
				len += snprintf(text + len, sizeof(text) - len,
						" %d>%d=%u", cpu, w,
						tally->by_worker[cpu][w]);
	return text;
}

static int loop_connect(int fd, int family, const void *addr, u16 port)
{
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6,
				     .sin6_port = htons(port),
				     .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_in sin = { .sin_family = AF_INET,
				   .sin_port = htons(port),
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	if (family == AF_INET) {
		if (addr)
			memcpy(&sin.sin_addr, addr, 4);
		return connect(fd, (void *)&sin, sizeof(sin)) ? -errno : 0;
	}
	if (addr)
		memcpy(&sin6.sin6_addr, addr, 16);
	return connect(fd, (void *)&sin6, sizeof(sin6)) ? -errno : 0;
}

int hp_loop_ask(int family, const void *addr, u16 port, struct hp_reply *reply)
{
	struct linger reset = { .l_onoff = 1 };
	struct timeval tv = { .tv_sec = hp_slow() ? 20 : 5 };
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int ret;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	ret = loop_connect(fd, family, addr, port);
	if (!ret) {
		ret = recv(fd, reply, sizeof(*reply), MSG_WAITALL);
		ret = ret < 0 ? -errno : ret == sizeof(*reply) ? 0 : -EPIPE;
	}
	if (!ret && reply->magic != HP_MAGIC)
		ret = -EBADMSG;
	close(fd);
	return ret;
}
