// SPDX-License-Identifier: GPL-2.0
/*
 * hp_owner.c - owns the choices of reuseport groups, and has no opinion
 *
 * For the test mod_attach: homeport has to find the place taken, and a kernel
 * with such an owner has to do what it does with none. It ties the first group in
 * which anybody listens, and leaves that to be undone when it goes.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <net/reuseport_owner.h>

static bool incomplete;
module_param(incomplete, bool, 0444);
MODULE_PARM_DESC(incomplete, "Try to register without what is required");

static int asked;
module_param(asked, int, 0444);
MODULE_PARM_DESC(asked, "How often it was asked to pick, about");

static struct reuseport_owner_group the_group;

static struct sock *no_opinion(struct sock *sk, struct sk_buff *skb,
			       struct reuseport_owner_group *og)
{
	WRITE_ONCE(asked, asked + 1);	/* about */
	return NULL;
}

static void tie_first(struct sock *sk)
{
	if (!READ_ONCE(the_group.reuse))	/* listeners come one by one */
		reuseport_owner_tie(sk, &the_group);
}

static struct reuseport_owner_ops ops = {
	.pick = no_opinion,
	.join = tie_first,
};

static int __init hp_owner_init(void)
{
	if (incomplete)
		ops.pick = NULL;
	return reuseport_owner_register(&ops);
}

static void __exit hp_owner_exit(void)
{
	reuseport_owner_unregister(&ops);
}

module_init(hp_owner_init);
module_exit(hp_owner_exit);

MODULE_DESCRIPTION("Owns the choices of reuseport groups, for a test of homeport");
MODULE_AUTHOR("The homeport authors");
MODULE_LICENSE("GPL");
