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

#define CHANGEABLE (PGATTR_PERM_MASK | PGATTR_GLOBAL | PGATTR_SHARED | PGATTR_SOFT0 | PGATTR_SOFT1)

static u64 random_u64(void)
{
	return (u64)random() << 42 ^ (u64)random() << 21 ^ (u64)random();
}

/* A leaf, maybe hidden, maybe in a group, maybe without its accessed state. */
static pte_t random_leaf(const struct geometry *g)
{
	phys_addr_t pa =
		align_down(random_u64() & (BIT(g->pa_bits) - 1), geometry_level_size(g, 1));
	pgattr_t attr = (random_u64() & CHANGEABLE) | PGATTR_READ;
	pte_t pte = pte_leaf(g, 1, pa, attr & ~(random() % 2 ? PGATTR_WRITE : PGATTR_EXEC));

	if (random() % 3 == 0)
		pte = pte_with_attr(g, &CODES_OWN, pte, pte_attr(g, pte) & ~PGATTR_READ);
	if (random() % 3 == 0)
		pte = pte_mkcont(pte);
	return pte;
}

static void test_edit_is_with_attr(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < geometry_nr_choices * 20000; i++) {
		const struct geometry_choice *c = &geometry_choices[i % geometry_nr_choices];
		pgattr_t set = random_u64() & CHANGEABLE & random_u64(), clear, old, new;
		struct geometry g;
		pte_t pte;

		assert_int_equal(geometry_init(&g, c->page_shift, c->va_bits, NULL), 0);
		clear = random_u64() & CHANGEABLE & random_u64();
		pte = random_leaf(&g);
		old = pte_attr(&g, pte);
		new = (old & ~clear) | set;
		assert_int_equal(pte_edit(&g, &CODES_OWN, pte, set, clear).val,
				 new == old ? pte.val
					    : pte_with_attr(&g, &CODES_OWN, pte, new).val);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edit_is_with_attr),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
