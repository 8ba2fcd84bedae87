// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Mappings without any access: they keep what they map and permit, nobody can use them, and they are shown.
 */
#include "tests/host/engine_trace.h"

static struct tables t;
static struct leaves plain, hidden;

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

/* Blocks, pages before and after them, and whatever groups fit. */
static u64 odd_size(void)
{
	return 2 * grt_geometry_level_size(&t.g, 1) + 5 * grt_geometry_page_size(&t.g);
}

static void nobody_sees(grt_virt_t va, u64 size)
{
	struct grt_leaf leaf;

	for (u64 at = 0; at < size; at += grt_geometry_level_size(&t.g, 1) / 2)
		assert_int_equal(grt_translate(&t.pt, va + at, &leaf), -ENOENT);
	leaves_get(&t, va, size, &hidden);
	assert_int_equal(hidden.nr, 0);
	watch_complete();
}

/* Shown, it is what the same mapping is that could be seen from the start. */
static void as_if_it_had_been_seen(void)
{
	u64 page = grt_geometry_page_size(&t.g), far = 8 * grt_geometry_level_size(&t.g, 1);
	u64 size = odd_size(), tables;
	grt_virt_t va = base() + far / 2 - 3 * page;
	grt_phys_t pa = far / 2 - 3 * page;

	assert_int_equal(grt_map(&t.pt, va, pa, size, GRT_ATTR_KERNEL_RW), 0);
	leaves_get(&t, va, size, &plain);
	assert_int_equal(grt_map(&t.pt, va + far, pa, size, GRT_ATTR_KERNEL_RW & ~GRT_ATTR_READ),
			 0);
	nobody_sees(va + far, size);
	assert_int_equal(grt_map(&t.pt, va + far + page, pa, page, GRT_ATTR_KERNEL_RW), -EEXIST);
	tables = t.pt.tables;
	assert_int_equal(grt_protect(&t.pt, va + far, size, GRT_ATTR_READ, 0), 0);
	assert_int_equal(t.pt.tables, tables);
	watch_complete();
	leaves_get(&t, va + far, size, &hidden);
	assert_int_equal(hidden.nr, plain.nr);
	for (unsigned int i = 0; i < plain.nr; i++) {
		const struct grt_leaf *a = &plain.leaf[i], *b = &hidden.leaf[i];

		assert_true(a->va + far == b->va && a->pa == b->pa && a->attr == b->attr);
		assert_true(a->size == b->size && a->contiguous == b->contiguous);
	}
	assert_int_equal(grt_unmap(&t.pt, va, size), 0);
	assert_int_equal(grt_unmap(&t.pt, va + far, size), 0);
	assert_int_equal(t.pt.tables, 1);
}

static void what_is_shown_is_as_if_it_had_been_seen(void **state)
{
	(void)state;
	for_every_layout(as_if_it_had_been_seen);
}

/* A page of it is shown, mapped to something else, hidden again by that, and all of it goes. */
static void one_page(void)
{
	u64 page = grt_geometry_page_size(&t.g), size = odd_size();
	grt_virt_t va = base(), one = va + grt_geometry_level_size(&t.g, 1) + 3 * page;
	struct grt_leaf leaf;

	assert_int_equal(grt_map(&t.pt, va, 0, size, GRT_ATTR_WRITE | GRT_ATTR_GLOBAL), 0);
	assert_int_equal(grt_protect(&t.pt, one, page, GRT_ATTR_READ, 0), 0);
	assert_int_equal(grt_translate(&t.pt, one, &leaf), 0);
	assert_int_equal(leaf.attr, GRT_ATTR_KERNEL_RW);
	assert_int_equal(leaf.pa, one - va);
	assert_int_equal(leaf.size, page);
	nobody_sees(va, one - va);
	assert_int_equal(grt_remap(&t.pt, one, 7 * page, page, GRT_ATTR_GLOBAL), 0);
	nobody_sees(va, size);
	assert_int_equal(grt_remap(&t.pt, one + page, 9 * page, page, GRT_ATTR_KERNEL_RO), 0);
	assert_int_equal(grt_protect(&t.pt, one, page, GRT_ATTR_READ, 0), 0);
	watch_complete();
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(grt_translate(&t.pt, one + i * page, &leaf), 0);
		assert_int_equal(leaf.attr, GRT_ATTR_KERNEL_RO);
		assert_int_equal(leaf.pa, (7 + 2 * i) * page);
	}
	check_tree(&t);
	assert_int_equal(grt_unmap(&t.pt, va, size), 0);
	assert_int_equal(t.pt.tables, 1);
}

static void a_page_of_it_is_shown_and_replaced(void **state)
{
	(void)state;
	for_every_layout(one_page);
}

static void refusals(void)
{
	u64 page = grt_geometry_page_size(&t.g);

	assert_int_equal(grt_map(&t.pt, base(), 0, page, GRT_ATTR_WRITE | GRT_ATTR_EXEC), -EINVAL);
	assert_int_equal(grt_map(&t.pt, base(), 0, page, GRT_ATTR_MEM_MASK), -EINVAL);
	assert_int_equal(grt_map(&t.pt, base(), 0, page, GRT_ATTR_EXEC), 0);
	assert_int_equal(grt_protect(&t.pt, base(), page, GRT_ATTR_READ | GRT_ATTR_WRITE, 0),
			 -EINVAL);
	nobody_sees(base(), page);
	assert_int_equal(grt_collapse(&t.pt, base(), page, GRT_EXTENT_AROUND), 0);
	assert_int_equal(grt_unmap(&t.pt, base(), page), 0);
}

static void nothing_hidden_is_writable_and_executable(void **state)
{
	(void)state;
	for_every_layout(refusals);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_shown_is_as_if_it_had_been_seen),
		cmocka_unit_test(a_page_of_it_is_shown_and_replaced),
		cmocka_unit_test(nothing_hidden_is_writable_and_executable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
