// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Making mappings. A new table is filled front to back, each entry written once, before it is linked;
 * whole subtrees grow out of reach of any walk. Links into a live table are stored parked, ordered by
 * one barrier for all of them, and then made valid.
 */
#include "generic/build.h"
#include "generic/gate.h"
#include "generic/pgtable_internal.h"

/* No page has this number: all is mapped. */
#define NO_PAGE (~0ULL)

/**
 * struct map_op - pgtable_map_runs() at work
 * @next: the run after that which is at work; @last: behind the last one
 * @at: next page to map; @end: of its run
 * @plan: its rule is that run's; @like: a leaf with its attributes
 */
struct map_op {
	struct pgtable_op op;
	const struct pgtable_run *next;
	const struct pgtable_run *last;
	u64 at;
	u64 end;
	struct map_plan plan;
	pte_t like;
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
	m->like = entry_make(m->op.pt, 0, 0, run->attr);
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

/* The leaf of @level for the next page. */
static inline pte_t next_leaf(const struct map_op *m, unsigned int level)
{
	const struct geometry *g = m->plan.rule.g;

	return pte_at(g, level, m->like, page_address(g, m->at) + m->plan.rule.offset);
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
	struct span s;

	s.entry = table_map(m->op.pt, first);
	s.level = level;
	s.index = 0;
	s.nr = (unsigned int)n << geometry_index_bits(g);
	build_leaves(g, &s, next_leaf(m, level), m->plan.rule.groups & BIT(level));
	table_unmap(m->op.pt, s.entry);
	for (unsigned int i = 0; i < n; i++)
		build_link(g, links + i, first + i * geometry_page_size(g));
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
	struct span s;

	s.level = level;
	while (m->at < limit) {
		unsigned int index = (unsigned int)(m->at >> shift) & (entries - 1);
		u64 n = whole_entries(m, shift, limit);

		if (filled < index)
			build_empty(t + filled, index - filled);
		if (n && level <= m->plan.rule.max_level) {
			s.entry = t + index;
			s.index = index;
			s.nr = (unsigned int)n;
			build_leaves(g, &s, next_leaf(m, level), m->plan.rule.groups & BIT(level));
			advance(m, n << shift);
			filled = index + (unsigned int)n;
		} else if (n && level - 1 <= m->plan.rule.max_level) {
			filled = index + write_full_tables(m, t + index, level - 1, shift, n);
		} else {
			build_link(g, t + index, build_table(m, level - 1, span_end(m, shift)));
			filled = index + 1;
		}
	}
	if (filled < entries)
		build_empty(t + filled, entries - filled);
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

/*
 * Map what lies below page @limit in a table of the tree. What is not empty there is a table, and a leaf
 * has no place over it.
 */
static void map_in_table(struct map_op *m, unsigned int level, phys_addr_t table, u64 limit)
{
	const struct geometry *g = m->plan.rule.g;
	unsigned int shift = level_page_shift(g, level);
	u64 *t = table_map(m->op.pt, table);
	struct span s;

	s.table = table;
	s.level = level;
	while (m->at < limit) {
		u64 n = whole_entries(m, shift, limit);
		struct transition to = { .stride = (u8)level };

		s.index = page_index(g, level, m->at);
		s.entry = t + s.index;
		s.nr = 1;
		s.pages.start = m->at >> shift << shift;
		s.first = table_get(s.entry, 0);
		if (pte_is_table(g, level, s.first)) {
			map_in_table(m, level - 1, pte_table_phys(g, s.first), span_end(m, shift));
			continue;
		}
		if (n && level <= m->plan.rule.max_level) {
			if (level && !m->plan.bare)
				n = empty_entries(s.entry, n);
			s.nr = (unsigned int)n;
			to.new = next_leaf(m, level);
			to.rest = m->plan.rule.groups & BIT(level) ? GATE_GROUPS : GATE_NEXT;
			advance(m, n << shift);
		} else {
			to.later = true;
			to.new = pte_table(g, build_table(m, level - 1, span_end(m, shift)));
		}
		s.pages.end = s.pages.start + ((u64)s.nr << shift);
		gate_store(&m->op, &s, &to);
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
	pgtable_op_begin(&m.op, pt);
	err = reserve(&m, runs, nr);
	if (err || !nr)
		return pgtable_op_end(&m.op, err);

	next_run(&m);
	map_in_table(&m, geometry_root_level(pt->g), pt->root, NO_PAGE);
	gate_open(&m.op);
	return pgtable_op_end(&m.op, 0);
}
