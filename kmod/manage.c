// SPDX-License-Identifier: GPL-2.0
/*
 * manage.c - rules and listeners come and go, and groups with them
 *
 * A rule and a listener may come at the same moment. Whichever of the two
 * takes hp_net.lock later sees the other: a listener that joins looks for its
 * rule under the lock, and a rule that was added looks for listeners after it
 * is on the list.
 */
#include "manage.h"

#include <linux/cpuhotplug.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <net/inet_hashtables.h>
#include <net/mptcp.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include <net/sock_reuseport.h>
#include <net/tcp.h>
#include <net/transp_v6.h>

#include "event.h"
#include "group.h"
#include "home.h"
#include "keep.h"
#include "listener.h"
#include "load.h"
#include "netns.h"
#include "reuseport.h"
#include "rule.h"

/* One more look for listeners when there was no memory for one. */
#define RETRY_DELAY	HZ

static bool is_smc(const struct sock *sk)
{
#if IS_ENABLED(CONFIG_SMC)
	return tcp_sk(sk)->syn_smc;
#else
	return false;
#endif
}

static bool is_plain_prot(const struct sock *sk)
{
	const struct proto *prot = READ_ONCE(sk->sk_prot);

#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6)
		return prot == &tcpv6_prot;
#endif
	return prot == &tcp_prot;
}

/* MPTCP, SMC and sockmap listeners are left to the stock kernel. */
static bool is_ours(const struct sock *sk)
{
	return sk->sk_state == TCP_LISTEN &&
	       rcu_access_pointer(sk->sk_reuseport_cb) &&
	       is_plain_prot(sk) && !sk_is_mptcp(sk) && !is_smc(sk) &&
	       !inet_csk(sk)->icsk_ulp_ops;
}

/* NULL when none of this namespace has that id. */
static struct hp_group *group_of(struct hp_net *hn, u32 reuseport_id)
{
	struct hp_group *g;

	list_for_each_entry(g, &hn->groups, list)
		if (g->reuseport_id == reuseport_id)
			return g;
	return NULL;
}

static int join_group(struct hp_net *hn, struct sock *sk, struct hp_rule *rule,
		      const struct hp_key *key, u32 reuseport_id)
{
	struct hp_listener *l;
	struct hp_group *g;

	g = hp_group_get(hn, sk, reuseport_id, key, rule);
	if (IS_ERR(g))
		return PTR_ERR(g);
	l = hp_listener_add(g, sk);
	if (IS_ERR(l)) {
		if (!g->nr)
			hp_group_drop(g);
		return PTR_ERR(l);
	}
	hp_group_remap(g);
	hp_keep_joined(g);
	hp_event_listener(g, l, HP_EVENT_LISTENER_JOIN);
	return 0;
}

/* What is found under hp_net.lock cannot go while that is held. */
static struct hp_listener *listener_find(struct sock *sk)
{
	struct hp_listener *l;

	rcu_read_lock();
	l = hp_listener_find(sk);
	rcu_read_unlock();
	return l;
}

/*
 * A socket may listen, leave by shutdown() and listen again before we have
 * taken note of its leave.
 */
static bool is_joined(struct sock *sk)
{
	struct hp_listener *l = listener_find(sk);

	if (!l)
		return false;
	if (!READ_ONCE(l->gone))
		return true;
	hp_group_evict(l);
	return false;
}

static int join_locked(struct hp_net *hn, struct sock *sk)
{
	struct hp_rule *rule;
	struct hp_key key;
	int id, err = 0;

	if (hn->closing || is_joined(sk))
		return 0;
	id = hp_reuseport_id(sk);
	if (id < 0)
		return 0;
	hp_key_of(&key, sk);
	rule = hp_rule_match(hn, &key.addr, key.port);
	if (rule)
		err = join_group(hn, sk, rule, &key, id);
	if (hn->nr_adopted)
		hp_keep_supersede(hn, group_of(hn, id), &key);
	return err;
}

static void rescan_later(struct hp_net *hn)
{
	lockdep_assert_held(&hn->lock);
	hn->rescan = true;
	queue_delayed_work(system_unbound_wq, &hn->update, RETRY_DELAY);
}

/**
 * hp_join() - a socket listens now
 * @sk: The socket, not locked by the caller.
 *
 * When there is no memory its group is left to the stock kernel (the number
 * of listeners does not fit, see group_pick()) until a later look finds room.
 */
void hp_join(struct sock *sk)
{
	struct hp_net *hn = hp_net(sock_net(sk));
	int err = 0;

	if (sk->sk_protocol != IPPROTO_TCP)
		return;
	lock_sock(sk);
	if (is_ours(sk)) {
		mutex_lock(&hn->lock);
		err = join_locked(hn, sk);
		if (err)
			rescan_later(hn);
		mutex_unlock(&hn->lock);
	}
	release_sock(sk);
}

/**
 * hp_leave() - a socket is about to leave its group
 * @sk: The socket, locked.
 *
 * No pick names it from now on but those under way, which RCU covers as it
 * does the kernel's own. The rest is left to hp_manage_update().
 */
void hp_leave(struct sock *sk)
{
	struct hp_listener *l;

	rcu_read_lock();
	l = hp_listener_find(sk);
	if (l && !READ_ONCE(l->gone)) {
		WRITE_ONCE(l->gone, true);	/* paired with hp_listener_usable() */
		hp_group_stale(l->group);
	}
	rcu_read_unlock();
}

/**
 * hp_homed() - a socket's SO_INCOMING_CPU changes
 * @sk: The socket, locked by the caller.
 * @cpu: The new value; negative: none.
 */
void hp_homed(struct sock *sk, int cpu)
{
	struct hp_listener *l;

	if (sk->sk_protocol != IPPROTO_TCP ||
	    !rcu_access_pointer(sk->sk_reuseport_cb))
		return;
	rcu_read_lock();
	l = hp_listener_find(sk);
	if (l && !READ_ONCE(l->gone)) {
		WRITE_ONCE(l->told, cpu);	/* paired with settle_told() */
		hp_group_stale(l->group);
	}
	rcu_read_unlock();
}

/* A snapshot of listening sockets, each with a reference. */
struct found {
	struct sock **sk;
	unsigned int nr;
	unsigned int max;
};

/* Counts on beyond what fits. */
static void bucket_look(struct inet_listen_hashbucket *ilb, struct net *net,
			struct found *found)
{
	struct hlist_nulls_node *node;
	struct sock *sk;

	found->nr = 0;
	spin_lock(&ilb->lock);
	sk_nulls_for_each(sk, node, &ilb->nulls_head) {
		if (!net_eq(sock_net(sk), net) || !sk->sk_reuseport)
			continue;
		if (found->nr++ < found->max) {
			sock_hold(sk);
			found->sk[found->nr - 1] = sk;
		}
	}
	spin_unlock(&ilb->lock);
}

static void found_put(struct found *found)
{
	while (found->nr)
		sock_put(found->sk[--found->nr]);
}

/* All listening sockets of a bucket, however many. */
static int bucket_find(struct inet_listen_hashbucket *ilb, struct net *net,
		       struct found *found)
{
	for (;;) {
		unsigned int want;

		bucket_look(ilb, net, found);
		if (found->nr <= found->max)
			return 0;
		want = found->nr + found->nr / 4;
		found->nr = found->max;
		found_put(found);
		kvfree(found->sk);
		found->max = 0;
		found->sk = kvmalloc_array(want, sizeof(*found->sk), GFP_KERNEL);
		if (!found->sk)
			return -ENOMEM;
		found->max = want;
	}
}

/*
 * Have all join that listen already. Takes no lock across the walk: those who
 * come meanwhile join by themselves.
 */
static int scan(struct hp_net *hn)
{
	struct inet_hashinfo *info = hn->net->ipv4.tcp_death_row.hashinfo;
	struct found found = {};
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i <= info->lhash2_mask; i++) {
		if (hlist_nulls_empty(&info->lhash2[i].nulls_head))
			continue;
		err = bucket_find(&info->lhash2[i], hn->net, &found);
		while (!err && found.nr) {
			struct sock *sk = found.sk[--found.nr];

			hp_join(sk);
			sock_put(sk);
		}
		cond_resched();
	}
	kvfree(found.sk);
	return err;
}

/**
 * hp_manage_add() - add a rule and manage the listeners it stands for
 * @hn: The namespace.
 * @key: Which listeners; the caller has checked that it makes sense.
 * @conf: How to manage them.
 * @id: Set to the rule's id.
 * @conflict: Set to the id of the rule that has some of them already, on
 *	-EEXIST.
 *
 * Return: 0; -EEXIST; -ENOMEM. Nothing has changed on an error.
 */
int hp_manage_add(struct hp_net *hn, const struct hp_rule_key *key,
		  const struct hp_rule_conf *conf, u32 *id, u32 *conflict)
{
	struct hp_rule *rule;
	int err = 0;

	mutex_lock(&hn->lock);
	rule = hp_rule_add(hn, key, conf, conflict);
	if (IS_ERR(rule))
		err = PTR_ERR(rule);
	else
		*id = rule->id;
	mutex_unlock(&hn->lock);
	if (err)
		return err;
	err = scan(hn);
	if (err)
		hp_manage_del(hn, *id);
	return err;
}

static void rule_drop(struct hp_net *hn, struct hp_rule *rule)
{
	struct hp_group *g, *next;

	list_for_each_entry_safe(g, next, &hn->groups, list)
		if (g->rule == rule)
			hp_group_drop(g);
	hp_rule_del(hn, rule);
}

/**
 * hp_manage_set() - change how a rule has its listeners managed
 * @hn: The namespace.
 * @id: The rule's id.
 * @conf: HP_CONF_SAME for what stays. What is kept already keeps its time.
 *
 * Return: 0; -ENOENT when there is no such rule.
 */
int hp_manage_set(struct hp_net *hn, u32 id, const struct hp_rule_conf *conf)
{
	struct hp_rule *rule;

	mutex_lock(&hn->lock);
	rule = hp_rule_find(hn, id);
	if (rule) {
		hp_rule_set(rule, conf);
		hp_load_reconsider(rule, hn);
	}
	mutex_unlock(&hn->lock);
	return rule ? 0 : -ENOENT;
}

static int listener_drain(struct hp_listener *l, bool on)
{
	if (l->adopted)
		return -EBUSY;
	WRITE_ONCE(l->state, on ? HOMEPORT_LISTENER_STATE_DRAINING :
				  HOMEPORT_LISTENER_STATE_LISTENING);
	hp_event_listener(l->group, l, HP_EVENT_LISTENER_STATE);
	return 0;
}

/* Of all, those that a server has open. */
static int group_drain(struct hp_group *g, const u32 *index, bool on)
{
	int err = index ? -ENOENT : 0;
	struct hp_listener *l;

	list_for_each_entry(l, &g->listeners, list) {
		if (index && l->index == *index)
			err = listener_drain(l, on);
		else if (!index && !l->adopted)
			listener_drain(l, on);
	}
	if (!err)
		hp_group_remap(g);
	return err;
}

/**
 * hp_manage_drain() - give a listener no new connections, or some again
 * @hn: The namespace.
 * @group: Its group's id.
 * @index: Its index; NULL: all listeners that the group has now.
 * @on: No new connections, while another listener takes them.
 *
 * Return: 0; -ENOENT when there is no such group or listener; -EBUSY when its
 * server has closed it.
 */
int hp_manage_drain(struct hp_net *hn, u32 group, const u32 *index, bool on)
{
	struct hp_group *g;
	int err = -ENOENT;

	mutex_lock(&hn->lock);
	list_for_each_entry(g, &hn->groups, list)
		if (g->id == group)
			err = group_drain(g, index, on);
	mutex_unlock(&hn->lock);
	return err;
}

/* Of two who delete the same rule, one does. */
static struct hp_rule *rule_end(struct hp_net *hn, u32 id)
{
	struct hp_rule *rule;

	mutex_lock(&hn->lock);
	rule = hp_rule_find(hn, id);
	if (rule && rule->ending)
		rule = NULL;
	if (rule)
		rule->ending = true;
	mutex_unlock(&hn->lock);
	return rule;
}

/**
 * hp_manage_del() - delete a rule and leave its groups to the stock kernel
 * @hn: The namespace.
 * @id: The rule's id.
 *
 * Return: 0; -ENOENT when there is no such rule.
 */
int hp_manage_del(struct hp_net *hn, u32 id)
{
	struct hp_rule *rule = rule_end(hn, id);

	if (!rule)
		return -ENOENT;
	hp_keep_end(hn, rule);
	mutex_lock(&hn->lock);
	rule_drop(hn, rule);
	mutex_unlock(&hn->lock);
	return 0;
}

/**
 * hp_manage_stop() - hold nothing open any more, for good
 * @hn: The namespace.
 */
void hp_manage_stop(struct hp_net *hn)
{
	mutex_lock(&hn->lock);
	hn->closing = true;
	mutex_unlock(&hn->lock);
	hp_keep_end(hn, NULL);
}

/**
 * hp_manage_close() - delete all rules of a namespace, for good
 * @hn: The namespace.
 */
void hp_manage_close(struct hp_net *hn)
{
	struct hp_rule *rule, *next;

	mutex_lock(&hn->lock);
	hn->closing = true;
	list_for_each_entry_safe(rule, next, &hn->rules, list)
		rule_drop(hn, rule);
	mutex_unlock(&hn->lock);
}

static void group_update(struct hp_group *g)
{
	struct hp_net *hn = g->hn;

	/* paired with WRITE_ONCE() in hp_group_stale() */
	if (!xchg(&g->stale, false))
		return;
	hp_group_reap(g);
	hp_keep_left(hn);
}

/**
 * hp_manage_update() - take note of what the hooks saw
 * @work: hp_net.update
 */
void hp_manage_update(struct work_struct *work)
{
	struct hp_net *hn = container_of(to_delayed_work(work), struct hp_net,
					 update);
	struct hp_group *g, *next;
	bool rescan;

	mutex_lock(&hn->lock);
	rescan = hn->rescan && !hn->closing;
	hn->rescan = false;
	list_for_each_entry_safe(g, next, &hn->groups, list)
		group_update(g);
	mutex_unlock(&hn->lock);
	if (!rescan || !scan(hn))
		return;
	mutex_lock(&hn->lock);
	rescan_later(hn);
	mutex_unlock(&hn->lock);
}

static bool group_learn(struct hp_group *g)
{
	/* paired with READ_ONCE() in listener_accepting() */
	if (!READ_ONCE(g->learning))
		return false;
	if (!hp_home_learn(g)) {
		WRITE_ONCE(g->learning, false);
		return false;
	}
	hp_group_resettle(g);
	return true;
}

/**
 * hp_manage_learn() - learn homes while tasks that are not pinned accept
 * @work: hp_net.learn
 */
void hp_manage_learn(struct work_struct *work)
{
	struct hp_net *hn = container_of(to_delayed_work(work), struct hp_net,
					 learn);
	struct hp_group *g;
	bool again = false;

	mutex_lock(&hn->lock);
	list_for_each_entry(g, &hn->groups, list)
		again |= group_learn(g);
	if (again)
		queue_delayed_work(system_unbound_wq, &hn->learn,
				   HP_LEARN_PERIOD);
	mutex_unlock(&hn->lock);
}

/*
 * A CPU is still among those online when its teardown begins. The update
 * waits for the end: hp_home_settle() takes cpus_read_lock().
 */
static int cpu_comes_or_goes(unsigned int cpu)
{
	struct net *net;

	rcu_read_lock();
	for_each_net_rcu(net)
		hp_group_stale_net(hp_net(net));
	rcu_read_unlock();
	return 0;
}

static enum cpuhp_state cpu_state;

/**
 * hp_manage_init() - begin to follow CPUs that come and go
 *
 * Return: 0, or a negative errno.
 */
int hp_manage_init(void)
{
	int state;

	state = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN,
					  "net/homeport:online",
					  cpu_comes_or_goes,
					  cpu_comes_or_goes);
	if (state < 0)
		return state;
	cpu_state = state;
	return 0;
}

/**
 * hp_manage_exit() - follow CPUs no longer
 */
void hp_manage_exit(void)
{
	cpuhp_remove_state_nocalls(cpu_state);
}
