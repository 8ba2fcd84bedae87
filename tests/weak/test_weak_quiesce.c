// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Quiesce, work for other CPUs, and locks, on two and three CPUs. */
/* traced: kernel/quiesce.c kernel/work.c tests/mutants/twins.c tests/mutants/twins_riscv.c */
/* traced: tests/mutants/twins_arm64.c arch/riscv/tlb.c */
#include "tests/weak/protocol.h"
#include "mm/spinlock.h"

#define LIMIT 12000

/* ---- leaves replaced while nobody looks ---- */

static void first_repaints(unsigned int cpu)
{
	if (cpu)
		work_loop();
	repaint(0);
}

static void the_others_are_parked_during_a_quiesce(void **state)
{
	const struct weak two = { begin_two, first_repaints, end_machine, 2, .may_sleep = 2 };
	const struct weak three = { begin_three, first_repaints, end_machine, 3, .may_sleep = 6 };

	(void)state;
	always_right(&two, 3, LIMIT);
	always_right(&three, 2, LIMIT);
}

static void and_that_matters(void **state)
{
	const struct weak two = { begin_two, first_repaints, end_machine, 2, .may_sleep = 2 };

	(void)state;
	/* RISC-V has no break-before-make, and a hart fences itself when it comes back (R1, R14). */
	if (machine_has(GRT_REGIME_EL2)) { /* arm64 */
		found_wrong(&two, PARK_TOO_EARLY, LIMIT);
		found_wrong(&two, NO_PARK_FENCE, LIMIT);
	}
	found_wrong(&two, NO_WAKE_ORDER, LIMIT);
	found_wrong(&two, NO_WAKE_FENCE, LIMIT);
}

/* ---- two at once ---- */

static struct spinlock tables;

static void two_repaint(unsigned int cpu)
{
	if (cpu < 2) {
		spin_lock(&tables);
		repaint(cpu);
		spin_unlock(&tables);
	}
	work_loop();
}

/* One after the other, without a lock. */
static void master(void *arg)
{
	++*(unsigned int *)arg;
}

static unsigned int masters;

static void two_quiesce(unsigned int cpu)
{
	if (cpu < 2 && quiesce_run(master, &masters))
		weak_wrong("no quiesce");
	work_loop();
}

static void who_waits_for_a_lock_or_for_its_turn_takes_part(void **state)
{
	const struct weak locked = { begin_two, two_repaint, end_machine, 2, .may_sleep = 3 };
	const struct weak locked3 = { begin_three, two_repaint, end_machine, 3, .may_sleep = 7 };
	const struct weak masters2 = { begin_two, two_quiesce, end_machine, 2, .may_sleep = 3 };
	const struct weak masters3 = { begin_three, two_quiesce, end_machine, 3, .may_sleep = 7 };

	(void)state;
	always_right(&locked, 2, LIMIT);
	always_right(&locked3, 1, LIMIT);
	always_right(&masters2, 2, LIMIT);
	always_right(&masters3, 1, LIMIT);
}

/* ---- work ---- */

struct sum {
	struct spinlock lock;
	unsigned int in;
	unsigned int out;
};

static struct sum sum;

static void add(void *arg)
{
	struct sum *s = arg;

	spin_lock(&s->lock);
	s->out += s->in;
	spin_unlock(&s->lock);
}

static void first_has_work(unsigned int cpu)
{
	struct work work[2];

	if (cpu)
		work_loop();
	sum.in = 5;
	for (unsigned int i = 0; i < 2; i++)
		if (work_on(1, &work[i], add, &sum))
			weak_wrong("no CPU to work");
	for (unsigned int i = 0; i < 2; i++)
		work_wait(&work[i]);
	if (sum.out != 10)
		weak_wrong("what was done is not seen: %u", sum.out);
}

static void all_work(unsigned int cpu)
{
	if (cpu)
		work_loop();
	sum.in = 7;
	if (work_on_all(add, &sum) != nr_cpus || sum.out != 7 * nr_cpus)
		weak_wrong("not all have worked: %u", sum.out);
}

/* Work for a CPU that is to be parked meanwhile. */
static void work_and_quiesce(unsigned int cpu)
{
	struct work work;

	if (cpu)
		work_loop();
	sum.in = 1;
	if (work_on(1, &work, add, &sum))
		weak_wrong("no CPU to work");
	repaint(1);
	work_wait(&work);
	if (sum.out != 1)
		weak_wrong("what was done is not seen: %u", sum.out);
}

static void work_is_handed_over_and_so_is_what_comes_of_it(void **state)
{
	const struct weak one = { begin_two, first_has_work, end_machine, 2, .may_sleep = 2 };
	const struct weak both = { begin_two, all_work, end_machine, 2, .may_sleep = 2 };
	const struct weak all = { begin_three, all_work, end_machine, 3, .may_sleep = 6 };
	const struct weak parked = { begin_two, work_and_quiesce, end_machine, 2, .may_sleep = 2 };

	(void)state;
	always_right(&one, 2, LIMIT);
	always_right(&both, 2, LIMIT);
	always_right(&all, 1, LIMIT);
	always_right(&parked, 2, LIMIT);
	found_wrong(&one, NO_WAKE_ORDER, LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_others_are_parked_during_a_quiesce),
		cmocka_unit_test(and_that_matters),
		cmocka_unit_test(who_waits_for_a_lock_or_for_its_turn_takes_part),
		cmocka_unit_test(work_is_handed_over_and_so_is_what_comes_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
