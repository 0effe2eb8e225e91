/* SPDX-License-Identifier: GPL-2.0 */
/* owner.h - who else sets a device's queues and interrupts */
#ifndef NIC_OWNER_H
#define NIC_OWNER_H

#include "model.h"

/* A sentence in @dev for each setting that somebody else has of it. */
void owners_read(struct nic_dev *dev, struct sys *sys);

#endif /* NIC_OWNER_H */
