// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which harts have which errata. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <graticule/asm/errata.h>

#define SIFIVE 0x489
#define SERIES_7 0x8000000000000007

static void fences_by_address_are_broken_on_old_sifive_cores(void **state)
{
	(void)state;
	assert_true(
		grt_errata_cip_1200(SIFIVE, SERIES_7, 0x20181004)); /* FU740: 0x181004 of 24 bits */
	assert_true(grt_errata_cip_1200(SIFIVE, SERIES_7, 0x200630));
	assert_true(grt_errata_cip_1200(SIFIVE, 0x1, 0x0));
	assert_false(grt_errata_cip_1200(SIFIVE, SERIES_7, 0x200631));
	assert_false(grt_errata_cip_1200(SIFIVE, SERIES_7,
					 0x1200626)); /* repaired before the last release */
	assert_true(grt_errata_cip_1200(SIFIVE, SERIES_7, 0x200626));
	assert_true(grt_errata_cip_1200(SIFIVE, SERIES_7, 0x2200626));
	assert_false(grt_errata_cip_1200(SIFIVE, SERIES_7, 0x4210427)); /* JH7110's U74 */
	assert_false(grt_errata_cip_1200(SIFIVE, 0x8000000000000008, 0));
	assert_false(grt_errata_cip_1200(SIFIVE, 0x7, 0));
	assert_false(grt_errata_cip_1200(0x488, SERIES_7, 0));
	assert_false(grt_errata_cip_1200(0, 0x1, 0));
	assert_false(grt_errata_cip_1200(0, 42, 0)); /* QEMU */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fences_by_address_are_broken_on_old_sifive_cores),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
