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
 * @entry: it, and @pte: what it holds
 * @attr: of that, with what tables on the way take or add; @state: of that
 */
struct found {
	u64 level;
	u64 shift;
	const u64 *entry;
	pte_t pte;
	grt_attr_t attr;
	unsigned int state;
};

/* The leaf, or the group, that the entry is or belongs to. All is known before anything is stored. */
static __force_inline int describe(const struct grt_geometry *g, const struct found *f,
				   grt_virt_t va, struct grt_leaf *leaf)
{
	const bool group = pte_contiguous(g, (unsigned int)f->level, f->pte);
	u64 size = BIT(f->shift), pa = pte_bits_phys(g, f->pte);

	if (!pte_is_leaf(g, (unsigned int)f->level, f->pte))
		return -ENOENT;
	leaf->state = (u8)f->state;
	if (!likely(!group)) {
		size <<= g->cont_bits[f->level];
		leaf->state = (u8)group_state(g, (unsigned int)f->level, f->entry);
	}
	leaf->va = va & -size;
	leaf->size = size;
	leaf->pa = pa & -size;
	leaf->attr = f->attr;
	leaf->level = (u8)f->level;
	leaf->contiguous = group;
	return 0;
}

static __noinline int translate_mapped(const struct grt_pgtable *pt, grt_virt_t va,
				       struct grt_leaf *leaf)
{
	const u64 page = va >> grt_geometry_page_shift(pt->g);
	const struct table_entry e = table_find_mapped(pt, page);
	bool found = pte_is_leaf(pt->g, e.level, e.pte);

	if (found)
		*leaf = pgtable_describe(pt, &e, page);
	table_unmap(pt, e.t);
	return found ? 0 : -ENOENT;
}

int grt_translate(const struct grt_pgtable *pt, grt_virt_t va, struct grt_leaf *leaf)
{
	struct descent d;
	struct found f;

	if (!pgtable_serves(pt, va, va))
		return -EINVAL;
	if (!likely(pt->direct))
		return translate_mapped(pt, va, leaf);
	d = table_descend(pt, va);
	f.entry = d.entry;
	f.pte = d.pte;
	f.state = pte_state(d.pte);
	if (!likely(!pte_gathered(d.above)))
		f.pte = pte_limit(d.pte, pte_gathered(d.above) & pt->codes.limits);
	f.level = descent_level(&d);
	f.shift = descent_shift(&d);
	f.attr = pte_attr_visible(pt->g, &pt->codes, f.pte);
	return describe(pt->g, &f, va, leaf);
}

/* ---- attributes ---- */

/* May the ways below be tried? */
static __force_inline bool can_try(const struct grt_pgtable *pt, grt_virt_t va, grt_attr_t set,
				   grt_attr_t clear)
{
	return pt->direct && pt->live && !((set | clear) & ~PGATTR_PROTECT_MASK) &&
	       pgtable_serves(pt, va, va);
}

/* The change of a leaf that is in no group. Return: what it needs; to refuse is for the general way. */
static __force_inline enum pte_step find_edit(const struct grt_pgtable *pt, unsigned int level,
					      pte_t pte, grt_attr_t set, grt_attr_t clear,
					      pte_t *new)
{
	const struct grt_geometry *g = pt->g;
	enum pte_step step;

	*new = pte_edit(g, &pt->codes, pte, set, clear);
	step = pte_step(pt->caps, g, level, pte, *new);
	if (step == PTE_STEP_BREAK ||
	    (set & PGATTR_SUSPECT && pgattr_refused(pt, entry_attr(pt, *new, 0) | set)))
		return PTE_STEP_REFUSE;
	return step;
}

/* Is the range that leaf, whole, no part of a group, and as free as it says? */
static __force_inline bool is_leaf(const struct grt_pgtable *pt, const struct direct_entry *e,
				   grt_virt_t va, u64 size)
{
	return size == BIT(e->shift) && !(va & (size - 1)) && !pte_gathered(e->above) &&
	       (pte_valid(e->pte) || pte_hidden(e->pte)) &&
	       !pte_contiguous(pt->g, e->level, e->pte);
}

/* Was it hidden, and becomes visible? */
static __force_inline bool shows(const struct direct_entry *e, grt_attr_t set)
{
	return set & GRT_ATTR_READ && pte_hidden(e->pte);
}

/* One leaf, in an open batch, whether that is dry or not; else the general way. */
static __noinline int protect_in_batch(struct grt_pgtable *pt, grt_virt_t va, u64 size,
				       grt_attr_t set, grt_attr_t clear)
{
	struct direct_entry e;
	enum pte_step step;
	pte_t new;

	if (!can_try(pt, va, set, clear))
		return pgtable_protect_range(pt, va, size, set, clear);
	e = table_find_direct(pt, va);
	/* What becomes visible may have to wait for what is pending. */
	if (!is_leaf(pt, &e, va, size) || shows(&e, set))
		return pgtable_protect_range(pt, va, size, set, clear);
	step = find_edit(pt, e.level, e.pte, set, clear, &new);
	if (step == PTE_STEP_REFUSE)
		return pgtable_protect_range(pt, va, size, set, clear);
	if (pt->batch->dry || step == PTE_STEP_NONE)
		return 0;
	pt->changes++;
	return gate_edit(pt, pt->batch, &e, new, step, pt->regime.hardware_ad);
}

/* The larger leaf, or the group, that an entry belongs to. */
static __force_inline struct leaf_entry unit_of(const struct grt_pgtable *pt,
						const struct direct_entry *e, u64 page)
{
	return (struct leaf_entry){
		.table = (uintptr_t)(e->entry - page_index(pt->g, e->level, page)) - *pt->direct,
		.pte = e->pte,
		.level = (u8)e->level,
		.unit = leaf_unit(pt->g, e->level, e->pte, page),
	};
}

/** struct wish - attributes to set and to clear in a range. */
struct wish {
	grt_virt_t va;
	u64 size;
	grt_attr_t set;
	grt_attr_t clear;
};

/*
 * What could be a leaf lies in a larger leaf, or a group, with this entry: split that, then change it, if
 * the entry could change in place and the tree is still the same when there are tables.
 */
static __noinline int protect_part(struct grt_pgtable *pt, const struct wish *w, u64 *entry,
				   unsigned int level, unsigned int shift)
{
	const struct grt_geometry *g = pt->g;
	const u64 page = w->va >> grt_geometry_page_shift(g);
	const struct cuts cuts = { { page, page + (w->size >> grt_geometry_page_shift(g)) } };
	struct direct_entry e = { w->va, entry, level, shift, table_get(entry, 0), 0 };
	const struct leaf_entry leaf = unit_of(pt, &e, page);
	pte_t alone = pte_single(g, level, e.pte, page), new;
	enum pte_step resize, step;
	struct pgtable_op op;
	int err;

	for (; e.level && BIT(e.shift) > w->size; e.level--)
		e.shift -= grt_geometry_index_bits(g);
	if (BIT(e.shift) != w->size || w->va & (w->size - 1) || !pte_is_leaf(g, level, e.pte) ||
	    pt->regime.hardware_ad)
		return pgtable_protect_range(pt, w->va, w->size, w->set, w->clear);
	step = find_edit(pt, level, alone, w->set, w->clear, &new);
	if (step == PTE_STEP_REFUSE)
		return pgtable_protect_range(pt, w->va, w->size, w->set, w->clear);
	if (step == PTE_STEP_NONE)
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
		new.val ^= alone.val ^ e.pte.val;
		err = gate_edit(pt, op.batch, &e, new, step, false);
	}
	err = pgtable_op_end(&op, err);
	return err == -EAGAIN ? pgtable_protect_range(pt, w->va, w->size, w->set, w->clear) : err;
}

int grt_protect(struct grt_pgtable *pt, grt_virt_t va, u64 size, grt_attr_t set, grt_attr_t clear)
{
	struct grt_tlb_batch batch;
	struct direct_entry e;
	enum pte_step step;
	pte_t new;

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
	step = find_edit(pt, e.level, e.pte, set, clear, &new);
	if (step == PTE_STEP_REFUSE)
		return pgtable_protect_range(pt, va, size, set, clear);
	if (step == PTE_STEP_NONE)
		return 0;
	pt->changes++;
	tlb_batch_init(&batch);
	gate_edit(pt, &batch, &e, new, step, pt->regime.hardware_ad);
	if (step == PTE_STEP_WRITE && !shows(&e, set))
		return 0;
	return arch_tlb_commit(pt, &batch);
}

/* ---- mapping and unmapping ---- */

/* May a range be what one entry maps? */
static __force_inline bool can_be_leaf(const struct grt_pgtable *pt, grt_virt_t va, u64 size)
{
	return pt->direct && pt->live && !pt->batch && size && !(size & (size - 1)) &&
	       !(va & (size - 1)) && pgtable_serves(pt, va, va);
}

int grt_map(struct grt_pgtable *pt, grt_virt_t va, grt_phys_t pa, u64 size, grt_attr_t attr)
{
	const struct grt_run run = { va, pa, size, attr };
	struct grt_tlb_batch batch;
	struct direct_entry e;

	if (!can_be_leaf(pt, va, size) || pa & (size - 1) || !(attr & GRT_ATTR_READ) ||
	    pgtable_check_attr(pt, attr) || (pa + size - 1) >> pt->g->pa_bits)
		return grt_map_runs(pt, &run, 1);
	e = table_find_direct(pt, va);
	if (BIT(e.shift) != size || e.pte.val || pte_gathered(e.above) ||
	    !grt_geometry_leaf_allowed(pt->g, e.level) ||
	    (e.level && attr & (GRT_MAP_PAGES_ONLY | GRT_MAP_SPLITTABLE)))
		return grt_map_runs(pt, &run, 1);
	pt->changes++;
	tlb_batch_init(&batch);
	gate_edit(pt, &batch, &e, entry_make(pt, e.level, pa, attr), PTE_STEP_WRITE, false);
	return arch_tlb_commit(pt, &batch);
}

/* Does the table keep something else? A neighbour tells, or nobody does. */
static __force_inline bool has_neighbour(const struct grt_pgtable *pt, const struct direct_entry *e)
{
	u64 mask = grt_geometry_page_size(pt->g) - 1, at = (uintptr_t)e->entry & mask;

	return (at && table_get(e->entry - 1, 0).val) ||
	       (at + sizeof(u64) <= mask && table_get(e->entry + 1, 0).val);
}

/* One leaf that goes while its table stays. */
static __force_inline int unmap_leaf(struct grt_pgtable *pt, const struct direct_entry *e,
				     struct pgtable_report report)
{
	struct found f = { .level = e->level, .shift = e->shift, .entry = e->entry };
	struct grt_tlb_batch batch;
	struct grt_leaf leaf;
	int err;

	pt->changes++;
	tlb_batch_init(&batch);
	f.pte = gate_remove(pt, &batch, e);
	err = arch_tlb_commit(pt, &batch);
	if (!report.fn || err)
		return err;
	f.attr = entry_attr(pt, f.pte, 0);
	f.state = pte_state(f.pte);
	if (!describe(pt->g, &f, e->va, &leaf))
		report.fn(&leaf, 1, report.data);
	return 0;
}

static __force_inline int unmap(struct grt_pgtable *pt, grt_virt_t va, u64 size,
				struct pgtable_report report)
{
	struct direct_entry e;

	if (!can_be_leaf(pt, va, size))
		return pgtable_unmap_range(pt, va, size, report);
	e = table_find_direct(pt, va);
	if (!is_leaf(pt, &e, va, size))
		return pgtable_unmap_range(pt, va, size, report);
	if (!pte_valid(e.pte) || !has_neighbour(pt, &e)) {
		unsigned int shift = grt_geometry_page_shift(pt->g);

		return pgtable_unmap_whole(
			pt, (struct page_range){ va >> shift, ((va + size - 1) >> shift) + 1 },
			report);
	}
	return unmap_leaf(pt, &e, report);
}

int grt_unmap(struct grt_pgtable *pt, grt_virt_t va, u64 size)
{
	return unmap(pt, va, size, (struct pgtable_report){ NULL, NULL });
}

int grt_unmap_report(struct grt_pgtable *pt, grt_virt_t va, u64 size, grt_report_fn report,
		     void *data)
{
	return report ? unmap(pt, va, size, (struct pgtable_report){ report, data }) : -EINVAL;
}

int grt_remap(struct grt_pgtable *pt, grt_virt_t va, grt_phys_t pa, u64 size, grt_attr_t attr)
{
	struct grt_tlb_batch batch;
	struct direct_entry e;
	enum pte_step step;
	pte_t new;
	int err;

	if (!can_be_leaf(pt, va, size) || pa & (size - 1) || !(attr & GRT_ATTR_READ) ||
	    pgtable_check_attr(pt, attr) || (pa + size - 1) >> pt->g->pa_bits)
		return pgtable_remap_part(pt, va, pa, size, attr);
	e = table_find_direct(pt, va);
	if (!is_leaf(pt, &e, va, size) || !pte_valid(e.pte))
		return pgtable_remap_part(pt, va, pa, size, attr);
	new = entry_make(pt, e.level, pa, attr);
	step = pte_step(pt->caps, pt->g, e.level, e.pte, new);
	if (step == PTE_STEP_NONE)
		return 0;
	pt->changes++;
	tlb_batch_init(&batch);
	err = gate_replace(pt, &batch, &e, new, step);
	return step != PTE_STEP_WRITE && arch_tlb_commit(pt, &batch) ? -EIO : err;
}
