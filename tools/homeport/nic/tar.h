/* SPDX-License-Identifier: GPL-2.0 */
/* tar.h - writes a ustar archive, as tar(1) reads it */
#ifndef NIC_TAR_H
#define NIC_TAR_H

#include <stdbool.h>
#include <stdio.h>

/* @mode of a file; a link if @target is not NULL. False: it did not fit. */
bool tar_add(FILE *f, const char *path, int mode, const char *text, size_t len,
	     const char *target);
bool tar_end(FILE *f);

#endif /* NIC_TAR_H */
