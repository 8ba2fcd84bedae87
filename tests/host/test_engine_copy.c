// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Copying a range into another tree, with attributes edited on both sides, against a flat reference. */
#include <graticule/pgtable_copy.h>
#include "tests/host/engine_trace.h"
#include "tests/host/entry_oracle.h"
#include "tests/host/flat_map.h"
#include "tests/host/random.h"

#define ROUNDS 400

/* Both trees get their tables from @t, whose own tree is one of them. */
static struct tables t;
static struct grt_pgtable other;
static struct flat_map flat[2];
static bool watches_other;
static const struct grt_geometry_choice *choice;

static const struct grt_edit none;
static const struct grt_edit readonly = { 0, GRT_ATTR_WRITE };

static struct grt_pgtable *tree(unsigned int i)
{
	return i == watches_other ? &t.pt : &other;
}

static u64 page_size(void)
{
	return grt_geometry_page_size(&t.g);
}

static grt_virt_t base(void)
{
	return grt_geometry_upper_start(&t.g);
}

/* Tree 0 is copied from. One of the two is the one that is watched. */
static void begin(const struct grt_geometry_choice *c, bool live)
{
	choice = c;
	tables_init(&t, c, live);
	assert_int_equal(grt_pgtable_init(&other,
					  &(struct grt_pgtable_config){ .g = &t.g,
									.caps = &t.caps,
									.regime = t.pt.regime,
									.ops = &t.ops,
									.ctx = &t }),
			 0);
	other.live = live;
	flat[0].nr = flat[1].nr = 0;
	if (live)
		watch_begin(&t);
	other.domain = t.pt.domain;
}

static void end(void)
{
	if (t.pt.live)
		watch_end();
	t.pt.live = other.live = false;
	grt_pgtable_destroy(&other);
	assert_int_equal(other.tables, 0);
	tables_done(&t);
}

static void for_every_layout(void (*fn)(void), bool live)
{
	for (unsigned int i = 0; i < 2 * grt_geometry_nr_choices; i++) {
		watches_other = i & 1;
		begin(&grt_geometry_choices[i / 2], live);
		fn();
		end();
	}
}

/* ---- what both have to be like ---- */

static void check_both(void)
{
	unsigned int root = grt_geometry_root_level(&t.g);
	u64 n[2];

	for (unsigned int i = 0; i < 2; i++) {
		n[i] = check_table(&t, root, tree(i)->root, 0);
		assert_int_equal(n[i], tree(i)->tables);
	}
	assert_int_equal(n[0] + n[1], t.nr_used);
	watch_complete();
}

static void same_leaves(grt_virt_t va, u64 size)
{
	static struct leaves l[2];

	for (unsigned int i = 0; i < 2; i++) {
		l[i].nr = 0;
		assert_int_equal(grt_walk(tree(i), va, size, leaves_add, &l[i]), 0);
	}
	assert_int_equal(l[0].nr, l[1].nr);
	for (unsigned int i = 0; i < l[0].nr; i++)
		assert_true(l[0].leaf[i].va == l[1].leaf[i].va &&
			    l[0].leaf[i].size == l[1].leaf[i].size &&
			    l[0].leaf[i].pa == l[1].leaf[i].pa);
}

static void expect(unsigned int i, grt_virt_t va, grt_phys_t pa, u64 size, grt_attr_t attr)
{
	struct grt_leaf leaf;

	assert_int_equal(grt_translate(tree(i), va, &leaf), 0);
	assert_int_equal(leaf.pa + (va - leaf.va), pa);
	assert_int_equal(leaf.attr, attr);
	if (size)
		assert_int_equal(leaf.size, size);
}

/* ---- by hand ---- */

/* The largest leaf, a group of it, blocks, pages that no group holds, hidden ones and holes. */
static void map_all_kinds(void)
{
	u64 block = grt_geometry_level_size(&t.g, 1), page = page_size();
	unsigned int top = grt_geometry_root_level(&t.g);
	grt_virt_t va = base();

	while (!grt_geometry_leaf_allowed(&t.g, top))
		top--;
	assert_int_equal(grt_map(tree(0), va, block, 3 * block, GRT_ATTR_KERNEL_RW), 0);
	assert_int_equal(grt_map(tree(0), va + 4 * block, block, block,
				 GRT_ATTR_KERNEL_RW | GRT_MAP_PAGES_ONLY | GRT_MAP_NO_CONT),
			 0);
	assert_int_equal(grt_map(tree(0), va + 5 * block, 5 * block, block,
				 GRT_ATTR_KERNEL_RX | GRT_MAP_PAGES_ONLY),
			 0);
	assert_int_equal(grt_map(tree(0), va + 6 * block + page, page, 2 * page,
				 GRT_ATTR_KERNEL_RW | GRT_ATTR_SOFT0),
			 0);
	assert_int_equal(
		grt_protect(tree(0), va + 4 * block + 7 * page, 5 * page, 0, GRT_ATTR_READ), 0);
	assert_int_equal(grt_unmap(tree(0), va + 4 * block + 20 * page, 9 * page), 0);
	if (top > 1)
		assert_int_equal(grt_map(tree(0), va + BIT(t.g.upper_bits - 1), 0,
					 grt_geometry_level_size(&t.g, top), GRT_ATTR_KERNEL_RW),
				 0);
	watch_complete();
}

static void whole(void)
{
	u64 block = grt_geometry_level_size(&t.g, 1), page = page_size(),
	    half = BIT(t.g.upper_bits - 1);
	grt_virt_t va = base();

	map_all_kinds();
	assert_int_equal(grt_copy(tree(1), tree(0), va, 2 * half, readonly, readonly), 0);
	check_both();
	same_leaves(va, 2 * half);
	assert_int_equal(tree(0)->tables, tree(1)->tables);
	for (unsigned int i = 0; i < 2; i++) {
		expect(i, va + block, 2 * block, 0, GRT_ATTR_KERNEL_RO);
		expect(i, va + 4 * block + page, block + page, page, GRT_ATTR_KERNEL_RO);
		expect(i, va + 5 * block + page, 5 * block + page, 0, GRT_ATTR_KERNEL_RX);
		expect(i, va + 6 * block + page, page, page, GRT_ATTR_KERNEL_RO | GRT_ATTR_SOFT0);
		assert_int_equal(grt_protect(tree(i), va, 5 * block, GRT_ATTR_READ, 0), 0);
		expect(i, va + 4 * block + 8 * page, block + 8 * page, page, GRT_ATTR_KERNEL_RO);
	}
	check_both();
}

static void a_whole_tree_is_copied_leaf_by_leaf(void **state)
{
	(void)state;
	for_every_layout(whole, true);
	for_every_layout(whole, false);
}

/* Edits of each kind, and none, on each side. */
static void edits(void)
{
	static const struct grt_edit edit[] = {
		{ 0, 0 },
		{ 0, GRT_ATTR_WRITE },
		{ GRT_ATTR_SOFT1, GRT_ATTR_WRITE | GRT_ATTR_SOFT0 },
		{ GRT_ATTR_USER, GRT_ATTR_GLOBAL },
		{ 0, GRT_ATTR_READ },
		{ GRT_ATTR_EXEC, GRT_ATTR_WRITE },
		{ GRT_ATTR_WRITE, GRT_ATTR_EXEC },
		{ GRT_ATTR_GLOBAL, 0 },
	};
	u64 block = grt_geometry_level_size(&t.g, 1);
	grt_virt_t va = base();

	map_all_kinds();
	for (unsigned int i = 0; i < ARRAY_SIZE(edit); i++) {
		for (unsigned int k = 0; k < ARRAY_SIZE(edit); k++) {
			grt_attr_t was = GRT_ATTR_KERNEL_RW;
			struct grt_leaf leaf;

			assert_int_equal(grt_protect(tree(0), va, 5 * block, was | GRT_ATTR_SOFT0,
						     GRT_ATTR_EXEC | GRT_ATTR_USER |
							     GRT_ATTR_SOFT1),
					 0);
			assert_int_equal(
				grt_copy(tree(1), tree(0), va, 5 * block, edit[i], edit[k]), 0);
			check_both();
			for (unsigned int n = 0; n < 2; n++) {
				const struct grt_edit *e = &edit[n ? i : k];
				grt_attr_t attr = ((was | GRT_ATTR_SOFT0) & ~e->clear) | e->set;

				assert_int_equal(grt_translate(tree(n), va, &leaf),
						 attr & GRT_ATTR_READ ? 0 : -ENOENT);
				if (attr & GRT_ATTR_READ)
					assert_int_equal(leaf.attr, attr);
			}
			assert_int_equal(grt_unmap(tree(1), va, 5 * block), 0);
			check_both();
			assert_int_equal(tree(1)->tables, 1);
		}
	}
}

static void both_sides_are_edited(void **state)
{
	(void)state;
	for_every_layout(edits, true);
}

/* A part of the largest leaf: the source is split only if it changes. */
static void part(void)
{
	unsigned int top = grt_geometry_root_level(&t.g);
	u64 page = page_size(), size, tables;
	grt_virt_t va = base();

	while (!grt_geometry_leaf_allowed(&t.g, top))
		top--;
	size = grt_geometry_group_size(&t.g, top);
	if (size > BIT(t.g.upper_bits - 1))
		size = grt_geometry_level_size(&t.g, top);
	assert_int_equal(grt_map(tree(0), va, size, size, GRT_ATTR_KERNEL_RO), 0);
	tables = tree(0)->tables;
	assert_int_equal(grt_copy(tree(1), tree(0), va + page, size - 3 * page, none, readonly), 0);
	assert_int_equal(tree(0)->tables, tables);
	check_both();
	expect(0, va, size, size, GRT_ATTR_KERNEL_RO);
	expect(1, va + page, size + page, page, GRT_ATTR_KERNEL_RO);
	expect(1, va + size - 3 * page, 2 * size - 3 * page, page, GRT_ATTR_KERNEL_RO);
	assert_int_equal(grt_translate(tree(1), va, &(struct grt_leaf){ 0 }), -ENOENT);
	assert_int_equal(grt_translate(tree(1), va + size - 2 * page, &(struct grt_leaf){ 0 }),
			 -ENOENT);
	expect(1, va + size / 2, size + size / 2, 0, GRT_ATTR_KERNEL_RO);
	/* The tables of a source that is split are those that the copy has. */
	assert_int_equal(grt_unmap(tree(1), va, size), 0);
	assert_int_equal(grt_protect(tree(0), va, size, GRT_ATTR_WRITE, 0), 0);
	assert_int_equal(grt_copy(tree(1), tree(0), va + page, size - 3 * page, none, readonly), 0);
	assert_int_equal(tree(0)->tables, tree(1)->tables);
	check_both();
	same_leaves(va + page, size - 3 * page);
	expect(0, va, size, page, GRT_ATTR_KERNEL_RW);
	expect(0, va + page, size + page, page, GRT_ATTR_KERNEL_RO);
	expect(1, va + page, size + page, page, GRT_ATTR_KERNEL_RW);
}

static void leaves_over_the_edges_are_copied_in_part(void **state)
{
	(void)state;
	for_every_layout(part, true);
}

/* One batch for the source, whatever there is; groups that must be broken need two. */
static void one_invalidation(void)
{
	u64 block = grt_geometry_level_size(&t.g, 1), before;
	struct grt_tlb_batch batch;

	map_all_kinds();
	grt_batch_begin(tree(0), &batch);
	before = mmu_host.count[MMU_TLBI] + mmu_host.count[MMU_SFENCE_ALL] +
		 mmu_host.count[MMU_SFENCE_VA] + mmu_host.count[MMU_SFENCE_W_INVAL];
	tree(1)->live = false;
	assert_int_equal(grt_copy(tree(1), tree(0), base(), 7 * block, readonly, readonly), 0);
	assert_int_equal(before, mmu_host.count[MMU_TLBI] + mmu_host.count[MMU_SFENCE_ALL] +
					 mmu_host.count[MMU_SFENCE_VA] +
					 mmu_host.count[MMU_SFENCE_W_INVAL]);
	assert_int_equal(grt_batch_commit(tree(0)), 0);
	tree(1)->live = true;
	if (!watches_other)
		watch_complete();
}

static void an_open_batch_gets_what_the_source_needs(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++) {
		watches_other = false;
		begin(&grt_geometry_choices[i], true);
		one_invalidation();
		end();
	}
}

/* ---- what hardware writes ---- */

/* RISC-V: A and D; arm64: AF, and AP[2], which says clean while it is set. */
static u64 raw_touched(u64 leaf)
{
#ifdef GEOMETRY_FORMAT_PBMT
	return leaf | BIT(6) | BIT(7);
#else
	return (leaf & ~BIT(7)) | BIT(10);
#endif
}

/* A part of a group has the state of all of it: any entry may say so. */
static void state_of_a_part(void)
{
	const unsigned int n = 1U << t.g.cont_bits[0];
	u64 page = page_size();
	grt_virt_t va = base();
	struct grt_leaf leaf;
	u64 *touched;

	if (n == 1)
		return;
	tree(0)->regime.hardware_ad = tree(1)->regime.hardware_ad = true;
	assert_int_equal(grt_map(tree(0), va, 0, n * page,
				 GRT_ATTR_KERNEL_RW | GRT_MAP_OLD | GRT_MAP_CLEAN),
			 0);
	assert_int_equal(grt_translate(tree(0), va, &leaf), 0);
	assert_int_equal(leaf.size, n * page);
	assert_int_equal(leaf.state, 0);
	touched = tables_memory(&t, tree(0)->root) +
		  grt_geometry_index(&t.g, grt_geometry_root_level(&t.g), va);
	for (unsigned int level = grt_geometry_root_level(&t.g); level; level--)
		touched = tables_memory(&t, raw_phys(&t.g, *touched)) +
			  grt_geometry_index(&t.g, level - 1, va);
	touched[n - 1] = raw_touched(touched[n - 1]);
	assert_int_equal(grt_copy(tree(1), tree(0), va, 2 * page, none, none), 0);
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(grt_translate(tree(1), va + i * page, &leaf), 0);
		assert_int_equal(leaf.state, GRT_PGSTATE_ACCESSED | GRT_PGSTATE_DIRTY);
	}
	check_both();
}

static void a_part_of_a_group_has_the_state_of_all(void **state)
{
	(void)state;
	for_every_layout(state_of_a_part, false);
}

/* ---- dry batches ---- */

static void dry_both(struct grt_tlb_batch *batch)
{
	for (unsigned int i = 0; i < 2; i++)
		grt_batch_dry(tree(i), &batch[i]);
}

static void expect_range(unsigned int i, grt_virt_t va, grt_phys_t pa, u64 size, grt_attr_t attr)
{
	for (u64 at = 0; at < size; at += page_size())
		expect(i, va + at, pa + at, 0, attr);
}

/* Groups of which the entries can't change one by one, after an entry that does not change. */
static void dry_groups(void)
{
	u64 size = grt_geometry_group_size(&t.g, 0), stores;
	struct grt_tlb_batch batch[2];
	grt_virt_t va = base();

	assert_int_equal(grt_map(tree(0), va + size, size, 2 * size, GRT_ATTR_KERNEL_RW), 0);
	assert_int_equal(grt_map(tree(0), va, 0, page_size(), GRT_ATTR_KERNEL_RO), 0);
	stores = mmu_host.count[MMU_STORE];
	dry_both(batch);
	assert_int_equal(grt_copy(tree(1), tree(0), va, 3 * size, readonly, readonly), 0);
	assert_int_equal(mmu_host.count[MMU_STORE], stores);
	for (unsigned int i = 0; i < 2; i++)
		assert_int_equal(grt_batch_run(tree(i)), 0);
	assert_int_equal(grt_copy(tree(1), tree(0), va, 3 * size, readonly, readonly), 0);
	for (unsigned int i = 0; i < 2; i++)
		assert_int_equal(grt_batch_commit(tree(i)), 0);
	check_both();
	for (unsigned int i = 0; i < 2; i++)
		expect_range(i, va + size, size, 2 * size, GRT_ATTR_KERNEL_RO);
}

static u64 nothing_more(const struct grt_pgtable *pt)
{
	(void)pt;
	return 0;
}

/* One provider of both, which has not a table more than was found to be needed. */
static void dry_and_no_more(void)
{
	u64 block = grt_geometry_level_size(&t.g, 1), page = page_size();
	struct grt_tlb_batch batch[2];
	grt_virt_t va = base();

	assert_int_equal(grt_map(tree(0), va, 0, 2 * block, GRT_ATTR_KERNEL_RW), 0);
	dry_both(batch);
	assert_int_equal(grt_copy(tree(1), tree(0), va + page, block, readonly, readonly), 0);
	for (unsigned int i = 0; i < 2; i++)
		assert_int_equal(grt_batch_run(tree(i)), 0);
	t.fail_at = 1;
	t.ops.available = nothing_more;
	assert_int_equal(grt_copy(tree(1), tree(0), va + page, block, readonly, readonly), 0);
	t.ops.available = NULL;
	t.fail_at = 0;
	for (unsigned int i = 0; i < 2; i++)
		assert_int_equal(grt_batch_commit(tree(i)), 0);
	check_both();
	expect_range(0, va + page, page, block, GRT_ATTR_KERNEL_RO);
	expect(0, va, 0, 0, GRT_ATTR_KERNEL_RW);
	/* Dry on one side only is no copy. */
	grt_batch_dry(tree(0), &batch[0]);
	assert_int_equal(grt_copy(tree(1), tree(0), va, page, none, none), -EINVAL);
	assert_int_equal(grt_batch_commit(tree(0)), 0);
}

static void dry_batches(void)
{
#ifndef GEOMETRY_FORMAT_PBMT
	t.caps.bbm = 2;
#endif
	dry_groups();
}

static void what_was_run_dry_is_copied_whole(void **state)
{
	(void)state;
	for_every_layout(dry_batches, true);
	for_every_layout(dry_and_no_more, true);
}

/* ---- errors ---- */

static void refusals(void)
{
	u64 page = page_size(), block = grt_geometry_level_size(&t.g, 1), stores, size = 2 * page;
	struct grt_geometry wide = t.g;
	grt_virt_t va = base();
	struct grt_pgtable bad;

	map_all_kinds();
	stores = mmu_host.count[MMU_STORE];
	assert_int_equal(grt_copy(tree(0), tree(0), va, size, none, none), -EINVAL);
	assert_int_equal(grt_copy(tree(1), tree(0), va + 8, size, none, none), -EINVAL);
	assert_int_equal(grt_copy(tree(1), tree(0), va, size + 8, none, none), -EINVAL);
	assert_int_equal(grt_copy(tree(1), tree(0), va, 0, none, none), -EINVAL);
	assert_int_equal(grt_copy(tree(1), tree(0), 0, size, none, none), -EINVAL);
	assert_int_equal(grt_copy(tree(1), tree(0), va - page, size, none, none), -EINVAL);
	assert_int_equal(grt_copy(tree(1), tree(0), 0 - page, size, none, none), -EINVAL);
	assert_int_equal(grt_copy(tree(1), tree(0), va, -page, none, none), -EINVAL);
	assert_int_equal(grt_copy(tree(1), tree(0), va, size,
				  (struct grt_edit){ GRT_ATTR_DEVICE, 0 }, none),
			 -EINVAL);
	assert_int_equal(grt_copy(tree(1), tree(0), va, size, none,
				  (struct grt_edit){ 0, GRT_ATTR_NONCACHED }),
			 -EINVAL);
	assert_int_equal(grt_copy(tree(1), tree(0), va, size, (struct grt_edit){ GRT_ATTR_EXEC, 0 },
				  none),
			 -EINVAL);
	assert_int_equal(grt_copy(tree(1), tree(0), va, size, none,
				  (struct grt_edit){ GRT_ATTR_EXEC, 0 }),
			 -EINVAL);
	bad = *tree(1);
	bad.g = &wide;
	wide.pa_bits--;
	assert_int_equal(grt_copy(&bad, tree(0), va, size, none, none), -EINVAL);
	bad = *tree(1);
	bad.codes.memory ^= 1;
	assert_int_equal(grt_copy(&bad, tree(0), va, size, none, none), -EINVAL);
	bad = *tree(1);
	bad.never = GRT_ATTR_GLOBAL;
	assert_int_equal(grt_copy(&bad, tree(0), va, size, readonly, readonly), -EINVAL);
	assert_int_equal(mmu_host.count[MMU_STORE], stores);
	/* A mapping, hidden or not, wherever in the range. */
	assert_int_equal(grt_map(tree(1), va + block, 0, page, GRT_ATTR_KERNEL_RO), 0);
	assert_int_equal(grt_protect(tree(1), va + block, page, 0, GRT_ATTR_READ), 0);
	stores = mmu_host.count[MMU_STORE];
	assert_int_equal(grt_copy(tree(1), tree(0), va, 2 * block, none, none), -EEXIST);
	assert_int_equal(grt_copy(tree(1), tree(0), va + block, page, none, none), -EEXIST);
	assert_int_equal(mmu_host.count[MMU_STORE], stores);
	assert_int_equal(grt_copy(tree(1), tree(0), va, block, none, none), 0);
	check_both();
}

static void what_is_wrong_is_refused_before_anything_is_stored(void **state)
{
	(void)state;
	for_every_layout(refusals, true);
}

/* A tree in which code may be writable has a copy in one that refuses it only where there is none. */
static void writable_code(void)
{
	u64 page = page_size();
	grt_virt_t va = base();

	tree(0)->regime.writable_code = true;
	assert_int_equal(grt_map(tree(0), va, 0, 9 * page, GRT_ATTR_KERNEL_RW), 0);
	assert_int_equal(grt_protect(tree(0), va + 7 * page, page, GRT_ATTR_EXEC, 0), 0);
	assert_int_equal(grt_copy(tree(1), tree(0), va, 9 * page, none, none), -EINVAL);
	assert_int_equal(grt_copy(tree(1), tree(0), va, 7 * page, none, none), 0);
	assert_int_equal(grt_copy(tree(1), tree(0), va + 7 * page, 2 * page, readonly, none), 0);
	check_both();
	expect(0, va + 7 * page, 7 * page, page, GRT_ATTR_KERNEL_RW | GRT_ATTR_EXEC);
	expect(1, va + 7 * page, 7 * page, page, GRT_ATTR_KERNEL_RX);
}

static void writable_code_is_refused_where_the_tree_says_so(void **state)
{
	(void)state;
	for_every_layout(writable_code, true);
}

/* Every allocation fails in turn, with tables of the source to be split and some of the destination there. */
static void no_memory(void)
{
	u64 page = page_size(), block = grt_geometry_level_size(&t.g, 1);
	u64 tables[2] = { 0 }, size = 5 * block - 4 * page;
	grt_virt_t va = base() + 3 * page;
	struct snapshot before;
	unsigned int i;

	map_all_kinds();
	assert_int_equal(grt_map(tree(1), base() + page, 0, page, GRT_ATTR_KERNEL_RW), 0);
	tables[0] = tree(0)->tables;
	tables[1] = tree(1)->tables;
	snapshot_take(&before, &t);
	for (i = 1; i < 30; i++) {
		t.fail_at = i;
		if (!grt_copy(tree(1), tree(0), va, size, readonly, readonly))
			break;
		snapshot_equal(&before, &t);
		assert_int_equal(tree(0)->tables, tables[0]);
		assert_int_equal(tree(1)->tables, tables[1]);
	}
	t.fail_at = 0;
	snapshot_drop(&before);
	/* As many as there are more now. */
	assert_int_equal(i - 1, tree(0)->tables + tree(1)->tables - tables[0] - tables[1]);
	check_both();
}

static void without_memory_nothing_changes_on_either_side(void **state)
{
	(void)state;
	for_every_layout(no_memory, true);
}

/* ---- at random ---- */

static void random_range(u64 pages, grt_virt_t *va, u64 *size)
{
	u64 unit = BIT(random_below(12)), s, e;

	s = align_down(random_below(pages), unit);
	e = min_u64(pages, s + unit * (1 + random_below(5)));
	if (random() % 3 == 0)
		s += random_below(min_u64(20, e - s));
	*va = base() + s * page_size();
	*size = (e - s) * page_size();
}

static void one_operation(u64 pages)
{
	static const grt_attr_t attr[] = { GRT_ATTR_KERNEL_RO, GRT_ATTR_KERNEL_RW,
					   GRT_ATTR_KERNEL_RX, GRT_ATTR_KERNEL_RW | GRT_ATTR_SOFT0,
					   GRT_ATTR_KERNEL_RW };
	static const struct grt_edit edit[] = { { 0, 0 },
						{ 0, GRT_ATTR_WRITE },
						{ 0, GRT_ATTR_WRITE },
						{ GRT_ATTR_SOFT1, GRT_ATTR_WRITE },
						{ 0, GRT_ATTR_READ },
						{ GRT_ATTR_READ, 0 },
						{ GRT_ATTR_WRITE, 0 } };
	unsigned int i = (unsigned int)random_below(2);
	const struct grt_edit *to = &edit[random_below(ARRAY_SIZE(edit))],
			      *from = &edit[random_below(ARRAY_SIZE(edit))];
	grt_attr_t a = attr[random_below(ARRAY_SIZE(attr))];
	grt_virt_t va;
	u64 size, s, e, pa;
	int err;

	random_range(pages, &va, &size);
	s = va >> 12;
	e = s + (size >> 12);
	pa = random() % 2 ? va & (BIT(36) - 1) : random_below(1000) * page_size();
	switch (random_below(6)) {
	case 0:
	case 1:
		err = flat_mapped(&flat[i], s, e) ? -EEXIST : 0;
		assert_int_equal(grt_map(tree(i), va, pa, size,
					 a | (random() % 4 ? 0 : GRT_MAP_PAGES_ONLY)),
				 err);
		if (!err)
			flat_add(&flat[i], s, e, pa >> 12, a);
		break;
	case 2:
		assert_int_equal(grt_unmap(tree(i), va, size), 0);
		flat_remove(&flat[i], s, e);
		break;
	case 3:
		err = flat_wx(&flat[i], s, e, *from) ? -EINVAL : 0;
		assert_int_equal(grt_protect(tree(i), va, size, from->set, from->clear), err);
		if (!err)
			flat_edit(&flat[i], s, e, *from);
		break;
	default:
		err = flat_mapped(&flat[!i], s, e) ? -EEXIST : 0;
		if (!err && (flat_wx(&flat[i], s, e, *to) || flat_wx(&flat[i], s, e, *from)))
			err = -EINVAL;
		assert_int_equal(grt_copy(tree(!i), tree(i), va, size, *to, *from), err);
		if (!err) {
			flat_copy(&flat[!i], &flat[i], s, e, *to);
			flat_edit(&flat[i], s, e, *from);
		}
	}
}

static void random_rounds(void)
{
	u64 pages = min_u64(20 * (grt_geometry_level_size(&t.g, 1) / page_size()),
			    BIT(t.g.upper_bits) / page_size());

	random_begin(choice->va_bits * 7U + choice->page_shift + watches_other + t.pt.live);
	for (unsigned int n = 0; n < ROUNDS; n++) {
		one_operation(pages);
		if (t.pt.live)
			check_both();
		for (unsigned int i = 0; i < 2 && n % 8 == 0; i++)
			flat_compare(&flat[i], tree(i), base(), pages * page_size());
	}
	/* What is hidden still is what it was. */
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(
			grt_protect(tree(i), base(), pages * page_size(), GRT_ATTR_READ, 0), 0);
		flat_edit(&flat[i], 0, ~0ULL, (struct grt_edit){ GRT_ATTR_READ, 0 });
		flat_compare(&flat[i], tree(i), base(), pages * page_size());
	}
}

static void random_sequences_agree_with_the_reference(void **state)
{
	(void)state;
	for_every_layout(random_rounds, true);
	for_every_layout(random_rounds, false);
}

#ifndef GEOMETRY_FORMAT_PBMT
/* Groups can't change in place, and sizes can: what the source needs is done after the copy. */
static void at_level_2(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 2 * grt_geometry_nr_choices; i++) {
		watches_other = i & 1;
		begin(&grt_geometry_choices[i / 2], true);
		t.caps.bbm = 2;
		map_all_kinds();
		watch.unbroken = true;
		assert_int_equal(grt_copy(tree(1), tree(0), base(),
					  7 * grt_geometry_level_size(&t.g, 1), readonly, readonly),
				 0);
		watch.unbroken = false;
		check_both();
		expect(0, base(), grt_geometry_level_size(&t.g, 1), 0, GRT_ATTR_KERNEL_RO);
		expect(1, base(), grt_geometry_level_size(&t.g, 1), 0, GRT_ATTR_KERNEL_RO);
		for (unsigned int k = 0; k < 2; k++)
			assert_int_equal(grt_unmap(tree(k), base(), BIT(t.g.upper_bits)), 0);
		random_rounds();
		end();
	}
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_tree_is_copied_leaf_by_leaf),
		cmocka_unit_test(both_sides_are_edited),
		cmocka_unit_test(leaves_over_the_edges_are_copied_in_part),
		cmocka_unit_test(an_open_batch_gets_what_the_source_needs),
		cmocka_unit_test(a_part_of_a_group_has_the_state_of_all),
		cmocka_unit_test(what_was_run_dry_is_copied_whole),
		cmocka_unit_test(what_is_wrong_is_refused_before_anything_is_stored),
		cmocka_unit_test(writable_code_is_refused_where_the_tree_says_so),
		cmocka_unit_test(without_memory_nothing_changes_on_either_side),
		cmocka_unit_test(random_sequences_agree_with_the_reference),
#ifndef GEOMETRY_FORMAT_PBMT
		cmocka_unit_test(at_level_2),
#endif
	};

	return run_both_ways(tests);
}
