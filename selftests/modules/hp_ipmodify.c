// SPDX-License-Identifier: GPL-2.0
/*
 * hp_ipmodify.c - owns a function as a livepatch does
 *
 * Takes the right to redirect a function, and redirects nothing: homeport has
 * to find the place taken. For the test mod_params.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ftrace.h>
#include <linux/module.h>
#include <linux/string.h>

static char *function = "reuseport_select_sock";
module_param(function, charp, 0444);
MODULE_PARM_DESC(function, "The function to own");

static void notrace leave_alone(unsigned long ip, unsigned long parent_ip,
				struct ftrace_ops *ops,
				struct ftrace_regs *fregs)
{
}

static struct ftrace_ops ops = {
	.func = leave_alone,
	.flags = FTRACE_OPS_FL_SAVE_REGS | FTRACE_OPS_FL_IPMODIFY,
};

static int __init hp_ipmodify_init(void)
{
	int err;

	err = ftrace_set_filter(&ops, function, strlen(function), 0);
	if (!err)
		err = register_ftrace_function(&ops);
	if (err)
		ftrace_free_filter(&ops);
	return err;
}

static void __exit hp_ipmodify_exit(void)
{
	unregister_ftrace_function(&ops);
	ftrace_free_filter(&ops);
}

module_init(hp_ipmodify_init);
module_exit(hp_ipmodify_exit);

MODULE_DESCRIPTION("Owns a function as a livepatch does, for a test of homeport");
MODULE_AUTHOR("The homeport authors");
MODULE_LICENSE("GPL");
