/* SPDX-License-Identifier: GPL-2.0 */
/* work.h - a plan while it is made, for plan.c, homes.c and steer.c alone */
#ifndef NIC_WORK_H
#define NIC_WORK_H

#include "plan.h"

struct work {
	const struct nic_host *host;
	const struct nic_dev *dev;
	const struct listeners *listeners;
	const struct policy *policy;
	struct plan *plan;
	unsigned int nr;	/* candidates, best first */
	int *cpu;
	unsigned int nr_homes;
	int *home;		/* in the order in which queues take them */
	unsigned int *load;	/* queues of each home */
	unsigned int *size;	/* CPUs of each home's group */
	int *home_of;		/* of each CPU: a place in home[], or -1 */
};

/* plan.c */
/* Is the device's node of no account? */
bool work_any_node(const struct work *w);
int work_distance(const struct work *w, int cpu);
bool work_is_candidate(const struct work *w, int cpu);
bool work_one_vector(const struct work *w);
/* The receive interrupt's CPU, where it cannot be moved; else -1. */
int work_fixed_cpu(const struct work *w, unsigned int q);
/* The same for the interrupt of a transmit queue alone. */
int work_fixed_tx_cpu(const struct work *w, unsigned int t);

/* homes.c */
int work_place_of(const struct work *w, int cpu);
void homes_find(struct work *w);
void homes_give(struct work *w);

/* steer.c */
void steer_groups(struct work *w);
void steer_receive(struct work *w);
int steer_transmit(struct work *w);

#endif /* NIC_WORK_H */
