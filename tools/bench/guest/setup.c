// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ctl.h"
#include "daemon.h"
#include "module.h"
#include "setup.h"
#include "sockset.h"

const char * const variant_names[NR_ALL_VARIANTS] = {
	[BY_HASH]		= "hash",
	[BY_INCOMING_CPU]	= "incoming_cpu",
	[BY_CBPF]		= "cbpf",
	[BY_HOMEPORT]		= "homeport",
	[BY_SINGLE]		= "single",
};

/* Is @cpu the first that is this near to another one before it? */
static bool is_first(const int *cpus, int i, enum hp_near near)
{
	int j;

	for (j = 0; j < i; j++)
		if (hp_cpu_near(cpus[i], cpus[j]) <= near)
			return false;
	return true;
}

static void lay_out(struct setup *s)
{
	int cpus[HP_MAX_CPUS];
	int i, nr = hp_cpus(cpus);
	enum layout layout = s->scenario->layout;

	s->workers = 0;
	for (i = 0; i < nr * (layout == TWO_PER_CPU ? 2 : 1); i++) {
		if (layout == ONE_PER_NODE && !is_first(cpus, i, HP_SAME_NODE))
			continue;
		if (layout == ONE_PER_CORE && !is_first(cpus, i, HP_SAME_CORE))
			continue;
		if (s->workers < HP_MAX_WORKERS)
			s->cpus[s->workers++] = cpus[i % nr];
	}
}

static int start_own(struct setup *s)
{
	struct hp_server_conf conf = {
		.family = s->scenario->family,
		.v6only = true,
		.port = SETUP_PORT,
		.workers = s->workers,
		.backlog = s->scenario->backlog,
		.idle = s->scenario->idle,
		.pin = s->scenario->unpinned ? NULL : s->cpus,
	};

	if (s->variant == BY_INCOMING_CPU) {
		conf.incoming = s->cpus;
		conf.incoming_when = HP_AFTER_LISTEN;
	}
	if (s->variant == BY_CBPF)
		conf.cbpf = s->workers;
	return hp_server_start(&s->own, &conf);
}

/* What the server itself knows nothing of. */
static int help_daemon(struct setup *s)
{
	struct sockset set;
	int ret;

	ret = sockset_open(&set, s->daemon, SETUP_PORT);
	if (!ret && set.nr != (s->variant == BY_SINGLE ? 1 : s->workers))
		ret = -ERANGE;
	if (!ret && s->variant == BY_INCOMING_CPU)
		ret = sockset_incoming_cpu(&set, s->cpus);
	if (!ret && s->variant == BY_CBPF)
		ret = sockset_cbpf(&set);
	sockset_close(&set);
	return ret;
}

static int start_daemon(struct setup *s)
{
	int ret;

	if (s->scenario->kind == SERVER_NGINX)
		ret = nginx_start(&s->daemon, &(struct nginx_conf){
				.port = SETUP_PORT, .workers = s->workers,
				.pinned = !s->scenario->unpinned,
				.single = s->variant == BY_SINGLE,
				.gzip = s->scenario->gzip,
				.keepalive = s->scenario->requests > 1,
			});
	else
		ret = haproxy_start(&s->daemon, SETUP_PORT, s->workers,
				    s->scenario->proxy);
	if (ret) {
		s->daemon = 0;
		return ret;
	}
	return help_daemon(s);
}

/*
 * An emulated HAProxy that is not alone on its host does not come to accept for
 * more than the default now and then, and others get its connections: as is meant,
 * but not what is measured here.
 */
#define HAPROXY_STALL_MS	100

static int load_module(enum server_kind server)
{
	char params[32];
	int ret;

	if (hp_module_present("homeport"))
		return 0;
	snprintf(params, sizeof(params), "ports=%d", SETUP_PORT);
	ret = hp_module_load(params);
	if (!ret && server == SERVER_HAPROXY)
		ret = hp_rules_set(HOMEPORT_A_RULE_STALL_MS,
				   HAPROXY_STALL_MS);
	return ret;
}

int setup_start(struct setup *s, const struct scenario *scenario,
		enum variant variant)
{
	int ret;

	memset(s, 0, sizeof(*s));
	s->scenario = scenario;
	s->variant = variant;
	lay_out(s);
	ret = scenario->prepare ? scenario->prepare() : 0;
	if (!ret && variant == BY_HOMEPORT)
		ret = load_module(scenario->kind);
	if (ret)
		return ret;
	return scenario->kind == SERVER_OWN ? start_own(s) : start_daemon(s);
}

int setup_stop(struct setup *s)
{
	if (s->daemon)
		daemon_stop(s->daemon);
	if (s->scenario->kind == SERVER_OWN)
		hp_server_stop(&s->own);
	if (!hp_module_present("homeport"))
		return 0;
	return HP_WAIT_FOR(!hp_module_unload(), HP_LATER) ? 0 : -EBUSY;
}
