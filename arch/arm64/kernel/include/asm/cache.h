/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Cache maintenance by address. CTR_EL0.DminLine and IminLine are log2 of a line's 4-byte words. */
#ifndef ASM_CACHE_H
#define ASM_CACHE_H

#include "base/types.h"

/**
 * icache_sync() - instructions were written at [@va, @va + @size): make every CPU fetch them
 *
 * Clean to the point of unification, invalidate, by line (Arm ARM, "Synchronization and coherency
 * issues between data and instruction accesses").
 */
static inline void icache_sync(grt_virt_t va, u64 size)
{
	u64 ctr, dline, iline;

	asm volatile("mrs %0, ctr_el0" : "=r"(ctr));
	dline = 4UL << (ctr >> 16 & 15);
	iline = 4UL << (ctr & 15);
	for (grt_virt_t p = align_down(va, dline); p < va + size; p += dline)
		asm volatile("dc cvau, %0" : : "r"(p) : "memory");
	asm volatile("dsb ish" : : : "memory");
	for (grt_virt_t p = align_down(va, iline); p < va + size; p += iline)
		asm volatile("ic ivau, %0" : : "r"(p) : "memory");
	asm volatile("dsb ish\n\tisb" : : : "memory");
}

/** dcache_clean() - write [@start, @start + @size) to memory, for who reads it past the caches. */
static inline void dcache_clean(u64 start, u64 size)
{
	u64 ctr, line;

	asm volatile("mrs %0, ctr_el0" : "=r"(ctr));
	line = 4UL << (ctr >> 16 & 15);
	for (u64 p = align_down(start, line); p < start + size; p += line)
		asm volatile("dc cvac, %0" : : "r"(p) : "memory");
	asm volatile("dsb sy" : : : "memory");
}

#endif
