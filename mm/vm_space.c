// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <graticule/tlb.h>
#include "mm/page.h"
#include "mm/page_alloc.h"
#include "mm/report.h"
#include "mm/split_policy.h"
#include "mm/split_reserve.h"
#include "mm/vm_space.h"

/*
 * One space reaches from the first region to the last; what lies between two of them is taken for
 * ever. Each area ends with its guard, so only the first page of each region is left to be one.
 */
int vm_space_init(struct vm_space *s, struct kernel_vm *vm, enum grt_region_id id)
{
	const struct grt_layout *l = vm->layout;
	const struct grt_region *last = NULL;
	int err = 0;

	*s = (struct vm_space){ .vm = vm, .next = vm->spaces };
	for (unsigned int i = 0; i < l->nr && !err; i++) {
		const struct grt_region *r = &l->region[i];

		if (r->id != id)
			continue;
		if (!last)
			va_space_init(&s->va, r->start + PAGE_SIZE, r->start + r->size);
		else if (r->start > last->start + last->size)
			err = va_space_block(&s->va, last->start + last->size,
					     r->start + PAGE_SIZE);
		s->va.end = r->start + r->size;
		s->exec = r->perm & GRT_REGION_PERM_X;
		last = r;
	}
	if (last && !err)
		vm->spaces = s;
	return last ? err : -ENOENT;
}

/*
 * What lies between two regions of a space may be another's: vmalloc surrounds the windows, which were
 * made later and are asked first.
 */
struct vm_space *vm_space_of(struct kernel_vm *vm, grt_virt_t va)
{
	struct vm_space *s = vm->spaces;

	while (s && (va < s->va.start || va >= s->va.end))
		s = s->next;
	return s;
}

static grt_virt_t area_start(const struct va_area *area)
{
	return area->va & PAGE_MASK;
}

/*
 * Addresses for @size bytes, which agree with @pa modulo the largest leaf that could be used, or
 * modulo the next smaller one as long as there is no room.
 */
static struct va_area *take_area(struct vm_space *s, grt_phys_t pa, u64 size, u64 least,
				 grt_attr_t attr)
{
	const struct grt_geometry *g = s->vm->pt.g;
	u64 leaf = vm_leaf_size(g, (attr & GRT_MAP_PAGES_ONLY) ? PAGE_SIZE : size);
	struct va_area *area;

	least = max_u64(least, PAGE_SIZE);
	spin_lock(&s->va.lock);
	for (;; leaf = vm_leaf_size(g, leaf - 1)) {
		u64 align = max_u64(leaf, least), slack = pa & (align - 1);

		area = va_space_take(&s->va, slack + size + PAGE_SIZE, align);
		if (area) {
			area->va = area->start + slack;
			break;
		}
		if (leaf <= least)
			break;
	}
	spin_unlock(&s->va.lock);
	return area;
}

static void give_area(struct vm_space *s, struct va_area *area)
{
	spin_lock(&s->va.lock);
	va_space_give(&s->va, area);
	spin_unlock(&s->va.lock);
}

/* From here on the area can be found. */
static void *open_area(struct vm_space *s, struct va_area *area, u64 offset, u64 size)
{
	spin_lock(&s->va.lock);
	area->va += offset;
	area->size = size;
	s->areas++;
	s->bytes += size;
	spin_unlock(&s->va.lock);
	return (void *)(uintptr_t)area->va;
}

/* The area that starts at @p, which from here on can't be found. */
static struct va_area *close_area(struct vm_space *s, const void *p, u64 *size)
{
	grt_virt_t va = (uintptr_t)p;
	struct va_area *area;

	spin_lock(&s->va.lock);
	area = va_space_find(&s->va, va);
	if (area && area->va == va && area->size) {
		*size = area->size;
		s->areas--;
		s->bytes -= area->size;
		area->size = 0;
	} else {
		area = NULL;
	}
	spin_unlock(&s->va.lock);
	return area;
}

static void free_blocks(struct page *page)
{
	while (page) {
		struct page *next = page->next;

		page_free(page_to_phys(page), page->order);
		page = next;
	}
}

/*
 * The largest blocks first: as each is aligned to its size, and the address to the largest of them
 * that a leaf can map, every block starts where its leaves can.
 */
static struct page *alloc_blocks(struct kernel_vm *vm, u64 size, grt_attr_t attr)
{
	u64 left = size >> PAGE_SHIFT;
	unsigned int limit = PAGE_NR_ORDERS - 1;
	struct page *blocks = NULL, **tail = &blocks;
	unsigned int flags = 0;

	if (left > page_alloc_available())
		return NULL;
	if (!(attr & VM_PINNED) && split_reserve_grow(vm, left))
		flags = PAGE_ALLOC_RESERVE;
	while (left) {
		unsigned int order = (unsigned int)min_u64(log2_floor(left), limit);
		grt_phys_t pa = page_alloc(order, flags);

		if (pa != GRT_PHYS_NONE) {
			*tail = phys_to_page(pa);
			tail = &(*tail)->next;
			left -= BIT(order);
		} else if (order) {
			limit = order - 1;
		} else if (flags) { /* its aliases are split when that is asked for */
			flags = 0;
			limit = PAGE_NR_ORDERS - 1;
		} else {
			free_blocks(blocks);
			return NULL;
		}
	}
	return blocks;
}

bool vm_next_run(struct vm_cursor *c, struct vm_run *run)
{
	u64 size = 0;

	while (c->left && c->skip >= PAGE_SIZE << c->block->order) {
		c->skip -= PAGE_SIZE << c->block->order;
		c->block = c->block->next;
	}
	if (!c->left)
		return false;
	run->pa = page_to_phys(c->block) + c->skip;
	do {
		size += (PAGE_SIZE << c->block->order) - c->skip;
		c->skip = 0;
		c->block = c->block->next;
	} while (size < c->left && page_to_phys(c->block) == run->pa + size);
	run->size = min_u64(size, c->left);
	c->left -= run->size;
	return true;
}

/* The end of the run of blocks, physically one after the other, that starts with *@page. */
static u64 run_size(struct page **page)
{
	grt_phys_t start = page_to_phys(*page), end = start;

	do {
		end += PAGE_SIZE << (*page)->order;
		*page = (*page)->next;
	} while (*page && page_to_phys(*page) == end);
	return end - start;
}

static int map_blocks(struct kernel_vm *vm, grt_virt_t start, struct page *page, grt_attr_t attr)
{
	struct grt_tlb_batch batch;
	grt_virt_t va = start;
	int err = 0;

	spin_lock(&vm->lock);
	grt_batch_begin(&vm->pt, &batch);
	while (page && !err) {
		grt_phys_t pa = page_to_phys(page);
		u64 size = run_size(&page);

		err = grt_map(&vm->pt, va, pa, size, attr);
		if (!err)
			va += size;
	}
	if (err && va > start) /* whole leaves: nothing to split, nothing to fail */
		grt_unmap(&vm->pt, start, va - start);
	if (grt_batch_commit(&vm->pt))
		err = -EIO;
	spin_unlock(&vm->lock);
	return err;
}

/*
 * An area that could not be mapped. Where a CPU was not fenced, addresses and memory stay taken: it may have
 * cached that they belong together.
 */
static void *drop_area(struct vm_space *s, struct va_area *area, int err)
{
	if (err == -EIO) {
		mm_report("allocation: a CPU could not be fenced, and memory is lost", area->va);
		return NULL;
	}
	free_blocks(area->blocks);
	give_area(s, area);
	return NULL;
}

void *vm_space_alloc(struct vm_space *s, u64 size, u64 align, grt_attr_t attr)
{
	struct va_area *area;
	grt_attr_t map;
	int err;

	if (!size || size > s->va.end - s->va.start)
		return NULL;
	size = align_up(size, PAGE_SIZE);
	map = (attr & ~VM_PINNED) | GRT_MAP_SPLITTABLE;
	area = take_area(s, 0, size, align, map);
	if (!area)
		return NULL;
	area->aliased = false;
	area->pinned = attr & VM_PINNED;
	area->blocks = alloc_blocks(s->vm, size, attr);
	err = area->blocks ? map_blocks(s->vm, area->va, area->blocks, map) : -ENOMEM;
	return err ? drop_area(s, area, err) : open_area(s, area, 0, size);
}

void *vm_space_map(struct vm_space *s, grt_phys_t pa, u64 size, grt_attr_t attr)
{
	u64 offset = pa & (PAGE_SIZE - 1);
	struct va_area *area;
	int err;

	if (!size || size > s->va.end - s->va.start || pa + size < pa)
		return NULL;
	pa -= offset;
	size = align_up(size + offset, PAGE_SIZE);
	area = take_area(s, pa, size, 0, attr);
	if (!area)
		return NULL;
	area->aliased = false;
	area->pinned = false;
	area->blocks = NULL;
	err = vm_map(s->vm, area->va, pa, size, attr);
	return err ? drop_area(s, area, err) : open_area(s, area, offset, size);
}

u64 vm_space_size(struct vm_space *s, const void *p)
{
	grt_virt_t va = (uintptr_t)p;
	struct va_area *area;
	u64 size = 0;

	spin_lock(&s->va.lock);
	area = va_space_find(&s->va, va);
	if (area && area->va == va)
		size = area->size;
	spin_unlock(&s->va.lock);
	return size;
}

/*
 * No leaf with other permissions reaches beyond the area's memory, because collapsing made none: so
 * there is nothing to split here, and nothing to fail.
 */
static void restore_aliases(struct kernel_vm *vm, const struct va_area *area, u64 size)
{
	struct vm_cursor c = vm_runs(area, 0, size);
	struct grt_pgtable *pt = &vm->pt;
	struct vm_run run;

	while (vm_next_run(&c, &run)) {
		grt_virt_t alias = vm_linear(vm, run.pa);

		grt_protect(pt, alias, run.size, GRT_ATTR_READ | GRT_ATTR_WRITE, GRT_ATTR_SHARED);
		if (split_mode() == SPLIT_LIVE)
			grt_collapse(pt, alias, run.size, GRT_EXTENT_AROUND);
	}
}

static int unmap_area(struct kernel_vm *vm, const struct va_area *area, u64 size)
{
	struct grt_pgtable *pt = &vm->pt;
	struct grt_tlb_batch batch;
	int err;

	if (!area->aliased)
		return vm_unmap(vm, area_start(area), size);
	spin_lock(&vm->lock);
	grt_batch_begin(pt, &batch);
	err = grt_unmap(pt, area_start(area), size);
	if (!err)
		restore_aliases(vm, area, size);
	if (grt_batch_commit(pt))
		err = -EIO;
	spin_unlock(&vm->lock);
	return err;
}

int vm_space_free(struct vm_space *s, const void *p)
{
	u64 size;
	struct va_area *area = close_area(s, p, &size);
	int err;

	if (!area) {
		mm_report("free: no area starts there", (uintptr_t)p);
		return -EINVAL;
	}
	err = unmap_area(s->vm, area, size);
	if (err) {
		mm_report("free: an area could not be unmapped", (uintptr_t)p);
		open_area(s, area, 0, size);
		return err;
	}
	free_blocks(area->blocks);
	give_area(s, area);
	return 0;
}
