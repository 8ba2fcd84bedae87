/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A guest whose counts are known by hand (test of the counter; tests/bench/counter.py), in M-mode: window 9
 * has 3 + 10 * 6 + 10 instructions, 20 stores, 10 loads.
 */
#include "kernel/window.h"

	.globl	_start
_start:
	la	t1, scratch
	la	t4, trap
	csrw	mtvec, t4
	slti	x0, x0, WINDOW_RISCV_OPEN + 9
	li	t0, 10
	li	t2, 1
	li	t3, 2
1:	sd	t2, 0(t1)
	sd	t3, 8(t1)
	ld	t4, 0(t1)
	fence	w, w
	addi	t0, t0, -1
	bnez	t0, 1b
	sfence.vma
	sfence.vma t1
	sfence.vma t1, zero
	fence.i
	.word	0x18000073		/* sfence.w.inval */
	.word	0x16000073 | 6 << 15	/* sinval.vma t1 */
	.word	0x18100073		/* sfence.inval.ir */
	slti	x0, x0, 0xff		/* no window */
	slti	t5, x0, WINDOW_RISCV_OPEN
	nop
	slti	x0, x0, WINDOW_RISCV_CLOSE + 9
	li	t0, 0x100000		/* the test device of QEMU's virt machine: power off */
	li	t1, 0x5555
	sw	t1, (t0)
trap:	wfi
	j	trap

	.data
	.balign	64
scratch:
	.space	64
