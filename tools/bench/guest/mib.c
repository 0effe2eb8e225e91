// SPDX-License-Identifier: GPL-2.0
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mib.h"

/* A line of names, then one of values; both begin with "GROUP:". */
static long value_of(char *names, char *values, const char *name)
{
	char *n, *v;

	while ((n = strsep(&names, " \n")) && (v = strsep(&values, " \n")))
		if (!strcmp(n, name))
			return atol(v);
	return -1;
}

static bool of_group(const char *line, const char *group)
{
	size_t len = strlen(group);

	return !strncmp(line, group, len) && line[len] == ':';
}

static long look_up(const char *path, const char *group, const char *name)
{
	static char names[16384], values[16384];
	FILE *f = fopen(path, "re");
	long value = -1;

	while (f && fgets(names, sizeof(names), f) &&
	       fgets(values, sizeof(values), f))
		if (of_group(names, group))
			value = value_of(names, values, name);
	if (f)
		fclose(f);
	return value;
}

long mib(const char *group, const char *name)
{
	long value = look_up("/proc/net/snmp", group, name);

	return value < 0 ? look_up("/proc/net/netstat", group, name) : value;
}
