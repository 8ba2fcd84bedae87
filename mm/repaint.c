// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <graticule/pgtable_swap.h>
#include "mm/bootstrap.h"
#include "mm/page_alloc.h"
#include "mm/page_size.h"
#include "mm/quiesced.h"
#include "mm/repaint.h"
#include "mm/split_policy.h"

/* Besides the tables: the page of new entries, and the tables of two fixmap slots. */
#define RESERVE_MORE (1 + GRT_GEOMETRY_MAX_LEVELS)

static struct table_area reserve;

/* From the first byte of RAM to the last. */
static u64 linear_span(const struct linear_map *lm, grt_virt_t *va)
{
	const struct grt_mem_range *first = &lm->memory.ranges[0];
	const struct grt_mem_range *last = &lm->memory.ranges[lm->memory.nr - 1];

	*va = first->start + lm->offset;
	return last->start + last->size - first->start;
}

int repaint_reserve(struct grt_pgtable *pt, const struct linear_map *lm, struct memblock *mb)
{
	struct grt_swap swap;
	grt_phys_t pa;
	grt_virt_t va;
	u64 size = linear_span(lm, &va);

	if (grt_swap_begin(pt, va, size, &swap))
		return 0;
	size = ((u64)swap.tables + RESERVE_MORE) * PAGE_SIZE;
	pa = memblock_alloc(mb, size, PAGE_SIZE, 0, GRT_PHYS_NONE);
	if (pa == GRT_PHYS_NONE)
		return -ENOMEM;
	reserve = (struct table_area){ pa, pa + size };
	return 0;
}

int repaint_linear_map(struct kernel_vm *vm, const struct linear_map *lm)
{
	grt_virt_t va;
	u64 size = linear_span(lm, &va);
	int err;

	spin_lock(&vm->lock);
	vm->tables.aside = &reserve;
	err = quiesced_pages_locked(vm, va, size);
	vm->tables.aside = NULL;
	spin_unlock(&vm->lock);
	if (!err)
		split_mode_set(SPLIT_PAGES);
	return err;
}

void repaint_release(void)
{
	if (reserve.next < reserve.end)
		page_alloc_add(reserve.next, reserve.end - reserve.next);
	reserve.next = reserve.end;
}
