/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which virtual addresses of a range are taken: a balanced tree of areas, each of which knows the
 * largest gap between the areas below it. Finding room, taking it and giving it back are O(log n),
 * and giving back can't fail.
 *
 * All sizes and addresses are multiples of PAGE_SIZE. The caller holds @lock around every call.
 */
#ifndef MM_VA_SPACE_H
#define MM_VA_SPACE_H

#include "base/types.h"
#include "mm/pool.h"
#include "mm/spinlock.h"

struct page;

/**
 * struct va_area - addresses that are taken
 * @start: first
 * @end: exclusive
 * @child: areas below and above it
 * @first: start of the first area in this subtree
 * @last: end of the last one
 * @gap: the largest gap between two areas of this subtree
 * @height: of this subtree
 * @va: what the owner's caller knows it by; the owner's, as are those that follow
 * @size: bytes mapped, whole pages, from the page of @va on; 0 while nobody may use it
 * @blocks: memory, a list through struct page, or NULL
 * @aliased: the linear map of its memory is not as it was
 * @pinned: its permissions stay as they are
 */
struct va_area {
	grt_virt_t start;
	grt_virt_t end;
	struct va_area *child[2];
	grt_virt_t first;
	grt_virt_t last;
	u64 gap;
	unsigned int height;
	grt_virt_t va;
	u64 size;
	struct page *blocks;
	bool aliased;
	bool pinned;
};

/** struct va_space - addresses [@start, @end) */
struct va_space {
	struct spinlock lock;
	grt_virt_t start;
	grt_virt_t end;
	struct va_area *root;
	struct pool pool;
};

/** va_space_init() - all of [@start, @end), which does not reach 2^64, is free. */
void va_space_init(struct va_space *space, grt_virt_t start, grt_virt_t end);

/** va_space_block() - take [@start, @end), which is free, for ever. Return: 0 or -ENOMEM. */
int va_space_block(struct va_space *space, grt_virt_t start, grt_virt_t end);

/**
 * va_space_take() - take free addresses: the lowest that fit, if @align is a page
 * @size: bytes
 * @align: of the first, a power of two, at least a page
 *
 * Return: the area, or NULL: no room, or no memory for the area.
 */
struct va_area *va_space_take(struct va_space *space, u64 size, u64 align);

/** va_space_give() - end of an area. */
void va_space_give(struct va_space *space, struct va_area *area);

/** va_space_find() - the area that contains @va, or NULL. */
struct va_area *va_space_find(const struct va_space *space, grt_virt_t va);

#endif
