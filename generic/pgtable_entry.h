/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Entries of tables, and the way down to them: what every file of the page-table engine starts from.
 *
 * Ranges are half open and counted in pages of the geometry, so that a range that ends at 2^64 is
 * nothing special. Functions that work on one table take the part of the range that lies in it.
 */
#ifndef GENERIC_PGTABLE_ENTRY_H
#define GENERIC_PGTABLE_ENTRY_H

#include <graticule/pgtable.h>
#include <asm/mmu_ops.h>
#include <asm/pte.h>
#include <asm/pte_state.h>
#include <asm/step.h>
#include "base/errno.h"

/* The structure that @member, which @p points to, is part of. */
#define container_of(p, type, member) ((type *)(void *)((char *)(p)-offsetof(type, member)))

/** struct page_range - pages [@start, @end). */
struct page_range {
	u64 start;
	u64 end;
};

/* ---- geometry in pages ---- */

static inline unsigned int level_page_shift(const struct grt_geometry *g, unsigned int level)
{
	return level * grt_geometry_index_bits(g);
}

/** level_pages() - pages that an entry of @level maps. */
static inline u64 level_pages(const struct grt_geometry *g, unsigned int level)
{
	return BIT(level_page_shift(g, level));
}

/** group_pages() - pages of a contiguous group of @level, or of an entry where it has none. */
static inline u64 group_pages(const struct grt_geometry *g, unsigned int level)
{
	return level_pages(g, level) << g->cont_bits[level];
}

/** leaf_pages() - pages of the leaf, or of the contiguous group that it is one of. */
static inline u64 leaf_pages(const struct grt_geometry *g, unsigned int level, pte_t pte)
{
	return pte_contiguous(g, level, pte) ? group_pages(g, level) : level_pages(g, level);
}

/** leaf_unit() - those pages, where @page is one of them. */
static inline struct page_range leaf_unit(const struct grt_geometry *g, unsigned int level,
					  pte_t pte, u64 page)
{
	u64 n = leaf_pages(g, level, pte), start = align_down(page, n);

	return (struct page_range){ start, start + n };
}

static inline unsigned int page_index(const struct grt_geometry *g, unsigned int level, u64 page)
{
	return (unsigned int)(page >> level_page_shift(g, level)) &
	       (grt_geometry_entries(g, level) - 1);
}

static inline grt_virt_t page_address(const struct grt_geometry *g, u64 page)
{
	return page << grt_geometry_page_shift(g);
}

/** page_last() - the last address before page @end. */
static inline grt_virt_t page_last(const struct grt_geometry *g, u64 end)
{
	return page_address(g, end) - 1;
}

/** entry_end() - the first page, up to @end, beyond the entry of 1 << @shift pages that holds @page. */
static inline u64 entry_end(unsigned int shift, u64 page, u64 end)
{
	return min_u64(end, ((page >> shift) + 1) << shift);
}

/* ---- access to tables ---- */

static inline u64 *table_map(const struct grt_pgtable *pt, grt_phys_t table)
{
	const struct grt_pgtable_ops *ops = pt->ops;

	return ops->map ? ops->map(pt, table) : (u64 *)(uintptr_t)(table + *ops->offset);
}

static inline void table_unmap(const struct grt_pgtable *pt, u64 *table)
{
	if (pt->ops->unmap)
		pt->ops->unmap(pt, table);
}

static inline pte_t table_get(const u64 *table, unsigned int index)
{
	return pte_make(mmu_load_entry(&table[index]));
}

static inline void table_set(u64 *table, unsigned int index, pte_t pte)
{
	mmu_store_entry(&table[index], pte.val);
}

/**
 * struct table_entry - the entry of a page, as far down as there are tables
 * @table: the table that holds it, and @t where that is mapped
 * @limits: what the entries on the way there add
 */
struct table_entry {
	grt_phys_t table;
	u64 *t;
	unsigned int level;
	unsigned int index;
	pte_t pte;
	u64 limits;
};

/**
 * struct direct_entry - the entry of an address, where nobody has to map tables
 * @va: the address
 * @entry: where it is
 * @shift: log2 of the bytes that it maps
 * @above: as struct descent's
 */
struct direct_entry {
	grt_virt_t va;
	u64 *entry;
	unsigned int level;
	unsigned int shift;
	pte_t pte;
	u64 above;
};

/**
 * struct descent - where the way down to an address ended
 * @entry: the entry at hand, and what it holds
 * @at: struct grt_pgtable.root_at of it: its size, and negative at level 0
 * @above: all bits that are set in the entries on the way there
 */
struct descent {
	u64 *entry;
	s64 at;
	pte_t pte;
	u64 above;
};

/** table_descend() - the way down at its shortest: it calls nobody, so that all stays in registers. */
static __force_inline struct descent table_descend(const struct grt_pgtable *pt, grt_virt_t va)
{
	const struct grt_geometry *g = pt->g;
	const u64 offset = *pt->direct, mask = pt->mask;
	const s64 down = pt->down;
	struct descent d = { .at = pt->root_at };

	d.entry = (u64 *)(uintptr_t)(pt->root + offset + (va >> (d.at & 63) & pt->root_mask));
	d.pte = table_get(d.entry, 0);
	while (likely(d.at >= 0) && likely(pte_is_table(g, 1, d.pte))) {
		d.above |= d.pte.val;
		d.at = pte_opaque(d.at - down);
		d.entry = (u64 *)(uintptr_t)(pte_table_phys(g, d.pte) + offset +
					     (va >> (d.at & 63) & mask));
		d.pte = table_get(d.entry, 0);
	}
	return d;
}

static __force_inline u64 descent_level(const struct descent *d)
{
	return d->at < 0 ? 0 : (u64)((d->at >> 8) + 1);
}

/** descent_shift() - log2 of the bytes that the entry maps. */
static __force_inline u64 descent_shift(const struct descent *d)
{
	return (u64)(d->at + 3) & 63;
}

/** table_find_direct() - likewise, for who changes the entry. */
static __force_inline struct direct_entry table_find_direct(const struct grt_pgtable *pt,
							    grt_virt_t va)
{
	struct descent d = table_descend(pt, va);

	return (struct direct_entry){
		.va = va,
		.entry = d.entry,
		.level = (unsigned int)descent_level(&d),
		.shift = (unsigned int)descent_shift(&d),
		.pte = d.pte,
		.above = d.above,
	};
}

/** table_find_mapped() - the way down where each table on it has to be mapped. */
static inline struct table_entry table_find_mapped(const struct grt_pgtable *pt, u64 page)
{
	const struct grt_geometry *g = pt->g;
	struct table_entry e = { .table = pt->root, .level = grt_geometry_root_level(g) };

	for (;; e.level--) {
		e.t = table_map(pt, e.table);
		e.index = page_index(g, e.level, page);
		e.pte = table_get(e.t, e.index);
		if (!pte_is_table(g, e.level, e.pte))
			break;
		table_unmap(pt, e.t);
		e.limits |= e.pte.val & pt->codes.limits;
		e.table = pte_table_phys(g, e.pte);
	}
	return e;
}

/** table_find() - the entry of @page; the caller unmaps its table. */
static inline struct table_entry table_find(const struct grt_pgtable *pt, u64 page)
{
	struct direct_entry d;
	struct table_entry e;

	if (!pt->direct)
		return table_find_mapped(pt, page);
	d = table_find_direct(pt, page_address(pt->g, page));
	e.level = d.level;
	e.index = page_index(pt->g, d.level, page);
	e.t = d.entry - e.index;
	e.table = (uintptr_t)e.t - *pt->direct;
	e.pte = d.pte;
	e.limits = pte_gathered(d.above) & pt->codes.limits;
	return e;
}

/** pte_single() - @pte, the entry of @page, as one that is in no group. */
static inline pte_t pte_single(const struct grt_geometry *g, unsigned int level, pte_t pte,
			       u64 page)
{
	if (!pte_contiguous(g, level, pte))
		return pte;
	return pte_nocont(g, level, pte, page_address(g, page));
}

/** pte_merge() - @pte with the accessed and dirty state of @other added. */
static inline pte_t pte_merge(pte_t pte, pte_t other)
{
	return pte_with_state(pte, pte_state(pte) | pte_state(other));
}

/** pte_follow() - what @pte, like @first but for address and state, becomes where that becomes @new. */
static inline pte_t pte_follow(const struct grt_geometry *g, pte_t pte, pte_t first, pte_t new)
{
	u64 elsewhere = (pte.val ^ first.val) & pte_phys_mask(g);
	unsigned int was = pte_state(first), is = pte_state(new);

	return pte_with_state(pte_make(new.val ^ elsewhere),
			      (pte_state(pte) & ~(was & ~is)) | (is & ~was));
}

/** group_state() - GRT_PGSTATE_* of the group of an entry: what any of its entries says. */
static inline unsigned int group_state(const struct grt_geometry *g, unsigned int level,
				       const u64 *entry)
{
	const unsigned int n = 1U << g->cont_bits[level];
	const u64 *first = entry - ((uintptr_t)entry / sizeof(u64) & (n - 1));
	unsigned int state = 0;

	for (unsigned int i = 0; i < n; i++)
		state |= pte_state(table_get(first, i));
	return state;
}

/** pgtable_serves() - is each address of [@va, @last] one of the half that the tree serves? */
static __force_inline bool pgtable_serves(const struct grt_pgtable *pt, grt_virt_t va,
					  grt_virt_t last)
{
	u64 from = va - pt->first, to = last - pt->first;

	/* In one order as they are, and in the other as signed numbers, they lie in one half. */
	return last >= va && to >= from && to <= pt->extent;
}

/* No leaf is refused for what is not among these. */
#define PGATTR_SUSPECT (GRT_ATTR_WRITE | GRT_ATTR_EXEC | GRT_ATTR_USER | GRT_ATTR_GLOBAL)

/** pgattr_refused() - what the regime has no mappings with, or would have to allow: writable code. */
static inline bool pgattr_refused(const struct grt_pgtable *pt, grt_attr_t attr)
{
	return attr & pt->never ||
	       (attr & GRT_ATTR_WRITE && attr & GRT_ATTR_EXEC && !pt->regime.writable_code);
}

/** entry_make() - pte_leaf() of the tree, whose entries may say things in other ways. */
static __force_inline pte_t entry_make(const struct grt_pgtable *pt, unsigned int level,
				       grt_phys_t pa, grt_attr_t attr)
{
	return pte_leaf_coded(pt->g, &pt->codes, level, pa, attr);
}

/** entry_attr() - pte_attr(), likewise, of a leaf below tables that add @limits. */
static inline grt_attr_t entry_attr(const struct grt_pgtable *pt, pte_t pte, u64 limits)
{
	return pte_attr_coded(pt->g, &pt->codes, limits ? pte_limit(pte, limits) : pte);
}

/* What tables on the way may add to, or take away. */
#define PGATTR_LIMITED (GRT_ATTR_PERM_MASK | GRT_ATTR_GLOBAL)

/** pgtable_limits_refuse() - would a leaf in @r with @attr not be what it says? */
bool pgtable_limits_refuse(const struct grt_pgtable *pt, struct page_range r, grt_attr_t attr);

/** pgtable_step() - pte_step(), where it matters. */
static inline enum pte_step pgtable_step(const struct grt_pgtable *pt, unsigned int level,
					 pte_t old, pte_t new)
{
	return pt->live ? pte_step(pt->caps, pt->g, level, old, new) : PTE_STEP_WRITE;
}

/** entry_maps() - a leaf, which hardware translates with or which is hidden from it. */
static inline bool entry_maps(const struct grt_geometry *g, unsigned int level, pte_t pte)
{
	return pte_is_leaf(g, level, pte) || pte_hidden(pte);
}

/**
 * struct leaf_entry - where a page is translated
 * @table: table that holds the entry, mapped by nobody
 * @unit: pages of the leaf, or of its contiguous group
 */
struct leaf_entry {
	grt_phys_t table;
	pte_t pte;
	u8 level;
	struct page_range unit;
};

/** pgtable_describe() - the leaf of @page at @e, or the whole group that it belongs to. */
struct grt_leaf pgtable_describe(const struct grt_pgtable *pt, const struct table_entry *e,
				 u64 page);

/** pgtable_find_leaf() - Return: true with @leaf, maybe a hidden one, filled in where @page is mapped. */
bool pgtable_find_leaf(const struct grt_pgtable *pt, u64 page, struct leaf_entry *leaf);

#endif
