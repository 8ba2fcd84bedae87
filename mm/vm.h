/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel's address space as an object, and where its tables come from.
 *
 * Order of initialisation, at the virtual address with the linear map live: vm_init(),
 * vmemmap_init(), page_alloc_init(), vmalloc_init(), execmem_init().
 */
#ifndef MM_VM_H
#define MM_VM_H

#include <graticule/layout.h>
#include <graticule/pgtable.h>
#include "mm/address.h"
#include "mm/bootstrap.h"
#include "mm/spinlock.h"

struct memblock;

/**
 * struct table_source - where linear_pgtable_ops take tables from, their @ctx; NULL: the page allocator
 * @memblock: there is no page allocator yet; NULL: there is
 * @aside: memory set aside for what is being done, which the allocator has never seen; NULL: none
 */
struct table_source {
	struct memblock *memblock;
	struct table_area *aside;
};

/**
 * struct kernel_vm - the kernel's address space
 * @pt: its tables, live
 * @tables: where more of them come from
 * @layout: what lies where
 * @lock: held during every operation on @pt; the page allocator's lock nests inside it
 * @spaces: where areas are mapped, the last one made first
 * @protect_aliases: what is read-only in vmalloc space is read-only in the linear map too (rodata=full)
 */
struct kernel_vm {
	struct grt_pgtable pt;
	struct table_source tables;
	const struct grt_layout *layout;
	struct spinlock lock;
	struct vm_space *spaces;
	bool protect_aliases;
};

struct vm_space;

extern struct kernel_vm kernel_vm;

/** vm_linear() - where the linear map of @vm has physical address @pa. */
static inline grt_virt_t vm_linear(const struct kernel_vm *vm, grt_phys_t pa)
{
	return pa + vm->layout->linear_offset;
}

/* Tables from a struct table_source, reached through the linear map. */
extern const struct grt_pgtable_ops linear_pgtable_ops;

/**
 * vm_init() - take over the tables that the boot stage built
 * @boot: the tree as the boot stage left it; its root, number of tables, capabilities and
 *	domain stay. Pointers in it must be good at the virtual address.
 * @layout: kept
 */
void vm_init(struct kernel_vm *vm, const struct grt_pgtable *boot, const struct grt_layout *layout);

/* The operations of <graticule/pgtable.h> under the lock; same arguments, same results. */
int vm_map(struct kernel_vm *vm, grt_virt_t va, grt_phys_t pa, u64 size, grt_attr_t attr);
int vm_unmap(struct kernel_vm *vm, grt_virt_t va, u64 size);
int vm_protect(struct kernel_vm *vm, grt_virt_t va, u64 size, grt_attr_t set, grt_attr_t clear);
int vm_translate(struct kernel_vm *vm, grt_virt_t va, struct grt_leaf *leaf);

/** vm_leaf_size() - the largest leaf or contiguous group of at most @size bytes, or a page. */
u64 vm_leaf_size(const struct grt_geometry *g, u64 size);

#endif
