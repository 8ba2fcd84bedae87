// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "generic/cut.h"
#include "generic/pgtable_internal.h"

/* ---- looking ---- */

/* @at, if the leaf of @page reaches over it. */
static u64 find_cut(const struct grt_pgtable *pt, u64 page, u64 at)
{
	struct leaf_entry leaf;

	if (!pgtable_find_leaf(pt, page, &leaf))
		return 0;
	return leaf.unit.start < at && at < leaf.unit.end ? at : 0;
}

void pgtable_find_cuts(const struct grt_pgtable *pt, struct page_range range, struct cuts *cuts)
{
	cuts->at[0] = find_cut(pt, range.start, range.start);
	cuts->at[1] = find_cut(pt, range.end - 1, range.end);
}

/* ---- splitting ---- */

int pgtable_ungroup(struct pgtable_op *op, const struct span *s)
{
	const struct grt_geometry *g = op->pt->g;
	const struct transition to = {
		.new = pte_single(g, s->level, s->first, s->pages.start),
		.kind = pte_group_identical() || op->pt->regime.hardware_ad ? GATE_SET : GATE_EDIT,
		.stride = (u8)s->level,
	};

	return gate_store(op, s, &to);
}

/*
 * The group of the entry at page @at. Where each entry has its own address only the mark goes, in all of
 * them; else those that differ in their accessed or dirty state are a span of their own.
 */
static __noinline int ungroup_around(struct pgtable_op *op, const struct leaf_entry *leaf, u64 *t,
				     u64 at)
{
	const struct grt_geometry *g = op->pt->g;
	const u64 pages = level_pages(g, leaf->level);
	u64 page = align_down(at, group_pages(g, leaf->level));
	unsigned int index = page_index(g, leaf->level, page),
		     left = 1U << g->cont_bits[leaf->level];
	struct span s = { .table = leaf->table, .entry = t + index, .level = leaf->level };
	int err = 0;

	for (; left && !err; left -= s.nr, index += s.nr, page = s.pages.end, s.entry += s.nr) {
		s.index = index;
		s.first = table_get(s.entry, 0);
		s.nr = pte_group_identical() && !op->pt->regime.hardware_ad
			       ? mmu_same_entries(s.entry, ~pte_phys_mask(g), left)
			       : left;
		s.pages = (struct page_range){ page, page + s.nr * pages };
		err = pgtable_ungroup(op, &s);
	}
	return err;
}

/* At page @at. @done: up to where no other cut has anything to do. */
static inline int cut_at(struct pgtable_op *op, const struct leaf_entry *leaf, u64 *t, u64 at,
			 const struct cuts *cuts, u64 *done)
{
	const struct grt_geometry *g = op->pt->g;
	unsigned int index = page_index(g, leaf->level, at);
	u64 n = level_pages(g, leaf->level), start = align_down(at, n);
	pte_t pte = table_get(t, index);
	struct transition to = { .at = at, .kind = GATE_SET };

	if (pte_contiguous(g, leaf->level, pte) && !is_aligned(at, group_pages(g, leaf->level))) {
		int err = ungroup_around(op, leaf, t, at);

		if (err)
			return err;
		pte = pte_single(g, leaf->level, table_get(t, index), start);
	}
	if (at == start)
		return 0;
	*done = start + n;
	to.new = pte_table(g, build_split(op, leaf->level - 1U, pte, start, cuts));
	return gate_store(op,
			  &(struct span){ .table = leaf->table,
					  .entry = t + index,
					  .level = leaf->level,
					  .index = index,
					  .nr = 1,
					  .first = pte,
					  .pages = { start, start + n } },
			  &to);
}

int pgtable_cut_leaf(struct pgtable_op *op, const struct leaf_entry *leaf, const struct cuts *cuts)
{
	u64 *t = table_map(op->pt, leaf->table), done = leaf->unit.start + 1;
	int err = 0;

	for (const u64 *at = cuts->at; at < cuts->at + 2 && !err; at++)
		if (done <= *at && *at < leaf->unit.end)
			err = cut_at(op, leaf, t, *at, cuts, &done);
	table_unmap(op->pt, t);
	return err;
}

int pgtable_cut(struct pgtable_op *op, const struct cuts *cuts)
{
	struct leaf_entry leaf;
	u64 done = 0;
	int err = 0;

	for (unsigned int i = 0; i < 2 && !err; i++) {
		/* Both may be in one leaf. */
		if (cuts->at[i] <= done || !pgtable_find_leaf(op->pt, cuts->at[i] - 1, &leaf))
			continue;
		err = pgtable_cut_leaf(op, &leaf, cuts);
		done = leaf.unit.end;
	}
	return err;
}

/* ---- grt_split() ---- */

/** struct split_op - grt_split() at work */
struct split_op {
	struct pgtable_op op;
	struct page_range range;
};

static int split(struct pgtable_op *op)
{
	const u64 page = container_of(op, struct split_op, op)->range.start;
	struct cuts cuts = { { page, 0 } };
	struct leaf_entry leaf;

	return pgtable_find_leaf(op->pt, page, &leaf) ? pgtable_cut_leaf(op, &leaf, &cuts)
						      : -EINVAL;
}

int grt_split(struct grt_pgtable *pt, grt_virt_t va)
{
	struct split_op s;

	if (pgtable_check_range(pt, va, grt_geometry_page_size(pt->g), &s.range))
		return -EINVAL;
	return pgtable_op_run(&s.op, pt, split);
}
