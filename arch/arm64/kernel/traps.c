// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Exceptions in words: ESR_EL1 decoded (Arm ARM D17.2.37, "ESR_EL1, Exception Syndrome Register").
 */
#include <asm/sysreg.h>
#include <asm/trap.h>
#include "base/types.h"
#include "kernel/arch.h"
#include "kernel/printk.h"
#include "kernel/trap.h"

_Static_assert(offsetof(struct trap_frame, sp) == FRAME_SP, "sp");
_Static_assert(offsetof(struct trap_frame, pc) == FRAME_PC, "pc");
_Static_assert(sizeof(struct trap_frame) == FRAME_SIZE, "size");

/* Exception classes, ESR_EL1[31:26]. */
#define EC_IABT_LOWER 0x20
#define EC_IABT 0x21
#define EC_PC_ALIGN 0x22
#define EC_DABT_LOWER 0x24
#define EC_DABT 0x25

#define ESR_WNR BIT(6)
#define ESR_FNV BIT(10)

static const char *const class_names[64] = {
	[0x00] = "undefined instruction",
	[0x01] = "trapped WFI or WFE",
	[0x07] = "floating point is not enabled",
	[0x0a] = "trapped LD64B or ST64B",
	[0x0d] = "branch target is no landing pad",
	[0x0e] = "illegal execution state",
	[0x15] = "SVC instruction",
	[0x16] = "HVC instruction, trapped",
	[0x17] = "SMC instruction, trapped",
	[0x18] = "system register access, trapped",
	[0x19] = "SVE is not enabled",
	[0x1c] = "pointer authentication failed",
	[0x1d] = "SME is not enabled",
	[EC_IABT_LOWER] = "instruction abort from EL0",
	[EC_IABT] = "instruction abort",
	[EC_PC_ALIGN] = "PC is not a multiple of 4",
	[EC_DABT_LOWER] = "data abort from EL0",
	[EC_DABT] = "data abort",
	[0x26] = "stack pointer is not a multiple of 16",
	[0x27] = "memory copy instruction, wrong state",
	[0x2c] = "floating-point exception",
	[0x2d] = "guarded control stack exception",
	[0x2f] = "SError interrupt",
	[0x30] = "breakpoint from EL0",
	[0x31] = "breakpoint",
	[0x32] = "single step from EL0",
	[0x33] = "single step",
	[0x34] = "watchpoint from EL0",
	[0x35] = "watchpoint",
	[0x3c] = "BRK instruction",
};

/* Fault status codes of aborts, ESR_EL1[5:0]; levels as Arm counts them, from the root down. */
static const char *const fault_names[64] = {
	[0x00] = "address size fault, level 0",
	[0x01] = "address size fault, level 1",
	[0x02] = "address size fault, level 2",
	[0x03] = "address size fault, level 3",
	[0x04] = "translation fault, level 0",
	[0x05] = "translation fault, level 1",
	[0x06] = "translation fault, level 2",
	[0x07] = "translation fault, level 3",
	[0x08] = "access flag fault, level 0",
	[0x09] = "access flag fault, level 1",
	[0x0a] = "access flag fault, level 2",
	[0x0b] = "access flag fault, level 3",
	[0x0c] = "permission fault, level 0",
	[0x0d] = "permission fault, level 1",
	[0x0e] = "permission fault, level 2",
	[0x0f] = "permission fault, level 3",
	[0x10] = "synchronous external abort",
	[0x11] = "tag check fault",
	[0x13] = "external abort on a table walk, level -1",
	[0x14] = "external abort on a table walk, level 0",
	[0x15] = "external abort on a table walk, level 1",
	[0x16] = "external abort on a table walk, level 2",
	[0x17] = "external abort on a table walk, level 3",
	[0x18] = "memory error",
	[0x1b] = "memory error on a table walk, level -1",
	[0x1c] = "memory error on a table walk, level 0",
	[0x1d] = "memory error on a table walk, level 1",
	[0x1e] = "memory error on a table walk, level 2",
	[0x1f] = "memory error on a table walk, level 3",
	[0x21] = "alignment fault",
	[0x29] = "address size fault, level -1",
	[0x2b] = "translation fault, level -1",
	[0x30] = "TLB conflict",
	[0x31] = "unsupported atomic update of a table entry",
	[0x34] = "lockdown fault",
	[0x35] = "unsupported exclusive or atomic access",
};

static unsigned int esr_class(u64 esr)
{
	return (unsigned int)(esr >> 26) & 0x3f;
}

static bool is_instruction_abort(unsigned int ec)
{
	return ec == EC_IABT || ec == EC_IABT_LOWER;
}

static bool is_data_abort(unsigned int ec)
{
	return ec == EC_DABT || ec == EC_DABT_LOWER;
}

static const char *sync_cause(u64 esr)
{
	unsigned int ec = esr_class(esr);
	const char *name = class_names[ec];

	if ((is_instruction_abort(ec) || is_data_abort(ec)) && fault_names[esr & ESR_FSC_MASK])
		name = fault_names[esr & ESR_FSC_MASK];
	return name ? name : "unknown exception";
}

/* FAR_EL1 says nothing where the abort isn't about an address (FnV), for other classes neither. */
static enum access_kind sync_access(u64 esr)
{
	unsigned int ec = esr_class(esr);

	if ((is_instruction_abort(ec) || is_data_abort(ec)) && (esr & ESR_FNV) &&
	    (esr & ESR_FSC_MASK) == 0x10)
		return ACCESS_NONE;
	if (is_instruction_abort(ec) || ec == EC_PC_ALIGN)
		return ACCESS_EXEC;
	if (is_data_abort(ec))
		return esr & ESR_WNR ? ACCESS_WRITE : ACCESS_READ;
	return ACCESS_NONE;
}

void trap_handle(struct trap_frame *frame, unsigned int vector)
{
	static const char *const kinds[] = { "", "unexpected interrupt",
					     "unexpected fast interrupt", "SError interrupt" };
	struct trap trap = {
		.pc = frame->pc,
		.sp = frame->sp,
		.fp = frame->x[29],
		.ra = frame->x[30],
		.addr = frame->far,
		.access = ACCESS_NONE,
		.cause = kinds[vector % 4],
		.code = frame->esr,
		.frame = frame,
	};

	if (vector % 4 == VECTOR_SYNC) {
		trap.cause = sync_cause(frame->esr);
		trap.access = sync_access(frame->esr);
	}
	if (vector >= VECTOR_LOWER)
		printk("graticule: exception from EL0, where nothing runs\n");
	else if (vector >= VECTOR_SPX)
		printk("graticule: exception while another one was being handled\n");
	trap_report(&trap);
}

void arch_print_trap(const struct trap *trap)
{
	const struct trap_frame *f = trap->frame;
	unsigned int i;

	for (i = 0; i < 31; i++) {
		printk("  x%-2u %016llx", i, (unsigned long long)f->x[i]);
		if (i % 4 == 3)
			printk("\n");
	}
	printk("  sp  %016llx\n", (unsigned long long)f->sp);
	printk("  pc  %016llx  pstate %08llx  esr %08llx  far %016llx\n", (unsigned long long)f->pc,
	       (unsigned long long)f->pstate, (unsigned long long)f->esr,
	       (unsigned long long)f->far);
}
