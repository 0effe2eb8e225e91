// SPDX-License-Identifier: GPL-2.0
/* list, show, plan, diff and verify: nothing here changes anything. */
#include <string.h>

#include "nic.h"
#include "show.h"

/* The one device that a command is about. */
static const char *one_device(struct nic_args *a)
{
	if (a->nr_words == 1)
		return a->word[0];
	if (a->nr_words)
		word_wrong("nic", a->word[1]);
	else
		complain("a device is missing, try \"homeport nic help\"");
	return NULL;
}

static void list_counts(const struct nic_dev *dev)
{
	unsigned int i, movable = 0;

	for (i = 0; i < dev->nr_irqs; i++)
		movable += dev->irq[i].movable;
	print_cell();
	print_text("%u/%u", dev->nr_rx, dev->nr_tx);
	print_cell();
	if (dev->nr_irqs)
		print_text("%u/%u", movable, dev->nr_irqs);
	else
		print_text("-");
	print_cell();
	if (dev->node >= 0)
		print_text("%d", dev->node);
	else
		print_text("-");
}

static void list_verdict(const struct nic_case *c)
{
	print_cell();
	if (c->dev.virtual && *c->dev.lower)
		print_text("see %s", c->dev.lower);
	else if (c->dev.style == STYLE_NONE)
		print_text("no interrupts");
	else
		print_text("%.0f %% local, %.0f %% planned",
			   100 * c->check.locality, 100 * c->plan.predicted);
}

static void list_row(const struct nic_case *c)
{
	print_cell();
	print_text("%s", c->dev.name);
	print_cell();
	print_text("%s", *c->dev.driver ? c->dev.driver : "-");
	list_counts(&c->dev);
	list_verdict(c);
}

static void add_device(json_object *document, struct nic_case *c)
{
	json_object *devices;

	json_object_object_get_ex(document, "devices", &devices);
	json_object_array_add(devices, json_dev(&c->host, &c->dev, &c->plan,
						&c->check));
}

static void list_columns(void)
{
	print_column("DEVICE", false);
	print_column("DRIVER", false);
	print_column("RX/TX", true);
	print_column("IRQS", true);
	print_column("NODE", true);
	print_column("STATE", false);
}

static int list_all(struct nic_args *a, const struct nic_names *names)
{
	json_object *document = NULL;
	struct nic_case c;
	unsigned int i;
	int ret = NIC_OK;

	list_columns();
	for (i = 0; i < names->nr && !ret; i++) {
		ret = case_open(&c, a, names->name[i]);
		/* one that went away meanwhile is not there */
		if (ret == NIC_NODEV)
			ret = NIC_OK;
		else if (ret || !print_json())
			list_row(&c);
		else if (document)
			add_device(document, &c);
		else
			document = case_document("list", &c);
		case_close(&c);
	}
	if (document)
		print_document(document);
	print_table_end();
	return ret;
}

int nic_list(struct nic_args *a)
{
	struct nic_names names;
	int ret;

	if (a->nr_words) {
		word_wrong("nic", a->word[0]);
		return NIC_USAGE;
	}
	if (names_read(&names, &a->sys)) {
		complain("cannot read %s/sys/class/net", a->sys.root);
		return NIC_DENIED;
	}
	ret = list_all(a, &names);
	names_free(&names);
	return ret;
}

static void show_case(struct nic_args *a, struct nic_case *c)
{
	struct view v = {
		.host = &c->host, .dev = &c->dev, .listeners = &c->listeners,
		.policy = &c->request.policy, .plan = &c->plan,
		.check = &c->check, .wide = a->wide,
		.ascii = a->ascii || !show_has_utf8(),
	};

	show_dev(&v);
}

int nic_show(struct nic_args *a)
{
	const char *name = one_device(a);
	struct nic_case c;
	int ret;

	if (!name)
		return NIC_USAGE;
	ret = case_open(&c, a, name);
	if (!ret && print_json())
		print_document(case_document("show", &c));
	else if (!ret)
		show_case(a, &c);
	case_close(&c);
	return ret;
}

static json_object *plan_document(struct nic_case *c)
{
	json_object *o = case_document("plan", c);

	json_seal(o, "plan_id");
	return o;
}

static void show_plan(const struct nic_case *c)
{
	const struct plan *plan = &c->plan;
	char list[40];
	unsigned int q;

	print_column("QUEUE", true);
	print_column("CPU", true);
	print_column("XPS", true);
	print_column("RPS", true);
	for (q = 0; q < plan->nr; q++) {
		print_cell();
		print_text("%u", q);
		print_cell();
		print_text("%d%s", plan->queue[q].cpu,
			   plan->queue[q].fixed ? "!" : "");
		print_cell();
		cpumask_print_list(&plan->queue[q].xps, list, sizeof(list));
		print_text("%s", *list ? list : "-");
		print_cell();
		cpumask_print_list(&plan->queue[q].rps, list, sizeof(list));
		print_text("%s", *list ? list : "-");
	}
	print_table_end();
	show_findings(&plan->findings);
	print_text("locality planned %.1f %%, now %.1f %%; %u to change\n",
		   100 * plan->predicted, 100 * c->check.locality,
		   plan->nr_ops);
}

static int store_plan(struct nic_case *c, const char *path)
{
	json_object *o = plan_document(c);
	int err = json_store(o, path);

	json_object_put(o);
	if (!err)
		return NIC_OK;
	complain("cannot write \"%s\": %s", path, strerror(-err));
	return NIC_DENIED;
}

int nic_plan(struct nic_args *a)
{
	const char *name = one_device(a);
	struct nic_case c;
	int ret;

	if (!name)
		return NIC_USAGE;
	ret = case_open(&c, a, name);
	if (!ret && a->output)
		ret = store_plan(&c, a->output);
	if (!ret && print_json())
		print_document(plan_document(&c));
	else if (!ret)
		show_plan(&c);
	case_close(&c);
	return ret;
}

int nic_diff(struct nic_args *a)
{
	const char *name = one_device(a);
	struct nic_case c;
	int ret;

	if (!name)
		return NIC_USAGE;
	ret = plan_file_open(&c, a, name);
	if (!ret) {
		if (print_json())
			print_document(case_document("diff", &c));
		else
			show_ops(&c.plan);
		ret = c.plan.nr_ops ? NIC_DRIFT : NIC_OK;
	}
	case_close(&c);
	return ret;
}

static int verdict(struct nic_case *c)
{
	if (c->check.pending && !c->plan.nr_ops &&
	    findings_count(&c->check.findings, SEV_ERROR) <= c->check.pending)
		return NIC_OK;
	return c->plan.nr_ops || findings_count(&c->check.findings, SEV_ERROR) ?
		NIC_DRIFT : NIC_OK;
}

static int verify_one(struct nic_args *a, const char *name)
{
	struct nic_case c;
	int ret;

	ret = case_open(&c, a, name);
	if (!ret && a->live)
		live_watch(&c, a->live);
	if (!ret && print_json()) {
		print_document(case_document("verify", &c));
	} else if (!ret) {
		print_text("%s: %.1f %% local, %u of %u queues\n", name,
			   100 * c.check.locality, c.check.good, c.dev.nr_rx);
		show_findings(&c.check.findings);
		show_ops(&c.plan);
	}
	if (!ret)
		ret = verdict(&c);
	case_close(&c);
	return ret;
}

/* Of those that have interrupts; the worst of them is the answer. */
static int verify_all(struct nic_args *a)
{
	struct nic_names names;
	struct nic_case c;
	unsigned int i;
	int ret, worst = NIC_OK;

	names_read(&names, &a->sys);
	for (i = 0; i < names.nr; i++) {
		ret = case_open(&c, a, names.name[i]);
		if (!ret && c.dev.style != STYLE_NONE)
			ret = verify_one(a, names.name[i]);
		case_close(&c);
		if (ret > worst)
			worst = ret;
	}
	names_free(&names);
	return worst;
}

int nic_verify(struct nic_args *a)
{
	const char *name;

	if (a->all && !a->nr_words)
		return verify_all(a);
	name = one_device(a);
	return name ? verify_one(a, name) : NIC_USAGE;
}
