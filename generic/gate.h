/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The gate: the one way into tables that a CPU may walk.
 *
 * It asks pte_step() what the transition needs, and sees to it: what must not be pending at the same time
 * is committed before, what may be cached goes into the batch, what has to be broken waits until the
 * invalidation is complete. Nothing else stores into such a table or touches a batch, but for the swap of
 * whole subtrees (generic/pgtable_swap.c), which no CPU walks meanwhile.
 */
#ifndef GENERIC_GATE_H
#define GENERIC_GATE_H

#include "generic/cursor.h"
#include "generic/pgtable_op.h"

/** enum gate_kind - what becomes of the entries of a span. */
enum gate_kind {
	GATE_CLEAR, /* nothing: they are empty */
	GATE_EDIT, /* leaves that keep their addresses and state: what changes in the first changes in all */
	GATE_SET,    /* @new, and each other maps what follows the one before */
	GATE_GROUPS, /* likewise, and aligned runs of them are contiguous groups */
};

/**
 * struct transition - what a span becomes
 * @new: the first entry, marked as one of a group if it becomes that; empty for GATE_CLEAR
 * @kind: and the others
 * @stride: level of the smallest leaf that the old entries lead to
 * @may_break: it may be a break-before-make
 * @at: of a link that replaces a leaf: the page for which it was cut. One address is enough: a TLBI by VA
 *	removes all cached copies of the entry that would be used to translate it, and the leaf is one entry,
 *	in however many pieces a TLB keeps it (Arm ARM, TLBI VAAE1IS). This address may be invalidated anyway
 * @later: a link that becomes valid when the operation is done, after one barrier for all of its links. No
 *	CPU may walk through it before (rule A8), and tables may be reached through what is being mapped
 */
struct transition {
	pte_t new;
	u64 at;
	enum gate_kind kind; /* with those that follow one word, which one store fills */
	u8 stride;
	bool may_break;
	bool later;
};

/**
 * gate_check() - may a live tree make the transition, without breaking it?
 *
 * Return: 0 or -EPERM.
 */
static inline int gate_check(const struct grt_pgtable *pt, unsigned int level, pte_t old, pte_t new)
{
	enum pte_step step = pgtable_step(pt, level, old, new);

	return step == PTE_STEP_REFUSE || step == PTE_STEP_BREAK ? -EPERM : 0;
}

/** gate_mixes() - must what is pending be committed before a valid entry changes? Below BBM level 3 (A4). */
static __force_inline bool gate_mixes(const struct grt_pgtable *pt,
				      const struct grt_tlb_batch *batch, bool resizes,
				      enum pte_step step)
{
	return (resizes ? batch->edited : batch->resized) && step != PTE_STEP_WRITE &&
	       !pte_resize_may_wait(pt->caps);
}

/**
 * gate_note() - what a batch has to know of leaves that were valid and are neither resized nor linked
 * @stride: level of the smallest
 */
static __force_inline void gate_note(struct grt_tlb_batch *batch, grt_virt_t va, grt_virt_t last,
				     unsigned int stride, pte_t new)
{
	if (pte_valid(new))
		batch->edited = true;
	tlb_batch_change(batch, va, last, stride);
}

/** gate_follow() - an entry that hardware may write, and that was @old, becomes @new with its own state. */
static __force_inline void gate_follow(const struct grt_pgtable *pt, u64 *entry, pte_t old,
				       pte_t new)
{
	u64 flip = old.val ^ new.val;
	pte_t pte;

	if (pte_may_flip(old, flip)) {
		mmu_flip_atomic(pt->caps, entry, flip, 1);
		return;
	}
	do
		pte = table_get(entry, 0);
	while (!mmu_replace_entry(pt->caps, entry, pte.val, pte_follow(pt->g, pte, old, new).val));
}

/** gate_exchange() - store @new. Return: what the entry held in the end. */
static __force_inline pte_t gate_exchange(const struct grt_pgtable *pt, u64 *entry, pte_t new)
{
	pte_t old;

	if (pt->regime.hardware_ad)
		return pte_make(mmu_swap_entry(pt->caps, entry, new.val));
	old = table_get(entry, 0);
	table_set(entry, 0, new);
	return old;
}

/**
 * gate_edit() - the gate for one leaf that keeps its address and size, or is new, or goes
 * @e: where it is
 * @new: what it becomes, which needs @step
 * @hardware: which may write the entry meanwhile: the leaf keeps its state
 *
 * Where it was hidden and becomes visible nothing is pending. Return: 0, or -EIO as tlb_batch_commit().
 */
static __force_inline int gate_edit(struct grt_pgtable *pt, struct grt_tlb_batch *batch,
				    const struct direct_entry *e, pte_t new, enum pte_step step,
				    bool hardware)
{
	grt_virt_t last = e->va + BIT(e->shift) - 1;
	int err = 0;

	if (pte_valid(new) && gate_mixes(pt, batch, false, step))
		err = tlb_batch_commit(pt, batch);
	if (!pte_valid(e->pte) && pte_valid(new))
		tlb_batch_add(batch, e->va, last, e->level);
	else if (step == PTE_STEP_INVALIDATE)
		gate_note(batch, e->va, last, e->level, new);
	if (hardware && pte_valid(e->pte))
		gate_follow(pt, e->entry, e->pte, new);
	else
		table_set(e->entry, 0, new);
	return err;
}

/** gate_remove() - the gate for one leaf that goes. Return: what it was in the end. */
static __force_inline pte_t gate_remove(const struct grt_pgtable *pt, struct grt_tlb_batch *batch,
					const struct direct_entry *e)
{
	gate_note(batch, e->va, e->va + BIT(e->shift) - 1, e->level, pte_make(0));
	return gate_exchange(pt, e->entry, pte_make(0));
}

/**
 * gate_replace() - the gate for one leaf in whose place another one of its size comes, with its own state
 * @step: where it says so the leaf is broken first (rule A3)
 *
 * Nothing is pending. Return: 0, or -EIO as tlb_batch_commit().
 */
static __force_inline int gate_replace(struct grt_pgtable *pt, struct grt_tlb_batch *batch,
				       const struct direct_entry *e, pte_t new, enum pte_step step)
{
	grt_virt_t last = e->va + BIT(e->shift) - 1;
	int err = 0;

	table_set(e->entry, 0, step == PTE_STEP_BREAK ? pte_park(new) : new);
	if (step != PTE_STEP_WRITE)
		gate_note(batch, e->va, last, e->level, new);
	if (step == PTE_STEP_BREAK) {
		err = tlb_batch_commit(pt, batch);
		table_set(e->entry, 0, new);
		tlb_batch_add(batch, e->va, last, e->level);
	}
	return err;
}

/** gate_gather() - @table, which a leaf replaced, is walked no more: its state goes to that, at @entry. */
void gate_gather(const struct grt_pgtable *pt, grt_phys_t table, grt_phys_t entry);

/**
 * gate_store() - make the transition in every entry of @s, which are of a table of op->pt
 *
 * Return: 0, or -EPERM where the CPUs may not see it; nothing is stored then, nor while @op is dry.
 */
int gate_store(struct pgtable_op *op, const struct span *s, const struct transition *to);

/**
 * gate_fill() - empty entries become what others are
 * @s: what they become, which is no table
 * @from: that many entries, alike in all but their addresses, of which bits @flip are inverted
 */
void gate_fill(struct pgtable_op *op, const struct span *s, const u64 *from, u64 flip);

/**
 * gate_copy() - leaves go into another tree, edited, and are edited where they are
 * @s: where they are, as many as may follow; if the first one is in a group so are all of that
 * @to: the other tree's operation, and @entry the first of as many entries of it that hold nothing; NULL
 *	where no CPU can reach them
 *
 * Return: how many were copied, maybe none: of leaves that are changed the first one tells.
 */
unsigned int gate_copy(struct pgtable_op *op, const struct span *s, struct pgtable_op *to,
		       u64 *entry, const struct entry_edits *edits);

/** struct state_edit - what is looked at, cleared and set: GRT_PGSTATE_*; @stale: nothing is invalidated */
struct state_edit {
	unsigned int about;
	unsigned int clear;
	unsigned int set;
	bool stale;
};

/* Words of bits: one for each of up to 512 entries. */
#define STATE_WORDS 8U

/**
 * gate_age() - the state of leaves is read, and edited
 * @s: entries, whole groups, of which none leads to a table; what is no leaf is passed over
 * @accessed: the bits of those that were are set, as far as it is asked for; @dirty: likewise
 *
 * None may need to be broken for it. Return: was any?
 */
bool gate_age(struct pgtable_op *op, const struct span *s, const struct state_edit *edit,
	      u64 *accessed, u64 *dirty);

/** gate_forget() - entries that no CPU uses, because they are parked or hidden, become empty. */
void gate_forget(const struct span *s);

/** gate_settle() - entries in @r become valid: commit what is pending if it may concern them. */
void gate_settle(struct pgtable_op *op, struct page_range r);

/** gate_open() - the operation is done: what waited in the tables becomes valid. */
void gate_open(struct pgtable_op *op);

#endif
