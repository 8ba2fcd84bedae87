/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * memblock: what RAM there is and who owns it, before the page allocator, and for memory that comes and goes
 * later. Whoever has one gives its lists their storage, or a way to get more.
 */
#ifndef MM_MEMBLOCK_H
#define MM_MEMBLOCK_H

#include <graticule/layout.h>
#include "base/types.h"
#include "base/errno.h"

/**
 * struct memblock_list - sorted, disjoint, neighbours merged
 * @range: storage for @max ranges, of which @nr are in use
 */
struct memblock_list {
	struct grt_mem_range *range;
	unsigned int nr;
	unsigned int max;
};

/**
 * struct memblock - the machine's memory
 * @memory: RAM
 * @reserved: RAM that is in use and stays mapped (image, device tree, initrd, tables, reservations)
 * @nomap: RAM that must never be mapped
 * @grow: gives a full list of it more storage (memblock_list_move()); false where there is no memory. May
 *	reserve some of what is free. NULL: lists stay as long as they are
 */
struct memblock {
	struct memblock_list memory;
	struct memblock_list reserved;
	struct memblock_list nomap;
	bool (*grow)(struct memblock *mb, struct memblock_list *list);
};

/** memblock_list_init() - an empty list with storage for @max ranges. */
static inline void memblock_list_init(struct memblock_list *list, struct grt_mem_range *range,
				      unsigned int max)
{
	*list = (struct memblock_list){ .range = range, .max = max };
}

/** memblock_list_move() - its ranges to new storage, for @max of them. Return: the old storage. */
struct grt_mem_range *memblock_list_move(struct memblock_list *list, struct grt_mem_range *to,
					 unsigned int max);

/** memblock_room() - can @list take @nr more ranges, now or having grown? */
bool memblock_room(struct memblock *mb, struct memblock_list *list, unsigned int nr);

/*
 * Each returns 0, -EINVAL (the range ends above 2^56), -E2BIG (more ranges than the list has storage for) or
 * -ENOMEM (it could not grow); nothing has changed then. Ranges may overlap or touch what is there already;
 * sizes of 0 change nothing. Bytes, any alignment.
 */
int memblock_add(struct memblock *mb, grt_phys_t start, u64 size);
int memblock_remove(struct memblock *mb, grt_phys_t start, u64 size);
int memblock_reserve(struct memblock *mb, grt_phys_t start, u64 size);
int memblock_release(struct memblock *mb, grt_phys_t start, u64 size);
int memblock_nomap(struct memblock *mb, grt_phys_t start, u64 size);

/** memblock_list_keep() - keep what of @list lies in @range, which takes no storage; returns bytes gone. */
u64 memblock_list_keep(struct memblock_list *list, struct grt_mem_range range);

/** memblock_span() - from the first to the last byte that is in one of two lists; size 0: none is. */
struct grt_mem_range memblock_span(const struct memblock_list *a, const struct memblock_list *b);

/** memblock_list_bytes() - bytes of all its ranges. */
u64 memblock_list_bytes(const struct memblock_list *list);

/**
 * memblock_limit() - leave out RAM (mem=)
 * @bytes: of the lowest RAM stay
 * @keep: RAM that stays wherever it is: the image
 * @left_out: filled with the others; grows as the lists of @mb do
 *
 * Return: 0, -E2BIG or -ENOMEM.
 */
int memblock_limit(struct memblock *mb, u64 bytes, const struct grt_mem_range *keep,
		   struct memblock_list *left_out);

/**
 * memblock_mappable() - RAM without no-map, for the linear map
 * @page_size: a page that a no-map range or the end of RAM shares is left out whole
 * @out: filled with at most @max sorted, disjoint, page-aligned ranges
 *
 * Return: the number of ranges, or -E2BIG.
 */
int memblock_mappable(const struct memblock *mb, u64 page_size, struct grt_mem_range *out,
		      unsigned int max);

/**
 * memblock_next_mappable() - the same, one range at a time
 * @cursor: 0 to start; where to go on
 *
 * Return: true with the next range in @out, ascending.
 */
bool memblock_next_mappable(const struct memblock *mb, u64 page_size, grt_phys_t *cursor,
			    struct grt_mem_range *out);

/**
 * memblock_next_free() - iterate over RAM that is neither reserved nor no-map
 * @cursor: 0 to start; where to go on
 *
 * Return: true with the next range in @out, ascending.
 */
bool memblock_next_free(const struct memblock *mb, grt_phys_t *cursor, struct grt_mem_range *out);

/** memblock_find() - where memblock_alloc() would find memory; GRT_PHYS_NONE: nowhere. */
grt_phys_t memblock_find(const struct memblock *mb, u64 size, u64 align, grt_phys_t min,
			 grt_phys_t max);

/** memblock_alloc() - reserve @size free bytes, aligned to @align, the highest in [@min, @max). */
grt_phys_t memblock_alloc(struct memblock *mb, u64 size, u64 align, grt_phys_t min, grt_phys_t max);

/** memblock_total() - bytes of RAM; memblock_free_bytes() - those neither reserved nor no-map. */
u64 memblock_total(const struct memblock *mb);
u64 memblock_free_bytes(const struct memblock *mb);

/** memblock_overlaps() - does any part of a range belong to @list? */
bool memblock_overlaps(const struct memblock_list *list, grt_phys_t start, u64 size);

/** memblock_contains() - does the whole range belong to @list? */
bool memblock_contains(const struct memblock_list *list, grt_phys_t start, u64 size);

#endif
