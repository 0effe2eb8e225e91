/* SPDX-License-Identifier: GPL-2.0 */
/*
 * llc.h - which CPUs share their last-level cache
 *
 * No kernel exports that to modules in a way of all architectures.
 */
#ifndef HOMEPORT_COMPAT_LLC_H
#define HOMEPORT_COMPAT_LLC_H

#include <linux/topology.h>

#ifdef CONFIG_X86
#include <asm/processor.h>
#include <asm/smp.h>
#include <asm/apicdef.h>

static inline bool hp_llc_shared(unsigned int a, unsigned int b)
{
#ifdef HP_NEED_PER_CPU_LLC_ID
	/* 6e2906040f42 ("x86/cpu: Move cpu_llc_id into topology info") */
	unsigned int id = get_llc_id(a), other = get_llc_id(b);
	const unsigned int bad = (u16)BAD_APICID;
#else
	unsigned int id = per_cpu_llc_id(a), other = per_cpu_llc_id(b);
	const unsigned int bad = BAD_APICID;
#endif /* HP_NEED_PER_CPU_LLC_ID */

	return id != bad && id == other;
}
#else
static inline bool hp_llc_shared(unsigned int a, unsigned int b)
{
	return cpumask_test_cpu(b, topology_core_cpumask(a));
}
#endif /* CONFIG_X86 */

#endif /* HOMEPORT_COMPAT_LLC_H */
