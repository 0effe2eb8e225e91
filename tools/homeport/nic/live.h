/* SPDX-License-Identifier: GPL-2.0 */
/* live.h - counters of the kernel, to prove what settings only promise */
#ifndef NIC_LIVE_H
#define NIC_LIVE_H

#include "model.h"

/* How often each of a device's interrupts came, for each CPU. */
struct live_counts {
	unsigned int nr_irqs, nr_cpus;
	uint64_t *irq;		/* [irq * nr_cpus + cpu] */
	uint64_t rps;		/* packets that RPS or RFS sent elsewhere */
};

bool live_read(struct live_counts *n, struct sys *sys,
	       const struct nic_host *host, const struct nic_dev *dev);
void live_free(struct live_counts *n);

#endif /* NIC_LIVE_H */
