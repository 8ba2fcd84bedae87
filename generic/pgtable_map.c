// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Making mappings. A new table is filled front to back, each entry written once, before it is linked;
 * whole subtrees grow out of reach of any walk. Links into a live table are stored parked, ordered by
 * one barrier for all of them, and then made valid.
 */
#include "generic/pgtable_internal.h"

void pgtable_fill_run(const struct geometry *g, u64 *entry, unsigned int level, pte_t like,
		      phys_addr_t pa, unsigned int n, bool groups)
{
	bool identical = groups && pte_group_identical();
	unsigned int shift = geometry_level_shift(g, level);

	while (n) {
		unsigned int k = (unsigned int)min_u64(n, (pte_run_end(g, pa) - pa) >> shift);
		pte_t pte = pte_at(g, level, like, pa);

		if (identical)
			k = 1U << g->cont_bits[level];
		if (groups)
			pte = pte_mkcont(pte);
		mmu_fill_entries(entry, pte.val, identical ? 0 : pte_leaf_step(g, level), k);
		entry += k;
		pa += (u64)k << shift;
		n -= k;
	}
}

void pgtable_fill_groups(const struct geometry *g, u64 *table, unsigned int level,
			 unsigned int index, pte_t like, phys_addr_t pa, unsigned int n)
{
	unsigned int shift = geometry_level_shift(g, level), group = 1U << g->cont_bits[level];
	unsigned int head = (unsigned int)min_u64(n, -index & (group - 1));
	unsigned int middle = (n - head) & -group, tail = n - head - middle;

	if (head)
		pgtable_fill_run(g, table + index, level, like, pa, head, false);
	index += head;
	pa += (u64)head << shift;
	if (middle)
		pgtable_fill_run(g, table + index, level, like, pa, middle, true);
	index += middle;
	pa += (u64)middle << shift;
	if (tail)
		pgtable_fill_run(g, table + index, level, like, pa, tail, false);
}

/* No page has this number: all is mapped. */
#define NO_PAGE (~0ULL)

/**
 * struct map_op - pgtable_map_runs() at work
 * @at: next page to map; @end: of its run
 * @rule: leaves of that run; @like: one with its attributes
 * @low_level: lowest level of an existing table that got a leaf
 */
struct map_op {
	struct pgtable_op op;
	pgtable_run_fn next;
	const void *arg;
	u64 cursor;
	u64 at;
	u64 end;
	struct leaf_rule rule;
	pte_t like;
	unsigned int low_level;
};

static void next_run(struct map_op *m)
{
	const struct geometry *g = m->op.pt->g;
	struct pgtable_run run;
	struct page_range r;

	m->at = NO_PAGE;
	if (!m->next(m->arg, &m->cursor, &run) || pgtable_check_range(g, run.va, run.size, &r))
		return;
	leaf_rule_set(&m->rule, g, run.va, run.pa, run.attr);
	m->like = pte_leaf(g, 0, 0, run.attr);
	m->at = r.start;
	m->end = r.end;
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

static void write_leaves(struct map_op *m, u64 *t, unsigned int level, unsigned int index, u64 n)
{
	const struct geometry *g = m->rule.g;

	pgtable_fill_leaves(g, t, level, index, m->like, page_address(g, m->at) + m->rule.offset,
			    (unsigned int)n, m->rule.groups & BIT(level));
	advance(m, n << level_page_shift(g, level));
}

/*
 * New tables full of leaves, and the links to them, for @n consecutive entries of 1 << @shift pages: as
 * many as follow one another in memory are one run of leaves. Returns how many.
 */
static unsigned int write_full_tables(struct map_op *m, u64 *links, unsigned int level,
				      unsigned int shift, u64 n)
{
	const struct geometry *g = m->rule.g;
	phys_addr_t first = pgtable_op_take_run(&m->op, &n);
	u64 *t = table_map(m->op.pt, first);

	pgtable_fill_run(g, t, level, m->like, page_address(g, m->at) + m->rule.offset,
			 (unsigned int)n << geometry_index_bits(g), m->rule.groups & BIT(level));
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
	const struct geometry *g = m->rule.g;
	unsigned int shift = level_page_shift(g, level), entries = geometry_entries(g, level);
	unsigned int filled = 0;

	while (m->at < limit) {
		unsigned int index = (unsigned int)(m->at >> shift) & (entries - 1);
		u64 n = whole_entries(m, shift, limit);

		if (filled < index)
			mmu_fill_entries(t + filled, 0, 0, index - filled);
		if (n && level <= m->rule.max_level) {
			write_leaves(m, t, level, index, n);
			filled = index + (unsigned int)n;
		} else if (n && level - 1 <= m->rule.max_level) {
			filled = index + write_full_tables(m, t + index, level - 1, shift, n);
		} else {
			table_set(t, index,
				  pte_table(g, build_table(m, level - 1, span_end(m, shift))));
			filled = index + 1;
		}
	}
	if (filled < entries)
		mmu_fill_entries(t + filled, 0, 0, entries - filled);
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
	pte_t link = pte_table(m->rule.g, table);

	if (!m->op.pt->live) {
		table_set(t, index, link);
		return;
	}
	table_set(t, index, pte_park(link));
	pgtable_op_park(&m->op, in, index);
	m->op.batch->linked = true;
}

/* Map what lies below page @limit in a table of the tree. What is not empty there is a table. */
static void map_in_table(struct map_op *m, unsigned int level, phys_addr_t table, u64 limit)
{
	const struct geometry *g = m->rule.g;
	unsigned int shift = level_page_shift(g, level);
	u64 *t = table_map(m->op.pt, table);

	while (m->at < limit) {
		unsigned int index = page_index(g, level, m->at);
		u64 n = whole_entries(m, shift, limit);
		pte_t pte = table_get(t, index);

		if (pte_is_table(g, level, pte)) {
			map_in_table(m, level - 1, pte_table_phys(g, pte), span_end(m, shift));
		} else if (n && level <= m->rule.max_level) {
			n = level ? pgtable_empty_entries(t, index, n) : n;
			m->low_level = (unsigned int)min_u64(m->low_level, level);
			write_leaves(m, t, level, index, n);
		} else {
			link_table(m, table, t, index,
				   build_table(m, level - 1, span_end(m, shift)));
		}
	}
	table_unmap(m->op.pt, t);
}

static int reserve(struct map_op *m, struct page_range *span)
{
	struct pgtable_cost cost;
	int err;

	do {
		err = pgtable_plan_runs(m->op.pt, m->next, m->arg, &cost, span);
		if (!err)
			err = pgtable_op_reserve(&m->op, cost.tables);
	} while (err == -EAGAIN);
	return err;
}

int pgtable_map_runs(struct pgtable *pt, pgtable_run_fn next, const void *arg)
{
	struct page_range span;
	struct map_op m;
	int err;

	m.next = next;
	m.arg = arg;
	m.cursor = 0;
	m.low_level = geometry_root_level(pt->g);
	m.rule.set = false;
	pgtable_op_begin(&m.op, pt);
	err = reserve(&m, &span);
	if (err || span.start == span.end)
		return pgtable_op_end(&m.op, err);

	pgtable_op_settle(&m.op, span);
	next_run(&m);
	map_in_table(&m, geometry_root_level(pt->g), pt->root, NO_PAGE);
	pgtable_op_unpark(&m.op);
	pgtable_op_added(&m.op, span, m.low_level);
	return pgtable_op_end(&m.op, 0);
}

int pgtable_map(struct pgtable *pt, virt_addr_t va, phys_addr_t pa, u64 size, pgattr_t attr)
{
	const struct pgtable_run run = { va, pa, size, attr };

	return pgtable_map_runs(pt, pgtable_single_run, &run);
}
