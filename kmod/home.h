/* SPDX-License-Identifier: GPL-2.0 */
/* home.h - which CPU each listener of a group serves */
#ifndef HOMEPORT_HOME_H
#define HOMEPORT_HOME_H

#include <linux/types.h>

struct hp_group;

bool hp_home_settle(struct hp_group *g);
bool hp_home_learn(struct hp_group *g);

#endif /* HOMEPORT_HOME_H */
