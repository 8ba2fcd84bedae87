// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Good and bad traces for the rules of RISC-V from R17 on: harts that don't translate, accessed and dirty,
 * calls of the firmware, instructions; and further ones for rules that have some already.
 */
#include "tests/model/traces_riscv.h"

#define RW GRT_ATTR_KERNEL_RW

/*
 * A hart is in Bare mode while another changes an entry and fences on its own. 1: it goes on as before;
 * 2: what it could reach was freed; 3: it fences one address of two.
 */
static void r17(unsigned int v)
{
	begin(2);
	model_cpu(m, 1);
	root(1, GRT_PHYS_NONE, 0);
	model_cpu(m, 0);
	store(v == 2 ? middle(0) : low(1), 0);
	if (v == 3)
		store(low(2), 0);
	sfence_all();
	barrier(MODEL_FENCE_RWRW);
	if (v == 2)
		release(LOW, 0);
	claim();
	model_cpu(m, 1);
	if (v == 3)
		sfence_va(page_va(1));
	else if (!v)
		sfence_all();
	root(1, ROOT, 0);
	if (v != 2)
		claim();
}

/*
 * A tree that a hart in Bare mode has walked goes, with its links. 1: the hart is back without a fence; 2:
 * likewise, and the root stays.
 */
static void r17_tree(unsigned int v)
{
	begin(2);
	copy_root(SPARE);
	alloc(SPARE2);
	fill(SPARE2, 0, 0, 512);
	store(SPARE, table_entry(SPARE2));
	sfence_all();
	barrier(MODEL_FENCE_RWRW);
	model_cpu(m, 1);
	root(1, SPARE, 3);
	sfence_all();
	root(1, GRT_PHYS_NONE, 0);
	model_cpu(m, 0);
	release(SPARE2, 0);
	if (v != 2)
		release(SPARE, 0);
	model_cpu(m, 1);
	if (!v)
		sfence_all();
	root(1, ROOT, 0);
	if (!v)
		sfence_all();
}

static void fences_reach_a_hart_in_bare_mode(void **state)
{
	(void)state;
	begin(2);
	model_cpu(m, 1);
	root(1, GRT_PHYS_NONE, 0);
	model_cpu(m, 0);
	store(middle(0), 0);
	sfence_all();
	barrier(MODEL_FENCE_RWRW);
	remote_all(2);
	release(LOW, 0);
	claim();
	model_cpu(m, 1);
	root(1, ROOT, 0);
	use(base + MIB(2), MODEL_READ);
	claim();
	assert_int_equal(model_reports(m), 0);
}

static u64 user_entry(unsigned int n, u64 more)
{
	return page_entry(n, GRT_ATTR_READ | GRT_ATTR_WRITE | GRT_ATTR_USER) | more;
}

/* 1: accessed, 2: dirty is cleared without a fence. */
static void r18(unsigned int v)
{
	struct model_config config = model_config_default(2, 0);

	config.cpu[0].svadu = config.cpu[1].svadu = true;
	begin_with(config, 39);
	store(low(8), user_entry(8, 0) & ~PTE_D);
	sfence_all();
	barrier(MODEL_FENCE_RWRW);
	remote_all(2);
	/* Hardware would set it as well, and no TLB needs to know that. */
	step((struct model_event){
		.kind = MODEL_STORE, .addr = low(8), .op = 1, .val = user_entry(8, 0) });
	claim();
	step((struct model_event){ .kind = MODEL_STORE,
				   .addr = low(8),
				   .op = 1,
				   .val = user_entry(8, 0) & ~(v == 1 ? PTE_A : PTE_D) });
	if (!v) {
		sfence_va(page_va(8));
		barrier(MODEL_FENCE_RWRW);
		remote(2, page_va(8), KIB(4));
	}
	claim();
}

/* Svade: a page of the user's is not accessed, and faults when it is. */
static void pages_of_users_may_fault(void **state)
{
	(void)state;
	begin(1);
	store(low(8), user_entry(8, 0) & ~(PTE_A | PTE_D));
	sfence_va(page_va(8));
	claim();
	store(low(8), user_entry(8, 0) & ~PTE_D);
	sfence_va(page_va(8));
	use(page_va(8), MODEL_READ);
	assert_int_equal(model_reports(m), 0);
	use(page_va(8), MODEL_WRITE);
	assert_int_equal(model_report(m, 0)->rule, MODEL_C1);
}

/* 0: start and size are 0, which is everything; 1: the size alone is. */
static void r19(unsigned int v)
{
	begin(2);
	store(low(1), 0);
	sfence_all();
	barrier(MODEL_FENCE_RWRW);
	remote(2, v ? page_va(1) : 0, 0);
	claim();
}

/* What another hart wrote. 1: no FENCE.I; 2: not ordered before the call; 3: after it; 4: it fences itself. */
static void r21(unsigned int v)
{
	const struct model_event call = { .kind = MODEL_REMOTE_FENCE_I, .mask = 2 };

	begin(2);
	store(low(8), page_entry(8, GRT_ATTR_KERNEL_RX));
	sfence_all();
	barrier(MODEL_FENCE_RWRW);
	remote_all(2);
	if (v == 3)
		step(call);
	code(MODEL_WRITE_CODE, 0, page_va(8), 64);
	control(MODEL_FENCE_I, 0);
	use(page_va(8), MODEL_EXEC);
	if (v != 2 && v != 4)
		barrier(MODEL_FENCE_RWRW);
	if (!v || v == 2)
		step(call);
	model_cpu(m, 1);
	if (v == 4)
		control(MODEL_FENCE_I, 0);
	use(page_va(8), MODEL_EXEC);
}

/* ---- further ones ---- */

/* By way of Svinval. */
static void r1_svinval(unsigned int v)
{
	struct model_config config = model_config_default(1, 0);

	config.cpu[0].fence_va_broken = true;
	begin_with(config, 39);
	store(low(1), 0);
	step((struct model_event){ .kind = MODEL_SFENCE_W_INVAL });
	step((struct model_event){
		.kind = MODEL_SINVAL, .op = v ? MODEL_RS1 : 0, .val = page_va(1) });
	step((struct model_event){ .kind = MODEL_SFENCE_INVAL_IR });
	claim();
}

/* Two harts fill a table. 1: the second alone orders what it wrote. */
static void c2_of_two(unsigned int v)
{
	begin(2);
	alloc(SPARE);
	fill(SPARE, 0, 0, 256);
	if (!v)
		barrier(MODEL_FENCE_WW);
	model_cpu(m, 1);
	fill(SPARE + 256 * 8, 0, 0, 256);
	barrier(MODEL_FENCE_WW);
	store(middle(2), table_entry(SPARE));
	sfence_all();
	barrier(MODEL_FENCE_RWRW);
	remote_all(1);
	claim();
}

/*
 * A page of one address space is marked as global. 1: another is in its place in the next one; 2: nothing is,
 * and it is the user's; 3: its table says so; 4: fenced by ASID.
 */
static void r3_of_one_asid(unsigned int v)
{
	const grt_phys_t other = GIB(2);
	u64 mine = user_entry(8, v && v != 3 ? PTE_G : 0), table = v == 3 ? PTE_G : 0;

	begin(1);
	store(low(8), mine);
	store(middle(0), table_entry(LOW) | table);
	sfence_all();
	use(page_va(8), MODEL_READ);
	for (unsigned int t = 0; t < 3; t++)
		fill_table(other + t * KIB(4), false, 0);
	for (unsigned int i = 0; i < 32; i++) /* what the kernel has is the same */
		store(other + KIB(8) + 8ULL * i, model_word(m, low(i)));
	store(other + KIB(8) + 8ULL * 8, v == 2 ? 0 : user_entry(9, 0));
	store(other + KIB(4), table_entry(other + KIB(8)) | table);
	store(other + KIB(4) + 8, model_word(m, middle(1)));
	store(other + (top() & (KIB(4) - 1)), table_entry(other + KIB(4)));
	sfence_all();
	root(1, other, 7);
	if (v == 4)
		sfence(MODEL_RS2, 0, 7);
	claim();
}

/* A table says that all below it is global, or no longer. 1: no fence; 2: by address. */
static void r2_global(unsigned int v)
{
	begin(1);
	store(middle(0), table_entry(LOW) | PTE_G);
	if (v == 2)
		sfence_va(page_va(1));
	else if (!v)
		sfence_all();
	claim();
}

/* Two mappings of one memory. 1: not flushed; 2: not after it was written past the caches. */
static void r13_of_two(unsigned int v)
{
	begin(1);
	store(low(9), page_entry(1, RW | GRT_ATTR_NONCACHED));
	sfence_all();
	use(page_va(1), MODEL_READ);
	if (v != 1)
		cache(MODEL_CACHE_FLUSH, MEMORY + KIB(4), KIB(4));
	use(page_va(9), MODEL_WRITE);
	if (v != 2)
		cache(MODEL_CACHE_FLUSH, MEMORY + KIB(4), KIB(4));
	use(page_va(1), MODEL_READ);
}

static void rules_from_R17_on(void **state)
{
	static const struct trace traces[] = {
		{ MODEL_R17, r17, 4 },	    { MODEL_R17, r17_tree, 3 },
		{ MODEL_R18, r18, 3 },	    { MODEL_R19, r19, 2 },
		{ MODEL_R21, r21, 5 },	    { MODEL_R1, r1_svinval, 2 },
		{ MODEL_C2, c2_of_two, 2 }, { MODEL_R3, r3_of_one_asid, 5 },
		{ MODEL_R2, r2_global, 3 }, { MODEL_R13, r13_of_two, 3 },
	};

	(void)state;
	run_traces(traces, ARRAY_SIZE(traces), 'R', MODEL_R17, MODEL_R21);
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
		cmocka_unit_test_teardown(rules_from_R17_on, done),
		cmocka_unit_test_teardown(fences_reach_a_hart_in_bare_mode, done),
		cmocka_unit_test_teardown(pages_of_users_may_fault, done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
