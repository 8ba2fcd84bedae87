// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "mm/page.h"
#include "mm/page_alloc.h"
#include "mm/quiesced.h"
#include "mm/split_policy.h"
#include "mm/split_reserve.h"

#define INITIAL_PART 16
#define REFILL_PART 64
/* Smaller blocks are not worth a quiesce. */
#define REFILL_LEAST MIB(2)

/* Counted without a lock: statistics. */
static struct {
	bool active;
	struct split_reserve_stats stats;
} reserve;

void split_reserve_choose(struct memblock *mb, const struct grt_geometry *g,
			  struct grt_mem_range *r)
{
	u64 page = grt_geometry_page_size(g), size = memblock_free_bytes(mb) / INITIAL_PART;

	*r = (struct grt_mem_range){ 0 };
	for (; size >= REFILL_LEAST; size /= 2) {
		u64 leaf = vm_leaf_size(g, size);

		r->size = align_up(size, max_u64(leaf, page));
		r->start = memblock_alloc(mb, r->size, leaf, 0, GRT_PHYS_NONE);
		if (r->start != GRT_PHYS_NONE)
			return;
	}
	*r = (struct grt_mem_range){ 0 };
}

void split_reserve_init(const struct grt_mem_range *r)
{
	reserve.active = true;
	reserve.stats = (struct split_reserve_stats){ .initial = r->size };
	if (r->size)
		page_alloc_add_reserve(r->start, r->size);
}

/* The largest block of ordinary memory of at most @order. */
static grt_phys_t take_block(unsigned int *order)
{
	unsigned int least = page_order(REFILL_LEAST);

	for (;; --*order) {
		grt_phys_t pa = page_alloc(*order, PAGE_ALLOC_ORDINARY);

		if (pa != GRT_PHYS_NONE || *order <= least)
			return pa;
	}
}

static bool refill(struct kernel_vm *vm, u64 missing)
{
	struct page_alloc_stats pages;
	unsigned int order;
	grt_phys_t pa;

	page_alloc_stats(&pages);
	missing = max_u64(missing, pages.total / REFILL_PART);
	order = page_order(max_u64(missing << PAGE_SHIFT, REFILL_LEAST));
	order = (unsigned int)min_u64(order, PAGE_NR_ORDERS - 1);
	pa = take_block(&order);
	if (pa == GRT_PHYS_NONE)
		return false;
	if (quiesced_pages(vm, vm_linear(vm, pa), PAGE_SIZE << order)) {
		page_free(pa, order);
		return false;
	}
	page_free_to_reserve(pa, order);
	return true;
}

bool split_reserve_grow(struct kernel_vm *vm, u64 pages)
{
	if (!reserve.active || split_mode() != SPLIT_RESERVE)
		return false;
	for (u64 free = 0; (free = page_alloc_reserve_free()) < pages;) {
		bool ok = refill(vm, pages - free);

		reserve.stats.refills += ok;
		reserve.stats.failures += !ok;
		if (!ok)
			break;
	}
	return true;
}

void split_reserve_stats(struct split_reserve_stats *out)
{
	struct page_alloc_stats pages;

	page_alloc_stats(&pages);
	*out = reserve.stats;
	out->bytes = pages.reserve << PAGE_SHIFT;
}
