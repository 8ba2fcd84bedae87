// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Several mappings made as one: what the same ones make one by one, and each entry stored once. */
#include "tests/host/engine_arena.h"

static struct tables one, all;
static struct leaves expected, leaves;

struct list {
	struct grt_run run[8];
	unsigned int nr;
};

/* A provider that says what it has, and gives pages that follow one another. */
static u64 have_available(const struct grt_pgtable *pt)
{
	const struct tables *t = pt->ctx;

	return TABLE_PAGES - t->nr_used;
}

static grt_phys_t take_run(struct grt_pgtable *pt, u64 *nr)
{
	grt_phys_t first = tables_alloc(pt);

	*nr = min_u64(*nr, 5); /* odd, so that a run of tables ends inside of one table's links */
	for (u64 i = 1; i < *nr; i++)
		assert_int_equal(tables_alloc(pt), first + (i << pt->g->page_shift));
	return first;
}

/* Neighbours with other attributes, a hole, a part of a block, and full tables of pages in between. */
static void make_list(struct list *list, const struct grt_geometry *g, grt_virt_t va, u64 unit)
{
	const grt_attr_t pages = GRT_MAP_PAGES_ONLY | GRT_MAP_NO_CONT;
	u64 page = grt_geometry_page_size(g);

	*list = (struct list){
		.nr = 5,
		.run = {
			{ va + page, GIB(4) + page, unit / 2 - page, GRT_ATTR_KERNEL_RW },
			{ va + unit / 2, GIB(4) + unit / 2, unit / 4, GRT_ATTR_KERNEL_RO },
			{ va + unit / 4 * 3, GIB(4) + unit / 4 * 3, unit / 4 + 2 * unit, GRT_ATTR_KERNEL_RW },
			{ va + 3 * unit, GIB(8), 7 * unit, GRT_ATTR_KERNEL_RW | pages },
			{ va + 10 * unit + 3 * page, GIB(4) + page, page, GRT_ATTR_KERNEL_RO },
		},
	};
}

static void same_leaf(const struct grt_leaf *a, const struct grt_leaf *b)
{
	assert_int_equal(a->va, b->va);
	assert_int_equal(a->pa, b->pa);
	assert_int_equal(a->size, b->size);
	assert_int_equal(a->attr, b->attr);
	assert_int_equal(a->contiguous, b->contiguous);
}

/* @runs: tables come in runs. */
static void compare(const struct grt_geometry_choice *c, bool live, bool runs)
{
	struct list list;
	grt_virt_t va;
	u64 unit, size;

	tables_init(&one, c, live);
	tables_init(&all, c, live);
	if (runs) {
		all.ops.available = have_available;
		all.ops.alloc_run = take_run;
	}
	unit = grt_geometry_level_size(&one.g, 1);
	size = 11 * unit;
	va = grt_geometry_upper_start(&one.g) + 4 * unit;
	make_list(&list, &one.g, va, unit);
	for (unsigned int i = 0; i < list.nr; i++)
		assert_int_equal(grt_map(&one.pt, list.run[i].va, list.run[i].pa, list.run[i].size,
					 list.run[i].attr),
				 0);
	memset(&mmu_host, 0, sizeof(mmu_host));
	assert_int_equal(grt_map_runs(&all.pt, list.run, list.nr), 0);
	/* Every entry of a new table once; a link into the live root twice, parked and then valid. */
	if (runs)
		assert_in_range(mmu_host.count[MMU_STORE], 1,
				(all.pt.tables - 1) * BIT(grt_geometry_index_bits(&all.g)) +
					2 * 12);
	assert_int_equal(all.pt.tables, one.pt.tables);
	check_tree(&all);
	leaves_get(&one, va, size, &expected);
	leaves_get(&all, va, size, &leaves);
	assert_int_equal(leaves.nr, expected.nr);
	for (unsigned int i = 0; i < leaves.nr; i++)
		same_leaf(&leaves.leaf[i], &expected.leaf[i]);
	one.pt.live = all.pt.live = false;
	tables_done(&one);
	tables_done(&all);
}

static void runs_make_what_single_maps_make(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++) {
		if (grt_geometry_choices[i].page_shift == 16)
			continue; /* eight thousand leaves a table are more than struct leaves holds */
		compare(&grt_geometry_choices[i], true, false);
		compare(&grt_geometry_choices[i], false, false);
		compare(&grt_geometry_choices[i], true, true);
	}
}

static void mistakes_change_nothing(void **state)
{
	struct snapshot before;
	struct list list;
	u64 unit, page;
	grt_virt_t va;

	(void)state;
	tables_init(&all, &grt_geometry_choices[0], true);
	unit = grt_geometry_level_size(&all.g, 1);
	page = grt_geometry_page_size(&all.g);
	va = grt_geometry_upper_start(&all.g) + 4 * unit;
	assert_int_equal(grt_map(&all.pt, va + 10 * unit + 3 * page, 0, page, GRT_ATTR_KERNEL_RW),
			 0);
	snapshot_take(&before, &all);

	make_list(&list, &all.g, va, unit);
	assert_int_equal(grt_map_runs(&all.pt, list.run, list.nr), -EEXIST);
	list.nr = 4;
	list.run[3].va -= unit; /* over the one before */
	assert_int_equal(grt_map_runs(&all.pt, list.run, list.nr), -EINVAL);
	list.run[3].va += unit + 1;
	assert_int_equal(grt_map_runs(&all.pt, list.run, list.nr), -EINVAL);
	list.nr = 3;
	all.fail_at = 1;
	assert_int_equal(grt_map_runs(&all.pt, list.run, list.nr), -ENOMEM);
	all.fail_at = 0;
	list.nr = 0;
	assert_int_equal(grt_map_runs(&all.pt, list.run, list.nr), 0);
	snapshot_equal(&before, &all);
	snapshot_drop(&before);
	all.pt.live = false;
	tables_done(&all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_make_what_single_maps_make),
		cmocka_unit_test(mistakes_change_nothing),
	};

	return run_both_ways(tests);
}
