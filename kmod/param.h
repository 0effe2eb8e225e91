/* SPDX-License-Identifier: GPL-2.0 */
/* param.h - what module parameters say */
#ifndef HOMEPORT_PARAM_H
#define HOMEPORT_PARAM_H

#include <linux/types.h>

/* A range of ports. */
struct hp_ports {
	u16 first;
	u16 last;
};

int hp_param_ports(const char *text, struct hp_ports **ports, unsigned int *nr);

#endif /* HOMEPORT_PARAM_H */
