// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What an unmap that reports has left behind, when no CPU uses it any more. In tables that stay, leaves and
 * links are parked: invalid, and all else is there. What such links lead to is as it was.
 */
#include "generic/gate.h"
#include "generic/pgtable_internal.h"

/* What the entry was. */
static inline pte_t unparked(pte_t pte)
{
	return pte_parked(pte) ? pte_unpark(pte) : pte;
}

#define REPORTED_AT_ONCE 32U

/*
 * From @entry on, @n at most, leaves in no group that are like @like but for address and state: say so in
 * @leaf, which has all else. @va: of the first one. Return: how many.
 */
static __noinline unsigned int list_alike(const struct grt_geometry *geometry, const u64 *entry,
					  pte_t like, grt_virt_t va, struct grt_leaf *leaf,
					  unsigned int n)
{
	const struct grt_geometry g = *geometry; /* which no store to a leaf changes */
	const u64 differs = ~pte_phys_mask(&g), hardware = pte_hardware_bits(like);
	const u64 size = leaf->size;
	struct grt_leaf *l, *end = leaf + n;
	u8 state = (u8)pte_state(like);

	for (l = leaf; l < end; l++, entry++, va += size) {
		pte_t pte = table_get(entry, 0);
		u64 differ = (pte.val ^ like.val) & differs;

		if (!likely(!differ)) {
			if (differ & ~hardware)
				break;
			like = pte;
			state = (u8)pte_state(pte);
		}
		l->va = va;
		l->pa = pte_bits_phys(&g, pte) & -size;
		l->state = state;
	}
	return (unsigned int)(l - leaf);
}

/* Report the first of @s, which was @like and is in no group, and those like it. Return: how many. */
static unsigned int report_alike(const struct grt_pgtable *pt, const struct span *s,
				 const struct grt_leaf *like, const struct pgtable_report *report)
{
	struct grt_leaf leaf[REPORTED_AT_ONCE];
	unsigned int done = 0, made = 0, max = 1, nr;

	for (; done < s->nr; max = (unsigned int)min_u64(2 * max, REPORTED_AT_ONCE)) {
		for (; made < max; made++)
			leaf[made] = *like;
		nr = list_alike(pt->g, s->entry + done, s->first, like->va + done * like->size,
				leaf, (unsigned int)min_u64(max, s->nr - done));
		if (!nr)
			break;
		report->fn(leaf, nr, report->data);
		done += nr;
	}
	return done;
}

static bool in_group(const struct grt_geometry *g, unsigned int level, pte_t pte)
{
	return entry_maps(g, level, pte) && pte_contiguous(g, level, pte);
}

/* How many there are of the group that @s begins in: to its end, where the tree is as it should be. */
static unsigned int group_entries(const struct grt_geometry *g, const struct span *s)
{
	const u64 end = min_u64(s->nr, 1U << g->cont_bits[s->level]);
	unsigned int n = 1;

	for (; n < end; n++) {
		u64 page = s->pages.start + n * level_pages(g, s->level);

		if (is_aligned(page, group_pages(g, s->level)) ||
		    !in_group(g, s->level, unparked(table_get(s->entry, n))))
			break;
	}
	return n;
}

/* The leaves of @s, below tables that add @limits. */
static void report_leaves(const struct grt_pgtable *pt, struct span s, u64 limits,
			  const struct pgtable_report *report)
{
	const struct grt_geometry *g = pt->g;
	unsigned int n;

	for (; s.nr; s.nr -= n, s.entry += n, s.pages.start += n * level_pages(g, s.level)) {
		pte_t pte = unparked(s.first = table_get(s.entry, 0));
		struct grt_leaf leaf = {
			.va = page_address(g, s.pages.start),
			.size = grt_geometry_level_size(g, s.level),
			.attr = entry_attr(pt, pte, limits),
			.level = (u8)s.level,
			.contiguous = pte_contiguous(g, s.level, pte),
		};

		if (!entry_maps(g, s.level, pte)) {
			n = s.first.val ? 1 : empty_entries(s.entry, s.nr);
		} else if (!leaf.contiguous) {
			n = report_alike(pt, &s, &leaf, report);
		} else {
			leaf.size = grt_geometry_group_size(g, s.level);
			leaf.pa = pte_bits_phys(g, pte) & -leaf.size;
			leaf.state = (u8)group_state(g, s.level, s.entry);
			report->fn(&leaf, 1, report->data);
			n = group_entries(g, &s);
		}
	}
}

/* The next entry or group, or at level 0 all that are left of the table at hand. */
static bool next_entries(struct cursor *c, struct span *s)
{
	const struct grt_geometry *g = c->pt->g;

	if (c->page >= c->at.end)
		return false;
	cursor_entry(c, c->page, s);
	if (!s->first.val) {
		cursor_widen(c, s);
	} else if (!s->level || in_group(g, s->level, unparked(s->first))) {
		s->nr = (unsigned int)cursor_entries(c, s->pages.start);
		if (s->level)
			s->nr = group_entries(g, s);
		s->pages.end = s->pages.start + s->nr * level_pages(g, s->level);
	}
	c->page = s->pages.end;
	return true;
}

/* @linked: level of the lowest table on the way to a table that is linked no more; 0: that at hand is */
static void report_table(struct pgtable_op *op, struct cursor *c, unsigned int *linked,
			 const struct pgtable_report *report)
{
	struct span s;

	while (next_entries(c, &s)) {
		pte_t was = unparked(s.first);

		if (pte_is_table(op->pt->g, s.level, was)) {
			if (!*linked && !pte_valid(s.first))
				*linked = s.level;
			cursor_enter(c, &s);
		} else if (s.first.val) {
			if (!op->commit_err)
				report_leaves(op->pt, s, c->at.limits, report);
			if (!*linked)
				gate_forget(&s);
		}
	}
}

void pgtable_report_range(struct pgtable_op *op, struct page_range range,
			  const struct pgtable_report *report)
{
	struct grt_pgtable *pt = op->pt;
	unsigned int linked = 0;
	struct cursor c;
	struct span s;

	cursor_begin(&c, pt, range);
	for (;;) {
		report_table(op, &c, &linked, report);
		if (!cursor_leave(&c))
			break;
		cursor_left(&c, &s);
		if (!linked)
			continue;
		pt->tables--;
		if (!op->commit_err)
			pt->ops->free(pt, pte_table_phys(pt->g, unparked(s.first)));
		if (c.level == linked) {
			gate_forget(&s);
			linked = 0;
		}
	}
	cursor_end(&c);
}
