/* SPDX-License-Identifier: GPL-2.0 */
/* apply.h - make it so, or leave it as it was */
#ifndef NIC_APPLY_H
#define NIC_APPLY_H

#include "nic.h"
#include "state.h"
#include "write.h"

struct apply {
	struct nic_case *c;
	struct state state;
	struct values before;
	unsigned int nr_done;
	struct op *done;	/* begun; theirs are the texts of the state */
	unsigned int nr_failed;	/* with best effort */
	bool best_effort;
	bool begun;		/* there is a snapshot */
	int full_cpu;		/* it has no vector left for one more; -1 */
	bool kept;		/* some cannot be moved: see the case's kept */
	struct leftovers left;
	char why[512];		/* one sentence */
};

/*
 * Does what c->plan says. An enum nic_exit; the caller has the lock, and tells
 * what is in @a.
 */
int apply_run(struct apply *a, struct nic_case *c, bool best_effort);
/*
 * The same; where a CPU has no vector left, once more without that CPU, which is
 * reserved in the policy from then on; where interrupts turn out to be the
 * kernel's own to place, once more around them.
 */
int apply_run_around(struct apply *a, struct nic_case *c, bool best_effort);
/* The same for a state that is applied, which it takes over. */
int apply_heal(struct apply *a, struct nic_case *c, struct state *s);
void apply_free(struct apply *a);

/*
 * Takes a state back, three ways: what was changed since by somebody else is a
 * conflict, and then nothing is written, unless forced.
 */
int apply_rollback(struct sys *sys, struct state *s, bool force,
		   struct leftovers *left, char *why, size_t size);

#endif /* NIC_APPLY_H */
