/* SPDX-License-Identifier: GPL-2.0 */
/* sha256.h - was a file changed since it was written? (FIPS 180-4) */
#ifndef NIC_SHA256_H
#define NIC_SHA256_H

#include <stddef.h>

#define SHA256_TEXT	(7 + 64 + 1)

/* "sha256:" and 64 hex digits. */
void sha256_text(const void *data, size_t len, char text[SHA256_TEXT]);

#endif /* NIC_SHA256_H */
