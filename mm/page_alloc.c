// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The struct page of a block's first page is written when the block comes to be: when a range is
 * added, or when a larger block is split. So the buddy of any block that was split off has been
 * written as well, and merging needs neither a cleared vmemmap nor a look at what lies in holes.
 */
#include "base/string.h"
#include "mm/page_buddy.h"
#include "mm/report.h"

#define POISON_BYTE 0x5a

struct page_buddy page_buddy;

void buddy_push(struct page *page, unsigned int order)
{
	struct free_lists *lists = &page_buddy.lists[page->reserve];

	page->state = PAGE_STATE_FREE;
	page->order = (u8)order;
	page->prev = NULL;
	page->next = lists->free[order];
	if (page->next)
		page->next->prev = page;
	lists->free[order] = page;
	lists->nonempty |= 1U << order;
	page_buddy.stats.free_blocks[order]++;
	page_buddy.stats.free += BIT(order);
	page_buddy.stats.reserve_free += page->reserve ? BIT(order) : 0;
}

void buddy_pull(struct page *page)
{
	struct free_lists *lists = &page_buddy.lists[page->reserve];
	unsigned int order = page->order;

	if (page->prev)
		page->prev->next = page->next;
	else
		lists->free[order] = page->next;
	if (page->next)
		page->next->prev = page->prev;
	if (!lists->free[order])
		lists->nonempty &= ~(1U << order);
	page_buddy.stats.free_blocks[order]--;
	page_buddy.stats.free -= BIT(order);
	page_buddy.stats.reserve_free -= page->reserve ? BIT(order) : 0;
}

/* The upper half of the block that starts at @page, 2^(@order + 1) pages long. */
struct page *buddy_upper_half(struct page *page, unsigned int order)
{
	struct page *half = page + BIT(order);

	half->limit = page->limit;
	half->reserve = page->reserve;
	return half;
}

static void mark_used(struct page *page, unsigned int order)
{
	page->state = PAGE_STATE_USED;
	page->order = (u8)order;
}

static struct page *take_from(struct free_lists *lists, unsigned int order)
{
	u32 fit = order < PAGE_NR_ORDERS ? lists->nonempty >> order << order : 0;
	struct page *page;
	unsigned int k;

	if (!fit)
		return NULL;
	/* Counting zeros is a call where CPUs need not have an instruction for it. */
	k = lists->free[order] ? order : (unsigned int)__builtin_ctz(fit);
	page = lists->free[k];
	buddy_pull(page);
	while (k-- > order)
		buddy_push(buddy_upper_half(page, k), k);
	mark_used(page, order);
	return page;
}

static struct page *take(unsigned int order, unsigned int flags)
{
	struct page *page = NULL;

	if (!(flags & PAGE_ALLOC_RESERVE))
		page = take_from(&page_buddy.lists[0], order);
	if (!page && !(flags & PAGE_ALLOC_ORDINARY))
		page = take_from(&page_buddy.lists[1], order);
	page_buddy.stats.failures += !page;
	return page;
}

/* What the struct page of an upper half says is out of date until the block is split again. */
void buddy_give(struct page *page)
{
	unsigned int order = page->order;

	while (order < page->limit) {
		struct page *other = pfn_to_page(page_to_pfn(page) ^ BIT(order));

		if (other->state != PAGE_STATE_FREE || other->order != order ||
		    other->reserve != page->reserve)
			break;
		buddy_pull(other);
		if (other < page)
			page = other;
		order++;
	}
	buddy_push(page, order);
}

/* Keep the first @pages of an allocated block, as blocks in descending order, and free the rest. */
static void trim(struct page *page, u64 pages)
{
	unsigned int order = page->order;

	while (pages < BIT(order)) {
		struct page *half = buddy_upper_half(page, --order);

		if (pages <= BIT(order)) {
			buddy_push(half, order);
		} else {
			mark_used(page, order);
			page = half;
			pages -= BIT(order);
		}
	}
	mark_used(page, order);
}

static void count_alloc(void)
{
	page_buddy.stats.allocs++;
	page_buddy.stats.low = min_u64(page_buddy.stats.low, page_buddy.stats.free);
}

static void fill_poison(grt_phys_t pa, u64 pages)
{
	if (page_buddy.poison)
		memset(phys_to_virt(pa), POISON_BYTE, pages << PAGE_SHIFT);
}

static void check_poison(grt_phys_t pa, u64 size)
{
	const u8 *p = phys_to_virt(pa);

	for (u64 i = 0; i < size; i++) {
		if (p[i] != POISON_BYTE) {
			mm_report("page_alloc: written after it was freed", pa + i);
			return;
		}
	}
}

/* What is left to do for an allocation once the lock is released. */
static inline grt_phys_t hand_out(struct page *page, u64 size, unsigned int flags, bool poisoned)
{
	grt_phys_t pa = page_to_phys(page);

	if (poisoned)
		check_poison(pa, size);
	page->next = NULL;
	page->prev = NULL;
	page->flags = 0;
	page->private = 0;
	if (flags & PAGE_ALLOC_ZERO)
		memset(phys_to_virt(pa), 0, size);
	return pa;
}

grt_phys_t page_alloc(unsigned int order, unsigned int flags)
{
	struct page *page;
	bool poisoned;

	spin_lock(&page_buddy.lock);
	page = take(order, flags);
	poisoned = page_buddy.poison;
	if (page)
		count_alloc();
	spin_unlock(&page_buddy.lock);
	return page ? hand_out(page, PAGE_SIZE << order, flags, poisoned) : GRT_PHYS_NONE;
}

unsigned int page_order(u64 size)
{
	u64 last = size ? (size - 1) >> PAGE_SHIFT : 0;

	return last ? log2_floor(last) + 1 : 0;
}

grt_phys_t page_alloc_exact(u64 size, u64 align, unsigned int flags)
{
	u64 pages = size ? ((size - 1) >> PAGE_SHIFT) + 1 : 0;
	struct page *page;
	bool poisoned;

	if (!size)
		return GRT_PHYS_NONE;
	spin_lock(&page_buddy.lock);
	page = take(page_order(max_u64(size, align)), flags);
	poisoned = page_buddy.poison;
	if (page) {
		trim(page, pages);
		count_alloc();
	}
	spin_unlock(&page_buddy.lock);
	return page ? hand_out(page, pages << PAGE_SHIFT, flags, poisoned) : GRT_PHYS_NONE;
}

/* Do the blocks that start at @pa, @pages long together, have the orders that trim() gives them? */
static bool blocks_used(grt_phys_t pa, u64 pages)
{
	struct page *page = phys_to_page(pa);

	while (pages) {
		unsigned int order = log2_floor(pages);

		if (page->state != PAGE_STATE_USED || page->order != order)
			return false;
		page += BIT(order);
		pages -= BIT(order);
	}
	return true;
}

static void free_pages(grt_phys_t pa, u64 pages)
{
	struct page *page = phys_to_page(pa);
	bool ok;

	if (!is_aligned(pa, PAGE_SIZE) || !pages) {
		mm_report("page_free: not the address of a page", pa);
		return;
	}
	spin_lock(&page_buddy.lock);
	ok = blocks_used(pa, pages);
	if (ok)
		fill_poison(pa, pages);
	while (ok && pages) {
		unsigned int order = log2_floor(pages);

		buddy_give(page);
		page += BIT(order);
		pages -= BIT(order);
	}
	spin_unlock(&page_buddy.lock);
	if (!ok)
		mm_report("page_free: not allocated, or in another size", pa);
}

void page_free(grt_phys_t pa, unsigned int order)
{
	free_pages(pa, order < PAGE_NR_ORDERS ? BIT(order) : 0);
}

void page_free_exact(grt_phys_t pa, u64 size)
{
	free_pages(pa, size ? ((size - 1) >> PAGE_SHIFT) + 1 : 0);
}

void page_free_to_reserve(grt_phys_t pa, unsigned int order)
{
	struct page *page = phys_to_page(pa);

	spin_lock(&page_buddy.lock);
	page->reserve = true;
	fill_poison(pa, BIT(order));
	buddy_push(page, order);
	page_buddy.stats.reserve += BIT(order);
	spin_unlock(&page_buddy.lock);
}

static void add(grt_phys_t start, u64 size, bool reserve)
{
	u64 pfn = (start >> PAGE_SHIFT) + !is_aligned(start, PAGE_SIZE);
	u64 end = (start + size) >> PAGE_SHIFT;

	spin_lock(&page_buddy.lock);
	while (pfn < end) {
		unsigned int order = log2_floor(end - pfn);
		struct page *page = pfn_to_page(pfn);

		if (pfn)
			order = (unsigned int)min_u64(order, (u64)__builtin_ctzll(pfn));
		order = (unsigned int)min_u64(order, PAGE_NR_ORDERS - 1);
		page->limit = (u8)order;
		page->reserve = reserve;
		fill_poison(pfn << PAGE_SHIFT, BIT(order));
		buddy_push(page, order);
		page_buddy.stats.total += BIT(order);
		page_buddy.stats.reserve += reserve ? BIT(order) : 0;
		pfn += BIT(order);
	}
	page_buddy.stats.low = min_u64(page_buddy.stats.low, page_buddy.stats.free);
	spin_unlock(&page_buddy.lock);
}

void page_alloc_add(grt_phys_t start, u64 size)
{
	add(start, size, false);
}

void page_alloc_add_reserve(grt_phys_t start, u64 size)
{
	add(start, size, true);
}

/* What is in use from before must not look allocated by chance when it comes here later. */
static void forget(grt_phys_t start, grt_phys_t end)
{
	u64 pages = (end - start) >> PAGE_SHIFT;

	memset(phys_to_page(start), 0, pages << STRUCT_PAGE_SHIFT);
}

void page_alloc_add_ram(const struct memblock *mb, const struct grt_mem_range *ram)
{
	grt_phys_t from = ram->start, end = ram->start + ram->size, cursor = from;
	struct grt_mem_range r;

	while (memblock_next_free(mb, &cursor, &r) && r.start < end) {
		grt_phys_t low = align_up(r.start, PAGE_SIZE);
		grt_phys_t high = align_down(min_u64(r.start + r.size, end), PAGE_SIZE);

		if (low >= high)
			continue;
		forget(from, low);
		page_alloc_add(low, high - low);
		from = high;
	}
	forget(from, end);
}

void page_alloc_init(const struct memblock *mb)
{
	grt_phys_t cursor = 0;
	struct grt_mem_range ram;

	memset(&page_buddy, 0, sizeof(page_buddy));
#ifdef CONFIG_DEBUG_PAGE_ALLOC
	page_buddy.poison = true;
#endif
	while (memblock_next_mappable(mb, PAGE_SIZE, &cursor, &ram))
		page_alloc_add_ram(mb, &ram);
	page_buddy.stats.low = page_buddy.stats.free;
}

void page_alloc_poison(bool on)
{
	spin_lock(&page_buddy.lock);
	page_buddy.poison = on;
	for (unsigned int i = 0; i < 2 * PAGE_NR_ORDERS; i++) {
		struct page *page = page_buddy.lists[i / PAGE_NR_ORDERS].free[i % PAGE_NR_ORDERS];

		for (; page; page = page->next)
			fill_poison(page_to_phys(page), BIT(page->order));
	}
	spin_unlock(&page_buddy.lock);
}

u64 page_alloc_available(void)
{
	u64 free;

	/* Without the lock the count could be that of a moment when a large block is being split. */
	spin_lock(&page_buddy.lock);
	free = page_buddy.stats.free;
	spin_unlock(&page_buddy.lock);
	return free;
}

u64 page_alloc_reserve_free(void)
{
	return __atomic_load_n(&page_buddy.stats.reserve_free, __ATOMIC_RELAXED);
}

void page_alloc_stats(struct page_alloc_stats *out)
{
	spin_lock(&page_buddy.lock);
	*out = page_buddy.stats;
	spin_unlock(&page_buddy.lock);
}
