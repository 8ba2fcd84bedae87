// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Values of CSRs against the numbers that the privileged specification's fields make. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <asm/csr.h>

/* MODE [63:60]: 8 Sv39, 9 Sv48, 10 Sv57; ASID [59:44]; PPN [43:0] ("satp Register"). */
static void satp_of_each_mode(void **state)
{
	(void)state;
	assert_int_equal(satp_make(39, 0x80200000), 0x8000000000080200);
	assert_int_equal(satp_make(48, 0x80200000), 0x9000000000080200);
	assert_int_equal(satp_make(57, 0x80200000), 0xa000000000080200);
	assert_int_equal(satp_make(39, 0), 0x8000000000000000);
	assert_int_equal(satp_make(57, 0x00fffffffffff000), 0xa00000ffffffffff | 0xf0000000000);
	assert_int_equal(satp_make(48, 0x0000000000001000), 0x9000000000000001);
}

/* sstatus, sie and mstatus ("Supervisor Status Register", "Supervisor Interrupt Registers"). */
static void fields_of_the_others(void **state)
{
	(void)state;
	assert_int_equal(SSTATUS_SIE, 1 << 1);
	assert_int_equal(SSTATUS_VS, 3 << 9);
	assert_int_equal(SSTATUS_FS, 3 << 13);
	assert_int_equal(SSTATUS_SUM, 1 << 18);
	assert_int_equal(SSTATUS_MXR, 1 << 19);
	assert_int_equal(SIE_SSIE, 1 << 1);
	assert_int_equal(SIE_STIE, 1 << 5);
	assert_int_equal(MSTATUS_MIE, 1 << 3);
	assert_int_equal(MISA_S_SHIFT, 'S' - 'A');
	assert_int_equal(SCAUSE_INTERRUPT_BIT, 63);
	assert_int_equal(CAUSE_FETCH_PAGE_FAULT, 12);
	assert_int_equal(CAUSE_LOAD_PAGE_FAULT, 13);
	assert_int_equal(CAUSE_STORE_PAGE_FAULT, 15);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(satp_of_each_mode),
		cmocka_unit_test(fields_of_the_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
