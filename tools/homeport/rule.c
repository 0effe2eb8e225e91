// SPDX-License-Identifier: GPL-2.0
/* homeport rule: which listeners are managed */
#include "homeport.h"

#include <inttypes.h>
#include <string.h>

/* What a rule has that may be changed, and the words for it. */
static const struct setting {
	const char *word;
	const char *name;	/* in JSON */
	const char *what;
	uint32_t max;
	int attr;
} settings[] = {
	{ "grace", "grace_ms", "grace in milliseconds",
	  HOMEPORT_GRACE_MS_MAX, HOMEPORT_A_RULE_GRACE_MS },
	{ "stall", "stall_ms", "stall time in milliseconds",
	  HOMEPORT_STALL_MS_MAX, HOMEPORT_A_RULE_STALL_MS },
	{ "rescue", "rescue_ms", "rescue time in milliseconds",
	  HOMEPORT_STALL_MS_MAX, HOMEPORT_A_RULE_RESCUE_MS },
	{ "bound", "bound_percent", "bound in percent",
	  HOMEPORT_BOUND_PERCENT_MAX, HOMEPORT_A_RULE_BOUND_PERCENT },
};

#define SETTINGS	ARRAY_SIZE(settings)

struct values {
	bool has[SETTINGS];
	uint32_t value[SETTINGS];
};

struct rule_words {
	bool has_ports;
	struct range ports;
	int family;
	const char *addr;
	struct address address;
	struct values values;
};

void rule_help(FILE *to)
{
	fputs("Usage: homeport rule [ show [ id ID ] ]\n"
	      "       homeport rule add port PORTS [ family FAMILY ] [ addr ADDRESS ] [ SETTING ]\n"
	      "       homeport rule set id ID SETTING\n"
	      "       homeport rule del id ID\n"
	      "where  PORTS := { PORT | PORT-PORT | all }\n"
	      "       FAMILY := { inet | inet6 }\n"
	      "       SETTING := { grace MS | stall MS | rescue MS | bound PERCENT }, one or more\n",
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
	size_t i;

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
	for (i = 0; i < SETTINGS; i++) {
		print_cell();
		print_u64(settings[i].name, "%" PRIu64,
			  genl_u32(attrs[settings[i].attr]));
	}
	print_object_end();
	return MNL_CB_OK;
}

/* The same in a line, for monitor. */
void rule_event(const struct nlmsghdr *nlh)
{
	const struct nlattr *attrs[HOMEPORT_A_RULE_MAX + 1];
	size_t i;

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
	for (i = 0; i < SETTINGS; i++) {
		print_text(" %s ", settings[i].name);
		print_u64(settings[i].name, "%" PRIu64,
			  genl_u32(attrs[settings[i].attr]));
	}
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
	print_column("STALL", true);
	print_column("RESCUE", true);
	print_column("BOUND%", true);
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

/* -1: it is not the word for any. */
static int find_setting(const char *word)
{
	size_t i;

	for (i = 0; i < SETTINGS; i++)
		if (!strcmp(word, settings[i].word))
			return i;
	return -1;
}

static bool parse_setting(struct words *w, int i, struct values *values)
{
	const struct setting *s = &settings[i];
	const char *word;

	if (values->has[i])
		return word_twice(s->word);
	word = word_value(w, s->word);
	if (!word || !parse_u32(word, s->what, &values->value[i]))
		return false;
	values->has[i] = true;
	if (values->value[i] <= s->max)
		return true;
	complain("\"%s\" is more than the most for %s, %" PRIu32, word, s->word,
		 s->max);
	return false;
}

static void put_settings(struct genl_request *req, const struct values *values)
{
	size_t i;

	for (i = 0; i < SETTINGS; i++)
		if (values->has[i])
			mnl_attr_put_u32(req->nlh, settings[i].attr,
					 values->value[i]);
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

/* id ID SETTING ... */
static bool parse_set(struct words *w, uint32_t *id, struct values *values)
{
	const char *word = value_of(w, "id");
	int i;

	memset(values, 0, sizeof(*values));
	if (!word || !parse_id(word, "rule id", id))
		return false;
	do {
		word = word_next(w);
		if (!word) {
			complain("\"set\" needs a setting, as \"grace\", try \"homeport rule help\"");
			return false;
		}
		i = find_setting(word);
		if (i < 0)
			return word_wrong("rule", word);
		if (!parse_setting(w, i, values))
			return false;
	} while (w->left);
	return true;
}

static int do_set(struct words *w)
{
	struct genl_request req;
	struct values values;
	uint32_t id;

	if (!parse_set(w, &id, &values))
		return EXIT_SYNTAX;
	if (!genl_open())
		return EXIT_KERNEL;
	genl_begin(&req, HOMEPORT_CMD_RULE_SET);
	mnl_attr_put_u32(req.nlh, HOMEPORT_A_RULE_ID, id);
	put_settings(&req, &values);
	return genl_do(&req, NULL, NULL);
}

static bool parse_word(struct words *w, const char *key, struct rule_words *r)
{
	bool port = !strcmp(key, "port");
	bool family = !strcmp(key, "family");
	bool addr = !strcmp(key, "addr");
	int setting = find_setting(key);
	const char *value;

	if (setting >= 0)
		return parse_setting(w, setting, &r->values);
	if (!port && !family && !addr)
		return word_wrong("rule", key);
	if ((port && r->has_ports) || (family && r->family) ||
	    (addr && r->addr))
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
	put_settings(&req, &r.values);
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
