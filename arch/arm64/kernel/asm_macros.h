/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Macros of the assembly files. */
/* clang-format off */
#ifndef ARM64_ASM_MACROS_H
#define ARM64_ASM_MACROS_H

.macro SYM_START name
	.globl	\name
	.hidden	\name
	.type	\name, %function
\name:
.endm

.macro SYM_LOCAL name
	.type	\name, %function
\name:
.endm

.macro SYM_END name
	.size	\name, . - \name
.endm

/* The present address of a symbol of the image, wherever that runs. */
.macro adr_l reg, sym
	adrp	\reg, \sym
	add	\reg, \reg, :lo12:\sym
.endm

/*
 * A cache operation on each line of [x0, x1), 32 at a time, so that the last 31 may lie beyond it; x0 is
 * the start of a line. The caller waits for them. Clobbers x0, x2, x3.
 */
.macro dcache_by_line op
	mrs	x2, ctr_el0
	ubfx	x2, x2, #16, #4
	mov	x3, #4
	lsl	x2, x3, x2
.Ldc\@:
	.rept	32
	dc	\op, x0
	add	x0, x0, x2
	.endr
	cmp	x0, x1
	b.lo	.Ldc\@
.endm

#endif
