/* SPDX-License-Identifier: GPL-2.0 */
/*
 * matrix.h - the cells of the loss matrix: what changes, which connections are
 * open meanwhile, and which of the cells homeport does not claim
 */
#ifndef BENCH_MATRIX_H
#define BENCH_MATRIX_H

#include <netinet/in.h>
#include <sys/types.h>

#include "hp.h"

/* What happens to the listeners. */
enum row {
	ROW_GROW,
	ROW_SHRINK,
	ROW_ONE_BY_ONE,
	ROW_OVERLAP,
	ROW_KILL_ONE,
	ROW_KILL_ALL,
	ROW_GAP_10MS,
	ROW_GAP_100MS,
	ROW_GAP_1S,
	ROW_GAP_5S,
	ROW_TWICE,
	ROW_NGINX_RELOAD,
	ROW_NGINX_FEWER,
	ROW_NGINX_UPGRADE,
	ROW_NGINX_TEST,
	ROW_HAPROXY_RELOAD,
	ROW_STOP_START,
	NR_ROWS,
};

/* How far the connections are when it happens. */
enum kind {
	KIND_HALF_OPEN,
	KIND_QUEUED,
	KIND_COOKIE,
	KIND_FASTOPEN,
	KIND_DEFERRED,
	NR_KINDS,
};

enum family {
	FAMILY_IPV4,
	FAMILY_IPV6,
	FAMILY_DUAL,	/* IPv4 clients of an IPv6 listener */
	NR_FAMILIES,
};

enum owner { OWNER_ROOT, OWNER_OTHER, NR_OWNERS };

enum column { COLUMN_HASH, COLUMN_MIGRATE_REQ, COLUMN_HOMEPORT, NR_COLUMNS };

enum server_type { SERVER_CREW, SERVER_NGINX, SERVER_HAPROXY };

struct cell {
	enum row row;
	enum kind kind;
	enum family family;
	enum owner owner;
};

struct row_info {
	const char *name, *about;
	enum server_type server;
	unsigned int gap;	/* in milliseconds, nobody listens */
	bool ends;		/* for a while nobody listens */
};

extern const struct row_info row_infos[NR_ROWS];
extern const char * const kind_names[NR_KINDS];
extern const char * const family_names[NR_FAMILIES];
extern const char * const owner_names[NR_OWNERS];
extern const char * const column_names[NR_COLUMNS];

#define CELLS_PER_KIND	(NR_FAMILIES * NR_OWNERS)
#define CELLS_PER_ROW	(NR_KINDS * CELLS_PER_KIND)
#define NR_PAIRWISE	(NR_ROWS * NR_KINDS)

/* NR_ROWS when there is none. */
enum row row_find(const char *name);
uid_t owner_uid(enum owner owner);
/* Of the listener, and of its clients. */
int listener_family(enum family family);
int client_family(enum family family);

/* The i-th cell of a row, below CELLS_PER_ROW; one kind after the other. */
struct cell row_cell(enum row row, int i);
/* The i-th of the fewest cells that have each pair of values. */
struct cell pairwise_cell(int i);
/* Has each pair of values a cell? */
bool covers_pairs(const struct cell *cells, int nr);

/* Why homeport does not promise that nothing is lost, or NULL. */
const char *not_claimed(const struct cell *cell);
/* About how long it takes, for an estimate, in milliseconds. */
unsigned int cell_weight(const struct cell *cell);
/* "grow, half-open, ipv4, root"; valid until the next call. */
const char *cell_name(const struct cell *cell);

#endif /* BENCH_MATRIX_H */
