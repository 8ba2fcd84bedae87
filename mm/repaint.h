/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The linear map in single pages instead of the largest leaves, for a CPU that comes up late and can't
 * change the size of leaves that are in use.
 *
 * The tables for that are counted and set aside when the linear map is new, because nothing says that
 * memory will be left when the CPU arrives.
 */
#ifndef MM_REPAINT_H
#define MM_REPAINT_H

#include "mm/linear_map.h"
#include "mm/memblock.h"
#include "mm/vm.h"

/**
 * repaint_reserve() - set aside the tables that repaint_linear_map() will need
 * @pt: the kernel's tables, the linear map complete
 * @lm: what it holds
 * @mb: where the memory comes from; before page_alloc_init()
 *
 * Return: 0 or -ENOMEM, which leaves a repaint to what the page allocator has then.
 */
int repaint_reserve(struct grt_pgtable *pt, const struct linear_map *lm, struct memblock *mb);

/**
 * repaint_linear_map() - map all of it with single pages, under quiesce
 *
 * The mode is SPLIT_PAGES afterwards. Attributes and addresses stay. Context: the boot CPU, with no lock.
 *
 * Return: 0, or what quiesced_pages() returns, with nothing changed.
 */
int repaint_linear_map(struct kernel_vm *vm, const struct linear_map *lm);

/** repaint_release() - no CPU comes up any more: what is left of the reserve goes to the page allocator. */
void repaint_release(void);

#endif
