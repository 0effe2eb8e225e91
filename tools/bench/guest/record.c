// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/utsname.h>

#include "record.h"

static FILE *records;
static bool aloud;
static int checked, bad;

int record_open(void)
{
	records = fopen("/out/records", "ae");
	setvbuf(stdout, NULL, _IOLBF, 0);
	return records ? 0 : -errno;
}

void record_aloud(void)
{
	aloud = true;
}

void record(const char *fmt, ...)
{
	char line[8192];
	va_list ap;

	va_start(ap, fmt);
	if (aloud && vsnprintf(line, sizeof(line), fmt, ap) < sizeof(line))
		printf("#= %s\n", line);
	va_end(ap);
	va_start(ap, fmt);
	vfprintf(records, fmt, ap);
	va_end(ap);
	fputc('\n', records);
	fflush(records);
}

void record_machine(int cpus)
{
	struct utsname u;

	uname(&u);
	record("kernel=%s\tcpus=%d\temulated=%d", u.release, cpus, hp_slow());
}

void record_close(void)
{
	fclose(records);
}

void progress(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("#> ");
	vprintf(fmt, ap);
	printf("\n");
	va_end(ap);
}

bool check(bool good, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("%sok %d ", good ? "" : "not ", ++checked);
	vprintf(fmt, ap);
	printf("\n");
	va_end(ap);
	bad += !good;
	return good;
}

void clock_check(bool good, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (hp_slow())
		printf("# %s, emulated: %s\n", good ? "as hoped" : "NOT as hoped",
		       text);
	else
		check(good, "%s", text);
}

int checks_end(void)
{
	printf("1..%d\n", checked);
	return bad || !checked;
}
