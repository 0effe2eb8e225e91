// SPDX-License-Identifier: GPL-2.0
/* By a histogram of a tracepoint: the packet is on its way, its queue chosen. */
#include "xmit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define EVENT	"/sys/kernel/tracing/events/net/net_dev_start_xmit"
#define HIST	"hist:keys=name,common_cpu,queue_mapping:size=4096"

int hp_xmit_start(void)
{
	return hp_write(EVENT "/trigger", "%s", HIST);
}

int hp_xmit_stop(void)
{
	return hp_write(EVENT "/trigger", "!%s", HIST);
}

/* "{ name: eth0   , common_cpu:   1, queue_mapping:   0 } hitcount:   12" */
static void read_line(struct hp_xmit *x, const char *line, const char *dev)
{
	unsigned int cpu, queue;
	unsigned long hits;
	char name[64];

	if (sscanf(line, "{ name: %63[^ ,] , common_cpu: %u, queue_mapping: %u } hitcount: %lu",
		   name, &cpu, &queue, &hits) != 4)
		return;
	if (!strcmp(name, dev) && cpu < HP_MAX_CPUS && queue < HP_XMIT_QUEUES)
		x->sent[cpu][queue] = hits;
}

int hp_xmit_read(struct hp_xmit *x, const char *dev)
{
	FILE *f = fopen(EVENT "/hist", "re");
	char line[512];

	if (!f)
		return -errno;
	memset(x, 0, sizeof(*x));
	while (fgets(line, sizeof(line), f))
		read_line(x, line, dev);
	fclose(f);
	return 0;
}
