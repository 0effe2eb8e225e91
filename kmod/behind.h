/* SPDX-License-Identifier: GPL-2.0 */
/* behind.h - who has more to do than it can, while others have not */
#ifndef HOMEPORT_BEHIND_H
#define HOMEPORT_BEHIND_H

struct hp_group;

void hp_behind_look(struct hp_group *g);

#endif /* HOMEPORT_BEHIND_H */
