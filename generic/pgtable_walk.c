// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Reading tables: lookup of what a change is about, and iteration over leaves. */
#include "generic/cursor.h"

bool pgtable_find_leaf(const struct grt_pgtable *pt, u64 page, struct leaf_entry *leaf)
{
	struct table_entry e = table_find(pt, page);

	table_unmap(pt, e.t);
	if (!entry_maps(pt->g, e.level, e.pte))
		return false;
	leaf->table = e.table;
	leaf->pte = e.pte;
	leaf->level = (u8)e.level;
	leaf->unit = leaf_unit(pt->g, e.level, e.pte, page);
	return true;
}

struct grt_leaf pgtable_describe(const struct grt_pgtable *pt, const struct table_entry *e,
				 u64 page)
{
	const struct grt_geometry *g = pt->g;
	const struct page_range unit = leaf_unit(g, e->level, e->pte, page);
	const grt_virt_t va = page_address(g, align_down(page, level_pages(g, e->level)));
	struct grt_leaf leaf = {
		.va = page_address(g, unit.start),
		.size = (unit.end - unit.start) << grt_geometry_page_shift(g),
		.attr = entry_attr(pt, e->pte, e->limits),
		.level = (u8)e->level,
		.contiguous = pte_contiguous(g, e->level, e->pte),
		.state = (u8)pte_state(e->pte),
	};

	leaf.pa = pte_leaf_phys(g, e->level, e->pte, va) - (va - leaf.va);
	if (leaf.contiguous)
		leaf.state = (u8)group_state(g, e->level, e->t + e->index);
	if (pt->fixed)
		leaf.state = 0;
	return leaf;
}

/*
 * Report the leaves and groups of a span. A group may begin before it, and end behind it. Without the lock
 * there may be other entries by now: the first one was a leaf, and what is none any more comes again.
 */
static int walk_span(struct cursor *c, const struct span *s, grt_leaf_fn fn, void *arg)
{
	struct table_entry e = { .t = s->entry, .level = s->level, .limits = c->at.limits };
	int err;

	c->page = s->pages.start;
	for (e.pte = s->first; pte_is_leaf(c->pt->g, s->level, e.pte);
	     e.pte = table_get(e.t, e.index)) {
		struct grt_leaf leaf = pgtable_describe(c->pt, &e, c->page);

		err = fn(&leaf, arg);
		c->page = leaf_unit(c->pt->g, s->level, e.pte, c->page).end;
		if (err || c->page >= s->pages.end)
			return err;
		e.index = (unsigned int)((c->page - s->pages.start) >> c->shift);
	}
	return 0;
}

int grt_walk(const struct grt_pgtable *pt, grt_virt_t va, u64 size, grt_leaf_fn fn, void *arg)
{
	const unsigned int shift = grt_geometry_page_shift(pt->g);
	grt_virt_t last = va + size - 1;
	struct cursor c;
	struct span s;
	int err = 0;

	if (!size)
		return 0;
	if (!pgtable_serves(pt, va, last))
		return -EINVAL;
	cursor_begin(&c, pt, (struct page_range){ va >> shift, (last >> shift) + 1 });
	do {
		while (!err && cursor_next(&c, &s)) {
			if (pte_is_table(pt->g, s.level, s.first))
				cursor_enter(&c, &s);
			else if (pte_is_leaf(pt->g, s.level, s.first))
				err = walk_span(&c, &s, fn, arg);
		}
	} while (!err && cursor_on(&c));
	cursor_end(&c);
	return err;
}

bool pgtable_limits_refuse(const struct grt_pgtable *pt, struct page_range r, grt_attr_t attr)
{
	const pte_t leaf = entry_make(pt, 0, 0, attr);
	const grt_attr_t is = entry_attr(pt, leaf, 0);
	bool refused = false;
	struct cursor c;
	struct span s;

	if (!pt->limited)
		return false;
	cursor_begin(&c, pt, r);
	do {
		while (!refused && cursor_next(&c, &s)) {
			if (pte_is_table(pt->g, s.level, s.first))
				cursor_enter(&c, &s);
			else
				refused = (entry_attr(pt, leaf, c.at.limits) ^ is) & PGATTR_LIMITED;
		}
	} while (!refused && cursor_on(&c));
	cursor_end(&c);
	return refused;
}
