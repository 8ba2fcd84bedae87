// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Ending the machine so that whoever started it can tell success from failure.
 *
 * SBI SRST takes "system failure" as a reason, but OpenSBI on QEMU's virt machine then ends QEMU with
 * status 0. Its test device takes the status itself; elsewhere semihosting does, where it is on.
 */
#include <asm/boot.h>
#include <asm/csr.h>
#include <asm/power.h>
#include <asm/sbi.h>
#include "kernel/arch.h"

/* Low half of what is written to the test device; the high half is the exit status. */
#define TEST_FAIL 0x3333

/* In .data: a trap before .bss is cleared comes here too. Statics need no relocation to be found. */
static phys_addr_t test_device __attribute__((section(".data"))) = PHYS_NONE;
static phys_addr_t own_pa __attribute__((section(".data")));

void power_test_device(phys_addr_t pa)
{
	test_device = pa;
	own_pa = (phys_addr_t)&own_pa;
}

/* By physical address: whatever has happened to the kernel's mappings, this works. */
static void test_device_fail(void)
{
	if (test_device != PHYS_NONE)
		untranslated_store(test_device, 1 << 16 | TEST_FAIL, (u64)&own_pa - own_pa);
}

void arch_power_off(bool success)
{
	if (!success) {
		test_device_fail();
		semihosting_exit();
	}
	sbi_shutdown(success);
	arch_cpu_park();
}
