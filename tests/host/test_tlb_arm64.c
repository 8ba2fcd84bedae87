// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* TLBI operands against the Arm ARM, and how many barriers and invalidations an operation costs. */
#include "tests/host/engine_arena.h"

#define TLB_OPS 1000U

static struct tables t;

static void operands_by_va_are_bits_55_to_12_for_every_granule(void **state)
{
	(void)state;
	assert_int_equal(tlbi_va(0xffff800012345000), 0x00000ff800012345 & 0xfffffffffff);
	assert_int_equal(tlbi_va(0xfffffffffffff000), 0xfffffffffff);
	assert_int_equal(tlbi_va(0x0000000000010000), 0x10);
	assert_int_equal(tlbi_va(0xfff0000000000000), 0xf0000000000);
	assert_int_equal(tlbi_asid(0x8001), 0x8001000000000000);
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

/* ---- which operations, to the letter ---- */

static struct {
	u64 op;
	u64 operand;
} ops[TLB_OPS];
static unsigned int nr_ops;

static void note_op(void *arg, enum mmu_event event, const u64 *entry, u64 a, u64 b)
{
	(void)arg;
	(void)entry;
	if (event != MMU_TLBI)
		return;
	assert_true(nr_ops < TLB_OPS);
	ops[nr_ops].op = a;
	ops[nr_ops++].operand = b;
}

struct part {
	grt_virt_t start;
	u64 size;
	unsigned int level;
};

static void commit_parts(const struct part *parts, unsigned int nr, bool nonleaf)
{
	struct grt_tlb_batch batch;

	memset(&mmu_host, 0, sizeof(mmu_host));
	mmu_host.trace = note_op;
	nr_ops = 0;
	tlb_batch_init(&batch);
	for (unsigned int i = 0; i < nr; i++)
		tlb_batch_change(&batch, parts[i].start, parts[i].start + parts[i].size - 1,
				 parts[i].level);
	assert_int_equal(batch.nr, nr);
	batch.nonleaf = nonleaf;
	assert_int_equal(tlb_batch_commit(&t.pt, &batch), 0);
	mmu_host.trace = NULL;
}

static void commit_part(grt_virt_t start, u64 size, unsigned int level, bool nonleaf)
{
	commit_parts(&(struct part){ start, size, level }, 1, nonleaf);
}

static void expect_op(unsigned int n, enum tlbi_op op, u64 operand)
{
	assert_in_range(n, 0, nr_ops - 1);
	assert_int_equal(ops[n].op, op);
	assert_int_equal(ops[n].operand, operand);
}

#define VA 0xffff800012300000ULL
/* TG 47:46, SCALE 45:44, NUM 43:39, BaseADDR 36:0 in pages of 4K. */
#define RANGE4K(va, scale, num) \
	(1ULL << 46 | (scale)*1ULL << 44 | (num)*1ULL << 39 | ((va) >> 12 & 0x1fffffffff))

/* Up to four by address; from five on by range, in pairs of pages; and all at once where no range will do. */
static void a_range_is_so_many_operations(void **state)
{
	(void)state;
	tables_init(&t, &grt_geometry_choices[1], true);
	for (unsigned int nonleaf = 0; nonleaf < 2; nonleaf++) {
		enum tlbi_op one = nonleaf ? TLBI_VA : TLBI_VA_LAST,
			     range = nonleaf ? TLBI_RANGE : TLBI_RANGE_LAST;

		for (unsigned int n = 1; n <= 4; n++) {
			commit_part(VA, n * KIB(4), 0, nonleaf);
			assert_int_equal(nr_ops, n);
			for (unsigned int i = 0; i < n; i++)
				expect_op(i, one, (VA + i * KIB(4)) >> 12 & 0xfffffffffff);
		}
		commit_part(VA, 5 * KIB(4), 0, nonleaf);
		assert_int_equal(nr_ops, 1);
		expect_op(0, range, RANGE4K(VA, 0, 2));
		commit_part(VA + KIB(4), 5 * KIB(4), 0, nonleaf);
		assert_int_equal(nr_ops, 1);
		expect_op(0, range, RANGE4K(VA, 0, 2));
		commit_part(VA + KIB(4), 6 * KIB(4), 0, nonleaf);
		assert_int_equal(nr_ops, 1);
		expect_op(0, range, RANGE4K(VA, 0, 3));
		/* 64 + 2 pages: one of scale 1, and one of scale 0 behind it. */
		commit_part(VA, 66 * KIB(4), 0, nonleaf);
		assert_int_equal(nr_ops, 2);
		expect_op(0, range, RANGE4K(VA, 1, 0));
		expect_op(1, range, RANGE4K(VA + 64 * KIB(4), 0, 0));
		commit_part(0xffff800000000000, GIB(8), 0, nonleaf);
		assert_int_equal(nr_ops, 1);
		expect_op(0, range, RANGE4K(0xffff800000000000, 3, 31));
		commit_part(0xffff800000000000, GIB(8) + KIB(4), 0, nonleaf);
		assert_int_equal(nr_ops, 1);
		expect_op(0, TLBI_ALL, 0);
		commit_part(0xffff800000000000, MIB(8), 1, nonleaf);
		assert_int_equal(nr_ops, 4);
		for (unsigned int i = 0; i < 4; i++)
			expect_op(i, one, 0xff800000000 + i * 512);
	}
	t.pt.live = false;
	tables_done(&t);
}

/* With TCR_EL1.DS the base counts in 64K; other granules have a TG of their own. */
static void ranges_are_as_the_granule_has_them(void **state)
{
	(void)state;
	tables_init(&t, &grt_geometry_choices[2], true); /* 4k/52 */
	commit_part(0xfff0000012345000, 5 * KIB(4), 0, false);
	assert_int_equal(nr_ops, 1); /* 16 pages from the boundary of 64K before it */
	expect_op(0, TLBI_RANGE_LAST, 1ULL << 46 | 7ULL << 39 | 0x1000001234);
	commit_part(0xfff000001234d000, 5 * KIB(4), 0, false);
	assert_int_equal(nr_ops, 1); /* across one: 32 pages */
	expect_op(0, TLBI_RANGE_LAST, 1ULL << 46 | 15ULL << 39 | 0x1000001234);
	t.pt.live = false;
	tables_done(&t);
	tables_init(&t, &grt_geometry_choices[4], true); /* 16k/47 */
	commit_part(0xffff800012348000, 6 * KIB(16), 0, false);
	assert_int_equal(nr_ops, 1);
	expect_op(0, TLBI_RANGE_LAST,
		  2ULL << 46 | 2ULL << 39 | (0xffff800012348000 >> 14 & 0x1fffffffff));
	t.pt.live = false;
	tables_done(&t);
}

/* What lies in a range that goes with all its addresses takes no operation; what reaches over an end does. */
static void what_a_range_covers_is_not_invalidated_twice(void **state)
{
	const struct part wide = { 0xffff800000400000, MIB(4), 0 };
	static const struct {
		grt_virt_t start;
		u64 size;
		unsigned int more;
	} others[] = {
		{ 0xffff800000400000, MIB(4), 0 }, { 0xffff800000400000, MIB(2), 0 },
		{ 0xffff800000600000, MIB(2), 0 }, { 0xffff800000200000, MIB(4), 2 },
		{ 0xffff800000600000, MIB(4), 2 }, { 0xffff800000a00000, MIB(2), 1 },
	};

	(void)state;
	tables_init(&t, &grt_geometry_choices[1], true);
	for (unsigned int i = 0; i < 2 * ARRAY_SIZE(others); i++) {
		const struct part other = { others[i / 2].start, others[i / 2].size, 1 };

		commit_parts(i % 2 ? (struct part[]){ wide, other }
				   : (struct part[]){ other, wide },
			     2, false);
		assert_int_equal(nr_ops, 1 + others[i / 2].more);
	}
	/* Single ones are added up over all ranges. */
	t.caps.tlb_range = false;
	commit_parts((struct part[]){ { VA, 256 * KIB(4), 0 }, { VA + MIB(32), 256 * KIB(4), 0 } },
		     2, false);
	assert_int_equal(nr_ops, 512);
	commit_parts((struct part[]){ { VA, 256 * KIB(4), 0 }, { VA + MIB(32), 257 * KIB(4), 0 } },
		     2, false);
	assert_int_equal(nr_ops, 1);
	expect_op(0, TLBI_ALL, 0);
	t.pt.live = false;
	tables_done(&t);
}

/* Sizes and attributes wait for one invalidation where no CPU combines what it has cached: at level 3 (A4). */
static void sizes_and_attributes_share_a_tlbi_at_level_3(void **state)
{
	const grt_virt_t va = 0xffff800000000000;
	struct grt_tlb_batch batch;

	(void)state;
	for (u8 bbm = 2; bbm <= 3; bbm++) {
		tables_init(&t, &grt_geometry_choices[1], true);
		t.caps.bbm = bbm;
		assert_int_equal(grt_map(&t.pt, va, GIB(1), MIB(4), GRT_ATTR_KERNEL_RW), 0);
		memset(mmu_host.count, 0, sizeof(mmu_host.count));
		grt_batch_begin(&t.pt, &batch);
		assert_int_equal(grt_protect(&t.pt, va, MIB(2), 0, GRT_ATTR_WRITE), 0);
		assert_int_equal(grt_split(&t.pt, va + MIB(3)), 0);
		assert_int_equal(mmu_host.count[MMU_TLBI] > 0, bbm < 3);
		assert_int_equal(grt_batch_commit(&t.pt), 0);
		assert_true(mmu_host.count[MMU_TLBI] > 0);
		assert_int_equal(grt_unmap(&t.pt, va, MIB(4)), 0);
		t.pt.live = false;
		tables_done(&t);
	}
}

static enum mmu_event sequence[8];
static unsigned int nr_events;

static void note_event(void *arg, enum mmu_event event, const u64 *entry, u64 a, u64 b)
{
	(void)arg, (void)entry, (void)a, (void)b;
	assert_true(nr_events < ARRAY_SIZE(sequence));
	sequence[nr_events++] = event;
}

static void expect_sequence(const enum mmu_event *events, unsigned int nr)
{
	assert_int_equal(nr_events, nr);
	for (unsigned int i = 0; i < nr; i++)
		assert_int_equal(sequence[i], events[i]);
	nr_events = 0;
}

/* The stores are seen before the TLBI (A5), that is complete at a DSB (A6), which an ISB follows. */
static void barriers_are_around_what_forgets(void **state)
{
	static const enum mmu_event once[] = { MMU_DSB_ISHST, MMU_TLBI, MMU_DSB_ISH, MMU_ISB },
				    twice[] = { MMU_DSB_ISHST, MMU_TLBI,    MMU_DSB_ISH,
						MMU_TLBI,      MMU_DSB_ISH, MMU_ISB },
				    added[] = { MMU_DSB_ISHST, MMU_ISB };
	struct grt_tlb_batch batch;

	(void)state;
	tables_init(&t, &grt_geometry_choices[1], true);
	for (int repeat = 0; repeat < 2; repeat++) {
		const enum mmu_event *events = repeat ? twice : once;
		unsigned int nr = repeat ? ARRAY_SIZE(twice) : ARRAY_SIZE(once);

		t.caps.repeat_tlbi = repeat;
		mmu_host.trace = note_event;
		nr_events = 0;
		assert_int_equal(grt_tlb_invalidate_tree(&t.pt), 0);
		expect_sequence(events, nr);
		assert_int_equal(grt_tlb_invalidate_all(&t.pt), 0);
		expect_sequence(events, nr);
		tlb_batch_init(&batch);
		tlb_batch_change(&batch, VA, VA + KIB(4) - 1, 0);
		assert_int_equal(tlb_batch_commit(&t.pt, &batch), 0);
		expect_sequence(events, nr);
		tlb_batch_init(&batch);
		tlb_batch_add(&batch, VA, VA + KIB(4) - 1, 0);
		assert_int_equal(tlb_batch_commit(&t.pt, &batch), 0);
		expect_sequence(added, ARRAY_SIZE(added));
		mmu_host.trace = NULL;
	}
	t.pt.live = false;
	tables_done(&t);
}

/* ---- which regime and which ASID ---- */

static u64 last_op, last_operand;

static void note_operand(void *arg, enum mmu_event event, const u64 *entry, u64 a, u64 b)
{
	(void)arg;
	(void)entry;
	if (event == MMU_TLBI) {
		last_op = a;
		last_operand = b;
	}
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
	assert_int_equal(last_op, TLBI_ALL);
	assert_int_equal(last_operand, (u64)r->asid << 48);
	assert_int_equal(grt_tlb_invalidate_all(&t.pt), 0);
	assert_int_equal(mmu_host.kind, r->kind == GRT_REGIME_ASID ? GRT_REGIME_ANY_ASID : r->kind);
	assert_int_equal(last_op, TLBI_ALL);
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
	assert_int_equal(mmu_host.count[MMU_DSB_ISH], 0);
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
		cmocka_unit_test(a_range_is_so_many_operations),
		cmocka_unit_test(ranges_are_as_the_granule_has_them),
		cmocka_unit_test(what_a_range_covers_is_not_invalidated_twice),
		cmocka_unit_test(sizes_and_attributes_share_a_tlbi_at_level_3),
		cmocka_unit_test(barriers_are_around_what_forgets),
		cmocka_unit_test(operations_name_the_regime_and_the_asid),
		cmocka_unit_test(mapping_costs_one_publication_and_no_tlbi),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
