/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A guest whose counts are known by hand (test of the counter; tests/bench/counter.py): window 9 has
 * 3 + 10 * 7 + 11 instructions, 10 * (2 + 1) + 0 stores, 10 loads.
 */
#include "kernel/window.h"

	.globl	_start
_start:
	adrp	x1, scratch
	add	x1, x1, :lo12:scratch
	hint	#(WINDOW_ARM64_OPEN + 9)
	mov	x0, #10
	mov	x2, #1
	mov	x3, #2
1:	stp	x2, x3, [x1]
	str	x2, [x1, #16]
	ldr	x4, [x1]
	dsb	ishst
	isb
	subs	x0, x0, #1
	b.ne	1b
	dsb	ish
	dsb	sy
	dmb	ish
	tlbi	vmalle1
	tlbi	vaae1is, x2
	tlbi	vaale1is, x2
	tlbi	vae1, x2
	nop
	hint	#0x5f			/* no window */
	mov	x2, x3
	mov	x3, x2
	hint	#(WINDOW_ARM64_CLOSE + 9)
	movz	w0, #0x0008		/* PSCI SYSTEM_OFF */
	movk	w0, #0x8400, lsl #16
	hvc	#0
2:	wfi
	b	2b

	.data
	.balign	64
scratch:
	.space	64
