/* SPDX-License-Identifier: GPL-2.0 */
/* topology.h - nearest-CPU order */
#ifndef HOMEPORT_TOPOLOGY_H
#define HOMEPORT_TOPOLOGY_H

#include <uapi/linux/homeport.h>

/* How far two CPUs are from each other; beyond, the distance of the nodes. */
enum hp_distance {
	HP_DISTANCE_SELF,
	HP_DISTANCE_SMT,
	HP_DISTANCE_LLC,
	HP_DISTANCE_NODE,
	HP_DISTANCE_FAR,
};

unsigned int hp_topology_distance(unsigned int a, unsigned int b);
enum homeport_pick hp_topology_pick(unsigned int distance);

#endif /* HOMEPORT_TOPOLOGY_H */
