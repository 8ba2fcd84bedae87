// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Good and bad traces for the rules of arm64 up to A20. */
#include "tests/model/traces_arm64.h"

/* ---- common rules ---- */

static void c1(unsigned int v)
{
	begin(1, 0);
	use(page_va(v ? 9 : 1), MODEL_READ);
}

static void c2(unsigned int v)
{
	begin(1, 0);
	alloc(SPARE);
	fill(SPARE, 0, 0, v ? 511 : 512);
	barrier(MODEL_DSB_ISHST);
	store(middle(2), table_entry(SPARE));
	publish();
}

/* 1: the frame of a page, before its invalidation; 2: a table; 3: a linked one; 4: used for else. */
static void c3(unsigned int v)
{
	begin(2, v == 4 ? 3 : 0);
	if (v == 4) {
		store(middle(0), block_entry(0, GRT_ATTR_KERNEL_RW));
		store(low(1), 0);
		return;
	}
	if (v < 2)
		store(low(1), 0);
	else if (v == 2)
		store(middle(0), 0);
	if (!v)
		invalidate(page_va(1));
	release(v < 2 ? MEMORY + KIB(4) : LOW, v < 2 ? KIB(4) : 0);
}

static void c4(unsigned int v)
{
	begin(1, 0);
	store(low(1), page_entry(1, GRT_ATTR_KERNEL_RO));
	barrier(MODEL_DSB_ISHST);
	if (!v)
		tlbi(MODEL_VAAE1IS, by_va(page_va(1)));
	finish();
}

/* 1: half a store; 2: a plain one over an entry whose access flag hardware sets. */
static void c5(unsigned int v)
{
	struct model_config config = model_config_default(1, 0);

	config.cpu[0].hafdbs = 1;
	begin_with(config, 39);
	step((struct model_event){ .kind = MODEL_STORE,
				   .addr = low(8),
				   .count = v == 1 ? 4 : 8,
				   .val = page_entry(8, GRT_ATTR_KERNEL_RO) & ~PTE_AF });
	publish();
	step((struct model_event){ .kind = MODEL_STORE, .addr = low(8), .op = v != 2, .val = 0 });
	invalidate(page_va(8));
}

/* 1: broken and made again; 2: loses a permission; 3: its block is split where that may abort. */
static void c6(unsigned int v)
{
	begin(1, v == 3 ? 2 : 0);
	model_always_live(m, page_va(1), KIB(4), MODEL_READ);
	model_always_live(m, base + MIB(2), KIB(4), MODEL_READ | MODEL_WRITE);
	if (v == 1)
		store(low(1), 0);
	else if (v == 2)
		store(middle(1), block_entry(1, GRT_ATTR_KERNEL_RO));
	else if (!v)
		store(low(1), page_entry(1, GRT_ATTR_KERNEL_RO));
	if (v == 3) {
		fill_table(SPARE, true, GRT_ATTR_KERNEL_RW);
		barrier(MODEL_DSB_ISHST);
		store(middle(1), table_entry(SPARE));
	}
	invalidate(v > 1 ? base + MIB(2) : page_va(1));
}

/* ---- changing entries ---- */

static void a1(unsigned int v)
{
	begin(1, 0);
	store(low(8), page_entry(8, GRT_ATTR_KERNEL_RW));
	if (v)
		invalidate(page_va(8));
	else
		publish();
}

/* 1: another address, 2: another memory type, 3: global where it was not. */
static void a2(unsigned int v)
{
	u64 new = v == 2   ? page_entry(1, GRT_ATTR_KERNEL_RW | GRT_ATTR_NONCACHED)
		  : v == 3 ? page_entry(1, GRT_ATTR_KERNEL_RW)
			   : page_entry(9, GRT_ATTR_KERNEL_RW);

	begin(1, 3);
	store(low(1), page_entry(1, GRT_ATTR_KERNEL_RW & ~GRT_ATTR_GLOBAL)); /* allowed in place */
	invalidate(page_va(1));
	if (!v) {
		store(low(1), 0);
		invalidate(page_va(1));
	}
	store(low(1), new);
	if (v)
		invalidate(page_va(1));
	else
		publish();
}

static void a3(unsigned int v)
{
	begin(1, 0);
	store(low(1), 0);
	barrier(MODEL_DSB_ISHST);
	if (!v)
		tlbi(MODEL_VAALE1IS, by_va(page_va(1)));
	barrier(MODEL_DSB_ISH);
	store(low(1), page_entry(9, GRT_ATTR_KERNEL_RW));
	publish();
}

/* 1: at level 0; 2: one CPU of two is at level 0; 3: at level 2, with a permission; 4: merged at 1. */
static void a4(unsigned int v)
{
	struct model_config config = model_config_default(2, v == 1 ? 0 : v == 3 ? 2 : 3);

	config.cpu[1].bbm = v == 2 ? 0 : config.cpu[1].bbm;
	if (v == 4)
		config.cpu[0].bbm = 1;
	begin_with(config, 39);
	if (v == 4) {
		store(middle(0), block_entry(0, GRT_ATTR_KERNEL_RW));
		return;
	}
	fill_table(SPARE, true, v == 3 ? GRT_ATTR_KERNEL_RO : GRT_ATTR_KERNEL_RW);
	barrier(MODEL_DSB_ISHST);
	store(middle(1), table_entry(SPARE));
	invalidate(base + MIB(2));
}

/* 1: no DSB; 2: one of the wrong domain; 3: another CPU's; 4: a DMB, which orders and completes nothing. */
static void a5(unsigned int v)
{
	begin(2, 0);
	store(low(1), 0);
	model_cpu(m, v == 3);
	if (v != 1)
		barrier(v == 2 ? MODEL_DSB_NSHST : v == 4 ? MODEL_DMB : MODEL_DSB_ISHST);
	model_cpu(m, 0);
	tlbi(MODEL_VAALE1IS, by_va(page_va(1)));
	finish();
}

/* A page becomes writable: the new permissions are relied on. 0: after an ISB. */
static void a6_use(bool isb)
{
	begin(2, 0);
	store(low(1), page_entry(1, GRT_ATTR_KERNEL_RO));
	invalidate(page_va(1));
	store(low(1), page_entry(1, GRT_ATTR_KERNEL_RW));
	barrier(MODEL_DSB_ISHST);
	tlbi(MODEL_VAALE1IS, by_va(page_va(1)));
	barrier(MODEL_DSB_ISH);
	use(page_va(2), MODEL_WRITE);
	if (isb)
		barrier(MODEL_ISB);
	use(page_va(1), MODEL_WRITE);
}

/* 1: no DSB; 2: one for stores; 3: not broadcast; 4: on another CPU; 5: no ISB; 6: and used. */
static void a6(unsigned int v)
{
	if (v == 6) {
		a6_use(true);
		assert_int_equal(model_reports(m), 0);
		a6_use(false);
		return;
	}
	begin(2, 0);
	store(low(1), 0);
	barrier(MODEL_DSB_ISHST);
	tlbi(MODEL_VAALE1IS, by_va(page_va(1)));
	model_cpu(m, v == 4);
	if (v != 1)
		barrier(v == 2 ? MODEL_DSB_ISHST : v == 3 ? MODEL_DSB_NSH : MODEL_DSB_ISH);
	model_cpu(m, 0);
	if (v != 5)
		barrier(MODEL_ISB);
	claim();
}

/* Order is enough, and a DMB gives it. 1: none. */
static void a7(unsigned int v)
{
	begin(1, 0);
	fill_table(SPARE, true, GRT_ATTR_KERNEL_RW);
	if (!v)
		barrier(MODEL_DMB);
	store(middle(2), table_entry(SPARE));
	publish();
}

/* 1: neither; 2: no ISB; 3: used at once; 4: the DSB is before the store; 5: it is another CPU's. */
static void a8(unsigned int v)
{
	begin(v == 5 ? 2 : 1, 0);
	if (v == 4)
		barrier(MODEL_DSB_ISHST);
	store(low(8), page_entry(8, GRT_ATTR_KERNEL_RW));
	if (v == 3)
		use(page_va(8), MODEL_READ);
	if (v == 5)
		model_cpu(m, 1);
	if (v != 1 && v != 4)
		barrier(MODEL_DSB_ISHST);
	if (v != 1 && v != 2)
		barrier(MODEL_ISB);
	claim();
	if (!v)
		use(page_va(8), MODEL_WRITE);
}

/* ---- invalidations ---- */

/* 1: leaves only; 2: the table's pointer after the leaves, which come back through it. */
static void a9(unsigned int v)
{
	begin(1, 0);
	store(middle(0), 0);
	barrier(MODEL_DSB_ISHST);
	tlbi(v ? MODEL_RVAALE1IS : MODEL_RVAAE1IS, by_range(base, 64));
	if (v == 2)
		tlbi(MODEL_VAAE1IS, by_va(page_va(40)));
	finish();
	release(LOW, 0);
}

/* 1: this CPU only; 2: another ASID; 3: one page of a group; 4: global ones are kept. */
static void a10(unsigned int v)
{
	begin(2, 0);
	if (v == 3) {
		fill(low(16), 0, 0, 16);
		invalidate(page_va(16));
		return;
	}
	store(low(1), page_entry(1, GRT_ATTR_KERNEL_RW & ~GRT_ATTR_GLOBAL));
	invalidate(page_va(1));
	store(v == 4 ? low(2) : low(1), 0);
	barrier(MODEL_DSB_ISHST);
	if (v == 4)
		tlbi(MODEL_ASIDE1IS, 0);
	else if (v == 2)
		tlbi(MODEL_VAE1IS, 5ULL << 48 | by_va(page_va(1)));
	else
		tlbi(v == 1 ? MODEL_VAAE1 : MODEL_VAAE1IS, by_va(page_va(1)));
	finish();
}

/* 1: not shifted; 2: bits in the ASID's field; 3, 4: TTL; 5: TG; 6: wraps; 7: no range; 8: TTL's granule. */
static void a11(unsigned int v)
{
	static const u64 ttl_page = 7ULL << 44, ttl_block = 6ULL << 44, ttl_16k = 11ULL << 44;
	struct model_config config = model_config_default(1, 0);
	u64 operand = by_va(page_va(2)), range = by_range(page_va(4), 4);

	config.cpu[0].tlb_range = v != 7;
	begin_with(config, 39);
	fill(low(2), 0, 0, 1);
	fill(low(4), 0, 0, 4);
	barrier(MODEL_DSB_ISHST);
	operand |= !v ? ttl_page : v == 3 ? ttl_block : v == 8 ? ttl_16k : 0;
	tlbi(MODEL_VAALE1IS, v == 1 ? page_va(2) : v == 2 ? operand | 1ULL << 48 : operand);
	range = v == 4 ? range | 2ULL << 37 : v == 5 ? range ^ 3ULL << 46 : range;
	tlbi(MODEL_RVAALE1IS, v == 6 ? by_range(~0ULL << 12, 4) : range);
	finish();
}

/* ---- roots and control ---- */

static void a12(unsigned int v)
{
	begin(1, 0);
	make_user_root(SPARE);
	make_user_root(SPARE2);
	root(0, SPARE, 1);
	barrier(MODEL_ISB);
	root(0, GRT_PHYS_NONE, 0);
	barrier(MODEL_ISB);
	tlbi(v == 1 ? MODEL_ASIDE1IS : MODEL_ASIDE1, v == 1 ? 2ULL << 48 : 1ULL << 48);
	barrier(MODEL_DSB_ISH);
	barrier(MODEL_ISB);
	root(0, SPARE2, 1);
	barrier(MODEL_ISB);
	claim();
}

/* 1: at once; 2: no invalidation; 3: no ISB before it; 4: no DSB after it. */
static void a13(unsigned int v)
{
	begin(1, 0);
	make_user_root(SPARE);
	if (v != 1)
		root(1, GRT_PHYS_NONE, 0);
	if (v != 3)
		barrier(MODEL_ISB);
	if (v != 2)
		tlbi(MODEL_VMALLE1, 0);
	if (v != 4)
		barrier(MODEL_DSB_NSH);
	barrier(MODEL_ISB);
	root(1, SPARE, 0);
	barrier(MODEL_ISB);
	claim();
}

/* 1: MAIR, 2: the kernel's half of TCR; 3: the other half, and nothing is invalidated. */
static void a14(unsigned int v)
{
	begin(1, 0);
	make_user_root(SPARE);
	root(0, SPARE, 1);
	barrier(MODEL_ISB);
	step((struct model_event){ .kind = MODEL_SYSREG,
				   .op = v == 1	  ? MODEL_MAIR
					 : v == 2 ? MODEL_TCR_UPPER
						  : MODEL_TCR_LOWER });
	barrier(MODEL_ISB);
	if (v != 3)
		tlbi(MODEL_VMALLE1, 0);
	barrier(MODEL_DSB_NSH);
	barrier(MODEL_ISB);
	claim();
}

/* 1: no TLBI; 2: no DSB; 3: no ISB. */
static void a15(unsigned int v)
{
	begin(2, 0);
	model_cpu(m, 1);
	control(MODEL_RESET, 0);
	root(1, ROOT, 0);
	barrier(MODEL_ISB);
	if (v != 1)
		tlbi(MODEL_VMALLE1, 0);
	if (v != 2)
		barrier(MODEL_DSB_NSH);
	if (v != 3)
		barrier(MODEL_ISB);
	control(MODEL_MMU, 1);
	barrier(MODEL_ISB);
	use(page_va(1), MODEL_READ);
}

/* 1: still has the root; 2: has not invalidated; 3: let go before the repainter's TLBI. */
static void a16(unsigned int v)
{
	begin(2, 0);
	model_cpu(m, 1);
	if (v != 1)
		root(1, GRT_PHYS_NONE, 0);
	barrier(MODEL_ISB);
	if (v != 2)
		tlbi(MODEL_VMALLE1, 0);
	barrier(MODEL_DSB_NSH);
	barrier(MODEL_ISB);
	control(MODEL_PARK, 0);
	model_cpu(m, 0);
	store(middle(1), 0);
	barrier(MODEL_DSB_ISHST);
	if (v != 3)
		tlbi(MODEL_VMALLE1IS, 0);
	barrier(MODEL_DSB_ISH);
	barrier(MODEL_ISB);
	control(MODEL_RESUME, 0);
}

static void a17(unsigned int v)
{
	begin(1, 0);
	control(MODEL_RESET, 0);
	fill_table(SPARE, false, 0);
	barrier(MODEL_DSB_SY);
	if (!v)
		step((struct model_event){ .kind = MODEL_CACHE, .addr = SPARE, .count = KIB(4) });
	root(1, SPARE, 0);
	barrier(MODEL_ISB);
	tlbi(MODEL_VMALLE1, 0);
	barrier(MODEL_DSB_NSH);
	barrier(MODEL_ISB);
	control(MODEL_MMU, 1);
}

/* 1: in place; 2: one entry of 16 broken and made anew; 3: not all of them have the bit in the end. */
static void a18(unsigned int v)
{
	begin(1, v == 3 ? 3 : 0);
	if (v == 1) {
		store(low(16), group_entry(16, GRT_ATTR_KERNEL_RO));
		return;
	}
	fill(low(16), 0, 0, v == 2 ? 1 : 16);
	barrier(MODEL_DSB_ISHST);
	tlbi(MODEL_VMALLE1IS, 0);
	barrier(MODEL_DSB_ISH);
	fill(low(16), group_entry(16, GRT_ATTR_KERNEL_RO), pte_leaf_step(&g, 0),
	     v == 2 ? 1 : 16 - v);
	publish();
}

static void a19(unsigned int v)
{
	begin(1, 0);
	store(middle(0), 0);
	barrier(MODEL_DSB_ISHST);
	if (!v)
		tlbi(MODEL_VMALLE1IS, 0);
	barrier(MODEL_DSB_ISH);
	store(middle(2), table_entry(LOW));
	publish();
}

static void a20(unsigned int v)
{
	begin(2, 0);
	make_user_root(SPARE);
	make_user_root(SPARE2);
	for (unsigned int cpu = 0; cpu < 2; cpu++) {
		model_cpu(m, cpu);
		step((struct model_event){ .kind = MODEL_ROOT,
					   .asid = 1,
					   .mask = 1,
					   .addr = cpu && v ? SPARE2 : SPARE });
		barrier(MODEL_ISB);
	}
}

/* What head.S does between the tables and the first instruction at a virtual address, and arch_init(). */
static void boot(unsigned int cpu)
{
	model_cpu(m, cpu);
	control(MODEL_RESET, 0);
	if (!cpu) {
		fill_table(SPARE, false, 0);  /* the identity map */
		fill_table(SPARE2, false, 0); /* the kernel's root */
		barrier(MODEL_DSB_SY);
		step((struct model_event){ .kind = MODEL_CACHE, .addr = SPARE, .count = KIB(8) });
	}
	step((struct model_event){ .kind = MODEL_SYSREG, .op = MODEL_MAIR });
	step((struct model_event){ .kind = MODEL_SYSREG, .op = MODEL_TCR_UPPER });
	root(0, SPARE, 0);
	root(1, SPARE2, 0);
	barrier(MODEL_ISB);
	tlbi(MODEL_VMALLE1, 0);
	barrier(MODEL_DSB_NSH);
	barrier(MODEL_ISB);
	control(MODEL_MMU, 1);
	barrier(MODEL_ISB);
	/* mmu_drop_ttbr0() */
	step((struct model_event){ .kind = MODEL_SYSREG, .op = MODEL_TCR_LOWER });
	barrier(MODEL_ISB);
	root(0, GRT_PHYS_NONE, 0);
	barrier(MODEL_ISB);
	tlbi(MODEL_VMALLE1, 0);
	barrier(MODEL_DSB_NSH);
	barrier(MODEL_ISB);
	claim();
}

static void the_boot_sequence_breaks_no_rule(void **state)
{
	(void)state;
	begin(2, 0);
	boot(0);
	boot(1);
	store(SPARE2, 0);
	publish();
	if (model_reports(m))
		model_print(stderr, m);
	assert_int_equal(model_reports(m), 0);
	model_free(m);
	m = NULL;
}

static void every_rule_has_a_trace_that_breaks_it_and_one_that_does_not(void **state)
{
	static const struct trace traces[] = {
		{ MODEL_C1, c1, 2 },   { MODEL_C2, c2, 2 },   { MODEL_C3, c3, 5 },
		{ MODEL_C4, c4, 2 },   { MODEL_C5, c5, 3 },   { MODEL_C6, c6, 4 },
		{ MODEL_A1, a1, 2 },   { MODEL_A2, a2, 4 },   { MODEL_A3, a3, 2 },
		{ MODEL_A4, a4, 5 },   { MODEL_A5, a5, 5 },   { MODEL_A6, a6, 7 },
		{ MODEL_A7, a7, 2 },   { MODEL_A8, a8, 6 },   { MODEL_A9, a9, 3 },
		{ MODEL_A10, a10, 5 }, { MODEL_A11, a11, 9 }, { MODEL_A12, a12, 2 },
		{ MODEL_A13, a13, 5 }, { MODEL_A14, a14, 4 }, { MODEL_A15, a15, 4 },
		{ MODEL_A16, a16, 4 }, { MODEL_A17, a17, 2 }, { MODEL_A18, a18, 4 },
		{ MODEL_A19, a19, 2 }, { MODEL_A20, a20, 2 },
	};

	(void)state;
	run_traces(traces, ARRAY_SIZE(traces), 'A', MODEL_C1, MODEL_A20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_rule_has_a_trace_that_breaks_it_and_one_that_does_not),
		cmocka_unit_test(the_boot_sequence_breaks_no_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
