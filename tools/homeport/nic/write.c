// SPDX-License-Identifier: GPL-2.0
/* One operation at a time; see write.h. */
#include "write.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Of an interrupt that is just being moved, the kernel says "busy". */
#define TRIES		4
#define PAUSE_NS	2000000

static bool is_file(const struct op *op)
{
	return op->class >= OP_IRQ;
}

static int read_channels(struct sys *sys, const struct op *op, char *buf,
			 size_t size)
{
	struct sys_channels ch;
	int err = sys->ops->get_channels(sys, op->dev, &ch);

	if (!err)
		snprintf(buf, size, "%u", op_channels(&ch));
	return err;
}

static int read_rss(struct sys *sys, const struct op *op, char *buf, size_t size)
{
	static struct sys_rss rss;
	int err = sys->ops->get_rss(sys, op->dev, &rss);

	if (!err)
		op_print_table(rss.slot, rss.size, buf, size);
	return err;
}

static int read_ntuple(struct sys *sys, const struct op *op, char *buf,
		       size_t size)
{
	bool on;
	int err = sys->ops->get_ntuple(sys, op->dev, &on);

	if (!err)
		snprintf(buf, size, "%s", on ? "on" : "off");
	return err;
}

int op_read(struct sys *sys, const struct op *op, char *buf, size_t size)
{
	char path[256];
	int ret;

	switch (op->class) {
	case OP_CHANNELS:
		return read_channels(sys, op, buf, size);
	case OP_RSS:
		return read_rss(sys, op, buf, size);
	case OP_NTUPLE:
		return read_ntuple(sys, op, buf, size);
	default:
		op_path(op, path, sizeof(path));
		ret = sys->ops->read(sys, path, buf, size);
		return ret < 0 ? ret : 0;
	}
}

bool op_same(const struct op *op, const char *a, const char *b)
{
	struct cpumask x, y;

	switch (op->class) {
	case OP_IRQ:
		return !cpumask_parse_list(&x, a, CPUMASK_CPUS) &&
			!cpumask_parse_list(&y, b, CPUMASK_CPUS) &&
			cpumask_equal(&x, &y);
	case OP_XPS:
	case OP_RXQS:
	case OP_RPS:
		return !cpumask_parse(&x, a, CPUMASK_CPUS) &&
			!cpumask_parse(&y, b, CPUMASK_CPUS) &&
			cpumask_equal(&x, &y);
	default:
		return !strcmp(a, b);
	}
}

static int set_channels(struct sys *sys, const struct op *op, const char *value)
{
	unsigned int n = strtoul(value, NULL, 10);
	struct sys_channels ch;
	int err = sys->ops->get_channels(sys, op->dev, &ch);

	if (err)
		return err;
	if (ch.max_combined) {
		ch.combined = n;
	} else {
		ch.rx = n;
		ch.tx = n;
	}
	return sys->ops->set_channels(sys, op->dev, &ch);
}

/* What the driver makes of it by itself goes on following its channels. */
static bool back_to_default(struct sys *sys, const struct op *op)
{
	static char text[SYS_TEXT];

	return !sys->ops->set_rss(sys, op->dev, NULL, 0) &&
		!read_rss(sys, op, text, sizeof(text)) &&
		!strcmp(text, op->old);
}

static int set_rss(struct sys *sys, const struct op *op, const char *value)
{
	static uint32_t slot[SYS_RSS_SLOTS];
	unsigned int n = 0;
	char *end;

	if (value == op->old && back_to_default(sys, op))
		return 0;
	while (n < SYS_RSS_SLOTS) {
		slot[n++] = strtoul(value, &end, 10);
		if (*end != ',')
			break;
		value = end + 1;
	}
	return sys->ops->set_rss(sys, op->dev, slot, n);
}

static int write_once(struct sys *sys, const struct op *op, const char *value)
{
	char path[256];

	switch (op->class) {
	case OP_CHANNELS:
		return set_channels(sys, op, value);
	case OP_RSS:
		return set_rss(sys, op, value);
	case OP_NTUPLE:
		return sys->ops->set_ntuple(sys, op->dev, !strcmp(value, "on"));
	default:
		op_path(op, path, sizeof(path));
		return sys->ops->write(sys, path, value);
	}
}

static bool is_transient(int err)
{
	return err == -EAGAIN || err == -EBUSY || err == -EINTR;
}

int op_write(struct sys *sys, const struct op *op, const char *value)
{
	const struct timespec pause = { 0, PAUSE_NS };
	static char text[SYS_TEXT];
	int i, err = 0;

	for (i = 0; i < TRIES; i++) {
		err = write_once(sys, op, value);
		if (!is_transient(err))
			break;
		nanosleep(&pause, NULL);
	}
	if (err)
		return err;
	/* while an interrupt moves, its old mask may be seen for a moment */
	for (i = 0; i < TRIES; i++) {
		if (i)
			nanosleep(&pause, NULL);
		err = op_read(sys, op, text, sizeof(text));
		if (err || op_same(op, text, value))
			return err;
	}
	return -EREMOTEIO;
}

int op_may_write(struct sys *sys, const struct op *op)
{
	char path[256];

	if (!is_file(op))
		return 0;
	op_path(op, path, sizeof(path));
	return sys->ops->may_write(sys, path);
}

void leftovers_add(struct leftovers *l, const struct op *op, int err)
{
	char path[128];
	void *list;

	list = realloc(l->text, (l->nr + 1) * sizeof(*l->text));
	if (!list)
		return;
	l->text = list;
	op_path(op, path, sizeof(path));
	snprintf(l->text[l->nr++], sizeof(*l->text),
		 "%s, which was %.60s: %.50s", path, op->old,
		 err == -EREMOTEIO ? "it reads otherwise" : strerror(-err));
}

void leftovers_free(struct leftovers *l)
{
	free(l->text);
	memset(l, 0, sizeof(*l));
}

void ops_resolve(struct op *op, unsigned int nr, const struct nic_dev *dev)
{
	const struct nic_queue *queue;
	unsigned int i, most;

	for (i = 0; i < nr; i++) {
		if (op[i].class != OP_IRQ)
			continue;
		queue = op[i].tx ? dev->tx : dev->rx;
		most = op[i].tx ? dev->nr_tx : dev->nr_rx;
		op[i].irq = -1;
		if (op[i].queue < most && queue[op[i].queue].irq >= 0)
			op[i].irq = dev->irq[queue[op[i].queue].irq].nr;
	}
}

static int undo_one(struct sys *sys, const struct op *op)
{
	static char text[SYS_TEXT];
	int err = op_read(sys, op, text, sizeof(text));

	if (!err && op_same(op, text, op->old))
		return 0;
	return op_write(sys, op, op->old);
}

/* After its channels are as they were: whatever else is not. */
static bool undo_rest(struct sys *sys, const struct nic_host *host,
		      const char *name, const struct values *before,
		      struct leftovers *left)
{
	struct values is = { 0, NULL }, diff = { 0, NULL };
	struct nic_dev dev;
	bool good = true;
	unsigned int i;
	int err;

	err = dev_read(&dev, sys, host, name);
	if (!err)
		err = values_read(&is, sys, host, &dev);
	if (!err)
		err = values_diff(&diff, &is, before);
	for (i = 0; !err && i < diff.nr; i++) {
		int ret = op_write(sys, &diff.op[i], diff.op[i].new);

		if (!ret)
			continue;
		good = false;
		/* what it was is new to this list */
		free(diff.op[i].old);
		diff.op[i].old = strdup(diff.op[i].new);
		leftovers_add(left, &diff.op[i], ret);
	}
	values_free(&is);
	values_free(&diff);
	dev_free(&dev);
	return good && !err;
}

bool ops_undo(struct sys *sys, const struct nic_host *host, const char *dev,
	      struct op *op, unsigned int nr, const struct values *before,
	      struct leftovers *left)
{
	bool good = true, channels = false;
	unsigned int i = nr;
	int err;

	while (i--) {
		channels |= op[i].class == OP_CHANNELS;
		err = undo_one(sys, &op[i]);
		/* a queue that its channels took along comes back with them */
		if (err == -ENOENT && !channels && op[0].class == OP_CHANNELS)
			continue;
		if (!err)
			continue;
		good = false;
		leftovers_add(left, &op[i], err);
	}
	if (channels)
		good &= undo_rest(sys, host, dev, before, left);
	return good;
}
