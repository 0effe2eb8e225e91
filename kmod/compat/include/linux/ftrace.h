/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HOMEPORT_COMPAT_LINUX_FTRACE_H
#define HOMEPORT_COMPAT_LINUX_FTRACE_H

#include_next <linux/ftrace.h>

#if defined(HP_NEED_FTRACE_REGS) && defined(CONFIG_DYNAMIC_FTRACE_WITH_ARGS)
/* 94d095ffa0e1 ("ftrace: abstract DYNAMIC_FTRACE_WITH_ARGS accesses") */
#define ftrace_regs_get_argument(fregs, n) \
	regs_get_kernel_argument(&(fregs)->regs, n)
/* 0ef86097f127 ("ftrace: rename ftrace_instruction_pointer_set() ->
 * ftrace_regs_set_instruction_pointer()")
 */
#define ftrace_regs_set_instruction_pointer(fregs, _ip) \
	ftrace_instruction_pointer_set(fregs, _ip)
#endif /* HP_NEED_FTRACE_REGS && CONFIG_DYNAMIC_FTRACE_WITH_ARGS */

#ifdef CONFIG_DYNAMIC_FTRACE_WITH_ARGS
/* since "ftrace: Make ftrace_regs abstract from direct use" */
#ifndef arch_ftrace_regs
#define arch_ftrace_regs(fregs) (fregs)
#endif

/* Sets the first argument; no kernel has a word for that. */
static inline void hp_ftrace_set_argument(struct ftrace_regs *fregs,
					  unsigned long value)
{
	arch_ftrace_regs(fregs)->regs.di = value;
}
#endif /* CONFIG_DYNAMIC_FTRACE_WITH_ARGS */

#endif /* HOMEPORT_COMPAT_LINUX_FTRACE_H */
