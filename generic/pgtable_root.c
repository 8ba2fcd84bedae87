// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Roots that have entries in common: a kernel's, in those of user space, where one root translates both. */
#include "generic/build.h"
#include "generic/gate.h"
#include "generic/pgtable_internal.h"

int pgtable_check_upper(const struct grt_pgtable *pt, const struct grt_pgtable *upper)
{
	const struct grt_geometry *g = pt->g;
	unsigned int level = grt_geometry_root_level(g), n = grt_geometry_entries(g, level);
	int err = 0;
	u64 *t;

	if (g->upper_bits == g->va_bits || pt->regime.half != GRT_REGIME_LOWER ||
	    !(upper->regime.half & GRT_REGIME_UPPER) || upper->g->va_bits != g->va_bits ||
	    upper->g->page_shift != g->page_shift)
		return -EINVAL;
	t = table_map(upper, upper->root);
	for (unsigned int i = n / 2; i < n && !err; i++) {
		pte_t pte = table_get(t, i);

		err = pte_is_table(g, level, pte) && pte_kept(pte) ? 0 : -EINVAL;
	}
	table_unmap(upper, t);
	return err;
}

/* The entry at hand leads to @table, which is new or what it led to. */
static int keep(struct pgtable_op *op, const struct span *s, grt_phys_t table)
{
	const struct transition to = {
		.new = pte_keep(pte_table(op->pt->g, table)),
		.kind = GATE_SET,
		.at = s->pages.start,
		.later = !s->first.val,
	};

	return gate_store(op, s, &to);
}

static grt_phys_t empty_table(struct pgtable_op *op, unsigned int level)
{
	grt_phys_t table = pgtable_op_take(op);
	u64 *t;

	if (op->dry)
		return table;
	t = table_map(op->pt, table);
	build_empty(t, grt_geometry_entries(op->pt->g, level));
	table_unmap(op->pt, t);
	return table;
}

static int keep_entry(struct pgtable_op *op, const struct span *s)
{
	const struct grt_geometry *g = op->pt->g;
	const struct cuts cuts = { { 0, 0 } };

	if (pte_is_table(g, s->level, s->first))
		return keep(op, s, pte_table_phys(g, s->first));
	if (entry_maps(g, s->level, s->first))
		return keep(op, s, build_split(op, s->level - 1, s->first, s->pages.start, &cuts));
	return keep(op, s, empty_table(op, s->level - 1));
}

static int keep_all(struct pgtable_op *op)
{
	const struct grt_pgtable *pt = op->pt;
	const unsigned int level = grt_geometry_root_level(pt->g);
	struct entry_range own = pgtable_own_entries(pt, level);
	struct span s = { .table = pt->root, .level = level, .index = own.first, .nr = 1 };
	u64 *t = table_map(pt, pt->root);
	int err = 0;

	for (; !err && s.index < own.end; s.index++) {
		grt_virt_t va = (u64)s.index << pt->g->root_shift;

		/* The upper half's are sign extended. */
		va |= s.index >= own.end / 2 && pt->regime.half & GRT_REGIME_UPPER ? pt->first : 0;
		s.entry = t + s.index;
		s.pages.start = va >> grt_geometry_page_shift(pt->g);
		s.pages.end = s.pages.start + level_pages(pt->g, level);
		s.first = table_get(s.entry, 0);
		err = keep_entry(op, &s);
	}
	if (!op->dry)
		gate_open(op);
	table_unmap(pt, t);
	return err;
}

int grt_pgtable_keep_root(struct grt_pgtable *pt)
{
	struct pgtable_op op;

	if (pt->g->upper_bits == pt->g->va_bits)
		return -EINVAL;
	return pgtable_op_run(&op, pt, keep_all);
}
