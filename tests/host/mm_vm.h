/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A kernel's address space for tests of mm/: a planned layout, tables in the arena, nobody to run
 * in it.
 */
#ifndef TESTS_HOST_MM_VM_H
#define TESTS_HOST_MM_VM_H

#include <graticule/asm/caps.h>
#include <asm/pte.h>
#include "mm/vm.h"
#include "tests/host/mm_arena.h"

#define IMAGE_PA (ARENA_BASE + MIB(2))
#define IMAGE_SIZE MIB(4)

static struct grt_geometry test_geometry;
static struct grt_mmu_caps test_caps;
static struct grt_layout test_layout;

/* The arena and geometry number @choice; arena_mb is the caller's to fill, then test_vm_start(). */
static inline void test_vm_geometry(unsigned int choice)
{
	const struct grt_geometry_choice *c = &grt_geometry_choices[choice];

	if (grt_geometry_init(&test_geometry, c->page_shift, c->va_bits, NULL))
		abort();
#ifndef GEOMETRY_FORMAT_PBMT
	test_caps = (struct grt_mmu_caps){ .bbm = 2 + choice % 2 };
#endif
	arena_init(c->page_shift);
}

/* Plan for all of the arena as RAM. */
static inline void test_vm_plan(bool kaslr, u64 seed)
{
	static const struct grt_mem_range ram = { ARENA_BASE, ARENA_SIZE };
	struct grt_layout_input in = {
		.g = &test_geometry,
		.memory = { &ram, 1 },
		.image_pa = IMAGE_PA,
		.image_size = IMAGE_SIZE,
		.image_align = KIB(64),
		.struct_page_size = sizeof(struct page),
		.kaslr = kaslr,
		.seed = seed,
	};

	if (grt_layout_plan(&in, &test_layout))
		abort();
	address_map.kernel_offset = test_layout.kernel_offset;
	address_map.kernel_start = IMAGE_PA + test_layout.kernel_offset;
	address_map.kernel_size = IMAGE_SIZE;
}

/* Tables as before there is a page allocator. */
static struct table_source arena_tables __attribute__((unused)) = { .memblock = &arena_mb };

/* An empty tree. */
static inline int test_vm_tree(struct grt_pgtable *pt, enum grt_regime_half half,
			       const struct grt_pgtable_ops *ops, void *ctx)
{
	return grt_pgtable_init(pt, &(struct grt_pgtable_config){ .g = &test_geometry,
								  .caps = &test_caps,
								  .regime = { .half = half },
								  .ops = ops,
								  .ctx = ctx });
}

/* Page allocator, empty tables that obey the rules of live ones, and an address space over them. */
static inline void test_vm_start(struct kernel_vm *vm)
{
	struct grt_pgtable pt;

	page_alloc_init(&arena_mb);
	if (test_vm_tree(&pt, GRT_REGIME_UPPER, &linear_pgtable_ops, NULL))
		abort();
	vm_init(vm, &pt, &test_layout);
}

#endif
