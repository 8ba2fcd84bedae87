// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Splitting leaves and groups at an address, so that the largest sizes remain on both sides.
 *
 * A group loses its mark and becomes single entries; a leaf becomes a table that is filled before it
 * takes the leaf's place. The translation stays the same at every moment; only sizes change.
 */
#include "generic/pgtable_internal.h"
#include <asm/step.h>

/* ---- looking ---- */

static bool cuts(const struct pgtable *pt, u64 page, u64 edge)
{
	struct leaf_entry leaf;

	return pgtable_find_leaf(pt, page, &leaf) && leaf.unit.start < edge && edge < leaf.unit.end;
}

void pgtable_find_edges(const struct pgtable *pt, struct page_range range,
			struct split_edges *edges)
{
	edges->range = range;
	edges->at_start = cuts(pt, range.start, range.start);
	edges->at_end = cuts(pt, range.end - 1, range.end);
}

/* The largest level, up to @level, whose entries may start at @page. */
static unsigned int aligned_level(const struct geometry *g, unsigned int level, u64 page)
{
	while (!is_aligned(page, level_pages(g, level)))
		level--;
	return level;
}

/* Is the step of taking @leaf apart at @edge one that may be made on the table as it is? */
static int check_step(const struct pgtable *pt, const struct leaf_entry *leaf, u64 edge)
{
	virt_addr_t va = page_address(pt->g, leaf->unit.start);
	pte_t new = pte_table(pt->g, 0);
	enum pte_step step;

	if (!pt->live)
		return 0;
	if (is_aligned(edge, level_pages(pt->g, leaf->level)))
		new = pte_at(pt->g, leaf->level, leaf->pte,
			     pte_leaf_phys(pt->g, leaf->level, leaf->pte, va));
	step = pte_step(pt->caps, pt->g, leaf->level, leaf->pte, new);
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

/**
 * struct edge_cost - one split
 * @from: level of the leaf: tables of the levels below it are needed
 * @to: down to this one
 */
struct edge_cost {
	u64 edge;
	unsigned int from;
	unsigned int to;
};

static int plan_edge(const struct pgtable *pt, u64 page, u64 edge, struct edge_cost *cost)
{
	struct leaf_entry leaf;

	if (!pgtable_find_leaf(pt, page, &leaf))
		return -EINVAL;
	cost->edge = edge;
	cost->from = leaf.level;
	cost->to = aligned_level(pt->g, leaf.level, edge);
	return check_step(pt, &leaf, edge);
}

/* Does the split at @a make the table of @level that the one at @b needs too? */
static bool shares_table(const struct geometry *g, const struct edge_cost *a,
			 const struct edge_cost *b, unsigned int level)
{
	unsigned int leaf = level_page_shift(g, b->from), above = level_page_shift(g, level + 1);

	return a->from == b->from && a->edge >> leaf == b->edge >> leaf && level >= a->to &&
	       a->edge >> above == b->edge >> above;
}

int pgtable_plan_edges(const struct pgtable *pt, const struct split_edges *edges, u64 *tables)
{
	struct edge_cost start = { 0, 0, 0 }, end = { 0, 0, 0 };
	int err = 0;

	if (edges->at_start)
		err = plan_edge(pt, edges->range.start, edges->range.start, &start);
	if (!err && edges->at_end)
		err = plan_edge(pt, edges->range.end - 1, edges->range.end, &end);
	*tables = start.from - start.to;
	for (unsigned int level = end.to; level < end.from; level++)
		if (!edges->at_start || !shares_table(pt->g, &start, &end, level))
			(*tables)++;
	return err;
}

/* ---- splitting ---- */

/* A table of @level with the leaves that @like, a leaf of the level above at @start, stands for. */
static phys_addr_t build_split(struct pgtable_op *op, unsigned int level, pte_t like,
			       phys_addr_t pa, u64 start, u64 edge)
{
	const struct geometry *g = op->pt->g;
	unsigned int shift = geometry_level_shift(g, level), n = geometry_entries(g, level);
	unsigned int group = 1U << g->cont_bits[level], at = page_index(g, level, edge);
	bool inside = !is_aligned(edge, level_pages(g, level));
	bool in_group = !is_aligned(edge, group_pages(g, level));
	unsigned int first = in_group ? at & -group : at, last = in_group ? first + group : at;
	phys_addr_t table = pgtable_op_take(op), to = pa + ((u64)at << shift);
	u64 *t = table_map(op->pt, table);

	pgtable_fill_leaves(g, t, level, 0, like, pa, first, group > 1);
	pgtable_fill_leaves(g, t, level, first, like, pa + ((u64)first << shift), at - first,
			    false);
	if (inside) {
		start += at * level_pages(g, level);
		table_set(t, at, pte_table(g, build_split(op, level - 1, like, to, start, edge)));
		at++;
	}
	pgtable_fill_leaves(g, t, level, at, like, pa + ((u64)at << shift), last - at, false);
	pgtable_fill_leaves(g, t, level, last, like, pa + ((u64)last << shift), n - last,
			    group > 1);
	table_unmap(op->pt, t);
	return table;
}

/* Take the leaf, or the group, that @edge is inside of apart. */
static void split_leaf(struct pgtable_op *op, const struct leaf_entry *leaf, u64 edge)
{
	const struct geometry *g = op->pt->g;
	unsigned int level = leaf->level, shift = geometry_level_shift(g, level);
	bool inside = !is_aligned(edge, level_pages(g, level));
	unsigned int at = page_index(g, level, edge), i = page_index(g, level, leaf->unit.start);
	u64 n = (leaf->unit.end - leaf->unit.start) >> level_page_shift(g, level);
	virt_addr_t va = page_address(g, leaf->unit.start);
	u64 *t = table_map(op->pt, leaf->table);

	for (; n; n--, i++, va += BIT(shift)) {
		pte_t old = table_get(t, i);
		phys_addr_t pa = pte_leaf_phys(g, level, old, va);
		pte_t pte = pte_at(g, level, old, pa);

		if (inside && i == at) {
			pte = pte_table(g, build_split(op, level - 1, pte, pa,
						       va >> geometry_page_shift(g), edge));
			if (op->pt->live)
				mmu_order_tables();
			op->batch->nonleaf = true;
		}
		table_set(t, i, pte);
	}
	table_unmap(op->pt, t);
	op->batch->resized = true;
	pgtable_op_changed(op, leaf->unit, level);
}

static void split_at(struct pgtable_op *op, u64 page, u64 edge)
{
	struct leaf_entry leaf;

	if (!pgtable_find_leaf(op->pt, page, &leaf) || leaf.unit.start >= edge ||
	    edge >= leaf.unit.end)
		return;
	if (pte_hidden(leaf.pte)) /* what it was before may still be cached */
		pgtable_op_settle(op, leaf.unit);
	split_leaf(op, &leaf, edge);
}

void pgtable_split_edges(struct pgtable_op *op, const struct split_edges *edges)
{
	if (edges->at_start || edges->at_end)
		pgtable_op_before_resize(op);
	if (edges->at_start)
		split_at(op, edges->range.start, edges->range.start);
	if (edges->at_end)
		split_at(op, edges->range.end - 1, edges->range.end);
}

int pgtable_split(struct pgtable *pt, virt_addr_t va)
{
	u64 size = geometry_page_size(pt->g), tables;
	struct split_edges edges = { 0 };
	struct leaf_entry leaf;
	struct pgtable_op op;
	int err;

	if (pgtable_check_range(pt->g, va, size, &edges.range))
		return -EINVAL;
	pgtable_op_begin(&op, pt);
	for (;;) {
		err = pgtable_find_leaf(pt, edges.range.start, &leaf) ? 0 : -EINVAL;
		edges.at_start = !err && leaf.unit.start < edges.range.start;
		if (!err)
			err = pgtable_plan_edges(pt, &edges, &tables);
		if (err || tables <= op.reserved)
			break;
		err = pgtable_op_reserve(&op, tables);
		if (err)
			break;
	}
	if (!err)
		pgtable_split_edges(&op, &edges);
	return pgtable_op_end(&op, err);
}
