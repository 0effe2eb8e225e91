// SPDX-License-Identifier: GPL-2.0
/* The homes of the listeners that the kernel module manages. */
#include "../homeport.h"
#include "find.h"

static int note_home(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attrs[HOMEPORT_A_LISTENER_MAX + 1];

	genl_attrs(nlh, attrs, HOMEPORT_A_LISTENER_MAX);
	if (attrs[HOMEPORT_A_LISTENER_HOME])
		listeners_add(data, genl_u32(attrs[HOMEPORT_A_LISTENER_HOME]));
	return MNL_CB_OK;
}

bool find_module_homes(struct listeners *l)
{
	struct genl_request req;
	int ret;

	if (!genl_open())
		return false;
	genl_begin(&req, HOMEPORT_CMD_LISTENER_GET);
	ret = genl_dump(&req, note_home, l);
	genl_close();
	return ret == EXIT_OK;
}
