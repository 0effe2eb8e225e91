/* SPDX-License-Identifier: GPL-2.0 */
/* irqname.h - what the name of an interrupt says about a device's queues */
#ifndef NIC_IRQNAME_H
#define NIC_IRQNAME_H

enum irqname_kind {
	IRQNAME_OTHER,		/* not of this device, or no name known */
	IRQNAME_RX,
	IRQNAME_TX,
	IRQNAME_BOTH,		/* a receive and a transmit queue */
	IRQNAME_BLOCK,		/* gve: transmit queues first, then receive */
	IRQNAME_SHARED,		/* one for all queues */
	IRQNAME_MGMT,		/* of the device, but of no queue */
};

struct irqname {
	enum irqname_kind kind;
	unsigned int queue;
};

/* Who a name may speak of; any may be NULL. */
struct irqname_owner {
	const char *ifname;
	const char *bus;	/* 0000:3b:00.0 */
	const char *device;	/* virtio2 */
};

/*
 * Names are compared whole: eth1 is not found in eth10-rx-0. A number is the
 * driver's own; that of a queue it is only if the caller finds a 0 among them.
 */
struct irqname irqname_read(const char *name, const struct irqname_owner *owner);

#endif /* NIC_IRQNAME_H */
