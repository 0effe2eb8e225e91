// SPDX-License-Identifier: GPL-2.0
/*
 * What homeport nic reads that others wrote: masks, lists, names of interrupts,
 * flows, irqbalance's answer, files of /etc, plans and snapshots, and words of
 * policy. The first byte says which.
 */
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nic/balance.h"
#include "nic/cpumask.h"
#include "nic/flow.h"
#include "nic/irqname.h"
#include "nic/json.h"
#include "nic/nic.h"
#include "nic/owner.h"
#include "nic/persist.h"
#include "nic/state.h"

static char out[CPUMASK_TEXT];

/* What is taken comes back the same when it is printed. */
static void fuzz_masks(char *text)
{
	static const unsigned int sizes[] = { 1, 2, 31, 32, 33, 64, 96, 8192 };
	struct cpumask m, again;
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		if (!cpumask_parse(&m, text, sizes[i])) {
			cpumask_print(&m, sizes[i], out, sizeof(out));
			if (cpumask_parse(&again, out, sizes[i]) ||
			    !cpumask_equal(&m, &again))
				abort();
		}
		if (!cpumask_parse_list(&m, text, sizes[i])) {
			cpumask_print_list(&m, out, sizeof(out));
			if (cpumask_parse_list(&again, out, sizes[i]) ||
			    !cpumask_equal(&m, &again))
				abort();
		}
	}
}

static void fuzz_names(char *text)
{
	static const struct irqname_owner owner = {
		"eth1", "0000:3b:00.0", "virtio2",
	};

	if (irqname_read(text, &owner).queue >= 65536)
		abort();
}

static void fuzz_answer(char *text)
{
	static struct banned banned;

	balance_parse(text, &banned);
}

/* Files of systemd and tuned: all are the text. */
static const char *fuzzed;

static int read_fuzzed(struct sys *sys, const char *path, char *buf,
		       size_t size)
{
	(void)sys;
	if (strstr(path, "tuned.pid"))
		return snprintf(buf, size, "1");
	return snprintf(buf, size, "%s", fuzzed) < (int)size ?
		(int)strlen(buf) : -EFBIG;
}

static void fuzz_owners(char *text)
{
	static const struct sys_ops ops = { .read = read_fuzzed };
	static struct nic_dev dev;
	struct sys sys = { .ops = &ops, .root = "" };

	fuzzed = text;
	owners_read(&dev, &sys);
	if (dev.nr_owners > MODEL_OWNERS)
		abort();
}

static void fuzz_flow(char *text)
{
	uint8_t data[36];
	struct flow flow;

	if (flow_parse(text, &flow) && flow_bytes(&flow, true, data) > 36)
		abort();
}

static void fuzz_conf(char *text)
{
	struct request r;
	char mac[20], why[256];

	request_init(&r);
	if (persist_parse(text, &r, mac, why, sizeof(why)))
		policy_print(&r, out, sizeof(out), "", "\n");
	request_free(&r);
}

/* The words of a command, a line each; it is not run. */
static void fuzz_words(char *text)
{
	static const char *const commands[] = { "plan", "apply", "watch" };
	char *next[64];
	char *save;
	struct nic_args a;
	struct words w;
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		char *copy = strdup(text), *word;

		w = (struct words) { 0, next };
		for (word = strtok_r(copy, "\n", &save); word && w.left < 64;
		     word = strtok_r(NULL, "\n", &save))
			next[w.left++] = word;
		nic_args_parse(&a, commands[i], &w);
		nic_args_free(&a);
		free(copy);
	}
}

/* Any document: sealed here, or none would be looked into. */
static void fuzz_files(char *text)
{
	json_object *o = json_tokener_parse(text), *v;
	struct listeners l;
	struct policy p;
	struct values values;
	struct op op;

	if (!json_object_is_type(o, json_type_object)) {
		json_object_put(o);
		return;
	}
	json_seal(o, "sum");
	if (state_json_values(o, &values))
		values_free(&values);
	json_to_policy(o, &p);
	if (json_to_listeners(o, &l))
		listeners_free(&l);
	json_to_op(o, &op);
	free(op.old);
	free(op.new);
	json_get_array(o, "values", &v);
	json_object_put(o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const what[])(char *text) = {
		fuzz_masks, fuzz_names, fuzz_answer, fuzz_flow, fuzz_conf,
		fuzz_files, fuzz_words, fuzz_owners,
	};
	char *text;

	if (!size)
		return 0;
	text = malloc(size);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	what[data[0] % (sizeof(what) / sizeof(*what))](text);
	free(text);
	return 0;
}
