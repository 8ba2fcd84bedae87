// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "mm/memblock.h"
#include "mm/page.h"
#include "mm/page_alloc.h"
#include "mm/vm.h"

struct kernel_vm kernel_vm;

/* The struct page of memory that the allocator has never seen says so from now on. */
static grt_phys_t take_aside(struct table_area *aside)
{
	grt_phys_t table = aside->next;

	aside->next += PAGE_SIZE;
	phys_to_page(table)->state = 0;
	return table;
}

static grt_phys_t linear_alloc(struct grt_pgtable *pt)
{
	const struct table_source *from = pt->ctx;
	grt_phys_t table;

	if (from && from->memblock)
		return memblock_alloc(from->memblock, PAGE_SIZE, PAGE_SIZE, 0, GRT_PHYS_NONE);
	if (from && from->aside && from->aside->next < from->aside->end)
		return take_aside(from->aside);
	table = page_alloc(0, 0);
	if (table != GRT_PHYS_NONE)
		phys_to_page(table)->flags = PAGE_PINNED;
	return table;
}

/* A table that never came from the allocator, from the boot stage or set aside, is new to it. */
static void linear_free(struct grt_pgtable *pt, grt_phys_t table)
{
	const struct table_source *from = pt->ctx;

	if (from && from->memblock)
		memblock_release(from->memblock, table, PAGE_SIZE);
	else if (phys_to_page(table)->state == PAGE_STATE_USED)
		page_free(table, 0);
	else
		page_alloc_add(table, PAGE_SIZE);
}

const struct grt_pgtable_ops linear_pgtable_ops = {
	.alloc = linear_alloc,
	.free = linear_free,
	.offset = &address_map.linear_offset,
};

void vm_init(struct kernel_vm *vm, const struct grt_pgtable *boot, const struct grt_layout *layout)
{
	*vm = (struct kernel_vm){ .pt = *boot, .layout = layout };
	grt_pgtable_provide(&vm->pt, &linear_pgtable_ops, &vm->tables);
	vm->pt.batch = NULL;
	vm->pt.live = true;
}

int vm_map(struct kernel_vm *vm, grt_virt_t va, grt_phys_t pa, u64 size, grt_attr_t attr)
{
	int err;

	spin_lock(&vm->lock);
	err = grt_map(&vm->pt, va, pa, size, attr);
	spin_unlock(&vm->lock);
	return err;
}

int vm_unmap(struct kernel_vm *vm, grt_virt_t va, u64 size)
{
	int err;

	spin_lock(&vm->lock);
	err = grt_unmap(&vm->pt, va, size);
	spin_unlock(&vm->lock);
	return err;
}

int vm_protect(struct kernel_vm *vm, grt_virt_t va, u64 size, grt_attr_t set, grt_attr_t clear)
{
	int err;

	spin_lock(&vm->lock);
	err = grt_protect(&vm->pt, va, size, set, clear);
	spin_unlock(&vm->lock);
	return err;
}

int vm_translate(struct kernel_vm *vm, grt_virt_t va, struct grt_leaf *leaf)
{
	int err;

	spin_lock(&vm->lock);
	err = grt_translate(&vm->pt, va, leaf);
	spin_unlock(&vm->lock);
	return err;
}

u64 vm_leaf_size(const struct grt_geometry *g, u64 size)
{
	u64 best = grt_geometry_page_size(g);

	for (unsigned int level = 0; level < g->levels; level++) {
		if (!grt_geometry_leaf_allowed(g, level))
			continue;
		if (grt_geometry_level_size(g, level) <= size)
			best = grt_geometry_level_size(g, level);
		if (grt_geometry_group_size(g, level) <= size)
			best = grt_geometry_group_size(g, level);
	}
	return best;
}
