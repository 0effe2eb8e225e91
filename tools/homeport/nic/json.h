/* SPDX-License-Identifier: GPL-2.0 */
/*
 * json.h - what is printed and what is kept in files. Documentation/nic-files.md
 * has the format; keys are added, never changed.
 */
#ifndef NIC_JSON_H
#define NIC_JSON_H

#include <json-c/json.h>

#include "plan.h"

#define JSON_SCHEMA	"homeport.nic/1"
#define JSON_SNAPSHOT	"homeport.nic.snapshot/1"

json_object *json_cpus(const struct cpumask *m);
json_object *json_host(const struct nic_host *host);
/* A device; what is planned for it, and what was found, if not NULL. */
json_object *json_dev(const struct nic_host *host, const struct nic_dev *dev,
		      const struct plan *plan, const struct check *check);
json_object *json_op(const struct op *op);
json_object *json_policy(const struct policy *policy);
json_object *json_listeners(const struct listeners *listeners);
json_object *json_findings(const struct findings *f);

/* False: it is not what it should be. */
bool json_to_policy(json_object *o, struct policy *policy);
bool json_to_listeners(json_object *o, struct listeners *listeners);
bool json_to_op(json_object *o, struct op *op);

/* Of what must be there and of its type; else false. */
bool json_get_str(json_object *o, const char *key, char *buf, size_t size);
bool json_get_int(json_object *o, const char *key, int64_t low, int64_t high,
		  int64_t *value);
bool json_get_array(json_object *o, const char *key, json_object **array);

/* Adds "id", a sum over all the rest; is it right? */
void json_seal(json_object *o, const char *key);
bool json_sealed(json_object *o, const char *key);

/* A whole file; NULL and a word that says why not. At most 16 MiB. */
json_object *json_load(const char *path, const char **why);
/* By a new file that takes the place of an old one. 0 or -errno. */
int json_store(json_object *o, const char *path);

#endif /* NIC_JSON_H */
