/* SPDX-License-Identifier: GPL-2.0 */
/* trial.h - one cell of the loss matrix, tried once */
#ifndef BENCH_TRIAL_H
#define BENCH_TRIAL_H

#include "callers.h"

struct trial_result {
	int open, lost;		/* before the change */
	int late, refused;	/* those that came while nobody listened */
	char why[128];		/* of those lost, how the client saw it */
	char late_why[128];
};

/*
 * Starts a server, opens @nr connections, lets happen what the row says, and
 * counts who was served. 0, or -errno when it could not be tried: *failed
 * says what.
 */
int trial_run(struct tun *tun, const struct cell *cell, int nr,
	      struct trial_result *result, const char **failed);
/* The sysctls as they were before the first. */
void trial_restore(void);

#endif /* BENCH_TRIAL_H */
