// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * set_memory in every layout against a flat reference: what each page of each area, and each page of the
 * linear map, permits. Failure at each allocation, and the accounts of the split reserve.
 */
/* link: mm/vmalloc.c mm/execmem.c mm/vm_space.c mm/va_space.c mm/pool.c mm/vm.c mm/set_memory.c */
/* link: mm/split_reserve.c mm/split_policy.c mm/quiesced.c mm/fixmap.c */
/* link: mm/page_alloc.c mm/memblock.c mm/address.c mm/report.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "mm/execmem.h"
#include "mm/report.h"
#include "mm/set_memory.h"
#include "mm/split_policy.h"
#include "mm/split_reserve.h"
#include "mm/vmalloc.h"
#include "tests/host/mm_vm.h"
#include "tests/host/random.h"

#define VM (&kernel_vm)
#define MAX_PAGES (ARENA_SIZE >> 12)
#define MAX_AREAS 12U
#define MAX_AREA_PAGES 700U
#define ROUNDS 250U

#define RW (GRT_ATTR_READ | GRT_ATTR_WRITE)

/* What the linear map permits, by page of the arena. */
static u16 linear[MAX_PAGES], seen[MAX_PAGES];

static struct area {
	grt_virt_t va;
	unsigned int pages;
	bool code;
	u16 perm[MAX_AREA_PAGES];
} areas[MAX_AREAS];

static u64 fail_at, first_tables, first_leaves;

static grt_phys_t failing_alloc(struct grt_pgtable *pt)
{
	if (fail_at && !--fail_at)
		return GRT_PHYS_NONE;
	return linear_pgtable_ops.alloc(pt);
}

static struct grt_pgtable_ops failing_ops;

static u64 hash;

static int hash_leaf(const struct grt_leaf *leaf, void *arg)
{
	const u64 word[] = { leaf->va,	 leaf->size,  leaf->pa,
			     leaf->attr, leaf->level, leaf->contiguous };

	(void)arg;
	for (unsigned int i = 0; i < ARRAY_SIZE(word); i++)
		hash = (hash ^ word[i]) * 0x100000001b3;
	return 0;
}

/* A number for all leaves of the kernel's half. */
static u64 all_leaves(void)
{
	grt_virt_t start = grt_geometry_upper_start(&test_geometry);

	hash = 0xcbf29ce484222325;
	grt_walk(&VM->pt, start, -start, hash_leaf, NULL);
	return hash;
}

static void start_layout(unsigned int choice, struct grt_mem_range *pages)
{
	grt_phys_t end = ARENA_BASE + ARENA_SIZE;
	struct grt_mem_range none = { end, 0 }, *r = &none;

	test_vm_geometry(choice);
	memblock_add(&arena_mb, ARENA_BASE, ARENA_SIZE);
	memblock_reserve(&arena_mb, IMAGE_PA, IMAGE_SIZE);
	if (pages) {
		split_reserve_choose(&arena_mb, &test_geometry, pages);
		r = pages;
	}
	test_vm_plan(choice % 2, choice + 1);
	test_vm_start(VM);
	failing_ops = linear_pgtable_ops;
	failing_ops.alloc = failing_alloc;
	VM->pt.ops = &failing_ops;
	fail_at = 0;
	assert_int_equal(vm_map(VM, vm_linear(VM, ARENA_BASE), ARENA_BASE, r->start - ARENA_BASE,
				GRT_ATTR_KERNEL_RW),
			 0);
	if (r->size)
		assert_int_equal(vm_map(VM, vm_linear(VM, r->start), r->start, r->size,
					GRT_ATTR_KERNEL_RW | GRT_MAP_PAGES_ONLY | GRT_MAP_NO_CONT),
				 0);
	if (r->start + r->size < end)
		assert_int_equal(vm_map(VM, vm_linear(VM, r->start + r->size), r->start + r->size,
					end - r->start - r->size, GRT_ATTR_KERNEL_RW),
				 0);
	set_memory_init(VM, true);
	split_mode_set(pages ? SPLIT_RESERVE : SPLIT_LIVE);
	assert_int_equal(vmalloc_init(VM), 0);
	assert_int_equal(execmem_init(VM), 0);
	first_tables = VM->pt.tables;
	first_leaves = all_leaves();
	memset(areas, 0, sizeof(areas));
	for (u64 i = 0; i < MAX_PAGES; i++)
		linear[i] = RW;
	random_begin(choice + 1);
}

/* ---- the reference ---- */

static u16 *linear_page(grt_phys_t pa)
{
	return &linear[(pa - ARENA_BASE) >> PAGE_SHIFT];
}

static int fill_seen(const struct grt_leaf *leaf, void *arg)
{
	(void)arg;
	for (u64 i = 0; i < leaf->size; i += PAGE_SIZE)
		seen[(leaf->pa + i - ARENA_BASE) >> PAGE_SHIFT] = leaf->attr & GRT_ATTR_PERM_MASK;
	return 0;
}

static grt_phys_t phys_of(grt_virt_t va)
{
	struct grt_leaf leaf;

	assert_int_equal(vm_translate(VM, va, &leaf), 0);
	return leaf.pa + (va - leaf.va);
}

static void compare(void)
{
	u64 pages = ARENA_SIZE >> PAGE_SHIFT;
	struct grt_leaf leaf;

	memset(seen, 0, sizeof(seen));
	grt_walk(&VM->pt, vm_linear(VM, ARENA_BASE), ARENA_SIZE, fill_seen, NULL);
	for (u64 i = 0; i < pages; i++)
		assert_int_equal(seen[i], linear[i]);
	for (unsigned int a = 0; a < MAX_AREAS; a++) {
		for (unsigned int i = 0; i < areas[a].pages; i++) {
			assert_int_equal(vm_translate(VM, areas[a].va + i * PAGE_SIZE, &leaf), 0);
			assert_int_equal(leaf.attr & GRT_ATTR_PERM_MASK, areas[a].perm[i]);
		}
	}
}

/* ---- what is called ---- */

static const struct call {
	int (*fn)(struct kernel_vm *vm, grt_virt_t va, u64 pages);
	u16 set;
	u16 clear;
} calls[] = {
	{ set_memory_ro, 0, GRT_ATTR_WRITE },
	{ set_memory_rw, GRT_ATTR_WRITE, 0 },
	{ set_memory_x, GRT_ATTR_EXEC, 0 },
	{ set_memory_nx, 0, GRT_ATTR_EXEC },
	{ set_memory_rox, GRT_ATTR_EXEC, GRT_ATTR_WRITE },
	{ set_memory_decrypted, 0, 0 },
	{ set_memory_encrypted, 0, 0 },
};

/* What a call should return; without an error the reference changes. */
static int reference(struct area *a, unsigned int first, unsigned int pages, const struct call *c)
{
	if (c->set & GRT_ATTR_EXEC && !a->code)
		return -EPERM;
	for (unsigned int i = first; i < first + pages; i++) {
		u16 new = (a->perm[i] & ~c->clear) | c->set;

		if (new &GRT_ATTR_WRITE &&new &GRT_ATTR_EXEC)
			return -EINVAL;
	}
	for (unsigned int i = first; i < first + pages; i++) {
		u16 *alias = linear_page(phys_of(a->va + i * PAGE_SIZE));

		a->perm[i] = (a->perm[i] & ~c->clear) | c->set;
		*alias = (*alias | (c->set & GRT_ATTR_WRITE)) & ~(c->clear & GRT_ATTR_WRITE);
		if (c->set & GRT_ATTR_EXEC)
			*alias &= ~GRT_ATTR_WRITE;
	}
	return 0;
}

/* With a failure at each allocation first, after each of which everything is as it was. */
static int call_with_failures(const struct call *c, grt_virt_t va, u64 pages)
{
	u64 leaves = all_leaves(), tables = VM->pt.tables, free = page_alloc_available();

	for (u64 n = 1;; n++) {
		int err;

		fail_at = n;
		err = c->fn(VM, va, pages);
		if (fail_at || err != -ENOMEM) {
			fail_at = 0;
			return err;
		}
		assert_int_equal(all_leaves(), leaves);
		assert_int_equal(VM->pt.tables, tables);
		assert_int_equal(page_alloc_available(), free);
	}
}

static void change_area(struct area *a)
{
	unsigned int first = (unsigned int)rand() % a->pages;
	unsigned int pages = 1 + (unsigned int)rand() % (a->pages - first);
	const struct call *c = &calls[(unsigned int)rand() % ARRAY_SIZE(calls)];
	grt_virt_t va = a->va + first * PAGE_SIZE;

	assert_int_equal(call_with_failures(c, va, pages), reference(a, first, pages, c));
}

static void new_area(struct area *a)
{
	a->pages = 1 + (unsigned int)rand() % (rand() % 4 ? 20 : MAX_AREA_PAGES);
	a->code = rand() % 2;
	a->va = (uintptr_t)(a->code ? execmem_alloc(EXECMEM_MODULE, a->pages * PAGE_SIZE)
				    : vmalloc(a->pages * PAGE_SIZE));
	for (unsigned int i = 0; i < a->pages; i++)
		a->perm[i] = RW;
	if (!a->va)
		a->pages = 0;
}

static void free_area(struct area *a)
{
	for (unsigned int i = 0; i < a->pages; i++)
		*linear_page(phys_of(a->va + i * PAGE_SIZE)) = RW;
	/* Nothing may fail here, whatever memory there is. */
	fail_at = 1;
	if (a->code)
		execmem_free(EXECMEM_MODULE, (void *)(uintptr_t)a->va);
	else
		vfree((void *)(uintptr_t)a->va);
	fail_at = 0;
	a->pages = 0;
}

static void direct_map_page(void)
{
	grt_phys_t pa = page_alloc(0, 0);
	struct page *page = phys_to_page(pa);

	assert_true(pa != GRT_PHYS_NONE);
	assert_int_equal(set_direct_map_invalid(VM, page, 1), 0);
	*linear_page(pa) = 0;
	compare();
	fail_at = 1; /* showing needs no table */
	assert_int_equal(rand() % 2 ? set_direct_map_valid(VM, page, 1, true)
				    : kernel_map_pages(VM, page, 1, true),
			 0);
	fail_at = 0;
	*linear_page(pa) = RW;
	compare();
	assert_int_equal(set_direct_map_default(VM, page, 1), 0);
	page_free(pa, 0);
}

static void random_calls(void)
{
	u64 mistakes = mm_report_count();

	for (unsigned int i = 0; i < ROUNDS; i++) {
		struct area *a = &areas[(unsigned int)rand() % MAX_AREAS];

		if (!a->pages)
			new_area(a);
		else if (rand() % 6)
			change_area(a);
		else
			free_area(a);
		if (i % 16 == 0)
			compare();
		if (i % 32 == 0)
			direct_map_page();
	}
	compare();
	for (unsigned int i = 0; i < MAX_AREAS; i++)
		if (areas[i].pages)
			free_area(&areas[i]);
	compare();
	assert_int_equal(mm_report_count(), mistakes);
}

static void test_every_call_agrees_with_the_reference(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++) {
		start_layout(i, NULL);
		random_calls();
		/* Everything that was split is whole again. */
		assert_int_equal(all_leaves(), first_leaves);
		assert_int_equal(VM->pt.tables, first_tables);
	}
}

static void test_aliases_stay_where_they_are_not_to_follow(void **state)
{
	grt_virt_t va;

	(void)state;
	start_layout(0, NULL);
	set_memory_init(VM, false);
	va = (uintptr_t)vmalloc(8 * PAGE_SIZE);
	assert_int_equal(set_memory_ro(VM, va, 8), 0);
	compare();
	assert_int_equal(VM->pt.tables > first_tables, true);
	vfree((void *)(uintptr_t)va);
	assert_int_equal(all_leaves(), first_leaves);
}

static void test_what_is_not_an_area_is_refused(void **state)
{
	grt_virt_t va, stack, phys;

	(void)state;
	start_layout(0, NULL);
	va = (uintptr_t)vmalloc(4 * PAGE_SIZE);
	stack = (uintptr_t)vmalloc_stack();
	phys = (uintptr_t)vmap_phys(IMAGE_PA, PAGE_SIZE, GRT_ATTR_KERNEL_RO);
	for (unsigned int i = 0; i < ARRAY_SIZE(calls); i++) {
		int (*fn)(struct kernel_vm * vm, grt_virt_t va, u64 pages) = calls[i].fn;

		assert_int_equal(fn(VM, va, 5), -EINVAL);
		assert_int_equal(fn(VM, va + 4 * PAGE_SIZE, 1), -EINVAL);
		assert_int_equal(fn(VM, va - PAGE_SIZE, 1), -EINVAL);
		assert_int_equal(fn(VM, va + 1, 1), -EINVAL);
		assert_int_equal(fn(VM, va, 0), -EINVAL);
		assert_int_equal(fn(VM, va, ~0ULL), -EINVAL);
		assert_int_equal(fn(VM, stack, 1), -EPERM);
		assert_int_equal(fn(VM, phys, 1), -EINVAL);
		assert_int_equal(fn(VM, test_layout.kernel_offset + IMAGE_PA, 1), -EINVAL);
		assert_int_equal(fn(VM, 0, 1), -EINVAL);
	}
	assert_int_equal(set_direct_map_invalid(VM, phys_to_page(VM->pt.root), 1), -EINVAL);
	assert_int_equal(set_direct_map_invalid(VM, phys_to_page(IMAGE_PA), 1), -EINVAL);
	assert_int_equal(set_direct_map_invalid(VM, phys_to_page(phys_of(stack)), 0), -EINVAL);
	vfree((void *)(uintptr_t)va);
	vfree((void *)(uintptr_t)stack);
	vfree((void *)(uintptr_t)phys);
	assert_int_equal(all_leaves(), first_leaves);
}

/* ---- the split reserve ---- */

static struct grt_mem_range first_piece;

static int fail_large(const struct grt_leaf *leaf, void *arg)
{
	(void)arg;
	return leaf->level || leaf->contiguous;
}

/* The memory of an area came from where the linear map has pages. */
static void check_in_reserve(grt_virt_t va, u64 size)
{
	for (u64 i = 0; i < size; i += PAGE_SIZE)
		assert_int_equal(grt_walk(&VM->pt, vm_linear(VM, phys_of(va + i)), PAGE_SIZE,
					  fail_large, NULL),
				 0);
}

static void grow_and_shrink(void)
{
	u64 size = ARENA_SIZE / 24, total, free;
	struct split_reserve_stats s;
	struct page_alloc_stats pages;
	void *p[12];

	split_reserve_init(&first_piece);
	page_alloc_stats(&pages);
	total = pages.total;
	split_reserve_stats(&s);
	assert_int_equal(s.bytes, first_piece.size);
	assert_int_equal(page_alloc_reserve_free(), first_piece.size >> PAGE_SHIFT);
	for (unsigned int i = 0; i < ARRAY_SIZE(p); i++) {
		p[i] = vmalloc(size);
		assert_non_null(p[i]);
		check_in_reserve((uintptr_t)p[i], size);
		assert_int_equal(set_memory_ro(VM, (uintptr_t)p[i], size >> PAGE_SHIFT), 0);
	}
	split_reserve_stats(&s);
	assert_true(s.refills > 0 && s.refills <= ARRAY_SIZE(p) && !s.failures);
	assert_true(s.bytes >= ARRAY_SIZE(p) * align_down(size, PAGE_SIZE));
	page_alloc_stats(&pages);
	assert_int_equal(pages.total, total);
	free = page_alloc_reserve_free();
	assert_int_equal(s.bytes, pages.reserve << PAGE_SHIFT);
	for (unsigned int i = 0; i < ARRAY_SIZE(p); i++)
		vfree(p[i]);
	/* What was freed stays in the reserve, and the next allocation needs no quiesce. */
	assert_int_equal(page_alloc_reserve_free(), s.bytes >> PAGE_SHIFT);
	assert_true(page_alloc_reserve_free() > free);
	p[0] = vmalloc(s.bytes / 2);
	check_in_reserve((uintptr_t)p[0], s.bytes / 2);
	vfree(p[0]);
	split_reserve_stats(&s);
	assert_true(s.refills <= ARRAY_SIZE(p));
}

static void test_the_reserve_grows_and_its_accounts_are_right(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++) {
		start_layout(i, &first_piece);
#ifndef GEOMETRY_FORMAT_PBMT
		test_caps.bbm = 0;
#endif
		assert_true(first_piece.size >= ARENA_SIZE / 20 &&
			    first_piece.size < ARENA_SIZE / 8);
		grow_and_shrink();
	}
}

static void test_ordinary_memory_is_taken_when_the_reserve_can_not_grow(void **state)
{
	struct split_reserve_stats s;
	grt_virt_t va;

	(void)state;
	start_layout(0, &first_piece);
#ifndef GEOMETRY_FORMAT_PBMT
	test_caps.bbm = 0;
#endif
	split_reserve_init(&first_piece);
	fail_at = 1; /* no table for the refill */
	va = (uintptr_t)vmalloc(first_piece.size + MIB(4));
	fail_at = 0;
	assert_true(va);
	split_reserve_stats(&s);
	assert_int_equal(s.failures, 1);
	assert_int_equal(s.bytes, first_piece.size);
	/* Its aliases are split under quiesce when that is wanted. */
	assert_int_equal(set_memory_ro(VM, va, (first_piece.size + MIB(4)) >> PAGE_SHIFT), 0);
	vfree((void *)(uintptr_t)va);
	compare();
	assert_int_equal(page_alloc_reserve_free(), first_piece.size >> PAGE_SHIFT);
	split_mode_set(SPLIT_LIVE);
	assert_false(split_reserve_grow(VM, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_call_agrees_with_the_reference),
		cmocka_unit_test(test_aliases_stay_where_they_are_not_to_follow),
		cmocka_unit_test(test_what_is_not_an_area_is_refused),
		cmocka_unit_test(test_the_reserve_grows_and_its_accounts_are_right),
		cmocka_unit_test(test_ordinary_memory_is_taken_when_the_reserve_can_not_grow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
