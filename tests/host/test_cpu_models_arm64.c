// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What CPUs do by name: the level of FEAT_BBM, where its ID register says too little, and errata. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <graticule/asm/cpu_models.h>
#include "base/types.h"

/* MIDR_EL1 (Arm ARM, D): implementer [31:24], variant [23:20], architecture 15, part [15:4], revision. */
static u64 midr(u64 implementer, u64 part, u64 variant, u64 revision)
{
	return implementer << 24 | variant << 20 | 0xf << 16 | part << 4 | revision;
}

static u64 mmfr2(u64 level)
{
	return level << 52 | 0xff0fffffffffffff;
}

static void test_id_register(void **state)
{
	u64 cortex_a76 = midr(0x41, 0xd0b, 4, 1);

	(void)state;
	for (u64 level = 0; level <= 3; level++)
		assert_int_equal(grt_bbm_level_of(cortex_a76, mmfr2(level)), level);
	assert_int_equal(grt_bbm_level_of(cortex_a76, mmfr2(4)), 3);
	assert_int_equal(grt_bbm_level_of(cortex_a76, mmfr2(15)), 3);
}

static void test_models(void **state)
{
	(void)state;
	/* Cortex-X4 from r0p3, Neoverse-V3 and V3AE from r0p2, all AmpereOne and Olympus. */
	assert_int_equal(grt_bbm_level_of(midr(0x41, 0xd82, 0, 3), mmfr2(2)), 3);
	assert_int_equal(grt_bbm_level_of(midr(0x41, 0xd82, 0, 2), mmfr2(2)), 2);
	assert_int_equal(grt_bbm_level_of(midr(0x41, 0xd82, 1, 3), mmfr2(2)), 2);
	assert_int_equal(grt_bbm_level_of(midr(0x41, 0xd84, 0, 2), mmfr2(2)), 3);
	assert_int_equal(grt_bbm_level_of(midr(0x41, 0xd84, 0, 1), mmfr2(2)), 2);
	assert_int_equal(grt_bbm_level_of(midr(0x41, 0xd83, 0, 2), mmfr2(2)), 3);
	assert_int_equal(grt_bbm_level_of(midr(0xc0, 0xac3, 0, 0), mmfr2(0)), 3);
	assert_int_equal(grt_bbm_level_of(midr(0xc0, 0xac4, 2, 1), mmfr2(0)), 3);
	assert_int_equal(grt_bbm_level_of(midr(0x4e, 0x010, 0, 0), mmfr2(2)), 3);
}

static void test_only_those(void **state)
{
	(void)state;
	/* The same part number of another implementer, and a neighbour. */
	assert_int_equal(grt_bbm_level_of(midr(0x41, 0xac3, 0, 0), mmfr2(0)), 0);
	assert_int_equal(grt_bbm_level_of(midr(0x41, 0xd85, 0, 3), mmfr2(1)), 1);
	assert_int_equal(grt_bbm_level_of(0, mmfr2(0)), 0);
}

static void test_repeated_tlbi(void **state)
{
	(void)state;
	assert_true(grt_cpu_repeats_tlbi(midr(0x41, 0xd0b, 0, 0))); /* Cortex-A76 */
	assert_true(grt_cpu_repeats_tlbi(midr(0x41, 0xd0b, 4, 1)));
	assert_true(grt_cpu_repeats_tlbi(midr(0x41, 0xd0c, 3, 1))); /* Neoverse-N1 */
	assert_true(grt_cpu_repeats_tlbi(midr(0x41, 0xd05, 2, 0))); /* Cortex-A55 */
	assert_true(grt_cpu_repeats_tlbi(midr(0x41, 0xd46, 1, 1))); /* Cortex-A510 r1p1 */
	assert_false(grt_cpu_repeats_tlbi(midr(0x41, 0xd46, 1, 2)));
	assert_true(grt_cpu_repeats_tlbi(midr(0x51, 0x800, 0, 0))); /* Falkor v1, of one release */
	assert_false(grt_cpu_repeats_tlbi(midr(0x51, 0x800, 0, 1)));
	assert_true(grt_cpu_repeats_tlbi(midr(0x51, 0x804, 12, 14))); /* Kryo 4xx Gold */
	assert_false(grt_cpu_repeats_tlbi(midr(0x51, 0x804, 12, 13)));
	assert_false(grt_cpu_repeats_tlbi(midr(0x51, 0x804, 15, 15)));
	assert_true(grt_cpu_repeats_tlbi(midr(0x51, 0x201, 0, 1))); /* Kryo */
	assert_true(grt_cpu_repeats_tlbi(midr(0x51, 0x2ff, 3, 1)));
	assert_false(grt_cpu_repeats_tlbi(midr(0x51, 0x301, 0, 1)));
	assert_true(grt_cpu_repeats_tlbi(midr(0x6d, 0xd49, 0, 0)));  /* Cobalt 100 */
	assert_true(grt_cpu_repeats_tlbi(midr(0x4e, 0x010, 0, 0)));  /* Olympus */
	assert_false(grt_cpu_repeats_tlbi(midr(0x41, 0xd03, 0, 4))); /* Cortex-A53 */
	assert_false(grt_cpu_repeats_tlbi(midr(0x41, 0xd08, 0, 3))); /* Cortex-A72 */
	assert_false(grt_cpu_repeats_tlbi(midr(0x41, 0xd8b, 0, 0))); /* C1-Pro */
	assert_false(grt_cpu_repeats_tlbi(midr(0xc0, 0xac3, 0, 0))); /* AmpereOne */
	assert_false(grt_cpu_repeats_tlbi(0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_id_register),
		cmocka_unit_test(test_models),
		cmocka_unit_test(test_only_those),
		cmocka_unit_test(test_repeated_tlbi),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
