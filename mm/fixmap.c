// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "base/errno.h"
#include "mm/fixmap.h"
#include "mm/page_size.h"

virt_addr_t fixmap_addr(const struct layout *layout, enum fix_slot slot)
{
	return layout_find(layout, REGION_FIXMAP)->start + 2 * slot * PAGE_SIZE;
}

int fixmap_map(struct pgtable *pt, const struct layout *layout, enum fix_slot slot, phys_addr_t pa,
	       pgattr_t attr)
{
	if (slot >= FIX_NR)
		return -EINVAL;
	return pgtable_map(pt, fixmap_addr(layout, slot), align_down(pa, PAGE_SIZE), PAGE_SIZE,
			   attr);
}

int fixmap_unmap(struct pgtable *pt, const struct layout *layout, enum fix_slot slot)
{
	if (slot >= FIX_NR)
		return -EINVAL;
	return pgtable_unmap(pt, fixmap_addr(layout, slot), geometry_page_size(pt->g));
}
