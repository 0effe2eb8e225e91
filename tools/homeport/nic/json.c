// SPDX-License-Identifier: GPL-2.0
/* To and from JSON; see json.h. */
#include "json.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy.h"
#include "sha256.h"

#define MOST_BYTES	(16 << 20)

static void put(json_object *o, const char *key, json_object *value)
{
	json_object_object_add(o, key, value);
}

static void put_str(json_object *o, const char *key, const char *value)
{
	put(o, key, json_object_new_string(value));
}

static void put_int(json_object *o, const char *key, int64_t value)
{
	put(o, key, json_object_new_int64(value));
}

static void put_bool(json_object *o, const char *key, bool value)
{
	put(o, key, json_object_new_boolean(value));
}

json_object *json_cpus(const struct cpumask *m)
{
	json_object *a = json_object_new_array();
	int cpu;

	cpumask_for_each(cpu, m)
		json_object_array_add(a, json_object_new_int(cpu));
	return a;
}

static json_object *json_nodes(const struct nic_host *host)
{
	json_object *a = json_object_new_array(), *o;
	struct cpumask m;
	unsigned int node;
	int cpu;

	for (node = 0; node < host->nr_nodes; node++) {
		cpumask_zero(&m);
		cpumask_for_each(cpu, &host->possible)
			if (host->cpu[cpu].node == (int)node)
				cpumask_set(&m, cpu);
		if (cpumask_empty(&m))
			continue;
		o = json_object_new_object();
		put_int(o, "id", node);
		put(o, "cpus", json_cpus(&m));
		json_object_array_add(a, o);
	}
	return a;
}

json_object *json_host(const struct nic_host *host)
{
	json_object *o = json_object_new_object();

	put_str(o, "kernel", host->kernel);
	put_str(o, "boot_id", host->boot_id);
	put_int(o, "nr_cpu_ids", host->nr_cpus);
	put(o, "online", json_cpus(&host->online));
	put(o, "isolated", json_cpus(&host->isolated));
	put(o, "nodes", json_nodes(host));
	return o;
}

json_object *json_findings(const struct findings *f)
{
	static const char *const sev[] = { "info", "warn", "error" };
	json_object *a = json_object_new_array(), *o;
	unsigned int i;

	for (i = 0; i < f->nr; i++) {
		o = json_object_new_object();
		put_str(o, "code", f->list[i].code);
		put_str(o, "sev", sev[f->list[i].sev]);
		if (f->list[i].queue >= 0)
			put_int(o, "queue", f->list[i].queue);
		put_str(o, "text", f->list[i].text);
		json_object_array_add(a, o);
	}
	return a;
}

json_object *json_op(const struct op *op)
{
	json_object *o = json_object_new_object();
	char path[256];

	op_path(op, path, sizeof(path));
	put_str(o, "class", op_class_name(op->class));
	put_str(o, "target", path);
	put_str(o, "dev", op->dev);
	put_bool(o, "tx", op->tx);
	put_int(o, "queue", op->queue);
	put_str(o, "old", op->old);
	if (op->new)
		put_str(o, "new", op->new);
	put_str(o, "undo", op->class == OP_CHANNELS ? "lossy" : "exact");
	return o;
}

static void put_irq(json_object *o, const struct nic_dev *dev, int place)
{
	const struct nic_irq *irq;

	if (place < 0)
		return;
	irq = &dev->irq[place];
	put_int(o, "irq", irq->nr);
	put_str(o, "name", irq->name);
	put_bool(o, "movable", irq->movable);
	put(o, "affinity", json_cpus(&irq->affinity));
	put(o, "effective", json_cpus(&irq->effective));
}

static json_object *json_rx(const struct nic_dev *dev, unsigned int q)
{
	json_object *o = json_object_new_object();

	put_irq(o, dev, dev->rx[q].irq);
	put(o, "rps", json_cpus(&dev->rx[q].cpus));
	put_int(o, "flow_cnt", dev->rx[q].flows);
	put_int(o, "weight", dev->rx[q].weight);
	return o;
}

static json_object *json_tx(const struct nic_dev *dev, unsigned int q)
{
	json_object *o = json_object_new_object();

	put_irq(o, dev, dev->tx[q].irq);
	put(o, "xps", json_cpus(&dev->tx[q].cpus));
	put(o, "xps_rxqs", json_cpus(&dev->tx[q].rxqs));
	return o;
}

static const char *status_of(const struct check *check, unsigned int q)
{
	const struct finding *f = findings_of(&check->findings, q);

	return f ? f->code : "ok";
}

static json_object *json_queues(const struct nic_dev *dev,
				const struct plan *plan,
				const struct check *check)
{
	unsigned int q, nr = dev->nr_rx > dev->nr_tx ? dev->nr_rx : dev->nr_tx;
	json_object *a = json_object_new_array(), *o;

	if (plan && plan->nr_queues > nr)
		nr = plan->nr_queues;
	for (q = 0; q < nr; q++) {
		o = json_object_new_object();
		put_int(o, "id", q);
		if (q < dev->nr_rx)
			put(o, "rx", json_rx(dev, q));
		if (q < dev->nr_tx)
			put(o, "tx", json_tx(dev, q));
		if (plan && q < plan->nr) {
			put_int(o, "cpu", plan->queue[q].cpu);
			put(o, "rps", json_cpus(&plan->queue[q].rps));
		}
		if (plan && q < plan->nr_tx)
			put(o, "xps", json_cpus(&plan->queue[q].xps));
		if (check && q < dev->nr_rx)
			put_str(o, "status", status_of(check, q));
		json_object_array_add(a, o);
	}
	return a;
}

static json_object *json_channels(const struct sys_channels *ch)
{
	json_object *o = json_object_new_object();

	put_int(o, "combined", ch->combined);
	put_int(o, "max_combined", ch->max_combined);
	put_int(o, "rx", ch->rx);
	put_int(o, "max_rx", ch->max_rx);
	put_int(o, "tx", ch->tx);
	put_int(o, "max_tx", ch->max_tx);
	return o;
}

static json_object *json_rss(const struct nic_dev *dev)
{
	json_object *o = json_object_new_object();
	json_object *a = json_object_new_array();
	unsigned int q;

	put_int(o, "size", dev->rss.size);
	for (q = 0; q < dev->nr_rx; q++)
		json_object_array_add(a, json_object_new_int(dev->rx[q].weight));
	put(o, "weights", a);
	return o;
}

static json_object *json_names(const struct nic_dev *dev)
{
	json_object *a = json_object_new_array();
	unsigned int i;

	for (i = 0; i < dev->nr_uppers; i++)
		json_object_array_add(a, json_object_new_string(
			dev->upper[i].name));
	return a;
}

static void put_dev(json_object *o, const struct nic_dev *dev)
{
	static const char *const styles[] = {
		"none", "combined", "split", "shared",
	};

	put_str(o, "ifname", dev->name);
	put_int(o, "ifindex", dev->ifindex);
	put_str(o, "driver", dev->driver);
	put_str(o, "bus", dev->bus);
	put_str(o, "mac", dev->mac);
	put_str(o, "state", dev->state);
	put(o, "node", dev->node < 0 ? NULL : json_object_new_int(dev->node));
	put(o, "lower_of", json_names(dev));
	put_str(o, "vectors", styles[dev->style]);
	put_str(o, "irq_source", dev->by_napi ? "napi" :
		dev->style == STYLE_NONE ? "none" : "name");
	if (dev->has_channels)
		put(o, "channels", json_channels(&dev->ch));
	if (dev->has_rss)
		put(o, "rss", json_rss(dev));
	if (dev->has_ntuple)
		put_bool(o, "ntuple", dev->ntuple);
	put_bool(o, "threaded", dev->threaded);
}

static json_object *json_locality(const struct plan *plan,
				  const struct check *check)
{
	json_object *o = json_object_new_object();

	if (check)
		put(o, "now", json_object_new_double(check->locality));
	put(o, "predicted", json_object_new_double(plan->predicted));
	return o;
}

static void put_plan(json_object *o, const struct plan *plan,
		     const struct check *check)
{
	json_object *ops = json_object_new_array(), *op;
	unsigned int i;

	for (i = 0; i < plan->nr_ops; i++) {
		op = json_op(&plan->op[i]);
		put_int(op, "n", i + 1);
		json_object_array_add(ops, op);
	}
	put(o, "homes", json_cpus(&plan->homes));
	put(o, "ops", ops);
	put(o, "plan_findings", json_findings(&plan->findings));
	put(o, "locality", json_locality(plan, check));
}

json_object *json_dev(const struct nic_host *host, const struct nic_dev *dev,
		      const struct plan *plan, const struct check *check)
{
	json_object *o = json_object_new_object();

	(void)host;
	put_dev(o, dev);
	put(o, "queues", json_queues(dev, plan, check));
	if (plan)
		put_plan(o, plan, check);
	if (check)
		put(o, "findings", json_findings(&check->findings));
	return o;
}

json_object *json_policy(const struct policy *p)
{
	json_object *o = json_object_new_object();

	put_str(o, "mode", policy_modes[p->mode]);
	put_str(o, "numa", policy_numas[p->numa]);
	put_str(o, "smt", policy_smts[p->smt]);
	put_str(o, "irqbalance", policy_balances[p->balance]);
	put_int(o, "channels", p->channels);
	put_bool(o, "allow_isolated", p->allow_isolated);
	put_bool(o, "xps_none", p->xps_none);
	put_bool(o, "rps_exclude_home", p->rps_exclude_home);
	put_bool(o, "rss_equal", p->rss_equal);
	put_bool(o, "ntuple_off", p->ntuple_off);
	put_int(o, "rfs", p->rfs);
	put(o, "reserve", json_cpus(&p->reserve));
	return o;
}

json_object *json_listeners(const struct listeners *l)
{
	json_object *o = json_object_new_object();
	json_object *a = json_object_new_array();
	unsigned int i;

	put_str(o, "source", l->source);
	put_bool(o, "named", l->named);
	for (i = 0; i < l->nr; i++)
		json_object_array_add(a, json_object_new_int(l->cpu[i]));
	put(o, "cpus", a);
	return o;
}

bool json_get_str(json_object *o, const char *key, char *buf, size_t size)
{
	json_object *v;

	if (!json_object_object_get_ex(o, key, &v) ||
	    !json_object_is_type(v, json_type_string) ||
	    (size_t)json_object_get_string_len(v) >= size ||
	    strlen(json_object_get_string(v)) !=
		(size_t)json_object_get_string_len(v))
		return false;
	strcpy(buf, json_object_get_string(v));
	return true;
}

bool json_get_int(json_object *o, const char *key, int64_t low, int64_t high,
		  int64_t *value)
{
	json_object *v;

	if (!json_object_object_get_ex(o, key, &v) ||
	    !json_object_is_type(v, json_type_int))
		return false;
	*value = json_object_get_int64(v);
	return *value >= low && *value <= high;
}

static bool get_bool(json_object *o, const char *key, bool *value)
{
	json_object *v;

	if (!json_object_object_get_ex(o, key, &v) ||
	    !json_object_is_type(v, json_type_boolean))
		return false;
	*value = json_object_get_boolean(v);
	return true;
}

bool json_get_array(json_object *o, const char *key, json_object **array)
{
	return json_object_object_get_ex(o, key, array) &&
		json_object_is_type(*array, json_type_array);
}

static bool get_cpu(json_object *a, size_t i, int *cpu)
{
	json_object *v = json_object_array_get_idx(a, i);

	if (!json_object_is_type(v, json_type_int))
		return false;
	*cpu = json_object_get_int(v);
	return *cpu >= 0 && *cpu < CPUMASK_CPUS;
}

static bool get_word(json_object *o, const char *key,
		     const char *const *words, int *nth)
{
	char word[16];

	if (!json_get_str(o, key, word, sizeof(word)))
		return false;
	for (*nth = 0; words[*nth]; (*nth)++)
		if (!strcmp(words[*nth], word))
			return true;
	return false;
}

bool json_to_policy(json_object *o, struct policy *p)
{
	int mode, numa, smt, balance;
	int64_t channels, rfs;
	json_object *reserve;
	size_t i;
	int cpu;

	policy_init(p);
	if (!get_word(o, "mode", policy_modes, &mode) ||
	    !get_word(o, "numa", policy_numas, &numa) ||
	    !get_word(o, "smt", policy_smts, &smt) ||
	    !get_word(o, "irqbalance", policy_balances, &balance) ||
	    !json_get_int(o, "channels", CHANNELS_KEEP, MODEL_QUEUES,
			  &channels) ||
	    !json_get_int(o, "rfs", 0, 1 << 29, &rfs) ||
	    !get_bool(o, "allow_isolated", &p->allow_isolated) ||
	    !get_bool(o, "xps_none", &p->xps_none) ||
	    !get_bool(o, "rps_exclude_home", &p->rps_exclude_home) ||
	    !get_bool(o, "rss_equal", &p->rss_equal) ||
	    !get_bool(o, "ntuple_off", &p->ntuple_off) ||
	    !json_get_array(o, "reserve", &reserve))
		return false;
	p->mode = mode;
	p->numa = numa;
	p->smt = smt;
	p->balance = balance;
	p->channels = channels;
	p->rfs = rfs;
	for (i = 0; i < json_object_array_length(reserve); i++) {
		if (!get_cpu(reserve, i, &cpu))
			return false;
		cpumask_set(&p->reserve, cpu);
	}
	return true;
}

bool json_to_listeners(json_object *o, struct listeners *l)
{
	json_object *cpus;
	size_t i;
	int cpu;

	memset(l, 0, sizeof(*l));
	if (!json_get_str(o, "source", l->source, sizeof(l->source)) ||
	    !get_bool(o, "named", &l->named) ||
	    !json_get_array(o, "cpus", &cpus))
		return false;
	for (i = 0; i < json_object_array_length(cpus); i++) {
		if (!get_cpu(cpus, i, &cpu)) {
			listeners_free(l);
			return false;
		}
		listeners_add(l, cpu);
	}
	return true;
}

static bool get_text(json_object *o, const char *key, char **text)
{
	json_object *v;

	if (!json_object_object_get_ex(o, key, &v) ||
	    !json_object_is_type(v, json_type_string) ||
	    strlen(json_object_get_string(v)) !=
		(size_t)json_object_get_string_len(v))
		return false;
	*text = strdup(json_object_get_string(v));
	return *text;
}

static bool class_of(const char *name, enum op_class *class)
{
	int i;

	for (i = 0; i <= OP_ENTRIES; i++) {
		*class = i;
		if (!strcmp(op_class_name(i), name))
			return true;
	}
	return false;
}

bool json_to_op(json_object *o, struct op *op)
{
	char class[16];
	int64_t queue;

	memset(op, 0, sizeof(*op));
	op->irq = -1;
	if (!json_get_str(o, "class", class, sizeof(class)) ||
	    !class_of(class, &op->class) ||
	    !json_get_str(o, "dev", op->dev, sizeof(op->dev)) ||
	    !*op->dev || strchr(op->dev, '/') || op->dev[0] == '.' ||
	    !get_bool(o, "tx", &op->tx) ||
	    !json_get_int(o, "queue", 0, MODEL_QUEUES - 1, &queue) ||
	    !get_text(o, "old", &op->old))
		return false;
	op->queue = queue;
	get_text(o, "new", &op->new);
	return true;
}

static void sum_of(json_object *o, char *sum)
{
	const char *text = json_object_to_json_string_ext(o,
		JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);

	sha256_text(text, strlen(text), sum);
}

void json_seal(json_object *o, const char *key)
{
	char sum[SHA256_TEXT];

	json_object_object_del(o, key);
	sum_of(o, sum);
	put_str(o, key, sum);
}

bool json_sealed(json_object *o, const char *key)
{
	char is[SHA256_TEXT], want[SHA256_TEXT];

	if (!json_get_str(o, key, is, sizeof(is)))
		return false;
	json_object_object_del(o, key);
	sum_of(o, want);
	put_str(o, key, is);
	return !strcmp(is, want);
}

static char *read_all(const char *path, size_t *len, const char **why)
{
	struct stat st;
	char *text = NULL;
	FILE *f;

	*why = NULL;
	f = fopen(path, "re");
	if (!f || fstat(fileno(f), &st)) {
		*why = strerror(errno);
	} else if (!S_ISREG(st.st_mode)) {
		*why = "it is no file";
	} else if (st.st_size > MOST_BYTES) {
		*why = "it is too large";
	} else {
		text = malloc(st.st_size + 1);
		if (!text)
			*why = "no memory";
	}
	if (text) {
		*len = fread(text, 1, st.st_size, f);
		text[*len] = '\0';
	}
	if (f)
		fclose(f);
	return text;
}

json_object *json_load(const char *path, const char **why)
{
	struct json_tokener *tok;
	json_object *o = NULL;
	size_t len;
	char *text;

	text = read_all(path, &len, why);
	if (!text)
		return NULL;
	tok = json_tokener_new();
	if (tok) {
		o = json_tokener_parse_ex(tok, text, len + 1);
		if (json_tokener_get_error(tok) != json_tokener_success ||
		    !json_object_is_type(o, json_type_object)) {
			json_object_put(o);
			o = NULL;
		}
		json_tokener_free(tok);
	}
	if (!o)
		*why = "it is no whole JSON document";
	free(text);
	return o;
}

static int write_all(int fd, const char *text)
{
	size_t left = strlen(text);
	ssize_t ret;

	while (left) {
		ret = write(fd, text, left);
		if (ret < 0)
			return -errno;
		text += ret;
		left -= ret;
	}
	return fsync(fd) ? -errno : 0;
}

int json_store(json_object *o, const char *path)
{
	char new[PATH_MAX + 8];
	int fd, err;

	if (snprintf(new, sizeof(new), "%s.new", path) >= (int)sizeof(new))
		return -ENAMETOOLONG;
	fd = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	err = write_all(fd, json_object_to_json_string_ext(o,
		JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
		JSON_C_TO_STRING_NOSLASHESCAPE));
	close(fd);
	if (!err && rename(new, path))
		err = -errno;
	if (err)
		unlink(new);
	return err;
}
