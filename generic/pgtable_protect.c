// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changing the attributes of what is mapped: any range, whatever has to be done before. */
#include "generic/cut.h"
#include "generic/pgtable_internal.h"

/**
 * struct protect - grt_protect() at work
 * @range: what is looked at
 * @cuts: edges over which a leaf that changes reaches
 * @apart: groups have to be taken apart, before the entries change each as a step of its own: so nobody
 *	sees a fault where a change of the group would need break-before-make
 * @shows: a hidden leaf becomes visible
 * @alike: no table has entries of several kinds in the range
 * @uniform: that is known
 * @limits: what the entries on the way to the span at hand add
 */
struct protect {
	struct pgtable_op op;
	struct page_range range;
	struct cuts cuts;
	grt_attr_t set;
	grt_attr_t clear;
	bool apart;
	bool shows;
	bool alike;
	bool uniform;
	u64 limits;
};

/* What is done with a span that changes, and what it becomes. */
typedef int (*span_fn)(struct protect *p, const struct span *s, pte_t new);

/* Would @old, if it becomes @new, not be below its tables what is asked for? */
static bool limits_refuse(const struct protect *p, pte_t old, pte_t new)
{
	grt_attr_t was = entry_attr(p->op.pt, old, p->limits),
		   is = entry_attr(p->op.pt, new, p->limits);

	return (is ^ ((was & ~p->clear) | p->set)) & PGATTR_LIMITED;
}

/* The rest of the table is like the entry at hand. */
static void take_rest(struct cursor *c, struct span *s)
{
	s->nr = (unsigned int)cursor_entries(c, s->pages.start);
	s->pages.end = s->pages.start + ((u64)s->nr << c->shift);
	c->page = s->pages.end;
}

static bool next_span(struct protect *p, struct cursor *c, struct span *s)
{
	if (!p->uniform || c->page >= c->at.end) {
		if (!cursor_next(c, s))
			return false;
		p->alike &= c->page >= c->at.end || pte_is_table(c->pt->g, s->level, s->first);
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
	const struct grt_geometry *g = p->op.pt->g;
	struct cursor c;
	struct span s;
	int err = 0;

	cursor_begin(&c, p->op.pt, p->range);
	do {
		while (!err && next_span(p, &c, &s)) {
			pte_t new;

			if (pte_is_table(g, s.level, s.first)) {
				cursor_enter(&c, &s);
				continue;
			}
			if (!entry_maps(g, s.level, s.first))
				continue;
			new = pte_edit(g, &p->op.pt->codes, s.first, p->set, p->clear);
			p->limits = c.at.limits;
			if (p->limits && limits_refuse(p, s.first, new))
				err = -EPERM;
			else if (new.val != s.first.val)
				err = fn(p, &s, new);
		}
	} while (!err && cursor_on(&c));
	cursor_end(&c);
	return err;
}

/* Are groups to be taken apart before they change? */
static bool wants_apart(const struct protect *p, const struct span *s, enum pte_step step)
{
	const struct grt_pgtable *pt = p->op.pt;
	pte_t alone;

	if (step != PTE_STEP_BREAK || !pte_contiguous(pt->g, s->level, s->first))
		return false;
	alone = pte_single(pt->g, s->level, s->first, s->pages.start);
	return !gate_check(pt, s->level, s->first, alone) &&
	       !gate_check(pt, s->level, alone,
			   pte_edit(pt->g, &pt->codes, alone, p->set, p->clear));
}

static int change_span(struct protect *p, const struct span *s, pte_t new)
{
	const struct transition to = {
		.new = new,
		.kind = GATE_EDIT,
		.stride = (u8)s->level,
		.may_break = true,
	};

	return gate_store(&p->op, s, &to);
}

/*
 * May it change? A leaf that is cut will be single by then, whatever level its part is of, and a single
 * leaf's step does not depend on the level.
 */
static int check_span(struct protect *p, const struct span *s, pte_t new)
{
	const struct grt_pgtable *pt = p->op.pt;
	u64 n = leaf_pages(pt->g, s->level, s->first);

	if (p->set & PGATTR_SUSPECT && pgattr_refused(pt, entry_attr(pt, new, p->limits)))
		return -EINVAL;
	p->shows |= pte_hidden(s->first) && !pte_hidden(new);
	if (pte_contiguous(pt->g, s->level, s->first))
		p->apart |= wants_apart(p, s, pgtable_step(pt, s->level, s->first, new));
	if (align_down(s->pages.start, n) < p->range.start)
		p->cuts.at[0] = p->range.start;
	if (align_up(s->pages.end, n) > p->range.end)
		p->cuts.at[1] = p->range.end;
	return change_span(p, s, new);
}

static int take_apart(struct protect *p, const struct span *s, pte_t new)
{
	if (wants_apart(p, s, pgtable_step(p->op.pt, s->level, s->first, new)))
		return pgtable_ungroup(&p->op, s);
	return 0;
}

/* Dry: what has to be done before entries change. */
static int look(struct protect *p)
{
	struct grt_tlb_batch *batch = p->op.pt->batch;
	bool in_place;
	int err;

	p->cuts = (struct cuts){ { 0, 0 } };
	p->apart = false;
	p->shows = false;
	p->alike = true;
	p->uniform = false;
	err = for_each_span(p, check_span);
	if (!err && (p->cuts.at[0] | p->cuts.at[1]))
		err = pgtable_cut(&p->op, &p->cuts);
	p->apart |= p->op.needed; /* new tables may have groups */
	in_place = !(p->cuts.at[0] | p->cuts.at[1]) && !p->apart && !p->shows;
	p->uniform = in_place && p->alike;
	if (batch) {
		batch->in_place &= in_place;
		batch->alike &= p->alike;
	}
	return err;
}

/* All that changes lies in the range, and sizes are as they are to be. */
static int change(struct protect *p)
{
	if (p->shows)
		gate_settle(&p->op, p->range);
	for_each_span(p, change_span);
	gate_open(&p->op);
	return 0;
}

static int protect(struct pgtable_op *op)
{
	struct protect *p = container_of(op, struct protect, op);

	if (op->dry)
		return look(p);
	if (p->cuts.at[0] | p->cuts.at[1])
		pgtable_cut(op, &p->cuts);
	if (p->apart)
		for_each_span(p, take_apart);
	return change(p);
}

int pgtable_protect_range(struct grt_pgtable *pt, grt_virt_t va, u64 size, grt_attr_t set,
			  grt_attr_t clear)
{
	struct protect p;

	if (pgtable_check_range(pt, va, size, &p.range) || (set | clear) & ~PGATTR_PROTECT_MASK ||
	    set & pt->never)
		return -EINVAL;
	p.set = set;
	p.clear = clear;
	if (!pt->batch || pt->batch->dry || !pt->batch->in_place)
		return pgtable_op_run(&p.op, pt, protect);
	/* A dry run has found that there is nothing else to do. */
	pgtable_op_begin(&p.op, pt);
	p.shows = false;
	p.alike = true;
	p.uniform = pt->batch->alike;
	return pgtable_op_end(&p.op, change(&p));
}
