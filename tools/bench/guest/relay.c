// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "relay.h"
#include "say.h"
#include "tun.h"

#define REQUEST	"GET / HTTP/1.0\r\n\r\n"
/* After which there is another one. */
#define ONE_OF_MANY	"GET / HTTP/1.1\r\nHost: server\r\n\r\n"
/*
 * On each CPU, by their addresses. The kernel notes something of each client, in
 * a table that has the same size on any number of CPUs: a few who come again
 * leave it as it is.
 */
#define CLIENTS	4

struct runner {
	struct tun tun;
	pthread_t thread;
	sem_t baton;
	int cpu;
	unsigned int length;	/* of the first HTTP answer */
	int ret;
};

static struct runner *runners[HP_MAX_CPUS];
static int nr_runners;

/* Of the run that is under way. */
static struct {
	const struct client_load *load;
	struct relay_lap *lap;	/* the one that is under way */
	unsigned int lap_done;
	union tun_addr server;
	int *course;		/* whose turn it is, one after the other */
	struct tun_conn *conns;	/* of each turn */
	unsigned int length, done;
	sem_t over;
} race;

int relay_open(void)
{
	int cpus[HP_MAX_CPUS];
	int i, ret, nr = hp_cpus(cpus);

	for (i = 0; i < nr; i++) {
		runners[i] = calloc(1, sizeof(*runners[i]));
		if (!runners[i])
			return -ENOMEM;
		runners[i]->cpu = cpus[i];
		ret = tun_open(&runners[i]->tun, i + 1);
		if (ret)
			return ret;
		sem_init(&runners[i]->baton, 0, 0);
		nr_runners++;
	}
	return 0;
}

void relay_close(void)
{
	while (nr_runners--) {
		tun_close(&runners[nr_runners]->tun);
		free(runners[nr_runners]);
	}
	nr_runners = 0;
}

/* What the kernel does with one segment is a phase of its own. */
static int in_phase(enum phase phase, int (*send)(struct tun_conn *c),
		    struct tun_conn *c)
{
	int ret;

	say_phase(phase);
	ret = send(c);
	say_phase(PHASE_NONE);
	return ret;
}

static int ask(struct tun_conn *c)
{
	return tun_send(c, REQUEST, strlen(REQUEST));
}

static int ask_one_of_many(struct tun_conn *c)
{
	return tun_send(c, ONE_OF_MANY, strlen(ONE_OF_MANY));
}

/* The page is in c->buf, whole: it is small. */
static bool is_whole(const struct tun_conn *c)
{
	char text[sizeof(c->buf) + 1];
	const char *body, *length;

	memcpy(text, c->buf, c->len);
	text[c->len] = 0;
	body = strstr(text, "\r\n\r\n");
	length = strcasestr(text, "\r\nContent-Length: ");
	return body && length &&
	       strlen(body + 4) >= strtoul(strchr(length, ':') + 1, NULL, 10);
}

/* All requests but the last; c->buf is empty after each. */
static int ask_many(struct runner *r, struct tun_conn *c)
{
	u64 deadline = hp_deadline(HP_SOON);
	unsigned int i;
	int ret = 0;

	for (i = 1; !ret && i < race.load->requests; i++) {
		ret = in_phase(PHASE_DATA, ask_one_of_many, c);
		while (!ret && !is_whole(c))
			if (c->fin || c->rst || !tun_wait(&r->tun, deadline))
				ret = -EPROTO;
		c->len = 0;
	}
	return ret;
}

static void note_reply(const struct runner *r, const struct tun_conn *c)
{
	struct hp_reply reply;

	memcpy(&reply, c->buf, sizeof(reply));
	if (c->len != sizeof(reply) || reply.magic != HP_MAGIC)
		return;
	race.lap->tally.answered++;
	race.lap->tally.local += reply.cpu == r->cpu;
}

static void note_page(struct runner *r, const struct tun_conn *c,
		      unsigned int length)
{
	if (c->len < 16 || memcmp(c->buf + 8, " 200 ", 5))
		return;
	r->length = r->length ?: length;
	race.lap->tally.answered += length == r->length;
}

/* Until the server closed it. */
static int hear(struct runner *r, struct tun_conn *c)
{
	u64 deadline = hp_deadline(HP_SOON);
	u32 start = c->rcv_nxt;

	while (!c->fin && !c->rst)
		if (!tun_wait(&r->tun, deadline))
			return 0;
	if (c->rst)
		return 0;
	if (race.load->talk == CLIENT_HTTP)
		note_page(r, c, c->rcv_nxt - start);
	else
		note_reply(r, c);
	return in_phase(PHASE_CLOSE, tun_fin, c);
}

static int connect_once(struct runner *r, struct tun_conn *c)
{
	int ret;

	tun_conn_init(&r->tun, c, race.load->family, TUN_ANY_CPU, &race.server,
		      race.load->port);
	c->src = tun_client(&r->tun, race.load->family,
			    race.done / nr_runners % CLIENTS);
	race.lap->tally.tried++;
	ret = in_phase(PHASE_SYN, tun_syn, c);
	ret = ret ?: tun_wait_synack(c, hp_deadline(HP_SOON));
	ret = ret ?: in_phase(PHASE_ACK, tun_ack, c);
	if (!ret && race.load->talk == CLIENT_HTTP)
		ret = ask_many(r, c) ?: in_phase(PHASE_DATA, ask, c);
	return ret ?: hear(r, c);
}

/*
 * Whoever passed the baton wrote to lines of this task and of this CPU's run
 * queue: get them back, by sleeping for a moment and by writing a packet of
 * length 0, which the device refuses.
 */
static int settle(struct runner *r)
{
	struct timespec moment = { .tv_nsec = 1 };

	nanosleep(&moment, NULL);
	return write(r->tun.fd, "", 0) < 0 && errno == EINVAL ? 0 : -EPROTO;
}

/*
 * Ends TIME_WAIT: a cBPF group cannot be bound beside it. Each CPU its own, as a
 * timer would on a CPU that is busy: what is freed elsewhere is elsewhere's memory.
 */
static int clear_away(const struct runner *r)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < race.length; i++) {
		if (race.conns[i].tun != &r->tun ||
		    race.conns[i].state == TUN_CLOSED)
			continue;
		ret = ret ?: tun_reset(&race.conns[i]);
		tun_conn_end(&race.conns[i]);
	}
	return ret;
}

static int begin_lap(void)
{
	if (race.lap_done || !race.lap->begin)
		return 0;
	return race.lap->begin();
}

static void end_lap(void)
{
	if (++race.lap_done < race.lap->each * nr_runners)
		return;
	if (race.lap->end)
		race.lap->end(race.lap);
	race.lap++;
	race.lap_done = 0;
}

static int run_leg(struct runner *r)
{
	int ret = begin_lap();

	if (!ret && race.lap->ends)
		ret = clear_away(r);
	else
		ret = ret ?: settle(r) ?: connect_once(r, &race.conns[race.done]);
	if (!ret)
		end_lap();
	return ret;
}

/* One leg of the race, if it was not broken off. False: there is none left. */
static bool leg(struct runner *r)
{
	sem_wait(&r->baton);
	if (race.done == race.length)
		return false;
	r->ret = run_leg(r);
	if (r->ret || ++race.done == race.length) {
		race.done = race.length;
		sem_post(&race.over);
		return true;
	}
	sem_post(&runners[race.course[race.done]]->baton);
	return true;
}

static void *run(void *arg)
{
	struct runner *r = arg;
	int ended;

	r->ret = hp_pin(r->cpu);
	while (leg(r))
		;
	ended = clear_away(r);
	r->ret = r->ret ?: ended;
	return NULL;
}

/*
 * Each CPU once, in an order that is not that of their numbers, and then again
 * in another one: the CPU before is mostly none that is near.
 */
static void set_course(unsigned int rounds)
{
	unsigned int i, j, n = 0, seed = 1;

	for (; rounds; rounds--, n += nr_runners)
		for (i = 0; i < nr_runners; i++) {
			seed = seed * 1103515245 + 12345;
			j = (seed >> 16) % (i + 1);
			race.course[n + i] = race.course[n + j];
			race.course[n + j] = i;
		}
	race.length = n;
	race.done = 0;
}

static int start_all(void)
{
	int i, ret;

	for (i = 0; i < nr_runners; i++) {
		ret = -pthread_create(&runners[i]->thread, NULL, run, runners[i]);
		if (ret)
			return ret;
	}
	return 0;
}

/* Those who wait see that it is over. */
static int stop_all(void)
{
	int i, ret = 0;

	for (i = 0; i < nr_runners; i++) {
		sem_post(&runners[i]->baton);
		pthread_join(runners[i]->thread, NULL);
		ret = ret ?: runners[i]->ret;
	}
	return ret;
}

static int run_all(void)
{
	int ret;

	sem_init(&race.over, 0, 0);
	ret = start_all();
	if (ret)
		return ret;
	sem_post(&runners[race.course[0]]->baton);
	sem_wait(&race.over);
	return stop_all();
}

int relay_run(const struct client_load *load, struct relay_lap *laps, int nr)
{
	unsigned int each = 0;
	int i, ret = -ENOMEM;

	for (i = 0; i < nr; i++) {
		memset(&laps[i].tally, 0, sizeof(laps[i].tally));
		each += laps[i].each;
	}
	race.load = load;
	race.lap = laps;
	race.lap_done = 0;
	race.server = tun_host(&runners[0]->tun, load->family);
	race.course = calloc(each * nr_runners, sizeof(*race.course));
	race.conns = calloc(each * nr_runners, sizeof(*race.conns));
	if (race.course && race.conns) {
		set_course(each);
		ret = run_all();
	}
	free(race.course);
	free(race.conns);
	return ret;
}
