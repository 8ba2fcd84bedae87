// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* arm64 entries against the Arm ARM's descriptor formats, bit positions written as numbers. */
#include "tests/host/engine_arena.h"
#include <asm/pte_state.h>
#include <asm/step.h>

static struct grt_geometry k4, k16, k64, lpa2, lpa2_16;

static int setup(void **state)
{
	(void)state;
	return grt_geometry_init(&k4, 12, 48, NULL) | grt_geometry_init(&k16, 14, 47, NULL) |
	       grt_geometry_init(&k64, 16, 52, NULL) | grt_geometry_init(&lpa2, 12, 52, NULL) |
	       grt_geometry_init(&lpa2_16, 14, 52, NULL);
}

static void leaves_have_the_specified_bits(void **state)
{
	(void)state;
	/*
	 * type 1:0, AttrIndx 4:2, AP[2:1] 7:6, SH 9:8, AF 10, nG 11, PXN 53, UXN 54, software 58:55.
	 * Read-write: UXN PXN AF SH=3 page; read-only adds AP[2]; executable drops PXN and keeps UXN.
	 */
	assert_int_equal(pte_leaf(&k4, 0, 0x40000000, GRT_ATTR_KERNEL_RW).val, 0x0060000040000703);
	assert_int_equal(pte_leaf(&k4, 0, 0x40000000, GRT_ATTR_KERNEL_RO).val, 0x0060000040000783);
	assert_int_equal(pte_leaf(&k4, 0, 0x40000000, GRT_ATTR_KERNEL_RX).val, 0x0040000040000783);
	assert_int_equal(pte_leaf(&k4, 1, 0x40000000, GRT_ATTR_KERNEL_RW).val, 0x0060000040000701);
	assert_int_equal(pte_leaf(&k4, 2, 0x40000000, GRT_ATTR_KERNEL_RW).val, 0x0060000040000701);
	/* user: AP[1], nG; executable for the user is PXN alone */
	assert_int_equal(pte_leaf(&k4, 0, 0x1000, GRT_ATTR_READ | GRT_ATTR_USER).val,
			 0x0060000000001fc3);
	assert_int_equal(
		pte_leaf(&k4, 0, 0x1000, GRT_ATTR_READ | GRT_ATTR_USER | GRT_ATTR_EXEC).val,
		0x0020000000001fc3);
	assert_int_equal(pte_leaf(&k4, 0, 0, GRT_ATTR_KERNEL_RW | GRT_ATTR_SOFT0).val,
			 0x00e0000000000703);
	assert_int_equal(pte_leaf(&k4, 0, 0, GRT_ATTR_KERNEL_RW | GRT_ATTR_SOFT1).val,
			 0x0160000000000703);
}

static void memory_types_select_mair_fields(void **state)
{
	(void)state;
	/* index 3: nGnRE 04, 2: nGnRnE 00, 1: non-cached 44, 0: normal ff */
	assert_int_equal(mair_value(&regime_memory_own), 0x040044ff);
	assert_int_equal(
		mair_value(&(struct grt_regime_memory){ true, 4, 0, GRT_REGIME_NO_INDEX, 7 }),
		0x040000ff00000044);
	assert_int_equal(pte_leaf(&k4, 0, 0, GRT_ATTR_KERNEL_RW | GRT_ATTR_NONCACHED).val & 0x1c,
			 0x4);
	assert_int_equal(pte_leaf(&k4, 0, 0, GRT_ATTR_KERNEL_RW | GRT_ATTR_DEVICE).val & 0x1c, 0x8);
	assert_int_equal(pte_leaf(&k4, 0, 0, GRT_ATTR_KERNEL_RW | GRT_ATTR_DEVICE_nGnRE).val & 0x1c,
			 0xc);
	/* An index that nothing has a name for is not normal memory. */
	for (u64 index = 4; index < 8; index++)
		assert_int_equal(pte_attr(&k4, pte_make(0x0060000040000703 | index << 2)),
				 GRT_ATTR_KERNEL_RW | GRT_ATTR_OTHER);
}

static void high_address_bits_go_where_the_format_says(void **state)
{
	grt_phys_t pa = 0xfffff12340000;

	(void)state;
	/* 64K with LPA: OA[51:48] in 15:12 */
	assert_int_equal(pte_leaf(&k64, 0, pa, GRT_ATTR_KERNEL_RW).val, 0x60ffff1234f703);
	assert_int_equal(pte_table(&k64, pa).val, 0xffff1234f003);
	/* LPA2: OA[51:50] in 9:8, where the shareability was; OA[49:48] in place */
	assert_int_equal(pte_leaf(&lpa2, 0, 0xc000000001000, GRT_ATTR_KERNEL_RW).val,
			 0x0060000000001703);
	assert_int_equal(pte_leaf(&lpa2, 0, 0x8000000001000, GRT_ATTR_KERNEL_RW).val,
			 0x0060000000001603);
	assert_int_equal(pte_leaf(&lpa2, 0, 0x3000000001000, GRT_ATTR_KERNEL_RW).val,
			 0x0063000000001403);
	assert_int_equal(pte_table(&lpa2, 0x4000000001000).val, 0x1103);
	assert_int_equal(pte_table(&lpa2_16, 0xc000000004000).val, 0x4303);
}

static void addresses_round_trip_in_every_format(void **state)
{
	const struct grt_geometry *all[] = { &k4, &k16, &k64, &lpa2, &lpa2_16 };

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(all); i++) {
		const struct grt_geometry *g = all[i];

		for (unsigned int bit = g->page_shift; bit < g->pa_bits; bit++) {
			grt_phys_t pa = BIT(bit) | BIT(g->pa_bits - 1);
			pte_t pte = pte_leaf(g, 0, pa, GRT_ATTR_KERNEL_RX);

			assert_int_equal(pte_leaf_phys(g, 0, pte, 0), pa);
			assert_int_equal(pte_attr(g, pte), GRT_ATTR_KERNEL_RX);
			assert_int_equal(pte_table_phys(g, pte_table(g, pa)), pa);
			assert_int_equal(
				pte_at(g, 0, pte_leaf(g, 1, 0, GRT_ATTR_KERNEL_RX), pa).val,
				pte.val);
		}
	}
}

static void steps_hold_up_to_the_end_of_a_run(void **state)
{
	const struct grt_geometry *all[] = { &k4, &k16, &k64, &lpa2, &lpa2_16 };

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(all); i++) {
		const struct grt_geometry *g = all[i];
		grt_phys_t pa = BIT(g->pa_bits - 2) - 2 * BIT(g->page_shift);
		grt_phys_t end = pte_run_end(g, pa);

		for (int n = 0; n < 4; n++, pa += BIT(g->page_shift)) {
			u64 val = pte_leaf(g, 0, pa, GRT_ATTR_KERNEL_RW).val + pte_leaf_step(g, 0);
			grt_phys_t next = pa + BIT(g->page_shift);

			if (next < end)
				assert_int_equal(val, pte_leaf(g, 0, next, GRT_ATTR_KERNEL_RW).val);
		}
	}
	assert_int_equal(pte_run_end(&k64, 0x123), BIT(48));
	assert_int_equal(pte_run_end(&k64, BIT(48)), 2 * BIT(48));
	assert_int_equal(pte_run_end(&lpa2, BIT(50)), 2 * BIT(50));
}

static void attributes_round_trip(void **state)
{
	const grt_attr_t known = GRT_ATTR_PERM_MASK | GRT_ATTR_GLOBAL | GRT_ATTR_SOFT0 |
				 GRT_ATTR_SOFT1 | GRT_ATTR_MEM_MASK;

	unsigned int tried = 0;

	(void)state;
	for (grt_attr_t attr = 0; attr < BIT(13); attr++) {
		grt_attr_t memory = attr & GRT_ATTR_MEM_MASK;
		pte_t pte;

		if (attr & ~known || (memory > GRT_ATTR_DEVICE && memory != GRT_ATTR_DEVICE_nGnRE))
			continue;
		tried++;
		pte = pte_leaf(&k4, 0, 0x1234567000, attr | GRT_ATTR_READ);
		assert_int_equal(pte_attr(&k4, pte), attr | GRT_ATTR_READ);
		assert_int_equal(
			pte_with_attr(&k4, &CODES_OWN,
				      pte_leaf(&k4, 0, 0x1234567000, GRT_ATTR_READ | memory),
				      attr | GRT_ATTR_READ)
				.val,
			pte.val);
	}
	assert_int_equal(tried, 1 << 7 << 2); /* seven bits, four types of memory */
}

static void descriptor_types_are_told_apart(void **state)
{
	(void)state;
	assert_true(pte_is_leaf(&k4, 0, pte_make(3)));
	assert_false(pte_is_leaf(&k4, 0, pte_make(1))); /* reserved at the last level */
	assert_false(pte_is_table(&k4, 0, pte_make(3)));
	assert_true(pte_is_leaf(&k4, 1, pte_make(1)));
	assert_false(pte_is_leaf(&k4, 1, pte_make(3)));
	assert_true(pte_is_table(&k4, 1, pte_make(3)));
	assert_false(pte_is_leaf(&k4, 3, pte_make(1))); /* no 512G block without DS */
	assert_true(pte_is_leaf(&lpa2, 3, pte_make(1)));
	assert_false(pte_is_leaf(&k4, 1, pte_make(0)));
	assert_int_equal(pte_mkcont(pte_make(1)).val, 0x0010000000000001);
}

static void hidden_leaves_are_invalid_and_come_back_as_they_were(void **state)
{
	pte_t leaf = pte_mkcont(pte_leaf(&k4, 1, 0x40000000, GRT_ATTR_KERNEL_RX));
	pte_t hidden = pte_with_attr(&k4, &CODES_OWN, leaf, pte_attr(&k4, leaf) & ~GRT_ATTR_READ);

	(void)state;
	assert_int_equal(hidden.val, (leaf.val & ~1ULL) | BIT(59));
	assert_true(pte_hidden(hidden) && !pte_hidden(leaf) && !pte_valid(hidden));
	assert_false(pte_is_leaf(&k4, 1, hidden) || pte_is_table(&k4, 1, hidden) ||
		     pte_parked(hidden));
	assert_int_equal(pte_attr(&k4, hidden), pte_attr(&k4, leaf) & ~GRT_ATTR_READ);
	assert_int_equal(pte_with_attr(&k4, &CODES_OWN, hidden, pte_attr(&k4, leaf)).val, leaf.val);
}

/* A Realm with 40-bit addresses: bit 39 of the output address says that the host may see the page. */
static void shared_memory_is_a_bit_of_the_address_field(void **state)
{
	struct grt_geometry realm = k4;
	struct grt_mmu_caps caps = { .bbm = 3 };
	pte_t leaf = pte_leaf(&k4, 0, 0x7fff212000, GRT_ATTR_KERNEL_RW), shared;

	(void)state;
	assert_int_equal(
		pte_with_attr(&k4, &CODES_OWN, leaf, GRT_ATTR_KERNEL_RW | GRT_ATTR_SHARED).val,
		leaf.val);
	realm.shared_bit = 39;
	shared = pte_with_attr(&realm, &CODES_OWN, leaf, GRT_ATTR_KERNEL_RW | GRT_ATTR_SHARED);
	assert_int_equal(shared.val, leaf.val | BIT(39));
	assert_int_equal(pte_attr(&realm, shared), GRT_ATTR_KERNEL_RW | GRT_ATTR_SHARED);
	assert_int_equal(
		pte_leaf(&realm, 0, 0x7fff212000, GRT_ATTR_KERNEL_RW | GRT_ATTR_SHARED).val,
		shared.val);
	assert_int_equal(pte_leaf(&k4, 0, 0x7fff212000, GRT_ATTR_KERNEL_RW | GRT_ATTR_SHARED).val,
			 leaf.val);
	assert_int_equal(pte_leaf_phys(&realm, 0, shared, 0), 0x7fff212000);
	assert_int_equal(pte_at(&realm, 0, shared, 0x7fff213000).val, shared.val + 0x1000);
	assert_int_not_equal(pte_kind(&realm, shared), pte_kind(&realm, leaf));
	assert_int_equal(pte_with_attr(&realm, &CODES_OWN, shared, GRT_ATTR_KERNEL_RW).val,
			 leaf.val);
	/* Another output address: at every level only by way of an invalid entry. */
	assert_int_equal(pte_step(&caps, &realm, 0, leaf, shared), PTE_STEP_BREAK);
}

static void parked_entries_are_invalid_and_come_back(void **state)
{
	pte_t pte = pte_table(&k4, 0x80001000), parked = pte_park(pte);

	(void)state;
	assert_false(parked.val & 1);
	assert_true(pte_parked(parked));
	assert_false(pte_parked(pte));
	assert_int_equal(pte_unpark(parked).val, pte.val);
}

static enum pte_step step(u8 bbm, pte_t old, pte_t new)
{
	struct grt_mmu_caps caps = { .bbm = bbm };

	return pte_step(&caps, &k4, 1, old, new);
}

static void steps_follow_the_break_before_make_rules(void **state)
{
	pte_t none = { 0 }, table = pte_table(&k4, 0x1000);
	pte_t rw = pte_leaf(&k4, 1, 0x200000, GRT_ATTR_KERNEL_RW);
	pte_t ro = pte_leaf(&k4, 1, 0x200000, GRT_ATTR_KERNEL_RO);
	pte_t other = pte_leaf(&k4, 1, 0x400000, GRT_ATTR_KERNEL_RW);
	pte_t device = pte_leaf(&k4, 1, 0x200000, GRT_ATTR_KERNEL_RW | GRT_ATTR_DEVICE);
	pte_t ng = pte_leaf(&k4, 1, 0x200000, GRT_ATTR_READ | GRT_ATTR_WRITE);
	pte_t soft = pte_leaf(&k4, 1, 0x200000, GRT_ATTR_KERNEL_RW | GRT_ATTR_SOFT1);

	(void)state;
	for (u8 bbm = 0; bbm < 4; bbm++) {
		enum pte_step size = bbm < 2 ? PTE_STEP_REFUSE : PTE_STEP_INVALIDATE;

		assert_int_equal(step(bbm, rw, rw), PTE_STEP_NONE);
		assert_int_equal(step(bbm, none, rw), PTE_STEP_WRITE);
		assert_int_equal(step(bbm, rw, none), PTE_STEP_INVALIDATE);
		assert_int_equal(step(bbm, rw, ro), PTE_STEP_INVALIDATE);
		assert_int_equal(step(bbm, rw, soft), PTE_STEP_WRITE);
		assert_int_equal(step(bbm, rw, other), PTE_STEP_BREAK);
		assert_int_equal(step(bbm, rw, device), PTE_STEP_BREAK);
		assert_int_equal(step(bbm, rw, ng), PTE_STEP_INVALIDATE);
		assert_int_equal(step(bbm, ng, rw), PTE_STEP_BREAK);
		assert_int_equal(step(bbm, rw, table), size);
		assert_int_equal(step(bbm, table, rw), size);
		assert_int_equal(step(bbm, rw, pte_mkcont(rw)), size);
		assert_int_equal(step(bbm, pte_mkcont(rw), rw), size);
		assert_int_equal(step(bbm, pte_mkcont(rw), ro), PTE_STEP_BREAK);
		assert_int_equal(step(bbm, pte_mkcont(rw), pte_mkcont(ro)),
				 bbm < 3 ? PTE_STEP_BREAK : PTE_STEP_INVALIDATE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaves_have_the_specified_bits),
		cmocka_unit_test(memory_types_select_mair_fields),
		cmocka_unit_test(high_address_bits_go_where_the_format_says),
		cmocka_unit_test(addresses_round_trip_in_every_format),
		cmocka_unit_test(steps_hold_up_to_the_end_of_a_run),
		cmocka_unit_test(attributes_round_trip),
		cmocka_unit_test(descriptor_types_are_told_apart),
		cmocka_unit_test(hidden_leaves_are_invalid_and_come_back_as_they_were),
		cmocka_unit_test(shared_memory_is_a_bit_of_the_address_field),
		cmocka_unit_test(parked_entries_are_invalid_and_come_back),
		cmocka_unit_test(steps_follow_the_break_before_make_rules),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
