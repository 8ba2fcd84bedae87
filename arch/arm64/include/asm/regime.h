/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a tree must say of itself on arm64. */
#ifndef ASM_REGIME_H
#define ASM_REGIME_H

#include <graticule/tlb.h>
#include <backend/regime.h>

/* For struct grt_tlb_domain: nobody has to be asked. */
#define ARCH_TLB_FENCE NULL

/** arch_domain_complete() - always: invalidations are broadcast. */
static inline bool arch_domain_complete(const struct grt_tlb_domain *domain)
{
	(void)domain;
	return true;
}

#endif
