// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The schema of the layout line: fields, their order, and numbers that do not fit 64 bits. */
/* link: kernel/layout_json.c kernel/format.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include "kernel/layout_json.h"

static char out[4096];

static void put(void *arg, const char *s, size_t len)
{
	assert_ptr_equal(arg, out);
	strncat(out, s, len);
}

static const struct grt_geometry geometry = {
	.page_shift = 12,
	.va_bits = 39,
	.upper_bits = 38,
	.pa_bits = 56,
	.levels = 3,
	.root_bits = 9,
	.leaf_levels = 7,
	.cont_bits = { 4 },
};

static struct grt_layout sample(void)
{
	return (struct grt_layout){
		.g = &geometry,
		.nr = 3,
		.region = {
			{ GRT_REGION_LINEAR, "linear", 0xffffffc000000000, GIB(1), 3, "all \"RAM\"\n" },
			{ GRT_REGION_TEXT, "text", 0xffffffff80000000, GIB(1), 5, NULL },
			{ GRT_REGION_BPF, "bpf", 0xffffffffc0000000, GIB(1), 7, "\177\x9b" },
		},
		.linear_offset = 0xffffffbf80000000,
		.kernel_offset = 0xfffffffeffe00000,
		.kernel_bits = 9,
		.linear_bits = 11,
	};
}

static void every_field_in_order(void **arg)
{
	struct layout_leaves leaves = { 0 };
	struct layout_facts facts = { "riscv", &leaves, 7, 4, "sv39 napot", NULL };
	struct grt_layout l = sample();

	(void)arg;
	leaves.count[GRT_REGION_LINEAR][2][0] = 1;
	leaves.count[GRT_REGION_LINEAR][0][0] = 2;
	leaves.count[GRT_REGION_TEXT][0][1] = 3;
	out[0] = '\0';
	layout_json(&l, &facts, put, out);
	assert_string_equal(
		out,
		"{\"arch\":\"riscv\",\"page_size\":4096,\"va_bits\":39,\"levels\":3,"
		"\"kernel_offset\":\"0xfffffffeffe00000\",\"linear_offset\":\"0xffffffbf80000000\","
		"\"regions\":["
		"{\"name\":\"linear\",\"start\":\"0xffffffc000000000\","
		"\"end\":\"0xffffffc040000000\",\"size\":1073741824,\"perm\":\"rw-\","
		"\"note\":\"all \\\"RAM\\\"\\u000a\"},"
		"{\"name\":\"text\",\"start\":\"0xffffffff80000000\","
		"\"end\":\"0xffffffffc0000000\",\"size\":1073741824,\"perm\":\"r-x\","
		"\"note\":\"\"},"
		"{\"name\":\"bpf\",\"start\":\"0xffffffffc0000000\","
		"\"end\":\"0x10000000000000000\",\"size\":1073741824,\"perm\":\"rw- or r-x\","
		"\"note\":\"\\u007f\\u009b\"}],"
		"\"leaves\":["
		"{\"region\":\"text\",\"level\":0,\"contiguous\":true,\"size\":65536,\"count\":3},"
		"{\"region\":\"linear\",\"level\":2,\"contiguous\":false,\"size\":1073741824,"
		"\"count\":1},"
		"{\"region\":\"linear\",\"level\":0,\"contiguous\":false,\"size\":4096,\"count\":2}],"
		"\"entropy\":{\"kernel\":9,\"linear\":11},\"tables\":7,\"cpus\":4,"
		"\"features\":\"sv39 napot\"}");
}

/* The last part of what is written for one of the modes. */
static void split_ends_with(const struct layout_split *split, const char *expected)
{
	struct layout_facts facts = { .arch = "arm64", .tables = 9, .split = split };
	struct grt_layout l = sample();
	size_t len = strlen(expected);

	out[0] = '\0';
	layout_json(&l, &facts, put, out);
	assert_true(strlen(out) > len);
	assert_string_equal(out + strlen(out) - len, expected);
}

static void cost_of_splits_comes_last(void **arg)
{
	struct layout_split split = { .mode = "live", .tables = 3, .tables_by_pages = 130 };

	(void)arg;
	split_ends_with(&split, ",\"tables\":9,\"tables_saved\":127,\"split\":{\"mode\":\"live\","
				"\"tables\":3,\"tables_by_pages\":130}}");
	split.mode = "reserve";
	split.cost = true;
	split.reserve = 16;
	split.reserve_now = 24;
	split.refills = 1;
	split.failures = 2;
	split.quiesces = 4;
	split.cycles = 5;
	split_ends_with(&split, "\"tables_by_pages\":130,\"reserve\":16,\"reserve_now\":24,"
				"\"refills\":1,\"failures\":2,\"quiesces\":4,\"cycles\":5}}");
}

static void unknown_facts_are_left_out(void **arg)
{
	struct layout_facts facts = { .arch = "arm64" };
	struct grt_layout l = sample();

	(void)arg;
	l.nr = 0;
	out[0] = '\0';
	layout_json(&l, &facts, put, out);
	assert_non_null(strstr(out, "\"regions\":[],\"leaves\":[],\"entropy\":{\"kernel\":9,"
				    "\"linear\":11}}"));
	assert_null(strstr(out, "tables"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_in_order),
		cmocka_unit_test(cost_of_splits_comes_last),
		cmocka_unit_test(unknown_facts_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
