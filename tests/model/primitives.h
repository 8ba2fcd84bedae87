/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Runs each step of the rows (tests/bytes) on the model and compares the event with the row's. Included by
 * one program for each architecture, which says what its rows are and how it writes events.
 */
#ifndef TESTS_MODEL_PRIMITIVES_H
#define TESTS_MODEL_PRIMITIVES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <asm/mmu_ops.h>
#include "model/mutate.h"

#define KIND(name) .kind = MODEL_##name
#define STORE KIND(STORE)
#define BARRIER(name) .kind = MODEL_BARRIER, .op = MODEL_##name

/* The arguments of every row: a0 is the address of an entry, which the event calls TABLE. */
#define TABLE table
#define P0 ((u64 *)a0)
#define P1 ((u64 *)a1)
#define PASTE2(a, b) a##b
#define PASTE(a, b) PASTE2(a, b)
#define ARGS u64 a0, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5
#define USED (void)a0, (void)a1, (void)a2, (void)a3, (void)a4, (void)a5

#define DO(...)
#define GET(...)
#define RUN(...)
#define RUN_GET(...)

#define STEP(order, code, bytes, ...)                                           \
	static struct model_event PASTE(row_, __LINE__)(grt_phys_t table, ARGS) \
	{                                                                       \
		(void)table, USED;                                              \
		(void)(code);                                                   \
		return (struct model_event){ __VA_ARGS__ };                     \
	}
#define STEP_GET STEP
#include ROWS
#undef STEP

static const struct row {
	const char *name;
	struct model_event (*run)(grt_phys_t table, ARGS);
} rows[] = {
#define STEP(order, code, bytes, ...) { #code, PASTE(row_, __LINE__) },
#include ROWS
};

static struct model_event seen;
static unsigned int nr_seen;

enum model_verdict model_mutate(struct model *m, struct model_event *ev)
{
	(void)m;
	seen = *ev;
	nr_seen++;
	return MODEL_DROP;
}

static void one_row(void **state)
{
	static const struct machine_spec spec = { .page_shift = 12, .va_bits = 48, .nr_cpus = 1 };
	const struct row *row = *state;
	struct machine m;
	struct model_event want;
	grt_phys_t table;

	assert_int_equal(machine_init(&m, &spec), 0);
	table = machine_alloc(&m);
	nr_seen = 0;
	want = row->run(table, (u64)machine_at(table), 0x1000, 0x2000, 0x3000, 0x4000, 0x5000);
	machine_done(&m);
	assert_int_equal(nr_seen, 1);
	seen.site = want.site;
	assert_memory_equal(&seen, &want, sizeof(want));
}

int main(void)
{
	struct CMUnitTest tests[sizeof(rows) / sizeof(rows[0])];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		tests[i] = (struct CMUnitTest){ rows[i].name, one_row, NULL, NULL,
						(void *)(uintptr_t)&rows[i] };
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
