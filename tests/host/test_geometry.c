// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The geometry of every layout: what holds for each, and the table of what each is. */
#include <graticule/layout.h>
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
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++) {
		unsigned int shift = grt_geometry_choices[i].page_shift,
			     va = grt_geometry_choices[i].va_bits;

		/* All that there is but one thing, the n-th. */
		for (unsigned int n = 0; n < 7; n++) {
			const bool lacks[] = { shift == 12,
					       shift == 14,
					       shift == 16,
					       shift == 12 && va == 52,
					       shift == 14 && va == 52,
					       shift == 16 && va == 52,
					       false };

			caps = (struct grt_mmu_caps){ .pa_bits = 52,
						      .granule_4k = n != 0,
						      .granule_16k = n != 1,
						      .granule_64k = n != 2,
						      .lpa2_4k = n != 3,
						      .lpa2_16k = n != 4,
						      .lva = n != 5,
						      .cont = n != 6 };
			assert_int_equal(grt_geometry_init(&g, shift, va, &caps),
					 lacks[n] ? -EOPNOTSUPP : 0);
			if (!lacks[n])
				assert_int_equal(g.cont_bits[0] != 0, n != 6);
			if (!lacks[n])
				assert_int_equal(g.cont_bits[1] != 0, n != 6);
		}
	}
}
#endif

#ifdef GEOMETRY_FORMAT_PBMT

/* Nothing else than the three modes, and for the G-stage two bits more. */
static bool shape_exists(const struct grt_geometry_shape *s, unsigned int *levels)
{
	unsigned int bits = s->va_bits - (s->stage2 ? 2U : 0U);

	*levels = bits == 39 ? 3 : bits == 48 ? 4 : 5;
	return s->page_shift == 12 && (bits == 39 || bits == 48 || bits == 57) && !s->levels &&
	       !s->ds && !s->fwb;
}

static void compare_shape(const struct grt_geometry *g, const struct grt_geometry_shape *s)
{
	unsigned int pa_bits = s->pa_bits && s->pa_bits < 56 ? s->pa_bits : 56;

	assert_int_equal(g->pa_bits, pa_bits);
	assert_int_equal(g->root_bits, s->stage2 ? 11 : 9);
	assert_int_equal(g->upper_bits, s->stage2 ? s->va_bits : s->va_bits - 1);
	assert_int_equal(g->leaf_levels, (1U << g->levels) - 1);
	assert_int_equal(g->format, 1);
	for (unsigned int l = 0; l < GRT_GEOMETRY_MAX_LEVELS; l++)
		assert_int_equal(g->cont_bits[l], l ? 0 : 4);
}

#else

/* The fewest bits that a start level translates (Arm ARM D8.2, the tables of each granule), from the pages up. */
static const u8 least_bits[][GRT_GEOMETRY_MAX_LEVELS + 1] = {
	[12] = { 13, 22, 31, 40, 49, 58 },
	[14] = { 15, 26, 37, 48, 59, 70 },
	[16] = { 17, 30, 43, 56, 69, 82 },
};

static bool shape_exists(const struct grt_geometry_shape *s, unsigned int *levels)
{
	const unsigned int most = s->ds || s->page_shift == 16 ? 52 : 48, va = s->va_bits;
	const unsigned int more = s->stage2 ? 4 : 0; /* up to 16 tables */
	unsigned int l;

	if ((s->page_shift != 12 && s->page_shift != 14 && s->page_shift != 16) ||
	    va < (s->page_shift == 16 ? 17 : 16) || va > most || (s->pa_bits && s->pa_bits < 32) ||
	    (s->ds && s->page_shift == 16) || (s->fwb && !s->stage2))
		return false;
	for (l = s->levels ? s->levels : 1; l <= GRT_GEOMETRY_MAX_LEVELS; l++) {
		bool start = s->page_shift == 14 && l == 4 && s->stage2 && !s->ds ? false : true;

		if (start && va >= least_bits[s->page_shift][l - 1] &&
		    va < least_bits[s->page_shift][l] + more)
			break;
		if (s->levels)
			return false;
	}
	*levels = l;
	return l <= GRT_GEOMETRY_MAX_LEVELS;
}

static void compare_shape(const struct grt_geometry *g, const struct grt_geometry_shape *s)
{
	static const u8 groups[][3] = { [12] = { 4, 4, 4 }, [14] = { 7, 5, 0 }, [16] = { 5, 5, 0 } };
	const unsigned int most = s->ds || s->page_shift == 16 ? 52 : 48;
	const unsigned int pa_bits = s->pa_bits && s->pa_bits < most ? s->pa_bits : most;
	unsigned int leaves = s->page_shift == 12 ? 7 : 3;

	if (s->ds || (s->page_shift == 16 && pa_bits == 52))
		leaves = leaves << 1 | 1;
	assert_int_equal(g->pa_bits, pa_bits);
	assert_int_equal(g->root_bits, s->va_bits - least_bits[s->page_shift][g->levels - 1] + 1);
	assert_int_equal(g->upper_bits, s->va_bits);
	assert_int_equal(g->leaf_levels, leaves & ((1U << g->levels) - 1));
	assert_int_equal(g->format, s->page_shift == 16 ? 1 : s->ds ? 2 : 0);
	assert_int_equal(g->format_mask, BIT(s->ds ? 50 : 48) - BIT(s->page_shift));
	for (unsigned int l = 0; l < GRT_GEOMETRY_MAX_LEVELS; l++)
		assert_int_equal(g->cont_bits[l],
				 l < 3 && l < g->levels ? groups[s->page_shift][l] : 0);
}

#endif

/* Whatever registers can say, and more. */
static void shapes_are_those_of_the_manuals(void **state)
{
	static const u8 shifts[] = { 0, 11, 12, 13, 14, 15, 16, 17, 30 };
	static const u8 pa_bits[] = { 0, 31, 32, 40, 48, 51, 52, 56, 60 };
	unsigned int found = 0;

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(shifts) * ARRAY_SIZE(pa_bits) * 70 * 7 * 8; i++) {
		unsigned int n = i, levels;
		struct grt_geometry_shape s = { .stage2 = n & 1,
						.ds = n >> 1 & 1,
						.fwb = n >> 2 & 1 };
		struct grt_geometry g;
		bool is;

		n >>= 3;
		s.levels = n % 7;
		n /= 7;
		s.va_bits = n % 70;
		n /= 70;
		s.page_shift = shifts[n % ARRAY_SIZE(shifts)];
		s.pa_bits = pa_bits[n / ARRAY_SIZE(shifts)];
		is = shape_exists(&s, &levels);
		assert_int_equal(grt_geometry_init_shape(&g, &s), is ? 0 : -EINVAL);
		if (!is)
			continue;
		found++;
		assert_int_equal(g.levels, levels);
		assert_int_equal(g.page_shift, s.page_shift);
		assert_int_equal(g.va_bits, s.va_bits);
		assert_int_equal(g.root_shift, s.va_bits - g.root_bits);
		assert_int_equal(!g.stage2, !s.stage2);
		compare_shape(&g, &s);
	}
	assert_true(found >= 2 * 3 * ARRAY_SIZE(pa_bits));
}

/* ---- which one is chosen ---- */

/* In order, the first the most wanted. */
static const u8 preferred[][2] = {
#ifdef GEOMETRY_FORMAT_PBMT
	{ 12, 57 },
	{ 12, 48 },
	{ 12, 39 },
#else
	{ 12, 48 }, { 12, 52 }, { 12, 39 }, { 14, 48 }, { 14, 52 },
	{ 14, 47 }, { 14, 36 }, { 16, 48 }, { 16, 52 }, { 16, 42 },
#endif
};

static struct grt_mmu_caps nth_caps(unsigned int n)
{
#ifdef GEOMETRY_FORMAT_PBMT
	static const u8 widths[] = { 38, 39, 48, 57 };

	return (struct grt_mmu_caps){ .va_bits = widths[n % 4], .pa_bits = 56 };
#else
	return (struct grt_mmu_caps){ .pa_bits = 52,
				      .granule_4k = n & 1,
				      .granule_16k = n & 2,
				      .granule_64k = n & 4,
				      .lpa2_4k = n & 8,
				      .lpa2_16k = n & 16,
				      .lva = n & 32 };
#endif
}

static unsigned int apart(unsigned int a, unsigned int b)
{
	return a < b ? b - a : a - b;
}

/* Is @new nearer to a wish than @old? Of two equally near ones the smaller; 1, 0, or -1. */
static int nearer(unsigned int want, unsigned int new, unsigned int old)
{
	if (!want || new == old)
		return 0;
	if (apart(want, new) != apart(want, old))
		return apart(want, new) < apart(want, old) ? 1 : -1;
	return new < old ? 1 : -1;
}

/* Return: an index of preferred[], or -1. */
static int best_of(unsigned int page, unsigned int va, const struct grt_mmu_caps *caps,
		   const struct grt_memory_map *memory)
{
	int best = -1;
	bool fits = false;

	for (unsigned int i = 0; i < ARRAY_SIZE(preferred); i++) {
		struct grt_geometry g;
		int better;
		bool now;

		if (grt_geometry_init(&g, preferred[i][0], preferred[i][1], caps))
			continue;
		now = !memory || grt_layout_memory_fits(&g, memory);
		better = best < 0 ? 1 : nearer(page, preferred[i][0], preferred[best][0]);
		better = better ? better : nearer(va, preferred[i][1], preferred[best][1]);
		better = better ? better : now - fits;
		if (better <= 0)
			continue;
		best = (int)i;
		fits = now;
	}
	return best;
}

static const char *note_for(unsigned int page, unsigned int va, const struct grt_geometry *g)
{
	if (page && page != g->page_shift)
		return "the CPU lacks this page size";
	if (!va || va == g->va_bits)
		return NULL;
	for (unsigned int i = 0; i < ARRAY_SIZE(preferred); i++)
		if (preferred[i][1] == va && (!page || preferred[i][0] == page))
			return "the CPU lacks this width of virtual addresses";
	return "there is no such width of virtual addresses with this page size";
}

static void check_choice(unsigned int page, unsigned int va, const struct grt_mmu_caps *caps,
			 const struct grt_memory_map *memory)
{
	int best = best_of(page, va, caps, memory);
	const char *note = "not set", *expect;
	struct grt_geometry g;

	assert_int_equal(grt_geometry_choose(page, va, caps, memory, &g, &note),
			 best < 0 ? -EOPNOTSUPP : 0);
	if (best < 0)
		return;
	assert_int_equal(g.page_shift, preferred[best][0]);
	assert_int_equal(g.va_bits, preferred[best][1]);
	expect = note_for(page, va, &g);
	assert_int_equal(!note, !expect);
	if (note)
		assert_string_equal(note, expect);
}

static void the_nearest_is_chosen(void **state)
{
	static const u8 pages[] = { 0, 11, 12, 13, 14, 15, 16, 17 };
	static const u8 widths[] = { 0,	 30, 36, 37, 38, 39, 40, 42, 43, 44,
				     45, 47, 48, 49, 50, 52, 53, 57, 60 };
	static const u64 tops[] = { GIB(2), TIB(1) / 4, TIB(16), TIB(200), TIB(2000) };
	struct grt_mem_range ram = { .start = GIB(1) };
	const struct grt_memory_map memory = { .ranges = &ram, .nr = 1 };

	(void)state;
	for (unsigned int n = 0; n < 64; n++) {
		const struct grt_mmu_caps caps = nth_caps(n);

		for (unsigned int i = 0; i < ARRAY_SIZE(pages) * ARRAY_SIZE(widths); i++) {
			unsigned int page = pages[i / ARRAY_SIZE(widths)],
				     va = widths[i % ARRAY_SIZE(widths)];

			check_choice(page, va, &caps, NULL);
			ram.size = tops[i % ARRAY_SIZE(tops)] - ram.start;
			check_choice(page, va, &caps, &memory);
		}
	}
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++)
		check_choice(grt_geometry_choices[i].page_shift, grt_geometry_choices[i].va_bits,
			     NULL, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_layout_is_as_the_manuals_say),
		cmocka_unit_test(levels_cover_the_va_bits_exactly),
		cmocka_unit_test(unknown_combinations_are_refused),
		cmocka_unit_test(what_the_cpu_lacks_is_not_used),
		cmocka_unit_test(shapes_are_those_of_the_manuals),
		cmocka_unit_test(the_nearest_is_chosen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
