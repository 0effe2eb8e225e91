// SPDX-License-Identifier: GPL-2.0
/*
 * Who else sets a device's queues and interrupts: systemd's link files, and
 * tuned. Nothing of theirs is changed; they are named, for what they set again
 * is not as planned any more.
 */
#include "owner.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Profiles that include one another, at most. */
#define MOST_INCLUDES	8

/* A section and a key of it; "*" is any key. */
struct setting {
	const char *section, *key;
};

static const struct setting link_settings[] = {
	{ "Link", "ReceivePacketSteeringCPUMask" },
	{ "Link", "IRQAffinity" },
	{ "Link", "IRQAffinityPolicy" },
	{ "Link", "IRQAffinityNUMA" },
	{ "Link", "RxChannels" },
	{ "Link", "TxChannels" },
	{ "Link", "CombinedChannels" },
	{ NULL, NULL }
};

static const struct setting tuned_settings[] = {
	{ "irq", "*" },
	{ "scheduler", "isolated_cores" },
	{ "scheduler", "default_irq_smp_affinity" },
	{ "net", "channels" },
	{ NULL, NULL }
};

static char *trim(char *word)
{
	char *end;

	while (isspace((unsigned char)*word))
		word++;
	end = word + strlen(word);
	while (end > word && isspace((unsigned char)end[-1]))
		*--end = '\0';
	return word;
}

/*
 * Splits a line of an ini file: true, if it is a key and a value; a section's
 * name goes to @section.
 */
static bool take_line(char *line, char *section, size_t size, char **key,
		      char **value)
{
	char *equals, *end;

	line = trim(line);
	if (*line == '[') {
		end = strchr(line, ']');
		snprintf(section, size, "%.*s",
			 end ? (int)(end - line - 1) : 0, line + 1);
		return false;
	}
	equals = strchr(line, '=');
	if (*line == '#' || *line == ';' || !equals)
		return false;
	*equals = '\0';
	*key = trim(line);
	*value = trim(equals + 1);
	return true;
}

static bool is_set(const struct setting *s, const char *section,
		   const char *key)
{
	for (; s->section; s++)
		if (!strcmp(s->section, section) &&
		    (!strcmp(s->key, "*") || !strcmp(s->key, key)))
			return true;
	return false;
}

static void __attribute__((format(printf, 2, 3)))
add(struct nic_dev *dev, const char *fmt, ...)
{
	char text[MODEL_OWNER_TEXT];
	unsigned int i;
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	for (i = 0; i < dev->nr_owners; i++)
		if (!strcmp(dev->owner[i], text))
			return;
	if (dev->nr_owners < MODEL_OWNERS)
		strcpy(dev->owner[dev->nr_owners++], text);
}

/* udev notes which file it has taken for a device. */
static bool link_file(struct sys *sys, int ifindex, char *path, size_t size)
{
	static char text[SYS_TEXT];
	char *line, *save;

	snprintf(path, size, "/run/udev/data/n%d", ifindex);
	if (sys->ops->read(sys, path, text, sizeof(text)) < 0)
		return false;
	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		if (strncmp(line, "E:ID_NET_LINK_FILE=/", 20))
			continue;
		snprintf(path, size, "%s", line + 19);
		return true;
	}
	return false;
}

static void read_link(struct nic_dev *dev, struct sys *sys)
{
	static char text[SYS_TEXT];
	char path[PATH_MAX], section[64] = "", *line, *save, *key, *value;

	if (!link_file(sys, dev->ifindex, path, sizeof(path)) ||
	    sys->ops->read(sys, path, text, sizeof(text)) < 0)
		return;
	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		if (take_line(line, section, sizeof(section), &key, &value) &&
		    is_set(link_settings, section, key))
			add(dev, "%.80s has %.40s, which udev sets when the device comes",
			    path, key);
}

/* Where profiles are; those of the administrator first. */
static bool read_profile(struct sys *sys, const char *name, char *text,
			 size_t size)
{
	static const char *const dirs[] = {
		"/etc/tuned/profiles", "/etc/tuned", "/usr/lib/tuned/profiles",
		"/usr/lib/tuned",
	};
	char path[256];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(dirs); i++) {
		snprintf(path, sizeof(path), "%s/%.64s/tuned.conf", dirs[i],
			 name);
		if (!strchr(name, '/') &&
		    sys->ops->read(sys, path, text, size) >= 0)
			return true;
	}
	return false;
}

/* A profile, and what it includes: "include" of [main]. */
static void look_at_profile(struct nic_dev *dev, struct sys *sys,
			    const char *name)
{
	static char text[SYS_TEXT];
	char next[65], at[65], section[64], *line, *save, *key, *value;
	int i;

	snprintf(next, sizeof(next), "%s", name);
	for (i = 0; i < MOST_INCLUDES && *next; i++) {
		strcpy(at, next);
		next[0] = '\0';
		section[0] = '\0';
		if (!read_profile(sys, at, text, sizeof(text)))
			return;
		for (line = strtok_r(text, "\n", &save); line;
		     line = strtok_r(NULL, "\n", &save)) {
			if (!take_line(line, section, sizeof(section), &key,
				       &value))
				continue;
			if (!strcmp(section, "main") && !strcmp(key, "include"))
				snprintf(next, sizeof(next), "%s", value);
			else if (is_set(tuned_settings, section, key))
				add(dev, "tuned's profile %.40s has [%.20s] %.30s: it may move interrupts",
				    at, section, key);
		}
	}
}

static void read_tuned(struct nic_dev *dev, struct sys *sys)
{
	char text[512], path[64], *name, *save;
	long pid;

	if (!sys_read_long(sys, "/run/tuned/tuned.pid", &pid))
		return;
	snprintf(path, sizeof(path), "/proc/%ld/comm", pid);
	if (!sys_there(sys, path) ||
	    sys->ops->read(sys, "/etc/tuned/active_profile", text,
			   sizeof(text)) < 0)
		return;
	for (name = strtok_r(text, " \n", &save); name;
	     name = strtok_r(NULL, " \n", &save))
		look_at_profile(dev, sys, name);
}

void owners_read(struct nic_dev *dev, struct sys *sys)
{
	dev->nr_owners = 0;
	read_link(dev, sys);
	if (!dev->virtual)
		read_tuned(dev, sys);
}
