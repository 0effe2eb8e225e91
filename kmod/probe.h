/* SPDX-License-Identifier: GPL-2.0 */
/* probe.h - does a stalled listener accept again? */
#ifndef HOMEPORT_PROBE_H
#define HOMEPORT_PROBE_H

#include <linux/types.h>

struct hp_listener;

void hp_probe_begin(struct hp_listener *l, u32 stall_ms);
void hp_probe_put_off(struct hp_listener *l);
bool hp_probe_look(struct hp_listener *l);
bool hp_probe_take(struct hp_listener *l);
bool hp_probe_is_under_way(struct hp_listener *l);

#endif /* HOMEPORT_PROBE_H */
