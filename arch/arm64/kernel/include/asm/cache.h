/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Cache maintenance by address. */
#ifndef ASM_CACHE_H
#define ASM_CACHE_H

#include <asm/sysreg.h>
#include "base/types.h"

/** cache_line() - bytes of the shortest line: @shift is CTR_DMINLINE or CTR_IMINLINE. */
static inline u64 cache_line(unsigned int shift)
{
	return 4UL << sysreg_field(read_sysreg(ctr_el0), shift);
}

/**
 * icache_sync() - instructions were written at [@va, @va + @size): make every CPU fetch them
 *
 * Clean to the point of unification, invalidate, by line (Arm ARM, "Synchronization and coherency
 * issues between data and instruction accesses").
 */
static inline void icache_sync(grt_virt_t va, u64 size)
{
	const u64 data = cache_line(CTR_DMINLINE), code = cache_line(CTR_IMINLINE);

	for (grt_virt_t p = align_down(va, data); p < va + size; p += data)
		asm volatile("dc cvau, %0" : : "r"(p) : "memory");
	asm volatile("dsb ish" : : : "memory");
	for (grt_virt_t p = align_down(va, code); p < va + size; p += code)
		asm volatile("ic ivau, %0" : : "r"(p) : "memory");
	asm volatile("dsb ish\n\tisb" : : : "memory");
}

/** dcache_clean() - write [@start, @start + @size) to memory, for who reads it past the caches. */
static inline void dcache_clean(u64 start, u64 size)
{
	const u64 line = cache_line(CTR_DMINLINE);

	for (u64 p = align_down(start, line); p < start + size; p += line)
		asm volatile("dc cvac, %0" : : "r"(p) : "memory");
	asm volatile("dsb sy" : : : "memory");
}

/** dcache_clean_invalidate() - likewise, for who writes it past them: no line of it stays. */
static inline void dcache_clean_invalidate(u64 start, u64 size)
{
	const u64 line = cache_line(CTR_DMINLINE);

	for (u64 p = align_down(start, line); p < start + size; p += line)
		asm volatile("dc civac, %0" : : "r"(p) : "memory");
	asm volatile("dsb sy" : : : "memory");
}

#endif
