/* SPDX-License-Identifier: GPL-2.0 */
/* event.h - what the core tells those who watch, without knowing them */
#ifndef HOMEPORT_EVENT_H
#define HOMEPORT_EVENT_H

struct hp_group;
struct hp_listener;
struct hp_net;
struct hp_rule;

enum hp_event {
	HP_EVENT_RULE_ADD,
	HP_EVENT_RULE_DEL,
	HP_EVENT_GROUP_ADD,
	HP_EVENT_GROUP_DEL,
	HP_EVENT_GROUP_KEEP,
	HP_EVENT_GROUP_HANDOVER,
	HP_EVENT_GROUP_EXPIRE,
	HP_EVENT_LISTENER_JOIN,
	HP_EVENT_LISTENER_LEAVE,
	HP_EVENT_LISTENER_HOME,
	HP_EVENT_LISTENER_STATE,
	HP_EVENT_LISTENER_STALLED,
	HP_EVENT_LISTENER_UNSTALLED,
};

/**
 * struct hp_watcher - who watches
 * @rule: A rule came or is about to go.
 * @group: A group came or is about to go, is kept, gives what it held to those
 *	that joined, or drops it.
 * @listener: A listener of @g joined, is about to leave, has a new home or state,
 *	does not accept, or does again.
 *
 * All are called under hp_net.lock and may sleep.
 */
struct hp_watcher {
	void (*rule)(struct hp_net *hn, const struct hp_rule *rule,
		     enum hp_event event);
	void (*group)(const struct hp_group *g, enum hp_event event);
	void (*listener)(const struct hp_group *g, const struct hp_listener *l,
			 enum hp_event event);
};

/*
 * Watch from now on. NULL: nobody does, and nobody is being told any more when
 * it returns. May sleep.
 */
void hp_event_watch(const struct hp_watcher *watcher);

void hp_event_rule(struct hp_net *hn, const struct hp_rule *rule,
		   enum hp_event event);
void hp_event_group(const struct hp_group *g, enum hp_event event);
void hp_event_listener(const struct hp_group *g, const struct hp_listener *l,
		       enum hp_event event);

#endif /* HOMEPORT_EVENT_H */
