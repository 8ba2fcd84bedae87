// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The table's lines: no text is lost, and none is too long. */
/* link: kernel/layout_text.c kernel/layout_json.c kernel/format.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "kernel/layout_text.h"
#include "tests/host/random.h"

static char out[1 << 17];

static void put(void *arg, const char *s, size_t len)
{
	(void)arg;
	strncat(out, s, len);
}

static const char *wrapped(const char *s, unsigned int column, unsigned int indent)
{
	out[0] = '\0';
	put_wrapped(put, NULL, s, column, indent);
	return out;
}

static void lines_end_where_the_text_does(void **arg)
{
	(void)arg;
	assert_int_equal(text_fit("", 5), 0);
	assert_int_equal(text_fit("abc", 3), 3);
	assert_int_equal(text_fit("abc def", 7), 7);
	assert_int_equal(text_fit("abc def", 6), 3);
	assert_int_equal(text_fit("abc def", 3), 3);
	assert_int_equal(text_fit("abc def", 2), 2);
	assert_int_equal(text_fit("abc def", 0), 1);
	assert_int_equal(text_fit("1 x 2M, 3 x 4K, 5 x 8G", 20), 15);
	assert_int_equal(text_fit("1 x 2M; all of it, and more", 20), 7);
	assert_int_equal(text_fit("all,of,it", 5), 5);
}

static void texts_are_wrapped_with_an_indent(void **arg)
{
	(void)arg;
	assert_string_equal(wrapped("", 90, 4), "\n");
	assert_string_equal(wrapped("short", 90, 4), "short\n");
	assert_string_equal(wrapped("ten chars,   and more", 90, 4), "ten chars,\n    and more\n");
	assert_string_equal(wrapped("no room left", 100, 2), "n\n  o room left\n");
}

/* Words of any length and any number, at any column: at most 100 columns, and all of the words. */
static void nothing_is_lost(void **arg)
{
	static const char letters[] = "abcdefgh,;  ";
	char text[400], joined[400];

	(void)arg;
	random_begin(1);
	for (unsigned int round = 0; round < 5000; round++) {
		unsigned int len = (unsigned int)rand() % sizeof(text), i, n = 0;
		unsigned int indent = (unsigned int)rand() % 99, column = 0;
		const char *c;

		for (i = 0; i + 1 < len; i++)
			text[i] = letters[(unsigned int)rand() % (sizeof(letters) - 1)];
		text[i] = '\0';
		for (c = wrapped(text, indent, indent), column = indent; *c; c++) {
			column = *c == '\n' ? 0 : column + 1;
			assert_true(column <= LAYOUT_TEXT_WIDTH);
			if (*c != ' ' && *c != '\n')
				joined[n++] = *c;
		}
		joined[n] = '\0';
		for (c = text, n = 0; *c; c++)
			if (*c != ' ')
				assert_int_equal(*c, joined[n++]);
		assert_int_equal(joined[n], '\0');
	}
}

static void rows_have_whole_addresses(void **arg)
{
	struct layout_row row = { "modules",	      0xffffffdf88000000,
				  0xffffffffffffffff, "1023.9T",
				  "rw- or r-x",	      "modules, far away from here, by any means" };

	(void)arg;
	out[0] = '\0';
	layout_text_head(put, NULL);
	layout_text_row(put, NULL, &row);
	assert_string_equal(
		out,
		"region   start                last                  size perm       leaves; note\n"
		"modules  0xffffffdf88000000 - 0xffffffffffffffff 1023.9T rw- or r-x "
		"modules, far away from here,\n"
		"                                                                    "
		"by any means\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_end_where_the_text_does),
		cmocka_unit_test(texts_are_wrapped_with_an_indent),
		cmocka_unit_test(nothing_is_lost),
		cmocka_unit_test(rows_have_whole_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
