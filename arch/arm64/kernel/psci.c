// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Power: PSCI (Arm DEN0022), and semihosting for a failure's status. */
#include <asm/psci.h>
#include <asm/sysreg.h>
#include "base/errno.h"
#include "kernel/arch.h"
#include "kernel/boot.h"
#include "kernel/console.h"

static s64 call(enum psci_conduit conduit, u64 fn, u64 a1, u64 a2, u64 a3)
{
	if (conduit == PSCI_HVC)
		return smccc_hvc(fn, a1, a2, a3);
	return smccc_smc(fn, a1, a2, a3);
}

int psci_cpu_on(const struct boot_info *bi, u64 hwid, grt_phys_t entry, u64 arg)
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
	u64 fn = bi->arch.psci_system_off ? bi->arch.psci_system_off : PSCI_SYSTEM_OFF;

	if (bi->arch.psci != PSCI_NONE)
		call(bi->arch.psci, fn, 0, 0, 0);
}

/*
 * No device tree says how: one of these is the way, or none, and then the other comes back. Not so from
 * an EL3 where nobody is, and that is what a tree without PSCI says of it.
 */
static void guess_system_off(void)
{
	bool el3 = sysreg_field(read_sysreg(id_aa64pfr0_el1), PFR0_EL3);

	call(PSCI_HVC, PSCI_SYSTEM_OFF, 0, 0, 0);
	if (!el3 || !boot_info.dtb_size)
		call(PSCI_SMC, PSCI_SYSTEM_OFF, 0, 0, 0);
}

void arch_console_putc(char c)
{
	semihosting_call(SEMIHOSTING_WRITEC, &c);
}

/* SYS_ERRNO has no side effect; without semihosting the instruction is undefined. */
bool semihosting_present(void)
{
	return semihosting_call(SEMIHOSTING_ERRNO, NULL) != -EFAULT;
}

/* Nothing has come out yet, or its way is blocked for the moment: there may be someone who listens. */
static void last_words(void)
{
	static const struct console_desc semihosting = { .type = CONSOLE_SBI };

	if (!console_known())
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
	semihosting_call(SEMIHOSTING_EXIT, semihosting_success);
	guess_system_off();
	arch_cpu_park();
}
