// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Foreign trees, read with the engine's cursor: compiled once for each architecture. A table is entered
 * once for each set of limits that leads to it, and never twice on one way, so that a walk ends.
 */
#include <graticule/asm/caps.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tools/backend.h"
#include "tools/tree_impl.h"
#include "tools/util.h"

/**
 * struct seen - a table that has been entered
 * @table: plus one; 0: this place is free
 * @va: of the first address it translated
 * @hits: what the visitor kept of it, when it is @done
 */
struct seen {
	u64 table;
	u64 limits;
	grt_virt_t va;
	u64 hits;
	u8 level;
	bool done;
};

/**
 * struct tree_impl - a tree that is open
 * @buffer: a table for each level
 * @blank: the tree is being set up: no table is there yet
 * @rooted: the root is in its buffer, for as long as the tree is open
 * @lost: the table at hand could not be read
 * @seen: a hash table of @room places, @used of them
 * @path: that of each level, as an index plus one; 0: none
 */
struct tree_impl {
	struct grt_pgtable pt;
	struct grt_pgtable_ops ops;
	struct grt_mmu_caps caps;
	u64 *buffer[GRT_GEOMETRY_MAX_LEVELS];
	bool blank;
	bool rooted;
	bool lost;
	unsigned int depth;
	struct seen *seen;
	size_t room;
	size_t used;
	size_t path[GRT_GEOMETRY_MAX_LEVELS];
	u64 visits;
	const struct visitor *visitor;
};

/* ---- tables ---- */

static size_t table_bytes(const struct grt_geometry *g, unsigned int level)
{
	return grt_geometry_entries(g, level) * sizeof(u64);
}

/* The cursor maps tables from the root down and lets go of the lowest first. */
static u64 *map_table(const struct grt_pgtable *pt, grt_phys_t table)
{
	struct tree *t = pt->ctx;
	struct tree_impl *i = t->impl;
	unsigned int level = grt_geometry_root_level(&t->g) - i->depth++;
	size_t bytes = table_bytes(&t->g, level);

	if (i->rooted && level == grt_geometry_root_level(&t->g))
		return i->buffer[level];
	i->lost = !i->blank && !source_read(t->source, table, i->buffer[level], bytes);
	if (i->lost)
		memset(i->buffer[level], 0, bytes);
	return i->buffer[level];
}

static void unmap_table(const struct grt_pgtable *pt, u64 *table)
{
	const struct tree *t = pt->ctx;

	(void)table;
	t->impl->depth--;
}

static grt_phys_t no_table(struct grt_pgtable *pt)
{
	(void)pt;
	return GRT_PHYS_NONE;
}

static void keep_table(struct grt_pgtable *pt, grt_phys_t table)
{
	(void)pt;
	(void)table;
}

static const char *open_tree(struct tree *t, const struct regime *r, grt_phys_t root,
			     struct source *s)
{
	struct tree_impl *i = xalloc(1, sizeof(*i));
	struct grt_pgtable_config c = { .g = &t->g, .caps = &i->caps, .ops = &i->ops, .ctx = t };

	*t = (struct tree){ .regime = r, .root = root, .source = s, .impl = i };
	i->ops = (struct grt_pgtable_ops){
		.alloc = no_table, .free = keep_table, .map = map_table, .unmap = unmap_table
	};
	if (r->kind == REGIME_BARE)
		return NULL;
	if (grt_geometry_init_shape(&t->g, &r->shape))
		return "there is no such regime";
	entry_regime(r, &t->g, &c.regime);
	for (unsigned int level = 0; level < t->g.levels; level++)
		i->buffer[level] = xalloc(table_bytes(&t->g, level), 1);
	i->blank = true;
	if (grt_pgtable_adopt(&i->pt, &c, root, GRT_MAX_ADOPTED))
		return root >> t->g.pa_bits ? "the root lies beyond the regime's physical addresses"
					    : "the root is not aligned to its size";
	i->blank = false;
	i->rooted = source_read(s, root, i->buffer[t->g.levels - 1],
				table_bytes(&t->g, t->g.levels - 1U));
	return i->rooted ? NULL : "the root is not in the source";
}

static void close_tree(struct tree *t)
{
	for (unsigned int level = 0; level < GRT_GEOMETRY_MAX_LEVELS; level++)
		free(t->impl->buffer[level]);
	free(t->impl->seen);
	free(t->impl);
}

static unsigned int spans(const struct tree *t, struct span_va span[2])
{
	const struct grt_regime *r = &t->impl->pt.regime;
	u64 last = BIT(t->g.upper_bits) - 1;
	unsigned int n = 0;

	if (t->regime->kind == REGIME_BARE) {
		span[0] = (struct span_va){ 0, ~0ULL };
		return 1;
	}
	if (r->half & GRT_REGIME_LOWER)
		span[n++] = (struct span_va){ 0, last };
	if (r->half & GRT_REGIME_UPPER)
		span[n++] = (struct span_va){ ~last, ~0ULL };
	return n;
}

/* ---- tables that come again ---- */

static size_t place_of(const struct tree_impl *i, u64 table, u64 limits, unsigned int level)
{
	u64 hash = (table ^ limits ^ level) * 0x9e3779b97f4a7c15ULL;
	size_t at = (size_t)(hash >> 20) & (i->room - 1);

	while (i->seen[at].table && (i->seen[at].table != table + 1 ||
				     i->seen[at].limits != limits || i->seen[at].level != level))
		at = (at + 1) & (i->room - 1);
	return at;
}

static void make_room(struct tree_impl *i)
{
	struct seen *old = i->seen;
	size_t n = i->room;

	if (i->used * 2 < n)
		return;
	i->room = n ? 2 * n : 1024;
	i->seen = xalloc(i->room, sizeof(*old));
	for (size_t k = 0; k < n; k++) {
		size_t at;

		if (!old[k].table)
			continue;
		at = place_of(i, old[k].table - 1, old[k].limits, old[k].level);
		i->seen[at] = old[k];
		for (unsigned int level = 0; level < GRT_GEOMETRY_MAX_LEVELS; level++)
			if (i->path[level] == k + 1)
				i->path[level] = ~at; /* its new place, marked as such */
	}
	for (unsigned int level = 0; level < GRT_GEOMETRY_MAX_LEVELS; level++)
		if (i->path[level] >> (sizeof(size_t) * 8 - 1))
			i->path[level] = ~i->path[level] + 1;
	free(old);
}

/* ---- what entries are ---- */

static struct item item_of(const struct cursor *c, const struct span *s)
{
	const struct grt_geometry *g = c->pt->g;

	return (struct item){
		.level = (u8)s->level,
		.va = page_address(g, s->pages.start),
		.nr = 1,
		.size = grt_geometry_level_size(g, s->level),
		.entry = s->first.val,
		.limits = c->at.limits,
		.at = s->table + s->index * sizeof(u64),
	};
}

/* The group of entry @index: do all of its entries say the same, and map what follows? */
static bool group_agrees(const struct grt_geometry *g, const struct span *s, unsigned int index)
{
	const unsigned int n = 1U << g->cont_bits[s->level], base = index & ~(n - 1);
	const u64 *first = s->entry - s->index + base, size = grt_geometry_level_size(g, s->level);
	const grt_virt_t va = s->pages.start << g->page_shift;
	grt_phys_t pa = pte_leaf_phys(g, s->level, pte_make(*first), va & ~(n * size - 1));

	/* A root may be smaller than a group. */
	if (base + n > grt_geometry_entries(g, s->level))
		return false;
	for (unsigned int i = 0; i < n; i++) {
		pte_t pte = pte_make(first[i]);

		if (!pte_is_leaf(g, s->level, pte) || !pte_contiguous(g, s->level, pte) ||
		    (entry_key(g, s->level, pte) ^ entry_key(g, s->level, pte_make(*first))) &
			    ~pte_hardware_bits(pte) ||
		    pte_leaf_phys(g, s->level, pte, (va & ~(n * size - 1)) + i * size) !=
			    pa + i * size)
			return false;
	}
	return is_aligned(pa, n * size);
}

/* The leaf or the group of entry @i of a span. */
static struct item leaf_at(const struct tree *t, const struct cursor *c, const struct span *s,
			   unsigned int i)
{
	const struct grt_geometry *g = &t->g;
	const pte_t pte = pte_make(s->entry[i]);
	struct item item = item_of(c, s);

	item.va += i * item.size;
	item.at += i * sizeof(u64);
	item.entry = pte.val;
	item.why = entry_fault(t, s->level, pte);
	item.kind = item.why ? ITEM_BAD : ITEM_LEAF;
	item.key = entry_key(g, s->level, pte);
	item.pa = pte_leaf_phys(g, s->level, pte, item.va);
	if (!item.why && pte_contiguous(g, s->level, pte)) {
		item.group = group_agrees(g, s, s->index + i);
		item.torn = !item.group;
	}
	return item;
}

/* A group that is whole is one leaf, wherever in it the range begins. */
static unsigned int take_group(const struct grt_geometry *g, struct item *item, unsigned int index)
{
	unsigned int n = 1U << g->cont_bits[item->level], in = index & (n - 1);

	item->va -= in * item->size;
	item->pa -= in * item->size;
	item->at -= in * sizeof(u64);
	item->size *= n;
	return n - in;
}

static bool continues(const struct item *item, const struct item *next)
{
	const bool mapped = item->kind == ITEM_LEAF;

	return item->kind == next->kind && item->why == next->why && item->size == next->size &&
	       item->key == next->key && item->group == next->group && item->torn == next->torn &&
	       (!mapped || item->pa + item->nr * item->size == next->pa);
}

/* The entries of a span that are valid and lead to no table, as few items as can be. */
static bool take_span(struct tree *t, struct cursor *c, const struct span *s)
{
	const struct visitor *v = t->impl->visitor;
	struct item item = { 0 }, next;
	unsigned int n;

	for (unsigned int i = 0; i < s->nr; i += n) {
		next = leaf_at(t, c, s, i);
		n = next.group ? take_group(&t->g, &next, s->index + i) : 1;
		if (item.nr && continues(&item, &next)) {
			item.nr++;
			continue;
		}
		if (item.nr && !v->item(v->arg, &item))
			return false;
		item = next;
	}
	c->page = max_u64(c->page, (item.va + item.nr * item.size) >> t->g.page_shift);
	return v->item(v->arg, &item);
}

/* ---- the walk ---- */

static bool on_the_way(const struct cursor *c, grt_phys_t table)
{
	if (c->at.table == table)
		return true;
	for (unsigned int level = c->level + 1; level <= c->top; level++)
		if (c->path[level].table == table)
			return true;
	return false;
}

/* Go down, unless there is nothing to be seen: then the item says why. Return: false ends the walk. */
static bool take_table(struct tree *t, struct cursor *c, const struct span *s)
{
	struct tree_impl *i = t->impl;
	struct item item = item_of(c, s);
	u64 limits = item.limits | (s->first.val & c->pt->codes.limits);
	struct seen *seen;

	item.pa = pte_table_phys(&t->g, s->first);
	item.why = entry_fault(t, s->level, s->first);
	make_room(i);
	i->path[s->level - 1] = place_of(i, item.pa, limits, s->level - 1) + 1;
	seen = &i->seen[i->path[s->level - 1] - 1];
	if (item.why) {
		item.kind = ITEM_BAD;
	} else if (on_the_way(c, item.pa)) {
		item.kind = ITEM_LOOP;
	} else if (seen->done &&
		   !(i->visitor->again && i->visitor->again(i->visitor->arg, seen->hits))) {
		item.kind = ITEM_AGAIN;
		item.again = seen->va;
	} else {
		i->visits++;
		cursor_enter(c, s);
		if (!i->lost) {
			/* Where a part of it is looked at nobody knows all of it afterwards. */
			if (!seen->table)
				t->tables[c->level]++;
			if (seen->table || s->pages.start < c->range.start ||
			    s->pages.end > c->range.end) {
				i->path[c->level] = 0;
				return true;
			}
			*seen = (struct seen){ item.pa + 1, limits,	  item.va,
					       t->hits,	    (u8)c->level, false };
			i->used++;
			return true;
		}
		cursor_leave(c);
		item.kind = ITEM_UNREAD;
	}
	i->path[s->level - 1] = 0;
	return i->visitor->item(i->visitor->arg, &item);
}

static void leave_table(struct tree *t, unsigned int level)
{
	struct tree_impl *i = t->impl;

	if (!i->path[level])
		return;
	i->seen[i->path[level] - 1].hits = t->hits - i->seen[i->path[level] - 1].hits;
	i->seen[i->path[level] - 1].done = true;
}

static bool walk_entries(struct tree *t, struct cursor *c)
{
	struct span s;
	unsigned int level;
	bool on = true;

	do {
		while (on && cursor_next(c, &s)) {
			if (t->impl->visits > TREE_MAX_VISITS)
				return false;
			if (pte_is_table(&t->g, s.level, s.first))
				on = take_table(t, c, &s);
			else if (pte_valid(s.first))
				on = take_span(t, c, &s);
		}
		level = c->level;
		leave_table(t, level);
	} while (on && cursor_leave(c));
	return true;
}

static void walk_bare(const struct visitor *v, struct span_va range)
{
	struct item item = {
		.va = range.start,
		.nr = 1,
		.size = range.last - range.start + 1,
		.pa = range.start,
	};

	if (!item.size) { /* no item has a size of 2^64 */
		item.nr = 2;
		item.size = BIT(63);
	}
	v->item(v->arg, &item);
}

static bool walk_tree(struct tree *t, struct span_va range, const struct visitor *v)
{
	const unsigned int shift = t->g.page_shift;
	struct tree_impl *i = t->impl;
	struct page_range pages;
	struct cursor c;
	bool whole;

	if (t->regime->kind == REGIME_BARE) {
		walk_bare(v, range);
		return true;
	}
	pages = (struct page_range){ range.start >> shift, (range.last >> shift) + 1 };
	i->visitor = v;
	memset(i->path, 0, sizeof(i->path));
	if (!t->tables[t->g.levels - 1])
		t->tables[t->g.levels - 1] = (table_bytes(&t->g, t->g.levels - 1U) +
					      grt_geometry_page_size(&t->g) - 1) >>
					     shift;
	cursor_begin_at(&c, &i->pt, grt_geometry_root_level(&t->g), t->root, pages);
	whole = walk_entries(t, &c);
	cursor_end(&c);
	return whole;
}

static void translate(struct tree *t, grt_virt_t va, const struct visitor *v)
{
	const u64 page = va >> t->g.page_shift;
	struct cursor c;
	struct span s;
	struct item item;

	if (t->regime->kind == REGIME_BARE) {
		walk_bare(v, (struct span_va){ va, va });
		return;
	}
	cursor_begin_at(&c, &t->impl->pt, grt_geometry_root_level(&t->g), t->root,
			(struct page_range){ page, page + 1 });
	while (cursor_next(&c, &s)) {
		if (!pte_is_table(&t->g, s.level, s.first)) {
			item = leaf_at(t, &c, &s, 0);
			if (!pte_valid(s.first)) {
				item.kind = ITEM_BAD;
				item.why = "invalid";
			}
			v->item(v->arg, &item);
			break;
		}
		item = item_of(&c, &s);
		item.pa = pte_table_phys(&t->g, s.first);
		item.kind = ITEM_AGAIN;
		item.why = entry_fault(t, s.level, s.first);
		if (!item.why) {
			cursor_enter(&c, &s);
			item.kind = t->impl->lost ? ITEM_UNREAD : ITEM_AGAIN;
		} else {
			item.kind = ITEM_BAD;
		}
		if (!v->item(v->arg, &item) || item.kind != ITEM_AGAIN)
			break;
	}
	cursor_end(&c);
}

void words_add(struct words *w, const char *fmt, ...)
{
	size_t n = strlen(w->flags);
	va_list ap;

	if (n && n < sizeof(w->flags) - 1)
		w->flags[n++] = ' ';
	va_start(ap, fmt);
	vsnprintf(w->flags + n, sizeof(w->flags) - n, fmt, ap);
	va_end(ap);
}

const struct tree_ops tree_ops_here = {
	.word = entry_word,
	.complete = entry_complete,
	.open = open_tree,
	.spans = spans,
	.walk = walk_tree,
	.translate = translate,
	.describe = entry_describe,
	.level_name = entry_level_name,
	.close = close_tree,
};
