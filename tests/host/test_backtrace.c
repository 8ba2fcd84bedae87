// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Stacks of every kind of health: the walk ends, reads nothing beside them, and finds what is there. */
/* link: kernel/backtrace.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <asm/unwind.h>
#include "kernel/backtrace.h"
#include "tests/host/random.h"

#define WORDS 64
#define CODE 4096

/* Of the heap, so that the sanitizer sees each access beside it. */
static u64 *stack;
static u8 *code;
static struct backtrace_from from;
static struct backtrace_entry entry[BACKTRACE_MAX];

static grt_virt_t fp_at(unsigned int word)
{
	return (grt_virt_t)(uintptr_t)(stack + word);
}

static grt_virt_t code_at(unsigned int offset)
{
	return (grt_virt_t)(uintptr_t)code + offset;
}

static int set_up(void **arg)
{
	(void)arg;
	stack = aligned_alloc(16, WORDS * sizeof(u64));
	code = aligned_alloc(16, CODE);
	memset(stack, 0, WORDS * sizeof(u64));
	memset(code, 0, CODE);
	from = (struct backtrace_from){
		.pc = code_at(1024),
		.text = { code_at(0), code_at(CODE) },
		.stack = { { 0, 0 }, { fp_at(0), fp_at(WORDS) }, { 0, 0 } },
	};
	return 0;
}

static int tear_down(void **arg)
{
	(void)arg;
	free(stack);
	free(code);
	return 0;
}

static void store32(unsigned int offset, u32 x)
{
	memcpy(code + offset, &x, sizeof(x));
}

/* A call that returns to @ra and goes to @target, offsets in the code. */
static grt_virt_t call(unsigned int ra, unsigned int target)
{
	s64 distance;

	if (FRAME_RECORD) { /* auipc ra; jalr ra, (ra) */
		distance = (s64)target - (ra - 8);
		store32(ra - 8, (u32)((distance + 0x800) & ~0xfffLL) | 0x097);
		store32(ra - 4, (u32)(distance & 0xfff) << 20 | 0x080e7);
	} else { /* bl */
		distance = (s64)target - (ra - 4);
		store32(ra - 4, ((u32)(distance >> 2) & 0x3ffffff) | 0x94000000);
	}
	return code_at(ra);
}

/* The record of the frame whose pointer is @word. */
static void record(unsigned int word, grt_virt_t fp, grt_virt_t ra)
{
	u64 *r = stack + word + FRAME_RECORD / 8;

	r[0] = fp;
	r[1] = ra;
}

static void expect(unsigned int nr, ...)
{
	unsigned int n = backtrace_walk(&from, entry, BACKTRACE_MAX), i;
	va_list args;

	assert_int_equal(n, nr);
	va_start(args, nr);
	for (i = 0; i < nr; i++)
		assert_int_equal(entry[i].address, va_arg(args, u64));
	va_end(args);
}

#define AT(ra) (code_at(ra) - CALL_BACK)

/* 1024 was called from before 2048, that from before 3072, that from before 4000, which nobody called. */
static void healthy(void)
{
	from.fp = fp_at(8);
	record(8, fp_at(16), call(2048, 1000));
	record(16, fp_at(40), call(3072, 2000));
	record(40, 0, call(4000, 3000));
	from.ra = code_at(2048);
}

static void records_are_followed_to_the_end(void **arg)
{
	(void)arg;
	healthy();
	expect(4, code_at(1024), AT(2048), AT(3072), AT(4000));
	assert_false(entry[1].guess);
	/* After a call of its own, of what lies behind or before it. */
	from.ra = call(1040, 1800);
	expect(4, code_at(1024), AT(2048), AT(3072), AT(4000));
	from.ra = call(1020, 200);
	expect(4, code_at(1024), AT(2048), AT(3072), AT(4000));
	/* And where the register has something else. */
	from.ra = 12345;
	expect(4, code_at(1024), AT(2048), AT(3072), AT(4000));
}

static void a_function_without_a_record_has_its_caller_in_the_register(void **arg)
{
	(void)arg;
	healthy();
	from.pc = code_at(600); /* a leaf at 512, called from the function at 1000 */
	from.ra = call(1100, 512);
	expect(5, code_at(600), AT(1100), AT(2048), AT(3072), AT(4000));
	assert_true(entry[1].guess);
	assert_false(entry[2].guess);
	/* Called through a register: nothing contradicts. */
	store32(1096, 0);
	store32(1092, 0);
	expect(5, code_at(600), AT(1100), AT(2048), AT(3072), AT(4000));
	assert_true(entry[1].guess);
}

static void a_wild_jump_has_its_origin_in_the_register(void **arg)
{
	(void)arg;
	healthy();
	from.pc = 0;
	from.ra = code_at(1100);
	expect(5, (u64)0, AT(1100), AT(2048), AT(3072), AT(4000));
	assert_false(entry[1].guess);
	from.fp = 0;
	expect(2, (u64)0, AT(1100));
	from.ra = 0;
	expect(1, (u64)0);
	from.pc = ~0ULL;
	from.ra = from.fp = ~0ULL;
	expect(1, ~0ULL);
}

/* gcc for RISC-V: the frame pointer where others have the return address, and no more. */
static void a_leaf_that_saves_the_frame_pointer_alone(void **arg)
{
	(void)arg;
	healthy();
	record(8, 0xbad, fp_at(16));
	from.ra = code_at(1100);
	expect(4, code_at(1024), AT(1100), AT(3072), AT(4000));
	assert_false(entry[1].guess);
	record(8, 0xbad, fp_at(8)); /* not above itself */
	expect(2, code_at(1024), AT(1100));
	assert_true(entry[1].guess);
	record(8, 0xbad, fp_at(WORDS + 8));
	expect(2, code_at(1024), AT(1100));
}

static void a_bad_frame_pointer_ends_it(void **arg)
{
	const grt_virt_t bad[] = { 0,
				   8,
				   16,
				   ~0ULL,
				   ~15ULL,
				   fp_at(8) + 8,
				   fp_at(8) + 1,
				   fp_at(WORDS) - FRAME_RECORD + 16,
				   fp_at(WORDS) - FRAME_RECORD - 8,
				   fp_at(WORDS) - FRAME_RECORD,
				   fp_at(0) - FRAME_RECORD - 16,
				   fp_at(0) - FRAME_RECORD - 8,
				   1ULL << 63 };

	(void)arg;
	healthy();
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		from.fp = bad[i];
		expect(2, code_at(1024), AT(2048));
		assert_true(entry[1].guess);
	}
}

static void a_bad_record_ends_it(void **arg)
{
	const grt_virt_t bad[] = { 0,
				   8,
				   ~0ULL,
				   ~15ULL,
				   fp_at(16),
				   fp_at(8),
				   fp_at(15),
				   fp_at(2),
				   fp_at(40) + 8,
				   fp_at(40) + 1,
				   fp_at(WORDS) - FRAME_RECORD,
				   1ULL << 48 };

	(void)arg;
	healthy();
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		record(16, bad[i], code_at(3072));
		expect(3, code_at(1024), AT(2048), AT(3072));
	}
	/* An address to return to that is no code. */
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		record(16, fp_at(40), bad[i]);
		expect(2, code_at(1024), AT(2048));
	}
	record(16, fp_at(40), code_at(0)); /* no call can be before it */
	expect(2, code_at(1024), AT(2048));
}

static void the_first_and_the_last_record_of_a_stack(void **arg)
{
	unsigned int first = FRAME_RECORD ? 2 : 0, last = FRAME_RECORD ? WORDS : WORDS - 2;

	(void)arg;
	from.fp = fp_at(first);
	from.ra = code_at(2048);
	record(first, fp_at(last), code_at(2048));
	record(last, fp_at(last + 2), code_at(3072));
	expect(3, code_at(1024), AT(2048), AT(3072));
}

static void a_list_stays_in_its_stack(void **arg)
{
	u64 *other = aligned_alloc(16, WORDS * sizeof(u64));

	(void)arg;
	healthy();
	memset(other, 0, WORDS * sizeof(u64));
	from.stack[2] = (struct address_span){ (grt_virt_t)(uintptr_t)other,
					       (grt_virt_t)(uintptr_t)(other + WORDS) };
	record(16, (grt_virt_t)(uintptr_t)(other + 8), code_at(3072));
	expect(3, code_at(1024), AT(2048), AT(3072));
	from.fp = (grt_virt_t)(uintptr_t)(other + 8);
	(other + 8 + FRAME_RECORD / 8)[1] = code_at(2048);
	expect(2, code_at(1024), AT(2048));
	assert_false(entry[1].guess);
	free(other);
}

static void no_more_than_there_is_room_for(void **arg)
{
	(void)arg;
	from.fp = fp_at(2);
	from.ra = code_at(2048);
	for (unsigned int word = 2; word + 2 <= WORDS - 2; word += 2)
		record(word, fp_at(word + 2), code_at(2048));
	for (unsigned int max = 1; max < 20; max++)
		assert_int_equal(backtrace_walk(&from, entry, max), max);
}

/* Any words on the stack, many of them addresses of it and of code. */
static void nothing_on_a_stack_can_hurt(void **arg)
{
	(void)arg;
	random_begin(9);
	for (unsigned int round = 0; round < 20000; round++) {
		grt_virt_t *registers[] = { &from.pc, &from.ra, &from.fp };

		for (unsigned int i = 0; i < WORDS + ARRAY_SIZE(registers); i++) {
			u64 at = (u64)rand() % (WORDS + 8) * 8, x;

			switch (rand() % 4) {
			case 0:
				x = fp_at(0) + (at & ~15ULL) - 16;
				break;
			case 1:
				x = code_at(0) + (u64)rand() % (CODE + 8);
				break;
			case 2:
				x = fp_at(0) + at;
				break;
			default:
				x = (u64)rand() << 32 ^ (u64)rand();
			}
			if (i < WORDS)
				stack[i] = x;
			else
				*registers[i - WORDS] = x;
		}
		for (unsigned int i = 0; i < CODE; i += 4)
			store32(i, (u32)rand() << 12 | (rand() % 2 ? 0x0e7 : 0x097));
		assert_in_range(backtrace_walk(&from, entry, BACKTRACE_MAX), 1, BACKTRACE_MAX);
	}
}

static void targets_of_calls(void **arg)
{
	(void)arg;
	assert_int_equal(call_target(call(2048, 16), code_at(0)), code_at(16));
	assert_int_equal(call_target(call(2048, 4000), code_at(0)), code_at(4000));
	assert_int_equal(call_target(call(8, 0), code_at(0)), code_at(0));
	assert_int_equal(call_target(code_at(0), code_at(0)), 0);
	assert_int_equal(call_target(code_at(2), code_at(0)), 0);
	assert_int_equal(call_target(code_at(100), code_at(0)), 0); /* zeros */
	if (!FRAME_RECORD)
		return;
	store32(200, 0xff1ff0ef); /* jal ra, -16 */
	assert_int_equal(call_target(code_at(204), code_at(0)), code_at(184));
	store32(200, 0x7fe000ef); /* jal ra, 2046 */
	assert_int_equal(call_target(code_at(204), code_at(0)), code_at(2246));
	store32(200, 0x000780e7); /* jalr ra, (a5) */
	assert_int_equal(call_target(code_at(204), code_at(0)), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(records_are_followed_to_the_end),
		TEST(a_function_without_a_record_has_its_caller_in_the_register),
		TEST(a_wild_jump_has_its_origin_in_the_register),
		TEST(a_leaf_that_saves_the_frame_pointer_alone),
		TEST(a_bad_frame_pointer_ends_it),
		TEST(a_bad_record_ends_it),
		TEST(the_first_and_the_last_record_of_a_stack),
		TEST(a_list_stays_in_its_stack),
		TEST(no_more_than_there_is_room_for),
		TEST(nothing_on_a_stack_can_hurt),
		TEST(targets_of_calls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
