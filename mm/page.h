/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* struct page: what is known of one page of RAM. The array of them is the vmemmap region. */
#ifndef MM_PAGE_H
#define MM_PAGE_H

#include "base/types.h"
#include "mm/address.h"
#include "mm/page_size.h"

/*
 * The array is not cleared: on a large machine that alone would be half a gigabyte. The page
 * allocator writes the struct page of a block's first page when it makes the block, and never looks
 * at another. States are patterns of 32 bits, so that a mistaken free of a page in the middle is
 * still noticed.
 */
#define PAGE_STATE_FREE 0x46a3e1d5u
#define PAGE_STATE_USED 0x91c75b3au
#define PAGE_STATE_ISOLATED 0x3be80d6cu

/* mm/ itself relies on it: a table, or objects of mm/. Nobody changes how the linear map maps it. */
#define PAGE_PINNED BIT(0)

/**
 * struct page - of the first page of a block; undefined for the others
 * @state: PAGE_STATE_*
 * @order: log2 of the block's pages
 * @limit: order of the block that it was split from at first, and may merge to
 * @reserve: of the split reserve (mm/split_reserve.h)
 * @flags: PAGE_*, the owner's; 0 when it is allocated
 * @next: free list; the owner's while the block is allocated
 * @prev: likewise
 * @private: the owner's
 */
struct page {
	u32 state;
	u8 order;
	u8 limit;
	bool reserve;
	u8 flags;
	struct page *next;
	struct page *prev;
	u64 private;
};

#define STRUCT_PAGE_SHIFT 5
_Static_assert(sizeof(struct page) == 1UL << STRUCT_PAGE_SHIFT, "index by a shift");

static inline struct page *pfn_to_page(u64 pfn)
{
	return (struct page *)(uintptr_t)((pfn << STRUCT_PAGE_SHIFT) + address_map.vmemmap_offset);
}

static inline u64 page_to_pfn(const struct page *page)
{
	return ((uintptr_t)page - address_map.vmemmap_offset) >> STRUCT_PAGE_SHIFT;
}

static inline struct page *phys_to_page(grt_phys_t pa)
{
	return pfn_to_page(pa >> PAGE_SHIFT);
}

static inline grt_phys_t page_to_phys(const struct page *page)
{
	return page_to_pfn(page) << PAGE_SHIFT;
}

static inline struct page *virt_to_page(const void *va)
{
	return phys_to_page(virt_to_phys(va));
}

static inline void *page_to_virt(const struct page *page)
{
	return phys_to_virt(page_to_phys(page));
}

#endif
