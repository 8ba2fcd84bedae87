/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the CPUs' MMUs can do. */
#ifndef GRT_ASM_CAPS_H
#define GRT_ASM_CAPS_H

#include <graticule/types.h>

/**
 * struct grt_mmu_caps - what the MMU can do: the boot CPU's, then what all CPUs have
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
 * @repeat_tlbi: some CPU has an erratum for which a TLBI and its DSB have to be followed by another pair
 *	(grt_cpu_repeats_tlbi())
 * @lse: FEAT_LSE: atomic instructions
 */
struct grt_mmu_caps {
	uint8_t pa_bits;
	bool granule_4k;
	bool granule_16k;
	bool granule_64k;
	bool lpa2_4k;
	bool lpa2_16k;
	bool lva;
	bool cont;
	uint8_t bbm;
	bool tlb_range;
	uint8_t hafdbs;
	bool asid_16;
	bool repeat_tlbi;
	bool lse;
};

#endif
