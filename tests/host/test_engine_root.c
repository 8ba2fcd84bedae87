// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Roots of user space that have the kernel's entries, where one root translates both halves. */
#include <graticule/pgtable_swap.h>
#include "tests/host/engine_trace.h"
#include "tests/host/random.h"

static struct tables t; /* the kernel's tree is its own */
static struct grt_pgtable user, view;

static int make_user(struct grt_pgtable *pt, enum grt_regime_half half,
		     const struct grt_pgtable *upper)
{
	return grt_pgtable_init(pt, &(struct grt_pgtable_config){ .g = &t.g,
								  .caps = &t.caps,
								  .regime = { .half = half },
								  .ops = &t.ops,
								  .ctx = &t,
								  .upper = upper });
}

static grt_virt_t base(void)
{
	return grt_geometry_upper_start(&t.g);
}

static bool one_root(void)
{
	return t.g.upper_bits < t.g.va_bits;
}

static u64 *root_of(const struct grt_pgtable *pt)
{
	return tables_memory(&t, pt->root);
}

/* What hardware translates with the user's root, and nothing that the user's tree would change. */
static void look_through_user(void)
{
	view = t.pt;
	view.root = user.root;
}

static void check_roots(void)
{
	unsigned int n = grt_geometry_entries(&t.g, grt_geometry_root_level(&t.g));

	assert_memory_equal(root_of(&user) + n / 2, root_of(&t.pt) + n / 2, n / 2 * sizeof(u64));
	for (unsigned int i = n / 2; i < n; i++)
		assert_true(pte_is_table(&t.g, grt_geometry_root_level(&t.g),
					 pte_make(root_of(&user)[i])));
}

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

static void shared(void)
{
	u64 big = grt_geometry_level_size(&t.g, grt_geometry_root_level(&t.g)),
	    page = BIT(t.g.page_shift);
	unsigned int n = grt_geometry_entries(&t.g, grt_geometry_root_level(&t.g));
	bool leaves = grt_geometry_leaf_allowed(&t.g, grt_geometry_root_level(&t.g));
	struct grt_leaf leaf;
	struct grt_swap swap;
	u64 tables;

	if (!one_root()) {
		assert_int_equal(grt_pgtable_keep_root(&t.pt), -EINVAL);
		assert_int_equal(make_user(&user, GRT_REGIME_LOWER, &t.pt), -EINVAL);
		return;
	}
	/* Not before every entry stays as it is. */
	assert_int_equal(make_user(&user, GRT_REGIME_LOWER, &t.pt), -EINVAL);
	assert_int_equal(grt_map(&t.pt, base() + big, 0, page, GRT_ATTR_KERNEL_RW), 0);
	if (leaves)
		assert_int_equal(grt_map(&t.pt, base() + 2 * big, big, big, GRT_ATTR_KERNEL_RW), 0);
	assert_int_equal(make_user(&user, GRT_REGIME_LOWER, &t.pt), -EINVAL);
	tables = t.pt.tables;
	assert_int_equal(grt_pgtable_keep_root(&t.pt), 0);
	watch_complete();
	assert_int_equal(t.pt.tables, tables + n / 2 - 1);
	assert_int_equal(t.nr_used, t.pt.tables);
	tables = t.pt.tables;
	assert_int_equal(grt_pgtable_keep_root(&t.pt), 0); /* once more is no change */
	assert_int_equal(t.pt.tables, tables);

	assert_int_equal(make_user(&user, GRT_REGIME_UPPER, &t.pt), -EINVAL);
	assert_int_equal(make_user(&user, GRT_REGIME_BOTH, &t.pt), -EINVAL);
	assert_int_equal(make_user(&user, GRT_REGIME_LOWER, &t.pt), 0);
	user.live = true;
	check_roots();
	look_through_user();
	if (leaves) {
		assert_int_equal(grt_translate(&view, base() + 2 * big + page, &leaf), 0);
		assert_int_equal(leaf.pa + leaf.size > big + page, true);
		assert_true(leaf.size < big);
	}
	/* What the kernel does in any part of its half. */
	for (grt_virt_t va = base() + 3 * big; va; va += align_down((0 - base()) / 5, big)) {
		assert_int_equal(grt_translate(&view, va, &leaf), -ENOENT);
		assert_int_equal(grt_map(&t.pt, va, 0, page, GRT_ATTR_KERNEL_RW), 0);
		assert_int_equal(grt_translate(&view, va, &leaf), 0);
		assert_int_equal(grt_unmap(&t.pt, va, page), 0);
		assert_int_equal(grt_map(&t.pt, va, big, big, GRT_ATTR_KERNEL_RO), 0);
		assert_int_equal(grt_translate(&view, va + page, &leaf), 0);
		assert_int_equal(grt_collapse(&t.pt, va, big, GRT_EXTENT_INSIDE), 0);
		assert_int_equal(grt_protect(&t.pt, va, big, GRT_ATTR_EXEC, 0), 0);
		assert_int_equal(grt_translate(&view, va, &leaf), 0);
		assert_int_equal(leaf.attr, GRT_ATTR_KERNEL_RX);
		assert_int_equal(grt_unmap(&t.pt, va, big), 0);
		assert_int_equal(grt_translate(&view, va, &leaf), -ENOENT);
		watch_complete();
		check_roots();
		if (va + align_down((0 - base()) / 5, big) < va)
			break;
	}
	assert_int_equal(grt_map(&t.pt, base() + 4 * big, 0, big, GRT_ATTR_KERNEL_RW), 0);
	assert_int_equal(grt_swap_begin(&t.pt, base() + big, 4 * big, &swap), -EINVAL);
	assert_int_equal(grt_swap_begin(&t.pt, base() + 4 * big, page, &swap), 0);
	/* All of it, and what the user does, touches no entry of the upper half. */
	assert_int_equal(grt_unmap(&t.pt, base(), 0 - base()), 0);
	assert_int_equal(t.pt.tables, n / 2 + 1);
	check_roots();
	assert_int_equal(grt_map(&user, 0, 0, page, GRT_ATTR_READ | GRT_ATTR_USER), 0);
	assert_int_equal(grt_unmap(&user, base(), page), -EINVAL);
	assert_int_equal(grt_unmap(&user, 0, BIT(t.g.upper_bits)), 0);
	assert_int_equal(user.tables, 1);
	check_roots();
	assert_int_equal(grt_map(&user, 0, 0, page, GRT_ATTR_READ | GRT_ATTR_USER), 0);
	tables = t.nr_used;
	user.live = false;
	grt_pgtable_destroy(&user);
	assert_int_equal(t.nr_used, t.pt.tables);
	assert_int_equal(grt_map(&t.pt, base(), 0, page, GRT_ATTR_KERNEL_RW), 0);
	watch_complete();
}

static void users_have_what_the_kernel_maps_later(void **state)
{
	(void)state;
	for_every_layout(shared);
}

static void no_memory(void)
{
	u64 big = grt_geometry_level_size(&t.g, grt_geometry_root_level(&t.g));
	struct snapshot before;

	if (!one_root())
		return;
	if (grt_geometry_leaf_allowed(&t.g, grt_geometry_root_level(&t.g)))
		assert_int_equal(grt_map(&t.pt, base() + 2 * big, big, big, GRT_ATTR_KERNEL_RW), 0);
	snapshot_take(&before, &t);
	for (unsigned int i = 1; i < 256; i += 50) {
		t.fail_at = i;
		assert_int_equal(grt_pgtable_keep_root(&t.pt), -ENOMEM);
		snapshot_equal(&before, &t);
	}
	snapshot_drop(&before);
	t.fail_at = 0;
	assert_int_equal(grt_pgtable_keep_root(&t.pt), 0);
	watch_complete();
	t.fail_at = 1;
	assert_int_equal(make_user(&user, GRT_REGIME_LOWER, &t.pt), -ENOMEM);
	assert_int_equal(t.nr_used, t.pt.tables);
}

static void without_memory_nothing_changes(void **state)
{
	(void)state;
	for_every_layout(no_memory);
}

/* At random, the user's root translates as the kernel's does, and the kernel's as the reference. */
static void at_random(void)
{
	u64 big = grt_geometry_level_size(&t.g, grt_geometry_root_level(&t.g));
	static struct leaves seen, through;

	if (!one_root())
		return;
	assert_int_equal(grt_pgtable_keep_root(&t.pt), 0);
	assert_int_equal(make_user(&user, GRT_REGIME_LOWER, &t.pt), 0);
	look_through_user();
	random_begin(t.g.va_bits);
	for (unsigned int n = 0; n < 200; n++) {
		u64 unit = grt_geometry_level_size(&t.g, (unsigned int)random() % t.g.levels);
		grt_virt_t va = base() + ((u64)random() % 4) * big + ((u64)random() % 3) * unit;
		u64 size = (1 + (u64)random() % 3) * unit;
		grt_attr_t attr = random() % 2 ? GRT_ATTR_KERNEL_RW : GRT_ATTR_KERNEL_RX;

		switch (random() % 4) {
		case 0:
		case 1:
			grt_map(&t.pt, va, va & (BIT(37) - 1), size, attr);
			break;
		case 2:
			grt_unmap(&t.pt, va, size);
			break;
		default:
			grt_collapse(&t.pt, va, size, GRT_EXTENT_INSIDE);
		}
		watch_complete();
		check_roots();
		leaves_get(&t, base(), 0 - base(), &seen);
		through.nr = 0;
		assert_int_equal(grt_walk(&view, base(), 0 - base(), leaves_add, &through), 0);
		assert_int_equal(seen.nr, through.nr);
		assert_memory_equal(seen.leaf, through.leaf, seen.nr * sizeof(seen.leaf[0]));
	}
	grt_pgtable_destroy(&user);
	assert_int_equal(t.nr_used, t.pt.tables);
}

static void every_root_translates_alike(void **state)
{
	(void)state;
	for_every_layout(at_random);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(users_have_what_the_kernel_maps_later),
		cmocka_unit_test(without_memory_nothing_changes),
		cmocka_unit_test(every_root_translates_alike),
	};

	return run_both_ways(tests);
}
