/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The split reserve: RAM that the linear map maps with single pages, for memory whose permissions change
 * there, on CPUs that can't split a leaf of a live table (SPLIT_RESERVE, rodata=full).
 *
 * It starts as 1/16 of the free memory, in one piece aligned to the largest leaf of that size, so that
 * nothing around it is split for its sake. When it runs low, a block of ordinary memory that holds what
 * is missing, or 1/64 of all memory if that is more, or else the largest that there is, is mapped with
 * pages under quiesce and joins it. Memory that is freed stays in it. All other memory keeps the
 * largest leaves.
 */
#ifndef MM_SPLIT_RESERVE_H
#define MM_SPLIT_RESERVE_H

#include "mm/memblock.h"
#include "mm/vm.h"

/**
 * split_reserve_choose() - take the first piece from memory that @mb has free
 *
 * Before the linear map is made, which maps it with pages (struct linear_map, @pages).
 *
 * Return: through @r; of size 0 where memory is too small, and then there are only refills.
 */
void split_reserve_choose(struct memblock *mb, const struct grt_geometry *g,
			  struct grt_mem_range *r);

/** split_reserve_init() - start with @r, which is linear-mapped by now. After page_alloc_init(). */
void split_reserve_init(const struct grt_mem_range *r);

/**
 * split_reserve_grow() - have @pages pages free in the reserve if that is possible
 *
 * Context: no lock held; may quiesce.
 *
 * Return: whether there is a reserve to allocate from; false in any other mode.
 */
bool split_reserve_grow(struct kernel_vm *vm, u64 pages);

/**
 * struct split_reserve_stats - what it has cost
 * @initial: bytes at boot
 * @bytes: bytes now, used or not
 * @refills: blocks that were mapped with pages since
 * @failures: refills that found no block, no table, or a CPU that does not react
 */
struct split_reserve_stats {
	u64 initial;
	u64 bytes;
	u64 refills;
	u64 failures;
};

void split_reserve_stats(struct split_reserve_stats *out);

#endif
