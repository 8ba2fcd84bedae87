/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Traps. All are the kernel's own and final: what arch_probe() waits for goes on there, everything else
 * is reported. From arch_init() on, sscratch holds this hart's struct cpu, and so does tp.
 */
#include <asm/arch.h>
#include <asm/csr.h>
#include <asm/trap.h>
#include "base/errno.h"
#include "kernel/cpu.h"

	.text

/*
 * The stack pointer may be the reason, so nothing is stored through it. A trap from reporting a trap
 * starts at the top of the trap stack too: there is no way back from either.
 */
	.globl	trap_entry
	.balign	4
trap_entry:
	csrrw	sp, sscratch, sp	/* sp: struct cpu */
	sd	t0, CPU_SCRATCH(sp)
	ld	t0, CPU_PROBE_RESUME(sp)
	bnez	t0, probe_resume
	ld	t0, CPU_TRAP_STACK(sp)
	addi	t0, t0, -FRAME_SIZE
	.irp	n, 1, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, \
		26, 27, 28, 29, 30, 31
	sd	x\n, 8*\n(t0)
	.endr
	csrrw	t1, sscratch, sp
	ld	t2, CPU_SCRATCH(sp)
	mv	tp, sp
	mv	sp, t0
	sd	t1, FRAME_SP(sp)
	sd	t2, FRAME_T0(sp)
	csrr	t0, sepc
	csrr	t1, sstatus
	csrr	t2, scause
	csrr	t3, stval
	sd	t0, FRAME_SEPC(sp)
	sd	t1, FRAME_SSTATUS(sp)
	sd	t2, FRAME_SCAUSE(sp)
	sd	t3, FRAME_STVAL(sp)
	mv	a0, sp
	li	ra, 0
	li	s0, 0			/* the frame pointers of the handler end here */
	tail	trap_handle

/* t0: where to go on; there it is scause. Uses no stack, so it works on the trap stack as well. */
probe_resume:
	sd	zero, CPU_PROBE_RESUME(sp)
	csrw	sepc, t0
	csrr	t0, scause
	csrrw	sp, sscratch, sp
	sret

	.macro	probe_begin resume
	lla	t0, \resume
	sd	t0, CPU_PROBE_RESUME(tp)
	.endm

	.macro	probe_end
	sd	zero, CPU_PROBE_RESUME(tp)
	.endm

	.globl	probe_read
probe_read:
	probe_begin probe_failed
	lbu	t1, 0(a0)
	probe_end
	li	a0, 0
	ret

/* An atomic OR with 0: checked like a store, and the memory keeps its contents. */
	.globl	probe_write
probe_write:
	andi	a0, a0, -4
	probe_begin probe_failed
	amoor.w	zero, zero, (a0)
	probe_end
	li	a0, 0
	ret

probe_failed:
	li	a0, -EFAULT
	ret

/*
 * What can be fetched is executed, there being no way to stop in between: it should be a return or no
 * instruction at all, like zeros. Any trap but that of a fetch says that the fetch was allowed.
 */
	.globl	probe_exec
probe_exec:
	addi	sp, sp, -16
	sd	ra, 0(sp)
	probe_begin 1f
	jalr	a0
	probe_end
	li	t0, CAUSE_BREAKPOINT
1:	ld	ra, 0(sp)
	addi	sp, sp, 16
	li	t1, CAUSE_FETCH_PAGE_FAULT
	beq	t0, t1, probe_failed
	li	t1, CAUSE_FETCH_ACCESS
	beq	t0, t1, probe_failed
	li	a0, 0
	ret

/*
 * Before arch_init(): only position-independent code, which may run before the relocations are done, and
 * from an image that is aligned to two bytes only. A second trap ends the machine without a word.
 */
	.globl	early_trap
	.balign	4
	.2byte	1, 1			/* C.NOP, see boot_entry */
early_trap:
	lla	t0, early_trap_again
	csrw	stvec, t0
	lla	sp, boot_trap_stack + BOOT_TRAP_STACK_SIZE
	csrr	a0, scause
	csrr	a1, sepc
	csrr	a2, stval
	li	ra, 0
	li	s0, 0
	tail	early_trap_handle

	.balign	4
early_trap_again:
	lla	t0, arch_cpu_park
	csrw	stvec, t0
	lla	sp, boot_trap_stack + BOOT_TRAP_STACK_SIZE
	li	ra, 0
	tail	power_off_silent

	.globl	arch_run_on_stack
arch_run_on_stack:
	mv	sp, a0
	li	ra, 0
	li	s0, 0
	jr	a1
