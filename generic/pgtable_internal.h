/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the files of the page-table engine share: an operation from its plan to its commit, and its parts. */
#ifndef GENERIC_PGTABLE_INTERNAL_H
#define GENERIC_PGTABLE_INTERNAL_H

#include <graticule/pgtable.h>
#include <backend/tlb.h>
#include "generic/build.h"

/* ---- shared by several operations ---- */

/** struct entry_range - entries of a table from @first to before @end. */
struct entry_range {
	unsigned int first;
	unsigned int end;
};

/** pgtable_own_entries() - of the root those of the half that the tree serves: others are somebody else's. */
static inline struct entry_range pgtable_own_entries(const struct pgtable *pt, unsigned int level)
{
	unsigned int n = geometry_entries(pt->g, level);
	struct entry_range all = { 0, n };

	if (level < geometry_root_level(pt->g) || pt->g->upper_bits == pt->g->va_bits)
		return all;
	all.first = pt->regime.half & REGIME_LOWER ? 0 : n / 2;
	all.end = pt->regime.half & REGIME_UPPER ? n : n / 2;
	return all;
}

/** pgtable_check_upper() - may @pt share the upper half of its root with @upper? Return: 0 or -EINVAL. */
int pgtable_check_upper(const struct pgtable *pt, const struct pgtable *upper);

/** pgtable_pages() - @va and @size as pages. Return: 0 or -EINVAL. */
static __force_inline int pgtable_pages(const struct geometry *g, virt_addr_t va, u64 size,
					struct page_range *r)
{
	unsigned int shift = geometry_page_shift(g);
	virt_addr_t last = va + size - 1;

	if (!size || !is_aligned(va | size, geometry_page_size(g)) || last < va)
		return -EINVAL;
	r->start = va >> shift;
	r->end = (last >> shift) + 1;
	return 0;
}

/** pgtable_check_range() - likewise, and in the half that the tree serves. */
static __force_inline int pgtable_check_range(const struct pgtable *pt, virt_addr_t va, u64 size,
					      struct page_range *r)
{
	return pgtable_serves(pt, va, va + size - 1) ? pgtable_pages(pt->g, va, size, r) : -EINVAL;
}

/** pgtable_check_attr() - 0, or -EINVAL for what no mapping may be. */
static inline int pgtable_check_attr(const struct pgtable *pt, pgattr_t attr)
{
	return pgattr_refused(pt, attr) || pte_memory_code(&pt->codes, attr) & MEMORY_NO_CODE
		       ? -EINVAL
		       : 0;
}

/**
 * pgtable_leaf_entry() - the single leaf of @level; hidden without PGATTR_READ
 *
 * No architecture has one that can be written and not read, and execute-only is not offered.
 */
static inline pte_t pgtable_leaf_entry(const struct pgtable *pt, unsigned int level, phys_addr_t pa,
				       pgattr_t attr)
{
	pte_t pte = entry_make(pt, level, pa, attr | PGATTR_READ);

	return attr & PGATTR_READ ? pte : pte_edit(pt->g, &pt->codes, pte, 0, PGATTR_READ);
}

/* ---- which leaves, and how many tables: generic/pgtable_cost.c ---- */

/** leaf_rule_init() - @offset: physical minus virtual address; @limits: PGMAP_*. */
void leaf_rule_init(struct leaf_rule *rule, const struct pgtable *pt, u64 offset, pgattr_t limits);

/** leaf_rule_set() - for another mapping, which has the same rule if offset and limits are the same. */
static inline void leaf_rule_set(struct leaf_rule *rule, const struct pgtable *pt,
				 const struct pgtable_run *run)
{
	const u64 offset = run->pa - run->va;
	const pgattr_t limits = run->attr & PGMAP_MASK;

	if (!rule->g || rule->offset != offset || rule->limits != limits)
		leaf_rule_init(rule, pt, offset, limits);
}

/**
 * struct map_plan - what pgtable_map_runs() needs to know
 * @cost: its tables only
 * @span: from the first page of the first run to the last of the last; empty where there is none
 * @bare: no entry of the root that the runs need is in use
 */
struct map_plan {
	struct pgtable_cost cost;
	struct page_range span;
	bool bare;
};

/** pgtable_plan_runs() - Return: what pgtable_map_runs() would, -ENOMEM apart; @rule: of the last run. */
int pgtable_plan_runs(const struct pgtable *pt, const struct pgtable_run *runs, unsigned int nr,
		      struct leaf_rule *rule, struct map_plan *plan);

/* ---- what the short ways leave to the general ones ---- */

/** pgtable_unmap_range() - pgtable_unmap() of whatever there is, generic/pgtable_unmap.c. */
int pgtable_unmap_range(struct pgtable *pt, virt_addr_t va, u64 size);

/** pgtable_unmap_whole() - likewise of a range over whose ends no leaf reaches. */
int pgtable_unmap_whole(struct pgtable *pt, struct page_range range);

/** pgtable_remap_part() - pgtable_remap(), also of what has to be split for it, generic/pgtable_remap.c. */
int pgtable_remap_part(struct pgtable *pt, virt_addr_t va, phys_addr_t pa, u64 size, pgattr_t attr);

#define PGATTR_PROTECT_MASK                                                               \
	(PGATTR_PERM_MASK | PGATTR_GLOBAL | PGATTR_SHARED | PGATTR_SOFT0 | PGATTR_SOFT1 | \
	 PGMAP_CLEAN)

/** pgtable_protect_range() - pgtable_protect() of whatever there is, generic/pgtable_protect.c. */
int pgtable_protect_range(struct pgtable *pt, virt_addr_t va, u64 size, pgattr_t set,
			  pgattr_t clear);

#endif
