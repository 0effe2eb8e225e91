/* SPDX-License-Identifier: GPL-2.0 */
/*
 * fake.h - a kernel in memory, with the rules of the real one where they matter:
 * what it trims, rounds, drops and refuses.
 */
#ifndef NIC_FAKE_H
#define NIC_FAKE_H

#include "nic/plan.h"
#include "nic/state.h"

struct fake_node {
	char *path;
	char *text;
	int mode;
	bool link;
	bool gone;
};

struct fake_dev {
	char name[IFNAMSIZ];
	enum nic_style style;
	unsigned int queues, max;
	unsigned int rss;	/* slots; 0: it does not tell */
	int node;
	int first_irq;
	bool managed;		/* its interrupts cannot be moved */
	bool says_nothing;	/* nor do their files tell: before 6.12 */
	bool single_tx;
	uint32_t slot[SYS_RSS_SLOTS];
	bool ntuple;
};

struct fake {
	struct sys sys;		/* must be first */
	unsigned int cpus;
	struct cpumask online, isolated;
	unsigned int nr_nodes;
	struct fake_node *node;
	unsigned int nr_devs;
	struct fake_dev dev[4];
	bool lags;		/* an interrupt moves only when it comes */
	unsigned int stale;	/* so many reads still show an interrupt's old mask */
	unsigned int stale_left;
	char stale_path[64];
	char stale_text[128];
	/* what fails */
	unsigned int writes;	/* so far */
	unsigned int fail_at;	/* this one, from 1; 0: none */
	unsigned int fail_for;	/* and so many after it */
	int fail_with;		/* -errno */
	bool fail_silent;	/* says 0 and writes nothing */
	bool read_only;
	int full_cpu;		/* takes no more interrupts; 0: none */
	char dir[64];		/* for snapshots */
};

struct fake_shape {
	unsigned int cpus, nodes;	/* nodes: 0 is 1 */
	unsigned int smt;		/* threads of a core; 0 is 1 */
	unsigned int llcs;		/* caches of a node; 0 is 1 */
	bool apart;			/* siblings are cpus / smt apart */
	const char *isolated;
};

void fake_open(struct fake *f, const struct fake_shape *shape);
/* Its queues begin as a driver leaves them: interrupts anywhere, no XPS. */
void fake_add(struct fake *f, const struct fake_dev *dev);
void fake_close(struct fake *f);

/* Without rules: what another program did. */
void fake_set(struct fake *f, const char *path, const char *text);
void fake_set_link(struct fake *f, const char *path, const char *target);
const char *fake_get(struct fake *f, const char *path);
void fake_mode(struct fake *f, const char *path, int mode);
void fake_remove(struct fake *f, const char *path);
/* As hotplug does: an interrupt that lost its last CPU may go anywhere. */
void fake_cpu(struct fake *f, unsigned int cpu, bool online);
/* All that can be written, as one text; the caller frees it. */
char *fake_dump(struct fake *f);
/* A directory with all files, for --root. 0 or -errno. */
int fake_save(struct fake *f, const char *dir);

#endif /* NIC_FAKE_H */
