/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From the loader to the kernel at its virtual address. Until the MMU is on, all code runs at the
 * load address, data accesses go past the caches, and nothing outside of the image is written.
 */
#include <asm/arch.h>
#include <asm/boot.h>
#include <asm/psci.h>
#include <asm/spin_table.h>
#include <asm/sysreg.h>
#include "asm_macros.h"
#include "kernel/cpu.h"
#include "kernel/window.h"

	.section .head.header, "ax"
/*
 * The header that boot loaders know, 64 bytes (Linux, Documentation/arch/arm64/booting.rst):
 * text_offset is 0; flags: little endian, page size unspecified, any 2 MiB aligned place in memory.
 */
	.globl	_start
_start:
.Lheader:
	b	primary_entry
	.long	0
	.quad	0
	.quad	_end - .Lheader
	.quad	0x8
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0
/* And what the host tool looks for behind it: see docs/architecture.md, "The image". */
	.ascii	"GRATICUL"
	.quad	__text_end - .Lheader
	.quad	__rodata_end - .Lheader

/*
 * x1: _start. Copy what was loaded to a multiple of 4 KiB further up and go on there with x22: how far
 * it moved. That is more than a page, and this code in the first one, so that it is not overwritten; and
 * less than the end of the image, which the loader has left free.
 */
SYM_LOCAL move_image
	add	x22, x1, #0x1000
	add	x22, x22, #0xfff
	and	x22, x22, #~0xfff
	sub	x22, x22, x1
	adr	x3, .Lfile_end
	ldrsw	x2, [x3]
	add	x2, x3, x2
	add	x4, x2, x22
	/* By words, back to front: nothing says that larger ones would be aligned. */
1:	ldr	w5, [x2, #-4]!
	str	w5, [x4, #-4]!
	cmp	x2, x1
	b.hi	1b
	dsb	sy
	add	x0, x1, x22
	ldrsw	x1, [x3]
	add	x1, x1, x3
	add	x1, x1, x22
	dcache_by_line cvac	/* the loader may have left the MMU on */
	dsb	sy
	ic	iallu
	dsb	sy
	isb
	adr	x0, .Lmoved
	add	x0, x0, x22
	br	x0
.Lfile_end:
	.long	__bss_start - .
SYM_END move_image

	.section .head.text, "ax"
/* x0: device tree. Interrupts are masked for as long as the kernel runs. */
SYM_START primary_entry
	hint	#(WINDOW_ARM64_OPEN + WINDOW_BOOT)
	msr	daifset, #0xf
	mov	x21, x0
	mov	x22, #0
	/* The code is good at any multiple of 4 KiB (ADRP), which is enough to say what is wrong. */
	adr	x1, _start
	tst	x1, #0xfff
	b.ne	move_image
.Lmoved:
	bl	enter_el1
	orr	x20, x0, x22, lsl #BOOT_ENTRY_MOVED_SHIFT

	bl	clear_bss
	adr_l	x0, _start
	bl	relocate
	adr_l	x9, boot_entry
	str	x20, [x9]
	bl	set_boot_cpu

	mov	x0, x21
	bl	boot_device_tree
	mov	x21, x0
	/* Instructions that a loader has written may hide behind older ones. */
	ic	iallu
	dsb	nsh
	isb

	mov	x0, x21
	mrs	x1, mpidr_el1
	ldr	x2, =MPIDR_AFFINITY
	and	x1, x1, x2
	bl	boot_main

	adr_l	x19, mmu_handover
	ldr	x20, [x19, #HANDOVER_OFFSET]
	adr_l	x0, _start
	add	x0, x0, x20
	bl	relocate
	/*
	 * What was written went to memory, past lines that speculation may have brought into the
	 * cache before and that would hide it from here on: where relocations point, data, tables,
	 * lists of memory; not what lies between, nor the stack and what else is not cleared
	 * (__not_cleared), which start anew. No line of it is dirty: the boot protocol has the loader
	 * clean the image's range, and the header says how far that goes, .bss included (rule A17).
	 */
	dsb	sy
	adr_l	x0, __relro_start
	adr_l	x1, __rela_start
	bl	forget_lines
	adr_l	x0, __data_start
	adr_l	x1, __bss_end
	bl	forget_lines
	add	x4, x19, #HANDOVER_WRITTEN
	.rept	HANDOVER_NR_WRITTEN
	ldp	x0, x1, [x4], #16
	bl	forget_lines
	.endr
	dsb	sy

	mov	x0, x19
	adr_l	x1, primary_virtual
	add	x1, x1, x20
	b	enable_mmu
SYM_END primary_entry

/*
 * Where the CPUs of a spin-table come, several at once if they spin on one word: each waits until the boot
 * CPU waits for it. One that comes too late finds another's number, before or after it has read whose
 * struct cpu it is.
 */
SYM_START spin_entry
	msr	daifset, #0xf
	mrs	x1, mpidr_el1
	ldr	x2, =MPIDR_AFFINITY
	and	x1, x1, x2
	adr_l	x2, spin_handover
	b	2f
1:	wfe
2:	ldr	x3, [x2, #SPIN_HWID]
	cmp	x3, x1
	b.ne	1b
	ldr	x0, [x2, #SPIN_CPU]
	ldr	x3, [x2, #SPIN_HWID]
	cmp	x3, x1
	b.ne	1b
	b	secondary_entry
SYM_END spin_entry

/* Where PSCI starts a CPU, with the MMU off. x0: virtual address of its struct cpu. */
SYM_START secondary_entry
	msr	daifset, #0xf
	mov	x21, x0
	bl	enter_el1
	adr_l	x19, mmu_handover
	mov	x0, #SECONDARY_ENTERED
	bl	set_secondary_status

	/* A CPU that can't walk the kernel's tables stays out. */
	mrs	x1, id_aa64mmfr0_el1
	ldr	x2, [x19, #HANDOVER_TGRAN_SHIFT]
	ldr	x3, [x19, #HANDOVER_TGRAN_MIN]
	lsr	x2, x1, x2
	sbfx	x2, x2, #0, #4
	cmp	x2, x3
	mov	x0, #SECONDARY_GRANULE
	b.lt	secondary_refuse
	ldr	x3, [x19, #HANDOVER_PARANGE_MIN]
	ubfx	x2, x1, #0, #4
	cmp	x2, x3
	mov	x0, #SECONDARY_PARANGE
	b.lo	secondary_refuse
	mrs	x1, id_aa64mmfr2_el1
	ldr	x3, [x19, #HANDOVER_VARANGE_MIN]
	ubfx	x2, x1, #16, #4
	cmp	x2, x3
	mov	x0, #SECONDARY_VARANGE
	b.lo	secondary_refuse

	ldr	x20, [x19, #HANDOVER_OFFSET]
	mov	x0, x19
	adr_l	x1, secondary_virtual
	add	x1, x1, x20
	b	enable_mmu

secondary_refuse:
	bl	set_secondary_status
	b	sleep_forever
SYM_END secondary_entry

/* x0: SECONDARY_*. The boot CPU invalidates the line before it looks. */
SYM_LOCAL set_secondary_status
	adr_l	x1, secondary_status
	str	x0, [x1]
	dsb	sy
	ret

SYM_LOCAL forget_lines
	dcache_by_line ivac
	ret

SYM_LOCAL clear_bss
	adr_l	x0, __bss_start
	adr_l	x1, __bss_end
1:	.irp	n, 0, 16, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240
	stp	xzr, xzr, [x0, #\n]	/* both are multiples of 256 */
	.endr
	add	x0, x0, #256
	cmp	x0, x1
	b.lo	1b
	ret

.macro apply_relocation
	ldur	x5, [x1, #16]
	ldr	x4, [x1], #24
	add	x5, x5, x0
	str	x5, [x3, x4]
.endm

/*
 * x0: address that _start is to have. Every relocation is an R_AARCH64_RELATIVE, since the image
 * has no symbol that another object could define: *(place) = x0 + addend, which can be done over
 * again; four a round.
 */
SYM_LOCAL relocate
	adr_l	x1, __rela_start
	adr_l	x2, __rela_end
	adr_l	x3, _start
	sub	x6, x2, #4 * 24
	b	2f
1:	.rept	4
	apply_relocation
	.endr
2:	cmp	x1, x6
	b.ls	1b
	b	4f
3:	apply_relocation
4:	cmp	x1, x2
	b.lo	3b
	ret

/* Stacks and struct cpu of the boot CPU, until arch_init(). */
SYM_LOCAL set_boot_cpu
	adr_l	x0, boot_trap_stack_top
	adr_l	x1, boot_stack_top
	adr_l	x2, early_cpu
	str	x0, [x2, #CPU_TRAP_STACK]
	str	x1, [x2, #CPU_STACK]
	str	xzr, [x2, #CPU_PROBE_RESUME]
	/* fall through */
/* x2: struct cpu. Its stacks and its vectors; returns on its ordinary stack. */
SYM_LOCAL set_cpu
	ldr	x0, [x2, #CPU_TRAP_STACK]
	ldr	x1, [x2, #CPU_STACK]
	msr	tpidr_el1, x2
	msr	tpidr_el0, xzr
	msr	tpidrro_el0, xzr
	msr	spsel, #1
	mov	sp, x0
	msr	spsel, #0
	mov	sp, x1
	adr_l	x0, vectors
	msr	vbar_el1, x0
	isb
	mov	x29, xzr
	ret

/*
 * Nothing works any more. End the machine with a failure if there is a way: each that does not
 * exist brings the CPU back here by an exception, and the count says which is next.
 */
SYM_START dead_end
	msr	spsel, #1
	mrs	x0, tpidrro_el0
	add	x0, x0, #2
	msr	tpidrro_el0, x0
	isb
	cmp	x0, #4
	b.ge	1f
	adr_l	x1, dead_end_words
	mov	w0, #SEMIHOSTING_WRITE0
	hlt	#0xf000
	adr_l	x1, semihosting_failure
	mov	w0, #SEMIHOSTING_EXIT
	hlt	#0xf000
	b	dead_end
1:	cmp	x0, #6
	b.ge	2f
	ldr	w0, =PSCI_SYSTEM_OFF
	hvc	#0
	b	dead_end
2:	cmp	x0, #8
	b.ge	sleep_forever
	ldr	w0, =PSCI_SYSTEM_OFF
	smc	#0
	b	dead_end
SYM_END dead_end

SYM_START sleep_forever
1:	wfe
	wfi
	b	1b
SYM_END sleep_forever

	.section .rodata, "a"
dead_end_words:
	.asciz	"graticule: stop: an exception where none can be handled, or an MMU that can't be left\n"

	.text
/* On the other side. */
SYM_LOCAL primary_virtual
	hint	#(WINDOW_ARM64_CLOSE + WINDOW_BOOT)
	bl	set_boot_cpu
	bl	kernel_main
	b	dead_end

SYM_LOCAL secondary_virtual
	mov	x2, x21
	bl	set_cpu
	mov	x0, x21
	bl	secondary_main
	b	dead_end

	.section .idmap.text, "ax"
/*
 * x0: struct mmu_handover, physical; x1: where to go on, virtual. The only code that runs at an
 * address of the identity map. The MMU was off: what the TLB holds is from another life (rule A15).
 */
SYM_START enable_mmu
	ldp	x2, x3, [x0, #HANDOVER_MAIR]
	ldp	x4, x5, [x0, #HANDOVER_TTBR0]
	ldr	x6, [x0, #HANDOVER_SCTLR]
	msr	mair_el1, x2
	msr	tcr_el1, x3
	msr	ttbr0_el1, x4
	msr	ttbr1_el1, x5
	tlbi	vmalle1
	ic	iallu
	dsb	nsh
	isb
	msr	sctlr_el1, x6
	isb
	br	x1
SYM_END enable_mmu

	.section .stack, "aw", %nobits
	.balign	16
	.space	BOOT_STACK_SIZE
boot_stack_top:
	.space	BOOT_TRAP_STACK_SIZE
	.globl	boot_trap_stack_top
	.hidden	boot_trap_stack_top
boot_trap_stack_top:
