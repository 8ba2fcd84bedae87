// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the planner refuses, and the questions that a plan answers. */
#include "tests/host/layout_support.h"

/* ---- bad input ---- */

static void bad_input_is_refused_with_a_reason(void **test)
{
	static const struct {
		struct grt_mem_range ram[3];
		unsigned int nr;
		int err;
	} maps[] = {
		{ { { 0, 0 } }, 0, -EINVAL },
		{ { { GIB(2), 0 } }, 1, -EINVAL },
		{ { { GIB(2), 100 } }, 1, -EINVAL },
		{ { { GIB(2) + 1, KIB(4) } }, 1, -EINVAL },
		{ { { ~0ULL - 100, 100 } }, 1, -EINVAL },
		{ { { ~0ULL - 100, 200 } }, 1, -EINVAL },
		{ { { GIB(4), GIB(1) }, { GIB(2), GIB(1) } }, 2, -EINVAL },
		{ { { GIB(2), GIB(1) }, { GIB(3) - 1, GIB(1) } }, 2, -EINVAL },
		{ { { GIB(2), GIB(1) }, { GIB(2), GIB(1) } }, 2, -EINVAL },
		{ { { GIB(2), GIB(1) }, { BIT(60), GIB(1) } }, 2, -ERANGE },
	};
	struct grt_mem_range ram = { GIB(2), GIB(1) };
	unsigned int choice, i;
	struct grt_layout l;

	(void)test;
	for (choice = 0; choice < grt_geometry_nr_choices; choice++) {
		struct grt_geometry g = test_geometry(choice);
		struct grt_layout_input in = test_input(&g, &ram, 1), bad;

		for (i = 0; i < ARRAY_SIZE(maps); i++) {
			bad = in;
			bad.memory = (struct grt_memory_map){ maps[i].ram, maps[i].nr };
			assert_int_equal(grt_layout_plan(&bad, &l), maps[i].err);
			assert_non_null(l.error);
		}
		bad = in, bad.image_pa++;
		assert_int_equal(grt_layout_plan(&bad, &l), -EINVAL);
		bad = in, bad.image_pa = BIT(60);
		assert_int_equal(grt_layout_plan(&bad, &l), -EINVAL);
		bad = in, bad.image_size = 0;
		assert_int_equal(grt_layout_plan(&bad, &l), -EINVAL);
		bad = in, bad.image_size = ~0ULL;
		assert_int_equal(grt_layout_plan(&bad, &l), -EINVAL);
		bad = in, bad.image_size = GIB(2) - MIB(255);
		assert_int_equal(grt_layout_plan(&bad, &l), -ENOSPC);
		bad = in, bad.image_align = 3;
		assert_int_equal(grt_layout_plan(&bad, &l), -EINVAL);
		bad = in, bad.text_end = KIB(128), bad.rodata_end = KIB(64);
		assert_int_equal(grt_layout_plan(&bad, &l), -EINVAL);
		bad = in, bad.text_end = KIB(64), bad.rodata_end = in.image_size + KIB(64);
		assert_int_equal(grt_layout_plan(&bad, &l), -EINVAL);
		bad = in, bad.text_end = bad.rodata_end = KIB(66);
		assert_int_equal(grt_layout_plan(&bad, &l), -EINVAL);
		bad = in, bad.text_end = KIB(64), bad.rodata_end = KIB(130);
		assert_int_equal(grt_layout_plan(&bad, &l), -EINVAL);
		bad = in, bad.struct_page_size = 0;
		assert_int_equal(grt_layout_plan(&bad, &l), -EINVAL);
		bad = in, bad.struct_page_size = 48;
		assert_int_equal(grt_layout_plan(&bad, &l), -EINVAL);
		bad = in, bad.policy = (enum grt_layout_policy)7;
		assert_int_equal(grt_layout_plan(&bad, &l), -EINVAL);
	}
}

/* ---- questions to a plan ---- */

static void regions_are_found_by_address(void **test)
{
	struct grt_mem_range ram = { GIB(2), GIB(1) };
	struct grt_geometry g = test_geometry(0);
	struct grt_layout_input in = test_input(&g, &ram, 1);
	struct grt_layout l;
	unsigned int i;

	(void)test;
	assert_int_equal(grt_layout_plan(&in, &l), 0);
	for (i = 0; i < l.nr; i++) {
		assert_ptr_equal(grt_layout_region_of(&l, l.region[i].start), &l.region[i]);
		assert_ptr_equal(grt_layout_region_of(&l, test_last(&l.region[i])), &l.region[i]);
	}
	assert_null(grt_layout_region_of(&l, 0x1000));
	assert_string_equal(grt_layout_region_of(&l, GIB(2) + l.linear_offset)->name, "linear");
	assert_string_equal(grt_layout_region_of(&l, in.image_pa + l.kernel_offset)->name,
			    "kernel");
	assert_string_equal(grt_layout_region_of(&l, ~0ULL)->name, "guard");
}

static void the_image_is_found_whole(void **test)
{
	struct grt_mem_range ram = { GIB(2), GIB(1) };
	struct grt_geometry g = test_geometry(0);
	struct grt_layout_input in = test_input(&g, &ram, 1), other;
	struct grt_layout whole, l;
	struct grt_region image;

	(void)test;
	assert_int_equal(grt_layout_plan(&in, &whole), 0);
	in.text_end = KIB(64);
	in.rodata_end = KIB(128);
	assert_int_equal(grt_layout_plan(&in, &l), 0);
	image = grt_layout_image(&l);
	assert_int_equal(image.start, grt_layout_find(&whole, GRT_REGION_KERNEL)->start);
	assert_int_equal(image.size, grt_layout_find(&whole, GRT_REGION_KERNEL)->size);
	assert_string_equal(grt_layout_region_of(&l, image.start)->name, "text");
	assert_string_equal(grt_layout_region_of(&l, image.start + KIB(64))->name, "rodata");
	assert_string_equal(grt_layout_region_of(&l, image.start + KIB(128))->name, "data");
	/* And what the check is for: the parts of another image. */
	other = in, other.text_end = 0;
	assert_non_null(grt_layout_check(&other, &l));
	other = in, other.text_end = KIB(128);
	assert_non_null(grt_layout_check(&other, &l));
	other = in, other.rodata_end = KIB(192);
	assert_non_null(grt_layout_check(&other, &l));
	other = in, other.rodata_writable = true;
	assert_non_null(grt_layout_check(&other, &l));
	assert_non_null(grt_layout_check(&in, &whole));
}

static void check_breaks(const struct grt_layout_input *input)
{
	struct grt_layout_input in = *input;
	struct grt_layout good, l;
	unsigned int i;

	assert_int_equal(grt_layout_plan(&in, &good), 0);
	for (i = 0; i < good.nr; i++) {
		l = good, l.region[i].size += 4096;
		assert_non_null(grt_layout_check(&in, &l));
		l = good, l.region[i].start -= 4096;
		assert_non_null(grt_layout_check(&in, &l));
		if (good.region[i].id == GRT_REGION_MODULES)
			continue; /* arm64 has more of them than it needs */
		l = good, l.region[i].id = good.region[i].id == GRT_REGION_GUARD ? GRT_REGION_LINEAR
										 : GRT_REGION_GUARD;
		assert_non_null(grt_layout_check(&in, &l));
	}
	l = good, l.kernel_offset += IMAGE_ALIGN;
	assert_non_null(grt_layout_check(&in, &l));
	l = good, l.linear_offset -= GIB(512);
	assert_non_null(grt_layout_check(&in, &l));
	l = good, l.lost_bytes = 1;
	assert_non_null(grt_layout_check(&in, &l));
}

static void a_broken_plan_fails_the_check(void **test)
{
	struct grt_mem_range ram = { GIB(2), GIB(1) };
	struct grt_geometry g = test_geometry(0);
	struct grt_layout_input in = test_input(&g, &ram, 1);

	(void)test;
	check_breaks(&in);
	in.text_end = KIB(512);
	in.rodata_end = KIB(576);
	check_breaks(&in);
}

static void rebase_moves_every_pointer(void **test)
{
	struct grt_mem_range ram = { GIB(2), GIB(1) };
	struct grt_geometry g = test_geometry(0);
	struct grt_layout_input in = test_input(&g, &ram, 1);
	struct grt_layout l, moved;
	unsigned int i;

	(void)test;
	assert_int_equal(grt_layout_plan(&in, &l), 0);
	moved = l;
	grt_layout_rebase(&moved, l.kernel_offset);
	assert_int_equal((u64)(uintptr_t)moved.g - l.kernel_offset, (uintptr_t)&g);
	for (i = 0; i < l.nr; i++) {
		assert_int_equal((uintptr_t)moved.region[i].name - l.kernel_offset,
				 (uintptr_t)l.region[i].name);
		assert_int_equal((uintptr_t)moved.region[i].note - l.kernel_offset,
				 (uintptr_t)l.region[i].note);
	}
	assert_null(moved.error);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_input_is_refused_with_a_reason),
		cmocka_unit_test(regions_are_found_by_address),
		cmocka_unit_test(the_image_is_found_whole),
		cmocka_unit_test(a_broken_plan_fails_the_check),
		cmocka_unit_test(rebase_moves_every_pointer),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("layout queries", tests, NULL, NULL);
}
