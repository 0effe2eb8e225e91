/* SPDX-License-Identifier: GPL-2.0 */
/* toeplitz.h - the hash by which RSS chooses a queue */
#ifndef NIC_TOEPLITZ_H
#define NIC_TOEPLITZ_H

#include <stddef.h>
#include <stdint.h>

/* @key has to be at least 4 bytes longer than @data. */
uint32_t toeplitz(const uint8_t *key, const uint8_t *data, size_t len);

#endif /* NIC_TOEPLITZ_H */
