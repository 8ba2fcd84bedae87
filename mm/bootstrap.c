// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The table pool of the boot stage and of the linear map's creation. */
#include "base/types.h"
#include "mm/bootstrap.h"

void table_pool_init(struct table_pool *pool, grt_phys_t start, u64 size, u64 page_size)
{
	*pool = (struct table_pool){
		.image = { align_up(start, page_size), align_down(start + size, page_size) },
		.image_start = start,
		.image_size = size,
		.page_size = page_size,
	};
}

static u64 area_pages(const struct table_area *area, grt_phys_t end, u64 page_size)
{
	return end > area->next ? (end - area->next) / page_size : 0;
}

u64 table_pool_available(const struct table_pool *pool)
{
	return area_pages(&pool->image, pool->image.end, pool->page_size) +
	       area_pages(&pool->ram, min_u64(pool->ram.end, pool->ram_mapped), pool->page_size);
}

/* The area that tables come from now, and how many it has. */
static struct table_area *current_area(struct table_pool *pool, u64 *left)
{
	*left = area_pages(&pool->image, pool->image.end, pool->page_size);
	if (*left)
		return &pool->image;
	*left = area_pages(&pool->ram, min_u64(pool->ram.end, pool->ram_mapped), pool->page_size);
	return &pool->ram;
}

static grt_phys_t table_pool_alloc_run(struct grt_pgtable *pt, u64 *nr)
{
	struct table_pool *pool = pt->ctx;
	u64 left;
	struct table_area *area = current_area(pool, &left);
	grt_phys_t first = area->next;

	*nr = min_u64(*nr, left);
	area->next += *nr * pool->page_size;
	return *nr ? first : GRT_PHYS_NONE;
}

static grt_phys_t table_pool_alloc(struct grt_pgtable *pt)
{
	u64 nr = 1;

	return table_pool_alloc_run(pt, &nr);
}

/* Only the table that was handed out last can go back: enough to undo a reservation. */
static void table_pool_free(struct grt_pgtable *pt, grt_phys_t table)
{
	struct table_pool *pool = pt->ctx;

	if (pool->image.next - pool->page_size == table)
		pool->image.next = table;
	else if (pool->ram.next - pool->page_size == table)
		pool->ram.next = table;
}

static u64 *table_pool_map(const struct grt_pgtable *pt, grt_phys_t table)
{
	const struct table_pool *pool = pt->ctx;
	bool in_image = table - pool->image_start < pool->image_size;

	return (u64 *)(table + (in_image ? pool->image_offset : pool->ram_offset));
}

static u64 table_pool_left(const struct grt_pgtable *pt)
{
	return table_pool_available(pt->ctx);
}

const struct grt_pgtable_ops table_pool_ops = {
	.alloc = table_pool_alloc,
	.free = table_pool_free,
	.map = table_pool_map,
	.available = table_pool_left,
	.alloc_run = table_pool_alloc_run,
};
