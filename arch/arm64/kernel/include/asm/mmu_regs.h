/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Values of the registers that say how tables are walked, as pure functions (Arm ARM D23.2). */
#ifndef ASM_MMU_REGS_H
#define ASM_MMU_REGS_H

#include <graticule/geometry.h>
#include <asm/pte.h>
#include <asm/sysreg.h>

/** parange_bits() - ID_AA64MMFR0_EL1.PARange in bits; 56 (FEAT_D128) is 52 in the descriptors used here. */
static inline u8 parange_bits(unsigned int parange)
{
	static const u8 bits[] = { 32, 36, 40, 42, 44, 48, 52 };

	return bits[parange < ARRAY_SIZE(bits) ? parange : ARRAY_SIZE(bits) - 1];
}

/** parange_for() - the least value of PARange, and of TCR_EL1.IPS, that @pa_bits need. */
static inline unsigned int parange_for(unsigned int pa_bits)
{
	unsigned int parange = 0;

	while (parange < 6 && parange_bits(parange) < pa_bits)
		parange++;
	return parange;
}

static inline u64 tcr_tg0(const struct grt_geometry *g)
{
	return g->page_shift == 12 ? 0 : g->page_shift == 14 ? 2 : 1;
}

static inline u64 tcr_tg1(const struct grt_geometry *g)
{
	return g->page_shift == 12 ? 2 : g->page_shift == 14 ? 1 : 3;
}

/**
 * tcr_el1() - TCR_EL1 for two trees, walked through write-back caches of the inner shareable domain
 * @upper: of the kernel's tables
 * @lower: of the identity map's; of the same format
 * @asid_16: the CPUs have ASIDs of 16 bits
 * @e0pd: EL0's accesses to the upper half fault without a walk (FEAT_E0PD)
 */
static inline u64 tcr_el1(const struct grt_geometry *upper, const struct grt_geometry *lower,
			  bool asid_16, bool e0pd)
{
	u64 tcr = TCR_WBWA_SHAREABLE0 | TCR_WBWA_SHAREABLE1;

	tcr |= (u64)(64 - lower->va_bits) << TCR_T0SZ_SHIFT;
	tcr |= (u64)(64 - upper->va_bits) << TCR_T1SZ_SHIFT;
	tcr |= tcr_tg0(lower) << TCR_TG0_SHIFT;
	tcr |= tcr_tg1(upper) << TCR_TG1_SHIFT;
	tcr |= (u64)parange_for(upper->pa_bits) << TCR_IPS_SHIFT;
	if (upper->format == GEOMETRY_FORMAT_LPA2)
		tcr |= TCR_DS;
	if (asid_16)
		tcr |= TCR_AS;
	if (e0pd)
		tcr |= TCR_E0PD1;
	return tcr;
}

#define TCR_EL2_RES1 (BIT(31) | BIT(23))
#define TCR_EL2_SH0_INNER (3ULL << 12)
#define TCR_EL2_PS_SHIFT 16
#define TCR_EL2_DS BIT(32)

/** tcr_el2() - TCR_EL2, HCR_EL2.E2H being 0, for a tree that is walked past the caches. */
static inline u64 tcr_el2(const struct grt_geometry *g)
{
	u64 tcr = TCR_EL2_RES1 | TCR_EL2_SH0_INNER | (u64)(64 - g->va_bits);

	tcr |= tcr_tg0(g) << TCR_TG0_SHIFT;
	tcr |= (u64)parange_for(g->pa_bits) << TCR_EL2_PS_SHIFT;
	return g->format == GEOMETRY_FORMAT_LPA2 ? tcr | TCR_EL2_DS : tcr;
}

/** ttbr_el1() - TTBRn_EL1 or TTBR0_EL2: bits 51 to 48 of the root go to 5 to 2; ASID 0, CnP clear. */
static inline u64 ttbr_el1(grt_phys_t root)
{
	return (root & (BIT(48) - 1)) | (root >> 48 & 15) << 2;
}

#endif
