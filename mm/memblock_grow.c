// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "mm/memblock_grow.h"
#include "mm/page.h"
#include "mm/page_alloc.h"

/* Twice as much as @list has, in whole blocks of the page allocator. */
static u64 next_size(const struct memblock_list *list)
{
	return PAGE_SIZE << page_order(2 * (u64)list->max * sizeof(*list->range));
}

static struct grt_mem_range *move_to(struct memblock_list *list, grt_phys_t pa, u64 size)
{
	return memblock_list_move(list, phys_to_virt(pa),
				  (unsigned int)(size / sizeof(*list->range)));
}

bool memblock_grow_free(struct memblock *mb, struct memblock_list *list)
{
	u64 size = next_size(list);
	grt_phys_t pa;

	/* It has to be noted. */
	if (list != &mb->reserved && !memblock_room(mb, &mb->reserved, 1))
		return false;
	pa = memblock_find(mb, size, PAGE_SIZE, 0, GRT_PHYS_NONE);
	if (pa == GRT_PHYS_NONE)
		return false;
	move_to(list, pa, size);
	return !memblock_reserve(mb, pa, size);
}

bool memblock_grow_pages(struct memblock *mb, struct memblock_list *list)
{
	u64 size = next_size(list), old_size = list->max * sizeof(*list->range);
	grt_phys_t pa = page_alloc(page_order(size), 0);
	const void *old;

	(void)mb;
	if (pa == GRT_PHYS_NONE)
		return false;
	phys_to_page(pa)->flags = PAGE_PINNED;
	old = move_to(list, pa, size);
	/* The first storage is the image's, or was reserved: it is nothing that the allocator gave out. */
	if (virt_to_page(old)->state == PAGE_STATE_USED)
		page_free(virt_to_phys(old), page_order(old_size));
	return true;
}
