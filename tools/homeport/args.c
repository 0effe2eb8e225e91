// SPDX-License-Identifier: GPL-2.0
/*
 * The words of a command. Every word is compared whole: an abbreviation that
 * works today would be in the way of a new word tomorrow.
 */
#include "homeport.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <string.h>

#define PORT_ALL	"all"

/* Says on stderr what is wrong. */
void complain(const char *fmt, ...)
{
	va_list args;

	fflush(stdout);
	fputs("homeport: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
}

/* NULL at the end. */
const char *word_next(struct words *w)
{
	if (!w->left)
		return NULL;
	w->left--;
	return *w->next++;
}

/* The word that has to follow @key; NULL and a complaint if there is none. */
const char *word_value(struct words *w, const char *key)
{
	const char *word = word_next(w);

	if (!word)
		complain("a word is missing after \"%s\"", key);
	return word;
}

/* Always false, for "return word_wrong(...)". */
bool word_wrong(const char *object, const char *word)
{
	if (!word)
		complain("a word is missing, try \"homeport %s help\"", object);
	else
		complain("\"%s\" makes no sense here, try \"homeport %s help\"",
			 word, object);
	return false;
}

bool word_twice(const char *word)
{
	complain("\"%s\" is there twice", word);
	return false;
}

/* Decimal digits and nothing else, as many as they are. */
static bool parse_digits(const char *word, size_t len, uint32_t *value)
{
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		if (word[i] < '0' || word[i] > '9')
			return false;
		v = v * 10 + (word[i] - '0');
		if (v > UINT32_MAX)
			return false;
	}
	*value = v;
	return len > 0;
}

bool parse_u32(const char *word, const char *what, uint32_t *value)
{
	if (parse_digits(word, strlen(word), value))
		return true;
	complain("\"%s\" is no %s: a number is wanted", word, what);
	return false;
}

/* As parse_u32(), but from 1. */
bool parse_id(const char *word, const char *what, uint32_t *value)
{
	if (parse_digits(word, strlen(word), value) && *value)
		return true;
	complain("\"%s\" is no %s: a number from 1 is wanted", word, what);
	return false;
}

static bool parse_port(const char *word, size_t len, uint16_t *port)
{
	uint32_t value;

	if (!parse_digits(word, len, &value) || !value ||
	    value > HOMEPORT_PORT_MAX)
		return false;
	*port = value;
	return true;
}

/* PORT, PORT-PORT or all. */
bool parse_ports(const char *word, struct range *ports)
{
	const char *dash = strchr(word, '-');
	size_t len = dash ? (size_t)(dash - word) : strlen(word);
	const char *last = dash ? dash + 1 : word;

	if (!strcmp(word, PORT_ALL)) {
		*ports = (struct range) { 1, HOMEPORT_PORT_MAX };
		return true;
	}
	if (!parse_port(word, len, &ports->first) ||
	    !parse_port(last, strlen(last), &ports->last)) {
		complain("\"%s\" is no port: 1 to %u, a range as 8000-8080, or all",
			 word, HOMEPORT_PORT_MAX);
		return false;
	}
	if (ports->last < ports->first) {
		complain("\"%s\" is no range: its end is below its begin", word);
		return false;
	}
	return true;
}

bool parse_family(const char *word, int *family)
{
	if (!strcmp(word, "inet")) {
		*family = AF_INET;
	} else if (!strcmp(word, "inet6")) {
		*family = AF_INET6;
	} else {
		complain("\"%s\" is no family: inet or inet6", word);
		return false;
	}
	return true;
}

/* An address of @family, or of either if that is 0. */
bool parse_address(const char *word, int family, struct address *address)
{
	static const int families[] = { AF_INET, AF_INET6 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(families); i++) {
		if (family && family != families[i])
			continue;
		memset(address, 0, sizeof(*address));
		if (inet_pton(families[i], word, address->ip) != 1)
			continue;
		address->family = families[i];
		return true;
	}
	complain("\"%s\" is no %saddress", word,
		 family == AF_INET ? "IPv4 " : family ? "IPv6 " : "");
	return false;
}
