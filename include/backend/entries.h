/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Accesses to entries that are the same on every architecture, for its asm/mmu_ops.h. */
#ifndef BACKEND_ENTRIES_H
#define BACKEND_ENTRIES_H

#include "base/types.h"

/**
 * mmu_load_entry() - one 64-bit load; hardware and other CPUs may write the entry meanwhile
 *
 * Volatile and not an atomic builtin, after which compilers load everything else again.
 */
static inline u64 mmu_load_entry(const u64 *entry)
{
	return *(const volatile u64 *)entry;
}

/** mmu_store_entry() - one 64-bit store. Orders nothing. */
static inline void mmu_store_entry(u64 *entry, u64 val)
{
	*(volatile u64 *)entry = val;
}

/** mmu_copy_one_by_one() - mmu_copy_entries(), where no loop of the architecture's does it. */
static inline unsigned int mmu_copy_one_by_one(u64 *to, u64 *from, const struct entry_edits *e,
					       unsigned int n)
{
	const u64 look = e->need | e->none;
	unsigned int i;

	for (i = 0; i < n; i++) {
		u64 val = mmu_load_entry(from + i), edited = entry_edit(val, &e->from);

		if ((val & look) != e->need)
			break;
		mmu_store_entry(to + i, entry_edit(val, &e->to));
		if (edited != val)
			mmu_store_entry(from + i, edited);
	}
	return i;
}

#endif
