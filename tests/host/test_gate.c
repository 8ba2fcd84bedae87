// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Corners of the gate that other tests meet by chance only. */
#include "tests/host/engine_trace.h"

static struct tables t;

static void begin(const struct grt_geometry_choice *c)
{
	tables_init(&t, c, true);
	watch_begin(&t);
}

static void end(void)
{
	watch_end();
	tables_done(&t);
}

static void expect(grt_virt_t va, grt_phys_t pa, grt_attr_t attr)
{
	struct grt_leaf leaf;

	assert_int_equal(grt_translate(&t.pt, va, &leaf), 0);
	assert_int_equal(leaf.pa + (va - leaf.va), pa);
	assert_int_equal(leaf.attr, attr);
}

/* Two links wait, the second in another table than the first, at the index behind it. */
static void links_wait_in_their_own_tables(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++) {
		u64 page, block, upper;
		grt_virt_t va;

		begin(&grt_geometry_choices[i]);
		page = grt_geometry_page_size(&t.g);
		block = grt_geometry_level_size(&t.g, 1);
		va = grt_geometry_upper_start(&t.g);
		if (t.g.levels > 2) {
			upper = grt_geometry_level_size(&t.g, 2);
			const struct grt_run runs[] = {
				{ va + block, GIB(1), page, GRT_ATTR_KERNEL_RW },
				{ va + upper + 2 * block, GIB(2), page, GRT_ATTR_KERNEL_RW },
			};

			/* The tables of level 1 are there. */
			assert_int_equal(grt_map(&t.pt, va, 0, page, GRT_ATTR_KERNEL_RW), 0);
			assert_int_equal(grt_map(&t.pt, va + upper, 0, page, GRT_ATTR_KERNEL_RW),
					 0);
			assert_int_equal(grt_map_runs(&t.pt, runs, 2), 0);
			expect(runs[0].va, runs[0].pa, GRT_ATTR_KERNEL_RW);
			expect(runs[1].va, runs[1].pa, GRT_ATTR_KERNEL_RW);
			check_tree(&t);
		}
		watch_complete();
		end();
	}
}

/* Above that of pages, in all layouts: those that have leaves, and room for two. */
#ifdef GEOMETRY_FORMAT_PBMT
#define SPLIT_LEVELS 9
#else
#define SPLIT_LEVELS 17
#endif

/* A split invalidates an address in the leaf that it replaces: also where that is the last one. */
static void splits_reach_the_old_leaf(void **state)
{
	unsigned int levels = 0;

	(void)state;
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++) {
		begin(&grt_geometry_choices[i]);
		for (unsigned int level = 1; level < t.g.levels; level++) {
			u64 size = grt_geometry_level_size(&t.g, level),
			    page = grt_geometry_page_size(&t.g);
			grt_virt_t va = grt_geometry_upper_start(&t.g) + size;

			if (!grt_geometry_leaf_allowed(&t.g, level) ||
			    2 * size > BIT(t.g.upper_bits) || 2 * size > BIT(t.g.pa_bits))
				continue;
			assert_int_equal(grt_map(&t.pt, va, size, size, GRT_ATTR_KERNEL_RW), 0);
			watch_complete();
			levels++;
			assert_int_equal(grt_split(&t.pt, va + size - page), 0);
			watch_complete();
			assert_int_equal(grt_collapse(&t.pt, va, size, GRT_EXTENT_INSIDE), 0);
			assert_int_equal(grt_split(&t.pt, va + page), 0);
			watch_complete();
			assert_int_equal(grt_unmap(&t.pt, va, size), 0);
			watch_complete();
		}
		end();
	}
	assert_int_equal(levels, SPLIT_LEVELS);
}

/* A table that the range holds in part stays. */
static void tables_in_part_are_not_collapsed(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++) {
		struct grt_leaf leaf;
		grt_virt_t va;
		u64 block, page;

		begin(&grt_geometry_choices[i]);
		block = grt_geometry_level_size(&t.g, 1);
		page = grt_geometry_page_size(&t.g);
		va = grt_geometry_upper_start(&t.g) + block;
		assert_int_equal(grt_map(&t.pt, va, block, block,
					 GRT_ATTR_KERNEL_RW | GRT_MAP_PAGES_ONLY),
				 0);
		assert_int_equal(grt_collapse(&t.pt, va + page, block - page, GRT_EXTENT_INSIDE),
				 0);
		assert_int_equal(grt_translate(&t.pt, va, &leaf), 0);
		assert_int_equal(leaf.level, 0);
		assert_int_equal(grt_collapse(&t.pt, va, block, GRT_EXTENT_INSIDE), 0);
		assert_int_equal(grt_translate(&t.pt, va, &leaf), 0);
		assert_int_equal(leaf.level, 1);
		watch_complete();
		end();
	}
}

/* Where no leaf is cut none is: also not the first one of the half, whose page has number 0 in the root. */
static void what_is_not_cut_stays_whole(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++) {
		struct grt_leaf leaf;
		grt_virt_t first, va;
		u64 block;

		begin(&grt_geometry_choices[i]);
		block = grt_geometry_level_size(&t.g, 1);
		first = grt_geometry_upper_start(&t.g);
		va = first + 2 * block;
		assert_int_equal(grt_map(&t.pt, first, 0, block, GRT_ATTR_KERNEL_RW), 0);
		assert_int_equal(grt_map(&t.pt, va, block, block, GRT_ATTR_KERNEL_RW), 0);
		assert_int_equal(grt_unmap(&t.pt, va + block / 2, block / 2), 0);
		assert_int_equal(grt_unmap(&t.pt, va, block / 4), 0);
		watch_complete();
		assert_int_equal(grt_translate(&t.pt, first, &leaf), 0);
		assert_int_equal(leaf.level, 1);
		expect(va + block / 4, block + block / 4, GRT_ATTR_KERNEL_RW);
		assert_int_equal(grt_translate(&t.pt, va + block / 2, &leaf), -ENOENT);
		end();
	}
}

/* ---- a provider that changes the tree ---- */

/* How it makes a read-only block writable: in an open batch, or not. */
enum busy { BUSY_BATCH, BUSY_PROTECT, BUSY_REPLACE, BUSY_WAYS };

static enum busy busy;
static grt_virt_t busy_va;

static grt_phys_t busy_alloc(struct grt_pgtable *pt)
{
	const u64 block = grt_geometry_level_size(&t.g, 1);
	grt_virt_t va = busy_va;
	int err = 0;

	busy_va = 0;
	if (va && busy != BUSY_REPLACE)
		err = grt_protect(pt, va, block, GRT_ATTR_WRITE, 0);
	else if (va)
		err = grt_unmap(pt, va, block) ||
		      grt_map(pt, va, 2 * block, block, GRT_ATTR_KERNEL_RW);
	assert_int_equal(err, 0);
	return tables_alloc(pt);
}

static void plan_and_change(void)
{
	u64 block = grt_geometry_level_size(&t.g, 1);
	grt_virt_t va = grt_geometry_upper_start(&t.g) + block;
	struct grt_tlb_batch batch;

	assert_int_equal(grt_map(&t.pt, va, block, block, GRT_ATTR_KERNEL_RW), 0);
	assert_int_equal(grt_map(&t.pt, va + block, 2 * block, block, GRT_ATTR_KERNEL_RO), 0);
	t.ops.alloc = busy_alloc;
	busy_va = va + block;
	if (busy == BUSY_BATCH)
		grt_batch_begin(&t.pt, &batch);
	assert_int_equal(grt_protect(&t.pt, va + block / 2, block, 0, GRT_ATTR_WRITE), 0);
	if (busy == BUSY_BATCH)
		assert_int_equal(grt_batch_commit(&t.pt), 0);
	watch_complete();
	expect(va, block, GRT_ATTR_KERNEL_RW);
	expect(va + block / 2, block + block / 2, GRT_ATTR_KERNEL_RO);
	expect(va + block, 2 * block, GRT_ATTR_KERNEL_RO);
	expect(va + block + block / 2, 2 * block + block / 2, GRT_ATTR_KERNEL_RW);
}

/* A leaf that the range ends in needs no split, until the provider has changed it. */
static void plans_notice_what_a_provider_changes(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++) {
		for (busy = 0; busy < BUSY_WAYS; busy++) {
			begin(&grt_geometry_choices[i]);
			plan_and_change();
			end();
		}
	}
}

#ifndef GEOMETRY_FORMAT_PBMT
/*
 * A block's nT, bit 16, lies where a page has its address (Arm ARM D8.3.1): of whoever set it, what the block
 * is split into maps what the block did.
 */
static void blocks_with_nT_are_split(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++) {
		tables_init(&t, &grt_geometry_choices[i], false);
		for (unsigned int level = 1; level < t.g.levels; level++) {
			u64 size = grt_geometry_level_size(&t.g, level),
			    page = grt_geometry_page_size(&t.g);
			grt_virt_t va = grt_geometry_upper_start(&t.g) + size;
			unsigned int at = t.g.levels - 1U;

			if (!grt_geometry_leaf_allowed(&t.g, level) ||
			    2 * size > BIT(t.g.upper_bits) || 2 * size > BIT(t.g.pa_bits))
				continue;
			assert_int_equal(grt_map(&t.pt, va, size, size, GRT_ATTR_KERNEL_RW), 0);
			*raw_entry_of(&t, t.pt.root, va >> t.g.page_shift, &at) |= BIT(16);
			assert_int_equal(at, level);
			expect(va + page, size + page, GRT_ATTR_KERNEL_RW);
			assert_int_equal(grt_split(&t.pt, va + page), 0);
			expect(va, size, GRT_ATTR_KERNEL_RW);
			expect(va + page, size + page, GRT_ATTR_KERNEL_RW);
			expect(va + size - page, 2 * size - page, GRT_ATTR_KERNEL_RW);
			assert_int_equal(grt_unmap(&t.pt, va, size), 0);
		}
		tables_done(&t);
	}
}

#define ISLANDS 64U

/* More spans are broken than may wait at once, while a batch holds tables that are to be freed. */
static void many_spans_are_broken_in_a_batch(void **state)
{
	struct grt_tlb_batch batch;
	grt_virt_t va, other;
	u64 page;

	(void)state;
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++) {
		begin(&grt_geometry_choices[i]);
		page = grt_geometry_page_size(&t.g);
		va = grt_geometry_upper_start(&t.g);
		other = va + grt_geometry_level_size(&t.g, 1);
		assert_int_equal(grt_map(&t.pt, other, 0, page, GRT_ATTR_KERNEL_RW), 0);
		/* Each two neighbours that differ, and then a hole. */
		for (u64 n = 0; n < 3 * ISLANDS; n++)
			if (n % 3 < 2)
				assert_int_equal(grt_map(&t.pt, va + n * page, GIB(1) + n * page,
							 page,
							 n % 3 ? GRT_ATTR_READ
							       : GRT_ATTR_READ | GRT_ATTR_WRITE),
						 0);
		watch_complete();
		grt_batch_begin(&t.pt, &batch);
		assert_int_equal(grt_unmap(&t.pt, other, page), 0);
		assert_int_equal(grt_protect(&t.pt, va, 3 * ISLANDS * page, GRT_ATTR_GLOBAL, 0), 0);
		assert_int_equal(grt_batch_commit(&t.pt), 0);
		watch_complete();
		for (u64 n = 0; n < 3 * ISLANDS; n++)
			if (n % 3 < 2)
				expect(va + n * page, GIB(1) + n * page,
				       n % 3 ? GRT_ATTR_KERNEL_RO : GRT_ATTR_KERNEL_RW);
		check_tree(&t);
		end();
	}
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(links_wait_in_their_own_tables),
		cmocka_unit_test(splits_reach_the_old_leaf),
		cmocka_unit_test(tables_in_part_are_not_collapsed),
		cmocka_unit_test(what_is_not_cut_stays_whole),
		cmocka_unit_test(plans_notice_what_a_provider_changes),
#ifndef GEOMETRY_FORMAT_PBMT
		cmocka_unit_test(blocks_with_nT_are_split),
		cmocka_unit_test(many_spans_are_broken_in_a_batch),
#endif
	};

	return run_both_ways(tests);
}
