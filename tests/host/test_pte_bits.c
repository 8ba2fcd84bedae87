// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the short functions on entries do to any value, by the manuals' bit numbers, in every layout. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <graticule/asm/caps.h>
#include "generic/pgtable_entry.h"
#include "tests/host/bit_oracle.h"

#define ROUNDS 20000U

static struct grt_geometry layout(unsigned int i)
{
	const struct grt_geometry_choice *c = &grt_geometry_choices[i % grt_geometry_nr_choices];
	struct grt_geometry g;

	assert_int_equal(grt_geometry_init(&g, c->page_shift, c->va_bits, NULL), 0);
	return g;
}

static u64 any_value(void)
{
	return random_u64() ^ random_u64() << 30;
}

static void state_is_where_hardware_keeps_it(void **state)
{
	(void)state;
	random_begin(1);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		const struct grt_geometry g = layout(i);
		u64 val = any_value(), flip = 1ULL << random_below(64) | 1ULL << random_below(64);
		pte_t pte = pte_make(val);

		assert_int_equal(pte_state(pte), expected_state(val));
		for (unsigned int s = 0; s < 4; s++) {
			assert_int_equal(pte_with_state(pte, s).val, with_state(val, s));
			assert_int_equal(pte_state(pte_with_state(pte, s)), s);
		}
		assert_int_equal(pte_hardware_bits(pte), hardware_bits(val));
		assert_int_equal(pte_may_flip(pte, flip), may_flip(val, flip));
		assert_int_equal(pte_kind(&g, pte), kind(&g, val));
	}
}

static void tables_limit_what_is_below(void **state)
{
	(void)state;
	random_begin(2);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		u64 val = any_value(), limits = random_limits(), above = any_value();

		assert_int_equal(pte_limit(pte_make(val), limits).val, limited(val, limits));
		assert_int_equal(pte_gathered(above), gathered(above));
	}
}

/* Level by level: what it is, where its address is, and what one becomes that is made of it. */
static void fields_are_where_the_manual_has_them(void **state)
{
	(void)state;
	random_begin(6);
	for (unsigned int i = 0; i < 4 * ROUNDS; i++) {
		const struct grt_geometry g = layout(i);
		const unsigned int level = (unsigned int)random_below(g.levels);
		u64 size = 1ULL << (g.page_shift + level * (g.page_shift - 3U));
		u64 val = any_value(), pa = any_value() & (BIT(g.pa_bits) - 1) & -size;
		u64 page = pa | (any_value() & (size - 1) & -(1ULL << g.page_shift));
		u64 va = any_value();
		pte_t pte;

		if (random() % 4 == 0) /* on RISC-V one of 16 would be a group */
			val = CLEARED(val, 13, 10) | 8 << 10 | 1ULL << 63;
		pte = pte_make(val);
		assert_int_equal(pte_valid(pte), bit(val, 0));
		assert_int_equal(pte_is_leaf(&g, level, pte), leaf_or_not(&g, level, val));
		assert_int_equal(pte_is_table(&g, level, pte), table_or_not(level, val));
		assert_int_equal(pte_contiguous(&g, level, pte), grouped(&g, level, val));
		assert_int_equal(pte_hidden(pte), !bit(val, 0) && bit(val, 59));
		assert_int_equal(pte_parked(pte), !bit(val, 0) && bit(val, 58));
		assert_int_equal(pte_park(pte).val, (val & ~1ULL) | 1ULL << 58);
		assert_int_equal(pte_unpark(pte).val, (val & ~(1ULL << 58)) | 1);
		assert_int_equal(pte_bits_phys(&g, pte), field_to_phys(&g, val));
		assert_int_equal(pte_table_phys(&g, pte), field_to_phys(&g, val));
		assert_int_equal(pte_phys_bits(&g, page), with_phys(&g, 0, page));
		assert_int_equal(pte_phys_mask(&g), with_phys(&g, 0, ~0ULL));
		assert_int_equal(pte_leaf_phys(&g, level, pte, va),
				 leaf_phys_of(&g, level, val, va));
		assert_int_equal(pte_mkcont(pte).val, marked(val));
		assert_int_equal(pte_nocont(&g, level, pte, va).val, unmarked(&g, level, val, va));
		assert_int_equal(pte_at(&g, level, pte, pa).val, single_at(&g, level, val, pa));
		assert_int_equal(pte_table_at(&g, pte, page).val, with_phys(&g, val, page));
		assert_int_equal(pte_keep(pte).val, kept(val));
		assert_int_equal(pte_kept(pte), is_kept(val));
		assert_int_equal(pte_leaf_step(&g, level), step_of(&g, level));
		assert_int_equal(pte_run_end(&g, pa), end_of_run(&g, pa));
	}
}

/* ---- edits ---- */

#define EDITED                                                                              \
	(GRT_ATTR_READ | GRT_ATTR_WRITE | GRT_ATTR_EXEC | GRT_ATTR_USER | GRT_ATTR_GLOBAL | \
	 GRT_ATTR_SOFT0 | GRT_ATTR_SOFT1)

static struct grt_edit random_edit(void)
{
	struct grt_edit edit = { .set = random_u64() & random_u64() & EDITED,
				 .clear = random_u64() & random_u64() & EDITED };

	/* Every second one has none of what can't be an edit of bits. */
	if (random() % 2) {
		edit.set &= ~(no_bits | GRT_ATTR_WRITE);
		edit.clear &= ~no_bits;
	}
	return edit;
}

static pte_t random_leaf(const struct grt_geometry *g)
{
	grt_attr_t attr = (random_u64() & EDITED) | GRT_ATTR_READ;

	if (random() % 2)
		attr |= GRT_MAP_CLEAN;
	if (random() % 2)
		attr |= GRT_MAP_OLD;
	return pte_leaf(g, 0, 0x40000000, attr);
}

static bool is_bits(struct grt_edit edit)
{
	return !((edit.set | edit.clear) & no_bits) && !(edit.set & GRT_ATTR_WRITE);
}

/* As bits, an edit does what it does as an edit; and who lacks what it takes, or has what it can't, says so. */
static void edits_are_bits(void **state)
{
	unsigned int taken = 0;

	(void)state;
	random_begin(3);
	for (unsigned int i = 0; i < 4 * ROUNDS; i++) {
		const struct grt_geometry g = layout(i);
		struct grt_edit to = random_edit(), from = random_edit();
		struct entry_edits e;
		pte_t pte = random_leaf(&g);
		u64 empty = 0, off = (pte.val & ~valid) | hidden;
		bool bits = pte_edits(&g, to, from, &e);

		assert_int_equal(bits, is_bits(to) && is_bits(from));
		if (!bits)
			continue;
		/* What is empty stays so, what is hidden stays hidden, or they are left out. */
		if ((empty & (e.need | e.none)) == e.need) {
			assert_int_equal(entry_edit(empty, &e.to), 0);
			assert_int_equal(entry_edit(empty, &e.from), 0);
		}
		if ((off & (e.need | e.none)) == e.need) {
			assert_int_equal(
				entry_edit(off, &e.to),
				pte_edit(&g, &CODES_OWN, pte_make(off), to.set, to.clear).val);
			assert_int_equal(
				entry_edit(off, &e.from),
				pte_edit(&g, &CODES_OWN, pte_make(off), from.set, from.clear).val);
		}
		if ((pte.val & (e.need | e.none)) != e.need)
			continue;
		taken++;
		assert_int_equal(entry_edit(pte.val, &e.to),
				 pte_edit(&g, &CODES_OWN, pte, to.set, to.clear).val);
		assert_int_equal(entry_edit(pte.val, &e.from),
				 pte_edit(&g, &CODES_OWN, pte, from.set, from.clear).val);
	}
	assert_true(taken > ROUNDS / 4);
}

/* Where writing begins a leaf is dirty, but for GRT_MAP_CLEAN; else it keeps what it was. */
static void writing_begins_dirty_and_ends_as_it_was(void **state)
{
	(void)state;
	random_begin(4);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		const struct grt_geometry g = layout(i);
		pte_t pte = pte_with_state(random_leaf(&g), (unsigned int)random_below(4));
		grt_attr_t attr = pte_attr(&g, pte);
		unsigned int was = pte_state(pte);
		pte_t on = pte_edit(&g, &CODES_OWN, pte, GRT_ATTR_WRITE, 0);
		pte_t clean = pte_edit(&g, &CODES_OWN, pte, GRT_ATTR_WRITE | GRT_MAP_CLEAN, 0);
		pte_t off = pte_edit(&g, &CODES_OWN, pte, 0, GRT_ATTR_WRITE);

		assert_int_equal(pte_attr(&g, on), attr | GRT_ATTR_WRITE);
		assert_int_equal(pte_attr(&g, clean), attr | GRT_ATTR_WRITE);
		assert_int_equal(pte_attr(&g, off), attr & ~GRT_ATTR_WRITE);
		assert_int_equal(pte_state(on),
				 was | (attr & GRT_ATTR_WRITE ? 0 : GRT_PGSTATE_DIRTY));
		assert_int_equal(pte_state(clean), was);
		assert_int_equal(pte_state(off), was);
		assert_int_equal(pte_with_state(on, was).val & ~hardware_bits(on.val),
				 clean.val & ~hardware_bits(on.val));
	}
}

/* An entry follows the first of its span, but for its address and for what hardware has written since. */
static void entries_follow_with_their_own_state(void **state)
{
	(void)state;
	random_begin(5);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		const struct grt_geometry g = layout(i);
		unsigned int was = (unsigned int)random_below(4),
			     is = (unsigned int)random_below(4),
			     own = (unsigned int)random_below(4);
		u64 pa = 0x40000000, next = pa + (1ULL << g.page_shift);
		grt_attr_t attr = (random_u64() & EDITED) | GRT_ATTR_READ,
			   more = random_u64() & EDITED;
		pte_t first = pte_with_state(pte_leaf(&g, 0, pa, attr), was),
		      pte = pte_with_state(pte_leaf(&g, 0, next, attr), own),
		      new = pte_with_state(pte_leaf(&g, 0, pa, attr | more), is),
		      got = pte_follow(&g, pte, first, new);

		assert_int_equal(pte_leaf_phys(&g, 0, got, 0), next);
		assert_int_equal(pte_attr(&g, got), attr | more);
		for (unsigned int s = 1; s < 4; s <<= 1)
			assert_int_equal(pte_state(got) & s, (was ^ is) & s ? is & s : own & s);
		assert_int_equal(pte_state(pte_merge(first, pte)), was | own);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(state_is_where_hardware_keeps_it),
		cmocka_unit_test(tables_limit_what_is_below),
		cmocka_unit_test(fields_are_where_the_manual_has_them),
		cmocka_unit_test(edits_are_bits),
		cmocka_unit_test(writing_begins_dirty_and_ends_as_it_was),
		cmocka_unit_test(entries_follow_with_their_own_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
