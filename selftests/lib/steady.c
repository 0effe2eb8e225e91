// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "steady.h"

/* Of an interval. */
#define STEPS	64

static u64 now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int steady_begin(struct steady *s, struct tun *t, const struct hp_target *to,
		 const int *cpus, int nr_cpus, unsigned int interval_us)
{
	*s = (struct steady){ .tun = t, .to = *to, .cpus = cpus,
			      .nr_cpus = nr_cpus, .interval_us = interval_us };
	s->conns = calloc(STEADY_MAX, sizeof(*s->conns));
	s->next = now_us();
	return s->conns ? 0 : -ENOMEM;
}

/* xorshift */
static u32 roll(struct steady *s)
{
	s->chance ^= s->chance << 13;
	s->chance ^= s->chance >> 17;
	s->chance ^= s->chance << 5;
	return s->chance;
}

static int next_cpu(struct steady *s)
{
	u32 k = s->chance ? roll(s) >> 8 : s->nr;

	return s->cpus[k % s->nr_cpus];
}

/* By chance: in each of so short steps there is one or none. */
static u64 gap_us(struct steady *s)
{
	u64 steps = 1;

	if (!s->chance)
		return s->interval_us;
	while ((roll(s) >> 8) % STEPS)
		steps++;
	return steps * s->interval_us / STEPS;
}

static int come(struct steady *s)
{
	struct steady_conn *c = &s->conns[s->nr];
	int cpu = next_cpu(s);

	s->nr++;
	tun_conn_init(s->tun, &c->c, s->to.family, cpu, s->to.addr, s->to.port);
	c->c.again = true;
	c->began = now_us();
	return tun_syn(&c->c);
}

static int ask(struct steady *s, struct steady_conn *c)
{
	const char *text;

	if (!s->request)
		return 0;
	text = s->request(c - s->conns);
	return tun_send(&c->c, text, strlen(text));
}

/* What there is to do for one: an ACK, or to take note that it is served. */
static int go_on(struct steady *s, struct steady_conn *c)
{
	if (c->ended)
		return 0;
	if (c->c.state == TUN_SYN_RECEIVED)
		return tun_ack(&c->c) ?: ask(s, c);
	if (s->request ? !c->c.fin : c->c.len < sizeof(struct hp_reply))
		return 0;
	c->ended = now_us();
	return tun_reset(&c->c);
}

static int go_on_all(struct steady *s)
{
	int i, ret = 0;

	tun_poll(s->tun);
	for (i = 0; !ret && i < s->nr; i++)
		ret = go_on(s, &s->conns[i]);
	return ret;
}

int steady_run(struct steady *s, unsigned int ms)
{
	u64 end = now_us() + ms * 1000ull;
	int ret = 0;

	/* a machine that cannot keep up gets fewer, not a burst */
	s->next = now_us();
	while (!ret && now_us() < end && s->nr < STEADY_MAX) {
		if (now_us() >= s->next) {
			s->next += gap_us(s);
			ret = come(s);
		}
		ret = ret ?: go_on_all(s);
		if (now_us() < s->next)
			usleep(200);	/* let those who serve run */
	}
	return ret;
}

static bool is_done(const struct steady *s)
{
	int i;

	for (i = 0; i < s->nr; i++)
		if (!s->conns[i].ended)
			return false;
	return true;
}

int steady_wait(struct steady *s, unsigned int ms)
{
	u64 deadline = hp_deadline(ms);
	int ret = 0;

	while (!ret && !is_done(s) && hp_left(deadline)) {
		tun_wait(s->tun, deadline);
		ret = go_on_all(s);
	}
	return ret;
}

int steady_end(struct steady *s, struct hp_tally *tally)
{
	int i, ret = 0;

	for (i = 0; s->conns && i < s->nr; i++) {
		struct steady_conn *c = &s->conns[i];
		int seen = c->ended ? 0 : c->c.rst ? -ECONNRESET : -ETIMEDOUT;

		hp_tally_note(tally, &c->c,
			      c->c.state == TUN_SYN_SENT ? -ETIMEDOUT : 0, seen);
		if (!c->ended)
			ret = ret ?: tun_reset(&c->c);
		tun_conn_end(&c->c);
	}
	free(s->conns);
	s->conns = NULL;
	return ret;
}

static u64 waited(const struct steady_conn *c)
{
	return (c->ended ?: now_us()) - c->began;
}

int steady_unserved(const struct steady *s, int from)
{
	int i, n = 0;

	for (i = from; i < s->nr; i++)
		n += !s->conns[i].ended;
	return n;
}

u64 steady_wait_us(const struct steady *s, int nr)
{
	return waited(&s->conns[nr]);
}

int steady_waited(const struct steady *s, int from, unsigned int ms)
{
	int i, n = 0;

	for (i = from; i < s->nr; i++)
		n += waited(&s->conns[i]) > ms * 1000ull;
	return n;
}

unsigned int steady_longest(const struct steady *s, int from)
{
	u64 longest = 0;
	int i;

	for (i = from; i < s->nr; i++)
		if (waited(&s->conns[i]) > longest)
			longest = waited(&s->conns[i]);
	return longest / 1000;
}
