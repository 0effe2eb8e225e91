// SPDX-License-Identifier: GPL-2.0
/* Which way a connection goes: hash, queue, interrupt, CPU, listener, and out. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "flow.h"
#include "nic.h"
#include "toeplitz.h"

/* The kernel's ETH_RSS_HASH_TOP, which its uapi headers lack. */
#define HASH_TOEPLITZ	1

/* "1.2.3.4:555" or "[::1]:80" */
static bool parse_end(char *text, int *family, uint8_t *ip, uint16_t *port)
{
	char *colon = strrchr(text, ':');
	size_t len;

	if (!colon || colon == text)
		return false;
	*colon = '\0';
	*family = AF_INET;
	len = strlen(text);
	if (*text == '[' && text[len - 1] == ']') {
		text[len - 1] = '\0';
		text++;
		*family = AF_INET6;
	}
	len = strspn(colon + 1, "0123456789");
	if (!len || len > 5 || colon[1 + len] || atoi(colon + 1) > 65535)
		return false;
	*port = atoi(colon + 1);
	return inet_pton(*family, text, ip) == 1;
}

bool flow_parse(const char *text, struct flow *f)
{
	char copy[128], *comma;
	int other;

	if (strlen(text) >= sizeof(copy))
		return false;
	strcpy(copy, text);
	comma = strchr(copy, ',');
	if (!comma)
		return false;
	*comma = '\0';
	memset(f, 0, sizeof(*f));
	return parse_end(copy, &f->family, f->from, &f->from_port) &&
		parse_end(comma + 1, &other, f->to, &f->to_port) &&
		other == f->family;
}

/* As the packet that arrives has them: the client's first. */
size_t flow_bytes(const struct flow *f, bool ports, uint8_t *data)
{
	size_t ip = f->family == AF_INET ? 4 : 16, len = 2 * ip;

	memcpy(data, f->from, ip);
	memcpy(data + ip, f->to, ip);
	if (!ports)
		return len;
	data[len++] = f->from_port >> 8;
	data[len++] = f->from_port;
	data[len++] = f->to_port >> 8;
	data[len++] = f->to_port;
	return len;
}

struct way {
	uint32_t hash;
	unsigned int slot, queue;
	int irq, irq_cpu, cpu, tx;
};

static bool has_key(const struct sys_rss *rss)
{
	unsigned int i;

	/* some drivers hide it by zeros */
	for (i = 0; i < rss->key_size; i++)
		if (rss->key[i])
			return true;
	return false;
}

/* Why the hash of @len bytes cannot be computed; NULL: it can. */
static const char *why_no_hash(const struct nic_dev *dev, size_t len)
{
	if (dev->rss_err == -EPERM || dev->rss_err == -EACCES)
		return "shows its RSS table to root alone";
	if (!dev->has_rss)
		return "does not show its RSS table";
	if (!has_key(&dev->rss))
		return "hides its hash key";
	if (!(dev->rss.hfunc & HASH_TOEPLITZ))
		return "does not hash by Toeplitz";
	if (dev->rss.key_size < len + 4)
		return "has a hash key that is too short for this flow";
	return NULL;
}

/* NULL, or why the queue is not known. */
static const char *find_queue(const struct nic_dev *dev, const struct flow *f,
			      struct way *w)
{
	uint8_t data[36];
	bool ports = f->family == AF_INET ? dev->rss.ports4 : dev->rss.ports6;
	size_t len = flow_bytes(f, ports, data);
	const char *why;

	if (dev->nr_rx == 1)
		return NULL;
	why = why_no_hash(dev, len);
	if (why)
		return why;
	w->hash = toeplitz(dev->rss.key, data, len);
	w->slot = w->hash % dev->rss.size;
	w->queue = dev->rss.slot[w->slot];
	return w->queue < dev->nr_rx ? NULL :
		"has a queue in its RSS table that it has not";
}

/* As RPS does: the hash, scaled to the number of CPUs in the mask. */
static int rps_cpu(const struct cpumask *m, uint32_t hash)
{
	unsigned int nth = (uint64_t)hash * cpumask_weight(m) >> 32;
	int cpu;

	cpumask_for_each(cpu, m)
		if (!nth--)
			return cpu;
	return -1;
}

static void follow(const struct nic_dev *dev, struct way *w)
{
	const struct cpumask *rps = &dev->rx[w->queue].cpus;
	unsigned int t;

	w->irq = dev->rx[w->queue].irq < 0 ? -1 :
		dev->irq[dev->rx[w->queue].irq].nr;
	w->irq_cpu = dev_rx_cpu(dev, w->queue);
	w->cpu = w->irq_cpu;
	if (!cpumask_empty(rps) && dev->nr_rx > 1)
		w->cpu = rps_cpu(rps, w->hash);
	w->tx = dev->nr_tx == 1 ? 0 : -1;
	for (t = 0; w->cpu >= 0 && t < dev->nr_tx && w->tx < 0; t++)
		if (cpumask_test(&dev->tx[t].cpus, w->cpu))
			w->tx = t;
}

static bool has_listener(const struct nic_case *c, int cpu)
{
	unsigned int i;

	for (i = 0; i < c->listeners.nr; i++)
		if (c->listeners.cpu[i] == cpu)
			return true;
	return false;
}

static void put(const char *key, const char *what, int value)
{
	if (value < 0) {
		print_text("%-10s unknown\n", what);
		return;
	}
	print_json_u64(key, value);
	print_text("%-10s %d\n", what, value);
}

static void print_way(const struct nic_case *c, const struct way *w)
{
	bool local = w->cpu >= 0 && has_listener(c, w->cpu);

	print_object(NULL);
	print_json_str("ifname", c->dev.name);
	if (c->dev.nr_rx > 1) {
		print_json_u64("hash", w->hash);
		print_text("%-10s %#x\n", "hash", w->hash);
		put("slot", "RSS slot", w->slot);
	}
	put("queue", "queue", w->queue);
	put("irq", "interrupt", w->irq);
	put("irq_cpu", "its CPU", w->irq_cpu);
	put("cpu", "CPU", w->cpu);
	print_json_bool("listener", local);
	print_text("%-10s %s\n", "listener", local ? "on that CPU" :
		   "none on that CPU");
	put("tx_queue", "sends on", w->tx);
	print_object_end();
}

int nic_explain(struct nic_args *a)
{
	struct way w = { 0 };
	struct nic_case c;
	const char *why;
	struct flow f;
	int ret;

	if (a->nr_words != 1 || !a->flow) {
		complain("a device and --flow are wanted, try \"homeport nic help\"");
		return NIC_USAGE;
	}
	if (!flow_parse(a->flow, &f)) {
		complain("\"%s\" is no flow: 192.0.2.1:5000,192.0.2.2:80", a->flow);
		return NIC_USAGE;
	}
	ret = case_open(&c, a, a->word[0]);
	why = ret ? NULL : find_queue(&c.dev, &f, &w);
	if (why) {
		complain("%s %s: the queue of a flow cannot be known",
			 c.dev.name, why);
		ret = NIC_DEGRADED;
	} else if (!ret) {
		follow(&c.dev, &w);
		print_way(&c, &w);
	}
	case_close(&c);
	return ret;
}
