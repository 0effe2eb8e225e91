/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sys.h - all that this wing reads from a kernel and writes to it, so that a
 * directory, or a kernel made up by a test, may stand in for the real one.
 */
#ifndef NIC_SYS_H
#define NIC_SYS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The largest table of any driver known, with room. */
#define SYS_RSS_SLOTS	4096
#define SYS_RSS_KEY	256
#define SYS_TEXT	65536

struct sys_channels {
	unsigned int rx, tx, other, combined;
	unsigned int max_rx, max_tx, max_other, max_combined;
};

struct sys_rss {
	unsigned int size;
	uint32_t slot[SYS_RSS_SLOTS];
	unsigned int key_size;
	uint8_t key[SYS_RSS_KEY];
	uint8_t hfunc;		/* a bit: 1 is Toeplitz */
	int ports4, ports6;	/* 1: ports are hashed, 0: not, -1: unknown */
};

/* Which interrupt serves a queue, from the kernel itself. */
struct sys_queue_irq {
	bool tx;
	unsigned int queue;
	int irq;
};

struct sys;

/* Each returns 0, or what it says, or a negative errno. */
struct sys_ops {
	/* A file's text, without the newline at its end; its length. */
	int (*read)(struct sys *sys, const char *path, char *buf, size_t size);
	/* In one write(2). */
	int (*write)(struct sys *sys, const char *path, const char *text);
	/* 0 if a write may succeed: -EPERM if the kernel does not take any. */
	int (*may_write)(struct sys *sys, const char *path);
	int (*list)(struct sys *sys, const char *path,
		    void (*each)(const char *name, void *data), void *data);
	/* Where a link leads, without a link in it. */
	int (*link)(struct sys *sys, const char *path, char *buf, size_t size);
	int (*get_channels)(struct sys *sys, const char *ifname,
			    struct sys_channels *ch);
	int (*set_channels)(struct sys *sys, const char *ifname,
			    const struct sys_channels *ch);
	int (*get_rss)(struct sys *sys, const char *ifname, struct sys_rss *rss);
	/* @size 0: the driver's own table */
	int (*set_rss)(struct sys *sys, const char *ifname, const uint32_t *slot,
		       unsigned int size);
	int (*get_ntuple)(struct sys *sys, const char *ifname, bool *on);
	int (*set_ntuple)(struct sys *sys, const char *ifname, bool on);
	/* As many as there are, at most @max. */
	int (*queue_irqs)(struct sys *sys, const char *ifname, int ifindex,
			  struct sys_queue_irq *list, int max);
};

struct sys {
	const struct sys_ops *ops;
	const char *root;	/* "" for this machine */
	char run[PATH_MAX];	/* snapshots, journals, the lock */
	char etc[PATH_MAX];	/* what persist writes is below it */
	char said[256];		/* the kernel's own sentence, if it gave one */
};

/* The machine itself, or what is recorded below @root. */
void sys_open(struct sys *sys, const char *root);

/* Helpers on any of them. */
bool sys_read_long(struct sys *sys, const char *path, long *value);
bool sys_there(struct sys *sys, const char *path);

/* netlink.c */
int sys_netlink_channels(const char *ifname, struct sys_channels *ch, bool set,
			 char *said, size_t size);
int sys_netlink_queue_irqs(int ifindex, struct sys_queue_irq *list, int max);

/* ethtool.c */
int sys_ethtool_get_rss(const char *ifname, struct sys_rss *rss);
int sys_ethtool_set_rss(const char *ifname, const uint32_t *slot,
			unsigned int size);
int sys_ethtool_get_ntuple(const char *ifname, bool *on);
int sys_ethtool_set_ntuple(const char *ifname, bool on);

#endif /* NIC_SYS_H */
