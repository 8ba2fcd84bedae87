// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which fences a batch turns into, on this hart and on which others. */
#include <graticule/asm/tlb.h>
#include "tests/host/engine_arena.h"

#define START 0xffffffc000000000ULL

static struct tables t;

static u64 count(enum mmu_event event)
{
	return mmu_host.count[event];
}

static int commit(u64 size, unsigned int level, bool nonleaf)
{
	struct grt_tlb_batch batch;

	memset(mmu_host.count, 0, sizeof(mmu_host.count));
	tlb_batch_init(&batch);
	tlb_batch_change(&batch, START, START + size - 1, level);
	batch.nonleaf = nonleaf;
	return tlb_batch_commit(&t.pt, &batch);
}

static void few_addresses_are_fenced_one_by_one(void **state)
{
	(void)state;
	assert_int_equal(commit(KIB(4), 0, false), 0);
	assert_int_equal(count(MMU_SFENCE_VA), 1);
	assert_int_equal(commit(KIB(256), 0, false), 0);
	assert_int_equal(count(MMU_SFENCE_VA), 64);
	assert_int_equal(commit(KIB(260), 0, false), 0);
	assert_int_equal(count(MMU_SFENCE_VA), 0);
	assert_int_equal(count(MMU_SFENCE_ALL), 1);
	assert_int_equal(commit(MIB(8), 1, false), 0);
	assert_int_equal(count(MMU_SFENCE_VA), 4);
}

static void non_leaf_changes_are_fenced_without_an_address(void **state)
{
	(void)state;
	assert_int_equal(commit(KIB(4), 0, true), 0);
	assert_int_equal(count(MMU_SFENCE_VA), 0);
	assert_int_equal(count(MMU_SFENCE_ALL), 1);
}

static void svinval_orders_once(void **state)
{
	(void)state;
	t.caps.svinval = true;
	assert_int_equal(commit(KIB(64), 0, false), 0);
	assert_int_equal(count(MMU_SFENCE_W_INVAL), 1);
	assert_int_equal(count(MMU_SINVAL_VA), 16);
	assert_int_equal(count(MMU_SFENCE_INVAL_IR), 1);
	t.caps.svinval = false;
}

/* ---- which fences, to the letter ---- */

static grt_virt_t fenced_va[200];
static unsigned int nr_fenced, nr_ordered; /* before SFENCE.INVAL.IR */

static void note_va(void *arg, enum mmu_event event, const u64 *entry, u64 a, u64 b)
{
	(void)arg;
	(void)entry;
	(void)b;
	if (event == MMU_SFENCE_VA || event == MMU_SINVAL_VA)
		fenced_va[nr_fenced++] = a;
	if (event == MMU_SFENCE_W_INVAL)
		assert_int_equal(nr_fenced, 0);
	if (event == MMU_SFENCE_INVAL_IR)
		nr_ordered = nr_fenced;
}

/* @pages pages changed from START on, and @new of them new, a megabyte further up. */
static void commit_both(unsigned int pages, unsigned int new, bool nonleaf)
{
	struct grt_tlb_batch batch;

	memset(mmu_host.count, 0, sizeof(mmu_host.count));
	nr_fenced = nr_ordered = 0;
	tlb_batch_init(&batch);
	if (pages)
		tlb_batch_change(&batch, START, START + pages * KIB(4) - 1, 0);
	if (new)
		tlb_batch_add(&batch, START + MIB(1), START + MIB(1) + new *KIB(4) - 1, 0);
	batch.nonleaf = nonleaf;
	mmu_host.trace = note_va;
	assert_int_equal(tlb_batch_commit(&t.pt, &batch), 0);
	mmu_host.trace = NULL;
}

static void what_changed_and_what_is_new_is_fenced(void **state)
{
	static const unsigned int counts[] = { 0, 1, 2, 3, 31, 32, 33, 63, 64, 65 };

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(counts) * ARRAY_SIZE(counts) * 2; i++) {
		unsigned int pages = counts[i / 2 / ARRAY_SIZE(counts)],
			     new = counts[i / 2 % ARRAY_SIZE(counts)], n = pages + new;

		if (!n)
			continue;
		t.caps.svinval = i % 2;
		commit_both(pages, new, false);
		assert_int_equal(nr_fenced, n > 64 ? 0 : n);
		assert_int_equal(count(MMU_SFENCE_ALL), n > 64);
		for (unsigned int k = 0; k < nr_fenced; k++)
			assert_int_equal(fenced_va[k],
					 k < pages ? START + k * KIB(4)
						   : START + MIB(1) + (k - pages) * KIB(4));
		/* One fence needs no bracket. */
		assert_int_equal(count(MMU_SINVAL_VA), t.caps.svinval && n > 1 && n <= 64 ? n : 0);
		assert_int_equal(count(MMU_SFENCE_W_INVAL), t.caps.svinval && n > 1 && n <= 64);
		assert_int_equal(count(MMU_SFENCE_INVAL_IR), t.caps.svinval && n > 1 && n <= 64);
		assert_int_equal(nr_ordered, count(MMU_SINVAL_VA));
	}
	t.caps.svinval = false;
}

/* There is no rule that sizes and attributes may not change together: one fence at the end will do. */
static void sizes_and_attributes_share_a_fence(void **state)
{
	struct grt_tlb_batch batch;

	(void)state;
	assert_int_equal(grt_map(&t.pt, START, GIB(1), MIB(4), GRT_ATTR_KERNEL_RW), 0);
	memset(mmu_host.count, 0, sizeof(mmu_host.count));
	grt_batch_begin(&t.pt, &batch);
	assert_int_equal(grt_protect(&t.pt, START, MIB(2), 0, GRT_ATTR_WRITE), 0);
	assert_int_equal(grt_split(&t.pt, START + MIB(3)), 0);
	assert_int_equal(grt_protect(&t.pt, START, MIB(2), GRT_ATTR_WRITE, 0), 0);
	assert_int_equal(count(MMU_SFENCE_VA) + count(MMU_SFENCE_ALL), 0);
	assert_int_equal(grt_batch_commit(&t.pt), 0);
	assert_int_equal(count(MMU_SFENCE_ALL), 1);
	assert_int_equal(grt_unmap(&t.pt, START, MIB(4)), 0);
}

/* Svvptc speaks of what becomes valid: a table that has gone takes its fence. */
static void unlinked_tables_are_fenced_with_svvptc(void **state)
{
	(void)state;
	t.caps.svvptc = true;
	t.pt.regime.retries_faults = true;
	commit_both(0, 3, false);
	assert_int_equal(nr_fenced + count(MMU_SFENCE_ALL), 0);
	commit_both(0, 3, true);
	assert_int_equal(count(MMU_SFENCE_ALL), 1);
	commit_both(1, 3, false);
	assert_int_equal(nr_fenced, 4);
	t.caps.svvptc = false;
	t.pt.regime.retries_faults = false;
}

static u64 hart_65(void)
{
	return 65;
}

static void remote_fences_go_to_the_others_online(void **state)
{
	struct grt_tlb_domain domain = { .online = { 0, 0x6 },
					 .this_cpu = hart_65,
					 .fence = grt_tlb_fence_sbi };

	(void)state;
	t.pt.domain = &domain;
	assert_int_equal(commit(KIB(8), 0, false), 0);
	assert_int_equal(count(MMU_ORDER_REMOTE), 1);
	assert_int_equal(count(MMU_REMOTE_SFENCE), 1);
	assert_int_equal(mmu_host.remote_mask, 0x4);
	assert_int_equal(mmu_host.remote_base, 64);
	domain.online[1] = 0x2; /* nobody but this one */
	assert_int_equal(commit(KIB(8), 0, false), 0);
	assert_int_equal(count(MMU_REMOTE_SFENCE), 0);
	domain.this_cpu = NULL; /* unknown: it is among those that are sent the fence */
	assert_int_equal(commit(KIB(8), 0, false), 0);
	assert_int_equal(mmu_host.remote_mask, 0x2);
	t.pt.domain = NULL;
}

/* ---- every word of the domain, and the edges of each ---- */

static const u16 harts[] = { 0, 1, 63, 64, 65, 127, 128, 129, 191, 192, 255, 256, 447, 448, 511 };
static u8 fenced[GRT_TLB_DOMAIN_MAX_CPUS];
static u64 self;

static u64 this_hart(void)
{
	return self;
}

/* Bit n of the mask is hart base + n (SBI specification, "Binary Encoding"). */
static void note_harts(void *arg, enum mmu_event event, const u64 *entry, u64 a, u64 b)
{
	(void)arg;
	(void)entry;
	(void)a;
	(void)b;
	if (event != MMU_REMOTE_SFENCE)
		return;
	for (u64 n = 0; n < 64; n++) {
		if (!(mmu_host.remote_mask & BIT(n)))
			continue;
		assert_in_range(mmu_host.remote_base + n, 0, GRT_TLB_DOMAIN_MAX_CPUS - 1);
		fenced[mmu_host.remote_base + n]++;
	}
}

/* @set: bit n for harts[n]; @me: an index of harts; @known: the words in use are noted */
static void check_domain(u32 set, size_t me, bool known)
{
	struct grt_tlb_domain domain = { .this_cpu = this_hart, .fence = grt_tlb_fence_sbi };

	for (size_t i = 0; i < ARRAY_SIZE(harts); i++)
		if (set & BIT(i)) {
			domain.online[harts[i] / 64] |= BIT(harts[i] % 64);
			domain.words |= known ? BIT(harts[i] / 64) : 0;
		}
	self = harts[me];
	memset(fenced, 0, sizeof(fenced));
	t.pt.domain = &domain;
	mmu_host.trace = note_harts;
	assert_int_equal(commit(KIB(4), 0, false), 0);
	mmu_host.trace = NULL;
	t.pt.domain = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(harts); i++) {
		assert_int_equal(fenced[harts[i]], i != me && set & BIT(i) ? 1 : 0);
		fenced[harts[i]] = 0;
	}
	for (size_t hart = 0; hart < GRT_TLB_DOMAIN_MAX_CPUS; hart++)
		assert_int_equal(fenced[hart], 0);
}

static void each_hart_of_the_domain_is_fenced_once(void **state)
{
	u32 all = BIT(ARRAY_SIZE(harts)) - 1;

	(void)state;
	for (size_t me = 0; me < ARRAY_SIZE(harts); me++) {
		for (int known = 0; known < 2; known++) {
			check_domain(all, me, known);
			check_domain(all & ~BIT(me), me, known); /* on its way out, or in */
			check_domain(BIT(me), me, known);
			for (size_t other = 0; other < ARRAY_SIZE(harts); other++) {
				check_domain(BIT(me) | BIT(other), me, known);
				check_domain(BIT(other), me, known);
			}
		}
	}
}

static void tables_are_kept_when_the_firmware_fails(void **state)
{
	struct grt_tlb_domain domain = { .online = { 0xf }, .fence = grt_tlb_fence_sbi };
	u64 tables;

	(void)state;
	assert_int_equal(grt_map(&t.pt, START, GIB(1), KIB(4), GRT_ATTR_KERNEL_RW), 0);
	tables = t.nr_used;
	t.pt.domain = &domain;
	mmu_host.remote_result = -3;
	assert_int_equal(grt_unmap(&t.pt, START, KIB(4)), -EIO);
	assert_int_equal(t.nr_used, tables);
	mmu_host.remote_result = 0;
	t.pt.domain = NULL;
}

static const struct grt_tlb_domain *asked;
static u64 asked_harts, asked_size;

static int fence_by_mailbox(const struct grt_tlb_domain *domain, u64 mask, u64 base,
			    const struct grt_tlb_fence *what)
{
	asked = domain;
	asked_harts = mask << base;
	asked_size = what->size;
	return what->start == START ? -EIO : 0;
}

static void remote_fences_go_by_the_domains_own_way(void **state)
{
	struct grt_tlb_domain domain = { .online = { 0x6 }, .fence = fence_by_mailbox };

	(void)state;
	t.pt.domain = &domain;
	assert_int_equal(commit(KIB(8), 0, false), -EIO);
	assert_ptr_equal(asked, &domain);
	assert_int_equal(asked_harts, 0x6);
	assert_int_equal(asked_size, KIB(8));
	assert_int_equal(commit(KIB(8), 0, true), 0);
	assert_int_equal(asked_size, ~0ULL);
	assert_int_equal(count(MMU_REMOTE_SFENCE), 0);
	t.pt.domain = NULL;
}

/* What each of this hart's fences names, and the last one of the others. */
static int local_asid;
static u64 remote_start, remote_size;

static void note_asid(void *arg, enum mmu_event event, const u64 *entry, u64 a, u64 b)
{
	(void)arg;
	(void)entry;
	if (event == MMU_REMOTE_SFENCE) {
		remote_start = a;
		remote_size = b;
	}
	if (event == MMU_SFENCE_ALL || event == MMU_SFENCE_VA || event == MMU_SINVAL_VA)
		local_asid = mmu_host.asid;
}

static void check_asid(int err, int asid, enum mmu_event local)
{
	assert_int_equal(err, 0);
	assert_true(count(local) > 0);
	assert_int_equal(count(MMU_REMOTE_SFENCE), 1);
	assert_int_equal(local_asid, asid);
	assert_int_equal(mmu_host.asid, asid);
	memset(mmu_host.count, 0, sizeof(mmu_host.count));
	local_asid = mmu_host.asid = 0x77;
}

static void check_kind(const struct grt_regime *r, int asid)
{
	t.pt.regime = *r;
	check_asid(commit(KIB(4), 0, false), asid, MMU_SFENCE_VA);
	check_asid(commit(KIB(64), 0, false), asid, MMU_SFENCE_VA);
	check_asid(commit(MIB(64), 0, false), asid, MMU_SFENCE_ALL);
	check_asid(commit(KIB(4), 0, true), asid, MMU_SFENCE_ALL);
	t.caps.svinval = true;
	check_asid(commit(KIB(64), 0, false), asid, MMU_SINVAL_VA);
	t.caps.svinval = false;
	check_asid(grt_tlb_invalidate_tree(&t.pt), asid, MMU_SFENCE_ALL);
	check_asid(grt_tlb_invalidate_all(&t.pt), GRT_TLB_ANY_ASID, MMU_SFENCE_ALL);
}

/* rs2, of this hart's fences and of the others' (SBI: REMOTE_SFENCE_VMA_ASID). */
static void fences_name_the_asid_of_the_tree(void **state)
{
	struct grt_tlb_domain domain = { .online = { 0x6 }, .fence = grt_tlb_fence_sbi };
	const struct grt_regime before = t.pt.regime;

	(void)state;
	t.pt.domain = &domain;
	mmu_host.trace = note_asid;
	check_kind(&(struct grt_regime){ .half = GRT_REGIME_LOWER,
					 .kind = GRT_REGIME_ASID,
					 .asid = 0xffff },
		   0xffff);
	check_kind(&(struct grt_regime){ .half = GRT_REGIME_LOWER,
					 .kind = GRT_REGIME_ASID,
					 .asid = 0 },
		   0);
	check_kind(&before, GRT_TLB_ANY_ASID);
	mmu_host.trace = NULL;
	t.pt.domain = NULL;
}

/* SiFive CIP-1200: what names an address or an ASID may do nothing. */
static void harts_that_want_it_get_whole_fences(void **state)
{
	struct grt_tlb_domain domain = { .online = { 0x6 }, .fence = grt_tlb_fence_sbi };
	const struct grt_regime before = t.pt.regime;

	(void)state;
	t.pt.domain = &domain;
	mmu_host.trace = note_asid;
	t.caps.whole_fences = true;
	t.caps.svinval = true;
	for (unsigned int kind = GRT_REGIME_ANY_ASID; kind <= GRT_REGIME_ASID; kind++) {
		t.pt.regime.kind = kind;
		t.pt.regime.asid = kind == GRT_REGIME_ASID ? 7 : 0;
		for (u64 size = KIB(4); size <= MIB(64); size *= 4) {
			assert_int_equal(commit(size, 0, size % 3 == 1), 0);
			assert_int_equal(count(MMU_SFENCE_VA) + count(MMU_SINVAL_VA), 0);
			check_asid(0, GRT_TLB_ANY_ASID, MMU_SFENCE_ALL);
			assert_int_equal(remote_start, 0);
			assert_int_equal(remote_size, ~0ULL);
		}
		assert_int_equal(grt_tlb_invalidate_tree(&t.pt), 0);
		check_asid(0, GRT_TLB_ANY_ASID, MMU_SFENCE_ALL);
	}
	assert_int_equal(grt_map(&t.pt, START, GIB(1), KIB(4), GRT_ATTR_READ), 0);
	assert_int_equal(count(MMU_SFENCE_VA), 0);
	assert_int_equal(grt_unmap(&t.pt, START, KIB(4)), 0);
	assert_int_equal(count(MMU_SFENCE_VA), 0);
	mmu_host.trace = NULL;
	t.caps.whole_fences = false;
	t.caps.svinval = false;
	t.pt.regime = before;
	t.pt.domain = NULL;
}

static u64 fences(void)
{
	return count(MMU_SFENCE_VA) + count(MMU_SFENCE_ALL) + count(MMU_REMOTE_SFENCE);
}

/* Svvptc: if somebody tries again what faults, a new mapping costs no fence, and everything else its own. */
static void new_mappings_are_fenced_unless_faults_are_retried(void **state)
{
	struct grt_tlb_domain domain = { .online = { 0x6 }, .fence = grt_tlb_fence_sbi };

	(void)state;
	t.pt.domain = &domain;
	for (unsigned int i = 0; i < 4; i++) {
		u64 least = i == 3 ? 0 : 2;

		t.caps.svvptc = i & 1;
		t.pt.regime.retries_faults = i & 2;
		memset(mmu_host.count, 0, sizeof(mmu_host.count));
		/* A link and a leaf, then leaves alone. */
		assert_int_equal(grt_map(&t.pt, START, GIB(1), KIB(4), GRT_ATTR_KERNEL_RW), 0);
		assert_int_equal(fences(), least);
		assert_int_equal(grt_map(&t.pt, START + KIB(4), GIB(1), KIB(4), GRT_ATTR_KERNEL_RW),
				 0);
		assert_int_equal(fences(), 2 * least);
		memset(mmu_host.count, 0, sizeof(mmu_host.count));
		assert_int_equal(grt_protect(&t.pt, START, KIB(4), 0, GRT_ATTR_WRITE), 0);
		assert_int_equal(fences(), 2);
		assert_int_equal(grt_remap(&t.pt, START, GIB(2), KIB(4), GRT_ATTR_KERNEL_RW), 0);
		assert_int_equal(fences(), 4);
		assert_int_equal(grt_protect(&t.pt, START, KIB(4), 0, GRT_ATTR_READ), 0);
		assert_int_equal(fences(), 6);
		assert_int_equal(grt_protect(&t.pt, START, KIB(4), GRT_ATTR_READ, 0), 0);
		assert_int_equal(fences(), 6 + least);
		assert_int_equal(grt_unmap(&t.pt, START, KIB(8)), 0);
		assert_true(fences() >= 8 + least);
	}
	t.caps.svvptc = false;
	t.pt.regime.retries_faults = false;
	t.pt.domain = NULL;
}

static void whole_trees_are_forgotten_everywhere_or_not(void **state)
{
	struct grt_tlb_domain domain = { .online = { 0x6 }, .fence = grt_tlb_fence_sbi };

	(void)state;
	assert_int_equal(grt_tlb_invalidate_tree(&t.pt), 0); /* no domain: this hart alone */
	t.pt.domain = &domain;
	mmu_host.remote_result = -3;
	assert_int_equal(grt_tlb_invalidate_tree(&t.pt), -EIO);
	assert_int_equal(grt_tlb_invalidate_all(&t.pt), -EIO);
	mmu_host.remote_result = 0;
	t.pt.domain = NULL;
}

static void a_domain_without_a_fence_is_refused(void **state)
{
	static const struct grt_tlb_domain domain = { .online = { 0x6 } };
	const struct grt_pgtable_config config = {
		.g = &t.g,
		.caps = &t.caps,
		.regime = { .half = GRT_REGIME_UPPER },
		.ops = &t.ops,
		.ctx = &t,
		.domain = &domain,
	};
	struct grt_pgtable pt;

	(void)state;
	assert_int_equal(grt_pgtable_init(&pt, &config), -EINVAL);
}

static int setup(void **state)
{
	(void)state;
	tables_init(&t, &grt_geometry_choices[0], true);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(t.memory);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(few_addresses_are_fenced_one_by_one),
		cmocka_unit_test(non_leaf_changes_are_fenced_without_an_address),
		cmocka_unit_test(svinval_orders_once),
		cmocka_unit_test(what_changed_and_what_is_new_is_fenced),
		cmocka_unit_test(sizes_and_attributes_share_a_fence),
		cmocka_unit_test(unlinked_tables_are_fenced_with_svvptc),
		cmocka_unit_test(remote_fences_go_to_the_others_online),
		cmocka_unit_test(each_hart_of_the_domain_is_fenced_once),
		cmocka_unit_test(tables_are_kept_when_the_firmware_fails),
		cmocka_unit_test(remote_fences_go_by_the_domains_own_way),
		cmocka_unit_test(fences_name_the_asid_of_the_tree),
		cmocka_unit_test(harts_that_want_it_get_whole_fences),
		cmocka_unit_test(new_mappings_are_fenced_unless_faults_are_retried),
		cmocka_unit_test(whole_trees_are_forgotten_everywhere_or_not),
		cmocka_unit_test(a_domain_without_a_fence_is_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
