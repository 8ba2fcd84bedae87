// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The gate for accessed and dirty state: leaves stay what they are but for that. */
#include "generic/gate.h"

/*
 * The entries of @s from @first to @last; of a group any address may have been used. Where each has lost @bit
 * and nothing else the first one says whether that is to be invalidated.
 */
static void note_entries(struct pgtable_op *op, const struct span *s, u64 first, u64 last, u64 bit)
{
	const struct grt_pgtable *pt = op->pt;
	const unsigned int shift = level_page_shift(pt->g, s->level);
	u64 start = s->pages.start + (first << shift);
	u64 end = s->pages.start + ((last + 1) << shift);
	u64 val = table_get(s->entry + first, 0).val;

	if (bit && pte_step(pt->caps, pt->g, s->level, pte_make(val | bit), pte_make(val & ~bit)) !=
			   PTE_STEP_INVALIDATE)
		return;
	if (pte_contiguous(pt->g, s->level, pte_make(val)))
		start = align_down(start, group_pages(pt->g, s->level));
	if (pte_contiguous(pt->g, s->level, table_get(s->entry + last, 0)))
		end = align_up(end, group_pages(pt->g, s->level));
	gate_note(op->batch, page_address(pt->g, start), page_last(pt->g, end), s->level,
		  pte_make(val));
}

/* Often a word's last. */
static inline u64 first_bit(u64 word)
{
	return word & 1 ? 0 : (u64)__builtin_ctzll(word);
}

static inline u64 last_bit(u64 word)
{
	return word >> 63 ? 63 : log2_floor(word);
}

/* From the first to the last bit of neighbouring words that have some. */
static void note_changed(struct pgtable_op *op, const struct span *s, const u64 *changed, u64 bit)
{
	const u64 words = (s->nr + 63) / 64;

	for (u64 i = 0, end; i < words; i = end + 1) {
		for (end = i; end < words && changed[end];)
			end++;
		if (end > i)
			note_entries(op, s, i * 64 + first_bit(changed[i]),
				     (end - 1) * 64 + last_bit(changed[end - 1]), bit);
	}
}

static unsigned int edited(const struct state_edit *edit, unsigned int state)
{
	return (state & ~edit->clear) | edit->set;
}

/* The leaf @pte becomes what hardware has made of it by then. Return: must the change be invalidated? */
static bool edit_state(const struct grt_pgtable *pt, unsigned int level, u64 *entry,
		       const struct state_edit *edit, pte_t *pte)
{
	pte_t new;

	while (edited(edit, pte_state(*pte)) != pte_state(*pte)) {
		new = pte_with_state(*pte, edited(edit, pte_state(*pte)));
		if (mmu_replace_entry(pt->caps, entry, pte->val, new.val))
			return pt->live && !edit->stale &&
			       pte_step(pt->caps, pt->g, level, *pte, new) == PTE_STEP_INVALIDATE;
		*pte = table_get(entry, 0);
	}
	return false;
}

static __noinline bool edit_states(struct pgtable_op *op, const struct span *s,
				   const struct state_edit *edit, u64 *accessed, u64 *dirty)
{
	u64 changed[STATE_WORDS] = { 0 };
	unsigned int any = 0;

	for (unsigned int i = 0; i < s->nr; i++) {
		pte_t pte = table_get(s->entry, i);
		unsigned int state;

		if (!pte_is_leaf(op->pt->g, s->level, pte))
			continue;
		if (edit_state(op->pt, s->level, s->entry + i, edit, &pte))
			changed[i / 64] |= BIT(i % 64);
		state = pte_state(pte) & edit->about;
		any |= state;
		accessed[i / 64] |= (u64)(state & GRT_PGSTATE_ACCESSED) << i % 64;
		dirty[i / 64] |= (u64)(state >> 1 & 1) << i % 64;
	}
	note_changed(op, s, changed, 0);
	return any;
}

bool gate_age(struct pgtable_op *op, const struct span *s, const struct state_edit *edit,
	      u64 *accessed, u64 *dirty)
{
	u64 *taken = edit->about & GRT_PGSTATE_ACCESSED ? accessed : dirty;
	const u64 bit = pte_state_bit(edit->clear);
	const struct grt_pgtable *pt = op->pt;

	if ((edit->clear | edit->set) && gate_mixes(pt, op->batch, false, PTE_STEP_INVALIDATE))
		pgtable_op_commit(op);
	if (!bit)
		return edit_states(op, s, edit, accessed, dirty);
	if (!mmu_take_entries(pt->caps, s->entry, pte_leaf_bits(pt->g, s->level) | bit, bit, s->nr,
			      taken))
		return false;
	if (pt->live && !edit->stale)
		note_changed(op, s, taken, bit);
	return true;
}
