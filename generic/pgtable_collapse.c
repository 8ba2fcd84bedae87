// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Putting leaves together again: the reverse of a split, from the bottom up. */
#include "generic/pgtable_internal.h"

/*
 * How many of @n entries from @t on, the first of a table or group, are the first with another address and
 * nothing else: nearly always all of them.
 */
static unsigned int plain_entries(const struct geometry *g, const u64 *t, unsigned int level,
				  unsigned int n, phys_addr_t pa)
{
	u64 step = pte_leaf_step(g, level);
	pte_t first = table_get(t, 0);
	unsigned int i, mask = ~0U;

	if (pte_group_identical() && pte_contiguous(g, level, first))
		mask <<= g->cont_bits[level];
	n = (unsigned int)min_u64(n, (pte_run_end(g, pa) - pa) >> geometry_level_shift(g, level));
	for (i = 1; i < n && table_get(t, i).val == first.val + (i & mask) * step; i++)
		;
	return i;
}

/*
 * Do @n entries from @t on, the first of a table or group, map consecutive memory alike? Return: true, with
 * @whole the first entry's leaf with the accessed and dirty state of all.
 */
static bool uniform(const struct geometry *g, const u64 *t, unsigned int level, unsigned int n,
		    u64 page, pte_t *whole)
{
	virt_addr_t va = page_address(g, page);
	pte_t first = table_get(t, 0);
	phys_addr_t pa;

	if (!pte_is_leaf(g, level, first))
		return false;
	pa = pte_leaf_phys(g, level, first, va);
	*whole = pte_merge(pte_at(g, level, first, pa), first);
	for (unsigned int i = plain_entries(g, t, level, n, pa); i < n; i++) {
		u64 offset = (u64)i << geometry_level_shift(g, level);
		pte_t pte = table_get(t, i);

		if (!pte_is_leaf(g, level, pte) || pte_kind(g, pte) != pte_kind(g, first) ||
		    pte_leaf_phys(g, level, pte, va + offset) != pa + offset)
			return false;
		*whole = pte_merge(*whole, pte);
	}
	return true;
}

static int check_step(const struct pgtable_op *op, unsigned int level, pte_t old, pte_t new)
{
	enum pte_step step;

	if (!op->pt->live)
		return 0;
	step = pte_step(op->pt->caps, op->pt->g, level, old, new);
	return step == PTE_STEP_REFUSE || step == PTE_STEP_BREAK ? -EPERM : 0;
}

/* Replace the table below entry @index by one leaf if its contents allow. */
static int merge_table(struct pgtable_op *op, u64 *t, unsigned int level, unsigned int index,
		       u64 page)
{
	const struct geometry *g = op->pt->g;
	struct page_range r = { page, page + level_pages(g, level) };
	pte_t link = table_get(t, index), leaf;
	phys_addr_t child = pte_table_phys(g, link), pa;
	u64 *c;
	bool same;
	int err;

	if (!geometry_leaf_allowed(g, level))
		return 0;
	c = table_map(op->pt, child);
	same = uniform(g, c, level - 1, geometry_entries(g, level - 1), page, &leaf);
	table_unmap(op->pt, c);
	if (!same)
		return 0;
	pa = pte_leaf_phys(g, level - 1, leaf, page_address(g, page));
	if (!is_aligned(pa, geometry_level_size(g, level)))
		return 0;
	leaf = pte_at(g, level, leaf, pa);
	err = check_step(op, level, link, leaf);
	if (err)
		return err;
	table_set(t, index, leaf);
	op->batch->resized = true;
	pgtable_op_changed(op, r, level - 1);
	pgtable_op_hold(op, child);
	return 0;
}

/* Make a contiguous group of the aligned entries from @index on if their contents allow. */
static int merge_group(struct pgtable_op *op, u64 *t, unsigned int level, unsigned int index,
		       u64 page)
{
	const struct geometry *g = op->pt->g;
	struct page_range r = { page, page + group_pages(g, level) };
	unsigned int n = 1U << g->cont_bits[level];
	pte_t old = table_get(t, index), leaf;
	phys_addr_t pa;
	int err;

	if (pte_contiguous(g, level, old) || !uniform(g, t + index, level, n, page, &leaf))
		return 0;
	pa = pte_leaf_phys(g, level, leaf, page_address(g, page));
	if (!is_aligned(pa, geometry_group_size(g, level)))
		return 0;
	err = check_step(op, level, old, pte_mkcont(leaf));
	if (err)
		return err;
	pgtable_fill_leaves(g, t + index, level, index, leaf, pa, n, true);
	op->batch->resized = true;
	pgtable_op_changed(op, r, level);
	return 0;
}

static int merge_groups(struct pgtable_op *op, u64 *t, unsigned int level, u64 s, u64 e,
			bool around)
{
	const struct geometry *g = op->pt->g;
	u64 n = group_pages(g, level);
	int err = 0;

	if (!g->cont_bits[level] || !geometry_leaf_allowed(g, level))
		return 0;
	if (around) {
		s = align_down(s, n);
		e = align_up(e, n);
	}
	for (s = align_up(s, n); s + n <= e && !err; s += n)
		err = merge_group(op, t, level, page_index(g, level, s), s);
	return err;
}

/*
 * Collapse what lies in [s, e) whole, or @around what overlaps it: first below, then the entries of this
 * table.
 */
static int collapse_in_table(struct pgtable_op *op, unsigned int level, phys_addr_t table, u64 s,
			     u64 e, bool around)
{
	const struct geometry *g = op->pt->g;
	const unsigned int shift = level_page_shift(g, level);
	unsigned int index = page_index(g, level, s);
	u64 *t = table_map(op->pt, table);
	u64 at, next;
	int err = 0;

	for (at = s; level && at < e && !err; at = next, index++) {
		pte_t pte = table_get(t, index);

		next = entry_end(shift, at, e);
		if (!pte_is_table(g, level, pte))
			continue;
		err = collapse_in_table(op, level - 1, pte_table_phys(g, pte), at, next, around);
		if (!err && (around || next - at == BIT(shift)))
			err = merge_table(op, t, level, index, align_down(at, BIT(shift)));
	}
	if (!err)
		err = merge_groups(op, t, level, s, e, around);
	table_unmap(op->pt, t);
	return err;
}

static int collapse(struct pgtable *pt, virt_addr_t va, u64 size, bool around)
{
	struct page_range r;
	struct pgtable_op op;
	int err;

	if (pgtable_check_range(pt, va, size, &r))
		return -EINVAL;
	pgtable_op_begin(&op, pt);
	pgtable_op_before_resize(&op);
	err = collapse_in_table(&op, geometry_root_level(pt->g), pt->root, r.start, r.end, around);
	return pgtable_op_end(&op, err);
}

int pgtable_collapse(struct pgtable *pt, virt_addr_t va, u64 size)
{
	return collapse(pt, va, size, false);
}

int pgtable_collapse_around(struct pgtable *pt, virt_addr_t va, u64 size)
{
	return collapse(pt, va, size, true);
}
