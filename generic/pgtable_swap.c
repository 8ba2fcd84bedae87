// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Rebuilding the tables of a range with single pages, off to the side, and linking them in one go. What
 * changes is found by the cursor; a table in which something does is copied then, with those above it.
 */
#include <graticule/pgtable_swap.h>
#include "generic/pgtable_internal.h"

/**
 * struct rebuild - new tables at work
 * @c: the place in the old ones
 * @range: what is to be in pages
 * @copy: of the table at @c and those above it, by level; GRT_PHYS_NONE: not yet
 * @b: the tables that take a leaf's place; @end: where that ends
 * @changes: something does
 */
struct rebuild {
	struct pgtable_op op;
	struct grt_swap *swap;
	struct cursor c;
	struct page_range range;
	grt_phys_t copy[GRT_GEOMETRY_MAX_LEVELS];
	struct build b;
	u64 end;
	bool changes;
};

/* Of a leaf: what is before the range, in it, and behind it. */
static void next_part(struct build *b)
{
	const struct rebuild *r = container_of(b, struct rebuild, b);
	bool inside = b->at >= r->range.start && b->at < r->range.end;

	if (b->at == r->end) {
		b->at = NO_PAGE;
		return;
	}
	b->end = r->end;
	if (b->at < r->range.end)
		b->end = min_u64(r->end, inside ? r->range.end : r->range.start);
	leaf_rule_init(&b->rule, r->op.pt, b->rule.offset,
		       inside ? GRT_MAP_PAGES_ONLY | GRT_MAP_NO_CONT : 0);
}

/* A table for what the leaf @pte of @level, in no group, maps from page @start on. */
static grt_phys_t table_of_leaf(struct rebuild *r, unsigned int level, pte_t pte, u64 start)
{
	const struct grt_geometry *g = r->op.pt->g;
	grt_virt_t va = page_address(g, start);

	r->end = start + level_pages(g, level);
	r->b = (struct build){ .op = &r->op, .at = start, .like = pte, .next = next_part };
	r->b.rule.offset = pte_leaf_phys(g, level, pte, va) - va;
	next_part(&r->b);
	return build_table(&r->b, level - 1, r->end);
}

/* A copy of the table of @level on the way, linked to from that of the one above it. */
static void copy_table(struct rebuild *r, unsigned int level)
{
	const struct grt_pgtable *pt = r->op.pt;
	const struct cursor_table *from = level == r->c.level ? &r->c.at : &r->c.path[level];
	unsigned int i;
	u64 *t;

	r->copy[level] = pgtable_op_take(&r->op);
	if (r->op.dry)
		return;
	t = table_map(pt, r->copy[level]);
	build_copy(t, from->t, 0, grt_geometry_entries(pt->g, level));
	table_unmap(pt, t);
	t = table_map(pt, r->copy[level + 1]);
	i = page_index(pt->g, level + 1, from->start);
	table_set(t, i, pte_table_at(pt->g, table_get(t, i), r->copy[level]));
	table_unmap(pt, t);
}

/* The entries of the table at hand for pages [@start, @end): pages in the range, no groups around it. */
static void replace_entries(struct rebuild *r, u64 start, u64 end)
{
	const struct grt_geometry *g = r->op.pt->g;
	const unsigned int level = r->c.level;
	u64 *t = NULL;

	r->changes = true;
	for (int l = (int)r->c.top - 1; l >= (int)level; l--)
		if (r->copy[l] == GRT_PHYS_NONE)
			copy_table(r, (unsigned int)l);
	if (!r->op.dry)
		t = table_map(r->op.pt, r->copy[level]);
	for (u64 page = start; page < end; page += BIT(r->c.shift)) {
		unsigned int i = page_index(g, level, page);
		pte_t pte = pte_single(g, level, table_get(r->c.at.t, i), page);

		if (level && page < r->range.end && page + BIT(r->c.shift) > r->range.start)
			pte = pte_table(g, table_of_leaf(r, level, pte, page));
		if (t)
			table_set(t, i, pte);
	}
	if (t)
		table_unmap(r->op.pt, t);
}

/* Larger leaves become pages, and a group that the range holds in part comes apart. */
static void rebuild_span(struct rebuild *r, const struct span *s)
{
	const struct grt_geometry *g = r->op.pt->g;
	u64 n = leaf_pages(g, s->level, s->first);

	if (!entry_maps(g, s->level, s->first) || n == 1)
		return;
	r->c.page = align_up(s->pages.end, n);
	replace_entries(r, align_down(s->pages.start, n), r->c.page);
}

/* The page of new entries begins with the old ones. */
static void begin_run(struct rebuild *r)
{
	const struct grt_swap *swap = r->swap;
	u64 *next = table_map(r->op.pt, swap->next);

	r->copy[swap->level] = swap->next;
	build_copy(next + swap->first, r->c.at.t + swap->first, 0, swap->nr);
	table_unmap(r->op.pt, next);
}

static int rebuild(struct pgtable_op *op)
{
	struct rebuild *r = container_of(op, struct rebuild, op);
	struct cursor *c = &r->c;
	struct span s;

	r->changes = false;
	cursor_begin_at(c, op->pt, r->swap->level, r->swap->table, r->range);
	if (!op->dry)
		begin_run(r);
	do {
		while (cursor_next(c, &s)) {
			if (pte_is_table(op->pt->g, s.level, s.first)) {
				cursor_enter(c, &s);
				r->copy[c->level] = GRT_PHYS_NONE;
			} else {
				rebuild_span(r, &s);
			}
		}
	} while (cursor_on(c));
	cursor_end(c);
	if (!op->dry)
		mmu_order_tables();
	return 0;
}

static void rebuild_begin(struct rebuild *r, struct grt_swap *swap)
{
	r->swap = swap;
	r->range = (struct page_range){ swap->range_start, swap->range_end };
}

/* The run of entries is that of the range in the lowest table that holds it, groups whole. */
int grt_swap_begin(struct grt_pgtable *pt, grt_virt_t va, u64 size, struct grt_swap *swap)
{
	struct rebuild r;
	struct span s;
	u64 group;

	if (pgtable_check_range(pt, va, size, &r.range))
		return -EINVAL;
	/* Hardware would write into the old tables until the commit. */
	if (pt->fixed || pt->regime.hardware_ad)
		return -EOPNOTSUPP;
	cursor_begin(&r.c, pt, r.range);
	cursor_entry(&r.c, r.range.start, &s);
	if (pte_is_table(pt->g, s.level, s.first) && s.pages.end == r.range.end) {
		cursor_enter(&r.c, &s);
		cursor_entry(&r.c, r.range.start, &s);
	}
	group = group_pages(pt->g, r.c.level);
	*swap = (struct grt_swap){
		.table = r.c.at.table,
		.level = (u8)r.c.level,
		.range_start = r.range.start,
		.range_end = r.range.end,
		.start = align_down(r.range.start, group),
		.end = align_up(r.range.end, group),
	};
	swap->first = (u16)page_index(pt->g, swap->level, swap->start);
	swap->nr = (u16)((swap->end - swap->start) >> r.c.shift);
	cursor_end(&r.c);
	/* Other roots have such an entry as well. */
	if (pte_is_table(pt->g, s.level, s.first) && pte_kept(s.first))
		return -EINVAL;
	rebuild_begin(&r, swap);
	pgtable_op_begin(&r.op, pt);
	r.op.dry = true;
	r.op.needed = 0;
	rebuild(&r.op);
	swap->tables = (s64)r.op.needed;
	return r.changes ? 0 : -ENOENT;
}

int grt_swap_build(struct grt_pgtable *pt, struct grt_swap *swap, grt_phys_t next)
{
	struct rebuild r;
	int err;

	rebuild_begin(&r, swap);
	swap->next = next;
	err = pgtable_op_run(&r.op, pt, rebuild);
	if (err)
		return err;
	swap->tables = (s64)r.op.needed;
	swap->built = true;
	return 0;
}

/* ---- replacing ---- */

static void run_batch(const struct grt_pgtable *pt, const struct grt_swap *swap,
		      struct grt_tlb_batch *batch)
{
	grt_virt_t start = page_address(pt->g, swap->start), last = page_last(pt->g, swap->end);

	tlb_batch_init(batch);
	tlb_batch_change(batch, start, last, 0);
	tlb_batch_add(batch, start, last, 0);
	batch->nonleaf = true;
	batch->linked = true;
}

/* Has one of the entries to be invalid in between (break-before-make)? */
static bool has_to_break(const struct grt_pgtable *pt, const struct grt_swap *swap,
			 const u64 *table, const u64 *next)
{
	for (unsigned int i = swap->first; i < swap->first + (unsigned int)swap->nr; i++) {
		enum pte_step step = pte_step(pt->caps, pt->g, swap->level, table_get(table, i),
					      table_get(next, i));

		if (step == PTE_STEP_BREAK || step == PTE_STEP_REFUSE)
			return true;
	}
	return false;
}

/* Make the entries that change invalid; they keep what they were for exchange_run(). */
static void break_run(const struct grt_swap *swap, u64 *table, const u64 *next)
{
	for (unsigned int i = swap->first; i < swap->first + (unsigned int)swap->nr; i++) {
		pte_t old = table_get(table, i);

		if (old.val != table_get(next, i).val)
			table_set(table, i, pte_park(old));
	}
}

static void exchange_run(const struct grt_swap *swap, u64 *table, u64 *next)
{
	for (unsigned int i = swap->first; i < swap->first + (unsigned int)swap->nr; i++) {
		pte_t old = table_get(table, i), new = table_get(next, i);

		if (old.val == new.val)
			continue;
		table_set(table, i, new);
		table_set(next, i, pte_parked(old) ? pte_unpark(old) : old);
	}
}

void grt_swap_commit(struct grt_pgtable *pt, struct grt_swap *swap, u64 *table, u64 *next)
{
	struct grt_tlb_batch batch;

	if (has_to_break(pt, swap, table, next)) {
		break_run(swap, table, next);
		run_batch(pt, swap, &batch);
		swap->err = tlb_batch_commit(pt, &batch);
		tlb_batch_add(&batch, page_address(pt->g, swap->start), page_last(pt->g, swap->end),
			      0);
		batch.linked = true;
	} else {
		run_batch(pt, swap, &batch);
	}
	exchange_run(swap, table, next);
	if (tlb_batch_commit(pt, &batch))
		swap->err = -EIO;
}

/* ---- the end ---- */

/*
 * Free the tables that the entries in @swap->next lead to and those in the table don't: two trees side by
 * side, @kept the tables that stay, by level, where there is one at the same place.
 */
static u64 free_run(struct grt_pgtable *pt, const struct grt_swap *swap)
{
	u64 before = pt->tables, *kept[GRT_GEOMETRY_MAX_LEVELS];
	struct cursor c;
	struct span s;

	cursor_begin_at(&c, pt, swap->level, swap->next,
			(struct page_range){ swap->start, swap->end });
	kept[c.level] = table_map(pt, swap->table);
	for (;;) {
		while (cursor_next(&c, &s)) {
			u64 *t = kept[s.level];
			pte_t pte = t ? table_get(t, s.index) : pte_make(0);

			if (!pte_is_table(pt->g, s.level, s.first) || pte.val == s.first.val)
				continue;
			cursor_enter(&c, &s);
			kept[c.level] = pte_is_table(pt->g, s.level, pte)
						? table_map(pt, pte_table_phys(pt->g, pte))
						: NULL;
		}
		if (kept[c.level])
			table_unmap(pt, kept[c.level]);
		if (!cursor_leave(&c))
			break;
		cursor_left(&c, &s);
		pt->ops->free(pt, pte_table_phys(pt->g, s.first));
		pt->tables--;
	}
	cursor_end(&c);
	return before - pt->tables;
}

int grt_swap_end(struct grt_pgtable *pt, struct grt_swap *swap)
{
	/* A CPU that was not fenced may still walk the old tables. */
	if (swap->built && !swap->err)
		swap->tables -= (s64)free_run(pt, swap);
	return swap->err;
}
