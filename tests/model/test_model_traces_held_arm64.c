// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Good and bad traces for the rules of arm64 from A21 on: state, tables' attributes, caches, CPUs that don't
 * translate, errata, other regimes; and further ones for rules that have some already.
 */
#include "tests/model/traces_arm64.h"

#define RW GRT_ATTR_KERNEL_RW

/* 1: accessed, 2: dirty is cleared, and nothing is invalidated. */
static void a21(unsigned int v)
{
	struct model_config config = model_config_default(1, 0);

	config.cpu[0].hafdbs = 2;
	begin_with(config, 39);
	if (v == 2) {
		store(low(9), page_entry(9, RW) | PTE_DBM);
		publish();
		store(low(9), page_entry(9, RW) | PTE_DBM | PTE_AP_RO);
	} else {
		store(low(1), page_entry(1, RW) & ~PTE_AF);
	}
	if (v)
		finish();
	else
		invalidate(page_va(1));
}

/* A leaf that was not accessed is in no TLB: whatever takes its place needs no invalidation. */
static void what_was_not_accessed_is_not_cached(void **state)
{
	(void)state;
	begin(2, 0);
	store(low(8), page_entry(8, RW) & ~PTE_AF);
	publish();
	store(low(8), page_entry(8, RW));
	publish();
	use(page_va(8), MODEL_READ);
	store(low(9), page_entry(9, RW) & ~PTE_AF);
	publish();
	store(low(9), page_entry(10, RW | GRT_ATTR_NONCACHED));
	publish();
	assert_int_equal(model_reports(m), 0);
	store(low(10), page_entry(10, RW) & ~PTE_AF);
	publish();
	use(page_va(10), MODEL_READ);
	assert_int_equal(model_report(m, 0)->rule, MODEL_C1);
}

/* 1: nothing is invalidated; 2: the leaves alone; 3: one address of them; 4: a limit that goes. */
static void a22(unsigned int v)
{
	const u64 limits = PTE_PXN_TABLE | PTE_AP_TABLE_RO;

	begin(2, 0);
	if (v == 4) {
		store(middle(0), table_entry(LOW) | limits);
		barrier(MODEL_DSB_ISHST);
		tlbi(MODEL_VMALLE1IS, 0);
		finish();
	}
	store(middle(0), table_entry(LOW) | (v == 4 ? 0 : limits));
	barrier(MODEL_DSB_ISHST);
	if (v == 2)
		tlbi(MODEL_RVAALE1IS, by_range(base, 64));
	else if (v == 3)
		tlbi(MODEL_VAAE1IS, by_va(page_va(1)));
	else if (!v)
		tlbi(MODEL_RVAAE1IS, by_range(base, 64));
	finish();
}

static void a_limit_of_a_table_is_one_of_its_leaves(void **state)
{
	(void)state;
	begin(1, 0);
	store(middle(0), table_entry(LOW) | PTE_AP_TABLE_RO);
	barrier(MODEL_DSB_ISHST);
	tlbi(MODEL_VMALLE1IS, 0);
	finish();
	use(page_va(1), MODEL_READ);
	assert_int_equal(model_reports(m), 0);
	use(page_va(1), MODEL_WRITE);
	assert_int_equal(model_report(m, 0)->rule, MODEL_C1);
}

/* 1: not cleaned; 2: the DSB is missing; 3: another page; 4: written past the caches, 5: and cleaned only. */
static void a23(unsigned int v)
{
	begin(1, 0);
	store(low(9), page_entry(1, RW | GRT_ATTR_NONCACHED)); /* beside the one that is cached */
	publish();
	if (v != 1)
		cache(v == 5 || !v ? MODEL_CACHE_CLEAN : MODEL_CACHE_FLUSH,
		      MEMORY + KIB(v == 3 ? 8 : 4), KIB(4));
	if (v != 2)
		barrier(MODEL_DSB_SY);
	use(page_va(9), MODEL_WRITE);
	if (v == 5)
		cache(MODEL_CACHE_CLEAN, MEMORY + KIB(4), KIB(4));
	else if (v != 4)
		cache(MODEL_CACHE_FLUSH, MEMORY + KIB(4), KIB(4));
	barrier(MODEL_DSB_SY);
	use(page_va(1), MODEL_READ);
}

/* The type of a page is changed by the book, but for the caches. */
static void a23_changed(unsigned int v)
{
	begin(1, 0);
	store(low(1), 0);
	invalidate(page_va(1));
	if (!v) {
		cache(MODEL_CACHE_FLUSH, MEMORY + KIB(4), KIB(4));
		barrier(MODEL_DSB_SY);
	}
	store(low(1), page_entry(1, RW | GRT_ATTR_DEVICE));
	publish();
	use(page_va(1), MODEL_READ);
}

/*
 * A CPU's MMU is off while another changes an entry and invalidates on its own. 1: it goes on as before; 2:
 * what it could reach was freed; 3: its TLBI is not complete (A15).
 */
static void a24(unsigned int v)
{
	begin(2, 0);
	fill_table(SPARE, false, 0);
	model_cpu(m, 1);
	control(MODEL_MMU, 0);
	barrier(MODEL_ISB);
	model_cpu(m, 0);
	store(v == 2 ? middle(0) : low(1), 0);
	barrier(MODEL_DSB_ISHST);
	tlbi(MODEL_VMALLE1, 0);
	barrier(MODEL_DSB_NSH);
	barrier(MODEL_ISB);
	if (v == 2)
		release(LOW, 0);
	claim();
	model_cpu(m, 1);
	if (!v || v == 3)
		tlbi(MODEL_VMALLE1, 0);
	if (v != 3)
		barrier(MODEL_DSB_NSH);
	barrier(MODEL_ISB);
	control(MODEL_MMU, 1);
	barrier(MODEL_ISB);
	if (v != 2)
		claim();
}

static void broadcasts_reach_a_cpu_whose_mmu_is_off(void **state)
{
	(void)state;
	begin(2, 0);
	make_user_root(SPARE);
	model_cpu(m, 1);
	control(MODEL_MMU, 0);
	barrier(MODEL_ISB);
	model_cpu(m, 0);
	store(middle(0), 0);
	barrier(MODEL_DSB_ISHST);
	tlbi(MODEL_VMALLE1IS, 0);
	finish();
	release(LOW, 0);
	model_cpu(m, 1);
	control(MODEL_MMU, 1);
	barrier(MODEL_ISB);
	claim();
	/* Unlike the one above, this root is another than it had. */
	control(MODEL_MMU, 0);
	barrier(MODEL_ISB);
	root(1, SPARE, 0);
	assert_int_equal(model_reports(m), 0);
	control(MODEL_MMU, 1);
	assert_int_equal(model_report(m, 0)->rule, MODEL_A13);
}

#define CODE page_va(8)

static void write_code(u64 entry)
{
	store(low(8), entry);
	publish();
	code(MODEL_WRITE_CODE, 0, CODE, 256);
}

/*
 * Left out: 1: clean, 2: its DSB, 3: invalidate, 4: its DSB, 5: an ISB; 6: of this CPU only; 7: too short;
 * 8: a DSB for stores alone.
 */
static void a25(unsigned int v)
{
	begin(2, 0);
	write_code(page_entry(8, GRT_ATTR_KERNEL_RX));
	if (v != 1)
		code(MODEL_CODE_CLEAN, 0, CODE, v == 7 ? 128 : 256);
	if (v != 2)
		barrier(MODEL_DSB_ISH);
	if (v == 6)
		code(MODEL_CODE_INVALIDATE, MODEL_CODE_LOCAL, 0, 0);
	else if (v != 3)
		code(MODEL_CODE_INVALIDATE, MODEL_CODE_EVERYWHERE, CODE, 256);
	if (v != 4)
		barrier(v == 8 ? MODEL_DSB_ISHST : MODEL_DSB_ISH);
	barrier(MODEL_ISB);
	use(CODE, MODEL_EXEC);
	model_cpu(m, 1);
	if (v != 5)
		barrier(MODEL_ISB);
	use(CODE + (v == 7 ? 128 : 0), MODEL_EXEC);
}

/* CTR_EL0: 0: IDC; 1: and DIC; 2: neither is enough without the DSB. */
static void caches_that_need_less(void **state)
{
	struct model_config config = model_config_default(2, 0);

	(void)state;
	for (unsigned int v = 0; v < 3; v++) {
		for (unsigned int cpu = 0; cpu < 2; cpu++) {
			config.cpu[cpu].idc = true;
			config.cpu[cpu].dic = v;
		}
		begin_with(config, 39);
		write_code(page_entry(8, GRT_ATTR_KERNEL_RX));
		if (v != 2)
			barrier(MODEL_DSB_ISH);
		if (!v) {
			code(MODEL_CODE_INVALIDATE, MODEL_CODE_EVERYWHERE, 0, 0);
			barrier(MODEL_DSB_ISH);
		}
		barrier(MODEL_ISB);
		use(CODE, MODEL_EXEC);
		assert_int_equal(model_reports(m), v == 2);
	}
}

/* The guarded bit (FEAT_BTI) is cached with the leaf. 1: no TLBI. */
static void c4_guarded(unsigned int v)
{
	begin(1, 0);
	store(low(1), page_entry(1, RW) | BIT(50));
	if (v)
		finish();
	else
		invalidate(page_va(1));
}

/* Two CPUs fill a table. 1: the second alone orders what it wrote. */
static void a26(unsigned int v)
{
	begin(2, 0);
	alloc(SPARE);
	fill(SPARE, 0, 0, 256);
	if (!v)
		barrier(MODEL_DSB_ISHST);
	model_cpu(m, 1);
	fill(SPARE + 256 * 8, 0, 0, 256);
	barrier(MODEL_DSB_ISHST);
	store(middle(2), table_entry(SPARE));
	publish();
}

/* Likewise entries that are new. */
static void a8_of_another(unsigned int v)
{
	begin(2, 0);
	store(low(8), page_entry(8, RW));
	if (!v)
		barrier(MODEL_DSB_ISHST);
	model_cpu(m, 1);
	store(low(9), page_entry(9, RW));
	barrier(MODEL_DSB_ISHST);
	barrier(MODEL_ISB);
	use(page_va(8), MODEL_READ);
}

/* Read-only, and the same is there. 1: it is not; 2: one can be written; 3: it was; 4: another type. */
static void a2_of_a_copy(unsigned int v)
{
	grt_attr_t attr = GRT_ATTR_KERNEL_RO;

	begin(1, 0);
	store(low(8), page_entry(8, attr));
	store(low(10), page_entry(10, RW));
	publish();
	step((struct model_event){ .kind = MODEL_COPY,
				   .val = MEMORY + KIB(v == 1 ? 16 : 32),
				   .addr = MEMORY + KIB(40),
				   .count = KIB(4) });
	if (v == 3)
		use(page_va(10), MODEL_WRITE);
	attr = v == 2 ? RW : v == 4 ? attr | GRT_ATTR_NONCACHED : attr;
	store(low(8), page_entry(10, attr));
	invalidate(page_va(8));
}

/* A root for each of two ASIDs, and in the first one a page. @limit: not global. */
static void two_roots(u64 entry, u64 other)
{
	grt_phys_t tables = GIB(2);

	begin(1, 0);
	for (unsigned int i = 0; i < 2; i++, tables += KIB(12)) {
		fill_table(tables, false, 0);
		fill_table(tables + KIB(4), false, 0);
		fill_table(tables + KIB(8), false, 0);
		store(tables + KIB(8), i ? other : entry);
		store(tables + KIB(4), table_entry(tables + KIB(8)));
		store(tables, table_entry(tables + KIB(4)));
	}
	barrier(MODEL_DSB_ISHST);
	root(0, GIB(2), 1);
	barrier(MODEL_ISB);
	use(0, MODEL_READ);
	root(0, GIB(2) + KIB(12), 2);
	barrier(MODEL_ISB);
}

/* The user's pages. 1: one is global, and another is there in the next address space; 2: nothing is. */
static void a2_of_another_asid(unsigned int v)
{
	const grt_attr_t user = GRT_ATTR_READ | GRT_ATTR_WRITE | GRT_ATTR_USER;

	two_roots(page_entry(40, v ? user | GRT_ATTR_GLOBAL : user),
		  v == 2 ? 0 : page_entry(41, user));
	claim();
}

/* A core with the erratum: a second TLBI and DSB, and no local ones. */
static void a27(unsigned int v)
{
	struct model_config config = model_config_default(2, 0);

	config.cpu[1].repeat_tlbi = true;
	begin_with(config, 39);
	store(low(1), 0);
	barrier(MODEL_DSB_ISHST);
	tlbi(MODEL_VAAE1IS, by_va(page_va(1)));
	barrier(MODEL_DSB_ISH);
	if (v == 2)
		tlbi(MODEL_VAALE1, 0);
	else if (v != 1)
		tlbi(MODEL_VAALE1IS, 0);
	if (v == 4) /* between valid entries it is about breaking the old one as well */
		store(low(1), page_entry(9, GRT_ATTR_KERNEL_RW));
	barrier(v == 3 ? MODEL_DSB_NSH : MODEL_DSB_ISH);
	barrier(MODEL_ISB);
	claim();
}

static void a28(unsigned int v)
{
	struct model_config config = model_config_default(2, 0);
	u64 entry = page_entry(9, GRT_ATTR_KERNEL_RW);

	config.el2 = true;
	begin_with(config, 39);
	store(low(1), 0);
	store(low(9), v == 1 ? entry : leaf_of(&config, entry));
	barrier(MODEL_DSB_ISHST);
	tlbi(v == 2   ? MODEL_VAE1IS
	     : v == 3 ? MODEL_VMALLE1IS
		      : MODEL_VAE2IS,
	     v == 3 ? 0 : by_va(page_va(1)));
	finish();
}

/* How Linux installs its identity map: T0SZ changes while nothing is held of the lower half. */
static void t0sz_changes_under_the_reserved_root(void **state)
{
	(void)state;
	begin(1, 0);
	make_user_root(SPARE);
	root(0, SPARE, 1);
	barrier(MODEL_ISB);
	root(0, GRT_PHYS_NONE, 0);
	barrier(MODEL_ISB);
	tlbi(MODEL_VMALLE1, 0);
	barrier(MODEL_DSB_NSH);
	barrier(MODEL_ISB);
	step((struct model_event){ .kind = MODEL_SYSREG, .op = MODEL_TCR_LOWER });
	barrier(MODEL_ISB);
	root(0, SPARE, 1);
	barrier(MODEL_ISB);
	claim();
	assert_int_equal(model_reports(m), 0);
}

static void rules_from_A21_on(void **state)
{
	static const struct trace traces[] = {
		{ MODEL_A21, a21, 3 },	       { MODEL_A22, a22, 5 },
		{ MODEL_A23, a23, 6 },	       { MODEL_A23, a23_changed, 2 },
		{ MODEL_A24, a24, 3 },	       { MODEL_A25, a25, 9 },
		{ MODEL_A26, a26, 2 },	       { MODEL_A27, a27, 5 },
		{ MODEL_A28, a28, 4 },	       { MODEL_A8, a8_of_another, 2 },
		{ MODEL_A2, a2_of_a_copy, 5 }, { MODEL_A2, a2_of_another_asid, 3 },
		{ MODEL_C4, c4_guarded, 2 },
	};

	(void)state;
	run_traces(traces, ARRAY_SIZE(traces), 'A', MODEL_A21, MODEL_A28);
}

static int done(void **state)
{
	(void)state;
	if (m)
		model_free(m);
	m = NULL;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(rules_from_A21_on, done),
		cmocka_unit_test_teardown(what_was_not_accessed_is_not_cached, done),
		cmocka_unit_test_teardown(a_limit_of_a_table_is_one_of_its_leaves, done),
		cmocka_unit_test_teardown(broadcasts_reach_a_cpu_whose_mmu_is_off, done),
		cmocka_unit_test_teardown(caches_that_need_less, done),
		cmocka_unit_test_teardown(t0sz_changes_under_the_reserved_root, done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
