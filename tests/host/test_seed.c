// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Seeds of any length and any contents. */
/* link: kernel/seed.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/seed.h"
#include "tests/host/random.h"

#define LONGEST 80

static u64 seed_of(const u8 *bytes, u32 len)
{
	u64 seed;

	assert_null(seed_read(bytes, len, &seed));
	return seed;
}

static void expect_none(const u8 *bytes, u32 len, const char *why)
{
	u64 seed = 1;

	assert_string_equal(seed_read(bytes, len, &seed), why);
	assert_int_equal(seed, 0);
}

static void eight_bytes_are_a_number(void **state)
{
	(void)state;
	assert_int_equal(seed_of((const u8 *)"\x01\x23\x45\x67\x89\xab\xcd\xef", 8),
			 0x0123456789abcdef);
	assert_int_equal(seed_of((const u8 *)"\0\0\0\0\0\0\0\1", 8), 1);
}

static void short_and_empty_ones_are_none(void **state)
{
	u8 bytes[LONGEST];

	(void)state;
	memset(bytes, 0xa5, sizeof(bytes));
	for (u32 len = 0; len < 8; len++)
		expect_none(bytes, len, "is shorter than 8 bytes");
	memset(bytes, 0, sizeof(bytes));
	for (u32 len = 8; len <= LONGEST; len++)
		expect_none(bytes, len, "is all zero");
}

/* Parts that are alike don't cancel, whatever they are and how many. */
static void equal_parts_are_a_seed(void **state)
{
	u8 bytes[LONGEST];
	u64 before = 0;

	(void)state;
	for (unsigned int value = 1; value < 256; value++) {
		memset(bytes, (int)value, sizeof(bytes));
		for (u32 len = 16; len <= LONGEST; len += 8) {
			u64 seed = seed_of(bytes, len);

			assert_true(seed != 0 && seed != before);
			before = seed;
		}
	}
}

/* Each bit of each byte changes the seed, and in longer ones about half of its bits. */
static void every_bit_counts(void **state)
{
	u8 bytes[LONGEST];

	(void)state;
	random_begin(1);
	for (u32 len = 8; len <= LONGEST; len++) {
		u64 seed;

		for (u32 i = 0; i < len; i++)
			bytes[i] = (u8)random();
		seed = seed_of(bytes, len);
		for (u32 bit = 0; bit < 8 * len; bit++) {
			unsigned int changed;

			bytes[bit / 8] ^= (u8)(1U << bit % 8);
			changed = (unsigned int)__builtin_popcountll(seed ^ seed_of(bytes, len));
			bytes[bit / 8] ^= (u8)(1U << bit % 8);
			assert_true(changed);
			if (bit / 64 < (len - 1) / 8) /* not of the last word */
				assert_in_range(changed, 10, 54);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(eight_bytes_are_a_number),
		cmocka_unit_test(short_and_empty_ones_are_none),
		cmocka_unit_test(equal_parts_are_a_seed),
		cmocka_unit_test(every_bit_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
