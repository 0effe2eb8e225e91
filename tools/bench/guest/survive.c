// SPDX-License-Identifier: GPL-2.0
/*
 * survive [-c COLUMN,...] [-n CONNECTIONS] [-a ROW,...] ROW...
 * survive -p [-c COLUMN,...] [-n CONNECTIONS]
 * survive -l
 *
 * What is lost when listeners come and go?
 *
 *  1. for each cell of a row: a server starts, clients open connections as far
 *     as the kind says, the row's change happens, the clients go on
 *  2. each column has its turn in each cell: hash is the stock kernel,
 *     migrate_req the same with net.ipv4.tcp_migrate_req=1, homeport has the
 *     module loaded
 *  3. lines for the report go to /out/records and, after "#= ", to standard
 *     output, so that the host has those of a boot that was cut short. Checks
 *     go there too (TAP): homeport may lose nothing that it claims
 *
 * -l: the names of the rows. -a: rows that other programs do after this one,
 * for the estimate of the time that is left. -p: the fewest cells that have
 * each pair of row, kind, family and owner, instead of whole rows; the stock
 * kernel only where it shows that the test can fail.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "module.h"
#include "procs.h"
#include "record.h"
#include "trial.h"

#define MIGRATE_REQ	"/proc/sys/net/ipv4/tcp_migrate_req"
#define PARAMS		"ports=8080 grace_ms=10000"

struct options {
	bool columns[NR_COLUMNS];
	bool pairwise;
	int connections;
	unsigned int weight_after;
};

static struct options opt = {
	.columns = { true, true, true },
	.connections = 64,
};

static struct tun tun;
static unsigned int weight_done, weight_left;
static u64 started;

static int nr_columns(void)
{
	return opt.columns[0] + opt.columns[1] + opt.columns[2];
}

static unsigned int row_weight(enum row row)
{
	unsigned int sum = 0;
	struct cell cell;
	int i;

	for (i = 0; i < CELLS_PER_ROW; i++) {
		cell = row_cell(row, i);
		sum += cell_weight(&cell);
	}
	return sum * nr_columns();
}

/* "3 min left", by what was done so far. */
static const char *time_left(void)
{
	static char text[32];
	u64 ms = (hp_now() - started) * (weight_left + opt.weight_after) /
		 (weight_done ?: 1);

	if (ms < 100000)
		snprintf(text, sizeof(text), "%d s left", (int)(ms / 1000));
	else
		snprintf(text, sizeof(text), "%d min left", (int)(ms / 60000));
	return text;
}

/* Only homeport's turn has the module. 0 or -errno. */
static int prepare(enum column column)
{
	int ret = 0;

	if (hp_module_present("homeport") && column != COLUMN_HOMEPORT)
		ret = HP_WAIT_FOR(!hp_module_unload(), HP_LATER) ? 0 : -EBUSY;
	if (!hp_module_present("homeport") && column == COLUMN_HOMEPORT)
		ret = hp_module_load(PARAMS);
	return ret ?: hp_write(MIGRATE_REQ, "%d", column == COLUMN_MIGRATE_REQ);
}

static void put(const struct cell *cell, enum column column, const char *metric,
		int value, int n, const char *reason)
{
	record("scenario=%s\tvariant=%s\tkind=%s\tfamily=%s\tuid=%s\tmetric=%s\tvalue=%d\tunit=connections\tn=%d%s%s",
	       row_infos[cell->row].name, column_names[column],
	       kind_names[cell->kind], family_names[cell->family],
	       owner_names[cell->owner], metric, value, n,
	       reason ? "\treason=" : "", reason ?: "");
}

static void put_result(const struct cell *cell, enum column column,
		       const struct trial_result *r)
{
	const char *reason = column == COLUMN_HOMEPORT ? not_claimed(cell) : NULL;

	put(cell, column, "lost", r->lost, r->open, reason);
	if (r->late)
		put(cell, column, "refused", r->refused, r->late, reason);
}

static void check_homeport(const struct cell *cell, const struct trial_result *r)
{
	const char *reason = not_claimed(cell);

	if (reason)
		printf("# %s: not claimed, %s\n", cell_name(cell), reason);
	else
		check(!r->lost && !r->refused,
		      "%s: homeport loses none of %d, and of %d new ones",
		      cell_name(cell), r->open, r->late);
}

/* A cell that was not tried is a failed check, and has no record. */
static bool try(const struct cell *cell, enum column column,
		struct trial_result *r)
{
	const char *step = "homeport's coming or going";
	int ret;

	ret = prepare(column);
	ret = ret ?: trial_run(&tun, cell, opt.connections, r, &step);
	if (ret)
		return check(false, "%s, %s: %s: %s", cell_name(cell),
			     column_names[column], step, strerror(-ret));
	put_result(cell, column, r);
	if (r->lost || r->refused)
		printf("# %s, %s: lost %d of %d (%s), refused %d of %d (%s)\n",
		       cell_name(cell), column_names[column], r->lost, r->open,
		       r->why, r->refused, r->late, r->late_why);
	if (column == COLUMN_HOMEPORT)
		check_homeport(cell, r);
	return true;
}

/* What became of several cells, for who watches. */
struct sums {
	int lost[NR_COLUMNS], open[NR_COLUMNS];
	int refused[NR_COLUMNS], late[NR_COLUMNS];
};

static void add(struct sums *sums, enum column c, const struct trial_result *r)
{
	sums->lost[c] += r->lost;
	sums->open[c] += r->open;
	sums->refused[c] += r->refused;
	sums->late[c] += r->late;
}

static void try_all(const struct cell *cell, const bool columns[NR_COLUMNS],
		    struct sums *sums)
{
	struct trial_result r;
	enum column c;

	for (c = 0; c < NR_COLUMNS; c++)
		if (columns[c] && try(cell, c, &r))
			add(sums, c, &r);
	weight_done += cell_weight(cell) * nr_columns();
	weight_left -= cell_weight(cell) * nr_columns();
}

static void show(const char *what, const struct sums *sums)
{
	char text[256] = "";
	enum column c;
	int len = 0;

	for (c = 0; c < NR_COLUMNS; c++) {
		if (!sums->open[c])
			continue;
		len += snprintf(text + len, sizeof(text) - len,
				", %s %d of %d", column_names[c], sums->lost[c],
				sums->open[c]);
		if (sums->late[c])
			len += snprintf(text + len, sizeof(text) - len,
					" and %d new of %d", sums->refused[c],
					sums->late[c]);
	}
	progress("%s: lost%s; %s", what, text + !!len, time_left());
}

static void do_row(enum row row)
{
	const int per_kind = CELLS_PER_ROW / NR_KINDS;
	struct sums sums = {};
	struct cell cell;
	char what[64];
	int i;

	for (i = 0; i < CELLS_PER_ROW; i++) {
		cell = row_cell(row, i);
		try_all(&cell, opt.columns, &sums);
		if ((i + 1) % per_kind)
			continue;
		snprintf(what, sizeof(what), "%s, %s", row_infos[row].name,
			 kind_names[cell.kind]);
		show(what, &sums);
		sums = (struct sums){};
	}
	/* for the host: all of it is there, whatever comes after */
	printf("#= complete: %s\n", row_infos[row].name);
}

/* Here the stock kernel is known to lose: if it does not, the test is blind. */
static bool stock_loses(const struct cell *cell)
{
	switch (cell->row) {
	case ROW_SHRINK:
	case ROW_OVERLAP:
	case ROW_GAP_10MS:
		return cell->kind == KIND_HALF_OPEN || cell->kind == KIND_QUEUED;
	default:
		return false;
	}
}

static void check_pairs(void)
{
	struct cell cells[NR_PAIRWISE], one;
	int i, needless = 0;

	for (i = 0; i < NR_PAIRWISE; i++)
		cells[i] = pairwise_cell(i);
	check(covers_pairs(cells, NR_PAIRWISE),
	      "%d of %d cells have each pair of row, kind, family and owner",
	      NR_PAIRWISE, NR_ROWS * CELLS_PER_ROW);
	for (i = 0; i < NR_PAIRWISE; i++) {
		one = cells[i];
		/* in its place its neighbour once more */
		cells[i] = cells[(i + 1) % NR_PAIRWISE];
		needless += covers_pairs(cells, NR_PAIRWISE);
		cells[i] = one;
	}
	check(!needless, "and without any one of them they have not");
}

static void do_pairwise(void)
{
	bool columns[NR_COLUMNS] = { false };
	struct trial_result stock;
	struct sums sums = {};
	struct cell cell;
	int i;

	columns[COLUMN_HOMEPORT] = opt.columns[COLUMN_HOMEPORT];
	for (i = 0; i < NR_PAIRWISE; i++) {
		cell = pairwise_cell(i);
		weight_left += cell_weight(&cell) * nr_columns();
	}
	for (i = 0; i < NR_PAIRWISE; i++) {
		cell = pairwise_cell(i);
		if (opt.columns[COLUMN_HASH] && stock_loses(&cell) &&
		    try(&cell, COLUMN_HASH, &stock))
			check(stock.lost, "%s: the stock kernel loses some of %d",
			      cell_name(&cell), stock.open);
		try_all(&cell, columns, &sums);
		if (cell.kind == NR_KINDS - 1) {
			show(row_infos[cell.row].name, &sums);
			sums = (struct sums){};
		}
	}
}

static int usage(void)
{
	enum row row;

	fprintf(stderr, "usage: survive [-c COLUMN,...] [-n CONNECTIONS] [-a ROW,...] { -p | ROW... }\n");
	for (row = 0; row < NR_ROWS; row++)
		fprintf(stderr, "  %-16s %s\n", row_infos[row].name,
			row_infos[row].about);
	return 2;
}

static bool parse_columns(char *list)
{
	enum column c;
	char *word;

	memset(opt.columns, 0, sizeof(opt.columns));
	while ((word = strsep(&list, ","))) {
		for (c = 0; c < NR_COLUMNS; c++)
			if (!strcmp(word, column_names[c]))
				break;
		if (c == NR_COLUMNS)
			return false;
		opt.columns[c] = true;
	}
	return true;
}

static unsigned int parse_after(char *list)
{
	unsigned int sum = 0;
	char *word;
	enum row row;

	while ((word = strsep(&list, ","))) {
		row = row_find(word);
		sum += row < NR_ROWS ? row_weight(row) : 0;
	}
	return sum;
}

static void do_rows(char **names, int nr)
{
	enum row row;
	int i;

	for (i = 0; i < nr; i++) {
		row = row_find(names[i]);
		weight_left += row < NR_ROWS ? row_weight(row) : 0;
	}
	for (i = 0; i < nr; i++) {
		row = row_find(names[i]);
		if (check(row < NR_ROWS, "there is a row %s", names[i]))
			do_row(row);
	}
}

static int list(void)
{
	enum row row;

	for (row = 0; row < NR_ROWS; row++)
		puts(row_infos[row].name);
	return 0;
}

int main(int argc, char **argv)
{
	char *after = NULL;
	int o;

	while ((o = getopt(argc, argv, "c:n:a:pl")) != -1) {
		if (o == 'c' && parse_columns(optarg))
			continue;
		else if (o == 'n')
			opt.connections = atoi(optarg);
		else if (o == 'a')
			after = optarg;
		else if (o == 'l')
			return list();
		else if (o == 'p')
			opt.pairwise = true;
		else
			return usage();
	}
	if (opt.connections < 1 || opt.connections > CALLERS_MAX ||
	    opt.pairwise == (optind < argc))
		return usage();
	opt.weight_after = after ? parse_after(after) : 0;
	started = hp_now();
	if (check(!record_open() && !procs_adopt() && !tun_open(&tun, 1),
		  "prepared: records, orphans, clients")) {
		record_aloud();
		record_machine(hp_nr_cpus());
		if (opt.pairwise) {
			check_pairs();
			do_pairwise();
		} else {
			do_rows(argv + optind, argc - optind);
		}
		trial_restore();
		record_close();
	}
	return checks_end();
}
