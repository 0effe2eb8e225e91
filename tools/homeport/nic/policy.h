/* SPDX-License-Identifier: GPL-2.0 */
/* policy.h - the words by which a plan is asked for */
#ifndef NIC_POLICY_H
#define NIC_POLICY_H

#include "plan.h"

/* What an administrator asked for, and how listeners are to be found. */
struct request {
	struct policy policy;
	char listeners[64];	/* auto, module, pid:N, unit:NAME, port:N */
	char *cpus;		/* the list of --cpus; NULL: not given */
	bool given;		/* there was any word of policy */
};

enum policy_word {
	POLICY_OTHER,		/* no word of policy */
	POLICY_TAKEN,
	POLICY_WRONG,		/* its value makes no sense, see why */
};

void request_init(struct request *r);
void request_free(struct request *r);
/* Does a word have a value after it? */
bool policy_has_value(const char *key);
/* @key without its dashes; @value NULL where it has none. */
enum policy_word policy_take(struct request *r, const char *key,
			     const char *value, char *why, size_t size);

const char *policy_mode_word(enum plan_mode mode);
/* As words again, for a file or a command line. */
void policy_print(const struct request *r, char *buf, size_t size,
		  const char *before, const char *after);

/* Words of the enumerations, NULL at the end. */
extern const char *const policy_modes[], *const policy_numas[],
	*const policy_smts[], *const policy_balances[];

#endif /* NIC_POLICY_H */
