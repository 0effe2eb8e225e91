/* SPDX-License-Identifier: GPL-2.0 */
/* nic.h - the commands of "homeport nic", and what they share */
#ifndef NIC_NIC_H
#define NIC_NIC_H

#include "../homeport.h"
#include "json.h"
#include "policy.h"

/* Other than those of the rest of homeport(8): what to do next depends on it. */
enum nic_exit {
	NIC_OK,
	NIC_DRIFT,		/* it is not as planned */
	NIC_USAGE,
	NIC_DEGRADED,		/* done, as far as the device can */
	NIC_RESTORED,		/* failed, and all is as before */
	NIC_BROKEN,		/* failed, and something could not be restored */
	NIC_DENIED,		/* no privilege, or read-only */
	NIC_CONFLICT,		/* somebody else's change, or at work */
	NIC_NODEV,
};

struct nic_args {
	struct sys sys;
	struct request request;
	unsigned int nr_words;
	const char *word[64];	/* what is no option: devices and files */
	const char *output;
	const char *flow;
	const char *to;
	const char *emit;
	unsigned int confirm, live, interval;
	enum { HEAL_OFF, HEAL_WARN, HEAL_APPLY } heal;
	bool ascii, wide, yes, force, dry_run, best_effort, all, remove,
	     stored;
};

/* args.c; a false has complained */
bool nic_args_parse(struct nic_args *a, const char *command, struct words *w);
void nic_args_free(struct nic_args *a);

/* A device, and what is planned for it. */
struct nic_case {
	struct sys *sys;
	struct nic_host host;
	struct nic_dev dev;
	struct listeners listeners;
	struct request request;	/* not its own to free */
	struct nic_kept kept;	/* what apply found that cannot be moved */
	struct plan plan;
	struct check check;
};

/* case.c: NIC_OK, or an exit code after a complaint */
int case_open(struct nic_case *c, struct nic_args *a, const char *name);
/* The same with a policy and listeners that are known already. */
int case_open_with(struct nic_case *c, struct sys *sys, const char *name,
		   const struct policy *policy,
		   const struct listeners *listeners);
/* Reads the device again, and plans again. */
int case_again(struct nic_case *c);
void case_close(struct nic_case *c);
/* A document with @nr devices. */
json_object *case_document(const char *kind, struct nic_case *c);

/* planfile.c: a device, or a file that "plan -o" wrote and that still holds */
int plan_file_open(struct nic_case *c, struct nic_args *a, const char *word);

/* live.c: counts for so many seconds, and adds to the findings of the check */
void live_watch(struct nic_case *c, unsigned int seconds);

int nic_list(struct nic_args *a);
int nic_show(struct nic_args *a);
int nic_plan(struct nic_args *a);
int nic_diff(struct nic_args *a);
int nic_verify(struct nic_args *a);
int nic_apply(struct nic_args *a);
int nic_confirm(struct nic_args *a);
int nic_rollback(struct nic_args *a);
int nic_history(struct nic_args *a);
int nic_save(struct nic_args *a);
int nic_restore(struct nic_args *a);
int nic_explain(struct nic_args *a);
int nic_watch(struct nic_args *a);
int nic_persist(struct nic_args *a);
int nic_record(struct nic_args *a);

#endif /* NIC_NIC_H */
