// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "matrix.h"

/* www-data in Debian and in the guest */
#define OTHER_UID	33
/* A cell without a gap, in milliseconds, as measured on an emulated machine. */
#define PLAIN_WEIGHT	100
#define DAEMON_WEIGHT	600

const struct row_info row_infos[NR_ROWS] = {
	[ROW_GROW]		= { "grow", "4 listeners, then 8" },
	[ROW_SHRINK]		= { "shrink", "4 listeners, then 2" },
	[ROW_ONE_BY_ONE]	= { "one-by-one", "each of 4 closed, and its successor started" },
	[ROW_OVERLAP]		= { "overlap", "4 new ones, then the 4 old ones closed" },
	[ROW_KILL_ONE]		= { "kill-one", "SIGKILL of 1 of 4" },
	[ROW_KILL_ALL]		= { "kill-all", "SIGKILL of all 4 at once, 4 new ones",
				    .ends = true },
	[ROW_GAP_10MS]		= { "gap-10ms", "all closed, 10 ms later 4 new ones",
				    .gap = 10, .ends = true },
	[ROW_GAP_100MS]		= { "gap-100ms", "the same, 100 ms", .gap = 100,
				    .ends = true },
	[ROW_GAP_1S]		= { "gap-1s", "the same, 1 s", .gap = 1000,
				    .ends = true },
	[ROW_GAP_5S]		= { "gap-5s", "the same, 5 s", .gap = 5000,
				    .ends = true },
	[ROW_TWICE]		= { "twice", "two such restarts of 100 ms, one after the other",
				    .gap = 100, .ends = true },
	[ROW_NGINX_RELOAD]	= { "nginx-reload", "nginx -s reload", SERVER_NGINX },
	[ROW_NGINX_FEWER]	= { "nginx-fewer", "nginx, 4 workers, reloaded with 2",
				    SERVER_NGINX },
	[ROW_NGINX_UPGRADE]	= { "nginx-upgrade", "nginx, SIGUSR2, the old one quits",
				    SERVER_NGINX },
	[ROW_NGINX_TEST]	= { "nginx-test", "nginx -t beside it", SERVER_NGINX },
	[ROW_HAPROXY_RELOAD]	= { "haproxy-reload", "haproxy -sf", SERVER_HAPROXY },
	[ROW_STOP_START]	= { "stop-start", "nginx, SIGTERM to all of it, its end awaited, started",
				    SERVER_NGINX, .ends = true },
};

const char * const kind_names[NR_KINDS] = {
	[KIND_HALF_OPEN]	= "half-open",
	[KIND_QUEUED]		= "queued",
	[KIND_COOKIE]		= "syn-cookie",
	[KIND_FASTOPEN]		= "fastopen",
	[KIND_DEFERRED]		= "defer-accept",
};

const char * const family_names[NR_FAMILIES] = { "ipv4", "ipv6", "dual" };
const char * const owner_names[NR_OWNERS] = { "root", "other" };
const char * const column_names[NR_COLUMNS] = { "hash", "migrate_req", "homeport" };

enum row row_find(const char *name)
{
	enum row row;

	for (row = 0; row < NR_ROWS; row++)
		if (!strcmp(row_infos[row].name, name))
			break;
	return row;
}

uid_t owner_uid(enum owner owner)
{
	return owner == OWNER_ROOT ? 0 : OTHER_UID;
}

int listener_family(enum family family)
{
	return family == FAMILY_IPV4 ? AF_INET : AF_INET6;
}

int client_family(enum family family)
{
	return family == FAMILY_IPV6 ? AF_INET6 : AF_INET;
}

struct cell row_cell(enum row row, int i)
{
	return (struct cell){
		.row = row,
		.kind = i / CELLS_PER_KIND,
		.family = i / NR_OWNERS % NR_FAMILIES,
		.owner = i % NR_OWNERS,
	};
}

/*
 * Each kind in each row, so as many as there must be. As rows and kinds are
 * more than families and owners, counting along gives all other pairs.
 */
struct cell pairwise_cell(int i)
{
	enum row row = i / NR_KINDS;
	enum kind kind = i % NR_KINDS;

	return (struct cell){
		.row = row, .kind = kind,
		.family = (row + kind) % NR_FAMILIES,
		.owner = (row + kind) % NR_OWNERS,
	};
}

#define NR_VALUES	(NR_ROWS + NR_KINDS + NR_FAMILIES + NR_OWNERS)
#define NR_FACTORS	4

static const int first_value[NR_FACTORS + 1] = {
	0, NR_ROWS, NR_ROWS + NR_KINDS, NR_ROWS + NR_KINDS + NR_FAMILIES,
	NR_VALUES,
};

/* All values of all factors, numbered through. */
static void values_of(const struct cell *cell, int values[NR_FACTORS])
{
	values[0] = first_value[0] + cell->row;
	values[1] = first_value[1] + cell->kind;
	values[2] = first_value[2] + cell->family;
	values[3] = first_value[3] + cell->owner;
}

static bool have_pair(bool seen[NR_VALUES][NR_VALUES], int f, int g)
{
	int a, b;

	for (a = first_value[f]; a < first_value[f + 1]; a++)
		for (b = first_value[g]; b < first_value[g + 1]; b++)
			if (!seen[a][b])
				return false;
	return true;
}

bool covers_pairs(const struct cell *cells, int nr)
{
	bool seen[NR_VALUES][NR_VALUES] = {};
	int values[NR_FACTORS];
	int i, f, g;

	for (i = 0; i < nr; i++) {
		values_of(&cells[i], values);
		for (f = 0; f < NR_FACTORS; f++)
			for (g = 0; g < NR_FACTORS; g++)
				seen[values[f]][values[g]] = true;
	}
	for (f = 0; f < NR_FACTORS; f++)
		for (g = f + 1; g < NR_FACTORS; g++)
			if (!have_pair(seen, f, g))
				return false;
	return true;
}

/* Nothing is lost in any of them. What is found to be is to be named here. */
const char *not_claimed(const struct cell *cell)
{
	return NULL;
}

unsigned int cell_weight(const struct cell *cell)
{
	const struct row_info *row = &row_infos[cell->row];
	unsigned int gap = cell->row == ROW_TWICE ? 2 * row->gap : row->gap;

	return gap + (row->server == SERVER_CREW ? PLAIN_WEIGHT : DAEMON_WEIGHT);
}

const char *cell_name(const struct cell *cell)
{
	static char name[96];

	snprintf(name, sizeof(name), "%s, %s, %s, %s",
		 row_infos[cell->row].name, kind_names[cell->kind],
		 family_names[cell->family], owner_names[cell->owner]);
	return name;
}
