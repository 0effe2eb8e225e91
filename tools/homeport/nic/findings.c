// SPDX-License-Identifier: GPL-2.0
#include "findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum severity severity_of(const char *code)
{
	return *code == 'E' ? SEV_ERROR : *code == 'W' ? SEV_WARN : SEV_INFO;
}

void findings_add(struct findings *f, const char *code, int queue,
		  const char *fmt, ...)
{
	struct finding *list;
	va_list args;

	list = realloc(f->list, (f->nr + 1) * sizeof(*list));
	if (!list)
		return;
	f->list = list;
	list += f->nr++;
	memset(list, 0, sizeof(*list));
	list->sev = severity_of(code);
	list->queue = queue;
	snprintf(list->code, sizeof(list->code), "%s", code);
	va_start(args, fmt);
	vsnprintf(list->text, sizeof(list->text), fmt, args);
	va_end(args);
}

const struct finding *findings_of(const struct findings *f, int queue)
{
	unsigned int i;

	for (i = 0; i < f->nr; i++)
		if (f->list[i].queue == queue && f->list[i].sev != SEV_INFO)
			return &f->list[i];
	return NULL;
}

bool findings_has(const struct findings *f, const char *code)
{
	unsigned int i;

	for (i = 0; i < f->nr; i++)
		if (!strcmp(f->list[i].code, code))
			return true;
	return false;
}

unsigned int findings_count(const struct findings *f, enum severity sev)
{
	unsigned int i, n = 0;

	for (i = 0; i < f->nr; i++)
		n += f->list[i].sev == sev;
	return n;
}

void findings_free(struct findings *f)
{
	free(f->list);
	memset(f, 0, sizeof(*f));
}
