// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changing the attributes of what is mapped: any range, whatever has to be done before. */
#include "generic/cut.h"
#include "generic/pgtable_internal.h"

/**
 * struct protect - pgtable_protect() at work
 * @edges: the range, and while planning the edges that cut a leaf which changes
 * @apart: groups have to be taken apart, before the entries change each as a step of its own: so nobody
 *	sees a fault where a change of the group would need break-before-make
 * @shows: a hidden leaf becomes visible
 * @mixed: a table has entries of several kinds in the range
 * @uniform: it is known that none has
 */
struct protect {
	struct pgtable_op op;
	struct split_edges edges;
	pgattr_t set;
	pgattr_t clear;
	bool apart;
	bool shows;
	bool mixed;
	bool uniform;
};

/* What is done with a span that changes, and what it becomes. */
typedef int (*span_fn)(struct protect *p, const struct span *s, pte_t new);

/* The rest of the table is like the entry at hand. */
static void take_rest(struct cursor *c, struct span *s)
{
	unsigned int shift = c->shift;
	u64 end = (c->at.end - 1) >> shift;

	s->nr = (unsigned int)(end - (s->pages.start >> shift)) + 1;
	s->pages.end = (end + 1) << shift;
	c->page = s->pages.end;
}

static bool next_span(struct protect *p, struct cursor *c, struct span *s)
{
	if (!p->uniform || c->page >= c->at.end) {
		if (!cursor_next(c, s))
			return false;
		p->mixed |= c->page < c->at.end && !pte_is_table(c->pt->g, s->level, s->first);
		return true;
	}
	cursor_entry(c, c->page, s);
	c->page = s->pages.end;
	if (!pte_is_table(c->pt->g, s->level, s->first))
		take_rest(c, s);
	return true;
}

static int for_each_span(struct protect *p, span_fn fn)
{
	const struct geometry *g = p->op.pt->g;
	struct cursor c;
	struct span s;
	int err = 0;

	cursor_begin(&c, p->op.pt, p->edges.range);
	do {
		while (!err && next_span(p, &c, &s)) {
			pte_t new;

			if (pte_is_table(g, s.level, s.first)) {
				cursor_enter(&c, &s);
				continue;
			}
			if (!entry_maps(g, s.level, s.first))
				continue;
			new = pte_edit(g, s.first, p->set, p->clear);
			if (new.val != s.first.val)
				err = fn(p, &s, new);
		}
	} while (!err && cursor_on(&c));
	cursor_end(&c);
	return err;
}

/* Are groups to be taken apart before they change? */
static bool wants_apart(const struct protect *p, const struct span *s, enum pte_step step)
{
	const struct pgtable *pt = p->op.pt;
	pte_t alone;

	if (step != PTE_STEP_BREAK || !pte_contiguous(pt->g, s->level, s->first))
		return false;
	alone = pte_single(pt->g, s->level, s->first, s->pages.start);
	return !gate_check(pt, s->level, s->first, alone) &&
	       !gate_check(pt, s->level, alone, pte_edit(pt->g, alone, p->set, p->clear));
}

/*
 * May it change? A leaf that is cut will be single by then, whatever level its part is of, and a single
 * leaf's step does not depend on the level.
 */
static int check_span(struct protect *p, const struct span *s, pte_t new)
{
	const struct pgtable *pt = p->op.pt;
	enum pte_step step = pgtable_step(pt, s->level, s->first, new);
	u64 n = level_pages(pt->g, s->level);

	if (p->set & PGATTR_SUSPECT && pgattr_refused(pt, entry_attr(pt, new)))
		return -EINVAL;
	if (step == PTE_STEP_REFUSE)
		return -EPERM;
	p->shows |= pte_hidden(s->first) && !pte_hidden(new);
	if (pte_contiguous(pt->g, s->level, s->first)) {
		n = group_pages(pt->g, s->level);
		p->apart |= wants_apart(p, s, step);
	}
	if (align_down(s->pages.start, n) < p->edges.range.start)
		p->edges.start = (struct split_edge){ true, (u8)s->level, s->first };
	if (align_up(s->pages.end, n) > p->edges.range.end)
		p->edges.end = (struct split_edge){ true, (u8)s->level, s->first };
	return 0;
}

static int take_apart(struct protect *p, const struct span *s, pte_t new)
{
	if (wants_apart(p, s, pgtable_step(p->op.pt, s->level, s->first, new)))
		pgtable_ungroup(&p->op, s);
	return 0;
}

/* The edges are split: all that changes lies in the range. */
static int change_span(struct protect *p, const struct span *s, pte_t new)
{
	const struct transition to = { .new = new, .rest = GATE_FLIP, .stride = (u8)s->level };

	gate_store(&p->op, s, &to);
	return 0;
}

/* Return: the tables that it takes, through @tables; 0 or what forbids it. */
static int plan(struct protect *p, u64 *tables)
{
	int err;

	p->apart = false;
	p->shows = false;
	p->mixed = false;
	p->edges.start.cut = false;
	p->edges.end.cut = false;
	*tables = 0;
	err = for_each_span(p, check_span);
	if (!err && (p->edges.start.cut || p->edges.end.cut))
		err = pgtable_plan_edges(p->op.pt, &p->edges, tables);
	return err;
}

static int reserve(struct protect *p)
{
	u64 tables;
	int err;

	do {
		err = plan(p, &tables);
		if (!err)
			err = pgtable_op_reserve(&p->op, tables);
	} while (err == -EAGAIN);
	return err;
}

/* Nothing changes its size. */
static bool in_place(const struct protect *p)
{
	return !p->edges.start.cut && !p->edges.end.cut && !p->apart;
}

/* Sizes are as they are to be. */
static void change(struct protect *p)
{
	if (p->shows)
		gate_settle(&p->op, p->edges.range);
	for_each_span(p, change_span);
	gate_open(&p->op);
}

static int begin(struct protect *p, struct pgtable *pt, virt_addr_t va, u64 size, pgattr_t set,
		 pgattr_t clear)
{
	if (pgtable_check_range(pt, va, size, &p->edges.range) ||
	    (set | clear) & ~PGATTR_PROTECT_MASK || set & pt->never)
		return -EINVAL;
	pgtable_op_begin(&p->op, pt);
	p->set = set;
	p->clear = clear;
	p->apart = false;
	p->shows = false;
	p->mixed = false;
	p->uniform = false;
	return 0;
}

int pgtable_plan_protect_runs(struct pgtable *pt, virt_addr_t va, u64 size, pgattr_t set,
			      pgattr_t clear, struct pgtable_plan *sum)
{
	struct protect p;
	u64 tables;
	int err = begin(&p, pt, va, size, set, clear);

	if (!err)
		err = plan(&p, &tables);
	if (err)
		return err;
	sum->tables += tables;
	sum->mixed |= p.mixed;
	sum->prepare |= !in_place(&p) || p.shows;
	return 0;
}

int pgtable_protect_runs(struct pgtable *pt, virt_addr_t va, u64 size, pgattr_t set, pgattr_t clear)
{
	struct protect p;
	int err = begin(&p, pt, va, size, set, clear);

	if (err)
		return err;
	err = reserve(&p);
	if (!err) {
		pgtable_split_edges(&p.op, &p.edges);
		if (p.apart)
			for_each_span(&p, take_apart);
		p.uniform = !p.mixed && in_place(&p);
		change(&p);
	}
	return pgtable_op_end(&p.op, err);
}

int pgtable_protect_runs_in_place(struct pgtable *pt, virt_addr_t va, u64 size, pgattr_t set,
				  pgattr_t clear, bool uniform)
{
	struct protect p;
	int err = begin(&p, pt, va, size, set, clear);

	if (err)
		return err;
	p.uniform = uniform;
	change(&p);
	return pgtable_op_end(&p.op, 0);
}
