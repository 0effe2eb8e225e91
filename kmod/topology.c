// SPDX-License-Identifier: GPL-2.0
#include "topology.h"

#include <linux/cpumask.h>
#include <linux/topology.h>

#include "compat/llc.h"

/**
 * hp_topology_distance() - how far a CPU is from another
 * @a: A possible CPU.
 * @b: Another, or the same.
 *
 * The kernel forgets the siblings of a CPU that is offline: such a one is as
 * far as its node.
 *
 * Return: an enum hp_distance, or HP_DISTANCE_FAR plus the distance of the
 * NUMA nodes. Smaller is nearer.
 */
unsigned int hp_topology_distance(unsigned int a, unsigned int b)
{
	if (a == b)
		return HP_DISTANCE_SELF;
	if (cpumask_test_cpu(b, topology_sibling_cpumask(a)))
		return HP_DISTANCE_SMT;
	if (hp_llc_shared(a, b))
		return HP_DISTANCE_LLC;
	if (cpu_to_node(a) == cpu_to_node(b))
		return HP_DISTANCE_NODE;
	return HP_DISTANCE_FAR + node_distance(cpu_to_node(a), cpu_to_node(b));
}

/**
 * hp_topology_pick() - what a pick over a distance is called
 * @distance: From hp_topology_distance().
 */
enum homeport_pick hp_topology_pick(unsigned int distance)
{
	if (distance == HP_DISTANCE_SELF)
		return HOMEPORT_PICK_LOCAL;
	if (distance < HP_DISTANCE_FAR)
		return HOMEPORT_PICK_NEAR;
	return HOMEPORT_PICK_FAR;
}
