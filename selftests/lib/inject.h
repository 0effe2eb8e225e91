/* SPDX-License-Identifier: GPL-2.0 */
/*
 * inject.h - allocations that fail
 *
 * Only allocations on homeport's behalf fail, told by the stack. For a kernel
 * with CONFIG_FAILSLAB, CONFIG_FAIL_PAGE_ALLOC, CONFIG_FAULT_INJECTION_DEBUG_FS
 * and CONFIG_FAULT_INJECTION_STACKTRACE_FILTER: the debug kernel of the lab.
 */
#ifndef HP_INJECT_H
#define HP_INJECT_H

#include "hp.h"

/* A piece of the kernel's text. */
struct hp_text {
	u64 start, end;
};

/* What runs a module's init function; and the module's own. */
struct hp_text hp_text_init(void);
struct hp_text hp_text_module(void);

bool hp_inject_possible(void);
/* Only what is done by way of @text may fail from now on. 0 or -errno. */
int hp_inject_on(const struct hp_text *text);

/* This thread's n-th allocation fails; 0: none. 0 or -errno. */
int hp_fail_nth(int n);
/* Ends it. True when the n-th allocation was reached, and so failed. */
bool hp_fail_nth_hit(void);

/*
 * Of all threads' allocations, those of the kernel's own included, every
 * @interval-th fails with @percent, @times altogether (-1: no limit). 0 or
 * -errno.
 */
int hp_fail_some(int percent, int interval, int times);
/* Ends it. True when as many failed as were to. */
bool hp_fail_some_hit(void);

/* In a test or a fixture. Include module.h too. */
#define HP_NEED_INJECTION() do {					\
	HP_NEED_MODULE();						\
	if (!hp_inject_possible())					\
		HP_SKIP("the kernel has no fault injection by stack trace"); \
} while (0)

#endif /* HP_INJECT_H */
