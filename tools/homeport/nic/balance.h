/* SPDX-License-Identifier: GPL-2.0 */
/* balance.h - irqbalance, which moves interrupts unless it is told not to */
#ifndef NIC_BALANCE_H
#define NIC_BALANCE_H

#include "model.h"

/* Is one running? Its process id, or 0. */
int balance_pid(struct sys *sys);
/*
 * Adds a device's interrupts to those it leaves alone. How many are new, or
 * -errno; it forgets when it is restarted.
 */
int balance_ban(struct sys *sys, const struct nic_dev *dev);
/* Takes back what it was told of a device by us, and nothing else. */
int balance_release(struct sys *sys, const struct nic_dev *dev);
/* Which of a device's interrupts it may still move; -errno: it does not say. */
int balance_free_irqs(struct sys *sys, const struct nic_dev *dev);

/* From what it answers to "setup": the banned interrupts. */
struct banned {
	unsigned int nr;
	int irq[MODEL_IRQS];
};

void balance_parse(const char *text, struct banned *b);

#endif /* NIC_BALANCE_H */
