// SPDX-License-Identifier: GPL-2.0
/*
 * hp_pickbench.c - what does it cost to choose a listener?
 *
 * Calls reuseport_select_sock() as the TCP stack does, with bottom halves off
 * and a TCP header in an skb, and reads the TSC around it. Where QEMU runs with
 * -icount shift=0, a tick is one instruction of the guest.
 *
 * Each pick is repeated and the cheapest counts: under -icount the CPUs take
 * turns, and another one's instructions may fall between.
 *
 * For measuring in a VM only.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ip.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <linux/uaccess.h>
#include <net/sock.h>
#include <net/sock_reuseport.h>

#include "hp_pickbench.h"

#define MAX_PICKS	65536
#define MAX_REPEATS	64

typedef struct sock *select_fn(struct sock *sk, u32 hash, struct sk_buff *skb,
			       int hdr_len);

/* What is taken off: the call itself, and reading the TSC. */
static noinline struct sock *select_nothing(struct sock *sk, u32 hash,
					    struct sk_buff *skb, int hdr_len)
{
	barrier();
	return sk;
}

/* The same hash values for all, spread over their range. */
static u32 hash_value(u32 n)
{
	return n * 2654435761u;
}

static u64 time_one(select_fn *fn, struct sock *sk, u32 hash,
		    struct sk_buff *skb, struct sock **chosen)
{
	unsigned long flags;
	u64 start, end;

	local_irq_save(flags);
	start = rdtsc_ordered();
	*chosen = fn(sk, hash, skb, sizeof(struct tcphdr));
	end = rdtsc_ordered();
	local_irq_restore(flags);
	return end - start;
}

static u64 time_best(select_fn *fn, struct sock *sk, u32 hash,
		     struct sk_buff *skb, u32 repeats, struct sock **chosen)
{
	u64 best = U64_MAX;

	while (repeats--)
		best = min(best, time_one(fn, sk, hash, skb, chosen));
	return best;
}

static void count_ticks(struct hp_pickbench *b, struct sock *sk,
			struct sk_buff *skb)
{
	u64 empty, ticks;
	struct sock *chosen;
	u32 i;

	empty = time_best(select_nothing, sk, 0, skb, MAX_REPEATS, &chosen);
	b->least = U64_MAX;
	for (i = 0; i < b->picks; i++) {
		ticks = time_best(reuseport_select_sock, sk, hash_value(i), skb,
				  b->repeats, &chosen) - empty;
		b->ticks += ticks;
		b->least = min(b->least, ticks);
		b->most = max(b->most, ticks);
		b->unanswered += !chosen;
	}
}

static u64 time_all(struct hp_pickbench *b, struct sock *sk, struct sk_buff *skb)
{
	u64 start = ktime_get_ns();
	u32 i;

	for (i = 0; i < b->picks; i++)
		reuseport_select_sock(sk, hash_value(i), skb,
				      sizeof(struct tcphdr));
	return ktime_get_ns() - start;
}

static void run(struct hp_pickbench *b, struct sock *sk, struct sk_buff *skb)
{
	u32 repeats;

	b->ticks = 0;
	b->most = 0;
	b->unanswered = 0;
	b->ns = U64_MAX;
	rcu_read_lock();
	local_bh_disable();
	count_ticks(b, sk, skb);
	for (repeats = b->repeats; repeats; repeats--)
		b->ns = min(b->ns, time_all(b, sk, skb));
	local_bh_enable();
	rcu_read_unlock();
}

/* As it is when a SYN reaches the socket lookup: data is the TCP header. */
static struct sk_buff *make_syn(void)
{
	struct sk_buff *skb = alloc_skb(128, GFP_KERNEL);

	if (!skb)
		return NULL;
	skb_reset_network_header(skb);
	skb_put_zero(skb, sizeof(struct iphdr));
	skb_pull(skb, sizeof(struct iphdr));
	skb_reset_transport_header(skb);
	skb_put_zero(skb, sizeof(struct tcphdr));
	tcp_hdr(skb)->syn = 1;
	skb->protocol = htons(ETH_P_IP);
	return skb;
}

static int run_on_socket(struct hp_pickbench *b, struct sock *sk)
{
	struct sk_buff *skb;

	if (sk->sk_state != TCP_LISTEN ||
	    !rcu_access_pointer(sk->sk_reuseport_cb))
		return -EINVAL;
	skb = make_syn();
	if (!skb)
		return -ENOMEM;
	run(b, sk, skb);
	kfree_skb(skb);
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
