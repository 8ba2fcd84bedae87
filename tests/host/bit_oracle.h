/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the fields of an entry are, and what becomes of them, by the manuals' bit numbers. */
#ifndef TESTS_HOST_BIT_ORACLE_H
#define TESTS_HOST_BIT_ORACLE_H

#include <graticule/pgtable.h>
#include <asm/pte.h>
#include "tests/host/random.h"

#define CLEARED(val, hi, lo) ((val) & ~((~0ULL >> (63 - (hi) + (lo))) << (lo)))

static inline bool bit(u64 val, unsigned int n)
{
	return val >> n & 1;
}

#ifdef GEOMETRY_FORMAT_PBMT

static const u64 valid = 1, hidden = 1ULL << 59;
static const grt_attr_t no_bits = GRT_ATTR_READ;

static inline u64 expected_state(u64 val)
{
	return bit(val, 6) | bit(val, 7) << 1;
}

static inline u64 with_state(u64 val, u64 state)
{
	return CLEARED(val, 7, 6) | state << 6;
}

static inline u64 hardware_bits(u64 val)
{
	return 1U << 6 | bit(val, 2) << 7;
}

static inline bool may_flip(u64 val, u64 flip)
{
	return !bit(flip, 6) && !(bit(val, 2) && bit(flip, 7));
}

static inline u64 kind(const struct grt_geometry *g, u64 val)
{
	(void)g;
	return CLEARED(CLEARED(CLEARED(val, 53, 10), 63, 63), 7, 6);
}

static inline u64 limited(u64 val, u64 limits)
{
	return val | limits;
}

static inline u64 random_limits(void)
{
	return random_u64() & 1U << 5;
}

/* Privileged specification, "Sv39", and the chapter on Svnapot. */
static inline bool leaf_or_not(const struct grt_geometry *g, unsigned int level, u64 val)
{
	(void)g, (void)level;
	return bit(val, 0) && (bit(val, 1) || (bit(val, 3) && !bit(val, 2)));
}

static inline bool table_or_not(unsigned int level, u64 val)
{
	return level && bit(val, 0) && !bit(val, 1) && !bit(val, 2) && !bit(val, 3);
}

static inline bool grouped(const struct grt_geometry *g, unsigned int level, u64 val)
{
	return !level && g->cont_bits[0] && bit(val, 63) && (val >> 10 & 15) == 8;
}

static inline u64 field_to_phys(const struct grt_geometry *g, u64 val)
{
	(void)g;
	return (val & 0x3ffffffffffc00) << 2;
}

static inline u64 with_phys(const struct grt_geometry *g, u64 val, u64 pa)
{
	(void)g;
	return (val & ~0x3ffffffffffc00ULL) | (pa >> 2 & 0x3ffffffffffc00);
}

static inline u64 leaf_phys_of(const struct grt_geometry *g, unsigned int level, u64 val, u64 va)
{
	u64 pa = field_to_phys(g, val);

	return grouped(g, level, val) ? (pa & ~0xffffULL) | (va & 0xf000) : pa;
}

static inline u64 marked(u64 val)
{
	return CLEARED(val, 13, 10) | 8ULL << 10 | 1ULL << 63;
}

static inline u64 single_at(const struct grt_geometry *g, unsigned int level, u64 val, u64 pa)
{
	(void)level;
	return CLEARED(with_phys(g, val, pa), 63, 63);
}

static inline u64 unmarked(const struct grt_geometry *g, unsigned int level, u64 val, u64 va)
{
	return single_at(g, level, val, leaf_phys_of(g, level, val, va));
}

static inline u64 kept(u64 val)
{
	return val | 1U << 8;
}

static inline bool is_kept(u64 val)
{
	return bit(val, 8);
}

static inline u64 step_of(const struct grt_geometry *g, unsigned int level)
{
	(void)g;
	return 1ULL << (10 + 9 * level);
}

static inline u64 end_of_run(const struct grt_geometry *g, u64 pa)
{
	(void)g, (void)pa;
	return 1ULL << 56;
}

static inline u64 gathered(u64 above)
{
	(void)above;
	return 0;
}

#else

static const u64 valid = 1, hidden = 1ULL << 59;
static const grt_attr_t no_bits = GRT_ATTR_READ | GRT_ATTR_EXEC | GRT_ATTR_USER;

static inline u64 expected_state(u64 val)
{
	return bit(val, 10) | (u64)(!bit(val, 7) || bit(val, 57)) << 1;
}

static inline u64 with_state(u64 val, u64 state)
{
	bool writable = !bit(val, 7) || bit(val, 51);
	u64 out = CLEARED(CLEARED(val, 10, 10), 57, 57) | (state & 1) << 10;

	if (state & 2)
		return writable ? CLEARED(out, 7, 7) : out | 1ULL << 57;
	return writable ? out | 1ULL << 7 | 1ULL << 51 : out;
}

static inline u64 hardware_bits(u64 val)
{
	return 1ULL << 10 | (u64)bit(val, 51) << 7;
}

static inline bool may_flip(u64 val, u64 flip)
{
	return !bit(flip, 10) && !(bit(val, 51) && (bit(flip, 7) || bit(flip, 51)));
}

static inline u64 kind(const struct grt_geometry *g, u64 val)
{
	unsigned int page = g->page_shift;
	u64 out = CLEARED(CLEARED(CLEARED(CLEARED(val, 52, 52), 57, 57), 10, 10), 1, 1);

	if (page == 16) /* also with 48 bits of address [15:12] are RES0 or address */
		out = CLEARED(out, 47, g->format == 1 ? 12 : 16);
	else
		out = g->format == 2 ? CLEARED(CLEARED(out, 49, page), 9, 8)
				     : CLEARED(out, 47, page);
	return bit(out, 51) ? CLEARED(CLEARED(out, 51, 51), 7, 7) : out;
}

/* PXNTable, UXNTable, APTable and NSTable (Arm ARM D8.4.2). */
static inline u64 limited(u64 val, u64 limits)
{
	val |= (u64)bit(limits, 59) << 53 | (u64)bit(limits, 60) << 54 | (u64)bit(limits, 63) << 5;
	if (bit(limits, 61))
		val = CLEARED(val, 6, 6);
	if (bit(limits, 62)) {
		val |= bit(val, 7) ? 0 : 1ULL << 57;
		val = CLEARED(val | 1ULL << 7, 51, 51);
	}
	return val;
}

static inline u64 random_limits(void)
{
	return random_u64() >> 59 << 59;
}

/* Arm ARM D8.3, "Translation table descriptor formats": 0b01 is a block, 0b11 a table or a page. */
static inline bool leaf_or_not(const struct grt_geometry *g, unsigned int level, u64 val)
{
	return level ? (val & 3) == 1 && g->leaf_levels >> level & 1 : (val & 3) == 3;
}

static inline bool table_or_not(unsigned int level, u64 val)
{
	return level && (val & 3) == 3;
}

static inline bool grouped(const struct grt_geometry *g, unsigned int level, u64 val)
{
	return bit(val, 52) && g->cont_bits[level];
}

static inline u64 low_mask(const struct grt_geometry *g)
{
	return CLEARED(~0ULL << g->page_shift, 63, g->format == 2 ? 50 : 48);
}

static inline u64 field_to_phys(const struct grt_geometry *g, u64 val)
{
	u64 high = g->format == 2   ? (val >> 8 & 3) << 50
		   : g->format == 1 ? (val >> 12 & 15) << 48
				    : 0;

	return (val & low_mask(g)) | high;
}

static inline u64 with_phys(const struct grt_geometry *g, u64 val, u64 pa)
{
	val = (val & ~low_mask(g)) | (pa & low_mask(g));
	if (g->format == 2)
		val = CLEARED(val, 9, 8) | (pa >> 50 & 3) << 8;
	if (g->format == 1)
		val = CLEARED(val, 15, 12) | (pa >> 48 & 15) << 12;
	return val;
}

static inline u64 leaf_phys_of(const struct grt_geometry *g, unsigned int level, u64 val, u64 va)
{
	(void)va;
	return field_to_phys(g, val) >> (g->page_shift + level * (g->page_shift - 3U))
						<< (g->page_shift + level * (g->page_shift - 3U));
}

static inline u64 marked(u64 val)
{
	return val | 1ULL << 52;
}

static inline u64 single_at(const struct grt_geometry *g, unsigned int level, u64 val, u64 pa)
{
	return CLEARED(CLEARED(with_phys(g, val, pa), 52, 52), 1, 1) | (level ? 0 : 2);
}

static inline u64 unmarked(const struct grt_geometry *g, unsigned int level, u64 val, u64 va)
{
	(void)g, (void)level, (void)va;
	return CLEARED(val, 52, 52);
}

static inline u64 kept(u64 val)
{
	return val;
}

static inline bool is_kept(u64 val)
{
	(void)val;
	return false;
}

static inline u64 step_of(const struct grt_geometry *g, unsigned int level)
{
	return 1ULL << (g->page_shift + level * (g->page_shift - 3U));
}

static inline u64 end_of_run(const struct grt_geometry *g, u64 pa)
{
	u64 run = 1ULL << (g->format == 2 ? 50 : 48);

	return (pa & -run) + run;
}

static inline u64 gathered(u64 above)
{
	return above >> 59 << 59;
}

#endif

#endif
