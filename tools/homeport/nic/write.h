/* SPDX-License-Identifier: GPL-2.0 */
/* write.h - one operation at a time: write, read back, and take it back */
#ifndef NIC_WRITE_H
#define NIC_WRITE_H

#include "state.h"

/* As the kernel has it now. 0 or -errno. */
int op_read(struct sys *sys, const struct op *op, char *buf, size_t size);
/* Do two texts stand for the same value? */
bool op_same(const struct op *op, const char *a, const char *b);
/*
 * Writes @value and reads it back. 0, -errno of the write, or -EREMOTEIO: the
 * kernel took it and has something else.
 */
int op_write(struct sys *sys, const struct op *op, const char *value);
/* 0, or why it could not be written, before anything was. */
int op_may_write(struct sys *sys, const struct op *op);

/* What is left where it should not be. */
struct leftovers {
	unsigned int nr;
	char (*text)[256];
};

void leftovers_add(struct leftovers *l, const struct op *op, int err);
void leftovers_free(struct leftovers *l);

/*
 * From the last to the first back to what was before. True: all is. The
 * device's channels may have changed in between, so its interrupts are looked up
 * again.
 */
bool ops_undo(struct sys *sys, const struct nic_host *host, const char *dev,
	      struct op *op, unsigned int nr, const struct values *before,
	      struct leftovers *left);
/* Gives operations the numbers that interrupts have now. */
void ops_resolve(struct op *op, unsigned int nr, const struct nic_dev *dev);

#endif /* NIC_WRITE_H */
