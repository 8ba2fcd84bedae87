// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Making mappings. A new table is filled front to back, each entry written once, before it is linked;
 * whole subtrees grow out of reach of any walk. Links into a live table are stored parked, ordered by
 * one barrier for all of them, and then made valid.
 */
#include "generic/gate.h"
#include "generic/pgtable_internal.h"

/**
 * struct map_op - grt_map_runs() at work
 * @runs: all of them, @nr
 * @run: that which comes after the one at work; @last: behind the last one
 */
struct map_op {
	struct pgtable_op op;
	struct build b;
	const struct grt_run *runs;
	const struct grt_run *run;
	const struct grt_run *last;
	unsigned int nr;
	struct map_plan plan;
};

static void next_run(struct build *b)
{
	struct map_op *m = container_of(b, struct map_op, b);
	const struct grt_pgtable *pt = m->op.pt;
	const struct grt_run *run = m->run++;
	unsigned int shift = grt_geometry_page_shift(pt->g);

	b->at = NO_PAGE;
	if (run == m->last)
		return;
	leaf_rule_set(&b->rule, pt, run);
	b->like = pgtable_leaf_entry(pt, 0, 0, run->attr);
	b->at = run->va >> shift;
	b->end = b->at + (run->size >> shift);
}

/*
 * At the entry of the next page: leaves, or a new table for what it maps. What is not empty there is a
 * table, and a leaf has no place over it.
 */
static void map_entries(struct map_op *m, struct cursor *c)
{
	const struct grt_geometry *g = m->op.pt->g;
	struct build *b = &m->b;
	struct transition to = { .kind = GATE_SET, .stride = (u8)c->level };
	u64 n = build_whole(b, c->shift, c->at.end);
	struct span s;

	cursor_entry(c, b->at, &s);
	if (pte_is_table(g, s.level, s.first)) {
		cursor_enter(c, &s);
		return;
	}
	if (n && s.level <= b->rule.max_level) {
		if (s.level && !m->plan.bare)
			n = empty_entries(s.entry, n);
		s.nr = (unsigned int)n;
		to.new = build_leaf(b, s.level);
		to.kind = b->rule.groups & BIT(s.level) ? GATE_GROUPS : GATE_SET;
		build_advance(b, n << c->shift);
	} else {
		to.later = true;
		to.new = pte_table(g, build_table(b, s.level - 1, build_limit(b, c->shift)));
	}
	s.pages.end = s.pages.start + ((u64)s.nr << c->shift);
	gate_store(&m->op, &s, &to);
}

static int map(struct pgtable_op *op)
{
	struct map_op *m = container_of(op, struct map_op, op);
	struct cursor c;
	int err;

	if (op->dry) {
		err = pgtable_plan_runs(op->pt, m->runs, m->nr, &m->b.rule, &m->plan);
		op->needed = m->plan.cost.tables;
		return err;
	}
	m->run = m->runs;
	m->last = m->runs + m->nr;
	next_run(&m->b);
	if (m->b.at == NO_PAGE)
		return 0;
	cursor_begin(&c, op->pt, m->plan.span);
	for (; m->b.at != NO_PAGE; cursor_seek(&c, m->b.at))
		map_entries(m, &c);
	cursor_end(&c);
	gate_open(op);
	return 0;
}

int grt_map_runs(struct grt_pgtable *pt, const struct grt_run *runs, unsigned int nr)
{
	struct map_op m;

	m.b.op = &m.op;
	m.b.next = next_run;
	m.runs = runs;
	m.nr = nr;
	return pgtable_op_run(&m.op, pt, map);
}
