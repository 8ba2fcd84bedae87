// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "generic/cut.h"
#include "generic/pgtable_internal.h"

/* ---- looking ---- */

static void find_edge(const struct pgtable *pt, u64 page, u64 at, struct split_edge *edge)
{
	struct leaf_entry leaf;

	edge->cut =
		pgtable_find_leaf(pt, page, &leaf) && leaf.unit.start < at && at < leaf.unit.end;
	if (edge->cut) {
		edge->level = leaf.level;
		edge->pte = leaf.pte;
	}
}

void pgtable_find_edges(const struct pgtable *pt, struct page_range range,
			struct split_edges *edges)
{
	edges->range = range;
	find_edge(pt, range.start, range.start, &edges->start);
	find_edge(pt, range.end - 1, range.end, &edges->end);
}

/* The largest level, up to @level, whose entries may start at @page. */
static unsigned int aligned_level(const struct geometry *g, unsigned int level, u64 page)
{
	while (!is_aligned(page, level_pages(g, level)))
		level--;
	return level;
}

/* May the leaf be taken apart at page @at while CPUs use it? */
static int check_cut(const struct pgtable *pt, const struct split_edge *edge, u64 at)
{
	const struct geometry *g = pt->g;

	/* Only a group comes apart, where @at is the start of one of its entries. */
	if (is_aligned(at, level_pages(g, edge->level)))
		return gate_check(pt, edge->level, edge->pte,
				  pte_single(g, edge->level, edge->pte, at));
	return gate_check(pt, edge->level, pte_single(g, edge->level, edge->pte, at),
			  pte_table(g, 0));
}

pgattr_t pgtable_live_limits(const struct pgtable *pt)
{
	const struct geometry *g = pt->g;
	pte_t block = pte_leaf(g, 1, 0, PGATTR_KERNEL_RW);

	/* Where a block can be split live a group can be taken apart, which pgtable_protect() does. */
	if (pte_step(pt->caps, g, 1, block, pte_table(g, 0)) != PTE_STEP_INVALIDATE)
		return PGMAP_PAGES_ONLY | PGMAP_NO_CONT;
	return 0;
}

/*
 * Does the split at the start make the table of @level, which is below the lowest entries that begin at both
 * edges, that the one at the end needs too?
 */
static bool shares_table(const struct geometry *g, const struct split_edges *edges,
			 unsigned int level)
{
	unsigned int leaf = level_page_shift(g, edges->end.level),
		     above = level_page_shift(g, level + 1);
	u64 start = edges->range.start, end = edges->range.end;

	return edges->start.cut && edges->start.level == edges->end.level &&
	       start >> leaf == end >> leaf &&
	       level >= aligned_level(g, edges->start.level, start) &&
	       start >> above == end >> above;
}

int pgtable_plan_edges(const struct pgtable *pt, const struct split_edges *edges, u64 *tables)
{
	const struct split_edge *start = &edges->start, *end = &edges->end;
	const struct page_range *r = &edges->range;
	int err = 0;

	*tables = 0;
	if (start->cut) {
		*tables += start->level - aligned_level(pt->g, start->level, r->start);
		err = check_cut(pt, start, r->start);
	}
	if (!end->cut || err)
		return err;
	for (unsigned int l = aligned_level(pt->g, end->level, r->end); l < end->level; l++)
		*tables += !shares_table(pt->g, edges, l);
	return check_cut(pt, end, r->end);
}

/* ---- splitting ---- */

static inline void cuts_of(const struct split_edges *edges, struct cuts *cuts)
{
	cuts->nr = 0;
	if (edges->start.cut)
		cuts->at[cuts->nr++] = edges->range.start;
	if (edges->end.cut)
		cuts->at[cuts->nr++] = edges->range.end;
}

void pgtable_ungroup(struct pgtable_op *op, const struct span *s)
{
	const struct geometry *g = op->pt->g;
	const struct transition to = {
		.new = pte_single(g, s->level, s->first, s->pages.start),
		.rest = pte_group_identical() ? GATE_NEXT : GATE_FLIP,
		.stride = (u8)s->level,
	};

	gate_store(op, s, &to);
}

/*
 * The group of the entry at page @at. Where each entry has its own address only the mark goes, in all of
 * them; else those that differ in their accessed or dirty state are a span of their own.
 */
static __noinline void ungroup_around(struct pgtable_op *op, const struct leaf_entry *leaf, u64 *t,
				      u64 at)
{
	const struct geometry *g = op->pt->g;
	const u64 pages = level_pages(g, leaf->level);
	u64 page = align_down(at, group_pages(g, leaf->level));
	unsigned int index = page_index(g, leaf->level, page),
		     left = 1U << g->cont_bits[leaf->level];
	struct span s = { .table = leaf->table, .entry = t + index, .level = leaf->level };

	for (; left; left -= s.nr, index += s.nr, page = s.pages.end, s.entry += s.nr) {
		s.index = index;
		s.first = table_get(s.entry, 0);
		s.nr = pte_group_identical() ? mmu_same_entries(s.entry, ~pte_phys_mask(g), left)
					     : left;
		s.pages = (struct page_range){ page, page + s.nr * pages };
		pgtable_ungroup(op, &s);
	}
}

/* Return: the page behind the entry that was split, up to which no other cut has anything to do. */
static u64 cut_at(struct pgtable_op *op, const struct leaf_entry *leaf, u64 *t, u64 at,
		  const struct cuts *cuts)
{
	const struct geometry *g = op->pt->g;
	unsigned int index = page_index(g, leaf->level, at);
	u64 n = level_pages(g, leaf->level), start = align_down(at, n);
	pte_t pte = table_get(t, index);

	if (pte_contiguous(g, leaf->level, pte) && !is_aligned(at, group_pages(g, leaf->level))) {
		ungroup_around(op, leaf, t, at);
		pte = table_get(t, index);
	}
	if (at == start)
		return at;
	gate_store(op,
		   &(struct span){ .table = leaf->table,
				   .entry = t + index,
				   .level = leaf->level,
				   .index = index,
				   .nr = 1,
				   .first = pte,
				   .pages = { start, start + n } },
		   &(struct transition){
			   .new = pte_table(g, build_split(op, leaf->level - 1U, pte, start, cuts)),
			   .at = at });
	return start + n;
}

void pgtable_cut_leaf(struct pgtable_op *op, const struct leaf_entry *leaf,
		      const struct split_edges *edges)
{
	u64 *t = table_map(op->pt, leaf->table), done = leaf->unit.start + 1;
	struct cuts cuts;

	cuts_of(edges, &cuts);
	for (const u64 *at = cuts.at; at < cuts.at + cuts.nr; at++)
		if (done <= *at && *at < leaf->unit.end)
			done = cut_at(op, leaf, t, *at, &cuts);
	table_unmap(op->pt, t);
}

void pgtable_split_edges(struct pgtable_op *op, const struct split_edges *edges)
{
	struct leaf_entry leaf;
	struct cuts cuts;
	u64 done = 0;

	cuts_of(edges, &cuts);
	for (unsigned int i = 0; i < cuts.nr; i++) {
		/* Both may be in one leaf. */
		if (cuts.at[i] < done || !pgtable_find_leaf(op->pt, cuts.at[i] - 1, &leaf))
			continue;
		pgtable_cut_leaf(op, &leaf, edges);
		done = leaf.unit.end;
	}
}

int pgtable_split(struct pgtable *pt, virt_addr_t va)
{
	struct split_edges edges = { 0 };
	struct leaf_entry leaf;
	struct pgtable_op op;
	u64 tables;
	int err;

	if (pgtable_check_range(pt, va, geometry_page_size(pt->g), &edges.range))
		return -EINVAL;
	pgtable_op_begin(&op, pt);
	do {
		err = pgtable_find_leaf(pt, edges.range.start, &leaf) ? 0 : -EINVAL;
		if (err)
			break;
		edges.start = (struct split_edge){ leaf.unit.start < edges.range.start, leaf.level,
						   leaf.pte };
		err = pgtable_plan_edges(pt, &edges, &tables);
		if (!err)
			err = pgtable_op_reserve(&op, tables);
	} while (err == -EAGAIN);
	if (!err)
		pgtable_split_edges(&op, &edges);
	return pgtable_op_end(&op, err);
}
