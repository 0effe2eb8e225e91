// SPDX-License-Identifier: GPL-2.0
/*
 * hp_pickbench.c - what does it cost to choose a listener?
 *
 * Calls reuseport_select_sock(), or the whole lookup of a listener, as the TCP
 * stack does, with bottom halves off and a TCP header in an skb, and reads the TSC
 * around it. Where QEMU runs with -icount shift=0, a tick is one instruction of
 * the guest.
 *
 * Each pick is repeated and the cheapest counts: under -icount the CPUs take
 * turns, and another one's instructions may fall between.
 *
 * For measuring in a VM only.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/in6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <linux/uaccess.h>
#include <net/inet6_hashtables.h>
#include <net/inet_hashtables.h>
#include <net/sock.h>
#include <net/sock_reuseport.h>
#include <net/tcp.h>

#ifdef HP_OWNER_SELECT
#include <net/reuseport_owner.h>
#endif

#include "hp_pickbench.h"

#define MAX_PICKS	32768
#define MAX_REPEATS	64
#define FIRST_PORT	1024
#define LOOPBACK	1	/* its ifindex */

#ifdef HP_LOOKUP_HASHINFO
#define TABLE_OF(net)	((net)->ipv4.tcp_death_row.hashinfo),
#else
#define TABLE_OF(net)
#endif

/* Who is to choose, and what comes for it. */
struct packet {
	struct sock *sk;
	struct sk_buff *skb;
};

/* The @n-th flow. */
typedef struct sock *choose_fn(const struct packet *p, u32 n);

static noinline struct sock *select_nothing(struct sock *sk, u32 hash,
					    struct sk_buff *skb, int hdr_len)
{
	/* else they would not be passed */
	asm volatile("" : : "r" (hash), "r" (skb), "r" (hdr_len));
	return sk;
}

/* The same hash values for all, spread over their range. */
static u32 hash_value(u32 n)
{
	return n * 2654435761u;
}

/* What is taken off: the call itself, and reading the TSC. */
static noinline struct sock *choose_nothing(const struct packet *p, u32 n)
{
	return select_nothing(p->sk, hash_value(n), p->skb,
			      sizeof(struct tcphdr));
}

static noinline struct sock *choose_by_select(const struct packet *p, u32 n)
{
	return reuseport_select_sock(p->sk, hash_value(n), p->skb,
				     sizeof(struct tcphdr));
}

#ifdef HP_OWNER_SELECT
/*
 * As the lookup of a listener does first. It has the arguments of the others, which
 * are taken off with the empty call.
 */
static noinline struct sock *choose_by_owner(const struct packet *p, u32 n)
{
	asm volatile("" : : "r" (hash_value(n)), "r" (sizeof(struct tcphdr)));
	return reuseport_owner_select(p->sk, p->skb);
}

/* A group that is not tied to an owner chooses as without one. */
static choose_fn *how_to_select(const struct sock *sk)
{
	const struct sock_reuseport *reuse;
	bool tied;

	rcu_read_lock();
	reuse = rcu_dereference(sk->sk_reuseport_cb);
	tied = reuse && rcu_access_pointer(reuse->owner_group);
	rcu_read_unlock();
	return tied ? choose_by_owner : choose_by_select;
}
#else
static choose_fn *how_to_select(const struct sock *sk)
{
	return choose_by_select;
}
#endif

static noinline struct sock *choose_by_lookup(const struct packet *p, u32 n)
{
	struct net *net = sock_net(p->sk);

	return __inet_lookup_listener(net, TABLE_OF(net) p->skb,
				      sizeof(struct tcphdr),
				      htonl(INADDR_LOOPBACK),
				      htons(FIRST_PORT + n),
				      htonl(INADDR_LOOPBACK),
				      inet_sk(p->sk)->inet_num, LOOPBACK, 0);
}

static noinline struct sock *choose_by_lookup6(const struct packet *p, u32 n)
{
	struct net *net = sock_net(p->sk);

	return inet6_lookup_listener(net, TABLE_OF(net) p->skb,
				     sizeof(struct tcphdr), &in6addr_loopback,
				     htons(FIRST_PORT + n), &in6addr_loopback,
				     inet_sk(p->sk)->inet_num, LOOPBACK, 0);
}

static u64 time_one(choose_fn *fn, const struct packet *p, u32 n,
		    struct sock **chosen)
{
	unsigned long flags;
	u64 start, end;

	local_irq_save(flags);
	start = rdtsc_ordered();
	*chosen = fn(p, n);
	end = rdtsc_ordered();
	local_irq_restore(flags);
	return end - start;
}

static u64 time_best(choose_fn *fn, const struct packet *p, u32 n, u32 repeats,
		     struct sock **chosen)
{
	u64 best = U64_MAX;

	while (repeats--)
		best = min(best, time_one(fn, p, n, chosen));
	return best;
}

static void count_ticks(struct hp_pickbench *b, choose_fn *fn,
			const struct packet *p)
{
	u64 empty, ticks;
	struct sock *chosen;
	u32 i;

	empty = time_best(choose_nothing, p, 0, MAX_REPEATS, &chosen);
	b->least = U64_MAX;
	for (i = 0; i < b->picks; i++) {
		ticks = time_best(fn, p, i, b->repeats, &chosen) - empty;
		b->ticks += ticks;
		b->least = min(b->least, ticks);
		b->most = max(b->most, ticks);
		b->unanswered += !chosen;
	}
}

static u64 time_all(struct hp_pickbench *b, choose_fn *fn,
		    const struct packet *p)
{
	u64 start = ktime_get_ns();
	u32 i;

	for (i = 0; i < b->picks; i++)
		fn(p, i);
	return ktime_get_ns() - start;
}

static void run(struct hp_pickbench *b, choose_fn *fn, const struct packet *p)
{
	u32 repeats;

	b->ticks = 0;
	b->most = 0;
	b->unanswered = 0;
	b->ns = U64_MAX;
	rcu_read_lock();
	local_bh_disable();
	count_ticks(b, fn, p);
	for (repeats = b->repeats; repeats; repeats--)
		b->ns = min(b->ns, time_all(b, fn, p));
	local_bh_enable();
	rcu_read_unlock();
}

static void put_ipv4(struct sk_buff *skb)
{
	struct iphdr *ip = skb_put_zero(skb, sizeof(*ip));

	ip->saddr = htonl(INADDR_LOOPBACK);
	ip->daddr = htonl(INADDR_LOOPBACK);
	skb->protocol = htons(ETH_P_IP);
	skb_pull(skb, sizeof(*ip));
}

static void put_ipv6(struct sk_buff *skb)
{
	struct ipv6hdr *ip = skb_put_zero(skb, sizeof(*ip));

	ip->saddr = in6addr_loopback;
	ip->daddr = in6addr_loopback;
	skb->protocol = htons(ETH_P_IPV6);
	skb_pull(skb, sizeof(*ip));
}

/* As it is when a SYN reaches the socket lookup: data is the TCP header. */
static struct sk_buff *make_syn(const struct sock *sk)
{
	struct sk_buff *skb = alloc_skb(128, GFP_KERNEL);

	if (!skb)
		return NULL;
	skb_reset_network_header(skb);
	if (sk->sk_family == AF_INET6)
		put_ipv6(skb);
	else
		put_ipv4(skb);
	skb_reset_transport_header(skb);
	skb_put_zero(skb, sizeof(struct tcphdr));
	tcp_hdr(skb)->syn = 1;
	return skb;
}

/* NULL: that cannot be asked of this socket. */
static choose_fn *how_to_choose(const struct hp_pickbench *b,
				const struct sock *sk)
{
	if (sk->sk_state != TCP_LISTEN)
		return NULL;
	if (b->what == HP_PICKBENCH_SELECT)
		return rcu_access_pointer(sk->sk_reuseport_cb) ?
			how_to_select(sk) : NULL;
	if (b->what != HP_PICKBENCH_LOOKUP)
		return NULL;
	return sk->sk_family == AF_INET6 ? choose_by_lookup6 : choose_by_lookup;
}

static int run_on_socket(struct hp_pickbench *b, struct sock *sk)
{
	choose_fn *fn = how_to_choose(b, sk);
	struct packet p = { .sk = sk };

	if (!fn)
		return -EINVAL;
	p.skb = make_syn(sk);
	if (!p.skb)
		return -ENOMEM;
	run(b, fn, &p);
	kfree_skb(p.skb);
	return 0;
}

static long pickbench_ioctl(struct file *file, unsigned int cmd,
			    unsigned long arg)
{
	void __user *user = (void __user *)arg;
	struct hp_pickbench b;
	struct socket *sock;
	int err;

	if (cmd != HP_PICKBENCH_RUN)
		return -ENOTTY;
	if (copy_from_user(&b, user, sizeof(b)))
		return -EFAULT;
	if (!b.picks || b.picks > MAX_PICKS ||
	    !b.repeats || b.repeats > MAX_REPEATS)
		return -EINVAL;
	sock = sockfd_lookup(b.fd, &err);
	if (!sock)
		return err;
	err = run_on_socket(&b, sock->sk);
	sockfd_put(sock);
	if (!err && copy_to_user(user, &b, sizeof(b)))
		err = -EFAULT;
	return err;
}

static const struct file_operations pickbench_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = pickbench_ioctl,
};

static struct miscdevice pickbench_dev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "hp_pickbench",
	.fops = &pickbench_fops,
	.mode = 0600,
};
module_misc_device(pickbench_dev);

MODULE_DESCRIPTION("The cost of choosing a listener");
MODULE_LICENSE("GPL");
