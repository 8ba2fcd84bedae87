// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The example of the porting guide does what the guide says, in every layout. */
/* link: examples/embed.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>
#include <graticule/asm/caps.h>
#include <asm/pte.h>
#include "base/errno.h"
#include "mm/page_size.h"
#include "examples/embed.h"

#define TABLES_PA MIB(512)
#define TABLES_SIZE MIB(8)

/* Widths and page sizes aside, the least that there is: what changes live is what any CPU allows. */
static const struct grt_mmu_caps no_extension = {
#ifdef GEOMETRY_FORMAT_PBMT
	.va_bits = 57,
#else
	.granule_4k = true,
	.granule_16k = true,
	.granule_64k = true,
	.lpa2_4k = true,
	.lpa2_16k = true,
	.lva = true,
#endif
	.pa_bits = 52,
};

static const struct grt_mem_range ram[] = {
	{ MIB(256), MIB(700) },
	{ GIB(2), GIB(3) },
};

static void check(const struct space *s, grt_virt_t va, grt_phys_t pa, grt_attr_t perm)
{
	struct grt_leaf leaf;

	assert_int_equal(grt_translate(&s->pt, va, &leaf), 0);
	assert_int_equal(leaf.pa + (va - leaf.va), pa);
	assert_int_equal(leaf.attr & GRT_ATTR_PERM_MASK, perm);
}

static void test_every_layout(void **state)
{
	void *memory = aligned_alloc(KIB(64), TABLES_SIZE);
	struct machine m = {
		.caps = &no_extension,
		.memory = { ram, ARRAY_SIZE(ram) },
		.image = { MIB(258), MIB(3) },
		.text_size = KIB(832),
		.tables = { TABLES_PA, TABLES_SIZE },
		.offset = (u64)(uintptr_t)memory - TABLES_PA,
	};

	(void)state;
	assert_non_null(memory);
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++) {
		struct space s;
		u64 kernel, linear;

		m.page_shift = grt_geometry_choices[i].page_shift;
		m.va_bits = grt_geometry_choices[i].va_bits;
		assert_int_equal(embed_build(&s, &m), 0);
		kernel = s.layout.kernel_offset;
		linear = s.layout.linear_offset;
		check(&s, MIB(258) + kernel, MIB(258), GRT_ATTR_READ | GRT_ATTR_EXEC);
		check(&s, MIB(259) + kernel, MIB(259), GRT_ATTR_READ | GRT_ATTR_WRITE);
		check(&s, MIB(258) + linear, MIB(258), GRT_ATTR_READ);
		check(&s, MIB(259) + linear, MIB(259), GRT_ATTR_READ | GRT_ATTR_WRITE);
		check(&s, MIB(256) + linear, MIB(256), GRT_ATTR_READ | GRT_ATTR_WRITE);
		check(&s, GIB(5) - 8 + linear, GIB(5) - 8, GRT_ATTR_READ | GRT_ATTR_WRITE);
	}
	free(memory);
}

static void test_out_of_tables(void **state)
{
	void *memory = aligned_alloc(KIB(64), TABLES_SIZE);
	struct machine m = {
		.caps = &no_extension,
		.page_shift = grt_geometry_choices[0].page_shift,
		.va_bits = grt_geometry_choices[0].va_bits,
		.memory = { ram, ARRAY_SIZE(ram) },
		.image = { MIB(258), MIB(3) },
		.text_size = KIB(832),
		.tables = { TABLES_PA, 3 * BIT(grt_geometry_choices[0].page_shift) },
		.offset = (u64)(uintptr_t)memory - TABLES_PA,
	};
	struct space s;

	(void)state;
	assert_int_equal(embed_build(&s, &m), -ENOMEM);
	free(memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_layout),
		cmocka_unit_test(test_out_of_tables),
	};

	return cmocka_run_group_tests_name("the example of the porting guide", tests, NULL, NULL);
}
