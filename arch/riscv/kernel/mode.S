/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Code that changes satp and comes back. Like in head.S, each change goes on at stvec by the fault of
 * the next fetch: an address in the upper half is none where translation is off, and a physical address
 * is none where it is on. Interrupts are off.
 */
#include <asm/boot.h>
#include <asm/csr.h>
#include "base/errno.h"
#include "kernel/quiesce.h"

	.text

/*
 * int satp_probe(u64 satp, u64 offset, grt_virt_t test, u64 word). Overwrites t0 to t2 besides a0, and
 * takes no stack. Lies within 128 bytes that are aligned: one leaf maps all of it.
 */
	.globl	satp_probe
	.balign	128
satp_probe:
	csrr	t2, stvec
	mv	t1, a0
	li	a0, 0
	lla	t0, 1f
	add	t0, t0, a1
	csrw	stvec, t0
	sfence.vma
	csrw	satp, t1		/* without effect where there is no such mode ("satp Register") */
	j	3f

	.balign	4
1:	li	a0, 1
	beqz	a2, 2f
	lla	t0, 2f
	csrw	stvec, t0
	ld	t1, 0(a2)
	bne	t1, a3, 2f
	li	a0, 2
	.balign	4
2:	lla	t0, 3f
	sub	t0, t0, a1
	csrw	stvec, t0
	csrw	satp, zero
	.balign	4
3:	csrw	stvec, t2
	ret
	.globl	satp_probe_end
satp_probe_end:

/* int svinval_probe(void): overwrites t0 and t2 besides a0, and takes no stack. */
	.globl	svinval_probe
svinval_probe:
	csrr	t2, stvec
	li	a0, 0
	lla	t0, 1f
	csrw	stvec, t0
	.word	0x18000073		/* sfence.w.inval */
	.word	0x16000073		/* sinval.vma x0, x0 */
	.word	0x18100073		/* sfence.inval.ir */
	li	a0, 1
	.balign	4
1:	csrw	stvec, t2
	ret

/*
 * Out of the kernel's tables and out of their domain. Without translation nothing that is cached is
 * used, so that no fence is missed. a0: va - pa of the image; a1: the hart's word of the domain,
 * physical; a2: its bit there; t1 and t2 are kept.
 */
	.macro	leave_tables
	csrr	t1, satp
	csrr	t2, stvec
	lla	t0, .Lthere\@
	sub	t0, t0, a0
	csrw	stvec, t0
	csrw	satp, zero
	.balign	4
.Lthere\@:
	not	t0, a2
	amoand.d.aqrl zero, t0, (a1)
	.endm

/*
 * Back, and return. First the hart is one that is sent fences, then it forgets what it had cached when
 * it left (rules R6, R14).
 */
	.macro	enter_tables
	amoor.d.aqrl zero, a2, (a1)
	fence	rw, rw
	lla	t0, .Lthere\@
	add	t0, t0, a0
	csrw	stvec, t0
	sfence.vma
	csrw	satp, t1
	.balign	4
.Lthere\@:
	csrw	stvec, t2
	ret
	.endm

/*
 * Sleep until one of the interrupts that sie has comes ("Wait for Interrupt"); whether sstatus lets it
 * be taken makes no difference. Then take note of the software interrupt. What it stands for is looked
 * at after that: for fences a write of a CSR is device output ("CSR Access Ordering"), and without the O
 * a load could pass it and miss that for which the interrupt was sent.
 */
	.macro	wait_for_interrupt
	wfi
	csrci	sip, SIE_SSIE
	fence	o, rw
	.endm

/*
 * void park(u64 offset, grt_phys_t online, u64 bit, grt_phys_t words, u64 number): leave the kernel's
 * tables until quiesce_words says that @number is over. No stack, and no translation meanwhile.
 */
	.globl	park
park:
	leave_tables
	addi	t3, a3, QUIESCE_PARKED
	li	t4, 1
	amoadd.d.aqrl zero, t4, (t3)
2:	wait_for_interrupt
	ld	t3, QUIESCE_RELEASED(a3)
	bne	t3, a4, 2b
	enter_tables

/* void sleep_outside(u64 offset, grt_phys_t online, u64 bit): out of the tables, once */
	.globl	sleep_outside
sleep_outside:
	leave_tables
	wait_for_interrupt
	enter_tables

/* s64 arch_probe_register(grt_phys_t pa, unsigned int width): in the boot stage, without translation. */
	.globl	arch_probe_register
arch_probe_register:
	csrr	t2, stvec
	lla	t0, 3f
	csrw	stvec, t0
	mv	t1, a0
	li	a0, -EFAULT
	addi	a1, a1, -2
	bltz	a1, 1f
	beqz	a1, 2f
	lwu	a0, 0(t1)
	j	3f
1:	lbu	a0, 0(t1)
	j	3f
2:	lhu	a0, 0(t1)
	.balign	4
3:	csrw	stvec, t2
	ret

/* bool untranslated_store(grt_phys_t pa, u32 value, u64 offset) */
	.globl	untranslated_store
untranslated_store:
	csrr	t1, satp
	csrr	t2, stvec
	lla	t0, 1f
	sub	t0, t0, a2
	csrw	stvec, t0
	csrw	satp, zero
	.balign	4
1:	lla	t0, 2f
	csrw	stvec, t0
	mv	t3, a0
	li	a0, 0
	sw	a1, 0(t3)
	li	a0, 1
	.balign	4
2:	lla	t0, 3f
	add	t0, t0, a2
	csrw	stvec, t0
	csrw	satp, t1
	.balign	4
3:	csrw	stvec, t2
	ret

/*
 * long semihosting_call(u64 op, const void *arg): RISC-V semihosting specification. With nobody to take
 * it, the breakpoint is a trap.
 */
	.globl	semihosting_call
semihosting_call:
	csrr	t1, stvec
	lla	t0, 1f
	csrw	stvec, t0
	.balign	16			/* the three lie in one page */
	.option	push
	.option	norvc
	slli	zero, zero, 0x1f
	ebreak
	srai	zero, zero, 7
	.option	pop
	j	2f
	.balign	4
1:	li	a0, -EFAULT
2:	csrw	stvec, t1
	ret

	.section .bss..not_cleared, "aw", @nobits
	.balign	4096
	.globl	probe_root_page
probe_root_page:
	.skip	4096
