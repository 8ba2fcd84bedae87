// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The short ways: operations on one leaf, or on a part of one, which is what nearly every call is about.
 * One descent, one store by way of the gate, one commit. Everything else, and every tree that is not live or
 * whose tables have to be mapped, is left to the general ways.
 */
#include "generic/cut.h"
#include "generic/pgtable_internal.h"

/* ---- looking ---- */

/* The leaf, or the group, that an entry of 1 << @shift bytes is or belongs to. */
static __force_inline int describe(const struct pgtable *pt, u64 level, u64 shift, pte_t pte,
				   virt_addr_t va, struct pgtable_leaf *leaf)
{
	const struct geometry *g = pt->g;
	u64 size = BIT(shift);

	if (!pte_is_leaf(g, (unsigned int)level, pte))
		return -ENOENT;
	leaf->contiguous = pte_contiguous(g, (unsigned int)level, pte);
	if (!likely(!leaf->contiguous))
		size <<= g->cont_bits[level];
	leaf->va = va & -size;
	leaf->size = size;
	leaf->pa = pte_bits_phys(g, pte) & -size;
	leaf->attr = pte_attr_visible(g, &pt->memory, pte);
	leaf->level = (u8)level;
	return 0;
}

static __noinline int translate_mapped(const struct pgtable *pt, virt_addr_t va,
				       struct pgtable_leaf *leaf)
{
	struct table_entry e = table_find_mapped(pt, va >> geometry_page_shift(pt->g));

	table_unmap(pt, e.t);
	return describe(pt, e.level, geometry_level_shift(pt->g, e.level), e.pte, va, leaf);
}

int pgtable_translate(const struct pgtable *pt, virt_addr_t va, struct pgtable_leaf *leaf)
{
	struct descent d;

	if (!pgtable_serves(pt, va, va))
		return -EINVAL;
	if (!pt->direct)
		return translate_mapped(pt, va, leaf);
	d = table_descend(pt, va);
	return describe(pt, descent_level(&d), descent_shift(&d), d.pte, va, leaf);
}

/* ---- attributes ---- */

/* May the ways below be tried? */
static __force_inline bool can_try(const struct pgtable *pt, virt_addr_t va, pgattr_t set,
				   pgattr_t clear)
{
	return pt->direct && pt->live && !((set | clear) & ~PGATTR_PROTECT_MASK) &&
	       pgtable_serves(pt, va, va);
}

/* The change of a leaf that is in no group. Return: whether it is one in place, and allowed. */
static __force_inline bool find_edit(const struct pgtable *pt, unsigned int level, pte_t pte,
				     pgattr_t set, pgattr_t clear, struct edit *edit)
{
	const struct geometry *g = pt->g;

	edit->new = pte_edit(g, pte, set, clear);
	edit->step = pte_step(pt->caps, g, level, pte, edit->new);
	return edit->step != PTE_STEP_BREAK && edit->step != PTE_STEP_REFUSE &&
	       !(set & PGATTR_SUSPECT && pgattr_refused(pt, entry_attr(pt, edit->new)));
}

/* Is the range that leaf, whole, and no part of a group? */
static __force_inline bool is_leaf(const struct pgtable *pt, const struct direct_entry *e,
				   virt_addr_t va, u64 size)
{
	return size == BIT(e->shift) && !(va & (size - 1)) &&
	       (pte_valid(e->pte) || pte_hidden(e->pte)) &&
	       !pte_contiguous(pt->g, e->level, e->pte);
}

/* Was it hidden, and becomes visible? */
static __force_inline bool shows(const struct direct_entry *e, pgattr_t set)
{
	return set & PGATTR_READ && pte_hidden(e->pte);
}

/* One leaf, in an open batch. Return: whether it is that, and is done. */
static __noinline bool edit_in_batch(struct pgtable *pt, virt_addr_t va, u64 size, pgattr_t set,
				     pgattr_t clear, int *err)
{
	struct direct_entry e;
	struct edit edit;

	*err = 0;
	if (!can_try(pt, va, set, clear))
		return false;
	e = table_find_direct(pt, va);
	/* What becomes visible may have to wait for what is pending. */
	if (!is_leaf(pt, &e, va, size) || !find_edit(pt, e.level, e.pte, set, clear, &edit) ||
	    shows(&e, set))
		return false;
	if (edit.step != PTE_STEP_NONE)
		*err = gate_edit(pt, pt->batch, &e, &edit, va);
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
		.table = align_down((uintptr_t)entry, geometry_page_size(pt->g)) - *pt->direct,
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
	struct direct_entry e;
	struct edit edit;
	int err;

	if (to > level || !pte_is_leaf(g, level, leaf.pte) ||
	    !find_edit(pt, level, alone, set, clear, &edit))
		return pgtable_protect_runs(pt, va, size, set, clear);
	if (edit.step == PTE_STEP_NONE)
		return 0;
	resize = pte_step(pt->caps, g, level, leaf.pte, to < level ? pte_table(g, 0) : alone);
	if (resize != PTE_STEP_INVALIDATE && resize != PTE_STEP_WRITE)
		return -EPERM;
	pgtable_op_begin(&op, pt);
	err = pgtable_op_reserve(&op, level - to); /* one of each level on the way */
	if (!err) {
		pgtable_cut_leaf(&op, &leaf, &edges);
		/* It is in the lowest table that was made for it; the same bits change, in the same way. */
		if (to < level)
			entry = table_map(pt, op.last) + page_index(g, to, page);
		e = (struct direct_entry){ entry, to, geometry_level_shift(g, to),
					   table_get(entry, 0) };
		edit.new.val ^= alone.val ^ e.pte.val;
		err = gate_edit(pt, op.batch, &e, &edit, va);
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
		    !shows(&e, set))
			return 0;
	}
	return pgtable_plan_protect_runs(pt, va, size, set, clear, sum);
}

int pgtable_protect_planned(struct pgtable *pt, virt_addr_t va, u64 size, pgattr_t set,
			    pgattr_t clear, const struct pgtable_plan *sum)
{
	int err;

	if (sum->prepare)
		return pgtable_protect(pt, va, size, set, clear);
	pt->changes++;
	if (pt->batch && edit_in_batch(pt, va, size, set, clear, &err))
		return err;
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
	pt->changes++;
	tlb_batch_init(&batch);
	gate_edit(pt, &batch, &e, &edit, va);
	if (edit.step == PTE_STEP_WRITE && !shows(&e, set))
		return 0;
	return arch_tlb_commit(pt, &batch);
}

/* ---- mapping and unmapping ---- */

/* May a range be what one entry maps? */
static __force_inline bool can_be_leaf(const struct pgtable *pt, virt_addr_t va, u64 size)
{
	return pt->direct && pt->live && !pt->batch && size && !(size & (size - 1)) &&
	       !(va & (size - 1)) && pgtable_serves(pt, va, va);
}

static __force_inline int commit_edit(struct pgtable *pt, const struct direct_entry *e,
				      const struct edit *edit, virt_addr_t va)
{
	struct tlb_batch batch;

	pt->changes++;
	tlb_batch_init(&batch);
	gate_edit(pt, &batch, e, edit, va);
	return arch_tlb_commit(pt, &batch);
}

int pgtable_map(struct pgtable *pt, virt_addr_t va, phys_addr_t pa, u64 size, pgattr_t attr)
{
	const struct pgtable_run run = { va, pa, size, attr };
	struct direct_entry e;

	if (!can_be_leaf(pt, va, size) || pa & (size - 1) || pgtable_check_attr(pt, attr) ||
	    (pa + size - 1) >> pt->g->pa_bits)
		return pgtable_map_runs(pt, &run, 1);
	e = table_find_direct(pt, va);
	if (BIT(e.shift) != size || e.pte.val || !geometry_leaf_allowed(pt->g, e.level) ||
	    (e.level && attr & PGMAP_PAGES_ONLY))
		return pgtable_map_runs(pt, &run, 1);
	return commit_edit(pt, &e,
			   &(struct edit){ entry_make(pt, e.level, pa, attr), PTE_STEP_WRITE }, va);
}

/* Does the table keep something else? A neighbour tells, or nobody does. */
static __force_inline bool has_neighbour(const struct pgtable *pt, const struct direct_entry *e)
{
	u64 mask = geometry_page_size(pt->g) - 1, at = (uintptr_t)e->entry & mask;

	return (at && table_get(e->entry - 1, 0).val) ||
	       (at + sizeof(u64) <= mask && table_get(e->entry + 1, 0).val);
}

int pgtable_unmap(struct pgtable *pt, virt_addr_t va, u64 size)
{
	struct direct_entry e;

	if (!can_be_leaf(pt, va, size))
		return pgtable_unmap_range(pt, va, size);
	e = table_find_direct(pt, va);
	if (!is_leaf(pt, &e, va, size))
		return pgtable_unmap_range(pt, va, size);
	if (!pte_valid(e.pte) || !has_neighbour(pt, &e)) {
		unsigned int shift = geometry_page_shift(pt->g);

		return pgtable_unmap_whole(
			pt, (struct page_range){ va >> shift, ((va + size - 1) >> shift) + 1 });
	}
	return commit_edit(pt, &e, &(struct edit){ { 0 }, PTE_STEP_INVALIDATE }, va);
}

static int break_and_make(struct pgtable *pt, const struct direct_entry *e, pte_t new,
			  virt_addr_t va)
{
	struct tlb_batch batch;
	int err;

	pt->changes++;
	tlb_batch_init(&batch);
	err = gate_break(pt, &batch, e, new, va);
	return arch_tlb_commit(pt, &batch) ? -EIO : err;
}

int pgtable_remap(struct pgtable *pt, virt_addr_t va, phys_addr_t pa, u64 size, pgattr_t attr)
{
	struct direct_entry e;
	struct edit edit;

	if (!can_be_leaf(pt, va, size) || pa & (size - 1) || pgtable_check_attr(pt, attr) ||
	    (pa + size - 1) >> pt->g->pa_bits)
		return pgtable_remap_part(pt, va, pa, size, attr);
	e = table_find_direct(pt, va);
	if (!is_leaf(pt, &e, va, size) || !pte_valid(e.pte))
		return pgtable_remap_part(pt, va, pa, size, attr);
	edit.new = entry_make(pt, e.level, pa, attr);
	edit.step = pte_step(pt->caps, pt->g, e.level, e.pte, edit.new);
	if (edit.step == PTE_STEP_BREAK)
		return break_and_make(pt, &e, edit.new, va);
	return edit.step == PTE_STEP_NONE ? 0 : commit_edit(pt, &e, &edit, va);
}
