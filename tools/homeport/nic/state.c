// SPDX-License-Identifier: GPL-2.0
/* Snapshots and journals in files; see state.h. */
#include "state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MOST_DONE	65536

static const char *const end_words[] = {
	"interrupted", "applied", "failed", "broken", "undone",
};

const char *state_end_word(enum state_end end)
{
	return end_words[end];
}

int state_path(struct sys *sys, const char *id, const char *tail, char *path,
	       size_t size)
{
	int len = snprintf(path, size, "%s/%s%s", sys->run, id, tail);

	return len < (int)size ? 0 : -ENAMETOOLONG;
}

int state_make_dir(struct sys *sys)
{
	char path[PATH_MAX], *slash;

	snprintf(path, sizeof(path), "%s", sys->run);
	for (slash = strchr(path + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0755) && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return mkdir(path, 0755) && errno != EEXIST ? -errno : 0;
}

int state_lock(struct sys *sys, bool wait)
{
	char path[PATH_MAX];
	int fd, err;

	err = state_make_dir(sys);
	if (!err)
		err = state_path(sys, "lock", "", path, sizeof(path));
	if (err)
		return err;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	if (!flock(fd, LOCK_EX | (wait ? 0 : LOCK_NB)))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

static json_object *given_json(const struct plan *plan)
{
	json_object *a = json_object_new_array();
	unsigned int q;

	for (q = 0; q < plan->nr; q++)
		json_object_array_add(a,
				      json_object_new_int(plan->queue[q].cpu));
	return a;
}

static json_object *values_json(const struct values *v)
{
	json_object *a = json_object_new_array();
	unsigned int i;

	for (i = 0; i < v->nr; i++)
		json_object_array_add(a, json_op(&v->op[i]));
	return a;
}

static json_object *kept_json(const struct nic_dev *dev)
{
	json_object *o = json_object_new_object();
	struct nic_kept kept;

	dev_get_kept(dev, &kept);
	json_object_object_add(o, "rx", json_cpus(&kept.rx));
	json_object_object_add(o, "tx", json_cpus(&kept.tx));
	return o;
}

static json_object *header(const struct nic_host *host,
			   const struct nic_dev *dev, const char *id)
{
	json_object *o = json_object_new_object();

	json_object_object_add(o, "schema",
			       json_object_new_string(JSON_SNAPSHOT));
	json_object_object_add(o, "id", json_object_new_string(id));
	json_object_object_add(o, "time", json_object_new_int64(time(NULL)));
	json_object_object_add(o, "boot_id",
			       json_object_new_string(host->boot_id));
	json_object_object_add(o, "ifname", json_object_new_string(dev->name));
	json_object_object_add(o, "ifindex",
			       json_object_new_int64(dev->ifindex));
	return o;
}

static void new_id(struct state *s)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	snprintf(s->id, sizeof(s->id), "%.15s-%lld.%09ld", s->dev,
		 (long long)now.tv_sec, now.tv_nsec);
}

static int append_line(const struct state *s, struct sys *sys, json_object *o)
{
	char path[PATH_MAX], *line = NULL;
	int fd, err, len;

	err = state_path(sys, s->id, ".journal", path, sizeof(path));
	len = asprintf(&line, "%s\n",
		       json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
	json_object_put(o);
	if (len < 0)
		return -ENOMEM;
	fd = err ? -1 : open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
			     0644);
	if (fd < 0) {
		err = err ? err : -errno;
	} else {
		if (write(fd, line, len) != len)
			err = errno ? -errno : -EIO;
		if (!err && fsync(fd) && errno != EINVAL)
			err = -errno;
		close(fd);
	}
	free(line);
	return err;
}

static json_object *keyed(const char *key, json_object *value)
{
	json_object *o = json_object_new_object();

	json_object_object_add(o, key, value);
	return o;
}

int state_note_op(const struct state *s, struct sys *sys, const struct op *op)
{
	return append_line(s, sys, keyed("do", json_op(op)));
}

int state_note_given(const struct state *s, struct sys *sys,
		     const struct plan *plan)
{
	return append_line(s, sys, keyed("given", given_json(plan)));
}

int state_note_end(const struct state *s, struct sys *sys, enum state_end end)
{
	return append_line(s, sys, keyed("end",
		json_object_new_string(end_words[end])));
}

static bool is_applied(struct sys *sys, const char *id)
{
	struct state s;
	const char *why;
	bool applied;

	if (state_load(&s, sys, id, &why))
		return false;
	applied = s.end == STATE_APPLIED;
	state_free(&s);
	return applied;
}

static bool is_pending(struct sys *sys, const char *id)
{
	char path[PATH_MAX];

	return !state_path(sys, id, STATE_PENDING, path, sizeof(path)) &&
		!access(path, F_OK);
}

static void remove_state(struct sys *sys, const char *id)
{
	char path[PATH_MAX];

	if (!state_path(sys, id, ".json", path, sizeof(path)))
		unlink(path);
	if (!state_path(sys, id, ".journal", path, sizeof(path)))
		unlink(path);
}

static void prune(struct sys *sys, const char *dev)
{
	struct state_ids ids;
	bool applied = false, newest;
	unsigned int i, n = 0;

	state_list(&ids, sys);
	for (i = 0; i < ids.nr; i++) {
		if (!state_is_of(ids.id[i], dev))
			continue;
		newest = !applied && is_applied(sys, ids.id[i]);
		applied |= newest;
		if (++n > STATE_KEPT && !newest && !is_pending(sys, ids.id[i]))
			remove_state(sys, ids.id[i]);
	}
	free(ids.id);
}

int state_begin(struct state *s, struct sys *sys, const struct nic_host *host,
		const struct nic_dev *dev, const struct plan *plan,
		const struct policy *policy, const struct listeners *listeners,
		const struct values *before)
{
	char path[PATH_MAX];
	json_object *o;
	int err;

	memset(s, 0, sizeof(*s));
	strcpy(s->dev, dev->name);
	new_id(s);
	err = state_make_dir(sys);
	if (!err)
		err = state_path(sys, s->id, ".json", path, sizeof(path));
	if (err)
		return err;
	o = header(host, dev, s->id);
	json_object_object_add(o, "policy", json_policy(policy));
	json_object_object_add(o, "listeners", json_listeners(listeners));
	json_object_object_add(o, "given", given_json(plan));
	json_object_object_add(o, "kept", kept_json(dev));
	json_object_object_add(o, "values", values_json(before));
	json_seal(o, "sum");
	err = json_store(o, path);
	json_object_put(o);
	if (!err)
		prune(sys, s->dev);
	return err;
}

static bool load_values(json_object *o, struct values *v)
{
	json_object *a;
	struct op *op;
	size_t i, n;

	memset(v, 0, sizeof(*v));
	if (!json_get_array(o, "values", &a))
		return false;
	n = json_object_array_length(a);
	v->op = calloc(n + 1, sizeof(*v->op));
	for (i = 0; v->op && i < n; i++) {
		op = &v->op[v->nr++];
		if (!json_to_op(json_object_array_get_idx(a, i), op)) {
			values_free(v);
			return false;
		}
	}
	return v->op;
}

static bool load_given(struct state *s, json_object *a)
{
	size_t i, n = json_object_array_length(a);

	free(s->given);
	s->given = calloc(n + 1, sizeof(*s->given));
	s->nr_given = 0;
	for (i = 0; s->given && i < n; i++)
		s->given[s->nr_given++] =
			json_object_get_int(json_object_array_get_idx(a, i));
	return s->given;
}

static bool load_header(struct state *s, json_object *o)
{
	char schema[40];

	return json_get_str(o, "schema", schema, sizeof(schema)) &&
		!strcmp(schema, JSON_SNAPSHOT) &&
		json_get_str(o, "id", s->id, sizeof(s->id)) &&
		json_get_str(o, "ifname", s->dev, sizeof(s->dev)) &&
		json_get_str(o, "boot_id", s->boot_id, sizeof(s->boot_id)) &&
		json_get_int(o, "ifindex", 0, INT32_MAX, &s->ifindex) &&
		json_get_int(o, "time", 0, INT64_MAX, &s->time);
}

static bool load_set(json_object *o, const char *key, struct cpumask *m)
{
	json_object *a;
	size_t i;
	int n;

	if (!json_get_array(o, key, &a))
		return false;
	for (i = 0; i < json_object_array_length(a); i++) {
		n = json_object_get_int(json_object_array_get_idx(a, i));
		if (n < 0 || n >= MODEL_QUEUES)
			return false;
		cpumask_set(m, n);
	}
	return true;
}

static bool load_kept(struct state *s, json_object *o)
{
	json_object *v;

	return json_object_object_get_ex(o, "kept", &v) &&
		load_set(v, "rx", &s->kept.rx) && load_set(v, "tx", &s->kept.tx);
}

static bool load_snapshot(struct state *s, json_object *o)
{
	json_object *v;

	return load_header(s, o) && load_kept(s, o) &&
		json_object_object_get_ex(o, "policy", &v) &&
		json_to_policy(v, &s->policy) &&
		json_object_object_get_ex(o, "listeners", &v) &&
		json_to_listeners(v, &s->listeners) &&
		json_get_array(o, "given", &v) && load_given(s, v) &&
		load_values(o, &s->before);
}

static void load_do(struct state *s, json_object *v)
{
	struct op *list;

	if (s->nr_done == MOST_DONE)
		return;
	list = realloc(s->done, (s->nr_done + 1) * sizeof(*list));
	if (!list)
		return;
	s->done = list;
	if (json_to_op(v, &list[s->nr_done]))
		s->nr_done++;
}

static void load_line(struct state *s, const char *line)
{
	json_object *o = json_tokener_parse(line), *v;
	int i;

	if (!json_object_is_type(o, json_type_object)) {
		json_object_put(o);
		return;
	}
	if (json_object_object_get_ex(o, "do", &v))
		load_do(s, v);
	if (json_get_array(o, "given", &v))
		load_given(s, v);
	if (json_object_object_get_ex(o, "end", &v))
		for (i = 0; i <= STATE_UNDONE; i++)
			if (!strcmp(json_object_get_string(v), end_words[i]))
				s->end = i;
	json_object_put(o);
}

/* A last line that was cut says nothing: its write had not begun. */
static void load_journal(struct state *s, struct sys *sys)
{
	char path[PATH_MAX], *line = NULL;
	size_t size = 0;
	ssize_t len;
	FILE *f;

	if (state_path(sys, s->id, ".journal", path, sizeof(path)))
		return;
	f = fopen(path, "re");
	if (!f)
		return;
	while ((len = getline(&line, &size, f)) > 0)
		if (line[len - 1] == '\n')
			load_line(s, line);
	free(line);
	fclose(f);
}

int state_load(struct state *s, struct sys *sys, const char *id,
	       const char **why)
{
	char path[PATH_MAX];
	json_object *o;
	int err = 0;

	memset(s, 0, sizeof(*s));
	*why = "there is none";
	if (strchr(id, '/') || state_path(sys, id, ".json", path, sizeof(path)))
		return -ENOENT;
	if (access(path, F_OK))
		return -ENOENT;
	o = json_load(path, why);
	if (!o)
		return -EINVAL;
	if (!json_sealed(o, "sum")) {
		*why = "it was edited";
		err = -EINVAL;
	} else if (!load_snapshot(s, o) || strcmp(s->id, id)) {
		*why = "it is no snapshot";
		err = -EINVAL;
	}
	json_object_put(o);
	if (err) {
		state_free(s);
		return err;
	}
	load_journal(s, sys);
	return 0;
}

void state_free(struct state *s)
{
	listeners_free(&s->listeners);
	values_free(&s->before);
	ops_free(s->done, s->nr_done);
	free(s->given);
	memset(s, 0, sizeof(*s));
}

/* The time in an id is of one width for the next 200 years. */
static int newer_first(const void *a, const void *b)
{
	const char *x = strrchr(a, '-'), *y = strrchr(b, '-');

	return strcmp(y ? y : "", x ? x : "");
}

void state_list(struct state_ids *ids, struct sys *sys)
{
	struct dirent *entry;
	size_t len;
	void *list;
	DIR *dir;

	memset(ids, 0, sizeof(*ids));
	dir = opendir(sys->run);
	while (dir && (entry = readdir(dir))) {
		len = strlen(entry->d_name);
		if (len < 6 || len - 5 >= STATE_ID ||
		    strcmp(entry->d_name + len - 5, ".json"))
			continue;
		list = realloc(ids->id, (ids->nr + 1) * sizeof(*ids->id));
		if (!list)
			break;
		ids->id = list;
		snprintf(ids->id[ids->nr++], STATE_ID, "%.*s", (int)len - 5,
			 entry->d_name);
	}
	if (dir)
		closedir(dir);
	if (ids->nr)
		qsort(ids->id, ids->nr, sizeof(*ids->id), newer_first);
}

bool state_is_of(const char *id, const char *dev)
{
	const char *dash = strrchr(id, '-');

	return dash && strlen(dev) == (size_t)(dash - id) &&
		!strncmp(id, dev, dash - id);
}

bool state_last(struct state *s, struct sys *sys, const struct nic_host *host,
		const struct nic_dev *dev)
{
	struct state_ids ids;
	const char *why;
	bool found = false;
	unsigned int i;

	state_list(&ids, sys);
	for (i = 0; i < ids.nr && !found; i++) {
		if (!state_is_of(ids.id[i], dev->name) ||
		    state_load(s, sys, ids.id[i], &why))
			continue;
		found = s->end == STATE_APPLIED && s->ifindex == dev->ifindex &&
			!strcmp(s->boot_id, host->boot_id);
		if (!found)
			state_free(s);
	}
	free(ids.id);
	return found;
}

bool state_recall(struct sys *sys, const struct nic_host *host,
		  struct nic_dev *dev, struct policy *policy,
		  struct listeners *listeners)
{
	struct state s;
	unsigned int q;

	if (!state_last(&s, sys, host, dev))
		return false;
	for (q = 0; q < dev->nr_rx && q < s.nr_given; q++)
		dev->rx[q].prior = s.given[q];
	dev_set_kept(dev, &s.kept);
	if (policy)
		*policy = s.policy;
	if (listeners) {
		*listeners = s.listeners;
		memset(&s.listeners, 0, sizeof(s.listeners));
	}
	state_free(&s);
	return true;
}

json_object *state_values_json(const struct values *v,
			       const struct nic_host *host,
			       const struct nic_dev *dev)
{
	json_object *o = header(host, dev, "saved");

	json_object_object_add(o, "values", values_json(v));
	json_seal(o, "sum");
	return o;
}

bool state_json_values(json_object *o, struct values *v)
{
	return json_sealed(o, "sum") && load_values(o, v);
}
