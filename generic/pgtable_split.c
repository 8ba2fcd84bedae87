// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Splitting leaves and groups at an address, so that the largest sizes remain on both sides.
 *
 * A group loses its mark and becomes single entries; a leaf becomes a table that is filled before it
 * takes the leaf's place. The translation stays the same at every moment; only sizes change.
 */
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

/* Is the step of taking the leaf apart at page @at one that may be made on the table as it is? */
static int check_step(const struct pgtable *pt, const struct split_edge *edge, u64 at)
{
	const struct geometry *g = pt->g;
	pte_t new = pte_table(g, 0);
	enum pte_step step;

	if (!pt->live)
		return 0;
	/* A group comes apart; its step does not depend on which address the entry has. */
	if (is_aligned(at, level_pages(g, edge->level)))
		new = pte_at(g, edge->level, edge->pte,
			     pte_leaf_phys(g, edge->level, edge->pte, page_address(g, at)));
	step = pte_step(pt->caps, g, edge->level, edge->pte, new);
	return step == PTE_STEP_WRITE || step == PTE_STEP_INVALIDATE ? 0 : -EPERM;
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
		err = check_step(pt, start, r->start);
	}
	if (!end->cut || err)
		return err;
	for (unsigned int l = aligned_level(pt->g, end->level, r->end); l < end->level; l++)
		*tables += !shares_table(pt->g, edges, l);
	return check_step(pt, end, r->end);
}

/* ---- splitting ---- */

/** struct cuts - pages at which a leaf is to start, in ascending order. */
struct cuts {
	u64 at[2];
	unsigned int nr;
};

static phys_addr_t build_split(struct pgtable_op *op, unsigned int level, pte_t like,
			       phys_addr_t pa, u64 start, const struct cuts *cuts);

/* The same for entries of one group, whose memory is consecutive. */
static void ungroup_one(const struct geometry *g, u64 *entry, unsigned int level, u64 page,
			unsigned int n)
{
	pte_t pte = table_get(entry, 0), alone = pte_single(g, level, pte, page);
	unsigned int alike;

	if (!pte_group_identical()) { /* each has its own address, and only the mark goes */
		mmu_flip_entries(entry, pte.val ^ alone.val, n);
		return;
	}
	alike = mmu_same_entries(entry, ~pte_phys_mask(g), n);
	pgtable_fill_leaves(g, entry, level, 0, alone, pte_leaf_phys(g, level, alone, 0), alike,
			    false);
	/* The others have another accessed or dirty state, of their own. */
	for (unsigned int i = alike; i < n; i++)
		table_set(entry, i,
			  pte_single(g, level, table_get(entry, i),
				     page + i * level_pages(g, level)));
}

void pgtable_ungroup(const struct geometry *g, u64 *t, unsigned int level, unsigned int index,
		     u64 page, unsigned int n)
{
	unsigned int group = 1U << g->cont_bits[level];

	while (n) {
		unsigned int k = (unsigned int)min_u64(n, group - (index & (group - 1)));

		ungroup_one(g, t + index, level, page, k);
		index += k;
		page += k * level_pages(g, level);
		n -= k;
	}
}

/* Make the entries of a table that reach over page @at smaller. @live: a CPU may walk the table. */
static void cut_entry(struct pgtable_op *op, u64 *t, unsigned int level, u64 at,
		      const struct cuts *cuts, bool live)
{
	const struct geometry *g = op->pt->g;
	unsigned int index = page_index(g, level, at), group = 1U << g->cont_bits[level];
	u64 start = align_down(at, level_pages(g, level));
	pte_t pte = table_get(t, index);
	phys_addr_t pa;

	if (pte_contiguous(g, level, pte) && !is_aligned(at, group_pages(g, level))) {
		ungroup_one(g, t + (index & -group), level, align_down(at, group_pages(g, level)),
			    group);
		pte = table_get(t, index);
	}
	if (at == start || pte_is_table(g, level, pte)) /* the other cut has made it */
		return;
	pa = pte_leaf_phys(g, level, pte, page_address(g, start));
	pte = pte_table(g, build_split(op, level - 1, pte, pa, start, cuts));
	if (live)
		mmu_order_tables();
	op->batch->nonleaf = true;
	table_set(t, index, pte);
}

static void cut_entries(struct pgtable_op *op, u64 *t, unsigned int level, struct page_range pages,
			const struct cuts *cuts, bool live)
{
	for (const u64 *at = cuts->at; at < cuts->at + cuts->nr; at++)
		if (pages.start < *at && *at < pages.end &&
		    !is_aligned(*at, group_pages(op->pt->g, level)))
			cut_entry(op, t, level, *at, cuts, live);
}

/* A table of @level with the leaves that @like, a leaf of the level above at @start, stands for. */
static phys_addr_t build_split(struct pgtable_op *op, unsigned int level, pte_t like,
			       phys_addr_t pa, u64 start, const struct cuts *cuts)
{
	const struct geometry *g = op->pt->g;
	struct page_range pages = { start, start + level_pages(g, level + 1) };
	phys_addr_t table = pgtable_op_take(op);
	u64 *t = table_map(op->pt, table);

	pgtable_fill_leaves(g, t, level, 0, like, pa, geometry_entries(g, level),
			    g->cont_bits[level]);
	if (level || g->cont_bits[level])
		cut_entries(op, t, level, pages, cuts, false);
	table_unmap(op->pt, t);
	return table;
}

static struct cuts cuts_of(const struct split_edges *edges)
{
	struct cuts cuts;

	cuts.nr = 0;
	if (edges->start.cut)
		cuts.at[cuts.nr++] = edges->range.start;
	if (edges->end.cut)
		cuts.at[cuts.nr++] = edges->range.end;
	return cuts;
}

void pgtable_cut_leaf(struct pgtable_op *op, const struct leaf_entry *leaf,
		      const struct split_edges *edges)
{
	struct cuts cuts = cuts_of(edges);
	u64 *t;

	if (pte_hidden(leaf->pte)) /* what it was before may still be cached */
		pgtable_op_settle(op, leaf->unit);
	t = table_map(op->pt, leaf->table);
	cut_entries(op, t, leaf->level, leaf->unit, &cuts, op->pt->live);
	table_unmap(op->pt, t);
	op->batch->resized = true;
	pgtable_op_changed(op, leaf->unit, leaf->level);
}

void pgtable_split_edges(struct pgtable_op *op, const struct split_edges *edges)
{
	const struct cuts cuts = cuts_of(edges);
	struct leaf_entry leaf;
	u64 done = 0;

	if (cuts.nr)
		pgtable_op_before_resize(op);
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
