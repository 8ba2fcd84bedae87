/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From the exception level that a CPU starts at to EL1, in a known state. Nothing is assumed of
 * registers whose value at reset is UNKNOWN; a field of a feature that the CPU lacks is RES0, and
 * so is written 0.
 */
#include <asm/boot.h>
#include <asm/sysreg.h>
#include "asm_macros.h"

	.section .head.text, "ax"

/* x0: field at \shift of the ID register \reg; the flags say eq if it is 0 or 15: not there. */
.macro id_field reg, shift
	mrs	x0, \reg
	ubfx	x0, x0, #\shift, #4
	add	x1, x0, #1
	tst	x1, #0xe
.endm

/*
 * The MMU is on at EL\el, against the boot protocol. Go on to say so, if code is mapped at its
 * physical address: else there is no way out of here.
 */
.macro leave_mmu el
	adr	x1, .
	at	s1e\el\()r, x1
	isb
	mrs	x2, par_el1
	tbnz	x2, #0, dead_end
	eor	x2, x2, x1
	ubfx	x2, x2, #12, #36
	cbnz	x2, dead_end
	adr_l	x0, _start
	adr_l	x1, _end
	dcache_by_line civac
	dsb	sy
	orr	x9, x9, #BOOT_ENTRY_MMU_ON
.endm

/*
 * enter_el1() - returns x0 = BOOT_ENTRY_*, at EL1 with the MMU off, exceptions masked, on SP_EL1.
 * Uses no memory and clobbers x0 to x9.
 */
SYM_START enter_el1
	msr	tpidrro_el0, xzr
	msr	tpidr_el1, xzr
	adr_l	x1, vectors
	adr_l	x2, el2_vectors
	mrs	x3, CurrentEL
	lsr	x9, x3, #2
	cmp	x3, #CURRENT_EL2
	b.eq	.Lat_el2
	b.hi	.Lat_el3

	msr	vbar_el1, x1
	isb
	mrs	x3, sctlr_el1
	tbz	x3, #0, 1f
	leave_mmu 1
1:	ldr	x1, =SCTLR_EL1_MMU_OFF
	msr	sctlr_el1, x1
	b	.Lat_el1

/* There is no firmware. Get down to EL1 to be able to say so. */
.Lat_el3:
	msr	vbar_el3, x2
	isb
	mrs	x3, sctlr_el3
	tbz	x3, #0, 1f
	leave_mmu 3
1:	ldr	x1, =SCTLR_EL2_OFF
	msr	sctlr_el3, x1
	msr	cptr_el3, xzr
	msr	mdcr_el3, xzr
	mov	x1, #SCR_EL3_DROP
	msr	scr_el3, x1
	ldr	x1, =SCTLR_EL1_MMU_OFF
	msr	sctlr_el1, x1
	mrs	x1, id_aa64pfr0_el1
	ubfx	x1, x1, #8, #4
	cbz	x1, 1f
	ldr	x1, =HCR_RW
	msr	hcr_el2, x1
1:	mov	x2, #SPSR_EL1H_MASKED
	adr_l	x3, .Lat_el1
	msr	spsr_el3, x2
	msr	elr_el3, x3
	isb
	eret

.Lat_el2:
	adr_l	x1, el2_vectors
	msr	vbar_el2, x1
	isb
	mrs	x3, sctlr_el2
	tbz	x3, #0, 1f
	leave_mmu 2
1:	ldr	x1, =SCTLR_EL2_OFF
	msr	sctlr_el2, x1
	isb
	/*
	 * EL1 is AArch64, nothing is trapped, no stage 2. Without FEAT_E2H0 the bit E2H is RES1, which need
	 * not read as 1 before it is written as 1 (Arm ARM D24.2, "ID_AA64MMFR4_EL1", "HCR_EL2").
	 */
	ldr	x1, =HCR_RW
	mrs	x0, SYS_ID_AA64MMFR4_EL1
	tbz	x0, #MMFR4_E2H0_SIGN_BIT, 1f
	orr	x1, x1, #HCR_E2H
1:	msr	hcr_el2, x1
	isb
	/*
	 * The bit decides what registers look like. It is read: CPUs that are older than the field may have
	 * it stuck at 1. EL1 may use the counters and floating point; SVE and SME, which nothing here uses,
	 * stay trapped.
	 */
	ldr	x2, =SCTLR_EL1_MMU_OFF
	mrs	x1, hcr_el2
	tbnz	x1, #HCR_E2H_BIT, 2f
	msr	sctlr_el1, x2
	mov	x1, #CNTHCTL_COUNTERS
	msr	cnthctl_el2, x1
	mov	x1, #CPTR_EL2_OPEN
	msr	cptr_el2, x1
	b	3f
2:	msr	SYS_SCTLR_EL12, x2
	mov	x1, #CNTHCTL_COUNTERS_E2H
	msr	cnthctl_el2, x1
	mov	x1, #CPTR_EL2_OPEN_E2H
	msr	cptr_el2, x1
3:	msr	cntvoff_el2, xzr
	msr	hstr_el2, xzr
	msr	vttbr_el2, xzr
	mrs	x1, midr_el1
	msr	vpidr_el2, x1
	mrs	x1, mpidr_el1
	msr	vmpidr_el2, x1

	/* All performance counters belong to EL1. */
	mov	x2, #0
	id_field id_aa64dfr0_el1, 8
	b.eq	4f
	mrs	x2, pmcr_el0
	ubfx	x2, x2, #11, #5
4:	msr	mdcr_el2, x2

	/*
	 * The interrupt controller's system registers; the bit reads 0 where a GICv2 is behind
	 * them. Some CPUs say that they have them whatever the controller is: see el2_current.
	 */
	id_field id_aa64pfr0_el1, 24
	b.eq	5f
.Lread_sre:
	mrs	x1, SYS_ICC_SRE_EL2
	mov	x0, #0x9
	orr	x1, x1, x0
	msr	SYS_ICC_SRE_EL2, x1
	isb
	mrs	x1, SYS_ICC_SRE_EL2
	tbz	x1, #0, 5f
	msr	SYS_ICH_HCR_EL2, xzr
.Lno_sre:
5:
	/* HCRX_EL2 (FEAT_HCX) and fine-grained traps (FEAT_FGT, FEAT_FGT2). */
	id_field id_aa64mmfr1_el1, 40
	b.eq	6f
	msr	SYS_HCRX_EL2, xzr
6:	id_field id_aa64mmfr0_el1, 56
	b.eq	8f
	mov	x3, x0
	msr	SYS_HFGRTR_EL2, xzr
	msr	SYS_HFGWTR_EL2, xzr
	msr	SYS_HFGITR_EL2, xzr
	msr	SYS_HDFGRTR_EL2, xzr
	msr	SYS_HDFGWTR_EL2, xzr
	id_field id_aa64pfr0_el1, 44
	b.eq	7f
	msr	SYS_HAFGRTR_EL2, xzr
7:	cmp	x3, #2
	b.lo	8f
	msr	SYS_HFGRTR2_EL2, xzr
	msr	SYS_HFGWTR2_EL2, xzr
	msr	SYS_HFGITR2_EL2, xzr
	msr	SYS_HDFGRTR2_EL2, xzr
	msr	SYS_HDFGWTR2_EL2, xzr
8:
	mov	x1, #SPSR_EL1H_MASKED
	msr	spsr_el2, x1
	adr_l	x1, .Lat_el1
	msr	elr_el2, x1
	isb
	eret

.Lat_el1:
	isb
	adr_l	x1, vectors
	msr	vbar_el1, x1
	/*
	 * Vector registers for EL1, if the CPU has them (ID_AA64PFR0_EL1.AdvSIMD is not 15): for tables
	 * and for nothing else (asm/vector.h). No debug exceptions, no EL0.
	 */
	mrs	x1, id_aa64pfr0_el1
	ubfx	x1, x1, #20, #4
	cmp	x1, #15
	mov	x1, #CPACR_FPEN_EL1
	csel	x1, x1, xzr, ne
	msr	cpacr_el1, x1
	msr	mdscr_el1, xzr
	msr	cntkctl_el1, xzr
	isb
	mov	x0, x9
	ret
SYM_END enter_el1

/* What the hypervisor's level does from here on: it answers calls with PSCI_NOT_SUPPORTED, but HVC #1, ... */
SYM_LOCAL el2_sync
	msr	tpidr_el2, x0
	mrs	x0, CurrentEL
	cmp	x0, #CURRENT_EL3
	b.eq	dead_end
	mrs	x0, esr_el2
	lsr	x0, x0, #ESR_EC_SHIFT
	cmp	x0, #0x16
	b.ne	1f
	mrs	x0, esr_el2
	and	x0, x0, #0xffff	/* the number of the HVC */
	cmp	x0, #1
	b.eq	el2_test
	mov	x0, #-1
	eret
	/* ... and shows EL1 what else comes up here as an exception of its own. */
1:	mrs	x0, hcr_el2
	tbnz	x0, #HCR_E2H_BIT, 2f
	mrs	x0, esr_el2
	msr	esr_el1, x0
	mrs	x0, elr_el2
	msr	elr_el1, x0
	mrs	x0, far_el2
	msr	far_el1, x0
	mrs	x0, spsr_el2
	msr	spsr_el1, x0
	mrs	x0, vbar_el1
	b	3f
2:	mrs	x0, esr_el2
	msr	SYS_ESR_EL12, x0
	mrs	x0, elr_el2
	msr	SYS_ELR_EL12, x0
	mrs	x0, far_el2
	msr	SYS_FAR_EL12, x0
	mrs	x0, spsr_el2
	msr	SYS_SPSR_EL12, x0
	mrs	x0, SYS_VBAR_EL12
	/* EL1t's vectors come first, then EL1h's; SP_EL1 either way. */
3:	msr	elr_el2, x0
	mrs	x0, spsr_el2
	tbz	x0, #0, 4f
	mrs	x0, elr_el2
	add	x0, x0, #0x200
	msr	elr_el2, x0
4:	mov	x0, #SPSR_EL1H_MASKED
	msr	spsr_el2, x0
	mrs	x0, tpidr_el2
	eret

/* selftest_el2.c asks for its own function. x0: struct el2_test, x1: end of a stack, both physical. */
SYM_LOCAL el2_test
	mrs	x0, tpidr_el2
	mov	sp, x1
	bl	el2_test_run
	eret

/* One instruction of enter_el1 may be undefined: go on behind what it is for, with x0 and x1 clobbered. */
SYM_LOCAL el2_current
	mrs	x0, CurrentEL
	cmp	x0, #CURRENT_EL2
	b.ne	dead_end
	mrs	x0, elr_el2
	adr_l	x1, .Lread_sre
	cmp	x0, x1
	b.ne	dead_end
	b	.Lno_sre

	/* Also of EL3, where nothing good can arrive. */
	.balign	2048
SYM_LOCAL el2_vectors
	.rept	2 /* on SP_EL0, on SP_EL2 */
	.balign	128
	b	el2_current
	.rept	3
	.balign	128
	b	dead_end
	.endr
	.endr
	.balign	128
	b	el2_sync
	.rept	7
	.balign	128
	b	dead_end
	.endr
