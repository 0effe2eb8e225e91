/* SPDX-License-Identifier: GPL-2.0 */
/*
 * plan.h - which CPU every queue should have. It looks at nothing but what it
 * is given, and gives the same answer for the same.
 */
#ifndef NIC_PLAN_H
#define NIC_PLAN_H

#include "findings.h"
#include "model.h"

enum plan_mode {
	MODE_STRICT,		/* a queue is a CPU; the others get nothing */
	MODE_RPS,		/* a queue is a group of CPUs */
	MODE_SPREAD,		/* all CPUs, whatever listens */
};

enum plan_numa {
	NUMA_PREFER,
	NUMA_STRICT,
	NUMA_IGNORE,
};

enum plan_smt {
	SMT_ALL,
	SMT_FIRST,		/* siblings only if there are queues for them */
	SMT_AVOID,
};

enum plan_balance {
	BALANCE_BAN,		/* tell irqbalance to leave our interrupts */
	BALANCE_IGNORE,
	BALANCE_FAIL,
};

#define CHANNELS_KEEP	(-1)
#define CHANNELS_AUTO	0

struct policy {
	enum plan_mode mode;
	enum plan_numa numa;
	enum plan_smt smt;
	enum plan_balance balance;
	int channels;		/* or how many */
	bool allow_isolated;
	bool xps_none;		/* leave CPUs without a listener without XPS */
	bool rps_exclude_home;
	bool rss_equal;
	bool ntuple_off;
	unsigned long rfs;	/* 0: off */
	struct cpumask reserve;
};

struct listeners {
	char source[64];	/* as it was asked for: module, pid:7, ... */
	bool named;		/* the CPUs themselves were given */
	unsigned int nr;
	int *cpu;		/* in the order given */
};

void policy_init(struct policy *policy);
void listeners_add(struct listeners *l, int cpu);
void listeners_mask(const struct listeners *l, struct cpumask *m);
void listeners_free(struct listeners *l);

/* In the order in which they are done. */
enum op_class {
	OP_CHANNELS,
	OP_NTUPLE,
	OP_RSS,
	OP_IRQ,
	OP_XPS,
	OP_RXQS,
	OP_RPS,
	OP_FLOWS,
	OP_ENTRIES,		/* a sysctl: of all devices */
};

struct op {
	enum op_class class;
	char dev[IFNAMSIZ];
	bool tx;
	unsigned int queue;	/* what an interrupt is for: numbers change */
	int irq;
	char *old;
	char *new;
};

struct plan_queue {
	int cpu;		/* where its interrupt is to go; -1: anywhere */
	bool fixed;		/* it cannot be moved from there */
	unsigned int weight;	/* share of the traffic, when the plan is done */
	struct cpumask rps;
	struct cpumask xps;	/* of the transmit queue of the same number */
};

struct plan {
	unsigned int nr;	/* receive queues */
	unsigned int nr_tx;
	unsigned int nr_queues;	/* the greater of them */
	unsigned int channels;	/* to set first; 0: as they are */
	unsigned int used;	/* queues that RSS gives traffic */
	struct plan_queue *queue;
	struct cpumask candidates;
	struct cpumask homes;
	struct cpumask starved;	/* listeners that no queue is for */
	bool set_rss;
	double predicted;
	struct findings findings;
	unsigned int nr_ops;
	struct op *op;
	char why[256];		/* why there is no plan */
};

/* 0, -ENOENT: no CPU is left, see why; -ENOMEM. */
int plan_make(struct plan *plan, const struct nic_host *host,
	      const struct nic_dev *dev, const struct listeners *listeners,
	      const struct policy *policy);
void plan_free(struct plan *plan);

/* How far a CPU is from another: 0 the same, 1 sibling, 2 cache, 3 node, ... */
int plan_cost(const struct nic_host *host, int a, int b);

/* ops.c: what to write, that is not so already */
int ops_make(struct plan *plan, const struct nic_host *host,
	     const struct nic_dev *dev, const struct policy *policy);
void op_path(const struct op *op, char *path, size_t size);
const char *op_class_name(enum op_class class);
/* Appends a copy of @like, texts and all. 0 or -ENOMEM. */
int ops_add(struct op **list, unsigned int *nr, const struct op *like);
void ops_free(struct op *op, unsigned int nr);
/* Do both write to the same, whatever its interrupt's number is now? */
bool op_same_place(const struct op *a, const struct op *b);

/*
 * Values as operations have them. A mask has its shortest form: a group more than
 * the kernel has bits for is an error.
 */
void op_print_mask(const struct cpumask *mask, char *buf, size_t size);
void op_print_table(const uint32_t *slot, unsigned int nr, char *buf,
		    size_t size);
unsigned int op_channels(const struct sys_channels *ch);

/* check.c: the current state against a plan */
struct check {
	double locality;	/* share of the traffic that stays on its CPU */
	unsigned int good;	/* queues */
	unsigned int pending;	/* interrupts that will move with the next */
	struct findings findings;
};

void check_make(struct check *check, const struct plan *plan,
		const struct nic_host *host, const struct nic_dev *dev,
		const struct listeners *listeners, const struct policy *policy);
void check_free(struct check *check);

#endif /* NIC_PLAN_H */
