/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Starting CPUs without firmware calls; see spin_table.c. */
#ifndef ASM_SPIN_TABLE_H
#define ASM_SPIN_TABLE_H

/* Offsets in struct spin_handover. */
#define SPIN_HWID 0
#define SPIN_CPU 8

#ifndef __ASSEMBLY__
#include <asm/boot.h>
#include "base/types.h"

struct boot_info;
struct cpu;
struct fdt;

#define SPIN_NOBODY (~0ULL)

/**
 * struct spin_handover - whom the boot CPU waits for, in lines of its own: read with the MMU off
 * @hwid: affinity of that CPU
 * @cpu: virtual address of its struct cpu
 */
struct spin_handover {
	u64 hwid;
	u64 cpu;
} __attribute__((aligned(CACHE_WRITEBACK_GRANULE)));

/* In head.S: where the CPUs come to, and wait until it is their turn. */
void spin_entry(void);

/** spin_table_scan() - note the word of a CPU's node. Return: is this how the CPU is started? */
bool spin_table_scan(const struct boot_info *bi, const struct fdt *fdt, int node, u64 hwid);

/** spin_table_has() - is there a word for @cpu? */
bool spin_table_has(const struct cpu *cpu);

/**
 * spin_table_start() - let @cpu come to @entry, the physical address of spin_entry()
 *
 * Return: 0; -ENOMEM; -EFAULT where there is no memory at its word.
 */
int spin_table_start(const struct cpu *cpu, grt_phys_t entry);
#endif

#endif
