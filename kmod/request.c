// SPDX-License-Identifier: GPL-2.0
/*
 * request.c - half-open requests and queued children get another listener
 *
 * These ways lead from a listener to another.
 *
 * - A listener that homeport has adopted is open still. What is in its accept
 *   queue is taken out and put into another one (hp_request_move()). Half-open
 *   requests stay: when their handshake completes they are in that queue too.
 * - A listener that closes for real, as it was shut down or could not be
 *   adopted, asks for each of its children where it may go, and a half-open
 *   request asks when its ACK comes or its timer fires: hp_rehome().
 *
 * Where the kernel lets us, a half-open request has no home that can stall or
 * fill up: it takes a place in the backlog of whoever has one (hp_borrow()), and
 * is given a listener when its handshake completes (hp_bind()).
 *
 * In any case the listener of the flow's CPU is taken; then the nearest that has
 * room; and only one whose server finds in the connection what its own listener
 * promises (options_fit()).
 */
#include "request.h"

#include <linux/delay.h>
#include <linux/filter.h>
#include <linux/lockdep.h>
#include <linux/rcupdate.h>
#include <linux/tcp.h>
#include <net/inet_connection_sock.h>
#include <net/inet_hashtables.h>
#include <net/net_namespace.h>
#include <net/request_sock.h>
#include <net/sock.h>
#include <net/sock_reuseport.h>

#include "adopt.h"
#include "attach.h"
#include "directed.h"
#include "group.h"
#include "listener.h"
#include "load.h"
#include "lookout.h"
#include "map.h"
#include "netns.h"
#include "probe.h"
#include "stats.h"
#include "topology.h"

/* How long half-open requests may take to find another listener, at the end. */
#define HURRY_TRIES	50
#define HURRY_MS	20

/* How many listeners to ask for room, for one SYN. */
#define LENDERS_MAX	8U

static bool same_program(const struct bpf_prog *a, const struct bpf_prog *b)
{
	const struct sock_fprog_kern *x = a->orig_prog, *y = b->orig_prog;

	if (a == b)
		return true;
	return x && y && x->len == y->len &&
	       !memcmp(x->filter, y->filter, x->len * sizeof(*x->filter));
}

static bool same_filter(const struct sock *a, const struct sock *b)
{
	const struct sk_filter *x = rcu_dereference(a->sk_filter);
	const struct sk_filter *y = rcu_dereference(b->sk_filter);

	if (!x || !y)
		return x == y;
	return same_program(x->prog, y->prog);
}

static u8 min_hops(const struct sock *sk)
{
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6)
		return max(READ_ONCE(inet6_sk(sk)->min_hopcount),
			   READ_ONCE(inet_sk(sk)->min_ttl));
#endif
	return READ_ONCE(inet_sk(sk)->min_ttl);
}

static bool defers(const struct sock *sk)
{
	return READ_ONCE(inet_csk(sk)->icsk_accept_queue.rskq_defer_accept);
}

/*
 * A connection has the options of the listener that took its SYN. The server of
 * another one must find what it relies on: a saved SYN, data at accept(), keys, a
 * hop limit; and neither a filter nor a mark that it did not set. Listeners
 * with a ULP are not managed at all.
 */
static bool options_fit(const struct sock *from, const struct sock *to)
{
	if (tcp_sk(to)->save_syn > tcp_sk(from)->save_syn)
		return false;
	if (defers(to) && !defers(from))
		return false;
	if (hp_tcp_has_keys(to) && !hp_tcp_has_keys(from))
		return false;
	return min_hops(to) <= min_hops(from) &&
	       READ_ONCE(to->sk_mark) == READ_ONCE(from->sk_mark) &&
	       same_filter(from, to);
}

/*
 * Who looks for another listener, and what stood in the way. @half_open: a full
 * queue does not, as nothing is put there yet. @rescue: @from is stalled, and
 * open in its server; @turn: whose turn it is to help. @to: what choose() found, if
 * it was @asked.
 */
struct search {
	const struct hp_listener *from;
	unsigned int cpu;
	bool half_open;
	bool rescue;
	u32 turn;
	bool any;
	bool stalled;
	bool full;
	bool options;
	struct hp_listener *to;
	bool asked;
};

static bool is_fit(struct search *s, const struct hp_listener *to)
{
	if (to == s->from || !hp_listener_usable(to))
		return false;
	if (!options_fit(s->from->sk, to->sk)) {
		s->options = true;
		return false;
	}
	if (sk_acceptq_is_full(to->sk)) {
		s->full = true;
		return false;
	}
	if (s->any || !hp_load_is_stalled(to))
		return true;
	s->stalled = true;
	return false;
}

static struct hp_listener *search_home(struct search *s,
				       const struct hp_map *map)
{
	const struct hp_slot *slot = &map->slot[s->cpu];
	u32 i;

	for (i = 0; i < slot->nr; i++)
		if (is_fit(s, map->listeners[slot->first + i]))
			return map->listeners[slot->first + i];
	return NULL;
}

static struct hp_listener *search_nearest(struct search *s,
					  const struct hp_map *map)
{
	unsigned int distance, best = UINT_MAX;
	struct hp_listener *found = NULL;
	u32 i;

	for (i = 0; i < map->nr; i++) {
		struct hp_listener *l = map->listeners[i];

		distance = hp_topology_distance(s->cpu, READ_ONCE(l->home));
		if (distance < best && is_fit(s, l)) {
			best = distance;
			found = l;
		}
	}
	return found;
}

/* A half-open request waits for its ACK wherever it is; rather there than lost. */
static struct hp_listener *search_full(struct search *s,
				       const struct hp_map *map)
{
	u32 i;

	for (i = 0; i < map->nr; i++) {
		struct hp_listener *l = map->listeners[i];

		if (l != s->from && hp_listener_usable(l) &&
		    options_fit(s->from->sk, l->sk))
			return l;
	}
	return NULL;
}

/* Under RCU. */
static struct hp_listener *search(struct search *s, const struct hp_map *map)
{
	struct hp_listener *l;

	if (!map)
		return NULL;
	if (s->cpu >= nr_cpu_ids)
		s->cpu = raw_smp_processor_id();
	l = search_home(s, map);
	if (!l)
		l = search_nearest(s, map);
	if (!l && s->stalled) {		/* rather there than lost */
		s->any = true;
		l = search_nearest(s, map);
	}
	if (!l && s->half_open && s->full)
		l = search_full(s, map);
	return l;
}

/*
 * One that accepts, and has room for what is its own besides: who is on the way to
 * it was promised a place, and more come. All in turn: who is quickest to accept is
 * not known.
 */
static struct hp_listener *search_refuge(struct search *s,
					 const struct hp_map *map)
{
	struct hp_listener *l;
	u32 i;

	for (i = 0; map && i < map->nr; i++) {
		l = map->listeners[s->turn++ % map->nr];
		if (is_fit(s, l) && hp_load_is_idle(l->sk) &&
		    hp_load_accepts(l))
			return l;
	}
	return NULL;
}

static void count_found(struct hp_stats *stats, const struct search *s,
			const struct hp_listener *to)
{
	hp_stats_table(stats, s->half_open ? HOMEPORT_TABLE_REQUESTS :
					     HOMEPORT_TABLE_CHILDREN);
	if (READ_ONCE(to->home) == s->cpu)
		hp_stats_table(stats, HOMEPORT_TABLE_LOCAL);
}

static void count_refused(struct hp_stats *stats, const struct search *s)
{
	if (s->full)
		hp_stats_table(stats, HOMEPORT_TABLE_FULL);
	else if (s->options)
		hp_stats_table(stats, HOMEPORT_TABLE_OPTIONS);
}

static bool has_prog(const struct sock *sk)
{
	const struct sock_reuseport *reuse;

	reuse = rcu_dereference(sk->sk_reuseport_cb);
	return reuse && rcu_access_pointer(reuse->prog);
}

static struct hp_listener *rehome(struct search *s)
{
	struct hp_group *g = s->from->group;
	struct hp_listener *to;

	to = search(s, rcu_dereference(g->map));
	if (to && has_prog(to->sk))	/* the program's business */
		return NULL;
	if (to && !refcount_inc_not_zero(&to->sk->sk_refcnt))
		to = NULL;
	if (to)
		count_found(g->stats, s, to);
	else
		count_refused(g->stats, s);
	return to;
}

/**
 * hp_rehome() - another listener for what a closed one had
 * @sk: The closed listener.
 * @moving: A child from its queue, or a half-open request.
 *
 * See struct hp_hooks. The CPU that runs is that of the flow for a request
 * whose ACK came, and very likely for one whose timer fired, as that is pinned
 * to the CPU of the SYN.
 *
 * Return: the listener, with a reference; NULL leaves it to the stock kernel.
 */
struct sock *hp_rehome(struct sock *sk, struct sock *moving)
{
	struct search s = { .cpu = raw_smp_processor_id() };
	struct hp_listener *to = NULL;

	s.half_open = READ_ONCE(moving->sk_state) == TCP_NEW_SYN_RECV;
	if (!s.half_open)
		s.cpu = READ_ONCE(moving->sk_incoming_cpu);
	rcu_read_lock();
	s.from = hp_listener_find(sk);
	if (s.from)
		to = rehome(&s);
	rcu_read_unlock();
	return to ? to->sk : NULL;
}

/* Of the half-open requests of a listener that the server closed. */
static void count_request(struct hp_stats *stats, const struct search *s,
			  const struct hp_listener *to)
{
	count_found(stats, s, to);
	if (READ_ONCE(s->from->handed))	/* paired with hand_over() */
		hp_stats_table(stats, HOMEPORT_TABLE_HANDED_OVER);
}

/* Does the server have the listener open? */
static bool is_served(const struct hp_listener *l)
{
	switch (READ_ONCE(l->state)) {
	case HOMEPORT_LISTENER_STATE_LISTENING:
	case HOMEPORT_LISTENER_STATE_DRAINING:
		return true;
	default:
		return false;
	}
}

/*
 * The next that is idle. A flood pays for each SYN, so it looks at a few only; and
 * at others in the next tick.
 */
static struct hp_listener *search_lender(struct search *s,
					 const struct hp_map *map)
{
	u32 n, at;

	if (!map || !map->nr)
		return NULL;
	at = (s->cpu + (u32)jiffies) % map->nr;
	for (n = min(map->nr, LENDERS_MAX); n; n--) {
		struct hp_listener *l = map->listeners[at];

		if (hp_load_is_idle(l->sk) && is_fit(s, l))
			return l;
		at = at + 1 < map->nr ? at + 1 : 0;
	}
	return NULL;
}

/**
 * hp_borrow() - another listener's place for a request that finds none
 * @sk: The listener whose turn it was; its backlog is used up.
 * @skb: The SYN.
 *
 * See struct hp_hooks.
 *
 * Return: the listener that lends; NULL leaves it to the stock kernel.
 */
struct sock *hp_borrow(struct sock *sk, struct sk_buff *skb)
{
	struct search s = { .cpu = raw_smp_processor_id() };
	struct hp_listener *to = NULL;
	struct hp_group *g;

	s.from = hp_listener_find(sk);
	if (!s.from || hp_is_directed(sk, skb))
		return NULL;
	g = s.from->group;
	to = search_lender(&s, rcu_dereference(g->map));
	if (!to || has_prog(to->sk))
		return NULL;
	hp_stats_load(g->stats, HOMEPORT_LOAD_BORROWED);
	return to->sk;
}

/* The listener of this CPU, which has had no more than its share. */
static struct hp_listener *search_own(struct search *s,
				      const struct hp_map *map)
{
	const struct hp_slot *slot = &map->slot[s->cpu];
	struct hp_listener *l;
	u32 i;

	if (slot->pick != HOMEPORT_PICK_LOCAL)
		return NULL;
	for (i = 0; i < slot->nr; i++) {
		l = map->listeners[slot->first + i];
		hp_load_keep_pace(l->group, l);
		if (hp_load_takes(l) && is_fit(s, l))
			return l;
	}
	return NULL;
}

/*
 * Who was spilled to, as the one whose turn it was had more than its bound, is to
 * stay. It may go home when home has room again.
 */
static struct hp_listener *search_bound(struct search *s,
					const struct hp_map *map)
{
	const struct hp_listener *from = s->from;
	struct hp_listener *l;

	if (!map || READ_ONCE(from->state) == HOMEPORT_LISTENER_STATE_KEPT)
		return NULL;
	if (!is_served(from))
		return search(s, map);
	if (hp_load_is_stalled(from) || sk_acceptq_is_full(from->sk)) {
		l = search_home(s, map);
		return l ? l : search_nearest(s, map);
	}
	return READ_ONCE(from->home) == s->cpu ? NULL : search_own(s, map);
}

/* Is the child to be where its SYN was sent, whatever the load? */
static bool is_to_stay(struct hp_listener *l, const struct sk_buff *skb)
{
	return hp_is_directed(l->sk, skb) || hp_probe_is_under_way(l);
}

/**
 * hp_bind() - which listener shall have the child of a request?
 * @sk: The listener that took the SYN.
 * @req: The request.
 * @skb: The ACK.
 *
 * See struct hp_hooks. The CPU that runs is that of the flow. Where an sk_lookup
 * program sent the SYN, there the child shall be, while it is served; so shall one
 * that is to tell whether a stalled listener accepts again.
 *
 * Return: another listener; NULL leaves it where it is.
 */
struct sock *hp_bind(struct sock *sk, struct request_sock *req,
		     struct sk_buff *skb)
{
	struct hp_listener *to, *from = hp_listener_find(sk);
	struct search s = { .from = from, .cpu = raw_smp_processor_id() };
	const struct hp_map *map;
	struct hp_group *g;

	if (!from || (is_served(from) && is_to_stay(from, skb)))
		return NULL;
	g = from->group;
	map = rcu_dereference(g->map);
	to = search_bound(&s, map);
	if (to && has_prog(to->sk))
		to = NULL;
	hp_lookout_child(g, map, to ?: from);
	if (!to)
		return NULL;
	if (is_served(from)) {
		hp_stats_load(g->stats, HOMEPORT_LOAD_LATE);
	} else {
		s.half_open = true;
		count_request(g->stats, &s, to);
	}
	return to->sk;
}

/* Was it half-open, or not there at all, when the server closed the listener? */
static bool came_later(struct hp_adopted *a)
{
	if (!a->children)
		return true;
	a->children--;
	return false;
}

static void count_moved(struct search *s, const struct hp_listener *to)
{
	struct hp_stats *stats = s->from->group->stats;
	struct hp_adopted *a = s->from->adopted;

	if (s->rescue) {
		hp_stats_load(stats, HOMEPORT_LOAD_RESCUED);
		return;
	}
	s->half_open = came_later(a);
	count_found(stats, s, to);
	if (s->from->handed)
		hp_stats_table(stats, HOMEPORT_TABLE_HANDED_OVER);
}

/*
 * A TCP Fast Open child whose handshake goes on is counted at its listener, and
 * stays until that is over.
 */
static struct hp_listener *target_of(struct search *s,
				     const struct request_sock *req)
{
	const struct hp_map *map = rcu_dereference(s->from->group->map);

	if (tcp_rsk(req)->tfo_listener)
		return NULL;
	return s->rescue ? search_refuge(s, map) : search(s, map);
}

enum moved {
	MOVED,
	PENDING,	/* another one may be moved */
	NO_ROOM,
	NO_FIT,
};

static void wake(struct sock *sk)
{
	void (*data_ready)(struct sock *sk) = READ_ONCE(sk->sk_data_ready);

	data_ready(sk);
}

static enum moved outcome(const struct search *s, const struct hp_listener *to,
			  bool pending)
{
	if (to)
		return MOVED;
	if (pending)
		return PENDING;
	return s->options && !s->full ? NO_FIT : NO_ROOM;
}

/*
 * Gives what was taken out of a queue to another listener, or puts it back. As
 * in inet_csk_listen_stop(), the child is locked: nothing may happen to it while
 * it is nowhere.
 *
 * The listener that is found cannot close before it has it: its close() waits
 * for hp_net.lock in hp_close(). shutdown() does not; who calls that means it.
 */
static enum moved move_one(struct search *s, struct request_sock *req)
{
	struct sock *child = req->sk;
	struct hp_listener *to;
	bool pending;

	s->cpu = READ_ONCE(child->sk_incoming_cpu);
	local_bh_disable();
	bh_lock_sock(child);
	sock_hold(child);
	rcu_read_lock();
	pending = tcp_rsk(req)->tfo_listener;
	to = target_of(s, req);
	if (hp_attach->enqueue(to ? to->sk : s->from->sk, req, child) && to) {
		count_moved(s, to);
		wake(to->sk);
	}
	rcu_read_unlock();
	bh_unlock_sock(child);
	local_bh_enable();
	sock_put(child);
	return outcome(s, to, pending);
}

/* For hp_attach.move. */
static struct sock *choose(struct sock *sk, struct sock *child, void *data)
{
	struct search *s = data;
	const struct hp_map *map = rcu_dereference(s->from->group->map);

	s->asked = true;
	s->cpu = READ_ONCE(child->sk_incoming_cpu);
	s->to = s->rescue ? search_refuge(s, map) : search(s, map);
	return s->to ? s->to->sk : NULL;
}

/* The kernel takes the oldest that may go, and puts it into the other queue. */
static enum moved move_native(struct search *s)
{
	if (hp_attach->move(s->from->sk, choose, s, 1) > 0) {
		count_moved(s, s->to);
		return MOVED;
	}
	return s->asked ? outcome(s, NULL, false) : PENDING;
}

static enum moved move_oldest(struct search *s)
{
	struct request_sock *req;

	if (hp_attach->move)
		return move_native(s);
	req = reqsk_queue_remove(&inet_csk(s->from->sk)->icsk_accept_queue,
				 s->from->sk);
	return req ? move_one(s, req) : PENDING;
}

/* As much as there is room for. */
static enum moved move_all(const struct search *how)
{
	u32 n = hp_listener_queued(how->from), turn = how->turn;
	enum moved moved = MOVED;
	struct search s;

	while (n-- && moved <= PENDING) {
		s = *how;
		s.turn = turn;
		moved = move_oldest(&s);
		turn = s.turn;
		cond_resched();
	}
	return moved;
}

/**
 * hp_request_can_move() - may queued connections be given to another listener?
 */
bool hp_request_can_move(void)
{
	return hp_attach->move || hp_attach->enqueue;
}

/**
 * hp_request_move() - give what waits in an adopted listener to the others
 * @from: The listener; hp_net.lock is held.
 *
 * As much as there is room for. The rest stays.
 *
 * Return: false when none of the others fits, and never will.
 */
bool hp_request_move(struct hp_listener *from)
{
	struct search s = { .from = from };

	lockdep_assert_held(&from->group->hn->lock);
	if (!hp_request_can_move())
		return true;
	return move_all(&s) != NO_FIT;
}

/* Is there one that would take something? */
static bool has_refuge(struct hp_listener *from)
{
	struct search s = { .from = from, .rescue = true };
	bool has;

	rcu_read_lock();
	has = search_refuge(&s, rcu_dereference(from->group->map));
	rcu_read_unlock();
	return has;
}

/**
 * hp_request_rescue() - give what waits in a stalled listener to the others
 * @from: The listener; hp_net.lock is held. Its socket is locked, where the
 *	kernel has no hp_attach.move.
 *
 * To those who accept. What they cannot take stays.
 */
void hp_request_rescue(struct hp_listener *from)
{
	struct search s = { .from = from, .rescue = true };

	lockdep_assert_held(&from->group->hn->lock);
	if (!hp_attach->move)
		sock_owned_by_me(from->sk);
	if (hp_request_can_move() && has_refuge(from))
		move_all(&s);
}

/**
 * hp_request_half_open() - how many half-open requests name a listener
 * @l: The listener, open or closed.
 */
u32 hp_request_half_open(const struct hp_listener *l)
{
	return reqsk_queue_len(&inet_csk(l->sk)->icsk_accept_queue);
}

/* Its listener has closed, and there is another one to ask for. */
static bool is_stranded(const struct request_sock *req)
{
	const struct hp_listener *l;

	if (READ_ONCE(req->rsk_listener->sk_state) == TCP_LISTEN)
		return false;
	l = hp_listener_find(req->rsk_listener);
	return l && rcu_access_pointer(l->group->map);
}

/* Has their timers fire now. Returns how many. */
static unsigned int bucket_hurry(struct inet_hashinfo *info, unsigned int slot,
				 const struct net *net)
{
	struct inet_ehash_bucket *head = &info->ehash[slot];
	spinlock_t *lock = inet_ehash_lockp(info, slot);
	const struct hlist_nulls_node *node;
	unsigned int n = 0;
	struct sock *sk;

	rcu_read_lock();
	spin_lock_bh(lock);
	sk_nulls_for_each(sk, node, &head->chain) {
		if (sk->sk_state != TCP_NEW_SYN_RECV ||
		    !net_eq(sock_net(sk), net) || !is_stranded(inet_reqsk(sk)))
			continue;
		mod_timer_pending(&inet_reqsk(sk)->rsk_timer, jiffies);
		n++;
	}
	spin_unlock_bh(lock);
	rcu_read_unlock();
	return n;
}

static unsigned int hurry_once(struct hp_net *hn)
{
	struct inet_hashinfo *info = hn->net->ipv4.tcp_death_row.hashinfo;
	unsigned int slot, n = 0;

	for (slot = 0; slot <= info->ehash_mask; slot++) {
		if (hlist_nulls_empty(&info->ehash[slot].chain))
			continue;
		n += bucket_hurry(info, slot, hn->net);
		cond_resched();
	}
	return n;
}

/**
 * hp_request_hurry() - have stranded half-open requests find a listener now
 * @hn: The namespace. Its lock is not held.
 *
 * They would find one when their ACK comes; but there will be nobody to ask
 * then, as homeport is about to leave. Their timer asks as well. It sends one
 * more SYN-ACK. May sleep, for a second at most.
 */
void hp_request_hurry(struct hp_net *hn)
{
	unsigned int tries;

	for (tries = 0; tries < HURRY_TRIES && hurry_once(hn); tries++)
		msleep(HURRY_MS);
}
