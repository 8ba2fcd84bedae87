// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "generic/build.h"

/* What follows is not inline where that would cost its callers registers. */
__noinline void build_empty(u64 *entry, unsigned int n)
{
	mmu_fill_entries(entry, 0, 0, n);
}

void build_copy(u64 *entry, const u64 *from, u64 flip, unsigned int n)
{
	for (const u64 *end = entry + n; entry < end; entry++, from++)
		table_set(entry, 0, pte_make(table_get(from, 0).val ^ flip));
}

/* @n leaves, the first @first, whose values differ by one @step. */
static __noinline void fill_single(u64 *entry, pte_t first, u64 step, unsigned int n)
{
	mmu_fill_entries(entry, first.val, step, n);
}

/* Whole groups of @group leaves. */
static __noinline void fill_groups(u64 *entry, pte_t first, u64 step, unsigned int n,
				   unsigned int group)
{
	u64 val = pte_mkcont(first).val;

	if (!pte_group_identical()) {
		mmu_fill_entries(entry, val, step, n);
		return;
	}
	for (step *= group; n; n -= group, entry += group, val += step)
		mmu_fill_entries(entry, val, 0, group);
}

/* Leaves before, in and after the groups. */
static __noinline void fill_with_groups(u64 *entry, pte_t first, u64 step, unsigned int n,
					unsigned int index, unsigned int group)
{
	unsigned int head = (unsigned int)min_u64(n, -index & (group - 1));
	unsigned int middle = (n - head) & -group, tail = n - head - middle;

	if (head)
		fill_single(entry, first, step, head);
	first.val += head * step;
	if (middle)
		fill_groups(entry + head, first, step, middle, group);
	first.val += middle * step;
	if (tail)
		fill_single(entry + head + middle, first, step, tail);
}

/* Across the point where the address field of an entry wraps into other bits: @k leaves are before it. */
static __noinline void fill_wrapped(const struct geometry *g, struct span s, pte_t first,
				    unsigned int k, bool groups)
{
	phys_addr_t pa = pte_leaf_phys(g, s.level, first, 0);
	unsigned int n = s.nr;

	s.nr = k;
	build_leaves(g, &s, first, groups);
	s.entry += k;
	s.index += k;
	s.nr = n - k;
	pa += (u64)k << geometry_level_shift(g, s.level);
	build_leaves(g, &s, pte_at(g, s.level, first, pa), groups);
}

void build_leaves(const struct geometry *g, const struct span *s, pte_t first, bool groups)
{
	phys_addr_t pa = pte_leaf_phys(g, s->level, first, 0);
	u64 step = pte_leaf_step(g, s->level);
	/* At least one, also of a foreign tree's leaf that is not aligned to its size. */
	u64 k = ((pte_run_end(g, pa) - 1 - pa) >> geometry_level_shift(g, s->level)) + 1;

	if (k < s->nr)
		fill_wrapped(g, *s, first, (unsigned int)k, groups);
	else if (groups)
		fill_with_groups(s->entry, first, step, s->nr, s->index,
				 1U << g->cont_bits[s->level]);
	else
		fill_single(s->entry, first, step, s->nr);
}

/* ---- what a leaf stands for ---- */

/* The group that begins with @entry and page @page as single leaves. */
static void build_ungroup(const struct geometry *g, u64 *entry, unsigned int level, u64 page)
{
	const struct span s = { .entry = entry, .level = level, .nr = 1U << g->cont_bits[level] };
	pte_t first = table_get(entry, 0), alone = pte_single(g, level, first, page);

	if (pte_group_identical())
		build_leaves(g, &s, alone, false);
	else
		mmu_flip_entries(entry, first.val ^ alone.val, s.nr);
}

/* Make the entry of page @at, in a table of @level that was just filled with leaves, smaller. */
static void build_cut(struct pgtable_op *op, u64 *t, unsigned int level, u64 at,
		      const struct cuts *cuts)
{
	const struct geometry *g = op->pt->g;
	u64 group = group_pages(g, level), start = align_down(at, level_pages(g, level));
	unsigned int index = page_index(g, level, at), n = 1U << g->cont_bits[level];
	pte_t pte = table_get(t, index);

	if (pte_is_table(g, level, pte)) /* the other cut has made it */
		return;
	if (pte_contiguous(g, level, pte) && !is_aligned(at, group)) {
		build_ungroup(g, t + (index & -n), level, align_down(at, group));
		pte = table_get(t, index);
	}
	if (at != start)
		table_set(t, index, pte_table(g, build_split(op, level - 1, pte, start, cuts)));
}

static __noinline void build_cuts(struct pgtable_op *op, u64 *t, unsigned int level, u64 start,
				  const struct cuts *cuts)
{
	const struct geometry *g = op->pt->g;
	u64 end = start + level_pages(g, level + 1);

	for (const u64 *at = cuts->at; at < cuts->at + cuts->nr; at++)
		if (start < *at && *at < end && !is_aligned(*at, group_pages(g, level)))
			build_cut(op, t, level, *at, cuts);
}

phys_addr_t build_split(struct pgtable_op *op, unsigned int level, pte_t leaf, u64 start,
			const struct cuts *cuts)
{
	const struct geometry *g = op->pt->g;
	phys_addr_t pa = pte_leaf_phys(g, level + 1, leaf, 0), table = pgtable_op_take(op);
	struct span s = {
		.entry = table_map(op->pt, table),
		.level = level,
		.nr = 1U << geometry_index_bits(g), /* it is not the root */
	};

	build_leaves(g, &s, pte_at(g, level, leaf, pa), g->cont_bits[level]);
	if (level || g->cont_bits[level])
		build_cuts(op, s.entry, level, start, cuts);
	table_unmap(op->pt, s.entry);
	return table;
}
