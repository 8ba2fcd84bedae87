// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A batch as fences (RISC-V privileged specification, "Supervisor Memory-Management Fence
 * Instruction" and Svinval; SBI specification, RFENCE extension; rules R2 to R5, R7).
 */
#include <graticule/errno.h>
#include <graticule/pgtable.h>
#include <graticule/tlb.h>
#include <asm/caps.h>
#include <asm/mmu_ops.h>
#include <asm/tlb.h>

/* What to fence: everything, or the ranges. New entries are fenced too: invalid ones are cached (R5). */
struct fence {
	const struct geometry *g;
	struct tlb_range range[TLB_BATCH_RANGES + 1];
	unsigned int nr;
	bool all;
};

static void fence_init(struct fence *f, const struct pgtable *pt, const struct tlb_batch *batch)
{
	u64 addresses = 0;

	f->g = pt->g;
	f->nr = 0;
	for (unsigned int i = 0; i < batch->nr; i++)
		f->range[f->nr++] = batch->range[i];
	if (batch->added)
		f->range[f->nr++] = batch->add;
	for (unsigned int i = 0; i < f->nr; i++)
		addresses += tlb_range_strides(f->g, &f->range[i]);
	/* A fence with an address is only about leaf entries (R2). */
	f->all = batch->nonleaf || batch->linked || addresses > SFENCE_MAX_ADDRESSES;
}

static void fence_addresses(const struct fence *f, void (*fence_va)(virt_addr_t va))
{
	for (unsigned int i = 0; i < f->nr; i++) {
		const struct tlb_range *r = &f->range[i];
		u64 stride = geometry_level_size(f->g, r->level);
		virt_addr_t va = align_down(r->start, stride);

		for (u64 n = tlb_range_strides(f->g, r); n; n--, va += stride)
			fence_va(va);
	}
}

static void fence_local(const struct fence *f, const struct mmu_caps *caps)
{
	if (f->all) {
		mmu_sfence_all();
	} else if (caps->svinval) {
		mmu_sfence_w_inval();
		fence_addresses(f, mmu_sinval_va);
		mmu_sfence_inval_ir();
	} else {
		fence_addresses(f, mmu_sfence_va);
	}
}

static int fence_harts(const struct fence *f, u64 mask, u64 base)
{
	if (f->all)
		return mmu_remote_sfence(mask, base, 0, SBI_RFENCE_SIZE_ALL) ? -EIO : 0;
	for (unsigned int i = 0; i < f->nr; i++) {
		const struct tlb_range *r = &f->range[i];

		if (mmu_remote_sfence(mask, base, r->start, r->last - r->start + 1))
			return -EIO;
	}
	return 0;
}

static int fence_remote(const struct fence *f, const struct tlb_domain *domain)
{
	u64 self = domain->this_cpu ? domain->this_cpu() : TLB_DOMAIN_MAX_CPUS;
	int err = 0;

	/*
	 * The stores come before the look at who is online: a hart sets its bit and then fences itself,
	 * so that it either sees the stores or is asked to fence (R4, R14).
	 */
	mmu_order_remote();
	for (unsigned int i = 0; i < ARRAY_SIZE(domain->online); i++) {
		u64 mask = __atomic_load_n(&domain->online[i], __ATOMIC_RELAXED);

		if (!mask)
			continue;
		if (self / 64 == i)
			mask &= ~BIT(self % 64);
		if (mask && fence_harts(f, mask, i * 64ULL))
			err = -EIO;
	}
	return err;
}

int arch_tlb_commit(const struct pgtable *pt, const struct tlb_batch *batch)
{
	struct fence f;

	fence_init(&f, pt, batch);
	fence_local(&f, pt->caps);
	return pt->domain ? fence_remote(&f, pt->domain) : 0;
}
