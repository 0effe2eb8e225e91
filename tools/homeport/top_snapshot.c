// SPDX-License-Identifier: GPL-2.0
/* All that "homeport top" shows, of one moment. */
#include "top.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <linux/genetlink.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The most CPUs that a kernel can have. */
#define CPU_LIMIT	8192

/* As many as "listener show" has, and for how long they are believed. */
#define MOST_HOLDERS	4
#define HOLDERS_NS	5000000000ull

/* Room for one more element of @list; NULL, and noted, without memory. */
static void *grow(struct snapshot *s, void *list, size_t nr, size_t size)
{
	/* full at each power of two */
	if (nr & (nr - 1))
		return list;
	list = realloc(list, (nr ? 2 * nr : 1) * size);
	if (!list)
		s->no_memory = true;
	return list;
}

static struct top_group *add_group(struct snapshot *s)
{
	struct top_group *g = grow(s, s->groups, s->nr_groups, sizeof(*g));

	if (!g)
		return NULL;
	s->groups = g;
	return memset(&g[s->nr_groups++], 0, sizeof(*g));
}

static struct top_listener *add_listener(struct snapshot *s)
{
	struct top_listener *l = grow(s, s->listeners, s->nr_listeners,
				      sizeof(*l));

	if (!l)
		return NULL;
	s->listeners = l;
	return memset(&l[s->nr_listeners++], 0, sizeof(*l));
}

static struct top_cell *add_cell(struct snapshot *s, struct top_group *g)
{
	struct top_cell *cell = grow(s, g->cells, g->nr_cells, sizeof(*cell));

	if (!cell)
		return NULL;
	g->cells = cell;
	return memset(&cell[g->nr_cells++], 0, sizeof(*cell));
}

static int count_rule(const struct nlmsghdr *nlh, void *data)
{
	struct snapshot *s = data;

	(void)nlh;
	s->rules++;
	return MNL_CB_OK;
}

static void device_text(char *buf, size_t size, const struct nlattr *attr)
{
	char name[IFNAMSIZ];

	*buf = '\0';
	if (!attr)
		return;
	if (if_indextoname(genl_u32(attr), name))
		snprintf(buf, size, "%%%s", name);
	else
		snprintf(buf, size, "%%%" PRIu32, genl_u32(attr));
}

/* ADDRESS[%DEVICE]:PORT, as ss writes it */
static void get_name(struct top_group *g, const struct nlattr **attrs)
{
	const struct nlattr *addr = attrs[HOMEPORT_A_GROUP_ADDR];
	bool six = genl_u16(attrs[HOMEPORT_A_GROUP_FAMILY]) == AF_INET6;
	char text[INET6_ADDRSTRLEN] = "?", device[IFNAMSIZ + 2];

	if (addr && mnl_attr_get_payload_len(addr) >= (six ? 16 : 4))
		inet_ntop(six ? AF_INET6 : AF_INET, mnl_attr_get_payload(addr),
			  text, sizeof(text));
	device_text(device, sizeof(device), attrs[HOMEPORT_A_GROUP_IFINDEX]);
	snprintf(g->name, sizeof(g->name), "%s%s%s%s:%" PRIu32,
		 six ? "[" : "", text, six ? "]" : "", device,
		 genl_u32(attrs[HOMEPORT_A_GROUP_PORT]));
}

static int get_group(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attrs[HOMEPORT_A_GROUP_MAX + 1];
	struct snapshot *s = data;
	struct top_group *g = add_group(s);

	if (!g)
		return MNL_CB_OK;
	genl_attrs(nlh, attrs, HOMEPORT_A_GROUP_MAX);
	g->id = genl_u32(attrs[HOMEPORT_A_GROUP_ID]);
	g->rule = genl_u32(attrs[HOMEPORT_A_GROUP_RULE]);
	g->state = genl_u32(attrs[HOMEPORT_A_GROUP_STATE]);
	g->attach = genl_u32(attrs[HOMEPORT_A_GROUP_ATTACH]);
	g->listeners = genl_u32(attrs[HOMEPORT_A_GROUP_LISTENERS]);
	g->kept = attrs[HOMEPORT_A_GROUP_KEPT_MS];
	g->kept_ms = genl_uint(attrs[HOMEPORT_A_GROUP_KEPT_MS]);
	g->held = genl_u32(attrs[HOMEPORT_A_GROUP_HELD]);
	g->held_requests = genl_u32(attrs[HOMEPORT_A_GROUP_HELD_REQUESTS]);
	g->held_children = genl_u32(attrs[HOMEPORT_A_GROUP_HELD_CHILDREN]);
	get_name(g, attrs);
	return MNL_CB_OK;
}

static int get_listener(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attrs[HOMEPORT_A_LISTENER_MAX + 1];
	struct snapshot *s = data;
	struct top_listener *l = add_listener(s);

	if (!l)
		return MNL_CB_OK;
	genl_attrs(nlh, attrs, HOMEPORT_A_LISTENER_MAX);
	l->group = genl_u32(attrs[HOMEPORT_A_LISTENER_GROUP]);
	l->index = genl_u32(attrs[HOMEPORT_A_LISTENER_INDEX]);
	l->inode = genl_uint(attrs[HOMEPORT_A_LISTENER_INODE]);
	l->home = genl_u32(attrs[HOMEPORT_A_LISTENER_HOME]);
	l->source = genl_u32(attrs[HOMEPORT_A_LISTENER_SOURCE]);
	l->state = genl_u32(attrs[HOMEPORT_A_LISTENER_STATE]);
	l->queue = genl_u32(attrs[HOMEPORT_A_LISTENER_QUEUE]);
	l->backlog = genl_u32(attrs[HOMEPORT_A_LISTENER_BACKLOG]);
	l->picked = genl_uint(attrs[HOMEPORT_A_LISTENER_PICKED]);
	l->accepts = genl_uint(attrs[HOMEPORT_A_LISTENER_ACCEPTS]);
	return MNL_CB_OK;
}

static void note_cpu(struct snapshot *s, uint32_t cpu)
{
	if (cpu >= s->cpus)
		s->cpus = cpu + 1;
}

static void get_cell(struct snapshot *s, struct top_group *g, uint32_t cpu,
		     const struct nlattr *nest)
{
	const struct nlattr *attrs[HOMEPORT_A_ACCEPTED_MAX + 1];
	struct top_cell *cell;
	uint32_t flow;

	genl_nested(nest, attrs, HOMEPORT_A_ACCEPTED_MAX);
	flow = genl_u32(attrs[HOMEPORT_A_ACCEPTED_FLOW_CPU]);
	if (flow >= CPU_LIMIT || cpu >= CPU_LIMIT)
		return;
	cell = add_cell(s, g);
	if (!cell)
		return;
	cell->flow = flow;
	cell->cpu = cpu;
	cell->count = genl_uint(attrs[HOMEPORT_A_ACCEPTED_COUNT]);
	note_cpu(s, flow);
	note_cpu(s, cpu);
}

static void get_picks(struct top_group *g, const struct nlattr *nest)
{
	const struct nlattr *attrs[HOMEPORT_A_PICKS_MAX + 1];
	size_t i;

	genl_nested(nest, attrs, HOMEPORT_A_PICKS_MAX);
	for (i = 0; i < TOP_PICKS; i++)
		g->picks[i] += genl_uint(attrs[HOMEPORT_A_PICKS_LOCAL + i]);
}

/* A row of a matrix, or a part of one. */
static int get_row(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attrs[HOMEPORT_A_STAT_MAX + 1], *attr;
	struct snapshot *s = data;
	struct top_group *g;
	size_t at;

	genl_attrs(nlh, attrs, HOMEPORT_A_STAT_MAX);
	at = snapshot_find(s, genl_u32(attrs[HOMEPORT_A_STAT_GROUP]));
	/* it came after the groups were read, or is of those that are gone */
	if (at == s->nr_groups)
		return MNL_CB_OK;
	g = &s->groups[at];
	if (attrs[HOMEPORT_A_STAT_PICKS])
		get_picks(g, attrs[HOMEPORT_A_STAT_PICKS]);
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(attr) == HOMEPORT_A_STAT_ACCEPTED)
			get_cell(s, g, genl_u32(attrs[HOMEPORT_A_STAT_CPU]),
				 attr);
	return MNL_CB_OK;
}

static int compare_groups(const void *a, const void *b)
{
	const struct top_group *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static int compare_listeners(const void *a, const void *b)
{
	const struct top_listener *x = a, *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return (x->index > y->index) - (x->index < y->index);
}

int top_cell_compare(const void *a, const void *b)
{
	const struct top_cell *x = a, *y = b;

	if (x->flow != y->flow)
		return x->flow < y->flow ? -1 : 1;
	return (x->cpu > y->cpu) - (x->cpu < y->cpu);
}

static void sort(void *list, size_t nr, size_t size,
		 int (*compare)(const void *a, const void *b))
{
	if (nr)
		qsort(list, nr, size, compare);
}

static int dump(uint8_t cmd, mnl_cb_t cb, struct snapshot *s)
{
	struct genl_request req;

	genl_begin(&req, cmd);
	return genl_dump(&req, cb, s);
}

static int read_groups(struct snapshot *s)
{
	int ret = dump(HOMEPORT_CMD_GROUP_GET, get_group, s);

	sort(s->groups, s->nr_groups, sizeof(*s->groups), compare_groups);
	return ret;
}

static int read_listeners(struct snapshot *s)
{
	int ret = dump(HOMEPORT_CMD_LISTENER_GET, get_listener, s);

	sort(s->listeners, s->nr_listeners, sizeof(*s->listeners),
	     compare_listeners);
	return ret;
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static int read_counters(struct snapshot *s)
{
	size_t i;
	int ret;

	s->ns = now();
	ret = dump(HOMEPORT_CMD_STAT_GET, get_row, s);
	for (i = 0; i < s->nr_groups; i++)
		sort(s->groups[i].cells, s->groups[i].nr_cells,
		     sizeof(*s->groups[i].cells), top_cell_compare);
	return ret;
}

/* The sockets are those of the last look, and that was not long ago. */
static bool still_true(const struct top_holders *cache,
		       const struct snapshot *s)
{
	size_t i;

	if (cache->nr != s->nr_listeners || s->ns - cache->ns > HOLDERS_NS)
		return false;
	for (i = 0; i < cache->nr; i++)
		if (cache->inodes[i] != s->listeners[i].inode)
			return false;
	return true;
}

static void look_for_holders(struct top_holders *cache, struct snapshot *s)
{
	size_t i;

	top_holders_free(cache);
	cache->inodes = calloc(s->nr_listeners + 1, sizeof(*cache->inodes));
	if (!cache->inodes) {
		s->no_memory = true;
		return;
	}
	for (i = 0; i < s->nr_listeners; i++)
		cache->inodes[i] = s->listeners[i].inode;
	cache->nr = s->nr_listeners;
	cache->ns = s->ns;
	holders_find(&cache->holders, cache->inodes, cache->nr);
}

/* COMMAND(PID),... of a listener, the first few of them. */
static void holders_text(struct top_listener *l, const struct holders *holders)
{
	size_t first = holders_first(holders, l->inode), i, len = 0;

	for (i = first; i < holders->nr; i++) {
		const struct holder *h = &holders->list[i];

		if (h->inode != l->inode)
			break;
		if (i - first < MOST_HOLDERS && len < sizeof(l->holders))
			len += snprintf(l->holders + len,
					sizeof(l->holders) - len, "%s%s(%d)",
					len ? "," : "", h->command, h->pid);
	}
	if (i - first > MOST_HOLDERS && len < sizeof(l->holders))
		snprintf(l->holders + len, sizeof(l->holders) - len, ",+%zu",
			 i - first - MOST_HOLDERS);
	if (i == first)
		snprintf(l->holders, sizeof(l->holders), "-");
}

static void find_holders(struct snapshot *s, struct top_holders *cache)
{
	size_t i;

	if (!still_true(cache, s))
		look_for_holders(cache, s);
	for (i = 0; i < s->nr_listeners; i++)
		holders_text(&s->listeners[i], &cache->holders);
}

static int read_all(struct snapshot *s)
{
	int ret = dump(HOMEPORT_CMD_RULE_GET, count_rule, s);

	if (!ret)
		ret = read_groups(s);
	if (!ret)
		ret = read_listeners(s);
	if (!ret)
		ret = read_counters(s);
	return ret;
}

/* An exit code; if it is not EXIT_OK, it complained and there is nothing. */
int snapshot_read(struct snapshot *s, struct top_holders *cache)
{
	int ret;

	memset(s, 0, sizeof(*s));
	s->cpus = cpus_online();
	ret = read_all(s);
	if (!ret)
		find_holders(s, cache);
	if (!ret && s->no_memory) {
		complain("no memory");
		ret = EXIT_KERNEL;
	}
	if (ret)
		snapshot_free(s);
	return ret;
}

void snapshot_free(struct snapshot *s)
{
	size_t i;

	for (i = 0; i < s->nr_groups; i++)
		free(s->groups[i].cells);
	free(s->groups);
	free(s->listeners);
	memset(s, 0, sizeof(*s));
}

void top_holders_free(struct top_holders *cache)
{
	holders_free(&cache->holders);
	free(cache->inodes);
	memset(cache, 0, sizeof(*cache));
}

/* The index of a group; nr_groups: there is no such. */
size_t snapshot_find(const struct snapshot *s, uint32_t group)
{
	struct top_group key = { .id = group }, *g = NULL;

	if (s->nr_groups)
		g = bsearch(&key, s->groups, s->nr_groups, sizeof(key),
			    compare_groups);
	return g ? (size_t)(g - s->groups) : s->nr_groups;
}

/* The first listener of a group, or of what comes after. */
static size_t first_listener(const struct snapshot *s, uint32_t group)
{
	size_t low = 0, high = s->nr_listeners, mid;

	while (low < high) {
		mid = (low + high) / 2;
		if (s->listeners[mid].group < group)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* The listeners of a group, which stand together. */
const struct top_listener *snapshot_listeners(const struct snapshot *s,
					      uint32_t group, size_t *nr)
{
	size_t first = first_listener(s, group), last = first;

	while (last < s->nr_listeners && s->listeners[last].group == group)
		last++;
	*nr = last - first;
	return s->listeners ? s->listeners + first : NULL;
}
