// SPDX-License-Identifier: GPL-2.0
/*
 * What is kept is the policy, not masks: it is planned anew on each boot. A
 * device is known by its address and driver, whatever it is named then.
 */
#include "persist.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MARK	"# homeport nic persist"

/* What a path is below /etc. */
struct file {
	char path[PATH_MAX + 128];
	char text[4096];
};

static const char unit[] =
	MARK "\n"
	"[Unit]\n"
	"Description=Queues of %I and their CPUs\n"
	"Documentation=man:homeport-nic(8)\n"
	"BindsTo=sys-subsystem-net-devices-%i.device\n"
	"After=sys-subsystem-net-devices-%i.device network-pre.target irqbalance.service\n"
	"\n"
	"[Service]\n"
	"Type=oneshot\n"
	"RemainAfterExit=yes\n"
	"ExecStart=/usr/bin/env PATH=/usr/local/sbin:/usr/sbin homeport nic apply %I --stored --yes\n"
	"SuccessExitStatus=3\n";

static void conf_path(struct sys *sys, const char *dev, struct file *f)
{
	snprintf(f->path, sizeof(f->path), "%s/homeport/nic.d/%s.conf",
		 sys->etc, dev);
}

static void rule_path(struct sys *sys, const char *dev, struct file *f)
{
	snprintf(f->path, sizeof(f->path),
		 "%s/udev/rules.d/80-homeport-nic-%s.rules", sys->etc, dev);
}

static void unit_path(struct sys *sys, struct file *f)
{
	snprintf(f->path, sizeof(f->path),
		 "%s/systemd/system/homeport-nic@.service", sys->etc);
}

static int make_parents(const char *path)
{
	char dir[PATH_MAX + 128], *slash;

	snprintf(dir, sizeof(dir), "%s", path);
	for (slash = strchr(dir + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(dir, 0755) && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return 0;
}

/* 1: ours, 0: not there, -EEXIST: somebody else's. */
static int whose(const char *path)
{
	char line[64] = "";
	FILE *f = fopen(path, "re");

	if (!f)
		return errno == ENOENT ? 0 : -errno;
	if (!fgets(line, sizeof(line), f))
		line[0] = '\0';
	fclose(f);
	return strncmp(line, MARK, strlen(MARK)) ? -EEXIST : 1;
}

static int put_file(const struct file *f)
{
	FILE *out;
	int err = whose(f->path);

	if (err >= 0)
		err = make_parents(f->path);
	if (err) {
		complain("cannot write %s: %s", f->path, err == -EEXIST ?
			 "it is not ours" : strerror(-err));
		return err == -EEXIST ? NIC_CONFLICT : NIC_DENIED;
	}
	out = fopen(f->path, "we");
	if (out && fputs(f->text, out) >= 0 && !fclose(out)) {
		print_text("%s\n", f->path);
		return NIC_OK;
	}
	complain("cannot write %s: %s", f->path, strerror(errno));
	return NIC_DENIED;
}

static int remove_file(const struct file *f)
{
	int err = whose(f->path);

	if (!err)
		return NIC_OK;
	if (err > 0 && !unlink(f->path)) {
		print_text("%s\n", f->path);
		return NIC_OK;
	}
	complain("cannot remove %s: %s", f->path, err == -EEXIST ?
		 "it is not ours" : strerror(err < 0 ? -err : errno));
	return err == -EEXIST ? NIC_CONFLICT : NIC_DENIED;
}

/* Lines as "mac 52:54:00:12:34:56" and "mode rps". */
static bool take_line(char *line, struct request *r, char mac[20], char *why,
		      size_t size)
{
	char *key, *value, *save;

	key = strtok_r(line, " \t", &save);
	if (!key || *key == '#')
		return true;
	value = strtok_r(NULL, " \t", &save);
	if (value && strtok_r(NULL, " \t", &save)) {
		snprintf(why, size, "\"%.40s\" has too many words", key);
		return false;
	}
	if (value && !strcmp(key, "mac")) {
		snprintf(mac, 20, "%.19s", value);
		return true;
	}
	if (!value != !policy_has_value(key)) {
		snprintf(why, size, "\"%.40s\" makes no sense", key);
		return false;
	}
	switch (policy_take(r, key, value, why, size)) {
	case POLICY_TAKEN:
		return true;
	case POLICY_OTHER:
		snprintf(why, size, "\"%.40s\" is unknown", key);
		return false;
	default:
		return false;
	}
}

bool persist_parse(char *text, struct request *r, char mac[20], char *why,
		   size_t size)
{
	char *line, *save;

	mac[0] = '\0';
	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		if (!take_line(line, r, mac, why, size))
			return false;
	return true;
}

static bool read_text(const char *path, char *text, size_t size)
{
	FILE *f = fopen(path, "re");
	size_t len;

	if (!f)
		return false;
	len = fread(text, 1, size - 1, f);
	fclose(f);
	text[len] = '\0';
	return strlen(text) == len;
}

/* Not what an editor leaves beside it. */
static bool is_conf(const char *name)
{
	size_t len = strlen(name);

	return len > 5 && !strcmp(name + len - 5, ".conf");
}

/* That of this file, if it is for the address @mac; @from says which it was. */
static int try_file(const char *path, const char *mac, struct request *r,
		    char *from, size_t size)
{
	char text[8192], is[20], why[256] = "it cannot be read";
	struct request request;

	request_init(&request);
	if (!read_text(path, text, sizeof(text)) ||
	    !persist_parse(text, &request, is, why, sizeof(why))) {
		complain("%s: %s", path, why);
		request_free(&request);
		return NIC_USAGE;
	}
	if (strcmp(is, mac)) {
		request_free(&request);
		return NIC_OK;
	}
	if (*from) {
		complain("%s and %s are both for %s: which one?", from, path,
			 mac);
		request_free(&request);
		return NIC_CONFLICT;
	}
	snprintf(from, size, "%s", path);
	request_free(r);
	*r = request;
	r->given = true;
	return NIC_OK;
}

int persist_load(struct sys *sys, const char *dev, struct request *r)
{
	char dir[PATH_MAX + 32], path[PATH_MAX + 300], mac[20] = "?";
	char from[PATH_MAX + 300] = "";
	struct dirent *entry;
	int ret = NIC_OK;
	DIR *d;

	snprintf(path, sizeof(path), "/sys/class/net/%.15s/address", dev);
	if (sys->ops->read(sys, path, mac, sizeof(mac)) < 0) {
		complain("there is no device \"%s\"", dev);
		return NIC_NODEV;
	}
	snprintf(dir, sizeof(dir), "%s/homeport/nic.d", sys->etc);
	d = opendir(dir);
	while (d && !ret && (entry = readdir(d))) {
		if (!is_conf(entry->d_name))
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		ret = try_file(path, mac, r, from, sizeof(from));
	}
	if (d)
		closedir(d);
	if (ret || *from)
		return ret;
	complain("%s has nothing for %s (%s): homeport nic persist %s", dir,
		 dev, mac, dev);
	return NIC_USAGE;
}

static int keep(struct nic_case *c, struct nic_args *a)
{
	struct file conf, rule, service;
	size_t len;
	int ret;

	conf_path(&a->sys, c->dev.name, &conf);
	len = snprintf(conf.text, sizeof(conf.text), MARK "\nmac %s\n",
		       c->dev.mac);
	policy_print(&a->request, conf.text + len, sizeof(conf.text) - len, "",
		     "\n");
	/* a VLAN on it has the same address, but no driver */
	rule_path(&a->sys, c->dev.name, &rule);
	snprintf(rule.text, sizeof(rule.text),
		 MARK "\nSUBSYSTEM==\"net\", ACTION==\"add|move\", ATTR{address}==\"%s\", DRIVERS==\"%s\", TAG+=\"systemd\", ENV{SYSTEMD_WANTS}+=\"homeport-nic@$name.service\"\n",
		 c->dev.mac, c->dev.driver);
	unit_path(&a->sys, &service);
	strcpy(service.text, unit);
	ret = put_file(&conf);
	if (!ret)
		ret = put_file(&service);
	if (!ret)
		ret = put_file(&rule);
	if (!ret)
		print_text("now: systemctl daemon-reload; udevadm control --reload\n");
	return ret;
}

static bool is_last(struct sys *sys)
{
	char dir[PATH_MAX + 32];
	struct dirent *entry;
	bool any = false;
	DIR *d;

	snprintf(dir, sizeof(dir), "%s/homeport/nic.d", sys->etc);
	d = opendir(dir);
	while (d && (entry = readdir(d)))
		any |= is_conf(entry->d_name);
	if (d)
		closedir(d);
	return !any;
}

static int drop(struct nic_args *a, const char *dev)
{
	struct file f;
	int ret;

	conf_path(&a->sys, dev, &f);
	if (access(f.path, F_OK)) {
		complain("nothing is kept for \"%s\"", dev);
		return NIC_USAGE;
	}
	ret = remove_file(&f);
	rule_path(&a->sys, dev, &f);
	if (!ret)
		ret = remove_file(&f);
	unit_path(&a->sys, &f);
	if (!ret && is_last(&a->sys))
		ret = remove_file(&f);
	return ret;
}

int nic_persist(struct nic_args *a)
{
	struct nic_case c;
	int ret;

	if (a->nr_words != 1 || strchr(a->word[0], '/')) {
		complain("a device is missing, try \"homeport nic help\"");
		return NIC_USAGE;
	}
	if (a->remove)
		return drop(a, a->word[0]);
	ret = case_open(&c, a, a->word[0]);
	if (!ret && c.dev.virtual) {
		complain("%s is no hardware: keep the policy of what is below it",
			 c.dev.name);
		ret = NIC_USAGE;
	}
	if (!ret)
		ret = keep(&c, a);
	case_close(&c);
	return ret;
}
