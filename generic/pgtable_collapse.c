// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Putting leaves together again: the reverse of a split, from the bottom up. */
#include "generic/gate.h"
#include "generic/pgtable_internal.h"

/*
 * How many of @n entries from @t on, the first of a table or group, are the first with another address and
 * nothing else: nearly always all of them.
 */
static unsigned int plain_entries(const struct grt_geometry *g, const u64 *t, unsigned int level,
				  unsigned int n, grt_phys_t pa)
{
	u64 step = pte_leaf_step(g, level);
	pte_t first = table_get(t, 0);
	unsigned int i, mask = ~0U;

	if (pte_group_identical() && pte_contiguous(g, level, first))
		mask <<= g->cont_bits[level];
	n = (unsigned int)min_u64(n,
				  (pte_run_end(g, pa) - pa) >> grt_geometry_level_shift(g, level));
	for (i = 1; i < n && table_get(t, i).val == first.val + (i & mask) * step; i++)
		;
	return i;
}

/*
 * Do @n entries from @t on, the first of a table or group, map consecutive memory alike? Return: true, with
 * @whole the first entry's leaf with the accessed and dirty state of all.
 */
static bool uniform(const struct grt_geometry *g, const u64 *t, unsigned int level, unsigned int n,
		    u64 page, pte_t *whole)
{
	grt_virt_t va = page_address(g, page);
	pte_t first = table_get(t, 0);
	grt_phys_t pa;

	if (!pte_is_leaf(g, level, first))
		return false;
	pa = pte_leaf_phys(g, level, first, va);
	*whole = pte_merge(pte_at(g, level, first, pa), first);
	for (unsigned int i = plain_entries(g, t, level, n, pa); i < n; i++) {
		u64 offset = (u64)i << grt_geometry_level_shift(g, level);
		pte_t pte = table_get(t, i);

		if (!pte_is_leaf(g, level, pte) || pte_kind(g, pte) != pte_kind(g, first) ||
		    pte_leaf_phys(g, level, pte, va + offset) != pa + offset)
			return false;
		*whole = pte_merge(*whole, pte);
	}
	return true;
}

/* Replace the table that @s leads to by one leaf if its contents allow. */
static int merge_table(struct pgtable_op *op, const struct span *s)
{
	const struct grt_geometry *g = op->pt->g;
	struct transition to = { .kind = GATE_SET, .stride = (u8)(s->level - 1) };
	grt_phys_t child = pte_table_phys(g, s->first), pa;
	pte_t leaf;
	u64 *t;
	bool same;
	int err;

	if (!grt_geometry_leaf_allowed(g, s->level) || pte_kept(s->first))
		return 0;
	t = table_map(op->pt, child);
	same = uniform(g, t, s->level - 1, grt_geometry_entries(g, s->level - 1), s->pages.start,
		       &leaf);
	table_unmap(op->pt, t);
	if (!same)
		return 0;
	pa = pte_leaf_phys(g, s->level - 1, leaf, page_address(g, s->pages.start));
	if (!is_aligned(pa, grt_geometry_level_size(g, s->level)))
		return 0;
	to.new = pte_limit(pte_at(g, s->level, leaf, pa), s->first.val & op->pt->codes.limits);
	err = gate_store(op, s, &to);
	if (!err && !op->dry)
		pgtable_op_hold(op, child, s->table + s->index * sizeof(u64));
	return err;
}

/* Make a contiguous group of the entries of @s, which lie where one may be, if their contents allow. */
static int merge_group(struct pgtable_op *op, const struct span *s)
{
	const struct grt_geometry *g = op->pt->g;
	struct transition to = { .kind = GATE_GROUPS, .stride = (u8)s->level };
	grt_phys_t pa;

	if (pte_contiguous(g, s->level, s->first) ||
	    !uniform(g, s->entry, s->level, s->nr, s->pages.start, &to.new))
		return 0;
	pa = pte_leaf_phys(g, s->level, to.new, page_address(g, s->pages.start));
	if (!is_aligned(pa, grt_geometry_group_size(g, s->level)))
		return 0;
	to.new = pte_mkcont(to.new);
	return gate_store(op, s, &to);
}

/* In the part of the table at hand that is in the range. */
static int merge_groups(struct pgtable_op *op, const struct cursor *c, bool around)
{
	const struct grt_geometry *g = op->pt->g;
	const unsigned int nr = 1U << g->cont_bits[c->level];
	u64 n = group_pages(g, c->level), end = c->at.end, page;
	int err = 0;

	if (nr == 1 || !grt_geometry_leaf_allowed(g, c->level))
		return 0;
	page = around ? align_down(c->at.start, n) : align_up(c->at.start, n);
	end = around ? align_up(end, n) : end;
	for (; page + n <= end && !err; page += n) {
		struct span s;

		cursor_entry(c, page, &s);
		s.nr = nr;
		s.pages.end = page + n;
		err = merge_group(op, &s);
	}
	return err;
}

/* What lies in the range whole, or @around what overlaps it: first below, then the entries of a table. */
static int collapse_range(struct pgtable_op *op, struct page_range range, bool around)
{
	struct cursor c;
	struct span s;
	int err;

	cursor_begin(&c, op->pt, range);
	for (;;) {
		while (c.level && cursor_next(&c, &s))
			if (pte_is_table(op->pt->g, s.level, s.first))
				cursor_enter(&c, &s);
		err = merge_groups(op, &c, around);
		if (err || !cursor_leave(&c))
			break;
		cursor_left(&c, &s);
		if (around || cursor_whole(&c, &s))
			err = merge_table(op, &s);
		if (err)
			break;
	}
	cursor_end(&c);
	return err;
}

/* It takes no tables, so that it needs no dry run; in a dry batch it is one. */
int grt_collapse(struct grt_pgtable *pt, grt_virt_t va, u64 size, enum grt_extent extent)
{
	struct page_range r;
	struct pgtable_op op;
	int err;

	if (pgtable_check_range(pt, va, size, &r))
		return -EINVAL;
	if (pt->fixed)
		return -EOPNOTSUPP;
	pgtable_op_begin(&op, pt);
	err = collapse_range(&op, r, extent == GRT_EXTENT_AROUND);
	/* What hardware writes into the tables until then goes to leaves that are as we left them. */
	if (pt->regime.hardware_ad && !op.dry && op.batch->nr_held)
		pgtable_op_commit(&op);
	return pgtable_op_end(&op, err);
}
