/* SPDX-License-Identifier: GPL-2.0 */
/* neighbours.h - neighbours that nobody talks to */
#ifndef HP_NEIGHBOURS_H
#define HP_NEIGHBOURS_H

/*
 * So many more in the kernel's table of IPv4 neighbours, on a device of their own,
 * until this program ends. 0 or -errno.
 */
int neighbours_add(int nr);

#endif /* HP_NEIGHBOURS_H */
