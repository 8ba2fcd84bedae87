/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From the loader to kernel_main(), and from the firmware to secondary_main().
 *
 * There is no identity map. A hart turns translation on with stvec set to the virtual address where it
 * wants to go on: the next instruction is fetched from a physical address, which the kernel's tables,
 * all of the upper half, don't map; the page fault leads to stvec. Physical addresses have 56 bits at
 * most, so none of them is an address in the upper half.
 */
#include <asm/arch.h>
#include <asm/boot.h>
#include <asm/csr.h>
#include <asm/sbi.h>
#include "kernel/cpu.h"
#include "kernel/window.h"

/* The header that boot loaders look for (Linux, Documentation/riscv/boot-image-header.rst). */
	.section .head.text, "ax"
	.globl	_start
_start:
	.option push
	.option norvc
	j	boot_entry
	.option pop
	.word	0
	.dword	0x200000		/* load at this offset in a 2 MiB-aligned place */
	.dword	_end - _start		/* memory that the image takes, .bss included */
	.dword	0			/* flags: little endian */
	.word	2			/* header version 0.2 */
	.word	0
	.dword	0
	.ascii	"RISCV\0\0\0"	/* at IMAGE_MAGIC_OFFSET */
	.ascii	"RSC\x05"
	.word	0
/* And what the host tool looks for behind it: see docs/architecture.md, "The image". */
	.ascii	"GRATICUL"
	.dword	__text_end - _start
	.dword	__rodata_end - _start

/*
 * A hart enters in an unknown state: no interrupts, no translation, no floating-point or vector
 * instructions, no user memory; what the loader wrote is what is executed (rule R16).
 */
	.macro	known_state
	csrw	sie, zero
	li	t0, SSTATUS_SIE | SSTATUS_FS | SSTATUS_VS | SSTATUS_SUM | SSTATUS_MXR
	csrc	sstatus, t0
	lla	t0, _start
	bltz	t0, 9f			/* no physical address: boot_main() says so */
	csrw	satp, zero
9:	fence.i
	.endm

/*
 * Translation on with tables \satp, and on at the virtual address of \label. The fence goes first,
 * because the tables were just written or may be older than what this hart has cached (rules R5, R6);
 * without translation nothing can be cached between it and the write. Falls through where the hart does
 * not have this mode. t0 is overwritten.
 */
	.macro	translate_at label, satp, offset
	lla	t0, \label
	add	t0, t0, \offset
	csrw	stvec, t0
	sfence.vma
	csrw	satp, \satp
	.endm

/* a0: hart id, a1: device tree */
boot_entry:
	slti	x0, x0, WINDOW_RISCV_OPEN + WINDOW_BOOT
	/*
	 * S-mode or M-mode: the write of mtvec is an exception in one of them. An image at an odd
	 * multiple of two bytes is to get as far as saying so: vectors are rounded down to four bytes, to
	 * a C.NOP.
	 */
	lla	t1, _start
	beq	t0, t1, from_reset
find_mode:
	lla	t1, supervisor_entry
	andi	t1, t1, -4
	lla	t2, machine_trap
	andi	t2, t2, -4
	csrw	stvec, t1
	csrw	mtvec, t2
	csrci	mstatus, MSTATUS_MIE
	lla	t0, machine_mode
	li	t1, 1
	sb	t1, (t0)
	.2byte	1, 1
supervisor_entry:
	lla	t0, early_trap
	andi	t0, t0, -4
	csrw	stvec, t0
	known_state
	lla	t0, _start
	slli	t0, t0, 64 - 2
	bnez	t0, 1f			/* no atomics on the word then */
	/*
	 * Firmware without HSM lets all harts in: the first one boots, the others sleep. With HSM a hart
	 * that is here by mistake goes back to the firmware, see arch_cpu_start().
	 */
	lla	t0, lottery
	li	t1, 1
	amoadd.w t1, t1, (t0)
	bnez	t1, hart_stop

1:	mv	s0, a0
	mv	s1, a1
	lla	t0, __bss_start
	lla	t1, __bss_end
1:	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7	/* both are multiples of 64 */
	sd	zero, 8*\n(t0)
	.endr
	addi	t0, t0, 64
	bltu	t0, t1, 1b
	lla	sp, boot_stack_top
	li	tp, 0
	lla	a0, _start
	mv	a1, a0
	call	relocate
	mv	a0, s1
	mv	a1, s0
	call	boot_main

	/* From here to the MMU no C runs: its pointers are virtual addresses. */
	lla	t0, boot_handover
	ld	s0, HANDOVER_SATP(t0)
	ld	s1, HANDOVER_OFFSET(t0)
	lla	a0, _start
	add	a1, a0, s1
	call	relocate
	fence.i
	translate_at boot_translated, s0, s1
	lla	t0, early_trap
	csrw	stvec, t0
	ebreak				/* this mode of satp was there a moment ago */

	.balign	4
boot_translated:
	slti	x0, x0, WINDOW_RISCV_CLOSE + WINDOW_BOOT
	lla	t0, early_trap
	csrw	stvec, t0
	lla	sp, boot_stack_top
	call	kernel_main

/*
 * A hart without S-mode has an exception when stvec is written, and nobody to take it. So M-mode is
 * recognised before that where QEMU's reset vector has come here, for which all of this must be true: it
 * jumps by t0; it passes what only M-mode firmware gets (OpenSBI, fw_dynamic_info), in the first 64 KiB;
 * and in front of that is where it jumps to.
 */
from_reset:
	srli	t1, a2, 16
	bnez	t1, find_mode
	andi	t1, a2, 7
	bnez	t1, find_mode
	beqz	a2, find_mode
	lwu	t1, 0(a2)
	li	t2, 0x4942534f		/* "OSBI" */
	bne	t1, t2, find_mode
	ld	t1, -16(a2)
	bne	t1, t0, find_mode
	lla	t2, machine_trap
	andi	t2, t2, -4
	csrw	mtvec, t2
	j	find_mode

/*
 * Exceptions in M-mode are passed on to where S-mode's would go. Without S-mode its registers don't exist,
 * and there is no way to go on elsewhere: an instruction that can't be executed does nothing.
 */
	.balign	4
	.2byte	1, 1
machine_trap:
	csrw	mscratch, t0
	csrr	t0, misa
	slli	t0, t0, 63 - MISA_S_SHIFT
	bgez	t0, 1f
	csrr	t0, mepc
	csrw	sepc, t0
	csrr	t0, mcause
	csrw	scause, t0
	csrr	t0, mtval
	csrw	stval, t0
	csrr	t0, stvec
	jr	t0
1:	lla	t0, machine_t1
	sd	t1, (t0)
	csrr	t1, mcause
	li	t0, CAUSE_ILLEGAL
	bltu	t1, t0, arch_cpu_park	/* there is no instruction */
	csrr	t1, mepc
	lbu	t0, (t1)
	addi	t1, t1, 2
	andi	t0, t0, 3
	addi	t0, t0, -3
	bnez	t0, 2f
	addi	t1, t1, 2		/* not compressed */
2:	csrw	mepc, t1
	lla	t0, machine_t1
	ld	t1, (t0)
	csrr	t0, mscratch
	mret

/*
 * relocate - apply the relocations of the image
 * @a0: where it lies now
 * @a1: the address that it shall run at
 *
 * Addend plus address goes to the place: doing it again for another address is all that it takes.
 */
relocate:
	lla	t0, __rela_start
	lla	t1, __rela_end
	bgeu	t0, t1, 2f
1:	ld	t2, 0(t0)		/* offset; every type is R_RISCV_RELATIVE */
	ld	t3, 16(t0)		/* addend */
	addi	t0, t0, 24
	add	t2, t2, a0
	add	t3, t3, a1
	sd	t3, 0(t2)
	bltu	t0, t1, 1b
2:	ret

/* Secondary harts. a0: hart id, a1: physical address of a struct handover */
	.globl	secondary_entry
secondary_entry:
	known_state
	mv	s0, a1
	ld	s1, HANDOVER_SATP(s0)
	ld	s2, HANDOVER_OFFSET(s0)
	ld	s3, HANDOVER_CPU(s0)
	/* A bit that this hart reserves would have it fault for ever. s5: what is tried, plus _LACKS */
	lla	s4, hart_probe
	li	s5, HANDOVER_LACKS + PROBE_SVINVAL
	ld	t0, PROBE_RUN_SVINVAL(s4)
	beqz	t0, 1f
	call	svinval_probe
	beqz	a0, secondary_refused
1:	.irp	n, PROBE_SVNAPOT, PROBE_SVPBMT
	li	s5, HANDOVER_LACKS + \n
	ld	a0, PROBE_SATP(s4)
	ld	a1, PROBE_OFFSET(s4)
	ld	a2, PROBE_TEST + 8*\n(s4)
	ld	a3, PROBE_WORD(s4)
	beqz	a2, 2f
	call	satp_probe
	beqz	a0, 3f
	addi	a0, a0, -2
	bnez	a0, secondary_refused
2:
	.endr
	translate_at secondary_translated, s1, s2
3:	li	s5, HANDOVER_NO_MODE
secondary_refused:
	sd	s5, HANDOVER_STATE(s0)
	fence	rw, rw
hart_stop:
	lla	t0, machine_mode
	lbu	t0, (t0)
	bnez	t0, arch_cpu_park
	li	a7, SBI_EXT_HSM
	li	a6, SBI_HSM_STOP
	ecall
	j	arch_cpu_park

	.balign	4
secondary_translated:
	csrw	sscratch, s3
	mv	tp, s3
	lla	t0, trap_entry
	csrw	stvec, t0
	ld	sp, CPU_STACK(tp)
	add	s0, s0, s2		/* the handover at its virtual address */
	li	t0, HANDOVER_ENTERED
	sd	t0, HANDOVER_STATE(s0)
	mv	a0, tp
	li	ra, 0
	tail	secondary_main

	.globl	arch_cpu_park
	.balign	4
arch_cpu_park:
	wfi
	j	arch_cpu_park

	.data
	.balign	4
lottery:
	.word	0
	.globl	machine_mode
machine_mode:
	.word	0
	.balign	8
machine_t1:
	.dword	0

	.section .stack, "aw", @nobits
	.balign	16
	.skip	BOOT_STACK_SIZE
boot_stack_top:
	.globl	boot_trap_stack
boot_trap_stack:
	.skip	BOOT_TRAP_STACK_SIZE
