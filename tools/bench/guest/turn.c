// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ctl.h"
#include "module.h"
#include "record.h"
#include "turn.h"

#define MIGRATE_REQ	"/proc/sys/net/ipv4/tcp_migrate_req"
#define PARAMS		"ports=8080 grace_ms=10000"

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

static bool all_released(struct hp_ctl *ctl)
{
	struct hp_group_info groups[4];
	int i, nr = hp_groups(ctl, groups, 4);

	for (i = 0; i < nr; i++)
		hp_group_release(ctl, groups[i].id);
	return !nr;
}

/*
 * The servers have gone, and shut their listeners down. Closed ones that are
 * still kept are none of the next trial's.
 */
static int release(void)
{
	struct hp_ctl ctl;
	bool done;

	if (hp_ctl_open(&ctl))
		return -EPROTO;
	done = HP_WAIT_FOR(all_released(&ctl), HP_LATER);
	hp_ctl_close(&ctl);
	return done ? 0 : -EBUSY;
}

bool turn(struct tun *tun, const struct cell *cell, enum column column, int nr,
	  struct trial_result *r)
{
	const char *step = "homeport's coming or going";
	int ret;

	ret = prepare(column);
	ret = ret ?: trial_run(tun, cell, nr, r, &step);
	if (!ret && column == COLUMN_HOMEPORT) {
		step = "the release of what is kept";
		ret = release();
	}
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

void turn_end(void)
{
	prepare(COLUMN_HASH);
	trial_restore();
}
