// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A TCG plugin of QEMU that counts what a guest executes inside its windows, each CPU for itself:
 * instructions, loads, stores, and by kind barriers, invalidations and calls of the firmware.
 *
 *	qemu-system-... -plugin libcount.so,out=FILE[,limit=N][,profile=WINDOW]
 *	qemu-system-... -plugin libcount.so,out=FILE,whole=on
 *
 * A window opens and closes with one instruction that does nothing (kernel/window.h), which
 * is not counted itself. FILE gets JSON: each window with the number of its occurrences, their sum,
 * and the first N of them one by one. With profile, how often each address was executed in a window.
 *
 * With whole=on: all that each CPU executes until power off, firmware included, by whole blocks of the
 * translator; and how many instructions the block at each address stands for. A CPU counts from where it
 * opens a window or comes to the upper half of the address space: what its firmware did before is not
 * the kernel's doing, and among many CPUs that boot at once it is a matter of luck.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "decode.h"
#include "qemu_plugin.h"

#define MAX_CPUS 512
#define ALL_LOADS NR_KINDS
#define ALL_STORES (NR_KINDS + 1)
#define NR_COUNTS (NR_KINDS + 2)

struct counts {
	uint64_t n[NR_COUNTS];
};

/* Each vCPU is a thread of QEMU and touches nothing but its own. */
static struct cpu {
	struct counts now;
	struct counts at_open[NR_WINDOWS];
	bool open[NR_WINDOWS];
	uint64_t whole;
	bool begun;
} __attribute__((aligned(64))) cpus[MAX_CPUS];

/* What the translator makes in one piece. */
struct block {
	uint64_t address;
	uint64_t insns;
	uint64_t hits;
	struct block *next;
};
static struct block *blocks;

/* A window's results; under a lock, because any CPU may close it. */
static struct window {
	uint64_t occurrences;
	struct counts sum;
	struct counts *each;
	uint64_t mistakes; /* opened twice, or closed without having been opened */
} windows[NR_WINDOWS];
static char windows_lock;

/* An instruction of the guest, as translated once; with a profile each has its own. */
struct insn {
	enum kind kind;
	unsigned int window;
	uint64_t address;
	uint64_t hits;
	struct insn *next;
};
static struct insn shared[NR_KINDS][NR_WINDOWS];
static struct insn *profiled;

static const char *out = "count.json";
static uint64_t limit = 64;
static int profile = -1;
static bool whole;
static enum target target;
static bool data_is_copied;
static unsigned int nr_cpus;

QEMU_PLUGIN_EXPORT int qemu_plugin_version = 1;

/* QEMU 9 knows version 1 no more; nothing that is used here differs in 2. */
__attribute__((constructor)) static void choose_version(void)
{
	if (qemu_plugin_scoreboard_new)
		qemu_plugin_version = 2;
}

static void lock(char *l)
{
	while (__atomic_test_and_set(l, __ATOMIC_ACQUIRE))
		;
}

static void unlock(char *l)
{
	__atomic_clear(l, __ATOMIC_RELEASE);
}

/* ---- while the guest runs ---- */

static void window_open(struct cpu *c, unsigned int n)
{
	if (c->open[n])
		windows[n].mistakes++;
	c->open[n] = true;
	c->at_open[n] = c->now;
}

static void window_close(struct cpu *c, unsigned int n)
{
	struct window *w = &windows[n];
	struct counts d;

	if (!c->open[n]) {
		w->mistakes++;
		return;
	}
	c->open[n] = false;
	lock(&windows_lock);
	for (unsigned int i = 0; i < NR_COUNTS; i++) {
		d.n[i] = c->now.n[i] - c->at_open[n].n[i];
		w->sum.n[i] += d.n[i];
	}
	if (w->occurrences < limit) {
		if (!w->each)
			w->each = calloc(limit, sizeof(*w->each));
		w->each[w->occurrences] = d;
	}
	w->occurrences++;
	unlock(&windows_lock);
}

static void on_insn(unsigned int cpu, void *data)
{
	const struct insn *insn = data;

	cpus[cpu].now.n[insn->kind]++;
}

static void on_insn_profiled(unsigned int cpu, void *data)
{
	struct insn *insn = data;

	cpus[cpu].now.n[insn->kind]++;
	insn->hits += cpus[cpu].open[profile];
}

static void on_window(unsigned int cpu, void *data)
{
	const struct insn *insn = data;
	struct cpu *c = &cpus[cpu];

	if (insn->kind == KIND_OPEN)
		window_open(c, insn->window);
	else
		window_close(c, insn->window);
}

/* An access of 16 bytes is a pair. */
static void on_access(unsigned int cpu, qemu_plugin_meminfo_t info, uint64_t address, void *data)
{
	uint64_t n = qemu_plugin_mem_size_shift(info) == 4 ? 2 : 1;

	(void)address;
	(void)data;
	cpus[cpu].now.n[qemu_plugin_mem_is_store(info) ? ALL_STORES : ALL_LOADS] += n;
}

static void on_block(unsigned int cpu, void *data)
{
	struct block *block = data;

	cpus[cpu].begun |= (int64_t)block->address < 0;
	if (!cpus[cpu].begun)
		return;
	cpus[cpu].whole += block->insns;
	__atomic_fetch_add(&block->hits, 1, __ATOMIC_RELAXED);
}

/* ---- when QEMU translates ---- */

static uint32_t insn_word(struct qemu_plugin_insn *insn)
{
	size_t size = qemu_plugin_insn_size(insn);
	uint32_t word = 0;
	uintptr_t data;

	if (size > sizeof(word))
		size = sizeof(word);
	data = qemu_plugin_insn_data(insn, &word, size);
	if (!data_is_copied)
		memcpy(&word, (const void *)data, size);
	return word;
}

static struct insn *remember(enum kind kind, unsigned int window, uint64_t address)
{
	struct insn *insn = &shared[kind][window];

	if (profile >= 0) {
		insn = calloc(1, sizeof(*insn));
		insn->address = address;
		lock(&windows_lock);
		insn->next = profiled;
		profiled = insn;
		unlock(&windows_lock);
	}
	insn->kind = kind;
	insn->window = window;
	return insn;
}

static void on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	(void)id;
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
		struct qemu_plugin_insn *qi = qemu_plugin_tb_get_insn(tb, i);
		unsigned int window = 0;
		enum kind kind = decode(target, insn_word(qi), qemu_plugin_insn_size(qi), &window);
		struct insn *insn = remember(kind, window, qemu_plugin_insn_vaddr(qi));
		qemu_plugin_vcpu_udata_cb_t cb = profile >= 0 ? on_insn_profiled : on_insn;

		if (kind == KIND_OPEN || kind == KIND_CLOSE)
			cb = on_window;
		qemu_plugin_register_vcpu_insn_exec_cb(qi, cb, QEMU_PLUGIN_CB_NO_REGS, insn);
		qemu_plugin_register_vcpu_mem_cb(qi, on_access, QEMU_PLUGIN_CB_NO_REGS,
						 QEMU_PLUGIN_MEM_RW, NULL);
	}
}

static void on_begin(unsigned int cpu, void *data)
{
	(void)data;
	cpus[cpu].begun = true;
}

static void on_translate_whole(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	struct qemu_plugin_insn *first = qemu_plugin_tb_get_insn(tb, 0);
	struct block *block = calloc(1, sizeof(*block));
	unsigned int window;

	(void)id;
	block->insns = qemu_plugin_tb_n_insns(tb);
	block->address = qemu_plugin_insn_vaddr(first);
	for (size_t i = 0; i < block->insns; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);

		if (decode(target, insn_word(insn), qemu_plugin_insn_size(insn), &window) ==
		    KIND_OPEN)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, on_begin,
							       QEMU_PLUGIN_CB_NO_REGS, NULL);
	}
	lock(&windows_lock);
	block->next = blocks;
	blocks = block;
	unlock(&windows_lock);
	qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, QEMU_PLUGIN_CB_NO_REGS, block);
}

/* ---- at the end ---- */

static void print_counts(FILE *f, const struct counts *c)
{
	uint64_t instructions = 0;

	for (unsigned int i = 0; i < NR_KINDS; i++)
		instructions += c->n[i];
	fprintf(f, "{\"instructions\":%" PRIu64 ",\"loads\":%" PRIu64 ",\"stores\":%" PRIu64,
		instructions, c->n[ALL_LOADS], c->n[ALL_STORES]);
	for (unsigned int i = KIND_CLOSE + 1; i < NR_KINDS; i++)
		if (c->n[i])
			fprintf(f, ",\"%s\":%" PRIu64, kind_name(i), c->n[i]);
	fprintf(f, "}");
}

static void print_window(FILE *f, unsigned int n)
{
	const struct window *w = &windows[n];

	fprintf(f, "{\"window\":%u,\"count\":%" PRIu64 ",\"mistakes\":%" PRIu64 ",\"sum\":", n,
		w->occurrences, w->mistakes);
	print_counts(f, &w->sum);
	fprintf(f, ",\n \"each\":[");
	for (uint64_t i = 0; i < w->occurrences && i < limit; i++) {
		fprintf(f, i ? ",\n  " : "\n  ");
		print_counts(f, &w->each[i]);
	}
	fprintf(f, "]}");
}

static void on_exit_of_qemu(qemu_plugin_id_t id, void *data)
{
	const char *comma = "";
	FILE *f = fopen(out, "w");

	(void)id;
	(void)data;
	if (!f) {
		perror(out);
		return;
	}
	fprintf(f, "{\"windows\":[");
	for (unsigned int n = 0; n < NR_WINDOWS; n++) {
		if (!windows[n].occurrences && !windows[n].mistakes)
			continue;
		fprintf(f, "%s\n", comma);
		print_window(f, n);
		comma = ",";
	}
	fprintf(f, "],\n\"profile\":[");
	comma = "";
	for (const struct insn *insn = profiled; insn; insn = insn->next) {
		if (!insn->hits)
			continue;
		fprintf(f, "%s\n[%" PRIu64 ",%" PRIu64 "]", comma, insn->address, insn->hits);
		comma = ",";
	}
	fprintf(f, "],\n\"whole\":[");
	for (unsigned int cpu = 0; whole && cpu < nr_cpus; cpu++)
		fprintf(f, "%s%" PRIu64, cpu ? "," : "", cpus[cpu].whole);
	fprintf(f, "],\n\"blocks\":[");
	comma = "";
	for (const struct block *block = blocks; block; block = block->next) {
		if (!block->hits)
			continue;
		fprintf(f, "%s\n[%" PRIu64 ",%" PRIu64 "]", comma, block->address,
			block->hits * block->insns);
		comma = ",";
	}
	fprintf(f, "]}\n");
	if (fclose(f))
		perror(out);
}

static int read_argument(const char *arg)
{
	if (!strncmp(arg, "out=", 4))
		out = arg + 4;
	else if (!strncmp(arg, "limit=", 6))
		limit = strtoull(arg + 6, NULL, 0);
	else if (!strncmp(arg, "profile=", 8))
		profile = (int)strtoul(arg + 8, NULL, 0) % NR_WINDOWS;
	else if (!strcmp(arg, "whole=on"))
		whole = true;
	else
		return -1;
	return 0;
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		if (read_argument(argv[i])) {
			fprintf(stderr, "count: unknown argument \"%s\"\n", argv[i]);
			return -1;
		}
	}
	if (!info->system_emulation || info->system.max_vcpus > MAX_CPUS) {
		fprintf(stderr, "count: for system emulation, with %u CPUs at most\n", MAX_CPUS);
		return -1;
	}
	if (!strcmp(info->target_name, "aarch64")) {
		target = TARGET_ARM64;
	} else if (!strcmp(info->target_name, "riscv64")) {
		target = TARGET_RISCV;
	} else {
		fprintf(stderr, "count: %s is not known here\n", info->target_name);
		return -1;
	}
	data_is_copied = info->version.cur >= 3;
	nr_cpus = (unsigned int)info->system.smp_vcpus;
	qemu_plugin_register_vcpu_tb_trans_cb(id, whole ? on_translate_whole : on_translate);
	qemu_plugin_register_atexit_cb(id, on_exit_of_qemu, NULL);
	return 0;
}
