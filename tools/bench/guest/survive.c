// SPDX-License-Identifier: GPL-2.0
/*
 * survive [-c COLUMN,...] [-n CONNECTIONS] [-a WEIGHT] ROW...
 * survive -p [-c COLUMN,...] [-n CONNECTIONS]
 * survive -l | -w ROW...
 *
 * What is lost when listeners come and go?
 *
 *  1. for each cell of a row: a server starts, clients open connections as far
 *     as the kind says, the row's change happens, the clients go on
 *  2. each column has its turn in each kind of a row: hash is the stock kernel,
 *     migrate_req the same with net.ipv4.tcp_migrate_req=1, homeport has the
 *     module loaded
 *  3. lines for the report go to /out/records and, after "#= ", to standard
 *     output, so that the host has those of a boot that was cut short. Checks
 *     go there too (TAP): homeport may lose nothing that it claims
 *
 * -l: the names of the rows. -w: their weight, about the time they take; -a:
 * that of the rows that other programs do after this one, to say how much time
 * is left. -p: the fewest cells that have each pair of row, kind, family and
 * owner, instead of whole rows; the stock kernel only where it shows that the
 * test can fail.
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "procs.h"
#include "record.h"
#include "turn.h"

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

/* Each column has its turn in all of them: homeport loads once. */
static void try_all(const struct cell *cells, int nr,
		    const bool columns[NR_COLUMNS], struct sums *sums)
{
	struct trial_result r;
	enum column c;
	int i;

	for (c = 0; c < NR_COLUMNS; c++)
		for (i = 0; columns[c] && i < nr; i++)
			if (turn(&tun, &cells[i], c, opt.connections, &r))
				add(sums, c, &r);
	for (i = 0; i < nr; i++) {
		weight_done += cell_weight(&cells[i]) * nr_columns();
		weight_left -= cell_weight(&cells[i]) * nr_columns();
	}
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

static void do_kind(enum row row, enum kind kind)
{
	struct cell cells[CELLS_PER_KIND];
	struct sums sums = {};
	char what[64];
	int i;

	for (i = 0; i < CELLS_PER_KIND; i++)
		cells[i] = row_cell(row, kind * CELLS_PER_KIND + i);
	try_all(cells, CELLS_PER_KIND, opt.columns, &sums);
	snprintf(what, sizeof(what), "%s, %s", row_infos[row].name,
		 kind_names[kind]);
	show(what, &sums);
}

static void do_row(enum row row)
{
	enum kind kind;

	for (kind = 0; kind < NR_KINDS; kind++)
		do_kind(row, kind);
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
		    turn(&tun, &cell, COLUMN_HASH, opt.connections, &stock))
			check(stock.lost, "%s: the stock kernel loses some of %d",
			      cell_name(&cell), stock.open);
		try_all(&cell, 1, columns, &sums);
		if (cell.kind == NR_KINDS - 1) {
			show(row_infos[cell.row].name, &sums);
			sums = (struct sums){};
		}
	}
}

static int usage(void)
{
	enum row row;

	fprintf(stderr, "usage: survive [-c COLUMN,...] [-n CONNECTIONS] [-a WEIGHT] { -p | ROW... }\n"
		"       survive { -l | -w ROW... }\n");
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

static unsigned int weight_of(char **names, int nr)
{
	unsigned int sum = 0;
	enum row row;
	int i;

	for (i = 0; i < nr; i++) {
		row = row_find(names[i]);
		sum += row < NR_ROWS ? row_weight(row) : 0;
	}
	return sum;
}

static void do_rows(char **names, int nr)
{
	enum row row;
	int i;

	weight_left = weight_of(names, nr);
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

static int weigh(char **names, int nr)
{
	printf("%u\n", weight_of(names, nr));
	return 0;
}

static int run(int argc, char **argv)
{
	if (opt.connections < 1 || opt.connections > CALLERS_MAX ||
	    opt.pairwise == !!argc)
		return usage();
	started = hp_now();
	/* a worker that could not start is a failed check */
	signal(SIGPIPE, SIG_IGN);
	if (check(!record_open() && !procs_adopt() && !tun_open(&tun, 1),
		  "prepared: records, orphans, clients")) {
		record_aloud();
		record_machine(hp_nr_cpus());
		if (opt.pairwise) {
			check_pairs();
			do_pairwise();
		} else {
			do_rows(argv, argc);
		}
		turn_end();
		record_close();
	}
	return checks_end();
}

int main(int argc, char **argv)
{
	bool weighing = false;
	int o;

	while ((o = getopt(argc, argv, "c:n:a:plw")) != -1) {
		if (o == 'c' && parse_columns(optarg))
			continue;
		else if (o == 'n')
			opt.connections = atoi(optarg);
		else if (o == 'a')
			opt.weight_after = atoi(optarg);
		else if (o == 'p')
			opt.pairwise = true;
		else if (o == 'w')
			weighing = true;
		else if (o == 'l')
			return list();
		else
			return usage();
	}
	return weighing ? weigh(argv + optind, argc - optind) :
			  run(argc - optind, argv + optind);
}
