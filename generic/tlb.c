// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Collecting what an operation changed. */
#include <graticule/tlb.h>
#include "generic/pgtable_internal.h"

void tlb_batch_init(struct tlb_batch *batch)
{
	batch->nr = 0;
	batch->added = false;
	batch->linked = false;
	batch->nonleaf = false;
	batch->resized = false;
	batch->edited = false;
	batch->free_list = PHYS_NONE;
	batch->nr_held = 0;
}

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

void tlb_batch_change(struct tlb_batch *batch, virt_addr_t start, virt_addr_t last,
		      unsigned int level)
{
	struct tlb_range range = { start, last, (u8)level };
	struct tlb_range *near = nearest(batch, &range);

	if (batch->nr && (batch->nr == TLB_BATCH_RANGES || !range_gap(near, &range)))
		range_extend(near, &range);
	else
		batch->range[batch->nr++] = range;
}

void tlb_batch_add(struct tlb_batch *batch, virt_addr_t start, virt_addr_t last, unsigned int level)
{
	struct tlb_range range = { start, last, (u8)level };

	if (batch->added)
		range_extend(&batch->add, &range);
	else
		batch->add = range;
	batch->added = true;
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

u64 tlb_range_strides(const struct geometry *g, const struct tlb_range *range)
{
	unsigned int shift = geometry_level_shift(g, range->level);

	return (range->last >> shift) - (range->start >> shift) + 1;
}

int tlb_batch_commit(struct pgtable *pt, struct tlb_batch *batch)
{
	int err = 0;

	if (pt->live && (batch->nr || batch->added))
		err = arch_tlb_commit(pt, batch);
	while (!err && batch->free_list != PHYS_NONE)
		pt->ops->free(pt, pgtable_chain_pop(pt, &batch->free_list));
	for (unsigned int i = 0; !err && i < batch->nr_held; i++)
		pt->ops->free(pt, batch->held[i]);
	tlb_batch_init(batch);
	return err;
}
