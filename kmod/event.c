// SPDX-License-Identifier: GPL-2.0
#include "event.h"

#include <linux/rwsem.h>

/* Events are rare. Nests inside hp_net.lock; nothing nests inside it. */
static DECLARE_RWSEM(watch_lock);
static const struct hp_watcher *the_watcher;	/* under watch_lock */

void hp_event_watch(const struct hp_watcher *watcher)
{
	down_write(&watch_lock);
	the_watcher = watcher;
	up_write(&watch_lock);
}

void hp_event_rule(struct hp_net *hn, const struct hp_rule *rule,
		   enum hp_event event)
{
	down_read(&watch_lock);
	if (the_watcher)
		the_watcher->rule(hn, rule, event);
	up_read(&watch_lock);
}

void hp_event_group(const struct hp_group *g, enum hp_event event)
{
	down_read(&watch_lock);
	if (the_watcher)
		the_watcher->group(g, event);
	up_read(&watch_lock);
}

void hp_event_listener(const struct hp_group *g, const struct hp_listener *l,
		       enum hp_event event)
{
	down_read(&watch_lock);
	if (the_watcher)
		the_watcher->listener(g, l, event);
	up_read(&watch_lock);
}
