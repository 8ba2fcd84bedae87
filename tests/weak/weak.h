/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * C of the kernel on two or three CPUs that see each other's stores late, in every order within bounds.
 *
 * What is compiled with -fsanitize=thread calls here before each access (weak_tsan.c stands in for that
 * library). Atomic accesses and volatile ones are the steps: before each one another CPU may go on, and a
 * load may return any value that nothing orders before it. The model is operational, with a view for
 * each CPU and message (Kang et al., "A Promising Semantics for Relaxed-Memory Concurrency", without promises):
 * a release store hands the view of its CPU to the acquire load that returns it. Other accesses have
 * one value; two of different CPUs, one of which writes, that nothing orders are a race, which is reported.
 *
 * Each run begins with the program's data as they were, and follows choices that no run has made before. So a
 * struct weak is on the stack.
 */
#ifndef TESTS_WEAK_WEAK_H
#define TESTS_WEAK_WEAK_H

#include "base/types.h"

#define WEAK_CPUS 3

/**
 * struct weak - what to explore, and what came of it
 * @begin: before the CPUs start: all of them know what it stores
 * @cpu: what each runs
 * @end: afterwards, when all are over, or asleep where @may_sleep has their bit
 * @may_sleep: CPUs that may be asleep in the end, by bit
 * @waiting: CPUs that have yet to be started
 * @switches: how often it is another CPU's turn than it would be; @late: how often a load returns an old value
 * @limit: of runs
 * @seen: runs; @bad: those in which something is wrong, and @first says what, in the first one
 * @steps: of all runs
 */
struct weak {
	void (*begin)(void);
	void (*cpu)(unsigned int cpu);
	void (*end)(void);
	unsigned int nr_cpus;
	unsigned int may_sleep;
	unsigned int waiting;
	unsigned int switches;
	unsigned int late;
	u64 limit;
	u64 seen;
	u64 bad;
	u64 steps;
	char first[512];
};

/** weak_explore() - until something is wrong. Return: true if all runs within the bounds were seen. */
bool weak_explore(struct weak *x);

/* ---- for what runs ---- */

/** weak_wrong() - report; the run ends here. */
_Noreturn void weak_wrong(const char *fmt, ...) __format_printf(1, 2);
unsigned int weak_cpu(void);
/** weak_step() - another CPU may go on. */
void weak_step(void);
/** weak_choose() - a number below @n: each one in a run of its own. */
unsigned int weak_choose(unsigned int n);
/** weak_fence() - what comes before it is seen by all before what comes after it: DSB SY, FENCE RW, RW. */
void weak_fence(void);
/** weak_wait() - a turn of a loop that waits for a store of another CPU. */
void weak_wait(void);
/**
 * weak_sleep() - until an interrupt is pending; weak_taken() takes it, weak_wake() sends it to @cpu
 *
 * It hands nothing over: what was stored before it is known to who wakes where both have a fence.
 */
void weak_sleep(void);
void weak_taken(void);
void weak_wake(unsigned int cpu);
/** weak_start() - @cpu, which has been waiting for this, runs, and knows what this one does. */
void weak_start(unsigned int cpu);

/* ---- what weak_tsan.c calls ---- */

enum weak_op {
	WEAK_LOAD,
	WEAK_STORE,
	WEAK_EXCHANGE,
	WEAK_ADD,
	WEAK_SUB,
	WEAK_OR,
	WEAK_AND,
	WEAK_XOR
};

u64 weak_atomic(enum weak_op op, volatile void *at, unsigned int size, u64 val, int order);
bool weak_compare(volatile void *at, unsigned int size, u64 *old, u64 val, int order,
		  int order_else);
/** weak_volatile() - a relaxed access, that the caller makes itself after this. */
void weak_volatile(volatile void *at, unsigned int size, bool write);
void weak_plain(const volatile void *at, u64 size, bool write, const void *where);

#endif
