// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "inject.h"

#define FAILSLAB	"/sys/kernel/debug/failslab/"
#define FAILPAGE	"/sys/kernel/debug/fail_page_alloc/"
#define FAIL_NTH	"/proc/thread-self/fail-nth"

#define NO_LIMIT	UINT64_MAX

struct setting {
	const char *file;
	u64 value;
};

static int set(const char *dir, const struct setting *s, size_t nr)
{
	char path[128];
	size_t i;
	int ret;

	for (i = 0; i < nr; i++) {
		snprintf(path, sizeof(path), "%s%s", dir, s[i].file);
		ret = hp_write(path, s[i].value == NO_LIMIT ? "-1" : "%#llx",
			       (unsigned long long)s[i].value);
		if (ret)
			return ret;
	}
	return 0;
}

/*
 * Only allocations made by way of @text fail: the kernel's own loader, for
 * one, warns when its do. Those that may sleep fail too, and quietly: the lab
 * takes a stack trace in the log for a splat.
 */
int hp_inject_on(const struct hp_text *text)
{
	const struct setting s[] = {
		{ "ignore-gfp-wait", 0 }, { "verbose", 0 },
		{ "stacktrace-depth", 32 }, { "probability", 0 },
		{ "require-start", text->start }, { "require-end", text->end },
	};

	return hp_write(FAILPAGE "min-order", "0") ?:
	       set(FAILSLAB, s, 6) ?: set(FAILPAGE, s, 6);
}

bool hp_inject_possible(void)
{
	return !access(FAILSLAB "require-start", W_OK) &&
	       !access(FAILPAGE "require-start", W_OK) &&
	       !access(FAIL_NTH, W_OK);
}

struct hp_text hp_text_init(void)
{
	struct hp_text text = { 0, UINT64_MAX };
	FILE *f = fopen("/proc/kallsyms", "re");
	unsigned long long addr;
	char name[256];

	while (f && fscanf(f, "%llx %*c %255s%*[^\n]", &addr, name) == 2)
		if (!strcmp(name, "do_one_initcall"))
			text.start = addr;
	if (f)
		rewind(f);
	while (f && fscanf(f, "%llx %*c %255s%*[^\n]", &addr, name) == 2)
		if (addr > text.start && addr < text.end)
			text.end = addr;
	if (f)
		fclose(f);
	return text;
}

struct hp_text hp_text_module(void)
{
	struct hp_text text = { 0, 0 };
	FILE *f = fopen("/proc/modules", "re");
	unsigned long long size, addr;
	char name[64];

	while (f && fscanf(f, "%63s %llu %*s %*s %*s %llx%*[^\n]", name, &size,
			   &addr) == 3)
		if (!strcmp(name, "homeport"))
			text = (struct hp_text){ addr, addr + size };
	if (f)
		fclose(f);
	return text;
}

int hp_fail_nth(int n)
{
	return hp_write(FAIL_NTH, "%d", n);
}

bool hp_fail_nth_hit(void)
{
	char left[16] = "";

	hp_read(FAIL_NTH, left, sizeof(left));
	hp_fail_nth(0);
	return !atoi(left);
}

/* In this order: the last one has it begin. */
int hp_fail_some(int percent, int interval, int times)
{
	const struct setting s[] = {
		{ "probability", 0 }, { "interval", interval },
		{ "times", times < 0 ? NO_LIMIT : times }, { "probability", percent },
	};

	return set(FAILSLAB, s, 4) ?: set(FAILPAGE, s, 4);
}

bool hp_fail_some_hit(void)
{
	const struct setting off = { "probability", 0 };
	char slab[16] = "", page[16] = "";

	set(FAILSLAB, &off, 1);
	set(FAILPAGE, &off, 1);
	hp_read(FAILSLAB "times", slab, sizeof(slab));
	hp_read(FAILPAGE "times", page, sizeof(page));
	return !strcmp(slab, "0") || !strcmp(page, "0");
}
