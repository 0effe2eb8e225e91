// SPDX-License-Identifier: GPL-2.0
/*
 * The names that drivers give to interrupts. There is no rule: each form below
 * is one that some driver uses.
 */
#include "irqname.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* More queues than any device has. */
#define MOST_QUEUES	65536

struct form {
	const char *word;
	enum irqname_kind kind;
};

/* Between the device's name and the number, whatever the case. */
static const struct form before_number[] = {
	{ "tx-rx-",	IRQNAME_BOTH },		/* ena */
	{ "txrx-",	IRQNAME_BOTH },		/* igb ixgbe ice i40e bnxt tg3 */
	{ "txrx",	IRQNAME_BOTH },
	{ "rxtx-",	IRQNAME_BOTH },		/* vmxnet3 nfp octeontx2 */
	{ "rxtx",	IRQNAME_BOTH },		/* enetc */
	{ "fp-",	IRQNAME_BOTH },		/* bnx2x qede */
	{ "rx-",	IRQNAME_RX },
	{ "rx",		IRQNAME_RX },
	{ "tx-",	IRQNAME_TX },
	{ "tx",		IRQNAME_TX },
	{ "input.",	IRQNAME_RX },		/* virtio */
	{ "output.",	IRQNAME_TX },
	{ "(queue ",	IRQNAME_BOTH },		/* cxgb4 */
	{ "queue-",	IRQNAME_BOTH },
	{ "rx-queue ",	IRQNAME_RX },
	{ "q",		IRQNAME_BOTH },		/* be2net */
	{ "",		IRQNAME_BOTH },		/* bnx2 cxgb3 sfc atlantic */
};

/* Names that begin with the driver's word and end in "@" and the device. */
static const struct form at_bus[] = {
	{ "mlx5_comp",		IRQNAME_BOTH },
	{ "mlx4-comp-",		IRQNAME_BOTH },
	{ "mlx4-",		IRQNAME_BOTH },
	{ "mana_q",		IRQNAME_BOTH },
	{ "gve-ntfy-blk",	IRQNAME_BLOCK },
};

static const char *const not_a_queue[] = {
	"fdir", "async", "mgmnt", "event", "config", "mailbox", "mbx", "misc",
	"notify", "hwc", "ptp", "link", "lsc", "admin", "ctrl", "err", "other",
	"wol", "mac", "control",
};

static bool number_at(const char *text, const char **end, unsigned int *value)
{
	unsigned int v = 0;

	if (!isdigit((unsigned char)*text))
		return false;
	for (; isdigit((unsigned char)*text); text++) {
		v = v * 10 + (*text - '0');
		if (v >= MOST_QUEUES)
			return false;
	}
	*end = text;
	*value = v;
	return true;
}

/* As strcasestr() for a word that no letter adjoins. */
static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);
	const char *at;

	for (at = text; *at; at++)
		if (!strncasecmp(at, word, len) &&
		    (at == text || !isalpha((unsigned char)at[-1])))
			return true;
	return false;
}

static bool is_management(const char *text)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(not_a_queue); i++)
		if (has_word(text, not_a_queue[i]))
			return true;
	return false;
}

/* xen's eth0-q0-rx says behind the number what it is. */
static bool after_number(const char *text, struct irqname *n)
{
	if (!*text || !strcmp(text, ")"))
		return true;
	if (!strcasecmp(text, "-rx"))
		n->kind = IRQNAME_RX;
	else if (!strcasecmp(text, "-tx"))
		n->kind = IRQNAME_TX;
	else
		return false;
	return true;
}

static bool read_rest(const char *rest, struct irqname *n)
{
	const char *end;
	size_t i, len;

	for (i = 0; i < ARRAY_SIZE(before_number); i++) {
		len = strlen(before_number[i].word);
		if (strncasecmp(rest, before_number[i].word, len))
			continue;
		n->kind = before_number[i].kind;
		if (number_at(rest + len, &end, &n->queue) &&
		    after_number(end, n))
			return true;
	}
	if (!strcasecmp(rest, "virtqueues")) {
		n->kind = IRQNAME_SHARED;
		return true;
	}
	return false;
}

/* What follows @owner in @name, past one separator; NULL: not there. */
static const char *behind(const char *name, const char *owner)
{
	size_t len = owner ? strlen(owner) : 0;
	const char *at;

	if (!len)
		return NULL;
	for (at = strstr(name, owner); at; at = strstr(at + 1, owner)) {
		if (at > name && !strchr("-:@ ", at[-1]))
			continue;
		if (!at[len])
			return at + len;
		if (strchr("-: @", at[len]))
			return at + len + 1;
	}
	return NULL;
}

static bool read_at_bus(const char *name, const char *bus, struct irqname *n)
{
	const char *at = strchr(name, '@'), *end;
	size_t i, len;

	if (!at || !bus)
		return false;
	/* @0000:3b:00.0 or @pci:0000:3b:00.0 */
	if (strcmp(at + 1, bus) &&
	    (strncmp(at + 1, "pci:", 4) || strcmp(at + 5, bus)))
		return false;
	n->kind = IRQNAME_MGMT;
	for (i = 0; i < ARRAY_SIZE(at_bus); i++) {
		len = strlen(at_bus[i].word);
		if (strncmp(name, at_bus[i].word, len) ||
		    !number_at(name + len, &end, &n->queue) || end != at)
			continue;
		n->kind = at_bus[i].kind;
		break;
	}
	return true;
}

struct irqname irqname_read(const char *name, const struct irqname_owner *owner)
{
	struct irqname n = { .kind = IRQNAME_OTHER };
	const char *rest;

	if (read_at_bus(name, owner->bus, &n))
		return n;
	rest = behind(name, owner->ifname);
	if (!rest)
		rest = behind(name, owner->bus);
	if (!rest)
		rest = behind(name, owner->device);
	if (!rest)
		return n;
	if (!*rest)
		n.kind = IRQNAME_SHARED;
	else if (is_management(rest) || !read_rest(rest, &n))
		n.kind = IRQNAME_MGMT;
	return n;
}
