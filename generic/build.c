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
static __noinline void fill_wrapped(const struct grt_geometry *g, struct span s, pte_t first,
				    unsigned int k, bool groups)
{
	grt_phys_t pa = pte_leaf_phys(g, s.level, first, 0);
	unsigned int n = s.nr;

	s.nr = k;
	build_leaves(g, &s, first, groups);
	s.entry += k;
	s.index += k;
	s.nr = n - k;
	pa += (u64)k << grt_geometry_level_shift(g, s.level);
	build_leaves(g, &s, pte_at(g, s.level, first, pa), groups);
}

void build_leaves(const struct grt_geometry *g, const struct span *s, pte_t first, bool groups)
{
	grt_phys_t pa = pte_leaf_phys(g, s->level, first, 0);
	u64 step = pte_leaf_step(g, s->level);
	/* At least one, also of a foreign tree's leaf that is not aligned to its size. */
	u64 k = ((pte_run_end(g, pa) - 1 - pa) >> grt_geometry_level_shift(g, s->level)) + 1;

	if (k < s->nr)
		fill_wrapped(g, *s, first, (unsigned int)k, groups);
	else if (groups)
		fill_with_groups(s->entry, first, step, s->nr, s->index,
				 1U << g->cont_bits[s->level]);
	else
		fill_single(s->entry, first, step, s->nr);
}

/* ---- tables, dry ---- */

static void count_leaves(const struct build *b, unsigned int level, u64 pages)
{
	const u64 group = group_pages(b->rule.g, level), end = b->at + pages;
	u64 groups = 0;

	if (b->rule.groups & BIT(level) && align_up(b->at, group) < align_down(end, group))
		groups = (align_down(end, group) - align_up(b->at, group)) / group;
	b->cost->leaves[level][0] += (pages - groups * group) >> level_page_shift(b->rule.g, level);
	b->cost->leaves[level][1] += groups;
}

/* The next @pages pages are whole entries of @level: leaves, or tables full of them. */
static void count_whole(struct build *b, unsigned int level, u64 pages)
{
	for (; level > b->rule.max_level; level--)
		b->op->needed += pages >> level_page_shift(b->rule.g, level);
	if (b->cost)
		count_leaves(b, level, pages);
	build_advance(b, pages);
}

/* One of @level, which ends at page @limit. The mapping before this one may have counted it last. */
static void count_table(struct build *b, unsigned int level, u64 limit)
{
	b->op->needed++;
	if (!b->cost)
		return;
	b->op->needed -= b->cost->last_table[level] == limit;
	b->cost->last_table[level] = limit;
}

void build_count_entries(struct build *b, unsigned int level, u64 limit)
{
	const unsigned int shift = level_page_shift(b->rule.g, level);

	while (b->at < limit) {
		u64 n = build_whole(b, shift, limit), end;

		if (n) {
			count_whole(b, level, n << shift);
			continue;
		}
		end = build_limit(b, shift);
		count_table(b, level - 1, end);
		build_count_entries(b, level - 1, end);
	}
}

/* ---- tables ---- */

/* Leaves of @level for the next @n entries, @index the first, in a table at @t. */
static __force_inline void write_leaves(struct build *b, u64 *t, unsigned int level,
					unsigned int index, unsigned int n)
{
	struct span s; /* not all of it counts */

	s.entry = t + index;
	s.level = level;
	s.index = index;
	s.nr = n;
	build_leaves(b->rule.g, &s, build_leaf(b, level), b->rule.groups & BIT(level));
}

/*
 * New tables of @level full of leaves, and the links to them, for @n consecutive entries of 1 << @shift
 * pages: as many as follow one another in memory are one run of leaves. Returns how many.
 */
static unsigned int write_full_tables(struct build *b, u64 *links, unsigned int level,
				      unsigned int shift, u64 n)
{
	const struct grt_geometry *g = b->rule.g;
	grt_phys_t first = pgtable_op_take_run(b->op, &n);
	u64 *t = table_map(b->op->pt, first);

	write_leaves(b, t, level, 0, (unsigned int)n << grt_geometry_index_bits(g));
	table_unmap(b->op->pt, t);
	for (unsigned int i = 0; i < n; i++)
		build_link(g, links + i, first + i * grt_geometry_page_size(g));
	build_advance(b, n << shift);
	return (unsigned int)n;
}

static void build_entries(struct build *b, u64 *t, unsigned int level, u64 limit)
{
	const struct grt_geometry *g = b->rule.g;
	unsigned int shift = level_page_shift(g, level), entries = grt_geometry_entries(g, level);
	unsigned int filled = 0;

	while (b->at < limit) {
		unsigned int index = (unsigned int)(b->at >> shift) & (entries - 1);
		u64 n = build_whole(b, shift, limit);

		if (filled < index)
			build_empty(t + filled, index - filled);
		filled = index;
		if (n && level <= b->rule.max_level) {
			write_leaves(b, t, level, index, (unsigned int)n);
			build_advance(b, n << shift);
			filled += (unsigned int)n;
		} else if (n && level - 1 <= b->rule.max_level) {
			filled += write_full_tables(b, t + index, level - 1, shift, n);
		} else {
			build_link(g, t + index, build_table(b, level - 1, build_limit(b, shift)));
			filled++;
		}
	}
	if (filled < entries)
		build_empty(t + filled, entries - filled);
}

grt_phys_t build_table(struct build *b, unsigned int level, u64 limit)
{
	grt_phys_t table;
	u64 *t;

	if (b->op->dry) {
		count_table(b, level, limit);
		build_count_entries(b, level, limit);
		return 0;
	}
	table = pgtable_op_take(b->op);
	t = table_map(b->op->pt, table);
	build_entries(b, t, level, limit);
	table_unmap(b->op->pt, t);
	return table;
}

/* ---- what a leaf stands for ---- */

/* The group that begins with @entry and page @page as single leaves. */
static void build_ungroup(const struct grt_geometry *g, u64 *entry, unsigned int level, u64 page)
{
	const struct span s = { .entry = entry, .level = level, .nr = 1U << g->cont_bits[level] };
	pte_t first = table_get(entry, 0), alone = pte_single(g, level, first, page);

	if (pte_group_identical())
		build_leaves(g, &s, alone, false);
	else
		mmu_flip_entries(entry, first.val ^ alone.val, s.nr);
}

/*
 * Make the entry of page @at smaller, in a table that was just filled with the leaves @s. Return:
 * the page behind it if it is a table now, in which no other cut has anything to do, else @at.
 */
static u64 build_cut(struct pgtable_op *op, const struct span *s, u64 at, const struct cuts *cuts)
{
	const struct grt_geometry *g = op->pt->g;
	const unsigned int level = s->level;
	u64 *t = s->entry;
	u64 group = group_pages(g, level), pages = level_pages(g, level);
	unsigned int index = page_index(g, level, at), n = 1U << g->cont_bits[level];
	pte_t pte = s->first;

	if (t) {
		if (pte_contiguous(g, level, table_get(t, index)))
			build_ungroup(g, t + (index & -n), level, align_down(at, group));
		pte = table_get(t, index);
	}
	if (is_aligned(at, pages))
		return at;
	pte = pte_table(g, build_split(op, level - 1, pte, align_down(at, pages), cuts));
	if (t)
		table_set(t, index, pte);
	return align_up(at, pages);
}

static __noinline void build_cuts(struct pgtable_op *op, const struct span *s,
				  const struct cuts *cuts)
{
	const u64 group = group_pages(op->pt->g, s->level);
	const u64 end = s->pages.start + level_pages(op->pt->g, s->level + 1);
	u64 done = s->pages.start + 1;

	for (const u64 *at = cuts->at; at < cuts->at + 2; at++)
		if (done <= *at && *at < end && !is_aligned(*at, group))
			done = build_cut(op, s, *at, cuts);
}

grt_phys_t build_split(struct pgtable_op *op, unsigned int level, pte_t leaf, u64 start,
		       const struct cuts *cuts)
{
	const struct grt_geometry *g = op->pt->g;
	grt_phys_t pa = pte_leaf_phys(g, level + 1, leaf, 0), table = pgtable_op_take(op);
	struct span s; /* not all of it counts */

	s.entry = NULL;
	s.level = level;
	s.index = 0;
	s.nr = 1U << grt_geometry_index_bits(g); /* it is not the root */
	s.first = pte_at(g, level, leaf, pa);
	s.pages.start = start;
	if (!op->dry) {
		s.entry = table_map(op->pt, table);
		build_leaves(g, &s, s.first, g->cont_bits[level]);
	}
	if (level || g->cont_bits[level])
		build_cuts(op, &s, cuts);
	if (s.entry)
		table_unmap(op->pt, s.entry);
	return table;
}
