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

/* The entry at hand becomes @table: one that leads to a new table, or to what it led to. */
static int keep(struct pgtable_op *op, const struct span *s, pte_t table)
{
	const struct transition to = {
		.new = pte_keep(table),
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

	grt_phys_t table;

	if (pte_is_table(g, s->level, s->first))
		return keep(op, s, s->first);
	if (entry_maps(g, s->level, s->first))
		table = build_split(op, s->level - 1, s->first, s->pages.start, &cuts);
	else
		table = empty_table(op, s->level - 1);
	return keep(op, s, pte_table(g, table));
}

static int keep_half(struct pgtable_op *op, struct page_range half)
{
	const struct grt_pgtable *pt = op->pt;
	struct cursor c;
	struct span s;
	int err = 0;

	cursor_begin_at(&c, pt, grt_geometry_root_level(pt->g), pt->root, half);
	for (; !err && c.page < half.end; c.page = s.pages.end) {
		cursor_entry(&c, c.page, &s);
		err = keep_entry(op, &s);
	}
	cursor_end(&c);
	return err;
}

static int keep_all(struct pgtable_op *op)
{
	struct page_range r;
	int err = 0;

	for (enum grt_regime_half half = GRT_REGIME_LOWER; half <= GRT_REGIME_UPPER && !err; half++)
		if (pgtable_half(op->pt, half, &r))
			err = keep_half(op, r);
	if (!op->dry)
		gate_open(op);
	return err;
}

int grt_pgtable_keep_root(struct grt_pgtable *pt)
{
	struct pgtable_op op;

	if (pt->g->upper_bits == pt->g->va_bits)
		return -EINVAL;
	return pgtable_op_run(&op, pt, keep_all);
}
