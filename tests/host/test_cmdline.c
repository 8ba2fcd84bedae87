// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The kernel command line: each word, each way to get it wrong, and that wrong words change nothing. */
/* link: kernel/cmdline.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <asm/arch.h>
#include "kernel/cmdline.h"

static struct boot_options opts;
static char warnings[4096];

static void warn(const char *word, size_t len, const char *why)
{
	size_t at = strlen(warnings);

	snprintf(warnings + at, sizeof(warnings) - at, "[%.*s: %s]", (int)len, word, why);
}

static void parse(const char *line)
{
	memset(&opts, 0, sizeof(opts));
	warnings[0] = '\0';
	cmdline_parse(line, &opts, warn);
}

static void expect(const char *line, struct boot_options want)
{
	parse(line);
	assert_string_equal(warnings, "");
	assert_memory_equal(&opts, &want, sizeof(opts));
}

/* One warning, about the whole line, and no change. */
static void refuse(const char *line, const char *why)
{
	struct boot_options untouched = { 0 };
	char want[4096];

	parse(line);
	snprintf(want, sizeof(want), "[%s: %s]", line, why);
	assert_string_equal(warnings, want);
	assert_memory_equal(&opts, &untouched, sizeof(opts));
}

#define OPTS(...) ((struct boot_options){ __VA_ARGS__ })

static void words_of_every_architecture(void **arg)
{
	(void)arg;
	expect("", OPTS(0));
	expect(" \t\n", OPTS(0));
	expect("nokaslr", OPTS(.nokaslr = true));
	expect("  nocont  ", OPTS(.nocont = true));
	expect("rodata=full", OPTS(.rodata = RODATA_FULL));
	expect("rodata=on nokaslr", OPTS(.rodata = RODATA_ON, .nokaslr = true));
	expect("rodata=on rodata=off", OPTS(.rodata = RODATA_OFF));
	expect("report=json", OPTS(.report = REPORT_JSON));
	expect("report=table", OPTS(.report = REPORT_TABLE));
	expect("report=json report=both", OPTS(.report = REPORT_BOTH));
}

static void words_of_this_architecture(void **arg)
{
	(void)arg;
	if (CMDLINE_SATP) {
		expect("satp=sv39", OPTS(.va_bits = 39));
		expect("satp=sv48", OPTS(.va_bits = 48));
		expect("satp=sv57", OPTS(.va_bits = 57));
		refuse("satp=sv32", "not sv39, sv48 or sv57");
		refuse("satp=48", "not sv39, sv48 or sv57");
		refuse("satp=sv", "not sv39, sv48 or sv57");
		refuse("satp=", "not sv39, sv48 or sv57");
	} else {
		refuse("satp=sv48", "unknown");
	}
	if (CMDLINE_VABITS) {
		expect("vabits=47", OPTS(.va_bits = 47));
		expect("vabits=0x34", OPTS(.va_bits = 52));
		refuse("vabits=40", "no such width of virtual addresses");
		refuse("vabits=sv48", "not a number");
		refuse("vabits=48x", "not a number");
		refuse("vabits=304", "no such width of virtual addresses");
	} else {
		refuse("vabits=48", "unknown");
	}
	if (CMDLINE_PAGESIZE) {
		expect("pagesize=4k", OPTS(.page_shift = 12));
		expect("pagesize=16K", OPTS(.page_shift = 14));
		expect("pagesize=65536", OPTS(.page_shift = 16));
		refuse("pagesize=8k", "no such page size");
		refuse("pagesize=0", "no such page size");
		refuse("pagesize=16kb", "not a size");
	} else {
		refuse("pagesize=4k", "unknown");
	}
}

static void bbm_levels_per_cpu(void **arg)
{
	(void)arg;
	if (!CMDLINE_BBM) {
		refuse("bbm=0", "unknown");
		return;
	}
	expect("bbm=3", OPTS(.bbm = { 3 }, .nr_bbm = 1));
	expect("bbm=3,3,0,2", OPTS(.bbm = { 3, 3, 0, 2 }, .nr_bbm = 4));
	expect("nobbml2", OPTS(.bbm = { 0 }, .nr_bbm = 1));
	expect("bbm=0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1", OPTS(.bbm = { [15] = 1 }, .nr_bbm = 16));
	refuse("bbm=0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0", "too many levels");
	refuse("bbm=4", "not levels from 0 to 3");
	refuse("bbm=", "not levels from 0 to 3");
	refuse("bbm=1,", "not levels from 0 to 3");
	refuse("bbm=,1", "not levels from 0 to 3");
	refuse("bbm=12", "not levels from 0 to 3");
	refuse("nobbml2=1", "takes no value");
}

static void sizes(void **arg)
{
	(void)arg;
	expect("mem=1", OPTS(.mem = 1));
	expect("mem=512M", OPTS(.mem = MIB(512)));
	expect("mem=3g", OPTS(.mem = GIB(3)));
	expect("mem=64T", OPTS(.mem = TIB(64)));
	expect("mem=0x10k", OPTS(.mem = 16384));
	expect("mem=18446744073709551615", OPTS(.mem = ~0ULL));
	expect("mem=16777215T", OPTS(.mem = 16777215ULL << 40));
	refuse("mem=0", "not a size");
	expect("stress=60", OPTS(.stress = 60));
	expect("stress=0x10", OPTS(.stress = 16));
	refuse("stress=", "not a number of seconds");
	refuse("stress", "needs a value");
	refuse("stress=5s", "not a number of seconds");
	refuse("stress=86401", "not a number of seconds");
	refuse("mem=", "not a size");
	refuse("mem=M", "not a size");
	refuse("mem=-1", "not a size");
	refuse("mem=0x", "not a size");
	refuse("mem=1MM", "not a size");
	refuse("mem=1P", "not a size");
	refuse("mem=1@0x80000000", "not a size");
	refuse("mem=18446744073709551616", "not a size");
	refuse("mem=16777216T", "not a size");
}

static void debugging_words(void **arg)
{
	(void)arg;
	expect("debug_pagealloc=on", OPTS(.by_pages = true));
	expect("debug_pagealloc=on debug_pagealloc=off", OPTS(.by_pages = false));
	expect("bench", OPTS(.bench = true));
	refuse("debug_pagealloc", "needs a value");
	refuse("debug_pagealloc=1", "not on or off");
	refuse("bench=1", "takes no value");
}

static void malformed_words(void **arg)
{
	(void)arg;
	refuse("rodata", "needs a value");
	refuse("rodata=", "not full, on or off");
	refuse("rodata=On", "not full, on or off");
	refuse("nokaslr=1", "takes no value");
	refuse("nokasl", "unknown");
	refuse("nokaslrx", "unknown");
	refuse("NOKASLR", "unknown");
	refuse("=", "unknown");
	refuse("root=/dev/vda", "unknown");
	refuse("mem=0000000000000000000000000000000000000000000000000000000000000000000000000000001",
	       "too long");
	parse("a nokaslr b=c mem=x");
	assert_string_equal(warnings, "[a: unknown][b=c: unknown][mem=x: not a size]");
	assert_true(opts.nokaslr);
}

static void quotes_and_the_end(void **arg)
{
	(void)arg;
	expect("mem=\"1M\"", OPTS(.mem = MIB(1)));
	expect("\"mem=1M\" nocont", OPTS(.mem = MIB(1), .nocont = true));
	expect("nocont -- nokaslr unknown", OPTS(.nocont = true));
	refuse("\"two words nokaslr\"", "unknown");
	refuse("x=\"never closed nokaslr", "unknown");
	refuse("---", "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_of_every_architecture),
		cmocka_unit_test(words_of_this_architecture),
		cmocka_unit_test(bbm_levels_per_cpu),
		cmocka_unit_test(sizes),
		cmocka_unit_test(debugging_words),
		cmocka_unit_test(malformed_words),
		cmocka_unit_test(quotes_and_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
