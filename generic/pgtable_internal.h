/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the files of the page-table engine share: an operation from its plan to its commit, and its parts. */
#ifndef GENERIC_PGTABLE_INTERNAL_H
#define GENERIC_PGTABLE_INTERNAL_H

#include <graticule/pgtable.h>
#include <backend/tlb.h>
#include "generic/build.h"

/* ---- shared by several operations ---- */

/**
 * pgtable_half() - what the tree serves of @half, as pages; what its root has for others is somebody else's
 *
 * Return: is it anything?
 */
static inline bool pgtable_half(const struct grt_pgtable *pt, enum grt_regime_half half,
				struct page_range *r)
{
	const unsigned int shift = grt_geometry_page_shift(pt->g);
	const u64 pages = BIT(pt->g->upper_bits - shift), end = BIT(64 - shift);

	*r = half == GRT_REGIME_LOWER ? (struct page_range){ 0, pages }
				      : (struct page_range){ end - pages, end };
	return pt->regime.half & half;
}

/** pgtable_check_upper() - may @pt share the upper half of its root with @upper? Return: 0 or -EINVAL. */
int pgtable_check_upper(const struct grt_pgtable *pt, const struct grt_pgtable *upper);

/** pgtable_pages() - @va and @size as pages. Return: 0 or -EINVAL. */
static __force_inline int pgtable_pages(const struct grt_geometry *g, grt_virt_t va, u64 size,
					struct page_range *r)
{
	unsigned int shift = grt_geometry_page_shift(g);
	grt_virt_t last = va + size - 1;

	if (!size || !is_aligned(va | size, grt_geometry_page_size(g)) || last < va)
		return -EINVAL;
	r->start = va >> shift;
	r->end = (last >> shift) + 1;
	return 0;
}

/** pgtable_check_range() - likewise, and in the half that the tree serves. */
static __force_inline int pgtable_check_range(const struct grt_pgtable *pt, grt_virt_t va, u64 size,
					      struct page_range *r)
{
	return pgtable_serves(pt, va, va + size - 1) ? pgtable_pages(pt->g, va, size, r) : -EINVAL;
}

/** pgtable_check_attr() - 0, or -EINVAL for what no mapping may be. */
static inline int pgtable_check_attr(const struct grt_pgtable *pt, grt_attr_t attr)
{
	return pgattr_refused(pt, attr) || pte_memory_code(&pt->codes, attr) & GRT_MEMORY_NO_CODE
		       ? -EINVAL
		       : 0;
}

/**
 * pgtable_leaf_entry() - the single leaf of @level; hidden without GRT_ATTR_READ
 *
 * No architecture has one that can be written and not read, and execute-only is not offered.
 */
static inline pte_t pgtable_leaf_entry(const struct grt_pgtable *pt, unsigned int level,
				       grt_phys_t pa, grt_attr_t attr)
{
	pte_t pte = entry_make(pt, level, pa, attr | GRT_ATTR_READ);

	return attr & GRT_ATTR_READ ? pte : pte_edit(pt->g, &pt->codes, pte, 0, GRT_ATTR_READ);
}

/* ---- which leaves: generic/leaf_rule.c ---- */

/** leaf_rule_init() - @offset: physical minus virtual address; @limits: GRT_MAP_*. */
void leaf_rule_init(struct leaf_rule *rule, const struct grt_pgtable *pt, u64 offset,
		    grt_attr_t limits);

/** leaf_rule_set() - for another mapping, which has the same rule if offset and limits are the same. */
static inline void leaf_rule_set(struct leaf_rule *rule, const struct grt_pgtable *pt,
				 const struct grt_run *run)
{
	const u64 offset = run->pa - run->va;
	const grt_attr_t limits = run->attr & GRT_MAP_MASK;

	if (!rule->g || rule->offset != offset || rule->limits != limits)
		leaf_rule_init(rule, pt, offset, limits);
}

/* ---- what the short ways leave to the general ones ---- */

/** struct pgtable_report - who is told of leaves that are gone, as of grt_unmap_report(); @fn NULL: nobody */
struct pgtable_report {
	grt_report_fn fn;
	void *data;
};

/** pgtable_unmap_range() - grt_unmap() of whatever there is, generic/pgtable_unmap.c. */
int pgtable_unmap_range(struct grt_pgtable *pt, grt_virt_t va, u64 size,
			struct pgtable_report report);

/** pgtable_unmap_whole() - likewise of a range over whose ends no leaf reaches. */
int pgtable_unmap_whole(struct grt_pgtable *pt, struct page_range range,
			struct pgtable_report report);

/**
 * pgtable_report_range() - the invalidation is complete: tell of what was parked, and free its tables
 *
 * In tables that stay its place becomes empty. If the commit has failed nobody is told and nothing is freed.
 * generic/pgtable_report.c.
 */
void pgtable_report_range(struct pgtable_op *op, struct page_range range,
			  const struct pgtable_report *report);

/** pgtable_remap_part() - grt_remap(), also of what has to be split for it, generic/pgtable_remap.c. */
int pgtable_remap_part(struct grt_pgtable *pt, grt_virt_t va, grt_phys_t pa, u64 size,
		       grt_attr_t attr);

#define PGATTR_PROTECT_MASK                                                        \
	(GRT_ATTR_PERM_MASK | GRT_ATTR_GLOBAL | GRT_ATTR_SHARED | GRT_ATTR_SOFT0 | \
	 GRT_ATTR_SOFT1 | GRT_MAP_CLEAN)

/* All that grt_map() and grt_remap() may be asked for. */
#define PGATTR_MAP_MASK (PGATTR_PROTECT_MASK | GRT_ATTR_MEM_MASK | GRT_MAP_MASK | GRT_MAP_OLD)

/** pgtable_protect_range() - grt_protect() of whatever there is, generic/pgtable_protect.c. */
int pgtable_protect_range(struct grt_pgtable *pt, grt_virt_t va, u64 size, grt_attr_t set,
			  grt_attr_t clear);

#endif
