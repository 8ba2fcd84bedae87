/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vmalloc: virtually contiguous memory from the general pieces of the vmalloc region, with the
 * largest leaves that memory allows. An unmapped page lies before and after each area. The module
 * and BPF windows are never used, not even when everything else is full.
 *
 * Any CPU, any time after vmalloc_init(), but not in an exception handler.
 */
#ifndef MM_VMALLOC_H
#define MM_VMALLOC_H

#include "mm/vm.h"

/** vmalloc_init() - start with the pieces that the layout has. Return: 0, -ENOENT or -ENOMEM. */
int vmalloc_init(struct kernel_vm *vm);

/** vmalloc() - at least @size bytes, read-write. Return: NULL when memory or room is used up. */
void *vmalloc(size_t size);

/**
 * vmalloc_flags() - vmalloc() with a choice
 * @align: least alignment of the address in bytes, a power of two; 0: a page
 * @attr: GRT_ATTR_* | GRT_MAP_*
 */
void *vmalloc_flags(size_t size, u64 align, grt_attr_t attr);

/** vmalloc_stack() - THREAD_SIZE bytes, aligned to that, between guard pages; lowest address. */
void *vmalloc_stack(void);

/** vmap_phys() - map [@pa, @pa + @size), which need be neither RAM nor aligned, until vfree(). */
void *vmap_phys(grt_phys_t pa, u64 size, grt_attr_t attr);

/** vfree() - end of an area: unmapped on every CPU, then its memory and its addresses are free. */
void vfree(const void *p);

/** struct vmalloc_stats - areas and mapped bytes now. */
struct vmalloc_stats {
	u64 areas;
	u64 bytes;
};

void vmalloc_stats(struct vmalloc_stats *out);

#endif
