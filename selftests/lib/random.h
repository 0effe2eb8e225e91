/* SPDX-License-Identifier: GPL-2.0 */
/* random.h - numbers that look random and are the same in each run */
#ifndef HP_RANDOM_H
#define HP_RANDOM_H

#include "hp.h"

/* What a failing test says is enough to repeat it. 1, if it is never called. */
void hp_random_seed(u32 seed);
/* At least 0, below @below. */
u32 hp_random(u32 below);

#endif /* HP_RANDOM_H */
