/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A CPU that leaves the kernel's tables and waits until they are changed (rules A13, A14, A16). */
#include <asm/gic.h>
#include <asm/sysreg.h>
#include "asm_macros.h"
#include "kernel/quiesce.h"

	.text
/*
 * void park(u64 words, u64 number, u64 code, u64 ttbr0, u64 tcr0, u64 tcr, u64 reserved,
 *	     u64 can_wfi)
 *
 * x0: quiesce_words, physical; x1: number of the quiesce; x2: park_identity, physical; x3: TTBR0_EL1 of
 * the identity map; x4: TCR_EL1 with walks through TTBR0_EL1, x5: without; x6: TTBR1_EL1 of the reserved
 * root; x7: GICv3 wakes this CPU. The lower half is not in use, so that TCR_EL1 may change. Uses no
 * stack: an exception, which would, can't be taken until the kernel's root is back.
 */
SYM_START park
	mrs	x9, daif
	msr	daifset, #0xf
	msr	ttbr0_el1, x3
	isb				/* no walk may see the one without the other */
	msr	tcr_el1, x4
	isb
	tlbi	vmalle1
	dsb	nsh
	isb
	adr	x10, 1f
	br	x2

1:	msr	tcr_el1, x5
	isb
	msr	ttbr0_el1, xzr
	isb
	tlbi	vmalle1
	dsb	nsh
	isb
	msr	daif, x9
	ret
SYM_END park

	.section .idmap.text, "ax"
/* At its physical address. x10: where to go back to, virtual. */
SYM_START park_identity
	mrs	x14, ttbr1_el1
	msr	ttbr1_el1, x6
	isb
	tlbi	vmalle1
	dsb	nsh
	isb

	add	x11, x0, #QUIESCE_PARKED
2:	ldxr	x12, [x11]
	add	x12, x12, #1
	stlxr	w13, x12, [x11]
	cbnz	w13, 2b

	add	x11, x0, #QUIESCE_RELEASED
	cbz	x7, 4f

	/*
	 * What has come is acknowledged, or the CPU would not sleep; then it looks, so that the
	 * interrupt that comes after the other CPU's store is not missed.
	 */
3:	mrs	x12, ICC_IAR1_EL1
	cmp	w12, #GIC_FIRST_SPECIAL
	b.hs	5f
	msr	ICC_EOIR1_EL1, x12
5:	dsb	sy
	ldar	x12, [x11]
	cmp	x12, x1
	b.eq	6f
	wfi
	b	3b

	/* The store of the other CPU ends the exclusive access, which is an event for WFE. */
4:	sevl
7:	wfe
	ldaxr	x12, [x11]
	cmp	x12, x1
	b.ne	7b

	/* The reserved root has no entry that could have been cached. */
6:	msr	ttbr1_el1, x14
	isb
	br	x10
SYM_END park_identity
