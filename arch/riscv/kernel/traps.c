// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Traps in words. */
#include <asm/csr.h>
#include <asm/sbi.h>
#include <asm/trap.h>
#include "base/errno.h"
#include "kernel/arch.h"
#include "kernel/boot.h"
#include "kernel/console.h"
#include "kernel/printk.h"

_Static_assert(offsetof(struct trap_frame, x[2]) == FRAME_SP, "asm/trap.h");
_Static_assert(offsetof(struct trap_frame, x[5]) == FRAME_T0, "asm/trap.h");
_Static_assert(offsetof(struct trap_frame, sepc) == FRAME_SEPC, "asm/trap.h");
_Static_assert(offsetof(struct trap_frame, sstatus) == FRAME_SSTATUS, "asm/trap.h");
_Static_assert(offsetof(struct trap_frame, scause) == FRAME_SCAUSE, "asm/trap.h");
_Static_assert(offsetof(struct trap_frame, stval) == FRAME_STVAL, "asm/trap.h");
_Static_assert(sizeof(struct trap_frame) == FRAME_SIZE && FRAME_SIZE % 16 == 0, "asm/trap.h");
_Static_assert(offsetof(struct cpu, trap_stack) == CPU_TRAP_STACK, "kernel/cpu.h");
_Static_assert(offsetof(struct cpu, probe_resume) == CPU_PROBE_RESUME, "kernel/cpu.h");
_Static_assert(offsetof(struct cpu, stack) == CPU_STACK, "kernel/cpu.h");
_Static_assert(offsetof(struct cpu, scratch) == CPU_SCRATCH, "kernel/cpu.h");

/* Exception codes of scause. Characters and not pointers, so that no relocation is needed. */
static const char cause_names[][32] = {
	"instruction address misaligned",
	"instruction access fault",
	"illegal instruction",
	"breakpoint",
	"load address misaligned",
	"load access fault",
	"store/AMO address misaligned",
	"store/AMO access fault",
	"environment call from U-mode",
	"environment call from S-mode",
	"reserved exception 10",
	"reserved exception 11",
	"instruction page fault",
	"load page fault",
	"reserved exception 14",
	"store/AMO page fault",
	"double trap",
	"reserved exception 17",
	"software check",
	"hardware error",
};

const char *trap_cause_name(u64 scause)
{
	if (scause >> SCAUSE_INTERRUPT_BIT)
		return "interrupt";
	return scause < ARRAY_SIZE(cause_names) ? cause_names[scause] : "unknown exception";
}

static enum access_kind trap_access(u64 scause)
{
	switch (scause) {
	case CAUSE_FETCH_MISALIGNED:
	case CAUSE_FETCH_ACCESS:
	case CAUSE_FETCH_PAGE_FAULT:
		return ACCESS_EXEC;
	case CAUSE_LOAD_MISALIGNED:
	case CAUSE_LOAD_ACCESS:
	case CAUSE_LOAD_PAGE_FAULT:
		return ACCESS_READ;
	case CAUSE_STORE_MISALIGNED:
	case CAUSE_STORE_ACCESS:
	case CAUSE_STORE_PAGE_FAULT:
		return ACCESS_WRITE;
	default:
		return ACCESS_NONE;
	}
}

void trap_handle(struct trap_frame *frame)
{
	const struct trap trap = {
		.pc = frame->sepc,
		.sp = frame->x[2],
		.fp = frame->x[8],
		.ra = frame->x[1],
		.addr = frame->stval,
		.access = trap_access(frame->scause),
		.cause = trap_cause_name(frame->scause),
		.code = frame->scause,
		.frame = frame,
	};

	trap_report(&trap);
}

void arch_print_trap(const struct trap *trap)
{
	static const char names[][4] = {
		"0",  "ra", "sp", "gp", "tp",  "t0",  "t1", "t2", "s0", "s1", "a0",
		"a1", "a2", "a3", "a4", "a5",  "a6",  "a7", "s2", "s3", "s4", "s5",
		"s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6",
	};
	const struct trap_frame *f = trap->frame;

	for (unsigned int i = 1; i < 32; i++) {
		printk("  %-3s %016lx", names[i], f->x[i]);
		if (i % 4 == 0 || i == 31)
			printk("\n");
	}
	printk("  sstatus %#lx, stval %#lx, satp %#lx\n", f->sstatus, f->stval, read_csr(satp));
}

int arch_probe(enum access_kind kind, grt_virt_t va)
{
	switch (kind) {
	case ACCESS_READ:
		return probe_read(va);
	case ACCESS_WRITE:
		return probe_write(va);
	case ACCESS_EXEC:
		return probe_exec(va);
	default:
		return 0;
	}
}

/* ---- before arch_init() ---- */

/* The firmware's console needs nothing that could be broken; the kernel's is there from boot_main() on. */
static void early_putc(char c)
{
	if (!sbi_has_console() && boot_info.image_pa && console_known())
		console_write(&c, 1);
	else
		arch_console_putc(c);
}

static void early_puts(const char *s)
{
	while (*s)
		early_putc(*s++);
}

static void early_puthex(u64 value)
{
	early_puts("0x");
	for (int shift = 60; shift >= 0; shift -= 4) {
		unsigned int digit = value >> shift & 15;

		early_putc((char)(digit < 10 ? '0' + digit : 'a' + digit - 10));
	}
}

void early_trap_handle(u64 scause, u64 sepc, u64 stval)
{
	early_puts("graticule: stop: exception in the boot stage: ");
	early_puts(trap_cause_name(scause));
	early_puts(", pc ");
	early_puthex(sepc);
	if (sepc - (grt_virt_t)(uintptr_t)_start < (u64)(_end - _start)) {
		early_puts(", image+");
		early_puthex(sepc - (grt_virt_t)(uintptr_t)_start);
	}
	early_puts(", address ");
	early_puthex(stval);
	early_puts(sbi_has_console() ? "\r\n" : "\n");
	arch_power_off(false);
}
