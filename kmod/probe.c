// SPDX-License-Identifier: GPL-2.0
/*
 * probe.c - does a stalled listener accept again?
 *
 * What waited behind it went to others, so if its task comes back it finds
 * nothing to accept, and we learn nothing of it. So it has one pick, a probe, and if
 * that is not accepted at once it goes to others too.
 *
 * A probe is due ever less often; and once in between when its worker seems to be
 * back (worker.c), which may be wrong. A probe takes a connection that arrives at its
 * home. Where none does, a worker that seems to be back has to do: else who only gets
 * what others spill would never have anything again.
 *
 * All but what picks do is done by hp_load_look(), under hp_net.lock.
 */
#include "probe.h"

#include <linux/compiler.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>

#include "listener.h"
#include "load.h"
#include "worker.h"

/* The first after so many times that of a stall, each after twice as long again. */
#define PROBE_STALLS	10
#define PROBE_MAX	(10 * HZ)

/* If no connection arrives at its home in so long, none will. */
#define PROBE_UNTAKEN	(HZ / 10)

/**
 * hp_probe_begin() - a listener was found stalled
 * @l: The listener; hp_net.lock is held.
 * @stall_ms: After how long.
 */
void hp_probe_begin(struct hp_listener *l, u32 stall_ms)
{
	/* paired with hp_probe_is_under_way() */
	WRITE_ONCE(l->probing, false);
	l->probe_wait = msecs_to_jiffies(PROBE_STALLS * stall_ms);
	l->probe_early = true;
	hp_probe_put_off(l);
}

/**
 * hp_probe_put_off() - a stalled listener has something waiting
 * @l: The listener; hp_net.lock is held.
 *
 * Whatever its worker does meanwhile, it does not accept.
 */
void hp_probe_put_off(struct hp_listener *l)
{
	WRITE_ONCE(l->probe, false);
	l->probe_at = jiffies + l->probe_wait;
	l->back = false;
	hp_worker_begin(l);
}

static bool is_due(struct hp_listener *l)
{
	if (time_before(jiffies, l->probe_at)) {
		if (!l->back || !l->probe_early)
			return false;
		l->probe_early = false;
		return true;
	}
	l->probe_wait = min_t(unsigned long, 2 * l->probe_wait, PROBE_MAX);
	l->probe_at = jiffies + l->probe_wait;
	l->probe_early = true;
	return true;
}

static void probe_ask(struct hp_listener *l)
{
	l->probe_since = jiffies;
	WRITE_ONCE(l->probe, true);	/* paired with hp_probe_take() */
}

/**
 * hp_probe_look() - one more look at a stalled listener that has nothing
 * @l: The listener; hp_net.lock is held.
 *
 * Return: whether it has to be taken for one that accepts, without a probe.
 */
bool hp_probe_look(struct hp_listener *l)
{
	l->back |= hp_worker_is_back(l);
	/* paired with WRITE_ONCE() in hp_probe_take() */
	if (READ_ONCE(l->probe))
		return l->back && time_after_eq(jiffies, l->probe_since +
							 PROBE_UNTAKEN);
	if (is_due(l))
		probe_ask(l);
	return false;
}

/**
 * hp_probe_take() - is this pick of a stalled listener to go to it?
 * @l: The listener.
 *
 * In a pick: see hp_hooks.pick.
 *
 * Return: true once for each probe; twice where CPUs race.
 */
bool hp_probe_take(struct hp_listener *l)
{
	/* paired with WRITE_ONCE() in probe_ask() */
	if (!READ_ONCE(l->probe))
		return false;
	WRITE_ONCE(l->probe, false);
	WRITE_ONCE(l->probing, true);	/* paired with hp_probe_is_under_way() */
	return true;
}

/**
 * hp_probe_is_under_way() - is this the connection that a stalled listener shall get?
 * @l: The listener; the kernel is about to give it a listener anew.
 *
 * Where the kernel binds late, the probe would never arrive, and who has recovered
 * would never be told. Any connection that was to come to @l will do.
 *
 * Return: true once for each probe; twice where CPUs race.
 */
bool hp_probe_is_under_way(struct hp_listener *l)
{
	/* paired with WRITE_ONCE() in hp_probe_take() and hp_probe_begin() */
	if (!hp_load_is_stalled(l) || !READ_ONCE(l->probing))
		return false;
	WRITE_ONCE(l->probing, false);
	return true;
}
