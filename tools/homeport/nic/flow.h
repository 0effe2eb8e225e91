/* SPDX-License-Identifier: GPL-2.0 */
/* flow.h - a connection's addresses, as "192.0.2.1:5000,192.0.2.2:80" */
#ifndef NIC_FLOW_H
#define NIC_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct flow {
	int family;
	uint8_t from[16], to[16];
	uint16_t from_port, to_port;
};

bool flow_parse(const char *text, struct flow *f);
/* What RSS hashes, at most 36 bytes. */
size_t flow_bytes(const struct flow *f, bool ports, uint8_t *data);

#endif /* NIC_FLOW_H */
