/* SPDX-License-Identifier: GPL-2.0 */
/* sender.h - packets that come from the CPU where they arrive */
#ifndef HOMEPORT_SENDER_H
#define HOMEPORT_SENDER_H

#include <linux/skbuff.h>
#include <linux/smp.h>

/*
 * Did a socket of this very machine send the packet, from this very CPU? Over
 * loopback or veth no device chose where it arrives: its client did, by running
 * here, and wants the CPU that the home's worker wants.
 *
 * The kernel notes the CPU where a packet is sent first, in the place in which a
 * device's queue (NAPI) leaves its own number, which is beyond those of CPUs. What a
 * device received and this machine passes on, to a container for instance, has a
 * sender by then, too, but is not what TCP sends a SYN as: the clone of one that it
 * keeps. Where that is not to be told, the answer is no.
 */
static inline bool hp_is_sent_here(const struct sk_buff *skb)
{
#ifdef CONFIG_XPS
	return skb->sender_cpu == raw_smp_processor_id() + 1 &&
	       skb->fclone == SKB_FCLONE_CLONE;
#else
	return false;
#endif
}

#endif /* HOMEPORT_SENDER_H */
