/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The gate: the one way into tables that a CPU may walk.
 *
 * It asks pte_step() what the transition needs, and sees to it: what must not be pending at the same time
 * is committed before, what may be cached goes into the batch, what has to be broken waits until the
 * invalidation is complete. Nothing else stores into such a table or touches a batch.
 */
#ifndef GENERIC_GATE_H
#define GENERIC_GATE_H

#include "generic/cursor.h"
#include "generic/pgtable_op.h"

/** enum gate_rest - what becomes of the entries of a span after the first. */
enum gate_rest {
	GATE_FLIP, /* the bits that change in the first change in all */
	GATE_NEXT, /* each maps what follows the one before; where the first is empty so are all */
	GATE_GROUPS, /* likewise, and aligned runs of them are contiguous groups */
};

/**
 * struct transition - what a span becomes
 * @new: the first entry, marked as one of a group if it becomes that
 * @rest: the others
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
	enum gate_rest rest;
	u64 at;
	u8 stride;
	bool may_break;
	bool later;
};

/** gate_resizes() - the same is mapped before and after, by leaves of another size. */
static __force_inline bool gate_resizes(const struct geometry *g, unsigned int level, pte_t old,
					pte_t new)
{
	return pte_is_table(g, level, old) != pte_is_table(g, level, new) ||
	       pte_contiguous(g, level, old) != pte_contiguous(g, level, new);
}

/**
 * gate_check() - may a live tree make the transition, without breaking it?
 *
 * Return: 0 or -EPERM.
 */
static inline int gate_check(const struct pgtable *pt, unsigned int level, pte_t old, pte_t new)
{
	enum pte_step step = pgtable_step(pt, level, old, new);

	return step == PTE_STEP_REFUSE || step == PTE_STEP_BREAK ? -EPERM : 0;
}

/** struct edit - a leaf, in no group, that changes in place: what it becomes, and how. */
struct edit {
	pte_t new;
	enum pte_step step;
};

/**
 * gate_edit() - the gate for one leaf that remains one of its size
 * @e: where it is
 * @va: its first address
 *
 * Where it was hidden and becomes visible nothing is pending. Return: 0, or -EIO as tlb_batch_commit().
 */
static __force_inline int gate_edit(struct pgtable *pt, struct tlb_batch *batch,
				    const struct direct_entry *e, const struct edit *edit,
				    virt_addr_t va)
{
	virt_addr_t last = va + BIT(e->shift) - 1;
	int err = 0;

	if (batch->resized && edit->step == PTE_STEP_INVALIDATE && pte_valid(edit->new) &&
	    !pte_resize_may_wait(pt->caps))
		err = tlb_batch_commit(pt, batch);
	if (edit->step == PTE_STEP_INVALIDATE) {
		batch->edited = true;
		tlb_batch_change(batch, va, last, e->level);
	} else if (!pte_valid(e->pte) && pte_valid(edit->new)) {
		tlb_batch_add(batch, va, last, e->level);
	}
	table_set(e->entry, 0, edit->new);
	return err;
}

/**
 * gate_break() - gate_edit() of a leaf that has to be broken first (rule A3)
 *
 * Return: 0, or -EIO as tlb_batch_commit().
 */
static inline int gate_break(struct pgtable *pt, struct tlb_batch *batch,
			     const struct direct_entry *e, pte_t new, virt_addr_t va)
{
	virt_addr_t last = va + BIT(e->shift) - 1;
	int err;

	table_set(e->entry, 0, pte_park(new));
	tlb_batch_change(batch, va, last, e->level);
	err = tlb_batch_commit(pt, batch);
	table_set(e->entry, 0, new);
	tlb_batch_add(batch, va, last, e->level);
	return err;
}

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

/** gate_settle() - entries in @r become valid: commit what is pending if it may concern them. */
void gate_settle(struct pgtable_op *op, struct page_range r);

/** gate_open() - the operation is done: what waited in the tables becomes valid. */
void gate_open(struct pgtable_op *op);

#endif
