/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The array of struct page: backed where there is RAM, unmapped where there is none. */
#ifndef MM_VMEMMAP_H
#define MM_VMEMMAP_H

#include "mm/memblock.h"
#include "mm/vm.h"

/**
 * vmemmap_init() - back the array for all RAM in @mb that the linear map holds
 *
 * With the linear map live, before page_alloc_init(). Memory for the array, which is not cleared,
 * and for tables comes from @mb.
 *
 * Return: 0 or -ENOMEM. After an error all is as it was.
 */
int vmemmap_init(struct kernel_vm *vm, struct memblock *mb);

/*
 * For memory that comes and goes at run time (mm/hotplug.h). Context: the lock of the address space that
 * @pt belongs to, with a batch open.
 */

/**
 * vmemmap_add() - back the array for @ram, as far as it is not backed, from the page allocator
 *
 * Return: 0 or -ENOMEM; then vmemmap_remove() gives back what was done.
 */
int vmemmap_add(struct grt_pgtable *pt, const struct grt_mem_range *ram);

/**
 * vmemmap_remove() - unmap the leaves of the array that were for @ram and for no memory that @mb has
 *
 * A leaf goes when the last of the memory that it describes has gone; none is split, so this can't fail.
 *
 * Return: the memory, for vmemmap_free() after the batch is committed.
 */
struct page *vmemmap_remove(struct grt_pgtable *pt, const struct memblock *mb,
			    const struct grt_mem_range *ram);
void vmemmap_free(struct page *chain);

/** vmemmap_bytes() - memory that backs the array. */
u64 vmemmap_bytes(void);

#endif
