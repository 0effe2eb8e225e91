// SPDX-License-Identifier: GPL-2.0
/*
 * Others trace the functions that homeport hooks, at the same time.
 *
 *  1. homeport manages a group of pinned workers
 *  2. a tracer is set on the functions of the hook points: function, function_graph, a
 *     kprobe at their entry, or a kretprobe at their end
 *  3. connections are accepted on their flow CPU as before, and the tracer saw
 *     the picks
 *  4. the same with the tracer there first, and homeport loaded after it
 */
#include <fcntl.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "stage.h"

#define PORT		8201
#define CONNECTIONS	256
#define TRACING		"/sys/kernel/tracing/"

static struct hp_stage stage;

/* The first is set by FIXTURE_SETUP(): that which each pick passes. */
static const char *hooked[] = {
	NULL, "inet_csk_accept", "inet_listen",
	"reuseport_stop_listen_sock", "security_sock_graft",
};

#define NR_HOOKED	(sizeof(hooked) / sizeof(*hooked))

FIXTURE(traced)
{
	struct hp_server_conf conf;
};

FIXTURE_VARIANT(traced)
{
	const char *tracer;	/* or NULL */
	char probe;		/* or 'p', 'r' */
	int family;
};

FIXTURE_VARIANT_ADD(traced, ipv4_function) {
	.tracer = "function", .family = AF_INET,
};

FIXTURE_VARIANT_ADD(traced, ipv6_function_graph) {
	.tracer = "function_graph", .family = AF_INET6,
};

FIXTURE_VARIANT_ADD(traced, ipv6_kprobe) {
	.probe = 'p', .family = AF_INET6,
};

FIXTURE_VARIANT_ADD(traced, ipv4_kretprobe) {
	.probe = 'r', .family = AF_INET,
};

/* What ">" alone does in a shell: tracefs forgets the list. */
static void clear(const char *path)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
}

static int tracer_on(const char *tracer)
{
	int ret = 0;
	size_t i;

	for (i = 0; !ret && i < NR_HOOKED; i++)
		ret = hp_append(TRACING "set_ftrace_filter", hooked[i]);
	return ret ?: hp_write(TRACING "current_tracer", "%s", tracer);
}

static int probes_on(char kind)
{
	char line[128];
	int ret = 0;
	size_t i;

	for (i = 0; !ret && i < NR_HOOKED; i++) {
		snprintf(line, sizeof(line), "%c:hptest/on_%s %s", kind,
			 hooked[i], hooked[i]);
		ret = hp_append(TRACING "kprobe_events", line);
	}
	return ret ?: hp_write(TRACING "events/hptest/enable", "1");
}

static void tracing_off(void)
{
	hp_write(TRACING "events/hptest/enable", "0");
	clear(TRACING "kprobe_events");
	hp_write(TRACING "current_tracer", "nop");
	clear(TRACING "set_ftrace_filter");
}

/* Does the trace name the pick's function? */
static bool saw_picks(void)
{
	FILE *f = fopen(TRACING "trace", "re");
	bool seen = false;
	char line[512];

	while (f && !seen && fgets(line, sizeof(line), f))
		seen = line[0] != '#' && strstr(line, hooked[0]);
	if (f)
		fclose(f);
	return seen;
}

FIXTURE_SETUP(traced)
{
	if (access(TRACING "kprobe_events", W_OK) ||
	    access(TRACING "set_ftrace_filter", W_OK))
		HP_SKIP("the kernel has no tracefs with ftrace and kprobes");
	/* a kernel with an owner of its groups asks that before it hashes */
	hooked[0] = strcmp(hp_module_attach(), "native") ?
		    "reuseport_select_sock" : "__reuseport_owner_select";
	tracing_off();
	clear(TRACING "trace");
	HP_STAGE_OPEN(&stage, 2);
	hp_stage_conf(&stage, variant->family, PORT, &self->conf);
}

FIXTURE_TEARDOWN(traced)
{
	tracing_off();
	HP_STAGE_CLOSE(&stage);
}

#define TRACE_ON() \
	ASSERT_EQ(0, variant->tracer ? tracer_on(variant->tracer) : \
				       probes_on(variant->probe))

#define EXPECT_LOCAL(what) do {						\
	ASSERT_EQ(0, hp_stage_load_total(&stage, CONNECTIONS));		\
	HP_EXPECT_HOME(&stage, what);					\
} while (0)

TEST_F_TIMEOUT(traced, after_homeport, HP_TEST_LIMIT)
{
	HP_STAGE_MANAGE(&stage, PORT);
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	EXPECT_LOCAL("not traced yet");
	TRACE_ON();
	EXPECT_LOCAL("traced");
	EXPECT_TRUE(saw_picks());
	tracing_off();
	EXPECT_LOCAL("not traced any more");
}

TEST_F_TIMEOUT(traced, before_homeport, HP_TEST_LIMIT)
{
	TRACE_ON();
	HP_STAGE_MANAGE(&stage, PORT);
	ASSERT_EQ(0, hp_server_start(&stage.server, &self->conf));
	EXPECT_LOCAL("traced");
	EXPECT_TRUE(saw_picks());
}

HP_MAIN
