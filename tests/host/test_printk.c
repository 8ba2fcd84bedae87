// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Formatting against the C library's, and what the console does before and after it is known. */
/* link: kernel/format.c kernel/printk.c kernel/console.c kernel/ktap.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include "kernel/arch.h"
#include "kernel/console.h"
#include "kernel/ktap.h"
#include "kernel/printk.h"

static char out[8192];
static size_t out_len;

void arch_console_putc(char c)
{
	out[out_len++] = c;
	out[out_len] = '\0';
}

void arch_cpu_relax(void)
{
}

static void take(void *arg, const char *s, size_t len)
{
	char *buf = arg;

	strncat(buf, s, len);
}

static int ours(char *buf, const char *fmt, ...)
{
	va_list ap;
	int n;

	buf[0] = '\0';
	va_start(ap, fmt);
	n = vformat(take, buf, fmt, ap);
	va_end(ap);
	return n;
}

#define SAME(...)                                                    \
	do {                                                         \
		char want[512], got[512];                            \
		int len = snprintf(want, sizeof(want), __VA_ARGS__); \
		assert_int_equal(ours(got, __VA_ARGS__), len);       \
		assert_string_equal(got, want);                      \
	} while (0)

/* The compiler would check these formats, and some are odd on purpose. */
#pragma GCC diagnostic ignored "-Wformat"

static void integers_as_the_c_library_prints_them(void **arg)
{
	static const long long values[] = { 0,
					    1,
					    -1,
					    9,
					    10,
					    255,
					    -128,
					    32768,
					    2147483647,
					    -2147483648LL,
					    4294967295LL,
					    1LL << 52,
					    0x7fffffffffffffff,
					    -0x7fffffffffffffff - 1 };
	unsigned int i;

	(void)arg;
	for (i = 0; i < ARRAY_SIZE(values); i++) {
		long long v = values[i];

		SAME("%d %i %u %x %X %o", (int)v, (int)v, (int)v, (int)v, (int)v, (int)v);
		SAME("%lld %llu %llx %lo %zx %td", v, v, v, (long)v, (size_t)v, (ptrdiff_t)v);
		SAME("%hd %hu %hhd %hhu", (short)v, (unsigned short)v, (signed char)v,
		     (unsigned char)v);
		SAME("[%8lld][%-8lld][%08lld][%+lld][% lld]", v, v, v, v, v);
		SAME("[%#llx][%#18llx][%#018llx][%-#18llx][%016llx]", v, v, v, v, v);
		SAME("[%.0lld][%.5lld][%10.5lld][%-10.5lld][%010.5lld][%+.3lld]", v, v, v, v, v, v);
		SAME("[%*lld][%-*lld][%*lld][%.*llx]", 30, v, 30, v, -30, v, 20, v);
	}
}

static void strings_and_characters(void **arg)
{
	char buf[64];

	(void)arg;
	SAME("%s", "");
	SAME("[%s][%8s][%-8s][%.2s][%8.2s][%-8.2s][%.0s]", "abc", "abc", "abc", "abc", "abc", "abc",
	     "abc");
	SAME("[%.*s][%*s]", 2, "abc", 6, "abc");
	SAME("%.3s", (const char[]){ 'a', 'b', 'c' });
	SAME("[%c][%3c][%-3c]%%", 'x', 'y', 'z');
	SAME("%p", (void *)0x1234abcd);
	SAME("no conversion at all");
	ours(buf, "%s", (const char *)NULL);
	assert_string_equal(buf, "(null)");
}

/* Whatever a device tree or a command line holds: printable ASCII comes out, and it can be told. */
static void foreign_strings_are_escaped(void **arg)
{
	static char all[256], got[1024];
	char buf[64];
	int n;

	(void)arg;
	ours(buf, "[%s]",
	     "\033[2J\r\n\177\x9b"
	     "1m\\");
	assert_string_equal(buf, "[\\x1b[2J\\x0d\\x0a\\x7f\\x9b1m\\\\]");
	assert_int_equal(ours(buf, "[%.*s]", 5, "a\0b\033c"), 3); /* a NUL ends it */
	assert_string_equal(buf, "[a]");
	/* The precision counts what there is, the width what is shown. */
	assert_int_equal(ours(buf, "[%8.2s][%-8.2s][%4s]", "\n\t\t", "\n\t\t", "\n\n"), 30);
	assert_string_equal(buf, "[\\x0a\\x09][\\x0a\\x09][\\x0a\\x0a]");
	ours(buf, "[%9.1s][%-6s][%c][%3c][%c]", "\n", "\001", '\n', 'x', '\\');
	assert_string_equal(buf, "[     \\x0a][\\x01  ][\\x0a][  x][\\\\]");
	for (unsigned int i = 0; i < 255; i++)
		all[i] = (char)(i + 1);
	n = ours(got, "%s\n", all);
	assert_int_equal(n, strlen(got));
	assert_int_equal(n, 94 + 2 + 4 * (255 - 95) + 1);
	for (unsigned int i = 0; got[i + 1]; i++)
		assert_in_range(got[i], ' ', '~');
}

static void escaped_text_is_as_long_as_said(void **arg)
{
	static const char s[] = "a\0\\\377";
	char buf[64] = "";

	(void)arg;
	put_escaped(take, buf, s, sizeof(s) - 1);
	assert_string_equal(buf, "a\\x00\\\\\\xff");
	assert_int_equal(escaped_length(s, sizeof(s) - 1), strlen(buf));
	put_escaped(NULL, NULL, s, 0);
}

static void unknown_conversions_stand_as_they_are(void **arg)
{
	char buf[64];

	(void)arg;
	ours(buf, "a%qb");
	assert_string_equal(buf, "a%qb");
	ours(buf, "a%");
	assert_string_equal(buf, "a%");
	ours(buf, "a%-5l");
	assert_string_equal(buf, "a%-5l");
}

static void the_console_gets_what_was_printed_before_it_was_known(void **arg)
{
	const struct console_desc none = { .type = CONSOLE_NONE };
	const struct console_desc sbi = { .type = CONSOLE_SBI };

	(void)arg;
	out_len = 0;
	out[0] = '\0';
	printk("early %d\n", 1);
	printk("line\n");
	assert_int_equal(out_len, 0);
	console_set(&sbi, 0);
	assert_string_equal(out, "early 1\r\nline\r\n");
	printk("later\n");
	console_set(&none, 0);
	printk("while the MMU goes on\n");
	assert_string_equal(out, "early 1\r\nline\r\nlater\r\n");
	console_set(&sbi, 0);
	assert_string_equal(out, "early 1\r\nline\r\nlater\r\nwhile the MMU goes on\r\n");
	console_set(&sbi, 0);
	printk_smp();
	printk("%s\n", "x");
	printk_oops();
	assert_string_equal(out + out_len - 3, "x\r\n");
}

static void uarts_are_written_when_they_are_ready(void **arg)
{
	static volatile u32 pl011[1024];
	static volatile u8 ns[32];
	const struct console_desc pl011_desc = {
		.type = CONSOLE_UART, .status = 0x18, .mask = BIT(5), .io_width = 4
	};
	const struct console_desc ns_desc = { .type = CONSOLE_UART,
					      .status = 5 << 2,
					      .mask = BIT(5),
					      .ready = BIT(5),
					      .io_width = 1 };
	const struct console_desc wide_desc = { .type = CONSOLE_UART,
						.data = 2,
						.status = 4,
						.mask = BIT(15),
						.ready = BIT(15),
						.io_width = 2 };
	const struct console_desc cadence_desc = { .type = CONSOLE_UART,
						   .data = 0x30,
						   .status = 0x2c,
						   .mask = BIT(4),
						   .enable = BIT(4),
						   .disable = BIT(5),
						   .io_width = 4 };
	static volatile u32 cadence[16] = { 0x128 };
	static volatile u16 wide[3] = { 0x1234, 0, BIT(15) };

	(void)arg;
	console_set(&pl011_desc, (grt_virt_t)(uintptr_t)pl011);
	console_write("a", 1);
	assert_int_equal(pl011[0], 'a');
	pl011[6] = 1 << 5; /* never room in the FIFO: given up after a while */
	console_write("b", 1);
	assert_int_equal(pl011[0], 'b');
	ns[5 << 2] = 1 << 5;
	console_set(&ns_desc, (grt_virt_t)(uintptr_t)ns);
	console_write("c", 1);
	assert_int_equal(ns[0], 'c');
	assert_int_equal(ns[1], 0);
	console_set(&wide_desc, (grt_virt_t)(uintptr_t)wide);
	console_write("d", 1);
	assert_int_equal(wide[1], 'd');
	assert_int_equal(wide[0], 0x1234);
	/* As reset leaves it: off. */
	console_set(&cadence_desc, (grt_virt_t)(uintptr_t)cadence);
	console_write("e", 1);
	assert_int_equal(cadence[0], 0x118);
	assert_int_equal(cadence[12], 'e');
}

static void passes(struct ktap *t)
{
	ktap_check(t, true, "not printed");
	ktap_note("a note %d", 5);
}

static void fails(struct ktap *t)
{
	assert_false(ktap_check(t, 1 > 2, "%d > %d", 1, 2));
	ktap_skip(t, "failure comes first");
}

static void skips(struct ktap *t)
{
	ktap_skip(t, "no such hardware");
}

static void ktap_output(void **arg)
{
	static const struct self_test tests[] = {
		{ "passes", passes },
		{ "fails", fails },
		{ "skips", skips },
	};
	const struct console_desc sbi = { .type = CONSOLE_SBI };
	struct ktap t;

	(void)arg;
	console_set(&sbi, 0);
	out_len = 0;
	assert_int_equal(ktap_run(&t, tests, ARRAY_SIZE(tests)), 1);
	assert_int_equal(t.passed, 1);
	assert_int_equal(t.failures, 1);
	assert_int_equal(t.skipped, 1);
	assert_string_equal(out, "KTAP version 1\r\n1..3\r\n"
				 "# a note 5\r\nok 1 passes\r\n"
				 "# 1 > 2\r\nnot ok 2 fails\r\n"
				 "ok 3 skips # SKIP no such hardware\r\n"
				 "# Totals: pass:1 fail:1 skip:1 total:3\r\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_as_the_c_library_prints_them),
		cmocka_unit_test(strings_and_characters),
		cmocka_unit_test(foreign_strings_are_escaped),
		cmocka_unit_test(escaped_text_is_as_long_as_said),
		cmocka_unit_test(unknown_conversions_stand_as_they_are),
		cmocka_unit_test(the_console_gets_what_was_printed_before_it_was_known),
		cmocka_unit_test(uarts_are_written_when_they_are_ready),
		cmocka_unit_test(ktap_output),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
