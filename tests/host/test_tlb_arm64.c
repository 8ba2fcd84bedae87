// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* TLBI operands against the Arm ARM, and how many barriers and invalidations an operation costs. */
#include "tests/host/engine_arena.h"

static struct tables t;

static void operands_by_va_are_bits_55_to_12_for_every_granule(void **state)
{
	(void)state;
	assert_int_equal(tlbi_va(0xffff800012345000), 0x00000ff800012345 & 0xfffffffffff);
	assert_int_equal(tlbi_va(0xfffffffffffff000), 0xfffffffffff);
	assert_int_equal(tlbi_va(0x0000000000010000), 0x10);
	assert_int_equal(tlbi_va(0xfff0000000000000), 0xf0000000000);
}

static void operands_by_range_are_encoded_by_granule(void **state)
{
	struct grt_geometry k4, k16, k64, lpa2;

	(void)state;
	assert_int_equal(grt_geometry_init(&k4, 12, 48, NULL), 0);
	assert_int_equal(grt_geometry_init(&k16, 14, 47, NULL), 0);
	assert_int_equal(grt_geometry_init(&k64, 16, 48, NULL), 0);
	assert_int_equal(grt_geometry_init(&lpa2, 12, 52, NULL), 0);
	/* TG 47:46, SCALE 45:44, NUM 43:39, TTL 38:37, BaseADDR 36:0 */
	assert_int_equal(tlbi_range(&k4, false, 0x12345000, 0, 0), 1ULL << 46 | 0x12345);
	assert_int_equal(tlbi_range(&k16, false, 0x12344000, 31, 0),
			 2ULL << 46 | 31ULL << 39 | 0x48d1);
	assert_int_equal(tlbi_range(&k64, false, 0x12340000, 1, 3),
			 3ULL << 46 | 3ULL << 44 | 1ULL << 39 | 0x1234);
	assert_int_equal(tlbi_range(&lpa2, true, 0x12340000, 0, 2),
			 1ULL << 46 | 2ULL << 44 | 0x1234);
	assert_int_equal(tlbi_range(&k4, false, 0xfffffffffffff000, 0, 0),
			 1ULL << 46 | 0x1fffffffff);
	assert_int_equal(tlbi_range_pages(0, 0), 2);
	assert_int_equal(tlbi_range_pages(31, 3), TLBI_RANGE_MAX_PAGES);
}

/* What a batch turns into. */
static void commit(grt_virt_t start, u64 size, unsigned int level, u64 *tlbi, u64 *dsb, u64 *isb)
{
	struct grt_tlb_batch batch;

	memset(&mmu_host, 0, sizeof(mmu_host));
	tlb_batch_init(&batch);
	tlb_batch_change(&batch, start, start + size - 1, level);
	assert_int_equal(tlb_batch_commit(&t.pt, &batch), 0);
	*tlbi = mmu_host.count[MMU_TLBI];
	*dsb = mmu_host.count[MMU_DSB_ISHST] + mmu_host.count[MMU_DSB_ISH];
	*isb = mmu_host.count[MMU_ISB];
}

static void batches_use_the_fewest_operations(void **state)
{
	u64 tlbi, dsb, isb, start = 0xffff800000000000;

	(void)state;
	tables_init(&t, &grt_geometry_choices[1], true);
	commit(start, KIB(4), 0, &tlbi, &dsb, &isb);
	assert_int_equal(tlbi * 100 + dsb * 10 + isb, 121);
	commit(start, MIB(2), 0, &tlbi, &dsb, &isb);
	assert_int_equal(tlbi * 100 + dsb * 10 + isb, 121); /* 512 pages: NUM 7, SCALE 1 */
	commit(start, MIB(2), 1, &tlbi, &dsb, &isb);
	assert_int_equal(tlbi, 1);
	commit(0 - MIB(64), MIB(64), 0, &tlbi, &dsb, &isb); /* up to 2^64 */
	assert_int_equal(tlbi, 1);
	commit(start, GIB(8), 0, &tlbi, &dsb, &isb);
	assert_int_equal(tlbi, 1);
	commit(start, GIB(8) + KIB(4), 0, &tlbi, &dsb, &isb); /* everything at once */
	assert_int_equal(tlbi, 1);
	t.caps.tlb_range = false;
	commit(start, MIB(2), 0, &tlbi, &dsb, &isb);
	assert_int_equal(tlbi, 512);
	commit(start, MIB(2) + KIB(4), 0, &tlbi, &dsb, &isb);
	assert_int_equal(tlbi, 1);
	/* The errata of rule A27: one more TLBI and DSB at the end, whatever came before. */
	t.caps.repeat_tlbi = true;
	commit(start, KIB(4), 0, &tlbi, &dsb, &isb);
	assert_int_equal(tlbi * 100 + dsb * 10 + isb, 231);
	commit(start, MIB(2), 0, &tlbi, &dsb, &isb);
	assert_int_equal(tlbi * 100 + dsb * 10 + isb, 51331);
	commit(start, GIB(8), 0, &tlbi, &dsb, &isb);
	assert_int_equal(tlbi * 100 + dsb * 10 + isb, 231);
	memset(&mmu_host, 0, sizeof(mmu_host));
	assert_int_equal(grt_tlb_invalidate_tree(&t.pt), 0);
	assert_int_equal(mmu_host.count[MMU_TLBI], 2);
	assert_int_equal(mmu_host.count[MMU_DSB_ISH], 2);
	tables_done(&t);
}

/* ---- which regime and which ASID ---- */

static u64 last_operand;

static void note_operand(void *arg, enum mmu_event event, const u64 *entry, u64 a, u64 b)
{
	(void)arg;
	(void)entry;
	(void)a;
	if (event == MMU_TLBI)
		last_operand = b;
}

/* The operand's ASID is in [63:48]; where an operation takes none those bits are zero (A11). */
static void check_regime(const struct grt_regime *r)
{
	struct grt_tlb_batch batch;

	t.pt.regime = *r;
	for (unsigned int i = 0; i < 6; i++) {
		u64 size = i % 3 == 0 ? KIB(4) : i % 3 == 1 ? MIB(1) : GIB(64);

		memset(&mmu_host, 0, sizeof(mmu_host));
		mmu_host.trace = note_operand;
		last_operand = ~0ULL;
		tlb_batch_init(&batch);
		tlb_batch_change(&batch, 0x1000000000, 0x1000000000 + size - 1, 0);
		batch.nonleaf = i >= 3;
		assert_int_equal(tlb_batch_commit(&t.pt, &batch), 0);
		assert_true(mmu_host.count[MMU_TLBI] > 0);
		assert_int_equal(mmu_host.kind, r->kind);
		assert_int_equal(last_operand >> 48, r->asid);
	}
	assert_int_equal(grt_tlb_invalidate_tree(&t.pt), 0);
	assert_int_equal(mmu_host.kind, r->kind);
	assert_int_equal(last_operand, (u64)r->asid << 48);
	assert_int_equal(grt_tlb_invalidate_all(&t.pt), 0);
	assert_int_equal(mmu_host.kind, r->kind == GRT_REGIME_ASID ? GRT_REGIME_ANY_ASID : r->kind);
	assert_int_equal(last_operand, 0);
	mmu_host.trace = NULL;
}

static void operations_name_the_regime_and_the_asid(void **state)
{
	(void)state;
	tables_init(&t, &grt_geometry_choices[1], true);
	for (int range = 0; range < 2; range++) {
		t.caps.tlb_range = range;
		check_regime(&(struct grt_regime){ .kind = GRT_REGIME_ASID, .asid = 0xffff });
		check_regime(&(struct grt_regime){ .kind = GRT_REGIME_ASID, .asid = 0x80 });
		check_regime(&(struct grt_regime){ .kind = GRT_REGIME_EL2 });
		check_regime(&(struct grt_regime){ .kind = GRT_REGIME_ANY_ASID });
	}
	t.pt.live = false;
	tables_done(&t);
}

static void mapping_costs_one_publication_and_no_tlbi(void **state)
{
	(void)state;
	tables_init(&t, &grt_geometry_choices[1], true);
	assert_int_equal(grt_map(&t.pt, 0xffff800000000000, GIB(1), MIB(64) + KIB(4),
				 GRT_ATTR_KERNEL_RW),
			 0);
	assert_int_equal(mmu_host.count[MMU_TLBI], 0);
	assert_int_equal(mmu_host.count[MMU_ORDER], 1);
	assert_int_equal(mmu_host.count[MMU_DSB_ISHST], 1);
	assert_int_equal(mmu_host.count[MMU_ISB], 1);
	t.pt.live = false;
	tables_done(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(operands_by_va_are_bits_55_to_12_for_every_granule),
		cmocka_unit_test(operands_by_range_are_encoded_by_granule),
		cmocka_unit_test(batches_use_the_fewest_operations),
		cmocka_unit_test(operations_name_the_regime_and_the_asid),
		cmocka_unit_test(mapping_costs_one_publication_and_no_tlbi),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
