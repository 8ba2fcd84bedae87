// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The engine, operation by operation: sizes that remain, failures, edges of the address space. */
#include "tests/host/engine_arena.h"
#include "tests/host/random.h"

static struct tables t;
static struct leaves leaves;

static void for_every_layout(void (*fn)(void))
{
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++) {
		tables_init(&t, &grt_geometry_choices[i], true);
		fn();
		t.pt.live = false;
		tables_done(&t);
	}
}

static grt_virt_t upper(void)
{
	return grt_geometry_upper_start(&t.g);
}

static void map(grt_virt_t va, grt_phys_t pa, u64 size, grt_attr_t attr)
{
	assert_int_equal(grt_map(&t.pt, va, pa, size, attr), 0);
}

/* Largest level that may hold a leaf. */
static unsigned int top_leaf(void)
{
	unsigned int level = 0;

	while (grt_geometry_leaf_allowed(&t.g, level + 1))
		level++;
	return level;
}

/* ---- sizes ---- */

/* Leaves as "count x size" in order, neighbours of one kind together. */
static void expect(grt_virt_t va, u64 size, const u64 (*want)[2], unsigned int nr)
{
	unsigned int i = 0;

	leaves_get(&t, va, size, &leaves);
	for (unsigned int w = 0; w < nr; w++)
		for (u64 n = 0; n < want[w][0]; n++, i++) {
			assert_true(i < leaves.nr);
			assert_int_equal(leaves.leaf[i].size, want[w][1]);
		}
	assert_int_equal(i, leaves.nr);
}

static void the_worked_example_keeps_the_largest_sizes(void **state)
{
	static const u64 first[][2] = {
		{ 1, MIB(2) }, { 16, KIB(4) }, { 31, KIB(64) }, { 2, MIB(2) }
	};
	static const u64 second[][2] = {
		{ 1, MIB(2) }, { 16, KIB(4) }, { 31, KIB(64) }, { 1, MIB(2) }, { 32, KIB(64) }
	};
	u64 start, stores;
	grt_virt_t va;

	(void)state;
	tables_init(&t, &grt_geometry_choices[0], true);
	va = upper();
	map(va, GIB(2), MIB(8), GRT_ATTR_KERNEL_RW);
	start = t.pt.tables;
	assert_int_equal(grt_split(&t.pt, va + KIB(2052)), 0);
	expect(va, MIB(8), first, ARRAY_SIZE(first));
	assert_int_equal(t.pt.tables, start + 1);
	assert_int_equal(grt_split(&t.pt, va + KIB(6208)), 0);
	expect(va, MIB(8), second, ARRAY_SIZE(second));
	assert_int_equal(t.pt.tables, start + 2);

	stores = mmu_host.count[MMU_STORE];
	assert_int_equal(grt_protect(&t.pt, va + KIB(2052), KIB(6208 - 2052), 0, GRT_ATTR_WRITE),
			 0);
	expect(va, MIB(8), second, ARRAY_SIZE(second));
	assert_int_equal(mmu_host.count[MMU_STORE] - stores, 15 + 31 * 16 + 1 + 16);
	for (unsigned int i = 0; i < leaves.nr; i++) {
		u64 offset = leaves.leaf[i].va - va;
		bool inside = offset >= KIB(2052) && offset < KIB(6208);

		assert_int_equal(leaves.leaf[i].attr,
				 inside ? GRT_ATTR_KERNEL_RO : GRT_ATTR_KERNEL_RW);
	}
	check_tree(&t);
	t.pt.live = false;
	tables_done(&t);
}

/* Split at every kind of boundary inside the largest leaf and collapse: the very same tables. */
static void split_and_back(void)
{
	unsigned int top = top_leaf();
	u64 size = 4 * grt_geometry_level_size(&t.g, top);
	grt_virt_t va = align_down(0 - size, size);
	struct snapshot before;

	if (size > BIT(t.g.upper_bits - 1))
		return;
	map(va, 0, size, GRT_ATTR_KERNEL_RW | GRT_ATTR_SOFT1);
	snapshot_take(&before, &t);
	for (unsigned int level = 0; level <= top; level++) {
		u64 unit = grt_geometry_level_size(&t.g, level);

		assert_int_equal(grt_split(&t.pt, va + 3 * unit), 0);
		check_tree(&t);
		assert_int_equal(grt_collapse(&t.pt, va, size, GRT_EXTENT_INSIDE), 0);
		check_tree(&t);
		snapshot_equal(&before, &t);
	}
	snapshot_drop(&before);
}

static void collapse_undoes_split_at_every_level(void **state)
{
	(void)state;
	for_every_layout(split_and_back);
}

/* Where nothing else is in the way, the leaf that grt_run_leaf() foretells is the leaf that map makes. */
static void leaves_of_random_ranges(void)
{
	u64 page = grt_geometry_page_size(&t.g), level1 = grt_geometry_level_size(&t.g, 1);
	grt_virt_t base = upper() + 8 * level1;

	for (unsigned int i = 0; i < 50; i++) {
		u64 pages = 1 + (u64)random() % (4 * level1 / page);
		grt_virt_t va = base + (u64)random() % 64 * page, at;
		grt_phys_t pa = GIB(1) + (random() % 2 ? va - base : (u64)random() % 64 * page);
		struct grt_run run = { va, pa, pages * page, GRT_ATTR_KERNEL_RW };
		struct grt_leaf leaf, expected;

		map(va, pa, pages * page, GRT_ATTR_KERNEL_RW);
		for (unsigned int n = 0; n < 40; n++) {
			at = va + (u64)random() % pages * page;
			assert_int_equal(grt_run_leaf(&t.pt, &run, at, &expected), 0);
			assert_int_equal(grt_translate(&t.pt, at, &leaf), 0);
			assert_true(leaf.va == expected.va && leaf.pa == expected.pa &&
				    leaf.size == expected.size && leaf.attr == expected.attr &&
				    leaf.level == expected.level &&
				    leaf.contiguous == expected.contiguous);
		}
		assert_int_equal(grt_run_leaf(&t.pt, &run, va + pages * page, &leaf), -EINVAL);
		assert_int_equal(grt_run_leaf(&t.pt, &run, va - 1, &leaf), -EINVAL);

		assert_int_equal(grt_unmap(&t.pt, va, pages * page), 0);
	}
}

static void leaves_are_those_of_the_mapping(void **state)
{
	(void)state;
	random_begin(1);
	for_every_layout(leaves_of_random_ranges);
}

/* In a new tree without a look at anything, in one that is empty with a look at its root. */
static void terabytes_by_pages(void)
{
	u64 size = BIT(t.g.upper_bits - 1), page = grt_geometry_page_size(&t.g), tables = 0;
	u64 root = grt_geometry_entries(&t.g, grt_geometry_root_level(&t.g));
	struct grt_cost cost = { .g = &t.g }, in_tree = { .g = &t.g, .pt = &t.pt };
	struct grt_run run;

	if (size > BIT(t.g.pa_bits - 1))
		size = BIT(t.g.pa_bits - 1);
	mmu_host.count[MMU_LOAD] = 0;
	run = (struct grt_run){ 0 - size, 0, size, GRT_ATTR_KERNEL_RW | GRT_MAP_PAGES_ONLY };
	grt_cost_add(&cost, &run);
	assert_int_equal(mmu_host.count[MMU_LOAD], 0);
	grt_cost_add(&in_tree, &run);
	assert_in_range(mmu_host.count[MMU_LOAD], 1, 2 * root);
	assert_int_equal(in_tree.tables, cost.tables);
	assert_memory_equal(in_tree.leaves, cost.leaves, sizeof(cost.leaves));
	for (unsigned int l = 0; l < grt_geometry_root_level(&t.g); l++)
		tables += max_u64(size >> grt_geometry_level_shift(&t.g, l + 1), 1);
	assert_int_equal(cost.tables, tables);
	assert_int_equal((cost.leaves[0][1] << t.g.cont_bits[0]) + cost.leaves[0][0], size / page);
}

static void cost_is_arithmetic_however_large(void **state)
{
	(void)state;
	for_every_layout(terabytes_by_pages);
}

/* Ranges that share tables with one another and with the tree are added up to the page. */
static void sum_of_ranges(void)
{
	u64 page = grt_geometry_page_size(&t.g), level1 = grt_geometry_level_size(&t.g, 1), tables;
	grt_virt_t va = upper() + 4 * level1;
	struct grt_cost cost = { .g = &t.g, .pt = &t.pt };

	map(va, GIB(1), page, GRT_ATTR_KERNEL_RW);
	tables = t.pt.tables;
	for (unsigned int i = 0; i < 6; i++)
		grt_cost_add(&cost, &(struct grt_run){ va + (2 * i + 1) * level1 / 4, GIB(1),
						       level1 / 4, GRT_ATTR_KERNEL_RW });
	for (unsigned int i = 0; i < 6; i++)
		map(va + (2 * i + 1) * level1 / 4, GIB(1), level1 / 4, GRT_ATTR_KERNEL_RW);
	assert_int_equal(t.pt.tables, tables + cost.tables);
}

static void costs_of_neighbours_share_tables(void **state)
{
	(void)state;
	for_every_layout(sum_of_ranges);
}

/* ---- failures ---- */

/* Run @fn with each allocation failing in turn; each failure leaves everything as it was. */
static void fail_each(int (*fn)(grt_virt_t va, u64 size), grt_virt_t va, u64 size)
{
	struct snapshot before;
	u64 n = 0;
	int err;

	snapshot_take(&before, &t);
	do {
		t.fail_at = ++n;
		err = fn(va, size);
		if (err) {
			assert_int_equal(err, -ENOMEM);
			snapshot_equal(&before, &t);
		}
	} while (err);
	t.fail_at = 0;
	check_tree(&t);
	snapshot_drop(&before);
}

static int op_map(grt_virt_t va, u64 size)
{
	return grt_map(&t.pt, va, GIB(1), size, GRT_ATTR_KERNEL_RW);
}

static int op_split(grt_virt_t va, u64 size)
{
	(void)size;
	return grt_split(&t.pt, va);
}

static int op_protect(grt_virt_t va, u64 size)
{
	return grt_protect(&t.pt, va, size, 0, GRT_ATTR_WRITE);
}

static int op_unmap(grt_virt_t va, u64 size)
{
	return grt_unmap(&t.pt, va, size);
}

static void every_allocation_fails(void)
{
	u64 page = grt_geometry_page_size(&t.g), top = grt_geometry_level_size(&t.g, top_leaf());
	grt_virt_t va = top > BIT(t.g.upper_bits - 3) ? upper() : upper() + top;

	fail_each(op_map, va + page, grt_geometry_level_size(&t.g, 1) + page);
	fail_each(op_unmap, va, BIT(t.g.upper_bits - 2));
	if (top > BIT(t.g.upper_bits - 3))
		return;
	map(va, 0, 2 * top, GRT_ATTR_KERNEL_RW);
	fail_each(op_split, va + page, 0);
	assert_int_equal(grt_collapse(&t.pt, va, 2 * top, GRT_EXTENT_INSIDE), 0);
	fail_each(op_protect, va + page, top);
	fail_each(op_unmap, va + 2 * page, top);
}

static void failed_allocations_change_nothing(void **state)
{
	(void)state;
	for_every_layout(every_allocation_fails);
}

/* An allocator that itself splits the block that is being split. */
static grt_virt_t reentrant_va;

static grt_phys_t reentrant_alloc(struct grt_pgtable *pt)
{
	grt_virt_t va = reentrant_va;

	reentrant_va = 0;
	if (va)
		assert_int_equal(grt_split(pt, va), 0);
	return tables_alloc(pt);
}

static void allocation_may_split_the_same_block(void **state)
{
	grt_virt_t va;

	(void)state;
	tables_init(&t, &grt_geometry_choices[0], true);
	t.ops.alloc = reentrant_alloc;
	va = upper();
	map(va, GIB(1), GIB(1), GRT_ATTR_KERNEL_RW);
	reentrant_va = va + MIB(4) + KIB(4);
	assert_int_equal(grt_split(&t.pt, va + MIB(4) + KIB(8)), 0);
	check_tree(&t);
	assert_int_equal(t.pt.tables, 4 + (t.g.levels - 3) - 1);
	t.pt.live = false;
	tables_done(&t);
}

static void wrong_arguments(void)
{
	u64 page = grt_geometry_page_size(&t.g);
	struct grt_leaf leaf;

	assert_int_equal(grt_map(&t.pt, upper() + 1, 0, page, GRT_ATTR_KERNEL_RW), -EINVAL);
	assert_int_equal(grt_map(&t.pt, upper(), 8, page, GRT_ATTR_KERNEL_RW), -EINVAL);
	assert_int_equal(grt_map(&t.pt, upper(), 0, page + 8, GRT_ATTR_KERNEL_RW), -EINVAL);
	assert_int_equal(grt_map(&t.pt, upper(), 0, 0, GRT_ATTR_KERNEL_RW), -EINVAL);
	assert_int_equal(grt_map(&t.pt, 0 - page, 0, 2 * page, GRT_ATTR_KERNEL_RW), -EINVAL);
	assert_int_equal(grt_map(&t.pt, upper() - page, 0, page, GRT_ATTR_KERNEL_RW), -EINVAL);
	assert_int_equal(grt_map(&t.pt, BIT(t.g.upper_bits), 0, page, GRT_ATTR_KERNEL_RW), -EINVAL);
	assert_int_equal(grt_map(&t.pt, upper(), 0, page, GRT_ATTR_KERNEL_RW | GRT_ATTR_EXEC),
			 -EINVAL);
	assert_int_equal(grt_map(&t.pt, upper(), BIT(t.g.pa_bits) - page, 2 * page,
				 GRT_ATTR_KERNEL_RW),
			 -ERANGE);
	assert_int_equal(grt_protect(&t.pt, upper(), page, GRT_ATTR_DEVICE, 0), -EINVAL);
	assert_int_equal(grt_split(&t.pt, upper()), -EINVAL);
	assert_int_equal(grt_translate(&t.pt, upper(), &leaf), -ENOENT);
	assert_int_equal(grt_translate(&t.pt, upper() - page, &leaf), -EINVAL);
	assert_int_equal(mmu_host.count[MMU_STORE], 0);
	assert_int_equal(t.pt.tables, 1);
}

static void wrong_arguments_are_refused_before_anything_is_stored(void **state)
{
	(void)state;
	for_every_layout(wrong_arguments);
}

static void overlap_is_refused(void)
{
	u64 page = grt_geometry_page_size(&t.g), level1 = grt_geometry_level_size(&t.g, 1);
	grt_virt_t va = upper() + level1;
	struct snapshot before;

	map(va + 5 * page, GIB(1), page, GRT_ATTR_KERNEL_RW);
	snapshot_take(&before, &t);
	assert_int_equal(grt_map(&t.pt, va, 0, level1, GRT_ATTR_KERNEL_RW), -EEXIST);
	assert_int_equal(grt_map(&t.pt, va + 5 * page, 0, page, GRT_ATTR_KERNEL_RW), -EEXIST);
	snapshot_equal(&before, &t);
	snapshot_drop(&before);
	map(va, 0, 5 * page, GRT_ATTR_KERNEL_RW);
}

static void mapped_memory_is_never_mapped_over(void **state)
{
	(void)state;
	for_every_layout(overlap_is_refused);
}

/* ---- edges of the address space ---- */

static void both_ends(void)
{
	u64 page = grt_geometry_page_size(&t.g);
	struct grt_leaf leaf;

	map(upper(), GIB(1), page, GRT_ATTR_KERNEL_RW);
	map(0 - page, GIB(1) + page, page, GRT_ATTR_KERNEL_RX);
	assert_int_equal(grt_translate(&t.pt, ~0ULL, &leaf), 0);
	assert_int_equal(leaf.va + leaf.size, 0);
	assert_int_equal(leaf.pa, GIB(1) + page);
	assert_int_equal(leaf.attr, GRT_ATTR_KERNEL_RX);
	leaves_get(&t, upper(), 0 - upper(), &leaves);
	assert_int_equal(leaves.nr, 2);
	assert_int_equal(grt_unmap(&t.pt, upper(), 0 - upper()), 0);
	assert_int_equal(t.pt.tables, 1);
}

static void both_ends_can_be_used(void **state)
{
	(void)state;
	for_every_layout(both_ends);
}

/* In all layouts: those that have 52 bits of physical addresses and more cross all of the edges. */
#ifdef GEOMETRY_FORMAT_PBMT
#define EDGES 12
#else
#define EDGES 20
#endif
static unsigned int edges_crossed;

/* Physical memory across the point where the address field of an entry wraps into other bits. */
static void across_the_field(void)
{
	u64 page = grt_geometry_page_size(&t.g), level1 = grt_geometry_level_size(&t.g, 1);
	grt_phys_t edges[] = { BIT(48), BIT(50), 3 * BIT(50), BIT(51) };

	for (unsigned int i = 0; i < ARRAY_SIZE(edges); i++) {
		grt_virt_t va = upper() + 2 * level1 - 8 * page;
		grt_phys_t pa = edges[i] - 8 * page;

		if (edges[i] + level1 > BIT(t.g.pa_bits))
			continue;
		edges_crossed++;
		map(va, pa, 16 * page, GRT_ATTR_KERNEL_RW);
		for (u64 n = 0; n < 16; n++) {
			struct grt_leaf leaf;

			assert_int_equal(grt_translate(&t.pt, va + n * page, &leaf), 0);
			assert_int_equal(leaf.pa + (va + n * page - leaf.va), pa + n * page);
		}
		assert_int_equal(grt_unmap(&t.pt, va, 16 * page), 0);
		map(va + 3 * page, pa, 16 * page, GRT_ATTR_KERNEL_RW);
		for (u64 n = 0; n < 16; n++) {
			struct grt_leaf leaf;

			assert_int_equal(grt_translate(&t.pt, va + (n + 3) * page, &leaf), 0);
			assert_int_equal(leaf.pa + (va + (n + 3) * page - leaf.va), pa + n * page);
		}
		assert_int_equal(grt_unmap(&t.pt, va + 3 * page, 16 * page), 0);
	}
}

static void runs_are_cut_where_the_address_field_wraps(void **state)
{
	(void)state;
	edges_crossed = 0;
	for_every_layout(across_the_field);
	assert_int_equal(edges_crossed, EDGES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_worked_example_keeps_the_largest_sizes),
		cmocka_unit_test(collapse_undoes_split_at_every_level),
		cmocka_unit_test(leaves_are_those_of_the_mapping),
		cmocka_unit_test(cost_is_arithmetic_however_large),
		cmocka_unit_test(costs_of_neighbours_share_tables),
		cmocka_unit_test(failed_allocations_change_nothing),
		cmocka_unit_test(allocation_may_split_the_same_block),
		cmocka_unit_test(wrong_arguments_are_refused_before_anything_is_stored),
		cmocka_unit_test(mapped_memory_is_never_mapped_over),
		cmocka_unit_test(both_ends_can_be_used),
		cmocka_unit_test(runs_are_cut_where_the_address_field_wraps),
	};

	return run_both_ways(tests);
}
