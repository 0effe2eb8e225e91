/* SPDX-License-Identifier: GPL-2.0 */
/* setup.h - a server as a scenario wants it, with the help of one variant */
#ifndef BENCH_SETUP_H
#define BENCH_SETUP_H

#include "client.h"
#include "server.h"

/* How a listener is chosen. */
enum variant {
	BY_HASH,
	BY_INCOMING_CPU,
	BY_CBPF,
	BY_HOMEPORT,
	NR_VARIANTS,
	/* one listener for all workers: nothing to choose */
	BY_SINGLE = NR_VARIANTS,
	NR_ALL_VARIANTS,
};

extern const char * const variant_names[NR_ALL_VARIANTS];

enum server_kind { SERVER_OWN, SERVER_NGINX, SERVER_HAPROXY };

/* Which CPUs have a listener. */
enum layout { ONE_PER_CPU, ONE_PER_NODE, ONE_PER_CORE, TWO_PER_CPU };

struct scenario {
	const char *name, *about;
	enum server_kind kind;
	enum layout layout;
	int family;
	bool unpinned;
	int busy;		/* connections on so many CPUs; 0: on all */
	int backlog;		/* own server; 0: as much as the system allows */
	bool idle;		/* own server: nobody accepts */
	bool gzip;		/* nginx serves files of DAEMON_ROOT, compressed */
	int requests;		/* on each connection; 0: one */
	bool proxy;		/* HAProxy asks a backend */
	int (*prepare)(void);	/* before each server; 0 or -errno */
};

/* A server that runs. */
struct setup {
	const struct scenario *scenario;
	enum variant variant;
	int cpus[HP_MAX_WORKERS];	/* of each worker */
	int workers;
	struct hp_server own;
	pid_t daemon;
};

#define SETUP_PORT	8080

/* Loads homeport where it is the variant, and not there yet. 0 or -errno. */
int setup_start(struct setup *s, const struct scenario *scenario,
		enum variant variant);
/* All as before, homeport unloaded. 0 or -errno. */
int setup_stop(struct setup *s);

#endif /* BENCH_SETUP_H */
