// SPDX-License-Identifier: GPL-2.0
/*
 * All or restored: everything that could be known to fail is looked at before
 * the first write, and whatever fails after it has all before it taken back.
 */
#include "apply.h"
#include "balance.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* How often another plan is tried. */
#define WAYS	3

static void say_op(struct apply *a, const struct op *op, const char *value,
		   int err)
{
	const char *said = a->c->sys->said;
	char path[256];

	op_path(op, path, sizeof(path));
	if (err == -EREMOTEIO)
		snprintf(a->why, sizeof(a->why),
			 "%s does not keep %.100s, which the kernel took", path,
			 value);
	else
		snprintf(a->why, sizeof(a->why), "%.100s into %.200s: %s%s%.99s",
			 value, path, strerror(-err), *said ? ": " : "", said);
}

/* Before anything is written: may it be? */
static int look_ahead(struct apply *a)
{
	const struct plan *plan = &a->c->plan;
	char path[256];
	unsigned int i;
	int err;

	for (i = 0; i < plan->nr_ops; i++) {
		const struct op *op = &plan->op[i];

		if (op->class == OP_IRQ && !a->c->host.init_net) {
			snprintf(a->why, sizeof(a->why),
				 "interrupts are not of this network namespace: run it in the first one");
			return NIC_DENIED;
		}
		err = op_may_write(a->c->sys, op);
		if (!err)
			continue;
		op_path(op, path, sizeof(path));
		snprintf(a->why, sizeof(a->why), "cannot write %s: %s", path,
			 strerror(-err));
		return NIC_DENIED;
	}
	return NIC_OK;
}

static int begin(struct apply *a)
{
	struct nic_case *c = a->c;
	int err;

	err = values_read(&a->before, c->sys, &c->host, &c->dev);
	if (!err)
		err = state_begin(&a->state, c->sys, &c->host, &c->dev,
				  &c->plan, &c->request.policy, &c->listeners,
				  &a->before);
	if (!err) {
		a->begun = true;
		return NIC_OK;
	}
	snprintf(a->why, sizeof(a->why), "cannot keep a snapshot in %.200s: %s",
		 c->sys->run, strerror(-err));
	return err == -EROFS || err == -EACCES || err == -EPERM ?
		NIC_DENIED : NIC_RESTORED;
}

/*
 * Does the kernel refuse even what an interrupt has? Then it is managed, and so
 * may the others be.
 */
static void look_for_kept(struct apply *a, const struct op *from)
{
	struct nic_case *c = a->c;
	const struct op *op, *end = c->plan.op + c->plan.nr_ops;
	int err;

	for (op = from; op < end; op++) {
		if (op->class != OP_IRQ)
			continue;
		err = op_write(c->sys, op, op->old);
		if (err != -EIO && err != -EPERM)
			continue;
		cpumask_set(op->tx ? &c->kept.tx : &c->kept.rx, op->queue);
		a->kept = true;
	}
}

/* Written down before it is done: an apply that is killed can be rolled back. */
static int do_op(struct apply *a, const struct op *op)
{
	struct sys *sys = a->c->sys;
	int err;

	err = state_note_op(&a->state, sys, op);
	if (err) {
		snprintf(a->why, sizeof(a->why),
			 "cannot write the journal in %.200s: %s", sys->run,
			 strerror(-err));
		return err;
	}
	err = ops_add(&a->done, &a->nr_done, op);
	if (err)
		return err;
	*sys->said = '\0';
	err = op_write(sys, op, op->new);
	if (err == -ENOSPC && op->class == OP_IRQ)
		a->full_cpu = atoi(op->new);
	if (err)
		say_op(a, op, op->new, err);
	if ((err == -EIO || err == -EPERM) && op->class == OP_IRQ)
		look_for_kept(a, op);
	return err;
}

static int do_ops(struct apply *a)
{
	const struct plan *plan = &a->c->plan;
	unsigned int i;
	int err;

	for (i = 0; i < plan->nr_ops; i++) {
		err = do_op(a, &plan->op[i]);
		if (err && !a->best_effort)
			return err;
		a->nr_failed += !!err;
	}
	return 0;
}

/* New channels are a new device: look at it, and plan what is left. */
static int do_channels(struct apply *a)
{
	struct nic_case *c = a->c;
	int err, ret;

	err = do_ops(a);
	if (err)
		return err;
	c->request.policy.channels = CHANNELS_KEEP;
	ret = case_again(c);
	if (ret) {
		snprintf(a->why, sizeof(a->why),
			 "%s cannot be read after its channels changed",
			 a->state.dev);
		return -EIO;
	}
	return state_note_given(&a->state, c->sys, &c->plan);
}

static int undo(struct apply *a)
{
	struct nic_case *c = a->c;
	bool good;

	good = ops_undo(c->sys, &c->host, a->state.dev, a->done, a->nr_done,
			&a->before, &a->left);
	state_note_end(&a->state, c->sys, good ? STATE_FAILED : STATE_BROKEN);
	return good ? NIC_RESTORED : NIC_BROKEN;
}

int apply_run(struct apply *a, struct nic_case *c, bool best_effort)
{
	int ret, err = 0;

	memset(a, 0, sizeof(*a));
	a->c = c;
	a->full_cpu = -1;
	a->best_effort = best_effort;
	if (!c->plan.nr_ops)
		return NIC_OK;
	ret = look_ahead(a);
	if (!ret)
		ret = begin(a);
	if (ret)
		return ret;
	if (c->plan.channels)
		err = do_channels(a);
	if (!err)
		err = do_ops(a);
	/* an end that cannot be noted is no end: a rollback would miss it */
	if (!err)
		err = state_note_end(&a->state, c->sys, STATE_APPLIED);
	if (err)
		return undo(a);
	return a->nr_failed ? NIC_DEGRADED : NIC_OK;
}

/* Is there another way, after a failure? */
static bool find_way_around(struct apply *a, struct nic_case *c)
{
	if (a->full_cpu < 0 && !a->kept)
		return false;
	if (a->full_cpu >= 0)
		cpumask_set(&c->request.policy.reserve, a->full_cpu);
	/* without a CPU left it is the first failure that counts */
	if (case_again(c))
		return false;
	if (a->full_cpu >= 0)
		findings_add(&c->plan.findings, "W-VECTORS", -1,
			     "cpu %d has no vector left: it is left out",
			     a->full_cpu);
	return true;
}

int apply_run_around(struct apply *a, struct nic_case *c, bool best_effort)
{
	int i, ret, channels = c->request.policy.channels;

	ret = apply_run(a, c, best_effort);
	for (i = 0; i < WAYS && ret == NIC_RESTORED; i++) {
		/* what was taken back is still wanted */
		c->request.policy.channels = channels;
		if (!find_way_around(a, c))
			return ret;
		apply_free(a);
		ret = apply_run(a, c, best_effort);
	}
	return ret;
}

/*
 * The state goes on: a rollback of it takes back what healing did too, and what
 * queues were given by its plan is what is aimed at when a CPU returns.
 */
int apply_heal(struct apply *a, struct nic_case *c, struct state *s)
{
	int ret, err;

	memset(a, 0, sizeof(*a));
	a->c = c;
	a->full_cpu = -1;
	a->state = *s;
	memset(s, 0, sizeof(*s));
	if (!c->plan.nr_ops || c->plan.channels)
		return NIC_OK;
	ret = look_ahead(a);
	if (ret)
		return ret;
	if (values_read(&a->before, c->sys, &c->host, &c->dev))
		return NIC_DENIED;
	err = do_ops(a);
	if (!err)
		return NIC_OK;
	ret = undo(a);
	state_note_end(&a->state, c->sys, STATE_APPLIED);
	return ret;
}

void apply_free(struct apply *a)
{
	ops_free(a->done, a->nr_done);
	values_free(&a->before);
	state_free(&a->state);
	leftovers_free(&a->left);
}

/* Is it as one of our writes left it, or as it was before one? */
static bool is_ours(struct sys *sys, const struct state *s, const struct op *op)
{
	static char text[SYS_TEXT];
	unsigned int i;

	if (op_read(sys, op, text, sizeof(text)))
		return true;
	for (i = 0; i < s->nr_done; i++) {
		const struct op *o = &s->done[i];

		if (op_same_place(o, op) && (op_same(o, text, o->old) ||
					  (o->new && op_same(o, text, o->new))))
			return true;
	}
	return false;
}

static bool find_conflict(struct sys *sys, const struct state *s, char *why,
			  size_t size)
{
	char path[256];
	unsigned int i;

	for (i = 0; i < s->nr_done; i++) {
		if (is_ours(sys, s, &s->done[i]))
			continue;
		op_path(&s->done[i], path, sizeof(path));
		snprintf(why, size,
			 "%s was changed by somebody else since; --force takes it back all the same",
			 path);
		return true;
	}
	return false;
}

static int same_device(struct sys *sys, const struct nic_host *host,
		       struct state *s, struct nic_dev *dev, char *why,
		       size_t size)
{
	if (strcmp(host->boot_id, s->boot_id)) {
		snprintf(why, size, "%s was made before this boot", s->id);
		return NIC_CONFLICT;
	}
	if (dev_read(dev, sys, host, s->dev) || dev->ifindex != s->ifindex) {
		snprintf(why, size, "the device %s of %s is gone", s->dev,
			 s->id);
		dev_free(dev);
		return NIC_NODEV;
	}
	return NIC_OK;
}

static int may_undo(struct sys *sys, const struct state *s, char *why,
		    size_t size)
{
	char path[256];
	unsigned int i;
	int err;

	for (i = 0; i < s->nr_done; i++) {
		err = op_may_write(sys, &s->done[i]);
		if (!err || err == -ENOENT)
			continue;
		op_path(&s->done[i], path, sizeof(path));
		snprintf(why, size, "cannot write %s: %s", path, strerror(-err));
		return NIC_DENIED;
	}
	return NIC_OK;
}

/* With its last apply goes what irqbalance was told of the device. */
static void let_balance(struct sys *sys, const struct nic_host *host,
			const struct nic_dev *dev)
{
	struct state s;

	if (state_last(&s, sys, host, dev))
		state_free(&s);
	else
		balance_release(sys, dev);
}

static int rollback_on(struct sys *sys, const struct nic_host *host,
		       struct state *s, bool force, struct leftovers *left,
		       char *why, size_t size)
{
	int ret = may_undo(sys, s, why, size);
	bool good;

	if (ret)
		return ret;
	if (!force && find_conflict(sys, s, why, size))
		return NIC_CONFLICT;
	good = ops_undo(sys, host, s->dev, s->done, s->nr_done, &s->before,
			left);
	if (!good) {
		snprintf(why, size, "not everything could be taken back");
		state_note_end(s, sys, STATE_BROKEN);
		return NIC_BROKEN;
	}
	if (state_note_end(s, sys, STATE_UNDONE)) {
		snprintf(why, size, "all is as before, but it could not be noted in %.200s",
			 sys->run);
		return NIC_DEGRADED;
	}
	return NIC_OK;
}

int apply_rollback(struct sys *sys, struct state *s, bool force,
		   struct leftovers *left, char *why, size_t size)
{
	struct nic_host host;
	struct nic_dev dev;
	int ret;

	memset(&dev, 0, sizeof(dev));
	if (host_read(&host, sys)) {
		snprintf(why, size, "cannot read the CPUs");
		return NIC_DENIED;
	}
	ret = same_device(sys, &host, s, &dev, why, size);
	if (!ret) {
		ops_resolve(s->done, s->nr_done, &dev);
		ret = rollback_on(sys, &host, s, force, left, why, size);
		if (!ret)
			let_balance(sys, &host, &dev);
		dev_free(&dev);
	}
	host_free(&host);
	return ret;
}
