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

/** pgtable_find_cuts() - the edges of @range over which a leaf, or a group, reaches. */
void pgtable_find_cuts(const struct grt_pgtable *pt, struct page_range range, struct cuts *cuts);

/** pgtable_ungroup() - the entries of @s, all in contiguous groups and alike, as single leaves. */
int pgtable_ungroup(struct pgtable_op *op, const struct span *s);

/** pgtable_cut_leaf() - split @leaf where its parts, or those of its group, reach over @cuts. */
int pgtable_cut_leaf(struct pgtable_op *op, const struct leaf_entry *leaf, const struct cuts *cuts);

/** pgtable_cut() - find the leaves, and do it. Return, as the others: 0; -EPERM (not while CPUs look). */
int pgtable_cut(struct pgtable_op *op, const struct cuts *cuts);

#endif
