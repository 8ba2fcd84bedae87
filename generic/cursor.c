// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "generic/cursor.h"

static inline bool eight_empty(const u64 *e)
{
	return !(mmu_load_entry(&e[0]) | mmu_load_entry(&e[1]) | mmu_load_entry(&e[2]) |
		 mmu_load_entry(&e[3]) | mmu_load_entry(&e[4]) | mmu_load_entry(&e[5]) |
		 mmu_load_entry(&e[6]) | mmu_load_entry(&e[7]));
}

static inline unsigned int count_empty(const u64 *first, u64 n)
{
	const u64 *e = first, *end = first + n;

	for (; end - e >= 8; e += 8)
		if (!eight_empty(e))
			break;
	while (e < end && !mmu_load_entry(e))
		e++;
	return (unsigned int)(e - first);
}

/* Where some are empty, many more may be. */
static __noinline unsigned int count_many_empty(const u64 *first, unsigned int n)
{
	unsigned int skip = eight_empty(first) ? 8 + mmu_skip_empty(first + 8, n - 8) : 0;

	return skip + count_empty(first + skip, n - skip);
}

unsigned int empty_entries(const u64 *first, u64 max)
{
	return max < 64 ? count_empty(first, max) : count_many_empty(first, (unsigned int)max);
}

/* How many of @max entries, the first included, are like it. */
static unsigned int alike_entries(const struct grt_geometry *g, const u64 *first, u64 max)
{
	if (!mmu_load_entry(first))
		return empty_entries(first, max);
	return mmu_same_entries(
		first, ~(pte_phys_mask(g) | pte_hardware_bits(pte_make(mmu_load_entry(first)))),
		(unsigned int)max);
}

void cursor_widen(const struct cursor *c, struct span *s)
{
	u64 max = cursor_entries(c, s->pages.start);

	if (max == 1)
		return;
	/* At least the one that was found, whatever became of it. */
	s->nr = alike_entries(c->pt->g, s->entry, max);
	s->nr += !s->nr;
	s->pages.end = s->pages.start + ((u64)s->nr << c->shift);
}
