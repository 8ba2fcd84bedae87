/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The linear map: all of RAM at one offset, read-write and never executable, with read-only aliases of
 * what the kernel image maps read-only. The host tool plans with the same runs.
 */
#ifndef MM_LINEAR_MAP_H
#define MM_LINEAR_MAP_H

#include <graticule/layout.h>
#include <graticule/pgtable.h>
#include "base/types.h"

/**
 * struct linear_map - what to map, and how
 * @memory: RAM to map, page aligned
 * @offset: va - pa, modulo 2^64
 * @readonly: physical range whose alias is read-only (text and rodata of the image); size 0 if none
 * @pages: physical range that is mapped with single pages (the split reserve); size 0 if none
 * @limits: GRT_MAP_* for every leaf
 */
struct linear_map {
	struct grt_memory_map memory;
	u64 offset;
	struct grt_mem_range readonly;
	struct grt_mem_range pages;
	grt_attr_t limits;
};

/**
 * linear_map_next() - iterate over the runs in ascending order
 * @cursor: 0 to start; where to go on
 *
 * Return: true with the next run in @run.
 */
bool linear_map_next(const struct linear_map *lm, grt_phys_t *cursor, struct grt_run *run);

/** linear_map_cost() - exactly the tables and leaves that the linear map adds to what @cost is for. */
void linear_map_cost(const struct linear_map *lm, struct grt_cost *cost);

struct table_pool;

/**
 * linear_map_create() - map all runs into a tree whose table pages come from @pool
 * @reserve: reserves @size bytes of RAM for tables, aligned to @align, anywhere in @lm->memory but the
 *	read-only part; returns GRT_PHYS_NONE if there is none
 * @arg: passed to @reserve
 * @cost: what the whole of it takes; filled in where @pool has too few tables, or there are too many ranges
 *	to be mapped at once
 *
 * Context: boot CPU, tables live, no other user of @pt. Tables are filled while not linked; one publish
 * per pass. If @pool runs short, exactly the missing tables are reserved, their own memory is mapped
 * first, with the leaves that it has in the end, and the rest is built in it: nothing is ever mapped
 * for one table's sake, and nothing is invalidated.
 *
 * Return: 0 or -ENOMEM.
 */
int linear_map_create(struct grt_pgtable *pt, const struct linear_map *lm, struct table_pool *pool,
		      grt_phys_t (*reserve)(u64 size, u64 align, void *arg), void *arg,
		      struct grt_cost *cost);

#endif
