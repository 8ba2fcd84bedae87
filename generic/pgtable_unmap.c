// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Removing mappings, and the tables that become empty. */
#include "generic/pgtable_internal.h"

static const pte_t none = { 0 };

/* Entries [first, end) were looked at. Hidden leaves count; a neighbour usually tells without a search. */
static bool table_empty(const u64 *t, unsigned int entries, unsigned int first, unsigned int end)
{
	if ((end < entries && table_get(t, end).val) || (first && table_get(t, first - 1).val))
		return false;
	return pgtable_empty_entries(t, 0, entries) == entries;
}

/* Return: whether a stale copy of what the entry was may be cached. */
static bool clear_entry(struct pgtable_op *op, u64 *t, unsigned int level, unsigned int index)
{
	pte_t old = table_get(t, index);

	table_set(t, index, none);
	return pte_step(op->pt->caps, op->pt->g, level, old, none) == PTE_STEP_INVALIDATE;
}

/* Drop a table that is linked no more, with all that is below it. Return: the lowest level there. */
static unsigned int drop_subtree(struct pgtable_op *op, unsigned int level, phys_addr_t table)
{
	const struct geometry *g = op->pt->g;
	unsigned int lowest = level;
	u64 *t = table_map(op->pt, table);

	for (unsigned int i = 0; level && i < geometry_entries(g, level); i++) {
		pte_t pte = table_get(t, i);

		if (pte_is_table(g, level, pte))
			lowest = (unsigned int)min_u64(
				lowest, drop_subtree(op, level - 1, pte_table_phys(g, pte)));
	}
	table_unmap(op->pt, t);
	pgtable_op_drop(op, table);
	return lowest;
}

static bool unmap_in_table(struct pgtable_op *op, unsigned int level, phys_addr_t table, u64 s,
			   u64 e);

/* Unmap @r, all or a part of what entry @index, a table, leads to. */
static void unmap_below(struct pgtable_op *op, u64 *t, unsigned int level, unsigned int index,
			struct page_range r)
{
	const struct geometry *g = op->pt->g;
	phys_addr_t child = pte_table_phys(g, table_get(t, index));

	if (r.end - r.start == level_pages(g, level)) {
		clear_entry(op, t, level, index);
		pgtable_op_changed(op, r, drop_subtree(op, level - 1, child));
	} else if (unmap_in_table(op, level - 1, child, r.start, r.end)) {
		clear_entry(op, t, level, index);
		pgtable_op_drop(op, child);
		/* One address in there for the walk caches: its leaves may all have been hidden. */
		r.end = r.start + 1;
		pgtable_op_changed(op, r, level - 1);
	}
}

/* Unmap [s, e) of a table. Return: whether the table is empty now. */
static bool unmap_in_table(struct pgtable_op *op, unsigned int level, phys_addr_t table, u64 s,
			   u64 e)
{
	const struct geometry *g = op->pt->g;
	const unsigned int shift = level_page_shift(g, level), entries = geometry_entries(g, level);
	unsigned int first = page_index(g, level, s), index;
	u64 *t = table_map(op->pt, table);
	bool empty;

	for (index = first; s < e; index++) {
		struct page_range r = { s, entry_end(shift, s, e) };
		pte_t pte = table_get(t, index);

		if (pte_is_table(g, level, pte))
			unmap_below(op, t, level, index, r);
		else if (pte.val && clear_entry(op, t, level, index))
			pgtable_op_changed(op, r, level);
		s = r.end;
	}
	empty = !table_get(t, first).val && table_empty(t, entries, first, index);
	table_unmap(op->pt, t);
	return empty;
}

static int plan(const struct pgtable *pt, struct page_range r, struct split_edges *edges,
		u64 *tables)
{
	pgtable_find_edges(pt, r, edges);
	return pgtable_plan_edges(pt, edges, tables);
}

int pgtable_unmap_plan(const struct pgtable *pt, virt_addr_t va, u64 size, u64 *tables)
{
	struct split_edges edges;
	struct page_range r;
	u64 needed;
	int err;

	if (pgtable_check_range(pt, va, size, &r))
		return -EINVAL;
	err = plan(pt, r, &edges, &needed);
	if (!err)
		*tables += needed;
	return err;
}

static int reserve(struct pgtable_op *op, struct page_range r, struct split_edges *edges)
{
	u64 tables;
	int err;

	do {
		err = plan(op->pt, r, edges, &tables);
		if (!err)
			err = pgtable_op_reserve(op, tables);
	} while (err == -EAGAIN);
	return err;
}

int pgtable_unmap(struct pgtable *pt, virt_addr_t va, u64 size)
{
	struct split_edges edges;
	struct page_range r;
	struct pgtable_op op;
	int err;

	if (pgtable_check_range(pt, va, size, &r))
		return -EINVAL;
	pgtable_op_begin(&op, pt);
	err = reserve(&op, r, &edges);
	if (!err) {
		pgtable_split_edges(&op, &edges);
		unmap_in_table(&op, geometry_root_level(pt->g), pt->root, r.start, r.end);
	}
	return pgtable_op_end(&op, err);
}
