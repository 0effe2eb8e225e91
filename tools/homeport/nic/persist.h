/* SPDX-License-Identifier: GPL-2.0 */
/* persist.h - policies in /etc, for systemd and udev to apply again */
#ifndef NIC_PERSIST_H
#define NIC_PERSIST_H

#include "nic.h"

/* The policy kept for a device, into @r. NIC_OK, or a code after a complaint. */
int persist_load(struct sys *sys, const char *dev, struct request *r);
/* From the text of such a file. False: @why says which line. */
bool persist_parse(char *text, struct request *r, char mac[20], char *why,
		   size_t size);

#endif /* NIC_PERSIST_H */
