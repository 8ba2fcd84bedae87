// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Taking a range of free pages out of the page allocator.
 *
 * Only the struct page of a block's first page means anything, so the walk needs one block that is known
 * to be one: the free block that holds the first page of the range, which the free lists tell. From there
 * each block begins where the one before ends.
 */
#include "mm/page_buddy.h"

/* The free block of @order that begins at @pfn, if there is one. */
static struct page *in_lists(u64 pfn, unsigned int order)
{
	const struct page *head = pfn_to_page(pfn);

	for (unsigned int i = 0; i < ARRAY_SIZE(page_buddy.lists); i++)
		for (struct page *page = page_buddy.lists[i].free[order]; page; page = page->next)
			if (page == head)
				return page;
	return NULL;
}

/* The free block that holds page @pfn, or NULL. */
static struct page *free_block(u64 pfn)
{
	for (unsigned int order = 0; order < PAGE_NR_ORDERS; order++) {
		u64 first = align_down(pfn, BIT(order));
		const struct page *head = pfn_to_page(first);
		struct page *page;

		/* Not proof, but it saves most of the searches; elsewhere there may be no struct page. */
		if (first == pfn && (head->state != PAGE_STATE_FREE || head->order != order))
			continue;
		page = in_lists(first, order);
		if (page)
			return page;
	}
	return NULL;
}

static bool all_free(u64 pfn, u64 end)
{
	const struct page *page = free_block(pfn);

	while (page && page->state == PAGE_STATE_FREE) {
		u64 next = page_to_pfn(page) + BIT(page->order);

		if (next >= end)
			return true;
		page = pfn_to_page(next);
	}
	return false;
}

/* Of a block that is in no list: what lies in [@start, @end) is isolated, the rest is free. */
static void carve(struct page *page, unsigned int order, u64 start, u64 end)
{
	u64 first = page_to_pfn(page), last = first + BIT(order) - 1;

	if (last < start || first >= end) {
		buddy_push(page, order);
	} else if (first >= start && last < end) {
		page->state = PAGE_STATE_ISOLATED;
		page->order = (u8)order;
	} else {
		order--;
		carve(buddy_upper_half(page, order), order, start, end);
		carve(page, order, start, end);
	}
}

static void isolate(u64 start, u64 end)
{
	struct page *page = free_block(start);
	u64 next;

	do {
		unsigned int order = page->order;

		next = page_to_pfn(page) + BIT(order);
		buddy_pull(page);
		carve(page, order, start, end);
		page = pfn_to_page(next);
	} while (next < end);
	page_buddy.stats.low = min_u64(page_buddy.stats.low, page_buddy.stats.free);
}

int page_alloc_isolate(grt_phys_t start, u64 size)
{
	u64 pfn = start >> PAGE_SHIFT, end = pfn + (size >> PAGE_SHIFT);
	bool ok;

	spin_lock(&page_buddy.lock);
	ok = all_free(pfn, end);
	if (ok)
		isolate(pfn, end);
	spin_unlock(&page_buddy.lock);
	return ok ? 0 : -EBUSY;
}

void page_alloc_restore(grt_phys_t start, u64 size)
{
	u64 pfn = start >> PAGE_SHIFT, end = pfn + (size >> PAGE_SHIFT);

	spin_lock(&page_buddy.lock);
	while (pfn < end) {
		struct page *page = pfn_to_page(pfn);

		pfn += BIT(page->order);
		buddy_give(page);
	}
	spin_unlock(&page_buddy.lock);
}

/* The blocks in [@pfn, @to) don't merge any more to what would reach into [@start, @end). */
static void limit_blocks(u64 pfn, u64 to, u64 start, u64 end)
{
	while (pfn < to) {
		struct page *page = pfn_to_page(pfn);

		for (; page->limit > page->order; page->limit--) {
			u64 first = align_down(pfn, BIT(page->limit));

			if (first >= end || first + BIT(page->limit) <= start)
				break;
		}
		pfn += BIT(page->order);
	}
}

void page_alloc_drop(grt_phys_t start, u64 size)
{
	u64 first = start >> PAGE_SHIFT, end = first + (size >> PAGE_SHIFT), pfn = first;
	struct page *page = pfn_to_page(first);
	unsigned int limit = page->limit;

	spin_lock(&page_buddy.lock);
	limit_blocks(align_down(first, BIT(limit)), first, first, end);
	while (pfn < end) {
		page = pfn_to_page(pfn);
		limit = page->limit;
		page->state = 0;
		page_buddy.stats.total -= BIT(page->order);
		page_buddy.stats.reserve -= page->reserve ? BIT(page->order) : 0;
		pfn += BIT(page->order);
	}
	limit_blocks(end, align_up(end, BIT(limit)), first, end);
	spin_unlock(&page_buddy.lock);
}
