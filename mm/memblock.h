/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* memblock: what RAM there is and who owns it, before the page allocator. No pointers inside. */
#ifndef MM_MEMBLOCK_H
#define MM_MEMBLOCK_H

#include <graticule/errno.h>
#include <graticule/layout.h>
#include <graticule/types.h>

#define MEMBLOCK_MAX_RANGES 256

/** struct memblock_list - sorted, disjoint, neighbours merged. */
struct memblock_list {
	struct mem_range range[MEMBLOCK_MAX_RANGES];
	unsigned int nr;
};

/**
 * struct memblock - the machine's memory
 * @memory: RAM
 * @reserved: RAM that is in use and stays mapped (image, device tree, initrd, tables, reservations)
 * @nomap: RAM that must never be mapped
 */
struct memblock {
	struct memblock_list memory;
	struct memblock_list reserved;
	struct memblock_list nomap;
};

/*
 * Each returns 0, -EINVAL (the range ends above 2^56) or -E2BIG (too many ranges; nothing changed).
 * Ranges may overlap or touch what is there already; sizes of 0 change nothing. Bytes, any
 * alignment.
 */
int memblock_add(struct memblock *mb, phys_addr_t start, u64 size);
int memblock_remove(struct memblock *mb, phys_addr_t start, u64 size);
int memblock_reserve(struct memblock *mb, phys_addr_t start, u64 size);
int memblock_release(struct memblock *mb, phys_addr_t start, u64 size);
int memblock_nomap(struct memblock *mb, phys_addr_t start, u64 size);

/** memblock_list_keep() - keep what of @list lies in @range; returns the bytes removed. */
u64 memblock_list_keep(struct memblock_list *list, struct mem_range range);

/** memblock_span() - from the first to the last byte that is in one of two lists; size 0: none is. */
struct mem_range memblock_span(const struct memblock_list *a, const struct memblock_list *b);

/** memblock_list_bytes() - bytes of all its ranges. */
u64 memblock_list_bytes(const struct memblock_list *list);

/**
 * memblock_limit() - leave out RAM (mem=)
 * @bytes: of the lowest RAM stay
 * @keep: RAM that stays wherever it is: the image
 * @left_out: filled with the others
 *
 * Return: 0 or -E2BIG.
 */
int memblock_limit(struct memblock *mb, u64 bytes, const struct mem_range *keep,
		   struct memblock_list *left_out);

/**
 * memblock_mappable() - RAM without no-map, for the linear map
 * @page_size: a page that a no-map range or the end of RAM shares is left out whole
 * @out: filled with at most @max sorted, disjoint, page-aligned ranges
 *
 * Return: the number of ranges, or -E2BIG.
 */
int memblock_mappable(const struct memblock *mb, u64 page_size, struct mem_range *out,
		      unsigned int max);

/**
 * memblock_next_mappable() - the same, one range at a time
 * @cursor: 0 to start; where to go on
 *
 * Return: true with the next range in @out, ascending.
 */
bool memblock_next_mappable(const struct memblock *mb, u64 page_size, phys_addr_t *cursor,
			    struct mem_range *out);

/**
 * memblock_next_free() - iterate over RAM that is neither reserved nor no-map
 * @cursor: 0 to start; where to go on
 *
 * Return: true with the next range in @out, ascending.
 */
bool memblock_next_free(const struct memblock *mb, phys_addr_t *cursor, struct mem_range *out);

/** memblock_alloc() - reserve @size free bytes, aligned to @align, the highest in [@min, @max). */
phys_addr_t memblock_alloc(struct memblock *mb, u64 size, u64 align, phys_addr_t min,
			   phys_addr_t max);

/** memblock_total() - bytes of RAM; memblock_free_bytes() - those neither reserved nor no-map. */
u64 memblock_total(const struct memblock *mb);
u64 memblock_free_bytes(const struct memblock *mb);

/** memblock_overlaps() - does any part of a range belong to @list? */
bool memblock_overlaps(const struct memblock_list *list, phys_addr_t start, u64 size);

/** memblock_contains() - does the whole range belong to @list? */
bool memblock_contains(const struct memblock_list *list, phys_addr_t start, u64 size);

#endif
