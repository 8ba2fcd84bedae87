/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a tree must say of itself on arm64. */
#ifndef ASM_REGIME_H
#define ASM_REGIME_H

#include <graticule/pgtable.h>
#include <graticule/tlb.h>

/* For struct grt_tlb_domain: nobody has to be asked. */
#define ARCH_TLB_FENCE NULL

/** arch_domain_complete() - always: invalidations are broadcast. */
static inline bool arch_domain_complete(const struct grt_tlb_domain *domain)
{
	(void)domain;
	return true;
}

/**
 * arch_regime_check() - is there such a regime, and are entries of @g those of it?
 *
 * Return: 0; -EINVAL (no such kind, ASID, half or entry format of it); -EOPNOTSUPP (not here).
 */
int arch_regime_check(const struct grt_geometry *g, const struct grt_mmu_caps *caps,
		      const struct grt_regime *r);

/** arch_regime_never() - GRT_ATTR_* that a regime has no mappings with. */
grt_attr_t arch_regime_never(const struct grt_regime *r);

#endif
