// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Collecting what an operation changed. */
#include <backend/tlb.h>
#include "generic/gate.h"

static void range_extend(struct tlb_range *r, const struct tlb_range *by)
{
	r->start = min_u64(r->start, by->start);
	r->last = max_u64(r->last, by->last);
	r->level = (u8)min_u64(r->level, by->level);
}

/* Bytes between two ranges; 0 where they touch or overlap. */
static u64 range_gap(const struct tlb_range *a, const struct tlb_range *b)
{
	if (a->last < b->start)
		return b->start - a->last - 1;
	if (b->last < a->start)
		return a->start - b->last - 1;
	return 0;
}

static struct tlb_range *nearest(struct tlb_batch *batch, const struct tlb_range *to)
{
	struct tlb_range *best = &batch->range[0];

	for (unsigned int i = 1; i < batch->nr; i++)
		if (range_gap(&batch->range[i], to) < range_gap(best, to))
			best = &batch->range[i];
	return best;
}

void tlb_batch_change_more(struct tlb_batch *batch, const struct tlb_range *range)
{
	struct tlb_range *near = &batch->range[batch->nr - 1];

	if (near->start == range->start && near->last == range->last && near->level == range->level)
		return; /* again what has just been changed, which is the ordinary case */
	near = nearest(batch, range);
	/* What a few large strides cover would take many small ones. */
	if (batch->nr == TLB_BATCH_RANGES ||
	    (!range_gap(near, range) && near->level == range->level))
		range_extend(near, range);
	else
		batch->range[batch->nr++] = *range;
}

void tlb_batch_add_more(struct tlb_batch *batch, const struct tlb_range *range)
{
	range_extend(&batch->add, range);
}

bool tlb_batch_overlaps(const struct tlb_batch *batch, virt_addr_t start, virt_addr_t last)
{
	if (batch->nonleaf) /* a walk cache may cover more than the range */
		return true;
	for (unsigned int i = 0; i < batch->nr; i++)
		if (batch->range[i].start <= last && batch->range[i].last >= start)
			return true;
	return false;
}

static __noinline void free_unlinked(struct pgtable *pt, struct tlb_batch *batch)
{
	while (batch->free_list != PHYS_NONE)
		pt->ops->free(pt, pgtable_chain_pop(pt, &batch->free_list));
	for (const struct tlb_held *h = batch->held; h < batch->held + batch->nr_held; h++) {
		if (pt->regime.hardware_ad)
			gate_gather(pt, h->table, h->leaf);
		pt->ops->free(pt, h->table);
	}
}

int tlb_batch_commit(struct pgtable *pt, struct tlb_batch *batch)
{
	int err = 0;

	if (pt->live && (batch->nr || batch->added))
		err = arch_tlb_commit(pt, batch);
	if (!err && (batch->free_list != PHYS_NONE || batch->nr_held))
		free_unlinked(pt, batch);
	tlb_batch_init(batch);
	return err;
}

int tlb_invalidate_tree(const struct pgtable *pt)
{
	return arch_tlb_flush(pt, false);
}

int tlb_invalidate_all(const struct pgtable *pt)
{
	return arch_tlb_flush(pt, true);
}
