// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Changing the attributes of one leaf, or of a part of one: what nearly every call of pgtable_protect() is
 * about, and so on ways of its own, without a walk too many. Everything else, and every tree that is not
 * live or whose tables have to be mapped, is left to pgtable_protect.c.
 */
#include "generic/pgtable_internal.h"

/* May the ways below be tried? */
static __force_inline bool can_try(const struct pgtable *pt, virt_addr_t va, pgattr_t set,
				   pgattr_t clear)
{
	return !pt->ops->map && pt->live && !((set | clear) & ~PGATTR_PROTECT_MASK) &&
	       regime_serves(pt->g, &pt->regime, va, va);
}

/**
 * struct edit - a leaf that changes in place
 * @new: what it becomes
 * @step: how
 * @shows: it was hidden
 */
struct edit {
	pte_t new;
	enum pte_step step;
	bool shows;
};

/* The change of a leaf that is in no group. Return: whether it is one in place, and allowed. */
static __force_inline bool find_edit(const struct pgtable *pt, unsigned int level, pte_t pte,
				     pgattr_t set, pgattr_t clear, struct edit *edit)
{
	const struct geometry *g = pt->g;

	edit->new = pte_edit(g, pte, set, clear);
	edit->step = pte_step(pt->caps, g, level, pte, edit->new);
	edit->shows = set & PGATTR_READ && pte_hidden(pte);
	return edit->step != PTE_STEP_BREAK && edit->step != PTE_STEP_REFUSE &&
	       !(set & (PGATTR_WRITE | PGATTR_EXEC) && pgattr_refused(pt, pte_attr(g, edit->new)));
}

/* Is the range that leaf, whole, and no part of a group? */
static __force_inline bool is_leaf(const struct pgtable *pt, const struct direct_entry *e,
				   virt_addr_t va, u64 size)
{
	return size == BIT(e->shift) && !(va & (size - 1)) &&
	       (pte_valid(e->pte) || pte_hidden(e->pte)) &&
	       !pte_contiguous(pt->g, e->level, e->pte);
}

/* What a stored edit adds to a batch. */
static __force_inline void note_edit(struct tlb_batch *batch, const struct edit *edit,
				     virt_addr_t va, u64 size, unsigned int level)
{
	if (edit->step == PTE_STEP_INVALIDATE) {
		batch->edited = true;
		tlb_batch_change(batch, va, va + size - 1, level);
	} else if (edit->shows) {
		tlb_batch_add(batch, va, va + size - 1, level);
	}
}

/* One leaf, in a batch that need not be committed before it. Return: whether it is that, and is done. */
static __noinline bool edit_in_batch(struct pgtable *pt, virt_addr_t va, u64 size, pgattr_t set,
				     pgattr_t clear, struct tlb_batch *batch)
{
	struct direct_entry e;
	struct edit edit;

	if (!can_try(pt, va, set, clear) || (batch->resized && !pte_resize_may_wait(pt->caps)))
		return false;
	e = table_find_direct(pt, va);
	/* What becomes visible may have to wait for what is pending. */
	if (!is_leaf(pt, &e, va, size) || !find_edit(pt, e.level, e.pte, set, clear, &edit) ||
	    edit.shows)
		return false;
	if (edit.step != PTE_STEP_NONE) {
		table_set(e.entry, 0, edit.new);
		note_edit(batch, &edit, va, size, e.level);
	}
	return true;
}

/* The level at or below @level of whose leaves a range could be one; none: GEOMETRY_MAX_LEVELS. */
static unsigned int level_of_range(const struct geometry *g, unsigned int level, virt_addr_t va,
				   u64 size)
{
	while (level && geometry_level_size(g, level) > size)
		level--;
	return geometry_level_size(g, level) == size && is_aligned(va, size) ? level
									     : GEOMETRY_MAX_LEVELS;
}

/* The larger leaf, or the group, that an entry of @level belongs to. */
static struct leaf_entry unit_of(const struct pgtable *pt, const u64 *entry, unsigned int level,
				 u64 page)
{
	pte_t pte = table_get(entry, 0);
	bool group = pte_contiguous(pt->g, level, pte);
	u64 n = group ? group_pages(pt->g, level) : level_pages(pt->g, level);
	u64 start = align_down(page, n);

	return (struct leaf_entry){
		.table = align_down((uintptr_t)entry, geometry_page_size(pt->g)) - *pt->ops->offset,
		.pte = pte,
		.level = (u8)level,
		.unit = { start, start + n },
	};
}

/*
 * What could be a leaf lies in a larger leaf, or a group, with @entry of @level: split that, then change it,
 * if the entry could change in place and the tree is still the same when there are tables.
 */
static __noinline int protect_part(struct pgtable *pt, virt_addr_t va, u64 size, pgattr_t set,
				   pgattr_t clear, u64 *entry, unsigned int level)
{
	const struct geometry *g = pt->g;
	unsigned int page_shift = geometry_page_shift(g);
	const struct leaf_entry leaf = unit_of(pt, entry, level, va >> page_shift);
	const u64 page = va >> page_shift;
	const struct page_range range = { page, page + (size >> page_shift) };
	const struct split_edges edges = {
		.range = range,
		.start = { range.start > leaf.unit.start, leaf.level, leaf.pte },
		.end = { range.end < leaf.unit.end, leaf.level, leaf.pte },
	};
	unsigned int to = level_of_range(g, level, va, size);
	pte_t alone = pte_single(g, level, leaf.pte, page);
	enum pte_step resize;
	struct pgtable_op op;
	struct edit edit;
	u64 flip;
	int err;

	if (to > level || !pte_valid(leaf.pte) || !find_edit(pt, level, alone, set, clear, &edit))
		return pgtable_protect_runs(pt, va, size, set, clear);
	if (edit.step == PTE_STEP_NONE)
		return 0;
	resize = pte_step(pt->caps, g, level, leaf.pte, to < level ? pte_table(g, 0) : alone);
	if (resize != PTE_STEP_INVALIDATE && resize != PTE_STEP_WRITE)
		return -EPERM;
	pgtable_op_begin(&op, pt);
	err = pgtable_op_reserve(&op, level - to); /* one of each level on the way */
	if (!err) {
		pgtable_op_before_resize(&op);
		pgtable_cut_leaf(&op, &leaf, &edges);
		pgtable_op_before_edit(&op);
		/* It is in the lowest table that was made for it; the same bits change, in the same way. */
		if (to < level)
			entry = table_map(pt, op.last) + page_index(g, to, page);
		flip = alone.val ^ edit.new.val;
		table_set(entry, 0, pte_make(table_get(entry, 0).val ^ flip));
		note_edit(op.batch, &edit, va, size, to);
	}
	err = pgtable_op_end(&op, err);
	return err == -EAGAIN ? pgtable_protect_runs(pt, va, size, set, clear) : err;
}

int pgtable_protect_plan(struct pgtable *pt, virt_addr_t va, u64 size, pgattr_t set, pgattr_t clear,
			 struct pgtable_plan *sum)
{
	struct direct_entry e;
	struct edit edit;

	if (can_try(pt, va, set, clear)) {
		e = table_find_direct(pt, va);
		if (is_leaf(pt, &e, va, size) && find_edit(pt, e.level, e.pte, set, clear, &edit) &&
		    !edit.shows)
			return 0;
	}
	return pgtable_plan_protect_runs(pt, va, size, set, clear, sum);
}

int pgtable_protect_planned(struct pgtable *pt, virt_addr_t va, u64 size, pgattr_t set,
			    pgattr_t clear, const struct pgtable_plan *sum)
{
	if (sum->prepare)
		return pgtable_protect(pt, va, size, set, clear);
	if (pt->batch && edit_in_batch(pt, va, size, set, clear, pt->batch))
		return 0;
	return pgtable_protect_runs_in_place(pt, va, size, set, clear, !sum->mixed);
}

int pgtable_protect(struct pgtable *pt, virt_addr_t va, u64 size, pgattr_t set, pgattr_t clear)
{
	struct tlb_batch batch;
	struct direct_entry e;
	struct edit edit;

	if (pt->batch || !can_try(pt, va, set, clear))
		return pgtable_protect_runs(pt, va, size, set, clear);
	e = table_find_direct(pt, va);
	if (!is_leaf(pt, &e, va, size))
		return protect_part(pt, va, size, set, clear, e.entry, e.level);
	if (!find_edit(pt, e.level, e.pte, set, clear, &edit))
		return pgtable_protect_runs(pt, va, size, set, clear);
	if (edit.step == PTE_STEP_NONE)
		return 0;
	pt->turn++;
	table_set(e.entry, 0, edit.new);
	if (edit.step == PTE_STEP_WRITE && !edit.shows)
		return 0;
	tlb_batch_init(&batch);
	note_edit(&batch, &edit, va, size, e.level);
	return arch_tlb_commit(pt, &batch);
}
