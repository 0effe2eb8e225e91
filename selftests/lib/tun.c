// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/ipv6.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cpu.h"
#include "tun.h"

#define FIRST_PORT	1025
#define QUEUE_LEN	8192
#define WINDOW		32768
#define MSS		1200

/* Where segments are built; no option but the MSS. */
struct segment {
	union {
		struct iphdr v4;
		struct ipv6hdr v6;
		u8 bytes[40];
	} ip;
	struct tcphdr tcp;
	u8 rest[128];
};

static int set_addr4(int fd, const struct tun *t)
{
	struct ifreq ifr = {};
	struct sockaddr_in *sin = (struct sockaddr_in *)&ifr.ifr_addr;

	strcpy(ifr.ifr_name, t->name);
	sin->sin_family = AF_INET;
	sin->sin_addr = tun_host(t, AF_INET).v4;
	if (ioctl(fd, SIOCSIFADDR, &ifr))
		return -errno;
	sin->sin_addr.s_addr = htonl(0xffff0000);
	return ioctl(fd, SIOCSIFNETMASK, &ifr) ? -errno : 0;
}

/* Does the kernel take packets for this address? It has a route then. */
static bool has_local_route(const struct in6_addr *addr)
{
	FILE *f = fopen("/proc/net/ipv6_route", "re");
	char want[36] = "", line[256];
	bool found = false;
	int i;

	for (i = 0; i < 16; i++)
		sprintf(want + 2 * i, "%02x", addr->s6_addr[i]);
	strcat(want, " 80");
	while (f && !found && fgets(line, sizeof(line), f))
		found = !strncmp(line, want, strlen(want));
	if (f)
		fclose(f);
	return found;
}

/*
 * TUN has no ARP, so IPv6 detects no duplicate address; but it says so in a
 * work of its own, and packets that come before are lost.
 */
static int set_addr6(const struct tun *t)
{
	struct {
		struct in6_addr addr;
		u32 prefixlen;
		int ifindex;
	} req = {
		.addr = tun_host(t, AF_INET6).v6,
		.prefixlen = 64,
		.ifindex = if_nametoindex(t->name),
	};
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int ret;

	if (fd < 0)
		return -errno;
	ret = ioctl(fd, SIOCSIFADDR, &req) ? -errno : 0;
	close(fd);
	if (!ret && !HP_WAIT_FOR(has_local_route(&req.addr), HP_LATER))
		ret = -ETIMEDOUT;
	return ret;
}

static int create(struct tun *t)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI };

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "hptun%d", t->net);
	t->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (t->fd < 0)
		return -errno;
	if (ioctl(t->fd, TUNSETIFF, &ifr))
		return -errno;
	strcpy(t->name, ifr.ifr_name);
	return 0;
}

static int set_up(struct tun *t)
{
	struct ifreq ifr = { .ifr_qlen = QUEUE_LEN };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int ret;

	if (fd < 0)
		return -errno;
	strcpy(ifr.ifr_name, t->name);
	/* many SYN-ACKs may wait here while the test injects more */
	ret = ioctl(fd, SIOCSIFTXQLEN, &ifr) ? -errno : 0;
	ret = ret ?: set_addr4(fd, t);
	ret = ret ?: hp_link_up(t->name);
	ret = ret ?: set_addr6(t);
	close(fd);
	return ret;
}

int tun_open(struct tun *t, int net)
{
	int ret;

	memset(t, 0, sizeof(*t));
	t->net = net;
	ret = create(t) ?: set_up(t);
	if (ret && t->fd >= 0)
		close(t->fd);
	return ret;
}

void tun_close(struct tun *t)
{
	close(t->fd);
	t->fd = -1;
}

static union tun_addr address(const struct tun *t, int family, u32 host)
{
	union tun_addr a = {};

	if (family == AF_INET) {
		a.v4.s_addr = htonl(0x0a000000 | t->net << 16 | host);
		return a;
	}
	a.v6.s6_addr16[0] = htons(0xfd00);
	a.v6.s6_addr16[1] = htons(t->net);
	a.v6.s6_addr32[3] = htonl(host);
	return a;
}

union tun_addr tun_host(const struct tun *t, int family)
{
	return address(t, family, 1);
}

union tun_addr tun_client(const struct tun *t, int family, unsigned int n)
{
	return address(t, family, 2 + n % 251);
}

void tun_conn_init(struct tun *t, struct tun_conn *c, int family, int cpu,
		   const union tun_addr *dst, u16 dport)
{
	unsigned int n;

	/* a port in use stays with its connection */
	do
		n = t->next++;
	while (t->conns[FIRST_PORT + n % (65536 - FIRST_PORT)]);

	memset(c, 0, sizeof(*c));
	c->tun = t;
	c->family = family;
	c->cpu = cpu;
	c->sport = FIRST_PORT + n % (65536 - FIRST_PORT);
	c->dport = dport;
	c->src = tun_client(t, family, n);
	c->dst = dst ? *dst : tun_host(t, family);
	c->snd_nxt = n * 2654435761u;
	t->conns[c->sport] = c;
}

void tun_conn_end(struct tun_conn *c)
{
	if (c->tun && c->tun->conns[c->sport] == c)
		c->tun->conns[c->sport] = NULL;
	c->state = TUN_CLOSED;
}

static u32 sum(const void *data, unsigned int len, u32 start)
{
	const u8 *p = data;
	u32 s = start;

	for (; len > 1; len -= 2, p += 2)
		s += p[0] << 8 | p[1];
	return len ? s + (p[0] << 8) : s;
}

static u16 fold(u32 s)
{
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return htons(~s);
}

/* Fills in the IP header, in front of which @seg begins. Returns its length. */
static unsigned int put_ip(struct tun_conn *c, struct segment *seg,
			   unsigned int tcp_len)
{
	if (c->family == AF_INET) {
		/* so that it ends where the TCP header begins */
		struct iphdr *ip = (void *)(seg->ip.bytes + 20);

		*ip = (struct iphdr){
			.version = 4, .ihl = 5, .ttl = 64,
			.protocol = IPPROTO_TCP,
			.tot_len = htons(20 + tcp_len),
			.saddr = c->src.v4.s_addr, .daddr = c->dst.v4.s_addr,
		};
		ip->check = fold(sum(ip, 20, 0));
		return 20;
	}
	seg->ip.v6 = (struct ipv6hdr){
		.version = 6, .hop_limit = 64, .nexthdr = IPPROTO_TCP,
		.payload_len = htons(tcp_len),
	};
	memcpy(&seg->ip.v6.saddr, &c->src.v6, 16);
	memcpy(&seg->ip.v6.daddr, &c->dst.v6, 16);
	return 40;
}

static u16 tcp_check(struct tun_conn *c, struct segment *seg,
		     unsigned int tcp_len)
{
	unsigned int alen = c->family == AF_INET ? 4 : 16;
	u32 s = IPPROTO_TCP + tcp_len;

	s = sum(&c->src, alen, s);
	s = sum(&c->dst, alen, s);
	return fold(sum(&seg->tcp, tcp_len, s));
}

/*
 * In: only the flags, the options and the data of @seg, whose lengths are @opt
 * and @len.
 */
static int send_segment(struct tun_conn *c, struct segment *seg,
			unsigned int opt, unsigned int len)
{
	unsigned int tcp_len = sizeof(seg->tcp) + opt + len;
	unsigned int ip_len;
	u8 *start;
	int ret;

	seg->tcp.source = htons(c->sport);
	seg->tcp.dest = htons(c->dport);
	seg->tcp.seq = htonl(c->snd_nxt);
	seg->tcp.ack_seq = seg->tcp.ack ? htonl(c->rcv_nxt) : 0;
	seg->tcp.doff = (sizeof(seg->tcp) + opt) / 4;
	seg->tcp.window = htons(WINDOW);
	seg->tcp.check = tcp_check(c, seg, tcp_len);
	ip_len = put_ip(c, seg, tcp_len);
	start = (u8 *)&seg->tcp - ip_len;

	if (c->cpu != TUN_ANY_CPU) {
		ret = hp_pin(c->cpu);
		if (ret)
			return ret;
	}
	if (write(c->tun->fd, start, ip_len + tcp_len) < 0)
		return -errno;
	c->snd_nxt += len + seg->tcp.syn + seg->tcp.fin;
	return 0;
}

int tun_syn_data(struct tun_conn *c, const void *data, unsigned int len)
{
	struct segment seg = { .tcp.syn = 1,
			       .rest = { 2, 4, MSS >> 8, MSS & 0xff } };

	if (len > sizeof(seg.rest) - 4)
		return -EMSGSIZE;
	memcpy(seg.rest + 4, data, len);
	c->state = TUN_SYN_SENT;
	return send_segment(c, &seg, 4, len);
}

int tun_syn(struct tun_conn *c)
{
	return tun_syn_data(c, "", 0);
}

int tun_ack(struct tun_conn *c)
{
	struct segment seg = { .tcp.ack = 1 };

	if (c->state == TUN_SYN_RECEIVED)
		c->state = TUN_ESTABLISHED;
	return send_segment(c, &seg, 0, 0);
}

int tun_send(struct tun_conn *c, const void *data, unsigned int len)
{
	struct segment seg = { .tcp.ack = 1, .tcp.psh = 1 };

	if (len > sizeof(seg.rest))
		return -EMSGSIZE;
	memcpy(seg.rest, data, len);
	return send_segment(c, &seg, 0, len);
}

int tun_fin(struct tun_conn *c)
{
	struct segment seg = { .tcp.ack = 1, .tcp.fin = 1 };

	return send_segment(c, &seg, 0, 0);
}

int tun_reset(struct tun_conn *c)
{
	struct segment seg = { .tcp.ack = 1, .tcp.rst = 1 };

	return send_segment(c, &seg, 0, 0);
}

/* In order only: what the kernel sends twice is taken once. */
static void take_data(struct tun_conn *c, const struct tcphdr *tcp,
		      const u8 *data, unsigned int len)
{
	unsigned int room = sizeof(c->buf) - c->len;

	if (ntohl(tcp->seq) != c->rcv_nxt)
		return;
	memcpy(c->buf + c->len, data, len < room ? len : room);
	c->len += len < room ? len : room;
	c->rcv_nxt += len + tcp->fin;
	c->fin |= tcp->fin;
}

/* A repeated one means that our ACK was lost, or dropped by a full queue. */
static void take_synack(struct tun_conn *c, const struct tcphdr *tcp)
{
	if (c->state == TUN_ESTABLISHED && c->again && !c->len)
		tun_ack(c);
	if (c->state != TUN_SYN_SENT || ntohl(tcp->ack_seq) != c->snd_nxt)
		return;
	c->state = TUN_SYN_RECEIVED;
	c->rcv_nxt = ntohl(tcp->seq) + 1;
}

static void take_segment(struct tun *t, int family, const void *src,
			 const struct tcphdr *tcp, int len)
{
	struct tun_conn *c = t->conns[ntohs(tcp->dest)];
	int doff = tcp->doff * 4;

	if (!c || c->family != family || c->dport != ntohs(tcp->source) ||
	    memcmp(src, &c->dst, family == AF_INET ? 4 : 16) || len < doff)
		return;
	if (tcp->rst)
		c->rst = true;
	else if (tcp->syn)
		take_synack(c, tcp);
	else
		take_data(c, tcp, (const u8 *)tcp + doff, len - doff);
}

static void take_packet(struct tun *t, const u8 *p, int len)
{
	const struct ipv6hdr *v6 = (const void *)p;
	const struct iphdr *v4 = (const void *)p;

	if (len >= 40 && v4->version == 4 && v4->protocol == IPPROTO_TCP)
		take_segment(t, AF_INET, &v4->saddr,
			     (const void *)(p + v4->ihl * 4),
			     ntohs(v4->tot_len) - v4->ihl * 4);
	else if (len >= 60 && v4->version == 6 && v6->nexthdr == IPPROTO_TCP)
		take_segment(t, AF_INET6, &v6->saddr, (const void *)(p + 40),
			     ntohs(v6->payload_len));
}

int tun_poll(struct tun *t)
{
	u8 buf[2048];
	ssize_t n;
	int nr = 0;

	while ((n = read(t->fd, buf, sizeof(buf))) > 0) {
		take_packet(t, buf, n);
		nr++;
	}
	return nr;
}

bool tun_wait(struct tun *t, u64 deadline)
{
	struct pollfd p = { .fd = t->fd, .events = POLLIN };
	int left;

	if (tun_poll(t))
		return true;
	left = hp_left(deadline);
	if (left)
		poll(&p, 1, left);
	return tun_poll(t) || hp_left(deadline);
}

int tun_wait_synack(struct tun_conn *c, u64 deadline)
{
	while (c->state == TUN_SYN_SENT && !c->rst)
		if (!tun_wait(c->tun, deadline))
			return -ETIMEDOUT;
	return c->rst ? -ECONNREFUSED : 0;
}

int tun_recv(struct tun_conn *c, unsigned int len, u64 deadline)
{
	while (c->len < len && !c->fin && !c->rst)
		if (!tun_wait(c->tun, deadline))
			return -ETIMEDOUT;
	if (c->len >= len)
		return 0;
	return c->rst ? -ECONNRESET : -EPIPE;
}

int tun_connect(struct tun *t, struct tun_conn *c, int family, int cpu,
		const union tun_addr *dst, u16 dport)
{
	int ret;

	tun_conn_init(t, c, family, cpu, dst, dport);
	ret = tun_syn(c);
	ret = ret ?: tun_wait_synack(c, hp_deadline(HP_SOON));
	return ret ?: tun_ack(c);
}
