/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Table pages before there is a page allocator: first from a part of the image, then from RAM that the
 * linear map covers already. Pages are handed out front to back and never come back.
 */
#ifndef MM_BOOTSTRAP_H
#define MM_BOOTSTRAP_H

#include <graticule/pgtable.h>
#include "base/types.h"

/** struct table_area - physical memory for tables, used from @next to @end (exclusive). */
struct table_area {
	grt_phys_t next;
	grt_phys_t end;
};

/**
 * struct table_pool - provider of table pages, the @ctx of a struct grt_pgtable with table_pool_ops
 * @image: in the image
 * @image_offset: va - pa there (0 while the MMU is off)
 * @ram: in the linear map
 * @ram_offset: va - pa there
 * @ram_mapped: pages of @ram below this physical address can be used
 */
struct table_pool {
	struct table_area image;
	grt_phys_t image_start;
	u64 image_size;
	u64 image_offset;
	struct table_area ram;
	u64 ram_offset;
	grt_phys_t ram_mapped;
	u64 page_size;
};

extern const struct grt_pgtable_ops table_pool_ops;

/**
 * table_pool_init() - a pool over one part of the image
 * @start: physical address, @size: bytes; the area is narrowed to whole pages
 */
void table_pool_init(struct table_pool *pool, grt_phys_t start, u64 size, u64 page_size);

/** table_pool_available() - tables that can be allocated now. */
u64 table_pool_available(const struct table_pool *pool);

#endif
