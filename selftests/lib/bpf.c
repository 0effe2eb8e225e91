// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bpf.h"

#define INSN(c, d, s, o, i) \
	{ .code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i) }
#define MOV_IMM(d, i)	INSN(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)
#define MOV_REG(d, s)	INSN(BPF_ALU64 | BPF_MOV | BPF_X, d, s, 0, 0)
#define ADD_IMM(d, i)	INSN(BPF_ALU64 | BPF_ADD | BPF_K, d, 0, 0, i)
#define STORE_W(d, o, i) INSN(BPF_ST | BPF_MEM | BPF_W, d, 0, o, i)
#define JEQ_IMM(d, i, o) INSN(BPF_JMP | BPF_JEQ | BPF_K, d, 0, o, i)
#define CALL(f)		INSN(BPF_JMP | BPF_CALL, 0, 0, 0, f)
#define EXIT()		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
/* Takes the place of two instructions. */
#define LOAD_MAP(d, fd)	\
	INSN(BPF_LD | BPF_DW | BPF_IMM, d, BPF_PSEUDO_MAP_FD, 0, fd), \
	INSN(0, 0, 0, 0, 0)

static int sys_bpf(int cmd, union bpf_attr *attr)
{
	int ret = syscall(SYS_bpf, cmd, attr, sizeof(*attr));

	return ret < 0 ? -errno : ret;
}

static int load(int type, int attach, const struct bpf_insn *insns, int nr)
{
	union bpf_attr attr = {
		.prog_type = type,
		.expected_attach_type = attach,
		.insns = (uintptr_t)insns,
		.insn_cnt = nr,
		.license = (uintptr_t)"GPL",
	};
	char log[4096] = "";
	int ret;

	attr.log_buf = (uintptr_t)log;
	attr.log_size = sizeof(log);
	attr.log_level = 1;
	ret = sys_bpf(BPF_PROG_LOAD, &attr);
	if (ret < 0)
		fprintf(stderr, "# BPF program refused: %s\n%s", strerror(-ret),
			log);
	return ret;
}

int hp_bpf_reuseport(int verdict)
{
	struct bpf_insn insns[] = { MOV_IMM(BPF_REG_0, verdict), EXIT() };

	return load(BPF_PROG_TYPE_SK_REUSEPORT, BPF_SK_REUSEPORT_SELECT, insns,
		    2);
}

int hp_bpf_sockmap(int size)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_SOCKMAP,
		.key_size = 4, .value_size = 4, .max_entries = size,
	};

	return sys_bpf(BPF_MAP_CREATE, &attr);
}

int hp_bpf_map_set(int map, u32 key, int fd)
{
	union bpf_attr attr = {
		.map_fd = map,
		.key = (uintptr_t)&key,
		.value = (uintptr_t)&fd,
	};

	return sys_bpf(BPF_MAP_UPDATE_ELEM, &attr);
}

/*
 * sk = bpf_map_lookup_elem(map, &zero);
 * if (sk) {
 *	bpf_sk_assign(ctx, sk, flags);
 *	bpf_sk_release(sk);
 * }
 * return SK_PASS;
 */
int hp_bpf_sk_lookup(int sockmap, u32 flags)
{
	struct bpf_insn insns[] = {
		MOV_REG(BPF_REG_6, BPF_REG_1),
		STORE_W(BPF_REG_10, -4, 0),
		MOV_REG(BPF_REG_2, BPF_REG_10),
		ADD_IMM(BPF_REG_2, -4),
		LOAD_MAP(BPF_REG_1, sockmap),
		CALL(BPF_FUNC_map_lookup_elem),
		JEQ_IMM(BPF_REG_0, 0, 7),
		MOV_REG(BPF_REG_7, BPF_REG_0),
		MOV_REG(BPF_REG_1, BPF_REG_6),
		MOV_REG(BPF_REG_2, BPF_REG_7),
		MOV_IMM(BPF_REG_3, (int)flags),
		CALL(BPF_FUNC_sk_assign),
		MOV_REG(BPF_REG_1, BPF_REG_7),
		CALL(BPF_FUNC_sk_release),
		MOV_IMM(BPF_REG_0, SK_PASS),
		EXIT(),
	};

	return load(BPF_PROG_TYPE_SK_LOOKUP, BPF_SK_LOOKUP, insns,
		    sizeof(insns) / sizeof(insns[0]));
}

int hp_bpf_attach_netns(int prog)
{
	union bpf_attr attr = {};
	int ns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int ret;

	if (ns < 0)
		return -errno;
	attr.link_create.prog_fd = prog;
	attr.link_create.target_fd = ns;
	attr.link_create.attach_type = BPF_SK_LOOKUP;
	ret = sys_bpf(BPF_LINK_CREATE, &attr);
	close(ns);
	return ret;
}
