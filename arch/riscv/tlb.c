// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A batch as fences (RISC-V privileged specification, "Supervisor Memory-Management Fence
 * Instruction" and Svinval; SBI specification, RFENCE extension; rules R2 to R5, R7).
 */
#include <graticule/pgtable.h>
#include <graticule/tlb.h>
#include <asm/caps.h>
#include <asm/mmu_ops.h>
#include <asm/tlb.h>
#include "base/errno.h"

/* So many addresses that refilling the TLB costs less than fencing them one by one? */
static __noinline bool are_many(const struct geometry *g, const struct tlb_batch *batch)
{
	u64 addresses = batch->added ? tlb_range_strides(g, &batch->add) : 0;

	for (const struct tlb_range *r = batch->range; r < batch->range + batch->nr; r++)
		addresses += tlb_range_strides(g, r);
	return addresses > SFENCE_MAX_ADDRESSES;
}

static inline void fence_range(const struct geometry *g, const struct tlb_range *r,
			       void (*fence_va)(virt_addr_t va))
{
	u64 stride = geometry_level_size(g, r->level);
	virt_addr_t va = r->start;

	for (u64 n = tlb_range_strides(g, r); n; n--, va += stride)
		fence_va(va);
}

/* New entries are fenced too: invalid ones may have been cached (R5). */
static inline void fence_addresses(const struct geometry *g, const struct tlb_batch *batch,
				   void (*fence_va)(virt_addr_t va))
{
	for (const struct tlb_range *r = batch->range; r < batch->range + batch->nr; r++)
		fence_range(g, r, fence_va);
	if (batch->added)
		fence_range(g, &batch->add, fence_va);
}

static __noinline void fence_local(const struct pgtable *pt, const struct tlb_batch *batch,
				   bool all)
{
	if (all) {
		mmu_sfence_all();
	} else if (pt->caps->svinval) {
		mmu_sfence_w_inval();
		fence_addresses(pt->g, batch, mmu_sinval_va);
		mmu_sfence_inval_ir();
	} else {
		fence_addresses(pt->g, batch, mmu_sfence_va);
	}
}

int tlb_fence_sbi(const struct tlb_domain *domain, u64 mask, u64 base, virt_addr_t start, u64 size)
{
	(void)domain;
	return mmu_remote_sfence(mask, base, start, size) ? -EIO : 0;
}

static int fence_remote_range(const struct tlb_domain *d, const struct tlb_range *r, u64 mask,
			      u64 base)
{
	return d->fence(d, mask, base, r->start, r->last - r->start + 1);
}

static __noinline int fence_harts(const struct tlb_domain *d, const struct tlb_batch *batch,
				  bool all, u64 mask, u64 base)
{
	int err = 0;

	if (all)
		return d->fence(d, mask, base, 0, SBI_RFENCE_SIZE_ALL);
	for (unsigned int i = 0; i < batch->nr && !err; i++)
		err = fence_remote_range(d, &batch->range[i], mask, base);
	if (batch->added && !err)
		err = fence_remote_range(d, &batch->add, mask, base);
	return err;
}

static __noinline int fence_others(const struct tlb_domain *domain, u64 self,
				   const struct tlb_batch *batch, bool all)
{
	u64 left = domain->words ? domain->words : BIT(ARRAY_SIZE(domain->online)) - 1, base = 0;
	const volatile u64 *word = domain->online;
	int err = 0;

	for (; left; left >>= 1, word++, base += 64) {
		u64 mask = *word;

		if (self - base < 64)
			mask &= ~BIT(self - base);
		if (mask && fence_harts(domain, batch, all, mask, base))
			err = -EIO;
	}
	return err;
}

static inline int fence_remote(const struct tlb_domain *domain, const struct tlb_batch *batch,
			       bool all)
{
	const volatile struct tlb_domain *d = domain;
	u64 self = domain->this_cpu ? domain->this_cpu() : TLB_DOMAIN_MAX_CPUS;

	/*
	 * The stores come before the look at who is online: a hart sets its bits and then fences itself,
	 * so that it either sees the stores or is asked to fence (R4, R14).
	 */
	mmu_order_remote();
	if (self < 64 && d->words == 1 && d->online[0] == BIT(self))
		return 0; /* there are no others */
	return fence_others(domain, self, batch, all);
}

/* One leaf: the ordinary case. */
static const struct tlb_range *only_stride(const struct geometry *g, const struct tlb_batch *batch)
{
	const struct tlb_range *r = batch->added ? &batch->add : batch->range;

	if (batch->nr + batch->added != 1)
		return NULL;
	return (r->start ^ r->last) >> geometry_level_shift(g, r->level) ? NULL : r;
}

int arch_tlb_commit(const struct pgtable *pt, const struct tlb_batch *batch)
{
	bool all = batch->nonleaf ||
		   batch->linked; /* a fence with an address is about leaves only (R2) */
	const struct tlb_range *only = all ? NULL : only_stride(pt->g, batch);

	if (all) {
		mmu_sfence_all();
	} else if (only) {
		mmu_sfence_va(only->start);
	} else {
		all = are_many(pt->g, batch);
		fence_local(pt, batch, all);
	}
	return pt->domain ? fence_remote(pt->domain, batch, all) : 0;
}
