/* SPDX-License-Identifier: GPL-2.0 */
/* findings.h - what is wrong with a device or a plan, or worth to know */
#ifndef NIC_FINDINGS_H
#define NIC_FINDINGS_H

#include <stdbool.h>

enum severity {
	SEV_INFO,
	SEV_WARN,
	SEV_ERROR,
};

struct finding {
	enum severity sev;
	char code[20];		/* E-XPS; its letter is the severity's */
	int queue;		/* -1: of the device */
	char text[160];
};

struct findings {
	unsigned int nr;
	struct finding *list;
};

void findings_add(struct findings *f, const char *code, int queue,
		  const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* The first error that concerns @queue, or NULL. */
const struct finding *findings_of(const struct findings *f, int queue);
bool findings_has(const struct findings *f, const char *code);
unsigned int findings_count(const struct findings *f, enum severity sev);
void findings_free(struct findings *f);

#endif /* NIC_FINDINGS_H */
