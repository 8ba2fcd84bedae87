// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Removing mappings, and the tables that become empty. */
#include "generic/cut.h"
#include "generic/pgtable_internal.h"

/* Does the table at hand, whose part in the range was emptied, hold anything else? Hidden leaves count. */
static bool table_empty(const struct cursor *c)
{
	const struct geometry *g = c->pt->g;
	const u64 *t = c->at.t, start = max_u64(cursor_table_start(c), c->range.start);
	unsigned int first = page_index(g, c->level, start), n = geometry_entries(g, c->level);
	unsigned int last = page_index(g, c->level, c->at.end - 1);

	/* What was removed is not all empty where a table in it is kept; a neighbour usually tells, too. */
	if (table_get(t, first).val || table_get(t, last).val ||
	    (last + 1 < n && table_get(t, last + 1).val) || (first && table_get(t, first - 1).val))
		return false;
	return empty_entries(t, n) == n;
}

/* The lowest level of the tables from @table, of @level, down. */
static unsigned int lowest_level(const struct pgtable *pt, unsigned int level, phys_addr_t table)
{
	unsigned int n = geometry_entries(pt->g, level), lowest = level;
	u64 *t;

	if (!level)
		return 0;
	t = table_map(pt, table);
	for (unsigned int i = next_table(pt->g, level, t, 0, n); i < n && lowest;
	     i = next_table(pt->g, level, t, i + 1, n)) {
		phys_addr_t below = pte_table_phys(pt->g, table_get(t, i));

		lowest = (unsigned int)min_u64(lowest, lowest_level(pt, level - 1, below));
	}
	table_unmap(pt, t);
	return lowest;
}

/* A table that is linked no more, with all that is below it. */
static void drop_subtree(struct pgtable_op *op, unsigned int level, phys_addr_t table)
{
	const struct geometry *g = op->pt->g;
	unsigned int n = geometry_entries(g, level);
	u64 *t;

	if (level) {
		t = table_map(op->pt, table);
		for (unsigned int i = next_table(g, level, t, 0, n); i < n;
		     i = next_table(g, level, t, i + 1, n))
			drop_subtree(op, level - 1, pte_table_phys(g, table_get(t, i)));
		table_unmap(op->pt, t);
	}
	pgtable_op_drop(op, table);
}

/* The table that @s leads to, with all that it maps. */
static void unmap_table(struct pgtable_op *op, const struct span *s)
{
	phys_addr_t table = pte_table_phys(op->pt->g, s->first);
	const struct transition to = {
		.stride = (u8)lowest_level(op->pt, s->level - 1, table),
	};

	gate_store(op, s, &to);
	drop_subtree(op, s->level - 1, table);
}

/*
 * The table that @s leads to has nothing left. One address is enough, that of @page: a TLBI by VA removes
 * all cached copies of every entry of the walk for it, and the link is one entry (Arm ARM, TLBI VAAE1IS).
 */
static void unlink_empty(struct pgtable_op *op, struct span *s, u64 page)
{
	const struct transition to = { .stride = 0 };

	s->pages = (struct page_range){ page, page + 1 };
	gate_store(op, s, &to);
	pgtable_op_drop(op, pte_table_phys(op->pt->g, s->first));
}

static void unmap_span(struct pgtable_op *op, const struct span *s)
{
	const struct transition to = { .rest = GATE_NEXT, .stride = (u8)s->level };

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
		empty = c.level < geometry_root_level(op->pt->g) && table_empty(&c);
		if (!cursor_leave(&c))
			break;
		cursor_left(&c, &s);
		if (empty && !pte_kept(s.first))
			unlink_empty(op, &s, max_u64(range.start, s.pages.start));
	}
	cursor_end(&c);
}

/** struct unmap_op - pgtable_unmap() at work */
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

int pgtable_unmap_whole(struct pgtable *pt, struct page_range range)
{
	struct pgtable_op op;

	pgtable_op_begin(&op, pt);
	unmap_range(&op, range);
	return pgtable_op_end(&op, 0);
}

int pgtable_unmap_range(struct pgtable *pt, virt_addr_t va, u64 size)
{
	struct unmap_op u;

	if (pgtable_check_range(pt, va, size, &u.range))
		return -EINVAL;
	return pgtable_op_run(&u.op, pt, unmap);
}
