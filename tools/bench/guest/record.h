/* SPDX-License-Identifier: GPL-2.0 */
/*
 * record.h - what was measured, and how it goes to the host
 *
 * A line of /out/records is a list of KEY=VALUE, with tabs between them; the
 * host makes JSON of them. Lines of TAP go to standard output.
 */
#ifndef BENCH_RECORD_H
#define BENCH_RECORD_H

#include "hp.h"

int record_open(void);
/* From now on each line goes to standard output too, after "#= ". */
void record_aloud(void);
/* One line; tabs between the pairs are the caller's. */
void record(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The kernel and the CPUs, first. */
void record_machine(int cpus);
void record_close(void);

/* A line that the host shows as it comes. */
void progress(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* One check. Returns @good. */
bool check(bool good, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/*
 * The same of what the machine's clock decides. Where it is emulated, a virtual
 * CPU that the host does not run makes everyone wait: there it is a comment.
 */
void clock_check(bool good, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* The plan. Returns the exit code. */
int checks_end(void);

#endif /* BENCH_RECORD_H */
