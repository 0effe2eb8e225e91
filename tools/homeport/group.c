// SPDX-License-Identifier: GPL-2.0
/* homeport group: the managed SO_REUSEPORT groups */
#include "homeport.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

struct filter {
	uint32_t id;
	struct range ports;	/* first 0: any */
};

void group_help(FILE *to)
{
	fputs("Usage: homeport group [ show [ id ID | port PORTS ] ]\n"
	      "       homeport group release id ID\n"
	      "where  PORTS := { PORT | PORT-PORT | all }\n",
	      to);
}

static void show_device(const struct nlattr *attr)
{
	char name[IFNAMSIZ];

	if (!attr)
		return;
	print_json_u64("ifindex", genl_u32(attr));
	if (if_indextoname(genl_u32(attr), name))
		print_str("ifname", "%%%s", name);
	else
		print_text("%%%" PRIu32, genl_u32(attr));
}

/* ADDRESS[%DEVICE]:PORT, as ss writes it */
void group_name(const struct nlattr **attrs)
{
	bool six = genl_u16(attrs[HOMEPORT_A_GROUP_FAMILY]) == AF_INET6;

	print_text("%s", six ? "[" : "");
	print_address(attrs[HOMEPORT_A_GROUP_ADDR]);
	print_text("%s", six ? "]" : "");
	show_device(attrs[HOMEPORT_A_GROUP_IFINDEX]);
	print_u64("port", ":%" PRIu64, genl_u32(attrs[HOMEPORT_A_GROUP_PORT]));
}

static void show_family(const struct nlattr **attrs)
{
	uint16_t family = genl_u16(attrs[HOMEPORT_A_GROUP_FAMILY]);

	print_family("family", family);
	if (family != AF_INET6)
		return;
	print_json_bool("v6only", attrs[HOMEPORT_A_GROUP_V6ONLY]);
	if (attrs[HOMEPORT_A_GROUP_V6ONLY])
		print_text(" only");
}

/* "kept 1.5 s", and since when in JSON too */
static void show_state(const struct nlattr **attrs)
{
	const struct nlattr *kept = attrs[HOMEPORT_A_GROUP_KEPT_MS];

	print_name("state", &names_group_state,
		   genl_u32(attrs[HOMEPORT_A_GROUP_STATE]));
	if (!kept)
		return;
	print_json_u64("kept_ms", genl_uint(kept));
	print_text(" %.1f s", genl_uint(kept) / 1000.0);
}

/* What homeport holds open, and how much is in there: listeners, connections. */
static void show_held(const struct nlattr **attrs)
{
	uint32_t held = genl_u32(attrs[HOMEPORT_A_GROUP_HELD]);
	uint32_t requests = genl_u32(attrs[HOMEPORT_A_GROUP_HELD_REQUESTS]);
	uint32_t children = genl_u32(attrs[HOMEPORT_A_GROUP_HELD_CHILDREN]);

	print_json_u64("held", held);
	print_json_u64("held_requests", requests);
	print_json_u64("held_children", children);
	if (held)
		print_text("%" PRIu32 ":%" PRIu32 "+%" PRIu32, held, requests,
			   children);
	else
		print_text("-");
}

/* enum homeport_feature, by name; those without one are not ours to show. */
static void show_features(uint32_t features)
{
	const char *comma = "";
	size_t bit;

	print_array("features");
	for (bit = 0; bit < names_feature.nr; bit++) {
		if (!(features & 1u << bit))
			continue;
		print_text("%s", comma);
		print_str(NULL, "%s", names_feature.name[bit]);
		comma = ",";
	}
	print_array_end();
	if (!*comma)
		print_text("-");
}

static void show_rest(const struct nlattr **attrs)
{
	print_cell();
	print_u64("uid", "%" PRIu64, genl_u32(attrs[HOMEPORT_A_GROUP_UID]));
	print_cell();
	show_state(attrs);
	print_cell();
	print_u64("listeners", "%" PRIu64,
		  genl_u32(attrs[HOMEPORT_A_GROUP_LISTENERS]));
	print_cell();
	show_held(attrs);
	print_cell();
	print_name("attach", &names_attach,
		   genl_u32(attrs[HOMEPORT_A_GROUP_ATTACH]));
	print_cell();
	show_features(genl_u32(attrs[HOMEPORT_A_GROUP_FEATURES]));
	print_cell();
	print_u64("rule", "%" PRIu64, genl_u32(attrs[HOMEPORT_A_GROUP_RULE]));
}

static int show_row(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attrs[HOMEPORT_A_GROUP_MAX + 1];
	const struct filter *filter = data;
	uint32_t port;

	genl_attrs(nlh, attrs, HOMEPORT_A_GROUP_MAX);
	port = genl_u32(attrs[HOMEPORT_A_GROUP_PORT]);
	if (filter->ports.first &&
	    (port < filter->ports.first || port > filter->ports.last))
		return MNL_CB_OK;
	print_object(NULL);
	print_cell();
	print_u64("id", "%" PRIu64, genl_u32(attrs[HOMEPORT_A_GROUP_ID]));
	print_cell();
	group_name(attrs);
	print_cell();
	show_family(attrs);
	show_rest(attrs);
	print_object_end();
	return MNL_CB_OK;
}

/* The same in a line, for monitor. */
void group_event(const struct nlmsghdr *nlh)
{
	const struct nlattr *attrs[HOMEPORT_A_GROUP_MAX + 1];

	genl_attrs(nlh, attrs, HOMEPORT_A_GROUP_MAX);
	print_u64("id", " id %" PRIu64 " ",
		  genl_u32(attrs[HOMEPORT_A_GROUP_ID]));
	group_name(attrs);
	print_text(" family ");
	show_family(attrs);
	print_u64("uid", " uid %" PRIu64,
		  genl_u32(attrs[HOMEPORT_A_GROUP_UID]));
	print_text(" state ");
	show_state(attrs);
	print_u64("listeners", " listeners %" PRIu64,
		  genl_u32(attrs[HOMEPORT_A_GROUP_LISTENERS]));
	print_text(" held ");
	show_held(attrs);
	print_text(" attach ");
	print_name("attach", &names_attach,
		   genl_u32(attrs[HOMEPORT_A_GROUP_ATTACH]));
	print_u64("rule", " rule %" PRIu64,
		  genl_u32(attrs[HOMEPORT_A_GROUP_RULE]));
}

static void show_columns(void)
{
	print_column("ID", true);
	print_column("ADDRESS:PORT", false);
	print_column("FAMILY", false);
	print_column("UID", true);
	print_column("STATE", false);
	print_column("LISTENERS", true);
	print_column("HELD", true);
	print_column("ATTACH", false);
	print_column("FEATURES", false);
	print_column("RULE", true);
}

static int show(struct filter *filter)
{
	struct genl_request req;
	int ret;

	genl_begin(&req, HOMEPORT_CMD_GROUP_GET);
	if (filter->id)
		mnl_attr_put_u32(req.nlh, HOMEPORT_A_GROUP_ID, filter->id);
	show_columns();
	print_array(NULL);
	ret = filter->id ? genl_do(&req, show_row, filter)
			 : genl_dump(&req, show_row, filter);
	if (ret)
		return ret;
	print_array_end();
	print_table_end();
	return EXIT_OK;
}

static bool parse_filter(struct words *w, struct filter *filter)
{
	const char *word = word_next(w);
	bool ok;

	memset(filter, 0, sizeof(*filter));
	if (!word)
		return true;
	if (!strcmp(word, "id")) {
		word = word_value(w, "id");
		ok = word && parse_id(word, "group id", &filter->id);
	} else if (!strcmp(word, "port")) {
		word = word_value(w, "port");
		ok = word && parse_ports(word, &filter->ports);
	} else {
		ok = word_wrong("group", word);
	}
	return ok && (!w->left || word_wrong("group", *w->next));
}

static int do_release(struct words *w)
{
	struct genl_request req;
	struct filter filter;

	if (!parse_filter(w, &filter))
		return EXIT_SYNTAX;
	if (!filter.id) {
		complain("\"release\" needs \"id\", try \"homeport group help\"");
		return EXIT_SYNTAX;
	}
	if (!genl_open())
		return EXIT_KERNEL;
	genl_begin(&req, HOMEPORT_CMD_GROUP_RELEASE);
	mnl_attr_put_u32(req.nlh, HOMEPORT_A_GROUP_ID, filter.id);
	return genl_do(&req, NULL, NULL);
}

int group_main(struct words *w)
{
	const char *command = word_next(w);
	struct filter filter;

	if (command && !strcmp(command, "release"))
		return do_release(w);
	if (command && strcmp(command, "show")) {
		word_wrong("group", command);
		return EXIT_SYNTAX;
	}
	if (!parse_filter(w, &filter))
		return EXIT_SYNTAX;
	return genl_open() ? show(&filter) : EXIT_KERNEL;
}
