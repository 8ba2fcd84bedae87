/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The bits of an entry, and fields of MAIR_ELx that stage 1's name by index (Arm ARM D8.3, D8.4). */
#ifndef ASM_PTE_BITS_H
#define ASM_PTE_BITS_H

#include <graticule/pgtable.h>
#include <backend/pte.h>

#define PTE_TABLE BIT(1) /* table at the upper levels, page at the last; 0: block */
#define PTE_ATTRINDX_SHIFT 2
#define PTE_ATTRINDX_MASK (7ULL << PTE_ATTRINDX_SHIFT)
#define PTE_NS BIT(5)
#define PTE_AP_EL0 BIT(6) /* AP[1] */
#define PTE_AP_RO BIT(7)  /* AP[2] */
#define PTE_SH_INNER (3ULL << 8)
#define PTE_AF BIT(10)
#define PTE_NG BIT(11)
#define PTE_DBM BIT(51)
#define PTE_CONT BIT(52)
#define PTE_PXN BIT(53)
#define PTE_UXN BIT(54)
#define PTE_SOFT0 BIT(55)
#define PTE_SOFT1 BIT(56)
#define PTE_WAS_DIRTY BIT(57) /* ours: written, before it became read-only */
/* In entries that lead to tables, of stage 1 (Arm ARM D8.4.2, "Hierarchical control of permissions"). */
#define PTE_PXN_TABLE BIT(59)
#define PTE_UXN_TABLE BIT(60)	 /* XNTable where there is one level of privilege */
#define PTE_AP_TABLE_EL0 BIT(61) /* no access from EL0 */
#define PTE_AP_TABLE_RO BIT(62)
#define PTE_NS_TABLE BIT(63)
#define PTE_TABLE_LIMITS \
	(PTE_PXN_TABLE | PTE_UXN_TABLE | PTE_AP_TABLE_EL0 | PTE_AP_TABLE_RO | PTE_NS_TABLE)
#define PTE_SOFT_MASK (15ULL << 55)

/* What a field of MAIR_ELx says (Arm ARM D23.2, "MAIR_EL1"). */
#define MAIR_NORMAL 0xffULL	  /* write-back, read and write allocate */
#define MAIR_NONCACHED 0x44ULL	  /* normal memory, inner and outer non-cacheable */
#define MAIR_DEVICE 0x00ULL	  /* Device-nGnRnE */
#define MAIR_DEVICE_nGnRE 0x04ULL /* Device-nGnRE */

/* The order of our own kernel, and of every tree that doesn't say otherwise. */
static const struct grt_regime_memory regime_memory_own = {
	.set = true,
	.normal = 0,
	.noncached = 1,
	.device = 2,
	.device_nGnRE = 3,
};

/* Values of struct grt_geometry.format: where an output address goes. */
#define GEOMETRY_FORMAT_48 0   /* OA[47:12] in place */
#define GEOMETRY_FORMAT_LPA 1  /* 64K granule: OA[47:16] in place, OA[51:48] in [15:12] */
#define GEOMETRY_FORMAT_LPA2 2 /* TCR_EL1.DS = 1: OA[49:12] in place, OA[51:50] in [9:8] */

/* Values of struct grt_geometry.stage2. */
#define GEOMETRY_STAGE2 1
#define GEOMETRY_STAGE2_FWB 2 /* HCR_EL2.FWB: MemAttr is read in another way */

#endif
