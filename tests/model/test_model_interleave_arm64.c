// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Every interleaving of short protocols of arm64: the right ones never break a rule, the wrong ones do. */
#include "tests/model/explore.h"
#include "tests/model/traces.h"

#define STEP(...)                     \
	{                             \
		.ev = { __VA_ARGS__ } \
	}
#define DSB_ISHST STEP(.kind = MODEL_BARRIER, .op = MODEL_DSB_ISHST)
#define DSB_ISH STEP(.kind = MODEL_BARRIER, .op = MODEL_DSB_ISH)
#define DSB_NSH STEP(.kind = MODEL_BARRIER, .op = MODEL_DSB_NSH)
#define ISB STEP(.kind = MODEL_BARRIER, .op = MODEL_ISB)
#define STORE(at, value) STEP(.kind = MODEL_STORE, .addr = (at), .val = (value))
#define TLBI(what, operand) STEP(.kind = MODEL_TLBI, .op = (what), .val = (operand))
#define CLAIM(va, size) STEP(.kind = MODEL_CLAIM, .val = (va), .count = (size))
#define USE(va) STEP(.kind = MODEL_USE, .val = (va), .op = MODEL_READ)

static u64 by_va(grt_virt_t va)
{
	return va << 8 >> 20;
}

/* CPU 0 can change sizes live, the others can't. SPARE holds the block's pages. The explorer frees it. */
static struct model *setup(void)
{
	struct model_config config = model_config_default(3, 0);

	m = NULL;
	config.cpu[0].bbm = 3;
	begin_with(config, 39);
	for (unsigned int i = 0; i < 512; i++)
		model_poke(m, SPARE + 8ULL * i, page_entry(512 + i, GRT_ATTR_KERNEL_RW));
	return m;
}

/* The scripts name addresses, which the geometry decides. */
static void know_geometry(void)
{
	model_free(setup());
	m = NULL;
}

static struct explore run(const struct explore_script *script, unsigned int cpus)
{
	struct explore x = { .setup = setup, .script = script, .nr_cpus = cpus };

	assert_true(explore_all(&x));
	assert_int_equal(x.stuck, 0);
	m = NULL;
	return x;
}

static void never(const struct explore_script *script, unsigned int cpus)
{
	struct explore x = run(script, cpus);

	if (x.bad)
		fail_msg("%s broken in %llu of %llu interleavings, first in %s: %s",
			 model_rules[x.first.rule].id, (unsigned long long)x.bad,
			 (unsigned long long)x.seen, x.first_order, x.first.text);
}

/* Broken in some or all interleavings, and the first report is about @rule. */
static void sometimes(const struct explore_script *script, unsigned int cpus, enum model_rule rule)
{
	struct explore x = run(script, cpus);

	assert_true(x.bad > 0);
	assert_string_equal(model_rules[x.first.rule].id, model_rules[rule].id);
}

static void two_unmaps_of_different_pages_do_not_disturb_one_another(void **state)
{
	struct explore_script s[2];

	(void)state;
	know_geometry();
	for (unsigned int cpu = 0; cpu < 2; cpu++) {
		grt_virt_t va = page_va(cpu + 1);

		s[cpu] = (struct explore_script){ { STORE(low(cpu + 1), 0), DSB_ISHST,
						    TLBI(MODEL_VAALE1IS, by_va(va)), DSB_ISH, ISB,
						    CLAIM(va, KIB(4)) },
						  6 };
	}
	never(s, 2);
	s[1].step[3].ev.op = MODEL_DSB_ISHST;
	sometimes(s, 2, MODEL_A6);
}

/* CPU 0 maps a page and says so by bit 0; CPU 1 waits for that. */
static void a_new_page_is_handed_over_after_its_barrier(void **state)
{
	struct explore_script s[2];

	(void)state;
	know_geometry();
	s[0] = (struct explore_script){ { STORE(low(8), page_entry(8, GRT_ATTR_KERNEL_RW)),
					  DSB_ISHST, ISB, CLAIM(page_va(8), KIB(4)) },
					4 };
	s[1] = (struct explore_script){ { USE(page_va(8)), USE(page_va(1)) }, 2 };
	s[0].step[1].sets = 1;
	s[1].step[0].needs = 1;
	never(s, 2);
	s[0].step[1].sets = 0;
	s[0].step[0].sets = 1;
	sometimes(s, 2, MODEL_A8);
}

/* Linux: "migration between TLBI and its DSB". Bit 0: the thread has moved to CPU 1. */
static void a_thread_does_not_migrate_between_tlbi_and_dsb(void **state)
{
	struct explore_script s[2];

	(void)state;
	know_geometry();
	s[0] = (struct explore_script){
		{ STORE(low(1), 0), DSB_ISHST, TLBI(MODEL_VAALE1IS, by_va(page_va(1))), DSB_ISH }, 4
	};
	s[1] = (struct explore_script){ { DSB_ISH, ISB, CLAIM(page_va(1), KIB(4)) }, 3 };
	s[0].step[3].sets = 1;
	s[1].step[0].needs = 1;
	never(s, 2);
	s[0].step[2].sets = 1;
	sometimes(s, 2, MODEL_A6);
}

/* CPUs 1 and 2 leave the kernel's tables and say so by a bit each; CPU 0 changes them and sets bit 0. */
static void repaint_waits_for_each_parked_cpu(void **state)
{
	struct explore_script s[3];

	(void)state;
	know_geometry();
	s[0] = (struct explore_script){ { STORE(middle(1), table_entry(SPARE)),
					  DSB_ISHST,
					  TLBI(MODEL_VMALLE1IS, 0),
					  DSB_ISH,
					  ISB,
					  { .ev = { .kind = MODEL_RESUME }, .sets = 1 } },
					6 };
	s[0].step[0].needs = 6;
	for (u32 cpu = 1; cpu < 3; cpu++)
		s[cpu] = (struct explore_script){
			{ STEP(.kind = MODEL_ROOT, .op = 1, .addr = GRT_PHYS_NONE),
			  ISB,
			  TLBI(MODEL_VMALLE1, 0),
			  DSB_NSH,
			  ISB,
			  { .ev = { .kind = MODEL_PARK }, .sets = 1U << cpu },
			  { .ev = { .kind = MODEL_ROOT, .op = 1, .addr = ROOT }, .needs = 1 },
			  ISB },
			8
		};
	s[1].step[0].needs = 4; /* one after the other: the order of the two does not matter */
	never(s, 3);
	s[1].step[0].needs = 0;
	s[0].step[0].needs = 2; /* does not wait for CPU 2 */
	s[1].nr = s[2].nr = 6;
	sometimes(s, 3, MODEL_A4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_unmaps_of_different_pages_do_not_disturb_one_another),
		cmocka_unit_test(a_new_page_is_handed_over_after_its_barrier),
		cmocka_unit_test(a_thread_does_not_migrate_between_tlbi_and_dsb),
		cmocka_unit_test(repaint_waits_for_each_parked_cpu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
