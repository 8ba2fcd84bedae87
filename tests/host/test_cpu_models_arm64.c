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

/* ---- each model, and nobody else ---- */

/* MIDR_EL1 of r0p0, and variant and revision of the first and the last release, as two digits. */
struct listed {
	u32 midr;
	u8 first;
	u8 last;
};

/* In the order of the part numbers, as the makers' tables of MIDR_EL1 have them. */
static const struct listed expected_conflict_free[] = {
	{ 0x410fd820, 0x03, 0x0f },				/* X4 */
	{ 0x410fd830, 0x02, 0x0f },				/* V3AE */
	{ 0x410fd840, 0x02, 0x0f },				/* V3 */
	{ 0x4e0f0100, 0x00, 0xff },				/* Olympus */
	{ 0xc00fac30, 0x00, 0xff }, { 0xc00fac40, 0x00, 0xff }, /* AmpereOne */
};

static const struct listed expected_repeats[] = {
	{ 0x410fd050, 0x00, 0xff }, /* A55 */
	{ 0x410fd0b0, 0x00, 0xff }, /* A76 */
	{ 0x410fd0c0, 0x00, 0xff }, /* N1 */
	{ 0x410fd0d0, 0x00, 0xff }, /* A77 */
	{ 0x410fd0e0, 0x00, 0xff }, /* A76AE */
	{ 0x410fd400, 0x00, 0xff }, /* V1 */
	{ 0x410fd410, 0x00, 0xff }, /* A78 */
	{ 0x410fd420, 0x00, 0xff }, /* A78AE */
	{ 0x410fd440, 0x00, 0xff }, /* X1 */
	{ 0x410fd460, 0x00, 0x11 }, /* A510 */
	{ 0x410fd470, 0x00, 0xff }, /* A710 */
	{ 0x410fd480, 0x00, 0xff }, /* X2 */
	{ 0x410fd490, 0x00, 0xff }, /* N2 */
	{ 0x410fd4b0, 0x00, 0xff }, /* A78C */
	{ 0x410fd4c0, 0x00, 0xff }, /* X1C */
	{ 0x410fd4e0, 0x00, 0xff }, /* X3 */
	{ 0x410fd4f0, 0x00, 0xff }, /* V2 */
	{ 0x410fd820, 0x00, 0xff }, /* X4 */
	{ 0x410fd830, 0x00, 0xff }, /* V3AE */
	{ 0x410fd840, 0x00, 0xff }, /* V3 */
	{ 0x410fd850, 0x00, 0xff }, /* X925 */
	{ 0x410fd8c0, 0x00, 0xff }, /* C1-Ultra */
	{ 0x410fd900, 0x00, 0xff }, /* C1-Premium */
	{ 0x4e0f0100, 0x00, 0xff }, /* Olympus */
	{ 0x510f8000, 0x00, 0x00 }, /* Falkor */
	{ 0x510f8040, 0xce, 0xfe }, /* Kryo 4xx Gold */
	{ 0x6d0fd490, 0x00, 0xff }, /* Cobalt 100 */
};

static bool is_listed(const struct listed *list, unsigned int nr, u64 cpu)
{
	u64 release = (cpu >> 20 & 15) << 4 | (cpu & 15);

	for (unsigned int i = 0; i < nr; i++)
		if ((cpu & 0xff0ffff0) == list[i].midr && release >= list[i].first &&
		    release <= list[i].last)
			return true;
	return false;
}

static void each_model_is_known_by_all_of_its_number(void **state)
{
	static const u8 makers[] = { 0x00, 0x40, 0x41, 0x42, 0x4e, 0x4f, 0x50,
				     0x51, 0x53, 0x6c, 0x6d, 0xc0, 0xc1, 0xff };
	static const u8 releases[] = { 0x00, 0x01, 0x02, 0x03, 0x04, 0x0e, 0x0f, 0x10, 0x11,
				       0x12, 0x20, 0xcd, 0xce, 0xcf, 0xfd, 0xfe, 0xff };
	unsigned int found = 0;

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(makers) * 4096; i++) {
		u64 maker = makers[i / 4096], part = i % 4096;

		for (unsigned int r = 0; r < ARRAY_SIZE(releases); r++) {
			u64 cpu = midr(maker, part, releases[r] >> 4, releases[r] & 15);
			bool kryo = maker == 0x51 && part >> 8 == 2;

			assert_int_equal(grt_bbm_level_of(cpu, mmfr2(1)),
					 is_listed(expected_conflict_free,
						   ARRAY_SIZE(expected_conflict_free), cpu)
						 ? 3
						 : 1);
			assert_int_equal(grt_cpu_repeats_tlbi(cpu),
					 kryo || is_listed(expected_repeats,
							   ARRAY_SIZE(expected_repeats), cpu));
			found += grt_cpu_repeats_tlbi(cpu);
		}
	}
	assert_true(found > 256 * ARRAY_SIZE(releases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_id_register),
		cmocka_unit_test(test_models),
		cmocka_unit_test(test_only_those),
		cmocka_unit_test(test_repeated_tlbi),
		cmocka_unit_test(each_model_is_known_by_all_of_its_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
