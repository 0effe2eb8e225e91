// SPDX-License-Identifier: GPL-2.0
#include "bench.h"

#include <stdio.h>
#include <string.h>

#include "nic/write.h"

bool bench_plan(struct nic_case *c, struct fake *f, const char *dev,
		const struct policy *policy, const char *cpus, bool named)
{
	struct listeners l = { .source = "test", .named = named };
	struct cpumask m;
	bool good;
	int cpu;

	if (cpumask_parse_list(&m, cpus, CPUMASK_CPUS))
		return false;
	cpumask_for_each(cpu, &m)
		listeners_add(&l, cpu);
	good = case_open_with(c, &f->sys, dev, policy, &l) == NIC_OK;
	listeners_free(&l);
	return good;
}

int bench_apply(struct nic_case *c)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < c->plan.nr_ops && !err; i++)
		err = op_write(c->sys, &c->plan.op[i], c->plan.op[i].new);
	return err ? err : case_again(c);
}

static size_t print_masks(const struct plan *plan, char *buf, size_t size,
			  bool xps)
{
	unsigned int q, nr = xps ? plan->nr_tx : plan->nr;
	char list[512];
	size_t len = 0;

	for (q = 0; q < nr && len < size; q++) {
		cpumask_print_list(xps ? &plan->queue[q].xps :
				   &plan->queue[q].rps, list, sizeof(list));
		len += snprintf(buf + len, size - len, " %s", *list ? list : "-");
	}
	return len;
}

void bench_print(const struct plan *plan, char *buf, size_t size)
{
	size_t len = 0;
	unsigned int q;

	for (q = 0; q < plan->nr && len < size; q++)
		len += snprintf(buf + len, size - len, "%s%d", q ? " " : "",
				plan->queue[q].cpu);
	len += snprintf(buf + len, size - len, " | xps");
	len += print_masks(plan, buf + len, size - len, true);
	len += snprintf(buf + len, size - len, " | rps");
	print_masks(plan, buf + len, size - len, false);
}
