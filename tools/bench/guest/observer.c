// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "observer.h"

#define TRACING	"/sys/kernel/tracing"
#define OURS	TRACING "/instances/hpbench"
#define ENABLE	OURS "/events/hpbench/accepted/enable"

/* skc_dport, the client's port in network order, is at 12 in a struct sock */
#define PROBE	"p:hpbench/accepted security_sock_graft port=+12($arg1):u16"

int observer_open(void)
{
	int ret = hp_append(TRACING "/kprobe_events", PROBE "\n");

	if (!ret && mkdir(OURS, 0700) && errno != EEXIST)
		ret = -errno;
	ret = ret ?: hp_write(OURS "/buffer_size_kb", "1024");
	return ret ?: hp_write(ENABLE, "1");
}

void observer_close(void)
{
	hp_write(ENABLE, "0");
	rmdir(OURS);
	hp_append(TRACING "/kprobe_events", "-:hpbench/accepted\n");
}

int observer_clear(void)
{
	int fd = open(OURS "/trace", O_WRONLY | O_TRUNC | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* "  nginx-97  [002] d..1.  4.123456: accepted: (security_...) port=513" */
static void take_line(char *line, int accept_cpu[65536])
{
	char *event = strstr(line, ": accepted: ");
	char *port = event ? strstr(event, " port=") : NULL;
	char *cpu;

	if (!port)
		return;
	*event = '\0';
	cpu = strrchr(line, '[');
	if (cpu)
		accept_cpu[ntohs(atoi(port + 6))] = strtol(cpu + 1, NULL, 10);
}

int observer_read(int accept_cpu[65536])
{
	FILE *f = fopen(OURS "/trace", "re");
	char line[512];
	int i;

	if (!f)
		return -errno;
	for (i = 0; i < 65536; i++)
		accept_cpu[i] = OBSERVER_NONE;
	while (fgets(line, sizeof(line), f))
		take_line(line, accept_cpu);
	fclose(f);
	return 0;
}
