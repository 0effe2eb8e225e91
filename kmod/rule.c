// SPDX-License-Identifier: GPL-2.0
#include "rule.h"

#include <linux/lockdep.h>
#include <linux/slab.h>

#include "event.h"
#include "netns.h"

static bool rules_overlap(const struct hp_rule_key *a,
			  const struct hp_rule_key *b)
{
	if (a->last < b->first || b->last < a->first)
		return false;
	if (a->addr.family && b->addr.family &&
	    a->addr.family != b->addr.family)
		return false;
	return !a->exact || !b->exact || hp_addr_equal(&a->addr, &b->addr);
}

static bool rule_matches(const struct hp_rule_key *key,
			 const struct hp_addr *addr, u16 port)
{
	if (port < key->first || port > key->last)
		return false;
	if (key->addr.family && key->addr.family != addr->family)
		return false;
	return !key->exact || hp_addr_equal(&key->addr, addr);
}

static struct hp_rule *rule_overlapping(struct hp_net *hn,
					const struct hp_rule_key *key)
{
	struct hp_rule *rule;

	list_for_each_entry(rule, &hn->rules, list)
		if (rules_overlap(&rule->key, key))
			return rule;
	return NULL;
}

/**
 * hp_rule_add() - add a rule to the list
 * @hn: The namespace; its lock is held.
 * @key: The listeners the rule stands for.
 * @conf: How to manage them.
 * @conflict: Set to the id of the rule that has some of them already, on
 *	-EEXIST.
 *
 * Return: the rule, or an ERR_PTR: -EEXIST, -ENOMEM.
 */
struct hp_rule *hp_rule_add(struct hp_net *hn, const struct hp_rule_key *key,
			    const struct hp_rule_conf *conf, u32 *conflict)
{
	struct hp_rule *rule;

	lockdep_assert_held(&hn->lock);
	rule = rule_overlapping(hn, key);
	if (rule) {
		*conflict = rule->id;
		return ERR_PTR(-EEXIST);
	}
	rule = kzalloc(sizeof(*rule), GFP_KERNEL);
	if (!rule)
		return ERR_PTR(-ENOMEM);
	rule->key = *key;
	rule->conf = *conf;
	rule->id = ++hn->next_rule;
	list_add_tail(&rule->list, &hn->rules);
	hp_event_rule(hn, rule, HP_EVENT_RULE_ADD);
	return rule;
}

static void conf_set(u32 *to, u32 value)
{
	if (value != HP_CONF_SAME)
		*to = value;
}

/**
 * hp_rule_set() - change how a rule has its listeners managed
 * @rule: The rule; the namespace's lock is held.
 * @conf: HP_CONF_SAME for what stays.
 */
void hp_rule_set(struct hp_rule *rule, const struct hp_rule_conf *conf)
{
	conf_set(&rule->conf.grace_ms, conf->grace_ms);
	conf_set(&rule->conf.stall_ms, conf->stall_ms);
	conf_set(&rule->conf.rescue_ms, conf->rescue_ms);
	conf_set(&rule->conf.bound_percent, conf->bound_percent);
}

/**
 * hp_rule_del() - take a rule off the list and free it
 * @hn: The namespace; its lock is held.
 * @rule: It manages no group any more.
 */
void hp_rule_del(struct hp_net *hn, struct hp_rule *rule)
{
	lockdep_assert_held(&hn->lock);
	hp_event_rule(hn, rule, HP_EVENT_RULE_DEL);
	list_del(&rule->list);
	kfree(rule);
}

/**
 * hp_rule_find() - the rule of an id
 * @hn: The namespace; its lock is held.
 * @id: The id.
 *
 * Return: NULL when there is none.
 */
struct hp_rule *hp_rule_find(struct hp_net *hn, u32 id)
{
	struct hp_rule *rule;

	lockdep_assert_held(&hn->lock);
	list_for_each_entry(rule, &hn->rules, list)
		if (rule->id == id)
			return rule;
	return NULL;
}

/**
 * hp_rule_match() - the rule for a listener
 * @hn: The namespace; its lock is held.
 * @addr: The address it is bound to.
 * @port: Its port.
 *
 * Rules do not overlap, so there is one at most.
 *
 * Return: NULL when there is none.
 */
struct hp_rule *hp_rule_match(struct hp_net *hn, const struct hp_addr *addr,
			      u16 port)
{
	struct hp_rule *rule;

	lockdep_assert_held(&hn->lock);
	list_for_each_entry(rule, &hn->rules, list)
		if (rule_matches(&rule->key, addr, port))
			return rule;
	return NULL;
}
