/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the files of the page allocator share. */
#ifndef MM_PAGE_BUDDY_H
#define MM_PAGE_BUDDY_H

#include "mm/page.h"
#include "mm/page_alloc.h"
#include "mm/spinlock.h"

/* Free blocks by order; @nonempty has bit k set where free[k] is not NULL. */
struct free_lists {
	struct page *free[PAGE_NR_ORDERS];
	u32 nonempty;
};

/**
 * struct page_buddy - the allocator
 * @lock: protects all of it
 * @lists: ordinary memory, and the split reserve
 * @poison: every free page is full of a pattern
 */
struct page_buddy {
	struct spinlock lock;
	struct free_lists lists[2];
	bool poison;
	struct page_alloc_stats stats;
};

extern struct page_buddy page_buddy;

/* With the lock held: */

/** buddy_push() - the block at @page is free; buddy_pull() - take it out again. */
void buddy_push(struct page *page, unsigned int order);
void buddy_pull(struct page *page);

/** buddy_upper_half() - of the block at @page, 2^(@order + 1) pages long; its struct page is written. */
struct page *buddy_upper_half(struct page *page, unsigned int order);

/** buddy_give() - free the block at @page, and merge it with those around. */
void buddy_give(struct page *page);

#endif
