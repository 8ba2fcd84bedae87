// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Making mappings. A new table is filled front to back, each entry written once, before it is linked;
 * whole subtrees grow out of reach of any walk. Links into a live table are stored parked, ordered by
 * one barrier for all of them, and then made valid.
 */
#include "generic/gate.h"
#include "generic/pgtable_internal.h"

/**
 * struct map_op - mappings at work
 * @pt: the tree, which is not changed dry; @shift: log2 of its pages' bytes
 * @runs: all of them; @run: that which comes after the one at work; @last: behind the last one
 * @range: from the first page of the first one to the last of the last
 * @plain: no table was met where leaves go
 */
struct map_op {
	struct pgtable_op op;
	struct build b;
	const struct grt_pgtable *pt;
	unsigned int shift;
	const struct grt_run *runs;
	const struct grt_run *run;
	const struct grt_run *last;
	struct page_range range;
	bool plain;
};

/* A new rule, or a new leaf to go by. */
static __noinline void begin_run(struct map_op *m, const struct grt_run *run)
{
	leaf_rule_set(&m->b.rule, m->pt, run);
	if (!m->op.dry)
		m->b.like = pgtable_leaf_entry(m->pt, 0, 0, run->attr);
}

static void next_run(struct build *b)
{
	struct map_op *m = container_of(b, struct map_op, b);
	const struct grt_run *run = m->run++;

	if (run == m->last) {
		b->at = NO_PAGE;
		return;
	}
	b->at = run->va >> m->shift;
	b->end = b->at + (run->size >> m->shift);
	begin_run(m, run);
}

static void first_run(struct map_op *m)
{
	m->run = m->runs;
	next_run(&m->b);
}

/* How many of @n entries from @t on have no table in their place, whatever else they map? */
static u64 no_tables(const struct grt_geometry *g, unsigned int level, const u64 *t, u64 n)
{
	u64 i = 0;

	while (i < n && !pte_is_table(g, level, table_get(t, (unsigned int)i)))
		i++;
	return i;
}

/* Dry, at the entry of the next page, which leads to no table: count on to the next table or leaf. */
static int look_at(struct map_op *m, const struct cursor *c, const struct span *s)
{
	struct build *b = &m->b;
	u64 n = cursor_entries(c, s->pages.start), room = n;

	if (!b->cost)
		room = empty_entries(s->entry, n);
	else if (s->level)
		room = no_tables(c->pt->g, s->level, s->entry, n);
	if (!room)
		return -EEXIST;
	m->plain &= room == n;
	build_count_entries(b, s->level, min_u64(c->at.end, s->pages.start + (room << c->shift)));
	return 0;
}

/* Leaves, or a new table for what the entry of the next page maps. */
static void map_entries(struct map_op *m, const struct cursor *c, struct span *s)
{
	struct build *b = &m->b;
	u64 n = build_whole(b, c->shift, c->at.end);
	struct transition to = { .kind = GATE_SET, .stride = (u8)c->level };

	if (n && s->level <= b->rule.max_level) {
		if (s->level && !m->plain)
			n = empty_entries(s->entry, n);
		s->nr = (unsigned int)n;
		to.new = build_leaf(b, s->level);
		to.kind = b->rule.groups & BIT(s->level) ? GATE_GROUPS : GATE_SET;
		build_advance(b, n << c->shift);
	} else {
		to.new =
			pte_table(c->pt->g, build_table(b, s->level - 1, build_limit(b, c->shift)));
		/* One barrier is enough for all links; where there is one it need not wait. */
		to.later = m->op.needed > 1 && (b->at != NO_PAGE || m->op.nr_parked);
	}
	s->pages.end = s->pages.start + ((u64)s->nr << c->shift);
	gate_store(&m->op, s, &to);
}

/* What is not empty on the way is a table, and a leaf has no place over it; or, dry, it is in the way. */
static int map(struct pgtable_op *op)
{
	struct map_op *m = container_of(op, struct map_op, op);
	struct build *b = &m->b;
	struct cursor c;
	struct span s;
	int err = 0;

	first_run(m);
	cursor_begin_at(&c, m->pt, grt_geometry_root_level(m->pt->g), m->pt->root, m->range);
	for (; b->at != NO_PAGE && !err; cursor_seek(&c, b->at)) {
		cursor_entry(&c, b->at, &s);
		if (pte_is_table(m->pt->g, s.level, s.first))
			cursor_enter(&c, &s);
		else if (op->dry)
			err = look_at(m, &c, &s);
		else
			map_entries(m, &c, &s);
	}
	cursor_end(&c);
	if (!op->dry)
		gate_open(op);
	return err;
}

static int check_runs(const struct grt_pgtable *pt, const struct grt_run *runs, unsigned int nr)
{
	const u64 page_mask = grt_geometry_page_size(pt->g) - 1;
	grt_virt_t last = 0;

	for (const struct grt_run *run = runs; run < runs + nr; run++) {
		const u64 size = run->size - 1;

		if (!run->size || (run->va | run->pa | run->size) & page_mask ||
		    (run->va <= last && run > runs))
			return -EINVAL;
		last = run->va + size;
		if (!pgtable_serves(pt, run->va, last) || pgtable_check_attr(pt, run->attr))
			return -EINVAL;
		if ((run->pa | (run->pa + size)) >> pt->g->pa_bits)
			return -ERANGE;
	}
	return 0;
}

/* Do tables on the way add to, or take from, one of them? */
static bool is_limited(const struct grt_pgtable *pt, const struct grt_run *runs, unsigned int nr)
{
	struct page_range r;

	if (!pt->limited)
		return false;
	for (const struct grt_run *run = runs; run < runs + nr; run++)
		if (!pgtable_pages(pt->g, run->va, run->size, &r) &&
		    pgtable_limits_refuse(pt, r, run->attr))
			return true;
	return false;
}

static void map_begin(struct map_op *m, const struct grt_pgtable *pt, const struct grt_run *runs,
		      unsigned int nr)
{
	m->pt = pt;
	m->shift = grt_geometry_page_shift(pt->g);
	m->b.op = &m->op;
	m->b.rule.g = NULL;
	m->plain = true;
	m->b.next = next_run;
	m->runs = runs;
	m->last = runs + nr;
}

int grt_map_runs(struct grt_pgtable *pt, const struct grt_run *runs, unsigned int nr)
{
	struct map_op m;
	int err = check_runs(pt, runs, nr);

	if (err || !nr)
		return err;
	if (is_limited(pt, runs, nr))
		return -EPERM;
	map_begin(&m, pt, runs, nr);
	m.range.start = runs->va >> m.shift;
	m.range.end = ((m.last[-1].va + m.last[-1].size - 1) >> m.shift) + 1;
	m.b.cost = NULL;
	return pgtable_op_run(&m.op, pt, map);
}

void grt_cost_add(struct grt_cost *cost, const struct grt_run *run)
{
	const struct grt_pgtable none = { .g = cost->g };
	struct map_op m;

	if (cost->pt ? pgtable_check_range(cost->pt, run->va, run->size, &m.range)
		     : pgtable_pages(cost->g, run->va, run->size, &m.range))
		return;
	map_begin(&m, cost->pt ? cost->pt : &none, run, 1);
	m.b.cost = cost;
	m.op.dry = true;
	m.op.needed = 0;
	if (cost->pt) {
		map(&m.op);
	} else {
		first_run(&m);
		build_count_entries(&m.b, grt_geometry_root_level(cost->g), m.range.end);
	}
	cost->tables += m.op.needed;
}
