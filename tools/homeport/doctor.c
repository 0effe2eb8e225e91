// SPDX-License-Identifier: GPL-2.0
/*
 * homeport doctor: module, rules, groups, workers, listeners and devices looked
 * at together. For each that is wrong: what it costs, and the one command that
 * mends it.
 */
#include "homeport.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "nic/nic.h"

struct doctor {
	struct nic_args *a;
	unsigned int wrong;
	/* of the module */
	unsigned int rules, groups, not_managed, listeners, guessed;
	struct cpumask homes;
	unsigned int shared;	/* listeners on the home of another */
};

void doctor_help(FILE *to)
{
	fputs("Usage: homeport doctor [ --root DIR ]\n", to);
}

/* @cost: of the locality, in percent; below 0: unknown. @mend: a command. */
static void say(struct doctor *d, const char *what, bool good, double cost,
		const char *text, const char *mend)
{
	d->wrong += !good;
	print_object(NULL);
	print_json_str("what", what);
	print_json_bool("good", good);
	print_json_str("text", text);
	print_text("%-6s %-12s %s", good ? "ok" : "WRONG", what, text);
	print_text("\n");
	if (!good && cost >= 0) {
		print_json_u64("cost_percent", cost + 0.5);
		print_text("%20scosts %.0f %% of locality\n", "", cost);
	}
	if (!good && mend) {
		print_json_str("mend", mend);
		print_text("%20s%s\n", "", mend);
	}
	print_object_end();
}

static int note_rule(const struct nlmsghdr *nlh, void *data)
{
	(void)nlh;
	((struct doctor *)data)->rules++;
	return MNL_CB_OK;
}

static int note_group(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attrs[HOMEPORT_A_GROUP_MAX + 1];
	struct doctor *d = data;

	genl_attrs(nlh, attrs, HOMEPORT_A_GROUP_MAX);
	d->groups++;
	d->not_managed += genl_u32(attrs[HOMEPORT_A_GROUP_STATE]) !=
		HOMEPORT_GROUP_STATE_MANAGED;
	return MNL_CB_OK;
}

static int note_listener(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attrs[HOMEPORT_A_LISTENER_MAX + 1];
	struct doctor *d = data;
	uint32_t home;

	genl_attrs(nlh, attrs, HOMEPORT_A_LISTENER_MAX);
	home = genl_u32(attrs[HOMEPORT_A_LISTENER_HOME]);
	d->listeners++;
	d->guessed += genl_u32(attrs[HOMEPORT_A_LISTENER_SOURCE]) >=
		HOMEPORT_HOME_SOURCE_LEARNED;
	d->shared += d->groups == 1 && cpumask_test(&d->homes, home);
	cpumask_set(&d->homes, home);
	return MNL_CB_OK;
}

static bool ask(struct doctor *d, uint8_t command, mnl_cb_t cb)
{
	struct genl_request req;

	genl_begin(&req, command);
	return genl_dump(&req, cb, d) == EXIT_OK;
}

static bool ask_module(struct doctor *d)
{
	return genl_open() && ask(d, HOMEPORT_CMD_RULE_GET, note_rule) &&
		ask(d, HOMEPORT_CMD_GROUP_GET, note_group) &&
		ask(d, HOMEPORT_CMD_LISTENER_GET, note_listener);
}

static void look_at_groups(struct doctor *d)
{
	char text[128];

	if (!d->groups) {
		say(d, "listeners", false, -1,
		    "no SO_REUSEPORT group listens on a managed port",
		    "homeport rule show");
		return;
	}
	snprintf(text, sizeof(text), "%u of %u groups are managed",
		 d->groups - d->not_managed, d->groups);
	say(d, "groups", !d->not_managed, 100.0 * d->not_managed / d->groups,
	    text, "homeport group show");
	snprintf(text, sizeof(text), "%u of %u listeners have a pinned worker",
		 d->listeners - d->guessed, d->listeners);
	say(d, "workers", !d->guessed, -1, text,
	    "nginx: worker_cpu_affinity auto; HAProxy: cpu-map");
	snprintf(text, sizeof(text), "%u listeners share another's CPU",
		 d->shared);
	say(d, "homes", !d->shared, -1, text, "homeport listener show");
}

static void look_at_module(struct doctor *d)
{
	char text[64];

	if (*d->a->sys.root || !sys_there(&d->a->sys, "/sys/module/homeport")) {
		say(d, "module", false, -1,
		    "it is not loaded: listeners are chosen by a hash",
		    "modprobe homeport ports=80");
		return;
	}
	if (!ask_module(d)) {
		say(d, "module", false, -1, "it does not answer",
		    "dmesg | grep homeport");
		return;
	}
	genl_close();
	say(d, "module", true, -1, "it is loaded", NULL);
	snprintf(text, sizeof(text), "%u", d->rules);
	say(d, "rules", d->rules, -1, text, "homeport rule add port 80");
	if (d->rules)
		look_at_groups(d);
}

/* The first thing that is wrong, which is the worst. */
static const char *worst(const struct findings *f)
{
	unsigned int i;
	int sev;

	for (sev = SEV_ERROR; sev > SEV_INFO; sev--)
		for (i = 0; i < f->nr; i++)
			if ((int)f->list[i].sev == sev)
				return f->list[i].text;
	return "all its queues have their CPU";
}

static void look_at_device(struct doctor *d, const struct nic_case *c)
{
	double loss = 100 * (c->plan.predicted - c->check.locality);
	bool good = !c->plan.nr_ops &&
		findings_count(&c->check.findings, SEV_ERROR) <=
		c->check.pending;
	const char *text = worst(&c->check.findings);
	char mend[64];

	/* what no command can mend is the device's, and no fault */
	if (good && c->plan.predicted < 1)
		text = worst(&c->plan.findings);
	snprintf(mend, sizeof(mend), "homeport nic apply %s", c->dev.name);
	say(d, c->dev.name, good, loss > 0 ? loss : 0, text, mend);
}

static void look_at_devices(struct doctor *d)
{
	struct nic_names names;
	struct nic_case c;
	unsigned int i;

	if (names_read(&names, &d->a->sys)) {
		say(d, "devices", false, -1, "sysfs cannot be read",
		    "mount -t sysfs sysfs /sys");
		return;
	}
	for (i = 0; i < names.nr; i++) {
		if (!case_open(&c, d->a, names.name[i]) &&
		    c.dev.style != STYLE_NONE)
			look_at_device(d, &c);
		case_close(&c);
	}
	names_free(&names);
}

int doctor_main(struct words *w)
{
	struct doctor d = { 0 };
	struct nic_args a;

	if (!nic_args_parse(&a, "doctor", w))
		return EXIT_SYNTAX;
	if (a.nr_words) {
		word_wrong("doctor", a.word[0]);
		nic_args_free(&a);
		return EXIT_SYNTAX;
	}
	d.a = &a;
	print_array(NULL);
	look_at_module(&d);
	look_at_devices(&d);
	print_array_end();
	if (!d.wrong)
		print_text("nothing is wrong\n");
	nic_args_free(&a);
	return d.wrong ? EXIT_KERNEL : EXIT_OK;
}
