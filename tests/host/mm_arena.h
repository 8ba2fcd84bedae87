/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* RAM for tests of mm/: host memory that the linear map's offset leads to, and a vmemmap for it. */
#ifndef TESTS_HOST_MM_ARENA_H
#define TESTS_HOST_MM_ARENA_H

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/errno.h"
#include "mm/address.h"
#include "mm/memblock.h"
#include "mm/page.h"
#include "mm/page_alloc.h"
#include "tests/host/memblock_storage.h"

#define ARENA_BASE 0x80000000ULL
#define ARENA_SIZE MIB(256)

static struct memblock arena_mb;
static struct memblock_storage arena_lists;

static inline void arena_page_shift(unsigned int shift)
{
	page_size_init(&(struct grt_geometry){ .page_shift = (u8)shift });
}

/*
 * The arena is host memory that costs nothing until it is touched. The vmemmap is filled with
 * patterns that look like allocated and free pages: nothing may rely on its contents.
 */
static inline void arena_init(unsigned int page_shift)
{
	static char *arena;
	static struct page *array;
	u64 pages;

	arena_page_shift(page_shift);
	pages = ARENA_SIZE >> PAGE_SHIFT;
	if (arena) {
		munmap(arena, ARENA_SIZE);
		free(array);
	}
	arena = mmap(NULL, ARENA_SIZE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	array = malloc(pages * sizeof(*array));
	if (arena == MAP_FAILED || !array)
		abort();
	for (u64 i = 0; i < pages; i++)
		array[i] = (struct page){ .state = i % 2 ? PAGE_STATE_USED : PAGE_STATE_FREE };
	memblock_storage_init(&arena_mb, &arena_lists, STORAGE_RANGES);
	address_map = (struct address_map){
		.linear_offset = (uintptr_t)arena - ARENA_BASE,
		.linear_start = (uintptr_t)arena,
		.linear_size = ARENA_SIZE,
		.vmemmap_offset =
			(uintptr_t)array - (ARENA_BASE >> PAGE_SHIFT << STRUCT_PAGE_SHIFT),
	};
}

#endif
