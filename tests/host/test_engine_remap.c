// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Other memory in the place of a leaf: sizes, errors, and what the CPUs see meanwhile. */
#include "tests/host/engine_trace.h"

static struct tables t;
static struct leaves leaves;

static void for_every_layout(void (*fn)(void))
{
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++) {
		tables_init(&t, &grt_geometry_choices[i], true);
		watch_begin(&t);
		fn();
		watch_end();
		t.pt.live = false;
		tables_done(&t);
	}
}

static grt_virt_t base(void)
{
	return grt_geometry_upper_start(&t.g);
}

static void expect(grt_virt_t va, grt_phys_t pa, u64 size, grt_attr_t attr)
{
	struct grt_leaf leaf;

	assert_int_equal(grt_translate(&t.pt, va, &leaf), 0);
	assert_int_equal(leaf.pa + (va - leaf.va), pa);
	assert_int_equal(leaf.attr, attr);
	assert_true(leaf.size <= size || leaf.attr == GRT_ATTR_KERNEL_RW);
	watch_complete();
	check_tree(&t);
}

/* A page with a neighbour, one of a group, one of a block, and a block. */
static void all_kinds(void)
{
	u64 page = grt_geometry_page_size(&t.g), block = grt_geometry_level_size(&t.g, 1);
	grt_phys_t other = BIT(t.g.pa_bits - 1);
	grt_virt_t va = base();

	assert_int_equal(grt_map(&t.pt, va, block, 4 * block, GRT_ATTR_KERNEL_RW), 0);
	assert_int_equal(grt_map(&t.pt, va + 8 * block, block, block,
				 GRT_ATTR_KERNEL_RW | GRT_MAP_PAGES_ONLY),
			 0);
	watch_complete();
	for (unsigned int i = 0; i < 2; i++) { /* the second time it is a leaf already */
		assert_int_equal(grt_remap(&t.pt, va + 8 * block + page, other + i * page, page,
					   GRT_ATTR_KERNEL_RO),
				 0);
		expect(va + 8 * block + page, other + i * page, page, GRT_ATTR_KERNEL_RO);
		assert_int_equal(grt_remap(&t.pt, va + 3 * page, other + i * page, page,
					   GRT_ATTR_KERNEL_RX),
				 0);
		expect(va + 3 * page, other + i * page, page, GRT_ATTR_KERNEL_RX);
	}
	expect(va + 2 * page, block + 2 * page, block, GRT_ATTR_KERNEL_RW);
	expect(va + 4 * page, block + 4 * page, block, GRT_ATTR_KERNEL_RW);
	if (grt_geometry_leaf_allowed(&t.g, 1)) {
		assert_int_equal(grt_remap(&t.pt, va + 2 * block, other, block, GRT_ATTR_KERNEL_RO),
				 0);
		expect(va + 2 * block, other, block, GRT_ATTR_KERNEL_RO);
		expect(va + block, 2 * block, block, GRT_ATTR_KERNEL_RW);
	}
	/* The same again is no change. */
	assert_int_equal(grt_remap(&t.pt, va + 3 * page, other + page, page, GRT_ATTR_KERNEL_RX),
			 0);
	leaves_get(&t, va, 9 * block, &leaves);
	assert_true(leaves.nr > 0);
}

static void leaves_map_something_else(void **state)
{
	(void)state;
	for_every_layout(all_kinds);
}

static void refusals(void)
{
	u64 page = grt_geometry_page_size(&t.g), block = grt_geometry_level_size(&t.g, 1), stores;
	grt_virt_t va = base();

	assert_int_equal(grt_map(&t.pt, va, block, block, GRT_ATTR_KERNEL_RW | GRT_MAP_PAGES_ONLY),
			 0);
	stores = mmu_host.count[MMU_STORE];
	assert_int_equal(grt_remap(&t.pt, va, 0, block, GRT_ATTR_KERNEL_RW), -EINVAL);
	assert_int_equal(grt_remap(&t.pt, va, 0, 2 * page, GRT_ATTR_KERNEL_RW), -EINVAL);
	assert_int_equal(grt_remap(&t.pt, va, 0, 0, GRT_ATTR_KERNEL_RW), -EINVAL);
	assert_int_equal(grt_remap(&t.pt, va, 8, page, GRT_ATTR_KERNEL_RW), -EINVAL);
	assert_int_equal(grt_remap(&t.pt, va + 8, 0, page, GRT_ATTR_KERNEL_RW), -EINVAL);
	assert_int_equal(grt_remap(&t.pt, va, 0, page, GRT_ATTR_KERNEL_RW | GRT_ATTR_EXEC),
			 -EINVAL);
	assert_int_equal(grt_remap(&t.pt, va, BIT(t.g.pa_bits), page, GRT_ATTR_KERNEL_RW), -ERANGE);
	assert_int_equal(grt_remap(&t.pt, va + block, 0, page, GRT_ATTR_KERNEL_RW), -ENOENT);
	assert_int_equal(mmu_host.count[MMU_STORE], stores);
}

static void what_is_wrong_is_refused_before_anything_is_stored(void **state)
{
	(void)state;
	for_every_layout(refusals);
}

static void no_memory(void)
{
	u64 page = grt_geometry_page_size(&t.g), block = grt_geometry_level_size(&t.g, 1);
	struct snapshot before;

	if (!grt_geometry_leaf_allowed(&t.g, 1))
		return;
	assert_int_equal(grt_map(&t.pt, base(), block, block, GRT_ATTR_KERNEL_RW), 0);
	snapshot_take(&before, &t);
	t.fail_at = 1;
	assert_int_equal(grt_remap(&t.pt, base() + page, 0, page, GRT_ATTR_KERNEL_RW), -ENOMEM);
	snapshot_equal(&before, &t);
	snapshot_drop(&before);
}

static void without_memory_nothing_changes(void **state)
{
	(void)state;
	for_every_layout(no_memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaves_map_something_else),
		cmocka_unit_test(what_is_wrong_is_refused_before_anything_is_stored),
		cmocka_unit_test(without_memory_nothing_changes),
	};

	return run_both_ways(tests);
}
