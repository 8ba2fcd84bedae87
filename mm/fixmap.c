// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "base/errno.h"
#include "mm/fixmap.h"
#include "mm/page_size.h"

grt_virt_t fixmap_addr(const struct grt_layout *layout, enum fix_slot slot)
{
	return grt_layout_find(layout, GRT_REGION_FIXMAP)->start + 2 * slot * PAGE_SIZE;
}

int fixmap_map(struct grt_pgtable *pt, const struct grt_layout *layout, enum fix_slot slot,
	       grt_phys_t pa, grt_attr_t attr)
{
	if (slot >= FIX_NR)
		return -EINVAL;
	return grt_map(pt, fixmap_addr(layout, slot), align_down(pa, PAGE_SIZE), PAGE_SIZE, attr);
}

int fixmap_unmap(struct grt_pgtable *pt, const struct grt_layout *layout, enum fix_slot slot)
{
	if (slot >= FIX_NR)
		return -EINVAL;
	return grt_unmap(pt, fixmap_addr(layout, slot), grt_geometry_page_size(pt->g));
}
