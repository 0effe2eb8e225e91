// SPDX-License-Identifier: GPL-2.0
#include "toeplitz.h"

/* For each bit that is set, the 32 bits of the key that begin there. */
uint32_t toeplitz(const uint8_t *key, const uint8_t *data, size_t len)
{
	uint32_t window, hash = 0;
	size_t i;
	int bit;

	window = (uint32_t)key[0] << 24 | key[1] << 16 | key[2] << 8 | key[3];
	for (i = 0; i < len; i++) {
		for (bit = 7; bit >= 0; bit--) {
			if (data[i] & 1 << bit)
				hash ^= window;
			window = window << 1 | (key[i + 4] >> bit & 1);
		}
	}
	return hash;
}
