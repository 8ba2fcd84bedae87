/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Ending the machine. */
#ifndef ASM_POWER_H
#define ASM_POWER_H

#include "base/types.h"

struct fdt;

/* Where QEMU's virt machine has its test device, whatever the device tree says. */
#define QEMU_VIRT_TEST 0x100000

/**
 * struct power_devices - what the device tree names that ends the machine; GRT_PHYS_NONE: no such device
 * @test: registers of a "sifive,test0": it takes an exit status
 * @syscon: the register of a "syscon-poweroff"
 * @syscon_value: what is written to it
 */
struct power_devices {
	grt_phys_t test;
	grt_phys_t syscon;
	u32 syscon_value;
};

/** power_find() - look for them; for @syscon only where the firmware can't end the machine. */
void power_find(const struct fdt *fdt, struct power_devices *out);

/** power_firmware_can() - has the firmware a call that ends the machine? */
bool power_firmware_can(void);

/** power_init() - the devices that arch_power_off() may use. Boot stage. */
void power_init(const struct power_devices *devices);

/** power_off_silent() - arch_power_off(false) without a word, where words are what fails. */
_Noreturn void power_off_silent(void);

#endif
