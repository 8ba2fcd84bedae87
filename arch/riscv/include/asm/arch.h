/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the parts that know no architecture by name ask of it, as constants. Assembly reads it too. */
#ifndef ASM_ARCH_H
#define ASM_ARCH_H

#define ARCH_NAME "riscv"

/* There are 4 KiB pages and no others (privileged specification, chapter on supervisor mode). */
#define ARCH_PAGE_SHIFT_MIN 12
#define ARCH_PAGE_SHIFT_MAX 12

/* The words of the command line that mean something here. */
#define CMDLINE_PAGESIZE 0 /* pagesize= */
#define CMDLINE_VABITS 0   /* vabits= */
#define CMDLINE_SATP 1	   /* satp= */
#define CMDLINE_BBM 0	   /* bbm=, nobbml2 */

/* Sections of the image start and end at multiples of this, so that Svnapot groups can map them. */
#define SECTION_ALIGN 0x10000

/*
 * The tables that exist before the linear map does: one root, and four tables each for the kernel
 * image and the fixmap. The root that probes satp is gone before the first of these is taken.
 */
#define BOOT_TABLES_SIZE 0x40000

/* Stacks in the image: the boot hart's first one and the one that its first traps use. */
#define BOOT_STACK_SIZE 0x4000
#define BOOT_TRAP_STACK_SIZE 0x2000

/* A function that does nothing but return: jalr zero, 0(ra). */
#define ARCH_INSN_RETURN 0x00008067

#endif
