// SPDX-License-Identifier: GPL-2.0
/* A word for each number that the kernel's answers have in place of one. */
#include "homeport.h"

#include <inttypes.h>

static const char *const group_state_names[] = {
	[HOMEPORT_GROUP_STATE_MANAGED]		= "managed",
	[HOMEPORT_GROUP_STATE_BPF]		= "bpf",
	[HOMEPORT_GROUP_STATE_HASH]		= "hash",
	[HOMEPORT_GROUP_STATE_KEPT]		= "kept",
};

static const char *const listener_state_names[] = {
	[HOMEPORT_LISTENER_STATE_LISTENING]	= "listening",
	[HOMEPORT_LISTENER_STATE_DRAINING]	= "draining",
	[HOMEPORT_LISTENER_STATE_KEPT]		= "kept",
	[HOMEPORT_LISTENER_STATE_LEAVING]	= "leaving",
};

static const char *const home_source_names[] = {
	[HOMEPORT_HOME_SOURCE_INCOMING_CPU]	= "incoming-cpu",
	[HOMEPORT_HOME_SOURCE_PINNED]		= "pinned",
	[HOMEPORT_HOME_SOURCE_LEARNED]		= "learned",
	[HOMEPORT_HOME_SOURCE_ASSIGNED]		= "assigned",
};

static const char *const attach_names[] = {
	[HOMEPORT_ATTACH_FTRACE]		= "ftrace",
	[HOMEPORT_ATTACH_NATIVE]		= "native",
};

/* By bit. */
static const char *const feature_names[] = {
	"bind", "borrow", "move",
};

const struct names names_group_state = {
	group_state_names, ARRAY_SIZE(group_state_names)
};

const struct names names_listener_state = {
	listener_state_names, ARRAY_SIZE(listener_state_names)
};

const struct names names_home_source = {
	home_source_names, ARRAY_SIZE(home_source_names)
};

const struct names names_attach = {
	attach_names, ARRAY_SIZE(attach_names)
};

const struct names names_feature = {
	feature_names, ARRAY_SIZE(feature_names)
};

/* A number without a word is shown as it is; from a newer kernel, say. */
void name_text(char *buf, size_t size, const struct names *names,
	       uint32_t value)
{
	if (value < names->nr && names->name[value])
		snprintf(buf, size, "%s", names->name[value]);
	else
		snprintf(buf, size, "%" PRIu32, value);
}
