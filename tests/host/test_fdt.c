// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The device-tree reader against libfdt: well-formed trees, mutated ones, and each way to be malformed. */
/* link: kernel/fdt.c kernel/fdt_query.c */
/* libs: -lfdt */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "tests/host/fdt_oracle.h"
#include "tests/host/random.h"

#define BLOB_SIZE 8192

static u64 state;

static u32 next_random(u32 below)
{
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (u32)(state >> 33) % below;
}

static const char *const words[] = {
	"reg", "status", "compatible",	    "#address-cells", "ranges", "okay",
	"a",   "",	 "memory@80000000", "cpu@0",	      "soc",	"serial@10000000",
	"x@1", "x",
};

static const char *random_word(void)
{
	return words[next_random(ARRAY_SIZE(words))];
}

static void random_property(void *blob)
{
	static const char value[] = "okay\0disabled\0a longer value than most";
	u32 len = next_random(sizeof(value));

	fdt_property(blob, random_word(), value, (int)len);
}

static void random_node(void *blob, const char *name, int depth)
{
	u32 i, n;

	fdt_begin_node(blob, name);
	for (i = 0, n = next_random(4); i < n; i++)
		random_property(blob);
	for (i = 0, n = depth ? next_random(4) : 0; i < n; i++)
		random_node(blob, random_word(), depth - 1);
	fdt_end_node(blob);
}

/* A random tree; returns its size. */
static u32 random_tree(void *blob)
{
	u32 i, n;

	fdt_create(blob, BLOB_SIZE);
	for (i = 0, n = next_random(3); i < n; i++)
		fdt_add_reservemap_entry(blob, next_random(~0U), 1 + next_random(1000));
	fdt_finish_reservemap(blob);
	random_node(blob, "", 4);
	assert_int_equal(fdt_finish(blob), 0);
	return fdt_totalsize(blob);
}

/* A copy that ends where the blob does, so that a read beyond it is seen. */
static bool compare_copy(const void *blob, u32 size)
{
	void *copy = malloc(size);
	bool accepted;

	memcpy(copy, blob, size);
	accepted = compare_readers(copy, size);
	free(copy);
	return accepted;
}

static void random_trees_read_as_libfdt_reads_them(void **arg)
{
	char *blob = malloc(BLOB_SIZE);

	(void)arg;
	for (u32 seed = 1; seed < 500; seed++) {
		state = random_state(seed);
		assert_true(compare_copy(blob, random_tree(blob)));
	}
	free(blob);
}

static void mutated_trees_are_refused_or_read_alike(void **arg)
{
	u8 *blob = malloc(BLOB_SIZE);
	u32 seed, i, refused = 0;

	(void)arg;
	for (seed = 1; seed < 4000; seed++) {
		u32 size;

		state = random_state(seed);
		size = random_tree(blob);
		for (i = 0; i <= next_random(4); i++)
			blob[next_random(2) ? next_random(size) : next_random(40)] =
				(u8)next_random(12);
		refused += !compare_copy(blob, size);
	}
	assert_in_range(refused, 500, 3900);
	free(blob);
}

static void every_truncation_is_refused(void **arg)
{
	u8 *blob = malloc(BLOB_SIZE);
	const char *why;
	struct fdt fdt;
	u32 size, cut;

	(void)arg;
	state = 7;
	size = random_tree(blob);
	for (cut = 0; cut < size; cut++) {
		void *copy = malloc(cut + 1);

		memcpy(copy, blob, cut);
		assert_int_equal(fdt_open(&fdt, copy, cut, &why), -EINVAL);
		assert_non_null(strstr(why, "truncated"));
		free(copy);
	}
	free(blob);
}

static void refuse(const void *blob, size_t size, const char *reason)
{
	const char *why = NULL;
	struct fdt fdt;

	assert_int_equal(fdt_open(&fdt, blob, size, &why), -EINVAL);
	if (!strstr(why, reason))
		fail_msg("expected \"%s\", not \"%s\"", reason, why);
}

static void each_fault_has_its_reason(void **arg)
{
	static u32 blob[BLOB_SIZE / 4], good[BLOB_SIZE / 4];
	u32 size;

	(void)arg;
	state = 3;
	size = random_tree(good);
#define BREAK(field, value, reason)           \
	do {                                  \
		memcpy(blob, good, size);     \
		fdt_set_##field(blob, value); \
		refuse(blob, size, reason);   \
	} while (0)
	BREAK(magic, 0, "bad magic");
	BREAK(version, 15, "version");
	BREAK(last_comp_version, 18, "version");
	BREAK(totalsize, FDT_MAX_SIZE + 1, "more than 2 MiB");
	BREAK(totalsize, size + 1, "truncated");
	BREAK(totalsize, 39, "truncated");
	BREAK(off_dt_struct, size + 4, "structure block");
	BREAK(off_dt_struct, 0, "structure block");
	BREAK(off_dt_struct, 0xfffffffc, "structure block");
	BREAK(size_dt_struct, size, "structure block");
	BREAK(size_dt_struct, 0, "no root node");
	BREAK(size_dt_struct, 4, "no root node");
	BREAK(size_dt_struct, 8, "structure block is malformed");
	BREAK(off_dt_strings, size + 1, "strings block");
	BREAK(size_dt_strings, size + 1, "strings block");
	BREAK(off_mem_rsvmap, size, "reservation block");
	BREAK(off_mem_rsvmap, 0xfffffff0, "reservation block");
#undef BREAK
	refuse((const u8 *)good + 1, size, "not aligned");
}

/* A structure block made of the given tokens, with one property name, "a". */
static u32 *tokens_to_blob(const u32 *token, u32 nr)
{
	static u32 blob[256];
	u32 i;

	memset(blob, 0, sizeof(blob));
	fdt_set_magic(blob, FDT_MAGIC);
	fdt_set_totalsize(blob, sizeof(blob));
	fdt_set_version(blob, 17);
	fdt_set_last_comp_version(blob, 16);
	fdt_set_off_mem_rsvmap(blob, 40);
	fdt_set_off_dt_strings(blob, 56);
	fdt_set_size_dt_strings(blob, 2);
	((char *)blob)[56] = 'a';
	fdt_set_off_dt_struct(blob, 60);
	fdt_set_size_dt_struct(blob, nr * 4);
	for (i = 0; i < nr; i++)
		blob[15 + i] = cpu_to_fdt32(token[i]);
	return blob;
}

#define TOKENS(...) \
	tokens_to_blob((const u32[]){ __VA_ARGS__ }, sizeof((const u32[]){ __VA_ARGS__ }) / 4), 1024

static void structure_rules(void **arg)
{
	const char *why;
	struct fdt fdt;

	(void)arg;
	assert_int_equal(fdt_open(&fdt, TOKENS(1, 0, 2, 9), &why), 0);
	assert_int_equal(fdt_open(&fdt, TOKENS(1, 0, 4, 3, 0, 0, 4, 1, 0, 4, 2, 4, 2, 4, 9), &why),
			 0);
	refuse(TOKENS(9), "no root node");
	refuse(TOKENS(3, 0, 0, 9), "no root node");
	refuse(TOKENS(1, 0, 9), "do not nest");
	refuse(TOKENS(1, 0, 2, 2, 9), "do not nest");
	refuse(TOKENS(1, 0, 2, 1, 0, 2, 9), "two root");
	refuse(TOKENS(1, 0, 2, 3, 0, 0, 9), "property after a node");
	refuse(TOKENS(1, 0, 1, 0, 2, 3, 0, 0, 2, 9), "property after a node");
	refuse(TOKENS(1, 0, 2), "malformed");
	refuse(TOKENS(1, 0, 5, 2, 9), "malformed");
	refuse(TOKENS(1, 0x61616161), "no root node");
	refuse(TOKENS(1, 0, 1, 0x61616161), "malformed");
	refuse(TOKENS(1, 0, 3, 0, 2, 2, 9), "malformed");	   /* name outside of the strings */
	refuse(TOKENS(1, 0, 3, 0xffffffff, 0, 2, 9), "malformed"); /* length that wraps */
	refuse(TOKENS(1, 0, 3, 12, 0, 2, 9), "malformed");
	refuse(TOKENS(1, 0, 3, 0), "malformed");
}

/* libfdt 1.6 adds the length up with a wrap, and never gets on if that leads back to the property. */
static void lengths_that_wrap_are_refused(void **arg)
{
	u32 len;

	(void)arg;
	for (len = 0xffffffff; len >= 0xffffffc0; len--)
		assert_false(compare_copy(TOKENS(1, 0, 3, len, 0, 2, 9)));
}

/* Nothing lies behind the block that a reader could go on in. */
static void a_structure_block_may_end_anywhere(void **arg)
{
	const u32 token[] = { 1, 0, 3, 4, 0, 0x61626364, 4, 1, 0x61626300, 3, 0, 0, 2, 2, 9 };
	u32 nr;

	(void)arg;
	for (nr = 0; nr <= ARRAY_SIZE(token); nr++) {
		u32 *blob = tokens_to_blob(token, nr), size = 60 + 4 * nr;

		fdt_set_totalsize(blob, size);
		assert_int_equal(compare_copy(blob, size), nr == ARRAY_SIZE(token));
	}
}

static void depth_is_limited(void **arg)
{
	u32 token[4 * FDT_MAX_DEPTH], depth, i;
	const char *why;
	struct fdt fdt;

	(void)arg;
	for (depth = FDT_MAX_DEPTH; depth <= FDT_MAX_DEPTH + 1; depth++) {
		for (i = 0; i < 2 * depth; i += 2) {
			token[i] = 1;
			token[i + 1] = i ? 0x61000000 : 0;
		}
		for (; i < 3 * depth; i++)
			token[i] = 2;
		token[i++] = 9;
		if (depth > FDT_MAX_DEPTH) {
			refuse(tokens_to_blob(token, i), 1024, "nested too deeply");
			continue;
		}
		assert_int_equal(fdt_open(&fdt, tokens_to_blob(token, i), 1024, &why), 0);
		compare_nodes(&fdt, fdt.blob);
	}
}

/* A small machine, for the questions that libfdt has no one call for. */
static void *machine(void)
{
	static u64 blob[BLOB_SIZE / 8];

	fdt_create(blob, sizeof(blob));
	fdt_finish_reservemap(blob);
	fdt_begin_node(blob, "");
	fdt_property_u32(blob, "#address-cells", 2);
	fdt_property_u32(blob, "#size-cells", 1);
	fdt_begin_node(blob, "memory@80000000");
	fdt_property(blob, "reg", "\0\0\0\1\x80\0\0\0\0\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\x10", 24);
	fdt_property_string(blob, "status", "okay");
	fdt_end_node(blob);
	fdt_begin_node(blob, "memory@1");
	fdt_property(blob, "reg", "\0\0\0\1\x80\0\0\0", 8);
	fdt_property(blob, "status", "okay", 4);
	fdt_end_node(blob);
	fdt_end_node(blob);
	fdt_finish(blob);
	return blob;
}

static void reg_has_the_widths_that_the_parent_says(void **arg)
{
	struct fdt_reg reg;
	const char *why;
	struct fdt fdt;
	u64 start, size;
	int node;

	(void)arg;
	assert_int_equal(fdt_open(&fdt, machine(), BLOB_SIZE, &why), 0);
	node = fdt_find(&fdt, "/memory", 7, NULL);
	assert_string_equal(fdt_name(&fdt, node), "memory@80000000");
	assert_int_equal(fdt_reg(&fdt, node, 0, &reg), 0);
	assert_true(fdt_reg_next(&reg, &start, &size));
	assert_true(start == 0x180000000 && size == 0x100000);
	assert_true(fdt_reg_next(&reg, &start, &size));
	assert_true(start == 0 && size == 16);
	assert_false(fdt_reg_next(&reg, &start, &size));
	assert_int_equal(fdt_reg(&fdt, 0, 0, &reg), -ENOENT);
	node = fdt_find(&fdt, "/memory@1", 9, NULL);
	assert_int_equal(fdt_reg(&fdt, node, 0, &reg), -EINVAL);
}

static void a_node_is_available_without_status_or_with_okay(void **arg)
{
	const char *why;
	struct fdt fdt;

	(void)arg;
	assert_int_equal(fdt_open(&fdt, machine(), BLOB_SIZE, &why), 0);
	assert_true(fdt_available(&fdt, 0));
	assert_true(fdt_available(&fdt, fdt_find(&fdt, "/memory", 7, NULL)));
	assert_false(fdt_available(&fdt, fdt_find(&fdt, "/memory@1", 9, NULL)));
	assert_int_equal(fdt_find(&fdt, "memory", 6, NULL), -ENOENT);
	assert_int_equal(fdt_find(&fdt, "/mem", 4, NULL), -ENOENT);
	assert_int_equal(fdt_find(&fdt, "", 0, NULL), -ENOENT);
	assert_int_equal(fdt_find(&fdt, "/", 1, NULL), 0);
	assert_null(fdt_prop_string(&fdt, fdt_find(&fdt, "/memory@1", 9, NULL), "status"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_trees_read_as_libfdt_reads_them),
		cmocka_unit_test(mutated_trees_are_refused_or_read_alike),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(each_fault_has_its_reason),
		cmocka_unit_test(structure_rules),
		cmocka_unit_test(lengths_that_wrap_are_refused),
		cmocka_unit_test(a_structure_block_may_end_anywhere),
		cmocka_unit_test(depth_is_limited),
		cmocka_unit_test(reg_has_the_widths_that_the_parent_says),
		cmocka_unit_test(a_node_is_available_without_status_or_with_okay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
