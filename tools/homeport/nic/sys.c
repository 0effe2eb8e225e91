// SPDX-License-Identifier: GPL-2.0
/* The real kernel, and a directory in its place; see sys.h. */
#include "sys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cpumask.h"

static int full_path(struct sys *sys, const char *path, char *full)
{
	int len = snprintf(full, PATH_MAX, "%s%s", sys->root, path);

	return len < PATH_MAX ? 0 : -ENAMETOOLONG;
}

static int file_read(struct sys *sys, const char *path, char *buf, size_t size)
{
	char full[PATH_MAX];
	size_t len = 0;
	ssize_t ret;
	int fd, err;

	err = full_path(sys, path, full);
	if (err)
		return err;
	fd = open(full, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	while ((ret = read(fd, buf + len, size - 1 - len)) > 0)
		len += ret;
	err = errno;
	close(fd);
	if (ret < 0)
		return -err;
	if (len && buf[len - 1] == '\n')
		len--;
	buf[len] = '\0';
	return len;
}

static int put_text(const char *full, const char *text, int flags)
{
	int fd, err = 0;
	ssize_t ret;

	fd = open(full, O_WRONLY | O_CLOEXEC | flags);
	if (fd < 0)
		return -errno;
	ret = write(fd, text, strlen(text));
	if (ret < 0)
		err = -errno;
	else if (ret != (ssize_t)strlen(text))
		err = -EIO;
	close(fd);
	return err;
}

static int file_write(struct sys *sys, const char *path, const char *text)
{
	char full[PATH_MAX];
	int err = full_path(sys, path, full);

	return err ? err : put_text(full, text, 0);
}

/*
 * A directory does as a kernel does where the tools depend on it: an
 * interrupt's CPU follows its mask.
 */
static int tree_write(struct sys *sys, const char *path, const char *text)
{
	static const char tail[] = "/smp_affinity_list";
	size_t len = strlen(path), cut = sizeof(tail) - 1;
	char full[PATH_MAX], beside[PATH_MAX], cpu[16];
	struct cpumask m;
	int err;

	err = full_path(sys, path, full);
	if (!err)
		err = put_text(full, text, O_TRUNC);
	if (err || len < cut || strcmp(path + len - cut, tail) ||
	    cpumask_parse_list(&m, text, CPUMASK_CPUS))
		return err;
	len = strlen(full) - cut;
	if (snprintf(beside, sizeof(beside), "%.*s/effective_affinity_list",
		     (int)len, full) >= (int)sizeof(beside))
		return 0;
	snprintf(cpu, sizeof(cpu), "%d", cpumask_next(&m, 0));
	put_text(beside, cpu, O_TRUNC);
	return 0;
}

static int file_may_write(struct sys *sys, const char *path)
{
	char full[PATH_MAX];
	struct stat st;
	int err;

	err = full_path(sys, path, full);
	if (err)
		return err;
	if (stat(full, &st))
		return -errno;
	/* root may write to any file; the kernel says by this what it takes */
	if (!(st.st_mode & 0222))
		return -EPERM;
	return access(full, W_OK) ? -errno : 0;
}

static int file_list(struct sys *sys, const char *path,
		     void (*each)(const char *name, void *data), void *data)
{
	char full[PATH_MAX];
	struct dirent **names;
	int i, n, err;

	err = full_path(sys, path, full);
	if (err)
		return err;
	n = scandir(full, &names, NULL, versionsort);
	if (n < 0)
		return -errno;
	for (i = 0; i < n; i++) {
		if (names[i]->d_name[0] != '.')
			each(names[i]->d_name, data);
		free(names[i]);
	}
	free(names);
	return 0;
}

static int file_link(struct sys *sys, const char *path, char *buf, size_t size)
{
	char full[PATH_MAX], real[PATH_MAX], top[PATH_MAX];
	size_t skip = 0;
	int err;

	err = full_path(sys, path, full);
	if (err)
		return err;
	if (!realpath(full, real))
		return -errno;
	if (*sys->root) {
		if (!realpath(sys->root, top))
			return -errno;
		skip = strlen(top);
		if (strncmp(real, top, skip) || real[skip] != '/')
			return -EXDEV;
	}
	return snprintf(buf, size, "%s", real + skip) < (int)size ?
		0 : -ENAMETOOLONG;
}

static int live_get_channels(struct sys *sys, const char *ifname,
			     struct sys_channels *ch)
{
	return sys_netlink_channels(ifname, ch, false, sys->said,
				    sizeof(sys->said));
}

static int live_set_channels(struct sys *sys, const char *ifname,
			     const struct sys_channels *ch)
{
	struct sys_channels copy = *ch;

	return sys_netlink_channels(ifname, &copy, true, sys->said,
				    sizeof(sys->said));
}

static int live_get_rss(struct sys *sys, const char *ifname,
			struct sys_rss *rss)
{
	(void)sys;
	return sys_ethtool_get_rss(ifname, rss);
}

static int live_set_rss(struct sys *sys, const char *ifname,
			const uint32_t *slot, unsigned int size)
{
	(void)sys;
	return sys_ethtool_set_rss(ifname, slot, size);
}

static int live_get_ntuple(struct sys *sys, const char *ifname, bool *on)
{
	(void)sys;
	return sys_ethtool_get_ntuple(ifname, on);
}

static int live_set_ntuple(struct sys *sys, const char *ifname, bool on)
{
	(void)sys;
	return sys_ethtool_set_ntuple(ifname, on);
}

static int live_queue_irqs(struct sys *sys, const char *ifname, int ifindex,
			   struct sys_queue_irq *list, int max)
{
	(void)sys;
	(void)ifname;
	return sys_netlink_queue_irqs(ifindex, list, max);
}

/* What netlink would say is in netlink/IFNAME.json; NULL: nothing is. */
static json_object *tree_json(struct sys *sys, const char *ifname,
			      const char *key, json_object **value)
{
	char full[PATH_MAX];
	json_object *all;

	if (snprintf(full, sizeof(full), "%s/netlink/%s.json", sys->root,
		     ifname) >= (int)sizeof(full))
		return NULL;
	all = json_object_from_file(full);
	if (all && json_object_object_get_ex(all, key, value))
		return all;
	json_object_put(all);
	return NULL;
}

static unsigned int json_number(json_object *o, const char *key)
{
	json_object *v;
	int64_t n;

	if (!json_object_object_get_ex(o, key, &v))
		return 0;
	n = json_object_get_int64(v);
	return n < 0 || n > INT_MAX ? 0 : n;
}

static int tree_get_channels(struct sys *sys, const char *ifname,
			     struct sys_channels *ch)
{
	json_object *v, *all = tree_json(sys, ifname, "channels", &v);

	if (!all)
		return -EOPNOTSUPP;
	*ch = (struct sys_channels) {
		json_number(v, "rx"), json_number(v, "tx"),
		json_number(v, "other"), json_number(v, "combined"),
		json_number(v, "max_rx"), json_number(v, "max_tx"),
		json_number(v, "max_other"), json_number(v, "max_combined"),
	};
	json_object_put(all);
	return 0;
}

static int tree_get_rss(struct sys *sys, const char *ifname,
			struct sys_rss *rss)
{
	json_object *v, *table, *all = tree_json(sys, ifname, "rss", &v);
	size_t i;
	int err;

	if (!all)
		return -EOPNOTSUPP;
	memset(rss, 0, sizeof(*rss));
	err = json_number(v, "error");
	rss->ports4 = rss->ports6 = -1;
	rss->hfunc = json_number(v, "hfunc");
	if (json_object_object_get_ex(v, "table", &table) &&
	    json_object_is_type(table, json_type_array)) {
		rss->size = json_object_array_length(table);
		if (rss->size > SYS_RSS_SLOTS)
			rss->size = SYS_RSS_SLOTS;
		for (i = 0; i < rss->size; i++)
			rss->slot[i] = json_object_get_int(
				json_object_array_get_idx(table, i));
	}
	if (json_object_object_get_ex(v, "key", &table) &&
	    json_object_is_type(table, json_type_array)) {
		rss->key_size = json_object_array_length(table);
		if (rss->key_size > SYS_RSS_KEY)
			rss->key_size = SYS_RSS_KEY;
		for (i = 0; i < rss->key_size; i++)
			rss->key[i] = json_object_get_int(
				json_object_array_get_idx(table, i));
	}
	json_object_put(all);
	return -err;
}

static int tree_get_ntuple(struct sys *sys, const char *ifname, bool *on)
{
	json_object *v, *all = tree_json(sys, ifname, "ntuple", &v);

	if (!all)
		return -EOPNOTSUPP;
	*on = json_object_get_boolean(v);
	json_object_put(all);
	return 0;
}

static int tree_queue_irqs(struct sys *sys, const char *ifname, int ifindex,
			   struct sys_queue_irq *list, int max)
{
	json_object *v, *e, *tx, *all = tree_json(sys, ifname, "queues", &v);
	int i, n = 0;

	(void)ifindex;
	if (!all || !json_object_is_type(v, json_type_array)) {
		json_object_put(all);
		return -EOPNOTSUPP;
	}
	for (i = 0; i < (int)json_object_array_length(v) && n < max; i++) {
		e = json_object_array_get_idx(v, i);
		list[n].tx = json_object_object_get_ex(e, "tx", &tx) &&
			json_object_get_boolean(tx);
		list[n].queue = json_number(e, "queue");
		list[n++].irq = json_number(e, "irq");
	}
	json_object_put(all);
	return n;
}

/* A directory has no driver that could do it. */
static int tree_set_channels(struct sys *sys, const char *ifname,
			     const struct sys_channels *ch)
{
	(void)sys;
	(void)ifname;
	(void)ch;
	return -EOPNOTSUPP;
}

static int tree_set_rss(struct sys *sys, const char *ifname,
			const uint32_t *slot, unsigned int size)
{
	(void)sys;
	(void)ifname;
	(void)slot;
	(void)size;
	return -EOPNOTSUPP;
}

static int tree_set_ntuple(struct sys *sys, const char *ifname, bool on)
{
	(void)sys;
	(void)ifname;
	(void)on;
	return -EOPNOTSUPP;
}

static const struct sys_ops live_ops = {
	.read		= file_read,
	.write		= file_write,
	.may_write	= file_may_write,
	.list		= file_list,
	.link		= file_link,
	.get_channels	= live_get_channels,
	.set_channels	= live_set_channels,
	.get_rss	= live_get_rss,
	.set_rss	= live_set_rss,
	.get_ntuple	= live_get_ntuple,
	.set_ntuple	= live_set_ntuple,
	.queue_irqs	= live_queue_irqs,
};

static const struct sys_ops tree_ops = {
	.read		= file_read,
	.write		= tree_write,
	.may_write	= file_may_write,
	.list		= file_list,
	.link		= file_link,
	.get_channels	= tree_get_channels,
	.set_channels	= tree_set_channels,
	.get_rss	= tree_get_rss,
	.set_rss	= tree_set_rss,
	.get_ntuple	= tree_get_ntuple,
	.set_ntuple	= tree_set_ntuple,
	.queue_irqs	= tree_queue_irqs,
};

void sys_open(struct sys *sys, const char *root)
{
	memset(sys, 0, sizeof(*sys));
	sys->root = root ? root : "";
	sys->ops = *sys->root ? &tree_ops : &live_ops;
	snprintf(sys->run, sizeof(sys->run), "%s/run/homeport/nic", sys->root);
	snprintf(sys->etc, sizeof(sys->etc), "%s/etc", sys->root);
}

bool sys_read_long(struct sys *sys, const char *path, long *value)
{
	char text[64], *end;

	if (sys->ops->read(sys, path, text, sizeof(text)) <= 0)
		return false;
	errno = 0;
	*value = strtol(text, &end, 10);
	return !errno && end != text && !*end;
}

bool sys_there(struct sys *sys, const char *path)
{
	char text[2];
	int ret = sys->ops->read(sys, path, text, sizeof(text));

	return ret >= 0 || ret == -EISDIR || ret == -EACCES;
}
