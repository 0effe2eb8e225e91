/* SPDX-License-Identifier: GPL-2.0 */
/*
 * state.h - what was there before a change, and what the change did: a snapshot
 * (ID.json), written before the first write, and a journal (ID.journal), a line
 * before and after each.
 */
#ifndef NIC_STATE_H
#define NIC_STATE_H

#include "json.h"

#define STATE_ID	64
/* So many snapshots of a device are kept, the newest. */
#define STATE_KEPT	32
/* The tail of a file that is there until an apply is confirmed. */
#define STATE_PENDING	".pending"

/* Values of everything that an apply may touch; "old" of each op. */
struct values {
	unsigned int nr;
	struct op *op;
};

int values_read(struct values *v, struct sys *sys, const struct nic_host *host,
		const struct nic_dev *dev);
void values_free(struct values *v);
/* What differs: from what @is to what @was. 0 or -ENOMEM. */
int values_diff(struct values *diff, const struct values *is,
		const struct values *was);

enum state_end {
	STATE_OPEN,		/* it was interrupted */
	STATE_APPLIED,
	STATE_FAILED,		/* and restored */
	STATE_BROKEN,		/* and not all restored */
	STATE_UNDONE,		/* by a rollback */
};

struct state {
	char id[STATE_ID];
	char dev[IFNAMSIZ];
	int64_t ifindex;
	int64_t time;
	char boot_id[40];
	struct policy policy;
	struct listeners listeners;
	unsigned int nr_given;	/* the CPU that each queue was given */
	int *given;
	struct nic_kept kept;	/* what it could not move */
	struct values before;
	/* from the journal */
	unsigned int nr_done;
	struct op *done;	/* begun, in order */
	enum state_end end;
};

const char *state_end_word(enum state_end end);

/*
 * 0 or -errno: nothing was left behind. Snapshots that are more than STATE_KEPT
 * go, but for the newest that is applied, and those that wait to be confirmed.
 */
int state_begin(struct state *s, struct sys *sys, const struct nic_host *host,
		const struct nic_dev *dev, const struct plan *plan,
		const struct policy *policy, const struct listeners *listeners,
		const struct values *before);
int state_note_op(const struct state *s, struct sys *sys, const struct op *op);
/* Replaces what queues were given: a plan that went on after new channels. */
int state_note_given(const struct state *s, struct sys *sys,
		     const struct plan *plan);
int state_note_end(const struct state *s, struct sys *sys, enum state_end end);
int state_load(struct state *s, struct sys *sys, const char *id,
	       const char **why);
void state_free(struct state *s);

/* All there are, the newest first. */
struct state_ids {
	unsigned int nr;
	char (*id)[STATE_ID];
};

void state_list(struct state_ids *ids, struct sys *sys);
bool state_is_of(const char *id, const char *dev);
/* The newest that is applied, on this boot, of this device. */
bool state_last(struct state *s, struct sys *sys, const struct nic_host *host,
		const struct nic_dev *dev);
/*
 * What its policy was, and its listeners, if wanted; puts what queues were given
 * into @dev, and what cannot be moved.
 */
bool state_recall(struct sys *sys, const struct nic_host *host,
		  struct nic_dev *dev, struct policy *policy,
		  struct listeners *listeners);

/* A file of its own for values, by "save". */
json_object *state_values_json(const struct values *v,
			       const struct nic_host *host,
			       const struct nic_dev *dev);
bool state_json_values(json_object *o, struct values *v);

/* In the run directory, which is made: "ID" and a tail. -errno or 0. */
int state_path(struct sys *sys, const char *id, const char *tail, char *path,
	       size_t size);
int state_make_dir(struct sys *sys);

/* Only one may change anything. A descriptor, or -EWOULDBLOCK and others. */
int state_lock(struct sys *sys, bool wait);

#endif /* NIC_STATE_H */
