// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "generic/target.h"

void target_begin(struct target *to)
{
	const struct grt_pgtable *pt = to->op.pt;

	to->at[grt_geometry_root_level(pt->g)] =
		(struct target_table){ TARGET_THERE, pt->root, table_map(pt, pt->root), 0 };
}

void target_at(struct target *to, const struct table_entry *e)
{
	to->at[1] = (struct target_table){ TARGET_THERE, e->table, e->t, 0 };
	to->at[0].state = TARGET_NONE;
}

void target_enter(struct target *to, unsigned int level, u64 page)
{
	const struct grt_pgtable *pt = to->op.pt;
	struct target_table *above = &to->at[level + 1], *a = &to->at[level];
	pte_t pte;

	a->state = TARGET_NONE;
	if (above->state != TARGET_THERE)
		return;
	pte = table_get(above->t, page_index(pt->g, level + 1, page));
	if (!pte_is_table(pt->g, level + 1, pte))
		return;
	a->state = TARGET_THERE;
	a->table = pte_table_phys(pt->g, pte);
	a->t = table_map(pt, a->table);
}

void target_leave(struct target *to, unsigned int level)
{
	struct target_table *a = &to->at[level];

	if (a->state == TARGET_NONE || (a->state == TARGET_MADE && to->op.dry))
		return;
	if (a->state == TARGET_MADE)
		build_empty(a->t + a->filled,
			    grt_geometry_entries(to->op.pt->g, level) - a->filled);
	table_unmap(to->op.pt, a->t);
}

void target_span(struct target *to, unsigned int level, u64 page, unsigned int n, struct span *s)
{
	const struct grt_geometry *g = to->op.pt->g;
	struct target_table *a = &to->at[level];

	s->table = a->table;
	s->level = level;
	s->index = page_index(g, level, page);
	s->entry = a->t + s->index;
	s->nr = n;
	s->first = (pte_t){ 0 };
	s->pages = (struct page_range){ page, page + n * level_pages(g, level) };
	if (a->state != TARGET_MADE)
		return;
	if (a->filled < s->index)
		build_empty(a->t + a->filled, s->index - a->filled);
	a->filled = s->index + n;
}

void target_make(struct target *to, unsigned int level, u64 page)
{
	const struct grt_geometry *g = to->op.pt->g;
	struct target_table *a = &to->at[level];
	struct transition link = { .kind = GATE_SET, .later = true };
	struct span s;

	if (a->state != TARGET_NONE)
		return;
	target_make(to, level + 1, page);
	a->state = TARGET_MADE;
	a->filled = 0;
	a->table = pgtable_op_take(&to->op);
	if (to->op.dry)
		return;
	a->t = table_map(to->op.pt, a->table);
	target_span(to, level + 1, align_down(page, level_pages(g, level + 1)), 1, &s);
	link.new = pte_table(g, a->table);
	if (to->at[level + 1].state == TARGET_MADE)
		build_link(g, s.entry, a->table);
	else
		gate_store(&to->op, &s, &link);
}

unsigned int target_room(const struct target *to, unsigned int level, u64 page, u64 n)
{
	const struct target_table *a = &to->at[level];

	if (a->state != TARGET_THERE || !level)
		return (unsigned int)n;
	return empty_entries(a->t + page_index(to->op.pt->g, level, page), n);
}

void target_put(struct target *to, unsigned int level, pte_t pte, u64 page, unsigned int n)
{
	const struct grt_geometry *g = to->op.pt->g;
	bool groups = g->cont_bits[level] &&
		      is_aligned(pte_leaf_phys(g, level, pte, 0) ^ page_address(g, page),
				 grt_geometry_group_size(g, level));
	const struct transition leaves = { .new = pte,
					   .kind = groups ? GATE_GROUPS : GATE_SET,
					   .stride = (u8)level };
	struct span s;

	target_make(to, level, page);
	if (to->op.dry)
		return;
	target_span(to, level, page, n, &s);
	if (to->at[level].state == TARGET_MADE)
		build_leaves(g, &s, pte, groups);
	else
		gate_store(&to->op, &s, &leaves);
}

void target_put_part(struct target *to, unsigned int level, pte_t pte, struct page_range r)
{
	const struct grt_geometry *g = to->op.pt->g;
	const unsigned int shift = level_page_shift(g, level);
	grt_phys_t pa = pte_leaf_phys(g, level + 1, pte, 0);
	u64 start = align_down(r.start, level_pages(g, level + 1)), n, end;

	target_enter(to, level, r.start);
	for (; r.start < r.end; r.start = end) {
		u64 first = align_down(r.start, BIT(shift));
		pte_t part = pte_at(g, level, pte, pa + page_address(g, first - start));

		n = first == r.start ? (r.end - first) >> shift : 0;
		if (n)
			n = target_room(to, level, first, n);
		end = n ? first + (n << shift) : entry_end(shift, r.start, r.end);
		if (n)
			target_put(to, level, part, first, (unsigned int)n);
		else
			target_put_part(to, level - 1, part, (struct page_range){ r.start, end });
	}
	target_leave(to, level);
}

void target_put_span(struct target *to, const struct span *s, u64 flip)
{
	struct span s_to;

	target_make(to, s->level, s->pages.start);
	if (to->op.dry)
		return;
	target_span(to, s->level, s->pages.start, s->nr, &s_to);
	s_to.first.val = s->first.val ^ flip;
	if (to->at[s->level].state == TARGET_MADE)
		build_copy(s_to.entry, s->entry, flip, s->nr);
	else
		gate_fill(&to->op, &s_to, s->entry, flip);
}
