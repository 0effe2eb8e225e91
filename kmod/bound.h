/* SPDX-License-Identifier: GPL-2.0 */
/* bound.h - who has more than a bound of the recent picks, and who gets it */
#ifndef HOMEPORT_BOUND_H
#define HOMEPORT_BOUND_H

#include <linux/types.h>

struct hp_group;

/* hp_group.bound_age: who is stalled has changed. */
#define HP_BOUND_STALE	U8_MAX

bool hp_bound_sample(struct hp_group *g);
bool hp_bound_apply(struct hp_group *g);

#endif /* HOMEPORT_BOUND_H */
