/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where the lists of a memblock get more storage from: its @grow, once the linear map is live. */
#ifndef MM_MEMBLOCK_GROW_H
#define MM_MEMBLOCK_GROW_H

#include "mm/memblock.h"

/** memblock_grow_free() - before page_alloc_init(): from its own free memory, which stays reserved. */
bool memblock_grow_free(struct memblock *mb, struct memblock_list *list);

/** memblock_grow_pages() - after it: from the page allocator, which gets back what came from there. */
bool memblock_grow_pages(struct memblock *mb, struct memblock_list *list);

#endif
