// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "param.h"

#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <uapi/linux/homeport.h>

static int parse_port(const char *text, u16 *port)
{
	unsigned int value;

	if (!isdigit(*text) || kstrtouint(text, 10, &value))
		return -EINVAL;
	if (!value || value > HOMEPORT_PORT_MAX)
		return -ERANGE;
	*port = value;
	return 0;
}

/* PORT, PORT-PORT or "all". Changes @text. */
static int parse_range(char *text, struct hp_ports *ports)
{
	char *last;
	int err;

	if (!strcmp(text, "all")) {
		ports->first = 1;
		ports->last = HOMEPORT_PORT_MAX;
		return 0;
	}
	last = strchr(text, '-');
	if (last)
		*last++ = '\0';
	err = parse_port(text, &ports->first);
	if (err)
		return err;
	err = parse_port(last ?: text, &ports->last);
	if (!err && ports->last < ports->first)
		err = -EDOM;
	return err;
}

static int complain(const char *word, int err)
{
	const char *why = "is not a port, a range or \"all\"";

	if (err == -ERANGE)
		why = "is not within 1 and 65535";
	else if (err == -EDOM)
		why = "ends before it begins";
	pr_err("ports=: \"%s\" %s\n", word, why);
	return -EINVAL;
}

static int parse_word(const char *word, struct hp_ports *ports)
{
	char *copy = kstrdup(word, GFP_KERNEL);
	int err;

	if (!copy)
		return -ENOMEM;
	err = parse_range(copy, ports);
	kfree(copy);
	return err ? complain(word, err) : 0;
}

static unsigned int count_words(const char *text)
{
	unsigned int n = 1;

	for (; *text; text++)
		n += *text == ',';
	return n;
}

/**
 * hp_param_ports() - read ports=
 * @text: PORT, PORT-PORT or "all", one or more with commas between; NULL or
 *	empty: none.
 * @ports: Set to an array for the caller to kfree(); NULL when there is none.
 * @nr: Set to its length.
 *
 * Says in the log what is wrong.
 *
 * Return: 0; -EINVAL; -ENOMEM.
 */
int hp_param_ports(const char *text, struct hp_ports **ports, unsigned int *nr)
{
	char *copy, *rest, *word;
	int err = 0;

	*nr = 0;
	*ports = NULL;
	if (!text || !*text)
		return 0;
	copy = kstrdup(text, GFP_KERNEL);
	*ports = kcalloc(count_words(text), sizeof(**ports), GFP_KERNEL);
	if (!copy || !*ports)
		err = -ENOMEM;
	rest = copy;
	while (!err && (word = strsep(&rest, ",")))
		err = parse_word(word, &(*ports)[(*nr)++]);
	kfree(copy);
	if (err) {
		kfree(*ports);
		*ports = NULL;
	}
	return err;
}
