// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "say.h"

#define KALLSYMS	"/proc/kallsyms"

/* So aligned, the last byte of an element's address is its index. */
static const u8 table[256] __attribute__((aligned(256)));

static void say_byte(u8 byte)
{
	u64 at = (u64)&table[byte] - ORDER_MAGIC;

	asm volatile("movzbl %c1(%%rax), %%eax"
		     : "+a"(at) : "i"(ORDER_MAGIC) : "memory");
}

static void say_number(u64 n)
{
	int i;

	for (i = 0; i < 8; i++)
		say_byte(n >> 8 * i);
}

void say_phase(enum phase phase)
{
	say_byte(phase);
}

void say(enum order_word word)
{
	say_byte(word);
}

void say_write(const char *label)
{
	say_byte(ORDER_WRITE);
	do
		say_byte(*label);
	while (*label++);
}

void say_watch(u64 start, u64 end)
{
	say_byte(ORDER_WATCH);
	say_number(start);
	say_number(end);
}

/* 0: there is none. */
static u64 address(const char *function)
{
	char line[512], name[256], kind;
	FILE *f = fopen(KALLSYMS, "re");
	u64 addr, found = 0;

	while (f && !found && fgets(line, sizeof(line), f))
		if (sscanf(line, "%" SCNx64 " %c %255s", &addr, &kind, name) == 3 &&
		    !strcmp(name, function))
			found = addr;
	if (f)
		fclose(f);
	return found;
}

static int say_function(enum order_word word, const char *function,
			enum phase phase)
{
	u64 addr = address(function);

	if (!addr)
		return -ENOENT;
	say_byte(word);
	say_byte(phase);
	say_number(addr);
	return 0;
}

int say_enter(const char *function, enum phase phase)
{
	return say_function(ORDER_ENTER, function, phase);
}

int say_span(const char *function, enum phase phase)
{
	return say_function(ORDER_SPAN, function, phase);
}

/* Of the kernel only code: there is much else, and the way to the host is slow. */
static bool is_wanted(const char *line, bool modules_only)
{
	const char *kind = strchr(line, ' ');

	if (strchr(line, '['))
		return true;
	return !modules_only && kind && strchr("tTwW", kind[1]);
}

static int copy_symbols(const char *path, bool modules_only)
{
	FILE *to = fopen(path, "we"), *from = fopen(KALLSYMS, "re");
	char line[512];
	int ret = to && from ? 0 : -errno;

	while (!ret && fgets(line, sizeof(line), from))
		if (is_wanted(line, modules_only))
			fputs(line, to);
	if (from)
		fclose(from);
	if (to && fclose(to) && !ret)
		ret = -errno;
	return ret;
}

int say_symbols(const char *path)
{
	return copy_symbols(path, false);
}

int say_module_symbols(const char *path)
{
	return copy_symbols(path, true);
}

int say_module_range(const char *name, u64 *start, u64 *end)
{
	FILE *f = fopen("/proc/modules", "re");
	char line[512], is[64];
	int ret = -ENOENT;
	u64 size;

	if (!f)
		return -errno;
	while (ret && fgets(line, sizeof(line), f))
		if (sscanf(line, "%63s %" SCNu64 " %*s %*s %*s %" SCNx64, is,
			   &size, start) == 3 && !strcmp(is, name)) {
			*end = *start + size;
			ret = 0;
		}
	fclose(f);
	return ret;
}
