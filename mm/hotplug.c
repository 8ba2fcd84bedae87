// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <graticule/tlb.h>
#include "mm/hotplug.h"
#include "mm/memblock_grow.h"
#include "mm/page.h"
#include "mm/page_alloc.h"
#include "mm/split_policy.h"
#include "mm/vmemmap.h"

/* @lock is held by who adds or removes, and protects @mb. */
static struct {
	struct spinlock lock;
	struct kernel_vm *vm;
	struct memblock *mb;
	grt_attr_t limits;
} hotplug;

/* So many ranges more than at boot are noted without more memory. */
#define SPARE_RANGES 32

void memory_hotplug_init(struct kernel_vm *vm, struct memblock *mb, grt_attr_t limits)
{
	hotplug.vm = vm;
	hotplug.mb = mb;
	hotplug.limits = limits;
	mb->grow = memblock_grow_pages;
	memblock_room(mb, &mb->memory, SPARE_RANGES);
	memblock_room(mb, &mb->reserved, SPARE_RANGES);
}

/* Page aligned, and in the linear region? */
static bool range_ok(grt_phys_t start, u64 size)
{
	grt_virt_t first = start + address_map.linear_offset - address_map.linear_start;

	return size && is_aligned(start | size, PAGE_SIZE) && start + size > start &&
	       (start + size - 1) >> hotplug.vm->pt.g->pa_bits == 0 &&
	       first < address_map.linear_size && size <= address_map.linear_size - first;
}

/* The next piece of @range that may be mapped. */
static bool next_piece(const struct grt_mem_range *range, grt_phys_t *cursor,
		       struct grt_mem_range *piece)
{
	grt_phys_t end = range->start + range->size;

	*cursor = max_u64(*cursor, range->start);
	if (!memblock_next_mappable(hotplug.mb, PAGE_SIZE, cursor, piece) || piece->start >= end)
		return false;
	piece->size = min_u64(piece->size, end - piece->start);
	return true;
}

static grt_attr_t leaf_limits(void)
{
	return hotplug.limits |
	       (split_mode() == SPLIT_PAGES ? GRT_MAP_PAGES_ONLY | GRT_MAP_NO_CONT : 0);
}

/* ---- adding ---- */

/* So many pieces are mapped as one. */
#define MAP_PIECES 64

/* Map the next pieces, and the array for them. @nr: how many */
static int map_pieces(struct grt_pgtable *pt, const struct grt_mem_range *range, grt_phys_t *cursor,
		      unsigned int *nr)
{
	static struct grt_run runs[MAP_PIECES] __not_cleared;
	struct grt_mem_range piece;
	int err = 0;

	for (*nr = 0; !err && *nr < MAP_PIECES && next_piece(range, cursor, &piece); ++*nr) {
		runs[*nr] = (struct grt_run){
			.va = (uintptr_t)phys_to_virt(piece.start),
			.pa = piece.start,
			.size = piece.size,
			.attr = GRT_ATTR_KERNEL_RW | leaf_limits(),
		};
		err = vmemmap_add(pt, &piece);
	}
	return err ? err : grt_map_runs(pt, runs, *nr);
}

/* Map the array and the memory. On failure nothing is left but what memblock knows, and some of the array. */
static int map_range(struct grt_pgtable *pt, const struct grt_mem_range *range)
{
	grt_phys_t cursor = 0, mapped = range->start;
	unsigned int nr;
	int err;

	do {
		mapped = max_u64(mapped, cursor);
		err = map_pieces(pt, range, &cursor, &nr);
	} while (!err && nr == MAP_PIECES);
	/* Whole leaves: that takes no table. */
	mapped = align_down(mapped, PAGE_SIZE);
	if (err && mapped > range->start)
		grt_unmap(pt, (uintptr_t)phys_to_virt(range->start), mapped - range->start);
	return err;
}

/* Leaves at both ends may be parts of larger ones now. Where that can't be done they stay as they are. */
static void join_neighbours(struct grt_pgtable *pt, const struct grt_mem_range *range)
{
	grt_virt_t va = (uintptr_t)phys_to_virt(range->start);

	if (leaf_limits() & GRT_MAP_PAGES_ONLY || split_mode() != SPLIT_LIVE)
		return;
	grt_collapse(pt, va, PAGE_SIZE, GRT_EXTENT_AROUND);
	grt_collapse(pt, va + range->size - PAGE_SIZE, PAGE_SIZE, GRT_EXTENT_AROUND);
}

static int map_batch(const struct grt_mem_range *range)
{
	struct grt_pgtable *pt = &hotplug.vm->pt;
	struct page *unused = NULL;
	struct grt_tlb_batch batch;
	int err, commit_err;

	spin_lock(&hotplug.vm->lock);
	grt_batch_begin(pt, &batch);
	err = map_range(pt, range);
	if (err) {
		memblock_remove(hotplug.mb, range->start, range->size);
		unused = vmemmap_remove(pt, hotplug.mb, range);
	}
	commit_err = grt_batch_commit(pt);
	if (!err)
		join_neighbours(pt, range);
	spin_unlock(&hotplug.vm->lock);
	if (!commit_err)
		vmemmap_free(unused);
	return err ? err : commit_err;
}

static int add_range(const struct grt_mem_range *range)
{
	grt_phys_t cursor = 0;
	struct grt_mem_range piece;
	int err;

	if (!range_ok(range->start, range->size))
		return -EINVAL;
	if (memblock_overlaps(&hotplug.mb->memory, range->start, range->size))
		return -EEXIST;
	err = memblock_add(hotplug.mb, range->start, range->size);
	if (!err)
		err = map_batch(range);
	if (err)
		return err;
	while (next_piece(range, &cursor, &piece))
		page_alloc_add_ram(hotplug.mb, &piece);
	return 0;
}

int memory_add(grt_phys_t start, u64 size)
{
	const struct grt_mem_range range = { start, size };
	int err;

	spin_lock(&hotplug.lock);
	err = add_range(&range);
	spin_unlock(&hotplug.lock);
	return err;
}

/* ---- removing ---- */

static void restore_until(const struct grt_mem_range *range, grt_phys_t end)
{
	grt_phys_t cursor = 0;
	struct grt_mem_range piece;

	while (next_piece(range, &cursor, &piece) && piece.start < end)
		page_alloc_restore(piece.start, piece.size);
}

/* Take all of it away from the page allocator, or nothing. */
static int isolate_range(const struct grt_mem_range *range)
{
	grt_phys_t cursor = 0;
	struct grt_mem_range piece;

	while (next_piece(range, &cursor, &piece)) {
		int err = page_alloc_isolate(piece.start, piece.size);

		if (err) {
			restore_until(range, piece.start);
			return err;
		}
	}
	return 0;
}

static void forget_range(const struct grt_mem_range *range)
{
	grt_phys_t cursor = 0;
	struct grt_mem_range piece;

	while (next_piece(range, &cursor, &piece))
		page_alloc_drop(piece.start, piece.size);
	memblock_remove(hotplug.mb, range->start, range->size);
	/* None of it is in use. */
	memblock_release(hotplug.mb, range->start, range->size);
}

/* The lists may have a range more when it is gone, if it is the middle of one. */
static int reserve_ranges(void)
{
	struct memblock *mb = hotplug.mb;

	return memblock_room(mb, &mb->memory, 1) && memblock_room(mb, &mb->reserved, 1) ? 0
											: -ENOMEM;
}

/* Dry first: the splits at the ends need tables. What backs its struct pages goes in whole leaves. */
static int unmap_batch(const struct grt_mem_range *range)
{
	const grt_virt_t va = (uintptr_t)phys_to_virt(range->start);
	struct grt_pgtable *pt = &hotplug.vm->pt;
	struct page *unused = NULL;
	struct grt_tlb_batch batch;
	int err;

	spin_lock(&hotplug.vm->lock);
	grt_batch_dry(pt, &batch);
	err = grt_unmap(pt, va, range->size);
	if (!err)
		err = grt_batch_run(pt);
	if (!err) {
		forget_range(range);
		err = grt_unmap(pt, va, range->size);
		unused = vmemmap_remove(pt, hotplug.mb, range);
	}
	if (grt_batch_commit(pt))
		err = -EIO;
	spin_unlock(&hotplug.vm->lock);
	if (!err)
		vmemmap_free(unused);
	return err;
}

static int remove_range(const struct grt_mem_range *range)
{
	int err;

	if (!range_ok(range->start, range->size) ||
	    !memblock_contains(&hotplug.mb->memory, range->start, range->size))
		return -EINVAL;
	err = isolate_range(range);
	if (err)
		return err;
	err = reserve_ranges();
	if (!err)
		err = unmap_batch(range);
	if (err && err != -EIO)
		restore_until(range, GRT_PHYS_NONE);
	return err;
}

int memory_remove(grt_phys_t start, u64 size)
{
	const struct grt_mem_range range = { start, size };
	int err;

	spin_lock(&hotplug.lock);
	err = remove_range(&range);
	spin_unlock(&hotplug.lock);
	return err;
}

bool memory_next_addable(const struct memblock_list *list, grt_phys_t *cursor,
			 struct grt_mem_range *out)
{
	struct memblock others;
	grt_phys_t end = 0;
	bool found;

	spin_lock(&hotplug.lock);
	others = *hotplug.mb;
	others.memory = *list;
	while ((found = memblock_next_free(&others, cursor, out))) {
		end = align_down(out->start + out->size, PAGE_SIZE);
		out->start = align_up(out->start, PAGE_SIZE);
		if (out->start < end)
			break;
	}
	spin_unlock(&hotplug.lock);
	out->size = found ? end - out->start : 0;
	return found;
}
