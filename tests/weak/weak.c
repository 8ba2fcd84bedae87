// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Runs: which CPU goes on, and all of the choices again but for the last one. */
#include <stdarg.h>
#include <stdio.h>

#include "model/model.h"
#include "tests/weak/weak_internal.h"

/* Of an exploration; on the heap, since the program's data are put back for each run. */
struct explorer *e;

/* ---- choices ---- */

unsigned int weak_choose(unsigned int n)
{
	if (n < 2)
		return 0;
	if (e->at == e->nr_choices) {
		if (e->nr_choices == CHOICES)
			weak_wrong("more than %u choices", CHOICES);
		e->choice[e->nr_choices].now = 0;
		e->choice[e->nr_choices++].of = (u16)n;
	}
	return e->choice[e->at++].now;
}

/* The last one that has another way. Return: false where all have been gone. */
static bool next_choice(void)
{
	while (e->nr_choices) {
		unsigned int last = e->nr_choices - 1;

		if (++e->choice[last].now < e->choice[last].of)
			return true;
		e->nr_choices--;
	}
	return false;
}

/* ---- CPUs ---- */

unsigned int weak_cpu(void)
{
	return e->self;
}

void weak_wrong(const char *fmt, ...)
{
	va_list args;
	size_t n;

	if (!e->x->bad++) {
		n = (size_t)snprintf(e->x->first, sizeof(e->x->first),
				     "run %llu, CPU %u: ", (unsigned long long)e->x->seen, e->self);
		va_start(args, fmt);
		vsnprintf(e->x->first + n, sizeof(e->x->first) - n, fmt, args);
		va_end(args);
	}
	e->running = false;
	if (e->self < WEAK_CPUS)
		swapcontext(&weak_self()->context, &e->main);
	abort();
}

static bool can_run(const struct weak_cpu *c)
{
	switch (c->state) {
	case RUNS:
		return true;
	case WAITS:
		return c->read_old || e->changes != c->changes;
	case SLEEPS:
		return c->pending;
	default:
		return false;
	}
}

static void go_on(unsigned int cpu)
{
	unsigned int from = e->self;

	e->cpu[cpu].state = RUNS;
	if (cpu == from)
		return;
	e->self = cpu;
	if (model_current)
		model_cpu(model_current, cpu);
	swapcontext(&e->cpu[from].context, &e->cpu[cpu].context);
}

/* All are over, or asleep where that is right. */
static void run_over(void)
{
	for (unsigned int i = 0; i < e->x->nr_cpus; i++) {
		enum cpu_state state = e->cpu[i].state;

		if (state != OVER && state != NOT_YET &&
		    !(state == SLEEPS && e->x->may_sleep & BIT(i)))
			weak_wrong("CPU %u waits for ever", i);
	}
	e->running = false;
	swapcontext(&weak_self()->context, &e->main);
}

/*
 * This CPU as long as it can go on, then the one after it. One more that can costs a switch, of which there are
 * few: most mistakes need no more than one or two (delay-bounded scheduling).
 */
static void schedule(void)
{
	unsigned int can[WEAK_CPUS], n = 0;

	for (unsigned int i = 0; i < e->x->nr_cpus; i++) {
		unsigned int cpu = (e->self + i) % e->x->nr_cpus;

		if (can_run(&e->cpu[cpu]))
			can[n++] = cpu;
	}
	if (!n)
		run_over();
	n = weak_choose(e->switches ? n : 1);
	e->switches -= !!n;
	go_on(can[n]);
}

void weak_step(void)
{
	if (!e || !e->running || e->self >= WEAK_CPUS)
		return;
	e->x->steps++;
	if (++e->steps > MAX_STEPS)
		weak_wrong("more than %u steps", MAX_STEPS);
	schedule();
}

void weak_wait(void)
{
	struct weak_cpu *c = weak_self();

	c->state = WAITS;
	schedule();
	c->read_old = false;
	c->changes = e->changes;
}

void weak_wake(unsigned int cpu)
{
	struct weak_cpu *c = &e->cpu[cpu];

	weak_step();
	c->pending = true;
}

void weak_taken(void)
{
	struct weak_cpu *c = weak_self();

	weak_step();
	c->pending = false;
}

void weak_sleep(void)
{
	struct weak_cpu *c = weak_self();

	if (!c->pending)
		c->state = SLEEPS;
	schedule();
}

/* ---- runs ---- */

extern char __data_start, _end;

static void cpu_main(void)
{
	e->x->cpu(e->self);
	weak_self()->state = OVER;
	schedule();
}

static void prepare_cpu(unsigned int cpu)
{
	struct weak_cpu *c = &e->cpu[cpu];
	char *stack = c->stack;

	memset(c, 0, sizeof(*c));
	c->stack = stack;
	c->state = e->x->waiting & BIT(cpu) ? NOT_YET : RUNS;
	getcontext(&c->context);
	c->context.uc_stack.ss_sp = stack;
	c->context.uc_stack.ss_size = STACK;
	c->context.uc_link = NULL;
	makecontext(&c->context, cpu_main, 0);
}

/* Nobody knows anything, for nothing has been done. */
static void prepare(void)
{
	e->nr_locations = 0;
	e->patched = NULL;
	memset(&e->fences, 0, sizeof(e->fences));
	for (unsigned int i = 0; i < e->x->nr_cpus; i++)
		prepare_cpu(i);
}

static void one_run(void)
{
	memcpy(&__data_start, e->data, (size_t)(&_end - &__data_start));
	e->at = 0;
	e->switches = e->x->switches;
	e->late = e->x->late;
	e->changes = e->steps = 0;
	e->running = false;
	e->self = 0;
	prepare();
	e->x->begin();
	prepare(); /* what has been stored is known to all */
	e->running = true;
	if (model_current)
		model_cpu(model_current, 0);
	swapcontext(&e->main, &e->cpu[0].context);
	e->running = false;
	e->self = WEAK_CPUS;
	e->x->end();
	e->x->seen++;
}

bool weak_explore(struct weak *x)
{
	size_t size = (size_t)(&_end - &__data_start);
	bool complete = false;

	e = calloc(1, sizeof(*e));
	e->x = x;
	e->data = malloc(size);
	for (unsigned int i = 0; i < x->nr_cpus; i++)
		e->cpu[i].stack = malloc(STACK);
	x->seen = x->bad = x->steps = 0;
	memcpy(e->data, &__data_start, size);
	do {
		one_run();
		complete = !next_choice();
	} while (!complete && !x->bad && x->seen < x->limit);
	memcpy(&__data_start, e->data, size);
	for (unsigned int i = 0; i < x->nr_cpus; i++)
		free(e->cpu[i].stack);
	free(e->data);
	free(e);
	e = NULL;
	return complete;
}
