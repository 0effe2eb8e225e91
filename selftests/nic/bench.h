/* SPDX-License-Identifier: GPL-2.0 */
/* bench.h - a made-up machine, and a plan for one of its devices */
#ifndef NIC_BENCH_H
#define NIC_BENCH_H

#include "fake.h"
#include "nic/nic.h"

/* A case without complaints: what the commands do, on a fake kernel. */
bool bench_plan(struct nic_case *c, struct fake *f, const char *dev,
		const struct policy *policy, const char *cpus, bool named);
/* Writes all that the plan says, by the rules of the fake kernel. */
int bench_apply(struct nic_case *c);
/* "q0=0 q1=2 | xps 0-1 2-3 | rps - -" */
void bench_print(const struct plan *plan, char *buf, size_t size);

#endif /* NIC_BENCH_H */
