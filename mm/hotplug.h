/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Memory that is added and removed while the kernel runs. */
#ifndef MM_HOTPLUG_H
#define MM_HOTPLUG_H

#include "mm/memblock.h"
#include "mm/vm.h"

/**
 * memory_hotplug_init() - where memory comes to
 * @mb: what memory there is, kept up to date from now on
 * @limits: GRT_MAP_* for the leaves of the linear map, besides what split_mode() demands
 *
 * After page_alloc_init(), before memory_add() and memory_remove(). The lists of @mb take memory from the
 * page allocator from now on, when they grow.
 */
void memory_hotplug_init(struct kernel_vm *vm, struct memblock *mb, grt_attr_t limits);

/**
 * memory_add() - more RAM: linear map, struct pages, page allocator
 * @start: page aligned, as is @size
 *
 * The linear map gets the largest leaves, in one batch. What is no-map is not mapped, what is reserved
 * does not go to the allocator. The array of struct page is backed by memory that was there before.
 * Cost: by leaves and by separate pieces of memory, not by pages.
 *
 * Context: any CPU; takes a lock that is outside of the vm's.
 *
 * Return: 0; -EINVAL (alignment; beyond the linear region); -EEXIST (some of it is RAM); -ENOMEM. After an
 * error all is as it was, but for -EIO: a CPU could not be fenced, and the memory stays unused.
 */
int memory_add(grt_phys_t start, u64 size);

/**
 * memory_remove() - RAM goes: every page of it must be free
 *
 * Any part of any RAM, not only what memory_add() got. Backing of the struct pages and tables go back to
 * the allocator, in one batch. @start and @size as for memory_add().
 *
 * Return: 0; -EINVAL (alignment; not RAM); -EBUSY (something is in use); -ENOMEM (a table to split a leaf
 * at an end, or to note one range more); -EPERM (CPUs can't split that leaf live). After an error all is as
 * it was, but for -EIO: a CPU could not be fenced, and tables and backing are not used again.
 */
int memory_remove(grt_phys_t start, u64 size);

/**
 * memory_next_addable() - the next part of @list that can be added, and removed again
 * @cursor: 0 to begin with
 * @out: whole pages, of which nobody has reserved or excluded any
 *
 * Return: false where there is no more.
 */
bool memory_next_addable(const struct memblock_list *list, grt_phys_t *cursor,
			 struct grt_mem_range *out);

#endif
