// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "callers.h"
#include "server.h"

#define REQUEST		"GET / HTTP/1.0\r\n\r\n"
#define STATUS		" 200 "
#define BODY		"\r\n\r\nhomeport\n"
/* In milliseconds; doubled each time, as TCP does. */
#define FIRST_REPEAT	300

static int send_request(struct tun_conn *conn)
{
	return tun_send(conn, REQUEST, strlen(REQUEST));
}

/* The same bytes once more. */
static int repeat_request(struct tun_conn *conn)
{
	conn->snd_nxt -= strlen(REQUEST);
	return send_request(conn);
}

static bool is_open(const struct tun_conn *conn)
{
	return conn->state >= TUN_SYN_RECEIVED && !conn->rst;
}

static bool asks(const struct callers *c)
{
	return c->conf.talk != TALK_LISTENS;
}

/* Its request came with the SYN. */
static bool asked_early(const struct callers *c)
{
	return c->conf.kind == KIND_FASTOPEN;
}

static int send_syns(struct callers *c, int nr)
{
	int cpus[HP_MAX_CPUS];
	int nr_cpus = hp_cpus(cpus), ret = 0;
	struct tun_conn *conn;

	for (c->nr = 0; !ret && c->nr < nr; c->nr++) {
		conn = &c->conns[c->nr];
		/* one CPU after the other: each change of it takes a while */
		tun_conn_init(c->conf.tun, conn, c->conf.family,
			      cpus[c->nr * nr_cpus / nr], NULL, c->conf.port);
		conn->again = true;
		ret = asked_early(c) ?
			tun_syn_data(conn, REQUEST, strlen(REQUEST)) :
			tun_syn(conn);
	}
	return ret;
}

static bool all_answered(const struct callers *c)
{
	int i;

	for (i = 0; i < c->nr; i++)
		if (c->conns[i].state == TUN_SYN_SENT && !c->conns[i].rst)
			return false;
	return true;
}

/* The ACK that was held back, and what the client has to say. */
static int speak(struct callers *c, struct tun_conn *conn)
{
	int ret = 0;

	if (conn->state == TUN_SYN_RECEIVED)
		ret = tun_ack(conn);
	if (!ret && asks(c) && !asked_early(c))
		ret = send_request(conn);
	return ret;
}

/* As far as it goes before the change. */
static int go_on(struct callers *c, struct tun_conn *conn)
{
	if (!is_open(conn))
		return 0;
	if (c->conf.at_once || c->conf.kind == KIND_QUEUED)
		return speak(c, conn);
	return c->conf.kind == KIND_DEFERRED ? tun_ack(conn) : 0;
}

static int each(struct callers *c, int step,
		int (*fn)(struct callers *c, struct tun_conn *conn))
{
	int i, ret = 0;

	for (i = 0; !ret && i < c->nr; i += step)
		ret = fn(c, &c->conns[i]);
	/* who is started by this thread may run everywhere */
	return ret ?: hp_unpin(0);
}

int callers_open(struct callers *c, const struct callers_conf *conf, int nr, int ms)
{
	u64 end;
	int ret;

	memset(c, 0, sizeof(*c));
	c->conf = *conf;
	ret = send_syns(c, nr);
	if (ret)
		return ret;
	end = hp_now() + ms;
	while (!all_answered(c) && tun_wait(conf->tun, end))
		;
	return each(c, 1, go_on);
}

int callers_count_open(const struct callers *c)
{
	int i, nr = 0;

	for (i = 0; i < c->nr; i++)
		nr += is_open(&c->conns[i]);
	return nr;
}

static int ack(struct callers *c, struct tun_conn *conn)
{
	return conn->state == TUN_SYN_RECEIVED ? tun_ack(conn) : 0;
}

int callers_ack_half(struct callers *c)
{
	return each(c, 2, ack);
}

/* Those that held something back. */
static int finish_one(struct callers *c, struct tun_conn *conn)
{
	if (!is_open(conn) || c->conf.at_once || c->conf.kind == KIND_QUEUED)
		return 0;
	return speak(c, conn);
}

static bool is_served(const struct callers *c, const struct tun_conn *conn)
{
	struct hp_reply r;

	if (c->conf.talk == TALK_HTTP)
		return conn->len > 16 && !memcmp(conn->buf, "HTTP/1.", 7) &&
			!memcmp(conn->buf + 8, STATUS, strlen(STATUS)) &&
			memmem(conn->buf, conn->len, BODY, strlen(BODY));
	memcpy(&r, conn->buf, sizeof(r));
	return conn->len == sizeof(r) && r.magic == HP_MAGIC;
}

static bool is_waiting(const struct callers *c, const struct tun_conn *conn)
{
	return is_open(conn) && !conn->fin && !is_served(c, conn);
}

static int repeat(struct callers *c, struct tun_conn *conn)
{
	if (!is_waiting(c, conn) || !asks(c))
		return 0;
	return asked_early(c) ? tun_ack(conn) : repeat_request(conn);
}

static bool some_wait(const struct callers *c)
{
	int i;

	for (i = 0; i < c->nr; i++)
		if (is_waiting(c, &c->conns[i]))
			return true;
	return false;
}

int callers_finish(struct callers *c)
{
	u64 deadline = hp_deadline(HP_SOON), again;
	unsigned int pause = FIRST_REPEAT;
	int ret;

	ret = each(c, 1, finish_one);
	again = hp_now() + pause;
	while (!ret && some_wait(c) && hp_left(deadline)) {
		tun_wait(c->conf.tun, again < deadline ? again : deadline);
		if (hp_left(again))
			continue;
		ret = each(c, 1, repeat);
		pause *= 2;
		again = hp_now() + pause;
	}
	return ret;
}

int callers_count_served(const struct callers *c)
{
	int i, nr = 0;

	for (i = 0; i < c->nr; i++)
		nr += is_served(c, &c->conns[i]);
	return nr;
}

const char *callers_text(const struct callers *c)
{
	int i, reset = 0, refused = 0, closed = 0, silent = 0;
	static char text[128];

	for (i = 0; i < c->nr; i++) {
		const struct tun_conn *conn = &c->conns[i];

		if (is_served(c, conn))
			continue;
		refused += conn->state == TUN_SYN_SENT;
		reset += conn->state != TUN_SYN_SENT && conn->rst;
		closed += conn->fin && !conn->rst;
		silent += conn->state != TUN_SYN_SENT && !conn->rst && !conn->fin;
	}
	snprintf(text, sizeof(text), "%d not let in, %d reset, %d closed, %d silent",
		 refused, reset, closed, silent);
	return text;
}

static int hang_up(struct callers *c, struct tun_conn *conn)
{
	/* the server's side is over at once then, without TIME_WAIT */
	return is_open(conn) ? tun_reset(conn) : 0;
}

void callers_end(struct callers *c)
{
	int i;

	each(c, 1, hang_up);
	for (i = 0; i < c->nr; i++)
		tun_conn_end(&c->conns[i]);
	c->nr = 0;
}
