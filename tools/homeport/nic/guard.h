/* SPDX-License-Identifier: GPL-2.0 */
/* guard.h - an apply that must be confirmed in time, or is taken back */
#ifndef NIC_GUARD_H
#define NIC_GUARD_H

#include "state.h"

/* Leaves a process behind that waits. 0 or -errno. */
int guard_start(struct sys *sys, const struct state *s, unsigned int seconds);
/* Is one waiting for @dev, or for any if NULL? Its state's id goes to @id. */
bool guard_pending(struct sys *sys, const char *dev, char id[STATE_ID]);
int guard_stop(struct sys *sys, const char *id);

#endif /* NIC_GUARD_H */
