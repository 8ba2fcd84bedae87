// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Removing mappings, and the tables that become empty. */
#include "generic/cut.h"
#include "generic/pgtable_internal.h"

/**
 * struct unmap_op - grt_unmap() at work
 * @report: who wants to know. With @fn, what goes becomes invalid and keeps all else until it is reported
 */
struct unmap_op {
	struct pgtable_op op;
	struct page_range range;
	struct cuts cuts;
	struct pgtable_report report;
};

/*
 * Does the table at hand, whose part in the range was removed, hold anything else? Hidden leaves count. In
 * that part, tables that reach over an end of the range may be left.
 */
static bool table_empty(const struct cursor *c)
{
	const struct grt_geometry *g = c->pt->g;
	const u64 *t = c->at.t, start = align_down(c->at.start, BIT(c->shift));
	unsigned int first = page_index(g, c->level, start), n = grt_geometry_entries(g, c->level);
	unsigned int end = first + (unsigned int)cursor_entries(c, start);

	if (pte_valid(table_get(t, first)) || pte_valid(table_get(t, end - 1)) ||
	    (first && table_get(t, first - 1).val)) /* a neighbour usually tells */
		return false;
	return empty_entries(t + end, n - end) == n - end && empty_entries(t, first) == first;
}

/* The lowest level of the tables from that of @s down. */
static unsigned int lowest_level(const struct grt_pgtable *pt, const struct span *s)
{
	unsigned int lowest = s->level - 1;
	struct cursor c;
	struct span below;

	cursor_begin_at(&c, pt, lowest, pte_table_phys(pt->g, s->first), s->pages);
	do {
		while (lowest && cursor_next(&c, &below)) {
			if (!pte_is_table(pt->g, below.level, below.first))
				continue;
			lowest = (unsigned int)min_u64(lowest, below.level - 1);
			cursor_enter(&c, &below);
		}
	} while (lowest && cursor_on(&c));
	cursor_end(&c);
	return lowest;
}

/* The table of @s, which is linked no more, with all that is below it. */
static void drop_subtree(struct pgtable_op *op, const struct span *s)
{
	grt_phys_t table = pte_table_phys(op->pt->g, s->first);
	struct cursor c;
	struct span below;

	cursor_begin_at(&c, op->pt, s->level - 1, table, s->pages);
	while (cursor_below(&c, &below))
		pgtable_op_drop(op, pte_table_phys(op->pt->g, below.first));
	cursor_end(&c);
	pgtable_op_drop(op, table);
}

/* Nothing translates with @s from here on. */
static void take_away(struct unmap_op *u, const struct span *s, unsigned int stride)
{
	struct transition to = { .kind = GATE_CLEAR, .stride = (u8)stride };

	if (u->report.fn && pte_valid(s->first)) {
		to.kind = GATE_EDIT;
		to.new = pte_park(s->first);
	}
	gate_store(&u->op, s, &to);
}

/* The table that @s leads to, with all that it maps. */
static void unmap_table(struct unmap_op *u, const struct span *s)
{
	take_away(u, s, lowest_level(u->op.pt, s));
	if (!u->report.fn)
		drop_subtree(&u->op, s);
}

/*
 * The table that @s leads to has nothing left. One address is enough, that of @page: a TLBI by VA removes
 * all cached copies of every entry of the walk for it, and the link is one entry (Arm ARM, TLBI VAAE1IS).
 */
static void unlink_empty(struct unmap_op *u, struct span *s, u64 page)
{
	s->pages = (struct page_range){ page, page + 1 };
	take_away(u, s, 0);
	if (!u->report.fn)
		pgtable_op_drop(&u->op, pte_table_phys(u->op.pt->g, s->first));
}

/* What is hidden waits for its report as it is. */
static void unmap_span(struct unmap_op *u, const struct span *s)
{
	if (s->first.val && !(u->report.fn && pte_hidden(s->first)))
		take_away(u, s, s->level);
}

/* No leaf reaches over an end of the range. */
static void unmap_range(struct unmap_op *u)
{
	const struct grt_pgtable *pt = u->op.pt;
	struct cursor c;
	struct span s;
	bool empty;

	cursor_begin(&c, pt, u->range);
	for (;;) {
		while (cursor_next(&c, &s)) {
			if (!pte_is_table(pt->g, s.level, s.first))
				unmap_span(u, &s);
			else if (cursor_whole(&c, &s) && !pte_kept(s.first))
				unmap_table(u, &s);
			else
				cursor_enter(&c, &s);
		}
		empty = c.level < grt_geometry_root_level(pt->g) && table_empty(&c);
		if (!cursor_leave(&c))
			break;
		cursor_left(&c, &s);
		if (empty && !pte_kept(s.first))
			unlink_empty(u, &s, max_u64(u->range.start, s.pages.start));
	}
	cursor_end(&c);
	if (!u->report.fn)
		return;
	pgtable_op_commit(&u->op);
	pgtable_report_range(&u->op, u->range, &u->report);
}

static int unmap(struct pgtable_op *op)
{
	struct unmap_op *u = container_of(op, struct unmap_op, op);
	int err;

	if (op->dry)
		pgtable_find_cuts(op->pt, u->range, &u->cuts);
	err = pgtable_cut(op, &u->cuts);
	if (!op->dry)
		unmap_range(u);
	return err;
}

int pgtable_unmap_whole(struct grt_pgtable *pt, struct page_range range,
			struct pgtable_report report)
{
	struct unmap_op u;

	u.range = range;
	u.report = report;
	pgtable_op_begin(&u.op, pt);
	unmap_range(&u);
	return pgtable_op_end(&u.op, 0);
}

int pgtable_unmap_range(struct grt_pgtable *pt, grt_virt_t va, u64 size,
			struct pgtable_report report)
{
	struct unmap_op u;

	if (pgtable_check_range(pt, va, size, &u.range))
		return -EINVAL;
	u.report = report;
	return pgtable_op_run(&u.op, pt, unmap);
}
