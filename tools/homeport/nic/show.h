/* SPDX-License-Identifier: GPL-2.0 */
/* show.h - a device, for people */
#ifndef NIC_SHOW_H
#define NIC_SHOW_H

#include "plan.h"

struct view {
	const struct nic_host *host;
	const struct nic_dev *dev;
	const struct listeners *listeners;
	const struct policy *policy;
	const struct plan *plan;
	const struct check *check;
	bool ascii;
	bool wide;		/* the matrix, however many CPUs there are */
};

void show_dev(const struct view *v);
void show_findings(const struct findings *f);
void show_ops(const struct plan *plan);
/* As commands for a shell; @undo: those that take them back */
void show_script(const struct plan *plan, bool undo);
bool show_has_utf8(void);

#endif /* NIC_SHOW_H */
