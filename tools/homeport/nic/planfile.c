// SPDX-License-Identifier: GPL-2.0
/*
 * Plans in files. What a file tells to write is never written: its policy is
 * planned for again, and has to come to the same.
 */
#include <string.h>

#include "nic.h"
#include "state.h"

static bool is_file(const char *word)
{
	size_t len = strlen(word);

	return strchr(word, '/') ||
		(len > 5 && !strcmp(word + len - 5, ".json"));
}

static json_object *first_device(json_object *o)
{
	json_object *devices;

	if (!json_get_array(o, "devices", &devices) ||
	    json_object_array_length(devices) != 1)
		return NULL;
	return json_object_array_get_idx(devices, 0);
}

/* The file, if it is a plan, and whole. */
static json_object *load(const char *path)
{
	char schema[32], kind[16];
	const char *why;
	json_object *o = json_load(path, &why);

	if (!o) {
		complain("\"%s\" is no plan: %s", path, why);
		return NULL;
	}
	if (!json_get_str(o, "schema", schema, sizeof(schema)) ||
	    strcmp(schema, JSON_SCHEMA) ||
	    !json_get_str(o, "kind", kind, sizeof(kind)) ||
	    strcmp(kind, "plan") || !first_device(o))
		why = "it has another format";
	else if (!json_sealed(o, "plan_id"))
		why = "it was changed after it was made";
	else
		return o;
	complain("\"%s\" is no plan: %s", path, why);
	json_object_put(o);
	return NULL;
}

struct request_in_file {
	char ifname[IFNAMSIZ];
	char boot_id[40];
	int64_t ifindex;
	struct policy policy;
	struct listeners listeners;
};

static bool get_request(json_object *o, struct request_in_file *r)
{
	json_object *v;

	memset(r, 0, sizeof(*r));
	return json_get_str(first_device(o), "ifname", r->ifname,
			    sizeof(r->ifname)) &&
		json_get_int(first_device(o), "ifindex", 0, INT32_MAX,
			     &r->ifindex) &&
		json_object_object_get_ex(o, "host", &v) &&
		json_get_str(v, "boot_id", r->boot_id, sizeof(r->boot_id)) &&
		json_object_object_get_ex(o, "policy", &v) &&
		json_to_policy(v, &r->policy) &&
		json_object_object_get_ex(o, "listeners", &v) &&
		json_to_listeners(v, &r->listeners);
}

/* Do the file's operations come out again, with the same values before them? */
static bool same_ops(json_object *o, const struct plan *plan)
{
	json_object *ops;
	unsigned int i;
	struct op op;
	bool same;

	if (!json_get_array(first_device(o), "ops", &ops) ||
	    json_object_array_length(ops) != plan->nr_ops)
		return false;
	for (i = 0; i < plan->nr_ops; i++) {
		memset(&op, 0, sizeof(op));
		same = json_to_op(json_object_array_get_idx(ops, i), &op) &&
			op.new && op_same_place(&op, &plan->op[i]) &&
			!strcmp(op.old, plan->op[i].old) &&
			!strcmp(op.new, plan->op[i].new);
		free(op.old);
		free(op.new);
		if (!same)
			return false;
	}
	return true;
}

static int check_holds(struct nic_case *c, json_object *o, const char *path,
		       const struct request_in_file *r)
{
	if (strcmp(c->host.boot_id, r->boot_id) ||
	    c->dev.ifindex != r->ifindex) {
		complain("the plan \"%s\" is of another boot or device", path);
		return NIC_CONFLICT;
	}
	/* what it wanted may have been done already */
	if (c->plan.nr_ops && !same_ops(o, &c->plan)) {
		complain("the plan \"%s\" is stale: %s has changed since", path,
			 c->dev.name);
		return NIC_CONFLICT;
	}
	return NIC_OK;
}

static int open_file(struct nic_case *c, struct nic_args *a, const char *path)
{
	struct request_in_file r;
	json_object *o = load(path);
	int ret;

	memset(c, 0, sizeof(*c));
	if (!o)
		return NIC_USAGE;
	if (get_request(o, &r)) {
		ret = case_open_with(c, &a->sys, r.ifname, &r.policy,
				     &r.listeners);
		if (!ret)
			ret = check_holds(c, o, path, &r);
	} else {
		complain("\"%s\" is no plan: something is missing in it", path);
		ret = NIC_USAGE;
	}
	listeners_free(&r.listeners);
	json_object_put(o);
	return ret;
}

int plan_file_open(struct nic_case *c, struct nic_args *a, const char *word)
{
	if (!is_file(word))
		return case_open(c, a, word);
	if (!a->request.given)
		return open_file(c, a, word);
	memset(c, 0, sizeof(*c));
	complain("\"%s\" has its policy in it: give no other", word);
	return NIC_USAGE;
}
