/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What RISC-V has for struct tlb_domain, ready-made. */
#ifndef GRATICULE_ASM_TLB_H
#define GRATICULE_ASM_TLB_H

#include <graticule/tlb.h>

#ifdef __cplusplus
extern "C" {
#endif

/** tlb_fence_sbi() - for struct tlb_domain: other harts are fenced by the firmware (SBI RFENCE). */
int tlb_fence_sbi(const struct tlb_domain *domain, u64 mask, u64 base,
		  const struct tlb_fence *what);

#ifdef __cplusplus
}
#endif

#endif
