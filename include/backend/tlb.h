/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the engine and the architectures say to each other of a change: how a batch notes it, and who turns
 * the batch into barriers and invalidations. No function decides for itself which of them.
 */
#ifndef BACKEND_TLB_H
#define BACKEND_TLB_H

#include <graticule/tlb.h>
#include "base/types.h"

/** tlb_batch_init() - an empty batch. */
static inline void tlb_batch_init(struct grt_tlb_batch *batch)
{
	batch->nr = 0;
	batch->nr_held = 0;
	batch->added = false;
	batch->linked = false;
	batch->nonleaf = false;
	batch->resized = false;
	batch->edited = false;
	batch->free_list = GRT_PHYS_NONE;
}

/* One more range in a batch that has some. */
void tlb_batch_change_more(struct grt_tlb_batch *batch, const struct grt_tlb_range *range);
void tlb_batch_add_more(struct grt_tlb_batch *batch, const struct grt_tlb_range *range);

/** tlb_batch_change() - the leaves of @level, or larger ones, in [@start, @last] were valid and changed. */
static inline void tlb_batch_change(struct grt_tlb_batch *batch, grt_virt_t start, grt_virt_t last,
				    unsigned int level)
{
	struct grt_tlb_range range = { start, last, (u8)level };

	if (!batch->nr)
		batch->range[batch->nr++] = range;
	else
		tlb_batch_change_more(batch, &range);
}

/** tlb_batch_add() - leaves of @level, or larger ones, are new in [@start, @last]. */
static inline void tlb_batch_add(struct grt_tlb_batch *batch, grt_virt_t start, grt_virt_t last,
				 unsigned int level)
{
	struct grt_tlb_range range = { start, last, (u8)level };

	if (batch->added)
		tlb_batch_add_more(batch, &range);
	else
		batch->add = range;
	batch->added = true;
}

/** tlb_batch_overlaps() - may a stale translation of an address in [@start, @last] still be cached? */
bool tlb_batch_overlaps(const struct grt_tlb_batch *batch, grt_virt_t start, grt_virt_t last);

/**
 * tlb_batch_commit() - publish, invalidate, wait, then free the unlinked tables; leaves @batch empty
 *
 * Return: 0 or -EIO, as grt_batch_commit().
 */
int tlb_batch_commit(struct grt_pgtable *pt, struct grt_tlb_batch *batch);

/** tlb_range_strides() - entries of the range's level that it takes to cover it. */
static inline u64 tlb_range_strides(const struct grt_geometry *g, const struct grt_tlb_range *range)
{
	unsigned int shift = grt_geometry_level_shift(g, range->level);

	return (range->last >> shift) - (range->start >> shift) + 1;
}

/**
 * arch_tlb_commit() - the fewest barriers and invalidations for @batch; in arch/<a>/tlb.c
 *
 * Return: 0 or -EIO.
 */
int arch_tlb_commit(const struct grt_pgtable *pt, const struct grt_tlb_batch *batch);

/** arch_tlb_flush() - grt_tlb_invalidate_tree(), or with @any_asid grt_tlb_invalidate_all(). */
int arch_tlb_flush(const struct grt_pgtable *pt, bool any_asid);

#endif
