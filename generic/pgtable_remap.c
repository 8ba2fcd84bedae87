// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Other memory in the place of what a leaf maps. */
#include "generic/cut.h"
#include "generic/pgtable_internal.h"

/* The level whose leaves have @size bytes; none: GEOMETRY_MAX_LEVELS. */
static unsigned int level_of(const struct geometry *g, u64 size)
{
	for (unsigned int level = 0; level < g->levels; level++)
		if (geometry_level_size(g, level) == size && geometry_leaf_allowed(g, level))
			return level;
	return GEOMETRY_MAX_LEVELS;
}

static int check(const struct pgtable *pt, virt_addr_t va, phys_addr_t pa, u64 size, pgattr_t attr)
{
	if (!pgtable_serves(pt, va, va) || level_of(pt->g, size) == GEOMETRY_MAX_LEVELS ||
	    !is_aligned(va | pa, size) || pgtable_check_attr(pt, attr))
		return -EINVAL;
	return (pa + size - 1) >> pt->g->pa_bits ? -ERANGE : 0;
}

/* What has to be split, and the tables for it. */
static int reserve(struct pgtable_op *op, struct split_edges *edges, unsigned int level)
{
	const struct pgtable *pt = op->pt;
	struct leaf_entry leaf;
	u64 tables;
	int err;

	do {
		if (!pgtable_find_leaf(pt, edges->range.start, &leaf) || pte_hidden(leaf.pte))
			return -ENOENT;
		if (leaf.level < level)
			return -EINVAL;
		edges->start = (struct split_edge){ leaf.unit.start < edges->range.start,
						    leaf.level, leaf.pte };
		edges->end = (struct split_edge){ leaf.unit.end > edges->range.end, leaf.level,
						  leaf.pte };
		err = pgtable_plan_edges(pt, edges, &tables);
		if (!err)
			err = pgtable_op_reserve(op, tables);
	} while (err == -EAGAIN);
	return err;
}

/* It is a leaf of its size now. */
static void replace(struct pgtable_op *op, struct page_range range, phys_addr_t pa, pgattr_t attr)
{
	struct table_entry e = table_find(op->pt, range.start);
	const struct span s = {
		.table = e.table,
		.entry = e.t + e.index,
		.level = e.level,
		.index = e.index,
		.nr = 1,
		.first = e.pte,
		.pages = range,
	};
	const struct transition to = {
		.new = entry_make(op->pt, e.level, pa, attr),
		.stride = (u8)e.level,
	};

	gate_store(op, &s, &to);
	table_unmap(op->pt, e.t);
	gate_open(op);
}

int pgtable_remap_part(struct pgtable *pt, virt_addr_t va, phys_addr_t pa, u64 size, pgattr_t attr)
{
	const unsigned int shift = geometry_page_shift(pt->g);
	struct split_edges edges = { .range = { va >> shift, ((va + size - 1) >> shift) + 1 } };
	struct pgtable_op op;
	int err = check(pt, va, pa, size, attr);

	if (err)
		return err;
	pgtable_op_begin(&op, pt);
	err = reserve(&op, &edges, level_of(pt->g, size));
	if (!err) {
		pgtable_split_edges(&op, &edges);
		replace(&op, edges.range, pa, attr);
	}
	return pgtable_op_end(&op, err);
}
