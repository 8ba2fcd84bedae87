// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A tree knows what it is to the hardware: its half, what its entries may say, and its root's owner. */
#include <graticule/pgtable_swap.h>
#include "generic/pgtable_entry.h"
#include "tests/host/engine_arena.h"

static struct tables t;
static struct leaves leaves;

static struct grt_pgtable_config config_for(enum grt_regime_half half)
{
	return (struct grt_pgtable_config){
		.g = &t.g, .caps = &t.caps, .regime = { .half = half }, .ops = &t.ops, .ctx = &t
	};
}

/* Run @fn on an empty live tree for each layout and half that there is. */
static void for_every_half(void (*fn)(enum grt_regime_half half))
{
	static const enum grt_regime_half halves[] = { GRT_REGIME_LOWER, GRT_REGIME_UPPER,
						       GRT_REGIME_BOTH };

	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++) {
		for (unsigned int h = 0; h < ARRAY_SIZE(halves); h++) {
			struct grt_pgtable_config config;

			tables_init(&t, &grt_geometry_choices[i], false);
			grt_pgtable_destroy(&t.pt);
			config = config_for(halves[h]);
			if (!grt_pgtable_init(&t.pt, &config)) {
				t.pt.live = true;
				memset(&mmu_host, 0, sizeof(mmu_host));
				fn(halves[h]);
				t.pt.live = false;
				grt_pgtable_destroy(&t.pt);
			} else {
				assert_true(halves[h] == GRT_REGIME_BOTH &&
					    t.g.upper_bits == t.g.va_bits);
			}
			assert_int_equal(t.nr_used, 0);
			arena_give(t.memory);
		}
	}
}

static int found_leaf(const struct grt_leaf *leaf, void *arg)
{
	(void)leaf;
	(void)arg;
	return 1;
}

/* No operation takes [va, va + size), and none stores anything. */
static void refused_by_all(grt_virt_t va, u64 size)
{
	const struct grt_run run = { va, 0, size, GRT_ATTR_KERNEL_RW };
	u64 stores = mmu_host.count[MMU_STORE], used = t.nr_used;
	struct grt_tlb_batch batch;
	struct grt_leaf leaf;
	struct grt_swap swap;

	assert_int_equal(grt_map(&t.pt, va, 0, size, GRT_ATTR_KERNEL_RW), -EINVAL);
	assert_int_equal(grt_map_runs(&t.pt, &run, 1), -EINVAL);
	assert_int_equal(grt_unmap(&t.pt, va, size), -EINVAL);
	assert_int_equal(grt_protect(&t.pt, va, size, 0, GRT_ATTR_WRITE), -EINVAL);
	assert_int_equal(grt_collapse(&t.pt, va, size, GRT_EXTENT_INSIDE), -EINVAL);
	assert_int_equal(grt_collapse(&t.pt, va, size, GRT_EXTENT_AROUND), -EINVAL);
	assert_int_equal(grt_swap_begin(&t.pt, va, size, &swap), -EINVAL);
	assert_int_equal(grt_walk(&t.pt, va, size, found_leaf, NULL), -EINVAL);
	assert_int_equal(mmu_host.count[MMU_STORE], stores);
	assert_int_equal(t.nr_used, used);
	grt_batch_dry(&t.pt, &batch);
	assert_int_equal(grt_map(&t.pt, va, 0, size, GRT_ATTR_KERNEL_RW), -EINVAL);
	assert_int_equal(grt_unmap(&t.pt, va, size), -EINVAL);
	assert_int_equal(grt_protect(&t.pt, va, size, 0, GRT_ATTR_WRITE), -EINVAL);
	assert_int_equal(grt_batch_commit(&t.pt), 0);
	assert_int_equal(batch.tables, 0);
	if (size > grt_geometry_page_size(&t.g))
		return;
	assert_int_equal(grt_split(&t.pt, va), -EINVAL);
	assert_int_equal(grt_remap(&t.pt, va, 0, size, GRT_ATTR_KERNEL_RW), -EINVAL);
	assert_int_equal(grt_translate(&t.pt, va, &leaf), -EINVAL);
	assert_int_equal(mmu_host.count[MMU_STORE], stores);
}

static void wrong_half(enum grt_regime_half half)
{
	u64 page = grt_geometry_page_size(&t.g), width = BIT(t.g.upper_bits);
	grt_virt_t upper = 0 - width, lower_last = width - page;
	u64 nr = half & GRT_REGIME_LOWER ? 2 : 0;

	/* Its own first and last page, which the others could be taken for. */
	if (half & GRT_REGIME_LOWER) {
		assert_int_equal(grt_map(&t.pt, 0, 0, page, GRT_ATTR_KERNEL_RW), 0);
		assert_int_equal(grt_map(&t.pt, lower_last, page, page, GRT_ATTR_KERNEL_RW), 0);
	}
	if (half & GRT_REGIME_UPPER) {
		assert_int_equal(grt_map(&t.pt, upper, 0, page, GRT_ATTR_KERNEL_RW), 0);
		assert_int_equal(grt_map(&t.pt, 0 - page, page, page, GRT_ATTR_KERNEL_RW), 0);
		nr += 2;
	}
	if (!(half & GRT_REGIME_LOWER)) {
		refused_by_all(0, page);
		refused_by_all(page, page);
		refused_by_all(lower_last, page);
		refused_by_all(0, width);
	}
	if (!(half & GRT_REGIME_UPPER)) {
		refused_by_all(upper, page);
		refused_by_all(0 - page, page);
		refused_by_all(upper, width);
	}
	refused_by_all(width, page);
	refused_by_all(upper - page, page);
	refused_by_all(lower_last, 2 * page);
	refused_by_all(upper - page, 2 * page);
	refused_by_all(0 - page, 2 * page);
	refused_by_all(page, 0 - 2 * page);
	refused_by_all(BIT(63), page);
	refused_by_all(BIT(63) - page, page);
	leaves.nr = 0;
	if (half & GRT_REGIME_LOWER)
		assert_int_equal(grt_walk(&t.pt, 0, width, leaves_add, &leaves), 0);
	if (half & GRT_REGIME_UPPER)
		assert_int_equal(grt_walk(&t.pt, upper, width, leaves_add, &leaves), 0);
	assert_int_equal(leaves.nr, nr);
	check_tree(&t);
}

static void addresses_of_another_half_are_refused(void **state)
{
	(void)state;
	for_every_half(wrong_half);
}

static void a_config_that_lacks_something_is_refused(void **state)
{
	struct grt_pgtable_ops ops;
	struct grt_pgtable_config c;
	struct grt_pgtable pt;

	(void)state;
	tables_init(&t, &grt_geometry_choices[0], false);
#define REFUSED(change)                                                              \
	do {                                                                         \
		c = config_for(GRT_REGIME_UPPER);                                    \
		ops = t.ops;                                                         \
		c.ops = &ops;                                                        \
		change;                                                              \
		assert_int_equal(grt_pgtable_init(&pt, &c), -EINVAL);                \
		assert_int_equal(grt_pgtable_adopt(&pt, &c, t.pt.root, 1), -EINVAL); \
	} while (0)
	REFUSED(c.g = NULL);
	REFUSED(c.caps = NULL);
	REFUSED(c.ops = NULL);
	REFUSED(ops.alloc = NULL);
	REFUSED(ops.free = NULL);
	REFUSED({
		ops.map = NULL;
		ops.offset = NULL;
	});
	REFUSED(c.regime.half = 0);
	REFUSED(c.regime.half = 4);
#undef REFUSED
	assert_int_equal(t.nr_used, 1);
	tables_done(&t);
}

static void writable_code_is_for_who_asks(enum grt_regime_half half)
{
	u64 page = grt_geometry_page_size(&t.g);
	grt_virt_t va = half & GRT_REGIME_LOWER ? 0 : 0 - BIT(t.g.upper_bits);
	grt_attr_t rwx = GRT_ATTR_KERNEL_RW | GRT_ATTR_EXEC;
	struct grt_leaf leaf;

	assert_int_equal(grt_map(&t.pt, va, 0, page, rwx), -EINVAL);
	assert_int_equal(grt_map(&t.pt, va, 0, page, GRT_ATTR_KERNEL_RW), 0);
	assert_int_equal(grt_protect(&t.pt, va, page, GRT_ATTR_EXEC, 0), -EINVAL);
	t.pt.regime.writable_code = true;
	assert_int_equal(grt_protect(&t.pt, va, page, GRT_ATTR_EXEC, 0), 0);
	assert_int_equal(grt_map(&t.pt, va + page, 0, 2 * page, rwx), 0);
	assert_int_equal(grt_translate(&t.pt, va + page, &leaf), 0);
	assert_int_equal(leaf.attr, rwx);
}

static void writable_code_is_refused_unless_asked_for(void **state)
{
	(void)state;
	for_every_half(writable_code_is_for_who_asks);
}

/* Each bit that is no attribute, in each operation that takes some. */
static void unknown_attributes(enum grt_regime_half half)
{
	const grt_attr_t known = GRT_ATTR_PERM_MASK | GRT_ATTR_GLOBAL | GRT_ATTR_SOFT0 |
				 GRT_ATTR_SOFT1 | GRT_ATTR_SHARED | GRT_ATTR_MEM_MASK |
				 GRT_MAP_MASK | GRT_MAP_OLD | GRT_MAP_CLEAN;
	u64 page = grt_geometry_page_size(&t.g), refused = 0;
	grt_virt_t va = half & GRT_REGIME_LOWER ? 0 : 0 - BIT(t.g.upper_bits);

	assert_int_equal(grt_map(&t.pt, va, 0, page, GRT_ATTR_KERNEL_RW), 0);
	for (unsigned int bit = 0; bit < 64; bit++) {
		grt_attr_t attr = GRT_ATTR_KERNEL_RW | BIT(bit);
		const struct grt_run run = { va + page, 0, page, attr };

		if (known & BIT(bit))
			continue;
		assert_int_equal(grt_map(&t.pt, va + page, 0, page, attr), -EINVAL);
		assert_int_equal(grt_map_runs(&t.pt, &run, 1), -EINVAL);
		assert_int_equal(grt_remap(&t.pt, va, page, page, attr), -EINVAL);
		assert_int_equal(grt_protect(&t.pt, va, page, BIT(bit), 0), -EINVAL);
		assert_int_equal(grt_protect(&t.pt, va, page, 0, BIT(bit)), -EINVAL);
		refused++;
	}
	assert_int_equal(refused, 64 - __builtin_popcountll(known));
	assert_int_equal(grt_unmap(&t.pt, va, page), 0);
}

static void what_is_no_attribute_is_refused(void **state)
{
	(void)state;
	for_every_half(unknown_attributes);
}

/* ---- regimes by kind ---- */

#ifdef GEOMETRY_FORMAT_PBMT
#define IS_ARM64 false
#else
#define IS_ARM64 true
#endif

static int init_kind(enum grt_regime_half half, enum grt_regime_kind kind, u16 asid)
{
	struct grt_pgtable_config c = config_for(half);
	struct grt_pgtable pt, other;
	int err;

	c.regime.kind = kind;
	c.regime.asid = asid;
	t.g.el2 = kind == GRT_REGIME_EL2;
	err = grt_pgtable_init(&pt, &c);
	assert_int_equal(grt_pgtable_adopt(&other, &c, t.pt.root, 1), err);
	if (!err)
		grt_pgtable_destroy(&pt);
	t.g.el2 = false;
	return err;
}

#ifndef GEOMETRY_FORMAT_PBMT
static void entries_of_another_regime_are_refused(void)
{
	struct grt_pgtable_config c = config_for(GRT_REGIME_LOWER);
	struct grt_pgtable pt;

	t.g.el2 = true;
	assert_int_equal(grt_pgtable_init(&pt, &c), -EINVAL);
	t.g.el2 = false;
	c.regime.kind = GRT_REGIME_EL2;
	assert_int_equal(grt_pgtable_init(&pt, &c), -EINVAL);
}

/* The bits of a regime with one exception level, whatever is done: AP[1], no nG, XN at 54, 53 empty. */
static void check_el2(grt_virt_t va, grt_attr_t attr)
{
	struct table_entry e = table_find(&t.pt, va >> t.g.page_shift);
	struct grt_leaf leaf;

	table_unmap(&t.pt, e.t);
	assert_true(e.pte.val & BIT(6));
	assert_false(e.pte.val & (BIT(11) | BIT(53)));
	assert_int_equal(!(e.pte.val & BIT(54)), !!(attr & GRT_ATTR_EXEC));
	assert_int_equal(!(e.pte.val & BIT(7)), !!(attr & GRT_ATTR_WRITE));
	if (!(attr & GRT_ATTR_READ))
		return;
	assert_int_equal(grt_translate(&t.pt, va, &leaf), 0);
	assert_int_equal(leaf.attr, attr | GRT_ATTR_GLOBAL); /* there is nothing else */
}

static void lives_at_el2(const struct grt_geometry_choice *choice)
{
	u64 page, block, refused;
	struct grt_pgtable_config c;
	grt_virt_t va;

	tables_init(&t, choice, false);
	grt_pgtable_destroy(&t.pt);
	t.g.el2 = true;
	c = config_for(GRT_REGIME_LOWER);
	c.regime.kind = GRT_REGIME_EL2;
	assert_int_equal(grt_pgtable_init(&t.pt, &c), 0);
	t.pt.live = true;
	page = grt_geometry_page_size(&t.g);
	block = grt_geometry_level_size(&t.g, 1);
	va = 4 * block;
	assert_int_equal(grt_map(&t.pt, va, 4 * block, block, GRT_ATTR_KERNEL_RW), 0);
	check_el2(va, GRT_ATTR_READ | GRT_ATTR_WRITE);
	assert_int_equal(grt_protect(&t.pt, va + page, page, GRT_ATTR_EXEC, GRT_ATTR_WRITE), 0);
	check_el2(va, GRT_ATTR_READ | GRT_ATTR_WRITE);
	check_el2(va + page, GRT_ATTR_READ | GRT_ATTR_EXEC);
	assert_int_equal(grt_protect(&t.pt, va, 4 * page, 0, GRT_ATTR_EXEC | GRT_ATTR_GLOBAL), 0);
	check_el2(va + page, GRT_ATTR_READ);
	assert_int_equal(grt_protect(&t.pt, va + page, page, 0, GRT_ATTR_GLOBAL), 0);
	check_el2(va + page, GRT_ATTR_READ);
	assert_int_equal(grt_protect(&t.pt, va + page, page, GRT_ATTR_SOFT1, GRT_ATTR_READ), 0);
	check_el2(va + page, 0);
	assert_int_equal(grt_protect(&t.pt, va + page, page, GRT_ATTR_READ, GRT_ATTR_SOFT1), 0);
	check_el2(va + page, GRT_ATTR_READ);
	assert_int_equal(grt_remap(&t.pt, va + page, 0, page, GRT_ATTR_READ | GRT_ATTR_EXEC), 0);
	check_el2(va + page, GRT_ATTR_READ | GRT_ATTR_EXEC);
	assert_int_equal(mmu_host.kind, GRT_REGIME_EL2);
	refused = mmu_host.count[MMU_STORE];
	assert_int_equal(grt_map(&t.pt, 0, 0, page, GRT_ATTR_KERNEL_RO | GRT_ATTR_USER), -EINVAL);
	assert_int_equal(grt_protect(&t.pt, va, page, GRT_ATTR_USER, 0), -EINVAL);
	assert_int_equal(mmu_host.count[MMU_STORE], refused);
	assert_int_equal(grt_unmap(&t.pt, va, block), 0);
	t.pt.live = false;
	grt_pgtable_destroy(&t.pt);
	arena_give(t.memory);
}

static void a_tree_of_el2_has_its_entries(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++)
		lives_at_el2(&grt_geometry_choices[i]);
}
#endif

static void kinds_that_do_not_exist_are_refused(void **state)
{
	(void)state;
	tables_init(&t, &grt_geometry_choices[0], false);
	assert_int_equal(init_kind(GRT_REGIME_UPPER, (enum grt_regime_kind)99, 0), -EINVAL);
	assert_int_equal(init_kind(GRT_REGIME_UPPER, GRT_REGIME_ANY_ASID, 1), -EINVAL);
	assert_int_equal(init_kind(GRT_REGIME_LOWER, GRT_REGIME_ASID, 0), 0);
	assert_int_equal(init_kind(GRT_REGIME_UPPER, GRT_REGIME_ASID, 255), 0);
	assert_int_equal(init_kind(GRT_REGIME_LOWER, GRT_REGIME_ASID, 256), IS_ARM64 ? -EINVAL : 0);
#ifndef GEOMETRY_FORMAT_PBMT
	t.caps.asid_16 = true;
	assert_int_equal(init_kind(GRT_REGIME_LOWER, GRT_REGIME_ASID, 0xffff), 0);
	assert_int_equal(init_kind(GRT_REGIME_LOWER, GRT_REGIME_EL2, 0), 0);
	assert_int_equal(init_kind(GRT_REGIME_UPPER, GRT_REGIME_EL2, 0), -EINVAL);
	assert_int_equal(init_kind(GRT_REGIME_LOWER, GRT_REGIME_EL2, 1), -EINVAL);
	entries_of_another_regime_are_refused();
#else
	assert_int_equal(init_kind(GRT_REGIME_LOWER, GRT_REGIME_EL2, 0), -EOPNOTSUPP);
#endif
	assert_int_equal(t.nr_used, 1);
	tables_done(&t);
}

/* A fence or TLBI by ASID passes over what is global. */
static void no_global_mapping(enum grt_regime_half half)
{
	struct grt_pgtable_config config = config_for(half);
	u64 page = grt_geometry_page_size(&t.g), size = grt_geometry_level_size(&t.g, 1), stores,
	    tables;
	grt_virt_t va = half & GRT_REGIME_UPPER ? 0 - size : BIT(t.g.upper_bits) - size;
	grt_attr_t rw = GRT_ATTR_READ | GRT_ATTR_WRITE;
	struct grt_run run = { va, 0, page, GRT_ATTR_KERNEL_RO };
	struct grt_tlb_batch batch;
	struct grt_pgtable other;

	/* Another's tree with one, at the end of the last half. */
	assert_int_equal(grt_map(&t.pt, va, 0, size, GRT_ATTR_KERNEL_RW), 0);
	config.regime.kind = GRT_REGIME_ASID;
	config.regime.asid = 5;
	assert_int_equal(grt_pgtable_adopt(&other, &config, t.pt.root, 100), -EINVAL);
	assert_int_equal(grt_protect(&t.pt, va, size, 0, GRT_ATTR_GLOBAL), 0);
	assert_int_equal(grt_pgtable_adopt(&t.pt, &config, t.pt.root, 100), 0);
	assert_int_equal(grt_unmap(&t.pt, va, size), 0);

	stores = mmu_host.count[MMU_STORE];
	tables = t.nr_used;
	assert_int_equal(grt_map(&t.pt, va, 0, page, GRT_ATTR_KERNEL_RW), -EINVAL);
	assert_int_equal(grt_map_runs(&t.pt, &run, 1), -EINVAL);
	assert_int_equal(grt_protect(&t.pt, va, page, GRT_ATTR_GLOBAL, 0), -EINVAL);
	assert_int_equal(mmu_host.count[MMU_STORE], stores);
	assert_int_equal(t.nr_used, tables);
	assert_int_equal(grt_map(&t.pt, va, 0, 4 * page, rw), 0);
	stores = mmu_host.count[MMU_STORE];
	assert_int_equal(grt_protect(&t.pt, va, page, GRT_ATTR_GLOBAL, 0), -EINVAL);
	assert_int_equal(grt_protect(&t.pt, va, size, GRT_ATTR_GLOBAL, 0), -EINVAL);
	grt_batch_dry(&t.pt, &batch);
	assert_int_equal(grt_map(&t.pt, va + 5 * page, 0, page, run.attr), -EINVAL);
	assert_int_equal(grt_protect(&t.pt, va, page, GRT_ATTR_GLOBAL, 0), -EINVAL);
	assert_int_equal(grt_protect(&t.pt, va, size, GRT_ATTR_GLOBAL, 0), -EINVAL);
	assert_int_equal(grt_batch_commit(&t.pt), 0);
	assert_int_equal(grt_remap(&t.pt, va, page, page, GRT_ATTR_KERNEL_RW), -EINVAL);
	assert_int_equal(mmu_host.count[MMU_STORE], stores);
	assert_int_equal(grt_remap(&t.pt, va, page, page, rw), 0);
	assert_int_equal(grt_protect(&t.pt, va, page, GRT_ATTR_USER, GRT_ATTR_GLOBAL), 0);
	check_tree(&t);
}

static void a_tree_by_asid_has_no_global_mapping(void **state)
{
	(void)state;
	for_every_half(no_global_mapping);
}

/* ---- a root that somebody else built ---- */

static grt_phys_t outside;

static bool contains(const struct grt_pgtable *pt, grt_phys_t table)
{
	(void)pt;
	return table != outside;
}

static void take_over(enum grt_regime_half half)
{
	const struct grt_pgtable_config config = config_for(half);
	u64 page = grt_geometry_page_size(&t.g), level1 = grt_geometry_level_size(&t.g, 1), tables;
	grt_virt_t va = half & GRT_REGIME_LOWER ? 0 : 0 - BIT(t.g.upper_bits);
	struct grt_pgtable other;
	grt_phys_t root;

	assert_int_equal(grt_map(&t.pt, va, 0, 2 * level1 + page, GRT_ATTR_KERNEL_RW), 0);
	assert_int_equal(grt_map(&t.pt, va + 4 * level1, 0, page, GRT_ATTR_KERNEL_RO), 0);
	tables = t.pt.tables;
	root = t.pt.root;
	assert_int_equal(grt_pgtable_adopt(&other, &config, root, tables), 0);
	assert_int_equal(other.tables, tables);
	assert_true(other.live);
	assert_int_equal(grt_pgtable_adopt(&other, &config, root, tables - 1), -E2BIG);
	assert_int_equal(grt_pgtable_adopt(&other, &config, root + 8, tables), -EINVAL);
	assert_int_equal(grt_pgtable_adopt(&other, &config, BIT(t.g.pa_bits), tables), -EINVAL);
	assert_int_equal(grt_pgtable_adopt(&t.pt, &config, root, GRT_MAX_ADOPTED), 0);
	assert_int_equal(grt_unmap(&t.pt, va + 4 * level1, page), 0);
	assert_int_equal(grt_unmap(&t.pt, va, level1), 0);
	check_tree(&t);
}

static void a_root_is_taken_over_with_its_tables(void **state)
{
	(void)state;
	for_every_half(take_over);
}

/* A table that leads back to the root, as often as it has entries, and one that is none. */
static void bad_root(enum grt_regime_half half)
{
	const struct grt_pgtable_config config = config_for(half);
	/* As a table below it the root has as many entries as any. */
	u64 n = grt_geometry_page_size(&t.g) / sizeof(u64);
	u64 *root = tables_memory(&t, t.pt.root), stores;
	struct grt_pgtable other;

	for (u64 i = 0; i < n; i++)
		root[i] = pte_table(&t.g, t.pt.root).val;
	stores = mmu_host.count[MMU_STORE];
	assert_int_equal(grt_pgtable_adopt(&other, &config, t.pt.root, 1000), -E2BIG);
	outside = BIT(t.g.pa_bits - 1);
	t.ops.contains = contains;
	for (u64 i = 0; i < n; i++)
		root[i] = pte_table(&t.g, outside).val;
	assert_int_equal(grt_pgtable_adopt(&other, &config, t.pt.root, 1000), -EINVAL);
	t.ops.contains = NULL;
	memset(root, 0, n * sizeof(*root));
	assert_int_equal(mmu_host.count[MMU_STORE], stores);
}

static void a_root_that_loops_or_leads_nowhere_is_refused(void **state)
{
	(void)state;
	for_every_half(bad_root);
}

/* What no hardware translates with is no mapping: a change of a part of it changes nothing. */
static void reserved_entries_are_not_taken_apart(enum grt_regime_half half)
{
	unsigned int root = grt_geometry_root_level(&t.g);
	u64 size = grt_geometry_level_size(&t.g, root - 1), page = grt_geometry_page_size(&t.g);
	grt_virt_t va = half & GRT_REGIME_LOWER ? 0 : grt_geometry_upper_start(&t.g);
	u64 *entry = tables_memory(&t, t.pt.root) + grt_geometry_index(&t.g, root, va);
#ifdef GEOMETRY_FORMAT_PBMT
	const u64 reserved = PTE_V | PTE_W; /* without R */
#else
	const u64 reserved = PTE_VALID | PTE_AF; /* a block, where there is none */

	if (grt_geometry_leaf_allowed(&t.g, root))
		return;
#endif
	*entry = reserved;
	assert_int_equal(grt_protect(&t.pt, va, size, GRT_ATTR_SOFT0, 0), 0);
	assert_int_equal(grt_protect(&t.pt, va + page, page, GRT_ATTR_SOFT0, 0), 0);
	assert_int_equal(*entry, reserved);
	assert_int_equal(t.pt.tables, 1);
	assert_int_equal(grt_split(&t.pt, va + page), -EINVAL);
	*entry = 0;
}

static void reserved_entries_are_no_mappings(void **state)
{
	(void)state;
	for_every_half(reserved_entries_are_not_taken_apart);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_of_another_half_are_refused),
		cmocka_unit_test(a_config_that_lacks_something_is_refused),
		cmocka_unit_test(writable_code_is_refused_unless_asked_for),
		cmocka_unit_test(what_is_no_attribute_is_refused),
		cmocka_unit_test(kinds_that_do_not_exist_are_refused),
		cmocka_unit_test(a_tree_by_asid_has_no_global_mapping),
#ifndef GEOMETRY_FORMAT_PBMT
		cmocka_unit_test(a_tree_of_el2_has_its_entries),
#endif
		cmocka_unit_test(a_root_is_taken_over_with_its_tables),
		cmocka_unit_test(a_root_that_loops_or_leads_nowhere_is_refused),
		cmocka_unit_test(reserved_entries_are_no_mappings),
	};

	return run_both_ways(tests);
}
