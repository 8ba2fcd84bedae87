// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Values of CSRs against the numbers that the privileged specification's fields make. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <asm/csr.h>
#include <asm/sbi.h>

/* MODE [63:60]: 8 Sv39, 9 Sv48, 10 Sv57; ASID [59:44]; PPN [43:0] ("satp Register"). */
static void satp_of_each_mode(void **state)
{
	(void)state;
	assert_int_equal(satp_make(39, 0x80200000), 0x8000000000080200);
	assert_int_equal(satp_make(48, 0x80200000), 0x9000000000080200);
	assert_int_equal(satp_make(57, 0x80200000), 0xa000000000080200);
	assert_int_equal(satp_make(39, 0), 0x8000000000000000);
	assert_int_equal(satp_make(57, 0x00fffffffffff000), 0xa0000fffffffffff);
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

/* mcause and scause ("Supervisor Cause Register"). */
static void causes(void **state)
{
	(void)state;
	assert_int_equal(CAUSE_FETCH_MISALIGNED, 0);
	assert_int_equal(CAUSE_FETCH_ACCESS, 1);
	assert_int_equal(CAUSE_ILLEGAL, 2);
	assert_int_equal(CAUSE_BREAKPOINT, 3);
	assert_int_equal(CAUSE_LOAD_MISALIGNED, 4);
	assert_int_equal(CAUSE_LOAD_ACCESS, 5);
	assert_int_equal(CAUSE_STORE_MISALIGNED, 6);
	assert_int_equal(CAUSE_STORE_ACCESS, 7);
}

/* Extensions are named by four letters, functions are numbered (SBI specification). */
static void calls_of_firmware(void **state)
{
	(void)state;
	assert_int_equal(SBI_EXT_LEGACY_PUTCHAR, 1);
	assert_int_equal(SBI_EXT_LEGACY_SHUTDOWN, 8);
	assert_int_equal(SBI_EXT_BASE, 0x10);
	assert_int_equal(SBI_BASE_SPEC_VERSION, 0);
	assert_int_equal(SBI_BASE_IMPL_ID, 1);
	assert_int_equal(SBI_BASE_PROBE, 3);
	assert_int_equal(SBI_BASE_MVENDORID, 4);
	assert_int_equal(SBI_BASE_MARCHID, 5);
	assert_int_equal(SBI_BASE_MIMPID, 6);
	assert_int_equal(SBI_EXT_TIME, 'T' << 24 | 'I' << 16 | 'M' << 8 | 'E');
	assert_int_equal(SBI_TIME_SET_TIMER, 0);
	assert_int_equal(SBI_EXT_IPI, 's' << 16 | 'P' << 8 | 'I');
	assert_int_equal(SBI_IPI_SEND, 0);
	assert_int_equal(SBI_EXT_HSM, 'H' << 16 | 'S' << 8 | 'M');
	assert_int_equal(SBI_HSM_START, 0);
	assert_int_equal(SBI_HSM_STOP, 1);
	assert_int_equal(SBI_HSM_STATUS, 2);
	assert_int_equal(SBI_HSM_STOPPED, 1);
	assert_int_equal(SBI_HSM_START_PENDING, 2);
	assert_int_equal(SBI_EXT_SRST, 'S' << 24 | 'R' << 16 | 'S' << 8 | 'T');
	assert_int_equal(SBI_SRST_RESET, 0);
	assert_int_equal(SBI_SRST_SHUTDOWN, 0);
	assert_int_equal(SBI_SRST_NO_REASON, 0);
	assert_int_equal(SBI_SRST_SYSTEM_FAILURE, 1);
	assert_int_equal(SBI_EXT_DBCN, 'D' << 24 | 'B' << 16 | 'C' << 8 | 'N');
	assert_int_equal(SBI_DBCN_WRITE_BYTE, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(satp_of_each_mode),
		cmocka_unit_test(fields_of_the_others),
		cmocka_unit_test(causes),
		cmocka_unit_test(calls_of_firmware),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
