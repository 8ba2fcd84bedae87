// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The explorer itself: what two CPUs may see of each other's stores, and what not (the usual litmus tests). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/weak/weak.h"

#define LOAD(x) __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define LOAD_ACQUIRE(x) __atomic_load_n(&(x), __ATOMIC_ACQUIRE)
#define STORE(x, val) __atomic_store_n(&(x), val, __ATOMIC_RELAXED)
#define STORE_RELEASE(x, val) __atomic_store_n(&(x), val, __ATOMIC_RELEASE)

static u64 x, y, plain, got[WEAK_CPUS];
/* What is left out. */
static bool without;

static void nothing(void)
{
}

/* ---- message passing ---- */

static void by_release_and_acquire(unsigned int cpu)
{
	if (!cpu) {
		STORE(x, 1);
		STORE_RELEASE(y, 1);
	} else if ((without ? LOAD(y) : LOAD_ACQUIRE(y)) && !LOAD(x)) {
		weak_wrong("the message without what it is about");
	}
}

static void by_a_store_that_orders_nothing(unsigned int cpu)
{
	if (!cpu) {
		STORE(x, 1);
		STORE(y, 1);
	} else if (LOAD_ACQUIRE(y) && !LOAD(x)) {
		weak_wrong("the message without what it is about");
	}
}

static void by_fences(unsigned int cpu)
{
	if (!cpu) {
		STORE(x, 1);
		weak_fence();
		STORE(y, 1);
	} else if (LOAD(y)) {
		if (!without)
			weak_fence();
		if (!LOAD(x))
			weak_wrong("the message without what it is about");
	}
}

/* A third CPU gets it from the second. */
static void by_way_of_another(unsigned int cpu)
{
	if (!cpu)
		STORE_RELEASE(x, 1);
	else if (cpu == 1 && LOAD_ACQUIRE(x))
		__atomic_store_n(&y, 1, without ? __ATOMIC_RELAXED : __ATOMIC_RELEASE);
	else if (cpu == 2 && LOAD_ACQUIRE(y) && !LOAD(x))
		weak_wrong("the message without what it is about");
}

/* An exchange hands on what the store that it follows has handed over. */
static void by_way_of_an_exchange(unsigned int cpu)
{
	if (!cpu) {
		STORE(x, 1);
		STORE_RELEASE(y, 1);
	} else if (cpu == 1) {
		__atomic_fetch_add(&y, 1, __ATOMIC_RELAXED);
	} else if (LOAD_ACQUIRE(y) == 2 && !LOAD(x)) {
		weak_wrong("the message without what it is about");
	}
}

/* ---- store buffering ---- */

static void store_then_load(unsigned int cpu)
{
	u64 *mine = cpu ? &y : &x, *other = cpu ? &x : &y;

	STORE_RELEASE(*mine, 1);
	if (!without)
		weak_fence();
	got[cpu] = LOAD_ACQUIRE(*other);
}

static void one_of_them(void)
{
	if (!got[0] && !got[1])
		weak_wrong("neither sees the other's store");
}

static void both_at_once(unsigned int cpu)
{
	store_then_load(cpu);
	weak_fence();
	if (__atomic_fetch_add(&plain, 1, __ATOMIC_ACQ_REL))
		one_of_them();
}

/* ---- one word ---- */

static void never_back(unsigned int cpu)
{
	if (!cpu) {
		STORE(x, 1);
		STORE(x, 2);
	} else {
		u64 first = LOAD(x);

		if (LOAD(x) < first)
			weak_wrong("an older value after a newer one");
	}
}

static void count(unsigned int cpu)
{
	(void)cpu;
	if (without)
		STORE(x, LOAD(x) + 1);
	else
		__atomic_fetch_add(&x, 1, __ATOMIC_RELAXED);
	if (__atomic_add_fetch(&y, 1, __ATOMIC_ACQ_REL) == 2 && LOAD(x) != 2)
		weak_wrong("counted to %u", (unsigned int)LOAD(x));
}

/* ---- ordinary accesses ---- */

static void hand_over(unsigned int cpu)
{
	if (!cpu) {
		plain = 1;
		__atomic_store_n(&y, 1, without ? __ATOMIC_RELAXED : __ATOMIC_RELEASE);
	} else if (LOAD_ACQUIRE(y) && plain != 1) {
		weak_wrong("it is not there");
	}
}

static void read_then_written(unsigned int cpu)
{
	if (!cpu) {
		got[0] = plain;
		__atomic_store_n(&y, 1, without ? __ATOMIC_RELAXED : __ATOMIC_RELEASE);
	} else if (LOAD_ACQUIRE(y)) {
		plain = 1;
	}
}

/* ---- sleep ---- */

static void sleeps_until_it_is_woken(unsigned int cpu)
{
	if (!cpu) {
		STORE(x, 1);
		if (!without)
			weak_fence();
		weak_wake(1);
		return;
	}
	for (;;) {
		weak_taken();
		weak_fence();
		if (LOAD(x))
			return;
		weak_sleep();
	}
}

/* Looks, and takes what has come meanwhile for old. */
static void misses_it(unsigned int cpu)
{
	if (!cpu) {
		STORE(x, 1);
		weak_fence();
		weak_wake(1);
	} else if (!LOAD(x)) {
		weak_taken();
		weak_sleep();
	}
}

static void waits(unsigned int cpu)
{
	if (!cpu)
		STORE(x, 1);
	while (!LOAD(x))
		weak_wait();
}

/* ---- all of them ---- */

/* Return: whether anything is wrong, in all runs that there are. */
static bool is_wrong(void (*cpu)(unsigned int cpu), unsigned int nr)
{
	struct weak w = { nothing, cpu, nothing, nr, .switches = 4, .late = 4, .limit = 100000 };
	bool all = weak_explore(&w);

	assert_true(all || w.bad);
	assert_true(w.seen > 1 || w.bad);
	return w.bad;
}

static bool is_wrong_without(void (*cpu)(unsigned int cpu), unsigned int nr)
{
	bool wrong;

	without = true;
	wrong = is_wrong(cpu, nr);
	without = false;
	return wrong;
}

static void expect(void (*cpu)(unsigned int cpu), unsigned int nr)
{
	assert_false(is_wrong(cpu, nr));
	assert_true(is_wrong_without(cpu, nr));
}

static void messages_are_passed_by_what_orders_them(void **state)
{
	(void)state;
	expect(by_release_and_acquire, 2);
	assert_true(is_wrong(by_a_store_that_orders_nothing, 2));
	expect(by_fences, 2);
	expect(by_way_of_another, 3);
	assert_false(is_wrong(by_way_of_an_exchange, 3));
}

static void stores_are_seen_late_without_a_fence(void **state)
{
	(void)state;
	expect(both_at_once, 2);
}

static void one_word_has_one_order(void **state)
{
	(void)state;
	assert_false(is_wrong(never_back, 2));
	expect(count, 2);
}

static void what_nothing_orders_is_a_race(void **state)
{
	(void)state;
	expect(hand_over, 2);
	expect(read_then_written, 2);
}

static void who_sleeps_is_woken_or_that_is_found(void **state)
{
	(void)state;
	expect(sleeps_until_it_is_woken, 2);
	assert_true(is_wrong(misses_it, 2));
	assert_false(is_wrong(waits, 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_are_passed_by_what_orders_them),
		cmocka_unit_test(stores_are_seen_late_without_a_fence),
		cmocka_unit_test(one_word_has_one_order),
		cmocka_unit_test(what_nothing_orders_is_a_race),
		cmocka_unit_test(who_sleeps_is_woken_or_that_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
