/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the parts that know no architecture by name ask of it, as constants. */
#ifndef ASM_ARCH_H
#define ASM_ARCH_H

#define ARCH_NAME "arm64"

/* Translation granules: 4K, 16K, 64K. */
#define ARCH_PAGE_SHIFT_MIN 12
#define ARCH_PAGE_SHIFT_MAX 16

/* The words of the command line that mean something here. */
#define CMDLINE_PAGESIZE 1 /* pagesize= */
#define CMDLINE_VABITS 1   /* vabits= */
#define CMDLINE_SATP 0	   /* satp= */
#define CMDLINE_BBM 1	   /* bbm=, nobbml2 */

/*
 * Sections of the image start and end at multiples of this, so that each can have permissions of
 * its own whatever page size is chosen.
 */
#define SECTION_ALIGN 0x10000

/*
 * The tables that exist before the linear map does: the kernel image's, the fixmap's and the
 * identity map's. With 64K pages, the worst case, these are 4 + 3 + 3 tables, each of which is 64
 * KiB.
 */
#define BOOT_TABLES_SIZE 0x140000

/* Stacks in the image: the boot CPU's first one and the one that its first exceptions use. */
#define BOOT_STACK_SIZE 0x4000
#define BOOT_TRAP_STACK_SIZE 0x2000

/* "ret": the shortest piece of code. */
#define ARCH_INSN_RETURN 0xd65f03c0

#endif
