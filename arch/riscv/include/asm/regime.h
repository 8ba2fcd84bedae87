/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a tree must say of itself on RISC-V. */
#ifndef ASM_REGIME_H
#define ASM_REGIME_H

#include <graticule/asm/tlb.h>
#include <backend/regime.h>

/* For struct grt_tlb_domain: how a kernel above the usual firmware has other harts fenced. */
#define ARCH_TLB_FENCE grt_tlb_fence_sbi

/** arch_domain_complete() - other harts can be fenced: nothing is broadcast. */
static inline bool arch_domain_complete(const struct grt_tlb_domain *domain)
{
	return !domain || domain->fence;
}

#endif
