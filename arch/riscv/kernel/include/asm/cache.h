/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Making new code visible to instruction fetch. */
#ifndef ASM_CACHE_H
#define ASM_CACHE_H

#include "base/types.h"

/**
 * icache_sync() - instructions were written at [@va, @va + @size): make this hart fetch them
 *
 * FENCE.I is local (unprivileged specification, "Zifencei"). Another hart executes its own before it runs
 * new code: only this one does so far.
 */
static inline void icache_sync(grt_virt_t va, u64 size)
{
	(void)va;
	(void)size;
	asm volatile("fence.i" : : : "memory");
}

#endif
