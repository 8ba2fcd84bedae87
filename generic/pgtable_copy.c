// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Copying a range into another tree: a cursor goes along the source, and the destination follows. Dry
 * it goes the same way, stores nothing, and counts the tables instead.
 */
#include <graticule/pgtable_copy.h>
#include "generic/cut.h"
#include "generic/pgtable_internal.h"
#include "generic/target.h"

/**
 * struct copy - grt_copy() at work
 * @range: what is copied
 * @cuts: leaves that are split in the source
 * @edits: both edits as bits, if @by_bits
 * @look: attributes of leaves may be refused
 * @rest: leaves of the source are left, which do not change in place
 */
struct copy {
	struct pgtable_op from;
	struct target to;
	struct grt_edit from_edit;
	struct grt_edit to_edit;
	struct page_range range;
	struct cuts cuts;
	struct entry_edits edits;
	bool by_bits;
	bool look;
	bool rest;
};

/* ---- leaves ---- */

/* Copy what of @s, alike leaves, lies in the range: the first becomes @to, and each keeps its state. */
static void put_leaf_span(struct copy *c, const struct span *s, pte_t to)
{
	const struct grt_geometry *g = c->to.op.pt->g;
	const unsigned int shift = level_page_shift(g, s->level);
	const u64 group = leaf_pages(g, s->level, s->first);
	u64 page = max_u64(s->pages.start, c->range.start), next;
	u64 end = min_u64(s->pages.end, c->range.end), flip = s->first.val ^ to.val;
	bool by_one = !pte_may_flip(s->first, flip);

	for (; page < end; page = next) {
		u64 first = align_down(page, BIT(shift));
		struct span part = *s;
		pte_t pte;
		u64 n;

		part.index += (unsigned int)((first - s->pages.start) >> shift);
		part.entry += part.index - s->index;
		pte = table_get(part.entry, 0);
		/* Whatever becomes of a group, each of its entries has the state of all. */
		if (c->from.pt->regime.hardware_ad && pte_contiguous(g, s->level, pte))
			pte = pte_with_state(pte, group_state(g, s->level, part.entry));
		pte = pte_follow(g, pte, s->first, to);
		pte = pte_single(g, s->level, pte, first);
		n = first == page ? (end - page) >> shift : 0;
		n = by_one ? min_u64(n, 1) : n;
		if (n)
			n = target_room(&c->to, s->level, page, n);
		next = page + (n << shift);
		if (!n) {
			next = entry_end(shift, page, end);
			target_put_part(&c->to, s->level - 1, pte,
					(struct page_range){ page, next });
		} else if (by_one || !is_aligned(page, group) || next - page < group) {
			/* A part of a group. */
			next = min_u64(next, align_down(page, group) + group);
			target_put(&c->to, s->level, pte, page,
				   (unsigned int)((next - page) >> shift));
		} else {
			next = align_down(next, group);
			part.nr = (unsigned int)((next - page) >> shift);
			part.pages = (struct page_range){ page, next };
			target_put_span(&c->to, &part, flip);
		}
	}
}

/* ---- the source ---- */

/* Do tables on the way, @limits in the source, add to what leaves of @s are to be? */
static bool limits_refuse(const struct copy *c, const struct span *s, pte_t to, pte_t from,
			  u64 limits)
{
	const struct grt_pgtable *source = c->from.pt, *copy = c->to.op.pt;
	const struct page_range r = { max_u64(s->pages.start, c->range.start),
				      min_u64(s->pages.end, c->range.end) };
	grt_attr_t was = entry_attr(source, s->first, limits),
		   is = entry_attr(source, from, limits);

	if (limits && (is ^ ((was & ~c->from_edit.clear) | c->from_edit.set)) & PGATTR_LIMITED)
		return true;
	return pgtable_limits_refuse(copy, r, entry_attr(copy, to, 0));
}

/* May the leaves of @s become what they are to become, and which of them have to be split? */
static int check_span(struct copy *c, const struct span *s, pte_t to, pte_t from)
{
	const struct grt_geometry *g = c->from.pt->g;
	u64 n = leaf_pages(g, s->level, s->first);

	if (pgattr_refused(c->to.op.pt, entry_attr(c->to.op.pt, to, 0) | c->to_edit.set))
		return -EINVAL;
	if (from.val == s->first.val)
		return 0;
	if (c->from_edit.set & PGATTR_SUSPECT &&
	    pgattr_refused(c->from.pt, entry_attr(c->from.pt, from, 0) | c->from_edit.set))
		return -EINVAL;
	if (align_down(s->pages.start, n) < c->range.start)
		c->cuts.at[0] = c->range.start;
	if (align_up(s->pages.end, n) > c->range.end)
		c->cuts.at[1] = c->range.end;
	return 0;
}

/* A copy takes along what the tables above take from what it is of. */
static int leaf_span(struct copy *c, const struct span *s, u64 limits)
{
	const struct grt_entry_codes *codes = &c->from.pt->codes;
	const struct grt_geometry *g = c->from.pt->g;
	pte_t to, from;
	int err = 0;

	if (!entry_maps(g, s->level, s->first))
		return 0;
	to = limits ? pte_limit(s->first, limits) : s->first;
	to = pte_edit(g, codes, to, c->to_edit.set, c->to_edit.clear);
	from = pte_edit(g, codes, s->first, c->from_edit.set, c->from_edit.clear);
	if (c->to.op.dry)
		err = limits_refuse(c, s, to, from, limits) ? -EPERM : check_span(c, s, to, from);
	if (err)
		return err;
	put_leaf_span(c, s, to);
	if (c->to.op.dry || from.val == s->first.val)
		return 0;
	if (pgtable_step(c->from.pt, s->level, s->first, from) == PTE_STEP_BREAK)
		c->rest = true;
	else
		gate_store(&c->from, s,
			   &(struct transition){
				   .new = from, .kind = GATE_EDIT, .stride = (u8)s->level });
	return 0;
}

/* Many entries of a table of pages, each copied and changed at once. Return: whether it was some. */
static bool copy_many(struct copy *c, struct cursor *cur, struct span s)
{
	const struct grt_geometry *g = cur->pt->g;
	const u64 group = group_pages(g, 0);
	struct target_table *t = &c->to.at[0];
	struct span to;

	s.nr = (unsigned int)(align_down(cur->at.end, group) - s.pages.start);
	s.pages.end = s.pages.start + s.nr;
	target_make(&c->to, 0, s.pages.start);
	target_span(&c->to, 0, s.pages.start, 0, &to);
	s.nr = gate_copy(&c->from, &s, t->state == TARGET_THERE ? &c->to.op : NULL, to.entry,
			 &c->edits);
	t->filled = to.index + s.nr;
	cur->page += s.nr;
	return s.nr;
}

/* Is it the first of entries that may be copied all at a time? They begin where a group would. */
static bool may_be_many(const struct copy *c, const struct cursor *cur, const struct span *s)
{
	const struct grt_geometry *g = cur->pt->g;

	return !s->level && c->by_bits && !c->to.op.dry && pte_is_leaf(g, 0, s->first) &&
	       is_aligned(s->pages.start, group_pages(g, 0)) &&
	       s->pages.start + group_pages(g, 0) <= cur->at.end;
}

/* One page tells that its table is needed; but the last one that is copied may be of a group. */
static bool is_enough(const struct copy *c, const struct span *s)
{
	return c->to.op.dry && !c->look && !s->level && entry_maps(c->from.pt->g, 0, s->first);
}

/* The table at hand. */
static int copy_table(struct copy *c, struct cursor *cur)
{
	struct span s;
	int err = 0;

	while (!err && cur->page < cur->at.end) {
		cursor_entry(cur, cur->page, &s);
		if (pte_is_table(cur->pt->g, s.level, s.first)) {
			cursor_enter(cur, &s);
			target_enter(&c->to, cur->level, s.pages.start);
			continue;
		}
		if (may_be_many(c, cur, &s) && copy_many(c, cur, s))
			continue;
		cur->page = cur->at.end - 1;
		if (!is_enough(c, &s) || s.pages.end > cur->page) {
			cursor_widen(cur, &s);
			cur->page = s.pages.end;
		}
		err = leaf_span(c, &s, cur->at.limits);
	}
	return err;
}

static int copy_range(struct copy *c)
{
	const unsigned int root = grt_geometry_root_level(c->from.pt->g);
	const struct page_range *r = &c->range;
	struct cursor cur;
	unsigned int level;
	int err;

	target_begin(&c->to);
	cursor_begin(&cur, c->from.pt, *r);
	for (level = root; level > cur.level; level--)
		target_enter(&c->to, level - 1, r->start);
	for (;;) {
		err = copy_table(c, &cur);
		if (err || cur.page >= r->end)
			break;
		target_leave(&c->to, cur.level);
		cursor_leave(&cur);
	}
	for (level = cur.level; level <= root; level++)
		target_leave(&c->to, level);
	cursor_end(&cur);
	return err;
}

/* Is nothing mapped in the range, not even by a hidden leaf? */
static bool nothing_there(const struct grt_pgtable *pt, struct page_range range)
{
	struct cursor cur;
	struct span s;
	bool nothing = true;

	cursor_begin(&cur, pt, range);
	do {
		while (nothing && cursor_next(&cur, &s)) {
			if (pte_is_table(pt->g, s.level, s.first))
				cursor_enter(&cur, &s);
			else
				nothing = !s.first.val;
		}
	} while (nothing && cursor_on(&cur));
	cursor_end(&cur);
	return nothing;
}

static void set_dry(struct copy *c, bool dry)
{
	c->from.dry = dry;
	c->to.op.dry = dry;
}

/* What each side needs, and what forbids it. */
static int run_dry(struct copy *c)
{
	int err;

	c->cuts = (struct cuts){ { 0, 0 } };
	c->from.needed = 0;
	c->to.op.needed = 0;
	if (!nothing_there(c->to.op.pt, c->range))
		return -EEXIST;
	set_dry(c, true);
	err = copy_range(c);
	if (!err)
		err = pgtable_cut(&c->from, &c->cuts);
	set_dry(c, false);
	return err;
}

/* All that was to be found out is. */
#define DRY_RUN_ONLY 1

static bool in_dry_batch(const struct grt_pgtable *pt)
{
	return pt->batch && pt->batch->dry;
}

/* In a dry batch the tables are added up. How the source's entries change was not looked at. */
static void add_up(const struct pgtable_op *op)
{
	op->batch->tables += op->needed;
	op->batch->in_place = false;
}

/* Tables that the source will take from a provider of both, which has to be sure to have enough for both. */
static u64 taken_first(const struct copy *c)
{
	const struct grt_pgtable *to = c->to.op.pt, *from = c->from.pt;

	if (to->ops != from->ops || to->ctx != from->ctx || !to->ops->available)
		return 0;
	return c->from.needed - min_u64(c->from.needed, from->spares);
}

static int reserve(struct copy *c)
{
	const struct grt_pgtable *to = c->to.op.pt, *from = c->from.pt;
	u64 before;
	int err;

	do {
		before = to->changes + from->changes;
		err = run_dry(c);
		if (!err && in_dry_batch(to)) {
			add_up(&c->to.op);
			add_up(&c->from);
			return DRY_RUN_ONLY;
		}
		if (!err)
			err = pgtable_op_reserve(&c->from, c->from.needed);
		if (!err)
			err = pgtable_op_reserve(&c->to.op, c->to.op.needed + taken_first(c));
		if (!err && to->changes + from->changes != before)
			err = -EAGAIN;
	} while (err == -EAGAIN);
	return err;
}

/* A part of one table of pages, and nothing where that would be in the destination? Edges are no leaf's. */
static bool is_one_table(const struct copy *c, const struct table_entry *from,
			 const struct table_entry *to)
{
	const struct grt_geometry *g = c->from.pt->g;

	return !c->look && !c->from.dry && !c->to.op.dry && !from->level &&
	       pte_is_leaf(g, 0, from->pte) && to->level == 1 && !to->pte.val &&
	       !((c->range.start ^ (c->range.end - 1)) >> level_page_shift(g, 1)) &&
	       is_aligned(c->range.start | c->range.end, group_pages(g, 0));
}

/* The short way: it needs one table and no dry run. Return: 0; -ENOMEM; -EAGAIN where it is not that. */
static int copy_one_table(struct copy *c)
{
	const u64 page = c->range.start, before = c->from.pt->changes;
	const struct table_entry from = table_find(c->from.pt, page);
	const struct table_entry to = table_find(c->to.op.pt, page);
	int err = is_one_table(c, &from, &to) ? pgtable_op_reserve(&c->to.op, 1) : -EAGAIN;
	struct cursor cur;

	if (!err && c->from.pt->changes != before)
		err = -EAGAIN;
	if (!err) {
		cursor_begin_at(&cur, c->from.pt, 0, from.table, c->range);
		target_at(&c->to, &to);
		copy_table(c, &cur);
		target_leave(&c->to, 0);
		cursor_end(&cur);
	}
	table_unmap(c->from.pt, from.t);
	table_unmap(c->to.op.pt, to.t);
	return err;
}

/* What could not change as it was copied: nothing is left to be split. */
static int change_rest(struct copy *c)
{
	struct grt_pgtable *pt = c->from.pt;
	const struct page_range *r = &c->range;
	struct grt_tlb_batch *open = pt->batch;
	int err;

	pgtable_op_batch(&c->from);
	err = pgtable_protect_range(pt, page_address(pt->g, r->start),
				    (r->end - r->start) << grt_geometry_page_shift(pt->g),
				    c->from_edit.set, c->from_edit.clear);
	pt->batch = open;
	return err;
}

static bool same_geometry(const struct grt_geometry *a, const struct grt_geometry *b)
{
	bool same = a->page_shift == b->page_shift && a->levels == b->levels &&
		    a->va_bits == b->va_bits && a->upper_bits == b->upper_bits &&
		    a->pa_bits == b->pa_bits && a->leaf_levels == b->leaf_levels &&
		    a->format == b->format && a->shared_bit == b->shared_bit && a->el2 == b->el2 &&
		    a->stage2 == b->stage2;

	for (unsigned int level = 0; level < a->levels && same; level++)
		same = a->cont_bits[level] == b->cont_bits[level];
	return same;
}

/* Do entries say the same in both? A kernel's and its user's do. */
static bool same_entries(const struct grt_pgtable *a, const struct grt_pgtable *b)
{
	return (a->g == b->g || same_geometry(a->g, b->g)) && a->codes.memory == b->codes.memory &&
	       (a->regime.kind == b->regime.kind ||
		(a->regime.kind <= GRT_REGIME_ASID && b->regime.kind <= GRT_REGIME_ASID));
}

/* May a copy, or what it is of, be something that its tree refuses? */
static bool suspect(const struct grt_pgtable *to, const struct grt_pgtable *from,
		    struct grt_edit to_edit, struct grt_edit from_edit)
{
	if ((to_edit.set | from_edit.set) & PGATTR_SUSPECT ||
	    to->never & ~(from->never | to_edit.clear))
		return true;
	return !to->regime.writable_code && !(to_edit.clear & (GRT_ATTR_WRITE | GRT_ATTR_EXEC));
}

int grt_copy(struct grt_pgtable *to, struct grt_pgtable *from, grt_virt_t va, u64 size,
	     struct grt_edit to_edit, struct grt_edit from_edit)
{
	const grt_attr_t changes = to_edit.set | to_edit.clear | from_edit.set | from_edit.clear;
	struct copy c;
	int err, from_err;

	if (!same_entries(to, from) || to->root == from->root || changes & ~PGATTR_PROTECT_MASK ||
	    in_dry_batch(to) != in_dry_batch(from) || pgtable_check_range(to, va, size, &c.range) ||
	    pgtable_check_range(from, va, size, &c.range))
		return -EINVAL;
	if (to->fixed || from->fixed)
		return -EOPNOTSUPP;
	c.to_edit = to_edit;
	c.from_edit = from_edit;
	c.by_bits = !from->limited && !from->regime.hardware_ad &&
		    pte_edits(to->g, to_edit, from_edit, &c.edits);
	c.look = to->limited || from->limited || suspect(to, from, to_edit, from_edit);
	c.rest = false;
	pgtable_op_begin(&c.from, from);
	pgtable_op_begin(&c.to.op, to);
	err = copy_one_table(&c);
	if (err == -EAGAIN) {
		err = reserve(&c);
		if (err == DRY_RUN_ONLY)
			return 0;
		if (!err) {
			pgtable_cut(&c.from, &c.cuts);
			copy_range(&c);
		}
	}
	gate_open(&c.to.op);
	if (!err && c.rest)
		err = change_rest(&c);
	from_err = pgtable_op_end(&c.from, 0);
	return pgtable_op_end(&c.to.op, err ? err : from_err);
}
