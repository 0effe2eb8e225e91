// SPDX-License-Identifier: GPL-2.0
/* apply, confirm, rollback, history, save and restore. */
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "apply.h"
#include "balance.h"
#include "guard.h"
#include "persist.h"
#include "show.h"

static int take_lock(struct sys *sys, int *lock)
{
	*lock = state_lock(sys, false);
	if (*lock >= 0)
		return NIC_OK;
	if (*lock == -EWOULDBLOCK) {
		complain("another \"homeport nic\" is changing something now");
		return NIC_CONFLICT;
	}
	complain("cannot write to %s: %s", sys->run, strerror(-*lock));
	return NIC_DENIED;
}

static void say_left(const struct leftovers *left, const char *id)
{
	unsigned int i;

	for (i = 0; i < left->nr; i++)
		complain("not restored: %s", left->text[i]);
	if (left->nr)
		complain("try again: homeport nic rollback --to %s --force", id);
}

/* Does the default route leave by it? Then a reset may cut off whoever asks. */
static bool has_default_route(struct sys *sys, const char *dev)
{
	char text[SYS_TEXT], *line, *save;
	char name[32], to[16];

	if (sys->ops->read(sys, "/proc/net/route", text, sizeof(text)) < 0)
		return false;
	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		if (sscanf(line, "%31s %15s", name, to) == 2 &&
		    !strcmp(name, dev) && !strcmp(to, "00000000"))
			return true;
	return false;
}

static int may_apply(struct nic_args *a, struct nic_case *c)
{
	char id[STATE_ID];

	if (guard_pending(c->sys, c->dev.name, id)) {
		complain("%s waits to be confirmed: homeport nic confirm, or rollback",
			 id);
		return NIC_CONFLICT;
	}
	if (c->request.policy.balance == BALANCE_FAIL && balance_pid(c->sys)) {
		complain("irqbalance runs, and would move interrupts again");
		return NIC_CONFLICT;
	}
	if (c->plan.channels && !a->yes && !a->confirm) {
		complain("new channels reset the link of %s%s: say --confirm SECONDS, or --yes",
			 c->dev.name, has_default_route(c->sys, c->dev.name) ?
			 ", which has the default route" : "");
		return NIC_USAGE;
	}
	return NIC_OK;
}

/*
 * It is only asked, never stopped, and before anything is written: later it might
 * move an interrupt first. What it forgets, "watch" tells it again. How many
 * interrupts are new to it, or -errno.
 */
static int tell_balance(struct nic_case *c)
{
	int ret;

	if (c->request.policy.balance != BALANCE_BAN || !balance_pid(c->sys))
		return 0;
	ret = balance_ban(c->sys, &c->dev);
	if (ret < 0)
		complain("irqbalance does not leave the interrupts of %s alone: %s",
			 c->dev.name, strerror(-ret));
	return ret;
}

static void say_done(const struct apply *ap, const struct nic_case *c)
{
	if (print_json()) {
		print_object(NULL);
		print_json_str("ifname", c->dev.name);
		print_json_str("id", ap->state.id);
		print_json_u64("written", ap->nr_done - ap->nr_failed);
		print_json_u64("failed", ap->nr_failed);
		print_json_u64("pending", c->check.pending);
		print_object_end();
		return;
	}
	if (!ap->begun) {
		print_text("%s: nothing to change\n", c->dev.name);
		return;
	}
	print_text("%s: %u written, locality now %.1f %%\n", c->dev.name,
		   ap->nr_done - ap->nr_failed, 100 * c->check.locality);
	if (c->check.pending)
		print_text("%u interrupts move when they come next\n",
			   c->check.pending);
	print_text("undo: homeport nic rollback %s\n", c->dev.name);
}

static int say_failed(const struct apply *ap, int ret)
{
	complain("%s", *ap->why ? ap->why : "no memory");
	if (ret == NIC_RESTORED)
		complain("everything is as it was before");
	if (ret == NIC_BROKEN)
		say_left(&ap->left, ap->state.id);
	return ret;
}

static int finish(struct nic_args *a, struct apply *ap, struct nic_case *c)
{
	int err, ret = case_again(c);

	if (ret)
		return ret;
	say_done(ap, c);
	if (!ap->begun || !a->confirm)
		return NIC_OK;
	err = guard_start(c->sys, &ap->state, a->confirm);
	if (err) {
		complain("no guard, so nothing will be taken back: %s",
			 strerror(-err));
		return NIC_DEGRADED;
	}
	print_text("confirm it within %u s: homeport nic confirm\n", a->confirm);
	return NIC_OK;
}

static int apply_locked(struct nic_args *a, struct nic_case *c)
{
	struct apply ap;
	bool channels = c->plan.channels;
	int ret, told, done;

	ret = may_apply(a, c);
	if (ret)
		return ret;
	told = tell_balance(c);
	ret = apply_run_around(&ap, c, a->best_effort);
	if (ret == NIC_OK || ret == NIC_DEGRADED) {
		if (ret == NIC_DEGRADED)
			complain("%s", ap.why);
		/* new channels have new interrupts */
		if (told >= 0 && channels)
			told = tell_balance(c);
		done = finish(a, &ap, c);
		ret = done ? done : told < 0 ? NIC_DEGRADED : ret;
		if (!ret && findings_count(&c->plan.findings, SEV_ERROR))
			ret = NIC_DEGRADED;
	} else {
		if (told > 0)
			balance_release(c->sys, &c->dev);
		ret = say_failed(&ap, ret);
	}
	apply_free(&ap);
	return ret;
}

static int dry_run(struct nic_args *a, struct nic_case *c)
{
	if (a->emit)
		show_script(&c->plan, !strcmp(a->emit, "undo"));
	else if (print_json())
		print_document(case_document("plan", c));
	else
		show_ops(&c->plan);
	return NIC_OK;
}

static int open_case(struct nic_case *c, struct nic_args *a)
{
	memset(c, 0, sizeof(*c));
	if (a->nr_words != 1) {
		complain("a device is wanted, or the file of a plan");
		return NIC_USAGE;
	}
	if (a->stored) {
		int ret = persist_load(&a->sys, a->word[0], &a->request);

		if (ret)
			return ret;
	}
	return plan_file_open(c, a, a->word[0]);
}

int nic_apply(struct nic_args *a)
{
	struct nic_case c;
	int lock = -1, ret = NIC_OK;

	/* nothing may change between what is read and what is written */
	if (!a->dry_run && !a->emit)
		ret = take_lock(&a->sys, &lock);
	if (ret)
		return ret;
	ret = open_case(&c, a);
	if (!ret)
		ret = lock < 0 ? dry_run(a, &c) : apply_locked(a, &c);
	case_close(&c);
	if (lock >= 0)
		close(lock);
	return ret;
}

int nic_confirm(struct nic_args *a)
{
	const char *dev = a->nr_words ? a->word[0] : NULL;
	char id[STATE_ID];
	int err;

	if (!guard_pending(&a->sys, dev, id)) {
		complain("nothing waits to be confirmed");
		return NIC_DRIFT;
	}
	err = guard_stop(&a->sys, id);
	if (err) {
		complain("cannot confirm %s: %s", id, strerror(-err));
		return NIC_DENIED;
	}
	print_text("%s stays\n", id);
	return NIC_OK;
}

static int load_state(struct sys *sys, struct state *s, const char *id)
{
	const char *why;
	int err = state_load(s, sys, id, &why);

	if (!err)
		return NIC_OK;
	complain("cannot use snapshot \"%s\": %s", id, why);
	return NIC_USAGE;
}

static bool may_go_back(const struct state *s)
{
	return s->end != STATE_UNDONE && s->end != STATE_FAILED;
}

static int roll_one(struct nic_args *a, struct state *s)
{
	struct leftovers left = { 0, NULL };
	char why[512];
	int ret;

	ret = apply_rollback(&a->sys, s, a->force, &left, why, sizeof(why));
	if (ret)
		complain("%s", why);
	say_left(&left, s->id);
	leftovers_free(&left);
	guard_stop(&a->sys, s->id);
	if (!ret)
		print_text("%s is undone: %u values\n", s->id, s->nr_done);
	return ret;
}

/* The newest first, down to and with @to; without that, the newest alone. */
static int roll(struct nic_args *a, const char *dev, const char *to)
{
	struct state_ids ids;
	struct state s;
	bool any = false, last = false;
	unsigned int i;
	int ret = NIC_OK;

	state_list(&ids, &a->sys);
	for (i = 0; i < ids.nr && !ret && !last; i++) {
		if (dev && !state_is_of(ids.id[i], dev))
			continue;
		ret = load_state(&a->sys, &s, ids.id[i]);
		if (ret)
			break;
		last = to && !strcmp(to, s.id);
		if (may_go_back(&s)) {
			any = true;
			ret = roll_one(a, &s);
			last |= !to;
		}
		state_free(&s);
	}
	free(ids.id);
	if (ret || any)
		return ret;
	complain("there is nothing to take back");
	return NIC_DRIFT;
}

int nic_rollback(struct nic_args *a)
{
	const char *dev = a->nr_words ? a->word[0] : NULL;
	char of_id[STATE_ID];
	struct state s;
	int lock, ret;

	ret = take_lock(&a->sys, &lock);
	if (ret)
		return ret;
	if (a->to) {
		/* that it is there, before anything is undone */
		ret = load_state(&a->sys, &s, a->to);
		if (!ret) {
			snprintf(of_id, sizeof(of_id), "%s", s.dev);
			dev = of_id;
			state_free(&s);
		}
	}
	if (!ret)
		ret = roll(a, dev, a->to);
	close(lock);
	return ret;
}

static void history_row(const struct state *s)
{
	char when[32];
	time_t t = s->time;
	struct tm tm;

	strftime(when, sizeof(when), "%F %T", localtime_r(&t, &tm));
	print_object(NULL);
	print_cell();
	print_str("id", "%s", s->id);
	print_cell();
	print_str("ifname", "%s", s->dev);
	print_cell();
	print_text("%s", when);
	print_json_u64("time", s->time);
	print_cell();
	print_u64("written", "%lu", s->nr_done);
	print_cell();
	print_str("state", "%s", state_end_word(s->end));
	print_object_end();
}

int nic_history(struct nic_args *a)
{
	struct state_ids ids;
	struct state s;
	const char *why;
	unsigned int i;

	state_list(&ids, &a->sys);
	print_column("ID", false);
	print_column("DEVICE", false);
	print_column("TIME", false);
	print_column("WRITTEN", true);
	print_column("STATE", false);
	print_array(NULL);
	for (i = 0; i < ids.nr; i++) {
		if (state_load(&s, &a->sys, ids.id[i], &why))
			continue;
		if (!a->nr_words || !strcmp(a->word[0], s.dev))
			history_row(&s);
		state_free(&s);
	}
	print_array_end();
	print_table_end();
	free(ids.id);
	return NIC_OK;
}

int nic_save(struct nic_args *a)
{
	struct values v = { 0, NULL };
	struct nic_case c;
	json_object *o;
	int ret, err = 0;

	if (a->nr_words != 1) {
		complain("a device is missing, try \"homeport nic help\"");
		return NIC_USAGE;
	}
	ret = case_open(&c, a, a->word[0]);
	if (!ret && !values_read(&v, &a->sys, &c.host, &c.dev)) {
		o = state_values_json(&v, &c.host, &c.dev);
		if (a->output)
			err = json_store(o, a->output);
		if (a->output)
			json_object_put(o);
		else
			print_document(o);
	}
	if (err) {
		complain("cannot write \"%s\": %s", a->output, strerror(-err));
		ret = NIC_DENIED;
	}
	values_free(&v);
	case_close(&c);
	return ret;
}

/* Makes a plan out of values: they are applied as any other. */
static int plan_values(struct nic_case *c, const struct values *was)
{
	struct values is = { 0, NULL }, diff = { 0, NULL };
	int err;

	err = values_read(&is, c->sys, &c->host, &c->dev);
	if (!err)
		err = values_diff(&diff, &is, was);
	values_free(&is);
	if (err) {
		values_free(&diff);
		complain("no memory");
		return NIC_DENIED;
	}
	ops_free(c->plan.op, c->plan.nr_ops);
	c->plan.op = diff.op;
	c->plan.nr_ops = diff.nr;
	c->plan.channels = 0;
	return NIC_OK;
}

static int restore_values(struct nic_args *a, struct nic_case *c,
			  const struct values *was)
{
	struct apply ap;
	int ret, round;

	/* channels first: what their queues had can be given back only then */
	for (round = 0; round < 2; round++) {
		ret = plan_values(c, was);
		if (ret)
			return ret;
		ret = apply_run(&ap, c, a->best_effort);
		if (ret)
			say_failed(&ap, ret);
		else
			print_text("%s: %u restored\n", c->dev.name, ap.nr_done);
		round += !ap.nr_done || ap.done[0].class != OP_CHANNELS;
		apply_free(&ap);
		if (ret)
			return ret;
		ret = case_again(c);
		if (ret)
			return ret;
	}
	return NIC_OK;
}

static int check_saved(struct nic_args *a, struct nic_case *c, json_object *o)
{
	char boot_id[40];
	int64_t ifindex;

	if (a->force)
		return NIC_OK;
	if (json_get_str(o, "boot_id", boot_id, sizeof(boot_id)) &&
	    !strcmp(boot_id, c->host.boot_id) &&
	    json_get_int(o, "ifindex", 0, INT32_MAX, &ifindex) &&
	    ifindex == c->dev.ifindex)
		return NIC_OK;
	complain("\"%s\" was saved before this boot, or of another device; --force restores it all the same",
		 a->word[0]);
	return NIC_CONFLICT;
}

static int restore_locked(struct nic_args *a)
{
	struct values v = { 0, NULL };
	char name[IFNAMSIZ];
	struct nic_case c;
	const char *why;
	json_object *o = json_load(a->word[0], &why);
	int ret;

	if (!o || !state_json_values(o, &v) ||
	    !json_get_str(o, "ifname", name, sizeof(name))) {
		complain("\"%s\" is nothing that was saved: %s", a->word[0],
			 o ? "it has another format, or was edited" : why);
		values_free(&v);
		json_object_put(o);
		return NIC_USAGE;
	}
	ret = case_open(&c, a, name);
	if (!ret)
		ret = check_saved(a, &c, o);
	if (!ret)
		ret = restore_values(a, &c, &v);
	case_close(&c);
	values_free(&v);
	json_object_put(o);
	return ret;
}

int nic_restore(struct nic_args *a)
{
	int lock, ret;

	if (a->nr_words != 1) {
		complain("the file to restore is missing");
		return NIC_USAGE;
	}
	ret = take_lock(&a->sys, &lock);
	if (ret)
		return ret;
	ret = restore_locked(a);
	close(lock);
	return ret;
}
