/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Splitting leaves and groups at an address, so that the largest sizes remain on both sides.
 *
 * A group loses its mark and becomes single entries; a leaf becomes a table that is filled before it
 * takes the leaf's place. The translation stays the same at every moment; only sizes change.
 */
#ifndef GENERIC_CUT_H
#define GENERIC_CUT_H

#include "generic/build.h"
#include "generic/gate.h"

/**
 * struct split_edge - one end of a range
 * @cut: a leaf, or a group, reaches over it
 * @level: its level
 * @pte: an entry of it, or another one of the same kind
 */
struct split_edge {
	bool cut;
	u8 level;
	pte_t pte;
};

/** struct split_edges - where leaves have to be split. */
struct split_edges {
	struct page_range range;
	struct split_edge start;
	struct split_edge end;
};

/** pgtable_find_edges() - find the leaves that reach over the edges of @range. */
void pgtable_find_edges(const struct pgtable *pt, struct page_range range,
			struct split_edges *edges);

/** pgtable_plan_edges() - Return: the tables that the splits need, through @tables; 0 or -EPERM. */
int pgtable_plan_edges(const struct pgtable *pt, const struct split_edges *edges, u64 *tables);

/** pgtable_ungroup() - the entries of @s, all in contiguous groups and alike, as single leaves. */
void pgtable_ungroup(struct pgtable_op *op, const struct span *s);

/** pgtable_cut_leaf() - split @leaf where its parts, or those of its group, reach over the edges. */
void pgtable_cut_leaf(struct pgtable_op *op, const struct leaf_entry *leaf,
		      const struct split_edges *edges);

/** pgtable_split_edges() - find the leaves, and do it. */
void pgtable_split_edges(struct pgtable_op *op, const struct split_edges *edges);

#endif
