// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Memory that comes and goes: all of it or nothing, whatever fails. */
/* link: mm/hotplug.c mm/vmemmap.c mm/vm.c mm/split_policy.c mm/page_alloc.c mm/page_isolate.c */
/* link: mm/memblock.c mm/memblock_grow.c mm/address.c mm/report.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "mm/hotplug.h"
#include "mm/report.h"
#include "mm/split_policy.h"
#include "mm/vmemmap.h"
#include "tests/host/mm_vm.h"

#define VM (&kernel_vm)
#define RAM_SIZE MIB(64)
#define REST (ARENA_BASE + RAM_SIZE)
#define REST_SIZE (ARENA_SIZE - RAM_SIZE)
#define ARRAY_ALIGN MIB(64)
#define MAX_LEAVES 70000

static struct page *array;
static u64 array_size;

/* The array of struct page where it would be: aligned, full of what looks like blocks. */
static void place_array(void)
{
	char *memory;

	array_size = ARENA_SIZE >> PAGE_SHIFT << STRUCT_PAGE_SHIFT;
	memory = mmap(NULL, 2 * ARRAY_ALIGN, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	assert_true(memory != MAP_FAILED);
	array = (struct page *)align_up((uintptr_t)memory, ARRAY_ALIGN);
	for (u64 i = 0; i < ARENA_SIZE >> PAGE_SHIFT; i++)
		array[i] = (struct page){ .state = i % 2 ? PAGE_STATE_USED : PAGE_STATE_FREE };
	address_map.vmemmap_offset =
		(uintptr_t)array - (ARENA_BASE >> PAGE_SHIFT << STRUCT_PAGE_SHIFT);
}

static void map_linear(void)
{
	grt_phys_t cursor = 0;
	struct grt_mem_range r;

	while (memblock_next_mappable(&arena_mb, PAGE_SIZE, &cursor, &r))
		assert_int_equal(vm_map(VM, (uintptr_t)phys_to_virt(r.start), r.start, r.size,
					GRT_ATTR_KERNEL_RW),
				 0);
}

/* A machine with 64 MiB that runs. Return: false where its addresses can't be those of the host. */
static bool start(unsigned int choice)
{
	struct grt_pgtable pt;

	test_vm_geometry(choice);
	if (test_geometry.upper_bits < 47)
		return false;
	place_array();
	/* As the kernel has them: in the image. */
	memblock_storage_init(&arena_mb, phys_to_virt(IMAGE_PA), STORAGE_RANGES);
	memblock_add(&arena_mb, ARENA_BASE, RAM_SIZE);
	memblock_reserve(&arena_mb, IMAGE_PA, IMAGE_SIZE);
	memblock_nomap(&arena_mb, REST + MIB(40), MIB(1));
	/* Memory and its array are at addresses of the host, which are low ones. */
	assert_int_equal(test_vm_tree(&pt, GRT_REGIME_LOWER, &linear_pgtable_ops, &arena_tables),
			 0);
	test_vm_plan(false, 0);
	vm_init(VM, &pt, &test_layout);
	assert_int_equal(vmemmap_init(VM, &arena_mb), 0);
	page_alloc_init(&arena_mb);
	map_linear();
	memory_hotplug_init(VM, &arena_mb, 0);
	split_mode_set(SPLIT_LIVE);
	return true;
}

static void stop(void)
{
	assert_int_equal(mm_report_count(), 0);
	munmap((char *)array, ARRAY_ALIGN);
}

static void for_layouts(void (*fn)(void))
{
	unsigned int run = 0;

	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++) {
		if (!start(i))
			continue;
		fn();
		stop();
		run++;
	}
	assert_true(run);
}

static void for_small_pages(void (*fn)(void))
{
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++) {
		if (grt_geometry_choices[i].page_shift > 12 || !start(i))
			continue;
		fn();
		stop();
	}
}

/* ---- what there is ---- */

struct leaves {
	struct grt_leaf leaf[MAX_LEAVES];
	unsigned int nr;
};

struct state {
	struct page_alloc_stats pages;
	struct list_copy ram;
	u64 tables;
	u64 array;
	struct leaves leaves;
};

static struct state before, now;

static int add_leaf(const struct grt_leaf *leaf, void *arg)
{
	struct leaves *l = arg;

	assert_true(l->nr < MAX_LEAVES);
	l->leaf[l->nr++] = (struct grt_leaf){
		.va = leaf->va, .size = leaf->size, .pa = leaf->pa, .attr = leaf->attr
	};
	return 0;
}

static void look(struct state *s)
{
	memset(s, 0, sizeof(*s));
	page_alloc_stats(&s->pages);
	list_copy(&s->ram, &arena_mb.memory);
	s->tables = VM->pt.tables;
	s->array = vmemmap_bytes();
	grt_walk(&VM->pt, address_map.linear_start, ARENA_SIZE, add_leaf, &s->leaves);
	grt_walk(&VM->pt, (uintptr_t)array, array_size, add_leaf, &s->leaves);
}

/* Boot tables that were replaced are new to the allocator, so that its total may be larger. */
static void expect_same(void)
{
	look(&now);
	assert_int_equal(now.pages.free, before.pages.free);
	assert_true(now.pages.total >= before.pages.total);
	assert_int_equal(now.tables, before.tables);
	assert_int_equal(now.array, before.array);
	assert_true(list_same(&before.ram, &arena_mb.memory));
	assert_int_equal(now.leaves.nr, before.leaves.nr);
	assert_memory_equal(now.leaves.leaf, before.leaves.leaf,
			    now.leaves.nr * sizeof(struct grt_leaf));
}

static bool is_ram(grt_phys_t pa)
{
	return memblock_contains(&arena_mb.memory, pa, PAGE_SIZE) &&
	       !memblock_overlaps(&arena_mb.nomap, pa, PAGE_SIZE);
}

/* Every page of RAM is mapped where it belongs, and has a struct page; nothing else is mapped. */
static void check_maps(void)
{
	for (grt_phys_t pa = ARENA_BASE; pa < ARENA_BASE + ARENA_SIZE; pa += PAGE_SIZE) {
		grt_virt_t va = (uintptr_t)phys_to_virt(pa);
		struct grt_leaf leaf;
		bool mapped = !vm_translate(VM, va, &leaf);

		assert_int_equal(mapped, is_ram(pa));
		if (!mapped)
			continue;
		assert_int_equal(leaf.pa + (va - leaf.va), pa);
		assert_int_equal(leaf.attr, GRT_ATTR_KERNEL_RW);
		assert_int_equal(vm_translate(VM, (uintptr_t)phys_to_page(pa), &leaf), 0);
		assert_true(is_ram(leaf.pa));
	}
}

/* ---- all of memory, page by page ---- */

static grt_phys_t taken[ARENA_SIZE >> 12];
static u64 nr_taken;

/* Allocate all that is free, and look that it is RAM. */
static void take_all(void)
{
	grt_phys_t pa;

	for (; (pa = page_alloc(0, 0)) != GRT_PHYS_NONE; nr_taken++) {
		assert_true(is_ram(pa));
		taken[nr_taken] = pa;
	}
}

/* Free what is taken of a range, and @more other pages. */
static void give_range(grt_phys_t start, u64 size, u64 more)
{
	u64 kept = 0;

	for (u64 i = 0; i < nr_taken; i++) {
		if (taken[i] - start < size || (more && more--))
			page_free(taken[i], 0);
		else
			taken[kept++] = taken[i];
	}
	nr_taken = kept;
}

static void give_all(void)
{
	while (nr_taken)
		page_free(taken[--nr_taken], 0);
}

/* The machine's first memory is free, the rest is not: tables and struct pages come from the first. */
static void add(grt_phys_t start, u64 size)
{
	assert_int_equal(memory_add(start, size), 0);
	take_all();
	give_range(ARENA_BASE, RAM_SIZE, 0);
}

static void take_away(grt_phys_t start, u64 size)
{
	give_range(start, size, 0);
	assert_int_equal(memory_remove(start, size), 0);
	check_maps();
}

/* ---- adding and removing ---- */

static void whole_rest(void)
{
	u64 pages;

	look(&before);
	assert_int_equal(memory_add(REST, REST_SIZE), 0);
	check_maps();
	look(&now);
	pages = (REST_SIZE - MIB(1)) >> PAGE_SHIFT;
	assert_true(now.pages.total >= before.pages.total + pages);
	assert_int_equal(memory_add(REST + MIB(8), PAGE_SIZE), -EEXIST);
	take_all();
	assert_true(nr_taken >= pages);
	assert_int_equal(memory_remove(REST, REST_SIZE), -EBUSY);
	check_maps();
	give_all();
	assert_int_equal(memory_remove(REST, REST_SIZE), 0);
	check_maps();
	expect_same();
}

static void memory_is_added_and_removed(void **state)
{
	(void)state;
	for_layouts(whole_rest);
}

/* Pieces in any order, which join and come apart; struct pages that nothing needs are out of reach. */
static void in_pieces(void)
{
	static const u64 piece[][2] = {
		{ MIB(100), MIB(28) }, { 0, MIB(36) }, { MIB(36), MIB(64) }, { MIB(128), MIB(64) }
	};

	look(&before);
	for (unsigned int i = 0; i < ARRAY_SIZE(piece); i++)
		add(REST + piece[i][0], piece[i][1]);
	check_maps();
	take_away(REST + MIB(20), MIB(12));
	take_away(REST + MIB(140) + PAGE_SIZE, 5 * PAGE_SIZE);
	memset(phys_to_page(REST + MIB(20)), 0x46, MIB(12) >> PAGE_SHIFT << STRUCT_PAGE_SHIFT);
	give_all();
	take_all();
	give_range(ARENA_BASE, RAM_SIZE, 0);
	add(REST + MIB(24), MIB(4));
	check_maps();
	assert_int_equal(memory_remove(REST, REST_SIZE), -EINVAL);
	take_away(REST, MIB(20));
	take_away(REST + MIB(24), MIB(4));
	take_away(REST + MIB(32), MIB(108) + PAGE_SIZE);
	take_away(REST + MIB(140) + 6 * PAGE_SIZE, MIB(52) - 6 * PAGE_SIZE);
	expect_same();
}

static void pieces_join_and_come_apart(void **state)
{
	(void)state;
	for_layouts(in_pieces);
}

/* What is reserved is mapped, but never given out, and holds the memory in its place. */
static void reserved(void)
{
	look(&before);
	memblock_reserve(&arena_mb, REST + MIB(7) + 123, 3 * PAGE_SIZE);
	assert_int_equal(memory_add(REST, MIB(16)), 0);
	check_maps();
	take_all();
	for (u64 i = 0; i < nr_taken; i++)
		assert_false(memblock_overlaps(&arena_mb.reserved, taken[i], PAGE_SIZE) &&
			     taken[i] >= REST);
	give_all();
	assert_int_equal(memory_remove(REST, MIB(16)), -EBUSY);
	assert_int_equal(memory_remove(REST + MIB(8), MIB(8)), 0);
	assert_int_equal(memory_remove(REST, MIB(7)), 0);
	check_maps();
}

static void reserved_memory_stays(void **state)
{
	(void)state;
	for_layouts(reserved);
}

static void by_pages(void)
{
	memory_hotplug_init(VM, &arena_mb, GRT_MAP_PAGES_ONLY | GRT_MAP_NO_CONT);
	look(&before);
	assert_int_equal(memory_add(REST, MIB(16)), 0);
	look(&now);
	for (unsigned int i = 0; i < now.leaves.nr; i++) {
		grt_phys_t pa = now.leaves.leaf[i].va - address_map.linear_offset;

		assert_true(pa - REST >= REST_SIZE || now.leaves.leaf[i].size == PAGE_SIZE);
	}
	assert_int_equal(memory_remove(REST, MIB(16)), 0);
	expect_same();
}

static void single_pages_where_the_mode_wants_them(void **state)
{
	(void)state;
	for_layouts(by_pages);
}

/* ---- failures ---- */

/* With @free pages and no more, add; what fails leaves no trace. */
static int add_with(u64 free)
{
	int err;

	take_all();
	give_range(0, 0, free);
	look(&before);
	err = memory_add(REST, REST_SIZE);
	if (err)
		expect_same();
	give_all();
	return err;
}

static void add_fails(void)
{
	u64 free = 0;
	int err;

	while ((err = add_with(free++)))
		assert_int_equal(err, -ENOMEM);
	assert_true(free > 1);
	check_maps();
	assert_int_equal(memory_remove(REST, REST_SIZE), 0);
}

static void failed_allocations_leave_nothing_half_added(void **state)
{
	(void)state;
	for_layouts(add_fails);
}

/* With only the pages that are to go and @free others, remove a part of a block. */
static int remove_with(grt_phys_t pa, u64 size, u64 free)
{
	int err;

	take_all();
	give_range(pa, size, free);
	look(&before);
	err = memory_remove(pa, size);
	if (err)
		expect_same();
	give_all();
	return err;
}

static void remove_fails(void)
{
	grt_phys_t pa = REST + MIB(64) + PAGE_SIZE;
	u64 size = MIB(16) + PAGE_SIZE, free = 0;
	int err;

	assert_int_equal(memory_add(REST, REST_SIZE), 0);
	while ((err = remove_with(pa, size, free++)))
		assert_int_equal(err, -ENOMEM);
	check_maps();
	assert_int_equal(memory_add(pa, size), 0);
	check_maps();
}

static void failed_allocations_leave_nothing_half_removed(void **state)
{
	(void)state;
	for_layouts(remove_fails);
}

/* ---- lists that are full ---- */

/* The memory comes apart into more ranges than there was storage for, and together again. */
static void comes_apart(void)
{
	const u64 apart = 3000;

	assert_int_equal(memory_add(REST, REST_SIZE), 0);
	look(&before);
	for (u64 i = 0; i < apart; i++)
		assert_int_equal(memory_remove(REST + MIB(64) + (2 * i + 1) * PAGE_SIZE, PAGE_SIZE),
				 0);
	assert_int_equal(arena_mb.memory.nr, before.ram.nr + apart);
	assert_true(arena_mb.memory.max >= arena_mb.memory.nr);
	assert_int_equal(memory_remove(virt_to_phys(arena_mb.memory.range), PAGE_SIZE), -EBUSY);
	check_maps();
	for (u64 i = 0; i < apart; i++)
		assert_int_equal(memory_add(REST + MIB(64) + (2 * i + 1) * PAGE_SIZE, PAGE_SIZE),
				 0);
	check_maps();
	/* The storage is all that is gone. */
	before.pages.free -= arena_mb.memory.max * sizeof(struct grt_mem_range) / PAGE_SIZE;
	expect_same();
}

static void memory_comes_apart_into_any_number_of_ranges(void **state)
{
	(void)state;
	for_small_pages(comes_apart);
}

/* All but what is to go is in use, so that there is no storage for one range more. */
static void full_lists(void)
{
	grt_phys_t pa = REST + MIB(64) + PAGE_SIZE;

	assert_int_equal(memory_add(REST, REST_SIZE), 0);
	assert_int_equal(memory_remove(REST + MIB(64) + 3 * PAGE_SIZE, PAGE_SIZE), 0);
	arena_mb.memory.max = arena_mb.memory.nr;
	take_all();
	give_range(pa, PAGE_SIZE, 0);
	look(&before);
	assert_int_equal(memory_remove(pa, PAGE_SIZE), -ENOMEM);
	expect_same();
	check_maps();
	/* It must have been for that: now there is. */
	arena_mb.memory.max++;
	give_range(0, 0, 20);
	assert_int_equal(memory_remove(pa, PAGE_SIZE), 0);
	check_maps();
	give_all();
}

static void without_room_for_a_range_nothing_changes(void **state)
{
	(void)state;
	for_layouts(full_lists);
}

/* More pieces than are mapped at once, between no-map holes of any size; and a failure in the middle. */
static void many_pieces(void)
{
	static struct state first;
	u64 step = (REST_SIZE - MIB(64)) / 200 & PAGE_MASK, free = 0;

	for (u64 i = 0; i < 200; i++)
		assert_int_equal(memblock_nomap(&arena_mb, REST + MIB(64) + i * step + 77,
						1234 + 100 * i),
				 0);
	look(&first);
	while (add_with(free))
		free += 1 + free / 4;
	assert_true(free);
	check_maps();
	assert_int_equal(memory_remove(REST, REST_SIZE), 0);
	check_maps();
	before = first;
	expect_same();
}

static void pieces_without_number_are_added(void **state)
{
	(void)state;
	for_layouts(many_pieces);
}

/* ---- what is refused ---- */

#ifndef GEOMETRY_FORMAT_PBMT
static void without_splits(void)
{
	test_caps.bbm = 0;
	assert_int_equal(memory_add(REST, MIB(32)), 0);
	look(&before);
	assert_int_equal(memory_remove(REST + PAGE_SIZE, PAGE_SIZE), -EPERM);
	expect_same();
	assert_int_equal(memory_remove(REST, MIB(32)), 0);
	check_maps();
}

static void a_leaf_that_cannot_be_split_stays(void **state)
{
	(void)state;
	for_layouts(without_splits);
}
#endif

static void wrong_ranges(void)
{
	look(&before);
	assert_int_equal(memory_add(REST + 8, PAGE_SIZE), -EINVAL);
	assert_int_equal(memory_add(REST, PAGE_SIZE + 8), -EINVAL);
	assert_int_equal(memory_add(REST, 0), -EINVAL);
	assert_int_equal(memory_add(ARENA_BASE + ARENA_SIZE, PAGE_SIZE), -EINVAL);
	assert_int_equal(memory_add(REST, REST_SIZE + PAGE_SIZE), -EINVAL);
	assert_int_equal(memory_add(ARENA_BASE - PAGE_SIZE, PAGE_SIZE), -EINVAL);
	assert_int_equal(memory_add(0 - PAGE_SIZE, PAGE_SIZE), -EINVAL);
	assert_int_equal(memory_add(REST, 0 - PAGE_SIZE), -EINVAL);
	assert_int_equal(memory_add(ARENA_BASE, PAGE_SIZE), -EEXIST);
	assert_int_equal(memory_add(REST - PAGE_SIZE, 2 * PAGE_SIZE), -EEXIST);
	assert_int_equal(memory_remove(REST, PAGE_SIZE), -EINVAL);
	assert_int_equal(memory_remove(REST - PAGE_SIZE, 2 * PAGE_SIZE), -EINVAL);
	assert_int_equal(memory_remove(ARENA_BASE + 8, PAGE_SIZE), -EINVAL);
	assert_int_equal(memory_remove(IMAGE_PA, PAGE_SIZE), -EBUSY);
	assert_int_equal(memory_remove(ARENA_BASE, RAM_SIZE), -EBUSY);
	expect_same();
}

static void wrong_ranges_are_refused(void **state)
{
	(void)state;
	for_layouts(wrong_ranges);
}

/* ---- what can be added ------------------------------------------------------------------------ */

static void expect_addable(const struct memblock_list *list, const struct grt_mem_range *want,
			   unsigned int nr)
{
	grt_phys_t cursor = 0;
	struct grt_mem_range r;

	for (unsigned int i = 0; i < nr; i++) {
		assert_true(memory_next_addable(list, &cursor, &r));
		assert_int_equal(r.start, want[i].start);
		assert_int_equal(r.size, want[i].size);
		assert_int_equal(memory_add(r.start, r.size), 0);
		assert_int_equal(memory_remove(r.start, r.size), 0);
	}
	assert_false(memory_next_addable(list, &cursor, &r));
}

/* Whole pages between what is reserved and what is no-map, at REST + 40 MiB. */
static void addable(void)
{
	struct grt_mem_range part[] = { { REST + 1, MIB(20) }, { REST + MIB(32), MIB(10) } };
	const struct memblock_list list = { .range = part, .nr = 2, .max = 2 };
	const grt_phys_t first = align_up(REST + 1, PAGE_SIZE);
	const struct grt_mem_range want[] = {
		{ first, REST + MIB(8) - first },
		{ REST + MIB(8) + PAGE_SIZE, MIB(12) - PAGE_SIZE },
		{ REST + MIB(32), MIB(8) },
		{ REST + MIB(41), MIB(1) },
	};

	assert_int_equal(memblock_reserve(&arena_mb, REST + MIB(8) + 5, 1), 0);
	look(&before);
	expect_addable(&list, want, ARRAY_SIZE(want));
	expect_same();
}

static void what_can_be_added_is_found(void **state)
{
	(void)state;
	for_layouts(addable);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_added_and_removed),
		cmocka_unit_test(pieces_join_and_come_apart),
		cmocka_unit_test(reserved_memory_stays),
		cmocka_unit_test(memory_comes_apart_into_any_number_of_ranges),
		cmocka_unit_test(without_room_for_a_range_nothing_changes),
		cmocka_unit_test(pieces_without_number_are_added),
		cmocka_unit_test(single_pages_where_the_mode_wants_them),
		cmocka_unit_test(failed_allocations_leave_nothing_half_added),
		cmocka_unit_test(failed_allocations_leave_nothing_half_removed),
#ifndef GEOMETRY_FORMAT_PBMT
		cmocka_unit_test(a_leaf_that_cannot_be_split_stays),
#endif
		cmocka_unit_test(wrong_ranges_are_refused),
		cmocka_unit_test(what_can_be_added_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
