/* SPDX-License-Identifier: GPL-2.0 */
/* webconf.h - what a web server's configuration is to say */
#ifndef BENCH_WEBCONF_H
#define BENCH_WEBCONF_H

#include <sys/socket.h>

#include "hp.h"

struct webconf {
	int family;		/* of the listener */
	bool v6only;
	u16 port;
	int workers;		/* processes or threads, a listener each */
	int backlog;
	uid_t uid;
	bool defer;		/* TCP_DEFER_ACCEPT */
	int fastopen;		/* the length of the queue, 0: none */
};

#endif /* BENCH_WEBCONF_H */
