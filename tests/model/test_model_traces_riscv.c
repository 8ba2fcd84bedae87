// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Good and bad traces for the rules of RISC-V up to R16. */
#include "tests/model/traces_riscv.h"

/* ---- common rules ---- */

static void c1(unsigned int v)
{
	begin(1);
	use(page_va(v == 1 ? 9 : 1), v == 2 ? MODEL_EXEC : MODEL_READ);
}

/* 1: not all of it was written; 2: nothing orders the contents before the link. */
static void c2(unsigned int v)
{
	begin(1);
	alloc(SPARE);
	fill(SPARE, 0, 0, v == 1 ? 511 : 512);
	if (v != 2)
		barrier(MODEL_FENCE_WW);
	store(middle(2), table_entry(SPARE));
	sfence_all();
	claim();
}

/*
 * 1: the frame of a page; 2: a table that is linked still; 3: linked elsewhere before the fence; 4: used for
 * something else before it, and what it maps is mapped still.
 */
static void c3(unsigned int v)
{
	begin(1);
	if (v == 4) {
		store(middle(0), block_entry(0, GRT_ATTR_KERNEL_RW));
		store(low(1), 0);
		return;
	}
	if (v < 2)
		store(low(1), 0);
	if (!v)
		sfence_all();
	if (v == 3) {
		store(middle(0), 0);
		store(middle(2), table_entry(LOW));
	} else {
		release(v == 2 ? LOW : MEMORY + KIB(4), v == 2 ? 0 : KIB(4));
	}
}

static void c4(unsigned int v)
{
	begin(1);
	store(low(1), page_entry(1, GRT_ATTR_KERNEL_RO));
	if (!v)
		sfence_va(page_va(1));
	claim();
}

static void c5(unsigned int v)
{
	begin(1);
	step((struct model_event){ .kind = MODEL_STORE,
				   .addr = low(8),
				   .count = v ? 4 : 8,
				   .val = page_entry(8, GRT_ATTR_KERNEL_RO) });
	sfence_all();
	claim();
}

/* No break-before-make here, and what is always in use is changed in place. */
static void c6(unsigned int v)
{
	begin(1);
	model_always_live(m, page_va(1), KIB(4), MODEL_READ);
	store(low(1), v == 1 ? 0 : page_entry(v ? 9 : 1, GRT_ATTR_KERNEL_RO));
	sfence_all();
	claim();
}

/* ---- fences ---- */

static void r1(unsigned int v)
{
	struct model_config config = model_config_default(1, 0);

	config.cpu[0].fence_va_broken = true;
	begin_with(config, 39);
	store(low(1), page_entry(9, GRT_ATTR_KERNEL_RW)); /* no break-before-make */
	use(page_va(2), MODEL_READ);
	if (v)
		sfence_va(page_va(1));
	else
		sfence_all();
	claim();
}

/* 1: a table gives way to a leaf; 2: a new table where nothing was. */
static void r2(unsigned int v)
{
	begin(1);
	if (v == 2) {
		fill_table(SPARE, true, GRT_ATTR_KERNEL_RW);
		barrier(MODEL_FENCE_WW);
		store(middle(2), table_entry(SPARE));
		sfence_va(base + MIB(4));
	} else {
		store(middle(0), block_entry(0, GRT_ATTR_KERNEL_RW));
		for (unsigned int i = 0; v && i < 512; i++)
			sfence_va(page_va(i));
	}
	if (!v)
		sfence_all();
	claim();
}

static void r3(unsigned int v)
{
	begin(1);
	store(low(1), 0);
	if (v)
		sfence(MODEL_RS1 | MODEL_RS2, page_va(1), 0);
	else
		sfence_va(page_va(1));
	claim();
}

/* 1: local only; 2: no fence before; 3: a wrong mask; 4: too short. */
static void r4(unsigned int v)
{
	begin(4);
	store(low(1), 0);
	store(low(2), 0);
	sfence_va(page_va(1));
	sfence_va(page_va(2));
	if (v != 2)
		barrier(MODEL_FENCE_RWRW);
	if (v != 1)
		remote(v == 3 ? 0x7 : 0xe, page_va(1), v == 4 ? KIB(4) : KIB(8));
	claim();
}

/* 1: none; 2: Svvptc is not enough for what is always in use; 3: used first. */
static void r5(unsigned int v)
{
	struct model_config config = model_config_default(1, 0);

	config.cpu[0].svvptc = v == 2;
	begin_with(config, 39);
	if (v == 2)
		model_always_live(m, page_va(8), KIB(4), MODEL_READ);
	store(low(8), page_entry(8, GRT_ATTR_KERNEL_RW));
	if (v == 3)
		use(page_va(8), MODEL_READ);
	if (!v)
		sfence_va(page_va(8));
	claim();
}

static void svvptc_needs_no_fence_for_what_may_fault(void **state)
{
	struct model_config config = model_config_default(1, 0);

	(void)state;
	config.cpu[0].svvptc = true;
	begin_with(config, 39);
	store(low(8), page_entry(8, GRT_ATTR_KERNEL_RW));
	claim();
	assert_int_equal(model_reports(m), 0);
	model_free(m);
	m = NULL;
}

/* 1: the ASID is 0, and nothing fences after the write; 2: reset, and nothing fences at all. */
static void r6(unsigned int v)
{
	begin(1);
	copy_root(SPARE);
	sfence_all();
	if (v == 2)
		control(MODEL_RESET, 0);
	root(1, SPARE, 0);
	if (!v)
		sfence_all();
	use(page_va(1), MODEL_READ);
}

static void r7(unsigned int v)
{
	begin(2);
	store(middle(0), 0);
	barrier(MODEL_FENCE_RWRW);
	if (!v) {
		sfence_all();
		remote_all(2);
	}
	release(LOW, 0);
}

static void r8(unsigned int v)
{
	begin(1);
	copy_root(SPARE);
	copy_root(SPARE2);
	sfence_all();
	root(1, SPARE, 7);
	sfence(MODEL_RS2, 0, 7);
	root(1, SPARE2, 7);
	if (!v)
		sfence(MODEL_RS2, 0, 7);
	use(page_va(1), MODEL_READ);
}

/* 1: nothing before, 2: nothing after, 3: the store comes later. */
static void r9(unsigned int v)
{
	begin(1);
	if (v != 3)
		store(low(1), 0);
	if (v != 1)
		step((struct model_event){ .kind = MODEL_SFENCE_W_INVAL });
	if (v == 3)
		store(low(1), 0);
	step((struct model_event){ .kind = MODEL_SINVAL, .op = MODEL_RS1, .val = page_va(1) });
	if (v != 2)
		step((struct model_event){ .kind = MODEL_SFENCE_INVAL_IR });
	claim();
}

/* 1: one of 16 is fenced; 2: one of 16 is changed; 3: a wrong N encoding. */
static void r10(unsigned int v)
{
	begin(1);
	if (v == 3) {
		store(low(8), page_entry(1, GRT_ATTR_KERNEL_RW) | BIT(63));
		return;
	}
	fill(low(16), group_entry(16, GRT_ATTR_KERNEL_RO), 0, v == 2 ? 1 : 16);
	for (unsigned int i = 16; i < (v == 1 ? 17 : 32); i++)
		sfence_va(page_va(i));
	claim();
}

static void r11(unsigned int v)
{
	begin(1);
	store(low(1), 0);
	sfence_va(v ? page_va(1) & (BIT(48) - 1) : page_va(1));
	claim();
}

/* 1: Svade and A clear; 2: Svadu and a plain store over what hardware may set. */
static void r12(unsigned int v)
{
	struct model_config config = model_config_default(1, 0);

	config.cpu[0].svadu = v != 1;
	begin_with(config, 39);
	store(low(8), page_entry(8, GRT_ATTR_KERNEL_RW) & ~(PTE_A | PTE_D));
	sfence_all();
	step((struct model_event){ .kind = MODEL_STORE,
				   .addr = low(8),
				   .op = v != 2,
				   .val = page_entry(8, GRT_ATTR_KERNEL_RW) });
	sfence_all();
	claim();
}

/* 1: a memory type in a table entry; 2: memory that caches may hold. */
static void r13(unsigned int v)
{
	begin(1);
	if (v == 1) {
		store(middle(0), table_entry(LOW) | 1ULL << PTE_PBMT_SHIFT);
		return;
	}
	store(low(1), page_entry(1, GRT_ATTR_KERNEL_RW | GRT_ATTR_NONCACHED));
	sfence_all();
	if (!v)
		step((struct model_event){ .kind = MODEL_CACHE, .addr = MEMORY, .count = KIB(8) });
	use(page_va(1), MODEL_READ);
}

/* 1: a hart that is off is fenced; 2: one that came online has not fenced itself. */
static void r14(unsigned int v)
{
	begin(2);
	model_cpu(m, 1);
	control(MODEL_ONLINE, 0);
	model_cpu(m, 0);
	if (v == 1)
		remote_all(2);
	model_cpu(m, 1);
	control(MODEL_ONLINE, 1);
	if (!v)
		sfence_all();
	use(page_va(1), MODEL_READ);
}

static void r15(unsigned int v)
{
	begin(1);
	control(MODEL_PMP, 0);
	if (v)
		sfence_va(page_va(1));
	else
		sfence_all();
	use(page_va(1), MODEL_READ);
}

static void r16(unsigned int v)
{
	begin(1);
	store(low(8), page_entry(8, GRT_ATTR_KERNEL_RX));
	control(MODEL_WRITE_CODE, 0);
	sfence_all();
	if (!v)
		control(MODEL_FENCE_I, 0);
	use(page_va(8), MODEL_EXEC);
}

/* What head.S does: tables, fence, satp; then the harts that follow, and their local fence. */
static void the_boot_sequence_breaks_no_rule(void **state)
{
	(void)state;
	begin(2);
	for (unsigned int hart = 0; hart < 2; hart++) {
		model_cpu(m, hart);
		control(MODEL_RESET, 0);
		if (!hart)
			copy_root(SPARE);
		sfence_all();
		root(1, SPARE, 0);
		sfence_all();
		control(MODEL_ONLINE, 1);
		sfence_all();
		use(page_va(1), MODEL_READ);
		claim();
	}
	if (model_reports(m))
		model_print(stderr, m);
	assert_int_equal(model_reports(m), 0);
	model_free(m);
	m = NULL;
}

static void every_rule_has_a_trace_that_breaks_it_and_one_that_does_not(void **state)
{
	static const struct trace traces[] = {
		{ MODEL_C1, c1, 3 },   { MODEL_C2, c2, 3 },   { MODEL_C3, c3, 5 },
		{ MODEL_C4, c4, 2 },   { MODEL_C5, c5, 2 },   { MODEL_C6, c6, 3 },
		{ MODEL_R1, r1, 2 },   { MODEL_R2, r2, 3 },   { MODEL_R3, r3, 2 },
		{ MODEL_R4, r4, 5 },   { MODEL_R5, r5, 4 },   { MODEL_R6, r6, 3 },
		{ MODEL_R7, r7, 2 },   { MODEL_R8, r8, 2 },   { MODEL_R9, r9, 4 },
		{ MODEL_R10, r10, 4 }, { MODEL_R11, r11, 2 }, { MODEL_R12, r12, 3 },
		{ MODEL_R13, r13, 3 }, { MODEL_R14, r14, 3 }, { MODEL_R15, r15, 2 },
		{ MODEL_R16, r16, 2 },
	};

	(void)state;
	run_traces(traces, ARRAY_SIZE(traces), 'R', MODEL_C1, MODEL_R16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_rule_has_a_trace_that_breaks_it_and_one_that_does_not),
		cmocka_unit_test(the_boot_sequence_breaks_no_rule),
		cmocka_unit_test(svvptc_needs_no_fence_for_what_may_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
