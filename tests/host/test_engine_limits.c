// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Entries that lead to tables may add to all that is below them: arm64's take permissions, RISC-V's make it
 * global. What the engine says of a page, and what its operations leave of it, is compared with a list of
 * pages that knows no tables, and with a walk over the raw bits that is this file's own.
 */
#include <graticule/pgtable_copy.h>
#include <graticule/pgtable_swap.h>
#include "tests/host/engine_arena.h"
#include "tests/host/random.h"

#define PROBES 96
#define SEEN (PGATTR_PERM_MASK | PGATTR_GLOBAL)
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
static virt_addr_t base;
static u64 pages;
static struct probe {
	u64 page;
	pgattr_t attr;
} probes[PROBES];

static u64 below(u64 n)
{
	return (u64)random() % n;
}

static struct pgtable_config config(void)
{
	return (struct pgtable_config){
		.g = &t.g,
		.caps = &t.caps,
		.regime = { .half = REGIME_UPPER, .writable_code = true, .hpd = hpd },
		.ops = &t.ops,
		.ctx = &t,
	};
}

static virt_addr_t address(u64 page)
{
	return base + page * geometry_page_size(&t.g);
}

/* ---- the raw bits ---- */

#ifdef GEOMETRY_FORMAT_LPA
static pgattr_t effective(u64 leaf, u64 tables)
{
	u64 pxn = leaf >> 53 | tables >> 59, uxn = leaf >> 54 | tables >> 60;
	pgattr_t attr = leaf & 1 ? PGATTR_READ : 0;

	if (!((leaf >> 7 | tables >> 62) & 1))
		attr |= PGATTR_WRITE;
	if (leaf >> 6 & ~(tables >> 61) & 1)
		attr |= PGATTR_USER;
	if (!(pxn & uxn & 1))
		attr |= PGATTR_EXEC;
	return attr | (leaf >> 11 & 1 ? 0 : PGATTR_GLOBAL);
}
#else
static pgattr_t effective(u64 leaf, u64 tables)
{
	pgattr_t attr = leaf & 1 && leaf & 2 ? PGATTR_READ : 0;

	attr |= leaf & 4 ? PGATTR_WRITE : 0;
	attr |= leaf & 8 ? PGATTR_EXEC : 0;
	attr |= leaf & 16 ? PGATTR_USER : 0;
	return attr | ((leaf | tables) & 32 ? PGATTR_GLOBAL : 0);
}
#endif

/* What the bits give @va, hidden leaves included; 0: nothing. */
static pgattr_t raw_attr(phys_addr_t root, virt_addr_t va)
{
	phys_addr_t table = root;
	u64 above = 0;

	for (unsigned int level = geometry_root_level(&t.g);; level--) {
		u64 e = tables_memory(&t, table)[geometry_index(&t.g, level, va)];

		if (!e)
			return 0;
		if (!pte_is_table(&t.g, level, pte_make(e)))
			return effective(e, hpd ? 0 : above) | BIT(63);
		above |= e;
		table = pte_table_phys(&t.g, pte_make(e));
	}
}

/* Set some of what can be set in some of the entries that lead to tables. */
static void limit_some(unsigned int level, phys_addr_t table)
{
	u64 *e = tables_memory(&t, table);

	for (unsigned int i = 0; level && i < geometry_entries(&t.g, level); i++) {
		if (!pte_is_table(&t.g, level, pte_make(e[i])))
			continue;
		limit_some(level - 1, pte_table_phys(&t.g, pte_make(e[i])));
		for (unsigned int bit = LIMIT_FIRST; bit <= LIMIT_LAST && below(2); bit++)
			e[i] |= below(3) ? 0 : BIT(bit);
	}
}

/* ---- the list ---- */

static void list_from_raw(void)
{
	for (struct probe *p = probes; p < probes + PROBES; p++) {
		p->page = p < probes + 16 ? (u64)(p - probes) * pages / 16 : below(pages);
		p->attr = raw_attr(t.pt.root, address(p->page));
	}
}

static int found(const struct pgtable_leaf *leaf, void *arg)
{
	*(struct pgtable_leaf *)arg = *leaf;
	return 0;
}

/* The bits, translate and walk all say what the list says. */
static void check_list(const struct pgtable *pt)
{
	for (const struct probe *p = probes; p < probes + PROBES; p++) {
		bool seen = p->attr & PGATTR_READ;
		virt_addr_t va = address(p->page);
		struct pgtable_leaf leaf, walked = { 0 };

		assert_int_equal(raw_attr(pt->root, va), p->attr);
		assert_int_equal(pgtable_translate(pt, va, &leaf), seen ? 0 : -ENOENT);
		assert_int_equal(pgtable_walk(pt, va, 1, found, &walked), 0);
		assert_int_equal(walked.size != 0, seen);
		if (!seen)
			continue;
		assert_int_equal(leaf.attr & SEEN, p->attr & SEEN);
		assert_int_equal(walked.attr, leaf.attr);
	}
}

static void list_set(u64 first, u64 n, pgattr_t set, pgattr_t clear)
{
	for (struct probe *p = probes; p < probes + PROBES; p++)
		if (p->page - first < n && p->attr)
			p->attr = (p->attr & ~clear) | set;
}

static void list_replace(u64 first, u64 n, pgattr_t attr)
{
	for (struct probe *p = probes; p < probes + PROBES; p++)
		if (p->page - first < n)
			p->attr = attr ? attr | BIT(63) : 0;
}

/* ---- operations ---- */

static pgattr_t random_attr(void)
{
	pgattr_t attr = (u64)random() & SEEN;

	return attr | PGATTR_READ;
}

static void swap(struct pgtable *pt, virt_addr_t va, u64 size)
{
	phys_addr_t next = tables_alloc(pt);
	struct pgtable_swap s;

	if (!pgtable_swap_begin(pt, va, size, &s)) {
		if (!pgtable_swap_build(pt, &s, next))
			pgtable_swap_commit(pt, &s, tables_memory(&t, s.table),
					    tables_memory(&t, next));
		assert_int_equal(pgtable_swap_end(pt, &s), 0);
	}
	tables_free(pt, next);
}

static u64 refused, done;

static void one_operation(struct pgtable *pt)
{
	u64 page = geometry_page_size(&t.g), first = below(pages);
	u64 n = 1 + below(below(4) ? min_u64(pages - first, 40) : pages - first);
	virt_addr_t va = address(first);
	pgattr_t set = random_attr() & (u64)random(), clear = random_attr() & (u64)random() & ~set;
	phys_addr_t pa = GIB(64) + first * page;
	int err;

	switch (below(8)) {
	case 0:
		set = random_attr();
		err = pgtable_map(pt, va, pa, n * page, set);
		if (!err)
			list_replace(first, n, set);
		refused += err == -EPERM;
		break;
	case 1:
		assert_int_equal(pgtable_unmap(pt, va, n * page), 0);
		list_replace(first, n, 0);
		break;
	case 2:
		set = random_attr();
		err = pgtable_remap(pt, va, pa, page, set);
		if (!err)
			list_replace(first, 1, set);
		refused += err == -EPERM;
		break;
	case 3:
		assert_int_equal(pgtable_collapse(pt, base, pages * page, PGTABLE_INSIDE), 0);
		break;
	case 4:
		assert_int_equal(pgtable_collapse(pt, va, n * page, PGTABLE_AROUND), 0);
		break;
	case 5:
		swap(pt, va, n * page);
		break;
	default:
		err = pgtable_protect(pt, va, n * page, set, clear);
		if (!err)
			list_set(first, n, set, clear);
		assert_true(!err || err == -EPERM);
		refused += err == -EPERM;
		done += !err;
		break;
	}
}

/* A copy has what its original had in effect, whatever tables said so. */
static void copy_all(struct pgtable *pt)
{
	const struct pgtable_config c = config();
	const struct pgtable_edit edit = { .clear = PGATTR_WRITE }, none = { 0 };
	u64 size = pages * geometry_page_size(&t.g);
	struct pgtable copy;

	assert_int_equal(pgtable_init(&copy, &c), 0);
	assert_int_equal(pgtable_copy(&copy, pt, base, size, edit, none), 0);
	for (const struct probe *p = probes; p < probes + PROBES; p++)
		assert_int_equal(raw_attr(copy.root, address(p->page)), p->attr & ~PGATTR_WRITE);
	pgtable_destroy(&copy);
}

static void random_tree(const struct geometry_choice *choice)
{
	const struct pgtable_config c = config();
	struct pgtable pt;
	u64 page, level1;

	tables_init(&t, choice, false);
	t.pt.regime.writable_code = true;
	page = geometry_page_size(&t.g);
	level1 = geometry_level_size(&t.g, 1);
	pages = 3 * level1 / page;
	base = geometry_upper_start(&t.g) +
	       (t.g.levels > 2 ? geometry_level_size(&t.g, 2) - level1 : level1);
	for (unsigned int i = 0; i < 8; i++) {
		u64 first = below(pages), n = 1 + below(pages - first);

		pgtable_map(&t.pt, address(first), GIB(64) + first * page, n * page,
			    random_attr() | (below(2) ? PGMAP_PAGES_ONLY : 0));
	}
	limit_some(geometry_root_level(&t.g), t.pt.root);
	list_from_raw();
	assert_int_equal(pgtable_adopt(&pt, &c, t.pt.root, TABLE_PAGES), 0);
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
	for (unsigned int i = 0; i < geometry_nr_choices * 12; i++) {
		random_begin(i + 1);
#ifdef GEOMETRY_FORMAT_LPA
		hpd = i % 3 == 2;
#endif
		random_tree(&geometry_choices[i % geometry_nr_choices]);
	}
	hpd = false;
	assert_true(refused > 20 && done > 200);
}

/* ---- one after the other ---- */

/* A table of single pages, @attr, with @bits in the one entry that leads to it, taken over by @pt. */
static u64 *limited(struct pgtable *pt, struct pgtable_config c, pgattr_t attr, u64 bits)
{
	u64 size = geometry_level_size(&t.g, 1);
	phys_addr_t table = t.pt.root;
	u64 *e;

	base = c.regime.half == REGIME_UPPER ? geometry_upper_start(&t.g) : 0;
	assert_int_equal(pgtable_init(&t.pt, &c), 0);
	assert_int_equal(pgtable_map(&t.pt, base, size, size - geometry_page_size(&t.g),
				     attr | PGMAP_PAGES_ONLY),
			 0);
	table = t.pt.root;
	for (unsigned int level = geometry_root_level(&t.g);; level--) {
		e = tables_memory(&t, table) + geometry_index(&t.g, level, base);
		if (level == 1)
			break;
		table = pte_table_phys(&t.g, pte_make(*e));
	}
	*e |= bits;
	assert_int_equal(pgtable_adopt(pt, &c, t.pt.root, 100), 0);
	return e;
}

static void free_limited(struct pgtable *pt)
{
	pt->live = false;
	pgtable_destroy(pt);
}

static pgattr_t attr_of(const struct pgtable *pt, u64 page)
{
	struct pgtable_leaf leaf;

	assert_int_equal(pgtable_translate(pt, address(page), &leaf), 0);
	return leaf.attr;
}

static const pgattr_t user_rwx = PGATTR_READ | PGATTR_WRITE | PGATTR_EXEC | PGATTR_USER;

#ifdef GEOMETRY_FORMAT_LPA

/* What a table takes can't be given: nothing is stored, and nothing lies. What it leaves can. */
static void refuse_what_is_taken(void)
{
	const pgattr_t ro = PGATTR_KERNEL_RO, rw = PGATTR_KERNEL_RW;
	u64 page = geometry_page_size(&t.g), n = BIT(t.g.page_shift - 3), stores;
	struct pgtable pt;

	limited(&pt, config(), rw, BIT(62));
	stores = mmu_host.count[MMU_STORE];
	assert_int_equal(attr_of(&pt, 0), ro);
	assert_int_equal(pgtable_protect(&pt, address(0), page, PGATTR_WRITE, 0), -EPERM);
	assert_int_equal(pgtable_protect(&pt, address(3), 7 * page, PGATTR_WRITE, 0), -EPERM);
	assert_int_equal(pgtable_remap(&pt, address(0), 0, page, rw), -EPERM);
	assert_int_equal(pgtable_map(&pt, address(n - 1), 0, page, rw), -EPERM);
	assert_int_equal(pgtable_map(&pt, address(n - 1), 0, 2 * page, rw), -EPERM);
	assert_int_equal(mmu_host.count[MMU_STORE], stores);
	assert_int_equal(pgtable_protect(&pt, address(0), page, 0, PGATTR_WRITE), 0);
	assert_int_equal(pgtable_remap(&pt, address(0), 0, page, ro), 0);
	assert_int_equal(pgtable_map(&pt, address(n - 1), 0, 2 * page, ro), 0);
	assert_int_equal(pgtable_protect(&pt, address(n), page, PGATTR_WRITE, 0), 0);
	/* Executable where it is not writable, whatever the leaf says. */
	pt.regime.writable_code = false;
	assert_int_equal(pgtable_protect(&pt, address(1), page, PGATTR_EXEC, 0), 0);
	assert_int_equal(attr_of(&pt, 1), PGATTR_KERNEL_RX);
	assert_int_equal(pgtable_protect(&pt, address(n), page, PGATTR_EXEC, 0), -EINVAL);
	free_limited(&pt);
}

static void what_a_table_takes_is_not_given(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < geometry_nr_choices; i++) {
		tables_init(&t, &geometry_choices[i], false);
		pgtable_destroy(&t.pt);
		refuse_what_is_taken();
		arena_give(t.memory);
	}
}

/* The leaf that takes a table's place takes its limits, bit for bit: AP[2] 7, AP[1] 6, UXN 54, PXN 53, NS 5. */
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
	tables_init(&t, &geometry_choices[1], false);
	pgtable_destroy(&t.pt);
	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		u64 size = geometry_level_size(&t.g, 1), page = geometry_page_size(&t.g), *e, first;
		struct pgtable pt;
		pgattr_t attr;

		e = limited(&pt, config(), user_rwx, cases[i].table);
		*e &= ~cases[i].table;
		assert_int_equal(
			pgtable_map(&pt, base + size - page, 2 * size - page, page, user_rwx), 0);
		*e |= cases[i].table;
		first = *tables_memory(&t, pte_table_phys(&t.g, pte_make(*e)));
		attr = attr_of(&pt, 0);
		assert_int_equal(pgtable_collapse(&pt, base, size, PGTABLE_INSIDE), 0);
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
		pgattr_t attr;
	} cases[] = {
		{ 0, PGATTR_KERNEL_RW | PGATTR_EXEC }, { BIT(59), PGATTR_KERNEL_RW | PGATTR_EXEC },
		{ BIT(60), PGATTR_KERNEL_RW },	       { BIT(61), PGATTR_KERNEL_RW | PGATTR_EXEC },
		{ BIT(62), PGATTR_KERNEL_RX },	       { BIT(60) | BIT(62), PGATTR_KERNEL_RO },
	};
	struct pgtable_config c = config();

	(void)state;
	c.regime.half = REGIME_LOWER;
	c.regime.kind = REGIME_EL2;
	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		u64 page, *e;
		struct pgtable pt;

		tables_init(&t, &geometry_choices[1], false);
		pgtable_destroy(&t.pt);
		page = geometry_page_size(&t.g);
		t.g.el2 = true;
		e = limited(&pt, c, PGATTR_KERNEL_RW | PGATTR_EXEC, cases[i].table);
		e = tables_memory(&t, pte_table_phys(&t.g, pte_make(*e)));
		/* XN 54 and PXN, which is RES0, 53; AP[1], which is RES1, 6 */
		assert_int_equal(e[0] >> 53 & 3, 0);
		assert_int_equal(e[0] >> 6 & 3, 1);
		assert_int_equal(attr_of(&pt, 0), cases[i].attr);
		assert_int_equal(pgtable_protect(&pt, base, page, 0, PGATTR_EXEC | PGATTR_WRITE),
				 0);
		assert_int_equal(e[0] >> 53 & 3, 2);
		assert_int_equal(e[0] >> 6 & 3, 3);
		assert_int_equal(attr_of(&pt, 0), PGATTR_KERNEL_RO);
		assert_int_equal(pgtable_remap(&pt, base, 0, page, PGATTR_KERNEL_RO), 0);
		assert_int_equal(e[0] >> 53 & 3, 2);
		free_limited(&pt);
		arena_give(t.memory);
	}
}

#else

/* What is global by its table can't be made anything else. */
static void global_tables_make_leaves_global(void **state)
{
	struct pgtable pt;
	u64 n, *e;

	(void)state;
	tables_init(&t, &geometry_choices[1], false);
	pgtable_destroy(&t.pt);
	n = 512;
	e = limited(&pt, config(), user_rwx, BIT(5));
	assert_int_equal(attr_of(&pt, 0), user_rwx | PGATTR_GLOBAL);
	assert_int_equal(pgtable_protect(&pt, base, KIB(4), 0, PGATTR_GLOBAL), -EPERM);
	assert_int_equal(pgtable_map(&pt, address(n - 1), MIB(4) - KIB(4), KIB(4), user_rwx),
			 -EPERM);
	*e &= ~BIT(5);
	pt.limited = false;
	assert_int_equal(pgtable_map(&pt, address(n - 1), MIB(4) - KIB(4), KIB(4), user_rwx), 0);
	*e |= BIT(5);
	pt.limited = true;
	assert_int_equal(pgtable_collapse(&pt, base, MIB(2), PGTABLE_INSIDE), 0);
	assert_int_equal(*e & 0x3ff, 0xff); /* D A G U X W R V */
	free_limited(&pt);
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
#endif
	};

	return run_both_ways(tests);
}
