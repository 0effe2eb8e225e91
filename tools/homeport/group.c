// SPDX-License-Identifier: GPL-2.0
/* homeport group: the managed SO_REUSEPORT groups */
#include "homeport.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

static const char *const state_names[] = {
	[HOMEPORT_GROUP_STATE_MANAGED]	= "managed",
	[HOMEPORT_GROUP_STATE_BPF]	= "bpf",
	[HOMEPORT_GROUP_STATE_HASH]	= "hash",
};

static const struct names states = {
	state_names, ARRAY_SIZE(state_names)
};

static const char *const attach_names[] = {
	[HOMEPORT_ATTACH_FTRACE]	= "ftrace",
	[HOMEPORT_ATTACH_NATIVE]	= "native",
};

static const struct names attaches = {
	attach_names, ARRAY_SIZE(attach_names)
};

struct filter {
	uint32_t id;
	struct range ports;	/* first 0: any */
};

void group_help(FILE *to)
{
	fputs("Usage: homeport group [ show [ id ID | port PORTS ] ]\n"
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

static void show_rest(const struct nlattr **attrs)
{
	print_cell();
	print_u64("uid", "%" PRIu64, genl_u32(attrs[HOMEPORT_A_GROUP_UID]));
	print_cell();
	print_name("state", &states, genl_u32(attrs[HOMEPORT_A_GROUP_STATE]));
	print_cell();
	print_u64("listeners", "%" PRIu64,
		  genl_u32(attrs[HOMEPORT_A_GROUP_LISTENERS]));
	print_cell();
	print_name("attach", &attaches,
		   genl_u32(attrs[HOMEPORT_A_GROUP_ATTACH]));
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
	print_name("state", &states, genl_u32(attrs[HOMEPORT_A_GROUP_STATE]));
	print_u64("listeners", " listeners %" PRIu64,
		  genl_u32(attrs[HOMEPORT_A_GROUP_LISTENERS]));
	print_text(" attach ");
	print_name("attach", &attaches,
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
	print_column("ATTACH", false);
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

int group_main(struct words *w)
{
	const char *command = word_next(w);
	struct filter filter;

	if (command && strcmp(command, "show")) {
		word_wrong("group", command);
		return EXIT_SYNTAX;
	}
	if (!parse_filter(w, &filter))
		return EXIT_SYNTAX;
	return genl_open() ? show(&filter) : EXIT_KERNEL;
}
