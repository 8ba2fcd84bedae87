// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* RISC-V entries against the privileged specification, bit positions written as numbers. */
#include "tests/host/engine_arena.h"

static struct grt_geometry g, plain;

static int setup(void **state)
{
	struct grt_mmu_caps none = { .va_bits = 57, .pa_bits = 56 };

	(void)state;
	return grt_geometry_init(&g, 12, 48, NULL) | grt_geometry_init(&plain, 12, 48, &none);
}

static void leaves_have_the_specified_bits(void **state)
{
	(void)state;
	/* V 0, R 1, W 2, X 3, U 4, G 5, A 6, D 7, RSW 9:8, PPN 53:10 */
	assert_int_equal(pte_leaf(&g, 0, 0x80000000, GRT_ATTR_KERNEL_RW).val, 0x200000e7);
	assert_int_equal(pte_leaf(&g, 0, 0x80000000, GRT_ATTR_KERNEL_RO).val, 0x20000063);
	assert_int_equal(pte_leaf(&g, 0, 0x80000000, GRT_ATTR_KERNEL_RX).val, 0x2000006b);
	assert_int_equal(pte_leaf(&g, 1, 0x80200000, GRT_ATTR_READ | GRT_ATTR_USER).val,
			 0x20080053);
	assert_int_equal(pte_leaf(&g, 0, 0xfffffffffff000, GRT_ATTR_READ).val, 0x3ffffffffffc43);
	assert_int_equal(pte_leaf(&g, 0, 0, GRT_ATTR_READ | GRT_ATTR_SOFT0).val, 0x143);
	assert_int_equal(pte_leaf(&g, 0, 0, GRT_ATTR_READ | GRT_ATTR_SOFT1).val, 0x243);
}

static void memory_types_need_svpbmt(void **state)
{
	(void)state;
	assert_int_equal(pte_leaf(&g, 0, 0, GRT_ATTR_READ | GRT_ATTR_NONCACHED).val,
			 0x2000000000000043);
	assert_int_equal(pte_leaf(&g, 0, 0, GRT_ATTR_READ | GRT_ATTR_DEVICE).val,
			 0x4000000000000043);
	assert_int_equal(pte_leaf(&plain, 0, 0, GRT_ATTR_READ | GRT_ATTR_NONCACHED).val, 0x43);
	assert_int_equal(pte_leaf(&plain, 0, 0, GRT_ATTR_READ | GRT_ATTR_DEVICE).val, 0x43);
}

static void tables_are_valid_and_nothing_else(void **state)
{
	(void)state;
	assert_int_equal(pte_table(&g, 0x80001000).val, 0x20000401);
	assert_int_equal(pte_table_phys(&g, pte_make(0x20000401)), 0x80001000);
	assert_true(pte_is_table(&g, 1, pte_make(0x20000401)));
	assert_false(pte_is_table(&g, 0, pte_make(0x20000401)));
	assert_false(pte_is_leaf(&g, 1, pte_make(0x20000401)));
}

static void napot_groups_are_n_with_ppn_1000(void **state)
{
	pte_t pte = pte_mkcont(pte_leaf(&g, 0, 0x80010000, GRT_ATTR_KERNEL_RO));

	(void)state;
	assert_int_equal(pte.val, 0x8000000020006063);
	for (u64 i = 0; i < 16; i++) /* the virtual address says which of the sixteen pages */
		assert_int_equal(pte_leaf_phys(&g, 0, pte, 0xffffffd000340000 + i * 4096),
				 0x80010000 + i * 4096);
	assert_true(pte_contiguous(&g, 0, pte));
	assert_false(pte_contiguous(&g, 1, pte));
	assert_false(pte_contiguous(&plain, 0, pte));
	assert_false(pte_contiguous(&g, 0, pte_make(0x8000000020004063)));
}

static void reserved_encodings_are_not_leaves(void **state)
{
	(void)state;
	assert_false(pte_is_leaf(&g, 0, pte_make(0x45))); /* W without R */
	assert_false(pte_is_leaf(&g, 0, pte_make(0x4d))); /* W and X without R */
	assert_true(pte_is_leaf(&g, 0, pte_make(0x49)));  /* execute only */
	assert_false(pte_is_leaf(&g, 0, pte_make(0x4e))); /* V clear */
	assert_false(pte_is_table(&g, 1, pte_make(0x45)));
}

static void attributes_round_trip(void **state)
{
	const grt_attr_t known = GRT_ATTR_PERM_MASK | GRT_ATTR_GLOBAL | GRT_ATTR_SOFT0 |
				 GRT_ATTR_SOFT1 | GRT_ATTR_MEM_MASK;

	unsigned int tried = 0;

	(void)state;
	for (grt_attr_t attr = GRT_ATTR_READ; attr < BIT(13); attr += 2) {
		grt_attr_t memory = attr & GRT_ATTR_MEM_MASK;
		pte_t pte;

		if (attr & ~known || memory > GRT_ATTR_DEVICE)
			continue;
		tried++;
		pte = pte_leaf(&g, 0, 0x1234567000, attr);
		assert_int_equal(pte_attr(&g, pte), attr);
		assert_int_equal(pte_leaf_phys(&g, 0, pte, 0), 0x1234567000);
		assert_int_equal(
			pte_with_attr(&g, &CODES_OWN,
				      pte_leaf(&g, 0, 0x1234567000, GRT_ATTR_READ | memory), attr)
				.val,
			pte.val);
	}
	assert_int_equal(tried, 3 << 6); /* six bits, three types of memory */
}

static void hidden_leaves_are_invalid_and_come_back_as_they_were(void **state)
{
	pte_t leaf =
		pte_mkcont(pte_leaf(&g, 0, 0x80010000, GRT_ATTR_KERNEL_RW | GRT_ATTR_NONCACHED));
	pte_t hidden = pte_with_attr(&g, &CODES_OWN, leaf, pte_attr(&g, leaf) & ~GRT_ATTR_READ);

	(void)state;
	assert_int_equal(hidden.val, (leaf.val & ~1ULL) | BIT(59));
	assert_true(pte_hidden(hidden) && !pte_hidden(leaf) && !pte_valid(hidden));
	assert_false(pte_is_leaf(&g, 0, hidden) || pte_is_table(&g, 1, hidden) ||
		     pte_parked(hidden));
	assert_int_equal(pte_attr(&g, hidden), pte_attr(&g, leaf) & ~GRT_ATTR_READ);
	assert_int_equal(pte_with_attr(&g, &CODES_OWN, hidden, pte_attr(&g, leaf)).val, leaf.val);
	assert_int_equal(
		pte_with_attr(&g, &CODES_OWN, leaf, pte_attr(&g, leaf) | GRT_ATTR_SHARED).val,
		leaf.val);
}

static void dirty_is_kept_when_writing_ends(void **state)
{
	pte_t rw = pte_leaf(&g, 0, 0, GRT_ATTR_KERNEL_RW);

	(void)state;
	assert_int_equal(pte_with_attr(&g, &CODES_OWN, rw, GRT_ATTR_KERNEL_RO).val, 0xe3);
	assert_int_equal(pte_with_attr(&g, &CODES_OWN, pte_make(0xe3), GRT_ATTR_KERNEL_RW).val,
			 0xe7);
}

static void parked_entries_are_invalid_and_come_back(void **state)
{
	pte_t pte = pte_table(&g, 0x80001000), parked = pte_park(pte);

	(void)state;
	assert_false(parked.val & 1);
	assert_true(pte_parked(parked));
	assert_false(pte_parked(pte));
	assert_int_equal(pte_unpark(parked).val, pte.val);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaves_have_the_specified_bits),
		cmocka_unit_test(memory_types_need_svpbmt),
		cmocka_unit_test(tables_are_valid_and_nothing_else),
		cmocka_unit_test(napot_groups_are_n_with_ppn_1000),
		cmocka_unit_test(reserved_encodings_are_not_leaves),
		cmocka_unit_test(attributes_round_trip),
		cmocka_unit_test(hidden_leaves_are_invalid_and_come_back_as_they_were),
		cmocka_unit_test(dirty_is_kept_when_writing_ends),
		cmocka_unit_test(parked_entries_are_invalid_and_come_back),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
