// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Address conversion, fixmap, and the backing of the vmemmap, in every layout. */
/* link: mm/vmemmap.c mm/fixmap.c mm/vm.c mm/page_alloc.c mm/memblock.c mm/memblock_grow.c */
/* link: mm/address.c mm/report.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "mm/fixmap.h"
#include "mm/memblock_grow.h"
#include "mm/vmemmap.h"
#include "tests/host/mm_vm.h"
#include "tests/host/random.h"

#define VM (&kernel_vm)

static u64 linear_offset;

/*
 * Tables from memblock, as before there is a page allocator; the vmemmap where the layout has it.
 */
static void start_layout(unsigned int choice)
{
	struct grt_pgtable pt;

	assert_int_equal(test_vm_tree(&pt, GRT_REGIME_UPPER, &linear_pgtable_ops, &arena_tables),
			 0);
	test_vm_plan(choice % 2, choice);
	linear_offset = address_map.linear_offset;
	address_init(&test_layout, IMAGE_PA, IMAGE_SIZE);
	address_map.linear_offset = linear_offset;
	vm_init(VM, &pt, &test_layout);
}

static bool is_ram(grt_phys_t pa)
{
	return memblock_contains(&arena_mb.memory, pa, PAGE_SIZE) &&
	       !memblock_overlaps(&arena_mb.nomap, pa, PAGE_SIZE);
}

static bool array_mapped(grt_phys_t pa)
{
	struct grt_leaf leaf;
	grt_virt_t va = (uintptr_t)phys_to_page(pa);

	if (vm_translate(VM, va, &leaf))
		return false;
	assert_int_equal(grt_layout_region_of(&test_layout, va)->id, GRT_REGION_VMEMMAP);
	assert_int_equal(leaf.attr & GRT_ATTR_PERM_MASK, GRT_ATTR_READ | GRT_ATTR_WRITE);
	assert_true(memblock_contains(&arena_mb.reserved, leaf.pa, leaf.size));
	assert_true(memblock_contains(&arena_mb.memory, leaf.pa, leaf.size));
	return true;
}

static u64 bytes_mapped, last_end;

static int count_bytes(const struct grt_leaf *leaf, void *arg)
{
	(void)arg;
	bytes_mapped += leaf->size;
	last_end = leaf->va + leaf->size;
	return 0;
}

/* Exactly the pages of the array that hold the struct page of a page of RAM are mapped. */
static void check_array(void)
{
	const struct grt_region *r = grt_layout_find(&test_layout, GRT_REGION_VMEMMAP);
	u64 per_page = PAGE_SIZE / sizeof(struct page), want = 0;

	for (grt_phys_t pa = ARENA_BASE; pa < ARENA_BASE + ARENA_SIZE;) {
		u64 n = per_page -
			((uintptr_t)phys_to_page(pa) & (PAGE_SIZE - 1)) / sizeof(struct page);
		bool any = false;

		for (u64 i = 0; i < n; i++)
			any = any || is_ram(pa + (i << PAGE_SHIFT));
		assert_int_equal(array_mapped(pa), any);
		want += any ? PAGE_SIZE : 0;
		pa += n << PAGE_SHIFT;
	}
	bytes_mapped = 0;
	grt_walk(&VM->pt, r->start, r->size, count_bytes, NULL);
	assert_int_equal(bytes_mapped, want);
	assert_int_equal(vmemmap_bytes(), want);
}

static void random_memory(unsigned int seed)
{
	random_begin(seed);
	memblock_add(&arena_mb, ARENA_BASE, MIB(32)); /* enough for tables and the array */
	for (unsigned int i = 0; i < seed % 12; i++)
		memblock_add(&arena_mb, ARENA_BASE + (u64)rand() % MIB(250), (u64)rand() % MIB(5));
	for (unsigned int i = 0; i < seed % 7; i++)
		memblock_nomap(&arena_mb, ARENA_BASE + MIB(40) + (u64)rand() % MIB(200),
			       (u64)rand() % MIB(1));
	/* Begins in the middle of a large leaf of the array. */
	if (seed % 2)
		memblock_add(&arena_mb, ARENA_BASE + MIB(100) + KIB(768), MIB(120));
	memblock_reserve(&arena_mb, IMAGE_PA, IMAGE_SIZE);
	/* Fragmented: every other piece of what the array would like to use is taken. */
	for (u64 i = 0; i < (seed % 3) * 40; i++)
		memblock_reserve(&arena_mb, ARENA_BASE + i * KIB(832), KIB(128));
}

static u64 reserved_bytes(void)
{
	u64 bytes = 0;

	for (unsigned int i = 0; i < arena_mb.reserved.nr; i++)
		bytes += arena_mb.reserved.range[i].size;
	return bytes;
}

static void test_vmemmap_backs_ram_and_nothing_else(void **state)
{
	u64 before;

	(void)state;
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++) {
		for (unsigned int seed = 0; seed < 12; seed++) {
			test_vm_geometry(i);
			random_memory(seed);
			before = reserved_bytes();
			start_layout(i);
			assert_int_equal(vmemmap_init(VM, &arena_mb), 0);
			check_array();
			assert_int_equal(reserved_bytes() - before,
					 vmemmap_bytes() + VM->pt.tables * PAGE_SIZE);
		}
	}
}

static u64 grown;

static bool count_growth(struct memblock *mb, struct memblock_list *list)
{
	bool ok = memblock_grow_free(mb, list);

	grown += ok ? list->max * sizeof(*list->range) : 0;
	return ok;
}

/* A list of reservations that is full finds storage in what is free, at whatever moment that is. */
static void test_reservations_grow(void **state)
{
	u64 before;

	(void)state;
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++) {
		for (unsigned int seed = 0; seed < 12; seed++) {
			test_vm_geometry(i);
			random_memory(seed);
			/* So many that it takes more storage twice. */
			for (u64 n = 0; seed % 4 == 3 && n < 1000; n++)
				memblock_reserve(&arena_mb, ARENA_BASE + MIB(120) + n * 4096, 64);
			arena_mb.reserved.max = arena_mb.reserved.nr;
			arena_mb.grow = count_growth;
			before = reserved_bytes();
			grown = 0;
			start_layout(i);
			assert_int_equal(vmemmap_init(VM, &arena_mb), 0);
			check_array();
			for (u64 n = 0; n < 3000; n++)
				assert_int_equal(
					memblock_release(&arena_mb, IMAGE_PA + n * 1024, 512), 0);
			assert_true(grown > 0 && arena_mb.reserved.nr > 3000);
			assert_int_equal(reserved_bytes() - before + 3000 * 512,
					 vmemmap_bytes() + VM->pt.tables * PAGE_SIZE + grown);
			assert_true(memblock_contains(
				&arena_mb.reserved, virt_to_phys(arena_mb.reserved.range),
				arena_mb.reserved.max * sizeof(struct grt_mem_range)));
			/* Another list takes storage too, and has it noted. */
			assert_true(memblock_room(&arena_mb, &arena_mb.memory, 5000));
			assert_true(memblock_contains(&arena_mb.reserved,
						      virt_to_phys(arena_mb.memory.range),
						      5000 * sizeof(struct grt_mem_range)));
		}
	}
}

static void test_vmemmap_uses_large_leaves(void **state)
{
	struct grt_leaf leaf;

	(void)state;
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++) {
		u64 bytes;

		test_vm_geometry(i);
		memblock_add(&arena_mb, ARENA_BASE, ARENA_SIZE);
		start_layout(0);
		assert_int_equal(vmemmap_init(VM, &arena_mb), 0);
		bytes = (ARENA_SIZE >> PAGE_SHIFT) * sizeof(struct page);
		assert_int_equal(vmemmap_bytes(), align_up(bytes, PAGE_SIZE));
		assert_int_equal(vm_translate(VM, (uintptr_t)phys_to_page(ARENA_BASE), &leaf), 0);
		assert_int_equal(leaf.size, vm_leaf_size(&test_geometry, bytes));
	}
}

/* 64 MiB, of which @pages pages are free, one by one as long as memblock can note that. */
static void little_memory(u64 pages)
{
	grt_phys_t pa = ARENA_BASE + MIB(8);

	memblock_add(&arena_mb, ARENA_BASE, MIB(64));
	memblock_reserve(&arena_mb, ARENA_BASE, MIB(8));
	for (; pages && pa < ARENA_BASE + MIB(8) + 400 * PAGE_SIZE; pages--, pa += 2 * PAGE_SIZE)
		memblock_reserve(&arena_mb, pa + PAGE_SIZE, PAGE_SIZE);
	pa += pages * PAGE_SIZE;
	memblock_reserve(&arena_mb, pa, ARENA_BASE + MIB(64) - pa);
}

/* With one page more at each try, until it works. The first page is the root's. */
static void test_vmemmap_without_memory_leaves_nothing_behind(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++) {
		int err = -ENOMEM;
		u64 pages = 1;

		for (; err; pages++) {
			static struct list_copy before;
			u64 tables;

			test_vm_geometry(i);
			little_memory(pages);
			assert_int_equal(memblock_free_bytes(&arena_mb), pages * PAGE_SIZE);
			start_layout(i);
			list_copy(&before, &arena_mb.reserved);
			tables = VM->pt.tables;
			err = vmemmap_init(VM, &arena_mb);
			if (!err)
				break;
			assert_int_equal(err, -ENOMEM);
			assert_true(list_same(&before, &arena_mb.reserved));
			assert_int_equal(VM->pt.tables, tables);
			assert_int_equal(vmemmap_bytes(), 0);
			assert_false(array_mapped(ARENA_BASE));
		}
		assert_int_equal(memblock_free_bytes(&arena_mb), 0);
		assert_int_equal(pages, VM->pt.tables + vmemmap_bytes() / PAGE_SIZE);
		check_array();
	}
}

static void test_two_offsets(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++) {
		const struct grt_region *r;

		test_vm_geometry(i);
		test_vm_plan(true, i);
		address_init(&test_layout, IMAGE_PA, IMAGE_SIZE);
		for (grt_phys_t pa = ARENA_BASE; pa < ARENA_BASE + ARENA_SIZE; pa += 1234567) {
			assert_int_equal(virt_to_phys(phys_to_virt(pa)), pa);
			assert_int_equal(page_to_phys(phys_to_page(pa)), pa & PAGE_MASK);
			assert_true(address_known((uintptr_t)phys_to_virt(pa)));
			r = grt_layout_region_of(&test_layout, (uintptr_t)phys_to_virt(pa));
			assert_int_equal(r->id, GRT_REGION_LINEAR);
		}
		r = grt_layout_find(&test_layout, GRT_REGION_KERNEL);
		assert_int_equal(virt_to_phys((void *)(uintptr_t)(IMAGE_PA + 12345 +
								  test_layout.kernel_offset)),
				 IMAGE_PA + 12345);
		assert_true(address_known(r->start));
		assert_false(address_known(r->start - 1));
		assert_false(address_known(r->start + IMAGE_SIZE));
		assert_false(address_known(0));
		assert_false(address_known(~0ULL));
		r = grt_layout_find(&test_layout, GRT_REGION_VMALLOC);
		assert_false(address_known(r->start));
	}
}

static void test_fixmap_slots(void **state)
{
	struct grt_leaf leaf;

	(void)state;
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++) {
		u64 tables;

		test_vm_geometry(i);
		memblock_add(&arena_mb, ARENA_BASE, ARENA_SIZE);
		start_layout(i);
		tables = VM->pt.tables;
		VM->tables.memblock = &arena_mb;
		for (unsigned int s = 0; s < FIX_NR; s++) {
			grt_virt_t va = fixmap_addr(&test_layout, s);

			assert_int_equal(grt_layout_region_of(&test_layout, va)->id,
					 GRT_REGION_FIXMAP);
			assert_int_equal(fixmap_map(&VM->pt, &test_layout, s, 0x9000123,
						    GRT_ATTR_KERNEL_RW | GRT_ATTR_DEVICE),
					 0);
			assert_int_equal(fixmap_map(&VM->pt, &test_layout, s, 0,
						    GRT_ATTR_KERNEL_RW),
					 -EEXIST);
			assert_int_equal(vm_translate(VM, va, &leaf), 0);
			assert_int_equal(leaf.pa, 0x9000000);
			assert_int_equal(leaf.size, PAGE_SIZE);
			assert_int_equal(vm_translate(VM, va + PAGE_SIZE, &leaf), -ENOENT);
		}
		assert_int_equal(fixmap_map(&VM->pt, &test_layout, FIX_NR, 0, GRT_ATTR_KERNEL_RW),
				 -EINVAL);
		for (unsigned int s = 0; s < FIX_NR; s++)
			assert_int_equal(fixmap_unmap(&VM->pt, &test_layout, s), 0);
		assert_int_equal(VM->pt.tables, tables);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vmemmap_backs_ram_and_nothing_else),
		cmocka_unit_test(test_reservations_grow),
		cmocka_unit_test(test_vmemmap_uses_large_leaves),
		cmocka_unit_test(test_vmemmap_without_memory_leaves_nothing_behind),
		cmocka_unit_test(test_two_offsets),
		cmocka_unit_test(test_fixmap_slots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
