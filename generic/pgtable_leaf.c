// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The short ways: operations on one leaf, or on a part of one, which is what nearly every call is about.
 * One descent, one store by way of the gate, one commit. Everything else, and every tree that is not live or
 * whose tables have to be mapped, is left to the general ways.
 */
#include "generic/cut.h"
#include "generic/pgtable_internal.h"

/* ---- looking ---- */

/**
 * struct found - where a way down has ended
 * @level: of the entry; @shift: log2 of the bytes that it maps
 * @pte: what it holds, with what tables on the way take
 */
struct found {
	u64 level;
	u64 shift;
	pte_t pte;
	pgattr_t attr;
};

/* The leaf, or the group, that the entry is or belongs to. All is known before anything is stored. */
static __force_inline int describe(const struct geometry *g, const struct found *f, virt_addr_t va,
				   struct pgtable_leaf *leaf)
{
	const bool group = pte_contiguous(g, (unsigned int)f->level, f->pte);
	u64 size = BIT(f->shift), pa = pte_bits_phys(g, f->pte);

	if (!pte_is_leaf(g, (unsigned int)f->level, f->pte))
		return -ENOENT;
	if (!likely(!group))
		size <<= g->cont_bits[f->level];
	leaf->va = va & -size;
	leaf->size = size;
	leaf->pa = pa & -size;
	leaf->attr = f->attr;
	leaf->level = (u8)f->level;
	leaf->contiguous = group;
	return 0;
}

static __noinline int translate_mapped(const struct pgtable *pt, virt_addr_t va,
				       struct pgtable_leaf *leaf)
{
	struct table_entry e = table_find_mapped(pt, va >> geometry_page_shift(pt->g));
	const struct found f = {
		.level = e.level,
		.shift = geometry_level_shift(pt->g, e.level),
		.pte = e.pte,
		.attr = entry_attr(pt, e.pte, e.limits),
	};

	table_unmap(pt, e.t);
	return describe(pt->g, &f, va, leaf);
}

int pgtable_translate(const struct pgtable *pt, virt_addr_t va, struct pgtable_leaf *leaf)
{
	struct descent d;
	struct found f;

	if (!pgtable_serves(pt, va, va))
		return -EINVAL;
	if (!likely(pt->direct))
		return translate_mapped(pt, va, leaf);
	d = table_descend(pt, va);
	f.pte = d.pte;
	if (!likely(!pte_gathered(d.above)))
		f.pte = pte_limit(d.pte, pte_gathered(d.above) & pt->codes.limits);
	f.level = descent_level(&d);
	f.shift = descent_shift(&d);
	f.attr = pte_attr_visible(pt->g, &pt->codes, f.pte);
	return describe(pt->g, &f, va, leaf);
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

	edit->new = pte_edit(g, &pt->codes, pte, set, clear);
	edit->step = pte_step(pt->caps, g, level, pte, edit->new);
	return edit->step != PTE_STEP_BREAK && edit->step != PTE_STEP_REFUSE &&
	       !(set & PGATTR_SUSPECT && pgattr_refused(pt, entry_attr(pt, edit->new, 0) | set));
}

/* Is the range that leaf, whole, no part of a group, and as free as it says? */
static __force_inline bool is_leaf(const struct pgtable *pt, const struct direct_entry *e,
				   virt_addr_t va, u64 size)
{
	return size == BIT(e->shift) && !(va & (size - 1)) && !pte_gathered(e->above) &&
	       (pte_valid(e->pte) || pte_hidden(e->pte)) &&
	       !pte_contiguous(pt->g, e->level, e->pte);
}

/* Was it hidden, and becomes visible? */
static __force_inline bool shows(const struct direct_entry *e, pgattr_t set)
{
	return set & PGATTR_READ && pte_hidden(e->pte);
}

/* One leaf, in an open batch, whether that is dry or not; else the general way. */
static __noinline int protect_in_batch(struct pgtable *pt, virt_addr_t va, u64 size, pgattr_t set,
				       pgattr_t clear)
{
	struct direct_entry e;
	struct edit edit;

	if (!can_try(pt, va, set, clear))
		return pgtable_protect_range(pt, va, size, set, clear);
	e = table_find_direct(pt, va);
	/* What becomes visible may have to wait for what is pending. */
	if (!is_leaf(pt, &e, va, size) || !find_edit(pt, e.level, e.pte, set, clear, &edit) ||
	    shows(&e, set))
		return pgtable_protect_range(pt, va, size, set, clear);
	if (pt->batch->dry || edit.step == PTE_STEP_NONE)
		return 0;
	pt->changes++;
	return gate_edit(pt, pt->batch, &e, &edit, va);
}

/* The larger leaf, or the group, that an entry belongs to. */
static __force_inline struct leaf_entry unit_of(const struct pgtable *pt,
						const struct direct_entry *e, u64 page)
{
	bool group = pte_contiguous(pt->g, e->level, e->pte);
	u64 n = group ? group_pages(pt->g, e->level) : level_pages(pt->g, e->level);
	u64 start = align_down(page, n);

	return (struct leaf_entry){
		.table = (uintptr_t)(e->entry - page_index(pt->g, e->level, page)) - *pt->direct,
		.pte = e->pte,
		.level = (u8)e->level,
		.unit = { start, start + n },
	};
}

/** struct wish - attributes to set and to clear in a range. */
struct wish {
	virt_addr_t va;
	u64 size;
	pgattr_t set;
	pgattr_t clear;
};

/*
 * What could be a leaf lies in a larger leaf, or a group, with this entry: split that, then change it, if
 * the entry could change in place and the tree is still the same when there are tables.
 */
static __noinline int protect_part(struct pgtable *pt, const struct wish *w, u64 *entry,
				   unsigned int level, unsigned int shift)
{
	const struct geometry *g = pt->g;
	const u64 page = w->va >> geometry_page_shift(g);
	const struct cuts cuts = { { page, page + (w->size >> geometry_page_shift(g)) } };
	struct direct_entry e = { entry, level, shift, table_get(entry, 0), 0 };
	const struct leaf_entry leaf = unit_of(pt, &e, page);
	pte_t alone = pte_single(g, level, e.pte, page);
	enum pte_step resize;
	struct pgtable_op op;
	struct edit edit;
	int err;

	for (; e.level && BIT(e.shift) > w->size; e.level--)
		e.shift -= geometry_index_bits(g);
	if (BIT(e.shift) != w->size || w->va & (w->size - 1) || !pte_is_leaf(g, level, e.pte) ||
	    !find_edit(pt, level, alone, w->set, w->clear, &edit))
		return pgtable_protect_range(pt, w->va, w->size, w->set, w->clear);
	if (edit.step == PTE_STEP_NONE)
		return 0;
	resize = pte_step(pt->caps, g, level, e.pte, e.level < level ? pte_table(g, 0) : alone);
	if (resize != PTE_STEP_INVALIDATE && resize != PTE_STEP_WRITE)
		return -EPERM;
	pgtable_op_begin(&op, pt);
	err = pgtable_op_reserve(&op, level - e.level); /* one of each level on the way */
	if (!err) {
		pgtable_cut_leaf(&op, &leaf, &cuts);
		/* It is in the lowest table that was made for it; the same bits change, in the same way. */
		if (e.level < level)
			e.entry = table_map(pt, op.last) + page_index(g, e.level, page);
		e.pte = table_get(e.entry, 0);
		edit.new.val ^= alone.val ^ e.pte.val;
		err = gate_edit(pt, op.batch, &e, &edit, w->va);
	}
	err = pgtable_op_end(&op, err);
	return err == -EAGAIN ? pgtable_protect_range(pt, w->va, w->size, w->set, w->clear) : err;
}

int pgtable_protect(struct pgtable *pt, virt_addr_t va, u64 size, pgattr_t set, pgattr_t clear)
{
	struct tlb_batch batch;
	struct direct_entry e;
	struct edit edit;

	if (pt->batch)
		return protect_in_batch(pt, va, size, set, clear);
	if (!can_try(pt, va, set, clear))
		return pgtable_protect_range(pt, va, size, set, clear);
	e = table_find_direct(pt, va);
	if (pte_gathered(e.above))
		return pgtable_protect_range(pt, va, size, set, clear);
	if (!is_leaf(pt, &e, va, size))
		return protect_part(pt, &(struct wish){ va, size, set, clear }, e.entry, e.level,
				    e.shift);
	if (!find_edit(pt, e.level, e.pte, set, clear, &edit))
		return pgtable_protect_range(pt, va, size, set, clear);
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

	if (!can_be_leaf(pt, va, size) || pa & (size - 1) || !(attr & PGATTR_READ) ||
	    pgtable_check_attr(pt, attr) || (pa + size - 1) >> pt->g->pa_bits)
		return pgtable_map_runs(pt, &run, 1);
	e = table_find_direct(pt, va);
	if (BIT(e.shift) != size || e.pte.val || pte_gathered(e.above) ||
	    !geometry_leaf_allowed(pt->g, e.level) ||
	    (e.level && attr & (PGMAP_PAGES_ONLY | PGMAP_SPLITTABLE)))
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

	if (!can_be_leaf(pt, va, size) || pa & (size - 1) || !(attr & PGATTR_READ) ||
	    pgtable_check_attr(pt, attr) || (pa + size - 1) >> pt->g->pa_bits)
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
