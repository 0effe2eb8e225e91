/* SPDX-License-Identifier: GPL-2.0 */
/* module.h - homeport.ko in and out of the kernel, and what it says */
#ifndef HP_MODULE_H
#define HP_MODULE_H

#include "hp.h"

/* $HP_MODULE, or NULL when there is no such file. */
const char *hp_module_path(void);
/* In the kernel, in whatever state? */
bool hp_module_present(const char *name);

/*
 * Load and unload. 0 or -errno. The attach is that of @params, where it is the
 * last; else $HP_ATTACH; else the best that the kernel has. -EPROTO: homeport
 * attached in another way.
 */
int hp_module_load(const char *params);
int hp_module_load_file(const char *path, const char *params);
/* One of selftests/modules, in $HP_TEST_MODULES or beside homeport.ko. */
int hp_module_load_test(const char *name, const char *params);
int hp_module_unload(void);
int hp_module_unload_name(const char *name);
/* How homeport attaches where a test does not say: "ftrace" or "native". */
const char *hp_module_attach(void);
/* Does the kernel have the patch series? */
bool hp_kernel_is_patched(void);
/* A module of the kernel, by modprobe. 0 or -errno. */
int hp_modprobe(const char *name);

/* The kernel log from a mark on: what is there now is not read. */
struct hp_klog {
	int fd;
	size_t len;
	char text[32768];
};

int hp_klog_open(struct hp_klog *log);
void hp_klog_close(struct hp_klog *log);
/* Reads on. Returns all since the mark, a line for each message. */
const char *hp_klog_read(struct hp_klog *log);
/* One line since the mark holds all of @words, which are split at "|". */
bool hp_klog_has(struct hp_klog *log, const char *words);

/* The first word of trouble since the mark, or NULL. */
const char *hp_klog_splat(struct hp_klog *log);

#define HP_EXPECT_NO_SPLAT(log)						\
	EXPECT_EQ(NULL, hp_klog_splat(log)) {				\
		TH_LOG("kernel log:\n%s", hp_klog_read(log));		\
	}

/* The functions under /sys/kernel/tracing/enabled_functions; malloc'ed. */
char *hp_enabled_functions(void);
/* Is there a generic netlink family of this name? */
bool hp_genl_family(const char *name);
/* Does the kernel have this function, traceable? */
bool hp_kernel_has(const char *symbol);

/*
 * Loading takes its time, so tests that do not care leave the module to those
 * that follow. HP_MAIN unloads it in the end, and notes whether somebody else
 * had loaded it before: then it is not the test's to unload.
 */
void hp_module_begin(void);
bool hp_module_foreign(void);

#define HP_MAIN								\
	int main(int argc, char **argv)					\
	{								\
		hp_module_begin();					\
		return test_harness_run(argc, argv);			\
	}

/* In a test or a fixture: there is a module to load. */
#define HP_NEED_MODULE() do {						\
	if (!hp_module_path())						\
		HP_SKIP("no module: HP_MODULE names no file that is there"); \
	ASSERT_FALSE(hp_module_foreign()) {				\
		TH_LOG("homeport was loaded before: unload it first");	\
	}								\
} while (0)

/* The module is not loaded, neither by an earlier test. */
#define HP_ASSERT_UNLOADED() do {					\
	ASSERT_FALSE(hp_module_foreign()) {				\
		TH_LOG("homeport was loaded before: unload it first");	\
	}								\
	if (hp_module_present("homeport"))				\
		ASSERT_EQ(0, hp_module_unload());			\
} while (0)

/* Loads it, and says what the kernel said when that fails. */
#define HP_ASSERT_LOAD(params) do {					\
	struct hp_klog *__log = calloc(1, sizeof(*__log));		\
	int __ret;							\
									\
	hp_klog_open(__log);						\
	__ret = hp_module_load(params);					\
	ASSERT_EQ(0, __ret) {						\
		TH_LOG("homeport %s does not load: %s; kernel log:\n%s", \
		       params, strerror(-__ret), hp_klog_read(__log));	\
	}								\
	hp_klog_close(__log);						\
	free(__log);							\
} while (0)

#endif /* HP_MODULE_H */
