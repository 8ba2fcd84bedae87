// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What a batch remembers of many ranges, and what it says of them. */
#include "tests/host/engine_arena.h"

#define BASE 0xffff900000000000ULL
#define PAGE KIB(64) /* of any granule a multiple */

static struct grt_tlb_batch batch;

static void change(u64 first, u64 pages, unsigned int level)
{
	tlb_batch_change(&batch, BASE + first * PAGE, BASE + (first + pages) * PAGE - 1, level);
}

static void expect(unsigned int n, u64 first, u64 pages, unsigned int level)
{
	assert_in_range(n, 0, batch.nr - 1);
	assert_int_equal(batch.range[n].start, BASE + first * PAGE);
	assert_int_equal(batch.range[n].last, BASE + (first + pages) * PAGE - 1);
	assert_int_equal(batch.range[n].level, level);
}

static void neighbours_of_one_level_are_one_range(void **state)
{
	(void)state;
	tlb_batch_init(&batch);
	change(10, 2, 0);
	change(10, 2, 0); /* again */
	assert_int_equal(batch.nr, 1);
	change(12, 1, 0); /* behind it */
	assert_int_equal(batch.nr, 1);
	expect(0, 10, 3, 0);
	change(9, 1, 0); /* before it */
	assert_int_equal(batch.nr, 1);
	expect(0, 9, 4, 0);
	change(10, 8, 0); /* across its end */
	assert_int_equal(batch.nr, 1);
	expect(0, 9, 9, 0);
	change(19, 1, 0); /* one page is between */
	assert_int_equal(batch.nr, 2);
	expect(1, 19, 1, 0);
	change(7, 1, 0);
	assert_int_equal(batch.nr, 3);
	/* What fills the gap goes to the first of those that touch it. */
	change(18, 1, 0);
	assert_int_equal(batch.nr, 3);
	expect(0, 9, 10, 0);
	expect(1, 19, 1, 0);
}

/* A large stride covers what would take many small ones. */
static void levels_are_kept_apart(void **state)
{
	(void)state;
	tlb_batch_init(&batch);
	change(10, 2, 0);
	change(12, 4, 1);
	assert_int_equal(batch.nr, 2);
	change(10, 2, 1);
	assert_int_equal(batch.nr, 3);
	expect(0, 10, 2, 0);
	expect(1, 12, 4, 1);
	expect(2, 10, 2, 1);
	/* The same range as the last one but for one thing. */
	tlb_batch_init(&batch);
	change(10, 2, 0);
	change(10, 3, 0);
	expect(0, 10, 3, 0);
	change(8, 5, 0);
	expect(0, 8, 5, 0);
	assert_int_equal(batch.nr, 1);
}

static void a_full_batch_joins_what_is_nearest(void **state)
{
	(void)state;
	for (unsigned int near = 0; near < GRT_TLB_BATCH_RANGES; near++) {
		for (int below = 0; below < 2; below++) {
			u64 first = 1000 + near * 100;

			tlb_batch_init(&batch);
			for (unsigned int i = 0; i < GRT_TLB_BATCH_RANGES; i++)
				change(1000 + i * 100, 1, 1);
			assert_int_equal(batch.nr, GRT_TLB_BATCH_RANGES);
			change(below ? first - 40 : first + 40, 1, 0);
			assert_int_equal(batch.nr, GRT_TLB_BATCH_RANGES);
			for (unsigned int i = 0; i < GRT_TLB_BATCH_RANGES; i++)
				if (i != near)
					expect(i, 1000 + i * 100, 1, 1);
			expect(near, below ? first - 40 : first, 41, 0);
		}
	}
}

static bool overlaps(u64 first, u64 pages)
{
	return tlb_batch_overlaps(&batch, BASE + first * PAGE, BASE + (first + pages) * PAGE - 1);
}

static void what_may_be_cached_is_what_changed(void **state)
{
	(void)state;
	tlb_batch_init(&batch);
	assert_false(overlaps(0, 1000));
	change(10, 2, 0);
	change(20, 2, 0);
	for (u64 first = 0; first < 30; first++)
		for (u64 n = 1; n < 30; n++)
			assert_int_equal(overlaps(first, n),
					 (first < 12 && first + n > 10) ||
						 (first < 22 && first + n > 20));
	batch.nonleaf = true;
	assert_true(overlaps(100, 1));
	tlb_batch_init(&batch);
	assert_false(overlaps(10, 1));
}

static void what_is_new_is_one_range(void **state)
{
	(void)state;
	tlb_batch_init(&batch);
	assert_false(batch.added);
	tlb_batch_add(&batch, BASE + 8 * PAGE, BASE + 9 * PAGE - 1, 2);
	assert_true(batch.added);
	assert_int_equal(batch.add.level, 2);
	tlb_batch_add(&batch, BASE + 20 * PAGE, BASE + 21 * PAGE - 1, 3);
	assert_int_equal(batch.add.start, BASE + 8 * PAGE);
	assert_int_equal(batch.add.last, BASE + 21 * PAGE - 1);
	assert_int_equal(batch.add.level, 2);
	tlb_batch_add(&batch, BASE, BASE + PAGE - 1, 0);
	assert_int_equal(batch.add.start, BASE);
	assert_int_equal(batch.add.last, BASE + 21 * PAGE - 1);
	assert_int_equal(batch.add.level, 0);
	assert_int_equal(batch.nr, 0);
}

/* Nothing that changed, or no CPU that could have seen it: nothing to invalidate. */
static void only_live_trees_are_invalidated(void **state)
{
	static struct tables t;

	(void)state;
	for (unsigned int i = 0; i < 6; i++) {
		u64 done = 0;

		tables_init(&t, &grt_geometry_choices[0], i % 2);
		tlb_batch_init(&batch);
		if (i / 2 == 1)
			change(1, 1, 0);
		if (i / 2 == 2)
			tlb_batch_add(&batch, BASE, BASE + PAGE - 1, 0);
		memset(&mmu_host, 0, sizeof(mmu_host));
		assert_int_equal(tlb_batch_commit(&t.pt, &batch), 0);
		for (unsigned int event = 0; event < ARRAY_SIZE(mmu_host.count); event++)
			done += mmu_host.count[event];
		assert_int_equal(done != 0, i % 2 && i / 2);
		assert_int_equal(batch.nr + batch.added, 0);
		tables_done(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(neighbours_of_one_level_are_one_range),
		cmocka_unit_test(levels_are_kept_apart),
		cmocka_unit_test(a_full_batch_joins_what_is_nearest),
		cmocka_unit_test(what_may_be_cached_is_what_changed),
		cmocka_unit_test(what_is_new_is_one_range),
		cmocka_unit_test(only_live_trees_are_invalidated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
