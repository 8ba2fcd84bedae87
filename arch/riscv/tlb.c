// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A batch as fences (RISC-V privileged specification, "Supervisor Memory-Management Fence
 * Instruction" and Svinval; SBI specification, RFENCE extension; rules R2 to R5, R7).
 */
#include <graticule/asm/caps.h>
#include <graticule/pgtable.h>
#include <backend/tlb.h>
#include <asm/mmu_ops.h>
#include <asm/tlb.h>
#include "base/errno.h"

/* So many addresses that refilling the TLB costs less than fencing them one by one? */
static __noinline bool are_many(const struct grt_geometry *g, const struct grt_tlb_batch *batch)
{
	u64 addresses = batch->added ? tlb_range_strides(g, &batch->add) : 0;

	for (const struct grt_tlb_range *r = batch->range; r < batch->range + batch->nr; r++)
		addresses += tlb_range_strides(g, r);
	return addresses > SFENCE_MAX_ADDRESSES;
}

/* What a fence of the tree's names in rs2: rule R3, and why a tree by ASID has no global mapping. */
static inline int asid_of(const struct grt_pgtable *pt)
{
	return pt->regime.kind == GRT_REGIME_ANY_ASID || pt->caps->whole_fences ? GRT_TLB_ANY_ASID
										: pt->regime.asid;
}

typedef void (*fence_va_fn)(grt_virt_t va, int asid);

static inline void fence_range(const struct grt_pgtable *pt, const struct grt_tlb_range *r,
			       fence_va_fn fence_va)
{
	u64 stride = grt_geometry_level_size(pt->g, r->level);
	grt_virt_t va = r->start;

	for (u64 n = tlb_range_strides(pt->g, r); n; n--, va += stride)
		fence_va(va, asid_of(pt));
}

/* New entries are fenced too: invalid ones may have been cached (R5). */
static inline void fence_addresses(const struct grt_pgtable *pt, const struct grt_tlb_batch *batch,
				   fence_va_fn fence_va)
{
	for (const struct grt_tlb_range *r = batch->range; r < batch->range + batch->nr; r++)
		fence_range(pt, r, fence_va);
	if (batch->added)
		fence_range(pt, &batch->add, fence_va);
}

static __noinline void fence_local(const struct grt_pgtable *pt, const struct grt_tlb_batch *batch,
				   bool all)
{
	if (all) {
		mmu_sfence_all(asid_of(pt));
	} else if (pt->caps->svinval) {
		mmu_sfence_w_inval();
		fence_addresses(pt, batch, mmu_sinval_va);
		mmu_sfence_inval_ir();
	} else {
		fence_addresses(pt, batch, mmu_sfence_va);
	}
}

int grt_tlb_fence_sbi(const struct grt_tlb_domain *domain, u64 mask, u64 base,
		      const struct grt_tlb_fence *what)
{
	(void)domain;
	return mmu_remote_sfence(mask, base, what) ? -EIO : 0;
}

static int fence_remote_range(const struct grt_tlb_domain *d, const struct grt_tlb_range *r,
			      int asid, u64 mask, u64 base)
{
	return d->fence(d, mask, base,
			&(struct grt_tlb_fence){ r->start, r->last - r->start + 1, asid });
}

/* The addresses of @batch; NULL: everything. */
static __noinline int fence_harts(const struct grt_tlb_domain *d, const struct grt_tlb_batch *batch,
				  int asid, u64 mask, u64 base)
{
	int err = 0;

	if (!batch)
		return d->fence(d, mask, base,
				&(struct grt_tlb_fence){ 0, SBI_RFENCE_SIZE_ALL, asid });
	for (unsigned int i = 0; i < batch->nr && !err; i++)
		err = fence_remote_range(d, &batch->range[i], asid, mask, base);
	if (batch->added && !err)
		err = fence_remote_range(d, &batch->add, asid, mask, base);
	return err;
}

static __noinline int fence_others(const struct grt_pgtable *pt, const struct grt_tlb_batch *batch,
				   bool any_asid, u64 self)
{
	const struct grt_tlb_domain *domain = pt->domain;
	u64 left = domain->words ? domain->words : -1ULL >> (64 - ARRAY_SIZE(domain->online));
	const volatile u64 *word = domain->online;
	int asid = any_asid ? GRT_TLB_ANY_ASID : asid_of(pt), err = 0;
	u64 base = 0;

	for (; left; left >>= 1, word++, base += 64) {
		u64 mask = *word;

		if (self - base < 64)
			mask &= ~BIT(self - base);
		if (mask && fence_harts(domain, batch, asid, mask, base))
			err = -EIO;
	}
	return err;
}

/* The other harts of the tree's domain, as fence_harts(). */
static inline int fence_remote(const struct grt_pgtable *pt, const struct grt_tlb_batch *batch,
			       bool any_asid)
{
	u64 self = pt->domain->this_cpu ? pt->domain->this_cpu() : GRT_TLB_DOMAIN_MAX_CPUS;
	const volatile struct grt_tlb_domain *d = pt->domain;

	/*
	 * The stores come before the look at who is online: a hart sets its bits and then fences itself,
	 * so that it either sees the stores or is asked to fence (R4, R14).
	 */
	mmu_order_remote();
	if (self < 64 && d->words == 1 && d->online[0] == BIT(self))
		return 0; /* there are no others */
	return fence_others(pt, batch, any_asid, self);
}

/* One leaf: the ordinary case. */
static const struct grt_tlb_range *only_stride(const struct grt_geometry *g,
					       const struct grt_tlb_batch *batch)
{
	const struct grt_tlb_range *r = batch->added ? &batch->add : batch->range;

	if (batch->nr + batch->added != 1)
		return NULL;
	return (r->start ^ r->last) >> grt_geometry_level_shift(g, r->level) ? NULL : r;
}

/*
 * Svvptc: what becomes valid, leaf or not, is seen within bounded time without a fence; until then an access
 * may fault, which somebody has to take. It says nothing about what was valid.
 */
static inline bool seen_in_time(const struct grt_pgtable *pt, const struct grt_tlb_batch *batch)
{
	return !batch->nr && !batch->nonleaf && pt->regime.retries_faults && pt->caps->svvptc;
}

int arch_tlb_commit(const struct grt_pgtable *pt, const struct grt_tlb_batch *batch)
{
	/* A fence with an address is about leaves only (R2), and about nothing on some harts (R1). */
	bool all = batch->nonleaf || batch->linked || pt->caps->whole_fences;
	const struct grt_tlb_range *only = all ? NULL : only_stride(pt->g, batch);

	if (seen_in_time(pt, batch))
		return 0;
	if (all) {
		mmu_sfence_all(asid_of(pt));
	} else if (only) {
		mmu_sfence_va(only->start, asid_of(pt));
	} else {
		all = are_many(pt->g, batch);
		fence_local(pt, batch, all);
	}
	return pt->domain ? fence_remote(pt, all ? NULL : batch, false) : 0;
}

int arch_tlb_flush(const struct grt_pgtable *pt, bool any_asid)
{
	mmu_sfence_all(any_asid ? GRT_TLB_ANY_ASID : asid_of(pt));
	return pt->domain ? fence_remote(pt, NULL, any_asid) : 0;
}
