/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the C code of the boot stage hands to head.S, and back. */
#ifndef ASM_BOOT_H
#define ASM_BOOT_H

/* boot_entry: exception level that the loader entered at, and what was wrong then. */
#define BOOT_ENTRY_EL_MASK 0x3
#define BOOT_ENTRY_MMU_ON 0x10
#define BOOT_ENTRY_MOVED_SHIFT 16 /* from here: bytes by which head.S moved the image up */

/*
 * Where the ELF file asks to be loaded: as far above the start of RAM as boot loaders place an Image.
 * The start is that of QEMU's virt machine, a file having to name one.
 */
#define ELF_LOAD_OFFSET 0x200000
#define ELF_LOAD_ADDRESS (0x40000000 + ELF_LOAD_OFFSET)

/* secondary_status, written with the MMU off. */
#define SECONDARY_ENTERED 1 /* reached the image, at EL1 */
#define SECONDARY_GRANULE 2 /* lacks the granule */
#define SECONDARY_PARANGE 3 /* its physical addresses are narrower */
#define SECONDARY_VARANGE 4 /* its virtual addresses are narrower */

/* Offsets in struct mmu_handover. */
#define HANDOVER_MAIR 0
#define HANDOVER_TCR 8
#define HANDOVER_TTBR0 16
#define HANDOVER_TTBR1 24
#define HANDOVER_SCTLR 32
#define HANDOVER_OFFSET 40
#define HANDOVER_TGRAN_SHIFT 48
#define HANDOVER_TGRAN_MIN 56
#define HANDOVER_PARANGE_MIN 64
#define HANDOVER_VARANGE_MIN 72
#define HANDOVER_WRITTEN 80

/*
 * Parts of the boot tables: two roots, of which only the entries are used, and what follows each. And the
 * lists of memory: RAM, reserved, no-map, left out.
 */
#define HANDOVER_NR_TABLES 4
#define HANDOVER_NR_WRITTEN 8

/*
 * Lines of this size hold what is accessed with the MMU off: the largest that CTR_EL0.CWG can name.
 */
#define CACHE_WRITEBACK_GRANULE 2048

#ifndef __ASSEMBLY__
#include "base/types.h"

/**
 * struct mmu_handover - what turns the MMU on, the same for each CPU
 * @ttbr0: the identity map of the code that does it
 * @ttbr1: the kernel's tables
 * @offset: va - pa of the kernel image
 * @tgran_shift: field of ID_AA64MMFR0_EL1 that speaks of the granule in use
 * @tgran_min: the least value (signed) that a CPU must have there
 * @parange_min: likewise of ID_AA64MMFR0_EL1.PARange
 * @varange_min: likewise of ID_AA64MMFR2_EL1.VARange
 * @written: what the boot stage wrote beside data that is loaded or cleared, physical; each begins a line
 *
 * Read with the MMU off: its lines are clean in memory and never written later.
 */
struct mmu_handover {
	u64 mair;
	u64 tcr;
	u64 ttbr0;
	u64 ttbr1;
	u64 sctlr;
	u64 offset;
	u64 tgran_shift;
	s64 tgran_min;
	u64 parange_min;
	u64 varange_min;
	struct {
		grt_phys_t start;
		grt_phys_t end;
	} written[HANDOVER_NR_WRITTEN];
} __attribute__((aligned(CACHE_WRITEBACK_GRANULE)));

extern struct mmu_handover mmu_handover;

/* BOOT_ENTRY_*; stored by head.S. */
extern u64 boot_entry;

/* In head.S: bounds of the code that runs out of the identity map, and of the first stacks. */
extern char __idmap_start[], __idmap_end[];
extern char boot_trap_stack_top[];

/**
 * boot_device_tree() - bring the device tree from the caches to where the boot stage reads it
 * @dtb: what the loader passed
 *
 * Loaders of ELF files pass nothing. Return: @dtb, or in place of 0 what was found where QEMU puts it.
 */
grt_phys_t boot_device_tree(grt_phys_t dtb);

/* Where PSCI starts a CPU: physical entry, the argument is its struct cpu's virtual address. */
void secondary_entry(void);
#endif

#endif
