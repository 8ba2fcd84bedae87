/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The page allocator: a buddy system. A block is 2^order pages, aligned to its size. Blocks merge
 * up to the block that the range was cut into when it was added.
 *
 * Every function may be called on any CPU at any time after page_alloc_init(); one lock, innermost.
 */
#ifndef MM_PAGE_ALLOC_H
#define MM_PAGE_ALLOC_H

#include "base/types.h"
#include "mm/memblock.h"
#include "mm/page.h"

/* Blocks of up to 2^23 pages: 32 GiB of 4K pages, more than any leaf but the very largest. */
#define PAGE_NR_ORDERS 24

#define PAGE_ALLOC_ZERO BIT(0)	   /* contents are zero; otherwise undefined */
#define PAGE_ALLOC_RESERVE BIT(1)  /* from the split reserve and nowhere else */
#define PAGE_ALLOC_ORDINARY BIT(2) /* not from it, not even if there is nothing else */

/**
 * struct page_alloc_stats - in pages, and blocks by order
 * @total: given to the allocator
 * @free: not allocated now
 * @low: the fewest that were ever free
 * @reserve: of the split reserve, free or not
 * @reserve_free: free ones of it; @free counts them too
 * @allocs: successful allocations
 * @failures: allocations that found no block
 */
struct page_alloc_stats {
	u64 total;
	u64 free;
	u64 low;
	u64 reserve;
	u64 reserve_free;
	u64 allocs;
	u64 failures;
	u64 free_blocks[PAGE_NR_ORDERS];
};

/**
 * page_alloc_init() - start with all of the memory that @mb has free
 *
 * The linear map and the vmemmap of that memory are live. @mb is of no use for allocation
 * afterwards.
 */
void page_alloc_init(const struct memblock *mb);

/**
 * page_alloc_add_reserve() - likewise, to the split reserve
 *
 * The memory whose permissions in the linear map are meant to change (mm/split_reserve.h). It stays there
 * when it is freed. Other allocations get it when there is nothing else.
 */
void page_alloc_add_reserve(grt_phys_t start, u64 size);

/** page_free_to_reserve() - page_free(), after which the block belongs to the split reserve. */
void page_free_to_reserve(grt_phys_t pa, unsigned int order);

/** page_alloc_reserve_free() - free pages of the split reserve. */
u64 page_alloc_reserve_free(void);

/**
 * page_alloc_owned() - do @pages pages from @page on consist of whole allocated blocks that are not pinned?
 *
 * For the blocks of the caller's own: nobody else changes what is looked at. A caller's mistake about
 * pages of others is found unless they are allocated or freed at that moment.
 */
static inline bool page_alloc_owned(const struct page *page, u64 pages)
{
	while (page->state == PAGE_STATE_USED && !(page->flags & PAGE_PINNED)) {
		u64 block = BIT(page->order);

		if (block >= pages)
			return block == pages;
		pages -= block;
		page += block;
	}
	return false;
}

/** page_alloc_add() - give RAM to the allocator; parts of pages at the ends are left out. */
void page_alloc_add(grt_phys_t start, u64 size);

/**
 * page_alloc_add_ram() - give the whole free pages of @ram to the allocator, and forget the others
 * @mb: says what is reserved; @ram is page aligned, mapped, and its part of the vmemmap as well
 */
void page_alloc_add_ram(const struct memblock *mb, const struct grt_mem_range *ram);

/**
 * page_alloc_isolate() - take a range away if every page of it is free
 * @start: page aligned, as is @size; in RAM, which has no hole there
 *
 * Nobody can allocate the pages until page_alloc_restore() gives all of them back as they were, or
 * page_alloc_drop() forgets them: the allocator never looks at their struct pages again. Cost: by free
 * blocks, not by pages.
 *
 * Return: 0, or -EBUSY with nothing changed.
 */
int page_alloc_isolate(grt_phys_t start, u64 size);
void page_alloc_restore(grt_phys_t start, u64 size);
void page_alloc_drop(grt_phys_t start, u64 size);

/**
 * page_alloc() - a block of 2^@order pages
 * @flags: PAGE_ALLOC_*
 *
 * Return: its physical address, or GRT_PHYS_NONE.
 */
grt_phys_t page_alloc(unsigned int order, unsigned int flags);

/** page_free() - give back what page_alloc() returned. Anything else is reported and left alone. */
void page_free(grt_phys_t pa, unsigned int order);

/**
 * page_alloc_exact() - contiguous pages, whatever their number
 * @size: bytes, rounded up to pages; the rest of the block goes back at once
 * @align: alignment in bytes, a power of two
 *
 * Return: the physical address, or GRT_PHYS_NONE.
 */
grt_phys_t page_alloc_exact(u64 size, u64 align, unsigned int flags);

/** page_free_exact() - give back what page_alloc_exact() returned for the same @size. */
void page_free_exact(grt_phys_t pa, u64 size);

/** page_alloc_available() - free pages, of any order; out of date as soon as it is returned. */
u64 page_alloc_available(void);

/** page_order() - order of the smallest block that holds @size bytes. */
unsigned int page_order(u64 size);

/** page_alloc_stats() - a consistent copy of the counters. */
void page_alloc_stats(struct page_alloc_stats *out);

/**
 * page_alloc_poison() - fill all free memory with a pattern, and check it at each allocation
 *
 * CONFIG_DEBUG_PAGE_ALLOC starts with it on: boot takes as long as writing all of memory then.
 */
void page_alloc_poison(bool on);

#endif
