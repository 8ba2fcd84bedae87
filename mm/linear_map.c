// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The linear map's runs, their cost, and its creation without remapping or invalidation. */
#include <graticule/tlb.h>
#include "base/errno.h"
#include "mm/bootstrap.h"
#include "mm/linear_map.h"

/* The first range that ends above @pa. */
static const struct grt_mem_range *range_above(const struct grt_memory_map *m, grt_phys_t pa)
{
	const struct grt_mem_range *r = m->ranges;

	for (unsigned int n = m->nr, half; n; n = half) {
		half = n / 2;
		if (r[half].start + r[half].size <= pa) {
			r += half + 1;
			half = n - half - 1;
		}
	}
	return r;
}

/* Is @start in @part? Then @end is cut where that ends, else where it begins. */
static bool in_part(const struct grt_mem_range *part, grt_phys_t start, grt_phys_t *end)
{
	bool inside = start - part->start < part->size;

	if (inside)
		*end = min_u64(*end, part->start + part->size);
	else if (start < part->start && part->size)
		*end = min_u64(*end, part->start);
	return inside;
}

bool linear_map_next(const struct linear_map *lm, grt_phys_t *cursor, struct grt_run *run)
{
	const struct grt_mem_range *r = range_above(&lm->memory, *cursor);
	grt_phys_t start, end;
	bool readonly, pages;

	if (r == lm->memory.ranges + lm->memory.nr)
		return false;
	start = max_u64(*cursor, r->start);
	end = r->start + r->size;
	readonly = in_part(&lm->readonly, start, &end);
	pages = in_part(&lm->pages, start, &end);
	*run = (struct grt_run){
		.va = start + lm->offset,
		.pa = start,
		.size = end - start,
		.attr = (readonly ? GRT_ATTR_KERNEL_RO : GRT_ATTR_KERNEL_RW) | lm->limits |
			(pages ? GRT_MAP_PAGES_ONLY | GRT_MAP_NO_CONT : 0),
	};
	*cursor = end;
	return true;
}

void linear_map_cost(const struct linear_map *lm, struct grt_cost *cost)
{
	struct grt_run run;
	grt_phys_t cursor = 0;

	while (linear_map_next(lm, &cursor, &run))
		grt_cost_add(cost, &run);
}

/* So many runs are mapped as one. */
#define MAP_RUNS 128

/* Are they all of them? Each of the two parts that differ adds two at most. */
static bool is_one_pass(const struct linear_map *lm)
{
	return lm->memory.nr + 4 <= MAP_RUNS;
}

/* Map what lies in [@from, @to), which are ends of leaves, as far as MAP_RUNS go; @from: where to go on. */
static int map_pass(struct grt_pgtable *pt, const struct linear_map *lm, grt_phys_t *from,
		    grt_phys_t to)
{
	static struct grt_run runs[MAP_RUNS] __not_cleared;
	unsigned int nr = 0;

	while (nr < MAP_RUNS && linear_map_next(lm, from, &runs[nr]) && runs[nr].pa < to) {
		runs[nr].size = min_u64(runs[nr].size, to - runs[nr].pa);
		nr++;
	}
	if (nr < MAP_RUNS)
		*from = to;
	return grt_map_runs(pt, runs, nr);
}

/* Several passes are one batch, and have all tables that they need: no pass fails after another. */
static int map_part(struct grt_pgtable *pt, const struct linear_map *lm, grt_phys_t from,
		    grt_phys_t to)
{
	struct grt_tlb_batch batch;
	int err = 0, commit_err;

	if (is_one_pass(lm))
		return map_pass(pt, lm, &from, to);
	grt_batch_begin(pt, &batch);
	while (!err && from < to)
		err = map_pass(pt, lm, &from, to);
	commit_err = grt_batch_commit(pt);
	return err ? err : commit_err;
}

/* The run that contains @pa; reserved table memory lies in a single one. */
static bool run_of(const struct linear_map *lm, grt_phys_t pa, struct grt_run *run)
{
	grt_phys_t cursor = 0;

	while (linear_map_next(lm, &cursor, run))
		if (pa - run->pa < run->size)
			return true;
	return false;
}

/* The leaf or group that covers @pa once the whole @run is mapped: physical, @end exclusive. */
static void leaf_of(const struct grt_pgtable *pt, const struct linear_map *lm,
		    const struct grt_run *run, grt_phys_t pa, grt_phys_t *start, grt_phys_t *end)
{
	struct grt_leaf leaf;

	grt_run_leaf(pt, run, pa + lm->offset, &leaf);
	*start = leaf.pa;
	*end = leaf.pa + leaf.size;
}

static u64 tables_to_map(const struct grt_pgtable *pt, const struct linear_map *lm, grt_phys_t from,
			 grt_phys_t to, grt_attr_t attr)
{
	const struct grt_run run = { from + lm->offset, from, to - from, attr };
	struct grt_cost cost = { .g = pt->g, .pt = pt };

	grt_cost_add(&cost, &run);
	return cost.tables;
}

/*
 * Map the memory that @pool->ram lies in, with the tables there are. What a first step maps holds the
 * tables for a step several hundred times as long, so there are two or three of them.
 */
static int map_pool_memory(struct grt_pgtable *pt, const struct linear_map *lm,
			   struct table_pool *pool, grt_phys_t *from, grt_phys_t *to)
{
	struct grt_run run;
	grt_phys_t frontier, leaf_start, end, last_end;

	if (!run_of(lm, pool->ram.next, &run))
		return -ENOMEM;
	leaf_of(pt, lm, &run, pool->ram.next, from, &end);
	leaf_of(pt, lm, &run, pool->ram.end - 1, &leaf_start, &last_end);
	for (frontier = *from; frontier < last_end; frontier = end) {
		grt_phys_t target = last_end;
		int err;

		while (tables_to_map(pt, lm, frontier, target, run.attr) >
		       table_pool_available(pool)) {
			grt_phys_t half = frontier + (target - frontier) / 2;

			leaf_of(pt, lm, &run, half, &leaf_start, &end);
			target = end < target ? end : leaf_start;
			if (target <= frontier)
				return -ENOMEM;
		}
		end = target;
		err = map_part(pt, lm, frontier, end);
		if (err)
			return err;
		pool->ram_mapped = end;
	}
	*to = last_end;
	return 0;
}

int linear_map_create(struct grt_pgtable *pt, const struct linear_map *lm, struct table_pool *pool,
		      grt_phys_t (*reserve)(u64 size, u64 align, void *arg), void *arg,
		      struct grt_cost *cost)
{
	grt_phys_t from, to, ram;
	u64 size;
	int err = is_one_pass(lm) ? map_part(pt, lm, 0, ~0ULL) : -ENOMEM;

	if (err != -ENOMEM)
		return err;
	*cost = (struct grt_cost){ .g = pt->g, .pt = pt };
	linear_map_cost(lm, cost);
	if (cost->tables <= table_pool_available(pool))
		return map_part(pt, lm, 0, ~0ULL);
	size = (cost->tables - table_pool_available(pool)) * pool->page_size;
	ram = reserve(size, pool->page_size, arg);
	if (ram == GRT_PHYS_NONE)
		return -ENOMEM;
	pool->ram = (struct table_area){ ram, ram + size };
	pool->ram_offset = lm->offset;
	err = map_pool_memory(pt, lm, pool, &from, &to);
	if (!err)
		err = map_part(pt, lm, 0, from);
	return err ? err : map_part(pt, lm, to, ~0ULL);
}
