/* SPDX-License-Identifier: GPL-2.0 */
/* rename.h - a copy of a module under another name */
#ifndef HP_RENAME_H
#define HP_RENAME_H

#include "hp.h"

/*
 * Writes a copy of the module file @from to @to, that calls itself @name
 * instead of @old; both have the same length. 0 or -errno.
 */
int hp_module_rename(const char *from, const char *to, const char *old,
		     const char *name);

#endif /* HP_RENAME_H */
