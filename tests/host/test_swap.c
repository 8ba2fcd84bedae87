// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Pages in place of larger leaves, in every layout: what is mapped stays, what lies outside of the range
 * keeps the leaves that splits at its edges would leave, and no table is lost, whatever fails.
 */
#include <graticule/pgtable_swap.h>
#include "tests/host/engine_arena.h"
#include "tests/host/random.h"

#define ROUNDS 60
#define MAPPINGS 6
#define MAX_TABLES 900 /* of those that the arena has */

static struct tables t, other;
static struct leaves before, after, expected;
static unsigned int swapped, had_pages, failed; /* rounds; an allocation */

/* ---- trees ---- */

/* A size that makes leaves of every level likely: some entries of a level that has leaves. */
static u64 random_size(const struct grt_geometry *g)
{
	unsigned int level = 0;

	for (unsigned int l = 1; l < g->levels; l++)
		if (grt_geometry_leaf_allowed(g, l) && random() % 2)
			level = l;
	return grt_geometry_level_size(g, level) * (1 + random_below(40));
}

static grt_virt_t upper_start(const struct grt_geometry *g)
{
	return grt_geometry_upper_start(g);
}

static u64 upper_size(const struct grt_geometry *g)
{
	return 0 - upper_start(g);
}

/* What the trees have been given. */
static struct mapping {
	grt_virt_t start;
	u64 size;
} mapped[MAPPINGS];
static unsigned int nr_mapped;

static bool overlaps_mapped(grt_virt_t va, u64 size)
{
	for (unsigned int i = 0; i < nr_mapped; i++)
		if (va < mapped[i].start + mapped[i].size && mapped[i].start < va + size)
			return true;
	return false;
}

/* The same mapping in both trees, or in neither if another is in its way; a part of it may be hidden. */
static void map_both(grt_virt_t va, grt_phys_t pa, u64 size, grt_attr_t attr)
{
	u64 hide = random() % 3 ? 0 : grt_geometry_page_size(&t.g) * (1 + random_below(20));
	int expected = overlaps_mapped(va, size) ? -EEXIST : 0;

	assert_int_equal(grt_map(&t.pt, va, pa, size, attr), expected);
	assert_int_equal(grt_map(&other.pt, va, pa, size, attr), expected);
	if (expected)
		return;
	mapped[nr_mapped++] = (struct mapping){ va, size };
	if (!hide || hide > size)
		return;
	assert_int_equal(grt_protect(&t.pt, va, hide, 0, GRT_ATTR_READ | GRT_ATTR_WRITE), 0);
	assert_int_equal(grt_protect(&other.pt, va, hide, 0, GRT_ATTR_READ | GRT_ATTR_WRITE), 0);
}

static void fill_trees(void)
{
	const struct grt_geometry *g = &t.g;
	u64 page = grt_geometry_page_size(g);

	nr_mapped = 0;
	for (unsigned int i = 0; i < MAPPINGS; i++) {
		u64 size = min_u64(random_size(g), upper_size(g) / 4);
		/*
		 * Virtual and physical addresses aligned to one another, or, if that does not make
		 * more leaves than the list holds, off by some pages: leaves of all sizes appear.
		 */
		u64 shift = random() % 3 || size / page > 4096 ? 0 : random_below(64) * page;
		grt_virt_t va = upper_start(g) + random_below(8) * (upper_size(g) / 16) +
				random_below(100) * page;
		grt_phys_t pa = (va - upper_start(g) + shift) & (BIT(40) - 1);

		map_both(va, pa, size, random() % 2 ? GRT_ATTR_KERNEL_RW : GRT_ATTR_KERNEL_RO);
	}
}

/* ---- comparing ---- */

/* Leaves that continue one another are one run: sizes must not show. */
static void merge(struct leaves *l)
{
	unsigned int out = 0;

	for (unsigned int i = 0; i < l->nr; i++) {
		struct grt_leaf *last = out ? &l->leaf[out - 1] : NULL;

		l->leaf[i].level = 0;
		l->leaf[i].contiguous = false;
		if (last && last->va + last->size == l->leaf[i].va &&
		    last->attr == l->leaf[i].attr && last->pa + last->size == l->leaf[i].pa)
			last->size += l->leaf[i].size;
		else
			l->leaf[out++] = l->leaf[i];
	}
	l->nr = out;
}

static void assert_same(const struct leaves *a, const struct leaves *b)
{
	assert_int_equal(a->nr, b->nr);
	for (unsigned int i = 0; i < a->nr; i++) {
		assert_true(a->leaf[i].va == b->leaf[i].va && a->leaf[i].pa == b->leaf[i].pa);
		assert_true(a->leaf[i].size == b->leaf[i].size);
		assert_int_equal(a->leaf[i].attr, b->leaf[i].attr);
		assert_int_equal(a->leaf[i].level, b->leaf[i].level);
		assert_int_equal(a->leaf[i].contiguous, b->leaf[i].contiguous);
	}
}

/* Drop what lies in [va, va + size), where all must be single pages if @pages. */
static void drop_range(struct leaves *l, grt_virt_t va, u64 size, bool pages)
{
	unsigned int out = 0;

	for (unsigned int i = 0; i < l->nr; i++) {
		if (l->leaf[i].va - va < size) {
			assert_true(l->leaf[i].va + l->leaf[i].size - va <= size);
			if (pages)
				assert_true(!l->leaf[i].level && !l->leaf[i].contiguous);
		} else {
			l->leaf[out++] = l->leaf[i];
		}
	}
	l->nr = out;
}

/* The other tree, by splits at the edges. */
static void expect_outside(grt_virt_t va, u64 size)
{
	int err = grt_split(&other.pt, va);

	assert_true(!err || err == -EINVAL);
	if (va + size) {
		err = grt_split(&other.pt, va + size);
		assert_true(!err || err == -EINVAL);
	}
	leaves_get(&other, upper_start(&t.g), upper_size(&t.g), &expected);
	drop_range(&expected, va, size, false);
}

/* ---- a swap ---- */

static int swap_pages(struct tables *tables, grt_virt_t va, u64 size, bool commit)
{
	struct grt_pgtable *pt = &tables->pt;
	struct grt_swap swap;
	grt_phys_t next;
	u64 had = pt->tables;
	int err = grt_swap_begin(pt, va, size, &swap);

	if (err)
		return err;
	if (swap.tables + pt->tables > MAX_TABLES)
		return -E2BIG;
	next = pt->ops->alloc(pt);
	if (next == GRT_PHYS_NONE)
		return -ENOMEM;
	err = grt_swap_build(pt, &swap, next);
	if (!err && commit)
		grt_swap_commit(pt, &swap, tables_memory(tables, swap.table),
				tables_memory(tables, next));
	assert_int_equal(grt_swap_end(pt, &swap), 0);
	pt->ops->free(pt, next);
	if (!err && commit)
		assert_true((s64)(pt->tables - had) == swap.tables);
	return err;
}

static void random_range(grt_virt_t *va, u64 *size)
{
	const struct grt_geometry *g = &t.g;
	u64 page = grt_geometry_page_size(g);
	const struct grt_leaf *leaf;

	leaves_get(&t, upper_start(g), upper_size(g), &before);
	if (!before.nr) {
		*va = upper_start(g);
		*size = page;
		return;
	}
	leaf = &before.leaf[random_below(before.nr)];
	*va = leaf->va + random_below(leaf->size / page) * page;
	*size = random() % 3 ? page * (1 + random_below(200)) : page * (1 + random_below(30000));
	*size = min_u64(*size, 0 - *va - page);
}

static void fail_each_allocation(grt_virt_t va, u64 size)
{
	struct snapshot s;
	int err;

	for (u64 n = 1;; n++) {
		snapshot_take(&s, &t);
		t.fail_at = n;
		err = swap_pages(&t, va, size, false);
		t.fail_at = 0;
		snapshot_equal(&s, &t);
		snapshot_drop(&s);
		if (!err)
			return;
		assert_int_equal(err, -ENOMEM);
		failed++;
		n += n / 4;
	}
}

static void one_round(void)
{
	grt_virt_t va;
	u64 size;
	int err;

	random_range(&va, &size);
	leaves_get(&t, upper_start(&t.g), upper_size(&t.g), &before);
	err = swap_pages(&t, va, size, false);
	assert_true(!err || err == -ENOENT || err == -E2BIG);
	swapped += !err;
	had_pages += err == -ENOENT;
	if (!err) {
		fail_each_allocation(va, size);
		assert_int_equal(swap_pages(&t, va, size, true), 0);
		assert_int_equal(swap_pages(&t, va, size, true), -ENOENT);
	}
	check_tree(&t);
	if (err == -E2BIG)
		return;
	leaves_get(&t, upper_start(&t.g), upper_size(&t.g), &after);
	expect_outside(va, size);
	drop_range(&after, va, size, true);
	assert_same(&after, &expected);

	leaves_get(&t, upper_start(&t.g), upper_size(&t.g), &after);
	merge(&before);
	merge(&after);
	assert_same(&before, &after);
}

/* RISC-V has no rule that could forbid them. */
static void refuse_live_splits(void)
{
#ifndef GEOMETRY_FORMAT_PBMT
	t.caps.bbm = 0;
#endif
}

static void rounds_in_layout(const struct grt_geometry_choice *c, bool can_resize)
{
	for (unsigned int i = 0; i < ROUNDS; i++) {
		tables_init(&t, c, true);
		tables_init(&other, c, true);
		fill_trees();
		if (!can_resize)
			refuse_live_splits();
		one_round();
		tables_done(&t);
		tables_done(&other);
	}
}

/* In each layout some ranges had larger leaves, some none; some swaps took tables that were not there. */
static void check_tried(void)
{
	assert_true(swapped >= 20 * grt_geometry_nr_choices);
	assert_true(had_pages >= grt_geometry_nr_choices);
	assert_true(failed >= 50 * grt_geometry_nr_choices);
}

static void test_any_range(void **state)
{
	(void)state;
	random_begin(1);
	swapped = had_pages = failed = 0;
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++)
		rounds_in_layout(&grt_geometry_choices[i], true);
	check_tried();
}

static void test_any_range_refused_live(void **state)
{
	(void)state;
	random_begin(2);
	swapped = had_pages = failed = 0;
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++)
		rounds_in_layout(&grt_geometry_choices[i], false);
	check_tried();
}

static void test_bad_arguments(void **state)
{
	struct grt_swap swap;

	(void)state;
	tables_init(&t, &grt_geometry_choices[0], true);
	assert_int_equal(grt_swap_begin(&t.pt, 1, grt_geometry_page_size(&t.g), &swap), -EINVAL);
	assert_int_equal(grt_swap_begin(&t.pt, upper_start(&t.g), 0, &swap), -EINVAL);
	assert_int_equal(grt_swap_begin(&t.pt, upper_start(&t.g), grt_geometry_page_size(&t.g),
					&swap),
			 -ENOENT);
	tables_done(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_range),
		cmocka_unit_test(test_any_range_refused_live),
		cmocka_unit_test(test_bad_arguments),
	};

	return run_both_ways(tests);
}
