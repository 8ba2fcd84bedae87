/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The way along a tree: spans, in ascending order.
 *
 *	cursor_begin(&c, pt, range);
 *	do {
 *		while (cursor_next(&c, &s))
 *			skip the span, change it by way of the gate, or cursor_enter() the table it leads to
 *	} while (cursor_on(&c));
 *	cursor_end(&c);
 *
 * with cursor_leave() in place of cursor_on() by who has something to do in the tables above. Who is about
 * the tables themselves takes them with cursor_below(), each after those below it.
 *
 * A cursor holds the tables on its path and no others. It goes down into a table and back to the one
 * above, and never into a table that it has left: so a lock for each table could follow it.
 */
#ifndef GENERIC_CURSOR_H
#define GENERIC_CURSOR_H

#include "generic/pgtable_entry.h"

/**
 * struct span - neighbouring entries of one table that differ in nothing but addresses and state
 * @entry: the first one, mapped, @index in @table
 * @nr: how many
 * @first: what the first one holds; others may have been accessed or written where it wasn't
 * @pages: what they map, also beyond the range that is looked at
 */
struct span {
	grt_phys_t table;
	u64 *entry;
	unsigned int level;
	unsigned int index;
	unsigned int nr;
	pte_t first;
	struct page_range pages;
};

/**
 * struct cursor - a place in a tree
 * @range: what of the tree is looked at
 * @page: the next page that is
 * @level: of the table at hand; @shift: log2 of the pages that an entry of it maps; @mask: of its indices
 * @top: of the table where it began
 * @left: the first page of the range in the table that was left last
 * @at: the table at hand; @start: the first page of the range in it; @end: that behind the last
 *	one; @limits: what the entries on the way to it add to all leaves in it
 * @path: those above it, by level
 */
struct cursor {
	const struct grt_pgtable *pt;
	struct page_range range;
	u64 page;
	unsigned int level;
	unsigned int shift;
	unsigned int mask;
	unsigned int top;
	u64 left;
	struct cursor_table {
		grt_phys_t table;
		u64 *t;
		u64 start;
		u64 end;
		u64 limits;
	} at, path[GRT_GEOMETRY_MAX_LEVELS];
};

/** cursor_begin_at() - at @table, of @level, which holds the range. */
static inline void cursor_begin_at(struct cursor *c, const struct grt_pgtable *pt,
				   unsigned int level, grt_phys_t table, struct page_range range)
{
	c->pt = pt;
	c->range = range;
	c->page = range.start;
	c->level = level;
	c->top = level;
	c->shift = level_page_shift(pt->g, level);
	c->mask = grt_geometry_entries(pt->g, level) - 1;
	c->at = (struct cursor_table){ table, table_map(pt, table), range.start, range.end, 0 };
}

/* Down into the table that @pte leads to, for pages from c->page on; @c->path has the one above. */
static inline void cursor_down(struct cursor *c, pte_t pte, u64 end)
{
	const unsigned int bits = grt_geometry_index_bits(c->pt->g);

	c->path[c->level] = c->at;
	c->level--;
	c->shift -= bits;
	c->mask = (1U << bits) - 1;
	c->at.table = pte_table_phys(c->pt->g, pte);
	c->at.t = table_map(c->pt, c->at.table);
	c->at.start = c->page;
	c->at.end = end;
	c->at.limits |= pte.val & c->pt->codes.limits;
}

/** cursor_begin() - at the lowest table that holds more than the range, which is not empty. */
static inline void cursor_begin(struct cursor *c, const struct grt_pgtable *pt,
				struct page_range range)
{
	const u64 first = range.start, last = range.end - 1;

	cursor_begin_at(c, pt, grt_geometry_root_level(pt->g), pt->root, range);
	while (!((first ^ last) >> c->shift) && last - first + 1 != BIT(c->shift)) {
		pte_t pte = table_get(c->at.t, (unsigned int)(first >> c->shift) & c->mask);

		if (!pte_is_table(pt->g, c->level, pte))
			break;
		cursor_down(c, pte, range.end);
	}
}

/** cursor_entry() - the entry of @page in the table at hand, as a span of one. */
static inline void cursor_entry(const struct cursor *c, u64 page, struct span *s)
{
	s->table = c->at.table;
	s->level = c->level;
	s->index = (unsigned int)(page >> c->shift) & c->mask;
	s->nr = 1;
	s->entry = c->at.t + s->index;
	s->first = table_get(s->entry, 0);
	s->pages.start = page >> c->shift << c->shift;
	s->pages.end = s->pages.start + BIT(c->shift);
}

/** empty_entries() - from @first on, @max at most, hold nothing at all. */
unsigned int empty_entries(const u64 *first, u64 max);

/** cursor_entries() - how many there are from page @start on, where one begins, to the end of the range. */
static inline u64 cursor_entries(const struct cursor *c, u64 start)
{
	return (c->at.end - start + BIT(c->shift) - 1) >> c->shift;
}

/** cursor_widen() - @s with the entries after it in the range that are alike. */
void cursor_widen(const struct cursor *c, struct span *s);

/** cursor_next() - the next span of the table at hand, and past it. Return: false where it has no more. */
static inline bool cursor_next(struct cursor *c, struct span *s)
{
	if (c->page >= c->at.end)
		return false;
	cursor_entry(c, c->page, s);
	if (!pte_is_table(c->pt->g, s->level, s->first))
		cursor_widen(c, s);
	c->page = s->pages.end;
	return true;
}

/** cursor_whole() - does the range hold all that the span maps? */
static inline bool cursor_whole(const struct cursor *c, const struct span *s)
{
	return s->pages.start >= c->range.start && s->pages.end <= c->range.end;
}

/** cursor_enter() - go down into the table that @s, which has just come, leads to. */
static inline void cursor_enter(struct cursor *c, const struct span *s)
{
	c->page = max_u64(c->range.start, s->pages.start);
	cursor_down(c, s->first, min_u64(c->range.end, s->pages.end));
}

/**
 * cursor_leave() - back up to the table above, past the entry that led down
 *
 * Return: false where it began, which is kept. The rest of the table that is left is not looked at.
 */
static inline bool cursor_leave(struct cursor *c)
{
	if (c->level == c->top)
		return false;
	table_unmap(c->pt, c->at.t);
	c->page = c->at.end;
	c->left = c->at.start;
	c->level++;
	c->at = c->path[c->level];
	c->shift += grt_geometry_index_bits(c->pt->g);
	c->mask = grt_geometry_entries(c->pt->g, c->level) - 1;
	return true;
}

/** cursor_left() - after cursor_leave(): the entry that led down, as a span. */
static inline void cursor_left(const struct cursor *c, struct span *s)
{
	cursor_entry(c, c->left, s);
}

/** cursor_below() - the next table, after all below it: it is left, and @s is the entry that leads to it. */
static inline bool cursor_below(struct cursor *c, struct span *s)
{
	while (c->level && cursor_next(c, s))
		if (pte_is_table(c->pt->g, s->level, s->first))
			cursor_enter(c, s);
	if (!cursor_leave(c))
		return false;
	cursor_left(c, s);
	return true;
}

/** cursor_on() - cursor_leave(), if there is more of the range above. */
static inline bool cursor_on(struct cursor *c)
{
	return c->page < c->range.end && cursor_leave(c);
}

/** cursor_seek() - up to the table that holds @page, if it is in the range. */
static inline void cursor_seek(struct cursor *c, u64 page)
{
	while (page >= c->at.end && cursor_leave(c))
		;
}

/** cursor_end() - let go of every table on the path. */
static inline void cursor_end(struct cursor *c)
{
	if (!c->pt->ops->unmap)
		return;
	while (cursor_leave(c))
		;
	table_unmap(c->pt, c->at.t);
}

#endif
