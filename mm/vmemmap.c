// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <graticule/tlb.h>
#include "mm/page.h"
#include "mm/page_alloc.h"
#include "mm/vmemmap.h"

static u64 backing;

/*
 * Map new memory at [@va, @va + @size): one block with the largest leaves, or as many as it takes.
 */
static int back_range(struct grt_pgtable *pt, struct memblock *mb, grt_virt_t va, u64 size)
{
	u64 want = size;

	while (size) {
		u64 part = min_u64(want, size), leaf = vm_leaf_size(pt->g, part);
		u64 slack = va & (leaf - 1);
		grt_phys_t pa = memblock_alloc(mb, slack + part, leaf, 0, GRT_PHYS_NONE);
		int err;

		if (pa == GRT_PHYS_NONE && part == PAGE_SIZE)
			return -ENOMEM;
		if (pa == GRT_PHYS_NONE) {
			want = align_up(part / 2, PAGE_SIZE);
			continue;
		}
		memblock_release(mb, pa, slack);
		err = grt_map(pt, va, pa + slack, part, GRT_ATTR_KERNEL_RW);
		if (err) {
			memblock_release(mb, pa + slack, part);
			return err;
		}
		backing += part;
		va += part;
		size -= part;
	}
	return 0;
}

static int back_all(struct grt_pgtable *pt, struct memblock *mb)
{
	grt_phys_t cursor = 0;
	grt_virt_t done = 0;
	struct grt_mem_range ram;
	int err = 0;

	while (!err && memblock_next_mappable(mb, PAGE_SIZE, &cursor, &ram)) {
		grt_virt_t start = (uintptr_t)phys_to_page(ram.start);
		grt_virt_t end = (uintptr_t)phys_to_page(ram.start + ram.size);

		/* Two ranges may share a page of the array. */
		start = max_u64(align_down(start, PAGE_SIZE), done);
		done = align_up(end, PAGE_SIZE);
		if (start < done)
			err = back_range(pt, mb, start, done - start);
	}
	return err;
}

static int release_leaf(const struct grt_leaf *leaf, void *mb)
{
	memblock_release(mb, leaf->pa, leaf->size);
	return 0;
}

int vmemmap_init(struct kernel_vm *vm, struct memblock *mb)
{
	const struct grt_region *r = grt_layout_find(vm->layout, GRT_REGION_VMEMMAP);
	struct grt_pgtable *pt = &vm->pt;
	struct grt_tlb_batch batch;
	int err;

	spin_lock(&vm->lock);
	vm->tables.memblock = mb;
	backing = 0;
	grt_batch_begin(pt, &batch);
	err = back_all(pt, mb);
	if (err) {
		grt_walk(pt, r->start, r->size, release_leaf, mb);
		grt_unmap(pt, r->start, r->size);
		backing = 0;
	}
	grt_batch_commit(pt);
	vm->tables.memblock = NULL;
	spin_unlock(&vm->lock);
	return err;
}

/* ---- memory that comes and goes later ---- */

static void array_range(const struct grt_mem_range *ram, grt_virt_t *va, grt_virt_t *end)
{
	*va = align_down((uintptr_t)phys_to_page(ram->start), PAGE_SIZE);
	*end = align_up((uintptr_t)phys_to_page(ram->start + ram->size), PAGE_SIZE);
}

/* So many leaves are mapped as one. */
#define BACK_LEAVES 64

/* The largest leaf of at most @size bytes that may begin at @va. */
static u64 leaf_at(const struct grt_geometry *g, grt_virt_t va, u64 size)
{
	size = vm_leaf_size(g, size);
	while (va & (size - 1))
		size = vm_leaf_size(g, size - 1);
	return size;
}

/*
 * Map up to @nr new blocks from @va on, as one: the largest leaves of at most @limit bytes that end before
 * @end, as long as there is memory. One block is one leaf, so that it can go when nothing needs the leaf.
 * @size: all of them
 */
static int back_leaves(struct grt_pgtable *pt, grt_virt_t va, grt_virt_t end, u64 limit,
		       unsigned int nr, u64 *size)
{
	static struct grt_run runs[BACK_LEAVES] __not_cleared;
	struct grt_run *run, *last = runs;
	int err;

	for (*size = 0; va < end && last < runs + nr; va += last++->size) {
		u64 leaf = leaf_at(pt->g, va, min_u64(end - va, limit));
		grt_phys_t pa = page_alloc(page_order(leaf), 0);

		if (pa == GRT_PHYS_NONE)
			break;
		*last = (struct grt_run){ va, pa, leaf, GRT_ATTR_KERNEL_RW };
	}
	if (last == runs)
		return -ENOMEM;
	err = grt_map_runs(pt, runs, (unsigned int)(last - runs));
	for (run = runs; run < last; run++) {
		if (err) {
			page_free(run->pa, page_order(run->size));
			continue;
		}
		phys_to_page(run->pa)->flags = PAGE_PINNED;
		*size += run->size;
	}
	backing += *size;
	return err;
}

/*
 * Where several at once find no place or no memory, they are taken one by one; and one that would reach over
 * something that is mapped, or for which there is no memory, is made smaller.
 */
int vmemmap_add(struct grt_pgtable *pt, const struct grt_mem_range *ram)
{
	unsigned int nr = BACK_LEAVES;
	u64 limit = ~0ULL, size;
	grt_virt_t va, end;

	array_range(ram, &va, &end);
	while (va < end) {
		struct grt_leaf leaf;
		int err;

		if (!grt_translate(pt, va, &leaf)) {
			va = leaf.va + leaf.size;
			continue;
		}
		err = back_leaves(pt, va, end, limit, nr, &size);
		if (!err) {
			va += size;
			limit = ~0ULL;
		} else if (nr > 1) {
			nr = 1;
		} else {
			size = leaf_at(pt->g, va, min_u64(end - va, limit));
			if (size == PAGE_SIZE)
				return err;
			limit = size - 1;
		}
	}
	return 0;
}

/* Leaves that nothing needs any more, chained through the struct page of their memory. */
struct unneeded {
	const struct memblock *mb;
	struct page *chain;
};

static int find_unneeded(const struct grt_leaf *leaf, void *arg)
{
	struct unneeded *u = arg;
	grt_phys_t start = page_to_phys((struct page *)(uintptr_t)leaf->va), cursor = start;
	u64 size = leaf->size >> STRUCT_PAGE_SHIFT << PAGE_SHIFT;
	struct page *page = phys_to_page(leaf->pa);
	struct grt_mem_range ram;

	if (memblock_next_mappable(u->mb, PAGE_SIZE, &cursor, &ram) && ram.start - start < size)
		return 0;
	page->private = leaf->va;
	page->next = u->chain;
	u->chain = page;
	return 0;
}

struct page *vmemmap_remove(struct grt_pgtable *pt, const struct memblock *mb,
			    const struct grt_mem_range *ram)
{
	struct unneeded u = { mb, NULL };
	grt_virt_t va, end, start = 0;

	array_range(ram, &va, &end);
	grt_walk(pt, va, end - va, find_unneeded, &u);
	end = 0;
	/* From the last one down: those that follow one another go as one. */
	for (struct page *page = u.chain; page; page = page->next) {
		struct grt_leaf leaf;

		grt_translate(pt, page->private, &leaf);
		if (leaf.va + leaf.size != start) {
			if (start != end)
				grt_unmap(pt, start, end - start);
			end = leaf.va + leaf.size;
		}
		start = leaf.va;
		page->private = leaf.size;
		backing -= leaf.size;
	}
	if (start != end)
		grt_unmap(pt, start, end - start);
	return u.chain;
}

void vmemmap_free(struct page *chain)
{
	struct page *next;

	for (; chain; chain = next) {
		grt_phys_t pa = page_to_phys(chain);

		next = chain->next;
		/* What backs the memory of the boot is new to the allocator. */
		if (chain->state == PAGE_STATE_USED)
			page_free(pa, page_order(chain->private));
		else
			page_alloc_add(pa, chain->private);
	}
}

u64 vmemmap_bytes(void)
{
	return backing;
}
