/* SPDX-License-Identifier: GPL-2.0 */
/* listener.h - a listener of a managed group */
#ifndef HOMEPORT_LISTENER_H
#define HOMEPORT_LISTENER_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/cpumask.h>
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/rhashtable-types.h>
#include <linux/types.h>
#include <asm/byteorder.h>
#include <net/sock.h>
#include <net/tcp_states.h>
#include <uapi/linux/homeport.h>

struct hp_adopted;
struct hp_group;
struct proto;

/*
 * What one CPU knows of a listener. Written by that CPU alone, in a line that it
 * does not share with what others have for each CPU, and write from elsewhere.
 */
struct hp_listener_cpu {
	u64 picked;
	u64 accepts;
	u32 debt;	/* to spill, in 1 / HP_SPILL_ALL of a pick */
} ____cacheline_aligned;

/* hp_spill.share of a listener that is to spill all. */
#define HP_SPILL_ALL	0x10000U

/**
 * struct hp_spill - where the excess of a listener goes
 * @rcu: To free it.
 * @share: How much of what would be picked, in 1 / HP_SPILL_ALL.
 * @nr: How many listeners @to has; one for each 1 / @nr of the excess.
 * @to: To draw from. Listeners of the same group, the nearest more often.
 *
 * Never changed once it is published in hp_listener.spill.
 */
struct hp_spill {
	struct rcu_head rcu;
	u32 share;
	u32 nr;
	struct hp_listener *to[];
};

/* What hp_load_look() and hp_load_accepting() tell each other. One bit each. */
enum hp_watch {
	HP_WATCH_NONE = 0,	/* nothing is queued, or some was accepted */
	HP_WATCH_QUEUED = 1,	/* some is queued, and none was accepted since */
	HP_WATCH_STALLED = 2,	/* none was accepted for too long */
};

/* What hp_learn() remembers of one CPU of a listener. */
struct hp_seen {
	u64 accepts;	/* when it looked last */
	u32 weight;	/* decayed */
};

/**
 * struct hp_listener - a listener of a managed group
 * @sk: Its socket, of which we hold a reference.
 * @prot: The socket's protocol operations when it joined. Sockmap and others
 *	that take a socket over replace them.
 * @gone: It left; the map may still name it for a moment. Written by
 *	hp_leave(), read by hp_listener_usable().
 * @spills: There is a @spill. Read by picks.
 * @home: The CPU it serves, below nr_cpu_ids.
 * @source: Where @home comes from.
 * @state: What it is there for. Written under hp_net.lock, also read by hooks.
 * @watch: enum hp_watch. Written by hp_load_look(); by hp_load_accepting() to
 *	HP_WATCH_NONE.
 * @behind: It accepts, but some wait for it at all times, and for others do not.
 *	Written by hp_load_look(), read by picks.
 * @doubts: @gone, @spills, @watch and @behind, for hp_listener_is_doubtful().
 * @worker: The task that accepted last, by its number in the initial pid
 *	namespace; 0: none did. Written by hp_load_accepting().
 * @probe: It is stalled, but shall have one pick. Set by hp_load_look(),
 *	cleared by the pick.
 * @probing: That pick was made; its connection is to stay. Set by the pick, cleared
 *	by hp_bind(), and by hp_load_look() at the next stall.
 * @spill: Where its excess goes. NULL: it is not overloaded. Read by picks.
 * @pinned: The CPU to which the task last seen to accept is pinned, or -1.
 *	Written by hp_accepting(), only when it changes.
 * @mixed: Tasks pinned to several CPUs accept from it: learn as if unpinned.
 * @told: SO_INCOMING_CPU, or -1. Written by hp_homed().
 * @cpu: Counters.
 * @node: In hp_listeners, by @sk.
 * @list: In hp_group.listeners, by @index; or in hp_group.ghosts.
 * @ghost: It is in hp_group.ghosts.
 * @since: When it came there, from start_poll_synchronize_rcu().
 * @elect: In hp_group.elected, if it may be picked.
 * @group: Its group, of which we hold a reference.
 * @adopted: The server closed it and homeport holds it open; see adopt.h.
 * @handed: It was kept, and now goes to those that joined. Also read by hooks.
 * @index: Its place in the group.
 * @inode: Of its socket, when it joined.
 * @at_home: It was mostly accepted from at home, of late.
 * @away: How many times in a row hp_home_learn() found it away.
 * @exiled: Its worker could not come back to its home, at least once: it has one of
 *	the CPUs that its worker may use, each time that homes are settled.
 * @settled: For hp_home_settle(): it has its home for this round.
 * @flips: How often @pinned changed.
 * @pinned_seen: @pinned, when @flips was counted last.
 * @allowed: The CPUs that the task which called listen() might use.
 * @seen: For hp_learn(), nr_cpu_ids long; allocated when first needed.
 * @queued_at: Since when its queue was not empty, in jiffies.
 * @signs: How many looks since showed that its worker is held up.
 * @worker_ran: For how long @worker had run when it was looked at, in ns.
 * @worker_began: The same when hp_worker_begin() was called.
 * @worker_picked: Its picks at @queued_at.
 * @stalled_at: When it accepted last, if it is stalled, in jiffies.
 * @probe_at: When to set @probe, in jiffies.
 * @probe_wait: After how long again.
 * @probe_early: Once before that, if its worker seems to be back.
 * @probe_since: When @probe was set, in jiffies.
 * @back: Its worker seems to be back, as far as it was looked at since it had nothing.
 * @told_stalled: Those who watch were told that it is stalled.
 * @rescue: hp_net.rescue shall empty its queue.
 * @longs: How many looks in a row found its queue long; fewer, if some did not since.
 * @long_accepts: How often it had been asked for a connection at the last of them.
 * @bounded: It spills as it is over its bound.
 * @looks: How many times in a row it looked as if @bounded should change.
 * @demand: Recent picks whose turn it was.
 * @spare: For hp_bound_apply(): what it may take of the others.
 * @weight: For the same: what it is given of one of them.
 * @rcu: To free it.
 *
 * What is not said to be read by a hook is under hp_net.lock.
 */
struct hp_listener {
	/* read by the fast path, changes rarely */
	struct sock *sk;
	const struct proto *prot;
	union {
		struct {
			bool gone;
			bool spills;
			u8 watch;
			bool behind;
		};
		__le32 doubts;
	};
	bool mixed;
	u8 source;
	u8 state;
	bool probe;
	bool probing;
	u32 home;
	int pinned;
	int told;
	pid_t worker;
	struct hp_listener_cpu __percpu *cpu;
	struct rhash_head node;
	struct hp_spill __rcu *spill;

	struct list_head list;
	struct list_head elect;
	struct hp_group *group;
	struct hp_adopted *adopted;
	u32 index;
	u64 inode;
	bool handed;
	bool at_home;
	bool ghost;
	unsigned long since;
	bool exiled;
	bool settled;
	int away;
	u32 flips;
	int pinned_seen;
	cpumask_var_t allowed;
	struct hp_seen *seen;
	unsigned long queued_at;
	unsigned int signs;
	u64 worker_ran;
	u64 worker_began;
	u64 worker_picked;
	unsigned long stalled_at;
	unsigned long probe_at;
	unsigned long probe_wait;
	unsigned long probe_since;
	bool probe_early;
	bool back;
	bool told_stalled;
	bool rescue;
	u8 longs;
	u64 long_accepts;
	bool bounded;
	u8 looks;
	u64 demand;
	u64 spare;
	u64 weight;
	struct rcu_head rcu;
};

/*
 * How many were taken out of what hp_listener_find() looks through. What it found
 * is good for as long as this stays the same and the RCU read-side section goes on.
 */
extern atomic_long_t hp_listeners_gone;

struct hp_listener *hp_listener_find(struct sock *sk);
struct hp_listener *hp_listener_add(struct hp_group *g, struct sock *sk);
void hp_listener_spill(struct hp_listener *l, struct hp_spill *spill);
void hp_listener_unlink(struct hp_listener *l);
void hp_listener_remove(struct hp_listener *l);
void hp_listener_free_rcu(struct hp_listener *l);
u64 hp_listener_picked(const struct hp_listener *l);
u64 hp_listener_accepts(const struct hp_listener *l);
int hp_listener_init(void);

/* Does it listen, and was not taken over by a sockmap? */
static inline bool hp_listener_listens(const struct hp_listener *l)
{
	const struct sock *sk = l->sk;

	return READ_ONCE(sk->sk_prot) == l->prot &&
	       READ_ONCE(sk->sk_state) == TCP_LISTEN;
}

/*
 * May a connection be given to it? One that left, or was taken over, is in the
 * map until the next one is made.
 */
static inline bool hp_listener_usable(const struct hp_listener *l)
{
	/* paired with WRITE_ONCE() in hp_leave() and hp_listener_unlink() */
	return !READ_ONCE(l->gone) && hp_listener_listens(l);
}

/* The bytes of hp_listener.doubts, the first one lowest. */
#define HP_DOUBT_GONE		cpu_to_le32(1)
#define HP_DOUBT_SPILLS		cpu_to_le32(1 << 8)
#define HP_DOUBT_STALLED	cpu_to_le32(HP_WATCH_STALLED << 16)
#define HP_DOUBT_BEHIND		cpu_to_le32(1 << 24)

/*
 * For each pick: has it left, or does it spill, or is it stalled or behind? One look
 * for all four, paired with the WRITE_ONCE() or cmpxchg() of each.
 */
static inline bool hp_listener_is_doubtful(const struct hp_listener *l)
{
	return READ_ONCE(l->doubts) & (HP_DOUBT_GONE | HP_DOUBT_SPILLS |
				       HP_DOUBT_STALLED | HP_DOUBT_BEHIND);
}

/* The same, for who gets what another one spills: has it left, or is it stalled? */
static inline bool hp_listener_is_out(const struct hp_listener *l)
{
	return READ_ONCE(l->doubts) & (HP_DOUBT_GONE | HP_DOUBT_STALLED);
}

/* Does it have more to do than it can, while others do not? See behind.c. */
static inline bool hp_listener_is_behind(const struct hp_listener *l)
{
	/* paired with WRITE_ONCE() in behind_write() */
	return READ_ONCE(l->behind);
}

/* How many connections wait to be accepted. */
static inline u32 hp_listener_queued(const struct hp_listener *l)
{
	return READ_ONCE(l->sk->sk_ack_backlog);
}

void hp_listener_exit(void);

#endif /* HOMEPORT_LISTENER_H */
