/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What RISC-V has for struct grt_tlb_domain, ready-made. */
#ifndef GRT_ASM_TLB_H
#define GRT_ASM_TLB_H

#include <graticule/tlb.h>

#ifdef __cplusplus
extern "C" {
#endif

/** grt_tlb_fence_sbi() - for struct grt_tlb_domain: other harts are fenced by the firmware (SBI RFENCE). */
int grt_tlb_fence_sbi(const struct grt_tlb_domain *domain, uint64_t mask, uint64_t base,
		      const struct grt_tlb_fence *what);

#ifdef __cplusplus
}
#endif

#endif
