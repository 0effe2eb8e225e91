/* SPDX-License-Identifier: GPL-2.0 */
/* find.h - on which CPUs a server listens */
#ifndef NIC_FIND_H
#define NIC_FIND_H

#include "policy.h"

/*
 * As @r asks. False, with a sentence in @why: there is no answer. With "auto"
 * there always is one: the module's, or every CPU that may be used.
 */
bool find_listeners(struct listeners *l, struct sys *sys,
		    const struct nic_host *host, const struct request *r,
		    char *why, size_t size);

/* The CPUs of a process and its children. */
bool find_process_cpus(struct listeners *l, struct sys *sys,
		       const struct nic_host *host, int pid);

/* find_socket.c: processes that listen on a port; how many, or -errno. */
int find_port_pids(int port, int *pids, int max);

/* find_module.c: the homes of all listeners the module manages. */
bool find_module_homes(struct listeners *l);

#endif /* NIC_FIND_H */
