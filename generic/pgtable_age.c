// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Accessed and dirty state of a range: read, cleared or set, some tables' worth of bits at a time. */
#include <graticule/pgtable_age.h>
#include "generic/cut.h"
#include "generic/pgtable_internal.h"

#define AGE_STATES (GRT_PGSTATE_ACCESSED | GRT_PGSTATE_DIRTY)

/** struct age - grt_age() at work */
struct age {
	struct pgtable_op op;
	struct page_range range;
	struct state_edit edit;
	grt_age_fn fn;
	void *arg;
};

/* ---- groups ---- */

static unsigned int group_entries(const struct grt_geometry *g, unsigned int level)
{
	return 1U << g->cont_bits[level];
}

/* The first entry of @s that a group could begin with. */
static unsigned int next_unit(const struct grt_geometry *g, const struct span *s)
{
	return -s->index & (group_entries(g, s->level) - 1);
}

/* Of the bits of a group the first remains, if any is set. None goes over a word that begins within it. */
static void merge_bits(u64 *words, unsigned int first, unsigned int n)
{
	const unsigned int part = n < 64 ? n : 64;
	const u64 mask = (part == 64 ? ~0ULL : BIT(part) - 1) << first % 64;
	u64 any = 0;

	for (unsigned int i = first; i < first + n; i += part) {
		any |= words[i / 64] & mask;
		words[i / 64] &= ~mask;
	}
	words[first / 64] |= (u64)(any != 0) << first % 64;
}

/* @groups: those that begin one. */
static void merge_groups(const struct grt_geometry *g, const struct span *s, u64 *accessed,
			 u64 *dirty, u64 *groups)
{
	const unsigned int n = group_entries(g, s->level);
	const u64 *end = s->entry + s->nr;

	for (const u64 *e = s->entry + next_unit(g, s); e < end; e += n) {
		unsigned int i = (unsigned int)(e - s->entry);

		if (!pte_contiguous(g, s->level, table_get(e, 0)))
			continue;
		merge_bits(accessed, i, n);
		merge_bits(dirty, i, n);
		groups[i / 64] |= BIT(i % 64);
	}
}

/* The group at entry @i of @s, if it can't become clean as it is. Return: was it broken? */
static bool free_group(struct age *a, const struct span *s, unsigned int i, u64 *accessed,
		       u64 *dirty)
{
	const struct grt_pgtable *pt = a->op.pt;
	const unsigned int shift = level_page_shift(pt->g, s->level);
	struct transition to = { .kind = GATE_EDIT, .stride = (u8)s->level, .may_break = true };
	struct span group = *s;
	unsigned int state;

	group.index += i;
	group.entry += i;
	group.nr = group_entries(pt->g, s->level);
	group.pages.start += (u64)i << shift;
	group.pages.end = group.pages.start + ((u64)group.nr << shift);
	state = group_state(pt->g, s->level, group.entry);
	group.first = pte_with_state(table_get(group.entry, 0), state);
	to.new = pte_with_state(group.first, state & ~a->edit.clear);
	if (pgtable_step(pt, s->level, group.first, to.new) != PTE_STEP_BREAK)
		return false;
	if (!gate_check(pt, s->level, group.first,
			pte_single(pt->g, s->level, group.first, group.pages.start))) {
		pgtable_ungroup(&a->op, &group);
		return false;
	}
	gate_store(&a->op, &group, &to);
	accessed[i / 64] |= (u64) !!(state & a->edit.about & GRT_PGSTATE_ACCESSED) << i % 64;
	dirty[i / 64] |= BIT(i % 64);
	return true;
}

/* Return: was any broken? */
static bool free_groups(struct age *a, const struct span *s, u64 *accessed, u64 *dirty)
{
	const struct grt_pgtable *pt = a->op.pt;
	const unsigned int n = group_entries(pt->g, s->level);
	bool broken = false;

	for (unsigned int i = next_unit(pt->g, s); i < s->nr; i += n) {
		pte_t pte = table_get(s->entry, i);

		if (pte_is_leaf(pt->g, s->level, pte) && pte_contiguous(pt->g, s->level, pte))
			broken |= free_group(a, s, i, accessed, dirty);
	}
	return broken;
}

/* ---- entries ---- */

static void age_span(struct age *a, const struct span *s)
{
	u64 accessed[STATE_WORDS] = { 0 }, dirty[STATE_WORDS] = { 0 }, groups[STATE_WORDS] = { 0 };
	const struct grt_geometry *g = a->op.pt->g;
	bool found = false;

	if (a->edit.clear & GRT_PGSTATE_DIRTY && a->op.pt->live && g->cont_bits[s->level])
		found = free_groups(a, s, accessed, dirty);
	found |= gate_age(&a->op, s, &a->edit, accessed, dirty);
	if (!found || !a->fn)
		return;
	if (g->cont_bits[s->level])
		merge_groups(g, s, accessed, dirty, groups);
	a->fn(&(struct grt_age_bits){ .va = page_address(g, s->pages.start),
				      .size = grt_geometry_level_size(g, s->level),
				      .group = grt_geometry_group_size(g, s->level),
				      .nr = s->nr,
				      .accessed = accessed,
				      .dirty = dirty,
				      .groups = groups },
	      a->arg);
}

/*
 * Entries from the cursor on, whole groups, that lead to no table, and past them. A group's bits don't go
 * over the end of a word, unless they are more and begin with one.
 */
static bool next_span(struct cursor *c, struct span *s)
{
	const struct grt_geometry *g = c->pt->g;
	const unsigned int group = group_entries(g, c->level);
	unsigned int end, back = 0;

	cursor_entry(c, c->page, s);
	if (pte_is_table(g, s->level, s->first))
		return false;
	end = s->index + (unsigned int)cursor_entries(c, s->pages.start);
	if (pte_contiguous(g, s->level, table_get(c->at.t, end - 1)))
		end = (unsigned int)align_up(end, group);
	if (pte_contiguous(g, s->level, s->first))
		back = s->index & (group - 1);
	s->index -= back;
	s->entry -= back;
	s->pages.start -= (u64)back << c->shift;
	end = (unsigned int)min_u64(end, (s->index | (s->index % 64 ? 63 : 511)) + 1);
	for (s->nr = s->level ? 1 : end - s->index; s->index + s->nr < end; s->nr++)
		if (pte_is_table(g, s->level, table_get(s->entry, s->nr)))
			break;
	s->pages.end = s->pages.start + ((u64)s->nr << c->shift);
	c->page = s->pages.end;
	return true;
}

static void age_range(struct age *a)
{
	struct cursor c;
	struct span s;

	cursor_begin(&c, a->op.pt, a->range);
	do {
		while (c.page < c.at.end) {
			if (next_span(&c, &s))
				age_span(a, &s);
			else
				cursor_enter(&c, &s);
		}
	} while (cursor_on(&c));
	cursor_end(&c);
}

/* Is it about something, and does it do one thing that it may, or tell somebody? */
static bool may_be(unsigned int what, grt_age_fn fn)
{
	const unsigned int change = what & (GRT_AGE_CLEAR | GRT_AGE_SET);

	if (!(what & AGE_STATES) ||
	    what & ~(AGE_STATES | GRT_AGE_CLEAR | GRT_AGE_SET | GRT_AGE_STALE))
		return false;
	if (!change)
		return fn && !(what & GRT_AGE_STALE);
	if (change == GRT_AGE_CLEAR)
		return !(what & GRT_AGE_STALE && what & GRT_PGSTATE_DIRTY);
	return change == GRT_AGE_SET;
}

int grt_age(struct grt_pgtable *pt, grt_virt_t va, u64 size, unsigned int what, grt_age_fn fn,
	    void *arg)
{
	const unsigned int about = what & AGE_STATES;
	struct age a;

	if (!may_be(what, fn) || pgtable_check_range(pt, va, size, &a.range))
		return -EINVAL;
	if (pt->fixed)
		return -EOPNOTSUPP;
	a.edit = (struct state_edit){
		.about = about,
		.clear = what & GRT_AGE_CLEAR ? about : 0,
		.set = what & GRT_AGE_SET ? about : 0,
		.stale = what & GRT_AGE_STALE,
	};
	a.fn = fn;
	a.arg = arg;
	pgtable_op_begin(&a.op, pt);
	if (!a.op.dry)
		age_range(&a);
	gate_open(&a.op);
	return pgtable_op_end(&a.op, 0);
}
