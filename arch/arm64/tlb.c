// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A batch as barriers and TLBI instructions (Arm ARM D8.13, "TLB maintenance"; rules A3 to A11). */
#include <graticule/asm/caps.h>
#include <graticule/pgtable.h>
#include <backend/tlb.h>
#include <asm/mmu_ops.h>
#include <asm/pte.h>
#include <asm/tlb.h>

/* From here on one operation for everything, and refilling the TLBs, costs less than one by one. */
#define TLBI_MAX_SINGLE 512U

static bool is_lpa2(const struct grt_geometry *g)
{
	return g->format == GEOMETRY_FORMAT_LPA2;
}

/* A range TLBI covers an even number of pages from an aligned base: to cover more is harmless. */
static struct grt_tlb_range range_aligned(const struct grt_geometry *g,
					  const struct grt_tlb_range *range)
{
	u64 align = max_u64(tlbi_range_align(g, is_lpa2(g)), 2 * grt_geometry_page_size(g));

	return (struct grt_tlb_range){ .start = align_down(range->start, align),
				       .last = range->last | (align - 1) };
}

static u64 range_pages(const struct grt_geometry *g, const struct grt_tlb_range *range)
{
	struct grt_tlb_range r = range_aligned(g, range);

	return ((r.last - r.start) >> grt_geometry_page_shift(g)) + 1;
}

/* Range operations take a page count of up to 21 bits apart by scale: 5 bits each and a lowest 0. */
static __noinline void invalidate_pages(const struct grt_pgtable *pt,
					const struct grt_tlb_range *range, enum tlbi_op op)
{
	const struct grt_geometry *g = pt->g;
	grt_virt_t va = range_aligned(g, range).start;
	u64 pages = range_pages(g, range);

	for (int scale = TLBI_RANGE_MAX_SCALE; pages; scale--) {
		unsigned int unit = 5U * (unsigned int)scale + 1; /* log2 of its pages */
		u64 units = pages >> unit;

		if (!units)
			continue;
		mmu_tlbi(&pt->regime, op,
			 tlbi_range(g, is_lpa2(g), va, (unsigned int)units - 1,
				    (unsigned int)scale));
		va += units << (unit + grt_geometry_page_shift(g));
		pages -= units << unit;
	}
}

static void invalidate_strides(const struct grt_pgtable *pt, const struct grt_tlb_range *range,
			       u64 n, enum tlbi_op op)
{
	u64 stride = grt_geometry_level_size(pt->g, range->level);

	for (grt_virt_t va = range->start; n; n--, va += stride)
		mmu_tlbi(&pt->regime, op, tlbi_va(va));
}

/* By range is at most four operations. */
static bool by_range(const struct grt_pgtable *pt, u64 strides)
{
	return strides > TLBI_RANGE_MAX_SCALE + 1 && pt->caps->tlb_range;
}

/*
 * One operation for everything, where many single ones or a range that no operation covers would be dearer.
 * A range that lies in one that is invalidated with all its addresses, as a page that was cut out of a group
 * does, takes none of its own. "Last level" is a leaf of any level, but leaves the walk caches of an
 * unlinked table (A9).
 */
static __noinline void invalidate_many(const struct grt_pgtable *pt,
				       const struct grt_tlb_batch *batch)
{
	const struct grt_tlb_range *end = batch->range + batch->nr, *wide = NULL, *r;
	u64 strides[GRT_TLB_BATCH_RANGES], *n = strides, single = 0;

	for (r = batch->range; r < end; r++, n++) {
		*n = tlb_range_strides(pt->g, r);
		if (!by_range(pt, *n))
			single += *n;
		else if (range_pages(pt->g, r) <= TLBI_RANGE_MAX_PAGES)
			wide = r;
		else
			single = TLBI_MAX_SINGLE + 1;
	}
	if (single > TLBI_MAX_SINGLE) {
		mmu_tlbi(&pt->regime, TLBI_ALL, 0);
		return;
	}
	for (r = batch->range, n = strides; r < end; r++, n++) {
		if (by_range(pt, *n))
			invalidate_pages(pt, r, batch->nonleaf ? TLBI_RANGE : TLBI_RANGE_LAST);
		else if (!wide || r->start < wide->start || r->last > wide->last)
			invalidate_strides(pt, r, *n, batch->nonleaf ? TLBI_VA : TLBI_VA_LAST);
	}
}

/*
 * DSB until what is invalidated is so on every CPU (A6). A CPU with an erratum may be early, and has done
 * with it when another TLBI has been waited for, whichever that is (A27).
 */
static inline void complete(const struct grt_pgtable *pt, grt_virt_t va)
{
	mmu_dsb_ish();
	if (pt->caps->repeat_tlbi) {
		mmu_tlbi(&pt->regime, TLBI_VA_LAST, tlbi_va(va));
		mmu_dsb_ish();
	}
}

static bool is_one_stride(const struct grt_geometry *g, const struct grt_tlb_range *r)
{
	return !((r->start ^ r->last) >> grt_geometry_level_shift(g, r->level));
}

int arch_tlb_commit(const struct grt_pgtable *pt, const struct grt_tlb_batch *batch)
{
	mmu_dsb_ishst(); /* the stores, before the TLBI (A5) or the first use (A8) */
	if (batch->nr) {
		if (batch->nr == 1 && is_one_stride(pt->g, batch->range))
			mmu_tlbi(&pt->regime, batch->nonleaf ? TLBI_VA : TLBI_VA_LAST,
				 tlbi_va(batch->range->start));
		else
			invalidate_many(pt, batch);
		complete(pt, batch->range->start);
	}
	mmu_isb();
	return 0;
}

int arch_tlb_flush(const struct grt_pgtable *pt, bool any_asid)
{
	static const struct grt_regime every = { .kind = GRT_REGIME_ANY_ASID };

	mmu_dsb_ishst();
	mmu_tlbi(any_asid && pt->regime.kind == GRT_REGIME_ASID ? &every : &pt->regime, TLBI_ALL,
		 0);
	complete(pt, 0);
	mmu_isb();
	return 0;
}
