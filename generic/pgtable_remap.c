// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Other memory in the place of what a leaf maps. */
#include "generic/cut.h"
#include "generic/pgtable_internal.h"

/* The level whose leaves have @size bytes; none: GRT_GEOMETRY_MAX_LEVELS. */
static unsigned int level_of(const struct grt_geometry *g, u64 size)
{
	for (unsigned int level = 0; level < g->levels; level++)
		if (grt_geometry_level_size(g, level) == size &&
		    grt_geometry_leaf_allowed(g, level))
			return level;
	return GRT_GEOMETRY_MAX_LEVELS;
}

static int check(const struct grt_pgtable *pt, grt_virt_t va, grt_phys_t pa, u64 size,
		 grt_attr_t attr)
{
	if (!pgtable_serves(pt, va, va) || level_of(pt->g, size) == GRT_GEOMETRY_MAX_LEVELS ||
	    !is_aligned(va | pa, size) || pgtable_check_attr(pt, attr))
		return -EINVAL;
	return (pa + size - 1) >> pt->g->pa_bits ? -ERANGE : 0;
}

/** struct remap_op - grt_remap() at work; @level: of the leaf that it is about */
struct remap_op {
	struct pgtable_op op;
	struct page_range range;
	unsigned int level;
	grt_phys_t pa;
	grt_attr_t attr;
};

/* What is larger is split first. */
static int find(struct remap_op *r)
{
	const struct cuts cuts = { { r->range.start, r->range.end } };
	struct leaf_entry leaf;

	if (!pgtable_find_leaf(r->op.pt, r->range.start, &leaf))
		return -ENOENT;
	if (pgtable_limits_refuse(r->op.pt, r->range, r->attr))
		return -EPERM;
	return leaf.level < r->level ? -EINVAL : pgtable_cut_leaf(&r->op, &leaf, &cuts);
}

static int remap(struct pgtable_op *op)
{
	struct remap_op *r = container_of(op, struct remap_op, op);
	struct transition to = { .kind = GATE_SET, .may_break = true };
	struct table_entry e;
	int err = find(r);

	if (err || op->dry)
		return err;
	e = table_find(op->pt, r->range.start);
	to.new = pgtable_leaf_entry(op->pt, e.level, r->pa, r->attr);
	to.stride = (u8)e.level;
	gate_store(op,
		   &(struct span){ .table = e.table,
				   .entry = e.t + e.index,
				   .level = e.level,
				   .index = e.index,
				   .nr = 1,
				   .first = e.pte,
				   .pages = r->range },
		   &to);
	table_unmap(op->pt, e.t);
	gate_open(op);
	return 0;
}

int pgtable_remap_part(struct grt_pgtable *pt, grt_virt_t va, grt_phys_t pa, u64 size,
		       grt_attr_t attr)
{
	const unsigned int shift = grt_geometry_page_shift(pt->g);
	struct remap_op r = {
		.range = { va >> shift, ((va + size - 1) >> shift) + 1 },
		.level = level_of(pt->g, size),
		.pa = pa,
		.attr = attr,
	};
	int err = check(pt, va, pa, size, attr);

	return err ? err : pgtable_op_run(&r.op, pt, remap);
}
