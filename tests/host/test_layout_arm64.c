// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* arm64's placement, number by number, and its choice of page size and VA width. */
#include <graticule/asm/caps.h>
#include "tests/host/layout_support.h"

static struct grt_geometry geometry_of(unsigned int page_shift, unsigned int va_bits)
{
	struct grt_geometry g;

	assert_int_equal(grt_geometry_init(&g, page_shift, va_bits, NULL), 0);
	return g;
}

static void expect(const struct grt_region *r, const char *name, u64 start, u64 last)
{
	assert_non_null(r);
	assert_string_equal(r->name, name);
	assert_int_equal(r->start, start);
	assert_int_equal(test_last(r), last);
}

static void four_k_48_with_one_gigabyte_is_placed_exactly(void **test)
{
	struct grt_mem_range ram = { 0x40000000, GIB(1) };
	struct grt_geometry g = geometry_of(12, 48);
	struct grt_layout_input in = test_input(&g, &ram, 1);
	struct grt_layout l;

	(void)test;
	assert_int_equal(grt_layout_plan(&in, &l), 0);
	expect(grt_layout_find(&l, GRT_REGION_LINEAR), "linear", 0xffff000000000000,
	       0xffff7fffffffffff);
	assert_int_equal(l.linear_offset, 0xffff000000000000);
	expect(grt_layout_find(&l, GRT_REGION_KERNEL), "kernel", 0xffff800000200000,
	       0xffff8000003fffff);
	expect(test_region(&l, GRT_REGION_MODULES, 0), "modules", 0xffff800000400000,
	       0xffff8000081fffff);
	expect(test_region(&l, GRT_REGION_MODULES, 1), "modules", 0xffff800008200000,
	       0xffff8000781fffff);
	expect(grt_layout_find(&l, GRT_REGION_BPF), "bpf", 0xffff800078200000, 0xffff8000801fffff);
	assert_int_equal(grt_layout_find(&l, GRT_REGION_VMALLOC)->start, 0xffff800080400000);
	expect(grt_layout_find(&l, GRT_REGION_FIXMAP), "fixmap", 0xfffffffffee00000,
	       0xffffffffffdfffff);
	assert_int_equal(grt_layout_find(&l, GRT_REGION_VMEMMAP)->size, TIB(1));
}

/* From low to high: linear, vmalloc (what is below the image), image, modules, BPF, vmalloc, ... */
static void the_window_starts_vmalloc(void **test)
{
	struct grt_mem_range ram = { 0x40000000, GIB(8) };
	unsigned int choice, seed;
	struct grt_layout l;

	(void)test;
	for (choice = 0; choice < grt_geometry_nr_choices; choice++)
		for (seed = 0; seed < 500; seed++) {
			struct grt_geometry g = geometry_of(grt_geometry_choices[choice].page_shift,
							    grt_geometry_choices[choice].va_bits);
			struct grt_layout_input in = test_input(&g, &ram, 1);
			const struct grt_region *kernel, *direct, *plt, *bpf, *above;

			in.kaslr = seed > 0;
			in.seed = seed;
			assert_int_equal(grt_layout_plan(&in, &l), 0);
			kernel = grt_layout_find(&l, GRT_REGION_KERNEL);
			direct = test_region(&l, GRT_REGION_MODULES, 0);
			plt = test_region(&l, GRT_REGION_MODULES, 1);
			bpf = grt_layout_find(&l, GRT_REGION_BPF);
			above = test_region(&l, GRT_REGION_VMALLOC,
					    test_region(&l, GRT_REGION_VMALLOC, 1) != NULL);
			assert_true(kernel->start >
				    test_last(grt_layout_find(&l, GRT_REGION_LINEAR)));
			/* B and BL go from any byte to any other. */
			assert_int_equal(direct->start, test_last(kernel) + 1);
			assert_int_equal(direct->size, MIB(128) - kernel->size);
			assert_int_equal(plt->start, test_last(direct) + 1);
			assert_int_equal(bpf->start, test_last(plt) + 1);
			assert_true(above->start > test_last(bpf) + MIB(1));
			if (!seed) {
				assert_null(test_region(&l, GRT_REGION_VMALLOC, 1));
				assert_int_equal(test_last(bpf) - kernel->start, GIB(2) - 1);
			}
			assert_true(grt_layout_find(&l, GRT_REGION_VMEMMAP)->start >
				    test_last(above));
			assert_true(grt_layout_find(&l, GRT_REGION_FIXMAP)->start >
				    test_last(grt_layout_find(&l, GRT_REGION_VMEMMAP)));
		}
}

static void a_huge_image_leaves_no_direct_modules(void **test)
{
	struct grt_mem_range ram = { 0x40000000, GIB(8) };
	struct grt_geometry g = geometry_of(12, 48);
	struct grt_layout_input in = test_input(&g, &ram, 1);
	struct grt_layout l;

	(void)test;
	in.image_size = MIB(200);
	assert_int_equal(grt_layout_plan(&in, &l), 0);
	assert_null(grt_layout_check(&in, &l));
	assert_null(test_region(&l, GRT_REGION_MODULES, 1));
}

static void the_linear_map_grows_for_memory(void **test)
{
	struct grt_mem_range ram = { 0x40000000, GIB(50) }; /* more than half of 64 GiB */
	struct grt_geometry g = geometry_of(14, 36);
	struct grt_layout_input in = test_input(&g, &ram, 1);
	struct grt_layout l;

	(void)test;
	assert_int_equal(grt_layout_plan(&in, &l), 0);
	assert_null(grt_layout_check(&in, &l));
	assert_true(grt_layout_find(&l, GRT_REGION_LINEAR)->size >= GIB(50));
	ram.size = GIB(57);
	assert_int_equal(grt_layout_plan(&in, &l), -ERANGE);
}

static void kaslr_has_many_bits(void **test)
{
	static const struct {
		unsigned int page, va, kernel, linear;
	} want[] = {
		{ 12, 39, 20, 6 },  { 12, 48, 28, 15 }, { 12, 52, 32, 19 }, { 14, 36, 15, 3 },
		{ 14, 47, 27, 15 }, { 14, 48, 28, 16 }, { 14, 52, 32, 20 }, { 16, 42, 23, 10 },
		{ 16, 48, 28, 17 }, { 16, 52, 32, 21 },
	};
	struct grt_mem_range ram = { 0x40000000, GIB(8) };
	unsigned int i;
	struct grt_layout l;

	(void)test;
	for (i = 0; i < ARRAY_SIZE(want); i++) {
		struct grt_geometry g = geometry_of(want[i].page, want[i].va);
		struct grt_layout_input in = test_input(&g, &ram, 1);

		in.kaslr = true;
		assert_int_equal(grt_layout_plan(&in, &l), 0);
		if (l.kernel_bits < want[i].kernel || l.linear_bits < want[i].linear)
			print_error("%u/%u: %u %u\n", want[i].page, want[i].va, l.kernel_bits,
				    l.linear_bits);
		assert_true(l.kernel_bits >= want[i].kernel);
		assert_true(l.linear_bits >= want[i].linear);
	}
}

/* ---- choosing ---- */

static const struct grt_mmu_caps everything = {
	.pa_bits = 52,
	.granule_4k = true,
	.granule_16k = true,
	.granule_64k = true,
	.lpa2_4k = true,
	.lpa2_16k = true,
	.lva = true,
	.cont = true,
};
static const struct grt_mmu_caps a53 = {
	.pa_bits = 40,
	.granule_4k = true,
	.granule_64k = true,
	.cont = true,
};
/* 52 bits only with 64K pages: FEAT_LPA and FEAT_LVA without FEAT_LPA2. */
static const struct grt_mmu_caps lva_only = {
	.pa_bits = 52,
	.granule_4k = true,
	.granule_16k = true,
	.granule_64k = true,
	.lva = true,
	.cont = true,
};
static const struct grt_mmu_caps only_64k = { .pa_bits = 48, .granule_64k = true, .cont = true };
static const struct grt_mmu_caps nothing = { .pa_bits = 48 };

static void expect_choice(const struct grt_mmu_caps *caps, const struct grt_mem_range *ram,
			  unsigned int want_page, unsigned int want_va, unsigned int page,
			  unsigned int va, bool noted)
{
	struct grt_memory_map memory = { ram, 1 };
	const char *note;
	struct grt_geometry g;

	assert_int_equal(grt_geometry_choose(want_page, want_va, caps, &memory, &g, &note), 0);
	assert_int_equal(g.page_shift, page);
	assert_int_equal(g.va_bits, va);
	assert_int_equal(note != NULL, noted);
}

static void chooses_4k_48_unless_told(void **test)
{
	struct grt_mem_range ram = { 0x40000000, GIB(1) };

	(void)test;
	expect_choice(&everything, &ram, 0, 0, 12, 48, false);
	expect_choice(&a53, &ram, 0, 0, 12, 48, false);
	expect_choice(&only_64k, &ram, 0, 0, 16, 48, false);
	expect_choice(&everything, &ram, 14, 0, 14, 48, false);
	expect_choice(&everything, &ram, 16, 0, 16, 48, false);
	expect_choice(&everything, &ram, 0, 39, 12, 39, false);
	expect_choice(&everything, &ram, 0, 36, 14, 36, false);
	expect_choice(&everything, &ram, 0, 47, 14, 47, false);
	expect_choice(&everything, &ram, 0, 42, 16, 42, false);
	expect_choice(&everything, &ram, 0, 52, 12, 52, false);
	expect_choice(&lva_only, &ram, 0, 52, 16, 52, false);
	expect_choice(&everything, &ram, 14, 36, 14, 36, false);
}

static void what_the_cpu_lacks_becomes_the_nearest(void **test)
{
	struct grt_mem_range ram = { 0x40000000, GIB(1) };

	(void)test;
	expect_choice(&a53, &ram, 14, 0, 12, 48, true);
	expect_choice(&a53, &ram, 14, 47, 12, 48, true);
	expect_choice(&a53, &ram, 14, 36, 12, 39, true);
	expect_choice(&a53, &ram, 0, 52, 12, 48, true);
	expect_choice(&a53, &ram, 12, 52, 12, 48, true);
	expect_choice(&a53, &ram, 16, 52, 16, 48, true);
	expect_choice(&lva_only, &ram, 12, 52, 12, 48, true);
	expect_choice(&only_64k, &ram, 12, 39, 16, 42, true);
	expect_choice(&everything, &ram, 12, 47, 12, 48, true);
	expect_choice(&everything, &ram, 16, 47, 16, 48, true);
	expect_choice(&everything, &ram, 14, 39, 14, 36, true);
}

static void memory_beyond_48_bits_gets_52(void **test)
{
	struct grt_mem_range high = { BIT(50), GIB(1) }, large = { 0, TIB(200) };

	(void)test;
	expect_choice(&everything, &high, 0, 0, 12, 52, false);
	expect_choice(&everything, &high, 14, 0, 14, 52, false);
	expect_choice(&everything, &large, 0, 0, 12, 48, false);
	large.size = TIB(256) - GIB(1);
	expect_choice(&everything, &large, 0, 0, 12, 52, false);
	expect_choice(&everything, &large, 16, 0, 16, 52, false);
	expect_choice(&everything, &large, 12, 48, 12, 48, false);
	expect_choice(&lva_only, &high, 0, 0, 16, 48, false);
	expect_choice(&lva_only, &large, 0, 0, 16, 52, false);
	expect_choice(&a53, &high, 0, 0, 12, 48, false);
}

static void a_cpu_without_page_sizes_is_an_error(void **test)
{
	const char *note;
	struct grt_geometry g;

	(void)test;
	assert_int_equal(grt_geometry_choose(0, 0, &nothing, NULL, &g, &note), -EOPNOTSUPP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(four_k_48_with_one_gigabyte_is_placed_exactly),
		cmocka_unit_test(the_window_starts_vmalloc),
		cmocka_unit_test(a_huge_image_leaves_no_direct_modules),
		cmocka_unit_test(the_linear_map_grows_for_memory),
		cmocka_unit_test(kaslr_has_many_bits),
		cmocka_unit_test(chooses_4k_48_unless_told),
		cmocka_unit_test(what_the_cpu_lacks_becomes_the_nearest),
		cmocka_unit_test(memory_beyond_48_bits_gets_52),
		cmocka_unit_test(a_cpu_without_page_sizes_is_an_error),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("layout_arm64", tests, NULL, NULL);
}
