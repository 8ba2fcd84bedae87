// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What the CPU that runs this can do, from its ID registers (Arm ARM D17.2), and what follows from
 * that.
 */
#include <graticule/asm/caps.h>
#include <graticule/asm/cpu_models.h>
#include <asm/mmu_regs.h>
#include <asm/sysreg.h>
#include "kernel/boot.h"
#include "kernel/printk.h"
#include "features.h"

/* The last level that the command line names holds for the CPUs after it too. */
static u8 bbm_level(const struct boot_options *opts, unsigned int cpu, u64 mmfr2)
{
	if (!opts->nr_bbm)
		return grt_bbm_level_of(read_sysreg(midr_el1), mmfr2);
	return opts->bbm[cpu < opts->nr_bbm ? cpu : opts->nr_bbm - 1U];
}

void features_read(struct grt_mmu_caps *caps, const struct boot_options *opts, unsigned int cpu)
{
	u64 mmfr0 = read_sysreg(id_aa64mmfr0_el1);
	u64 mmfr1 = read_sysreg(id_aa64mmfr1_el1);
	u64 mmfr2 = read_sysreg(id_aa64mmfr2_el1);
	u64 isar0 = read_sysreg(id_aa64isar0_el1);
	unsigned int tgran4 = sysreg_field(mmfr0, MMFR0_TGRAN4);
	unsigned int tgran16 = sysreg_field(mmfr0, MMFR0_TGRAN16);
	unsigned int hafdbs = sysreg_field(mmfr1, MMFR1_HAFDBS);

	*caps = (struct grt_mmu_caps){
		.pa_bits = parange_bits(sysreg_field(mmfr0, MMFR0_PARANGE)),
		/* 4K and 64K: signed, negative is absent. 16K: 0 is absent. */
		.granule_4k = tgran4 < 8,
		.granule_16k = tgran16 != 0,
		.granule_64k = sysreg_field(mmfr0, MMFR0_TGRAN64) < 8,
		.lpa2_4k = tgran4 >= 1 && tgran4 < 8,
		.lpa2_16k = tgran16 >= 2,
		.lva = sysreg_field(mmfr2, MMFR2_VARANGE) >= 1,
		.cont = !opts->nocont,
		.bbm = bbm_level(opts, cpu, mmfr2),
		.tlb_range = sysreg_field(isar0, ISAR0_TLB) >= 2,
		.hafdbs = (u8)min_u64(hafdbs, 2),
		.asid_16 = sysreg_field(mmfr0, MMFR0_ASIDBITS) >= 2,
		.repeat_tlbi = grt_cpu_repeats_tlbi(read_sysreg(midr_el1)),
		.lse = sysreg_field(isar0, ISAR0_ATOMIC) >= 2,
	};
}

void features_limit(struct grt_mmu_caps *all, const struct grt_mmu_caps *one, unsigned int cpu)
{
	if (one->bbm < all->bbm) {
		printk("graticule: CPU %u: BBM level %u, was %u\n", cpu, one->bbm, all->bbm);
		all->bbm = one->bbm;
	}
	if (one->repeat_tlbi && !all->repeat_tlbi) {
		printk("graticule: CPU %u: erratum: each TLBI and its DSB are done twice\n", cpu);
		all->repeat_tlbi = true;
	}
	if (one->hafdbs < all->hafdbs)
		all->hafdbs = one->hafdbs;
	all->pa_bits = (u8)min_u64(all->pa_bits, one->pa_bits);
	all->granule_4k &= one->granule_4k;
	all->granule_16k &= one->granule_16k;
	all->granule_64k &= one->granule_64k;
	all->lpa2_4k &= one->lpa2_4k;
	all->lpa2_16k &= one->lpa2_16k;
	all->lva &= one->lva;
	all->tlb_range &= one->tlb_range;
	all->asid_16 &= one->asid_16;
	all->lse &= one->lse;
}

bool features_e0pd(void)
{
	return sysreg_field(read_sysreg(id_aa64mmfr2_el1), MMFR2_E0PD) != 0;
}
