// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Removing mappings, and the tables that become empty. */
#include "generic/cut.h"
#include "generic/pgtable_internal.h"

/* Does the table at hand, whose part in the range was emptied, hold anything else? Hidden leaves count. */
static bool table_empty(const struct cursor *c)
{
	const struct grt_geometry *g = c->pt->g;
	const u64 *t = c->at.t, start = align_down(c->at.start, BIT(c->shift));
	unsigned int first = page_index(g, c->level, start), n = grt_geometry_entries(g, c->level);
	unsigned int end = first + (unsigned int)cursor_entries(c, start);

	/* What was removed is not all empty where a table in it is kept; a neighbour usually tells, too. */
	if (table_get(t, first).val || table_get(t, end - 1).val ||
	    (end < n && table_get(t, end).val) || (first && table_get(t, first - 1).val))
		return false;
	return empty_entries(t, n) == n;
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

/* The table that @s leads to, with all that it maps. */
static void unmap_table(struct pgtable_op *op, const struct span *s)
{
	const struct transition to = { .kind = GATE_CLEAR, .stride = (u8)lowest_level(op->pt, s) };

	gate_store(op, s, &to);
	drop_subtree(op, s);
}

/*
 * The table that @s leads to has nothing left. One address is enough, that of @page: a TLBI by VA removes
 * all cached copies of every entry of the walk for it, and the link is one entry (Arm ARM, TLBI VAAE1IS).
 */
static void unlink_empty(struct pgtable_op *op, struct span *s, u64 page)
{
	const struct transition to = { .kind = GATE_CLEAR };

	s->pages = (struct page_range){ page, page + 1 };
	gate_store(op, s, &to);
	pgtable_op_drop(op, pte_table_phys(op->pt->g, s->first));
}

static void unmap_span(struct pgtable_op *op, const struct span *s)
{
	const struct transition to = { .kind = GATE_CLEAR, .stride = (u8)s->level };

	if (s->first.val)
		gate_store(op, s, &to);
}

/* No leaf reaches over an end of the range. */
static void unmap_range(struct pgtable_op *op, struct page_range range)
{
	struct cursor c;
	struct span s;
	bool empty;

	cursor_begin(&c, op->pt, range);
	for (;;) {
		while (cursor_next(&c, &s)) {
			if (!pte_is_table(op->pt->g, s.level, s.first))
				unmap_span(op, &s);
			else if (cursor_whole(&c, &s) && !pte_kept(s.first))
				unmap_table(op, &s);
			else
				cursor_enter(&c, &s);
		}
		empty = c.level < grt_geometry_root_level(op->pt->g) && table_empty(&c);
		if (!cursor_leave(&c))
			break;
		cursor_left(&c, &s);
		if (empty && !pte_kept(s.first))
			unlink_empty(op, &s, max_u64(range.start, s.pages.start));
	}
	cursor_end(&c);
}

/** struct unmap_op - grt_unmap() at work */
struct unmap_op {
	struct pgtable_op op;
	struct page_range range;
	struct cuts cuts;
};

static int unmap(struct pgtable_op *op)
{
	struct unmap_op *u = container_of(op, struct unmap_op, op);
	int err;

	if (op->dry)
		pgtable_find_cuts(op->pt, u->range, &u->cuts);
	err = pgtable_cut(op, &u->cuts);
	if (!op->dry)
		unmap_range(op, u->range);
	return err;
}

int pgtable_unmap_whole(struct grt_pgtable *pt, struct page_range range)
{
	struct pgtable_op op;

	pgtable_op_begin(&op, pt);
	unmap_range(&op, range);
	return pgtable_op_end(&op, 0);
}

int pgtable_unmap_range(struct grt_pgtable *pt, grt_virt_t va, u64 size)
{
	struct unmap_op u;

	if (pgtable_check_range(pt, va, size, &u.range))
		return -EINVAL;
	return pgtable_op_run(&u.op, pt, unmap);
}
