// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Entries that lead to tables may add to all that is below them: arm64's take permissions, RISC-V's make it
 * global. What the engine says of a page, and what its operations leave of it, is compared with a list of
 * pages that knows no tables, and with a walk over the raw bits that is this file's own.
 */
#include <graticule/pgtable_copy.h>
#include <graticule/pgtable_swap.h>
#include "tests/host/entry_oracle.h"
#include "tests/host/random.h"

#define PROBES 96
#define SEEN (GRT_ATTR_PERM_MASK | GRT_ATTR_GLOBAL)
#ifdef GEOMETRY_FORMAT_LPA
#define LIMIT_FIRST 59
#define LIMIT_LAST 62
#else
#define LIMIT_FIRST 5 /* G */
#define LIMIT_LAST 5
#endif

static struct tables t;
static bool hpd;
/* The region at work, and what the list says of some pages of it: 0 where nothing is mapped. */
static grt_virt_t base;
static u64 pages;
static struct probe {
	u64 page;
	grt_attr_t attr;
} probes[PROBES];

static struct grt_pgtable_config config(void)
{
	return (struct grt_pgtable_config){
		.g = &t.g,
		.caps = &t.caps,
		.regime = { .half = GRT_REGIME_UPPER, .writable_code = true, .hpd = hpd },
		.ops = &t.ops,
		.ctx = &t,
	};
}

static grt_virt_t address(u64 page)
{
	return base + page * grt_geometry_page_size(&t.g);
}

/* ---- the raw bits ---- */

#ifdef GEOMETRY_FORMAT_LPA
static grt_attr_t effective(u64 leaf, u64 tables)
{
	u64 pxn = leaf >> 53 | tables >> 59, uxn = leaf >> 54 | tables >> 60;
	grt_attr_t attr = leaf & 1 ? GRT_ATTR_READ : 0;

	if (!((leaf >> 7 | tables >> 62) & 1))
		attr |= GRT_ATTR_WRITE;
	if (leaf >> 6 & ~(tables >> 61) & 1)
		attr |= GRT_ATTR_USER;
	if (!(pxn & uxn & 1))
		attr |= GRT_ATTR_EXEC;
	return attr | (leaf >> 11 & 1 ? 0 : GRT_ATTR_GLOBAL);
}
#else
static grt_attr_t effective(u64 leaf, u64 tables)
{
	grt_attr_t attr = leaf & 1 && leaf & 2 ? GRT_ATTR_READ : 0;

	attr |= leaf & 4 ? GRT_ATTR_WRITE : 0;
	attr |= leaf & 8 ? GRT_ATTR_EXEC : 0;
	attr |= leaf & 16 ? GRT_ATTR_USER : 0;
	return attr | ((leaf | tables) & 32 ? GRT_ATTR_GLOBAL : 0);
}
#endif

/* What the bits give @va, hidden leaves included; 0: nothing. */
static grt_attr_t raw_attr(grt_phys_t root, grt_virt_t va)
{
	grt_phys_t table = root;
	u64 above = 0;

	for (unsigned int level = grt_geometry_root_level(&t.g);; level--) {
		u64 e = tables_memory(&t, table)[grt_geometry_index(&t.g, level, va)];

		if (!e)
			return 0;
		if (!raw_table(level, e))
			return effective(e, hpd ? 0 : above) | BIT(63);
		above |= e;
		table = raw_phys(&t.g, e);
	}
}

/* Set some of what can be set in some of the entries that lead to tables. */
static void limit_some(unsigned int level, grt_phys_t table)
{
	u64 *e = tables_memory(&t, table);

	for (unsigned int i = 0; level && i < grt_geometry_entries(&t.g, level); i++) {
		if (!raw_table(level, e[i]))
			continue;
		limit_some(level - 1, raw_phys(&t.g, e[i]));
		for (unsigned int bit = LIMIT_FIRST; bit <= LIMIT_LAST && random_below(2); bit++)
			e[i] |= random_below(3) ? 0 : BIT(bit);
	}
}

/* ---- the list ---- */

static void list_from_raw(void)
{
	for (struct probe *p = probes; p < probes + PROBES; p++) {
		p->page = p < probes + 16 ? (u64)(p - probes) * pages / 16 : random_below(pages);
		p->attr = raw_attr(t.pt.root, address(p->page));
	}
}

static int found(const struct grt_leaf *leaf, void *arg)
{
	*(struct grt_leaf *)arg = *leaf;
	return 0;
}

/* The bits, translate and walk all say what the list says. */
static void check_list(const struct grt_pgtable *pt)
{
	for (const struct probe *p = probes; p < probes + PROBES; p++) {
		bool seen = p->attr & GRT_ATTR_READ;
		grt_virt_t va = address(p->page);
		struct grt_leaf leaf, walked = { 0 };

		assert_int_equal(raw_attr(pt->root, va), p->attr);
		assert_int_equal(grt_translate(pt, va, &leaf), seen ? 0 : -ENOENT);
		assert_int_equal(grt_walk(pt, va, 1, found, &walked), 0);
		assert_int_equal(walked.size != 0, seen);
		if (!seen)
			continue;
		assert_int_equal(leaf.attr & SEEN, p->attr & SEEN);
		assert_int_equal(walked.attr, leaf.attr);
	}
}

static void list_set(u64 first, u64 n, grt_attr_t set, grt_attr_t clear)
{
	for (struct probe *p = probes; p < probes + PROBES; p++)
		if (p->page - first < n && p->attr)
			p->attr = (p->attr & ~clear) | set;
}

static void list_replace(u64 first, u64 n, grt_attr_t attr)
{
	for (struct probe *p = probes; p < probes + PROBES; p++)
		if (p->page - first < n)
			p->attr = attr ? attr | BIT(63) : 0;
}

/* ---- operations ---- */

static grt_attr_t random_attr(void)
{
	grt_attr_t attr = (u64)random() & SEEN;

	return attr | GRT_ATTR_READ;
}

static void swap(struct grt_pgtable *pt, grt_virt_t va, u64 size)
{
	grt_phys_t next = tables_alloc(pt);
	struct grt_swap s;

	if (!grt_swap_begin(pt, va, size, &s)) {
		if (!grt_swap_build(pt, &s, next))
			grt_swap_commit(pt, &s, tables_memory(&t, s.table),
					tables_memory(&t, next));
		assert_int_equal(grt_swap_end(pt, &s), 0);
	}
	tables_free(pt, next);
}

static u64 refused, done;

static void one_operation(struct grt_pgtable *pt)
{
	u64 page = grt_geometry_page_size(&t.g), first = random_below(pages);
	u64 n = 1 + random_below(random_below(4) ? min_u64(pages - first, 40) : pages - first);
	grt_virt_t va = address(first);
	grt_attr_t set = random_attr() & (u64)random(),
		   clear = random_attr() & (u64)random() & ~set;
	grt_phys_t pa = GIB(64) + first * page;
	int err;

	switch (random_below(8)) {
	case 0:
		set = random_attr();
		err = grt_map(pt, va, pa, n * page, set);
		if (!err)
			list_replace(first, n, set);
		refused += err == -EPERM;
		break;
	case 1:
		assert_int_equal(grt_unmap(pt, va, n * page), 0);
		list_replace(first, n, 0);
		break;
	case 2:
		set = random_attr();
		err = grt_remap(pt, va, pa, page, set);
		if (!err)
			list_replace(first, 1, set);
		refused += err == -EPERM;
		break;
	case 3:
		assert_int_equal(grt_collapse(pt, base, pages * page, GRT_EXTENT_INSIDE), 0);
		break;
	case 4:
		assert_int_equal(grt_collapse(pt, va, n * page, GRT_EXTENT_AROUND), 0);
		break;
	case 5:
		swap(pt, va, n * page);
		break;
	default:
		err = grt_protect(pt, va, n * page, set, clear);
		if (!err)
			list_set(first, n, set, clear);
		assert_true(!err || err == -EPERM);
		refused += err == -EPERM;
		done += !err;
		break;
	}
}

/* A copy has what its original had in effect, whatever tables said so. */
static void copy_all(struct grt_pgtable *pt)
{
	const struct grt_pgtable_config c = config();
	const struct grt_edit edit = { .clear = GRT_ATTR_WRITE }, none = { 0 };
	u64 size = pages * grt_geometry_page_size(&t.g);
	struct grt_pgtable copy;

	assert_int_equal(grt_pgtable_init(&copy, &c), 0);
	assert_int_equal(grt_copy(&copy, pt, base, size, edit, none), 0);
	for (const struct probe *p = probes; p < probes + PROBES; p++)
		assert_int_equal(raw_attr(copy.root, address(p->page)), p->attr & ~GRT_ATTR_WRITE);
	grt_pgtable_destroy(&copy);
}

static void random_tree(const struct grt_geometry_choice *choice)
{
	const struct grt_pgtable_config c = config();
	struct grt_pgtable pt;
	u64 page, level1;

	tables_init(&t, choice, false);
	t.pt.regime.writable_code = true;
	page = grt_geometry_page_size(&t.g);
	level1 = grt_geometry_level_size(&t.g, 1);
	pages = 3 * level1 / page;
	base = grt_geometry_upper_start(&t.g) +
	       (t.g.levels > 2 ? grt_geometry_level_size(&t.g, 2) - level1 : level1);
	for (unsigned int i = 0; i < 8; i++) {
		u64 first = random_below(pages), n = 1 + random_below(pages - first);

		grt_map(&t.pt, address(first), GIB(64) + first * page, n * page,
			random_attr() | (random_below(2) ? GRT_MAP_PAGES_ONLY : 0));
	}
	limit_some(grt_geometry_root_level(&t.g), t.pt.root);
	list_from_raw();
	assert_int_equal(grt_pgtable_adopt(&pt, &c, t.pt.root, TABLE_PAGES), 0);
	assert_int_equal(pt.tables, t.pt.tables);
	check_list(&pt);
	for (unsigned int i = 0; i < 40; i++) {
		one_operation(&pt);
		check_list(&pt);
	}
	copy_all(&pt);
	t.pt.tables = pt.tables;
	tables_done(&t);
}

static void nobody_gains_or_loses_what_tables_add(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < grt_geometry_nr_choices * 12; i++) {
		random_begin(i + 1);
#ifdef GEOMETRY_FORMAT_LPA
		hpd = i % 3 == 2;
#endif
		random_tree(&grt_geometry_choices[i % grt_geometry_nr_choices]);
	}
	hpd = false;
	assert_true(refused > 20 && done > 200);
}

/* ---- one after the other ---- */

/* A table of single pages, @attr, with @bits in the one entry that leads to it, taken over by @pt. */
static u64 *limited(struct grt_pgtable *pt, struct grt_pgtable_config c, grt_attr_t attr, u64 bits)
{
	u64 size = grt_geometry_level_size(&t.g, 1);
	grt_phys_t table = t.pt.root;
	u64 *e;

	base = c.regime.half == GRT_REGIME_UPPER ? grt_geometry_upper_start(&t.g) : 0;
	assert_int_equal(grt_pgtable_init(&t.pt, &c), 0);
	assert_int_equal(grt_map(&t.pt, base, size, size - grt_geometry_page_size(&t.g),
				 attr | GRT_MAP_PAGES_ONLY),
			 0);
	table = t.pt.root;
	for (unsigned int level = grt_geometry_root_level(&t.g);; level--) {
		e = tables_memory(&t, table) + grt_geometry_index(&t.g, level, base);
		if (level == 1)
			break;
		table = raw_phys(&t.g, *e);
	}
	*e |= bits;
	assert_int_equal(grt_pgtable_adopt(pt, &c, t.pt.root, 100), 0);
	return e;
}

static void free_limited(struct grt_pgtable *pt)
{
	pt->live = false;
	grt_pgtable_destroy(pt);
}

static grt_attr_t attr_of(const struct grt_pgtable *pt, u64 page)
{
	struct grt_leaf leaf;

	assert_int_equal(grt_translate(pt, address(page), &leaf), 0);
	return leaf.attr;
}

static const grt_attr_t user_rwx = GRT_ATTR_READ | GRT_ATTR_WRITE | GRT_ATTR_EXEC | GRT_ATTR_USER;

#ifdef GEOMETRY_FORMAT_LPA

/* What a table takes can't be given: nothing is stored, and nothing lies. What it leaves can. */
static void refuse_what_is_taken(void)
{
	const grt_attr_t ro = GRT_ATTR_KERNEL_RO, rw = GRT_ATTR_KERNEL_RW;
	u64 page = grt_geometry_page_size(&t.g), n = BIT(t.g.page_shift - 3), stores;
	struct grt_pgtable pt;

	limited(&pt, config(), rw, BIT(62));
	stores = mmu_host.count[MMU_STORE];
	assert_int_equal(attr_of(&pt, 0), ro);
	assert_int_equal(grt_protect(&pt, address(0), page, GRT_ATTR_WRITE, 0), -EPERM);
	assert_int_equal(grt_protect(&pt, address(3), 7 * page, GRT_ATTR_WRITE, 0), -EPERM);
	assert_int_equal(grt_remap(&pt, address(0), 0, page, rw), -EPERM);
	assert_int_equal(grt_map(&pt, address(n - 1), 0, page, rw), -EPERM);
	assert_int_equal(grt_map(&pt, address(n - 1), 0, 2 * page, rw), -EPERM);
	assert_int_equal(mmu_host.count[MMU_STORE], stores);
	assert_int_equal(grt_protect(&pt, address(0), page, 0, GRT_ATTR_WRITE), 0);
	assert_int_equal(grt_remap(&pt, address(0), 0, page, ro), 0);
	assert_int_equal(grt_map(&pt, address(n - 1), 0, 2 * page, ro), 0);
	assert_int_equal(grt_protect(&pt, address(n), page, GRT_ATTR_WRITE, 0), 0);
	/* Executable where it is not writable, whatever the leaf says. */
	pt.regime.writable_code = false;
	assert_int_equal(grt_protect(&pt, address(1), page, GRT_ATTR_EXEC, 0), 0);
	assert_int_equal(attr_of(&pt, 1), GRT_ATTR_KERNEL_RX);
	assert_int_equal(grt_protect(&pt, address(n), page, GRT_ATTR_EXEC, 0), -EINVAL);
	free_limited(&pt);
}

static void what_a_table_takes_is_not_given(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++) {
		tables_init(&t, &grt_geometry_choices[i], false);
		grt_pgtable_destroy(&t.pt);
		refuse_what_is_taken();
		arena_give(t.memory);
	}
}

/*
 * The leaf that takes a table's place takes its limits, bit for bit: AP[2] 7, AP[1] 6, UXN 54, PXN 53, NS 5.
 */
static void merged_leaves_keep_limits(void **state)
{
	static const struct {
		u64 table, set, clear;
	} cases[] = {
		{ BIT(59), BIT(53), 0 },
		{ BIT(60), BIT(54), 0 },
		{ BIT(61), 0, BIT(6) },
		{ BIT(62), BIT(7) | BIT(57), 0 }, /* it was writable, and so taken to be written */
		{ BIT(63), BIT(5), 0 },
		{ 0, 0, 0 },
		{ BIT(59) | BIT(60), BIT(53) | BIT(54), 0 },
		{ BIT(61) | BIT(62), BIT(7) | BIT(57), BIT(6) },
	};

	(void)state;
	tables_init(&t, &grt_geometry_choices[1], false);
	grt_pgtable_destroy(&t.pt);
	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		u64 size = grt_geometry_level_size(&t.g, 1), page = grt_geometry_page_size(&t.g),
		    *e, first;
		struct grt_pgtable pt;
		grt_attr_t attr;

		e = limited(&pt, config(), user_rwx, cases[i].table);
		*e &= ~cases[i].table;
		assert_int_equal(grt_map(&pt, base + size - page, 2 * size - page, page, user_rwx),
				 0);
		*e |= cases[i].table;
		first = *tables_memory(&t, raw_phys(&t.g, *e));
		attr = attr_of(&pt, 0);
		assert_int_equal(grt_collapse(&pt, base, size, GRT_EXTENT_INSIDE), 0);
		assert_false(*e & 2); /* a block */
		assert_int_equal(*e & 0xffe00000000000fc,
				 ((first & ~BIT(52) & 0xffe00000000000fc) | cases[i].set) &
					 ~cases[i].clear);
		assert_int_equal(attr_of(&pt, 0), attr);
		free_limited(&pt);
	}
	arena_give(t.memory);
}

/* EL2 has no users: bit 54 is XN, and of what tables say 59 and 61 mean nothing. */
static void el2_has_one_level_of_privilege(void **state)
{
	static const struct {
		u64 table;
		grt_attr_t attr;
	} cases[] = {
		{ 0, GRT_ATTR_KERNEL_RW | GRT_ATTR_EXEC },
		{ BIT(59), GRT_ATTR_KERNEL_RW | GRT_ATTR_EXEC },
		{ BIT(60), GRT_ATTR_KERNEL_RW },
		{ BIT(61), GRT_ATTR_KERNEL_RW | GRT_ATTR_EXEC },
		{ BIT(62), GRT_ATTR_KERNEL_RX },
		{ BIT(60) | BIT(62), GRT_ATTR_KERNEL_RO },
	};
	struct grt_pgtable_config c = config();

	(void)state;
	c.regime.half = GRT_REGIME_LOWER;
	c.regime.kind = GRT_REGIME_EL2;
	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		u64 page, *e;
		struct grt_pgtable pt;

		tables_init(&t, &grt_geometry_choices[1], false);
		grt_pgtable_destroy(&t.pt);
		page = grt_geometry_page_size(&t.g);
		t.g.el2 = true;
		e = limited(&pt, c, GRT_ATTR_KERNEL_RW | GRT_ATTR_EXEC, cases[i].table);
		e = tables_memory(&t, raw_phys(&t.g, *e));
		/* XN 54 and PXN, which is RES0, 53; AP[1], which is RES1, 6 */
		assert_int_equal(e[0] >> 53 & 3, 0);
		assert_int_equal(e[0] >> 6 & 3, 1);
		assert_int_equal(attr_of(&pt, 0), cases[i].attr);
		assert_int_equal(grt_protect(&pt, base, page, 0, GRT_ATTR_EXEC | GRT_ATTR_WRITE),
				 0);
		assert_int_equal(e[0] >> 53 & 3, 2);
		assert_int_equal(e[0] >> 6 & 3, 3);
		assert_int_equal(attr_of(&pt, 0), GRT_ATTR_KERNEL_RO);
		assert_int_equal(grt_remap(&pt, base, 0, page, GRT_ATTR_KERNEL_RO), 0);
		assert_int_equal(e[0] >> 53 & 3, 2);
		free_limited(&pt);
		arena_give(t.memory);
	}
}

#else

/* What is global by its table can't be made anything else. */
static void global_tables_make_leaves_global(void **state)
{
	struct grt_pgtable pt;
	u64 n, *e;

	(void)state;
	tables_init(&t, &grt_geometry_choices[1], false);
	grt_pgtable_destroy(&t.pt);
	n = 512;
	e = limited(&pt, config(), user_rwx, BIT(5));
	assert_int_equal(attr_of(&pt, 0), user_rwx | GRT_ATTR_GLOBAL);
	assert_int_equal(grt_protect(&pt, base, KIB(4), 0, GRT_ATTR_GLOBAL), -EPERM);
	assert_int_equal(grt_map(&pt, address(n - 1), MIB(4) - KIB(4), KIB(4), user_rwx), -EPERM);
	*e &= ~BIT(5);
	pt.limited = false;
	assert_int_equal(grt_map(&pt, address(n - 1), MIB(4) - KIB(4), KIB(4), user_rwx), 0);
	*e |= BIT(5);
	pt.limited = true;
	assert_int_equal(grt_collapse(&pt, base, MIB(2), GRT_EXTENT_INSIDE), 0);
	assert_int_equal(*e & 0x3ff, 0xff); /* D A G U X W R V */
	free_limited(&pt);
	arena_give(t.memory);
}

/* What tables of the root say stays when they become entries that other roots have as well. */
static void kept_entries_say_what_they_said(void **state)
{
	struct grt_pgtable_config c = config();
	struct grt_pgtable pt;
	u64 *root;

	(void)state;
	tables_init(&t, &grt_geometry_choices[0], false);
	grt_pgtable_destroy(&t.pt);
	assert_int_equal(grt_pgtable_init(&pt, &c), 0);
	assert_int_equal(grt_map(&pt, grt_geometry_upper_start(&t.g), 0, KIB(4), user_rwx), 0);
	root = tables_memory(&t, pt.root);
	root[256] |= BIT(5);
	assert_int_equal(grt_pgtable_adopt(&pt, &c, pt.root, 10), 0);
	assert_int_equal(grt_pgtable_keep_root(&pt), 0);
	assert_int_equal(root[256] & BIT(5), BIT(5));
	assert_int_equal(root[257] & 0x3f, 1);
	pt.live = false;
	grt_pgtable_destroy(&pt);
	arena_give(t.memory);
}

#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_gains_or_loses_what_tables_add),
#ifdef GEOMETRY_FORMAT_LPA
		cmocka_unit_test(what_a_table_takes_is_not_given),
		cmocka_unit_test(merged_leaves_keep_limits),
		cmocka_unit_test(el2_has_one_level_of_privilege),
#else
		cmocka_unit_test(global_tables_make_leaves_global),
		cmocka_unit_test(kept_entries_say_what_they_said),
#endif
	};

	return run_both_ways(tests);
}
