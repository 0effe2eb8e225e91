// SPDX-License-Identifier: GPL-2.0
#include "map.h"

#include <linux/cpumask.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#include "group.h"
#include "listener.h"
#include "topology.h"

/*
 * How many listeners a CPU that is nobody's home is given at most, of those
 * that are equally near. They take turns; a few are as even as all.
 */
#define NEAR_MAX	64U

/*
 * A map lies in one piece: the slots, then the listeners in the order of
 * their homes, so that the listeners of a CPU are a run; then a run for each
 * CPU that is nobody's home.
 */
static struct hp_map *map_alloc(const struct hp_group *g, unsigned int homeless)
{
	size_t near = array_size(homeless, min(g->nr_elected, NEAR_MAX));
	struct hp_map *map;
	size_t size, head;

	head = ALIGN(struct_size(map, slot, nr_cpu_ids), sizeof(void *));
	size = size_add(head, array_size(size_add(near, g->nr_elected),
					 sizeof(*map->listeners)));
	map = kvzalloc(size, GFP_KERNEL);
	if (!map)
		return NULL;
	map->listeners = (void *)map + head;
	map->nr = g->nr_elected;
	map->members = g->nr;
	return map;
}

/* How many possible CPUs are no listener's home. */
static unsigned int count_homeless(const struct hp_group *g,
				   struct cpumask *homes)
{
	struct hp_listener *l;

	cpumask_clear(homes);
	list_for_each_entry(l, &g->elected, elect)
		cpumask_set_cpu(l->home, homes);
	return nr_cpu_ids - cpumask_weight(homes);
}

/* The runs of CPUs that are somebody's home. Returns where they end. */
static u32 map_local(struct hp_map *map, const struct hp_group *g)
{
	struct hp_listener *l;
	unsigned int cpu;
	u32 end = 0;

	list_for_each_entry(l, &g->elected, elect)
		map->slot[l->home].nr++;
	for (cpu = 0; cpu < nr_cpu_ids; cpu++) {
		map->slot[cpu].first = end;
		map->slot[cpu].pick = HOMEPORT_PICK_LOCAL;
		end += map->slot[cpu].nr;
		map->slot[cpu].nr = 0;
	}
	list_for_each_entry(l, &g->elected, elect) {
		struct hp_slot *slot = &map->slot[l->home];

		map->listeners[slot->first + slot->nr++] = l;
	}
	return end;
}

static unsigned int nearest_distance(unsigned int cpu,
				     const struct cpumask *homes)
{
	unsigned int home, best = UINT_MAX;

	for_each_cpu(home, homes)
		best = min(best, hp_topology_distance(cpu, home));
	return best;
}

/*
 * Where more are equally near than fit, each homeless CPU begins with another
 * one, so that all get their share.
 */
static void slot_fill(struct hp_map *map, struct hp_slot *slot,
		      unsigned int cpu, unsigned int distance,
		      const struct cpumask *homes)
{
	unsigned int max = min(map->nr, NEAR_MAX);
	unsigned int home, i;

	for_each_cpu_wrap(home, homes, cpu) {
		const struct hp_slot *local = &map->slot[home];

		if (hp_topology_distance(cpu, home) != distance)
			continue;
		for (i = 0; i < local->nr && slot->nr < max; i++)
			map->listeners[slot->first + slot->nr++] =
				map->listeners[local->first + i];
	}
}

static void map_near(struct hp_map *map, const struct cpumask *homes, u32 end)
{
	unsigned int cpu, distance;

	for_each_possible_cpu(cpu) {
		struct hp_slot *slot = &map->slot[cpu];

		if (cpumask_test_cpu(cpu, homes))
			continue;
		distance = nearest_distance(cpu, homes);
		slot->first = end;
		slot->pick = hp_topology_pick(distance);
		slot_fill(map, slot, cpu, distance, homes);
		end += slot->nr;
	}
}

static void map_only(struct hp_map *map)
{
	unsigned int cpu;

	for (cpu = 0; cpu < nr_cpu_ids; cpu++) {
		struct hp_slot *slot = &map->slot[cpu];

		if (slot->nr == 1)
			slot->only = map->listeners[slot->first];
	}
}

/**
 * hp_map_make() - a map for a group as it is now
 * @g: The group; hp_net.lock is held. Every elected listener has a home.
 *
 * A CPU that is a home has the listeners that live there; another one those
 * whose homes are nearest.
 *
 * Return: the map, to be published; NULL when there is no memory.
 */
struct hp_map *hp_map_make(const struct hp_group *g)
{
	struct hp_map *map = NULL;
	cpumask_var_t homes;

	if (!alloc_cpumask_var(&homes, GFP_KERNEL))
		return NULL;
	map = map_alloc(g, count_homeless(g, homes));
	if (map && g->nr_elected) {
		map_near(map, homes, map_local(map, g));
		map_only(map);
	}
	free_cpumask_var(homes);
	return map;
}
