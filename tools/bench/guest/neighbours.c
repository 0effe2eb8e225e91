// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hp.h"
#include "neighbours.h"

#define DEVICE	"hpquiet"
/* For tests of networks; RFC 2544. */
#define FIRST	0xc6120001	/* 198.18.0.1 */

static int create_device(void)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	strcpy(ifr.ifr_name, DEVICE);
	if (ioctl(fd, TUNSETIFF, &ifr)) {
		close(fd);
		return -errno;
	}
	return hp_link_up(DEVICE);
}

static int add(int fd, u32 addr)
{
	struct arpreq req = { .arp_flags = ATF_PERM | ATF_COM };
	struct sockaddr_in *in = (struct sockaddr_in *)&req.arp_pa;

	in->sin_family = AF_INET;
	in->sin_addr.s_addr = htonl(addr);
	req.arp_ha.sa_family = ARPHRD_ETHER;
	req.arp_ha.sa_data[0] = 2;	/* an address that nobody gave out */
	strcpy(req.arp_dev, DEVICE);
	return ioctl(fd, SIOCSARP, &req) ? -errno : 0;
}

int neighbours_add(int nr)
{
	int fd, ret, i;

	ret = create_device();
	if (ret)
		return ret;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	for (i = 0; !ret && i < nr; i++)
		ret = add(fd, FIRST + i);
	close(fd);
	return ret;
}
