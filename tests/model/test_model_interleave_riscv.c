// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Every interleaving of short protocols of RISC-V: the right ones never break a rule, the wrong ones do. */
#include "tests/model/explore.h"
#include "model/model_internal.h"
#include "tests/model/traces.h"

#define STEP(...)                     \
	{                             \
		.ev = { __VA_ARGS__ } \
	}
#define FENCE STEP(.kind = MODEL_BARRIER, .op = MODEL_FENCE_RWRW)
#define SFENCE_ALL STEP(.kind = MODEL_SFENCE)
#define SFENCE_VA(va) STEP(.kind = MODEL_SFENCE, .op = MODEL_RS1, .val = (va))
#define STORE(at, value) STEP(.kind = MODEL_STORE, .addr = (at), .val = (value))
#define CLAIM(va, size) STEP(.kind = MODEL_CLAIM, .val = (va), .count = (size))
#define USE(va) STEP(.kind = MODEL_USE, .val = (va), .op = MODEL_READ)
#define ONLINE(yes) STEP(.kind = MODEL_ONLINE, .val = (yes))
#define REMOTE(harts) \
	STEP(.kind = MODEL_REMOTE_SFENCE, .mask = (harts), .count = ~0ULL, .asid = MODEL_ASID_ANY)

/* The explorer frees it. */
static struct model *setup(void)
{
	m = NULL;
	begin_with(model_config_default(3, 0), 39);
	return m;
}

/* Hart 1 is not online yet. */
static struct model *setup_one(void)
{
	setup();
	m->cpu[1].online = false;
	return m;
}

static void know_geometry(void)
{
	model_free(setup());
	m = NULL;
}

static struct explore run(struct model *(*prepare)(void), const struct explore_script *script,
			  unsigned int cpus)
{
	struct explore x = { .setup = prepare, .script = script, .nr_cpus = cpus };

	assert_true(explore_all(&x));
	assert_int_equal(x.stuck, 0);
	m = NULL;
	return x;
}

static void never(struct model *(*prepare)(void), const struct explore_script *script,
		  unsigned int cpus)
{
	struct explore x = run(prepare, script, cpus);

	if (x.bad)
		fail_msg("%s broken in %llu of %llu interleavings, first in %s: %s",
			 model_rules[x.first.rule].id, (unsigned long long)x.bad,
			 (unsigned long long)x.seen, x.first_order, x.first.text);
}

static void sometimes(struct model *(*prepare)(void), const struct explore_script *script,
		      unsigned int cpus, enum model_rule rule)
{
	struct explore x = run(prepare, script, cpus);

	assert_true(x.bad > 0);
	assert_string_equal(model_rules[x.first.rule].id, model_rules[rule].id);
}

static void two_unmaps_of_different_pages_do_not_disturb_one_another(void **state)
{
	struct explore_script s[2];

	(void)state;
	know_geometry();
	for (unsigned int cpu = 0; cpu < 2; cpu++)
		s[cpu] = (struct explore_script){
			{ STORE(low(cpu + 1), 0), SFENCE_VA(page_va(cpu + 1)), FENCE,
			  REMOTE(7U & ~(1U << cpu)), CLAIM(page_va(cpu + 1), KIB(4)) },
			5
		};
	never(setup, s, 2);
	s[1].step[2].ev.op = MODEL_FENCE_WW;
	sometimes(setup, s, 2, MODEL_R4);
}

/* What the hart sees of the others at this moment. */
static void harts_online(struct model *model, struct model_event *ev)
{
	ev->mask = 0;
	for (unsigned int hart = 0; hart < 3; hart++)
		if (hart != ev->cpu && model->cpu[hart].online)
			ev->mask |= BIT(hart);
	if (!ev->mask) /* SBI is not called */
		ev->kind = MODEL_KINDS;
}

/* The look at who is online and the call are one step here. */
static void a_hart_comes_online_while_another_unmaps(void **state)
{
	struct explore_script s[2];

	(void)state;
	know_geometry();
	s[0] = (struct explore_script){ { STORE(low(1), page_entry(9, GRT_ATTR_KERNEL_RW)),
					  SFENCE_VA(page_va(1)), FENCE, REMOTE(0),
					  CLAIM(page_va(1), KIB(4)) },
					5 };
	s[0].step[3].adjust = harts_online;
	s[1] = (struct explore_script){ { ONLINE(1), SFENCE_ALL, USE(page_va(1)), USE(page_va(1)) },
					4 };
	never(setup_one, s, 2);
	/* The wrong way round: a fence first, then online. */
	s[1].step[0] = (struct explore_step)SFENCE_ALL;
	s[1].step[1] = (struct explore_step)ONLINE(1);
	sometimes(setup_one, s, 2, MODEL_R14);
}

/* Hart 0 maps a page and says so by bit 0; hart 1 waits for that. */
static void a_new_page_is_handed_over_after_the_remote_fence(void **state)
{
	struct explore_script s[2];

	(void)state;
	know_geometry();
	s[0] = (struct explore_script){ { STORE(low(8), page_entry(8, GRT_ATTR_KERNEL_RW)),
					  SFENCE_VA(page_va(8)), FENCE, REMOTE(6),
					  CLAIM(page_va(8), KIB(4)) },
					5 };
	s[1] = (struct explore_script){ { USE(page_va(8)), USE(page_va(1)) }, 2 };
	s[0].step[3].sets = 1;
	s[1].step[0].needs = 1;
	never(setup, s, 2);
	s[0].step[3].sets = 0;
	s[0].step[2].sets = 1;
	sometimes(setup, s, 2, MODEL_R4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_unmaps_of_different_pages_do_not_disturb_one_another),
		cmocka_unit_test(a_hart_comes_online_while_another_unmaps),
		cmocka_unit_test(a_new_page_is_handed_over_after_the_remote_fence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
