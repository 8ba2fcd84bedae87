// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "mm/memblock.h"
#include "mm/page.h"
#include "mm/page_alloc.h"
#include "mm/vm.h"

struct kernel_vm kernel_vm;

static phys_addr_t linear_alloc(struct pgtable *pt)
{
	phys_addr_t table = page_alloc(0, 0);

	(void)pt;
	if (table != PHYS_NONE)
		phys_to_page(table)->flags = PAGE_PINNED;
	return table;
}

/* A table from the boot stage never came from the allocator: that one is new to it. */
static void linear_free(struct pgtable *pt, phys_addr_t table)
{
	(void)pt;
	if (phys_to_page(table)->state == PAGE_STATE_USED)
		page_free(table, 0);
	else
		page_alloc_add(table, PAGE_SIZE);
}

const struct pgtable_ops linear_pgtable_ops = {
	.alloc = linear_alloc,
	.free = linear_free,
	.offset = &address_map.linear_offset,
};

static phys_addr_t memblock_table_alloc(struct pgtable *pt)
{
	return memblock_alloc(pt->ctx, PAGE_SIZE, PAGE_SIZE, 0, PHYS_NONE);
}

static void memblock_table_free(struct pgtable *pt, phys_addr_t table)
{
	memblock_release(pt->ctx, table, PAGE_SIZE);
}

const struct pgtable_ops memblock_pgtable_ops = {
	.alloc = memblock_table_alloc,
	.free = memblock_table_free,
	.offset = &address_map.linear_offset,
};

void vm_init(struct kernel_vm *vm, const struct pgtable *boot, const struct layout *layout)
{
	*vm = (struct kernel_vm){ .pt = *boot, .layout = layout };
	vm->pt.ops = &linear_pgtable_ops;
	vm->pt.ctx = NULL;
	vm->pt.batch = NULL;
	vm->pt.live = true;
}

int vm_map(struct kernel_vm *vm, virt_addr_t va, phys_addr_t pa, u64 size, pgattr_t attr)
{
	int err;

	spin_lock(&vm->lock);
	err = pgtable_map(&vm->pt, va, pa, size, attr);
	spin_unlock(&vm->lock);
	return err;
}

int vm_unmap(struct kernel_vm *vm, virt_addr_t va, u64 size)
{
	int err;

	spin_lock(&vm->lock);
	err = pgtable_unmap(&vm->pt, va, size);
	spin_unlock(&vm->lock);
	return err;
}

int vm_protect(struct kernel_vm *vm, virt_addr_t va, u64 size, pgattr_t set, pgattr_t clear)
{
	int err;

	spin_lock(&vm->lock);
	err = pgtable_protect(&vm->pt, va, size, set, clear);
	spin_unlock(&vm->lock);
	return err;
}

int vm_translate(struct kernel_vm *vm, virt_addr_t va, struct pgtable_leaf *leaf)
{
	int err;

	spin_lock(&vm->lock);
	err = pgtable_translate(&vm->pt, va, leaf);
	spin_unlock(&vm->lock);
	return err;
}

u64 vm_leaf_size(const struct geometry *g, u64 size)
{
	u64 best = geometry_page_size(g);

	for (unsigned int level = 0; level < g->levels; level++) {
		if (!geometry_leaf_allowed(g, level))
			continue;
		if (geometry_level_size(g, level) <= size)
			best = geometry_level_size(g, level);
		if (geometry_group_size(g, level) <= size)
			best = geometry_group_size(g, level);
	}
	return best;
}
