// SPDX-License-Identifier: GPL-2.0
/*
 * A copy of all that this wing reads, by reading it: what it does not look at is
 * not in there. The archive, unpacked, is a --root for any of the commands.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nic.h"
#include "tar.h"

struct entry {
	char *path;
	char *text;		/* NULL: a name in a directory, no more */
	size_t len;
	char *target;		/* of a link */
	int mode;
};

struct recorder {
	struct sys sys;		/* must be first */
	struct sys *real;
	unsigned int nr;
	struct entry *list;
};

static struct recorder *of(struct sys *sys)
{
	return (struct recorder *)sys;
}

static struct entry *find(struct recorder *r, const char *path)
{
	unsigned int i;

	for (i = 0; i < r->nr; i++)
		if (!strcmp(r->list[i].path, path))
			return &r->list[i];
	return NULL;
}

static struct entry *get(struct recorder *r, const char *path)
{
	struct entry *e = find(r, path), *list;

	if (e)
		return e;
	list = realloc(r->list, (r->nr + 1) * sizeof(*list));
	if (!list)
		return NULL;
	r->list = list;
	e = &list[r->nr];
	memset(e, 0, sizeof(*e));
	e->mode = 0644;
	e->path = strdup(path);
	if (!e->path)
		return NULL;
	r->nr++;
	return e;
}

static int rec_read(struct sys *sys, const char *path, char *buf, size_t size)
{
	struct recorder *r = of(sys);
	int ret = r->real->ops->read(r->real, path, buf, size);
	struct entry *e = ret >= 0 ? get(r, path) : NULL;

	if (e && !e->text) {
		e->text = strdup(buf);
		e->len = ret;
	}
	return ret;
}

static int rec_write(struct sys *sys, const char *path, const char *text)
{
	(void)sys;
	(void)path;
	(void)text;
	return -EROFS;
}

static int rec_may_write(struct sys *sys, const char *path)
{
	struct recorder *r = of(sys);
	int ret = r->real->ops->may_write(r->real, path);
	struct entry *e = ret == -EPERM ? find(r, path) : NULL;

	if (e)
		e->mode = 0444;
	return ret;
}

struct list_pass {
	struct recorder *r;
	const char *path;
	void (*each)(const char *name, void *data);
	void *data;
};

static void rec_name(const char *name, void *data)
{
	struct list_pass *p = data;
	char path[PATH_MAX + 300];

	snprintf(path, sizeof(path), "%s/%s", p->path, name);
	get(p->r, path);
	p->each(name, p->data);
}

static int rec_list(struct sys *sys, const char *path,
		    void (*each)(const char *name, void *data), void *data)
{
	struct recorder *r = of(sys);
	struct list_pass p = { r, path, each, data };

	return r->real->ops->list(r->real, path, rec_name, &p);
}

static int rec_link(struct sys *sys, const char *path, char *buf, size_t size)
{
	struct recorder *r = of(sys);
	int ret = r->real->ops->link(r->real, path, buf, size);
	struct entry *e = ret ? NULL : get(r, path);

	if (e && !e->target) {
		e->target = strdup(buf);
		/* what it leads to has to be there */
		get(r, buf);
	}
	return ret;
}

static json_object *numbers(const void *data, unsigned int n, bool wide)
{
	json_object *a = json_object_new_array();
	unsigned int i;

	for (i = 0; i < n; i++)
		json_object_array_add(a, json_object_new_int(wide ?
			(int)((const uint32_t *)data)[i] :
			((const uint8_t *)data)[i]));
	return a;
}

static void keep_netlink(struct recorder *r, const char *ifname)
{
	json_object *o = json_object_new_object();
	char path[64];
	struct entry *e;

	snprintf(path, sizeof(path), "/netlink/%s.json", ifname);
	e = get(r, path);
	if (e && !e->text)
		e->text = strdup(json_object_to_json_string(o));
	if (e && e->text)
		e->len = strlen(e->text);
	json_object_put(o);
}

/* Adds a key to what is kept of a device's netlink answers. */
static void add_answer(struct recorder *r, const char *ifname, const char *key,
		       json_object *value)
{
	char path[64];
	struct entry *e;
	json_object *o;

	keep_netlink(r, ifname);
	snprintf(path, sizeof(path), "/netlink/%s.json", ifname);
	e = find(r, path);
	o = e && e->text ? json_tokener_parse(e->text) : NULL;
	if (!o) {
		json_object_put(value);
		return;
	}
	json_object_object_add(o, key, value);
	free(e->text);
	e->text = strdup(json_object_to_json_string(o));
	e->len = e->text ? strlen(e->text) : 0;
	json_object_put(o);
}

static int rec_get_channels(struct sys *sys, const char *ifname,
			    struct sys_channels *ch)
{
	struct recorder *r = of(sys);
	int err = r->real->ops->get_channels(r->real, ifname, ch);
	json_object *o;

	if (err)
		return err;
	o = json_object_new_object();
#define PUT(key) json_object_object_add(o, #key, json_object_new_int(ch->key))
	PUT(rx);
	PUT(tx);
	PUT(other);
	PUT(combined);
	PUT(max_rx);
	PUT(max_tx);
	PUT(max_other);
	PUT(max_combined);
#undef PUT
	add_answer(r, ifname, "channels", o);
	return 0;
}

static int rec_get_rss(struct sys *sys, const char *ifname, struct sys_rss *rss)
{
	struct recorder *r = of(sys);
	int err = r->real->ops->get_rss(r->real, ifname, rss);
	json_object *o = json_object_new_object();

	if (err) {
		json_object_object_add(o, "error", json_object_new_int(-err));
		add_answer(r, ifname, "rss", o);
		return err;
	}
	json_object_object_add(o, "table", numbers(rss->slot, rss->size, true));
	/* the key lets others aim at a queue: it stays here */
	json_object_object_add(o, "hfunc", json_object_new_int(rss->hfunc));
	add_answer(r, ifname, "rss", o);
	return 0;
}

static int rec_get_ntuple(struct sys *sys, const char *ifname, bool *on)
{
	struct recorder *r = of(sys);
	int err = r->real->ops->get_ntuple(r->real, ifname, on);

	if (!err)
		add_answer(r, ifname, "ntuple", json_object_new_boolean(*on));
	return err;
}

static int rec_queue_irqs(struct sys *sys, const char *ifname, int ifindex,
			  struct sys_queue_irq *list, int max)
{
	struct recorder *r = of(sys);
	int i, n = r->real->ops->queue_irqs(r->real, ifname, ifindex, list, max);
	json_object *a, *o;

	if (n < 0)
		return n;
	a = json_object_new_array();
	for (i = 0; i < n; i++) {
		o = json_object_new_object();
		json_object_object_add(o, "tx",
				       json_object_new_boolean(list[i].tx));
		json_object_object_add(o, "queue",
				       json_object_new_int(list[i].queue));
		json_object_object_add(o, "irq",
				       json_object_new_int(list[i].irq));
		json_object_array_add(a, o);
	}
	add_answer(r, ifname, "queues", a);
	return n;
}

static const struct sys_ops rec_ops = {
	.read		= rec_read,
	.write		= rec_write,
	.may_write	= rec_may_write,
	.list		= rec_list,
	.link		= rec_link,
	.get_channels	= rec_get_channels,
	.get_rss	= rec_get_rss,
	.get_ntuple	= rec_get_ntuple,
	.queue_irqs	= rec_queue_irqs,
};

static int read_all(struct recorder *r)
{
	struct nic_names names;
	struct nic_host host;
	struct nic_dev dev;
	unsigned int i;
	int err = host_read(&host, &r->sys);

	if (err)
		return err;
	names_read(&names, &r->sys);
	for (i = 0; i < names.nr; i++)
		if (!dev_read(&dev, &r->sys, &host, names.name[i]))
			dev_free(&dev);
	names_free(&names);
	host_free(&host);
	return 0;
}

/* Does another entry lie below this one? */
static bool is_dir(const struct recorder *r, const char *path)
{
	size_t len = strlen(path);
	unsigned int i;

	for (i = 0; i < r->nr; i++)
		if (!strncmp(r->list[i].path, path, len) &&
		    r->list[i].path[len] == '/')
			return true;
	return false;
}

/* From where the link is up to the root, and down to what it leads to. */
static void relative(const char *path, const char *target, char *buf,
		     size_t size)
{
	size_t len = 0;

	buf[0] = '\0';
	for (path = strchr(path + 1, '/'); path && len < size;
	     path = strchr(path + 1, '/'))
		len += snprintf(buf + len, size - len, "../");
	if (len < size)
		snprintf(buf + len, size - len, "%s", target + 1);
}

static bool add_entry(FILE *f, const struct recorder *r, const struct entry *e)
{
	char target[PATH_MAX];

	if (is_dir(r, e->path))
		return true;
	if (e->target)
		relative(e->path, e->target, target, sizeof(target));
	return tar_add(f, e->path + 1, e->mode, e->text ? e->text : "", e->len,
		       e->target ? target : NULL);
}

static bool write_archive(const struct recorder *r, const char *path)
{
	FILE *f = fopen(path, "we");
	bool good = f;
	unsigned int i;

	for (i = 0; i < r->nr && good; i++)
		good = add_entry(f, r, &r->list[i]);
	good = good && tar_end(f);
	if (f && fclose(f))
		good = false;
	return good;
}

static void free_all(struct recorder *r)
{
	unsigned int i;

	for (i = 0; i < r->nr; i++) {
		free(r->list[i].path);
		free(r->list[i].text);
		free(r->list[i].target);
	}
	free(r->list);
}

int nic_record(struct nic_args *a)
{
	struct recorder r = { .sys = a->sys, .real = &a->sys };
	int ret = NIC_OK;

	if (!a->output || a->nr_words) {
		complain("-o FILE is missing, try \"homeport nic help\"");
		return NIC_USAGE;
	}
	r.sys.ops = &rec_ops;
	if (read_all(&r)) {
		complain("cannot read this machine");
		ret = NIC_DENIED;
	} else if (!write_archive(&r, a->output)) {
		complain("cannot write \"%s\": %s", a->output, strerror(errno));
		ret = NIC_DENIED;
	} else {
		print_text("%s: %u files\n", a->output, r.nr);
	}
	free_all(&r);
	return ret;
}
