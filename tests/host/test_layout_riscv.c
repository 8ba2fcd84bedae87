// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* RISC-V's placement, number by number, and its choice of a mode. */
#include <graticule/asm/caps.h>
#include "tests/host/layout_support.h"

static struct grt_geometry sv(unsigned int bits)
{
	struct grt_geometry g;

	assert_int_equal(grt_geometry_init(&g, 12, bits, NULL), 0);
	return g;
}

static void expect(const struct grt_region *r, const char *name, u64 start, u64 last)
{
	assert_non_null(r);
	assert_string_equal(r->name, name);
	assert_int_equal(r->start, start);
	assert_int_equal(test_last(r), last);
}

static void sv39_with_one_gigabyte_is_placed_exactly(void **test)
{
	struct grt_mem_range ram = { 0x80000000, GIB(1) };
	struct grt_geometry g = sv(39);
	struct grt_layout_input in = test_input(&g, &ram, 1);
	struct grt_layout l;

	(void)test;
	assert_int_equal(grt_layout_plan(&in, &l), 0);
	/* The upper 128 GiB, but for what error pointers use. */
	expect(grt_layout_find(&l, GRT_REGION_LINEAR), "linear", 0xffffffe000000000,
	       0xffffffffffdfffff);
	assert_int_equal(l.linear_offset, 0xffffffe000000000 - 0x80000000);
	/* VMALLOC_END, inclusive, is 0xffffffdfffdfffff. */
	expect(grt_layout_find(&l, GRT_REGION_KERNEL), "kernel", 0xffffffdf7fe00000,
	       0xffffffdf7fffffff);
	expect(grt_layout_find(&l, GRT_REGION_BPF), "bpf", 0xffffffdf80000000, 0xffffffdf87ffffff);
	expect(grt_layout_find(&l, GRT_REGION_MODULES), "modules", 0xffffffdf88000000,
	       0xffffffdfffdfffff);
	assert_int_equal(l.kernel_offset, 0xffffffdf7fe00000 - in.image_pa);
	expect(grt_layout_find(&l, GRT_REGION_FIXMAP), "fixmap", 0xffffffc000200000,
	       0xffffffc0011fffff);
	assert_null(test_region(&l, GRT_REGION_VMALLOC, 1));
	assert_int_equal(test_last(grt_layout_find(&l, GRT_REGION_VMALLOC)) + 1 + MIB(2),
			 0xffffffdf7fe00000);
}

/* From low to high: fixmap, vmemmap, vmalloc, kernel, BPF, modules, linear. */
static void the_kernel_ends_vmalloc(void **test)
{
	static const enum grt_region_id order[] = { GRT_REGION_FIXMAP,	GRT_REGION_VMEMMAP,
						    GRT_REGION_VMALLOC, GRT_REGION_KERNEL,
						    GRT_REGION_BPF,	GRT_REGION_MODULES,
						    GRT_REGION_LINEAR };
	struct grt_mem_range ram = { 0x80000000, GIB(8) };
	unsigned int bits, seed, i, n;
	struct grt_layout l;

	(void)test;
	for (bits = 39; bits <= 57; bits += 9)
		for (seed = 0; seed < 1000; seed++) {
			struct grt_geometry g = sv(bits);
			struct grt_layout_input in = test_input(&g, &ram, 1);
			const struct grt_region *kernel, *bpf, *modules;
			grt_virt_t vmalloc_end;

			in.kaslr = seed > 0;
			in.seed = seed;
			assert_int_equal(grt_layout_plan(&in, &l), 0);
			for (i = n = 0; i < l.nr; i++)
				if (l.region[i].id != GRT_REGION_GUARD)
					assert_int_equal(l.region[i].id, order[n++]);
			assert_int_equal(n, ARRAY_SIZE(order));
			kernel = grt_layout_find(&l, GRT_REGION_KERNEL);
			bpf = grt_layout_find(&l, GRT_REGION_BPF);
			modules = grt_layout_find(&l, GRT_REGION_MODULES);
			vmalloc_end = test_last(modules);
			assert_true(kernel->start >= vmalloc_end - GIB(2) + 1);
			if (!seed)
				assert_int_equal(kernel->start, vmalloc_end - GIB(2) + 1);
			assert_int_equal(bpf->start, test_last(kernel) + 1);
			assert_int_equal(bpf->size, MIB(128));
			assert_int_equal(modules->start, test_last(bpf) + 1);
			assert_true(vmalloc_end < kernel->start + GIB(2));
		}
}

static void text_region_is_beyond_the_linear_map(void **test)
{
	struct grt_mem_range ram = { 0x80000000, GIB(8) };
	unsigned int bits, seed;
	struct grt_layout l;

	(void)test;
	for (bits = 39; bits <= 57; bits += 9)
		for (seed = 0; seed < 100; seed++) {
			struct grt_geometry g = sv(bits);
			struct grt_layout_input in = test_input(&g, &ram, 1);
			const struct grt_region *kernel;

			in.policy = GRT_LAYOUT_TEXT_REGION;
			in.kaslr = seed > 0;
			in.seed = seed;
			assert_int_equal(grt_layout_plan(&in, &l), 0);
			kernel = grt_layout_find(&l, GRT_REGION_KERNEL);
			assert_true(kernel->start >
				    test_last(grt_layout_find(&l, GRT_REGION_LINEAR)));
			assert_true(kernel->start >= 0 - GIB(2));
			if (!seed)
				assert_int_equal(kernel->start, 0 - GIB(2));
			assert_null(test_region(&l, GRT_REGION_VMALLOC, 1));
		}
}

/* 128 GiB at 2 GiB do not fit the upper half beside the last guard, 200 GiB even less. */
static void sv39_grows_the_linear_map_for_memory(void **test)
{
	struct grt_mem_range ram = { 0x80000000, 0 };
	struct grt_geometry g = sv(39);
	struct grt_layout_input in = test_input(&g, &ram, 1);
	struct grt_layout l;
	u64 size;

	(void)test;
	in.image_pa = 0x80200000;
	for (size = 127; size <= 244; size++) {
		ram.size = GIB(size);
		assert_int_equal(grt_layout_plan(&in, &l), 0);
		assert_null(grt_layout_check(&in, &l));
		assert_int_equal(l.linear_offset % GIB(1), 0);
	}
	ram.size = GIB(247);
	assert_int_equal(grt_layout_plan(&in, &l), -ERANGE);
}

static void kaslr_has_many_bits(void **test)
{
	static const struct {
		unsigned int bits, kernel, linear;
	} want[] = { { 39, 19, 5 }, { 48, 27, 15 }, { 57, 36, 24 } };
	struct grt_mem_range ram = { 0x80000000, GIB(8) };
	unsigned int i;
	struct grt_layout l;

	(void)test;
	for (i = 0; i < ARRAY_SIZE(want); i++) {
		struct grt_geometry g = sv(want[i].bits);
		struct grt_layout_input in = test_input(&g, &ram, 1);

		in.kaslr = true;
		assert_int_equal(grt_layout_plan(&in, &l), 0);
		assert_true(l.kernel_bits >= want[i].kernel);
		assert_true(l.linear_bits >= want[i].linear);
	}
}

static void chooses_the_widest_mode_unless_told(void **test)
{
	static const struct {
		unsigned int want, has, got;
		bool note;
	} cases[] = {
		{ 0, 57, 57, false },  { 0, 48, 48, false },  { 0, 39, 39, false },
		{ 39, 57, 39, false }, { 48, 57, 48, false }, { 57, 48, 48, true },
		{ 57, 39, 39, true },  { 48, 39, 39, true },  { 52, 57, 48, true },
	};
	struct grt_geometry g;
	const char *note;
	unsigned int i;

	(void)test;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct grt_mmu_caps caps = { .va_bits = (u8)cases[i].has, .pa_bits = 56 };

		assert_int_equal(grt_geometry_choose(0, cases[i].want, &caps, NULL, &g, &note), 0);
		assert_int_equal(g.va_bits, cases[i].got);
		assert_int_equal(note != NULL, cases[i].note);
	}
	assert_int_equal(grt_geometry_choose(14, 0, NULL, NULL, &g, &note), 0);
	assert_int_equal(g.page_shift, 12);
	assert_non_null(note);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sv39_with_one_gigabyte_is_placed_exactly),
		cmocka_unit_test(the_kernel_ends_vmalloc),
		cmocka_unit_test(text_region_is_beyond_the_linear_map),
		cmocka_unit_test(sv39_grows_the_linear_map_for_memory),
		cmocka_unit_test(kaslr_has_many_bits),
		cmocka_unit_test(chooses_the_widest_mode_unless_told),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("layout_riscv", tests, NULL, NULL);
}
