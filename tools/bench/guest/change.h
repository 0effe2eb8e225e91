/* SPDX-License-Identifier: GPL-2.0 */
/* change.h - what happens to the listeners, by row */
#ifndef BENCH_CHANGE_H
#define BENCH_CHANGE_H

#include "scene.h"

/* It is over when it returns. 0 or -errno. */
int change(struct scene *s);

#endif /* BENCH_CHANGE_H */
