// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The geometry of every layout: what holds for each, and the table of what each is. */
#include "tests/host/engine_arena.h"

#define K(n) KIB(n)
#define M(n) MIB(n)
#define G(n) GIB(n)
#define T(n) TIB(n)

/* Sizes in bytes, 0 where there is none; @root in entries. */
struct expected {
	u8 page_shift;
	u8 va_bits;
	u8 levels;
	unsigned int root;
	u64 leaf[GRT_GEOMETRY_MAX_LEVELS];
	u64 group[GRT_GEOMETRY_MAX_LEVELS];
	u8 pa_bits;
};

static const struct expected expected[] = {
#ifdef GEOMETRY_FORMAT_PBMT
	{ 12, 39, 3, 512, { K(4), M(2), G(1) }, { K(64) }, 56 },
	{ 12, 48, 4, 512, { K(4), M(2), G(1), G(512) }, { K(64) }, 56 },
	{ 12, 57, 5, 512, { K(4), M(2), G(1), G(512), T(256) }, { K(64) }, 56 },
#else
	{ 12, 39, 3, 512, { K(4), M(2), G(1) }, { K(64), M(32), G(16) }, 48 },
	{ 12, 48, 4, 512, { K(4), M(2), G(1) }, { K(64), M(32), G(16) }, 48 },
	{ 12, 52, 5, 16, { K(4), M(2), G(1), G(512) }, { K(64), M(32), G(16) }, 52 },
	{ 14, 36, 2, 2048, { K(16), M(32) }, { M(2), G(1) }, 48 },
	{ 14, 47, 3, 2048, { K(16), M(32) }, { M(2), G(1) }, 48 },
	{ 14, 48, 4, 2, { K(16), M(32) }, { M(2), G(1) }, 48 },
	{ 14, 52, 4, 32, { K(16), M(32), G(64) }, { M(2), G(1) }, 52 },
	{ 16, 42, 2, 8192, { K(64), M(512) }, { M(2), G(16) }, 52 },
	{ 16, 48, 3, 64, { K(64), M(512), T(4) }, { M(2), G(16) }, 52 },
	{ 16, 52, 3, 1024, { K(64), M(512), T(4) }, { M(2), G(16) }, 52 },
#endif
};

static void compare(const struct grt_geometry *g, const struct expected *e)
{
	assert_int_equal(g->levels, e->levels);
	assert_int_equal(1U << g->root_bits, e->root);
	assert_int_equal(g->pa_bits, e->pa_bits);
	for (unsigned int l = 0; l < GRT_GEOMETRY_MAX_LEVELS; l++) {
		u64 size = grt_geometry_leaf_allowed(g, l) ? grt_geometry_level_size(g, l) : 0;

		assert_int_equal(size, e->leaf[l]);
		assert_int_equal(g->cont_bits[l] ? grt_geometry_group_size(g, l) : 0, e->group[l]);
	}
}

static void every_layout_is_as_the_manuals_say(void **state)
{
	(void)state;
	assert_int_equal(grt_geometry_nr_choices, ARRAY_SIZE(expected));
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++) {
		const struct grt_geometry_choice *c = &grt_geometry_choices[i];
		struct grt_geometry g;

		assert_int_equal(c->page_shift, expected[i].page_shift);
		assert_int_equal(c->va_bits, expected[i].va_bits);
		assert_int_equal(grt_geometry_init(&g, c->page_shift, c->va_bits, NULL), 0);
		compare(&g, &expected[i]);
	}
}

static void levels_cover_the_va_bits_exactly(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++) {
		const struct grt_geometry_choice *c = &grt_geometry_choices[i];
		struct grt_geometry g;

		assert_int_equal(grt_geometry_init(&g, c->page_shift, c->va_bits, NULL), 0);
		assert_int_equal(grt_geometry_level_shift(&g, grt_geometry_root_level(&g)) +
					 g.root_bits,
				 g.va_bits);
		assert_int_equal(g.root_shift, g.va_bits - g.root_bits);
		assert_true(g.root_bits >= 1 && g.root_bits <= grt_geometry_index_bits(&g));
		assert_int_equal(grt_geometry_index(&g, grt_geometry_root_level(&g), ~0ULL),
				 grt_geometry_entries(&g, grt_geometry_root_level(&g)) - 1);
		for (unsigned int l = 0; l < g.levels; l++)
			assert_true(g.cont_bits[l] <= log2_floor(grt_geometry_entries(&g, l)));
	}
}

static void unknown_combinations_are_refused(void **state)
{
	struct grt_geometry g;

	(void)state;
	for (unsigned int shift = 0; shift < 64; shift++) {
		for (unsigned int va = 0; va < 70; va++) {
			bool known = false;

			for (unsigned int i = 0; i < grt_geometry_nr_choices; i++)
				known |= grt_geometry_choices[i].page_shift == shift &&
					 grt_geometry_choices[i].va_bits == va;
			assert_int_equal(grt_geometry_init(&g, shift, va, NULL),
					 known ? 0 : -EINVAL);
		}
	}
}

#ifdef GEOMETRY_FORMAT_PBMT
static void what_the_cpu_lacks_is_not_used(void **state)
{
	struct grt_mmu_caps caps = { .va_bits = 48, .pa_bits = 56 };
	struct grt_geometry g;

	(void)state;
	assert_int_equal(grt_geometry_init(&g, 12, 57, &caps), -EOPNOTSUPP);
	assert_int_equal(grt_geometry_init(&g, 12, 48, &caps), 0);
	assert_int_equal(g.upper_bits, 47);
	assert_int_equal(g.cont_bits[0], 0);
	assert_int_equal(g.format, 0);
	caps.svnapot = true;
	assert_int_equal(grt_geometry_init(&g, 12, 39, &caps), 0);
	assert_int_equal(g.cont_bits[0], 4);
}
#else
static void what_the_cpu_lacks_is_not_used(void **state)
{
	struct grt_mmu_caps caps = { .pa_bits = 48, .granule_4k = true, .granule_64k = true };
	struct grt_geometry g;

	(void)state;
	assert_int_equal(grt_geometry_init(&g, 14, 47, &caps), -EOPNOTSUPP);
	assert_int_equal(grt_geometry_init(&g, 12, 52, &caps), -EOPNOTSUPP);
	assert_int_equal(grt_geometry_init(&g, 16, 52, &caps), -EOPNOTSUPP);
	assert_int_equal(grt_geometry_init(&g, 16, 48, &caps), 0);
	assert_int_equal(g.leaf_levels, 3); /* no 4T block without 52-bit physical addresses */
	assert_int_equal(g.cont_bits[0], 0);
	caps.lva = true;
	caps.pa_bits = 40;
	assert_int_equal(grt_geometry_init(&g, 16, 52, &caps), 0);
	assert_int_equal(g.pa_bits, 40);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_layout_is_as_the_manuals_say),
		cmocka_unit_test(levels_cover_the_va_bits_exactly),
		cmocka_unit_test(unknown_combinations_are_refused),
		cmocka_unit_test(what_the_cpu_lacks_is_not_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
