/* SPDX-License-Identifier: GPL-2.0 */
/* rescue.h - what waits behind a stalled listener */
#ifndef HOMEPORT_RESCUE_H
#define HOMEPORT_RESCUE_H

struct work_struct;

void hp_rescue(struct work_struct *work);

#endif /* HOMEPORT_RESCUE_H */
