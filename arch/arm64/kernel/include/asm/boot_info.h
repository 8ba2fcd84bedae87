/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the arm64 boot code learns beside what the CPUs' MMUs can do. */
#ifndef ASM_BOOT_INFO_H
#define ASM_BOOT_INFO_H

#include <asm/gic.h>
#include "base/types.h"

enum psci_conduit { PSCI_NONE, PSCI_SMC, PSCI_HVC };

/**
 * struct arch_boot_info - what only the arm64 boot code knows about
 * @psci: how to call PSCI; PSCI_NONE: one CPU, and no sure way to power off
 * @psci_cpu_on: function number of CPU_ON
 * @psci_system_off: function number of SYSTEM_OFF; 0: none (PSCI 0.1)
 * @gic: the interrupt controller
 * @counter_hz: clock-frequency of the timer's node, for firmware that leaves CNTFRQ_EL0 0; else 0
 */
struct arch_boot_info {
	enum psci_conduit psci;
	u32 psci_cpu_on;
	u32 psci_system_off;
	struct gic_info gic;
	u32 counter_hz;
};

#endif
