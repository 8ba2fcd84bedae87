// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Attributes of contiguous groups change while other CPUs use them. */
#include "tests/host/engine_trace.h"

static struct tables t;
static struct leaves leaves, before;

/* Levels of all layouts whose groups have been tried: a test that passes them all over shows nothing. */
static unsigned int tried;

/* 8 groups of @level from the second on, in a tree that is watched. */
struct area {
	grt_virt_t va;
	u64 group;
	u64 size;
	unsigned int level;
};

static bool area_map(struct area *a, unsigned int level)
{
	u64 base = grt_geometry_upper_start(&t.g), space = BIT(t.g.upper_bits);

	if (!t.g.cont_bits[level] || !grt_geometry_leaf_allowed(&t.g, level))
		return false;
	a->group = grt_geometry_group_size(&t.g, level);
	a->size = 8 * a->group;
	a->va = base + a->group;
	a->level = level;
	if (a->size > space / 4 || a->size > BIT(t.g.pa_bits - 2))
		return false;
	assert_int_equal(grt_map(&t.pt, a->va, a->group, a->size, GRT_ATTR_KERNEL_RW), 0);
	leaves_get(&t, a->va, a->size, &before);
	watch_complete();
	tried++;
	return true;
}

static void area_unmap(const struct area *a)
{
	watch.unbroken = false;
	assert_int_equal(grt_unmap(&t.pt, a->va, a->size), 0);
	watch_complete();
}

static void expect_attr(grt_virt_t va, u64 size, grt_attr_t attr)
{
	u64 bytes = 0;

	leaves_get(&t, va, size, &leaves);
	for (unsigned int i = 0; i < leaves.nr; i++) {
		assert_int_equal(leaves.leaf[i].attr, attr);
		bytes += leaves.leaf[i].size;
	}
	assert_int_equal(bytes, size);
}

static void expect_as_mapped(const struct area *a)
{
	leaves_get(&t, a->va, a->size, &leaves);
	assert_int_equal(leaves.nr, before.nr);
	for (unsigned int i = 0; i < leaves.nr; i++) {
		const struct grt_leaf *now = &leaves.leaf[i], *then = &before.leaf[i];

		assert_int_equal(now->va, then->va);
		assert_int_equal(now->pa, then->pa);
		assert_int_equal(now->size, then->size);
		assert_int_equal(now->attr, then->attr);
	}
}

/* Whole groups, and parts of groups at both ends; every address translates after each store. */
static void change_and_restore(const struct area *a, u64 from, u64 size)
{
	watch.unbroken = true;
	assert_int_equal(grt_protect(&t.pt, a->va + from, size, 0, GRT_ATTR_WRITE), 0);
	watch_complete();
	check_tree(&t);
	expect_attr(a->va, from, GRT_ATTR_KERNEL_RW);
	expect_attr(a->va + from, size, GRT_ATTR_KERNEL_RO);
	expect_attr(a->va + from + size, a->size - from - size, GRT_ATTR_KERNEL_RW);
	assert_int_equal(grt_protect(&t.pt, a->va + from, size, GRT_ATTR_WRITE, 0), 0);
	watch_complete();
	assert_int_equal(grt_collapse(&t.pt, a->va + from, size, GRT_EXTENT_AROUND), 0);
	watch_complete();
	check_tree(&t);
	expect_as_mapped(a);
}

static void groups_of(unsigned int level)
{
	struct area a;
	u64 entry;

	if (!area_map(&a, level))
		return;
	entry = grt_geometry_level_size(&t.g, level);
	change_and_restore(&a, 2 * a.group, a.group);
	change_and_restore(&a, a.group, 5 * a.group);
	change_and_restore(&a, a.group + entry, 3 * a.group);
	change_and_restore(&a, a.group - entry, a.group + 2 * entry);
	area_unmap(&a);
}

static void every_group(void (*adjust)(struct grt_mmu_caps *caps), void (*fn)(unsigned int level),
			unsigned int levels)
{
	tried = 0;
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++) {
		tables_init(&t, &grt_geometry_choices[i], true);
		adjust(&t.caps);
		watch_begin(&t);
		for (unsigned int level = 0; level < t.g.levels; level++)
			fn(level);
		watch_end();
		t.pt.live = false;
		tables_done(&t);
	}
	assert_int_equal(tried, levels);
}

/* The layouts' levels that have groups, and of these the ones with room for what is mapped here. */
#ifdef GEOMETRY_FORMAT_PBMT
#define LEVELS_OF_8_GROUPS 3
#define LEVELS_OF_4_GROUPS 3
#define LEVELS_BELOW_BLOCKS 3
#else
#define LEVELS_OF_8_GROUPS 23
#define LEVELS_OF_4_GROUPS 23
#define LEVELS_BELOW_BLOCKS 20
#endif

/* The weakest CPU that changes sizes live. */
static void weak(struct grt_mmu_caps *caps)
{
#ifdef GEOMETRY_FORMAT_PBMT
	(void)caps;
#else
	caps->bbm = 2;
#endif
}

/* Groups beside one another whose memory is not. */
static void scattered(unsigned int level)
{
	u64 group = grt_geometry_group_size(&t.g, level), size = 4 * group;
	grt_virt_t va = grt_geometry_upper_start(&t.g) + size;
	struct grt_leaf leaf;

	if (!t.g.cont_bits[level] || size > BIT(t.g.upper_bits - 2) || size > BIT(t.g.pa_bits - 1))
		return;
	tried++;
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(grt_map(&t.pt, va + i * group, (3 - i) * group, group,
					 GRT_ATTR_KERNEL_RW),
				 0);
	watch_complete();
	assert_int_equal(grt_protect(&t.pt, va, size, 0, GRT_ATTR_WRITE), 0);
	watch_complete();
	check_tree(&t);
	for (u64 at = 0; at < size; at += grt_geometry_level_size(&t.g, level)) {
		assert_int_equal(grt_translate(&t.pt, va + at, &leaf), 0);
		assert_int_equal(leaf.attr, GRT_ATTR_KERNEL_RO);
		assert_int_equal(leaf.pa + (va + at - leaf.va),
				 (3 - at / group) * group + at % group);
	}
	assert_int_equal(grt_unmap(&t.pt, va, size), 0);
	watch_complete();
}

static void groups_keep_their_own_memory(void **state)
{
	(void)state;
	every_group(weak, scattered, LEVELS_OF_4_GROUPS);
}

static void groups_translate_at_every_moment_while_they_change(void **state)
{
	(void)state;
	every_group(weak, groups_of, LEVELS_OF_8_GROUPS);
}

/* Several changes in one batch: what must not be cached together is apart, and nothing is left over. */
static void batch_of(unsigned int level)
{
	struct grt_tlb_batch batch;
	struct area a;
	u64 entry;

	if (!area_map(&a, level))
		return;
	entry = grt_geometry_level_size(&t.g, level);
	watch.unbroken = true;
	grt_batch_begin(&t.pt, &batch);
	assert_int_equal(grt_split(&t.pt, a.va + 6 * a.group + entry), 0);
	assert_int_equal(grt_protect(&t.pt, a.va, a.group, 0, GRT_ATTR_WRITE), 0);
	assert_int_equal(grt_protect(&t.pt, a.va + a.group, a.group, GRT_ATTR_SOFT0, 0), 0);
	assert_int_equal(grt_protect(&t.pt, a.va, 2 * a.group, GRT_ATTR_WRITE, GRT_ATTR_SOFT0), 0);
	assert_int_equal(grt_collapse(&t.pt, a.va, a.size, GRT_EXTENT_INSIDE), 0);
	assert_int_equal(grt_batch_commit(&t.pt), 0);
	watch_complete();
	expect_as_mapped(&a);
	area_unmap(&a);
}

static void batches_of_changes_never_break_a_group(void **state)
{
	(void)state;
	every_group(weak, batch_of, LEVELS_OF_8_GROUPS);
}

/* Are parts of larger leaves to change, is one made? */
static bool splittable_is_large(void)
{
	u64 size = grt_geometry_level_size(&t.g, 1);
	const struct grt_run run = { 0 - size, 0, size, GRT_ATTR_KERNEL_RW | GRT_MAP_SPLITTABLE };
	struct grt_leaf leaf;

	assert_int_equal(grt_run_leaf(&t.pt, &run, run.va, &leaf), 0);
	return leaf.size > grt_geometry_page_size(&t.g);
}

/* What a CPU can't change without a fault is not mapped with groups where parts of it will change. */
static void limits_of(unsigned int level)
{
	struct area a;

	if (!area_map(&a, level))
		return;
	assert_true(splittable_is_large());
	area_unmap(&a);
}

static void groups_are_allowed_where_they_can_change(void **state)
{
	(void)state;
	every_group(weak, limits_of, LEVELS_OF_8_GROUPS);
}

/* ---- collapse ---- */

/*
 * Two tables of @level full of leaves, whose memory is such that groups are the largest that they can be:
 * collapsing makes what mapping would.
 */
static void collapsed(unsigned int level)
{
	const grt_attr_t limits = GRT_MAP_NO_CONT | (level ? 0 : GRT_MAP_PAGES_ONLY);
	u64 group = grt_geometry_group_size(&t.g, level),
	    block = grt_geometry_level_size(&t.g, level + 1);
	grt_virt_t va = grt_geometry_upper_start(&t.g);
	grt_phys_t pa = block + group;
	u64 size = 2 * block, entry = grt_geometry_level_size(&t.g, level);

	if (!t.g.cont_bits[level] || level + 1 == t.g.levels || pa + size > BIT(t.g.pa_bits))
		return;
	tried++;
	assert_int_equal(grt_map(&t.pt, va, pa, size, GRT_ATTR_KERNEL_RW), 0);
	leaves_get(&t, va, size, &before);
	assert_true(before.leaf[0].contiguous && before.leaf[before.nr - 1].contiguous);
	assert_int_equal(grt_unmap(&t.pt, va, size), 0);
	assert_int_equal(grt_map(&t.pt, va, pa, size, GRT_ATTR_KERNEL_RW | limits), 0);
	/* What lies in a range in part only stays as it is. */
	assert_int_equal(grt_collapse(&t.pt, va + entry, size - 2 * entry, GRT_EXTENT_INSIDE), 0);
	leaves_get(&t, va, size, &leaves);
	assert_true(!leaves.leaf[0].contiguous && !leaves.leaf[leaves.nr - 1].contiguous);
	assert_int_equal(leaves.nr, before.nr - 2 + (2U << t.g.cont_bits[level]));
	assert_int_equal(grt_collapse(&t.pt, va, size, GRT_EXTENT_INSIDE), 0);
	watch_complete();
	expect_as_mapped(&(struct area){ .va = va, .size = size });
	assert_int_equal(grt_unmap(&t.pt, va, size), 0);
	watch_complete();
}

static void collapse_makes_what_mapping_would(void **state)
{
	(void)state;
	every_group(weak, collapsed, LEVELS_BELOW_BLOCKS);
}

/* ---- accesses and writes that hardware notes, in any entry of a group ---- */

#ifdef GEOMETRY_FORMAT_PBMT
#define NEWS (PTE_A | PTE_D)
#else
#define NEWS PTE_AF
#endif

static u64 *entry_at(grt_virt_t va)
{
	unsigned int level = grt_geometry_root_level(&t.g);
	u64 *table = tables_memory(&t, t.pt.root);

	for (;; level--) {
		u64 *entry = table + grt_geometry_index(&t.g, level, va);

		if (!pte_is_table(&t.g, level, pte_make(*entry)))
			return entry;
		table = tables_memory(&t, pte_table_phys(&t.g, pte_make(*entry)));
	}
}

/* What entry @i is given: some neighbours agree and others don't. */
static u64 news_of(u64 i)
{
	const u64 lowest = NEWS & -NEWS;

	return i % 5 < 2 ? 0 : i % 3 ? NEWS : lowest;
}

static void expect_news(const struct area *a)
{
	u64 entry = grt_geometry_level_size(&t.g, a->level);

	for (u64 i = 0; i < a->size / entry; i++)
		assert_int_equal(*entry_at(a->va + i * entry) & NEWS, news_of(i));
	watch_complete();
	check_tree(&t);
}

static void noted(unsigned int level)
{
	grt_virt_t half;
	u64 entry;
	struct area a;

	if (!area_map(&a, level))
		return;
	entry = grt_geometry_level_size(&t.g, level);
	for (u64 i = 0; i < a.size / entry; i++) {
		u64 *e = entry_at(a.va + i * entry);

		*e = (*e & ~NEWS) | news_of(i);
		*(u64 *)(watch.shadow + ((u8 *)e - t.memory)) = *e;
	}
	expect_as_mapped(&a); /* a group is one leaf whatever its entries have noted */
	half = a.va + a.group / 2;
	/* A part of a group, two parts and what is between them, whole groups, hidden ones. */
	assert_int_equal(grt_protect(&t.pt, half, entry, GRT_ATTR_SOFT0, 0), 0);
	expect_news(&a);
	assert_int_equal(grt_protect(&t.pt, half + a.group, 2 * a.group, GRT_ATTR_SOFT1, 0), 0);
	expect_news(&a);
	assert_int_equal(grt_split(&t.pt, half + 4 * a.group), 0);
	expect_news(&a);
	assert_int_equal(grt_protect(&t.pt, a.va, a.size, 0, GRT_ATTR_WRITE), 0);
	expect_news(&a);
	assert_int_equal(grt_protect(&t.pt, half, 6 * a.group, 0, GRT_ATTR_READ), 0);
	expect_news(&a);
	assert_int_equal(grt_protect(&t.pt, half + a.group, a.group, GRT_ATTR_READ, 0), 0);
	assert_int_equal(grt_protect(&t.pt, half, 6 * a.group, GRT_ATTR_READ, 0), 0);
	expect_news(&a);
	/* One group says what any of its entries did. */
	assert_int_equal(grt_protect(&t.pt, a.va, a.size, 0, GRT_ATTR_SOFT0 | GRT_ATTR_SOFT1), 0);
	assert_int_equal(grt_collapse(&t.pt, a.va, 7 * a.group, GRT_EXTENT_INSIDE), 0);
	for (unsigned int i = 0; i < 1U << t.g.cont_bits[level]; i++)
		assert_int_equal(*entry_at(a.va + i * entry) & NEWS, NEWS);
	watch_complete();
	area_unmap(&a);
}

static void groups_keep_what_hardware_notes(void **state)
{
	(void)state;
	every_group(weak, noted, LEVELS_OF_8_GROUPS);
}

#ifndef GEOMETRY_FORMAT_PBMT
static void weaker(struct grt_mmu_caps *caps)
{
	caps->bbm = 1;
}

/* Below level 2 the group is broken, made again, and stays a group. */
static void broken_group(unsigned int level)
{
	u64 stores, n;
	struct area a;

	if (!area_map(&a, level))
		return;
	n = 1ULL << t.g.cont_bits[level];
	assert_false(splittable_is_large());
	stores = mmu_host.count[MMU_STORE];
	assert_int_equal(grt_protect(&t.pt, a.va, a.group, 0, GRT_ATTR_WRITE), 0);
	assert_int_equal(mmu_host.count[MMU_STORE] - stores, 2 * n);
	watch_complete();
	leaves_get(&t, a.va, a.group, &leaves);
	assert_int_equal(leaves.nr, 1);
	assert_true(leaves.leaf[0].contiguous);
	expect_attr(a.va, a.group, GRT_ATTR_KERNEL_RO);
	assert_int_equal(grt_protect(&t.pt, a.va + a.size - a.group / 2, a.group / 4, 0,
				     GRT_ATTR_WRITE),
			 -EPERM);
	area_unmap(&a);
}

static void groups_are_broken_where_sizes_cannot_change(void **state)
{
	(void)state;
	every_group(weaker, broken_group, LEVELS_OF_8_GROUPS);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(groups_keep_their_own_memory),
		cmocka_unit_test(groups_translate_at_every_moment_while_they_change),
		cmocka_unit_test(batches_of_changes_never_break_a_group),
		cmocka_unit_test(groups_are_allowed_where_they_can_change),
		cmocka_unit_test(groups_keep_what_hardware_notes),
		cmocka_unit_test(collapse_makes_what_mapping_would),
#ifndef GEOMETRY_FORMAT_PBMT
		cmocka_unit_test(groups_are_broken_where_sizes_cannot_change),
#endif
	};

	return run_both_ways(tests);
}
