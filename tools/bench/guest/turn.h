/* SPDX-License-Identifier: GPL-2.0 */
/* turn.h - the turn that a column has in a cell: its trial, record and check */
#ifndef BENCH_TURN_H
#define BENCH_TURN_H

#include "trial.h"

/* A cell that could not be tried is a failed check, and has no record. */
bool turn(struct tun *tun, const struct cell *cell, enum column column, int nr,
	  struct trial_result *r);
/* homeport unloaded, and the sysctls as they were. */
void turn_end(void);

#endif /* BENCH_TURN_H */
