/* SPDX-License-Identifier: GPL-2.0 */
/* stubs.h - the tool as a function, and a kernel that is not there */
#ifndef FUZZ_STUBS_H
#define FUZZ_STUBS_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define main homeport_main
#include "homeport.c"
#undef main

/* It writes to the machine that it runs on: words for it go nowhere here. */
int nic_main(struct words *w)
{
	(void)w;
	return EXIT_SYNTAX;
}

void nic_help(FILE *to)
{
	(void)to;
}

int doctor_main(struct words *w)
{
	(void)w;
	return EXIT_SYNTAX;
}

void doctor_help(FILE *to)
{
	(void)to;
}

/* What is printed is not looked at, but has to be made. */
static void silence(void)
{
	static bool silent;

	if (silent)
		return;
	silent = true;
	/* libFuzzer has its own copy of stderr; -close_fd_mask=2 closes ours */
	if (!freopen("/dev/null", "w", stdout))
		abort();
}

/* These take the place of libmnl's. */
struct mnl_socket *mnl_socket_open2(int bus, int flags);
int mnl_socket_bind(struct mnl_socket *nl, unsigned int groups, pid_t pid);
int mnl_socket_close(struct mnl_socket *nl);
int mnl_socket_setsockopt(const struct mnl_socket *nl, int type, void *buf,
			  socklen_t len);

#endif /* FUZZ_STUBS_H */
