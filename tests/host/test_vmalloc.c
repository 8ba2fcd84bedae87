// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* vmalloc and execmem in every layout: what is mapped, where, and what is left when it is over. */
/* link: mm/vmalloc.c mm/execmem.c mm/vm_space.c mm/va_space.c mm/pool.c mm/vm.c */
/* link: mm/set_memory.c mm/split_reserve.c mm/split_policy.c mm/quiesced.c mm/fixmap.c */
/* link: mm/page_alloc.c mm/memblock.c mm/address.c mm/report.c */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "mm/execmem.h"
#include "mm/report.h"
#include "mm/vmalloc.h"
#include "tests/host/mm_vm.h"
#include "tests/host/random.h"

#define VM (&kernel_vm)
#define MAX_AREAS 400
#define VA(p) ((grt_virt_t)(uintptr_t)(p))

static struct page_alloc_stats first;
static u64 first_tables, first_mistakes;

static void start_layout(unsigned int choice, bool kaslr)
{
	test_vm_geometry(choice);
	memblock_add(&arena_mb, ARENA_BASE, ARENA_SIZE);
	memblock_reserve(&arena_mb, IMAGE_PA, IMAGE_SIZE);
	test_vm_plan(kaslr, choice + 1);
	test_vm_start(VM);
	random_begin(choice + 1);
}

/* General vmalloc is only what lies within @bytes of the windows, so that it can be filled. */
static void shrink_vmalloc(u64 bytes)
{
	for (unsigned int i = 0; i < test_layout.nr; i++) {
		struct grt_region *r = &test_layout.region[i];

		if (r->id != GRT_REGION_VMALLOC)
			continue;
		if (grt_layout_find(&test_layout, GRT_REGION_KERNEL)->start > r->start)
			r->start += r->size - min_u64(bytes, r->size);
		r->size = min_u64(bytes, r->size);
	}
}

static void start_vmalloc(void)
{
	assert_int_equal(vmalloc_init(VM), 0);
	assert_int_equal(execmem_init(VM), 0);
	page_alloc_stats(&first);
	first_tables = VM->pt.tables;
	first_mistakes = mm_report_count();
}

static int count_leaf(const struct grt_leaf *leaf, void *arg)
{
	(void)leaf;
	++*(u64 *)arg;
	return 0;
}

static u64 leaves(void)
{
	grt_virt_t start = grt_geometry_upper_start(&test_geometry);
	u64 n = 0;

	grt_walk(&VM->pt, start, -start, count_leaf, &n);
	return n;
}

static void check_as_at_start(void)
{
	struct page_alloc_stats now;
	struct vmalloc_stats areas;

	page_alloc_stats(&now);
	vmalloc_stats(&areas);
	assert_int_equal(areas.areas, 0);
	assert_int_equal(areas.bytes, 0);
	assert_int_equal(leaves(), 0);
	assert_int_equal(VM->pt.tables, first_tables);
	assert_int_equal(now.free, first.free);
	assert_memory_equal(now.free_blocks, first.free_blocks, sizeof(now.free_blocks));
	assert_int_equal(mm_report_count(), first_mistakes);
}

static void each_layout(void (*test)(void), u64 vmalloc_bytes)
{
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++) {
		for (unsigned int kaslr = 0; kaslr < 2; kaslr++) {
			start_layout(i, kaslr);
			if (vmalloc_bytes)
				shrink_vmalloc(vmalloc_bytes);
			start_vmalloc();
			test();
			check_as_at_start();
		}
	}
}

static bool mapped(grt_virt_t va)
{
	struct grt_leaf leaf;

	return !vm_translate(VM, va, &leaf);
}

/* [va, va + size) is mapped with @attr, lies in a region of @id, and has guard pages. */
static void check_area(grt_virt_t va, u64 size, enum grt_region_id id, grt_attr_t attr)
{
	const struct grt_region *r = grt_layout_region_of(&test_layout, va);
	struct grt_leaf leaf;

	assert_non_null(r);
	assert_int_equal(r->id, id);
	/* There is room for a guard page, whatever is mapped before the region. */
	assert_true(va > r->start);
	assert_true(va + size - r->start <= r->size);
	size = align_up(size, PAGE_SIZE);
	for (u64 i = 0; i < size; i += PAGE_SIZE) {
		assert_int_equal(vm_translate(VM, va + i, &leaf), 0);
		assert_int_equal(leaf.attr &
					 (GRT_ATTR_PERM_MASK | GRT_ATTR_MEM_MASK | GRT_ATTR_GLOBAL),
				 attr);
		assert_true(leaf.va >= va && leaf.va + leaf.size <= va + size);
	}
	assert_false(mapped(va - 1));
	assert_false(mapped(va + size));
}

static void areas_of_all_sizes(void)
{
	static const u64 sizes[] = { 1, 4095, 4096, 65537, 100000, MIB(1), MIB(2), MIB(5) + 1 };
	void *p[ARRAY_SIZE(sizes)];

	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		p[i] = vmalloc(sizes[i]);
		assert_non_null(p[i]);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++)
		check_area(VA(p[i]), sizes[i], GRT_REGION_VMALLOC, GRT_ATTR_KERNEL_RW);
	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		vfree(p[i]);
		assert_false(mapped(VA(p[i])));
	}
	vfree(NULL);
}

static void test_areas_are_mapped_between_guard_pages(void **state)
{
	(void)state;
	each_layout(areas_of_all_sizes, 0);
}

/* As many leaves as the size has at its best, with memory that is not fragmented. */
static void largest_leaves(void)
{
	u64 leaf = vm_leaf_size(&test_geometry, MIB(64));
	void *p = vmalloc(leaf), *q = vmalloc(leaf + PAGE_SIZE);
	u64 n = leaves();

	assert_non_null(p);
	assert_int_equal(n, 3);
	vfree(q);
	vfree(p);
	p = vmalloc_flags(16 * PAGE_SIZE, 0,
			  GRT_ATTR_KERNEL_RO | GRT_MAP_PAGES_ONLY | GRT_MAP_NO_CONT);
	check_area(VA(p), 16 * PAGE_SIZE, GRT_REGION_VMALLOC, GRT_ATTR_KERNEL_RO);
	assert_int_equal(leaves(), 16);
	vfree(p);
}

static void test_largest_leaves_are_used(void **state)
{
	(void)state;
	each_layout(largest_leaves, 0);
}

static unsigned char owner[ARENA_SIZE >> 12];

static int own_leaf(const struct grt_leaf *leaf, void *arg)
{
	(void)arg;
	for (u64 i = 0; i < leaf->size; i += PAGE_SIZE) {
		u64 n = (leaf->pa + i - ARENA_BASE) >> PAGE_SHIFT;

		assert_true(n < ARRAY_SIZE(owner));
		assert_int_equal(owner[n]++, 0);
	}
	return 0;
}

/* No page of memory is mapped twice. */
static void check_owners(void)
{
	grt_virt_t start = grt_geometry_upper_start(&test_geometry);

	memset(owner, 0, sizeof(owner));
	grt_walk(&VM->pt, start, -start, own_leaf, NULL);
}

static void random_areas(void)
{
	static struct {
		void *p;
		u64 size;
	} area[MAX_AREAS];
	u64 total = 0, areas = 0;
	struct vmalloc_stats stats;

	memset(area, 0, sizeof(area));
	for (unsigned int i = 0; i < 1500; i++) {
		unsigned int n = (unsigned int)rand() % MAX_AREAS;

		if (area[n].p) {
			vfree(area[n].p);
			area[n].p = NULL;
			total -= area[n].size;
			areas--;
		} else {
			area[n].size = PAGE_SIZE * (1 + (u64)rand() % (rand() % 8 ? 12 : 200));
			area[n].p = vmalloc_flags(area[n].size, 1ULL << rand() % 20,
						  GRT_ATTR_KERNEL_RW);
			if (!area[n].p)
				continue;
			total += area[n].size;
			areas++;
		}
		vmalloc_stats(&stats);
		assert_int_equal(stats.bytes, total);
		assert_int_equal(stats.areas, areas);
		if (i % 300 == 0)
			check_owners();
	}
	for (unsigned int n = 0; n < MAX_AREAS; n++) {
		if (area[n].p)
			check_area(VA(area[n].p), area[n].size, GRT_REGION_VMALLOC,
				   GRT_ATTR_KERNEL_RW);
		vfree(area[n].p);
	}
}

static void test_random_areas_share_no_memory(void **state)
{
	(void)state;
	each_layout(random_areas, 0);
}

/* Fill every address with mappings of one page of memory, in sizes that become smaller. */
static void fill_to_the_last_page(void)
{
	static void *area[MIB(16) / 4096 * 2];
	u64 size = MIB(2);
	unsigned int n = 0;
	void *code;

	while (size >= PAGE_SIZE) {
		void *p = vmap_phys(ARENA_BASE + MIB(64), size, GRT_ATTR_KERNEL_RO);

		if (!p) {
			size /= 2;
			continue;
		}
		assert_int_equal(grt_layout_region_of(&test_layout, VA(p))->id, GRT_REGION_VMALLOC);
		assert_int_equal(grt_layout_region_of(&test_layout, VA(p) + size - 1)->id,
				 GRT_REGION_VMALLOC);
		assert_true(n < ARRAY_SIZE(area));
		area[n++] = p;
	}
	assert_null(vmalloc(1));
	assert_null(vmalloc_stack());
	code = execmem_alloc(EXECMEM_MODULE, 1);
	check_area(VA(code), 1, GRT_REGION_MODULES, GRT_ATTR_KERNEL_RW);
	execmem_free(EXECMEM_MODULE, code);
	assert_null(vmalloc(1));
	while (n)
		vfree(area[--n]);
}

static void test_windows_are_not_used_even_when_vmalloc_is_full(void **state)
{
	(void)state;
	each_layout(fill_to_the_last_page, MIB(4));
}

static grt_phys_t *next_taken(grt_phys_t pa)
{
	return phys_to_virt(pa);
}

/*
 * Leave @pages pages free, no two of them neighbours. Returns the others, chained by their first
 * word.
 */
static grt_phys_t take_all_but(unsigned int pages)
{
	grt_phys_t pa, taken = GRT_PHYS_NONE, *at = &taken;

	for (; (pa = page_alloc(0, 0)) != GRT_PHYS_NONE; taken = pa)
		*next_taken(pa) = taken;
	for (; pages; pages--) {
		at = next_taken(*at);
		pa = *at;
		*at = *next_taken(pa);
		page_free(pa, 0);
	}
	return taken;
}

static void give_back(grt_phys_t taken)
{
	while (taken != GRT_PHYS_NONE) {
		grt_phys_t next = *next_taken(taken);

		page_free(taken, 0);
		taken = next;
	}
}

/*
 * With each number of free pages that is too small for the area, its tables and what describes it.
 * Returns how many it takes.
 */
static u64 too_little_memory(u64 size)
{
	unsigned int pages = (unsigned int)(size / PAGE_SIZE);
	struct vmalloc_stats areas;
	void *p = NULL;

	for (pages = pages > 16 ? pages : 0; !p; pages++) {
		grt_phys_t taken = take_all_but(pages);

		p = vmalloc(size);
		vmalloc_stats(&areas);
		if (!p) {
			assert_int_equal(page_alloc_available(), pages);
			assert_int_equal(leaves(), 0);
			assert_int_equal(VM->pt.tables, first_tables);
			assert_int_equal(areas.areas, 0);
		} else {
			assert_int_equal(page_alloc_available(), 0);
			check_area(VA(p), size, GRT_REGION_VMALLOC, GRT_ATTR_KERNEL_RW);
		}
		vfree(p);
		give_back(taken);
	}
	return pages - 1;
}

static void test_failure_at_each_allocation_leaves_nothing_behind(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++) {
		start_layout(i, false);
		page_alloc_init(&(struct memblock){
			.memory = { .range = &(struct grt_mem_range){ ARENA_BASE, MIB(8) },
				    .nr = 1 } });
		test_vm_start(VM);
		start_vmalloc();
		assert_true(too_little_memory(9 * PAGE_SIZE) > 9);
		/* Two tables of pages: the second can be missing when the first is full. */
		if (MIB(3) / PAGE_SIZE > PTRS_PER_TABLE)
			assert_true(too_little_memory(MIB(3)) > MIB(3) / PAGE_SIZE + 2);
		assert_null(vmalloc(ARENA_SIZE));
		check_as_at_start();
	}
}

/* Areas and pages come and go; each checks that what it got is its own as long as it has it. */
static void *thread_work(void *arg)
{
	unsigned int seed = (unsigned int)(uintptr_t)arg;
	void *area[16] = { 0 };
	u64 wrong = 0;

	for (unsigned int i = 0; i < 2000; i++) {
		void **p = &area[rand_r(&seed) % ARRAY_SIZE(area)];
		u64 size = PAGE_SIZE * (1 + (u64)rand_r(&seed) % 9);
		grt_phys_t pa = page_alloc_exact(size, 1, 0);
		volatile u64 *word = phys_to_virt(pa);
		u64 value = (u64)i << 32 | seed;

		*word = value;
		if (*p)
			vfree(*p);
		*p = *p ? NULL : vmalloc(PAGE_SIZE * (1 + (u64)rand_r(&seed) % 40));
		wrong += *p && (!mapped(VA(*p)) || mapped(VA(*p) - 1));
		wrong += *word != value;
		page_free_exact(pa, size);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(area); i++)
		vfree(area[i]);
	return (void *)(uintptr_t)wrong;
}

static void test_threads_do_not_disturb_each_other(void **state)
{
	pthread_t thread[4];

	(void)state;
	start_layout(0, false);
	start_vmalloc();
	for (uintptr_t i = 0; i < ARRAY_SIZE(thread); i++)
		assert_int_equal(pthread_create(&thread[i], NULL, thread_work, (void *)(i + 1)), 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(thread); i++) {
		void *wrong;

		assert_int_equal(pthread_join(thread[i], &wrong), 0);
		assert_null(wrong);
	}
	check_as_at_start();
}

static void absurd_sizes(void)
{
	assert_null(vmalloc(0));
	assert_null(vmalloc(~(size_t)0));
	assert_null(vmalloc((size_t)1 << 63));
	assert_null(vmalloc(TIB(1)));
	assert_null(vmalloc_flags(PAGE_SIZE, 1ULL << 63, GRT_ATTR_KERNEL_RW));
	assert_null(vmalloc_flags(PAGE_SIZE, 0, GRT_ATTR_KERNEL_RW | GRT_ATTR_EXEC));
	assert_null(vmap_phys(0, 0, GRT_ATTR_KERNEL_RW));
	assert_null(vmap_phys(~0ULL, 2, GRT_ATTR_KERNEL_RW));
	assert_null(vmap_phys(1ULL << 60, PAGE_SIZE, GRT_ATTR_KERNEL_RW));
}

static void test_absurd_sizes_are_refused(void **state)
{
	(void)state;
	each_layout(absurd_sizes, 0);
}

static void stacks(void)
{
	void *p = vmalloc_stack(), *q = vmalloc_stack();

	assert_true(is_aligned(VA(p), THREAD_SIZE));
	check_area(VA(p), THREAD_SIZE, GRT_REGION_VMALLOC, GRT_ATTR_KERNEL_RW);
	check_area(VA(q), THREAD_SIZE, GRT_REGION_VMALLOC, GRT_ATTR_KERNEL_RW);
	vfree(p);
	vfree(q);
}

static void test_stacks_have_guard_pages(void **state)
{
	(void)state;
	each_layout(stacks, 0);
}

static void physical_memory(void)
{
	grt_phys_t pa = 0x12345678;
	u64 leaf = vm_leaf_size(&test_geometry, MIB(64));
	struct grt_leaf found;
	void *p = vmap_phys(pa, 3 * PAGE_SIZE, GRT_ATTR_KERNEL_RW | GRT_ATTR_DEVICE);

	assert_int_equal(VA(p) & (PAGE_SIZE - 1), pa & (PAGE_SIZE - 1));
	for (u64 i = 0; i < 3 * PAGE_SIZE; i += 1000) {
		assert_int_equal(vm_translate(VM, VA(p) + i, &found), 0);
		assert_int_equal(found.pa + (VA(p) + i - found.va), pa + i);
	}
	vfree(p);
	p = vmap_phys(leaf + PAGE_SIZE, 2 * leaf - PAGE_SIZE, GRT_ATTR_KERNEL_RO);
	assert_int_equal(vm_translate(VM, VA(p) + 2 * leaf - 2 * PAGE_SIZE, &found), 0);
	assert_int_equal(found.size, leaf);
	vfree(p);
}

static void test_physical_memory_keeps_its_offset_and_large_leaves(void **state)
{
	(void)state;
	each_layout(physical_memory, 0);
}

static void code_windows(void)
{
	static const enum grt_region_id window[] = { GRT_REGION_MODULES, GRT_REGION_BPF };

	for (unsigned int type = 0; type < EXECMEM_NR; type++) {
		void *p = execmem_alloc(type, 5000), *q = execmem_alloc(type, MIB(2));

		check_area(VA(p), 5000, window[type], GRT_ATTR_KERNEL_RW);
		check_area(VA(q), MIB(2), window[type], GRT_ATTR_KERNEL_RW);
		assert_true(execmem_in_reach(VA(q), MIB(2), GIB(2)));
		assert_int_equal(execmem_seal(type, p), 0);
		check_area(VA(p), 5000, window[type], GRT_ATTR_KERNEL_RX);
		check_area(VA(q), MIB(2), window[type], GRT_ATTR_KERNEL_RW);
		assert_int_equal(execmem_seal(type, (char *)q + PAGE_SIZE), -EINVAL);
		execmem_free(type, p);
		assert_int_equal(execmem_seal(type, p), -EINVAL);
		execmem_free(type, q);
		execmem_free(type, NULL);
		assert_null(execmem_alloc(type, GIB(2)));
	}
}

static void test_code_is_never_writable_and_executable(void **state)
{
	(void)state;
	each_layout(code_windows, 0);
}

static void test_reach_is_measured_from_both_ends(void **state)
{
	(void)state;
	address_map.kernel_start = GIB(4);
	address_map.kernel_size = MIB(1);
	assert_true(execmem_in_reach(GIB(4) + MIB(2), MIB(1), MIB(3)));
	assert_false(execmem_in_reach(GIB(4) + MIB(2) + 1, MIB(1), MIB(3) - 1));
	assert_true(execmem_in_reach(GIB(4) - MIB(2), MIB(1), MIB(3)));
	assert_false(execmem_in_reach(GIB(4) - MIB(2) - 1, MIB(1), MIB(3) - 1));
}

static void test_wrong_frees_are_reported_and_change_nothing(void **state)
{
	u64 mistakes;
	char *p;

	(void)state;
	start_layout(0, false);
	start_vmalloc();
	mistakes = mm_report_count();
	p = vmalloc(3 * PAGE_SIZE);
	vfree(p + PAGE_SIZE);
	vfree(p + 3 * PAGE_SIZE);
	vfree(p + 1);
	execmem_free(EXECMEM_MODULE, p);
	assert_int_equal(mm_report_count(), mistakes + 4);
	check_area(VA(p), 3 * PAGE_SIZE, GRT_REGION_VMALLOC, GRT_ATTR_KERNEL_RW);
	vfree(p);
	assert_int_equal(mm_report_count(), mistakes + 4);
	vfree(p);
	assert_int_equal(mm_report_count(), mistakes + 5);
}

static void test_no_region_no_space(void **state)
{
	(void)state;
	start_layout(0, false);
	for (unsigned int i = 0; i < test_layout.nr; i++)
		if (test_layout.region[i].id == GRT_REGION_BPF)
			test_layout.region[i].id = GRT_REGION_GUARD;
	assert_int_equal(execmem_init(VM), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_areas_are_mapped_between_guard_pages),
		cmocka_unit_test(test_largest_leaves_are_used),
		cmocka_unit_test(test_random_areas_share_no_memory),
		cmocka_unit_test(test_windows_are_not_used_even_when_vmalloc_is_full),
		cmocka_unit_test(test_failure_at_each_allocation_leaves_nothing_behind),
		cmocka_unit_test(test_threads_do_not_disturb_each_other),
		cmocka_unit_test(test_absurd_sizes_are_refused),
		cmocka_unit_test(test_stacks_have_guard_pages),
		cmocka_unit_test(test_physical_memory_keeps_its_offset_and_large_leaves),
		cmocka_unit_test(test_code_is_never_writable_and_executable),
		cmocka_unit_test(test_reach_is_measured_from_both_ends),
		cmocka_unit_test(test_wrong_frees_are_reported_and_change_nothing),
		cmocka_unit_test(test_no_region_no_space),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
