// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Collecting what an operation changed. */
#include <backend/tlb.h>
#include "generic/gate.h"

static void range_extend(struct grt_tlb_range *r, const struct grt_tlb_range *by)
{
	r->start = min_u64(r->start, by->start);
	r->last = max_u64(r->last, by->last);
	r->level = (u8)min_u64(r->level, by->level);
}

/* Bytes between two ranges; 0 where they touch or overlap. */
static u64 range_gap(const struct grt_tlb_range *a, const struct grt_tlb_range *b)
{
	if (a->last < b->start)
		return b->start - a->last - 1;
	if (b->last < a->start)
		return a->start - b->last - 1;
	return 0;
}

static struct grt_tlb_range *nearest(struct grt_tlb_batch *batch, const struct grt_tlb_range *to)
{
	struct grt_tlb_range *best = &batch->range[0];

	for (unsigned int i = 1; i < batch->nr; i++)
		if (range_gap(&batch->range[i], to) < range_gap(best, to))
			best = &batch->range[i];
	return best;
}

void tlb_batch_change_more(struct grt_tlb_batch *batch, const struct grt_tlb_range *range)
{
	struct grt_tlb_range *near = &batch->range[batch->nr - 1];

	if (near->start == range->start && near->last == range->last && near->level == range->level)
		return; /* again what has just been changed, which is the ordinary case */
	near = nearest(batch, range);
	/* What a few large strides cover would take many small ones. */
	if (batch->nr == GRT_TLB_BATCH_RANGES ||
	    (!range_gap(near, range) && near->level == range->level))
		range_extend(near, range);
	else
		batch->range[batch->nr++] = *range;
}

void tlb_batch_add_more(struct grt_tlb_batch *batch, const struct grt_tlb_range *range)
{
	range_extend(&batch->add, range);
}

bool tlb_batch_overlaps(const struct grt_tlb_batch *batch, grt_virt_t start, grt_virt_t last)
{
	if (batch->nonleaf) /* a walk cache may cover more than the range */
		return true;
	for (unsigned int i = 0; i < batch->nr; i++)
		if (batch->range[i].start <= last && batch->range[i].last >= start)
			return true;
	return false;
}

static __noinline void free_unlinked(struct grt_pgtable *pt, struct grt_tlb_batch *batch)
{
	while (batch->free_list != GRT_PHYS_NONE)
		pt->ops->free(pt, pgtable_chain_pop(pt, &batch->free_list));
	for (const struct grt_tlb_held *h = batch->held; h < batch->held + batch->nr_held; h++) {
		if (pt->regime.hardware_ad)
			gate_gather(pt, h->table, h->leaf);
		pt->ops->free(pt, h->table);
	}
}

int tlb_batch_commit(struct grt_pgtable *pt, struct grt_tlb_batch *batch)
{
	int err = 0;

	if (pt->live && (batch->nr || batch->added))
		err = arch_tlb_commit(pt, batch);
	if (!err && (batch->free_list != GRT_PHYS_NONE || batch->nr_held))
		free_unlinked(pt, batch);
	tlb_batch_init(batch);
	return err;
}

int grt_tlb_invalidate_tree(const struct grt_pgtable *pt)
{
	return pt->fixed ? -EOPNOTSUPP : arch_tlb_flush(pt, false);
}

int grt_tlb_invalidate_all(const struct grt_pgtable *pt)
{
	return pt->fixed ? -EOPNOTSUPP : arch_tlb_flush(pt, true);
}
