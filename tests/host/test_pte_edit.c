// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* pte_edit() is a short way to pte_with_attr(), in every layout and for every change. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <graticule/asm/caps.h>
#include <asm/pte.h>
#include "tests/host/random.h"

#define CHANGEABLE \
	(GRT_ATTR_PERM_MASK | GRT_ATTR_GLOBAL | GRT_ATTR_SHARED | GRT_ATTR_SOFT0 | GRT_ATTR_SOFT1)

/* A leaf, maybe hidden, maybe in a group, maybe without its accessed state. */
static pte_t random_leaf(const struct grt_geometry *g)
{
	grt_phys_t pa =
		align_down(random_u64() & (BIT(g->pa_bits) - 1), grt_geometry_level_size(g, 1));
	grt_attr_t attr = (random_u64() & CHANGEABLE) | GRT_ATTR_READ;
	pte_t pte = pte_leaf(g, 1, pa, attr & ~(random() % 2 ? GRT_ATTR_WRITE : GRT_ATTR_EXEC));

	if (random() % 3 == 0)
		pte = pte_with_attr(g, &CODES_OWN, pte, pte_attr(g, pte) & ~GRT_ATTR_READ);
	if (random() % 3 == 0)
		pte = pte_mkcont(pte);
	return pte;
}

static void test_edit_is_with_attr(void **state)
{
	(void)state;
	random_begin(1);
	for (unsigned int i = 0; i < grt_geometry_nr_choices * 20000; i++) {
		const struct grt_geometry_choice *c =
			&grt_geometry_choices[i % grt_geometry_nr_choices];
		grt_attr_t set = random_u64() & CHANGEABLE & random_u64(), clear, old, new;
		struct grt_geometry g;
		pte_t pte;

		assert_int_equal(grt_geometry_init(&g, c->page_shift, c->va_bits, NULL), 0);
		clear = random_u64() & CHANGEABLE & random_u64();
		pte = random_leaf(&g);
		old = pte_attr(&g, pte);
		new = (old & ~clear) | set;
		assert_int_equal(pte_edit(&g, &CODES_OWN, pte, set, clear).val,
				 new == old ? pte.val
					    : pte_with_attr(&g, &CODES_OWN, pte, new).val);
	}
}

/* Bit 59 of a valid leaf is hardware's, or another kernel's: PBHA, AttrIndx[3], Svrsw60t59b. */
static void test_other_bits_stay(void **state)
{
	const grt_attr_t changes[] = { GRT_ATTR_WRITE, GRT_ATTR_EXEC, GRT_ATTR_USER,
				       GRT_ATTR_GLOBAL, GRT_ATTR_SOFT0 };
	struct grt_geometry g;

	(void)state;
	assert_int_equal(grt_geometry_init(&g, 12, 48, NULL), 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(changes); i++) {
		pte_t leaf = pte_leaf(&g, 1, MIB(2), GRT_ATTR_READ | (i % 2 ? changes[i] : 0));
		pte_t with = pte_make(leaf.val | BIT(59)), pte;
		grt_attr_t set = i % 2 ? 0 : changes[i], clear = i % 2 ? changes[i] : 0;

		pte = pte_edit(&g, &CODES_OWN, leaf, set, clear);
		assert_int_equal(pte.val & BIT(59), 0);
		assert_int_not_equal(pte.val, leaf.val);
		assert_int_equal(pte_edit(&g, &CODES_OWN, with, set, clear).val, pte.val | BIT(59));
		assert_int_equal(pte_with_attr(&g, &CODES_OWN, with, pte_attr(&g, pte)).val,
				 pte.val | BIT(59));
		/* It marks those that are hidden; which of them had it by themselves is forgotten. */
		pte = pte_edit(&g, &CODES_OWN, with, 0, GRT_ATTR_READ);
		assert_true(pte_hidden(pte));
		assert_int_equal(pte_edit(&g, &CODES_OWN, pte, GRT_ATTR_READ, 0).val, leaf.val);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edit_is_with_attr),
		cmocka_unit_test(test_other_bits_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
