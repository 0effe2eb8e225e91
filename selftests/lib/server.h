/* SPDX-License-Identifier: GPL-2.0 */
/*
 * server.h - listeners of one SO_REUSEPORT group and their workers
 *
 * Each accepted connection is answered with a struct hp_reply and closed: the
 * client learns who accepted it, and where. Data and FIN come in one segment.
 *
 * A worker is a process, or a thread of the test. It does nothing that it is
 * not told to: open a listener, serve, close it, and so on.
 */
#ifndef HP_SERVER_H
#define HP_SERVER_H

#include <netinet/in.h>
#include <pthread.h>
#include <sys/types.h>

#include "hp.h"

#define HP_MAX_WORKERS	64
#define HP_MAGIC	0x686f6d65

/* What a client gets. */
struct hp_reply {
	u32 magic;
	u32 worker;
	u32 cpu;		/* where accept() ran */
	u32 flow_cpu;		/* SO_INCOMING_CPU of the connection */
};

enum hp_moment {
	HP_NEVER,
	HP_BEFORE_BIND,
	HP_BEFORE_LISTEN,
	HP_AFTER_LISTEN,
	HP_AFTER_ALL,		/* when all workers listen */
};

/* What there is to know before the first worker starts. */
struct hp_server_conf {
	int family;			/* AF_INET, or AF_INET6: dual stack */
	const void *addr;		/* 4 or 16 bytes; NULL: any */
	bool v6only;
	u16 port;
	int domain, protocol;		/* AF_SMC, IPPROTO_MPTCP; 0: TCP */
	bool no_reuseport;
	bool reuseaddr;			/* SO_REUSEADDR too, as most servers do */
	uid_t uid;			/* of worker processes; 0: the test's */
	int backlog;			/* 0: as much as the system allows */
	int workers;
	bool threads;
	bool blocking;			/* accept() waits; else epoll_wait() */
	bool idle;			/* listen, but do not serve yet */
	unsigned int work_us;		/* after each answer; it sleeps, in truth */
	/* The test makes all listeners; worker k has number (k + rotate) % n. */
	bool master;
	int rotate;
	int listeners;			/* n; 0: as many as workers */
	const int *pin;			/* CPU of each worker; NULL: not pinned */
	enum hp_moment pin_when;	/* HP_NEVER: when it starts */
	const int *incoming;		/* SO_INCOMING_CPU of each listener */
	enum hp_moment incoming_when;
	int cbpf;			/* choose by CPU % cbpf with a cBPF program */
};

struct hp_worker {
	const struct hp_server_conf *conf;
	int index;
	int listener;		/* before it has one, or of a closed one: -1 */
	int ctl;		/* the worker's end */
	int to;			/* the test's end */
	pid_t tid;
	pthread_t thread;
	bool running;
};

struct hp_server {
	struct hp_server_conf conf;
	struct hp_worker workers[HP_MAX_WORKERS];
	int listeners[HP_MAX_WORKERS];	/* made by the test as the master */
};

/*
 * Starts all workers, one after the other, so that the k-th listener is the
 * k-th in its group. When it returns they listen, and serve. 0 or -errno.
 */
int hp_server_start(struct hp_server *s, const struct hp_server_conf *conf);
/* Each worker runs on its CPU of @pin from now on. */
int hp_server_pin(struct hp_server *s, const int *pin);
void hp_server_stop(struct hp_server *s);
/* As a crash does: SIGKILL, and wait until its sockets are gone. */
void hp_server_kill(struct hp_server *s, int worker);

/* Orders to one worker, done when it returns. 0 or -errno. */
int hp_worker_listen(struct hp_worker *w);
int hp_worker_close(struct hp_worker *w);
int hp_worker_shutdown(struct hp_worker *w);
int hp_worker_relisten(struct hp_worker *w);
int hp_worker_incoming_cpu(struct hp_worker *w, int cpu);
int hp_worker_serve(struct hp_worker *w);

/* A listening socket as @conf says, the k-th. Its fd, or -errno. */
int hp_listen(const struct hp_server_conf *conf, int k);
/* cBPF: the listener with the number CPU % @nr. 0 or -errno. */
int hp_attach_cbpf(int fd, int nr);
/* Accepts one connection and answers. 0, or -errno of accept(). */
int hp_serve_one(int listener, u32 worker);

#endif /* HP_SERVER_H */
