// SPDX-License-Identifier: GPL-2.0
/* From a device's name to a plan for it. */
#include <errno.h>
#include <string.h>

#include "find.h"
#include "nic.h"
#include "state.h"

static int read_dev(struct nic_case *c, const char *name)
{
	int err = dev_read(&c->dev, c->sys, &c->host, name);

	if (!err)
		return NIC_OK;
	if (err == -ENODEV)
		complain("there is no device \"%s\"", name);
	else
		complain("cannot read device \"%s\": %s", name, strerror(-err));
	return err == -ENODEV ? NIC_NODEV : NIC_DENIED;
}

static int read_host(struct nic_case *c)
{
	int err = host_read(&c->host, c->sys);

	if (!err)
		return NIC_OK;
	complain("cannot read the CPUs of %s: %s",
		 *c->sys->root ? c->sys->root : "this machine", strerror(-err));
	return NIC_DENIED;
}

static int make_plan(struct nic_case *c)
{
	int err;

	err = plan_make(&c->plan, &c->host, &c->dev, &c->listeners,
			&c->request.policy);
	if (err == -ENOENT) {
		complain("no CPU is left for %s: %s", c->dev.name, c->plan.why);
		return NIC_USAGE;
	}
	if (err) {
		complain("no memory");
		return NIC_DENIED;
	}
	check_make(&c->check, &c->plan, &c->host, &c->dev, &c->listeners,
		   &c->request.policy);
	return NIC_OK;
}

static int find(struct nic_case *c)
{
	char why[256];

	if (find_listeners(&c->listeners, c->sys, &c->host, &c->request, why,
			   sizeof(why)))
		return NIC_OK;
	complain("no listeners for %s: %s", c->dev.name, why);
	return NIC_USAGE;
}

/*
 * Without a word of policy, that of the last apply, if there was one. What that
 * gave to each queue is kept where it can be.
 */
int case_open(struct nic_case *c, struct nic_args *a, const char *name)
{
	bool known;
	int ret;

	memset(c, 0, sizeof(*c));
	c->sys = &a->sys;
	c->request = a->request;
	ret = read_host(c);
	if (!ret)
		ret = read_dev(c, name);
	if (ret)
		return ret;
	known = state_recall(c->sys, &c->host, &c->dev,
			     a->request.given ? NULL : &c->request.policy,
			     a->request.given ? NULL : &c->listeners);
	if (!known || a->request.given)
		ret = find(c);
	return ret ? ret : make_plan(c);
}

int case_open_with(struct nic_case *c, struct sys *sys, const char *name,
		   const struct policy *policy,
		   const struct listeners *listeners)
{
	unsigned int i;
	int ret;

	memset(c, 0, sizeof(*c));
	c->sys = sys;
	c->request.policy = *policy;
	ret = read_host(c);
	if (!ret)
		ret = read_dev(c, name);
	if (ret)
		return ret;
	state_recall(c->sys, &c->host, &c->dev, NULL, NULL);
	c->listeners = *listeners;
	c->listeners.cpu = NULL;
	c->listeners.nr = 0;
	for (i = 0; i < listeners->nr; i++)
		listeners_add(&c->listeners, listeners->cpu[i]);
	return make_plan(c);
}

int case_again(struct nic_case *c)
{
	char name[IFNAMSIZ];
	int ret;

	strcpy(name, c->dev.name);
	plan_free(&c->plan);
	check_free(&c->check);
	dev_free(&c->dev);
	host_free(&c->host);
	ret = read_host(c);
	if (!ret)
		ret = read_dev(c, name);
	if (ret)
		return ret;
	state_recall(c->sys, &c->host, &c->dev, NULL, NULL);
	dev_set_kept(&c->dev, &c->kept);
	return make_plan(c);
}

void case_close(struct nic_case *c)
{
	plan_free(&c->plan);
	check_free(&c->check);
	listeners_free(&c->listeners);
	dev_free(&c->dev);
	host_free(&c->host);
}

json_object *case_document(const char *kind, struct nic_case *c)
{
	json_object *o = json_object_new_object();
	json_object *devices = json_object_new_array();

	json_object_object_add(o, "schema", json_object_new_string(JSON_SCHEMA));
	json_object_object_add(o, "kind", json_object_new_string(kind));
	json_object_object_add(o, "host", json_host(&c->host));
	json_object_object_add(o, "listeners", json_listeners(&c->listeners));
	json_object_object_add(o, "policy", json_policy(&c->request.policy));
	json_object_array_add(devices, json_dev(&c->host, &c->dev, &c->plan,
						&c->check));
	json_object_object_add(o, "devices", devices);
	return o;
}
