// SPDX-License-Identifier: GPL-2.0
/*
 * What ethtool's netlink does not do on every kernel that homeport knows:
 * reading RSS came with 6.3 and setting it much later. By ioctl all can.
 */
#include "sys.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int ask(const char *ifname, void *command)
{
	struct ifreq ifr = { .ifr_data = command };
	int fd, err = 0;

	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%.15s", ifname);
	if (ioctl(fd, SIOCETHTOOL, &ifr))
		err = -errno;
	close(fd);
	return err;
}

/* Are a connection's ports part of its hash? */
static int hashes_ports(const char *ifname, uint32_t flow_type)
{
	struct ethtool_rxnfc nfc = {
		.cmd = ETHTOOL_GRXFH, .flow_type = flow_type,
	};

	if (ask(ifname, &nfc))
		return -1;
	return (nfc.data & RXH_L4_B_0_1) && (nfc.data & RXH_L4_B_2_3);
}

int sys_ethtool_get_rss(const char *ifname, struct sys_rss *rss)
{
	struct ethtool_rxfh size = { .cmd = ETHTOOL_GRSSH }, *all;
	int err;

	memset(rss, 0, sizeof(*rss));
	err = ask(ifname, &size);
	if (err)
		return err;
	if (size.indir_size > SYS_RSS_SLOTS || size.key_size > SYS_RSS_KEY)
		return -E2BIG;
	all = calloc(1, sizeof(*all) + size.indir_size * 4 + size.key_size);
	if (!all)
		return -ENOMEM;
	all->cmd = ETHTOOL_GRSSH;
	all->indir_size = size.indir_size;
	all->key_size = size.key_size;
	err = ask(ifname, all);
	if (!err) {
		rss->size = all->indir_size;
		rss->key_size = all->key_size;
		rss->hfunc = all->hfunc;
		memcpy(rss->slot, all->rss_config, rss->size * 4);
		memcpy(rss->key, all->rss_config + rss->size, rss->key_size);
		rss->ports4 = hashes_ports(ifname, TCP_V4_FLOW);
		rss->ports6 = hashes_ports(ifname, TCP_V6_FLOW);
	}
	free(all);
	return err;
}

int sys_ethtool_set_rss(const char *ifname, const uint32_t *slot,
			unsigned int size)
{
	struct ethtool_rxfh_indir *table;
	int err;

	table = calloc(1, sizeof(*table) + size * sizeof(*slot));
	if (!table)
		return -ENOMEM;
	table->cmd = ETHTOOL_SRXFHINDIR;
	table->size = size;
	if (size)
		memcpy(table->ring_index, slot, size * sizeof(*slot));
	err = ask(ifname, table);
	free(table);
	return err;
}

int sys_ethtool_get_ntuple(const char *ifname, bool *on)
{
	struct ethtool_value value = { .cmd = ETHTOOL_GFLAGS };
	int err = ask(ifname, &value);

	*on = value.data & ETH_FLAG_NTUPLE;
	return err;
}

int sys_ethtool_set_ntuple(const char *ifname, bool on)
{
	struct ethtool_value value = { .cmd = ETHTOOL_GFLAGS };
	int err = ask(ifname, &value);

	if (err)
		return err;
	value.cmd = ETHTOOL_SFLAGS;
	value.data &= ~ETH_FLAG_NTUPLE;
	if (on)
		value.data |= ETH_FLAG_NTUPLE;
	return ask(ifname, &value);
}
