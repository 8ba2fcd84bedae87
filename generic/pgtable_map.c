// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Making mappings. A new table is filled front to back, each entry written once, before it is linked;
 * whole subtrees grow out of reach of any walk. Links into a live table are stored parked, ordered by
 * one barrier for all of them, and then made valid.
 */
#include "generic/pgtable_internal.h"

/* What follows is not inline where that would cost its callers registers. */
static __noinline void clear_entries(u64 *entry, unsigned int n)
{
	mmu_fill_entries(entry, 0, 0, n);
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

/* Leaves whose values differ by one step. */
static void fill_run(const struct geometry *g, u64 *entry, unsigned int level, unsigned int index,
		     pte_t like, phys_addr_t pa, unsigned int n, bool groups)
{
	pte_t first = pte_at(g, level, like, pa);
	u64 step = pte_leaf_step(g, level);

	if (groups)
		fill_with_groups(entry, first, step, n, index, 1U << g->cont_bits[level]);
	else
		fill_single(entry, first, step, n);
}

/* Across the point where the address field of an entry wraps into other bits: @k leaves are before it. */
static __noinline void fill_wrapped(const struct geometry *g, u64 *entry, unsigned int level,
				    unsigned int index, pte_t like, phys_addr_t pa, unsigned int n,
				    unsigned int k, bool groups)
{
	fill_run(g, entry, level, index, like, pa, k, groups);
	pgtable_fill_leaves(g, entry + k, level, index + k, like,
			    pa + ((u64)k << geometry_level_shift(g, level)), n - k, groups);
}

void pgtable_fill_leaves(const struct geometry *g, u64 *entry, unsigned int level,
			 unsigned int index, pte_t like, phys_addr_t pa, unsigned int n,
			 bool groups)
{
	u64 k = (pte_run_end(g, pa) - pa) >> geometry_level_shift(g, level);

	if (k < n)
		fill_wrapped(g, entry, level, index, like, pa, n, (unsigned int)k, groups);
	else
		fill_run(g, entry, level, index, like, pa, n, groups);
}

/* No page has this number: all is mapped. */
#define NO_PAGE (~0ULL)

/**
 * struct map_op - pgtable_map_runs() at work
 * @next: the run after that which is at work; @last: behind the last one
 * @at: next page to map; @end: of its run
 * @plan: its rule is that run's; @like: a leaf with its attributes
 * @low_level: lowest level of an existing table that got a leaf
 */
struct map_op {
	struct pgtable_op op;
	const struct pgtable_run *next;
	const struct pgtable_run *last;
	u64 at;
	u64 end;
	struct map_plan plan;
	pte_t like;
	unsigned int low_level;
};

static void next_run(struct map_op *m)
{
	const struct geometry *g = m->op.pt->g;
	const struct pgtable_run *run = m->next++;
	unsigned int shift = geometry_page_shift(g);

	m->at = NO_PAGE;
	if (run == m->last)
		return;
	leaf_rule_set(&m->plan.rule, g, run->va, run->pa, run->attr);
	m->like = pte_leaf(g, 0, 0, run->attr);
	m->at = run->va >> shift;
	m->end = m->at + (run->size >> shift);
}

/* Entries of 1 << @shift pages that the run covers whole, from the next page on and below @limit. */
static inline u64 whole_entries(const struct map_op *m, unsigned int shift, u64 limit)
{
	return m->at & (BIT(shift) - 1) ? 0 : (min_u64(m->end, limit) - m->at) >> shift;
}

/* Where the entry of 1 << @shift pages that holds the next page ends. */
static inline u64 span_end(const struct map_op *m, unsigned int shift)
{
	return (m->at | (BIT(shift) - 1)) + 1;
}

static void advance(struct map_op *m, u64 pages)
{
	m->at += pages;
	if (m->at == m->end)
		next_run(m);
}

/* @n leaves of @level, each of 1 << @shift pages. */
static void write_leaves(struct map_op *m, u64 *t, unsigned int level, unsigned int shift,
			 unsigned int index, u64 n)
{
	const struct geometry *g = m->plan.rule.g;

	pgtable_fill_leaves(g, t + index, level, index, m->like,
			    page_address(g, m->at) + m->plan.rule.offset, (unsigned int)n,
			    m->plan.rule.groups & BIT(level));
	advance(m, n << shift);
}

/*
 * New tables full of leaves, and the links to them, for @n consecutive entries of 1 << @shift pages: as
 * many as follow one another in memory are one run of leaves. Returns how many.
 */
static unsigned int write_full_tables(struct map_op *m, u64 *links, unsigned int level,
				      unsigned int shift, u64 n)
{
	const struct geometry *g = m->plan.rule.g;
	phys_addr_t first = pgtable_op_take_run(&m->op, &n);
	u64 *t = table_map(m->op.pt, first);

	pgtable_fill_leaves(g, t, level, 0, m->like, page_address(g, m->at) + m->plan.rule.offset,
			    (unsigned int)n << geometry_index_bits(g),
			    m->plan.rule.groups & BIT(level));
	table_unmap(m->op.pt, t);
	for (unsigned int i = 0; i < n; i++)
		table_set(links, i, pte_table(g, first + i * geometry_page_size(g)));
	advance(m, n << shift);
	return (unsigned int)n;
}

static phys_addr_t build_table(struct map_op *m, unsigned int level, u64 limit);

/*
 * Write a new table for what is mapped from the next page on and below page @limit, where its span
 * ends: of several runs, if they meet in it.
 */
static void write_table(struct map_op *m, u64 *t, unsigned int level, u64 limit)
{
	const struct geometry *g = m->plan.rule.g;
	unsigned int shift = level_page_shift(g, level), entries = geometry_entries(g, level);
	unsigned int filled = 0;

	while (m->at < limit) {
		unsigned int index = (unsigned int)(m->at >> shift) & (entries - 1);
		u64 n = whole_entries(m, shift, limit);

		if (filled < index)
			clear_entries(t + filled, index - filled);
		if (n && level <= m->plan.rule.max_level) {
			write_leaves(m, t, level, shift, index, n);
			filled = index + (unsigned int)n;
		} else if (n && level - 1 <= m->plan.rule.max_level) {
			filled = index + write_full_tables(m, t + index, level - 1, shift, n);
		} else {
			table_set(t, index,
				  pte_table(g, build_table(m, level - 1, span_end(m, shift))));
			filled = index + 1;
		}
	}
	if (filled < entries)
		clear_entries(t + filled, entries - filled);
}

/* A new table of @level whose span ends at page @limit, with all that is below it, out of all reach. */
static phys_addr_t build_table(struct map_op *m, unsigned int level, u64 limit)
{
	phys_addr_t table = pgtable_op_take(&m->op);
	u64 *t = table_map(m->op.pt, table);

	write_table(m, t, level, limit);
	table_unmap(m->op.pt, t);
	return table;
}

static void link_table(struct map_op *m, phys_addr_t in, u64 *t, unsigned int index,
		       phys_addr_t table)
{
	pte_t link = pte_table(m->plan.rule.g, table);

	if (!m->op.pt->live) {
		table_set(t, index, link);
		return;
	}
	table_set(t, index, pte_park(link));
	pgtable_op_park(&m->op, in, index);
	m->op.batch->linked = true;
}

/*
 * Map what lies below page @limit in a table of the tree. What is not empty there is a table, and a leaf
 * has no place over it.
 */
static void map_in_table(struct map_op *m, unsigned int level, phys_addr_t table, u64 limit)
{
	const struct geometry *g = m->plan.rule.g;
	unsigned int shift = level_page_shift(g, level);
	u64 *t = table_map(m->op.pt, table);

	while (m->at < limit) {
		unsigned int index = page_index(g, level, m->at);
		u64 n = whole_entries(m, shift, limit);
		pte_t pte = table_get(t, index);

		if (pte_is_table(g, level, pte)) {
			map_in_table(m, level - 1, pte_table_phys(g, pte), span_end(m, shift));
		} else if (n && level <= m->plan.rule.max_level) {
			if (level && !m->plan.bare)
				n = pgtable_empty_entries(t, index, n);
			m->low_level = (unsigned int)min_u64(m->low_level, level);
			write_leaves(m, t, level, shift, index, n);
		} else {
			link_table(m, table, t, index,
				   build_table(m, level - 1, span_end(m, shift)));
		}
	}
	table_unmap(m->op.pt, t);
}

static int reserve(struct map_op *m, const struct pgtable_run *runs, unsigned int nr)
{
	int err;

	do {
		err = pgtable_plan_runs(m->op.pt, runs, nr, &m->plan);
		if (!err)
			err = pgtable_op_reserve(&m->op, m->plan.cost.tables);
	} while (err == -EAGAIN);
	return err;
}

int pgtable_map_runs(struct pgtable *pt, const struct pgtable_run *runs, unsigned int nr)
{
	struct map_op m;
	int err;

	m.next = runs;
	m.last = runs + nr;
	m.low_level = geometry_root_level(pt->g);
	pgtable_op_begin(&m.op, pt);
	err = reserve(&m, runs, nr);
	if (err || !nr)
		return pgtable_op_end(&m.op, err);

	pgtable_op_settle(&m.op, m.plan.span);
	next_run(&m);
	map_in_table(&m, geometry_root_level(pt->g), pt->root, NO_PAGE);
	pgtable_op_unpark(&m.op);
	pgtable_op_added(&m.op, m.plan.span, m.low_level);
	return pgtable_op_end(&m.op, 0);
}

int pgtable_map(struct pgtable *pt, virt_addr_t va, phys_addr_t pa, u64 size, pgattr_t attr)
{
	const struct pgtable_run run = { va, pa, size, attr };

	return pgtable_map_runs(pt, &run, 1);
}
