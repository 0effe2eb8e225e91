// SPDX-License-Identifier: GPL-2.0
/*
 * plugin.c - between QEMU and the model
 *
 * Loaded by QEMU 7.2 (-plugin libtransfers.so,out=FILE,memory=MB[,llc=N]). Until
 * the guest says so, it only looks on.
 *
 *	out=FILE	where ORDER_WRITE appends to
 *	memory=MB	the guest's memory, with room for what QEMU has besides
 *	llc=N		so many CPUs share a last-level cache (default: all)
 */
#include <qemu-plugin.h>
#include <stdlib.h>
#include <string.h>

#include "code.h"
#include "coherence.h"
#include "order.h"

/* A line's marks: code that is watched wrote it; it is of a task's stack. */
#define MARK_OWNED	1
#define MARK_STACK	2
/* Lines of fewer transfers are not listed. */
#define LINE_FEW	8

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;

/* Each is used by the thread of its CPU alone. */
static struct cpu {
	uint8_t phase;
	uint8_t outer;		/* the phase around a span */
	uint64_t span_end;	/* where it returns to; 0: there is none */
	const struct code_block *last;
	struct order order;
} cpus[COHERENCE_MAX_CPUS];

static struct coherence *model;
static bool tracking;
static FILE *file;

static void set_phase(struct cpu *c, unsigned int phase)
{
	c->phase = phase;
	c->span_end = 0;
}

/* Code that does not count is not looked at any closer. */
static void begin_span(struct cpu *c, const struct code_block *b)
{
	if (!c->phase || c->span_end || !c->last || !c->last->calls)
		return;
	c->outer = c->phase;
	c->phase = b->phase;
	c->span_end = c->last->end;
}

static void run_block(unsigned int cpu, void *data)
{
	struct code_block *b = data;
	struct cpu *c = &cpus[cpu];

	if (!tracking)
		return;
	if (c->span_end == b->addr && c->span_end)
		set_phase(c, c->outer);
	if (b->action == CODE_ENTER)
		set_phase(c, b->phase);
	else if (b->action == CODE_SPAN)
		begin_span(c, b);
	if (c->phase)
		code_count(&b->runs[c->phase]);
	c->last = b;
}

static void access_line(unsigned int cpu, uint64_t paddr, uint64_t vaddr,
			bool write, struct code_site *s)
{
	struct coherence_line *line = coherence_line(model, paddr);
	enum coherence_cost cost;

	if (!line)
		return;
	cost = coherence_access(model, line, cpu, write);
	line->vaddr = vaddr;
	if (write && s->watched)
		line->marks |= MARK_OWNED;
	if (write && s->stack)
		line->marks |= MARK_STACK;
	if (cost < COHERENCE_READ_NEAR || !cpus[cpu].phase)
		return;
	code_count(&s->transfers[cpus[cpu].phase][cost]);
	if (cpus[cpu].phase != ORDER_CLOCK)
		code_count(&line->transfers);
}

static void access_memory(unsigned int cpu, qemu_plugin_meminfo_t info,
			  uint64_t vaddr, void *data)
{
	uint64_t last = vaddr + (1 << qemu_plugin_mem_size_shift(info)) - 1;
	struct code_site *s = data;
	struct qemu_plugin_hwaddr *hw;
	uint64_t paddr;
	bool write;

	if (!tracking || cpu >= COHERENCE_MAX_CPUS)
		return;
	hw = qemu_plugin_get_hwaddr(info, vaddr);
	if (!hw || qemu_plugin_hwaddr_is_io(hw))
		return;
	paddr = qemu_plugin_hwaddr_phys_addr(hw);
	write = s->locked || qemu_plugin_mem_is_store(info);
	access_line(cpu, paddr, vaddr, write, s);
	/* into the next line, if that is in the same page */
	if (vaddr >> COHERENCE_LINE_SHIFT != last >> COHERENCE_LINE_SHIFT &&
	    vaddr >> 12 == last >> 12)
		access_line(cpu, paddr + (last - vaddr), last, write, s);
}

/*
 * What homeport wrote, whoever has written it besides; and busy lines. A hook
 * writes to the registers that ftrace saved, on a stack: that goes with its task.
 */
static bool write_line(struct coherence_line *line, void *arg)
{
	bool several = line->writers & (line->writers - 1);
	FILE *f = arg;

	if (line->marks == MARK_OWNED && several && line->transfers)
		fprintf(f, "owned %lx %lx %u\n", line->vaddr, line->writers,
			line->transfers);
	else if (line->transfers >= LINE_FEW)
		fprintf(f, "line %lx %lx %u\n", line->vaddr, line->writers,
			line->transfers);
	return true;
}

static void write_all(const char *label)
{
	fprintf(file, "turn %s\n", label);
	code_write(file);
	coherence_for_each(model, write_line, file);
	fprintf(file, "end\n");
	fflush(file);
}

static bool clear_line(struct coherence_line *line, void *arg)
{
	line->writers = 0;
	line->transfers = 0;
	return true;
}

static void obey(const struct order *o)
{
	switch (o->bytes[0]) {
	case ORDER_TRACK:
		coherence_forget(model);
		memset(cpus, 0, sizeof(cpus));
		tracking = true;
		break;
	case ORDER_REST:
		tracking = false;
		break;
	case ORDER_CLEAR:
		code_clear();
		coherence_for_each(model, clear_line, NULL);
		break;
	case ORDER_WRITE:
		write_all((const char *)o->bytes + 1);
		break;
	case ORDER_ENTER:
		code_at(order_number(o, 2), CODE_ENTER, o->bytes[1]);
		break;
	case ORDER_SPAN:
		code_at(order_number(o, 2), CODE_SPAN, o->bytes[1]);
		break;
	case ORDER_WATCH:
		code_watch(order_number(o, 1), order_number(o, 9));
		break;
	}
}

static void hear(unsigned int cpu, qemu_plugin_meminfo_t info, uint64_t vaddr,
		 void *data)
{
	struct cpu *c = &cpus[cpu];
	uint8_t byte = vaddr;

	if (!c->order.len && byte < ORDER_PHASES)
		set_phase(c, byte);
	else if (order_take(&c->order, byte))
		obey(&c->order);
}

static bool is_order(const struct qemu_plugin_insn *insn)
{
	return qemu_plugin_insn_size(insn) == ORDER_CODE_LEN &&
	       !memcmp(qemu_plugin_insn_data(insn), ORDER_CODE, ORDER_CODE_LEN);
}

static bool is_prefix(uint8_t byte)
{
	return byte == 0x66 || byte == 0xf2 || byte == 0xf3 || byte == 0x2e ||
	       byte == 0x3e || byte == 0x64 || byte == 0x65 ||
	       (byte & 0xf0) == 0x40;
}

/* The first byte after the prefixes, but for LOCK. */
static const uint8_t *opcode(const struct qemu_plugin_insn *insn)
{
	const uint8_t *p = qemu_plugin_insn_data(insn);
	const uint8_t *end = p + qemu_plugin_insn_size(insn) - 1;

	while (p < end && is_prefix(*p))
		p++;
	return p;
}

/*
 * LOCK, or xchg, which needs none: the line is fetched to be written. Where CPUs
 * take turns, QEMU emulates them by a read and then a write.
 */
static bool is_locked(const struct qemu_plugin_insn *insn)
{
	const uint8_t *p = opcode(insn);

	return *p == 0xf0 || *p == 0x86 || *p == 0x87;
}

/*
 * push, call, or an operand relative to the stack pointer. What follows the
 * opcode is taken for ModRM and SIB, as it is for all that access memory but
 * a few.
 */
static bool is_stack(const struct qemu_plugin_insn *insn)
{
	const uint8_t *data = qemu_plugin_insn_data(insn), *p = opcode(insn);
	bool high = p > data && (p[-1] & 0xf1) == 0x41;	/* r12, not rsp */

	if (*p == 0xe8 || (*p & 0xf0) == 0x50 || *p == 0x68 || *p == 0x6a)
		return true;
	if (*p == 0xff && ((p[1] & 0x38) == 0x10 || (p[1] & 0x38) == 0x30))
		return true;
	p += *p == 0xf0;
	p += *p == 0x0f;
	return p + 2 < data + qemu_plugin_insn_size(insn) && p[1] >> 6 != 3 &&
	       (p[1] & 7) == 4 && (p[2] & 7) == 4 && !high;
}

static bool is_call(const struct qemu_plugin_insn *insn)
{
	const uint8_t *p = opcode(insn);

	return *p == 0xe8 || (*p == 0xff && (p[1] & 0x38) == 0x10);
}

static void take_insn(struct qemu_plugin_insn *insn)
{
	struct code_site *s;

	if (is_order(insn)) {
		/* not _R: QEMU 7.2 never calls those who ask for reads alone */
		qemu_plugin_register_vcpu_mem_cb(insn, hear,
						 QEMU_PLUGIN_CB_NO_REGS,
						 QEMU_PLUGIN_MEM_RW, NULL);
		return;
	}
	s = code_site(qemu_plugin_insn_vaddr(insn), is_locked(insn),
		      is_stack(insn));
	qemu_plugin_register_vcpu_mem_cb(insn, access_memory,
					 QEMU_PLUGIN_CB_NO_REGS,
					 QEMU_PLUGIN_MEM_RW, s);
}

static void translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t i, n = qemu_plugin_tb_n_insns(tb);
	struct qemu_plugin_insn *last = qemu_plugin_tb_get_insn(tb, n - 1);
	uint64_t end = qemu_plugin_insn_vaddr(last) + qemu_plugin_insn_size(last);
	struct code_block *b;

	b = code_block(qemu_plugin_tb_vaddr(tb), end, n, is_call(last));
	qemu_plugin_register_vcpu_tb_exec_cb(tb, run_block,
					     QEMU_PLUGIN_CB_NO_REGS, b);
	for (i = 0; i < n; i++)
		take_insn(qemu_plugin_tb_get_insn(tb, i));
}

static int refuse(const char *what, const char *value)
{
	fprintf(stderr, "libtransfers: %s %s\n", what, value);
	return -1;
}

QEMU_PLUGIN_EXPORT
int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info,
			int argc, char **argv)
{
	unsigned long memory = 0, llc = 0;
	const char *out = NULL;
	int i;

	for (i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "out=", 4))
			out = argv[i] + 4;
		else if (!strncmp(argv[i], "memory=", 7))
			memory = strtoul(argv[i] + 7, NULL, 10);
		else if (!strncmp(argv[i], "llc=", 4))
			llc = strtoul(argv[i] + 4, NULL, 10);
		else
			return refuse("unknown argument", argv[i]);
	}
	if (strcmp(info->target_name, "x86_64") || !info->system_emulation)
		return refuse("only for qemu-system-x86_64, not for",
			      info->target_name);
	if (info->system.max_vcpus > COHERENCE_MAX_CPUS)
		return refuse("too many CPUs, at most", "64");
	if (!out || !memory || memory > 1 << 20)
		return refuse("needs out=FILE and memory=MB, below", "1048576");
	file = fopen(out, "a");
	if (!file)
		return refuse("cannot write to", out);
	model = coherence_new((uint64_t)memory << 20, llc);
	if (!model)
		return refuse("no memory for", "the model");
	qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
	return 0;
}
