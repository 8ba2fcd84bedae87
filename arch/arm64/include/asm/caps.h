/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the CPUs' MMUs can do, and what the arm64 boot code learns. */
#ifndef ASM_CAPS_H
#define ASM_CAPS_H

#include <graticule/types.h>
#include <asm/gic.h>

/**
 * struct mmu_caps - what the MMU can do: the boot CPU's, then what all CPUs have
 * @pa_bits: ID_AA64MMFR0_EL1.PARange in bits: 32 to 52
 * @granule_4k: ID_AA64MMFR0_EL1.TGran4
 * @granule_16k: ID_AA64MMFR0_EL1.TGran16
 * @granule_64k: ID_AA64MMFR0_EL1.TGran64
 * @lpa2_4k: FEAT_LPA2 for the 4K granule: 52-bit addresses with TCR_EL1.DS
 * @lpa2_16k: FEAT_LPA2 for the 16K granule
 * @lva: FEAT_LVA: 52-bit virtual addresses with the 64K granule
 * @cont: use the contiguous bit; every CPU has it, "nocont" clears this
 * @bbm: level of FEAT_BBM, 0 to 3
 * @tlb_range: FEAT_TLBIRANGE
 * @hafdbs: hardware updates the access flag (1) and the dirty state too (2)
 * @asid_16: 16-bit ASIDs
 */
struct mmu_caps {
	u8 pa_bits;
	bool granule_4k;
	bool granule_16k;
	bool granule_64k;
	bool lpa2_4k;
	bool lpa2_16k;
	bool lva;
	bool cont;
	u8 bbm;
	bool tlb_range;
	u8 hafdbs;
	bool asid_16;
};

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
