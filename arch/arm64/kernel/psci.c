// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Power: PSCI (Arm DEN0022), and semihosting for a failure's status. */
#include <graticule/errno.h>
#include <asm/psci.h>
#include "kernel/arch.h"
#include "kernel/boot.h"
#include "kernel/console.h"

static s64 call(enum psci_conduit conduit, u64 fn, u64 a1, u64 a2, u64 a3)
{
	if (conduit == PSCI_HVC)
		return smccc_hvc(fn, a1, a2, a3);
	return smccc_smc(fn, a1, a2, a3);
}

int psci_cpu_on(const struct boot_info *bi, u64 hwid, phys_addr_t entry, u64 arg)
{
	if (bi->arch.psci == PSCI_NONE || !bi->arch.psci_cpu_on)
		return -ENODEV;
	/* Results are 32 bits wide in PSCI 0.1. */
	switch ((int)call(bi->arch.psci, bi->arch.psci_cpu_on, hwid, entry, arg)) {
	case PSCI_SUCCESS:
		return 0;
	case PSCI_NOT_SUPPORTED:
		return -EOPNOTSUPP;
	case PSCI_INVALID_PARAMETERS:
		return -ENODEV;
	case PSCI_DENIED:
		return -EPERM;
	case PSCI_ALREADY_ON:
	case PSCI_ON_PENDING:
		return -EBUSY;
	default:
		return -EIO;
	}
}

void psci_system_off(const struct boot_info *bi)
{
	if (bi->arch.psci != PSCI_NONE && bi->arch.psci_system_off)
		call(bi->arch.psci, bi->arch.psci_system_off, 0, 0, 0);
	/* No device tree was read, or it doesn't say: one of these, and the other comes back. */
	call(PSCI_HVC, PSCI_SYSTEM_OFF, 0, 0, 0);
	call(PSCI_SMC, PSCI_SYSTEM_OFF, 0, 0, 0);
}

void arch_console_putc(char c)
{
	semihosting_call(SEMIHOSTING_WRITEC, &c);
}

/* Without a device tree there is no console, but there may be someone who listens. */
static void last_words(void)
{
	static const struct console_desc semihosting = { .type = CONSOLE_SBI };

	if (boot_info.console.type == CONSOLE_NONE)
		console_set(&semihosting, 0);
}

/*
 * PSCI has no way to say why. An emulator or debugger with semihosting takes a status; without it
 * the instruction is undefined, and the call comes back.
 */
void arch_power_off(bool success)
{
	if (!success) {
		last_words();
		semihosting_call(SEMIHOSTING_EXIT, semihosting_failure);
	}
	psci_system_off(&boot_info);
	arch_cpu_park();
}
