/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Exceptions. The kernel runs on SP_EL0 and exceptions on SP_EL1, so that one always arrives on a
 * good stack, also when the ordinary stack has run into its guard page. TPIDR_EL1 points to struct
 * cpu. There is no EL0, which leaves TPIDR_EL0 for scratch and TPIDRRO_EL0 to count exceptions
 * inside of exceptions.
 */
#include <asm/psci.h>
#include <asm/sysreg.h>
#include <asm/trap.h>
#include "asm_macros.h"
#include "base/errno.h"
#include "kernel/cpu.h"

	.text

/*
 * Two entries of this CPU's TLB that translate an address are a TLB conflict abort: the permitted way out
 * of a size change of a live leaf at FEAT_BBM level 2 (rule A4). Only x0 may be used; it is in TPIDR_EL0.
 */
.macro check_conflict
	mrs	x0, esr_el1
	and	x0, x0, #ESR_FSC_MASK
	cmp	x0, #ESR_FSC_CONFLICT
	b.eq	maybe_conflict_\@
.Lno_conflict_\@:
	.subsection 1
maybe_conflict_\@:
	mrs	x0, esr_el1
	ubfx	x0, x0, #ESR_EC_SHIFT, #6
	bic	x0, x0, #ESR_EC_DATA
	cmp	x0, #ESR_EC_IABT
	b.eq	tlb_conflict
	b	.Lno_conflict_\@
	.previous
.endm

/* A fault that probe_*() expects ends there. */
.macro check_probe
	mrs	x0, tpidr_el1
	cbz	x0, dead_end
	ldr	x0, [x0, #CPU_PROBE_RESUME]
	cbnz	x0, probe_fault
.endm

.macro save_frame index
	stp	x0, x1, [sp]
	mov	x1, #\index
	b	save_rest
.endm

/* From the ordinary stack: SP_EL1 is the top of the trap stack. */
.macro vector_sp0 index
	.balign	128
	msr	tpidr_el0, x0
	.if	\index == VECTOR_SYNC
	check_conflict
	check_probe
	.endif
	mrs	x0, tpidr_el0
	sub	sp, sp, #FRAME_SIZE
	save_frame \index
.endm

/*
 * From inside of an exception, whose frame is given up: that it was there is worth more than its
 * registers, and the stack may be what failed. Once only.
 */
.macro vector_spx index
	.balign	128
	msr	tpidr_el0, x0
	.if	\index == VECTOR_SPX + VECTOR_SYNC
	check_conflict
	check_probe
	.endif
	mrs	x0, tpidrro_el0
	cbnz	x0, dead_end
	mov	x0, #1
	msr	tpidrro_el0, x0
	mrs	x0, tpidr_el1
	cbz	x0, dead_end
	ldr	x0, [x0, #CPU_TRAP_STACK]
	sub	x0, x0, #FRAME_SIZE
	mov	sp, x0
	mrs	x0, tpidr_el0
	save_frame \index
.endm

	.balign	2048
SYM_START vectors
	vector_sp0 0
	vector_sp0 1
	vector_sp0 2
	vector_sp0 3
	vector_spx 4
	vector_spx 5
	vector_spx 6
	vector_spx 7
	vector_sp0 8
	vector_sp0 9
	vector_sp0 10
	vector_sp0 11
	vector_sp0 12
	vector_sp0 13
	vector_sp0 14
	vector_sp0 15
SYM_END vectors

/*
 * Drop what this CPU has cached and try again. No conflict can arise here: only leaves of the linear map
 * change their size live, and text, vectors, stacks and struct cpu lie outside of it, in the image and
 * in vmalloc space (the plan says so, and a self-test).
 */
SYM_LOCAL tlb_conflict
	tlbi	vmalle1
	dsb	nsh
	isb
	mrs	x0, tpidr_el1
	cbz	x0, dead_end
	str	x1, [x0, #CPU_SCRATCH]
	ldr	x1, [x0, #CPU_CONFLICTS]
	add	x1, x1, #1
	str	x1, [x0, #CPU_CONFLICTS]
	ldr	x1, [x0, #CPU_SCRATCH]
	mrs	x0, tpidr_el0
	eret

/*
 * x0: ESR_EL1. Take an exception as if there had been one of this syndrome here, for the self-test of
 * handlers that nothing else can bring about. Returns, with all registers as they were, where the
 * handler does.
 */
SYM_START fake_exception
	mrs	x9, daif
	orr	x9, x9, #SPSR_EL1T
	msr	spsr_el1, x9
	adr	x10, 1f
	msr	elr_el1, x10
	msr	esr_el1, x0
	msr	spsel, #1
	b	vectors
1:	ret
SYM_END fake_exception

/*
 * x0 and x1 are in the frame, x1 is the vector. The handler only reports: nothing returns from it.
 */
SYM_LOCAL save_rest
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x19, [sp, #144]
	stp	x20, x21, [sp, #160]
	stp	x22, x23, [sp, #176]
	stp	x24, x25, [sp, #192]
	stp	x26, x27, [sp, #208]
	stp	x28, x29, [sp, #224]
	mrs	x2, sp_el0
	stp	x30, x2, [sp, #240]
	mrs	x2, elr_el1
	mrs	x3, spsr_el1
	stp	x2, x3, [sp, #FRAME_PC]
	mrs	x2, esr_el1
	mrs	x3, far_el1
	stp	x2, x3, [sp, #FRAME_PC + 16]
	mov	x0, sp
	mov	x29, xzr
	bl	trap_handle
	b	dead_end

/*
 * x0: where to resume, with x0 = -EFAULT and x1 = ESR_EL1; the probe has asked for x0 and x1 to be
 * clobbered. PSTATE.IL is what probe_exec() has set.
 */
SYM_LOCAL probe_fault
	msr	elr_el1, x0
	mrs	x0, spsr_el1
	bic	x0, x0, #SPSR_IL
	msr	spsr_el1, x0
	mrs	x1, esr_el1
	mov	x0, #-EFAULT
	eret

/* Faults up to probe_end resume at \label. Clobbers x9, x10. */
.macro probe_start label
	mrs	x9, tpidr_el1
	adr	x10, \label
	str	x10, [x9, #CPU_PROBE_RESUME]
.endm

.macro probe_end
	mrs	x9, tpidr_el1
	str	xzr, [x9, #CPU_PROBE_RESUME]
	ret
.endm

SYM_START probe_read
	probe_start 1f
	ldrb	w1, [x0]
	mov	x0, #0
1:	probe_end
SYM_END probe_read

/* x0: address; w1: 1, 2 or 4 bytes */
SYM_START probe_register
	probe_start 3f
	cmp	w1, #2
	b.lo	1f
	b.eq	2f
	ldr	w0, [x0]
	b	3f
1:	ldrb	w0, [x0]
	b	3f
2:	ldrh	w0, [x0]
3:	probe_end
SYM_END probe_register

/* Stores what was there, unless another CPU has stored something meanwhile. */
SYM_START probe_write
	probe_start 2f
1:	ldxrb	w1, [x0]
	stxrb	w2, w1, [x0]
	cbnz	w2, 1b
	mov	x0, #0
2:	probe_end
SYM_END probe_write

/*
 * Goes to x0 with PSTATE.IL set: the Illegal Execution state exception comes instead of the
 * instruction, and after an Instruction Abort (Arm ARM, D1 "Synchronous exception types and
 * priorities").
 */
SYM_START probe_exec
	probe_start 1f
	mrs	x1, daif
	mrs	x2, spsel
	orr	x1, x1, x2
	ldr	x2, =(SPSR_IL | CURRENT_EL1)
	orr	x1, x1, x2
	msr	spsr_el1, x1
	msr	elr_el1, x0
	eret
1:	lsr	x1, x1, #ESR_EC_SHIFT
	cmp	x1, #0xe
	csel	x0, xzr, x0, eq
	probe_end
SYM_END probe_exec

SYM_START smccc_smc
	probe_start 1f
	smc	#0
1:	probe_end
SYM_END smccc_smc

SYM_START smccc_hvc
	probe_start 1f
	hvc	#0
1:	probe_end
SYM_END smccc_hvc

SYM_START semihosting_call
	probe_start 1f
	hlt	#0xf000
1:	probe_end
SYM_END semihosting_call

/* x0: top of the new stack, x1: function. Takes up the trap stack of struct cpu too. */
SYM_START arch_run_on_stack
	mrs	x9, tpidr_el1
	ldr	x10, [x9, #CPU_TRAP_STACK]
	msr	spsel, #1
	mov	sp, x10
	msr	spsel, #0
	mov	sp, x0
	mov	x29, xzr
	blr	x1
	b	dead_end
SYM_END arch_run_on_stack

	.section .rodata, "a"
	.balign	8
/* ADP_Stopped_ApplicationExit, status 0 and 1. */
	.globl	semihosting_success, semihosting_failure
	.hidden	semihosting_success, semihosting_failure
semihosting_success:
	.quad	0x20026, 0
semihosting_failure:
	.quad	0x20026, 1
