// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "tun.h"

/* So many at a time on each CPU: fewer than any backlog. */
#define BATCH	16
/* In milliseconds, longer than any answer takes. */
#define DELAYED_ACK	200
/* As tun.c gives them out, in the order of tun.next. */
#define FIRST_PORT	1025
#define NR_PORTS	(65536 - FIRST_PORT)

#define REQUEST	"GET / HTTP/1.0\r\n\r\n"
#define STATUS	" 200 "

struct client {
	struct tun tun;
	pthread_t thread;
	int cpu, index;
	const struct client_load *load;
	struct client_tally tally;
	unsigned int length;	/* of the first HTTP answer */
	int ret;
};

static struct client *clients[HP_MAX_CPUS];
static int nr_clients;
static int flow_cpu[65536];
static unsigned int connections;	/* on each CPU, in all runs so far */

int client_open(void)
{
	int cpus[HP_MAX_CPUS];
	int i, ret, nr = hp_cpus(cpus);

	for (i = 0; i < nr; i++) {
		clients[i] = calloc(1, sizeof(*clients[i]));
		if (!clients[i])
			return -ENOMEM;
		clients[i]->cpu = cpus[i];
		clients[i]->index = i;
		ret = tun_open(&clients[i]->tun, i + 1);
		if (ret)
			return ret;
		nr_clients++;
	}
	return 0;
}

void client_close(void)
{
	while (nr_clients--) {
		tun_close(&clients[nr_clients]->tun);
		free(clients[nr_clients]);
	}
	nr_clients = 0;
}

int client_flow_cpu(u16 port)
{
	return flow_cpu[port];
}

static bool http_answered(struct client *c, const struct tun_conn *conn,
			  unsigned int length)
{
	if (!conn->fin || conn->len < 16 || memcmp(conn->buf, "HTTP/1.", 7) ||
	    memcmp(conn->buf + 8, STATUS, strlen(STATUS)))
		return false;
	c->length = c->length ?: length;
	return length == c->length;
}

static bool own_answered(struct client *c, const struct tun_conn *conn)
{
	struct hp_reply r;

	memcpy(&r, conn->buf, sizeof(r));
	if (conn->len != sizeof(r) || r.magic != HP_MAGIC ||
	    r.worker >= HP_MAX_WORKERS)
		return false;
	c->tally.elsewhere += r.flow_cpu != c->cpu;
	c->tally.by_worker[c->cpu][r.worker]++;
	return true;
}

/* For the log: a server's fault, a packet's, or a clock's? */
static void tell(const struct client *c, const struct tun_conn *conn, u32 length)
{
	printf("# port %u, CPU %d: state %d, %u bytes (first answer: %u)%s%s\n",
	       conn->sport, c->cpu, conn->state, length, c->length,
	       conn->fin ? ", FIN" : "", conn->rst ? ", RST" : "");
}

static int speak(struct client *c, struct tun_conn *conn)
{
	int ret;

	if (conn->state != TUN_SYN_RECEIVED || conn->rst)
		return 0;
	ret = tun_ack(conn);
	if (!ret && c->load->talk == CLIENT_HTTP)
		ret = tun_send(conn, REQUEST, strlen(REQUEST));
	return ret;
}

/*
 * Until the server closed it. Our ACK of what came is sent late, as by a client
 * that delays it, and only where it is needed: where the FIN overtook the data,
 * the kernel sends it again then.
 */
static void hear(struct client *c, struct tun_conn *conn, u32 start, u64 deadline)
{
	u64 delayed = hp_deadline(DELAYED_ACK);
	bool answered;
	u32 length;

	while (conn->state == TUN_ESTABLISHED && !conn->fin && !conn->rst) {
		if (tun_wait(&c->tun, delayed < deadline ? delayed : deadline))
			continue;
		if (!hp_left(deadline) || tun_ack(conn))
			break;
		c->tally.late++;
		delayed = hp_deadline(DELAYED_ACK);
	}
	length = conn->rcv_nxt - start;
	answered = c->load->talk == CLIENT_HTTP ?
		http_answered(c, conn, length) : own_answered(c, conn);
	c->tally.tried++;
	c->tally.answered += answered;
	if (!answered)
		tell(c, conn, length);
}

static int batch(struct client *c, int nr)
{
	u64 deadline = hp_deadline(HP_SOON);
	struct tun_conn conn[BATCH];
	u32 start[BATCH];
	int i, ret = 0;

	for (i = 0; i < nr; i++) {
		tun_conn_init(&c->tun, &conn[i], c->load->family, c->cpu, NULL,
			      c->load->port);
		flow_cpu[conn[i].sport] = c->cpu;
		ret = ret ?: tun_syn(&conn[i]);
	}
	for (i = 0; !ret && i < nr; i++) {
		tun_wait_synack(&conn[i], deadline);
		start[i] = conn[i].rcv_nxt;
		ret = speak(c, &conn[i]);
	}
	for (i = 0; !ret && i < nr; i++)
		hear(c, &conn[i], start[i], deadline);
	/* the server's side is over at once then, without TIME_WAIT */
	for (i = 0; i < nr; i++) {
		ret = ret ?: tun_reset(&conn[i]);
		tun_conn_end(&conn[i]);
	}
	return ret;
}

static void *run(void *arg)
{
	struct client *c = arg;
	unsigned int left, n;

	c->ret = hp_pin(c->cpu);
	for (left = c->load->each; left && !c->ret; left -= n) {
		n = left < BATCH ? left : BATCH;
		c->ret = batch(c, n);
	}
	return NULL;
}

/* Each run has ports of its own, as far as they last: the hash sees new ones. */
static int start(struct client *c, const struct client_load *load)
{
	unsigned int ports = NR_PORTS / nr_clients;

	if (load->each > ports)
		return -ERANGE;
	memset(&c->tally, 0, sizeof(c->tally));
	c->load = load;
	c->length = 0;
	c->tun.next = c->index * ports +
		      connections % (ports - load->each + 1);
	return -pthread_create(&c->thread, NULL, run, c);
}

static void add(struct client_tally *sum, const struct client_tally *t)
{
	int cpu, w;

	sum->tried += t->tried;
	sum->answered += t->answered;
	sum->elsewhere += t->elsewhere;
	sum->late += t->late;
	for (cpu = 0; cpu < HP_MAX_CPUS; cpu++)
		for (w = 0; w < HP_MAX_WORKERS; w++)
			sum->by_worker[cpu][w] += t->by_worker[cpu][w];
}

int client_run(const struct client_load *load, struct client_tally *tally)
{
	int i, started, ret = 0;

	memset(tally, 0, sizeof(*tally));
	memset(flow_cpu, 0xff, sizeof(flow_cpu));
	for (started = 0; started < nr_clients; started++) {
		ret = start(clients[started], load);
		if (ret)
			break;
	}
	connections += load->each;
	for (i = 0; i < started; i++) {
		pthread_join(clients[i]->thread, NULL);
		ret = ret ?: clients[i]->ret;
		add(tally, &clients[i]->tally);
	}
	return ret;
}
