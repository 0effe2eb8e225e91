/* SPDX-License-Identifier: GPL-2.0 */
/* accept.h - what accept() tells about homes and locality */
#ifndef HOMEPORT_ACCEPT_H
#define HOMEPORT_ACCEPT_H

#include <linux/types.h>

struct sock;

void hp_accepting(struct sock *sk, bool may_wait);
void hp_accepted(struct sock *child);

#endif /* HOMEPORT_ACCEPT_H */
