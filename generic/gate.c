// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "generic/build.h"
#include "generic/gate.h"

static __noinline void write_many(const struct geometry *g, const struct span *s,
				  const struct transition *to)
{
	if (to->rest == GATE_FLIP)
		mmu_flip_entries(s->entry, s->first.val ^ to->new.val, s->nr);
	else if (!to->new.val)
		mmu_fill_entries(s->entry, 0, 0, s->nr);
	else
		build_leaves(g, s, pte_single(g, s->level, to->new, s->pages.start),
			     to->rest == GATE_GROUPS);
}

static inline void write_span(const struct geometry *g, const struct span *s,
			      const struct transition *to)
{
	if (s->nr == 1)
		table_set(s->entry, 0, to->new);
	else
		write_many(g, s, to);
}

static bool follows(const struct parked_span *p, const struct span *s)
{
	return p->table == s->table && p->first + (unsigned int)p->nr == s->index;
}

/* Invalid until gate_open(): an entry that is broken, or a link to a table that is not ordered yet. */
static __noinline void park_span(struct pgtable_op *op, const struct span *s,
				 const struct transition *to)
{
	struct parked_span *last = op->nr_parked ? &op->parked[op->nr_parked - 1] : NULL;
	bool joins = last && follows(last, s);
	u64 flip = s->first.val ^ to->new.val;

	if (!joins && op->nr_parked == PARKED_SPANS)
		gate_open(op);
	for (unsigned int i = 0; i < s->nr; i++)
		table_set(s->entry, i, pte_park(pte_make(table_get(s->entry, i).val ^ flip)));
	if (joins)
		last->nr += (u16)s->nr;
	else
		op->parked[op->nr_parked++] =
			(struct parked_span){ s->table, (u16)s->index, (u16)s->nr };
}

void gate_settle(struct pgtable_op *op, struct page_range r)
{
	if (op->batch->nr && tlb_batch_overlaps(op->batch, page_address(op->pt->g, r.start),
						page_last(op->pt->g, r.end)))
		pgtable_op_commit(op);
}

/* From valid to valid: what else is pending must not mix with it below BBM level 3 (rule A4). */
static void replace(struct pgtable_op *op, const struct span *s, const struct transition *to,
		    enum pte_step step)
{
	const struct geometry *g = op->pt->g;
	bool link = pte_is_table(g, s->level, to->new);
	bool resizes = gate_resizes(g, s->level, s->first, to->new);
	struct tlb_batch *batch = op->batch;

	if ((resizes ? batch->edited : batch->resized) && step != PTE_STEP_WRITE &&
	    !pte_resize_may_wait(op->pt->caps))
		pgtable_op_commit(op);
	if (link)
		mmu_order_tables();
	if (step == PTE_STEP_BREAK) {
		park_span(op, s, to);
		op->broken.start = op->broken.end ? op->broken.start : s->pages.start;
		op->broken.end = s->pages.end;
	} else {
		write_span(g, s, to);
	}
	if (step == PTE_STEP_WRITE)
		return;
	batch->linked |= link;
	batch->nonleaf |= pte_is_table(g, s->level, s->first);
	if (resizes)
		batch->resized = true;
	else
		batch->edited = true;
	if (link)
		tlb_batch_change(batch, page_address(g, to->at), page_last(g, to->at + 1), 0);
	else
		tlb_batch_change(batch, page_address(g, s->pages.start), page_last(g, s->pages.end),
				 to->stride);
}

/* From valid to invalid. */
static void clear(struct pgtable_op *op, const struct span *s, const struct transition *to)
{
	const struct geometry *g = op->pt->g;

	write_span(g, s, to);
	if (pte_is_table(g, s->level, s->first))
		op->batch->nonleaf = true;
	tlb_batch_change(op->batch, page_address(g, s->pages.start), page_last(g, s->pages.end),
			 to->stride);
}

static void note_added(struct pgtable_op *op, const struct span *s)
{
	tlb_batch_add(op->batch, page_address(op->pt->g, s->pages.start),
		      page_last(op->pt->g, s->pages.end), s->level);
}

/* From invalid to valid: nothing else may be cached of it any more. */
static void add(struct pgtable_op *op, const struct span *s, const struct transition *to)
{
	const struct geometry *g = op->pt->g;
	bool link = pte_is_table(g, s->level, to->new);

	gate_settle(op, s->pages);
	if (link && !to->later)
		mmu_order_tables();
	if (to->later)
		park_span(op, s, to);
	else
		write_span(g, s, to);
	op->batch->linked |= link;
	note_added(op, s);
}

int gate_store(struct pgtable_op *op, const struct span *s, const struct transition *to)
{
	const struct pgtable *pt = op->pt;
	enum pte_step step;

	if (!pt->live) {
		if (!op->dry)
			write_span(pt->g, s, to);
		return 0;
	}
	step = pte_step(pt->caps, pt->g, s->level, s->first, to->new);
	if (step == PTE_STEP_REFUSE || (step == PTE_STEP_BREAK && !to->may_break))
		return -EPERM;
	if (op->dry || step == PTE_STEP_NONE)
		return 0;
	if (!pte_valid(s->first) && !pte_valid(to->new))
		write_span(pt->g, s, to);
	else if (!pte_valid(s->first))
		add(op, s, to);
	else if (!pte_valid(to->new))
		clear(op, s, to);
	else
		replace(op, s, to, step);
	return 0;
}

void gate_fill(struct pgtable_op *op, const struct span *s, const u64 *from, u64 flip)
{
	if (op->pt->live && pte_valid(s->first)) {
		gate_settle(op, s->pages);
		note_added(op, s);
	}
	build_copy(s->entry, from, flip, s->nr);
}

/* Is an invalidation what the edit asks for in the first entry, and the most that it asks for in any? */
static bool edit_invalidates(const struct pgtable *pt, const struct span *s,
			     const struct entry_bits *edit)
{
	pte_t most = { (s->first.val | edit->clear) & ~edit->set };
	pte_t new = { entry_edit(s->first.val, edit) };

	return pte_step(pt->caps, pt->g, s->level, s->first, new) == PTE_STEP_INVALIDATE &&
	       pte_step(pt->caps, pt->g, s->level, most, new) == PTE_STEP_INVALIDATE;
}

unsigned int gate_copy(struct pgtable_op *op, const struct span *s, struct pgtable_op *to,
		       u64 *entry, const struct entry_edits *edits)
{
	const struct pgtable *pt = op->pt;
	bool live = pt->live && edits->from.clear | edits->from.set;
	struct span done = *s;

	if (live && !edit_invalidates(pt, s, &edits->from))
		return 0;
	if (live && op->batch->resized && !pte_resize_may_wait(pt->caps))
		pgtable_op_commit(op);
	if (to && to->pt->live)
		gate_settle(to, s->pages);
	done.nr = mmu_copy_entries(entry, s->entry, edits, s->nr);
	done.pages.end = s->pages.start + ((u64)done.nr << level_page_shift(pt->g, s->level));
	if (done.nr && to && to->pt->live)
		note_added(to, &done);
	if (done.nr && live) {
		op->batch->edited = true;
		tlb_batch_change(op->batch, page_address(pt->g, done.pages.start),
				 page_last(pt->g, done.pages.end), s->level);
	}
	return done.nr;
}

static void open_span(struct pgtable_op *op, const struct parked_span *p)
{
	const struct pgtable *pt = op->pt;
	u64 *t = table_map(pt, p->table);

	for (unsigned int i = p->first; i < p->first + (unsigned int)p->nr; i++)
		table_set(t, i, pte_unpark(table_get(t, i)));
	table_unmap(pt, t);
}

void gate_open(struct pgtable_op *op)
{
	const struct geometry *g = op->pt->g;

	if (!op->nr_parked)
		return;
	if (op->broken.end)
		pgtable_op_commit(op);
	else
		mmu_order_tables();
	for (unsigned int i = 0; i < op->nr_parked; i++)
		open_span(op, &op->parked[i]);
	op->nr_parked = 0;
	if (op->broken.end)
		tlb_batch_add(op->batch, page_address(g, op->broken.start),
			      page_last(g, op->broken.end), 0);
	op->broken.end = 0;
}
