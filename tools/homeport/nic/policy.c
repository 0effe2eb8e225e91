// SPDX-License-Identifier: GPL-2.0
#include "policy.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const policy_modes[] = { "strict", "rps", "spread", NULL };
const char *const policy_numas[] = { "prefer", "strict", "ignore", NULL };
const char *const policy_smts[] = { "all", "first", "avoid", NULL };
const char *const policy_balances[] = { "ban", "ignore", "fail", NULL };

static const char *const xps_others[] = { "nearest", "none", NULL };
static const char *const rps_homes[] = { "include", "exclude", NULL };
static const char *const keep_or_off[] = { "keep", "off", NULL };
static const char *const keep_or_equal[] = { "keep", "equal", NULL };

enum key {
	KEY_CPUS, KEY_LISTENERS, KEY_MODE, KEY_CHANNELS, KEY_NUMA, KEY_SMT,
	KEY_RESERVE, KEY_XPS, KEY_RPS_HOME, KEY_RFS, KEY_NTUPLE, KEY_RSS,
	KEY_BALANCE, KEY_ISOLATED,
};

static const struct {
	const char *word;
	const char *const *values;	/* if there are but a few */
} keys[] = {
	[KEY_CPUS]	= { "cpus", NULL },
	[KEY_LISTENERS]	= { "listeners", NULL },
	[KEY_MODE]	= { "mode", policy_modes },
	[KEY_CHANNELS]	= { "channels", NULL },
	[KEY_NUMA]	= { "numa", policy_numas },
	[KEY_SMT]	= { "smt", policy_smts },
	[KEY_RESERVE]	= { "reserve", NULL },
	[KEY_XPS]	= { "xps-others", xps_others },
	[KEY_RPS_HOME]	= { "rps-home", rps_homes },
	[KEY_RFS]	= { "rfs", NULL },
	[KEY_NTUPLE]	= { "ntuple", keep_or_off },
	[KEY_RSS]	= { "rss", keep_or_equal },
	[KEY_BALANCE]	= { "irqbalance", policy_balances },
	[KEY_ISOLATED]	= { "allow-isolated", NULL },
};

void request_init(struct request *r)
{
	memset(r, 0, sizeof(*r));
	policy_init(&r->policy);
	strcpy(r->listeners, "auto");
}

void request_free(struct request *r)
{
	free(r->cpus);
	memset(r, 0, sizeof(*r));
}

static int find_key(const char *word)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strcmp(keys[i].word, word))
			return i;
	return -1;
}

bool policy_has_value(const char *key)
{
	int i = find_key(key);

	return i >= 0 && i != KEY_ISOLATED;
}

static bool number(const char *text, unsigned long low, unsigned long high,
		   unsigned long *value)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*value = strtoul(text, &end, 10);
	return !errno && !*end && *value >= low && *value <= high;
}

static bool take_listeners(struct request *r, const char *value)
{
	unsigned long n;

	if (strlen(value) >= sizeof(r->listeners))
		return false;
	if (strcmp(value, "auto") && strcmp(value, "module") &&
	    (strncmp(value, "pid:", 4) || !number(value + 4, 1, 1 << 30, &n)) &&
	    (strncmp(value, "port:", 5) || !number(value + 5, 1, 65535, &n)) &&
	    (strncmp(value, "unit:", 5) || !value[5] || strchr(value, '/')))
		return false;
	strcpy(r->listeners, value);
	return true;
}

static bool take_channels(struct policy *p, const char *value)
{
	unsigned long n;

	if (!strcmp(value, "keep"))
		p->channels = CHANNELS_KEEP;
	else if (!strcmp(value, "auto"))
		p->channels = CHANNELS_AUTO;
	else if (number(value, 1, MODEL_QUEUES, &n))
		p->channels = n;
	else
		return false;
	return true;
}

static bool take_cpus(struct request *r, const char *value)
{
	struct cpumask m;

	if (cpumask_parse_list(&m, value, CPUMASK_CPUS) || cpumask_empty(&m))
		return false;
	free(r->cpus);
	r->cpus = strdup(value);
	return r->cpus;
}

static bool take_text(struct request *r, int key, const char *value)
{
	switch (key) {
	case KEY_CPUS:
		return take_cpus(r, value);
	case KEY_LISTENERS:
		return take_listeners(r, value);
	case KEY_CHANNELS:
		return take_channels(&r->policy, value);
	case KEY_RESERVE:
		return !cpumask_parse_list(&r->policy.reserve, value,
					   CPUMASK_CPUS);
	default:
		return number(value, 0, 1 << 29, &r->policy.rfs);
	}
}

static int find_word(const char *const *words, const char *word)
{
	int i;

	for (i = 0; words[i]; i++)
		if (!strcmp(words[i], word))
			return i;
	return -1;
}

static void set_word(struct policy *p, int key, int nth)
{
	switch (key) {
	case KEY_MODE:
		p->mode = nth;
		break;
	case KEY_NUMA:
		p->numa = nth;
		break;
	case KEY_SMT:
		p->smt = nth;
		break;
	case KEY_XPS:
		p->xps_none = nth;
		break;
	case KEY_RPS_HOME:
		p->rps_exclude_home = nth;
		break;
	case KEY_NTUPLE:
		p->ntuple_off = nth;
		break;
	case KEY_RSS:
		p->rss_equal = nth;
		break;
	default:
		p->balance = nth;
	}
}

static void say_words(int key, const char *value, char *why, size_t size)
{
	const char *const *words = keys[key].values;
	size_t len;
	int i;

	len = snprintf(why, size, "\"%.64s\" is no value of %s: ", value,
		       keys[key].word);
	for (i = 0; words[i] && len < size; i++)
		len += snprintf(why + len, size - len, "%s%s",
				!i ? "" : words[i + 1] ? ", " : " or ",
				words[i]);
}

static const char *what(int key)
{
	switch (key) {
	case KEY_CPUS:
	case KEY_RESERVE:
		return "a list of CPUs as 0-3,8";
	case KEY_LISTENERS:
		return "auto, module, pid:N, unit:NAME or port:N";
	case KEY_CHANNELS:
		return "keep, auto or a number from 1";
	default:
		return "a number up to 536870912";
	}
}

enum policy_word policy_take(struct request *r, const char *key,
			     const char *value, char *why, size_t size)
{
	int k = find_key(key), nth;

	if (k < 0)
		return POLICY_OTHER;
	r->given = true;
	if (k == KEY_ISOLATED) {
		r->policy.allow_isolated = true;
		return POLICY_TAKEN;
	}
	if (keys[k].values) {
		nth = find_word(keys[k].values, value);
		if (nth >= 0) {
			set_word(&r->policy, k, nth);
			return POLICY_TAKEN;
		}
		say_words(k, value, why, size);
		return POLICY_WRONG;
	}
	if (take_text(r, k, value))
		return POLICY_TAKEN;
	snprintf(why, size, "\"%.64s\" is no value of %s: %s", value,
		 keys[k].word, what(k));
	return POLICY_WRONG;
}

const char *policy_mode_word(enum plan_mode mode)
{
	return policy_modes[mode];
}

struct printer {
	char *buf;
	size_t size, len;
	const char *before, *after;
};

static void print(struct printer *p, int key, const char *value)
{
	int n;

	if (p->len >= p->size)
		return;
	n = snprintf(p->buf + p->len, p->size - p->len, "%s%s%s%s%s", p->before,
		     keys[key].word, value ? " " : "", value ? value : "",
		     p->after);
	p->len += n;
}

static void print_numbers(struct printer *p, const struct policy *policy)
{
	static char list[CPUMASK_TEXT];
	char number[24];

	if (policy->channels > 0) {
		snprintf(number, sizeof(number), "%d", policy->channels);
		print(p, KEY_CHANNELS, number);
	} else {
		print(p, KEY_CHANNELS, policy->channels ? "keep" : "auto");
	}
	snprintf(number, sizeof(number), "%lu", policy->rfs);
	print(p, KEY_RFS, number);
	cpumask_print_list(&policy->reserve, list, sizeof(list));
	if (*list)
		print(p, KEY_RESERVE, list);
	if (policy->allow_isolated)
		print(p, KEY_ISOLATED, NULL);
}

void policy_print(const struct request *r, char *buf, size_t size,
		  const char *before, const char *after)
{
	struct printer p = { buf, size, 0, before, after };
	const struct policy *policy = &r->policy;

	buf[0] = '\0';
	if (r->cpus)
		print(&p, KEY_CPUS, r->cpus);
	else
		print(&p, KEY_LISTENERS, r->listeners);
	print(&p, KEY_MODE, policy_modes[policy->mode]);
	print(&p, KEY_NUMA, policy_numas[policy->numa]);
	print(&p, KEY_SMT, policy_smts[policy->smt]);
	print(&p, KEY_XPS, xps_others[policy->xps_none]);
	print(&p, KEY_RPS_HOME, rps_homes[policy->rps_exclude_home]);
	print(&p, KEY_NTUPLE, keep_or_off[policy->ntuple_off]);
	print(&p, KEY_RSS, keep_or_equal[policy->rss_equal]);
	print(&p, KEY_BALANCE, policy_balances[policy->balance]);
	print_numbers(&p, policy);
}
