// SPDX-License-Identifier: GPL-2.0
/*
 * model_test - the model, the counters and the orders, without an emulator
 *
 * Feeds accesses by hand, and compares with what MSI says.
 */
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "code.h"
#include "coherence.h"
#include "order.h"

#define BYTES	(1 << 20)
#define HIT	COHERENCE_HIT
#define COLD	COHERENCE_COLD
#define R_NEAR	COHERENCE_READ_NEAR
#define R_FAR	COHERENCE_READ_FAR
#define W_NEAR	COHERENCE_WRITE_NEAR
#define W_FAR	COHERENCE_WRITE_FAR

static int checked, bad;

static void check(bool good, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("%sok %d ", good ? "" : "not ", ++checked);
	vprintf(fmt, ap);
	printf("\n");
	va_end(ap);
	bad += !good;
}

/* One access after the other to one line. */
struct step {
	int cpu;
	char what;	/* r or w */
	enum coherence_cost cost;
};

static void play(const char *name, unsigned int llc, const struct step *steps,
		 int nr)
{
	struct coherence *c = coherence_new(BYTES, llc);
	struct coherence_line *line = coherence_line(c, 0x1234);
	int i, wrong = -1;

	for (i = 0; i < nr && wrong < 0; i++)
		if (coherence_access(c, line, steps[i].cpu,
				     steps[i].what == 'w') != steps[i].cost)
			wrong = i;
	check(wrong < 0, "%s%s%.0d", name, wrong < 0 ? "" : ": wrong from step ",
	      wrong + 1);
	coherence_free(c);
}

#define PLAY(name, llc, ...) do {					\
	const struct step steps[] = { __VA_ARGS__ };			\
									\
	play(name, llc, steps, sizeof(steps) / sizeof(steps[0]));	\
} while (0)

static void test_costs(void)
{
	PLAY("one CPU alone never transfers", 0,
	     { 0, 'r', COLD }, { 0, 'w', HIT }, { 0, 'r', HIT }, { 0, 'w', HIT });
	PLAY("a first write is cold", 0, { 3, 'w', COLD }, { 3, 'r', HIT });
	PLAY("what another CPU wrote is fetched once", 0,
	     { 0, 'w', COLD }, { 1, 'r', R_NEAR }, { 1, 'r', HIT },
	     { 0, 'r', HIT });
	PLAY("what nobody wrote comes from memory", 0,
	     { 0, 'r', COLD }, { 1, 'r', COLD }, { 1, 'r', HIT }, { 0, 'r', HIT });
	PLAY("readers lose their copies to a writer", 0,
	     { 0, 'r', COLD }, { 1, 'r', COLD }, { 2, 'r', COLD },
	     { 1, 'w', W_NEAR }, { 1, 'w', HIT }, { 0, 'r', R_NEAR },
	     { 2, 'r', R_NEAR });
	PLAY("two writers in turns transfer each time", 0,
	     { 0, 'w', COLD }, { 1, 'w', W_NEAR }, { 0, 'w', W_NEAR },
	     { 1, 'w', W_NEAR });
	PLAY("the last CPU counts as well", 0,
	     { 63, 'w', COLD }, { 0, 'w', W_NEAR }, { 63, 'r', R_NEAR });
}

static void test_levels(void)
{
	PLAY("near in a last-level cache, far beyond it", 4,
	     { 0, 'w', COLD }, { 3, 'r', R_NEAR }, { 4, 'r', R_FAR });
	PLAY("a read comes from the nearest who has it", 4,
	     { 0, 'w', COLD }, { 4, 'r', R_FAR }, { 5, 'r', R_NEAR });
	PLAY("a write waits for the farthest who has it", 4,
	     { 0, 'w', COLD }, { 1, 'r', R_NEAR }, { 1, 'w', W_NEAR },
	     { 4, 'r', R_FAR }, { 1, 'w', W_FAR });
	PLAY("groups that do not divide the CPUs", 3,
	     { 62, 'w', COLD }, { 61, 'r', R_NEAR }, { 63, 'w', W_FAR });
}

static bool count_line(struct coherence_line *line, void *arg)
{
	++*(int *)arg;
	return true;
}

static void test_lines(void)
{
	struct coherence *c = coherence_new(BYTES, 0);
	struct coherence_line *a = coherence_line(c, 0x1000);
	int n = 0;

	check(a == coherence_line(c, 0x103f) && a != coherence_line(c, 0x1040),
	      "a line has 64 bytes");
	check(coherence_line(c, BYTES - 1) && !coherence_line(c, BYTES),
	      "memory ends where it ends");
	coherence_access(c, a, 5, true);
	coherence_access(c, a, 6, true);
	coherence_access(c, coherence_line(c, BYTES - 1), 6, false);
	coherence_for_each(c, count_line, &n);
	check(n == 2 && a->writers == (1 << 5 | 1 << 6),
	      "lines that were used are found, with those who wrote them");
	coherence_forget(c);
	n = 0;
	coherence_for_each(c, count_line, &n);
	check(!n && coherence_access(c, a, 6, false) == COLD,
	      "what is forgotten is nowhere");
	coherence_free(c);
}

#define ROUNDS	100000

struct hammer {
	struct coherence *c;
	unsigned int cpu, transfers;
};

static void *hammer(void *arg)
{
	struct hammer *h = arg;
	int i;

	for (i = 0; i < ROUNDS; i++)
		h->transfers += coherence_access(h->c, coherence_line(h->c, 0),
						 h->cpu, true) == W_NEAR;
	return NULL;
}

/* However they meet: after the first, each write by another one transfers. */
static void test_threads(void)
{
	struct coherence *c = coherence_new(BYTES, 0);
	struct hammer h[4];
	pthread_t t[4];
	unsigned int i, sum = 0;

	for (i = 0; i < 4; i++) {
		h[i] = (struct hammer){ c, i, 0 };
		pthread_create(&t[i], NULL, hammer, &h[i]);
	}
	for (i = 0; i < 4; i++) {
		pthread_join(t[i], NULL);
		sum += h[i].transfers;
	}
	check(sum >= 3 && sum < 4 * ROUNDS &&
	      __builtin_popcountll(coherence_line(c, 0)->sharers) == 1,
	      "threads: %u transfers, one owner in the end", sum);
	coherence_free(c);
}

static char *written(void)
{
	static char text[4096];
	FILE *f = fmemopen(text, sizeof(text), "w");

	text[0] = 0;
	code_write(f);
	fclose(f);
	return text;
}

static void test_code(void)
{
	struct code_block *b = code_block(0x1000, 0x1010, 4, true);
	struct code_site *s = code_site(0x1004, false, false);

	check(b == code_block(0x1000, 0x1010, 4, true) &&
	      b != code_block(0x1000, 0x1008, 2, false) &&
	      s == code_site(0x1004, false, false) && s != code_site(0x1004, true, false),
	      "code that is translated again keeps its counters");
	code_at(0x1000, CODE_SPAN, 3);
	code_at(0x2000, CODE_ENTER, 2);
	check(b->action == CODE_SPAN && b->phase == 3 &&
	      code_block(0x2000, 0x2004, 1, false)->action == CODE_ENTER,
	      "an entry is armed, translated before or after");
	code_watch(0x1000, 0x1005);
	check(!code_site(0x1003, false, true)->watched,
	      "the stack is not watched");
	check(s->watched && !code_site(0x1005, false, false)->watched,
	      "code is watched up to the end of its range");
	b->runs[1] = 5;
	s->transfers[2][R_FAR] = 7;
	check(!strcmp(written(), "instructions 1000 1 20\ncalls 1000 1 5\n"
				 "transfers 1004 2 0 7 0 0 data\n"),
	      "what was counted is written, and nothing else");
	code_clear();
	check(!*written(), "what is cleared is not");
}

static bool say(struct order *o, const void *bytes, int n)
{
	bool whole = false;
	int i;

	for (i = 0; i < n; i++) {
		if (whole)
			return false;	/* too early */
		whole = order_take(o, ((const uint8_t *)bytes)[i]);
	}
	return whole;
}

static void test_orders(void)
{
	uint8_t span[10] = { ORDER_SPAN, 6, 1, 2, 3, 4, 5, 6, 7, 8 };
	uint8_t watch[17] = { ORDER_WATCH, [16] = 9 };
	uint8_t track = ORDER_TRACK, label[] = "\023one";
	uint8_t endless[ORDER_MAX] = { ORDER_WRITE };
	struct order o = {};

	check(say(&o, &track, 1), "an order of one byte");
	check(say(&o, span, 10) && o.bytes[1] == 6 &&
	      order_number(&o, 2) == 0x0807060504030201ull,
	      "an order with a phase and an address");
	check(say(&o, watch, 17) && order_number(&o, 9) == 9ull << 56,
	      "an order with two addresses");
	check(label[0] == ORDER_WRITE && say(&o, label, sizeof(label)) &&
	      !strcmp((char *)o.bytes + 1, "one"), "an order with a label");
	memset(endless + 1, 'x', sizeof(endless) - 1);
	check(say(&o, endless, sizeof(endless)) &&
	      strlen((char *)o.bytes + 1) == ORDER_MAX - 2,
	      "a label without an end is cut");
}

int main(void)
{
	test_costs();
	test_levels();
	test_lines();
	test_threads();
	test_code();
	test_orders();
	printf("1..%d\n", checked);
	return bad != 0;
}
