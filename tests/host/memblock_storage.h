/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Storage for the lists of a memblock, as the boot stage has it, and copies of lists. */
#ifndef TESTS_HOST_MEMBLOCK_STORAGE_H
#define TESTS_HOST_MEMBLOCK_STORAGE_H

#include <string.h>

#include "mm/memblock.h"

#define STORAGE_RANGES 1280

struct memblock_storage {
	struct grt_mem_range memory[STORAGE_RANGES];
	struct grt_mem_range reserved[STORAGE_RANGES];
	struct grt_mem_range nomap[STORAGE_RANGES];
};

/* Empty lists of @max ranges each, which don't grow. */
static inline void memblock_storage_init(struct memblock *mb, struct memblock_storage *s,
					 unsigned int max)
{
	memset(mb, 0, sizeof(*mb));
	memblock_list_init(&mb->memory, s->memory, max);
	memblock_list_init(&mb->reserved, s->reserved, max);
	memblock_list_init(&mb->nomap, s->nomap, max);
}

struct list_copy {
	struct grt_mem_range range[STORAGE_RANGES];
	unsigned int nr;
};

static inline void list_copy(struct list_copy *copy, const struct memblock_list *list)
{
	copy->nr = list->nr;
	memcpy(copy->range, list->range, list->nr * sizeof(*list->range));
}

static inline bool list_same(const struct list_copy *copy, const struct memblock_list *list)
{
	return copy->nr == list->nr &&
	       !memcmp(copy->range, list->range, list->nr * sizeof(*list->range));
}

#endif
