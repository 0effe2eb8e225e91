// SPDX-License-Identifier: GPL-2.0
/* homeport rule: which listeners are managed */
#include "homeport.h"

#include <inttypes.h>
#include <string.h>

struct rule_words {
	bool has_ports;
	struct range ports;
	int family;
	const char *addr;
	struct address address;
	bool has_grace;
	uint32_t grace_ms;
};

void rule_help(FILE *to)
{
	fputs("Usage: homeport rule [ show [ id ID ] ]\n"
	      "       homeport rule add port PORTS [ family FAMILY ] [ addr ADDRESS ] [ grace MS ]\n"
	      "       homeport rule set id ID grace MS\n"
	      "       homeport rule del id ID\n"
	      "where  PORTS := { PORT | PORT-PORT | all }\n"
	      "       FAMILY := { inet | inet6 }\n",
	      to);
}

static void show_ports(const struct nlattr **attrs)
{
	uint32_t first = genl_u32(attrs[HOMEPORT_A_RULE_PORT_FIRST]);
	uint32_t last = genl_u32(attrs[HOMEPORT_A_RULE_PORT_LAST]);

	print_json_u64("port_first", first);
	print_json_u64("port_last", last);
	if (first == 1 && last == HOMEPORT_PORT_MAX)
		print_text("all");
	else if (first == last)
		print_text("%" PRIu32, first);
	else
		print_text("%" PRIu32 "-%" PRIu32, first, last);
}

static void show_family(const struct nlattr **attrs)
{
	if (attrs[HOMEPORT_A_RULE_FAMILY])
		print_family("family", genl_u16(attrs[HOMEPORT_A_RULE_FAMILY]));
	else
		print_text("any");
}

static void show_address(const struct nlattr **attrs)
{
	if (attrs[HOMEPORT_A_RULE_ADDR])
		print_address(attrs[HOMEPORT_A_RULE_ADDR]);
	else
		print_text("any");
}

static int show_row(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attrs[HOMEPORT_A_RULE_MAX + 1];

	(void)data;
	genl_attrs(nlh, attrs, HOMEPORT_A_RULE_MAX);
	print_object(NULL);
	print_cell();
	print_u64("id", "%" PRIu64, genl_u32(attrs[HOMEPORT_A_RULE_ID]));
	print_cell();
	show_ports(attrs);
	print_cell();
	show_family(attrs);
	print_cell();
	show_address(attrs);
	print_cell();
	print_u64("groups", "%" PRIu64,
		  genl_u32(attrs[HOMEPORT_A_RULE_GROUPS]));
	print_cell();
	print_u64("grace_ms", "%" PRIu64,
		  genl_u32(attrs[HOMEPORT_A_RULE_GRACE_MS]));
	print_object_end();
	return MNL_CB_OK;
}

/* The same in a line, for monitor. */
void rule_event(const struct nlmsghdr *nlh)
{
	const struct nlattr *attrs[HOMEPORT_A_RULE_MAX + 1];

	genl_attrs(nlh, attrs, HOMEPORT_A_RULE_MAX);
	print_u64("id", " id %" PRIu64, genl_u32(attrs[HOMEPORT_A_RULE_ID]));
	print_text(" port ");
	show_ports(attrs);
	print_text(" family ");
	show_family(attrs);
	print_text(" addr ");
	show_address(attrs);
	print_u64("groups", " groups %" PRIu64,
		  genl_u32(attrs[HOMEPORT_A_RULE_GROUPS]));
	print_u64("grace_ms", " grace_ms %" PRIu64,
		  genl_u32(attrs[HOMEPORT_A_RULE_GRACE_MS]));
}

static int show(uint32_t id)
{
	struct genl_request req;
	int ret;

	genl_begin(&req, HOMEPORT_CMD_RULE_GET);
	if (id)
		mnl_attr_put_u32(req.nlh, HOMEPORT_A_RULE_ID, id);
	print_column("ID", true);
	print_column("PORTS", false);
	print_column("FAMILY", false);
	print_column("ADDRESS", false);
	print_column("GROUPS", true);
	print_column("GRACE-MS", true);
	print_array(NULL);
	ret = id ? genl_do(&req, show_row, NULL)
		 : genl_dump(&req, show_row, NULL);
	if (ret)
		return ret;
	print_array_end();
	print_table_end();
	return EXIT_OK;
}

/* [ id ID ], the id 0 if it is not there. */
static bool parse_which(struct words *w, uint32_t *id)
{
	const char *word = word_next(w);

	*id = 0;
	if (!word)
		return true;
	if (strcmp(word, "id"))
		return word_wrong("rule", word);
	word = word_value(w, "id");
	if (!word || !parse_id(word, "rule id", id))
		return false;
	return !w->left || word_wrong("rule", *w->next);
}

static int do_show(struct words *w)
{
	uint32_t id;

	if (!parse_which(w, &id))
		return EXIT_SYNTAX;
	return genl_open() ? show(id) : EXIT_KERNEL;
}

static int do_del(struct words *w)
{
	struct genl_request req;
	uint32_t id;

	if (!parse_which(w, &id))
		return EXIT_SYNTAX;
	if (!id) {
		word_wrong("rule", NULL);
		return EXIT_SYNTAX;
	}
	if (!genl_open())
		return EXIT_KERNEL;
	genl_begin(&req, HOMEPORT_CMD_RULE_DEL);
	mnl_attr_put_u32(req.nlh, HOMEPORT_A_RULE_ID, id);
	return genl_do(&req, NULL, NULL);
}

static bool parse_grace(const char *word, uint32_t *ms)
{
	if (!parse_u32(word, "grace in milliseconds", ms))
		return false;
	if (*ms <= HOMEPORT_GRACE_MS_MAX)
		return true;
	complain("\"%s\" is more than the longest grace, %u ms", word,
		 HOMEPORT_GRACE_MS_MAX);
	return false;
}

/* KEY VALUE, in its place. NULL: something else is there. */
static const char *value_of(struct words *w, const char *key)
{
	const char *word = word_next(w);

	if (!word)
		complain("\"set\" needs \"%s\", try \"homeport rule help\"",
			 key);
	else if (strcmp(word, key))
		word_wrong("rule", word);
	else
		return word_value(w, key);
	return NULL;
}

/* id ID grace MS */
static bool parse_set(struct words *w, uint32_t *id, uint32_t *grace_ms)
{
	const char *value = value_of(w, "id");

	if (!value || !parse_id(value, "rule id", id))
		return false;
	value = value_of(w, "grace");
	if (!value || !parse_grace(value, grace_ms))
		return false;
	return !w->left || word_wrong("rule", *w->next);
}

static int do_set(struct words *w)
{
	struct genl_request req;
	uint32_t id, grace_ms;

	if (!parse_set(w, &id, &grace_ms))
		return EXIT_SYNTAX;
	if (!genl_open())
		return EXIT_KERNEL;
	genl_begin(&req, HOMEPORT_CMD_RULE_SET);
	mnl_attr_put_u32(req.nlh, HOMEPORT_A_RULE_ID, id);
	mnl_attr_put_u32(req.nlh, HOMEPORT_A_RULE_GRACE_MS, grace_ms);
	return genl_do(&req, NULL, NULL);
}

static bool parse_word(struct words *w, const char *key, struct rule_words *r)
{
	bool port = !strcmp(key, "port");
	bool family = !strcmp(key, "family");
	bool addr = !strcmp(key, "addr");
	bool grace = !strcmp(key, "grace");
	const char *value;

	if (!port && !family && !addr && !grace)
		return word_wrong("rule", key);
	if ((port && r->has_ports) || (family && r->family) ||
	    (addr && r->addr) || (grace && r->has_grace))
		return word_twice(key);
	value = word_value(w, key);
	if (!value)
		return false;
	if (family)
		return parse_family(value, &r->family);
	if (addr) {
		r->addr = value;
		return true;
	}
	if (grace) {
		r->has_grace = true;
		return parse_grace(value, &r->grace_ms);
	}
	r->has_ports = true;
	return parse_ports(value, &r->ports);
}

static bool parse_rule(struct words *w, struct rule_words *r)
{
	const char *key;

	memset(r, 0, sizeof(*r));
	while ((key = word_next(w)))
		if (!parse_word(w, key, r))
			return false;
	if (!r->has_ports) {
		complain("a rule needs \"port\", try \"homeport rule help\"");
		return false;
	}
	/* last, as the family may stand behind it */
	if (r->addr && !parse_address(r->addr, r->family, &r->address))
		return false;
	if (r->addr)
		r->family = r->address.family;
	return true;
}

static int show_id(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attrs[HOMEPORT_A_RULE_MAX + 1];

	(void)data;
	genl_attrs(nlh, attrs, HOMEPORT_A_RULE_MAX);
	print_object(NULL);
	print_u64("id", "id %" PRIu64 "\n",
		  genl_u32(attrs[HOMEPORT_A_RULE_ID]));
	print_object_end();
	return MNL_CB_OK;
}

static int do_add(struct words *w)
{
	struct genl_request req;
	struct rule_words r;

	if (!parse_rule(w, &r))
		return EXIT_SYNTAX;
	if (!genl_open())
		return EXIT_KERNEL;
	genl_begin(&req, HOMEPORT_CMD_RULE_ADD);
	if (r.family)
		mnl_attr_put_u16(req.nlh, HOMEPORT_A_RULE_FAMILY, r.family);
	if (r.addr)
		mnl_attr_put(req.nlh, HOMEPORT_A_RULE_ADDR,
			     r.family == AF_INET ? 4 : 16, r.address.ip);
	mnl_attr_put_u32(req.nlh, HOMEPORT_A_RULE_PORT_FIRST, r.ports.first);
	mnl_attr_put_u32(req.nlh, HOMEPORT_A_RULE_PORT_LAST, r.ports.last);
	if (r.has_grace)
		mnl_attr_put_u32(req.nlh, HOMEPORT_A_RULE_GRACE_MS, r.grace_ms);
	return genl_do(&req, show_id, NULL);
}

int rule_main(struct words *w)
{
	const char *command = word_next(w);

	if (!command || !strcmp(command, "show"))
		return do_show(w);
	if (!strcmp(command, "add"))
		return do_add(w);
	if (!strcmp(command, "set"))
		return do_set(w);
	if (!strcmp(command, "del"))
		return do_del(w);
	word_wrong("rule", command);
	return EXIT_SYNTAX;
}
