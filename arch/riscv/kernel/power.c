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
#include "kernel/boot.h"
#include "kernel/printk.h"

/* Low half of what is written to the test device; the high half is the exit status. */
#define TEST_FAIL 0x3333
#define TEST_PASS 0x5555
/* Turns of a loop that is left only where the device does nothing: some seconds. */
#define TURNS (1U << 26)

/* RISC-V and Arm semihosting specifications; ADP_Stopped_ApplicationExit. */
#define SEMIHOSTING_WRITEC 0x03
#define SEMIHOSTING_EXIT_EXTENDED 0x20
#define SEMIHOSTING_APPLICATION_EXIT 0x20026

/* In .data: a trap before .bss is cleared comes here too. Statics need no relocation to be found. */
static struct power_devices devices
	__attribute__((section(".data"))) = { GRT_PHYS_NONE, GRT_PHYS_NONE, 0 };
static grt_phys_t own_pa __attribute__((section(".data")));
static bool silent __attribute__((section(".data")));

void power_init(const struct power_devices *found)
{
	devices = *found;
	own_pa = (grt_phys_t)&own_pa;
}

bool power_firmware_can(void)
{
	return sbi_has_reset();
}

/*
 * By physical address: whatever has happened to the kernel's mappings, this works.
 *
 * QEMU 7.2 exits in the store. QEMU 10 takes it as a request, and this hart runs on until another
 * thread of the emulator sees it; were the firmware asked meanwhile, its request, of success, would
 * replace this one. Turns are counted, and not time, which runs on while that thread has to wait.
 */
static void store_and_wait(grt_phys_t pa, u32 value)
{
	u64 offset = own_pa ? (u64)&own_pa - own_pa : 0;

	/* The loader's translation can't be left. */
	if (pa == GRT_PHYS_NONE || (!own_pa && read_csr(satp)) ||
	    !untranslated_store(pa, value, offset))
		return;
	for (unsigned int i = 0; i < TURNS; i++)
		arch_cpu_relax();
}

static void test_device_exit(bool success)
{
	const u32 value = success ? TEST_PASS : 1 << 16 | TEST_FAIL;

	store_and_wait(devices.test, value);
	/* Without a device tree, or with a wrong one. Where nothing is, the store does nothing. */
	if (devices.test != QEMU_VIRT_TEST && sbi_machine_is_qemu())
		store_and_wait(QEMU_VIRT_TEST, value);
}

static void semihosting_exit(bool success)
{
	const u64 arg[] = { SEMIHOSTING_APPLICATION_EXIT, success ? 0 : 1 };

	semihosting_call(SEMIHOSTING_EXIT_EXTENDED, arg);
}

/* The firmware's console, or somebody who listens by semihosting. */
void arch_console_putc(char c)
{
	if (sbi_has_console())
		sbi_putchar(c);
	else
		semihosting_call(SEMIHOSTING_WRITEC, &c);
}

/* Before boot_main() there is nothing to print with. */
static bool can_print(void)
{
	return !silent && boot_info.image_pa;
}

/* What was printed and kept, because its console is not known yet or out of reach for the moment. */
static void show_kept(void)
{
	static const struct console_desc firmware = { .type = CONSOLE_SBI };

	if (can_print() && !console_known())
		console_set(&firmware, 0);
}

static void say(const char *what)
{
	if (can_print())
		printk("graticule: %s\n", what);
}

void arch_power_off(bool success)
{
	if (!success) {
		show_kept();
		test_device_exit(false);
	}
	semihosting_exit(success);
	if (!success)
		say("neither a test device nor semihosting: the exit status does not tell of this");
	sbi_system_off(success);
	test_device_exit(success);
	store_and_wait(devices.syscon, devices.syscon_value);
	say("nothing that is known switches this machine off: halted");
	sbi_legacy_shutdown();
	arch_cpu_park();
}

void power_off_silent(void)
{
	silent = true;
	arch_power_off(false);
}
