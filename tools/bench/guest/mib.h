/* SPDX-License-Identifier: GPL-2.0 */
/* mib.h - the kernel's TCP counters */
#ifndef BENCH_MIB_H
#define BENCH_MIB_H

/* "Tcp" "PassiveOpens", "TcpExt" "SyncookiesSent"; -1: there is none. */
long mib(const char *group, const char *name);

#endif /* BENCH_MIB_H */
