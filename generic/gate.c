// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "generic/build.h"
#include "generic/gate.h"

/* ---- entries that hardware may write meanwhile ---- */

static void add_state(const struct grt_pgtable *pt, u64 *entry, unsigned int state)
{
	pte_t pte;

	do
		pte = table_get(entry, 0);
	while (!mmu_replace_entry(pt->caps, entry, pte.val,
				  pte_with_state(pte, pte_state(pte) | state).val));
}

/* To all leaves of a subtree. */
static void add_state_below(const struct grt_pgtable *pt, unsigned int level, grt_phys_t table,
			    unsigned int state)
{
	u64 *t = table_map(pt, table);

	for (unsigned int i = 0; i < grt_geometry_entries(pt->g, level); i++) {
		pte_t pte = table_get(t, i);

		if (pte_is_table(pt->g, level, pte))
			add_state_below(pt, level - 1, pte_table_phys(pt->g, pte), state);
		else
			add_state(pt, t + i, state);
	}
	table_unmap(pt, t);
}

void gate_gather(const struct grt_pgtable *pt, grt_phys_t table, grt_phys_t entry)
{
	u64 mask = grt_geometry_page_size(pt->g) - 1, *t = table_map(pt, table), *leaf;
	unsigned int state = 0;

	for (unsigned int i = 0; i <= mask / sizeof(u64); i++)
		state |= pte_state(table_get(t, i));
	table_unmap(pt, t);
	leaf = table_map(pt, entry & ~mask);
	add_state(pt, leaf + (entry & mask) / sizeof(u64), state);
	table_unmap(pt, leaf);
}

/* Those of one group that comes or goes, or a single one: each takes over the state of all. */
static void exchange_unit(const struct grt_pgtable *pt, u64 *entry, unsigned int level, pte_t next,
			  unsigned int unit, bool group)
{
	grt_phys_t pa = pte_leaf_phys(pt->g, level, next, 0);
	unsigned int state = 0;

	for (unsigned int i = 0; i < unit; i++, pa += grt_geometry_level_size(pt->g, level)) {
		pte_t leaf = pte_at(pt->g, level, next, pa);

		state |= pte_state(gate_exchange(pt, entry + i, group ? pte_mkcont(leaf) : leaf));
	}
	for (unsigned int i = 0; unit > 1 && state & ~pte_state(next) && i < unit; i++)
		add_state(pt, entry + i, state);
}

static void exchange_span(const struct grt_pgtable *pt, const struct span *s,
			  const struct transition *to)
{
	const struct grt_geometry *g = pt->g;
	const u64 size = grt_geometry_level_size(g, s->level);
	const unsigned int unit = s->nr > 1 ? 1U << g->cont_bits[s->level] : 1;
	pte_t next = pte_single(g, s->level, to->new, s->pages.start);

	for (unsigned int i = 0; i < s->nr; i += unit) {
		exchange_unit(pt, s->entry + i, s->level, next, unit, to->kind == GATE_GROUPS);
		next = pte_at(g, s->level, next, pte_leaf_phys(g, s->level, next, 0) + unit * size);
	}
}

/* A table in the place of a leaf, with whose state it was filled: what came after that. */
static void exchange_leaf(const struct grt_pgtable *pt, const struct span *s, pte_t link)
{
	unsigned int late = pte_state(gate_exchange(pt, s->entry, link)) & ~pte_state(s->first);

	if (late)
		add_state_below(pt, s->level - 1, pte_table_phys(pt->g, link), late);
}

/* What is cleared loses its state. Links are not written by hardware. */
static __noinline void write_hardware(const struct grt_pgtable *pt, const struct span *s,
				      const struct transition *to)
{
	if (to->kind == GATE_CLEAR)
		build_empty(s->entry, s->nr);
	else if (to->kind == GATE_EDIT && pte_may_flip(s->first, s->first.val ^ to->new.val))
		mmu_flip_atomic(pt->caps, s->entry, s->first.val ^ to->new.val, s->nr);
	else if (to->kind == GATE_EDIT)
		for (unsigned int i = 0; i < s->nr; i++)
			gate_follow(pt, s->entry + i, s->first, to->new);
	else if (pte_is_table(pt->g, s->level, s->first))
		table_set(s->entry, 0, to->new);
	else if (pte_is_table(pt->g, s->level, to->new))
		exchange_leaf(pt, s, to->new);
	else
		exchange_span(pt, s, to);
}

/* ---- any entries ---- */

static __noinline void write_many(const struct grt_pgtable *pt, const struct span *s,
				  const struct transition *to)
{
	const struct grt_geometry *g = pt->g;
	u64 flip = s->first.val ^ to->new.val;

	if (to->kind == GATE_CLEAR)
		build_empty(s->entry, s->nr);
	else if (to->kind != GATE_EDIT)
		build_leaves(g, s, pte_single(g, s->level, to->new, s->pages.start),
			     to->kind == GATE_GROUPS);
	else if (pte_may_flip(s->first, flip))
		mmu_flip_entries(s->entry, flip, s->nr);
	else
		for (unsigned int i = 0; i < s->nr; i++)
			table_set(s->entry, i,
				  pte_follow(g, table_get(s->entry, i), s->first, to->new));
}

static inline void write_span(const struct grt_pgtable *pt, const struct span *s,
			      const struct transition *to)
{
	if (!likely(!pt->regime.hardware_ad) && s->first.val)
		write_hardware(pt, s, to);
	else if (s->nr == 1)
		table_set(s->entry, 0, to->new);
	else
		write_many(pt, s, to);
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
	struct transition parked = *to;
	bool joins = last && follows(last, s);

	if (!joins && op->nr_parked == PARKED_SPANS)
		gate_open(op);
	parked.new = pte_park(to->new);
	write_span(op->pt, s, &parked);
	if (joins)
		last->nr += (u16)s->nr;
	else
		op->parked[op->nr_parked++] =
			(struct parked_span){ s->table, (u16)s->index, (u16)s->nr };
}

void gate_forget(const struct span *s)
{
	build_empty(s->entry, s->nr);
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
	const struct grt_geometry *g = op->pt->g;
	bool link = pte_is_table(g, s->level, to->new);
	bool resizes = pte_resizes(g, s->level, s->first, to->new);
	struct grt_tlb_batch *batch = op->batch;

	if (gate_mixes(op->pt, batch, resizes, step))
		pgtable_op_commit(op);
	if (link)
		mmu_order_tables();
	if (step == PTE_STEP_BREAK) {
		park_span(op, s, to);
		op->broken.start = op->broken.end ? op->broken.start : s->pages.start;
		op->broken.end = s->pages.end;
	} else {
		write_span(op->pt, s, to);
	}
	if (step == PTE_STEP_WRITE)
		return;
	if (pte_is_table(g, s->level, s->first))
		batch->nonleaf = true;
	if (resizes)
		batch->resized = true;
	else
		batch->edited = true;
	if (link) {
		batch->linked = true;
		tlb_batch_change(batch, page_address(g, to->at), page_last(g, to->at + 1), 0);
	} else {
		tlb_batch_change(batch, page_address(g, s->pages.start), page_last(g, s->pages.end),
				 to->stride);
	}
}

/* From valid to invalid. */
static void clear(struct pgtable_op *op, const struct span *s, const struct transition *to)
{
	const struct grt_geometry *g = op->pt->g;

	write_span(op->pt, s, to);
	if (pte_is_table(g, s->level, s->first))
		op->batch->nonleaf = true;
	gate_note(op->batch, page_address(g, s->pages.start), page_last(g, s->pages.end),
		  to->stride, to->new);
}

static void note_added(struct pgtable_op *op, const struct span *s)
{
	tlb_batch_add(op->batch, page_address(op->pt->g, s->pages.start),
		      page_last(op->pt->g, s->pages.end), s->level);
}

/* From invalid to valid: nothing else may be cached of it any more. */
static void add(struct pgtable_op *op, const struct span *s, const struct transition *to)
{
	const struct grt_geometry *g = op->pt->g;
	bool link = pte_is_table(g, s->level, to->new);

	gate_settle(op, s->pages);
	if (link && !to->later)
		mmu_order_tables();
	if (to->later)
		park_span(op, s, to);
	else
		write_span(op->pt, s, to);
	op->batch->linked |= link;
	note_added(op, s);
}

int gate_store(struct pgtable_op *op, const struct span *s, const struct transition *to)
{
	const struct grt_pgtable *pt = op->pt;
	enum pte_step step;

	if (!pt->live) {
		if (!op->dry)
			write_span(pt, s, to);
		return 0;
	}
	step = pte_step(pt->caps, pt->g, s->level, s->first, to->new);
	if (step == PTE_STEP_REFUSE || (step == PTE_STEP_BREAK && !to->may_break))
		return -EPERM;
	if (op->dry || step == PTE_STEP_NONE)
		return 0;
	if (!pte_valid(s->first) && !pte_valid(to->new))
		write_span(pt, s, to);
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
static bool edit_invalidates(const struct grt_pgtable *pt, const struct span *s,
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
	const struct grt_pgtable *pt = op->pt;
	bool live = pt->live && edits->from.clear | edits->from.set;
	struct span done = *s;

	if (live && !edit_invalidates(pt, s, &edits->from))
		return 0;
	if (live && gate_mixes(pt, op->batch, false, PTE_STEP_INVALIDATE))
		pgtable_op_commit(op);
	if (to && to->pt->live)
		gate_settle(to, s->pages);
	done.nr = mmu_copy_entries(entry, s->entry, edits, s->nr);
	done.pages.end = s->pages.start + ((u64)done.nr << level_page_shift(pt->g, s->level));
	if (done.nr && to && to->pt->live)
		note_added(to, &done);
	if (done.nr && live)
		gate_note(op->batch, page_address(pt->g, done.pages.start),
			  page_last(pt->g, done.pages.end), s->level,
			  (pte_t){ entry_edit(s->first.val, &edits->from) });
	return done.nr;
}

static void open_span(struct pgtable_op *op, const struct parked_span *p)
{
	const struct grt_pgtable *pt = op->pt;
	u64 *t = table_map(pt, p->table);

	for (unsigned int i = p->first; i < p->first + (unsigned int)p->nr; i++)
		table_set(t, i, pte_unpark(table_get(t, i)));
	table_unmap(pt, t);
}

void gate_open(struct pgtable_op *op)
{
	const struct grt_geometry *g = op->pt->g;

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
