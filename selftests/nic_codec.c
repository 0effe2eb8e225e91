// SPDX-License-Identifier: GPL-2.0
/*
 * What homeport nic takes apart: sets of CPUs, names of interrupts, flows, and
 * what irqbalance answers. No kernel is needed.
 *
 * masks, lists: what the kernel takes and refuses, case by case
 * sizes: the same for machines with 1 to 8192 CPUs
 * irq_names: a name of each driver, and what it is not
 * hash: the published vectors of RSS
 * sum: those of SHA-256
 */
#include <errno.h>

#include "kselftest_harness.h"

#include "nic/balance.h"
#include "nic/cpumask.h"
#include "nic/flow.h"
#include "nic/irqname.h"
#include "nic/sha256.h"
#include "nic/toeplitz.h"
#include "random.h"

static char text[CPUMASK_TEXT], again[CPUMASK_TEXT];

struct codec_case {
	const char *in;
	unsigned int cpus;
	int err;
	const char *list;	/* what it stands for */
};

static const struct codec_case mask_cases[] = {
	{ "0", 8, 0, "" },
	{ "f", 8, 0, "0-3" },
	{ "F", 8, 0, "0-3" },
	{ "ff\n", 8, 0, "0-7" },
	{ "", 8, 0, "" },
	{ "\n", 8, 0, "" },
	{ ",", 8, 0, "" },
	{ " 3 ", 8, 0, "0-1" },
	{ "00000003", 2, 0, "0-1" },
	{ "1,00000000", 40, 0, "32" },
	{ "1,,0", 40, 0, "32" },
	{ ",44", 8, 0, "2,6" },
	{ "1 0", 40, 0, "32" },
	{ "80,00000001", 40, 0, "0,39" },
	{ "deadbeef,00000000", 64, 0,
	  "32-35,37-39,41-45,47-48,50-51,53,55,57-60,62-63" },
	{ "100", 8, -EOVERFLOW, NULL },
	{ "4", 2, -EOVERFLOW, NULL },
	{ "00000000,00000001", 32, -EOVERFLOW, NULL },
	{ "00000000,00000001", 2, -EOVERFLOW, NULL },
	{ "0,1", 8, -EOVERFLOW, NULL },
	{ "100000000", 64, -EOVERFLOW, NULL },
	{ "000000001", 64, -EOVERFLOW, NULL },
	{ "0x3", 8, -EINVAL, NULL },
	{ "0x1", 64, -EINVAL, NULL },
	{ "g", 8, -EINVAL, NULL },
	{ "-1", 8, -EINVAL, NULL },
	{ "0-3", 8, -EINVAL, NULL },
	{ "1,g", 64, -EINVAL, NULL },
	{ "3;", 8, -EINVAL, NULL },
};

static const struct codec_case list_cases[] = {
	{ "0", 8, 0, "0" },
	{ "0-3,8", 16, 0, "0-3,8" },
	{ "  ,,  0-3  ,, 5  ,,  ", 8, 0, "0-3,5" },
	{ "", 8, 0, "" },
	{ "\n", 8, 0, "" },
	{ ",, ,,  , \n", 8, 0, "" },
	{ "N", 8, 0, "7" },
	{ "N-N", 32, 0, "31" },
	{ "4-N", 8, 0, "4-7" },
	{ "all", 8, 0, "0-7" },
	{ "ALL:1/2", 8, 0, "0,2,4,6" },
	{ "0, 1, all,  ", 4, 0, "0-3" },
	{ "0-31:1/4,32-63:2/4", 64, 0,
	  "0,4,8,12,16,20,24,28,32-33,36-37,40-41,44-45,48-49,52-53,56-57,60-61" },
	{ "1-1:1/1", 32, 0, "1" },
	{ "0-0:0/1", 32, 0, "" },
	{ "0-15:16/31", 32, 0, "0-15" },
	{ "00003", 8, 0, "3" },
	{ "8-8", 8, -ERANGE, NULL },
	{ "0-31", 8, -ERANGE, NULL },
	{ "8", 8, -ERANGE, NULL },
	{ "al", 8, -EINVAL, NULL },
	{ "alll", 8, -EINVAL, NULL },
	{ "-1", 8, -EINVAL, NULL },
	{ "10-1", 8, -EINVAL, NULL },
	{ "0-31:", 32, -EINVAL, NULL },
	{ "0-31:0", 32, -EINVAL, NULL },
	{ "0-31:0/", 32, -EINVAL, NULL },
	{ "0-31:0/0", 32, -EINVAL, NULL },
	{ "0-31:10/1", 32, -EINVAL, NULL },
	{ "0:1/2", 32, -EINVAL, NULL },
	{ "a-31", 32, -EINVAL, NULL },
	{ "0-a1", 32, -EINVAL, NULL },
	{ "0-\n", 8, -EINVAL, NULL },
	{ "1;2", 8, -EINVAL, NULL },
	{ "0-98765432123456789:10/1", 8, -EOVERFLOW, NULL },
	{ "4294967296", 8, -EOVERFLOW, NULL },
};

TEST(masks)
{
	struct cpumask m;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(mask_cases); i++) {
		const struct codec_case *c = &mask_cases[i];
		int err = cpumask_parse(&m, c->in, c->cpus);

		EXPECT_EQ(c->err, err) {
			TH_LOG("\"%s\" on %u CPUs: %d", c->in, c->cpus, err);
		}
		if (err || c->err)
			continue;
		cpumask_print_list(&m, text, sizeof(text));
		EXPECT_STREQ(c->list, text) {
			TH_LOG("\"%s\" on %u CPUs", c->in, c->cpus);
		}
	}
}

TEST(lists)
{
	struct cpumask m;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(list_cases); i++) {
		const struct codec_case *c = &list_cases[i];
		int err = cpumask_parse_list(&m, c->in, c->cpus);

		EXPECT_EQ(c->err, err) {
			TH_LOG("\"%s\" on %u CPUs: %d", c->in, c->cpus, err);
		}
		if (err || c->err)
			continue;
		cpumask_print_list(&m, text, sizeof(text));
		EXPECT_STREQ(c->list, text) {
			TH_LOG("\"%s\" on %u CPUs", c->in, c->cpus);
		}
	}
}

/* All of it holds for @nr CPUs; returns what does not. */
static const char *wrong_for(unsigned int nr)
{
	struct cpumask all = { 0 }, some = { 0 }, m;
	unsigned int i, groups = (nr + 31) / 32;

	for (i = 0; i < nr; i++)
		cpumask_set(&all, i);
	for (i = 0; i < 9; i++)
		cpumask_set(&some, hp_random(nr));
	cpumask_print(&all, nr, text, sizeof(text));
	/* commas between groups, and no digit that is not needed */
	if (strlen(text) != groups - 1 + (nr / 32) * 8 + (nr % 32 + 3) / 4)
		return "the mask of all is not as the kernel prints it";
	if (cpumask_parse(&m, text, nr) || !cpumask_equal(&m, &all))
		return "the mask of all does not come back";
	snprintf(again, sizeof(again), "0,%.*s", (int)sizeof(again) - 3, text);
	if (nr % 32 == 0 && cpumask_parse(&m, again, nr) != -EOVERFLOW)
		return "a group too many is taken";
	cpumask_print(&some, nr, text, sizeof(text));
	if (cpumask_parse(&m, text, nr) || !cpumask_equal(&m, &some))
		return "a mask does not come back";
	cpumask_print_list(&some, text, sizeof(text));
	if (cpumask_parse_list(&m, text, nr) || !cpumask_equal(&m, &some))
		return "a list does not come back";
	snprintf(text, sizeof(text), "%u", nr);
	if (cpumask_parse_list(&m, text, nr) != -ERANGE)
		return "the list of a CPU too many is taken";
	if (nr == CPUMASK_CPUS)
		return NULL;
	cpumask_zero(&m);
	cpumask_set(&m, nr);
	cpumask_print(&m, nr + 1, text, sizeof(text));
	if (cpumask_parse(&m, text, nr) != -EOVERFLOW)
		return "the mask of a CPU too many is taken";
	return NULL;
}

TEST(sizes)
{
	const char *wrong;
	unsigned int nr;

	for (nr = 1; nr <= CPUMASK_CPUS; nr++) {
		wrong = wrong_for(nr);
		ASSERT_EQ(NULL, wrong) {
			TH_LOG("%u CPUs: %s", nr, wrong);
		}
	}
}

struct name_case {
	const char *name;
	enum irqname_kind kind;
	unsigned int queue;
};

static const struct irqname_owner owner = { "eth1", "0000:3b:00.0", "virtio2" };

static const struct name_case names[] = {
	{ "eth1-TxRx-3",			IRQNAME_BOTH, 3 },	/* igb ixgbe bnxt */
	{ "i40e-eth1-TxRx-0",			IRQNAME_BOTH, 0 },
	{ "ice-eth1-TxRx-12",			IRQNAME_BOTH, 12 },
	{ "iavf-eth1-TxRx-7",			IRQNAME_BOTH, 7 },
	{ "idpf-eth1-TxRx-1",			IRQNAME_BOTH, 1 },
	{ "eth1-rx-4",				IRQNAME_RX, 4 },
	{ "eth1-tx-4",				IRQNAME_TX, 4 },
	{ "eth1-Tx-Rx-9",			IRQNAME_BOTH, 9 },	/* ena */
	{ "mlx5_comp5@pci:0000:3b:00.0",	IRQNAME_BOTH, 5 },
	{ "mlx5_comp0@0000:3b:00.0",		IRQNAME_BOTH, 0 },
	{ "mlx4-7@0000:3b:00.0",		IRQNAME_BOTH, 7 },
	{ "eth1-fp-2",				IRQNAME_BOTH, 2 },	/* bnx2x */
	{ "qede-eth1-fp-2",			IRQNAME_BOTH, 2 },
	{ "eth1-3",				IRQNAME_BOTH, 3 },	/* bnx2 sfc */
	{ "eth1-txrx-1",			IRQNAME_BOTH, 1 },	/* tg3 */
	{ "eth1-rxtx-6",			IRQNAME_BOTH, 6 },	/* vmxnet3 */
	{ "eth1-rxtx2",				IRQNAME_BOTH, 2 },	/* enetc */
	{ "mana_q3@pci:0000:3b:00.0",		IRQNAME_BOTH, 3 },
	{ "gve-ntfy-blk11@pci:0000:3b:00.0",	IRQNAME_BLOCK, 11 },
	{ "eth1-q2-rx",				IRQNAME_RX, 2 },	/* xen */
	{ "eth1-q2-tx",				IRQNAME_TX, 2 },
	{ "eth1-q2",				IRQNAME_BOTH, 2 },	/* be2net */
	{ "eth1 (queue 5)",			IRQNAME_BOTH, 5 },	/* cxgb4 */
	{ "virtio2-input.3",			IRQNAME_RX, 3 },
	{ "virtio2-output.0",			IRQNAME_TX, 0 },
	{ "virtio2-virtqueues",			IRQNAME_SHARED, 0 },
	{ "eth1",				IRQNAME_SHARED, 0 },	/* e1000 */
	{ "hns3-0000:3b:00.0-TxRx-4",		IRQNAME_BOTH, 4 },
	{ "eth1:rx-1",				IRQNAME_RX, 1 },	/* stmmac */
	/* of the device, but of no queue */
	{ "virtio2-config",			IRQNAME_MGMT, 0 },
	{ "mlx5_async0@pci:0000:3b:00.0",	IRQNAME_MGMT, 0 },
	{ "mlx4-async@pci:0000:3b:00.0",	IRQNAME_MGMT, 0 },
	{ "mana_hwc@pci:0000:3b:00.0",		IRQNAME_MGMT, 0 },
	{ "gve-mgmnt@pci:0000:3b:00.0",		IRQNAME_MGMT, 0 },
	{ "ena-mgmnt@pci:0000:3b:00.0",		IRQNAME_MGMT, 0 },
	{ "i40e-0000:3b:00.0:fdir-TxRx-0",	IRQNAME_MGMT, 0 },
	{ "i40e-0000:3b:00.0:misc",		IRQNAME_MGMT, 0 },
	{ "ice-0000:3b:00.0:misc",		IRQNAME_MGMT, 0 },
	{ "iavf-0000:3b:00.0:mbx",		IRQNAME_MGMT, 0 },
	{ "idpf-eth1-Mailbox-0",		IRQNAME_MGMT, 0 },
	{ "eth1-event-9",			IRQNAME_MGMT, 0 },
	{ "eth1-ptp",				IRQNAME_MGMT, 0 },
	/* of others */
	{ "eth10-TxRx-3",			IRQNAME_OTHER, 0 },
	{ "veth1-rx-3",				IRQNAME_OTHER, 0 },
	{ "eth1.5-rx-0",			IRQNAME_OTHER, 0 },
	{ "virtio20-input.0",			IRQNAME_OTHER, 0 },
	{ "mlx5_comp5@pci:0000:3b:00.1",	IRQNAME_OTHER, 0 },
	{ "mlx5_comp5",				IRQNAME_OTHER, 0 },
	{ "PCIe PME",				IRQNAME_OTHER, 0 },
	{ "nvme0q3",				IRQNAME_OTHER, 0 },
	{ "",					IRQNAME_OTHER, 0 },
	{ "@",					IRQNAME_OTHER, 0 },
	{ "eth1-rx-99999999999999999999",	IRQNAME_MGMT, 0 },
};

TEST(irq_names)
{
	struct irqname n;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		n = irqname_read(names[i].name, &owner);
		EXPECT_EQ(names[i].kind, n.kind) {
			TH_LOG("\"%s\"", names[i].name);
		}
		if (names[i].kind == IRQNAME_OTHER ||
		    names[i].kind == IRQNAME_MGMT)
			continue;
		EXPECT_EQ(names[i].queue, n.queue) {
			TH_LOG("\"%s\"", names[i].name);
		}
	}
}

/* The key and vectors that the RSS specification verifies drivers by. */
static const uint8_t rss_key[40] = {
	0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67,
	0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb,
	0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30,
	0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa,
};

static const struct {
	const char *flow;
	bool ports;
	uint32_t hash;
} hashes[] = {
	{ "66.9.149.187:2794,161.142.100.80:1766", true, 0x51ccc178 },
	{ "66.9.149.187:2794,161.142.100.80:1766", false, 0x323e8fc2 },
	{ "199.92.111.2:14230,65.69.140.83:4739", true, 0xc626b0ea },
	{ "24.19.198.95:12898,12.22.207.184:38024", true, 0x5c2b394a },
	{ "38.27.205.30:48228,209.142.163.6:2217", true, 0xafc7327f },
	{ "153.39.163.191:44251,202.188.127.2:1303", true, 0x10e828a2 },
	{ "[3ffe:2501:200:1fff::7]:2794,[3ffe:2501:200:3::1]:1766", true,
	  0x40207d3d },
	{ "[3ffe:501:8::260:97ff:fe40:efab]:14230,[ff02::1]:4739", true,
	  0xdde51bbf },
};

TEST(hash)
{
	uint8_t data[36];
	struct flow f;
	size_t i, len;

	for (i = 0; i < ARRAY_SIZE(hashes); i++) {
		ASSERT_TRUE(flow_parse(hashes[i].flow, &f)) {
			TH_LOG("%s", hashes[i].flow);
		}
		len = flow_bytes(&f, hashes[i].ports, data);
		EXPECT_EQ(hashes[i].hash, toeplitz(rss_key, data, len)) {
			TH_LOG("%s", hashes[i].flow);
		}
	}
}

TEST(flows)
{
	static const char *const bad[] = {
		"", ",", "1.2.3.4", "1.2.3.4:5", "1.2.3.4:5,", ":5,1.2.3.4:5",
		"1.2.3.4:5,1.2.3.4", "1.2.3.4:65536,1.2.3.4:5",
		"1.2.3.4:5,[::1]:5", "[::1]:5,::1:5", "1.2.3:5,1.2.3.4:5",
		"1.2.3.4:-5,1.2.3.4:5", "1.2.3.4:5x,1.2.3.4:5",
		"1.2.3.4:,1.2.3.4:5", "[:5,[:5", "[]:5,[]:5",
	};
	struct flow f;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_FALSE(flow_parse(bad[i], &f)) {
			TH_LOG("\"%s\" is taken", bad[i]);
		}
	}
}

TEST(sum)
{
	char million[1000];
	char sum[SHA256_TEXT];

	sha256_text("", 0, sum);
	EXPECT_STREQ("sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		     sum);
	sha256_text("abc", 3, sum);
	EXPECT_STREQ("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		     sum);
	sha256_text("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		    56, sum);
	EXPECT_STREQ("sha256:248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
		     sum);
	/* as sha256sum(1) has it */
	memset(million, 'a', sizeof(million));
	sha256_text(million, sizeof(million), sum);
	EXPECT_STREQ("sha256:41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3",
		     sum);
}

TEST(irqbalance_answer)
{
	struct banned *b = malloc(sizeof(*b));

	balance_parse("SLEEP 10 IRQ 24 LOAD 0 DIFF 0 CLASS 5 IRQ 25 LOAD 7 DIFF 1 CLASS 5 BANNED 00000000",
		      b);
	ASSERT_EQ(2, b->nr);
	EXPECT_EQ(24, b->irq[0]);
	EXPECT_EQ(25, b->irq[1]);
	balance_parse("SLEEP 10 BANNED 00000000,00000000", b);
	EXPECT_EQ(0, b->nr);
	balance_parse("IRQ IRQ -3 IRQ 5 IRQ 5", b);
	EXPECT_EQ(1, b->nr);
	free(b);
}

TEST_HARNESS_MAIN
