// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Stage 2 and the G-stage, read: tables written by hand, with the manuals' bits as numbers and arithmetic of
 * this file's own; roots of several pages; and that nothing changes them.
 */
#include <graticule/pgtable_swap.h>
#include "tests/host/engine_arena.h"
#include "tests/host/random.h"

#define MEMORY KIB(4096)
#define MEMORY_PA 0x40000000ULL

static u8 *memory;
static u64 used, offset;
static struct grt_geometry g;
static struct grt_mmu_caps caps;
static struct grt_pgtable_ops ops;

/* @size bytes, aligned to that: the root may be several pages, or less than one. */
static grt_phys_t take(u64 size)
{
	used = align_up(used, size);
	memset(memory + used, 0, size);
	used += size;
	assert_true(used <= MEMORY);
	return MEMORY_PA + used - size;
}

static u64 *at(grt_phys_t pa)
{
	return (u64 *)(memory + (pa - MEMORY_PA));
}

static u64 *map(const struct grt_pgtable *pt, grt_phys_t table)
{
	(void)pt;
	assert_true(table >= MEMORY_PA && table < MEMORY_PA + MEMORY);
	return at(table);
}

static grt_phys_t no_alloc(struct grt_pgtable *pt)
{
	(void)pt;
	fail();
	return GRT_PHYS_NONE;
}

static void no_free(struct grt_pgtable *pt, grt_phys_t table)
{
	(void)pt;
	(void)table;
	fail();
}

static struct grt_pgtable_config config(void)
{
	caps = all_caps();
	offset = (uintptr_t)memory - MEMORY_PA;
	ops = (struct grt_pgtable_ops){ .alloc = no_alloc,
					.free = no_free,
					.map = tables_direct ? NULL : map,
					.offset = &offset };
	return (struct grt_pgtable_config){
		.g = &g,
		.caps = &caps,
		.regime = { .half = GRT_REGIME_LOWER, .kind = GRT_REGIME_STAGE2 },
		.ops = &ops,
	};
}

/*
 * A walk starts with entries of @top bits' worth, and each level has @bits; the leaf is @depth tables down.
 */
static u64 *path_to(grt_phys_t root, u64 ipa, unsigned int depth)
{
	unsigned int bits = g.page_shift - 3U, top = g.page_shift + (g.levels - 1U) * bits;
	grt_phys_t table = root;
	u64 *e = at(table) + (ipa >> top);

	for (; depth; depth--) {
		top -= bits;
#ifdef GEOMETRY_FORMAT_LPA
		if (!*e)
			*e = take(BIT(g.page_shift)) | 3;
		table = *e & ~0xfffULL;
#else
		if (!*e)
			*e = take(KIB(4)) >> 2 | 1;
		table = *e << 2 & ~0xfffULL;
#endif
		e = at(table) + (ipa >> top & (BIT(bits) - 1));
	}
	return e;
}

static int found(const struct grt_leaf *leaf, void *arg)
{
	struct grt_leaf *l = arg;

	assert_int_equal(l->size, 0); /* there is one */
	*l = *leaf;
	return 0;
}

/* The one leaf at @ipa, of @level, is this. */
static void check_leaf(const struct grt_pgtable *pt, u64 ipa, unsigned int level, grt_phys_t pa,
		       grt_attr_t attr)
{
	u64 size = BIT(g.page_shift + level * (g.page_shift - 3U));
	struct grt_leaf leaf, walked = { 0 };

	assert_int_equal(grt_translate(pt, ipa + size - 1, &leaf), 0);
	assert_int_equal(leaf.va, ipa);
	assert_int_equal(leaf.size, size);
	assert_int_equal(leaf.pa, pa);
	assert_int_equal(leaf.attr, attr);
	assert_int_equal(leaf.level, level);
	assert_false(leaf.contiguous);
	assert_int_equal(leaf.state, 0); /* what it says there is another thing */
	assert_int_equal(grt_walk(pt, 0, BIT(g.va_bits), found, &walked), 0);
	assert_memory_equal(&walked, &leaf, offsetof(struct grt_leaf, contiguous) + 1);
	assert_int_equal(walked.state, 0);
}

static void nothing_changes(struct grt_pgtable *pt, u64 ipa)
{
	u64 page = BIT(g.page_shift);
	const struct grt_run run = { 0, 0, page, GRT_ATTR_KERNEL_RW };
	struct grt_swap swap;
	struct grt_pgtable none;
	struct grt_pgtable_config c = config();

	memset(&mmu_host, 0, sizeof(mmu_host));
	assert_int_equal(grt_pgtable_init(&none, &c), -EOPNOTSUPP);
	assert_int_equal(grt_map(pt, 0, 0, page, GRT_ATTR_KERNEL_RW), -EOPNOTSUPP);
	assert_int_equal(grt_map_runs(pt, &run, 1), -EOPNOTSUPP);
	assert_int_equal(grt_unmap(pt, ipa, page), -EOPNOTSUPP);
	assert_int_equal(grt_unmap(pt, 0, BIT(g.va_bits)), -EOPNOTSUPP);
	assert_int_equal(grt_protect(pt, ipa, page, 0, GRT_ATTR_WRITE), -EOPNOTSUPP);
	assert_int_equal(grt_protect(pt, 0, 2 * page, 0, GRT_ATTR_READ), -EOPNOTSUPP);
	assert_int_equal(grt_remap(pt, ipa, 0, page, GRT_ATTR_KERNEL_RW), -EOPNOTSUPP);
	assert_int_equal(grt_split(pt, page), -EOPNOTSUPP);
	assert_int_equal(grt_collapse(pt, 0, BIT(g.va_bits), GRT_EXTENT_INSIDE), -EOPNOTSUPP);
	assert_int_equal(grt_collapse(pt, ipa, page, GRT_EXTENT_AROUND), -EOPNOTSUPP);
	assert_int_equal(grt_swap_begin(pt, ipa, page, &swap), -EOPNOTSUPP);
	assert_int_equal(grt_tlb_invalidate_tree(pt), -EOPNOTSUPP);
	assert_int_equal(grt_tlb_invalidate_all(pt), -EOPNOTSUPP);
	grt_pgtable_destroy(pt);
	assert_int_equal(mmu_host.count[MMU_STORE], 0);
}

static const struct grt_geometry_shape *all_shapes(unsigned int *nr);
static u64 leaf_bits(unsigned int level, grt_phys_t pa);
static grt_attr_t leaf_attr(void);

/* A leaf of each level that may have one, first and last in the tree and somewhere in it. */
static void read_shape(const struct grt_geometry_shape *shape)
{
	struct grt_pgtable_config c = config();
	struct grt_pgtable pt, other;
	u64 root_size;

	assert_int_equal(grt_geometry_init_shape(&g, shape), 0);
	root_size = 8ULL << g.root_bits;
	for (unsigned int level = 0; level < g.levels; level++) {
		u64 size = BIT(g.page_shift + level * (g.page_shift - 3U)), end = BIT(g.va_bits);
		u64 ipas[] = { 0, end - size, random_u64() & (end - 1) & -size };
		grt_phys_t pa = (BIT(g.pa_bits) - 1) & -size, root;

		if (!(g.leaf_levels & BIT(level)))
			continue;
		for (unsigned int i = 0; i < ARRAY_SIZE(ipas); i++) {
			used = 0;
			root = take(max_u64(64, root_size));
			assert_int_equal(grt_pgtable_adopt(&pt, &c, root, 10), 0);
			*path_to(root, ipas[i], g.levels - 1U - level) = leaf_bits(level, pa);
			assert_int_equal(grt_pgtable_adopt(&pt, &c, root, g.levels), 0);
			assert_int_equal(pt.tables, g.levels - level);
			check_leaf(&pt, ipas[i], level, pa, leaf_attr());
			nothing_changes(&pt, ipas[i]);
			assert_int_equal(grt_translate(&pt, end, &(struct grt_leaf){ 0 }), -EINVAL);
			/* A root that is not aligned to its size, and one that is beyond all memory. */
			assert_int_equal(grt_pgtable_adopt(&other, &c,
							   root + max_u64(64, root_size) / 2, 10),
					 -EINVAL);
			assert_int_equal(grt_pgtable_adopt(&other, &c, BIT(g.pa_bits), 10),
					 -EINVAL);
		}
	}
}

static void every_shape_is_read(void **state)
{
	unsigned int nr;
	const struct grt_geometry_shape *shapes = all_shapes(&nr);

	(void)state;
	random_begin(1);
	for (unsigned int i = 0; i < nr; i++)
		read_shape(&shapes[i]);
	assert_true(nr > 2);
}

/* One page, whatever else its entry @val says. */
static grt_attr_t attr_of(const struct grt_geometry_shape *shape, u64 val)
{
	struct grt_pgtable_config c = config();
	struct grt_leaf leaf;
	struct grt_pgtable pt;
	grt_phys_t root;

	assert_int_equal(grt_geometry_init_shape(&g, shape), 0);
	used = 0;
	root = take(max_u64(64, 8ULL << g.root_bits));
	*path_to(root, 0, g.levels - 1U) = val;
	assert_int_equal(grt_pgtable_adopt(&pt, &c, root, 10), 0);
	assert_int_equal(grt_translate(&pt, 0, &leaf), 0);
	return leaf.attr;
}

#define R GRT_ATTR_READ
#define W GRT_ATTR_WRITE
#define X GRT_ATTR_EXEC
#define U GRT_ATTR_USER

#ifdef GEOMETRY_FORMAT_LPA

static const struct grt_geometry_shape *all_shapes(unsigned int *nr)
{
	static struct grt_geometry_shape shapes[2000];
	const u8 pa_bits[] = { 40, 44, 48, 52 };

	*nr = 0;
	for (unsigned int shift = 12; shift <= 16; shift += 2)
		for (unsigned int ipa = shift == 16 ? 17 : 16; ipa <= 52; ipa++)
			for (unsigned int levels = 1; levels <= 5; levels++)
				for (unsigned int ds = 0; ds <= (shift < 16); ds++) {
					/*
					 * By the manual: up to 16 tables where a walk starts, one entry
					 * at least.
					 */
					int root = (int)(ipa - shift - (levels - 1) * (shift - 3));
					struct grt_geometry_shape s = { .page_shift = (u8)shift,
									.va_bits = (u8)ipa,
									.pa_bits = pa_bits[*nr % 4],
									.levels = (u8)levels,
									.stage2 = true,
									.ds = ds };
					bool is = root >= 1 && root <= (int)shift - 3 + 4 &&
						  (ipa <= 48 || ds || shift == 16) &&
						  !(shift == 14 && levels == 4 && !ds);

					assert_int_equal(grt_geometry_init_shape(&g, &s),
							 is ? 0 : -EINVAL);
					if (is)
						shapes[(*nr)++] = s;
				}
	return shapes;
}

/* AF 10, S2AP = 3 in 7:6, MemAttr = 15 in 5:2; 3 in 1:0 for a page, 1 for a block. */
static u64 leaf_bits(unsigned int level, grt_phys_t pa)
{
	u64 low = pa & ((g.page_shift == 16 ? BIT(48) : BIT(50)) - 1),
	    bits = 0x4fc | (level ? 1 : 3);

	if (g.page_shift == 16)
		bits |= (pa >> 48) << 12;
	else if (g.pa_bits == 52)
		bits |= (pa >> 50) << 8;
	return low | bits;
}

static grt_attr_t leaf_attr(void)
{
	return R | W | X | U;
}

static void entries_say_what_the_manual_says(void **state)
{
	static const struct grt_geometry_shape plain = { .page_shift = 12,
							 .va_bits = 40,
							 .stage2 = true },
					       fwb = { .page_shift = 12,
						       .va_bits = 40,
						       .stage2 = true,
						       .fwb = true };
	const grt_attr_t mem = GRT_ATTR_MEM_MASK, rest = ~GRT_ATTR_MEM_MASK;
	/* By MemAttr: nGnRnE, nGnRE, nGRE, GRE; 01 01 is non-cacheable and 11 11 write-back. */
	const grt_attr_t types[16] = { [0] = GRT_ATTR_DEVICE,
				       [1] = GRT_ATTR_DEVICE_nGnRE,
				       [5] = GRT_ATTR_NONCACHED,
				       [15] = GRT_ATTR_NORMAL };
	const grt_attr_t forced[16] = { [0] = GRT_ATTR_DEVICE,
					[1] = GRT_ATTR_DEVICE_nGnRE,
					[5] = GRT_ATTR_NONCACHED,
					[6] = GRT_ATTR_NORMAL,
					[7] = GRT_ATTR_NORMAL };

	(void)state;
	for (u64 m = 0; m < 16; m++) {
		bool known = m < 2 || m == 5 || m == 15, knows = m < 2 || (m >= 5 && m <= 7);

		assert_int_equal(attr_of(&plain, 0x40004c3 | m << 2) & mem,
				 known ? types[m] : GRT_ATTR_OTHER);
		assert_int_equal(attr_of(&fwb, 0x40004c3 | m << 2) & mem,
				 knows ? forced[m] : GRT_ATTR_OTHER);
	}
	/* S2AP: 0 nothing, 1 read, 2 write, 3 both; XN in 54:53: 2 nobody, 1 and 3 one of EL1 and EL0. */
	assert_int_equal(attr_of(&plain, 0x004000000400043f) & rest, U);
	assert_int_equal(attr_of(&plain, 0x004000000400047f) & rest, U | R);
	assert_int_equal(attr_of(&plain, 0x00400000040004bf) & rest, U | W);
	assert_int_equal(attr_of(&plain, 0x00400000040004ff) & rest, U | R | W);
	assert_int_equal(attr_of(&plain, 0x000000000400047f) & rest, U | R | X);
	assert_int_equal(attr_of(&plain, 0x002000000400047f) & rest, U | R | X);
	assert_int_equal(attr_of(&plain, 0x006000000400047f) & rest, U | R | X);
	/* Bit 11 is no nG; 51 is DBM: it can be written, and was not; 55 and 56 are software's. */
	assert_int_equal(attr_of(&plain, 0x0048000004000c7f) & rest, U | R | W);
	assert_int_equal(attr_of(&plain, 0x01c000000400047f) & rest,
			 U | R | GRT_ATTR_SOFT0 | GRT_ATTR_SOFT1);
}

/* Bits 63 to 59 of an entry that leads to a table of stage 2 are nobody's. */
static void tables_take_nothing(void **state)
{
	static const struct grt_geometry_shape s = { .page_shift = 14,
						     .va_bits = 36,
						     .stage2 = true };
	struct grt_pgtable_config c = config();
	struct grt_leaf leaf;
	struct grt_pgtable pt;
	grt_phys_t root;

	(void)state;
	assert_int_equal(grt_geometry_init_shape(&g, &s), 0);
	assert_int_equal(g.levels, 2); /* 11 bits, and 11 in the root */
	used = 0;
	root = take(8ULL << g.root_bits);
	*path_to(root, 0, 1) = 0x40004ff;
	*at(root) |= 31ULL << 59;
	assert_int_equal(grt_pgtable_adopt(&pt, &c, root, 10), 0);
	assert_int_equal(grt_translate(&pt, 0, &leaf), 0);
	assert_int_equal(leaf.attr, R | W | X | U);
}

/* The fewest levels are those with the most tables side by side where a walk starts. */
static void roots_have_the_size_that_the_manual_gives(void **state)
{
	static const struct {
		struct grt_geometry_shape shape;
		u8 levels, root_bits;
	} known[] = {
		{ { .page_shift = 12, .va_bits = 40, .stage2 = true }, 3, 10 }, /* 2 tables */
		{ { .page_shift = 12, .va_bits = 43, .stage2 = true }, 3, 13 }, /* 16 */
		{ { .page_shift = 12, .va_bits = 44, .stage2 = true }, 4, 5 },
		{ { .page_shift = 12, .va_bits = 48, .stage2 = true }, 4, 9 },
		{ { .page_shift = 12, .va_bits = 52, .stage2 = true, .ds = true }, 4, 13 },
		{ { .page_shift = 12, .va_bits = 52, .stage2 = true, .ds = true, .levels = 5 },
		  5,
		  4 },
		{ { .page_shift = 14, .va_bits = 40, .stage2 = true }, 2, 15 },
		{ { .page_shift = 14, .va_bits = 48, .stage2 = true }, 3, 12 },
		{ { .page_shift = 16, .va_bits = 42, .stage2 = true }, 2, 13 },
		{ { .page_shift = 16, .va_bits = 52, .stage2 = true }, 3, 10 },
		{ { .page_shift = 12, .va_bits = 47 }, 4, 8 },
		{ { .page_shift = 12, .va_bits = 25 }, 2, 4 },
		{ { .page_shift = 14, .va_bits = 48 }, 4, 1 },
		{ { .page_shift = 12, .va_bits = 48, .ds = true }, 4, 9 },
	};
	static const struct grt_geometry_shape bad[] = {
		{ .page_shift = 13, .va_bits = 40 },
		{ .page_shift = 12, .va_bits = 53, .ds = true },
		{ .page_shift = 12, .va_bits = 49 },
		{ .page_shift = 12, .va_bits = 15 },
		{ .page_shift = 16, .va_bits = 16 },
		{ .page_shift = 16, .va_bits = 48, .ds = true },
		{ .page_shift = 12, .va_bits = 39, .levels = 2 },
		{ .page_shift = 12, .va_bits = 39, .levels = 4 },
		{ .page_shift = 12, .va_bits = 40, .levels = 3 },
		{ .page_shift = 12, .va_bits = 44, .levels = 3, .stage2 = true },
		{ .page_shift = 12, .va_bits = 40, .levels = 6, .stage2 = true },
		{ .page_shift = 12, .va_bits = 40, .levels = 255, .stage2 = true },
		{ .page_shift = 12, .va_bits = 40, .fwb = true },
		{ .page_shift = 12, .va_bits = 40, .pa_bits = 31 },
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(known); i++) {
		assert_int_equal(grt_geometry_init_shape(&g, &known[i].shape), 0);
		assert_int_equal(g.levels, known[i].levels);
		assert_int_equal(g.root_bits, known[i].root_bits);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(grt_geometry_init_shape(&g, &bad[i]), -EINVAL);
}

#else

static const struct grt_geometry_shape *all_shapes(unsigned int *nr)
{
	static const struct grt_geometry_shape shapes[] = {
		{ .page_shift = 12, .va_bits = 41, .stage2 = true },
		{ .page_shift = 12, .va_bits = 50, .stage2 = true, .pa_bits = 48 },
		{ .page_shift = 12, .va_bits = 59, .stage2 = true },
	};

	*nr = ARRAY_SIZE(shapes);
	return shapes;
}

/* D A U W R V; the address from bit 10 up. */
static u64 leaf_bits(unsigned int level, grt_phys_t pa)
{
	(void)level;
	return pa >> 2 | 0xd7;
}

static grt_attr_t leaf_attr(void)
{
	return R | W | U;
}

static void entries_say_what_the_manual_says(void **state)
{
	unsigned int nr;
	const struct grt_geometry_shape *s = all_shapes(&nr);

	(void)state;
	assert_int_equal(attr_of(s, 0x200000d7), R | W | U);
	assert_int_equal(attr_of(s, 0x2000005b), R | X | U);
	assert_int_equal(attr_of(s, 0x200000f7), R | W | U); /* G means nothing */
	assert_int_equal(attr_of(s, 0x2000004f), 0);	     /* without U nothing is permitted */
	assert_int_equal(attr_of(s, 0x40000000200000d7), R | W | U | GRT_ATTR_DEVICE);
	assert_int_equal(attr_of(s, 0x20000000200000d7), R | W | U | GRT_ATTR_NONCACHED);
	assert_int_equal(attr_of(s, 0x200003d7), R | W | U | GRT_ATTR_SOFT0 | GRT_ATTR_SOFT1);
}

static void tables_take_nothing(void **state)
{
	unsigned int nr;
	const struct grt_geometry_shape *s = all_shapes(&nr);
	struct grt_pgtable_config c = config();
	struct grt_leaf leaf;
	struct grt_pgtable pt;
	grt_phys_t root;

	(void)state;
	assert_int_equal(grt_geometry_init_shape(&g, s), 0);
	used = 0;
	root = take(KIB(16));
	*path_to(root, 0, 2) = 0x200000d7;
	*at(root) |= 32;
	assert_int_equal(grt_pgtable_adopt(&pt, &c, root, 10), 0);
	assert_int_equal(grt_translate(&pt, 0, &leaf), 0);
	assert_int_equal(leaf.attr, R | W | U);
}

static void roots_have_the_size_that_the_manual_gives(void **state)
{
	static const struct grt_geometry_shape bad[] = {
		{ .page_shift = 12, .va_bits = 39, .stage2 = true },
		{ .page_shift = 12, .va_bits = 41 },
		{ .page_shift = 12, .va_bits = 43, .stage2 = true },
		{ .page_shift = 12, .va_bits = 0, .stage2 = true },
		{ .page_shift = 14, .va_bits = 41, .stage2 = true },
		{ .page_shift = 12, .va_bits = 41, .stage2 = true, .levels = 3 },
		{ .page_shift = 12, .va_bits = 41, .stage2 = true, .fwb = true },
		{ .page_shift = 12, .va_bits = 48, .ds = true },
	};
	unsigned int nr;
	const struct grt_geometry_shape *s = all_shapes(&nr);

	(void)state;
	for (unsigned int i = 0; i < nr; i++) {
		assert_int_equal(grt_geometry_init_shape(&g, &s[i]), 0);
		assert_int_equal(g.root_bits, 11); /* 16 KiB */
		assert_int_equal(g.levels, 3 + i);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(grt_geometry_init_shape(&g, &bad[i]), -EINVAL);
}

#endif

/* A geometry of the one kind and a regime of the other are no tree. */
static void geometry_and_regime_agree(void **state)
{
	unsigned int nr;
	const struct grt_geometry_shape *s = all_shapes(&nr);
	struct grt_pgtable_config c = config();
	struct grt_pgtable pt;
	grt_phys_t root;

	(void)state;
	used = 0;
	root = take(KIB(256));
	assert_int_equal(grt_geometry_init_shape(&g, s), 0);
	assert_int_equal(grt_pgtable_adopt(&pt, &c, root, 10), 0);
	c.regime.kind = GRT_REGIME_ANY_ASID;
	assert_int_equal(grt_pgtable_adopt(&pt, &c, root, 10), -EINVAL);
	c.regime = (struct grt_regime){ .half = GRT_REGIME_UPPER, .kind = GRT_REGIME_STAGE2 };
	assert_int_equal(grt_pgtable_adopt(&pt, &c, root, 10), -EINVAL);
	c.regime = (struct grt_regime){ .half = GRT_REGIME_LOWER,
					.kind = GRT_REGIME_STAGE2,
					.asid = 1 };
	assert_int_equal(grt_pgtable_adopt(&pt, &c, root, 10), -EINVAL);
	assert_int_equal(grt_geometry_init(&g, grt_geometry_choices[1].page_shift,
					   grt_geometry_choices[1].va_bits, NULL),
			 0);
	c.regime = (struct grt_regime){ .half = GRT_REGIME_LOWER, .kind = GRT_REGIME_STAGE2 };
	assert_int_equal(grt_pgtable_adopt(&pt, &c, root, 10), -EINVAL);
}

static int setup(void **state)
{
	(void)state;
	memory = aligned_alloc(BIT(20), MEMORY);
	return !memory;
}

static int teardown(void **state)
{
	(void)state;
	free(memory);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_shape_is_read, setup, teardown),
		cmocka_unit_test_setup_teardown(entries_say_what_the_manual_says, setup, teardown),
		cmocka_unit_test_setup_teardown(tables_take_nothing, setup, teardown),
		cmocka_unit_test(roots_have_the_size_that_the_manual_gives),
		cmocka_unit_test_setup_teardown(geometry_and_regime_agree, setup, teardown),
	};

	return run_both_ways(tests);
}
