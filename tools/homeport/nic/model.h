/* SPDX-License-Identifier: GPL-2.0 */
/* model.h - a machine and its network devices, as read at one moment */
#ifndef NIC_MODEL_H
#define NIC_MODEL_H

#include <net/if.h>

#include "cpumask.h"
#include "sys.h"

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#endif

/* More of anything than a device has; beyond, a file is not what it should be. */
#define MODEL_QUEUES	4096
#define MODEL_IRQS	8192
#define MODEL_NODES	1024
#define MODEL_OWNERS	8
#define MODEL_OWNER_TEXT	150

struct nic_cpu {
	int node;
	int core;		/* the lowest of its SMT siblings */
	int smt;		/* its place among them */
	int llc;		/* the lowest CPU that shares the last cache */
	unsigned int irqs;	/* how many are delivered to it */
};

struct nic_host {
	char kernel[65];
	char boot_id[40];
	unsigned int nr_cpus;
	struct nic_cpu *cpu;
	struct cpumask possible, online, isolated, nohz;
	unsigned int nr_nodes;
	int *distance;		/* from node i to j: [i * nr_nodes + j] */
	long rfs_entries;	/* -1: there is no RFS here */
	bool init_net;		/* in the first network namespace */
};

struct nic_irq {
	int nr;
	bool movable;
	struct cpumask affinity;
	struct cpumask effective;
	char name[64];
};

struct nic_queue {
	int irq;		/* place in the device's list; -1: unknown */
	struct cpumask cpus;	/* RPS of a receive, XPS of a transmit queue */
	bool steers;		/* its mask can be read */
	unsigned long flows;	/* rx: rps_flow_cnt */
	struct cpumask rxqs;	/* tx: xps_rxqs, receive queues */
	unsigned int weight;	/* rx: slots of the RSS table */
	int prior;		/* rx: the CPU that an earlier plan gave it; -1 */
};

enum nic_style {
	STYLE_NONE,		/* no interrupt is known */
	STYLE_COMBINED,		/* one for a receive and a transmit queue */
	STYLE_SPLIT,		/* one for each */
	STYLE_SHARED,		/* one for all */
};

struct nic_upper {
	char name[IFNAMSIZ];
	unsigned int nr_rx;
	struct cpumask *rps;
};

struct nic_dev {
	char name[IFNAMSIZ];
	int ifindex;
	char driver[32];
	char bus[64];
	char mac[20];
	char state[16];
	int node;
	bool virtual;		/* there is no device behind it */
	unsigned int nr_rx, nr_tx;
	struct nic_queue *rx, *tx;
	unsigned int nr_irqs;
	struct nic_irq *irq;
	enum nic_style style;
	bool by_napi;		/* the kernel said which interrupt is whose */
	bool has_channels, has_rss, has_ntuple, ntuple;
	int rss_err;		/* why it does not tell */
	struct sys_channels ch;
	struct sys_rss rss;
	long threaded;
	unsigned int nr_uppers;
	struct nic_upper *upper;
	char lower[IFNAMSIZ];	/* a device below it, "" if none */
	unsigned int nr_owners;	/* what others set: sentences */
	char owner[MODEL_OWNERS][MODEL_OWNER_TEXT];
};

/* read.c */
int host_read(struct nic_host *host, struct sys *sys);
void host_free(struct nic_host *host);
int dev_read(struct nic_dev *dev, struct sys *sys, const struct nic_host *host,
	     const char *name);
void dev_free(struct nic_dev *dev);

/* Queues whose interrupts cannot be moved. */
struct nic_kept {
	struct cpumask rx, tx;
};

void dev_get_kept(const struct nic_dev *dev, struct nic_kept *kept);
/* What turned out so: before 6.12 the kernel does not tell beforehand. */
void dev_set_kept(struct nic_dev *dev, const struct nic_kept *kept);

/* One of the names of net devices, "" at the end. */
struct nic_names {
	unsigned int nr;
	char (*name)[IFNAMSIZ];
};

int names_read(struct nic_names *names, struct sys *sys);
void names_free(struct nic_names *names);

/* Where it is delivered; -1: unknown, or to more than one CPU. */
int irq_cpu(const struct nic_irq *irq);
/* The same for a receive queue's, or -1. */
int dev_rx_cpu(const struct nic_dev *dev, unsigned int queue);
int dev_tx_cpu(const struct nic_dev *dev, unsigned int queue);

#endif /* NIC_MODEL_H */
