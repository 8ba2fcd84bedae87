// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Memory types: whose index an entry holds is the regime's business, and what it leaves unnamed is nobody's.
 */
#include "tests/host/engine_arena.h"

static struct tables t;

static const grt_attr_t types[] = { GRT_ATTR_NORMAL, GRT_ATTR_NONCACHED, GRT_ATTR_DEVICE,
				    GRT_ATTR_DEVICE_nGnRE };

static int make(struct grt_pgtable *pt, struct grt_regime_memory memory)
{
	const struct grt_pgtable_config config = {
		.g = &t.g,
		.caps = &t.caps,
		.regime = { .half = GRT_REGIME_UPPER, .memory = memory },
		.ops = &t.ops,
		.ctx = &t,
	};

	return grt_pgtable_init(pt, &config);
}

static u64 *entry_of(const struct grt_pgtable *pt, grt_virt_t va)
{
	grt_phys_t table = pt->root;

	for (unsigned int level = grt_geometry_root_level(&t.g);; level--) {
		u64 *e = tables_memory(&t, table) + grt_geometry_index(&t.g, level, va);

		if (!pte_is_table(&t.g, level, pte_make(*e)))
			return e;
		table = pte_table_phys(&t.g, pte_make(*e));
	}
}

static int keep_attr(const struct grt_leaf *leaf, void *arg)
{
	*(grt_attr_t *)arg = leaf->attr;
	return 0;
}

/* What translate and walk say of a page, which is the same. */
static grt_attr_t type_of(const struct grt_pgtable *pt, grt_virt_t va)
{
	grt_attr_t walked = ~0ULL;
	struct grt_leaf leaf;

	assert_int_equal(grt_translate(pt, va, &leaf), 0);
	assert_int_equal(grt_walk(pt, va, grt_geometry_page_size(&t.g), keep_attr, &walked), 0);
	assert_int_equal(walked, leaf.attr);
	return leaf.attr & GRT_ATTR_MEM_MASK;
}

#ifdef GEOMETRY_FORMAT_LPA

/* @index[i] is that of types[i]. */
static struct grt_regime_memory order(const u8 *index)
{
	return (struct grt_regime_memory){ true, index[0], index[1], index[2], index[3] };
}

static unsigned int index_in(const struct grt_pgtable *pt, grt_virt_t va)
{
	return (unsigned int)(*entry_of(pt, va) >> 2 & 7);
}

static void in_order(const u8 *index)
{
	u64 page = grt_geometry_page_size(&t.g);
	grt_virt_t va = grt_geometry_upper_start(&t.g);
	struct grt_pgtable pt;

	assert_int_equal(make(&pt, order(index)), 0);
	pt.live = true;
	for (unsigned int i = 0; i < 4; i++, va += page) {
		grt_attr_t attr = GRT_ATTR_KERNEL_RW | types[i];

		if (index[i] == GRT_REGIME_NO_INDEX) {
			assert_int_equal(grt_map(&pt, va, 0, page, attr), -EINVAL);
			assert_int_equal(grt_map(&pt, va, 0, 2 * page, attr), -EINVAL);
			continue;
		}
		assert_int_equal(grt_map(&pt, va, 0, page, attr), 0);
		assert_int_equal(index_in(&pt, va), index[i]);
		assert_int_equal(type_of(&pt, va), types[i]);
		/* Changes of everything else keep it, whichever way they go. */
		assert_int_equal(grt_protect(&pt, va, page, GRT_ATTR_USER, GRT_ATTR_WRITE), 0);
		assert_int_equal(grt_protect(&pt, va, page, 0, GRT_ATTR_READ), 0);
		assert_int_equal(grt_protect(&pt, va, page, GRT_ATTR_READ | GRT_ATTR_EXEC,
					     GRT_ATTR_USER),
				 0);
		assert_int_equal(index_in(&pt, va), index[i]);
		for (unsigned int j = 0; j < 4; j++) {
			int err = grt_remap(&pt, va, page, page, GRT_ATTR_KERNEL_RO | types[j]);

			assert_int_equal(err, index[j] == GRT_REGIME_NO_INDEX ? -EINVAL : 0);
			if (!err)
				assert_int_equal(index_in(&pt, va), index[j]);
		}
	}
	/* The general way, and then each index that there is. */
	assert_int_equal(grt_map(&pt, va, 0, 2 * page, GRT_ATTR_KERNEL_RW | GRT_ATTR_NORMAL), 0);
	for (unsigned int at = 0; at < 8; at++) {
		grt_attr_t is = GRT_ATTR_OTHER;

		for (unsigned int i = 0; i < 4; i++)
			is = index[i] == at ? types[i] : is;
		*entry_of(&pt, va) = (*entry_of(&pt, va) & ~0x1cULL) | at << 2;
		assert_int_equal(type_of(&pt, va), is);
	}
	pt.live = false;
	grt_pgtable_destroy(&pt);
}

static void entries_hold_the_index_that_the_regime_names(void **state)
{
	const u8 none = GRT_REGIME_NO_INDEX;
	const u8 orders[][4] = { { 0, 1, 2, 3 },    { 3, 2, 1, 0 },	  { 7, 6, 5, 4 },
				 { 0, 2, 3, 4 },    { 4, 0, 1, 5 },	  { 0, 1, 2, none },
				 { 1, none, 0, 6 }, { 2, 3, none, none }, { 5, 7, 0, 2 } };

	(void)state;
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++) {
		tables_init(&t, &grt_geometry_choices[i], false);
		for (unsigned int o = 0; o < ARRAY_SIZE(orders); o++)
			in_order(orders[o]);
		tables_done(&t);
	}
}

static void what_is_no_order_is_refused(void **state)
{
	const u8 bad[][4] = { { 0, 0, 1, 2 }, { 0, 1, 8, 2 }, { 0, 1, 2, 1 }, { 254, 1, 2, 3 } };
	struct grt_pgtable pt;

	(void)state;
	tables_init(&t, &grt_geometry_choices[0], false);
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(make(&pt, order(bad[i])), -EINVAL);
	tables_done(&t);
}

#else

static void there_is_no_other_order(void **state)
{
	struct grt_pgtable pt;

	(void)state;
	tables_init(&t, &grt_geometry_choices[0], false);
	assert_int_equal(make(&pt, (struct grt_regime_memory){ true, 0, 1, 2, 3 }), -EINVAL);
	tables_done(&t);
}

/* PBMT, in 62:61, is 1 for non-cacheable memory and 2 for I/O; 3 is reserved. */
static void both_types_of_device_are_io(void **state)
{
	static const u64 pbmt[] = { 0, 1, 2, 2 };
	grt_virt_t va;

	(void)state;
	tables_init(&t, &grt_geometry_choices[1], true);
	va = grt_geometry_upper_start(&t.g);
	for (unsigned int i = 0; i < 4; i++, va += KIB(4)) {
		assert_int_equal(grt_map(&t.pt, va, 0, KIB(4), GRT_ATTR_KERNEL_RW | types[i]), 0);
		assert_int_equal(*entry_of(&t.pt, va) >> 61, pbmt[i]);
		assert_int_equal(type_of(&t.pt, va), types[pbmt[i]]);
	}
	*entry_of(&t.pt, va - KIB(4)) |= 3ULL << 61;
	assert_int_equal(type_of(&t.pt, va - KIB(4)), GRT_ATTR_OTHER);
	tables_done(&t);
}

#endif

/* Three bits name four types; no other value is one to map with. */
static void types_that_are_none_are_refused(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++) {
		tables_init(&t, &grt_geometry_choices[i], true);
		for (u64 mem = 0; mem < 8; mem++) {
			grt_attr_t attr = GRT_ATTR_KERNEL_RW | mem << GRT_ATTR_MEM_SHIFT;
			u64 page = grt_geometry_page_size(&t.g);
			grt_virt_t va = grt_geometry_upper_start(&t.g) + mem * page;
			bool is = mem <= 2 || mem == 6;

			assert_int_equal(grt_map(&t.pt, va, 0, page, attr), is ? 0 : -EINVAL);
			assert_int_equal(grt_remap(&t.pt, grt_geometry_upper_start(&t.g), 0, page,
						   attr),
					 is ? 0 : -EINVAL);
		}
		tables_done(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#ifdef GEOMETRY_FORMAT_LPA
		cmocka_unit_test(entries_hold_the_index_that_the_regime_names),
		cmocka_unit_test(what_is_no_order_is_refused),
#else
		cmocka_unit_test(there_is_no_other_order),
		cmocka_unit_test(both_types_of_device_are_io),
#endif
		cmocka_unit_test(types_that_are_none_are_refused),
	};

	return run_both_ways(tests);
}
