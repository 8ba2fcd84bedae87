/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Operands of the TLBI instructions, as pure functions (Arm ARM C5.5, rule A11). */
#ifndef ASM_TLB_H
#define ASM_TLB_H

#include <graticule/geometry.h>
#include "base/types.h"

/*
 * All inner shareable, of the regime that enum grt_regime_kind says; TLBI_ALL of one by ASID is all of
 * that ASID. "Last" leaves the walk caches alone.
 */
enum tlbi_op { TLBI_ALL, TLBI_VA, TLBI_VA_LAST, TLBI_RANGE, TLBI_RANGE_LAST };

#define TLBI_RANGE_MAX_SCALE 3U
#define TLBI_RANGE_MAX_PAGES BIT(21) /* (31 + 1) * 2^(5 * 3 + 1) */

/** tlbi_va() - operand of a by-VA TLBI: VA[55:12] in [43:0] whatever the granule; TTL 0 is any level. */
static inline u64 tlbi_va(grt_virt_t va)
{
	return (va >> 12) & (BIT(44) - 1);
}

/** tlbi_asid() - the ASID's field of an operand, in every operation that takes one. */
static inline u64 tlbi_asid(u16 asid)
{
	return (u64)asid << 48;
}

/** tlbi_range_align() - alignment of a range's base: 64K with LPA2, else one page. */
static inline u64 tlbi_range_align(const struct grt_geometry *g, bool lpa2)
{
	return lpa2 ? KIB(64) : grt_geometry_page_size(g);
}

/** tlbi_range_pages() - pages that a range TLBI with @num and @scale covers. */
static inline u64 tlbi_range_pages(unsigned int num, unsigned int scale)
{
	return (num + 1ULL) << (5 * scale + 1);
}

/**
 * tlbi_range() - operand of a range TLBI
 * @va: first address, aligned to tlbi_range_align()
 * @lpa2: TCR_EL1.DS is set, so the base counts in 64K
 * @num: 0 to 31
 * @scale: 0 to 3
 *
 * TG [47:46], SCALE [45:44], NUM [43:39], TTL [38:37] 0, BaseADDR [36:0].
 */
static inline u64 tlbi_range(const struct grt_geometry *g, bool lpa2, grt_virt_t va,
			     unsigned int num, unsigned int scale)
{
	unsigned int shift = grt_geometry_page_shift(g);
	u64 tg = (shift - 10) / 2; /* 4K: 1, 16K: 2, 64K: 3 */

	return tg << 46 | (u64)scale << 44 | (u64)num << 39 |
	       ((va >> (lpa2 ? 16 : shift)) & (BIT(37) - 1));
}

#endif
