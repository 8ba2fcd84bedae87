// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The kernel's own memory and string functions against the C library's, at every alignment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define memcpy our_memcpy
#define memmove our_memmove
#define memset our_memset
#define memcmp our_memcmp
#define strlen our_strlen
#define strnlen our_strnlen
#define strcmp our_strcmp
#define strncmp our_strncmp
#define strchr our_strchr
void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
#include "kernel/string.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef strlen
#undef strnlen
#undef strcmp
#undef strncmp
#undef strchr

#define SIZE 64

static unsigned char from[SIZE], ours[SIZE], theirs[SIZE];

static void fill(void)
{
	int i;

	for (i = 0; i < SIZE; i++) {
		from[i] = (unsigned char)(i * 7 + 1);
		ours[i] = theirs[i] = (unsigned char)~i;
	}
}

static void copies_at_every_alignment_and_length(void **arg)
{
	size_t d, s, n;

	(void)arg;
	for (d = 0; d < 9; d++) {
		for (s = 0; s < 9; s++) {
			for (n = 0; n < 40; n++) {
				fill();
				assert_ptr_equal(our_memcpy(ours + d, from + s, n), ours + d);
				memcpy(theirs + d, from + s, n);
				assert_memory_equal(ours, theirs, SIZE);
			}
		}
	}
}

static void moves_that_overlap_either_way(void **arg)
{
	size_t d, s, n;

	(void)arg;
	for (d = 0; d < 20; d++) {
		for (s = 0; s < 20; s++) {
			for (n = 0; n < 40; n++) {
				fill();
				assert_ptr_equal(our_memmove(ours + d, ours + s, n), ours + d);
				memmove(theirs + d, theirs + s, n);
				assert_memory_equal(ours, theirs, SIZE);
			}
		}
	}
}

static void fills_at_every_alignment_and_length(void **arg)
{
	size_t d, n;

	(void)arg;
	for (d = 0; d < 9; d++) {
		for (n = 0; n < 40; n++) {
			fill();
			assert_ptr_equal(our_memset(ours + d, 0x1a5, n), ours + d);
			memset(theirs + d, 0x1a5, n);
			assert_memory_equal(ours, theirs, SIZE);
		}
	}
}

static int sign(int x)
{
	return (x > 0) - (x < 0);
}

static void comparisons_and_searches(void **arg)
{
	static const char *const s[] = { "", "a", "ab", "abc", "abd", "\xff", "b" };
	size_t i, j, n;

	(void)arg;
	for (i = 0; i < ARRAY_SIZE(s); i++) {
		assert_int_equal(our_strlen(s[i]), strlen(s[i]));
		assert_ptr_equal(our_strchr(s[i], 'b'), strchr(s[i], 'b'));
		assert_ptr_equal(our_strchr(s[i], 0), strchr(s[i], 0));
		for (n = 0; n < 5; n++)
			assert_int_equal(our_strnlen(s[i], n), strnlen(s[i], n));
		for (j = 0; j < ARRAY_SIZE(s); j++) {
			assert_int_equal(sign(our_strcmp(s[i], s[j])), sign(strcmp(s[i], s[j])));
			for (n = 0; n < 5; n++)
				assert_int_equal(sign(our_strncmp(s[i], s[j], n)),
						 sign(strncmp(s[i], s[j], n)));
		}
	}
	assert_int_equal(our_memcmp("abc", "abd", 2), 0);
	assert_true(our_memcmp("abc", "abd", 3) < 0);
	assert_true(our_memcmp("\xff", "a", 1) > 0);
	assert_int_equal(our_memcmp("a", "b", 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_at_every_alignment_and_length),
		cmocka_unit_test(moves_that_overlap_either_way),
		cmocka_unit_test(fills_at_every_alignment_and_length),
		cmocka_unit_test(comparisons_and_searches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
