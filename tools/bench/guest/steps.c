// SPDX-License-Identifier: GPL-2.0
/*
 * steps [ROUNDS]: the cost of the steps of a connection
 *
 *  1. four listeners of a group in this process, and a client network behind a
 *     TUN device: the kernel receives a segment within write()
 *  2. the TSC is read around the write() of a SYN, around that of the ACK, and
 *     around accept()
 *  3. this for each variant in turn; the median of all connections goes to
 *     /out/records
 *
 * For one CPU, where QEMU runs with -icount shift=0: a tick is one instruction.
 * The system call is part of each step, and so is the SYN-ACK of that of a SYN.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <x86intrin.h>

#include "cpu.h"
#include "module.h"
#include "record.h"
#include "server.h"
#include "tun.h"

#define PORT		8080
#define LISTENERS	4
#define CONNECTIONS	256
/* The first ones fill caches: routes, slabs. */
#define WARM		32
#define MAX_ROUNDS	8

enum step { SYN, ACK, ACCEPT, NR_STEPS };

static const char *const step_names[] = { "syn", "ack", "accept" };

static const struct how {
	const char *variant;
	const char *module;	/* homeport's parameters; NULL: not loaded */
	bool patched;		/* for such a kernel only */
} hows[] = {
	{ "hash" },
	{ "homeport", "ports=8080 attach=ftrace" },
	{ "homeport-native", "ports=8080 attach=native", true },
};

#define NR_HOWS		((int)(sizeof(hows) / sizeof(hows[0])))

static struct tun tun;
static u64 ticks[NR_HOWS][NR_STEPS][MAX_ROUNDS * CONNECTIONS];

/* The wait before accept() is left out. */
static int connect_one(struct pollfd *p, u64 took[NR_STEPS])
{
	struct tun_conn c;
	u64 start;
	int ret, i, fd = -1;

	tun_conn_init(&tun, &c, AF_INET, TUN_ANY_CPU, NULL, PORT);
	start = __rdtsc();
	ret = tun_syn(&c);
	took[SYN] = __rdtsc() - start;
	ret = ret ?: tun_wait_synack(&c, hp_deadline(HP_SOON));
	start = __rdtsc();
	ret = ret ?: tun_ack(&c);
	took[ACK] = __rdtsc() - start;
	if (!ret && poll(p, LISTENERS, HP_SOON) > 0) {
		for (i = 0; i < LISTENERS - 1 && !p[i].revents; i++)
			;
		start = __rdtsc();
		fd = accept(p[i].fd, NULL, NULL);
		took[ACCEPT] = __rdtsc() - start;
	}
	if (!ret)
		ret = fd < 0 ? -ETIMEDOUT : tun_reset(&c);
	if (fd >= 0)
		close(fd);
	tun_poll(&tun);
	tun_conn_end(&c);
	return ret;
}

static int serve(struct pollfd *p)
{
	struct hp_server_conf conf = {
		.family = AF_INET, .port = PORT, .listeners = LISTENERS,
	};
	int i;

	for (i = 0; i < LISTENERS; i++) {
		p[i].fd = hp_listen(&conf, i);
		p[i].events = POLLIN;
		if (p[i].fd < 0)
			return p[i].fd;
	}
	return 0;
}

static int turn(int how, int round)
{
	struct pollfd p[LISTENERS] = {};
	u64 took[NR_STEPS];
	int i, step, ret = 0;

	if (hows[how].module)
		ret = hp_module_load(hows[how].module);
	ret = ret ?: serve(p);
	for (i = -WARM; !ret && i < CONNECTIONS; i++) {
		ret = connect_one(p, took);
		for (step = 0; i >= 0 && step < NR_STEPS; step++)
			ticks[how][step][round * CONNECTIONS + i] = took[step];
	}
	for (i = 0; i < LISTENERS; i++)
		if (p[i].fd > 0)
			close(p[i].fd);
	if (hows[how].module && hp_module_present("homeport"))
		hp_module_unload();
	return ret;
}

static int by_size(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return (x > y) - (x < y);
}

static void record_steps(int how, int rounds)
{
	int step, n = rounds * CONNECTIONS;

	for (step = 0; step < NR_STEPS; step++) {
		u64 *all = ticks[how][step];

		qsort(all, n, sizeof(*all), by_size);
		record("scenario=step-cost\tvariant=%s\tlisteners=%d\tmetric=instructions_per_%s\tvalue=%llu\tunit=instructions\tn=%d",
		       hows[how].variant, LISTENERS, step_names[step],
		       (unsigned long long)all[n / 2], n);
		progress("%s, %s: %llu instructions, a tenth below %llu, a tenth above %llu",
			 hows[how].variant, step_names[step],
			 (unsigned long long)all[n / 2],
			 (unsigned long long)all[n / 10],
			 (unsigned long long)all[n - n / 10]);
	}
}

static bool is_possible(const struct how *how)
{
	return !how->patched || hp_kernel_is_patched();
}

static void measure_all(int rounds)
{
	int round, how, ret;

	for (round = 0; round < rounds; round++)
		for (how = 0; how < NR_HOWS; how++) {
			if (!is_possible(&hows[how]))
				continue;
			ret = turn(how, round);
			if (!check(!ret, "%s, round %d (%s)", hows[how].variant,
				   round + 1, strerror(-ret)))
				return;
		}
	for (how = 0; how < NR_HOWS; how++)
		if (is_possible(&hows[how]))
			record_steps(how, rounds);
}

int main(int argc, char **argv)
{
	int ret, rounds = argc > 1 ? atoi(argv[1]) : 3;

	if (rounds < 1 || rounds > MAX_ROUNDS) {
		fprintf(stderr, "usage: steps [ROUNDS]\n");
		return 2;
	}
	ret = tun_open(&tun, 1);
	ret = ret ?: record_open();
	if (check(!ret, "prepared (%s)", strerror(-ret))) {
		record_machine(hp_nr_cpus());
		measure_all(rounds);
		record_close();
	}
	return checks_end();
}
