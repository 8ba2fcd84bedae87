// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "mm/page.h"
#include "mm/page_alloc.h"
#include "mm/pool.h"

/*
 * At the start of each page. Objects from @fresh on have never been used, so that a new page need
 * not be strung together first.
 */
struct pool_page {
	struct pool_page *next;
	struct pool_page *prev;
	void **free;
	u32 used;
	u32 fresh;
};

static u32 pool_capacity(const struct pool *pool)
{
	return (u32)((PAGE_SIZE - sizeof(struct pool_page)) / pool->size);
}

static void list_insert(struct pool *pool, struct pool_page *page)
{
	page->prev = NULL;
	page->next = pool->partial;
	if (page->next)
		page->next->prev = page;
	pool->partial = page;
}

static void list_remove(struct pool *pool, struct pool_page *page)
{
	if (page->prev)
		page->prev->next = page->next;
	else
		pool->partial = page->next;
	if (page->next)
		page->next->prev = page->prev;
}

static bool pool_grow(struct pool *pool)
{
	grt_phys_t pa = page_alloc(0, 0);
	struct pool_page *page;

	if (pa == GRT_PHYS_NONE)
		return false;
	phys_to_page(pa)->flags = PAGE_PINNED;
	page = phys_to_virt(pa);
	*page = (struct pool_page){ 0 };
	list_insert(pool, page);
	return true;
}

void *pool_alloc(struct pool *pool)
{
	struct pool_page *page;
	void **object;

	if (!pool->partial && !pool_grow(pool))
		return NULL;
	page = pool->partial;
	object = page->free;
	if (object)
		page->free = *object;
	else
		object = (void **)((char *)(page + 1) + page->fresh++ * pool->size);
	if (++page->used == pool_capacity(pool))
		list_remove(pool, page);
	return object;
}

void pool_free(struct pool *pool, void *object)
{
	struct pool_page *page = (void *)((uintptr_t)object & PAGE_MASK);

	if (page->used-- == pool_capacity(pool))
		list_insert(pool, page);
	if (!page->used) {
		list_remove(pool, page);
		page_free(virt_to_phys(page), 0);
		return;
	}
	*(void **)object = page->free;
	page->free = object;
}
